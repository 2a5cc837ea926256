"""Confidential values, which no saved plan holds, are mapped anew before they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ldapconnector.entries import Add, Change, Modification, Modify
from ldapconnector.errors import UsageError
from ldapconnector.planning import WITHHELD_OCTETS, Action, PlannedChange, Planner

__all__ = ["with_values"]


def with_values(
    item: PlannedChange, planner: Planner, people: Mapping[str, Mapping[str, Any]]
) -> PlannedChange:
    """Return an item with the confidential values that a plan that was read back lacks.

    Raises:
        UsageError: the user is not at hand.
    """
    if not any(_withheld(step.change) for step in item.steps):
        return item
    user = people.get(item.source)
    if user is None:
        raise UsageError(
            "this plan was read back without its confidential values; give the users "
            "again: apply(plan, users=...)"
        )
    creating = item.action is Action.CREATE
    mapped = planner.compiled.map(user, creating=creating, soft_deleted=False)
    values = {name: octets or () for name, octets in mapped.values.octets.items()}
    steps = tuple(attrs.evolve(step, change=_filled(step.change, values)) for step in item.steps)
    return attrs.evolve(item, steps=steps)


def _withheld(change: Change | None) -> bool:
    if isinstance(change, Add):
        return any(WITHHELD_OCTETS in values for values in change.entry.values())
    if isinstance(change, Modify):
        return any(WITHHELD_OCTETS in one.values for one in change.modifications)
    return False


def _filled(change: Change | None, values: Mapping[str, tuple[bytes, ...]]) -> Change | None:
    if isinstance(change, Add):
        entry = change.entry
        for name, octets in change.entry.items():
            if WITHHELD_OCTETS in octets:
                entry = entry.with_values(name, values.get(name.lower(), ()))
        return Add(entry)
    if isinstance(change, Modify):
        return Modify(
            change.dn,
            tuple(
                Modification.replace(one.attribute, values.get(one.attribute.lower(), ()))
                if WITHHELD_OCTETS in one.values
                else one
                for one in change.modifications
            ),
        )
    return change
