"""The connector: discovery, full and delta import, export."""

from __future__ import annotations

from ldapconnector.connector._differences import Difference
from ldapconnector.connector._discovery import Discovery, discover
from ldapconnector.connector._oids import Advertised
from ldapconnector.connector._protocol import (
    Anchor,
    Capabilities,
    Connector,
    DeltaMethod,
    Paging,
)

__all__ = [
    "Advertised",
    "Anchor",
    "Capabilities",
    "Connector",
    "DeltaMethod",
    "Difference",
    "Discovery",
    "Paging",
    "discover",
]
