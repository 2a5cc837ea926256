"""``DateTimeStyles`` by its names."""

from __future__ import annotations

import difflib
import enum
import functools
from typing import Final

from ldapconnector.expressions.dotnet._shown import shown

DEFAULT_STYLES: Final = "RoundtripKind | AllowLeadingWhite | AllowTrailingWhite"
"""What ``FormatDateTime`` uses when its second argument is empty."""


class Styles(enum.IntFlag):
    """.NET's ``DateTimeStyles`` under its own names and numbers."""

    NONE = 0
    ALLOW_LEADING_WHITE = 1
    ALLOW_TRAILING_WHITE = 2
    ALLOW_INNER_WHITE = 4
    NO_CURRENT_DATE_DEFAULT = 8
    ADJUST_TO_UNIVERSAL = 16
    ASSUME_LOCAL = 32
    ASSUME_UNIVERSAL = 64
    ROUNDTRIP_KIND = 128


_NAMES: Final = {
    "None": Styles.NONE,
    "AllowLeadingWhite": Styles.ALLOW_LEADING_WHITE,
    "AllowTrailingWhite": Styles.ALLOW_TRAILING_WHITE,
    "AllowInnerWhite": Styles.ALLOW_INNER_WHITE,
    "AllowWhiteSpaces": (
        Styles.ALLOW_LEADING_WHITE | Styles.ALLOW_TRAILING_WHITE | Styles.ALLOW_INNER_WHITE
    ),
    "NoCurrentDateDefault": Styles.NO_CURRENT_DATE_DEFAULT,
    "AdjustToUniversal": Styles.ADJUST_TO_UNIVERSAL,
    "AssumeLocal": Styles.ASSUME_LOCAL,
    "AssumeUniversal": Styles.ASSUME_UNIVERSAL,
    "RoundtripKind": Styles.ROUNDTRIP_KIND,
}
_FOLDED: Final = {name.casefold(): (name, flag) for name, flag in _NAMES.items()}
ASSUMPTIONS: Final = Styles.ASSUME_LOCAL | Styles.ASSUME_UNIVERSAL


@functools.lru_cache(maxsize=64)
def styles_of(names: str) -> Styles:
    """Read names of ``DateTimeStyles``.

    Args:
        names: such as ``AssumeUniversal | AdjustToUniversal``; commas do as well, a
            ``DateTimeStyles.`` before a name is ignored, case does not matter. Empty means
            :data:`DEFAULT_STYLES`.

    Returns:
        the flags.

    Raises:
        ValueError: a name is unknown, or two of them exclude one another.
    """
    found = Styles.NONE
    for piece in (names if names.strip() else DEFAULT_STYLES).replace(",", "|").split("|"):
        name = piece.strip()
        known = _FOLDED.get(name.casefold().removeprefix("datetimestyles."))
        if known is None:
            near = difflib.get_close_matches(name.casefold()[:40], _FOLDED, n=1)
            hint = f"; did you mean {_FOLDED[near[0]][0]}?" if near else ""
            raise ValueError(
                f"{shown(name)} is no DateTimeStyles name{hint} (known: {', '.join(_NAMES)})"
            )
        found |= known[1]
    if found & ASSUMPTIONS == ASSUMPTIONS:
        raise ValueError("AssumeLocal and AssumeUniversal exclude one another")
    if found & Styles.ROUNDTRIP_KIND and found & (ASSUMPTIONS | Styles.ADJUST_TO_UNIVERSAL):
        raise ValueError(
            "RoundtripKind cannot be joined with AssumeLocal, AssumeUniversal or AdjustToUniversal"
        )
    return found
