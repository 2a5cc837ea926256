"""From a plan to outcomes: the only place that writes.

The order. Parents come first. Then the users, in batches: renames, creates, passwords,
modifications, enabling and disabling, each kind for the whole batch, so that requests can be
pipelined. References to other accounts follow when all accounts exist, deletes come last.

Each write is checked against what the plan was made from: by the assertion control
(RFC 4528) where the directory has it, otherwise by reading the entry again right before.
An entry that changed since is that user's :class:`~ldapconnector.errors.PlanStale`; one that
already is as it should be needs no write, so a plan can be applied twice. A write whose
answer was lost is read back before anything is repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, final

import attrs

from ldapconnector.connector import Anchor, Connector
from ldapconnector.entries import (
    Add,
    Change,
    Delete,
    Entry,
    Modification,
    Modify,
    Rename,
    apply_change,
    write_ldif,
)
from ldapconnector.errors import (
    ConnectionFailed,
    DirectoryError,
    EntryExists,
    EntryNotFound,
    LdapConnectorError,
    PlanHeld,
    PlanStale,
    UnknownOutcome,
    UsageError,
)
from ldapconnector.names import DN, Filter
from ldapconnector.planning import (
    WITHHELD_OCTETS,
    Action,
    Link,
    Plan,
    PlannedChange,
    Planner,
    Step,
    StepKind,
    ValueChange,
    redacted,
)
from ldapconnector.provisioning._links import LinkStore
from ldapconnector.provisioning._outcomes import (
    ApplyFinished,
    ApplyStarted,
    AuditRecord,
    Notice,
    Observer,
    Outcome,
    OutcomeReady,
    Result,
    StepOutcome,
    kind_of,
)

__all__ = ["Applier"]

_ASSERTION_FAILED: Final = 122  # RFC 4528
_ASSERTED_VALUES: Final = 20  # of one attribute; more make a filter that servers refuse
_LOST_MANY: Final = 3  # connections in a row, after which the rest is not tried
_SECOND: Final = frozenset({StepKind.MODIFY})
_THIRD: Final = frozenset({StepKind.ENABLE, StepKind.DISABLE})
_BATCH: Final = 64


@attrs.define(kw_only=True)
class _Work:
    """What is under way for one user."""

    item: PlannedChange
    steps: list[StepOutcome] = attrs.field(factory=list)
    undo: list[Change] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)
    error: LdapConnectorError | None = None
    settled: frozenset[StepKind] = frozenset()
    anchor: bytes | None = None
    dn: DN | None = None

    def step(self, kind: StepKind) -> Step | None:
        """Return the step of a kind that is still to be done, while nothing failed."""
        if self.error is not None or kind in self.settled:
            return None
        return next((step for step in self.item.steps if step.kind is kind), None)

    def done(self, kind: StepKind | None, note: str = "") -> None:
        self.steps.append(StepOutcome(kind=kind, done=True, note=note))

    def fail(self, kind: StepKind | None, error: LdapConnectorError) -> None:
        self.steps.append(StepOutcome(kind=kind, done=False, error=error))
        self.error = error


@final
class Applier:
    """Applies one plan, once.

    Args:
        plan: what to do.
        connector: where to.
        planner: knows the rules, the schema and the mappings.
        links: what is remembered.
        people: source attributes by source anchor, for initial passwords and withheld values.
        observer: is told of everything.
        clock: the time.
        cancel: asked between batches; True stops.
        batch: users in a batch.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        connector: Connector,
        planner: Planner,
        links: LinkStore,
        people: Mapping[str, Mapping[str, Any]],
        observer: Observer,
        clock: Callable[[], datetime],
        cancel: Callable[[], bool],
        batch: int = _BATCH,
    ) -> None:
        self._plan = plan
        self._connector = connector
        self._planner = planner
        self._links = links
        self._people = people
        self._observer = observer
        self._clock = clock
        self._cancel = cancel
        self._batch = batch
        self._known: dict[str, Link] = {}
        self._asserts = connector.capabilities.assertions
        self._anchor = plan.anchor
        self._parents: dict[DN, LdapConnectorError] = {}
        self._renamed: dict[DN, DN] = {}
        self._lost = 0
        self._finished = 0
        self._counts: Counter[Result] = Counter()

    def run(self) -> Iterator[Outcome]:
        """Do it, and yield what became of each user."""
        plan = self._plan
        self._tell(ApplyStarted(time=self._clock(), digest=plan.digest, total=len(plan.items)))
        self._make_parents()
        open_work: list[_Work] = []
        deletes: list[_Work] = []
        cancelled = False
        queue = list(plan.items)
        for start in range(0, len(queue), self._batch):
            items = queue[start : start + self._batch]
            cancelled = cancelled or self._cancel() or self._lost >= _LOST_MANY
            if cancelled:
                yield from (self._report(self._not_tried(item)) for item in items)
                continue
            works = [_Work(item=item, anchor=item.anchor, dn=item.dn) for item in items]
            active = [work for work in works if self._is_active(work.item)]
            self._work(active)
            for work in works:
                if work.item.action is Action.DELETE and not plan.is_staged(work.item):
                    deletes.append(work)
                elif not self._is_active(work.item):
                    yield self._report(self._aside(work))
                elif work.step(StepKind.REFERENCES) is None:
                    yield self._report(self._outcome(work))
                else:
                    open_work.append(work)
        yield from self._last(open_work, deletes, cancelled=cancelled)
        self._tell(
            ApplyFinished(
                time=self._clock(),
                digest=plan.digest,
                cancelled=cancelled or self._cancel(),
                counts=tuple(sorted(self._counts.items())),
            )
        )

    def _is_active(self, item: PlannedChange) -> bool:
        """Tell whether an item is written with its batch: neither aside nor a delete."""
        return item.writes and item.action is not Action.DELETE and not self._plan.is_staged(item)

    def _last(
        self, open_work: Sequence[_Work], deletes: Sequence[_Work], *, cancelled: bool
    ) -> Iterator[Outcome]:
        """Write references, then delete."""
        for start in range(0, len(open_work), self._batch):
            works = open_work[start : start + self._batch]
            if cancelled or self._cancel():
                for work in works:
                    work.notes.append("stopped before the references were written; plan again")
                    yield self._report(self._outcome(work))
                continue
            if self._renamed:
                self._follow_renames(works)
            if not self._asserts:
                self._look_before(works, StepKind.REFERENCES)
            self._modify(works, frozenset({StepKind.REFERENCES}))
            yield from (self._report(self._outcome(work)) for work in works)
        for work in deletes:
            if cancelled or self._cancel() or self._lost >= _LOST_MANY:
                yield self._report(self._not_tried(work.item))
                continue
            self._delete(work)
            yield self._report(self._outcome(work))

    # Reporting ---------------------------------------------------------------------------------

    def _tell(self, notice: Notice) -> None:
        self._observer(notice)

    def _report(self, outcome: Outcome) -> Outcome:
        self._finished += 1
        self._counts[outcome.result] += 1
        self._tell(
            OutcomeReady(
                time=self._clock(),
                outcome=outcome,
                finished=self._finished,
                total=len(self._plan.items),
            )
        )
        return outcome

    def _audit(
        self, source: str, kind: str, change: Change | DN, error: object, hidden: frozenset[str]
    ) -> None:
        if isinstance(change, DN):
            dn, ldif = change, ""
        else:
            dn, ldif = change.dn, write_ldif([redacted(change, hidden)], version=False)
        self._tell(
            AuditRecord(
                time=self._clock(),
                digest=self._plan.digest,
                source=source,
                step=kind,
                dn=str(dn),
                ldif=ldif,
                done=error is None,
                error="" if error is None else str(error),
            )
        )

    def _outcome(self, work: _Work) -> Outcome:
        item = work.item
        part = any(step.done for step in work.steps)
        if work.error is not None:
            result = Result.WARNING if part else Result.FAILURE
        elif work.notes or item.notes:
            result = Result.WARNING
        else:
            result = Result.SUCCESS
        return Outcome(
            source=item.source,
            label=item.label,
            kind=kind_of(item),
            result=result,
            dn=work.dn,
            change=item,
            steps=tuple(work.steps),
            error=work.error,
            undo=_undo_text(work),
            notes=(*item.notes, *work.notes),
        )

    def _aside(self, work: _Work) -> Outcome:
        """Return the outcome of an item that writes nothing now."""
        item, plan = work.item, self._plan
        staged = plan.is_staged(item)
        error: LdapConnectorError | None = None
        result = Result.SKIPPED
        if staged:
            error = PlanHeld(
                "the guard holds this back: " + "; ".join(map(str, plan.holds)),
                digest=plan.digest,
                reasons=tuple(map(str, plan.holds)),
            )
        elif item.action is Action.FAULT:
            error, result = UsageError("; ".join(item.faults)), Result.FAILURE
        elif item.action is Action.LINK:
            self._remember(work)
            result = Result.SUCCESS
        else:
            self._let_go(item)
        return Outcome(
            source=item.source,
            label=item.label,
            kind=kind_of(item, staged=staged),
            result=result,
            dn=item.dn,
            change=item,
            steps=tuple(work.steps),
            error=error,
            notes=(*filter(None, [item.reason]), *item.notes),
        )

    def _let_go(self, item: PlannedChange) -> None:
        """Do to the link what a skipped item asks for."""
        link = self._links.get(item.source)
        if link is None:
            return
        if item.rule == "D1":
            self._links.remove(item.source)
        elif item.stop_managing:
            self._links.put(attrs.evolve(link, managed=False))

    def _not_tried(self, item: PlannedChange) -> Outcome:
        why = "the connection was lost" if self._lost >= _LOST_MANY else "the run was stopped"
        return Outcome(
            source=item.source,
            label=item.label,
            kind=kind_of(item),
            result=Result.SKIPPED,
            dn=item.dn,
            change=item,
            notes=(f"not tried: {why}; plan again",),
        )

    # Parents -----------------------------------------------------------------------------------

    def _make_parents(self) -> None:
        for parent in self._plan.parents:
            error: LdapConnectorError | None = None
            try:
                self._connector.export(parent)
            except EntryExists:
                pass  # another run made it meanwhile
            except DirectoryError as refused:
                error = refused
                if not isinstance(refused, UnknownOutcome) or self._read(parent.dn, ()) is None:
                    self._parents[parent.dn] = refused
            self._audit("", "parent", parent, error, frozenset())

    def _parent_error(self, dn: DN | None) -> LdapConnectorError | None:
        if not self._parents or dn is None:
            return None
        return next((self._parents[one] for one in dn.ancestors() if one in self._parents), None)

    # A batch -----------------------------------------------------------------------------------

    def _work(self, works: Sequence[_Work]) -> None:
        if not works:
            return
        for work in works:
            error = self._parent_error(work.item.new_dn)
            if error is not None:
                work.fail(None, error)
        self._fill_withheld(works)
        if not self._asserts:
            self._look_before(works)
        for work in works:
            self._rename(work)
        self._create([work for work in works if work.step(StepKind.CREATE) is not None])
        for work in works:
            self._set_password(work)
        for work in works:
            if work.item.action is Action.DISABLE and work.error is None:
                self._will_disable(work)
        self._modify(works, _SECOND)
        self._modify(works, _THIRD)
        with self._links.together():
            for work in works:
                if work.error is None:
                    self._remember(work)

    def _fill_withheld(self, works: Sequence[_Work]) -> None:
        """Map confidential values anew, which a plan that was read back does not have."""
        for work in works:
            if not any(_withheld(step.change) for step in work.item.steps):
                continue
            user = self._people.get(work.item.source)
            if user is None:
                work.fail(
                    None,
                    UsageError(
                        "this plan was read back without its confidential values; give the users "
                        "again: apply(plan, users=...)"
                    ),
                )
                continue
            creating = work.item.action is Action.CREATE
            mapped = self._planner.compiled.map(user, creating=creating, soft_deleted=False)
            values = {name: octets or () for name, octets in mapped.values.octets.items()}
            work.item = attrs.evolve(
                work.item,
                steps=tuple(
                    attrs.evolve(step, change=_filled(step.change, values))
                    for step in work.item.steps
                ),
            )

    # What is there now -------------------------------------------------------------------------

    def _read(self, dn: DN, attributes: Iterable[str]) -> Entry | None:
        return self._connector.read(dn, [*attributes] or ["objectClass"])

    def _now(self, work: _Work) -> Entry | None:
        """Read the account as it is now, by its anchor where it has one."""
        names = self._names(work.item)
        if work.anchor is not None and self._anchor.lower() != "dn":
            return self._connector.read(Anchor(self._anchor, work.anchor), names)
        return None if work.dn is None else self._connector.read(work.dn, names)

    def _names(self, item: PlannedChange) -> list[str]:
        names = {value.attribute for value in item.values if value.attribute != "-dn-"}
        if item.dn is not None:
            names.update(ava.type for ava in item.dn.rdn.avas)
        return sorted(names | {"objectClass"})

    def _look_before(self, works: Sequence[_Work], only: StepKind | None = None) -> None:
        """Compare the accounts of a batch with what the plan was made from.

        References have their own look, with ``only``: our own renames may change them.
        """
        wanted = [
            work for work in works if work.error is None and work.item.action is not Action.CREATE
        ]
        for work, entry in zip(wanted, self._read_all(wanted), strict=True):
            if isinstance(entry, DirectoryError):
                work.fail(None, entry)
                continue
            try:
                work.settled = self._settled(work, entry, only)
            except PlanStale as stale:
                work.fail(None, stale)

    def _read_all(self, works: Sequence[_Work]) -> list[Entry | DirectoryError | None]:
        try:
            if self._anchor.lower() == "dn":
                return [self._now(work) for work in works]
            names = sorted({name for work in works for name in self._names(work.item)})
            filters = [Filter.equal(self._anchor, work.anchor or b"") for work in works]
            found = self._connector.find(filters, names) if filters else ()
            return [entries[0] if entries else None for entries in found]
        except DirectoryError as error:
            return [error] * len(works)

    def _settled(
        self, work: _Work, entry: Entry | None, only: StepKind | None = None
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
            raise PlanStale(
                f"the entry is called {entry.dn} since the plan was made; plan again", dn=_at(item)
            )
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
                    raise PlanStale(
                        f"{one.attribute} changed since the plan was made; plan again",
                        dn=_at(item),
                    )
        return frozenset(done)

    def _assertion(self, work: _Work, step: Step) -> Filter | None:
        """Return the condition that the entry is as it was when the plan was made."""
        if not self._asserts:
            return None
        conditions: list[Filter] = []
        if work.anchor is not None and self._anchor.lower() != "dn":
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

    # Single steps ------------------------------------------------------------------------------

    def _send(self, work: _Work, step: Step, change: Change) -> bool:
        """Send one request; returns whether the directory has it now."""
        error: LdapConnectorError | None = None
        note = ""
        if self._lost >= _LOST_MANY:
            work.fail(step.kind, _unreachable(str(change.dn)))
            return False
        try:
            self._connector.export(change, assertion=self._assertion(work, step))
            self._lost = 0
        except DirectoryError as refused:
            error, note = self._second_look(work, step, change, refused)
        if isinstance(error, PlanStale) and step.kind is StepKind.REFERENCES:
            again = self._followed_late(work, step)
            if again is not None:
                return self._send(work, *again)
        return self._booked(work, step, change, error, note)

    def _followed_late(self, work: _Work, step: Step) -> tuple[Step, Change] | None:
        """Return the references planned anew, where they followed a rename just now.

        OpenLDAP's refint writes them in the background, a moment after the rename.
        """
        before = work.item
        if not self._renamed:
            return None
        self._follow_renames([work])
        again = work.step(step.kind)
        if work.item is before or again is None or again.change is None:
            return None
        return again, again.change

    def _booked(
        self, work: _Work, step: Step, change: Change, error: LdapConnectorError | None, note: str
    ) -> bool:
        self._audit(work.item.source, step.kind, change, error, work.item.confidential)
        if error is None:
            work.done(step.kind, note)
            work.undo[:0] = _inverse(change, work.item)
            return True
        work.fail(step.kind, error)
        return False

    def _second_look(
        self, work: _Work, step: Step, change: Change, refused: DirectoryError
    ) -> tuple[LdapConnectorError | None, str]:
        """Find out what a refusal or a lost answer means; repeat once where that is safe."""
        lost = isinstance(refused, UnknownOutcome)
        self._count_lost(refused)
        if self._lost >= _LOST_MANY:
            return refused, ""
        asserted = refused.code == _ASSERTION_FAILED
        missing = isinstance(refused, EntryNotFound)
        if not (lost or asserted or missing):
            return refused, ""
        try:
            entry = self._now(work)
            if step.kind is StepKind.DELETE:
                if entry is None:
                    return None, "it was gone already"
            elif step.kind in self._settled(work, entry, step.kind):
                return None, "it was done already"
            self._connector.export(change)
        except (DirectoryError, PlanStale) as error:
            self._count_lost(error)
            return (refused if missing and isinstance(error, EntryNotFound) else error), ""
        return None, "repeated, since the first answer was lost" if lost else ""

    def _count_lost(self, error: LdapConnectorError) -> None:
        """Count connections lost in a row; after some of them nothing more is tried."""
        if isinstance(error, (ConnectionFailed, UnknownOutcome)):
            self._lost += 1

    def _rename(self, work: _Work) -> None:
        step = work.step(StepKind.RENAME)
        if step is not None and isinstance(step.change, Rename):
            if self._send(work, step, step.change):
                work.dn = step.change.new_dn
                self._renamed[step.change.dn] = step.change.new_dn
        elif StepKind.RENAME in work.settled:
            work.dn = work.item.new_dn
            work.done(StepKind.RENAME, "it was done already")

    def _create(self, works: Sequence[_Work]) -> None:
        ready = []
        with self._links.together():
            for work in works:
                try:
                    for attribute, number in work.item.numbers:
                        self._links.reserve(attribute, number, work.item.source)
                except PlanStale as stale:
                    work.fail(StepKind.CREATE, stale)
                    continue
                if work.dn is not None:
                    self._links.intend(work.item.source, work.dn)
                ready.append(work)
        by_dn = {work.dn: work for work in ready}
        changes = [
            step.change
            for work in ready
            if (step := work.step(StepKind.CREATE)) is not None and step.change is not None
        ]
        created: list[_Work] = []
        for applied in self._connector.export_all(changes) if changes else ():
            if applied.error is None:
                self._lost = 0
            work = by_dn[applied.change.dn]
            step = Step(StepKind.CREATE, applied.change)
            error: LdapConnectorError | None = applied.error
            note = ""
            if applied.error is not None:
                error, note = self._creation_looked_at(work, applied.change, applied.error)
            if self._booked(work, step, applied.change, error, note):
                created.append(work)
        with self._links.together():
            for work in created:
                self._link_created(work)

    def _creation_looked_at(
        self, work: _Work, change: Change, refused: DirectoryError
    ) -> tuple[LdapConnectorError | None, str]:
        """Find out what a refused creation, or a lost answer, means."""
        if isinstance(refused, (UnknownOutcome, ConnectionFailed)):
            self._count_lost(refused)
            if self._lost >= _LOST_MANY:
                return refused, ""
            try:
                if self._is_there(change):
                    return None, "the answer was lost, and the entry is there"
                self._connector.export(change)
            except DirectoryError as error:
                self._count_lost(error)
                if isinstance(error, EntryExists) and self._is_there(change):
                    return None, "the answer was lost, and the entry is there"
                return error, ""
            return None, "repeated, since the first answer was lost"
        self._links.settle(work.item.source)
        return refused, ""

    def _is_there(self, change: Change) -> bool:
        """Tell whether an entry that was to be created exists with the values it was to get."""
        if not isinstance(change, Add):
            return False
        names = [name for name in change.entry if name.lower() != "userpassword"]
        entry = self._connector.read(change.dn, names)
        if entry is None:
            return False
        comparer = self._planner.comparer
        for name in names:
            key = comparer.facts(name).key
            there = {key(value) for value in comparer.values(entry, name)}
            if not {key(value) for value in change.entry[name]} <= there:
                return False
        return True

    def _link_created(self, work: _Work) -> None:
        """Store the link of a new account, with the steps that are still to do."""
        dn = work.dn
        assert dn is not None  # noqa: S101 -- a creation has a name
        if self._anchor.lower() == "dn":
            work.anchor = str(dn).encode()
        elif self._lost >= _LOST_MANY:
            work.fail(None, _unreachable(str(dn)))
            return
        else:
            try:
                entry = self._connector.read(dn, [self._anchor])
            except DirectoryError as error:
                self._count_lost(error)
                work.fail(None, error)  # the intent stays: the next plan finds the entry
                return
            values = () if entry is None else entry.get(self._anchor, ())
            if not values:
                work.fail(
                    None,
                    UsageError(
                        f"{dn} was created and shows no {self._anchor}, the anchor; give the "
                        "account the right to read it, or choose another anchor"
                    ),
                )
                return
            work.anchor = values[0]
        later = (StepKind.PASSWORD, StepKind.ENABLE)  # references are found again by any plan
        kinds = [step.kind for step in work.item.steps]
        self._put(work, pending=tuple(kind.value for kind in later if kind in kinds))

    def _set_password(self, work: _Work) -> None:
        step = work.step(StepKind.PASSWORD)
        if step is None or work.dn is None:
            return
        item = work.item
        error: LdapConnectorError | None = None
        if self._lost >= _LOST_MANY:
            work.fail(step.kind, _unreachable(str(work.dn)))
            return
        try:
            # A mapping that reads nothing of the user works without the user.
            secret = self._planner.compiled.initial_password(
                self._people.get(item.source, {}), soft_deleted=False
            )
            if secret is None:
                return
            self._connector.set_password(work.dn, secret)
        except LdapConnectorError as refused:
            self._count_lost(refused)
            error = refused
        self._audit(item.source, step.kind, work.dn, error, frozenset())
        if error is None:
            work.done(step.kind)
        else:
            work.fail(step.kind, error)

    def _modify(self, works: Sequence[_Work], kinds: frozenset[StepKind]) -> None:
        """Send the modifications of a batch: pipelined, or one by one with their assertions."""
        todo: list[tuple[_Work, Step, Modify]] = []
        for work in works:
            for kind in kinds:
                step = work.step(kind)
                if step is not None and isinstance(step.change, Modify):
                    todo.append((work, step, step.change))
                elif work.error is None and kind in work.settled:
                    work.done(kind, "it was done already")
        if self._asserts or self._lost >= _LOST_MANY:
            for work, step, change in todo:
                self._send(work, step, change)
            return
        waiting = {change.dn: (work, step) for work, step, change in todo}
        for applied in self._connector.export_all([change for _, _, change in todo]):
            work, step = waiting[applied.change.dn]
            error: LdapConnectorError | None = applied.error
            note = ""
            if applied.error is not None:
                error, note = self._second_look(work, step, applied.change, applied.error)
            self._booked(work, step, applied.change, error, note)

    def _follow_renames(self, works: Sequence[_Work]) -> None:
        """Plan references anew where the directory changed them after our own renames.

        Some directories (OpenLDAP with refint, AD LDS, 389) let references follow a rename. What
        was planned from the old name is then written as a replacement of the new one.
        """
        comparer = self._planner.comparer
        for work in works:
            step = work.step(StepKind.REFERENCES)
            if step is None or not isinstance(step.change, Modify):
                continue
            try:
                entry = self._now(work)
            except DirectoryError as error:
                self._count_lost(error)
                work.fail(step.kind, error)
                continue
            if entry is None:
                continue  # reported where it is written
            followed: dict[str, ValueChange] = {}
            for value in work.item.values:
                current = comparer.values(entry, value.attribute)
                if not value.reference or comparer.same(value.attribute, current, value.before):
                    continue
                if comparer.same(value.attribute, current, self._followed(value.before)):
                    followed[value.attribute.lower()] = attrs.evolve(value, before=current)
            if followed:
                work.item = _replacing_references(work.item, followed)

    def _followed(self, values: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Return names as they are after the renames of this plan."""
        out = []
        for value in values:
            try:
                name = DN.parse(value.decode("utf-8", "surrogateescape"))
            except ValueError:
                out.append(value)
                continue
            name = self._renamed.get(name, name)
            out.append(str(name).encode("utf-8", "surrogateescape"))
        return tuple(out)

    def _delete(self, work: _Work) -> None:
        step = work.step(StepKind.DELETE)
        if step is None or work.dn is None:
            return
        try:
            entry = self._whole(work)
        except DirectoryError as error:
            work.fail(step.kind, error)
            return
        if entry is None:
            work.done(step.kind, "it was gone already")
            self._links.remove(work.item.source)
            work.dn = None
            return
        stale = self._changed(work, entry)
        if stale is not None:
            work.fail(step.kind, stale)
            return
        if self._send(work, step, Delete(entry.dn)):
            work.undo[:] = [Add(self._writable(entry))]
            self._links.remove(work.item.source)
            work.dn = None

    def _whole(self, work: _Work) -> Entry | None:
        """Read everything of an account that is about to be deleted: its undo."""
        if work.anchor is not None and self._anchor.lower() != "dn":
            return self._connector.read(Anchor(self._anchor, work.anchor), ["*"])
        return None if work.dn is None else self._connector.read(work.dn, ["*"])

    def _writable(self, entry: Entry) -> Entry:
        """Return the entry without what only the server writes, such as its anchor."""
        for name in tuple(entry):
            known = self._planner.schema.attribute(name.partition(";")[0])
            if known is not None and (known.no_user_modification or known.operational):
                entry = entry.without(name)
        return entry

    def _changed(self, work: _Work, entry: Entry) -> PlanStale | None:
        comparer = self._planner.comparer
        if entry.dn != work.item.dn:
            return PlanStale(
                f"the entry is called {entry.dn} since the plan was made; plan again",
                dn=_at(work.item),
            )
        for value in work.item.values:
            kind = value.attribute.partition(";")[0]
            known = self._planner.schema.attribute(kind)
            if value.confidential or (known is not None and known.operational):
                continue
            current = comparer.values(entry, value.attribute)
            if not comparer.same(value.attribute, current, value.before):
                return PlanStale(
                    f"{value.attribute} changed since the plan was made; plan again",
                    dn=_at(work.item),
                )
        return None

    # Links -------------------------------------------------------------------------------------

    def _will_disable(self, work: _Work) -> None:
        """Remember the disabling before it is done, so that a return finds it ours."""
        link = self._links.get(work.item.source)
        if link is not None and not link.disabled:
            self._links.put(attrs.evolve(link, disabled=True))

    def _remember(self, work: _Work) -> None:
        """Store the link as it is after the change."""
        item = work.item
        self._put(
            work,
            disabled=item.action is Action.DISABLE,
            managed=not item.stop_managing,
        )

    def _put(
        self,
        work: _Work,
        *,
        pending: tuple[str, ...] = (),
        disabled: bool = False,
        managed: bool = True,
    ) -> None:
        if work.anchor is None:
            return
        before = self._links.get(work.item.source)
        link = Link(
            source=work.item.source,
            anchor=work.anchor,
            dn="" if work.dn is None else str(work.dn),
            display=work.item.label,
            object_type=self._planner.rules.mappings.target_object,
            managed=managed,
            disabled=disabled,
            pending=pending,
        )
        if link != before:
            self._links.put(link)


def _replacing_references(
    item: PlannedChange, followed: Mapping[str, ValueChange]
) -> PlannedChange:
    """Return the item with some references written as a whole."""
    values = tuple(followed.get(one.attribute.lower(), one) for one in item.values)
    steps = []
    for step in item.steps:
        if step.kind is StepKind.REFERENCES and isinstance(step.change, Modify):
            kept = tuple(
                one for one in step.change.modifications if one.attribute.lower() not in followed
            )
            whole = tuple(
                Modification.replace(one.attribute, one.after) for one in followed.values()
            )
            steps.append(Step(step.kind, Modify(step.change.dn, kept + whole)))
        else:
            steps.append(step)
    return attrs.evolve(item, values=values, steps=tuple(steps))


def _unreachable(dn: str) -> ConnectionFailed:
    return ConnectionFailed(
        f"the connection was lost {_LOST_MANY} times in a row, so this was not tried; plan again",
        operation="write",
        dn=dn,
    )


def _at(item: PlannedChange) -> str:
    return "" if item.dn is None else str(item.dn)


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


def _inverse(change: Change, item: PlannedChange) -> list[Change]:
    """Return the changes that take back a change."""
    if isinstance(change, Add):
        return [Delete(change.dn)]
    if isinstance(change, Rename):
        back = Rename(
            dn=change.new_dn,
            new_rdn=change.dn.rdn,
            new_superior=None if change.new_superior is None else change.dn.parent,
            delete_old_rdn=True,
        )
        return [back]
    if isinstance(change, Modify):
        before = {value.attribute.lower(): value.before for value in item.values}
        names = dict.fromkeys(one.attribute for one in change.modifications)
        return [
            Modify(
                change.dn,
                tuple(
                    Modification.replace(name, before.get(name.lower(), ()))
                    for name in names
                    if name.lower() not in item.confidential
                ),
            )
        ]
    return []


def _undo_text(work: _Work) -> str:
    hidden = work.item.confidential
    changes = [
        _without(change, hidden)
        for change in work.undo
        if not isinstance(change, Modify) or change.modifications
    ]
    if not changes:
        return ""
    withheld = sorted(hidden)
    head = f"# withheld: {', '.join(withheld)}\n" if withheld else ""
    return head + write_ldif(changes)


def _without(change: Change, hidden: frozenset[str]) -> Change:
    if not isinstance(change, Add):
        return change
    names = [
        name
        for name in change.entry
        if name.lower() in hidden or "password" in name.lower() or name.lower() == "unicodepwd"
    ]
    entry = change.entry
    for name in names:
        entry = entry.without(name)
    return Add(entry)
