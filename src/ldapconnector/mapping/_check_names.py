"""Checks of what an entry needs: its mandatory attributes and its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ldapconnector.mapping._check_desk import Desk, rdn_type
from ldapconnector.mapping._compile import PASSWORD_ATTRIBUTES
from ldapconnector.mapping._diagnostics import Severity
from ldapconnector.mapping._names import guard
from ldapconnector.mapping._rules import (
    DN_TARGET,
    EXPORT_PASSWORD,
    AttributeMapping,
    Computed,
    NoSource,
)

if TYPE_CHECKING:
    from ldapconnector.schema import AttributeType

__all__ = ["check_name", "check_required"]

#: Mandatory attributes that Active Directory and AD LDS fill in themselves.
_FILLED_BY_SERVER: Final = frozenset(
    {"instancetype", "ntsecuritydescriptor", "objectcategory", "objectsid"}
)


def check_required(desk: Desk, classes: list[str], provided: frozenset[str]) -> None:
    """Check that every mandatory attribute gets a value."""
    from_name = {
        name for _, mapping in _names_of_entries(desk) for name in desk.names_of(rdn_type(mapping))
    }
    for name in sorted(desk.schema.must(classes)):
        known = desk.schema.attribute(name)
        names = desk.names_of(name)
        if names & (provided | from_name | _FILLED_BY_SERVER) or name.lower() == "objectclass":
            continue
        if known is not None and known.no_user_modification:
            continue
        index, mapping = desk.mapping_of(name)
        if mapping is None or (isinstance(mapping.source, NoSource) and mapping.default is None):
            if name.lower() in PASSWORD_ATTRIBUTES and desk.mappings.target(EXPORT_PASSWORD):
                continue
            desk.error(
                "must-not-mapped",
                "mappings" if mapping is None else f"mappings[{index}].source",
                f"{name} is mandatory in {_requiring(desk, name, classes)} and nothing gives "
                "it a value",
                target=name,
            )
        elif mapping.flow_null:
            desk.error(
                "must-cleared",
                f"mappings[{index}].flow_null",
                f"{name} is mandatory in {_requiring(desk, name, classes)} and can never be "
                "cleared",
                target=mapping.target,
            )


def _requiring(desk: Desk, attribute: str, classes: list[str]) -> str:
    found = [
        name
        for name in dict.fromkeys(
            above for one in classes for above in desk.schema.superclasses(one)
        )
        if (known := desk.schema.object_class(name)) is not None
        and desk.names_of(attribute) & {one.lower() for one in known.must}
    ]
    return found[0] if found else "these classes"


def _names_of_entries(desk: Desk) -> Iterator[tuple[int, AttributeMapping]]:
    for index, mapping in enumerate(desk.mappings.mappings):
        if mapping.attribute == DN_TARGET and not isinstance(mapping.source, NoSource):
            yield index, mapping


def check_name(desk: Desk, classes: list[str], *, extensible: bool) -> None:
    """Check the mapping that names the entries."""
    found = list(_names_of_entries(desk))
    if not found:
        desk.error("no-dn", "mappings", "no mapping gives -dn-, so no entry can be created")
        return
    index, mapping = found[0]
    where = f"mappings[{index}].source"
    if isinstance(mapping.source, Computed):
        safe = guard(mapping.source.expression)
        if safe.hidden:
            desk.warn(
                "unsafe-dn",
                where,
                f"{safe.hidden} around the whole name hides where values stand in it, so a "
                "value could name another entry; apply it to the values instead",
                target=mapping.target,
            )
        elif mapping.source.expression.attributes and not mapping.escape_dn:
            desk.say(
                Severity.INFO,
                "dn-values-refused",
                where,
                "a value with a special character of DNs (comma, plus, quote, ...) is refused "
                "for that user; escape_dn writes it escaped",
                target=mapping.target,
            )
    kind = rdn_type(mapping)
    if not kind:
        return
    known = desk.schema.attribute(kind)
    if known is None:
        desk.error(
            "unknown-attribute",
            where,
            f"the name begins with {kind}=, and the schema defines no such attribute",
            target=mapping.target,
        )
        return
    allowed = {
        one.lower()
        for one in (
            *desk.schema.must(classes),
            *desk.schema.may(classes, extensible=extensible),
        )
    }
    if classes and known.name.lower() not in allowed:
        desk.error(
            "rdn-not-allowed",
            where,
            f"the name begins with {kind}=, and none of {', '.join(classes)} has {known.name}",
            target=mapping.target,
        )
    _rdn_mapped_otherwise(desk, known, mapping, where)


def _rdn_mapped_otherwise(
    desk: Desk, known: AttributeType, mapping: AttributeMapping, where: str
) -> None:
    index, other = desk.mapping_of(known.name)
    if other is None or isinstance(other.source, NoSource):
        return
    name = str(mapping.source)
    # The same text inside the name is the same value there.
    if str(other.source) in name:
        return
    single = known.single_value or known.name.lower() in desk.single_valued
    message = (
        f"the name begins with {known.name}= and mappings[{index}] gives {known.name} another "
        f"source ({other.source}); the entry would hold both values"
    )
    if single:
        desk.error(
            "rdn-conflict",
            where,
            message + f", and {known.name} takes one",
            target=mapping.target,
        )
    else:
        desk.warn(
            "rdn-conflict",
            where,
            message + ". Nothing is written twice; use one source for both to have one value",
            target=mapping.target,
        )
