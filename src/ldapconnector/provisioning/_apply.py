"""From a plan to outcomes: the only place that writes.

The order. Parents come first. Then the users, in batches: renames, creates, passwords,
modifications, enabling and disabling, each kind for the whole batch, so that requests can be
pipelined. References to other accounts follow when all accounts exist, deletes come last.

Each write is checked against what the plan was made from (``_drift``); an account that
already is as it should be needs no write, so a plan can be applied twice.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, final

import attrs

from ldapconnector.connector import Connector
from ldapconnector.entries import Delete, Entry, Rename
from ldapconnector.errors import (
    DirectoryError,
    EntryExists,
    LdapConnectorError,
    PlanHeld,
    PlanStale,
    UnknownOutcome,
    UsageError,
)
from ldapconnector.names import DN
from ldapconnector.planning import (
    Action,
    Plan,
    PlannedChange,
    Planner,
    StepKind,
)
from ldapconnector.provisioning._creating import Creating
from ldapconnector.provisioning._drift import Drift
from ldapconnector.provisioning._linking import Linking
from ldapconnector.provisioning._links import LinkStore
from ldapconnector.provisioning._outcomes import (
    ApplyFinished,
    ApplyStarted,
    Notice,
    Observer,
    Outcome,
    OutcomeReady,
    Result,
    kind_of,
)
from ldapconnector.provisioning._references import following
from ldapconnector.provisioning._sending import Sender
from ldapconnector.provisioning._withheld import with_values
from ldapconnector.provisioning._work import Work, undo_text

__all__ = ["Applier"]

_BATCH: Final = 64


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
        self._drift = Drift(connector, planner, plan.anchor)
        self._sender = Sender(
            connector, self._drift, observer=observer, clock=clock, digest=plan.digest
        )
        self._linking = Linking(links, planner.rules.mappings.target_object)
        self._creating = Creating(
            connector,
            planner=planner,
            links=links,
            linking=self._linking,
            drift=self._drift,
            sender=self._sender,
            people=people,
            anchor=plan.anchor,
        )
        self._parents: dict[DN, LdapConnectorError] = {}
        self._renamed: dict[DN, DN] = {}
        self._moved: dict[DN, DN | None] = {}  # renamed or deleted
        self._finished = 0
        self._counts: Counter[Result] = Counter()

    def run(self) -> Iterator[Outcome]:
        """Do it, and yield what became of each user."""
        plan = self._plan
        self._tell(ApplyStarted(time=self._clock(), digest=plan.digest, total=len(plan.items)))
        self._make_parents()
        open_work: list[Work] = []
        deletes: list[Work] = []
        cancelled = False
        queue = list(plan.items)
        for start in range(0, len(queue), self._batch):
            items = queue[start : start + self._batch]
            cancelled = cancelled or self._cancel() or self._sender.given_up
            if cancelled:
                yield from (self._report(self._not_tried(item)) for item in items)
                continue
            works = [Work(planned=item, anchor=item.anchor, dn=self._at(item)) for item in items]
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

    def _at(self, item: PlannedChange) -> DN | None:
        """Return the name of an account, which an earlier run of this plan may have changed."""
        if self._drift.by_name and item.dn is not None and item.new_dn != item.dn:
            link = self._links.get(item.source)
            if link is not None and link.dn and DN.parse(link.dn) == item.new_dn:
                return item.new_dn
        return item.dn

    def _is_active(self, item: PlannedChange) -> bool:
        """Tell whether an item is written with its batch: neither aside nor a delete."""
        return item.writes and item.action is not Action.DELETE and not self._plan.is_staged(item)

    def _last(
        self, open_work: Sequence[Work], deletes: Sequence[Work], *, cancelled: bool
    ) -> Iterator[Outcome]:
        """Write references, then delete."""
        for start in range(0, len(open_work), self._batch):
            works = open_work[start : start + self._batch]
            if cancelled or self._cancel():
                for work in works:
                    work.notes.append("stopped before the references were written; plan again")
                    yield self._report(self._outcome(work))
                continue
            self._refer(works)
            yield from (self._report(self._outcome(work)) for work in works)
        for work in deletes:
            if cancelled or self._cancel() or self._sender.given_up:
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

    def _outcome(self, work: Work) -> Outcome:
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
            change=work.planned,
            steps=tuple(work.steps),
            error=work.error,
            undo=undo_text(work),
            notes=(*item.notes, *work.notes),
        )

    def _aside(self, work: Work) -> Outcome:
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
            self._linking.remember(work)
            result = Result.SUCCESS
        else:
            self._linking.let_go(item)
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

    def _not_tried(self, item: PlannedChange) -> Outcome:
        why = "the connection was lost" if self._sender.given_up else "the run was stopped"
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
                if not isinstance(refused, UnknownOutcome) or not self._exists(parent.dn):
                    self._parents[parent.dn] = refused
            self._sender.audit("", "parent", parent, error)

    def _parent_error(self, dn: DN | None) -> LdapConnectorError | None:
        if not self._parents or dn is None:
            return None
        return next((self._parents[one] for one in dn.ancestors() if one in self._parents), None)

    # A batch -----------------------------------------------------------------------------------

    def _work(self, works: Sequence[Work]) -> None:
        if not works:
            return
        for work in works:
            error = self._parent_error(work.item.new_dn)
            if error is not None:
                work.fail(None, error)
        for work in works:
            try:
                work.item = with_values(work.item, self._planner, self._people)
            except UsageError as error:
                work.fail(None, error)
        if not self._drift.asserts:
            self._drift.look_before(works)
        self._rename(works)
        self._creating.create([work for work in works if work.step(StepKind.CREATE) is not None])
        for work in works:
            self._creating.set_password(work)
        for work in works:
            if work.item.action is Action.DISABLE and work.error is None:
                self._linking.will_disable(work)
        self._send(works, StepKind.MODIFY)
        self._send(works, StepKind.ENABLE, StepKind.DISABLE)
        with self._links.together():
            for work in works:
                if work.error is None:
                    self._linking.remember(work)

    def _send(self, works: Sequence[Work], *kinds: StepKind) -> None:
        """Send the step of these kinds, of which a user has one at most."""
        self._sender.send(
            [(work, step) for work in works for kind in kinds if (step := work.step(kind))]
        )
        for work in works:
            for kind in kinds:
                work.done_already(kind)

    def _rename(self, works: Sequence[Work]) -> None:
        todo = [
            (work, step, step.change)
            for work in works
            if (step := work.step(StepKind.RENAME)) and isinstance(step.change, Rename)
        ]
        if self._drift.asserts and todo:
            self._note_names([work for work, _, _ in todo])
        self._sender.send([(work, step) for work, step, _ in todo])
        for work, _, change in todo:
            if work.error is None:
                work.dn = change.new_dn
                self._renamed[change.dn] = self._moved[change.dn] = change.new_dn
        for work in works:
            if work.error is None and StepKind.RENAME in work.settled:
                work.dn = work.item.new_dn
                work.done_already(StepKind.RENAME)

    def _note_names(self, works: Sequence[Work]) -> None:
        """Note what the RDN attributes hold before a rename: its undo."""
        for work, entry in zip(works, self._drift.read_all(works), strict=True):
            if isinstance(entry, Entry) and entry.dn == work.item.dn:
                work.before = entry

    # At the end --------------------------------------------------------------------------------

    def _refer(self, works: Sequence[Work]) -> None:
        """Write references to other accounts."""
        if self._renamed:
            self._follow_renames(works)
        if not self._drift.asserts:
            self._drift.look_before(works, StepKind.REFERENCES)
        self._send(works, StepKind.REFERENCES)
        if not self._renamed:
            return
        # OpenLDAP's refint follows in the background, a moment after the rename.
        again = []
        for work in works:
            stale, planned = work.error, work.item
            if not isinstance(stale, PlanStale) or work.steps[-1].kind is not StepKind.REFERENCES:
                continue
            work.error = None
            self._follow_renames([work])
            if work.item is not planned or StepKind.REFERENCES in work.settled:
                work.steps.pop()
                again.append(work)
            elif work.error is None:
                work.error = stale
        self._send(again, StepKind.REFERENCES)

    def _follow_renames(self, works: Sequence[Work]) -> None:
        """Plan references anew where the directory changed them after our own renames."""
        for work in works:
            step = work.step(StepKind.REFERENCES)
            if step is None:
                continue
            try:
                entry = self._drift.now(work)
            except DirectoryError as error:
                self._sender.count_lost(error)
                work.fail(step.kind, error)
                continue
            if entry is None:
                continue  # reported where it is written
            work.item = following(work.item, entry, self._renamed, self._planner.comparer)
            with contextlib.suppress(PlanStale):  # likewise
                work.settled |= self._drift.settled(work, entry, step.kind) & {step.kind}

    def _delete(self, work: Work) -> None:
        step = work.step(StepKind.DELETE)
        if step is None or work.dn is None:
            return
        try:
            entry = self._drift.whole(work)
        except DirectoryError as error:
            self._sender.count_lost(error)
            work.fail(step.kind, error)
            return
        if entry is None:
            work.done(step.kind, "it was gone already")
        else:
            stale = self._drift.before_delete(work.item, entry, self._moved)
            if stale is not None:
                work.fail(step.kind, stale)
                return
            self._sender.send([(work, attrs.evolve(step, change=Delete(entry.dn)))])
        if work.error is None:
            if work.sent:
                work.deleted = self._writable(entry) if entry is not None else None
                self._moved[work.dn] = None
            self._links.remove(work.item.source)
            work.dn = None

    def _writable(self, entry: Entry) -> Entry:
        """Return the entry without what only the server writes, such as its anchor."""
        for name in tuple(entry):
            known = self._planner.schema.attribute(name.partition(";")[0])
            if known is not None and (known.no_user_modification or known.operational):
                entry = entry.without(name)
        return entry

    def _exists(self, dn: DN) -> bool:
        return self._connector.read(dn, ["objectClass"]) is not None
