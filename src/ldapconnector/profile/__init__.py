"""Where a directory is, how to reach it, and what of it is provisioned: frozen values.

They hold everything that Microsoft's wizard asks on its pages Connectivity, Global,
Partitions, Object Types and Select Attributes, so that it can be written into one file.
"""

from __future__ import annotations

from ldapconnector.profile._addresses import Address
from ldapconnector.profile._bindings import (
    Anonymous,
    Binding,
    External,
    Kerberos,
    SimpleBind,
    WizardBinding,
)
from ldapconnector.profile._connection import ConnectionProfile
from ldapconnector.profile._connector import (
    ConnectorConfiguration,
    DeltaChoice,
    HierarchyLevel,
    ObjectType,
    PagingChoice,
    SelectedAttribute,
)
from ldapconnector.profile._limits import Controls, RetryPolicy, Timeouts, Use
from ldapconnector.profile._partition import Partition
from ldapconnector.profile._tls import Security, TlsSettings, TlsVersion

__all__ = [
    "Address",
    "Anonymous",
    "Binding",
    "ConnectionProfile",
    "ConnectorConfiguration",
    "Controls",
    "DeltaChoice",
    "External",
    "HierarchyLevel",
    "Kerberos",
    "ObjectType",
    "PagingChoice",
    "Partition",
    "RetryPolicy",
    "Security",
    "SelectedAttribute",
    "SimpleBind",
    "Timeouts",
    "TlsSettings",
    "TlsVersion",
    "Use",
    "WizardBinding",
]
