"""Checks of the rules against a schema, before the first user: everything at once, with paths."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ldapconnector.expressions import EvaluationContext
from ldapconnector.mapping._check_classes import check_classes, effective_classes
from ldapconnector.mapping._check_desk import Desk
from ldapconnector.mapping._check_matching import check_anchor, check_matching, check_scoping
from ldapconnector.mapping._check_names import check_name, check_required
from ldapconnector.mapping._check_targets import check_targets
from ldapconnector.mapping._diagnostics import MappingDiagnostic, Severity
from ldapconnector.mapping._matching import MatchRules
from ldapconnector.mapping._rules import AttributeMapping, ObjectMapping
from ldapconnector.mapping._scoping import ScopingFilter

if TYPE_CHECKING:
    from ldapconnector.schema import Schema

__all__ = ["check_mappings"]


def check_mappings(
    mappings: ObjectMapping | Sequence[AttributeMapping],
    schema: Schema,
    *,
    structural_class: str = "",
    auxiliary_classes: Sequence[str] = (),
    anchor: str = "",
    matching: MatchRules | None = None,
    scoping: ScopingFilter | None = None,
    source_attributes: Collection[str] | None = None,
    provided: Collection[str] = (),
    single_valued: Collection[str] = (),
    indexed: Collection[str] | None = None,
    unique: Collection[str] | None = None,
    extensible: bool = False,
    context: EvaluationContext | None = None,
    path: str = "$",
) -> tuple[MappingDiagnostic, ...]:
    """Check rules against a schema and tell everything that is wrong, or looks wrong.

    Args:
        mappings: the attribute mappings.
        schema: what the directory publishes.
        structural_class: the structural class of new entries; empty takes it from a mapping
            onto ``objectClass``.
        auxiliary_classes: their auxiliary classes.
        anchor: the attribute that identifies an entry, or ``dn``; empty leaves it unchecked.
        matching: matching rules besides those that the mappings carry.
        scoping: who is in scope.
        source_attributes: every source attribute that exists; None does not know them.
        provided: attributes that something else fills in, such as a number range.
        single_valued: attributes treated as single-valued besides the schema's.
        indexed: attributes that the directory indexes for equality; None does not know.
        unique: attributes that the directory keeps unique; None does not know.
        extensible: every attribute is allowed in every entry.
        context: brings own functions of the expressions.
        path: what stands before each path.

    Returns:
        Errors first, then warnings, then notes; within each in the order of the rules.

    >>> from ldapconnector.mapping import AttributeMapping, Direct
    >>> from ldapconnector.schema import Schema
    >>> found = check_mappings(
    ...     [AttributeMapping(target="maill", source=Direct("mail"))],
    ...     Schema.standard(), structural_class="inetOrgPerson")
    >>> for one in found[:2]: print(*filter(None, (one.code, one.path, one.hint)))
    unknown-attribute $.mappings[0].target did you mean mail?
    must-not-mapped $.mappings
    """
    desk = Desk(
        ObjectMapping.of(mappings),
        schema,
        path=path,
        sources=None if source_attributes is None else frozenset(source_attributes),
        single_valued=frozenset(name.lower() for name in single_valued),
        context=context,
    )
    check_classes(desk, structural_class, auxiliary_classes)
    classes = effective_classes(desk, [*filter(None, [structural_class]), *auxiliary_classes])
    check_targets(desk, classes, extensible=extensible)
    check_required(desk, classes, frozenset(name.lower() for name in provided))
    check_name(desk, classes, extensible=extensible)
    check_matching(desk, matching, indexed, unique)
    if anchor:
        check_anchor(desk, anchor)
    if scoping is not None:
        check_scoping(desk, scoping)
    order = list(Severity)
    return tuple(sorted(desk.found, key=lambda one: order.index(one.severity)))
