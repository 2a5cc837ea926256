"""What a check finds, and what it is told about attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import attrs

from ldapconnector.errors import UsageError, caret

__all__ = ["AttributeShape", "Diagnostic", "Severity", "shape_of", "shapes_of"]

Severity: TypeAlias = Literal["error", "warning", "info"]


@attrs.frozen(kw_only=True)
class Diagnostic:
    """One finding of :meth:`Expression.check`.

    Attributes:
        code: a stable name such as ``unknown-attribute``; the list is in docs/expressions.md.
        severity: ``error`` (it cannot work), ``warning`` (it hardly does what is meant, or
            the service refuses it), ``info`` (it leans on a decision of this library).
        message: what, and why.
        hint: what to write in its place; may be empty.
        line, column: where, both counted from 1.
        text: the whole expression.
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    line: int = 1
    column: int = 1
    text: str = attrs.field(default="", repr=False)

    def __str__(self) -> str:
        parts = [
            f"{self.severity} {self.code}, line {self.line}, column {self.column}: {self.message}"
        ]
        if self.text:
            parts.append(caret(self.text, self.line, self.column))
        if self.hint:
            parts.append(f"hint: {self.hint}")
        return "\n".join(parts)


@attrs.frozen(kw_only=True)
class AttributeShape:
    """What a check needs to know of an attribute.

    Attributes:
        name: its name.
        type: ``String``, ``Integer``, ``Boolean``, ``DateTime``, ``Reference`` or ``Binary``,
            as Graph's attributeType has it.
        multivalued: whether it takes several values.
        matching: whether it is a matching attribute of the mapping.
        is_dn: whether its value is a distinguished name.
    """

    name: str
    type: str = "String"
    multivalued: bool = False
    matching: bool = False
    is_dn: bool = False


def shape_of(given: object) -> AttributeShape:
    """Read a shape: itself, a bare name, or Graph's attributeDefinition.

    Raises:
        UsageError: it is none of these.

    >>> shape_of({"name": "active", "type": "Boolean", "multivalued": False}).type
    'Boolean'
    """
    if isinstance(given, AttributeShape):
        return given
    if isinstance(given, str):
        return AttributeShape(name=given)
    if isinstance(given, Mapping) and isinstance(given.get("name"), str):
        return AttributeShape(
            name=given["name"],
            type=str(given.get("type") or "String"),
            multivalued=bool(given.get("multivalued")),
            matching=bool(given.get("matchingPriority")),
            is_dn=given.get("type") == "Reference",
        )
    raise UsageError(
        "an attribute is described by its name, an AttributeShape, or an object with a name"
    )


def shapes_of(
    source: Mapping[str, Any] | Iterable[AttributeShape | Mapping[str, Any] | str],
) -> dict[str, AttributeShape]:
    """Read the known source attributes by name.

    A mapping may give shapes, Graph's definitions, or sample values: then only the names
    are taken.
    """
    found: dict[str, AttributeShape] = {}
    if isinstance(source, str):
        raise UsageError("the source attributes are a list of names, not one text")
    if isinstance(source, Mapping):
        for name, value in source.items():
            if isinstance(value, AttributeShape):
                found[name] = value
            elif isinstance(value, Mapping) and "type" in value:
                found[name] = shape_of({"name": name, **value})
            else:
                found[name] = AttributeShape(name=name, multivalued=isinstance(value, list | tuple))
        return found
    for one in source:
        shape = shape_of(one)
        found[shape.name] = shape
    return found
