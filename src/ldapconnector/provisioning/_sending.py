"""Sends one step of many users, pipelined, and finds out what each answer means.

A write whose answer was lost is read back before anything is repeated. Requests that a broken
line left unsent are sent again over the next one; after some lines in a row that broke,
nothing more is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias, final

import attrs

from ldapconnector.connector import Connector
from ldapconnector.entries import Change, write_ldif
from ldapconnector.errors import (
    ConnectionFailed,
    DirectoryError,
    EntryNotFound,
    LdapConnectorError,
    PlanStale,
    UnknownOutcome,
)
from ldapconnector.names import DN
from ldapconnector.planning import Step, StepKind, redacted
from ldapconnector.provisioning._drift import Drift
from ldapconnector.provisioning._outcomes import AuditRecord, Observer
from ldapconnector.provisioning._work import Work

__all__ = ["Look", "Sender", "Verdict"]

_ASSERTION_FAILED: Final = 122  # RFC 4528
_LOST_MANY: Final = 3  # connections in a row, after which the rest is not tried


@attrs.frozen
class Verdict:
    """What a refusal or a lost answer means.

    Attributes:
        error: what remains of it; None where the directory is as it should be.
        note: what to know besides.
        ours: whether it was this run that brought it about.
    """

    error: LdapConnectorError | None
    note: str = ""
    ours: bool = True


#: Finds out what a refusal or a lost answer means.
Look: TypeAlias = Callable[[Work, Step, DirectoryError], Verdict]


@final
class Sender:
    """Sends requests and books their answers.

    Args:
        connector: where to.
        drift: what each request is checked against.
        observer: is told of each request.
        clock: the time.
        digest: of the plan.
    """

    def __init__(
        self,
        connector: Connector,
        drift: Drift,
        *,
        observer: Observer,
        clock: Callable[[], datetime],
        digest: str,
    ) -> None:
        self._connector = connector
        self._drift = drift
        self._observer = observer
        self._clock = clock
        self._digest = digest
        self._lost = 0

    @property
    def given_up(self) -> bool:
        """Whether so many connections were lost in a row that nothing more is tried."""
        return self._lost >= _LOST_MANY

    def count_lost(self, error: LdapConnectorError) -> None:
        """Count connections lost in a row; after some of them nothing more is tried."""
        if isinstance(error, (ConnectionFailed, UnknownOutcome)):
            self._lost += 1

    def send(self, todo: Sequence[tuple[Work, Step]], look: Look | None = None) -> None:
        """Send one step of each user, and book what became of it.

        Args:
            todo: users with the step; no two of them concern the same name.
            look: what is made of a refusal or a lost answer; :meth:`second_look` by default.
        """
        look = look or self.second_look
        waiting = {step.change.dn: (work, step) for work, step in todo if step.change is not None}
        while waiting and not self.given_up:
            waiting = self._sent(waiting, look)
        for work, step in waiting.values():
            work.fail(step.kind, self.unreachable(work))

    def _sent(
        self, waiting: Mapping[DN, tuple[Work, Step]], look: Look
    ) -> dict[DN, tuple[Work, Step]]:
        """Send requests over one connection; returns those that did not reach it."""
        unanswered = dict(waiting)
        conditions = {dn: self._drift.assertion(work, step) for dn, (work, step) in waiting.items()}
        changes = [step.change for _, step in waiting.values() if step.change is not None]
        unclear: list[tuple[Work, Step, DirectoryError]] = []
        unsent: dict[DN, tuple[Work, Step]] = {}
        try:
            for applied in self._connector.export_all(
                changes, assertion_for=lambda change: conditions[change.dn]
            ):
                work, step = unanswered.pop(applied.change.dn)
                if applied.error is None:
                    self._lost = 0
                    self._book(work, step, Verdict(None))
                elif isinstance(applied.error, ConnectionFailed):
                    unsent[applied.change.dn] = work, step
                else:  # looked at when the connection is free again
                    unclear.append((work, step, applied.error))
        except ConnectionFailed as error:
            if len(unanswered) == len(waiting):
                unsent |= unanswered
            else:  # what was taken before it broke, only the connector would know
                lost = UnknownOutcome(f"the answer was lost: {error.message}", operation="write")
                unclear += [(work, step, lost) for work, step in unanswered.values()]
        except DirectoryError as error:
            unclear += [(work, step, error) for work, step in unanswered.values()]
        # However many answers were lost, it was one connection.
        if unsent or any(isinstance(error, UnknownOutcome) for _, _, error in unclear):
            self._lost += 1
        for work, step, refused in unclear:
            self._book(work, step, Verdict(refused) if self.given_up else look(work, step, refused))
        return unsent

    def _book(self, work: Work, step: Step, verdict: Verdict) -> None:
        assert step.change is not None  # noqa: S101 -- only a password has none
        error = verdict.error
        self.audit(work.item.source, step.kind, step.change, error, work.item.confidential)
        if error is not None:
            work.fail(step.kind, error)
            return
        work.done(step.kind, verdict.note)
        if verdict.ours:
            work.sent.append(step.change)

    def second_look(self, work: Work, step: Step, refused: DirectoryError) -> Verdict:
        """Find out what a refusal or a lost answer means; repeat once where that is safe."""
        lost = isinstance(refused, UnknownOutcome)
        missing = isinstance(refused, EntryNotFound)
        again = lost or missing or refused.code == _ASSERTION_FAILED
        # The name that a rename gives may be taken by the entry itself, which has it already.
        if step.change is None or not (again or step.kind is StepKind.RENAME):
            return Verdict(refused)
        try:
            entry = self._drift.now(work)
            if step.kind is StepKind.DELETE:
                if entry is None:
                    return Verdict(None, "it was gone already", ours=lost)
            elif step.kind in self._drift.settled(work, entry, step.kind):
                return Verdict(None, "it was done already", ours=lost)
            if not again:
                return Verdict(refused)
            self._connector.export(step.change)
        except (DirectoryError, PlanStale) as error:
            self.count_lost(error)
            return Verdict(refused if missing and isinstance(error, EntryNotFound) else error)
        return Verdict(None, "repeated, since the first answer was lost" if lost else "")

    def unreachable(self, work: Work) -> ConnectionFailed:
        """Return the error of what is not tried any more."""
        return ConnectionFailed(
            f"the connection was lost {_LOST_MANY} times in a row, so this was not tried; "
            "plan again",
            operation="write",
            dn="" if work.dn is None else str(work.dn),
        )

    def audit(
        self,
        source: str,
        kind: str,
        change: Change | DN,
        error: object,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        """Tell the observer of a request."""
        if isinstance(change, DN):
            dn, ldif = change, ""
        else:
            dn, ldif = change.dn, write_ldif([redacted(change, hidden)], version=False)
        self._observer(
            AuditRecord(
                time=self._clock(),
                digest=self._digest,
                source=source,
                step=kind,
                dn=str(dn),
                ldif=ldif,
                done=error is None,
                error="" if error is None else str(error),
            )
        )
