"""Instants as .NET counts them: ticks of 100 ns since 0001-01-01T00:00:00.

:class:`datetime.datetime` counts microseconds, so one decimal digit of a .NET value has
no place in it. :class:`TickDateTime` keeps that digit; everywhere else it behaves as the
plain :class:`~datetime.datetime` that it is.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Self

TICKS_PER_SECOND: Final = 10_000_000
TICKS_PER_MINUTE: Final = 60 * TICKS_PER_SECOND
TICKS_PER_HOUR: Final = 60 * TICKS_PER_MINUTE
TICKS_PER_DAY: Final = 24 * TICKS_PER_HOUR

MAX_TICKS: Final = 3_652_059 * TICKS_PER_DAY - 1
"""9999-12-31T23:59:59.9999999, the last instant of both .NET and Python."""

UTC: Final = dt.timezone.utc  # noqa: UP017 - `datetime.UTC` hides that it is a timezone

LOCAL: Final = dt.timezone(dt.timedelta(0), "Local")
"""The service's own time zone: UTC, yet of .NET's kind ``Local`` (``K`` prints ``+00:00``)."""

_EPOCH: Final = dt.datetime(1, 1, 1)  # noqa: DTZ001 - ticks carry no zone
_MICROSECOND: Final = dt.timedelta(microseconds=1)


class TickDateTime(dt.datetime):
    """A datetime with a seventh decimal digit of the second.

    Comparison, hashing and arithmetic are those of :class:`datetime.datetime` and see
    microseconds only; formatting and FILETIME see the digit.

    Attributes:
        tick: the digit, 0 to 9 (units of 100 ns).
    """

    tick: int

    def __new__(cls, *args: Any, tick: int = 0, **kwargs: Any) -> Self:
        self = super().__new__(cls, *args, **kwargs)
        self.tick = tick
        return self

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _restore, (self.ticks_naive, self.tzinfo)

    @property
    def ticks_naive(self) -> int:
        """The ticks of the date and time as they are read off a clock."""
        return wall_ticks(self)


def _restore(ticks: int, zone: dt.tzinfo | None) -> dt.datetime:
    return from_ticks(ticks, zone)


def wall_ticks(moment: dt.datetime) -> int:
    """Return the ticks of the date and time as written, whatever the zone."""
    return ((moment.replace(tzinfo=None, fold=0) - _EPOCH) // _MICROSECOND) * 10 + getattr(
        moment, "tick", 0
    )


def offset_minutes(moment: dt.datetime) -> int:
    """Return the distance to UTC in whole minutes; a naive moment is taken as UTC."""
    offset = moment.utcoffset()
    return 0 if offset is None else offset // dt.timedelta(minutes=1)


def utc_ticks(moment: dt.datetime) -> int:
    """Return the ticks in UTC; they may lie a day outside of the representable range."""
    return wall_ticks(moment) - offset_minutes(moment) * TICKS_PER_MINUTE


def from_ticks(ticks: int, zone: dt.tzinfo | None = UTC) -> dt.datetime:
    """Return the moment of so many ticks, in that zone.

    Raises:
        ValueError: before year 1 or after year 9999.
    """
    if not 0 <= ticks <= MAX_TICKS:
        raise ValueError("the date lies outside of the years 1 to 9999")
    microseconds, tick = divmod(ticks, 10)
    moment = (_EPOCH + dt.timedelta(microseconds=microseconds)).replace(tzinfo=zone)
    if not tick:
        return moment
    return TickDateTime(
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond,
        zone,
        tick=tick,
    )
