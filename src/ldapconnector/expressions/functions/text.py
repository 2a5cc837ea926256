"""Functions over text: append, cut, case, replace, search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ldapconnector.expressions._run import Run
from ldapconnector.expressions._signature import (
    Kind,
    anything,
    choice,
    integer,
    optional,
    text,
)
from ldapconnector.expressions._values import (
    TEXT_LIMIT,
    ArgumentError,
    Value,
    bounded,
    joined,
    single,
)
from ldapconnector.expressions.dotnet import casing, diacritics, white_space
from ldapconnector.expressions.functions._define import builtin
from ldapconnector.expressions.functions._sources import CLOUD_SYNC, GRAPH

__all__ = ["FUNCTIONS"]


@builtin(
    "Append",
    text("source"),
    text("suffix"),
    null_to_null=True,
    example=('Append("john.doe", ".test")', "john.doe.test"),
)
def append(source: str, suffix: str | None) -> str:
    """Put the suffix behind the source; no source gives no value."""
    return joined("", (source, suffix)) if suffix else source


@builtin(
    "Prepend",
    text("prefix"),
    text("source"),
    source=GRAPH,
    example=('Prepend("smtp:", "a@contoso.com")', "smtp:a@contoso.com"),
)
def prepend(prefix: str | None, source: str | None) -> str | None:
    """Put the prefix before the source; no source gives no value."""
    if source is None:
        return None
    return joined("", (prefix, source)) if prefix else source


@builtin(
    "Left",
    text("String"),
    integer("NumChars"),
    example=('Left("John Doe", 3)', "Joh"),
)
def left(source: str | None, length: int) -> str:
    """Give the first characters; all of them for a negative count, "" for no value."""
    if source is None:
        return ""
    return source if length < 0 else source[:length]


@builtin(
    "Mid",
    text("source"),
    integer("start"),
    optional(integer("length")),
    null_to_null=True,
    example=('Mid("John Doe", 6, 3)', "Doe"),
)
def mid(source: str, start: int, length: int | None) -> str:
    """Give ``length`` characters from ``start``, counted from 1; to the end when left out.

    A start outside the text or a negative length gives the source, as connect-sync states.
    """
    if start <= 0 or start > len(source):
        return source
    if length is None:
        return source[start - 1 :]
    return source if length < 0 else source[start - 1 : start - 1 + length]


@builtin(
    "Word",
    text("String"),
    integer("WordNumber"),
    text("delimiters"),
    example=('Word("The quick brown fox", 3, " ")', "brown"),
)
def word(source: str | None, position: int, delimiters: str | None) -> str:
    """Give a word, counted from 1; each character of the delimiters separates words.

    Runs of delimiters separate once. "" where there is no such word.
    """
    if not source or position < 1:
        return ""
    words = split_words(source, delimiters or "")
    return words[position - 1] if position <= len(words) else ""


def split_words(source: str, delimiters: str) -> list[str]:
    """Split at every run of characters of ``delimiters``."""
    if len(delimiters) > 1:
        first = delimiters[0]
        source = source.translate(dict.fromkeys(map(ord, delimiters[1:]), first))
        delimiters = first
    if not delimiters:
        return [source]
    return [part for part in source.split(delimiters) if part]


@builtin(
    "StripSpaces",
    text("source"),
    null_to_null=True,
    example=('StripSpaces("John  Doe")', "JohnDoe"),
)
def strip_spaces(source: str) -> str:
    """Remove all space characters."""
    return source.replace(" ", "")


@builtin(
    "Trim",
    anything("source"),
    source=CLOUD_SYNC,
    null_to_null=True,
    result=Kind.ANY,
    example=('Trim("  Contoso ")', "Contoso"),
)
def trim(source: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Remove white space at both ends, of every value of a list."""
    if isinstance(source, tuple):
        return tuple(map(white_space.trim, source))
    return white_space.trim(source)


@builtin(
    "ToLower",
    text("source"),
    optional(text("culture")),
    null_to_null=True,
    example=('ToLower("İSTANBUL", "tr-TR")', "istanbul"),
)
def to_lower(source: str, culture: str | None) -> str:
    """Lower all letters by the rules of the culture, by default the invariant one."""
    if source.isascii() and not culture:
        return source.lower()
    return _cased("culture", casing.to_lower, source, culture)


@builtin(
    "ToUpper",
    text("source"),
    optional(text("culture")),
    null_to_null=True,
    example=('ToUpper("straße")', "STRAßE"),
)
def to_upper(source: str, culture: str | None) -> str:
    """Raise all letters by the rules of the culture, by default the invariant one."""
    if source.isascii() and not culture:
        return source.upper()
    return _cased("culture", casing.to_upper, source, culture)


def _cased(
    parameter: str, convert: Callable[[str, str], str], source: str, culture: str | None
) -> str:
    try:
        return bounded(convert(source, culture or ""))
    except ArgumentError:
        raise
    except ValueError as error:
        raise ArgumentError(parameter, str(error)) from None


@builtin(
    "PCase",
    text("source"),
    optional(text("wordSeparators")),
    null_to_null=True,
    example=('PCase("PINTO-DE\'SILVA", " \'-")', "Pinto-De'Silva"),
)
def p_case(source: str, separators: str | None) -> str:
    """Begin every word with a capital and lower the rest."""
    return bounded(casing.title_case(source, separators))


@builtin(
    "NormalizeDiacritics",
    text("source"),
    null_to_null=True,
    example=('NormalizeDiacritics("Zoë Łukasz")', "Zoe Lukasz"),
)
def normalize_diacritics(source: str) -> str:
    """Replace letters with diacritics by plain ones, by Microsoft's table of 261 letters."""
    return source if source.isascii() else bounded(diacritics.normalize(source))


@builtin(
    "InStr",
    text("value1"),
    text("value2"),
    optional(integer("start")),
    optional(choice("compareType", ("vbBinaryCompare", "vbTextCompare"))),
    result=Kind.INTEGER,
    example=('InStr("The quick brown fox", "quick")', "5"),
)
def in_str(source: str | None, sought: str | None, start: int | None, compare: str | None) -> str:
    """Give the position of the first occurrence, counted from 1; 0 where there is none.

    Letters compare with regard to case unless ``vbTextCompare`` is given.
    """
    first = 1 if start is None else start
    if first < 1:
        raise ArgumentError("start", "positions are counted from 1")
    if source is None or sought is None:
        return "0"
    if compare == "vbTextCompare":
        source, sought = _folded(source), _folded(sought)
    return str(source.find(sought, first - 1) + 1)


def _folded(source: str) -> str:
    """Lower letter by letter, so that positions stay."""
    if source.isascii():
        return source.lower()
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in source)


#: A lazy argument: call it for its value; None where it is omitted.
_Thunk = Callable[[], Value] | None


@builtin(
    "Replace",
    text("source"),
    optional(text("oldValue", graph="Find")),
    optional(text("regexPattern", graph="RegularExpression")),
    optional(text("regexGroupName", graph="RegularExpressionGroupName")),
    optional(text("replacementValue", graph="Replacement")),
    optional(text("replacementAttributeName", graph="ReplacementPropertyName")),
    optional(text("template", graph="Template")),
    lazy=True,
    needs_run=True,
    example=('Replace("john.doe@contoso.com", "@contoso.com", , , "", , )', "john.doe"),
)
def replace(run: Run, arguments: Sequence[_Thunk]) -> str | None:
    """Replace text, case-sensitively, in one of six modes.

    oldValue with replacementValue; oldValue with template; regexPattern with
    replacementValue (``${name}`` stands for a group); regexPattern with group and
    replacementValue; regexPattern with group and replacementAttributeName; and oldValue or
    regexPattern with an attribute's value as the replacement.
    """
    padded = [*arguments, *(None,) * (len(_REPLACE) - len(arguments))]
    source = _text(padded[0], "source")
    old, pattern, group, replacement, other, template = padded[1:]
    if old is not None:
        if template is not None and replacement is None:
            if source is None:
                return None
            return replace_literal(
                _text(template, "template") or "", _text(old, "oldValue"), source
            )
        new = replacement if replacement is not None else other
        if new is None:
            raise ArgumentError("", _REPLACE_NEEDS)
        return replace_literal(source, _text(old, "oldValue"), _text(new, _named(replacement)))
    if pattern is None or (replacement is None and other is None):
        raise ArgumentError("", _REPLACE_NEEDS)
    expression = _text(pattern, "regexPattern") or ""
    group_name = None if group is None else _text(group, "regexGroupName")
    if replacement is None and group_name:
        if source:
            return source
        found = _text(other, "replacementAttributeName")
        return None if found is None else extract(run, expression, found, group_name)
    if source is None:
        return None
    new = replacement if replacement is not None else other
    value = _text(new, _named(replacement)) or ""
    return substitute(run, expression, source, value, group_name)


_REPLACE: Final = (
    "source",
    "oldValue",
    "regexPattern",
    "regexGroupName",
    "replacementValue",
    "replacementAttributeName",
    "template",
)
_REPLACE_NEEDS: Final = (
    "give oldValue with replacementValue or template, or regexPattern with replacementValue"
    " (and regexGroupName), or regexPattern with regexGroupName and replacementAttributeName"
)


def _named(replacement: _Thunk) -> str:
    return "replacementAttributeName" if replacement is None else "replacementValue"


def _text(thunk: _Thunk, parameter: str) -> str | None:
    if thunk is None:
        return None
    value = thunk()
    try:
        return single(value)
    except ArgumentError as error:
        raise ArgumentError(parameter, error.message) from None


def replace_literal(source: str | None, old: str | None, new: str | None) -> str | None:
    """Replace every occurrence of ``old``; nothing is an occurrence of an empty text."""
    if not source or not old:
        return source
    new = new or ""
    if len(new) > len(old):
        growth = source.count(old) * (len(new) - len(old))
        if len(source) + growth > TEXT_LIMIT:
            raise ArgumentError("", f"the result is longer than {TEXT_LIMIT:,} characters")
    return source.replace(old, new)


def substitute(
    run: Run, pattern: str, source: str, replacement: str, group: str | None = None
) -> str:
    """Replace every match of a .NET pattern, or only the group's text in each match."""
    from ldapconnector.expressions.dotnet import regex  # noqa: PLC0415 - loads a C library

    _bounded_growth(source, replacement)
    name = group or ""

    def search(left: float) -> str:
        if name:
            return regex.replace_group(pattern, source, name, replacement, timeout=left)
        return regex.substitute(pattern, source, replacement, timeout=left)

    try:
        return bounded(run.timed(search))
    except ArgumentError:
        raise
    except (ValueError, LookupError) as error:
        raise ArgumentError("regexPattern", _plain(error)) from None


def extract(run: Run, pattern: str, source: str, group: str) -> str | None:
    """Return the group's text in the first match of a .NET pattern, or None."""
    from ldapconnector.expressions.dotnet import regex  # noqa: PLC0415

    _bounded_growth(source, "")
    try:
        return run.timed(lambda left: regex.match_group(pattern, source, group, timeout=left))
    except ArgumentError:
        raise
    except (ValueError, LookupError) as error:
        raise ArgumentError("regexPattern", _plain(error)) from None


def _plain(error: Exception) -> str:
    return str(error.args[0]) if error.args else "the pattern cannot be used"


#: Source characters times replacement characters that a regular expression may touch.
_REGEX_WORK: Final = 50_000_000


def _bounded_growth(source: str, replacement: str) -> None:
    if len(source) > TEXT_LIMIT or (len(source) + 1) * len(replacement) > _REGEX_WORK:
        raise ArgumentError(
            "source",
            f"a text of {len(source):,} characters is too long for this regular expression",
        )


FUNCTIONS: Final = (
    append,
    prepend,
    left,
    mid,
    word,
    strip_spaces,
    trim,
    to_lower,
    to_upper,
    p_case,
    normalize_diacritics,
    in_str,
    replace,
)
