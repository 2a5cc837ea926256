"""Which letters are the same to a pattern that ignores case.

.NET takes two letters for the same when their simple lower case is (in the invariant
culture). The ``regex`` package folds case instead, which also joins the dotless i with I, a
final sigma with capital sigma and the long s with S; so letters are written out as classes.

Source: Microsoft Learn, "Regular expression options", case-insensitive matching.
"""

from __future__ import annotations

import functools
from typing import Final

from ldapconnector.expressions.dotnet.casing import to_lower, to_upper

# Letters with the same lower case that are not its upper case: the Kelvin, Angstrom and Ohm
# signs, capital sharp s, the digraphs in title case, and capital theta symbol.
_FURTHER: Final = {
    "k": "\u212a",
    "\u00e5": "\u212b",
    "\u00df": "\u1e9e",
    "\u01c6": "\u01c5",
    "\u01c9": "\u01c8",
    "\u01cc": "\u01cb",
    "\u01f3": "\u01f2",
    "\u03b8": "\u03f4",
    "\u03c9": "\u2126",
}

LONGEST_RANGE: Final = 2_000


@functools.lru_cache(maxsize=4096)
def same_letters(letter: str) -> str:
    """Return all letters that are the same as this one without regard to case, in order.

    Example:
        >>> same_letters("ς"), same_letters("Σ"), same_letters("1")
        ('ς', 'Σσ', '1')
    """
    lower = to_lower(letter)
    upper = to_upper(lower)
    found = {lower, *_FURTHER.get(lower, "")}
    if to_lower(upper) == lower:
        found.add(upper)
    return "".join(sorted(found))


def widened(first: str, last: str) -> tuple[tuple[str, str], ...]:
    """Return the ranges that a range stands for without regard to case.

    Args:
        first: its first character.
        last: its last character.

    Returns:
        the ranges, the given one among them. A range of over 2,000 characters comes back as
        it is: it holds both cases of its letters, but for those at its ends.
    """
    if ord(last) - ord(first) >= LONGEST_RANGE:
        return ((first, last),)
    codes = sorted(
        {
            ord(letter)
            for code in range(ord(first), ord(last) + 1)
            for letter in same_letters(chr(code))
        }
        | set(range(ord(first), ord(last) + 1))
    )
    runs: list[tuple[str, str]] = []
    start = previous = codes[0]
    for code in codes[1:]:
        if code != previous + 1:
            runs.append((chr(start), chr(previous)))
            start = code
        previous = code
    runs.append((chr(start), chr(previous)))
    return tuple(runs)
