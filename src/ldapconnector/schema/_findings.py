"""Findings about a whole schema: names that nobody defines, circles of superiors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ldapconnector.schema._matching import rule_for
from ldapconnector.schema._model import Element, Finding, FindingCode, ObjectClass
from ldapconnector.schema._reader import KINDS
from ldapconnector.schema._syntaxes import syntax_of

if TYPE_CHECKING:
    from ldapconnector.schema._schema import Schema

__all__ = ["findings_of"]


def findings_of(schema: Schema) -> tuple[Finding, ...]:
    """Return what a look at the whole schema finds."""
    return (
        *_of_attributes(schema),
        *_of_classes(schema),
        *_of_rules(schema),
    )


def _undefined(kind: str, element: Element, message: str) -> Finding:
    assert kind in KINDS  # noqa: S101 -- a slip of ours, never of a directory
    return Finding(
        code=FindingCode.UNDEFINED,
        kind=kind,
        name=element.name,
        message=message,
        definition=element.definition,
    )


def _of_attributes(schema: Schema) -> Iterator[Finding]:
    published = {syntax.oid.lower() for syntax in schema.syntaxes}
    for attribute in schema.attribute_types:
        if attribute.superior and schema.attribute(attribute.superior) is None:
            yield _undefined(
                "attributeTypes",
                attribute,
                f"SUP names {attribute.superior!r}, which is not defined",
            )
        elif attribute.syntax is None:
            yield _undefined(
                "attributeTypes", attribute, "it has no syntax; its values stay octets"
            )
        # A directory that lists no syntaxes cannot be held to its list.
        elif (
            published
            and attribute.syntax.lower() not in published
            and syntax_of(attribute.syntax) is None
        ):
            yield _undefined(
                "attributeTypes",
                attribute,
                f"the syntax {attribute.syntax} is not defined; values stay octets",
            )
        for keyword, rule in (
            ("EQUALITY", attribute.equality),
            ("ORDERING", attribute.ordering),
            ("SUBSTR", attribute.substring),
        ):
            if rule and rule_for(rule) is None and schema.matching_rule(rule) is None:
                yield _undefined(
                    "attributeTypes", attribute, f"{keyword} names {rule!r}, which is not defined"
                )


def _of_classes(schema: Schema) -> Iterator[Finding]:
    for known in schema.object_classes:
        for superior in known.superiors:
            if schema.object_class(superior) is None:
                yield _undefined(
                    "objectClasses", known, f"SUP names {superior!r}, which is not defined"
                )
        yield from _missing(schema, "objectClasses", known, "MUST", known.must)
        yield from _missing(schema, "objectClasses", known, "MAY", known.may)
        if _circular(schema, known):
            yield Finding(
                code=FindingCode.CYCLE,
                kind="objectClasses",
                name=known.name,
                message="it is its own superior; the circle was cut",
                definition=known.definition,
            )


def _circular(schema: Schema, known: ObjectClass) -> bool:
    for superior in known.superiors:
        above = schema.object_class(superior)
        if above is not None and known.name in schema.superclasses(above.name):
            return True
    return False


def _of_rules(schema: Schema) -> Iterator[Finding]:
    for rule in schema.content_rules:
        if schema.object_class(rule.oid) is None:
            yield _undefined("dITContentRules", rule, f"no object class has the number {rule.oid}")
        for auxiliary in rule.auxiliary:
            if schema.object_class(auxiliary) is None:
                yield _undefined(
                    "dITContentRules", rule, f"AUX names {auxiliary!r}, which is not defined"
                )
        yield from _missing(schema, "dITContentRules", rule, "MUST", rule.must)
        yield from _missing(schema, "dITContentRules", rule, "MAY", rule.may)
    for form in schema.name_forms:
        if schema.object_class(form.object_class) is None:
            yield _undefined(
                "nameForms", form, f"OC names {form.object_class!r}, which is not defined"
            )
        yield from _missing(schema, "nameForms", form, "MUST", form.must)


def _missing(
    schema: Schema, kind: str, element: Element, keyword: str, names: Iterable[str]
) -> Iterator[Finding]:
    for name in names:
        if schema.attribute(name) is None:
            yield _undefined(kind, element, f"{keyword} names {name!r}, which is not defined")
