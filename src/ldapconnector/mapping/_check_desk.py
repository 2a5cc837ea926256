"""What every check of the rules works with: the rules, the schema, and where findings go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ldapconnector.errors import nearest
from ldapconnector.expressions import EvaluationContext
from ldapconnector.mapping._diagnostics import MappingDiagnostic, Severity
from ldapconnector.mapping._names import guard
from ldapconnector.mapping._rules import (
    DISTINGUISHED_NAME,
    DN_TARGET,
    EXPORT_PASSWORD,
    OBJECT_FILTER,
    AttributeMapping,
    Computed,
    Constant,
    ObjectMapping,
)

if TYPE_CHECKING:
    from ldapconnector.schema import Schema

__all__ = ["VIRTUAL", "Desk", "near", "rdn_type"]

#: Targets that are no attributes of the directory.
VIRTUAL: Final = frozenset({DN_TARGET, DISTINGUISHED_NAME, EXPORT_PASSWORD, OBJECT_FILTER})


class Desk:
    """The rules under examination, and what was found."""

    def __init__(
        self,
        mappings: ObjectMapping,
        schema: Schema,
        *,
        path: str,
        sources: frozenset[str] | None,
        single_valued: frozenset[str],
        context: EvaluationContext | None,
    ) -> None:
        self.mappings = mappings
        self.schema = schema
        self.sources = sources
        self.context = context
        self.single_valued = single_valued
        self.found: list[MappingDiagnostic] = []
        self._path = path

    def say(
        self,
        severity: Severity,
        code: str,
        where: str,
        message: str,
        *,
        hint: str = "",
        target: str = "",
    ) -> None:
        """Note one finding; ``where`` follows the path of the rules."""
        self.found.append(
            MappingDiagnostic(
                severity=severity,
                code=code,
                path=f"{self._path}.{where}",
                message=message,
                hint=hint,
                target=target,
            )
        )

    def error(
        self, code: str, where: str, message: str, *, hint: str = "", target: str = ""
    ) -> None:
        """Note what cannot work."""
        self.say(Severity.ERROR, code, where, message, hint=hint, target=target)

    def warn(
        self, code: str, where: str, message: str, *, hint: str = "", target: str = ""
    ) -> None:
        """Note what is probably not meant."""
        self.say(Severity.WARNING, code, where, message, hint=hint, target=target)

    def names_of(self, attribute: str) -> set[str]:
        """Return every name of an attribute type, in lower case; not of its subtypes."""
        known = self.schema.attribute(attribute)
        names = {name.lower() for name in known.names} if known is not None else set()
        return names | {attribute.lower()}

    def mapping_of(self, attribute: str) -> tuple[int, AttributeMapping | None]:
        """Return the mapping onto an attribute and its index; -1 and None where there is none."""
        names = self.names_of(attribute)
        for index, mapping in enumerate(self.mappings.mappings):
            if mapping.attribute.partition(";")[0].lower() in names:
                return index, mapping
        return -1, None

    def near_attribute(self, name: str) -> str:
        """Suggest an attribute of the schema."""
        return near(name, (one for each in self.schema.attribute_types for one in each.names))


def rdn_type(mapping: AttributeMapping) -> str:
    """Return the attribute type with which the names begin; empty where the rule hides it."""
    source = mapping.source
    if isinstance(source, Computed):
        return guard(source.expression).rdn_type
    if isinstance(source, Constant) and isinstance(source.value, str):
        return source.value.partition("=")[0].strip()
    return ""


def near(name: str, names: Iterable[str]) -> str:
    """Suggest the closest of ``names``; an empty text where none is close."""
    found = nearest(name, names)
    return f"did you mean {found}?" if found else ""
