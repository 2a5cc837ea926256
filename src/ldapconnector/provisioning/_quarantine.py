"""Quarantine: a job that mostly fails slows down and asks for attention.

Source: "Application provisioning in quarantine status" (Microsoft Entra documentation). At
once on refused credentials; otherwise after 5,000 failures at least, when more than 40 % of
the events failed or more than 40,000 failed, failures of references not counted; 60,000
failures of all kinds are too many in any case. In quarantine a job runs once a day; it leaves
quarantine after a good cycle, and is disabled after four weeks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import attrs

from ldapconnector.errors import Quarantined

__all__ = ["CycleCounts", "Quarantine", "QuarantineReason", "check_may_run", "judge"]

_AT_LEAST: Final = 5_000
_SHARE: Final = 0.40
_MANY: Final = 40_000
_TOO_MANY: Final = 60_000
_PAUSE: Final = timedelta(days=1)
_DISABLED_AFTER: Final = timedelta(weeks=4)


class QuarantineReason(StrEnum):
    """Why a job is in quarantine; the values are the service's codes."""

    #: The credentials are refused. A directory that cannot be reached raises, and is no
    #: quarantine: the next cycle may succeed.
    EXCEPTION = "EncounteredQuarantineException"
    #: Too many failures.
    PROPORTION = "EncounteredEscrowProportionThreshold"
    #: Somebody put it there.
    ON_DEMAND = "QuarantineOnDemand"


@attrs.frozen(kw_only=True)
class CycleCounts:
    """What happened in a cycle, counted.

    Attributes:
        events: users for whom something was tried.
        failures: users who failed, failures of references not counted.
        reference_failures: users of whom references only failed.
        refused: whether the credentials were refused.
    """

    events: int = 0
    failures: int = 0
    reference_failures: int = 0
    refused: bool = False


@attrs.frozen(kw_only=True)
class Quarantine:
    """A job's stay in quarantine.

    Attributes:
        reason: the code.
        since: when it began.
        next_run: when the job may run again.
        detail: the reason in words.
    """

    reason: QuarantineReason = attrs.field(converter=QuarantineReason)
    since: datetime
    next_run: datetime
    detail: str = ""

    @property
    def disabled_at(self) -> datetime:
        """When the job is disabled, unless it recovers before."""
        return self.since + _DISABLED_AFTER


def judge(counts: CycleCounts, before: Quarantine | None, now: datetime) -> Quarantine | None:
    """Return the quarantine after a cycle; None for a healthy job.

    Args:
        counts: what happened in the cycle.
        before: the quarantine that the job was in; its beginning is kept.
        now: when the cycle ended; aware.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> judge(CycleCounts(events=12_000, failures=5_000), None, now).reason.value
    'EncounteredEscrowProportionThreshold'
    >>> judge(CycleCounts(events=12_500, failures=5_000), None, now) is None
    True
    """
    found = _reason(counts)
    if found is None:
        return None
    reason, detail = found
    since = now if before is None else before.since
    return Quarantine(reason=reason, since=since, next_run=now + _PAUSE, detail=detail)


def _reason(counts: CycleCounts) -> tuple[QuarantineReason, str] | None:
    if counts.refused:
        return QuarantineReason.EXCEPTION, "the directory refused the credentials"
    failures, everything = counts.failures, counts.failures + counts.reference_failures
    if failures >= _AT_LEAST and failures > _SHARE * counts.events:
        share = 100 * failures / max(counts.events, 1)
        return (
            QuarantineReason.PROPORTION,
            f"{failures} of {counts.events} users failed, {share:.0f} %; the limit is 40 %",
        )
    if failures > _MANY:
        return QuarantineReason.PROPORTION, f"{failures} users failed; the limit is {_MANY}"
    if everything > _TOO_MANY:
        return QuarantineReason.PROPORTION, f"{everything} failures; the limit is {_TOO_MANY}"
    return None


def check_may_run(quarantine: Quarantine | None, now: datetime) -> None:
    """Let a cycle run, or say why not.

    Args:
        quarantine: the one that the job is in, if any.
        now: when it would run; aware.

    Raises:
        Quarantined: the job ran less than a day ago, or is disabled.
    """
    if quarantine is None:
        return
    if now >= quarantine.disabled_at:
        raise Quarantined.because(
            quarantine.reason,
            f"the job is disabled: it was in quarantine for four weeks, since "
            f"{quarantine.since:%Y-%m-%d %H:%M} ({quarantine.detail}). Mend the cause, then "
            "call restart()",
        )
    if now < quarantine.next_run:
        raise Quarantined.because(
            quarantine.reason,
            f"the job is in quarantine since {quarantine.since:%Y-%m-%d %H:%M} "
            f"({quarantine.detail}); it may run again at {quarantine.next_run:%Y-%m-%d %H:%M}, or "
            "after restart()",
        )
