"""Is the account still as it was when the plan was made, or as it should be already?

Asked of the directory in the same request, by the assertion control (RFC 4528), where it has
that; otherwise by reading the account again right before. An account that is neither is that
user's :class:`~ldapconnector.errors.PlanStale`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, final

from ldapconnector.connector import Anchor, Connector
from ldapconnector.entries import Add, Change, Entry, Modify, Rename, apply_change
from ldapconnector.errors import DirectoryError, PlanStale
from ldapconnector.names import DN, Filter
from ldapconnector.planning import (
    Action,
    Link,
    PlannedChange,
    Planner,
    Step,
    StepKind,
    ValueChange,
)
from ldapconnector.provisioning._references import only_followed
from ldapconnector.provisioning._work import Work

__all__ = ["Drift"]

_DN_SYNTAX: Final = "1.3.6.1.4.1.1466.115.121.1.12"  # RFC 4517
_ASSERTED_VALUES: Final = 20  # of one attribute; more make a filter that servers refuse


@final
class Drift:
    """Compares accounts with what a plan was made from.

    Args:
        connector: where the accounts are.
        planner: knows how values compare.
        anchor: the attribute by which the plan's accounts are found, or ``dn``.
    """

    def __init__(self, connector: Connector, planner: Planner, anchor: str) -> None:
        self._connector = connector
        self._planner = planner
        self._anchor = anchor
        self.by_name = anchor.lower() == "dn"
        self.asserts = connector.capabilities.assertions

    # Reading -------------------------------------------------------------------------------------

    def now(self, work: Work) -> Entry | None:
        """Read the account as it is now, by its anchor where it has one."""
        return self._read(work, self._names(work.item))

    def whole(self, work: Work) -> Entry | None:
        """Read everything of an account that is about to be deleted: its undo."""
        return self._read(work, ["*"])

    def _read(self, work: Work, names: Sequence[str]) -> Entry | None:
        if work.anchor is not None and not self.by_name:
            return self._connector.read(Anchor(self._anchor, work.anchor), names)
        return None if work.dn is None else self._connector.read(work.dn, names)

    def linked(self, link: Link, change: Add) -> Entry | None:
        """Read the account that a user has by its link, with what a new one would get."""
        names = _checked(change)
        if self.by_name:
            return self._connector.read(link.anchor.decode("utf-8", "surrogateescape"), names)
        return self._connector.read(Anchor(self._anchor, link.anchor), names)

    def read_all(self, works: Sequence[Work]) -> list[Entry | DirectoryError | None]:
        """Read many accounts as they are now."""
        try:
            if self.by_name:
                return [self.now(work) for work in works]
            names = sorted({name for work in works for name in self._names(work.item)})
            filters = [Filter.equal(self._anchor, work.anchor or b"") for work in works]
            found = self._connector.find(filters, names) if filters else ()
            return [entries[0] if entries else None for entries in found]
        except DirectoryError as error:
            return [error] * len(works)

    def _names(self, item: PlannedChange) -> list[str]:
        names = {value.attribute for value in item.values if value.attribute != "-dn-"}
        for dn in (item.dn, item.new_dn):
            if dn is not None and dn.rdns:
                names.update(ava.type for ava in dn.rdn.avas)
        return sorted(names | {"objectClass"})

    # Judging -------------------------------------------------------------------------------------

    def look_before(self, works: Sequence[Work], only: StepKind | None = None) -> None:
        """Compare the accounts of a batch with what the plan was made from.

        References have their own look, with ``only``: our own renames may change them.
        """
        wanted = [
            work for work in works if work.error is None and work.item.action is not Action.CREATE
        ]
        for work, entry in zip(wanted, self.read_all(wanted), strict=True):
            if isinstance(entry, DirectoryError):
                work.fail(None, entry)
                continue
            try:
                work.settled = self.settled(work, entry, only)
            except PlanStale as stale:
                work.fail(None, stale)
            else:
                work.before = work.before or entry

    def settled(
        self, work: Work, entry: Entry | None, only: StepKind | None = None
    ) -> frozenset[StepKind]:
        """Return the steps that the entry shows as done already.

        Args:
            work: the user.
            entry: the account now.
            only: the step that is to be judged; None judges all but the references.

        Raises:
            PlanStale: the entry is neither as it was nor as it should be.
        """
        item = work.item
        if entry is None:
            raise PlanStale("the entry is gone since the plan was made; plan again", dn=_at(item))
        done: set[StepKind] = set()
        rename = next((one for one in item.steps if one.kind is StepKind.RENAME), None)
        if rename is not None and entry.dn == item.new_dn:
            done.add(StepKind.RENAME)
        elif entry.dn != item.dn:
            raise _elsewhere(entry, item)
        elif rename is not None and isinstance(rename.change, Rename):
            entry = apply_change(entry, rename.change, self._planner.schema) or entry
        comparer = self._planner.comparer
        for step in item.steps:
            if not isinstance(step.change, Modify) or step.kind is StepKind.CREATE:
                continue
            names = {one.attribute.lower() for one in step.change.modifications}
            values = [one for one in item.values if one.attribute.lower() in names]
            current = {one.attribute: comparer.values(entry, one.attribute) for one in values}
            if all(
                comparer.same(one.attribute, current[one.attribute], one.after) for one in values
            ):
                done.add(step.kind)
                continue
            if step.kind is not only and (only is not None or step.kind is StepKind.REFERENCES):
                continue
            for one in values:
                if not comparer.same(one.attribute, current[one.attribute], one.before):
                    raise _changed(one, item)
        return frozenset(done)

    def before_delete(
        self, item: PlannedChange, entry: Entry, moved: Mapping[DN, DN | None]
    ) -> PlanStale | None:
        """Return why an entry may not be deleted: it is not the one that was looked at.

        Args:
            item: what was planned.
            entry: the account now.
            moved: what this plan renamed or deleted, which references may have followed.
        """
        comparer = self._planner.comparer
        if entry.dn != item.dn:
            return _elsewhere(entry, item)
        for value in item.values:
            known = self._planner.schema.attribute(value.attribute.partition(";")[0])
            if value.confidential or (known is not None and known.operational):
                continue
            current = comparer.values(entry, value.attribute)
            if comparer.same(value.attribute, current, value.before):
                continue
            refers = known is not None and known.syntax == _DN_SYNTAX
            if not (refers and only_followed(value.before, current, moved)):
                return _changed(value, item)
        return None

    def is_there(self, change: Change) -> bool:
        """Tell whether an entry that was to be created exists with the values it was to get."""
        if not isinstance(change, Add):
            return False
        entry = self._connector.read(change.dn, _checked(change))
        return entry is not None and self.has_all(entry, change)

    def has_all(self, entry: Entry, change: Add) -> bool:
        """Tell whether an entry has the values that it was to be created with."""
        comparer = self._planner.comparer
        for name in _checked(change):
            key = comparer.facts(name).key
            there = {key(value) for value in comparer.values(entry, name)}
            if not {key(value) for value in change.entry[name]} <= there:
                return False
        return True

    # Asserting -----------------------------------------------------------------------------------

    def assertion(self, work: Work, step: Step) -> Filter | None:
        """Return the condition that the entry is as it was when the plan was made."""
        if not self.asserts or isinstance(step.change, Add):
            return None
        conditions: list[Filter] = []
        if work.anchor is not None and not self.by_name:
            conditions.append(Filter.equal(self._anchor, work.anchor))
        if isinstance(step.change, Modify):
            names = {one.attribute.lower() for one in step.change.modifications}
            for value in work.item.values:
                if value.attribute.lower() in names and not value.confidential:
                    conditions += self._unchanged(value)
        return Filter.all_of(conditions) if conditions else None

    def _unchanged(self, value: ValueChange) -> Iterator[Filter]:
        present = Filter.present(value.attribute)
        if not value.before:
            yield ~present
        elif (
            self._planner.comparer.facts(value.attribute).whole
            or len(value.before) > _ASSERTED_VALUES
        ):
            yield present
        else:
            yield from (Filter.equal(value.attribute, one) for one in value.before)


def _checked(change: Add) -> list[str]:
    """Return the attributes of a new entry that can be read back as they were written."""
    return [name for name in change.entry if name.lower() != "userpassword"]


def _at(item: PlannedChange) -> str:
    return "" if item.dn is None else str(item.dn)


def _elsewhere(entry: Entry, item: PlannedChange) -> PlanStale:
    return PlanStale(
        f"the entry is called {entry.dn} since the plan was made; plan again", dn=_at(item)
    )


def _changed(value: ValueChange, item: PlannedChange) -> PlanStale:
    return PlanStale(f"{value.attribute} changed since the plan was made; plan again", dn=_at(item))
