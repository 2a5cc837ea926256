"""A .NET date format string as tokens: the part that formatting and parsing share.

Source: Microsoft Learn, "Custom date and time format strings" and "Standard date and
time format strings".
"""

from __future__ import annotations

import functools
from typing import Final

import attrs

from ldapconnector.expressions.dotnet._cultures import Culture

SPECIFIERS: Final = frozenset("dfFgHhKMmstyz:/")
_SINGLE: Final = frozenset("K:/")
_MAX_FRACTION: Final = 7
LONGEST_FORMAT: Final = 1_000

ROUND_TRIP: Final = "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK"
RFC1123: Final = "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'"
SORTABLE: Final = "yyyy'-'MM'-'dd'T'HH':'mm':'ss"
UNIVERSAL_SORTABLE: Final = "yyyy'-'MM'-'dd HH':'mm':'ss'Z'"

STANDARD: Final = "dDfFgGmMoOrRstTuUyY"


@attrs.frozen
class Token:
    r"""One piece of a format.

    Attributes:
        kind: a specifier letter, ``'`` for quoted text, ``\`` for one escaped
            character, or an empty string for a character that stands for itself.
        count: how often the specifier letter is repeated.
        text: the text of a literal.
    """

    kind: str
    count: int
    text: str


def expand(format_: str, culture: Culture) -> str:
    """Return the custom format that a standard format letter stands for.

    Args:
        format_: a .NET format string; empty means ``G``.
        culture: whose patterns apply.

    Returns:
        the custom format; a format of more than one character comes back unchanged.

    Raises:
        ValueError: a single character that is no standard format, or a format of over
            :data:`LONGEST_FORMAT` characters.
    """
    if len(format_) > LONGEST_FORMAT:
        raise ValueError(
            f"the date format has {len(format_)} characters; {LONGEST_FORMAT} are the most"
        )
    if len(format_) > 1:
        return format_
    match format_ or "G":
        case "d":
            return culture.short_date
        case "D":
            return culture.long_date
        case "f":
            return f"{culture.long_date} {culture.short_time}"
        case "F" | "U":
            return f"{culture.long_date} {culture.long_time}"
        case "g":
            return f"{culture.short_date} {culture.short_time}"
        case "G":
            return f"{culture.short_date} {culture.long_time}"
        case "m" | "M":
            return culture.month_day
        case "o" | "O":
            return ROUND_TRIP
        case "r" | "R":
            return RFC1123
        case "s":
            return SORTABLE
        case "t":
            return culture.short_time
        case "T":
            return culture.long_time
        case "u":
            return UNIVERSAL_SORTABLE
        case "y" | "Y":
            return culture.year_month
        case _:
            raise ValueError(
                f"{format_!r} is no standard date format: one of {', '.join(STANDARD)}, or a "
                f"custom format such as yyyy-MM-dd (one custom letter alone: %{format_})"
            )


@functools.lru_cache(maxsize=512)
def tokenise(format_: str) -> tuple[Token, ...]:
    r"""Split a custom format into tokens.

    Args:
        format_: the custom format, at least one character.

    Returns:
        its tokens, in order.

    Raises:
        ValueError: an unclosed quotation, a trailing ``\`` or ``%``, ``%%``, or more
            than seven ``f`` or ``F``.
    """
    tokens: list[Token] = []
    index = 0
    end = len(format_)
    while index < end:
        letter = format_[index]
        if letter in SPECIFIERS:
            stop = index + 1
            while stop < end and letter not in _SINGLE and format_[stop] == letter:
                stop += 1
            count = stop - index
            if letter in "fF" and count > _MAX_FRACTION:
                raise ValueError(
                    f"{letter * count!r} at position {index + 1} of the date format: a second "
                    f"has at most {_MAX_FRACTION} decimal digits"
                )
            tokens.append(Token(letter, count, ""))
            index = stop
        elif letter in "'\"":
            text, index = _quotation(format_, index)
            tokens.append(Token("'", 1, text))
        elif letter == "\\":
            if index + 1 >= end:
                raise ValueError("the date format ends with a backslash that escapes nothing")
            tokens.append(Token("\\", 1, format_[index + 1]))
            index += 2
        elif letter == "%":
            if index + 1 >= end or format_[index + 1] == "%":
                raise ValueError(
                    f"'%' at position {index + 1} of the date format must stand before one "
                    "specifier letter"
                )
            index += 1
        else:
            tokens.append(Token("", 1, letter))
            index += 1
    return tuple(tokens)


def _quotation(format_: str, start: int) -> tuple[str, int]:
    """Return the quoted text that begins at `start` and the index after it."""
    quote = format_[start]
    pieces: list[str] = []
    index = start + 1
    while index < len(format_):
        letter = format_[index]
        if letter == quote:
            return "".join(pieces), index + 1
        if letter == "\\":
            index += 1
            if index >= len(format_):
                break
            letter = format_[index]
        pieces.append(letter)
        index += 1
    raise ValueError(f"the quotation at position {start + 1} of the date format is not closed")
