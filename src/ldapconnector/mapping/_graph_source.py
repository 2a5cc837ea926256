"""Sources of Graph's JSON: of a mapping, and what the source directory's definition tells."""

from __future__ import annotations

from typing import Any, Final

from ldapconnector.errors import ExpressionError, MappingError
from ldapconnector.expressions import Expression
from ldapconnector.mapping._graph_fields import SOURCE_TYPES, field, member, objects, text_of
from ldapconnector.mapping._rules import Computed, Constant, Direct, FlowType, NoSource, Source

__all__ = ["read_source", "source_facts"]

_ANCHORS_OF_GRAPH: Final = frozenset({"objectId", "id"})


def read_source(
    raw: dict[str, Any] | None, default: str | None, flow_type: FlowType
) -> tuple[Source, str | None]:
    """Read an ``attributeMappingSource``, and what is left of the mapping's default.

    Raises:
        MappingError, ExpressionError: it is none that can be read.
    """
    if raw is None:
        # Graph has no other way to write a constant: no source, and a default. With "only
        # into an empty attribute" it is the portal's "None" with a default.
        if default is None or flow_type is FlowType.ATTRIBUTE_ADD_ONLY:
            return NoSource(), default
        return Constant(default), None
    kind = member(field(raw, "type", "Attribute"), SOURCE_TYPES)
    name, text = text_of(raw, "name"), text_of(raw, "expression")
    if kind == "Constant":
        return Constant(_constant(raw, text, name)), default
    if kind == "Attribute":
        if name:
            return Direct(name), default
        if text:
            return Direct(text.strip().removeprefix("[").removesuffix("]")), default
        raise MappingError("an attribute source names its attribute")
    if kind != "Function":
        raise MappingError(
            f"{field(raw, 'type')!r} is no type of source; known are {', '.join(SOURCE_TYPES)}"
        )
    if text:
        return Computed(Expression.parse(text)), default
    return Computed(Expression.from_graph(raw)), default


def _constant(raw: dict[str, Any], text: str, name: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            value = Expression.parse(text).evaluate({})
        except ExpressionError:
            value = None
        if isinstance(value, str):
            return value
    if field(raw, "name", None) is not None:
        return name
    if field(raw, "expression", None) is not None:
        return text
    raise MappingError("a constant source has a name or an expression")


def source_facts(directory: dict[str, Any], source_object: str) -> dict[str, Any]:
    """Return what the source directory's definition tells of the object's attributes."""
    null, binary, references = set(), set(), set()
    anchor = "id"
    for _, one in objects(field(directory, "objects")):
        if text_of(one, "name").lower() != source_object.lower():
            continue
        for _, attribute in objects(field(one, "attributes")):
            name = text_of(attribute, "name")
            kind = str(field(attribute, "type", "")).lower()
            if field(attribute, "flowNullValues", False) is True:
                null.add(name)
            if kind in {"binary", "3"}:
                binary.add(name)
            elif kind in {"reference", "2"}:
                references.add(name)
            if field(attribute, "anchor", False) is True and name not in _ANCHORS_OF_GRAPH:
                anchor = name
    return {
        "source_null_attributes": frozenset(null),
        "binary_attributes": frozenset(binary),
        "reference_attributes": frozenset(references),
        "source_anchor": anchor,
    }
