"""A plan for people: aligned text, LDIF and CSV. No confidential value is in any of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from ldapconnector.entries import Add, Change, Entry, Modification, Modify, write_ldif
from ldapconnector.mapping import safe_cell
from ldapconnector.planning._changes import Action, PlannedChange, StepKind
from ldapconnector.planning._plan import Plan
from ldapconnector.planning._values import WITHHELD, ValueChange

__all__ = ["csv_rows", "ldif", "redacted", "render"]

_WIDEST: Final = 44


def render(plan: Plan, *, values: bool = False) -> str:
    """Return the plan as aligned text."""
    lines = [f"plan {plan.digest[:12]}: {plan.users} users, {plan.summary()}"]
    lines += [f"  held by {hold}" for hold in plan.holds] if plan.held else []
    lines += [f"  parent   {parent.dn}" for parent in plan.parents]
    width = max((len(item.label or item.source) for item in plan.items), default=0)
    last: dict[str, list[str]] = {}
    for item in plan.items:
        mark = "held" if plan.is_staged(item) else item.action.value
        head, *details = _item_lines(item, mark, min(width, _WIDEST), values=values)
        lines.append(head)
        # What is the same as for the item of this kind before stands there already.
        if item.faults or details != last.get(mark):
            lines += details
        last[mark] = details
    if plan.held:
        lines.append(
            f"  {len(plan.staged)} deletes and disables wait for "
            f"plan.release(digest={plan.digest[:12]!r})"
        )
    return "\n".join(lines) + "\n"


def _item_lines(item: PlannedChange, mark: str, width: int, *, values: bool) -> Iterator[str]:
    label = item.label or item.source
    where = "" if item.dn is None else str(item.dn)
    yield f"  {mark:<8} {label:<{width}}  {where}".rstrip()
    indent = " " * 11
    if item.reason and item.action not in (Action.CREATE, Action.UPDATE):
        yield f"{indent}{item.reason}"
    for step in item.steps:
        if step.kind is StepKind.RENAME:
            yield f"{indent}rename to {item.new_dn}"
    shown = item.values
    if item.action is Action.CREATE and not values:
        names = ", ".join(value.attribute for value in shown)
        shown = ()
        password = any(step.kind is StepKind.PASSWORD for step in item.steps)
        yield f"{indent}with {names}" + (", then its password" if password else "")
    yield from (indent + line for line in _value_lines(shown))
    yield from (f"{indent}fault: {fault}" for fault in item.faults)
    yield from (f"{indent}note: {note}" for note in item.notes)


def _value_lines(values: tuple[ValueChange, ...]) -> Iterator[str]:
    name = max((len(value.attribute) for value in values), default=0)
    before = min(max((len(value.shown(value.before)) for value in values), default=0), _WIDEST)
    for value in values:
        yield (
            f"{value.attribute:<{name}}  {value.shown(value.before):<{before}} -> "
            f"{value.shown(value.after)}"
        )


def redacted(change: Change, hidden: frozenset[str]) -> Change:
    """Return the change with confidential values replaced by a word, to be shown or logged.

    Args:
        change: as it would be carried out.
        hidden: the attributes, in lower case, whose values are withheld.

    >>> change = Modify("uid=a,dc=x", (Modification.replace("userPassword", "pw"),))
    >>> redacted(change, frozenset({"userpassword"})).modifications[0].values
    (b'(withheld)',)
    """
    if not hidden:
        return change
    mark = WITHHELD.encode()
    if isinstance(change, Add):
        return Add(
            Entry(
                change.dn,
                {
                    name: (mark,) * len(values) if name.lower() in hidden else values
                    for name, values in change.entry.items()
                },
            )
        )
    if isinstance(change, Modify):
        return Modify(
            change.dn,
            tuple(
                Modification(
                    operation=one.operation,
                    attribute=one.attribute,
                    values=(mark,) * len(one.values),
                )
                if one.attribute.lower() in hidden
                else one
                for one in change.modifications
            ),
        )
    return change


def ldif(plan: Plan) -> str:
    """Return the requests in the order in which they are sent."""
    records: list[Change] = list(plan.parents)
    for item in plan.items:
        if plan.is_staged(item):
            continue
        records += [
            redacted(step.change, item.confidential)
            for step in item.steps
            if step.change is not None
        ]
    return write_ldif(records)


_COLUMNS: Final = (
    "source",
    "label",
    "action",
    "held",
    "dn",
    "attribute",
    "before",
    "after",
    "origin",
    "reason",
)


def csv_rows(plan: Plan) -> str:
    """Return one row for each attribute that changes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for item in plan.items:
        head = [
            item.source,
            item.label,
            item.action.value,
            "yes" if plan.is_staged(item) else "",
            "" if item.dn is None else str(item.dn),
        ]
        reason = "; ".join([*filter(None, [item.reason]), *item.faults, *item.notes])
        rows = [
            [value.attribute, value.shown(value.before), value.shown(value.after), value.origin]
            for value in item.values
        ]
        for row in rows or [["", "", "", ""]]:
            writer.writerow([safe_cell(cell) for cell in (*head, *row, reason)])
    return out.getvalue()
