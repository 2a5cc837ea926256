"""What object classes ask of an entry and allow it (RFC 4512, 2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ldapconnector.schema._model import ClassKind

if TYPE_CHECKING:
    from ldapconnector.schema._schema import Schema

__all__ = ["requirements_of", "superclasses_of"]

_EXTENSIBLE: Final = "extensibleobject"
_TOP: Final = "top"


def superclasses_of(schema: Schema, name: str) -> tuple[str, ...]:
    """Return a class and all classes above it; see ``Schema.superclasses``."""
    top = schema.object_class(_TOP)
    seen: dict[str, None] = {}
    waiting = [name]
    while waiting:
        following: list[str] = []
        for one in waiting:
            known = schema.object_class(one)
            spelled = known.name if known else one
            if spelled in seen:
                continue
            seen[spelled] = None
            if known is None:
                continue
            following += known.superiors
            if not known.superiors and known.kind is ClassKind.STRUCTURAL:
                following += [top.name] if top else []
        waiting = following
    if top is not None and top.name in seen:
        del seen[top.name]
        seen[top.name] = None
    return tuple(seen)


def requirements_of(
    schema: Schema, classes: frozenset[str], operational: bool, extensible: bool
) -> tuple[frozenset[str], frozenset[str]]:
    """Return what entries of these classes must have and may have; see ``Schema.may``."""
    chain = dict.fromkeys(
        superior
        for name in sorted(classes)
        if schema.object_class(name) is not None
        for superior in schema.superclasses(name)
    )
    must: dict[str, str] = {}
    may: dict[str, str] = {}
    for name in chain:
        known = schema.object_class(name)
        if known is not None:
            _gather(schema, known.must, must)
            _gather(schema, known.may, may)
        if name.lower() == _EXTENSIBLE:
            _gather(schema, (a.name for a in schema.attribute_types), may)
    if extensible:
        _gather(schema, (a.name for a in schema.attribute_types if not a.operational), may)
    structural = schema.structural_class(chain)
    rule = schema.content_rule(structural) if structural else None
    if rule is not None:
        _gather(schema, rule.must, must)
        _gather(schema, rule.may, may)
        for name in rule.precluded:
            may.pop(_spelled(schema, name).lower(), None)
    if operational:
        _gather(schema, (a.name for a in schema.operational), may)
    for alias in schema.aliases:
        base = _spelled(schema, alias.partition(";")[0]).lower()
        for names in (must, may):
            if base in names:
                names[alias.lower()] = alias
    return (
        frozenset(must.values()),
        frozenset(spelled for key, spelled in may.items() if key not in must),
    )


def _gather(schema: Schema, names: Iterable[str], into: dict[str, str]) -> None:
    for name in names:
        spelled = _spelled(schema, name)
        into.setdefault(spelled.lower(), spelled)


def _spelled(schema: Schema, name: str) -> str:
    known = schema._attributes.get(name.lower())
    return known.name if known else name
