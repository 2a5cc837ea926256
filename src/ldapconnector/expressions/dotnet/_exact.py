"""``DateTime.ParseExact``: one text, one format, one answer."""

from __future__ import annotations

import datetime as dt
from typing import Final, NoReturn

from ldapconnector.expressions.dotnet import _formats, _ticks
from ldapconnector.expressions.dotnet._cultures import INVARIANT, Culture
from ldapconnector.expressions.dotnet._shortcut import Shortcut, shortcut_of
from ldapconnector.expressions.dotnet._shown import shown
from ldapconnector.expressions.dotnet._styles import ASSUMPTIONS, Styles
from ldapconnector.expressions.dotnet.white_space import WHITE_SPACE, trim

TWO_DIGIT_YEAR_MAX: Final = 2049
"""The last year that two digits can mean (``Calendar.TwoDigitYearMax``)."""

_MAX_OFFSET: Final = 14 * 60
_NAMED: Final = 3
_NOON: Final = 12


def parse(
    text: str, format_: str, *, styles: Styles, culture: Culture, now: dt.datetime | None
) -> dt.datetime:
    """Read `text` by `format_`; see :func:`~ldapconnector.expressions.dotnet.dates.parse_exact`."""
    if not format_:
        raise ValueError("the date format is empty: there is nothing to read by")
    if not text:
        raise ValueError("the date is empty")
    used = INVARIANT if format_ in {"o", "O", "r", "R", "s", "u"} else culture
    reader = _Reader(text, format_, styles, used)
    if used is INVARIANT:
        shortcut = shortcut_of(format_)
        if shortcut is not None and reader.read_at_once(shortcut):
            return reader.moment(now)
    if format_ == "U":
        reader.zone(0, utc=True)
    reader.read(_formats.tokenise(_formats.expand(format_, used)))
    return reader.moment(now)


class _Reader:
    """Walks over the text, token by token, and gathers the fields of the date."""

    def __init__(self, text: str, format_: str, styles: Styles, culture: Culture) -> None:
        self.text = text
        self.format = format_
        self.styles = styles
        self.culture = culture
        self.at = 0
        self.fields: dict[str, int] = {}
        self.two_digit_year = False
        self.half_day = False
        self.afternoon: bool | None = None
        self.offset: int | None = None
        self.is_utc = False

    def fail(self, why: str) -> NoReturn:
        raise ValueError(f"{shown(self.text)} is no date of the format {shown(self.format)}: {why}")

    def expected(self, what: str) -> NoReturn:
        rest = self.text[self.at : self.at + 12]
        found = f"{rest!r} stands" if rest else "the text ends"
        self.fail(f"{found} where {what} is expected, at position {self.at + 1}")

    def read_at_once(self, shortcut: Shortcut) -> bool:
        """Read the whole text by one pattern; nothing has happened where it does not fit."""
        match = shortcut.pattern.fullmatch(self.text)
        if match is None:
            return False
        found = match.groupdict()
        mark = found.pop("mark", None)
        if mark is not None:
            self.afternoon = mark in "pP"
        if "fraction" in found:
            found["fraction"] = found["fraction"].ljust(7, "0")
        self.fields = {field: int(digits) for field, digits in found.items()}
        self.two_digit_year = shortcut.two_digit_year
        self.half_day = shortcut.half_day
        if shortcut.utc:
            self.zone(0, utc=True)
        return True

    # -- the walk -----------------------------------------------------------------------

    def read(self, tokens: tuple[_formats.Token, ...]) -> None:
        end = len(tokens)
        start = 0
        if self.styles & Styles.ALLOW_TRAILING_WHITE:
            self.text = self.text.rstrip()
            tokens = _trim_tail(tokens)
            end = len(tokens)
        if self.styles & Styles.ALLOW_LEADING_WHITE:
            self.skip_spaces()
            tokens = _trim_head(tokens)
            end = len(tokens)
        inner = bool(self.styles & Styles.ALLOW_INNER_WHITE)
        index = start
        while index < end:
            if inner:
                self.skip_spaces()
            index += self.token(tokens, index)
        if self.at < len(self.text):
            self.fail(f"{self.text[self.at :][:20]!r} is left over")

    def token(self, tokens: tuple[_formats.Token, ...], index: int) -> int:
        """Read one token and return how many of them it used up."""
        token = tokens[index]
        match token.kind:
            case "":
                return self.plain(tokens, index)
            case "'":
                self.quotation(token.text)
            case "\\":
                self.literal(token.text)
            case "y":
                self.two_digit_year = self.two_digit_year or token.count <= 2
                self.keep("year", self.digits(token.count))
            case "M":
                if token.count < _NAMED:
                    self.keep("month", self.digits(token.count))
                else:
                    culture = self.culture
                    names = culture.short_months if token.count == _NAMED else culture.months
                    self.keep("month", self.name(names, "a month's name") + 1)
            case "d":
                if token.count < _NAMED:
                    self.keep("day", self.digits(token.count))
                else:
                    culture = self.culture
                    days = culture.short_days if token.count == _NAMED else culture.days
                    self.keep("weekday", self.name(days, "a day's name"))
            case "g":
                self.name((self.culture.era,), "an era")
            case "h":
                self.half_day = True
                self.keep("hour", self.digits(min(token.count, 2)))
            case "H":
                self.keep("hour", self.digits(min(token.count, 2)))
            case "m":
                self.keep("minute", self.digits(min(token.count, 2)))
            case "s":
                self.keep("second", self.digits(min(token.count, 2)))
            case "f" | "F":
                self.fraction(token)
            case "t":
                self.time_mark(token.count)
            case "z":
                self.zone(self.signed_offset(token.count))
            case "K":
                self.kind()
            case ":":
                self.separator(":", self.culture.time_separator)
            case _:
                self.separator("/", self.culture.date_separator)
        return 1

    def plain(self, tokens: tuple[_formats.Token, ...], index: int) -> int:
        letter = tokens[index].text
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if letter == "Z":
            if not (self.accept("GMT") or self.accept("Z")):
                self.expected("Z")
            self.zone(0, utc=True)
            return 1
        if letter == "." and not self.text.startswith(".", self.at):
            # A point before `F` is as optional as the digits after it.
            if following is not None and following.kind == "F":
                return 2
            self.expected("'.'")
        if letter == " ":
            if self.styles & Styles.ALLOW_INNER_WHITE or self.accept(" "):
                return 1
            if self.styles & Styles.ALLOW_TRAILING_WHITE and following is not None:
                # The text's own trailing space was cut off, and what follows may be empty
                # in this culture, such as the mark of the forenoon.
                return 1
            self.expected("a space")
        if letter == "G" and _spells_gmt(tokens, index):
            if not self.accept("GMT"):
                self.expected("GMT")
            self.zone(0)
            return 3
        self.literal(letter)
        return 1

    # -- pieces of text -----------------------------------------------------------------

    def skip_spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in WHITE_SPACE:
            self.at += 1

    def accept(self, word: str) -> bool:
        """Step over the word if it stands here, in whatever case."""
        here = self.text[self.at : self.at + len(word)]
        if here.casefold() != word.casefold():
            return False
        self.at += len(word)
        return True

    def literal(self, letter: str) -> None:
        if not self.text.startswith(letter, self.at):
            self.expected(repr(letter))
        self.at += len(letter)

    def quotation(self, text: str) -> None:
        for letter in text:
            if letter == " " and self.styles & Styles.ALLOW_INNER_WHITE:
                self.skip_spaces()
            else:
                self.literal(letter)

    def separator(self, sign: str, own: str) -> None:
        if self.text.startswith(sign, self.at):
            self.at += len(sign)
        else:
            self.literal(own)

    def run_of_digits(self, most: int) -> str:
        end = self.at
        while end < len(self.text) and end - self.at < most and "0" <= self.text[end] <= "9":
            end += 1
        found = self.text[self.at : end]
        self.at = end
        return found

    def digits(self, count: int) -> int:
        """Read a number: one or two digits where `count` is 1, else exactly so many."""
        start = self.at
        found = self.run_of_digits(2 if count == 1 else count)
        if len(found) < count:
            self.at = start
            self.expected("a number" if count == 1 else f"a number of {count} digits")
        return int(found)

    def fraction(self, token: _formats.Token) -> None:
        start = self.at
        found = self.run_of_digits(token.count)
        if token.kind == "f" and len(found) < token.count:
            self.at = start
            self.expected(f"a fraction of {token.count} digits")
        self.keep("fraction", int(found.ljust(7, "0")))

    def name(self, names: tuple[str, ...], what: str) -> int:
        best = -1
        for index, name in enumerate(names):
            here = self.text[self.at : self.at + len(name)].casefold()
            if here == name.casefold() and (best < 0 or len(name) > len(names[best])):
                best = index
        if best < 0:
            self.expected(what)
        self.at += len(names[best])
        return best

    def time_mark(self, count: int) -> None:
        marks = (self.culture.am, self.culture.pm)
        if count == 1:
            marks = (marks[0][:1], marks[1][:1])
        if not any(marks):
            return
        for afternoon, mark in enumerate(marks):
            if self.accept(mark):
                if self.afternoon not in {None, bool(afternoon)}:
                    self.fail("it says both AM and PM")
                self.afternoon = bool(afternoon)
                return
        self.expected(f"{marks[0]} or {marks[1]}")

    # -- zones --------------------------------------------------------------------------

    def signed_offset(self, count: int) -> int:
        """Return the minutes of ``+h``, ``+hh`` or ``+hh:mm``."""
        sign = self.text[self.at : self.at + 1]
        if sign not in {"+", "-"}:
            self.expected("an offset such as +01:00")
        self.at += 1
        minutes = 60 * self.digits(min(count, 2) if count < _NAMED else 1)
        if count >= _NAMED:
            self.accept(":")
            rest = self.digits(2)
            if rest >= 60:
                self.fail("an offset has at most 59 minutes")
            minutes += rest
        return -minutes if sign == "-" else minutes

    def kind(self) -> None:
        if self.text.startswith("Z", self.at):
            self.at += 1
            self.zone(0, utc=True)
        elif self.text[self.at : self.at + 1] in {"+", "-"}:
            self.zone(self.signed_offset(_NAMED))

    def zone(self, minutes: int, *, utc: bool = False) -> None:
        if self.offset is not None and self.offset != minutes:
            self.fail("it names two different time zones")
        if abs(minutes) > _MAX_OFFSET:
            self.fail("an offset has at most 14 hours")
        self.offset = minutes
        self.is_utc = self.is_utc or utc

    # -- the outcome --------------------------------------------------------------------

    def keep(self, field: str, value: int) -> None:
        if self.fields.setdefault(field, value) != value:
            self.fail(f"it gives two different values for the {field}")

    def moment(self, now: dt.datetime | None) -> dt.datetime:
        year, month, day = self.date(now)
        hour = self.hour()
        minute, second = self.fields.get("minute", 0), self.fields.get("second", 0)
        try:
            moment = dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
        except ValueError as error:
            self.fail(str(error))
        weekday = self.fields.get("weekday")
        if weekday is not None and weekday != moment.isoweekday() % 7:
            self.fail(f"{moment:%d.%m.}{year:04d} is no {self.culture.days[weekday]}")
        ticks = _ticks.wall_ticks(moment) + self.fields.get("fraction", 0)
        return self.in_zone(ticks)

    def date(self, now: dt.datetime | None) -> tuple[int, int, int]:
        year, month, day = (self.fields.get(name) for name in ("year", "month", "day"))
        if year is not None and self.two_digit_year:
            if year > 99:
                self.fail("the format has both a short and a long year")
            century = TWO_DIGIT_YEAR_MAX // 100
            year += 100 * (century if year <= TWO_DIGIT_YEAR_MAX % 100 else century - 1)
        if year is None:
            if month is None and day is None and self.styles & Styles.NO_CURRENT_DATE_DEFAULT:
                return 1, 1, 1
            if now is None:
                self.fail("the format has no year, and the current one was not given")
            year = now.year
            if month is None and day is None:
                month, day = now.month, now.day
        return year, 1 if month is None else month, 1 if day is None else day

    def hour(self) -> int:
        hour = self.fields.get("hour", 0)
        if self.half_day:
            if hour > _NOON:
                self.fail(f"{hour} is no hour of a 12-hour clock (the format says h, not H)")
            return hour % _NOON + (_NOON if self.afternoon else 0)
        if self.afternoon is not None and self.afternoon != (hour >= _NOON):
            self.fail(f"hour {hour} and its mark AM or PM contradict one another")
        return hour

    def in_zone(self, ticks: int) -> dt.datetime:
        adjust = bool(self.styles & Styles.ADJUST_TO_UNIVERSAL)
        if self.offset is None:
            if self.styles & ASSUMPTIONS:
                return _ticks.from_ticks(ticks, _ticks.UTC if adjust else _ticks.LOCAL)
            return _ticks.from_ticks(ticks, None)
        utc = adjust or (self.is_utc and bool(self.styles & Styles.ROUNDTRIP_KIND))
        zone = _ticks.UTC if utc else _ticks.LOCAL
        try:
            return _ticks.from_ticks(ticks - self.offset * _ticks.TICKS_PER_MINUTE, zone)
        except ValueError as error:
            self.fail(str(error))


def _spells_gmt(tokens: tuple[_formats.Token, ...], index: int) -> bool:
    """Tell whether the format says GMT here, which .NET reads as a word and not as a month."""
    following = [(token.kind, token.count, token.text) for token in tokens[index + 1 : index + 3]]
    return following == [("M", 1, ""), ("", 1, "T")]


def _trim_tail(tokens: tuple[_formats.Token, ...]) -> tuple[_formats.Token, ...]:
    end = len(tokens)
    while end and tokens[end - 1].kind in {"", "'"} and not trim(tokens[end - 1].text):
        end -= 1
    return tokens[:end]


def _trim_head(tokens: tuple[_formats.Token, ...]) -> tuple[_formats.Token, ...]:
    start = 0
    while start < len(tokens) and tokens[start].kind in {"", "'"} and not trim(tokens[start].text):
        start += 1
    return tokens[start:]
