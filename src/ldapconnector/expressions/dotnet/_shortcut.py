"""Date formats of digits and literals, as one regular expression each."""

from __future__ import annotations

import functools
import re
from typing import Final

import attrs

from ldapconnector.expressions.dotnet import _formats
from ldapconnector.expressions.dotnet._cultures import INVARIANT

_NAMED: Final = 3


@attrs.frozen(kw_only=True)
class Shortcut:
    """A format of digits and literals as one regular expression.

    Attributes:
        pattern: what fits it and no other; a text that does not fit may still be a date.
        two_digit_year: whether the year has one or two digits.
        half_day: whether the hour is that of a 12-hour clock.
        utc: whether it ends with a ``Z``.
    """

    pattern: re.Pattern[str]
    two_digit_year: bool
    half_day: bool
    utc: bool


_FIELDS: Final = {
    "y": "year",
    "M": "month",
    "d": "day",
    "H": "hour",
    "h": "hour",
    "m": "minute",
    "s": "second",
    "f": "fraction",
}


@functools.lru_cache(maxsize=256)
def shortcut_of(format_: str) -> Shortcut | None:
    """Return the one pattern of a format without names, zones and repeated fields, if it has one.

    Each piece takes the digits that the walk over the tokens would take (a number of one or
    two digits never gives one back), so both read the same.
    """
    tokens = _formats.tokenise(_formats.expand(format_, INVARIANT))
    pieces: list[str] = []
    seen: set[str] = set()
    for token in tokens:
        kind, count = token.kind, token.count
        field = _FIELDS.get(kind)
        if kind == "t" and count > 1:
            piece, field = "(?P<mark>[AaPp])[Mm]", "mark"
        elif kind == "" and token.text == "Z":
            piece, field = "Z", "zone"
        elif kind in {":", "/"}:
            piece = kind
        elif kind in {"", "'", "\\"} and token.text != "G":
            piece = re.escape(token.text)
        elif field is None or (kind in "Md" and count >= _NAMED):
            return None
        else:
            digits = count if kind in "yf" else min(count, 2)
            amount = "{1,2}+" if digits == 1 and kind != "f" else f"{{{digits}}}"
            piece = f"(?P<{field}>[0-9]{amount})"
        if field is not None:
            if field in seen:
                return None
            seen.add(field)
        pieces.append(piece)
    kinds = {token.kind: token.count for token in tokens}
    return Shortcut(
        pattern=re.compile("".join(pieces)),
        two_digit_year=kinds.get("y", _NAMED) < _NAMED,
        half_day="h" in kinds,
        utc="zone" in seen,
    )
