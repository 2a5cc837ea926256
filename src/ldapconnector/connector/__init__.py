"""The connector: discovery, full and delta import, export."""

from __future__ import annotations

from ldapconnector.connector._protocol import (
    Anchor,
    Capabilities,
    Connector,
    DeltaMethod,
    Paging,
)

__all__ = ["Anchor", "Capabilities", "Connector", "DeltaMethod", "Paging"]
