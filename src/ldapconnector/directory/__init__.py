"""The I/O edge: the Directory protocol, the LDAP session, the memory directory."""

from __future__ import annotations

from ldapconnector.directory._borrowed import from_ldap3
from ldapconnector.directory._certificate import (
    Certificate,
    read_certificate,
    server_certificate,
)
from ldapconnector.directory._memory import MemoryDirectory
from ldapconnector.directory._opening import Opening
from ldapconnector.directory._protocol import (
    Applied,
    BatchReader,
    Control,
    Directory,
    EntryControls,
    Finished,
    Intermediate,
    Receiver,
    Scope,
    SearchEvent,
)
from ldapconnector.directory._results import ResultCode, result_error, result_name
from ldapconnector.directory._session import LdapDirectory, connect

__all__ = [
    "Applied",
    "BatchReader",
    "Certificate",
    "Control",
    "Directory",
    "EntryControls",
    "Finished",
    "Intermediate",
    "LdapDirectory",
    "MemoryDirectory",
    "Opening",
    "Receiver",
    "ResultCode",
    "Scope",
    "SearchEvent",
    "connect",
    "from_ldap3",
    "read_certificate",
    "result_error",
    "result_name",
    "server_certificate",
]
