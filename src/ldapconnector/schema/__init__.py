"""Directory schemas: what entries may contain, how values compare, what they mean."""

from ldapconnector.schema._check import Problem, ProblemCode
from ldapconnector.schema._model import (
    AttributeType,
    ClassKind,
    DitContentRule,
    DitStructureRule,
    Element,
    Finding,
    FindingCode,
    LdapSyntax,
    MatchingRule,
    MatchingRuleUse,
    NameForm,
    ObjectClass,
    Usage,
)
from ldapconnector.schema._schema import Schema
from ldapconnector.schema._syntaxes import Syntax
from ldapconnector.schema._time import (
    datetime_to_filetime,
    filetime_to_datetime,
    format_generalized_time,
    parse_generalized_time,
)
from ldapconnector.schema._typed import bytes_to_sid, sid_to_bytes

__all__ = [
    "AttributeType",
    "ClassKind",
    "DitContentRule",
    "DitStructureRule",
    "Element",
    "Finding",
    "FindingCode",
    "LdapSyntax",
    "MatchingRule",
    "MatchingRuleUse",
    "NameForm",
    "ObjectClass",
    "Problem",
    "ProblemCode",
    "Schema",
    "Syntax",
    "Usage",
    "bytes_to_sid",
    "datetime_to_filetime",
    "filetime_to_datetime",
    "format_generalized_time",
    "parse_generalized_time",
    "sid_to_bytes",
]
