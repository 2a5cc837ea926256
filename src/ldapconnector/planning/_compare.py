"""Two plans side by side: what would this mapping change do to whom?"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from ldapconnector.planning._changes import PlannedChange
from ldapconnector.planning._plan import Plan

__all__ = ["PlanDifference", "compare_plans"]


@attrs.frozen(kw_only=True)
class PlanDifference:
    """One user for whom two plans differ.

    Attributes:
        source: the source anchor.
        label: a name for people.
        before: what the first plan does; None where that is nothing.
        after: what the second plan does; None where that is nothing.
    """

    source: str
    label: str
    before: PlannedChange | None
    after: PlannedChange | None

    @property
    def lines(self) -> tuple[str, ...]:
        """What differs, a line each; confidential values withheld."""
        return tuple(_lines(self.before, self.after))

    def __str__(self) -> str:
        return f"{self.label}: {'; '.join(self.lines)}"


def compare_plans(one: Plan, other: Plan) -> tuple[PlanDifference, ...]:
    """Return the users for whom two plans differ, in the order of the first plan.

    Args:
        one: for instance the plan under today's rules.
        other: for instance the plan under tomorrow's rules, for the same users.
    """
    before = {item.source: item for item in one.items}
    after = {item.source: item for item in other.items}
    return tuple(
        PlanDifference(
            source=source,
            label=(before.get(source) or after[source]).label,
            before=before.get(source),
            after=after.get(source),
        )
        for source in {**before, **after}
        if _content(before.get(source)) != _content(after.get(source))
    )


def _content(item: PlannedChange | None) -> object:
    if item is None:
        return None
    return item.action, item.steps, item.faults, item.dn


def _lines(before: PlannedChange | None, after: PlannedChange | None) -> Iterator[str]:
    was = "nothing" if before is None else before.action.value
    now = "nothing" if after is None else after.action.value
    if was != now:
        yield f"{was} becomes {now}"
    elif before is not None and after is not None and before.dn != after.dn:
        yield f"{before.dn} becomes {after.dn}"
    values = {value.attribute: value for value in before.values} if before else {}
    wanted = {value.attribute: value for value in after.values} if after else {}
    for name in {**values, **wanted}:
        old, new = values.get(name), wanted.get(name)
        if old is not None and new is not None and old.after == new.after:
            continue
        shown = ["left alone" if one is None else one.shown(one.after) for one in (old, new)]
        yield (
            f"{name} gets {shown[1]} instead of {shown[0]}"
            if None not in (old, new)
            else (f"{name}: {shown[0]} becomes {shown[1]}")
        )
    lost = set(before.faults if before else ()) - set(after.faults if after else ())
    yield from (f"no longer: {fault}" for fault in sorted(lost))
    found = set(after.faults if after else ()) - set(before.faults if before else ())
    yield from (f"new: {fault}" for fault in sorted(found))
