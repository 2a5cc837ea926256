"""The connector: discovery, full and delta import, export."""

from __future__ import annotations

from ldapconnector.connector._check import (
    ConnectionReport,
    Step,
    StepResult,
    check_connection,
)
from ldapconnector.connector._collection import write_accounts_csv, write_accounts_json
from ldapconnector.connector._differences import Difference
from ldapconnector.connector._discovery import Discovery, discover
from ldapconnector.connector._full_import import (
    ContainerFinished,
    ContainerStarted,
    EntriesRead,
    ImportEnd,
    ImportEvent,
    ImportStream,
    Restarted,
    full_import,
)
from ldapconnector.connector._ldap import LdapConnector
from ldapconnector.connector._oids import Advertised
from ldapconnector.connector._protocol import (
    Anchor,
    Capabilities,
    Connector,
    DeltaMethod,
    Paging,
)
from ldapconnector.connector._selection import Selection

__all__ = [
    "Advertised",
    "Anchor",
    "Capabilities",
    "ConnectionReport",
    "Connector",
    "ContainerFinished",
    "ContainerStarted",
    "DeltaMethod",
    "Difference",
    "Discovery",
    "EntriesRead",
    "ImportEnd",
    "ImportEvent",
    "ImportStream",
    "LdapConnector",
    "Paging",
    "Restarted",
    "Selection",
    "Step",
    "StepResult",
    "check_connection",
    "discover",
    "full_import",
    "write_accounts_csv",
    "write_accounts_json",
]
