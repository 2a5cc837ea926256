"""The shortest way to replace by a constant regular expression, where one is safe.

Most patterns of mappings remove or replace runs of some characters. Where a pattern cannot
match nothing and cannot take many steps on a text of some length, its program is called
without watching the clock; a single class of characters is left to the standard library's
engine, which is faster. Everything else goes the long way (:mod:`.dotnet.regex`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import attrs

from ldapconnector.expressions._values import TEXT_LIMIT
from ldapconnector.expressions.dotnet import _replacement

__all__ = ["Quick", "quick"]

#: Steps that are taken without watching the clock.
_FEW_STEPS: Final = 1_000_000
#: A single class of characters that repeats, as the translator writes it.
_ONE_CLASS: Final = re.compile(
    r"\[\^?(?:\\x[0-9a-f]{2}|\\[tnrfv]|\\p\{Z\}|[A-Za-z0-9_ ]|(?<!\[)-(?=[\\A-Za-z0-9]))+\]\+"
)
#: The separators of Unicode, which the standard library's engine has no name for.
_SEPARATORS: Final = r"\x20\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


@attrs.frozen(kw_only=True)
class Quick:
    """A replacement that may be called as ``replace(template, text)``.

    Attributes:
        replace: the ``sub`` of a compiled program.
        template: what to put in place of each match.
        longest: the longest text that it may be called with, in characters.
    """

    replace: Callable[[str, str], str]
    template: str
    longest: int


def quick(pattern: str, replacement: str) -> Quick | None:
    """Return the short way for a .NET pattern and replacement, or None where there is none."""
    from ldapconnector.expressions.dotnet import regex  # noqa: PLC0415 - loads a C library

    try:
        compiled = regex.compile_pattern(pattern)
        parts = _replacement.parse(replacement, compiled.numbers, compiled.slots)
    except ValueError:
        return None
    if compiled.can_be_empty or compiled.ways is None or "\\G" in pattern:
        return None
    groups = [part for part in parts if isinstance(part, int)]
    if any(number < 0 for number in groups):
        return None
    factor, degree = compiled.ways
    steps = int((_FEW_STEPS / max(1, factor)) ** (1 / (degree + 1))) - 2
    longest = min(steps, TEXT_LIMIT // (1 + len(groups) + len(replacement)))
    if longest < 1:
        return None
    program: str = compiled.program.pattern
    if not groups and "\\" not in replacement and _ONE_CLASS.fullmatch(program):
        plain = re.compile(program.replace(r"\p{Z}", _SEPARATORS))
        return Quick(replace=plain.sub, template="".join(map(str, parts)), longest=longest)
    template = "".join(
        part.replace("\\", "\\\\") if isinstance(part, str) else f"\\g<{f'g{part}' if part else 0}>"
        for part in parts
    )
    return Quick(replace=compiled.program.sub, template=template, longest=longest)
