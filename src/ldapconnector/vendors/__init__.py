"""Directory products: their declared facts, and their identification from evidence."""

from ldapconnector.vendors._evidence import Confidence
from ldapconnector.vendors._identify import Identification, identify
from ldapconnector.vendors._products import traits_of
from ldapconnector.vendors._suggest import Suggestions, suggest
from ldapconnector.vendors._traits import (
    Certainty,
    DeltaKind,
    DisableTraits,
    PagingKind,
    PasswordEncoding,
    PasswordStep,
    PasswordTraits,
    Traits,
)
from ldapconnector.vendors._vendor import Vendor

__all__ = [
    "Certainty",
    "Confidence",
    "DeltaKind",
    "DisableTraits",
    "Identification",
    "PagingKind",
    "PasswordEncoding",
    "PasswordStep",
    "PasswordTraits",
    "Suggestions",
    "Traits",
    "Vendor",
    "identify",
    "suggest",
    "traits_of",
]
