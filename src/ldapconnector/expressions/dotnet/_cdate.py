"""``CDate``: the date forms that are read without being told the format."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from ldapconnector.expressions.dotnet import _ticks
from ldapconnector.expressions.dotnet._cultures import INVARIANT
from ldapconnector.expressions.dotnet._exact import TWO_DIGIT_YEAR_MAX
from ldapconnector.expressions.dotnet.white_space import trim

_MONTHS: Final = {
    name.casefold(): number
    for names in (INVARIANT.months, INVARIANT.short_months)
    for number, name in enumerate(names, 1)
}
_WEEKDAYS: Final = {
    name.casefold(): number
    for names in (INVARIANT.days, INVARIANT.short_days)
    for number, name in enumerate(names)
}

_TIME: Final = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,32}))?)?"
    r"(?:\s?(?P<mark>[AaPp])\.?[Mm]?\.?)?"
)
_HOUR_ONLY: Final = r"(?P<hour12>\d{1,2})\s?(?P<mark12>[AaPp])[Mm]"
_ZONE: Final = r"(?P<zone>[Zz]|GMT|UTC|[+-]\d{1,2}(?::?\d{2})?)"
_WEEKDAY: Final = r"(?:(?P<weekday>[A-Za-z]{3,9})\s*,?\s+)?"
_CLOCK: Final = rf"(?:{_TIME}|{_HOUR_ONLY})"
_TAIL: Final = rf"(?:(?:\s+|\s*,\s*){_CLOCK})?(?:\s*{_ZONE})?"
# The T of ISO 8601 stands after a date with the year first, and only there.
_ISO_TAIL: Final = rf"(?:(?:\s*[Tt]\s*|\s+|\s*,\s*){_CLOCK})?(?:\s*{_ZONE})?"

_FORMS: Final = tuple(
    re.compile(rf"{_WEEKDAY}{date}{tail}", re.ASCII)
    for date, tail in (
        (r"(?P<year>\d{4})(?P<cut>[-/.])(?P<month>\d{1,2})(?P=cut)(?P<day>\d{1,2})", _ISO_TAIL),
        (r"(?P<month>\d{1,2})(?P<cut>[-/.])(?P<day>\d{1,2})(?P=cut)(?P<year>\d{4}|\d{2})", _TAIL),
        (
            r"(?P<day>\d{1,2})(?:\s+|-)(?P<name>[A-Za-z]{3,9})\.?(?:\s*,?\s+|-)(?P<year>\d{4}|\d{2})",
            _TAIL,
        ),
        (r"(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:\s*,\s*|\s+)(?P<year>\d{4})", _TAIL),
        (r"(?P<year>\d{4})(?:\s+|-)(?P<name>[A-Za-z]{3,9})(?:\s+|-)(?P<day>\d{1,2})", _TAIL),
        (r"(?P<year>\d{4})-(?P<month>\d{2})", _ISO_TAIL),
        (r"(?P<name>[A-Za-z]{3,9})\.?\s*,?\s+(?P<year>\d{4})", _TAIL),
    )
)
_COMPACT: Final = re.compile(r"\d{8,14}(?:[.,]\d+)?Z?", re.ASCII)
_LONGEST: Final = 200
_NOON: Final = 12


def parse(text: str) -> dt.datetime:
    """Read a date; see :func:`~ldapconnector.expressions.dotnet.dates.parse_cdate`."""
    stripped = trim(text)
    shown = stripped if len(stripped) <= _LONGEST else stripped[:40] + "..."
    if not stripped:
        raise ValueError("the date is empty")
    match = None
    if len(stripped) <= _LONGEST:
        for form in _FORMS:
            match = form.fullmatch(stripped)
            if match is not None:
                break
    if match is None:
        raise ValueError(
            f"{shown!r} is no date that can be read without its format; {_advice(shown)}"
        )
    try:
        return _moment({key: value for key, value in match.groupdict().items() if value})
    except ValueError as error:
        raise ValueError(f"{shown!r} is no date: {error}") from None


def _advice(text: str) -> str:
    if _COMPACT.fullmatch(text):
        return 'name its format: FormatDateTime(source, , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")'
    return "write 2021-08-24, 2021-08-24T17:41:18+02:00 or 8/24/2021 5:41:18 PM"


def _moment(found: dict[str, str]) -> dt.datetime:
    year = _year(found["year"])
    month = int(found["month"]) if "month" in found else _MONTHS.get(found["name"].casefold(), 0)
    if not month:
        what = repr(found["name"]) if "name" in found else "0"
        raise ValueError(f"{what} is no month")
    hour = _hour(found)
    minute, second = int(found.get("minute", 0)), int(found.get("second", 0))
    day = int(found.get("day", 1))
    if month > 12:
        raise ValueError(f"there is no month {month} (the month stands before the day)")
    moment = dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    if "weekday" in found:
        weekday = _WEEKDAYS.get(found["weekday"].casefold())
        if weekday is None:
            raise ValueError(f"{found['weekday']!r} is no day of the week")
        if weekday != moment.isoweekday() % 7:
            raise ValueError(f"it was no {INVARIANT.days[weekday]}")
    ticks = _ticks.wall_ticks(moment) + int(found.get("fraction", "")[:7].ljust(7, "0"))
    return _ticks.from_ticks(ticks - _offset(found.get("zone", "Z")) * _ticks.TICKS_PER_MINUTE)


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    century = TWO_DIGIT_YEAR_MAX // 100
    return year + 100 * (century if year <= TWO_DIGIT_YEAR_MAX % 100 else century - 1)


def _hour(found: dict[str, str]) -> int:
    hour = int(found.get("hour") or found.get("hour12") or 0)
    mark = (found.get("mark") or found.get("mark12") or "").casefold()
    if not mark:
        return hour
    if not 0 <= hour <= _NOON:
        raise ValueError(f"{hour} is no hour of a 12-hour clock")
    return hour % _NOON + (_NOON if mark == "p" else 0)


def _offset(zone: str) -> int:
    """Return the minutes of an offset."""
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > 14 * 60:
        raise ValueError(f"{zone} is no offset between -14:00 and +14:00")
    return -total if zone[0] == "-" else total
