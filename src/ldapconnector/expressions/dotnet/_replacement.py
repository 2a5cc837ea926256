"""The replacement patterns of .NET: ``$1``, ``${name}``, ``$&`` and their like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WHOLE: Final = -1
"""``$_``: the whole text."""
BEFORE: Final = -2
"""``$```: the text before the match."""
AFTER: Final = -3
"""``$'``: the text after the match."""

_SIGNS: Final = {"&": 0, "`": BEFORE, "'": AFTER, "_": WHOLE}
_DIGITS: Final = frozenset("0123456789")


def parse(text: str, numbers: Mapping[str, int], slots: frozenset[int]) -> tuple[str | int, ...]:
    """Read a replacement pattern.

    Args:
        text: the pattern; whatever .NET does not recognise stands for itself.
        numbers: the numbers of the named groups.
        slots: all group numbers.

    Returns:
        its parts: literal texts, and numbers of groups or of the kinds above.

    Source: Microsoft Learn, "Substitutions in regular expressions".
    """
    parts: list[str | int] = []
    literal: list[str] = []
    at = 0
    while at < len(text):
        dollar = text.find("$", at)
        if dollar < 0:
            literal.append(text[at:])
            break
        literal.append(text[at:dollar])
        found, at = _dollar(text, dollar + 1, numbers, slots)
        if isinstance(found, str):
            literal.append(found)
            continue
        if any(literal):
            parts.append("".join(literal))
        literal = []
        parts.append(found)
    if any(literal):
        parts.append("".join(literal))
    return tuple(parts)


def _dollar(
    text: str, at: int, numbers: Mapping[str, int], slots: frozenset[int]
) -> tuple[str | int, int]:
    """Return what stands after a ``$`` and where it ends; ``"$"`` where it means nothing."""
    letter = text[at : at + 1]
    if letter == "$":
        return "$", at + 1
    if letter in _SIGNS:
        return _SIGNS[letter], at + 1
    if letter == "+":
        return max(slots), at + 1
    if letter == "{":
        end = text.find("}", at)
        name = text[at + 1 : max(end, 0)]
        number = int(name) if name and _DIGITS.issuperset(name) else numbers.get(name)
        if end > 0 and number is not None and number in slots:
            return number, end + 1
        return "$", at
    end = at
    while end < len(text) and text[end] in _DIGITS:
        end += 1
    if end > at and int(text[at:end]) in slots:
        return int(text[at:end]), end
    return "$", at
