"""Assertions on entries and plans that show what is different."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from ldapconnector.entries import Entry
from ldapconnector.mapping import PASSWORD_ATTRIBUTES
from ldapconnector.names import DN
from ldapconnector.planning import Action, Plan, PlannedChange, ValueChange
from ldapconnector.schema import Schema

__all__ = [
    "assert_entries_equal",
    "assert_entry_equal",
    "assert_plan",
    "assert_planned",
    "assert_plans_equal",
]

_HIDDEN: Final = "(withheld)"


def assert_entry_equal(
    actual: Entry | None,
    expected: Entry,
    *,
    schema: Schema | None = None,
    ignore: Collection[str] = (),
) -> None:
    """Assert that an entry is what it should be, by the directory's own rules.

    Values are compared by matching rule and without regard to their order; operational
    attributes count only where ``expected`` has them.

    Args:
        actual: the entry, None where there is none.
        expected: what it should be.
        schema: knows the matching rules; the standard schema by default.
        ignore: attributes that may be anything.

    Raises:
        AssertionError: it is not; the text lists each attribute that differs, ``-`` before
            what is missing and ``+`` before what should not be there. Values of password
            attributes are withheld.

    >>> entry = Entry("cn=Jane,dc=x", {"cn": "Jane", "mail": "JANE@x"})
    >>> assert_entry_equal(entry, Entry("CN=jane,DC=x", {"cn": "jane", "mail": "jane@x"}))
    >>> assert_entry_equal(entry, Entry("cn=Jane,dc=x", {"cn": "Jane", "mail": "j@x"}))
    Traceback (most recent call last):
    AssertionError: cn=Jane,dc=x is not as expected
      mail
        - j@x
        + JANE@x
    """
    __tracebackhide__ = True
    schema = schema or Schema.standard()
    found = list(_entry_differences(actual, expected, schema, ignore))
    if found:
        raise AssertionError("\n".join([f"{expected.dn} is not as expected", *found]))


def assert_entries_equal(
    actual: Iterable[Entry],
    expected: Iterable[Entry],
    *,
    schema: Schema | None = None,
    ignore: Collection[str] = (),
) -> None:
    """Assert that there are these entries and no others, in any order.

    Args:
        actual: the entries, from a search for instance.
        expected: what they should be.
        schema: knows the matching rules; the standard schema by default.
        ignore: attributes that may be anything.

    Raises:
        AssertionError: the text names missing, unexpected and differing entries.
    """
    __tracebackhide__ = True
    schema = schema or Schema.standard()
    there = {entry.dn: entry for entry in actual}
    wanted = {entry.dn: entry for entry in expected}
    lines: list[str] = []
    for dn, entry in wanted.items():
        if dn not in there:
            lines.append(f"- {dn} is missing")
            continue
        differences = list(_entry_differences(there[dn], entry, schema, ignore))
        if differences:
            lines += [f"{dn} is not as expected", *differences]
    lines += [f"+ {dn} should not be there" for dn in there if dn not in wanted]
    if lines:
        raise AssertionError("\n".join(["the entries are not as expected", *lines]))


def _entry_differences(
    actual: Entry | None, expected: Entry, schema: Schema, ignore: Collection[str]
) -> Iterator[str]:
    if actual is None:
        yield "  there is no such entry"
        return
    if actual.dn != expected.dn:
        yield "  its name"
        yield f"    - {expected.dn}"
        yield f"    + {actual.dn}"
    ignored = {name.lower() for name in ignore}
    extra = [name for name in actual if name not in expected and not _operational(name, schema)]
    for name in (*expected, *extra):
        if name.lower() in ignored:
            continue
        key = {
            value: schema.equality_key(name, value)
            for value in (*expected.get(name, ()), *actual.get(name, ()))
        }
        wanted = {key[value] for value in expected.get(name, ())}
        there = {key[value] for value in actual.get(name, ())}
        if wanted == there:
            continue
        yield f"  {name}"
        yield from (
            f"    - {_shown(name, one)}" for one in expected.get(name, ()) if key[one] not in there
        )
        yield from (
            f"    + {_shown(name, one)}" for one in actual.get(name, ()) if key[one] not in wanted
        )


def _operational(name: str, schema: Schema) -> bool:
    known = schema.attribute(name)
    return known is not None and known.usage != "userApplications"


def _shown(name: str, value: bytes) -> str:
    if name.lower() in PASSWORD_ATTRIBUTES:
        return _HIDDEN
    change = ValueChange(attribute=name, after=(value,))
    return change.shown(change.after)


# Plans -------------------------------------------------------------------------------------------


def assert_plan(plan: Plan, *, held: bool | None = None, **counts: int) -> None:
    """Assert how many accounts a plan changes, and how; what is not named must be zero.

    ``unchanged`` may be anything unless it is given. ``assert_plan(plan)`` asserts that
    nothing at all would happen.

    Args:
        plan: the plan.
        held: whether the guard holds something back; None leaves it open.
        counts: by action: ``create=2, update=1``.

    Raises:
        AssertionError: with both counts, and the plan itself.

    >>> assert_plan(Plan(unchanged=3))
    >>> assert_plan(Plan(unchanged=3), create=1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: the plan is not as expected
      create: expected 1, got 0
    plan ...: 0 users, 3 unchanged
    """
    __tracebackhide__ = True
    summary = plan.summary()
    unknown = set(counts) - {*map(str, Action), "unchanged", "staged"}
    if unknown:
        known = ", ".join([*map(str, Action), "unchanged", "staged"])
        raise TypeError(f"no plan counts {', '.join(sorted(unknown))}; it counts {known}")
    lines = []
    for name in [*map(str, Action), *({"unchanged", "staged"} & set(counts))]:
        got, expected = getattr(summary, name), counts.get(name, 0)
        if got != expected:
            lines.append(f"  {name}: expected {expected}, got {got}")
    if held is not None and plan.held is not held:
        lines.append(f"  expected it to be {'held' if held else 'free'}, and it is not")
        lines += [f"    {hold}" for hold in plan.holds]
    if lines:
        raise AssertionError(
            "\n".join(["the plan is not as expected", *lines, plan.to_text().rstrip()])
        )


def assert_planned(
    plan: Plan,
    source: str,
    action: Action | str,
    *,
    dn: DN | str | None = None,
    values: Mapping[str, str | bytes | Collection[str | bytes] | None] | None = None,
) -> PlannedChange:
    """Assert what a plan does with one user, and return it.

    Args:
        plan: the plan.
        source: the user's source anchor.
        action: what shall happen.
        dn: the entry's name afterwards, compared by rule; None leaves it open.
        values: by attribute, its values after the change, None for a cleared one; attributes
            that are not named are left open.

    Raises:
        AssertionError: with what differs and what is planned.
    """
    __tracebackhide__ = True
    item = plan.find(source)
    if item is None:
        known = ", ".join(one.source for one in plan.items) or "nobody"
        raise AssertionError(f"the plan does nothing with {source!r}; it has items for {known}")
    lines = []
    if item.action != action:
        why = "; ".join([*filter(None, [item.reason]), *item.faults])
        lines.append(f"  action: expected {action}, got {item.action}" + (f": {why}" * bool(why)))
    if dn is not None and item.new_dn != DN.of(dn):
        lines += ["  its name", f"    - {dn}", f"    + {item.new_dn}"]
    changed = {value.attribute.lower(): value for value in item.values}
    for name, wanted in (values or {}).items():
        lines += _planned_value(name, wanted, changed.get(name.lower()))
    if lines:
        label = item.label or source
        shown = [f"    {value}" for value in item.values] or ["    no values"]
        raise AssertionError(
            "\n".join([f"the plan for {label} is not as expected", *lines, "  planned:", *shown])
        )
    return item


def _planned_value(
    name: str,
    wanted: str | bytes | Collection[str | bytes] | None,
    got: ValueChange | None,
) -> list[str]:
    given = [wanted] if isinstance(wanted, str | bytes) else list(wanted or ())
    expected = {one.encode() if isinstance(one, str) else one for one in given}
    if got is None:
        return [f"  {name}: expected a change, and there is none"]
    if set(got.after) == expected:
        return []
    as_change = ValueChange(
        attribute=name, after=tuple(sorted(expected)), confidential=got.confidential
    )
    return [
        f"  {name}",
        f"    - {as_change.shown(as_change.after)}",
        f"    + {got.shown(got.after)}",
    ]


def assert_plans_equal(actual: Plan, expected: Plan) -> None:
    """Assert that two plans would do the same.

    Args:
        actual, expected: the plans; one may be read back from a file.

    Raises:
        AssertionError: with a diff of their texts.
    """
    __tracebackhide__ = True
    if actual.digest == expected.digest:
        return
    one, other = (plan.to_text(values=True).splitlines() for plan in (expected, actual))
    lines = difflib.unified_diff(one, other, "expected", "actual", lineterm="", n=1)
    raise AssertionError("\n".join(["the plans differ", *lines]))
