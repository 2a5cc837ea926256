"""Checks of sources: expressions that work, attributes that exist, values that last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ldapconnector.errors import MappingError
from ldapconnector.expressions import AttributeShape
from ldapconnector.mapping._check_desk import Desk, near
from ldapconnector.mapping._compile import is_password
from ldapconnector.mapping._diagnostics import Severity
from ldapconnector.mapping._evaluate import expression_of
from ldapconnector.mapping._kinds import unrepeatable
from ldapconnector.mapping._rules import DN_TARGET, AttributeMapping, Computed, Constant, NoSource

__all__ = ["check_known", "check_source"]

#: Findings of the language that the mapping's own checks tell more exactly.
_TOLD_HERE: Final = frozenset({"dn-unescaped", "select-unique-value-matching"})


def check_source(desk: Desk, mapping: AttributeMapping, where: str) -> None:
    """Check the source of one mapping."""
    source = mapping.source
    try:
        expression_of(source)
    except MappingError as error:
        desk.error("bad-source", f"{where}.source", error.message, target=mapping.target)
        return
    check_known(desk, mapping.sources, f"{where}.source", mapping.target)
    if isinstance(source, Computed):
        _expression(desk, mapping, source, where)
        _repeatable(desk, mapping, source, where)
    if isinstance(source, NoSource) and mapping.matching_precedence is not None:
        desk.error(
            "matching-without-source",
            where,
            f"{mapping.attribute} is a matching attribute and has no source",
            target=mapping.target,
        )
    if isinstance(source, Constant) and mapping.default is not None:
        desk.say(
            Severity.INFO,
            "default-unused",
            f"{where}.default",
            "a constant is never null, so the default is not used",
            target=mapping.target,
        )
    if mapping.flow_null and not (mapping.sources <= desk.mappings.source_null_attributes):
        off = sorted(mapping.sources - desk.mappings.source_null_attributes)
        desk.warn(
            "flow-null-one-switch",
            f"{where}.flow_null",
            f"null flows only where the source attribute's switch is on, too; it is off for "
            f"{', '.join(off)}",
            target=mapping.target,
        )


def _expression(desk: Desk, mapping: AttributeMapping, source: Computed, where: str) -> None:
    """Take over what the language itself finds in an expression."""
    is_name = mapping.attribute == DN_TARGET
    findings = source.expression.check(
        # Kind and number of values are checked against the schema, elsewhere.
        target=AttributeShape(
            name=mapping.attribute,
            multivalued=True,
            matching=mapping.matching_precedence is not None,
            is_dn=is_name,
        ),
        functions=None if desk.context is None else desk.context.functions,
    )
    for one in findings:
        if one.code not in _TOLD_HERE:
            desk.say(
                Severity(one.severity),
                one.code,
                f"{where}.source",
                f"line {one.line}, column {one.column}: {one.message}",
                hint=one.hint,
                target=mapping.target,
            )


def check_known(desk: Desk, names: Iterable[str], where: str, target: str = "") -> None:
    """Check that source attributes exist, where it is known which do."""
    if desk.sources is None:
        return
    for name in sorted(names):
        if name not in desk.sources and name.split(".")[0] not in desk.sources:
            desk.error(
                "unknown-source",
                where,
                f"the source has no attribute {name!r}; case matters",
                hint=near(name, desk.sources),
                target=target,
            )


def _repeatable(desk: Desk, mapping: AttributeMapping, source: Computed, where: str) -> None:
    names = unrepeatable(source.expression)
    if names and not mapping.creation_only and not is_password(mapping):
        desk.warn(
            "changes-every-cycle",
            f"{where}.source",
            f"{', '.join(sorted(names))} gives something else each time, so every cycle would "
            "write; apply this mapping only during creation",
            target=mapping.target,
        )
    if "SelectUniqueValue" in names and mapping.matching_precedence is not None:
        desk.error(
            "matching-by-unique-value",
            f"{where}.source",
            "SelectUniqueValue makes a value that nobody has, so it finds nobody",
            target=mapping.target,
        )
