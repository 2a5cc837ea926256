"""From definitions to elements that can be found, with what they inherit filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import attrs

from ldapconnector.schema._model import AttributeType, Element, Finding, FindingCode
from ldapconnector.schema._reader import read
from ldapconnector.schema._tokens import read_fields

__all__ = [
    "IBM_ATTRIBUTE_TYPES",
    "indexed",
    "read_elements",
    "subtypes_of",
    "with_inheritance",
    "with_lengths",
]

_E = TypeVar("_E", bound=Element)

_LENGTH: Final = re.compile(r"[0-9]{1,18}")

#: The list of lengths that IBM's directories publish beside the usual ones.
IBM_ATTRIBUTE_TYPES: Final = "IBMAttributeTypes"


def read_elements(kind: str, texts: Sequence[str], findings: list[Finding]) -> Iterator[Element]:
    """Read the definitions of one kind; what cannot be read becomes a finding."""
    for text in texts:
        element, repairs = read(kind, text)
        if element is None:
            findings.append(
                Finding(
                    code=FindingCode.UNREADABLE,
                    kind=kind,
                    message="; ".join(repairs) or "it has neither a number nor a name",
                    definition=text,
                )
            )
            continue
        if repairs:
            findings.append(
                Finding(
                    code=FindingCode.REPAIRED,
                    kind=kind,
                    name=element.name,
                    message="; ".join(repairs),
                    definition=text,
                )
            )
        yield element


def indexed(kind: str, elements: Sequence[_E], findings: list[Finding]) -> dict[str, _E]:
    """Find elements by lower-case name and number; the first definition of a name holds."""
    index: dict[str, _E] = {}
    for element in elements:
        for name in element.names:
            lowered = name.lower()
            if index.setdefault(lowered, element) is not element:
                findings.append(_duplicate(kind, element, f"the name {name!r}"))
        lowered = element.oid.lower()
        if index.setdefault(lowered, element) is not element:
            findings.append(_duplicate(kind, element, f"the number {element.oid}"))
    return index


def _duplicate(kind: str, element: Element, what: str) -> Finding:
    return Finding(
        code=FindingCode.DUPLICATE,
        kind=kind,
        name=element.name,
        message=f"{what} belongs to an earlier definition, which holds",
        definition=element.definition,
    )


def with_lengths(
    attributes: tuple[AttributeType, ...], texts: Sequence[str], findings: list[Finding]
) -> tuple[AttributeType, ...]:
    """Fill in the length bounds that IBM publishes in a fourth list."""
    if not texts:
        return attributes
    lengths: dict[str, int] = {}
    for text in texts:
        fields = read_fields(text)
        if fields is None or not fields.oid:
            findings.append(
                Finding(
                    code=FindingCode.UNREADABLE,
                    kind=IBM_ATTRIBUTE_TYPES,
                    message="it is no definition: '(' and a number are expected",
                    definition=text,
                )
            )
            continue
        length = fields.one("LENGTH")
        if length is not None and _LENGTH.fullmatch(length):
            lengths[fields.oid.lower()] = int(length)
    return tuple(
        attrs.evolve(attribute, length=lengths[attribute.oid.lower()])
        if attribute.length is None and attribute.oid.lower() in lengths
        else attribute
        for attribute in attributes
    )


def with_inheritance(
    attributes: tuple[AttributeType, ...],
    index: dict[str, AttributeType],
    findings: list[Finding],
) -> tuple[AttributeType, ...]:
    """Fill in what attribute types take over from their superiors (RFC 4512, 2.5.1).

    The index is brought up to date as well.
    """
    changed: dict[int, AttributeType] = {}
    for attribute in attributes:
        if attribute.superior is None:
            continue
        taken: dict[str, Any] = {
            name: getattr(attribute, name) for name in ("equality", "ordering", "substring")
        }
        syntax, length = attribute.syntax, attribute.length
        seen = {attribute.oid.lower()}
        above = index.get(attribute.superior.lower())
        while above is not None:
            if above.oid.lower() in seen:
                findings.append(
                    Finding(
                        code=FindingCode.CYCLE,
                        kind="attributeTypes",
                        name=attribute.name,
                        message=f"its superiors come back to {above.name!r}; the circle was cut",
                        definition=attribute.definition,
                    )
                )
                break
            seen.add(above.oid.lower())
            for name, value in taken.items():
                taken[name] = value or getattr(above, name)
            if syntax is None:
                syntax, length = above.syntax, above.length
            above = index.get(above.superior.lower()) if above.superior else None
        changed[id(attribute)] = attrs.evolve(attribute, syntax=syntax, length=length, **taken)
    if not changed:
        return attributes
    for key, known in index.items():
        index[key] = changed.get(id(known), known)
    return tuple(changed.get(id(known), known) for known in attributes)


def subtypes_of(
    attributes: Sequence[AttributeType], index: Mapping[str, AttributeType]
) -> dict[str, frozenset[str]]:
    """For each attribute type the names and numbers of itself and all below it."""
    names: dict[str, set[str]] = {}
    for attribute in attributes:
        spelled = {name.lower() for name in (*attribute.names, attribute.oid)}
        above: AttributeType | None = attribute
        seen: set[str] = set()
        while above is not None and above.name.lower() not in seen:
            seen.add(above.name.lower())
            names.setdefault(above.name.lower(), set()).update(spelled)
            above = index.get(above.superior.lower()) if above.superior else None
    return {name: frozenset(found) for name, found in names.items()}
