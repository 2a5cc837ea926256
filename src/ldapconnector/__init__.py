"""Provision accounts into LDAP directories, as a plan that can be read before it is applied.

Everything that an application needs stands here; the rooms behind it (``names``,
``entries``, ``schema``, ``vendors``, ``expressions``, ``mapping``, ``profile``,
``directory``, ``connector``, ``planning``, ``configuration``, ``provisioning``,
``testing``) hold the rest. Names load when they are first used, so importing this package
costs next to nothing.

>>> import ldapconnector
>>> ldapconnector.Expression.parse('ToLower([mail])').evaluate({"mail": "Jane@Example.COM"})
'jane@example.com'
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ldapconnector.configuration import Configuration
    from ldapconnector.connector import (
        Connector,
        Discovery,
        LdapConnector,
        check_connection,
        discover,
    )
    from ldapconnector.directory import (
        Directory,
        MemoryDirectory,
        Scope,
        connect,
        server_certificate,
    )
    from ldapconnector.entries import (
        Add,
        Delete,
        Entry,
        FullImport,
        Modification,
        Modify,
        PartialImport,
        Rename,
    )
    from ldapconnector.errors import (
        ConfigurationError,
        DirectoryError,
        EvaluationError,
        ExpressionError,
        ExpressionSyntaxError,
        HeldBack,
        LdapConnectorError,
        UsageError,
    )
    from ldapconnector.expressions import EvaluationContext, Expression, Ignored
    from ldapconnector.mapping import AttributeMapping, ScopingFilter
    from ldapconnector.names import DN, RDN, Filter
    from ldapconnector.planning import (
        DeletionGuard,
        DeprovisioningPolicy,
        Plan,
        ProvisioningRules,
    )
    from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration
    from ldapconnector.provisioning import Outcome, Provisioner
    from ldapconnector.schema import Schema
    from ldapconnector.secret import Secret
    from ldapconnector.vendors import Identification, Vendor, identify

__all__ = [
    "DN",
    "RDN",
    "Add",
    "AttributeMapping",
    "Configuration",
    "ConfigurationError",
    "ConnectionProfile",
    "Connector",
    "ConnectorConfiguration",
    "Delete",
    "DeletionGuard",
    "DeprovisioningPolicy",
    "Directory",
    "DirectoryError",
    "Discovery",
    "Entry",
    "EvaluationContext",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "ExpressionSyntaxError",
    "Filter",
    "FullImport",
    "HeldBack",
    "Identification",
    "Ignored",
    "LdapConnector",
    "LdapConnectorError",
    "MemoryDirectory",
    "Modification",
    "Modify",
    "Outcome",
    "PartialImport",
    "Plan",
    "Provisioner",
    "ProvisioningRules",
    "Rename",
    "Schema",
    "Scope",
    "ScopingFilter",
    "Secret",
    "UsageError",
    "Vendor",
    "check_connection",
    "connect",
    "discover",
    "identify",
    "server_certificate",
]

__version__ = "0.1.0"

_ROOMS = {
    "configuration": ["Configuration"],
    "connector": ["Connector", "Discovery", "LdapConnector", "check_connection", "discover"],
    "directory": ["Directory", "MemoryDirectory", "Scope", "connect", "server_certificate"],
    "entries": [
        "Add",
        "Delete",
        "Entry",
        "FullImport",
        "Modification",
        "Modify",
        "PartialImport",
        "Rename",
    ],
    "errors": [
        "ConfigurationError",
        "DirectoryError",
        "EvaluationError",
        "ExpressionError",
        "ExpressionSyntaxError",
        "HeldBack",
        "LdapConnectorError",
        "UsageError",
    ],
    "expressions": ["EvaluationContext", "Expression", "Ignored"],
    "mapping": ["AttributeMapping", "ScopingFilter"],
    "names": ["DN", "RDN", "Filter"],
    "planning": ["DeletionGuard", "DeprovisioningPolicy", "Plan", "ProvisioningRules"],
    "profile": ["ConnectionProfile", "ConnectorConfiguration"],
    "provisioning": ["Outcome", "Provisioner"],
    "schema": ["Schema"],
    "secret": ["Secret"],
    "vendors": ["Identification", "Vendor", "identify"],
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names}

# An application decides where records go; without a word from it they go nowhere.
logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    room = _HOMES.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{room}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
