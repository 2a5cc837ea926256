"""Checks of target attributes: defined, allowed, writable, of the right kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ldapconnector.errors import NameSyntaxError
from ldapconnector.expressions import Kind
from ldapconnector.mapping._check_desk import VIRTUAL, Desk
from ldapconnector.mapping._check_sources import check_source
from ldapconnector.mapping._compile import PASSWORD_ATTRIBUTES, is_password
from ldapconnector.mapping._kinds import fixed_values, kinds_of
from ldapconnector.mapping._references import reads_reference
from ldapconnector.mapping._rules import DISTINGUISHED_NAME, AttributeMapping, Direct
from ldapconnector.mapping._values import BOOLEAN, DN_SYNTAX, GENERALIZED_TIME, encoder
from ldapconnector.names import AttributeDescription
from ldapconnector.schema import ClassKind

if TYPE_CHECKING:
    from ldapconnector.schema import AttributeType

__all__ = ["check_targets"]

_INTEGER: Final = "1.3.6.1.4.1.1466.115.121.1.27"


def check_targets(desk: Desk, classes: list[str], *, extensible: bool) -> None:
    """Check every mapping: its source, its target, and whether they fit."""
    allowed = {
        name.lower()
        for name in (
            *desk.schema.must(classes),
            *desk.schema.may(classes, operational=True, extensible=extensible),
        )
    }
    seen: dict[str, int] = {}
    for index, mapping in enumerate(desk.mappings.mappings):
        where = f"mappings[{index}]"
        check_source(desk, mapping, where)
        known = _target(desk, mapping, where)
        key = known.name.lower() if known is not None else mapping.attribute.lower()
        options = mapping.attribute.partition(";")[2].lower()
        first = seen.setdefault(f"{key};{options}", index)
        if first != index:
            desk.error(
                "duplicate-target",
                f"{where}.target",
                f"{mapping.attribute} is mapped already, by mappings[{first}]; keep one, or "
                "combine them in one expression",
                target=mapping.target,
            )
        if known is None:
            continue
        if classes and known.name.lower() not in allowed and not is_password(mapping):
            desk.error(
                "attribute-not-allowed",
                f"{where}.target",
                f"{known.name} is in none of the classes {', '.join(classes)}",
                hint=_class_with(desk, known.name),
                target=mapping.target,
            )
        _writable(desk, mapping, known, where)
        _values(desk, mapping, known, where)


def _target(desk: Desk, mapping: AttributeMapping, where: str) -> AttributeType | None:
    name = mapping.attribute
    if name in VIRTUAL:
        if name == DISTINGUISHED_NAME and mapping.matching_precedence is None:
            desk.warn(
                "read-only-target",
                f"{where}.target",
                "_distinguishedName is a copy to read; map -dn- to name the entry",
                target=mapping.target,
            )
        return None
    try:
        kind = AttributeDescription.parse(name).type
    except NameSyntaxError as error:
        desk.error("bad-target", f"{where}.target", error.message, target=mapping.target)
        return None
    known = desk.schema.attribute(kind)
    if known is None:
        desk.error(
            "unknown-attribute",
            f"{where}.target",
            f"the schema defines no attribute {kind!r}",
            hint=desk.near_attribute(kind),
            target=mapping.target,
        )
    return known


def _class_with(desk: Desk, attribute: str) -> str:
    names = sorted(
        one.name
        for one in desk.schema.object_classes
        if one.kind is ClassKind.AUXILIARY
        and attribute.lower()
        in {name.lower() for name in (*desk.schema.must([one.name]), *one.may, *one.must)}
    )
    return f"auxiliary classes that have it: {', '.join(names[:3])}." if names else ""


def _writable(desk: Desk, mapping: AttributeMapping, known: AttributeType, where: str) -> None:
    if known.no_user_modification:
        desk.error(
            "not-writable",
            f"{where}.target",
            f"only the server writes {known.name} (NO-USER-MODIFICATION); remove the mapping",
            target=mapping.target,
        )
    if known.obsolete:
        desk.warn(
            "obsolete-attribute",
            f"{where}.target",
            f"the schema marks {known.name} as obsolete",
            target=mapping.target,
        )


def _values(desk: Desk, mapping: AttributeMapping, known: AttributeType, where: str) -> None:
    single = known.single_value or known.name.lower() in desk.single_valued
    kinds = kinds_of(mapping.source)
    fixed = fixed_values(mapping.source)
    if single and (len(fixed) > 1 if fixed is not None else Kind.LIST in kinds):
        desk.error(
            "several-values",
            f"{where}.source",
            f"{mapping.source} can give several values, and {known.name} takes one; pick one "
            'with Item(x, 1) or join them with Join(",", x)',
            target=mapping.target,
        )
    wrong = _wrong_kind(known, kinds)
    if wrong:
        desk.error("wrong-syntax", f"{where}.source", wrong, target=mapping.target)
    for value in fixed or ():
        _value(desk, mapping, known, value, f"{where}.source")
    default = mapping.default
    for value in (default,) if isinstance(default, str) else default or ():
        _value(desk, mapping, known, value, f"{where}.default")
    reference = mapping.reference or (
        mapping.reference is None
        and isinstance(mapping.source, Direct)
        and reads_reference(mapping.source.attribute, desk.mappings.reference_attributes)
    )
    if reference and known.syntax not in DN_SYNTAX:
        desk.warn(
            "reference-into-text",
            f"{where}.target",
            f"the value is a reference to another object, and {known.name} does not hold names",
            target=mapping.target,
        )


def _value(
    desk: Desk, mapping: AttributeMapping, known: AttributeType, value: str, where: str
) -> None:
    encode = encoder(mapping.attribute, desk.schema, binary=False)
    shown = "the value" if known.name.lower() in PASSWORD_ATTRIBUTES else repr(value)
    try:
        octets = value.encode() if encode is None else encode(value)
    except ValueError as error:
        desk.error("wrong-syntax", where, str(error), target=mapping.target)
        return
    syntax = desk.schema.syntax(known.name)
    # Classes are told by name.
    if syntax is not None and known.name != "objectClass" and not syntax.valid(octets):
        desk.error(
            "wrong-syntax",
            where,
            f"{shown} is not of the syntax {syntax.name}, which {known.name} has",
            target=mapping.target,
        )


def _wrong_kind(known: AttributeType, kinds: frozenset[Kind]) -> str:
    if known.syntax == _INTEGER and kinds & {Kind.BOOLEAN, Kind.DATE}:
        return f"{known.name} is a whole number, and the source gives {_listed(kinds)}"
    if known.syntax == BOOLEAN and kinds and not kinds & {Kind.BOOLEAN, Kind.TEXT, Kind.LIST}:
        return f"{known.name} is a Boolean, and the source gives {_listed(kinds)}"
    if known.syntax == GENERALIZED_TIME and kinds & {Kind.BOOLEAN}:
        return f"{known.name} is a time, and the source gives {_listed(kinds)}"
    return ""


def _listed(kinds: frozenset[Kind]) -> str:
    return " or ".join(sorted(str(kind) for kind in kinds))
