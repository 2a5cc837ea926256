"""Escrow: users who failed are tried again, less and less often, and not for ever.

Source: "How application provisioning works", section "Errors and retries" (Microsoft Entra
documentation): 6 hours after the first failure, then 12, then 24, then every 24 hours, for
28 days.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs

__all__ = ["GAPS", "GIVEN_UP_AFTER", "EscrowEntry", "after_failure", "is_due"]

#: How long after a failure a user is tried again; the last one repeats.
GAPS: Final = (timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))
#: How long a user is tried.
GIVEN_UP_AFTER: Final = timedelta(days=28)


@attrs.frozen(kw_only=True)
class EscrowEntry:
    """A user who failed.

    Attributes:
        source: the source anchor.
        failures: how often in a row.
        first: when it failed first; aware.
        next_try: when it is tried again; None once it was given up.
        error: the last error, in words.
        digest: of the user's source attributes when it failed. A user who changed is tried
            at once.
    """

    source: str
    failures: int
    first: datetime
    next_try: datetime | None
    error: str = ""
    digest: str = ""

    @property
    def given_up(self) -> bool:
        """Whether it is not tried any more until the user changes."""
        return self.next_try is None


def after_failure(
    before: EscrowEntry | None, *, source: str, now: datetime, error: str, digest: str = ""
) -> EscrowEntry:
    """Return the entry of a user who failed (again).

    A user who changed since the last failure starts anew.

    Args:
        before: the entry of the failure before, if there was one.
        source: the source anchor.
        now: when it failed; aware.
        error: what went wrong, in words.
        digest: of the user's source attributes.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> first = after_failure(None, source="1", now=noon, error="sn is missing")
    >>> second = after_failure(first, source="1", now=first.next_try, error="sn is missing")
    >>> first.next_try - noon, second.next_try - first.next_try
    (datetime.timedelta(seconds=21600), datetime.timedelta(seconds=43200))
    """
    if before is None or before.digest != digest:
        return EscrowEntry(
            source=source, failures=1, first=now, next_try=now + GAPS[0], error=error, digest=digest
        )
    gap = GAPS[min(before.failures, len(GAPS) - 1)]
    given_up = now - before.first >= GIVEN_UP_AFTER
    return EscrowEntry(
        source=source,
        failures=before.failures + 1,
        first=before.first,
        next_try=None if given_up else now + gap,
        error=error,
        digest=digest,
    )


def is_due(entry: EscrowEntry, now: datetime, digest: str) -> bool:
    """Tell whether a user in escrow is tried in a cycle at ``now``.

    Args:
        entry: the escrow.
        now: the time of the cycle.
        digest: of the user's source attributes now.
    """
    if digest != entry.digest:
        return True
    return entry.next_try is not None and now >= entry.next_try
