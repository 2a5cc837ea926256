"""What became of each user, and what was told on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

import attrs

from ldapconnector.errors import LdapConnectorError
from ldapconnector.names import DN
from ldapconnector.planning import Action, PlannedChange, StepKind, Summary

__all__ = [
    "ApplyFinished",
    "ApplyStarted",
    "AuditRecord",
    "Kind",
    "Notice",
    "Observer",
    "Outcome",
    "OutcomeReady",
    "PlanMade",
    "Result",
    "StepOutcome",
]


class Kind(StrEnum):
    """What was tried, in the words of the service's provisioning logs."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"
    DISABLE = "Disable"
    STAGED_DELETE = "StagedDelete"
    STAGED_ACTION = "StagedAction"
    OTHER = "Other"


class Result(StrEnum):
    """How it ended, in the words of the service's provisioning logs."""

    SUCCESS = "Success"
    FAILURE = "Failure"
    SKIPPED = "Skipped"
    WARNING = "Warning"


_KINDS: Final = {
    Action.CREATE: Kind.CREATE,
    Action.UPDATE: Kind.UPDATE,
    Action.ENABLE: Kind.UPDATE,
    Action.DISABLE: Kind.DISABLE,
    Action.DELETE: Kind.DELETE,
}


@attrs.frozen(kw_only=True)
class StepOutcome:
    """What became of one request.

    Attributes:
        kind: what it was for; None for work on the link alone.
        done: whether the directory has it now.
        note: what to know besides, such as that it was there already.
        error: why it failed.
    """

    kind: StepKind | None
    done: bool
    note: str = ""
    error: LdapConnectorError | None = attrs.field(default=None, eq=False)


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of one user.

    Attributes:
        source: the source anchor.
        label: a name for people.
        kind: what was tried.
        result: how it ended. A warning has done a part and says which.
        dn: the entry's name now; None where there is none.
        change: what was planned.
        steps: the requests that were sent, in order; what is missing was not tried.
        error: why it failed; a :class:`~ldapconnector.errors.PlanHeld` where it is staged.
        undo: LDIF that takes back what was done, the last step first; confidential values
            are not in it. Empty where nothing was done.
        notes: what to know besides.
    """

    source: str
    label: str
    kind: Kind
    result: Result
    dn: DN | None
    change: PlannedChange = attrs.field(repr=False)
    steps: tuple[StepOutcome, ...] = ()
    error: LdapConnectorError | None = attrs.field(default=None, eq=False)
    undo: str = attrs.field(default="", repr=False)
    notes: tuple[str, ...] = ()

    @property
    def action(self) -> Action:
        """What was planned."""
        return self.change.action

    @property
    def staged(self) -> bool:
        """Whether the guard held it back."""
        return self.kind in (Kind.STAGED_DELETE, Kind.STAGED_ACTION)

    @property
    def ok(self) -> bool:
        """Whether all of it was done."""
        return self.result is Result.SUCCESS

    def __str__(self) -> str:
        where = "" if self.dn is None else f"  {self.dn}"
        why = f": {self.error}" if self.error else "".join(f"; {note}" for note in self.notes)
        return f"{self.kind:<12} {self.result:<7}  {self.label}{where}{why}"


def kind_of(change: PlannedChange, *, staged: bool = False) -> Kind:
    """Return the kind under which a change is logged."""
    if staged:
        return Kind.STAGED_DELETE if change.action is Action.DELETE else Kind.STAGED_ACTION
    return _KINDS.get(change.action, Kind.OTHER)


# What an observer is told -----------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class PlanMade:
    """A plan is ready."""

    time: datetime
    digest: str
    summary: Summary


@attrs.frozen(kw_only=True)
class ApplyStarted:
    """A plan is about to be applied."""

    time: datetime
    digest: str
    total: int


@attrs.frozen(kw_only=True)
class AuditRecord:
    """One request was sent to the directory and answered, or was not answered.

    Attributes:
        time: when, by the provisioner's clock.
        digest: the plan that it belongs to.
        source: the source anchor of the user; empty for a parent entry.
        step: what the request was for.
        dn: the entry concerned.
        ldif: the request as LDIF, confidential values withheld; empty for a password.
        done: whether the directory confirmed it.
        error: why not.
    """

    time: datetime
    digest: str
    source: str
    step: str
    dn: str
    ldif: str = ""
    done: bool
    error: str = ""


@attrs.frozen(kw_only=True)
class OutcomeReady:
    """A user is finished: so many of so many."""

    time: datetime
    outcome: Outcome
    finished: int
    total: int


@attrs.frozen(kw_only=True)
class ApplyFinished:
    """A plan was applied, or was stopped.

    Attributes:
        time: when.
        digest: the plan.
        cancelled: whether it was stopped before its end.
        counts: how many users had each result.
    """

    time: datetime
    digest: str
    cancelled: bool
    counts: tuple[tuple[Result, int], ...]


Notice: TypeAlias = PlanMade | ApplyStarted | AuditRecord | OutcomeReady | ApplyFinished

#: Is told of everything, in order, on the thread that applies.
Observer: TypeAlias = Callable[[Notice], None]
