"""Dates as .NET writes and reads them, VB's date arithmetic, and FILETIME.

A moment is a :class:`datetime.datetime`. Its zone tells what .NET calls the kind:
:data:`datetime.timezone.utc` is ``Utc``, no zone at all is ``Unspecified``, and any other
zone is a local time with its offset. The service runs in UTC, so ``Local`` equals UTC in
everything but the text that ``K`` prints.

Sources: Microsoft Learn, "Standard date and time format strings", "Custom date and time
format strings", ``DateTime.ParseExact``, ``DateTimeStyles``,
``Microsoft.VisualBasic.DateAndTime.DateAdd`` and ``DateDiff``, ``DateTime.ToFileTimeUtc``.
"""

from __future__ import annotations

import datetime as dt
import difflib
from typing import Final

from ldapconnector.expressions.dotnet import _cdate, _exact, _formats, _ticks
from ldapconnector.expressions.dotnet._cultures import INVARIANT, Culture, culture_of
from ldapconnector.expressions.dotnet._shown import shown
from ldapconnector.expressions.dotnet._styles import DEFAULT_STYLES, styles_of

__all__ = [
    "DEFAULT_OUTPUT",
    "DEFAULT_STYLES",
    "INTERVALS",
    "date_add",
    "date_diff",
    "format_date",
    "from_filetime",
    "parse_cdate",
    "parse_exact",
    "to_filetime",
]

DEFAULT_OUTPUT: Final = "M/d/yyyy h:mm:ss tt"
"""How the service prints a date that no ``FormatDateTime`` shaped."""

INTERVALS: Final = {
    "yyyy": "years",
    "q": "quarters",
    "m": "months",
    "y": "days of the year",
    "d": "days",
    "w": "weekdays (DateAdd: days, DateDiff: whole weeks)",
    "ww": "weeks",
    "h": "hours",
    "n": "minutes",
    "s": "seconds",
}
"""VB's interval names and what they count."""

_FILETIME_EPOCH: Final = 584_388 * _ticks.TICKS_PER_DAY
_NEVER: Final = 0x7FFF_FFFF_FFFF_FFFF
_FIXED: Final = {
    "y": _ticks.TICKS_PER_DAY,
    "d": _ticks.TICKS_PER_DAY,
    "w": _ticks.TICKS_PER_DAY,
    "ww": 7 * _ticks.TICKS_PER_DAY,
    "h": _ticks.TICKS_PER_HOUR,
    "n": _ticks.TICKS_PER_MINUTE,
    "s": _ticks.TICKS_PER_SECOND,
}
_MONTHS: Final = {"yyyy": 12, "q": 3, "m": 1}
_MONTHS_PER_YEAR: Final = 12
_LAST_MONTH: Final = _MONTHS_PER_YEAR * 9999 + 11


def parse_cdate(text: str) -> dt.datetime:
    """Read a date as ``CDate`` does: in any of the usual forms, in UTC where it names no zone.

    Args:
        text: an ISO 8601 date with or without time and offset (``2020-03-16-07:00``,
            ``2009-06-15T01:45:30-07:00``), a date with the month first as .NET's invariant
            culture has it (``8/25/2021 5:41:18 PM``), or one with the month's name
            (``15 Jun 2009``, ``Mon, 15 Jun 2009 20:45:30 GMT``).

    Returns:
        the moment in UTC; digits beyond 100 ns are dropped.

    Raises:
        ValueError: the text is no date that can be read without guessing, or it does not exist.

    Source: functions-for-customizing-application-data.md, CDate.

    Example:
        >>> parse_cdate("2020-03-16-07:00").isoformat()
        '2020-03-16T07:00:00+00:00'
    """
    return _cdate.parse(text)


def parse_exact(
    text: str,
    format: str,  # noqa: A002 - .NET's own word
    *,
    styles: str = DEFAULT_STYLES,
    culture: str = "",
    now: dt.datetime | None = None,
) -> dt.datetime:
    """Read a date that has exactly one format, as ``DateTime.ParseExact`` does.

    Args:
        text: the date.
        format: a standard letter or a custom .NET format.
        styles: names of ``DateTimeStyles`` joined by ``|`` or ``,``; an empty text means
            the service's default, ``RoundtripKind | AllowLeadingWhite | AllowTrailingWhite``.
        culture: a culture name; empty is the invariant culture.
        now: the current time, for a format without a year.

    Returns:
        the moment: without a zone where neither the text nor `styles` names one, in
        :data:`datetime.timezone.utc` where it ends with ``Z`` or is adjusted to UTC, else in
        the service's local time, which is UTC. Digits beyond 100 ns cannot occur.

    Raises:
        ValueError: text and format do not fit, the format or a style is unknown, or the
            date does not exist.

    Source: Microsoft Learn, ``DateTime.ParseExact`` and ``DateTimeStyles``.

    Example:
        >>> parse_exact("20150123105347.1Z", "yyyyMMddHHmmss.fZ").isoformat()
        '2015-01-23T10:53:47.100000+00:00'
    """
    return _exact.parse(
        text,
        format,
        styles=styles_of(styles),
        culture=culture_of(culture) if culture else INVARIANT,
        now=now,
    )


def format_date(dt: dt.datetime, format: str, culture: str = "") -> str:  # noqa: A002
    """Write a date in a .NET format, as ``DateTime.ToString`` does.

    Args:
        dt: the moment, with or without zone.
        format: a standard letter or a custom .NET format; empty means ``G``.
        culture: a culture name; empty is the invariant culture.

    Returns:
        the text.

    Raises:
        ValueError: the format is none of .NET's, or the culture is unknown.

    Source: Microsoft Learn, "Custom date and time format strings".

    Example:
        >>> format_date(parse_cdate("2021-06-30+08:00"), DEFAULT_OUTPUT)
        '6/29/2021 4:00:00 PM'
    """
    known = culture_of(culture) if culture else INVARIANT
    if format in _WITHOUT_CULTURE:
        known = INVARIANT
    if format in _TO_UTC and dt.tzinfo is not None:
        dt = _ticks.from_ticks(_ticks.utc_ticks(dt))
    return _write(dt, _formats.tokenise(_formats.expand(format, known)), known)


_TO_UTC: Final = frozenset("rRuU")
_WITHOUT_CULTURE: Final = frozenset("oOrRsu")
_HALF_DAY: Final = 12
_NAMED: Final = 3
_SHORT_YEAR: Final = 2
_FRACTION_DIGITS: Final = 7


def _write(moment: dt.datetime, tokens: tuple[_formats.Token, ...], culture: Culture) -> str:
    out: list[str] = []
    for token in tokens:
        count = token.count
        match token.kind:
            case "" | "'" | "\\":
                out.append(token.text)
            case "y":
                out.append(
                    f"{moment.year % 100:0{count}d}"
                    if count <= _SHORT_YEAR
                    else f"{moment.year:0{count}d}"
                )
            case "M":
                if count < _NAMED:
                    out.append(f"{moment.month:0{count}d}")
                else:
                    names = culture.short_months if count == _NAMED else culture.months
                    out.append(names[moment.month - 1])
            case "d":
                if count < _NAMED:
                    out.append(f"{moment.day:0{count}d}")
                else:
                    days = culture.short_days if count == _NAMED else culture.days
                    out.append(days[moment.isoweekday() % 7])
            case "H":
                out.append(f"{moment.hour:0{min(count, 2)}d}")
            case "h":
                out.append(f"{moment.hour % _HALF_DAY or _HALF_DAY:0{min(count, 2)}d}")
            case "m":
                out.append(f"{moment.minute:0{min(count, 2)}d}")
            case "s":
                out.append(f"{moment.second:0{min(count, 2)}d}")
            case "f":
                out.append(_fraction(moment)[:count])
            case "F":
                _trimmed_fraction(out, _fraction(moment)[:count].rstrip("0"))
            case "t":
                mark = culture.am if moment.hour < _HALF_DAY else culture.pm
                out.append(mark[:1] if count == 1 else mark)
            case "g":
                out.append(culture.era)
            case "z":
                out.append(_offset(moment, count))
            case "K":
                if moment.tzinfo is not None:
                    utc = moment.tzinfo is _ticks.UTC
                    out.append("Z" if utc else _offset(moment, _NAMED))
            case ":":
                out.append(culture.time_separator)
            case _:
                out.append(culture.date_separator)
    return "".join(out)


def _fraction(moment: dt.datetime) -> str:
    return f"{moment.microsecond:06d}{getattr(moment, 'tick', 0)}"


def _trimmed_fraction(out: list[str], digits: str) -> None:
    """Append the digits; none at all take back the point before them."""
    if digits:
        out.append(digits)
    elif out and out[-1].endswith("."):
        out[-1] = out[-1][:-1]


def _offset(moment: dt.datetime, count: int) -> str:
    minutes = _ticks.offset_minutes(moment)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    if count < _NAMED:
        return f"{sign}{hours:0{count}d}"
    return f"{sign}{hours:02d}:{rest:02d}"


def date_add(interval: str, n: int, dt: dt.datetime) -> dt.datetime:
    """Add a number of intervals to a date, as VB's ``DateAdd`` does.

    Args:
        interval: ``yyyy``, ``q``, ``m``, ``y``, ``d``, ``w``, ``ww``, ``h``, ``n`` or ``s``;
            ``y`` and ``w`` add days, as they do in VB.
        n: how many; may be negative.
        dt: the moment.

    Returns:
        the new moment in the same zone. A day that the month does not have becomes the
        month's last.

    Raises:
        ValueError: the interval is unknown, or the result lies outside of years 1 to 9999.

    Source: Microsoft Learn, ``Microsoft.VisualBasic.DateAndTime.DateAdd``.

    Example:
        >>> format_date(date_add("m", 1, parse_cdate("2024-01-31")), "yyyy-MM-dd")
        '2024-02-29'
    """
    name = _interval(interval)
    months = _MONTHS.get(name)
    try:
        if months is None:
            return _ticks.from_ticks(_ticks.wall_ticks(dt) + n * _FIXED[name], dt.tzinfo)
        total = dt.year * _MONTHS_PER_YEAR + dt.month - 1 + n * months
        if not _MONTHS_PER_YEAR <= total <= _LAST_MONTH:
            raise ValueError("the date lies outside of the years 1 to 9999")  # noqa: TRY301
        year, month = divmod(total, _MONTHS_PER_YEAR)
        day = min(dt.day, _days_in_month(year, month + 1))
        shift = _day_number(year, month + 1, day) - dt.toordinal()
        return _ticks.from_ticks(_ticks.wall_ticks(dt) + shift * _ticks.TICKS_PER_DAY, dt.tzinfo)
    except ValueError as error:
        raise ValueError(
            f"{n} {INTERVALS[name].partition(' (')[0]} from {dt:%m/%d}/{dt.year:04d}: {error}"
        ) from None


def date_diff(interval: str, a: dt.datetime, b: dt.datetime) -> int:
    """Count the intervals from one date to another, as VB's ``DateDiff`` does.

    ``yyyy``, ``q`` and ``m`` compare calendar fields; ``ww`` compares the Sundays that
    begin the two weeks; ``d``, ``y``, ``h``, ``n`` and ``s`` take the whole intervals
    that have passed, and ``w`` the whole weeks.

    Args:
        interval: as for :func:`date_add`.
        a: the first date, in UTC where it has no zone.
        b: the second date; the result is positive when it is the later one.

    Returns:
        the number of intervals, cut towards zero.

    Raises:
        ValueError: the interval is unknown, or a date lies outside of years 1 to 9999 in UTC.

    Source: Microsoft Learn, ``Microsoft.VisualBasic.DateAndTime.DateDiff``; the rules
    give every value that functions-for-customizing-application-data.md prints.

    Example:
        >>> a, b = parse_cdate("8/25/2021 5:41:18 PM"), parse_cdate("2012-03-16-07:00")
        >>> [date_diff(name, a, b) for name in ("yyyy", "m", "ww", "d")]
        [-9, -113, -493, -3449]
    """
    name = _interval(interval)
    first, second = _ticks.utc_ticks(a), _ticks.utc_ticks(b)
    if name in _MONTHS:
        one, two = _ticks.from_ticks(first), _ticks.from_ticks(second)
        if name == "yyyy":
            return two.year - one.year
        if name == "q":
            return (two.year - one.year) * 4 + (two.month - 1) // 3 - (one.month - 1) // 3
        return (two.year - one.year) * _MONTHS_PER_YEAR + two.month - one.month
    if name == "ww":
        return _cut(_week_start(second) - _week_start(first), _FIXED["ww"])
    if name == "w":
        return _cut(second - first, _FIXED["ww"])
    return _cut(second - first, _FIXED[name])


def _week_start(ticks: int) -> int:
    """Return the ticks of the Sunday of that week, at the same time of day."""
    # 0001-01-01 was a Monday.
    return ticks - (ticks // _ticks.TICKS_PER_DAY + 1) % 7 * _ticks.TICKS_PER_DAY


def _cut(number: int, unit: int) -> int:
    return number // unit if number >= 0 else -(-number // unit)


def _interval(interval: str) -> str:
    name = interval.casefold()
    if name in INTERVALS:
        return name
    near = difflib.get_close_matches(name[:40], INTERVALS, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    known = ", ".join(INTERVALS)
    raise ValueError(f"{shown(interval)} is no interval{hint} (known: {known}; n is minutes)")


def _day_number(year: int, month: int, day: int) -> int:
    return dt.date(year, month, day).toordinal()


def _days_in_month(year: int, month: int) -> int:
    if month == _MONTHS_PER_YEAR:
        return 31
    return _day_number(year, month + 1, 1) - _day_number(year, month, 1)


def to_filetime(dt: dt.datetime) -> int:
    """Return the Windows FILETIME of a moment.

    Args:
        dt: the moment; UTC where it has no zone.

    Returns:
        the number of 100 ns since 1601-01-01 UTC.

    Raises:
        ValueError: before 1601.

    Source: Microsoft Learn, ``DateTime.ToFileTimeUtc``.

    Example:
        >>> to_filetime(parse_cdate("2012-01-01T23:00:00Z"))
        129699324000000000
    """
    count = _ticks.utc_ticks(dt) - _FILETIME_EPOCH
    if count < 0:
        raise ValueError(
            f"the year {dt.year} is before 1601, where FILETIME begins: it has no such number"
        )
    return count


def from_filetime(number: int) -> dt.datetime:
    """Return the moment of a Windows FILETIME.

    Args:
        number: the number of 100 ns since 1601-01-01 UTC.

    Returns:
        the moment in UTC.

    Raises:
        ValueError: the number is negative or lies after year 9999, such as
            0x7FFFFFFFFFFFFFFF, which Active Directory writes for "never".

    Source: Microsoft Learn, ``DateTime.FromFileTimeUtc``.

    Example:
        >>> from_filetime(129699324000000000).isoformat()
        '2012-01-01T23:00:00+00:00'
    """
    if number == _NEVER:
        raise ValueError(
            f"{number} (0x7FFFFFFFFFFFFFFF) means never in Active Directory: it is no date"
        )
    if not 0 <= number <= _ticks.MAX_TICKS - _FILETIME_EPOCH:
        raise ValueError(f"{number} is no FILETIME between the years 1601 and 9999")
    return _ticks.from_ticks(number + _FILETIME_EPOCH)
