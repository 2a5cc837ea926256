"""Names of the directory as values: DNs, attribute descriptions, filters (RFC 4512, 4514, 4515)."""

from ldapconnector.names._attributes import AttributeDescription, attribute_name, type_key
from ldapconnector.names._dn import AVA, DN, RDN
from ldapconnector.names._filter import (
    And,
    Approx,
    Equal,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Or,
    Present,
    Substring,
)
from ldapconnector.names._filter_matching import TEXT_MATCHING, FilterItem, MatchingSchema
from ldapconnector.names._prepare import prepare, prepare_piece

__all__ = [
    "AVA",
    "DN",
    "RDN",
    "TEXT_MATCHING",
    "And",
    "Approx",
    "AttributeDescription",
    "Equal",
    "Extensible",
    "Filter",
    "FilterItem",
    "GreaterOrEqual",
    "LessOrEqual",
    "MatchingSchema",
    "Not",
    "Or",
    "Present",
    "Substring",
    "attribute_name",
    "prepare",
    "prepare_piece",
    "type_key",
]
