"""Provisioning on demand: one user, five reported steps.

Source: "On-demand provisioning" (Microsoft Entra documentation): test connection, import
user, determine if user is in scope, match user between source and target system, perform
action.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ldapconnector.errors import LdapConnectorError
from ldapconnector.mapping import DN_TARGET
from ldapconnector.planning import Action, Plan, PlannedChange, Planner
from ldapconnector.provisioning._cycle import OnDemandReport, OnDemandStep
from ldapconnector.provisioning._outcomes import Result

if TYPE_CHECKING:
    from ldapconnector.provisioning._provisioner import Provisioner

__all__ = ["on_demand"]

_CONNECTION: Final = "Test connection"
_IMPORT: Final = "Import user"
_SCOPE: Final = "Determine if user is in scope"
_MATCH: Final = "Match user between source and target"
_ACTION: Final = "Perform action"


def on_demand(
    provisioner: Provisioner, user: Mapping[str, Any], *, assigned: bool, apply: bool
) -> OnDemandReport:
    """Do it; see :meth:`Provisioner.on_demand`."""
    steps: list[OnDemandStep] = []
    try:
        planner = provisioner.planner
    except LdapConnectorError as error:
        failed = OnDemandStep(name=_CONNECTION, result=Result.FAILURE, text=str(error))
        return OnDemandReport(steps=(failed,))
    product = planner.traits.name if planner.traits is not None else "the directory"
    steps.append(_ok(_CONNECTION, f"{product} answers"))
    source = str(user.get(planner.rules.mappings.source_anchor, ""))
    wanted = sorted(planner.rules.mappings.sources)
    hidden = _confidential(planner)
    details = tuple(
        (name, "(withheld)" if name in hidden and user.get(name) else _shown(user.get(name)))
        for name in wanted
    )
    steps.append(_ok(_IMPORT, source or "the user has no source anchor", details))
    try:
        decision = planner.rules.scoping.decide(user, assigned=assigned)
        scope = Result.SUCCESS if decision.in_scope else Result.SKIPPED
        steps.append(OnDemandStep(name=_SCOPE, result=scope, text=decision.text))
        plan = provisioner._looked_up([dict(user)], assigned=[source] if assigned else [])
    except LdapConnectorError as error:
        name = _MATCH if len(steps) == 3 else _SCOPE
        steps.append(OnDemandStep(name=name, result=Result.FAILURE, text=str(error)))
        return OnDemandReport(steps=tuple(steps))
    item = plan.find(source)
    steps.append(_match_step(item))
    if item is None:
        steps.append(OnDemandStep(name=_ACTION, result=Result.SKIPPED, text="nothing to change"))
        return OnDemandReport(steps=tuple(steps), plan=plan)
    return _performed(provisioner, user, plan, item, steps, apply=apply)


def _confidential(planner: Planner) -> frozenset[str]:
    """Return the source attributes that are read for confidential targets alone."""
    shown = {one.attribute for one in planner.compiled.targets.values() if not one.confidential}
    shown.add(DN_TARGET)
    mappings = planner.rules.mappings.mappings
    plain = {name for one in mappings if one.attribute in shown for name in one.sources}
    return planner.rules.mappings.sources - plain


def _performed(
    provisioner: Provisioner,
    user: Mapping[str, Any],
    plan: Plan,
    item: PlannedChange,
    steps: list[OnDemandStep],
    *,
    apply: bool,
) -> OnDemandReport:
    values = tuple(
        (value.attribute, f"{value.shown(value.before)} -> {value.shown(value.after)}")
        for value in item.values
    )
    if not apply:
        text = f"{item.action}, not carried out"
        steps.append(OnDemandStep(name=_ACTION, result=Result.SKIPPED, text=text, details=values))
        return OnDemandReport(steps=tuple(steps), plan=plan)
    (outcome,) = provisioner.apply(plan, users=[user])
    steps.append(
        OnDemandStep(name=_ACTION, result=outcome.result, text=str(outcome), details=values)
    )
    return OnDemandReport(steps=tuple(steps), outcome=outcome, plan=plan)


def _match_step(item: PlannedChange | None) -> OnDemandStep:
    if item is None:
        return _ok(_MATCH, "linked")
    if item.action is Action.FAULT and item.dn is None:
        return OnDemandStep(name=_MATCH, result=Result.FAILURE, text="; ".join(item.faults))
    where = "no account" if item.action is Action.CREATE or item.dn is None else str(item.dn)
    how = "" if item.match in {"", "none"} else f" ({item.match})"
    return _ok(_MATCH, where + how)


def _ok(name: str, text: str, details: tuple[tuple[str, str], ...] = ()) -> OnDemandStep:
    return OnDemandStep(name=name, result=Result.SUCCESS, text=text, details=details)


def _shown(value: object) -> str:
    return "-" if value is None else str(value)
