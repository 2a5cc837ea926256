"""The provisioner: reads, plans through ``planning``, and applies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any, final

import attrs

from ldapconnector.connector import Connector
from ldapconnector.entries import FullImport, PartialImport
from ldapconnector.expressions import EvaluationContext
from ldapconnector.names import DN
from ldapconnector.planning import (
    Action,
    DirectoryIndex,
    History,
    Plan,
    Planner,
    ProvisioningRules,
    Situation,
)
from ldapconnector.provisioning._apply import Applier
from ldapconnector.provisioning._links import LinkStore, MemoryLinks
from ldapconnector.provisioning._outcomes import Notice, Observer, Outcome, PlanMade

__all__ = ["Provisioner"]


def _clock() -> datetime:
    return datetime.now(UTC)


def _silent(_: Notice) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


@final
class Provisioner:
    """Plans and applies for one target.

    Args:
        connector: the target.
        rules: who gets which account, and what leaving means.
        links: what is remembered between cycles; in memory by default.
        clock: the time, aware; by default the system's.
        observer: is told of plans, requests and outcomes as frozen values.
        context: clock, randomness and functions of the expressions.
        protected: further names that deprovisioning must not touch, such as the account that
            the connector binds as; the account of an ``LdapConnector`` is found by itself.
    """

    def __init__(
        self,
        connector: Connector,
        rules: ProvisioningRules,
        *,
        links: LinkStore | None = None,
        clock: Callable[[], datetime] | None = None,
        observer: Observer | None = None,
        context: EvaluationContext | None = None,
        protected: Collection[DN | str] = (),
    ) -> None:
        self.connector = connector
        self.links: LinkStore = MemoryLinks() if links is None else links
        self._clock = clock or _clock
        self._observer = observer or _silent
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
            assigned: the source anchors of assigned users; None takes all for assigned.
            complete: whether ``users`` are all users; only then is a missing one missing.
            imported: what is in the directory; None reads it.
            executor: spreads the work; the plan is the same.

        Raises:
            DirectoryError: the directory could not be read.
        """
        people = list(users)
        if imported is None:
            imported = self.connector.full_import(sorted(self._attributes()))
        index = DirectoryIndex.of(
            imported,
            anchor=self.connector.capabilities.anchor,
            comparer=self.planner.comparer,
        )
        plan = self.planner.plan(
            people,
            self._situation(index, assigned=assigned, complete=complete),
            executor=executor,
        )
        self._keep(people, plan)
        self._observer(PlanMade(time=self._clock(), digest=plan.digest, summary=plan.summary()))
        return plan

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
            people.update((str(user.get(anchor, "")), user) for user in users)
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

    def _attributes(self) -> set[str]:
        anchor = self.connector.capabilities.anchor
        return {*self.planner.attributes} | ({anchor} if anchor.lower() != "dn" else set())

    def _situation(
        self, index: DirectoryIndex, *, assigned: Collection[str] | None, complete: bool
    ) -> Situation:
        return Situation(
            index=index,
            links=self.links.links(),
            assigned=None if assigned is None else frozenset(assigned),
            complete=complete,
            history=History(),
            allocations=self.links.allocations(),
            intents=self.links.intents(),
            exists=self._exists,
            now=self._clock(),
        )

    def _exists(self, dn: DN) -> bool:
        return self.connector.read(dn, ["objectClass"]) is not None

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
