"""The I/O edge: the Directory protocol, the LDAP session, the memory directory."""

from __future__ import annotations

from ldapconnector.directory._protocol import (
    Applied,
    Control,
    Directory,
    EntryControls,
    Finished,
    Intermediate,
    Receiver,
    Scope,
    SearchEvent,
)

__all__ = [
    "Applied",
    "Control",
    "Directory",
    "EntryControls",
    "Finished",
    "Intermediate",
    "Receiver",
    "Scope",
    "SearchEvent",
]
