"""New accounts: an intent first, then the entry, then its link, then its password.

Killed between any two of these, the next run finds the intent or the link and goes on from
there, so that no account is made twice and none is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, final

from ldapconnector.connector import Connector
from ldapconnector.directory import BatchReader
from ldapconnector.entries import Add, Entry
from ldapconnector.errors import (
    DirectoryError,
    EntryExists,
    LdapConnectorError,
    PlanStale,
    UnknownOutcome,
    UsageError,
)
from ldapconnector.names import DN
from ldapconnector.planning import Planner, Step, StepKind
from ldapconnector.provisioning._drift import Drift
from ldapconnector.provisioning._linking import Linking
from ldapconnector.provisioning._links import LinkStore
from ldapconnector.provisioning._sending import Sender, Verdict
from ldapconnector.provisioning._work import Work

__all__ = ["Creating"]

#: Steps of a new account that a link remembers as long as they are not done. References are
#: found again by any plan.
_LATER: Final = (StepKind.PASSWORD, StepKind.ENABLE)

_TOGETHER: Final = 2  # accounts from which on reading them together saves anything


@final
class Creating:
    """Makes new accounts.

    Args:
        connector: where.
        planner: makes initial passwords.
        links: where intents and numbers are kept.
        linking: where links are kept.
        drift: what is there already.
        sender: sends the requests.
        people: source attributes by source anchor, for initial passwords.
        anchor: the attribute by which accounts are found again.
    """

    def __init__(
        self,
        connector: Connector,
        *,
        planner: Planner,
        links: LinkStore,
        linking: Linking,
        drift: Drift,
        sender: Sender,
        people: Mapping[str, Mapping[str, Any]],
        anchor: str,
    ) -> None:
        self._connector = connector
        self._planner = planner
        self._links = links
        self._linking = linking
        self._drift = drift
        self._sender = sender
        self._people = people
        self._anchor = anchor
        self._begun = links.intents()

    def create(self, works: Sequence[Work]) -> None:
        """Make the entries of a batch and link them."""
        ready: list[tuple[Work, Step]] = []
        with self._links.together():
            for work in works:
                step = work.step(StepKind.CREATE)
                if step is None or self._has_account(work, step):
                    continue
                try:
                    for attribute, number in work.item.numbers:
                        self._links.reserve(attribute, number, work.item.source)
                except PlanStale as stale:
                    work.fail(StepKind.CREATE, stale)
                    continue
                if work.dn is not None:
                    self._links.intend(work.item.source, work.dn)
                ready.append((work, step))
        self._sender.send(ready, self._creation_looked_at)
        created = [work for work, _ in ready if work.error is None]
        seen = self._read_together(created)
        with self._links.together():
            for work in created:
                self._link_created(work, seen)

    def _has_account(self, work: Work, step: Step) -> bool:
        """Tell whether the user got an account since the plan was made.

        One that is as planned needs no second creation, any other makes the plan stale. A link
        to an entry that is gone is what the plan was made from.
        """
        link = self._links.get(work.item.source)
        if link is None or not isinstance(step.change, Add):
            return False
        try:
            entry = self._drift.linked(link, step.change)
        except DirectoryError as error:
            self._sender.count_lost(error)
            work.fail(step.kind, error)
            return True
        if entry is None:
            return False
        if entry.dn != step.change.dn or not self._drift.has_all(entry, step.change):
            work.fail(
                step.kind,
                PlanStale(
                    f"the user got the account {entry.dn} since the plan was made; plan again",
                    dn=str(step.change.dn),
                ),
            )
            return True
        work.anchor = link.anchor
        todo = {kind for kind in _LATER if kind.value in link.pending}
        work.settled = frozenset(
            one.kind for one in work.item.steps if one.kind in {step.kind, *_LATER} - todo
        )
        work.done_already(step.kind)
        return True

    def _creation_looked_at(self, work: Work, step: Step, refused: DirectoryError) -> Verdict:
        """Find out what a refused creation, or a lost answer, means."""
        source, change = work.item.source, step.change
        # An earlier run that was killed began it, and its answer is what was lost.
        begun = isinstance(refused, EntryExists) and self._begun.get(source) == work.dn
        if change is None or not (begun or isinstance(refused, UnknownOutcome)):
            self._links.settle(source)
            return Verdict(refused)
        try:
            if self._drift.is_there(change):
                return Verdict(None, "the answer was lost, and the entry is there")
            if begun:
                self._links.settle(source)  # somebody else's: it is not to be taken for ours
                return Verdict(refused)
            self._connector.export(change)
        except DirectoryError as error:
            self._sender.count_lost(error)
            if isinstance(error, EntryExists) and self._drift.is_there(change):
                return Verdict(None, "the answer was lost, and the entry is there")
            return Verdict(error)
        return Verdict(None, "repeated, since the first answer was lost")

    def _read_together(self, works: Sequence[Work]) -> dict[DN, Entry]:
        """Read the anchors of new accounts in one go, where the connector can.

        Whoever is not found here is asked for again alone, which tells why. An entry counts for
        the name that it has itself.
        """
        names = [work.dn for work in works if work.dn is not None]
        if self._drift.by_name or self._sender.given_up or len(names) < _TOGETHER:
            return {}
        if not isinstance(self._connector, BatchReader):
            return {}
        try:
            found = self._connector.read_all(names, [self._anchor])
        except DirectoryError as error:
            self._sender.count_lost(error)
            return {}
        return {entry.dn: entry for entry in found if entry is not None and entry.get(self._anchor)}

    def _link_created(self, work: Work, seen: Mapping[DN, Entry]) -> None:
        """Store the link of a new account, with the steps that are still to do.

        Args:
            work: the user.
            seen: new accounts whose anchors were read already, by their names.
        """
        dn = work.dn
        assert dn is not None  # noqa: S101 -- a creation has a name
        if self._drift.by_name:
            work.anchor = str(dn).encode()
        elif self._sender.given_up and dn not in seen:
            work.fail(None, self._sender.unreachable(work))
            return
        else:
            try:
                entry = seen[dn] if dn in seen else self._connector.read(dn, [self._anchor])
            except DirectoryError as error:
                self._sender.count_lost(error)
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
        kinds = [step.kind for step in work.item.steps]
        self._linking.put(work, pending=tuple(kind.value for kind in _LATER if kind in kinds))

    def set_password(self, work: Work) -> None:
        """Set the initial password of a new account."""
        step = work.step(StepKind.PASSWORD)
        if step is None or work.dn is None:
            return
        item = work.item
        error: LdapConnectorError | None = None
        if self._sender.given_up:
            work.fail(step.kind, self._sender.unreachable(work))
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
            self._sender.count_lost(refused)
            error = refused
        self._sender.audit(item.source, step.kind, work.dn, error)
        if error is None:
            work.done(step.kind)
        else:
            work.fail(step.kind, error)
