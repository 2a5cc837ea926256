"""Regular expressions as .NET has them, executed by the ``regex`` package.

A pattern is read by .NET's own grammar and rewritten; what has no equivalent is refused
with its position. Every search has a time limit, and a pattern's length, depth and
repetition are bounded, so that no pattern and no text can hold up the caller. Text is
searched by code points, while .NET counts UTF-16 units: the two differ only for characters
beyond U+FFFF.

Source: Microsoft Learn, "Regular expression language - quick reference".
"""

from __future__ import annotations

import difflib
import functools
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from ldapconnector.expressions.dotnet import _regex_nodes, _regex_parser, _replacement
from ldapconnector.expressions.dotnet._shown import shown

if TYPE_CHECKING:
    import regex

__all__ = [
    "DEFAULT_TIMEOUT",
    "LONGEST_RESULT",
    "Pattern",
    "compile_pattern",
    "match_group",
    "matches",
    "replace_group",
    "substitute",
]

DEFAULT_TIMEOUT: Final = 1.0
"""Seconds that all matches of one call may take together."""

LONGEST_RESULT: Final = 10_000_000
"""Characters that a replacement may produce."""


_FEW_STEPS: Final = 1_000_000
_NEGLIGIBLE: Final = 0.25
"""Seconds that a search of so few steps stays below, with a wide margin."""


@attrs.frozen(kw_only=True, eq=False)
class Pattern:
    r"""A compiled pattern.

    Attributes:
        source: the .NET pattern.
        program: the same for the ``regex`` package.
        after_empty: as `program`, with ``\G`` unable to match, or `program` itself.
        numbers: the numbers of the named groups.
        slots: all group numbers, 0 for the whole match.
        can_be_empty: whether a match may have no characters.
        ways: how the number of ways to match grows with the text: a factor and a power, or
            ``None`` where that can be exponential.
    """

    source: str
    program: regex.Pattern[str]
    after_empty: regex.Pattern[str]
    numbers: dict[str, int]
    slots: frozenset[int]
    can_be_empty: bool
    ways: tuple[int, int] | None

    def limit(self, text: str, timeout: float) -> float | None:
        """Return the time limit that a search in `text` needs, or ``None`` for none.

        Watching the clock costs more than most searches, so it is left out where the
        pattern cannot take more than a few million steps.
        """
        if self.ways is None or timeout < _NEGLIGIBLE:
            return timeout
        factor, degree = self.ways
        return None if factor * (len(text) + 1) ** (degree + 1) <= _FEW_STEPS else timeout

    def group(self, name: str) -> str:
        """Return the name that a group has in `program`.

        Raises:
            ValueError: there is no such group.
        """
        number = int(name) if name.isdecimal() else self.numbers.get(name)
        if number is not None and number in self.slots:
            return f"g{number}" if number else ""
        near = difflib.get_close_matches(name, self.numbers, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        known = ", ".join(self.numbers) or "it has no named group"
        raise ValueError(
            f"the pattern {shown(self.source)} has no group {shown(name)}{hint} (known: {known})"
        )


@functools.lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Pattern:
    r"""Translate and compile a .NET pattern; the last 256 are remembered.

    Args:
        pattern: the pattern, with .NET's default options.

    Returns:
        the compiled pattern.

    Raises:
        ValueError: .NET refuses the pattern, it has no equivalent here (balancing groups),
            or it exceeds a bound: 10,000 characters, 50 levels, 50,000 repeated items.

    Example:
        >>> compile_pattern(r"(?<year>\d{4})-(\d\d)").numbers
        {'year': 2}
    """
    import regex  # noqa: PLC0415 - loaded with the first pattern, not with the package

    try:
        node, numbers, slots = _regex_parser.parse(pattern)
        program = regex.compile(_regex_nodes.write(node), regex.V0)
        after_empty = program
        if "\\G" in pattern:
            text = _regex_nodes.write(node, search_start=False)
            after_empty = regex.compile(text, regex.V0)
    except regex.error as error:
        raise ValueError(f"the pattern {shown(pattern)} cannot be used: {error}") from None
    except RecursionError:
        raise ValueError(f"the pattern {shown(pattern)} is nested too deep") from None
    return Pattern(
        source=pattern,
        program=program,
        after_empty=after_empty,
        numbers=numbers,
        slots=slots,
        can_be_empty=_regex_nodes.shortest(node) == 0,
        ways=_growth(node),
    )


def _growth(node: _regex_nodes.Node) -> tuple[int, int] | None:
    found = _regex_nodes.ways(node)
    return None if found is None else (found[0] * _regex_nodes.weight(node), found[1])


def substitute(
    pattern: str, text: str, replacement: str, *, timeout: float = DEFAULT_TIMEOUT
) -> str:
    r"""Replace every match, as ``Regex.Replace`` does.

    Args:
        pattern: a .NET pattern.
        text: where to search.
        replacement: a .NET replacement pattern: ``$1``, ``${1}``, ``${name}``, ``$$``,
            ``$&``, `` $` ``, ``$'``, ``$+``, ``$_``. A group that does not exist is literal.
        timeout: seconds for all matches together.

    Returns:
        the text with the replacements.

    Raises:
        ValueError: the pattern is wrong or exceeds a bound, or the result would be longer
            than :data:`LONGEST_RESULT`.
        TimeoutError: the time is over.

    Source: Microsoft Learn, "Substitutions in regular expressions".

    Example:
        >>> substitute(r"(?<isd>\+\d+) (\d+)", "+44 123", "$1 (${isd})", timeout=1)
        '123 (+44)'
    """
    compiled = compile_pattern(pattern)
    read = _remembered_replacement if len(replacement) <= _SHORT else _replacement_of
    parts, template = read(compiled, replacement)
    if template is not None and _longest_result(text, replacement, parts) <= LONGEST_RESULT:
        limit = compiled.limit(text, timeout)
        try:
            done: str = compiled.program.sub(template, text, timeout=limit)
        except TimeoutError:
            raise _too_slow(compiled, text, timeout) from None
        return done
    return _substitute(compiled, text, parts, timeout)


def _substitute(compiled: Pattern, text: str, parts: tuple[str | int, ...], timeout: float) -> str:
    out: list[str] = []
    length = 0
    done = 0
    for match in _all_matches(compiled, text, timeout):
        start, end = match.span()
        out.append(text[done:start])
        for part in parts:
            piece = part if isinstance(part, str) else _piece(match, part, text)
            out.append(piece)
            length += len(piece)
        if length > LONGEST_RESULT:
            raise ValueError(
                f"replacing {shown(compiled.source)} makes a text of over {LONGEST_RESULT} "
                "characters"
            )
        done = end
    if not done and not out:
        return text
    out.append(text[done:])
    return "".join(out)


_SHORT: Final = 1_000


@functools.lru_cache(maxsize=512)
def _remembered_replacement(
    compiled: Pattern, replacement: str
) -> tuple[tuple[str | int, ...], str | None]:
    return _replacement_of(compiled, replacement)


def _replacement_of(
    compiled: Pattern, replacement: str
) -> tuple[tuple[str | int, ...], str | None]:
    """Return the parts of a replacement and, if it can serve, a template of the ``regex`` package.

    A template serves where no match can be empty (the two disagree on what follows one) and
    the replacement holds nothing but texts and groups.
    """
    parts = _replacement.parse(replacement, compiled.numbers, compiled.slots)
    if compiled.can_be_empty or "\\G" in compiled.source:
        return parts, None
    if any(isinstance(part, int) and part < 0 for part in parts):
        return parts, None
    return parts, "".join(
        part.replace("\\", "\\\\") if isinstance(part, str) else f"\\g<{f'g{part}' if part else 0}>"
        for part in parts
    )


def _longest_result(text: str, replacement: str, parts: tuple[str | int, ...]) -> int:
    """Bound the length of a result: each match may hold the whole text in each group."""
    groups = sum(isinstance(part, int) for part in parts)
    return (len(text) + 1) * (len(replacement) + groups * len(text) + 1)


def _piece(match: regex.Match[str], part: int, text: str) -> str:
    if part > 0:
        return match.group(f"g{part}") or ""
    if part == 0:
        return match.group()
    if part == _replacement.WHOLE:
        return text
    return text[: match.start()] if part == _replacement.BEFORE else text[match.end() :]


def match_group(
    pattern: str, text: str, group: str, *, timeout: float = DEFAULT_TIMEOUT
) -> str | None:
    """Return the text of one group in the first match.

    Args:
        pattern: a .NET pattern.
        text: where to search.
        group: the group's name or number.
        timeout: seconds for the search.

    Returns:
        the text, or ``None`` where nothing matches or the group took no part in it.

    Raises:
        ValueError: the pattern is wrong, exceeds a bound, or has no such group.
        TimeoutError: the time is over.

    Example:
        >>> match_group(r"(?<user>[^@]+)@", "ada@example.org", "user", timeout=1)
        'ada'
    """
    compiled = compile_pattern(pattern)
    name = compiled.group(group)
    match = _first_match(compiled, text, timeout)
    if match is None:
        return None
    found: str | None = match.group(name) if name else match.group()
    return found


def replace_group(
    pattern: str, text: str, group: str, replacement: str, *, timeout: float = DEFAULT_TIMEOUT
) -> str:
    """Replace, in every match, only what one group matched.

    Args:
        pattern: a .NET pattern.
        text: where to search.
        group: the group's name or number.
        replacement: the new text of the group, taken literally.
        timeout: seconds for all matches together.

    Returns:
        the text with the replacements; a match in which the group took no part is unchanged.

    Raises:
        ValueError: the pattern is wrong, exceeds a bound, or has no such group, or the
            result would be longer than :data:`LONGEST_RESULT`.
        TimeoutError: the time is over.

    Source: functions-for-customizing-application-data.md, Replace with regexGroupName.

    Example:
        >>> replace_group("(?<suffix>@.*)", "ada@example.org", "suffix", "", timeout=1)
        'ada'
    """
    compiled = compile_pattern(pattern)
    name = compiled.group(group)
    out: list[str] = []
    length = 0
    done = 0
    for match in _all_matches(compiled, text, timeout):
        start, end = match.span(name) if name else match.span()
        if start < done:
            continue
        out += (text[done:start], replacement)
        length += len(replacement)
        if length > LONGEST_RESULT:
            raise ValueError(
                f"replacing {shown(pattern)} makes a text of over {LONGEST_RESULT} characters"
            )
        done = end
    out.append(text[done:])
    return "".join(out)


def matches(pattern: str, text: str, *, timeout: float = DEFAULT_TIMEOUT) -> bool:
    r"""Tell whether the pattern matches somewhere in the text.

    Args:
        pattern: a .NET pattern.
        text: where to search.
        timeout: seconds for the search.

    Returns:
        whether there is a match.

    Raises:
        ValueError: the pattern is wrong or exceeds a bound.
        TimeoutError: the time is over.

    Example:
        >>> matches(r"^\p{IsGreek}+$", "αβγ", timeout=1)
        True
    """
    return _first_match(compile_pattern(pattern), text, timeout) is not None


def _first_match(compiled: Pattern, text: str, timeout: float) -> regex.Match[str] | None:
    limit = compiled.limit(text, timeout)
    try:
        return compiled.program.search(text, timeout=limit)
    except TimeoutError:
        raise _too_slow(compiled, text, timeout) from None


def _all_matches(compiled: Pattern, text: str, timeout: float) -> Iterator[regex.Match[str]]:
    """Yield the matches in .NET's order: after an empty one the search steps on by one character."""
    limit = compiled.limit(text, timeout)
    if not compiled.can_be_empty and compiled.program is compiled.after_empty:
        yield from _plain_matches(compiled, text, limit, timeout)
        return
    deadline = 0.0 if limit is None else time.monotonic() + limit
    program = compiled.program
    at = 0
    try:
        while at <= len(text):
            if limit is None:
                match = program.search(text, at)
            else:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError  # noqa: TRY301 - said in full below
                match = program.search(text, at, timeout=left)
            if match is None:
                return
            yield match
            start, at = match.span()
            program = compiled.program
            if start == at:
                at += 1
                program = compiled.after_empty
    except TimeoutError:
        raise _too_slow(compiled, text, timeout) from None


def _plain_matches(
    compiled: Pattern, text: str, limit: float | None, timeout: float
) -> Iterator[regex.Match[str]]:
    """Yield the matches where none can be empty, so that the engine's own order is .NET's."""
    try:
        yield from compiled.program.finditer(text, timeout=limit)
    except TimeoutError:
        raise _too_slow(compiled, text, timeout) from None


def _too_slow(compiled: Pattern, text: str, timeout: float) -> TimeoutError:
    return TimeoutError(
        f"the pattern {shown(compiled.source)} took longer than {timeout:g} s on a text of "
        f"{len(text)} characters; it tries too many ways to match: make its repetitions exclude "
        "one another"
    )
