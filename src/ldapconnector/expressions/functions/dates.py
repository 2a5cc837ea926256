"""Dates. Between functions a date is text, ``M/d/yyyy h:mm:ss tt`` in UTC, as the service has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

import attrs

from ldapconnector.expressions._run import Run
from ldapconnector.expressions._signature import Kind, date, integer, optional, text
from ldapconnector.expressions._values import ArgumentError
from ldapconnector.expressions.dotnet import dates
from ldapconnector.expressions.functions._define import builtin

__all__ = ["FORMAT_KNOWN_DATE", "FUNCTIONS"]

_T = TypeVar("_T")


def _guarded(parameter: str, act: Callable[[], _T]) -> _T:
    """Name the parameter that a date rule refuses."""
    try:
        return act()
    except (ValueError, OverflowError) as error:
        raise ArgumentError(parameter, str(error)) from None


def parsed(parameter: str, value: str) -> datetime:
    """Read a date as CDate does; the two commonest forms without a detour."""
    found = _OWN.fullmatch(value)
    try:
        if found is not None:
            month, day, year, hour, minute, second = map(int, found.groups()[:-1])
            if 1 <= hour <= _NOON:
                hour = hour % _NOON + (_NOON if found[7] == "PM" else 0)
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        elif (found := _ISO.fullmatch(value)) is not None:
            year, month, day = map(int, found.groups())
            return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        pass  # no such day: the long way says so
    return _guarded(parameter, lambda: dates.parse_cdate(value))


#: What :func:`shown` writes, and a date of ISO 8601.
_OWN: Final = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2}):([0-9]{2}) (AM|PM)"
)
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_NOON: Final = 12


def shown(moment: datetime) -> str:
    """Write a date in UTC as the service does: ``M/d/yyyy h:mm:ss tt``."""
    hour = moment.hour
    return (
        f"{moment.month}/{moment.day}/{moment.year:04} {hour % _NOON or _NOON}:"
        f"{moment.minute:02}:{moment.second:02} {'AM' if hour < _NOON else 'PM'}"
    )


@builtin(
    "CDate",
    date("Expression", graph="source"),
    result=Kind.DATE,
    null_to_null=True,
    example=('CDate("2021-06-30+08:00")', "6/29/2021 4:00:00 PM"),
)
def c_date(value: str) -> str:
    """Give a date, in UTC, from text; without an offset the text is taken as UTC."""
    return shown(parsed("Expression", value))


@builtin("Now", result=Kind.DATE, pure=False, needs_run=True, example=("Left(Now(), 0)", ""))
def now(run: Run) -> str:
    """Give the present moment in UTC."""
    return shown(run.now())


@builtin(
    "DateAdd",
    text("interval"),
    integer("value"),
    date("dateTime"),
    result=Kind.DATE,
    example=('DateAdd("ww", 2, CDate("2012-03-16"))', "3/30/2012 12:00:00 AM"),
)
def date_add(interval: str | None, amount: int, value: str | None) -> str | None:
    """Add years (yyyy), months (m), days (d), weeks (ww), hours (h), minutes (n) or seconds (s)."""
    if value is None:
        return None
    moment = parsed("dateTime", value)
    _known(interval)
    return _guarded("value", lambda: shown(dates.date_add(interval or "", amount, moment)))


@builtin(
    "DateDiff",
    text("interval"),
    date("date1"),
    date("date2"),
    result=Kind.INTEGER,
    example=('DateDiff("d", CDate("2021-08-18"), CDate("2021-08-31"))', "13"),
)
def date_diff(interval: str | None, first: str | None, second: str | None) -> str:
    """Count intervals from the first date to the second, by Visual Basic's rules."""
    _known(interval)
    if first is None:
        raise ArgumentError("date1", _NO_DATE)
    if second is None:
        raise ArgumentError("date2", _NO_DATE)
    start, end = parsed("date1", first), parsed("date2", second)
    return str(_guarded("interval", lambda: dates.date_diff(interval or "", start, end)))


_NO_DATE: Final = "there is no date; guard it with IIF(IsPresent(x), ..., ...)"


def _known(interval: str | None) -> None:
    if (interval or "") not in dates.INTERVALS:
        raise ArgumentError(
            "interval", "this is no interval; use yyyy, m, d, ww, h, n (minutes) or s"
        )


@builtin(
    "DateFromNum",
    integer("value"),
    result=Kind.DATE,
    null_to_null=True,
    example=("DateFromNum(129699324000000000)", "1/1/2012 11:00:00 PM"),
)
def date_from_num(value: int) -> str:
    """Give the date of a Windows file time: 100 nanoseconds since 1601 in UTC."""
    return shown(_guarded("value", lambda: dates.from_filetime(value)))


@builtin(
    "NumFromDate",
    date("value"),
    result=Kind.INTEGER,
    null_to_null=True,
    example=('NumFromDate("2020-12-31 23:59:59-08:00")', "132539615990000000"),
)
def num_from_date(value: str) -> str:
    """Give the Windows file time of a date: 100 nanoseconds since 1601 in UTC."""
    moment = parsed("value", value)
    return str(_guarded("value", lambda: dates.to_filetime(moment)))


@builtin(
    "FormatDateTime",
    text("source"),
    optional(text("dateTimeStyles")),
    text("inputFormat"),
    text("outputFormat"),
    null_to_null=True,
    needs_run=True,
    example=(
        'FormatDateTime("20150123105347.1Z", , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")',
        "2015-01-23",
    ),
)
def format_date_time(
    run: Run,
    source: str,
    styles: str | None,
    input_format: str | None,
    output_format: str | None,
) -> str:
    """Write a date of one .NET format in another.

    The older form of three arguments leaves the styles out:
    ``FormatDateTime(source, inputFormat, outputFormat)``.
    """
    chosen = styles or dates.DEFAULT_STYLES
    moment = _guarded(
        "source",
        lambda: dates.parse_exact(source, input_format or "", styles=chosen, now=run.now()),
    )
    return _guarded("outputFormat", lambda: dates.format_date(moment, output_format or ""))


def _format_known_date(
    run: Run,
    source: str,
    styles: str | None,
    input_format: str | None,
    output_format: str | None,
) -> str:
    try:
        return format_date_time.call(run, source, styles, input_format, output_format)  # type: ignore[no-any-return]
    except ArgumentError as error:
        if error.parameter != "source" or _OWN.fullmatch(source) is None:
            raise
        return format_date_time.call(  # type: ignore[no-any-return]
            run, source, styles, dates.DEFAULT_OUTPUT, output_format
        )


#: FormatDateTime of another date function: a date that its input format does not describe is
#: known all the same. Source: CDate, "it can be used within date functions such as
#: FormatDateTime", and a published expression that reads DateAdd's result as yyyy-MM-dd.
FORMAT_KNOWN_DATE: Final = attrs.evolve(format_date_time, call=_format_known_date)

FUNCTIONS: Final = (
    c_date,
    now,
    date_add,
    date_diff,
    date_from_num,
    num_from_date,
    format_date_time,
)
