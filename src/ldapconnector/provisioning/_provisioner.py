"""The provisioner: reads, plans through ``planning``, and applies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, final

import attrs

from ldapconnector.connector import Connector
from ldapconnector.entries import FullImport, PartialImport
from ldapconnector.errors import BindRefused, UsageError
from ldapconnector.expressions import EvaluationContext
from ldapconnector.mapping import DN_TARGET, MappingDiagnostic, check_mappings
from ldapconnector.names import DN, Filter
from ldapconnector.planning import (
    Action,
    DirectoryIndex,
    History,
    Plan,
    PlanDifference,
    Planner,
    ProvisioningRules,
    Situation,
)
from ldapconnector.provisioning._apply import Applier
from ldapconnector.provisioning._cycle import (
    CycleKind,
    CycleReport,
    CycleState,
    OnDemandReport,
    fingerprint,
)
from ldapconnector.provisioning._links import LinkStore, MemoryLinks, claim
from ldapconnector.provisioning._logging import log_notice
from ldapconnector.provisioning._lookup import look_up
from ldapconnector.provisioning._on_demand import on_demand
from ldapconnector.provisioning._outcomes import Observer, Outcome, PlanMade
from ldapconnector.provisioning._quarantine import CycleCounts, check_may_run, judge
from ldapconnector.provisioning._standing import Looked, counts_of, escrow_after, who_waits, why

__all__ = ["Provisioner"]


def _clock() -> datetime:
    return datetime.now(UTC)


def _aware(clock: Callable[[], datetime]) -> Callable[[], datetime]:
    def read() -> datetime:
        moment = clock()
        if moment.tzinfo is None:
            raise UsageError(
                "the clock of a Provisioner gave a time without a time zone; "
                "write clock=lambda: datetime.now(UTC)"
            )
        return moment

    return read


def _objects(users: object) -> list[Mapping[str, Any]]:
    """Return the source objects as a list, with a word for what is often given instead."""
    if isinstance(users, (str, bytes, Mapping)) or not isinstance(users, Iterable):
        hint = ": the users of an answer of Microsoft Graph stand in its field 'value'"
        raise UsageError(
            f"users are several mappings, such as a list of them, not {type(users).__name__}"
            + (hint if isinstance(users, Mapping) else "")
        )
    found = list(users)
    for number, one in enumerate(found):
        if not isinstance(one, Mapping):
            raise UsageError(
                f"user number {number} (counted from 0) is a {type(one).__name__}; "
                "each is a mapping of attribute names to values"
            )
    return found


def _never() -> bool:
    return False


_STATE: Final = "cycle"
_NOBODY: Final[Mapping[str, str]] = {}


@final
class Provisioner:
    """Plans and applies for one target.

    Args:
        connector: the target.
        rules: who gets which account, and what leaving means.
        links: what is remembered between cycles; in memory by default.
        job: a name for this source into this target; with one, the store of links takes no
            other job.
        clock: the time, aware; by default the system's.
        observer: is told of plans, requests and outcomes as frozen values; by default they
            go to the log (:func:`log_notice`).
        context: clock, randomness and functions of the expressions.
        protected: further names that deprovisioning must not touch, such as the account that
            the connector binds as; the account of an ``LdapConnector`` is found by itself.

    Raises:
        UsageError: the store of links belongs to another job.
    """

    def __init__(
        self,
        connector: Connector,
        rules: ProvisioningRules,
        *,
        links: LinkStore | None = None,
        job: str = "",
        clock: Callable[[], datetime] | None = None,
        observer: Observer | None = None,
        context: EvaluationContext | None = None,
        protected: Collection[DN | str] = (),
    ) -> None:
        self.connector = connector
        self.links: LinkStore = MemoryLinks() if links is None else links
        self.job: Final = job
        claim(self.links, job)
        self._clock = _clock if clock is None else _aware(clock)
        self._observer = observer or log_notice
        self._context = context
        own = [DN.of(one) for one in protected] + _bound_as(connector)
        guard = attrs.evolve(rules.guard, protected=(*rules.guard.protected, *own))
        self.rules = attrs.evolve(rules, guard=guard)
        self._planner: Planner | None = None
        self._people: dict[str, Mapping[str, Any]] = {}

    @property
    def planner(self) -> Planner:
        """The rules made ready for this directory; discovered when first asked for."""
        if self._planner is None:
            found = self.connector.discover()
            self._planner = Planner(
                self.rules,
                found.schema,
                traits=found.identification.traits,
                context=self._context,
            )
        return self._planner

    def check(
        self, users: Iterable[Mapping[str, Any]] | None = None
    ) -> tuple[MappingDiagnostic, ...]:
        """Tell what is wrong, or looks wrong, with the rules in this directory.

        Worth a look before the first user: mandatory attributes that nothing produces, an
        RDN attribute that is mapped from elsewhere, a value of the wrong syntax, a name that
        a comma would break.

        Args:
            users: a sample of the source, which tells the attributes that exist; without it
                the names of source attributes are not checked.

        Returns:
            Errors first, then warnings, then notes.
        """
        found = self.connector.discover()
        known = None if users is None else frozenset(name for user in users for name in user)
        return check_mappings(
            self.rules.mappings,
            found.schema,
            structural_class=self.rules.structural_class,
            auxiliary_classes=self.rules.auxiliary_classes,
            anchor=self.connector.capabilities.anchor,
            scoping=self.rules.scoping,
            source_attributes=known,
            provided=[one.attribute for one in self.rules.numbers],
            extensible=_extensible(self.connector),
            context=self._context,
        )

    def plan(
        self,
        users: Iterable[Mapping[str, Any]],
        *,
        assigned: Collection[str] | None = None,
        complete: bool = True,
        imported: FullImport | PartialImport | None = None,
        executor: Executor | None = None,
    ) -> Plan:
        """Return what would be done, without writing anything.

        Args:
            users: source objects in Microsoft Graph's shape.
            assigned: the source anchors of assigned users, where the scoping is
                ``assigned_only``; None takes all for assigned.
            complete: whether ``users`` are all users; only then is a missing one missing.
            imported: what is in the directory; None reads it.
            executor: spreads the work; the plan is the same.

        Raises:
            DirectoryError: the directory could not be read.
        """
        return self._planned(
            _objects(users),
            assigned=assigned,
            complete=complete,
            imported=imported,
            executor=executor,
        )

    def apply(
        self,
        plan: Plan,
        *,
        users: Iterable[Mapping[str, Any]] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Iterator[Outcome]:
        """Do what the plan says, and yield what became of each user.

        Deletes and disables that the guard holds are not done; they come out as staged.

        Args:
            plan: from :meth:`plan`, or read back by ``Plan.from_json``.
            users: the users again, for a plan that was read back: initial passwords and
                confidential values are in no saved plan and are mapped anew.
            cancel: asked between batches of users; True stops, and everybody who was not
                reached comes out as skipped.
        """
        people = dict(self._people)
        if users is not None:
            anchor = self.rules.mappings.source_anchor
            people.update((str(user.get(anchor, "")), user) for user in _objects(users))
        applier = Applier(
            plan,
            connector=self.connector,
            planner=self.planner,
            links=self.links,
            people=people,
            observer=self._observer,
            clock=self._clock,
            cancel=cancel or _never,
        )
        return applier.run()

    def compare_rules(
        self,
        users: Iterable[Mapping[str, Any]],
        other: ProvisioningRules,
        *,
        assigned: Collection[str] | None = None,
        complete: bool = True,
    ) -> tuple[PlanDifference, ...]:
        """Return for whom other rules would do something else, against one import.

        Args:
            users: source objects.
            other: the rules to compare with.
            assigned, complete: as in :meth:`plan`.
        """
        people = _objects(users)
        twin = Provisioner(
            self.connector,
            other,
            links=self.links,
            job=self.job,
            clock=self._clock,
            context=self._context,
            protected=self.rules.guard.protected,
        )
        names = self._attributes() | twin._attributes()
        imported = self.connector.full_import(sorted(names))
        plans = [
            one._planned(people, assigned=assigned, complete=complete, imported=imported)
            for one in (self, twin)
        ]
        return plans[0].compare(plans[1])

    # Cycles ------------------------------------------------------------------------------------

    @property
    def state(self) -> CycleState:
        """What is remembered from the last cycle, besides the links."""
        return CycleState.from_json(self.links.noted(_STATE))

    def full_cycle_needed(self) -> str:
        """Return why the next cycle must be a full one; empty where a delta cycle will do."""
        state = self.state
        if not state.rules:
            return "there was no full cycle yet"
        if state.rules != self._fingerprint:
            return "the rules changed since the last full cycle"
        return ""

    def restart(self) -> None:
        """Forget the watermark, escrow and quarantine, and keep the links and the history.

        The next cycle has to be a full one. This is "Restart provisioning" of the portal. A
        state that cannot be read any more is forgotten as a whole.
        """
        try:
            history = self.state.history
        except UsageError:
            history = History()
        self._save(CycleState(history=history))

    def full_cycle(
        self,
        users: Iterable[Mapping[str, Any]],
        *,
        assigned: Collection[str] | None = None,
        watermark: str = "",
        review: Callable[[Plan], Plan] | None = None,
        cancel: Callable[[], bool] | None = None,
        executor: Executor | None = None,
    ) -> CycleReport:
        """Look at all users: plan, apply, remember.

        Args:
            users: every user of the source.
            assigned: the source anchors of assigned users, where the scoping is
                ``assigned_only``; None takes all for assigned.
            watermark: how far the source was read, to be handed back by :attr:`state`.
            review: sees the plan before it is applied, and may return it released.
            cancel: asked between batches of users; True stops.
            executor: spreads the planning.

        Raises:
            Quarantined: the job is in quarantine and may not run yet.
            DirectoryError: the directory could not be read.
        """
        return self._cycle(
            CycleKind.FULL,
            _objects(users),
            partial(self._planned, executor=executor),
            assigned=assigned,
            watermark=watermark,
            review=review,
            cancel=cancel,
        )

    def delta_cycle(
        self,
        users: Iterable[Mapping[str, Any]],
        *,
        assigned: Collection[str] | None = None,
        watermark: str = "",
        review: Callable[[Plan], Plan] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> CycleReport:
        """Look at users who changed since the last cycle, and at nobody else.

        Users of :meth:`due` belong among them. Users who were removed come with Graph's
        ``@removed``; a user who is merely missing is not touched.

        Args:
            users: the changed users.
            assigned, watermark, review, cancel: as in :meth:`full_cycle`.

        Raises:
            UsageError: a full cycle is needed first; see :meth:`full_cycle_needed`.
            Quarantined: the job is in quarantine and may not run yet.
            DirectoryError: the directory could not be read.
        """
        needed = self.full_cycle_needed()
        if needed:
            raise UsageError(f"{needed}; run full_cycle() first")
        return self._cycle(
            CycleKind.DELTA,
            _objects(users),
            self._looked_up,
            assigned=assigned,
            watermark=watermark or self.state.watermark,
            review=review,
            cancel=cancel,
        )

    def due(self) -> tuple[str, ...]:
        """Return the source anchors of users in escrow who are to be tried now."""
        now = self._clock()
        return tuple(
            source
            for source, entry in self.state.escrow.items()
            if entry.next_try is not None and now >= entry.next_try
        )

    def on_demand(
        self,
        user: Mapping[str, Any],
        *,
        assigned: bool = True,
        apply: bool = True,
    ) -> OnDemandReport:
        """Provision one user now and report the five steps, as the portal does.

        Args:
            user: the source object.
            assigned: whether the user is assigned to the application.
            apply: False stops before anything is written.

        Who succeeds leaves escrow.
        """
        report = on_demand(self, user, assigned=assigned, apply=apply)
        if report.outcome is not None and report.outcome.error is None:
            state = self.state
            if report.outcome.source in state.escrow:
                escrow = {k: v for k, v in state.escrow.items() if k != report.outcome.source}
                self._save(attrs.evolve(state, escrow=escrow))
        return report

    def _cycle(
        self,
        kind: CycleKind,
        people: list[Mapping[str, Any]],
        make: Callable[..., Plan],
        *,
        assigned: Collection[str] | None,
        watermark: str,
        review: Callable[[Plan], Plan] | None,
        cancel: Callable[[], bool] | None,
    ) -> CycleReport:
        started, state = self._clock(), self.state
        check_may_run(state.quarantine, started)
        anchor = self.rules.mappings.source_anchor
        looked = Looked({str(user.get(anchor, "")): user for user in people}, assigned)
        if state.rules != self._fingerprint:
            # What failed under other rules is no reason to wait, nor a failure of these.
            state = attrs.evolve(state, escrow={})
        waiting = who_waits(state, looked, started)
        try:
            plan = make(
                people,
                assigned=assigned,
                waiting={one: why(entry) for one, entry in waiting.items()},
            )
        except BindRefused:
            counts = CycleCounts(refused=True)
            self._save(attrs.evolve(state, quarantine=judge(counts, state.quarantine, started)))
            raise
        if review is not None:
            plan = review(plan)
        outcomes = tuple(self.apply(plan, users=people, cancel=cancel))
        full = kind is CycleKind.FULL
        # A source whose shrinking is held back is not the new normal.
        users = len(people) if full and not plan.held else state.history.users
        removals = sum(one.change.removal and one.ok for one in outcomes)
        after = attrs.evolve(
            state,
            watermark=watermark,
            rules=self._fingerprint if full else state.rules,
            history=state.history.after(users=users, removals=removals),
            escrow=escrow_after(
                state.escrow,
                outcomes,
                looked,
                now=self._clock(),
                waiting=waiting,
                complete=full,
            ),
            quarantine=judge(counts_of(outcomes), state.quarantine, self._clock()),
        )
        self._save(after)
        return CycleReport(
            kind=kind,
            started=started,
            finished=self._clock(),
            plan=plan,
            outcomes=outcomes,
            waiting=tuple(waiting.values()),
            state=after,
        )

    def _save(self, state: CycleState) -> None:
        self.links.note(_STATE, state.to_json())

    @property
    def _fingerprint(self) -> str:
        return fingerprint(self.rules)

    # What a plan is made from --------------------------------------------------------------------

    def _attributes(self) -> set[str]:
        anchor = self.connector.capabilities.anchor
        return {*self.planner.attributes} | ({anchor} if anchor.lower() != "dn" else set())

    def _planned(
        self,
        people: list[Mapping[str, Any]],
        *,
        assigned: Collection[str] | None,
        complete: bool = True,
        imported: FullImport | PartialImport | None = None,
        executor: Executor | None = None,
        waiting: Mapping[str, str] = _NOBODY,
    ) -> Plan:
        """Plan from an import of the whole directory."""
        if imported is None:
            imported = self.connector.full_import(sorted(self._attributes()))
        index = DirectoryIndex.of(
            imported,
            anchor=self.connector.capabilities.anchor,
            comparer=self.planner.comparer,
        )
        return self._made(
            people, index, assigned=assigned, complete=complete, executor=executor, waiting=waiting
        )

    def _looked_up(
        self,
        people: list[Mapping[str, Any]],
        *,
        assigned: Collection[str] | None,
        waiting: Mapping[str, str] = _NOBODY,
    ) -> Plan:
        """Plan some users from look-ups instead of an import."""
        index = look_up(
            self.connector,
            self.planner,
            people,
            links=self.links.links(),
            intents=self.links.intents(),
            attributes=sorted(self._attributes()),
        )
        return self._made(
            people, index, assigned=assigned, complete=False, waiting=waiting, complete_view=False
        )

    def _made(
        self,
        people: list[Mapping[str, Any]],
        index: DirectoryIndex,
        *,
        assigned: Collection[str] | None,
        complete: bool,
        waiting: Mapping[str, str],
        complete_view: bool = True,
        executor: Executor | None = None,
    ) -> Plan:
        situation = Situation(
            index=index,
            links=self.links.links(),
            assigned=None if assigned is None else frozenset(assigned),
            complete=complete,
            history=self.state.history,
            allocations=self.links.allocations(),
            intents=self.links.intents(),
            exists=self._exists,
            taken=None if complete_view else self._is_taken,
            now=self._clock(),
            waiting=waiting,
        )
        plan = self.planner.plan(people, situation, executor=executor)
        self._keep(people, plan)
        self._observer(PlanMade(time=self._clock(), digest=plan.digest, summary=plan.summary()))
        return plan

    def _exists(self, dn: DN) -> bool:
        return self.connector.read(dn, ["objectClass"]) is not None

    def _is_taken(self, attribute: str, value: str) -> bool:
        """Ask the directory itself, where only a part of it was read."""
        if attribute == DN_TARGET:
            return self._exists(DN.parse(value))
        octets = value.encode("utf-8", "surrogateescape")
        (found,) = self.connector.find([Filter.equal(attribute, octets)], ["objectClass"])
        return bool(found)

    def _keep(self, people: Iterable[Mapping[str, Any]], plan: Plan) -> None:
        """Keep the users whose initial password is still to be made; a plan holds none."""
        wanted = {
            item.source
            for item in plan.items
            if item.action in (Action.CREATE, Action.UPDATE, Action.ENABLE)
        }
        anchor = self.rules.mappings.source_anchor
        self._people = {
            source: user for user in people if (source := str(user.get(anchor, ""))) in wanted
        }


def _extensible(connector: Connector) -> bool:
    """Whether the profile of an ``LdapConnector`` allows every attribute in every entry."""
    profile = getattr(getattr(connector, "configuration", None), "connection", None)
    return bool(getattr(profile, "include_extensible_attributes", False))


def _bound_as(connector: Connector) -> list[DN]:
    """Return the name of the account that a connector binds as, where it tells."""
    binding: Any = connector
    for name in ("configuration", "connection", "binding", "user"):
        binding = getattr(binding, name, None)
    if not isinstance(binding, str):
        return []
    try:
        return [DN.parse(binding)]
    except ValueError:
        return []  # a user principal name
