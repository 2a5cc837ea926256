"""Where users stand between cycles: who waits, who is in escrow now, how many failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from ldapconnector.errors import BindRefused
from ldapconnector.planning import StepKind
from ldapconnector.provisioning._cycle import CycleState, user_digest
from ldapconnector.provisioning._escrow import EscrowEntry, after_failure, is_due
from ldapconnector.provisioning._outcomes import Outcome, Result
from ldapconnector.provisioning._quarantine import CycleCounts

__all__ = ["Looked", "counts_of", "escrow_after", "who_waits", "why"]


@attrs.frozen
class Looked:
    """The users that a cycle looks at.

    Attributes:
        users: by source anchor.
        assigned: the source anchors of assigned users; None where all are.
    """

    users: Mapping[str, Mapping[str, Any]]
    assigned: Collection[str] | None = None

    def digest(self, source: str) -> str:
        """Identify what decides about a user; a change of it ends the waiting."""
        user = self.users.get(source, {})
        if self.assigned is not None and source not in self.assigned:
            user = {**user, "@unassigned": True}
        return user_digest(user)


def who_waits(state: CycleState, looked: Looked, now: datetime) -> dict[str, EscrowEntry]:
    """Return the users in escrow who are not to be tried now."""
    return {
        source: entry
        for source, entry in state.escrow.items()
        if source in looked.users and not is_due(entry, now, looked.digest(source))
    }


def escrow_after(
    before: Mapping[str, EscrowEntry],
    outcomes: Sequence[Outcome],
    looked: Looked,
    *,
    now: datetime,
    waiting: Collection[str],
    complete: bool,
) -> dict[str, EscrowEntry]:
    """Return who is in escrow after a cycle.

    Args:
        before: who was.
        outcomes: what became of the users.
        looked: the users who were looked at.
        now: when the cycle ended.
        waiting: who was not tried in it.
        complete: whether it looked at everybody.
    """
    failed = {one.source: one for one in outcomes if one.error is not None and not one.staged}
    kept = set(waiting)  # and who was held back or not reached
    kept.update(
        one.source for one in outcomes if one.result is Result.SKIPPED and one.change.writes
    )
    escrow = {
        source: entry
        for source, entry in before.items()
        if source in kept or (source not in looked.users and not complete)
    }
    for source, outcome in failed.items():
        escrow[source] = after_failure(
            before.get(source),
            source=source,
            now=now,
            error=str(outcome.error),
            digest=looked.digest(source),
        )
    return escrow


def why(entry: EscrowEntry) -> str:
    """Return why a user in escrow is not tried, in words."""
    if entry.next_try is None:
        return f"in escrow: given up after {entry.failures} failures ({entry.error})"
    return f"in escrow until {entry.next_try:%Y-%m-%d %H:%M}: {entry.error}"


def counts_of(outcomes: Sequence[Outcome]) -> CycleCounts:
    """Count what quarantine is judged by."""
    failed = [one for one in outcomes if one.error is not None and not one.staged]
    references = sum(
        [step.kind for step in one.steps if not step.done] == [StepKind.REFERENCES]
        for one in failed
    )
    return CycleCounts(
        events=sum(one.result is not Result.SKIPPED for one in outcomes),
        failures=len(failed) - references,
        reference_failures=references,
        refused=any(isinstance(one.error, BindRefused) for one in failed),
    )
