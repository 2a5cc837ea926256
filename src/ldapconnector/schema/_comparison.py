"""By which matching rule the values of an attribute compare (RFC 4517, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from ldapconnector.schema._matching import (
    Rule,
    compares_alike,
    equality_rule_for,
    rule_for,
    syntax_default,
)

if TYPE_CHECKING:
    from ldapconnector.schema._schema import Schema

__all__ = ["asserted_of", "equality_of", "ordering_of", "rule_of", "substring_of"]


def rule_of(schema: Schema, attribute: str, name: str | None) -> Rule | None:
    """Return the rule by which an attribute compares: the one named, or its syntax's."""
    known = schema.attribute(attribute)
    if known is None:
        return None
    if name is not None:
        found = rule_for(name)
        if found is None:
            published = schema.matching_rule(name)
            found = rule_for(published.oid) if published else None
        if found is not None:
            return found
    if known.syntax is None:
        return None
    return syntax_default(known.syntax, text=name is None and not schema._compares)


def equality_of(schema: Schema, attribute: str) -> Callable[[bytes], Hashable]:
    """Return what gives the key of ``Schema.equality_key``."""
    known = schema.attribute(attribute)
    rule = rule_of(schema, attribute, known.equality if known else None)
    return bytes if rule is None else rule.bind_equality(schema)


def ordering_of(schema: Schema, attribute: str) -> Callable[[bytes], Any] | None:
    """Return what gives the key of ``Schema.ordering_key``; None without an order."""
    known = schema.attribute(attribute)
    if known is None or (known.ordering is None and schema._compares):
        return None
    rule = rule_of(schema, attribute, known.ordering or known.equality)
    return None if rule is None else rule.ordering


def substring_of(schema: Schema, attribute: str) -> Callable[[bytes], str | bytes]:
    """Return what gives the key of ``Schema.substring_key``."""
    known = schema.attribute(attribute)
    rule = rule_of(schema, attribute, (known.substring or known.equality) if known else None)
    return bytes if rule is None else rule.substring


def asserted_of(schema: Schema, rule: str, attribute: str) -> Callable[[bytes], Hashable] | None:
    """Return how a rule that is named compares an attribute; see ``Schema.asserted_key``."""
    known = schema.attribute(attribute)
    published = schema.matching_rule(rule)
    named = equality_rule_for(published.oid if published else rule)
    if known is None or named is None:
        return None
    if not compares_alike(named, rule_of(schema, attribute, known.equality)):
        use = schema.matching_rule_use(published.oid if published else rule)
        applies = map(schema.attribute, use.applies) if use else ()
        if known not in applies:
            return None
    return named.bind_equality(schema)
