"""Times as directories write them: GeneralizedTime, UTC Time and Windows file times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

__all__ = [
    "FILETIME_NEVER",
    "datetime_to_filetime",
    "filetime_to_datetime",
    "format_generalized_time",
    "parse_generalized_time",
    "parse_utc_time",
    "time_key",
]

_GENERALIZED: Final = re.compile(
    r"(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d+))?(Z|[+-]\d\d(?:\d\d)?)", re.ASCII
)
_UTC_TIME: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d\d\d)?", re.ASCII)
_PIVOT: Final = 50
_LEAP_SECOND: Final = 60
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_TICKS: Final = 10_000_000

#: The file times that mean "never": nought and the largest number.
FILETIME_NEVER: Final = frozenset({0, 0x7FFF_FFFF_FFFF_FFFF})


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[3:5] or 0)
    if int(text[3:5] or 0) > 59:
        raise ValueError(f"{text!r} is no time zone")
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _parts(text: str) -> tuple[datetime, str]:
    """Return the whole second in UTC and the digits of its fraction."""
    found = _GENERALIZED.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no generalized time: YYYYMMDDHH, minutes, seconds, a fraction, and "
            "Z or an offset, such as 20260131235959Z"
        )
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    fraction = fraction or ""
    seconds = int(second or 0)
    leap = seconds == _LEAP_SECOND
    moment = datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute or 0),
        seconds - leap,
        tzinfo=_zone(zone),
    ).astimezone(UTC) + timedelta(seconds=leap)
    if fraction and second is None:
        # The fraction is one of an hour, or of a minute (RFC 4517, 3.3.13).
        unit = 3600 if minute is None else 60
        scaled = int(fraction) * unit
        scale = 10 ** len(fraction)
        moment += timedelta(seconds=scaled // scale)
        rest = scaled % scale
        fraction = str(rest).rjust(len(fraction), "0") if rest else ""
    return moment, fraction.rstrip("0")


def parse_generalized_time(text: str) -> datetime:
    """Read a GeneralizedTime (RFC 4517, 3.3.13).

    Args:
        text: such as ``20260131235959Z`` or ``2026013123.5+0100``.

    Returns:
        The moment in UTC; digits past the microsecond are cut off. A leap second becomes the
        first second of the next minute.

    Raises:
        ValueError: the text is no GeneralizedTime.

    >>> parse_generalized_time("20260131235959.25+0100").isoformat()
    '2026-01-31T22:59:59.250000+00:00'
    """
    moment, fraction = _parts(text)
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")) if fraction else 0)


def time_key(text: str) -> str:
    """Return a text that is equal, and orders, as the moment does.

    >>> time_key("20260131235959.10+0100") == time_key("20260131225959.1Z")
    True

    Raises:
        ValueError: the text is no GeneralizedTime.
    """
    moment, fraction = _parts(text)
    whole = f"{moment.year:04d}{moment.strftime('%m%d%H%M%S')}"
    return f"{whole}.{fraction}" if fraction else whole


def format_generalized_time(moment: datetime) -> str:
    """Write a moment as GeneralizedTime in UTC, with a fraction only where it has one.

    Raises:
        ValueError: the moment has no time zone.

    >>> format_generalized_time(datetime(2026, 1, 31, tzinfo=UTC))
    '20260131000000Z'
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone could mean any moment; give it one (such as UTC)")
    moment = moment.astimezone(UTC)
    text = f"{moment.year:04d}{moment.strftime('%m%d%H%M%S')}"
    if moment.microsecond:
        text += "." + f"{moment.microsecond:06d}".rstrip("0")
    return text + "Z"


def parse_utc_time(text: str) -> datetime:
    """Read a UTC Time (RFC 4517, 3.3.34); years 00 to 49 are those of this century.

    Raises:
        ValueError: the text is no UTC Time.

    >>> parse_utc_time("260131235959Z").year
    2026
    """
    found = _UTC_TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no UTC time: YYMMDDhhmm, seconds, and Z or an offset")
    year, month, day, hour, minute, second, zone = found.groups()
    century = 2000 if int(year) < _PIVOT else 1900
    return datetime(
        century + int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        int(second or 0),
        tzinfo=_zone(zone or "Z"),
    ).astimezone(UTC)


def filetime_to_datetime(ticks: int) -> datetime | None:
    """Return the moment of a Windows file time; None for those that mean "never".

    Args:
        ticks: 100 nanoseconds since 1601-01-01 UTC ([MS-DTYP] 2.3.3).

    Raises:
        OverflowError: the moment is past the year 9999.

    >>> filetime_to_datetime(116444736000000000).isoformat()
    '1970-01-01T00:00:00+00:00'
    >>> filetime_to_datetime(0) is None
    True
    """
    if ticks in FILETIME_NEVER:
        return None
    return _EPOCH + timedelta(microseconds=ticks // 10)


def datetime_to_filetime(moment: datetime) -> int:
    """Return the Windows file time of a moment, in units of 100 nanoseconds.

    Raises:
        ValueError: the moment has no time zone.

    >>> datetime_to_filetime(datetime(1970, 1, 1, tzinfo=UTC))
    116444736000000000
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone could mean any moment; give it one (such as UTC)")
    since = moment.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * _TICKS + since.microseconds * 10
