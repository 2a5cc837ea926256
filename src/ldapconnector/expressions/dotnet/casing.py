"""Upper, lower and title case as .NET has them: one character becomes one character.

Python maps ``ß`` to ``SS`` and a final ``Σ`` to ``ς``; .NET uses the simple mappings of
Unicode alone, whatever stands around. Of all cultures only Turkish and Azerbaijani
differ in them (the dotted and the dotless i); Lithuanian and Greek have special rules
only in the full mappings, which .NET does not use.

Sources: Microsoft Learn, ``String.ToUpper(CultureInfo)``, ``TextInfo.ToTitleCase``;
functions-for-customizing-application-data.md, PCase.
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from typing import Final

from ldapconnector.expressions.dotnet._languages import LANGUAGES
from ldapconnector.expressions.dotnet._shown import shown

__all__ = ["title_case", "to_lower", "to_upper"]

_CULTURE: Final = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-[a-z\d]{5,8})*", re.ASCII
)
_LONGEST_NAME: Final = 85
_TURKIC: Final = frozenset({"az", "tr"})
_SEPARATORS: Final = frozenset(
    {"Zs", "Zl", "Zp", "Cc", "Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"}
)


def to_upper(text: str, culture: str = "") -> str:
    """Return the text in upper case, character by character.

    Args:
        text: any text.
        culture: a culture name such as ``tr-TR``; empty is the invariant culture.

    Returns:
        a text of the same length.

    Raises:
        ValueError: the culture is unknown.

    Source: Microsoft Learn, ``String.ToUpper(CultureInfo)``.

    Example:
        >>> to_upper("straße"), to_upper("istanbul", "tr-TR")
        ('STRAßE', 'İSTANBUL')
    """
    language = _language(culture) if culture else ""
    if text.isascii() and language not in _TURKIC:
        return text.upper()
    special = _UPPER.get(language, _UPPER_ELSEWHERE)
    return "".join([special.get(letter) or _upper(letter) for letter in text])


def to_lower(text: str, culture: str = "") -> str:
    """Return the text in lower case, character by character.

    Args:
        text: any text.
        culture: a culture name such as ``tr-TR``; empty is the invariant culture.

    Returns:
        a text of the same length.

    Raises:
        ValueError: the culture is unknown.

    Source: Microsoft Learn, ``String.ToLower(CultureInfo)``.

    Example:
        >>> to_lower("ΟΔΥΣΣΕΥΣ"), to_lower("İZMİR", "tr")
        ('οδυσσευσ', 'izmir')
    """
    language = _language(culture) if culture else ""
    if text.isascii() and language not in _TURKIC:
        return text.lower()
    special = _LOWER.get(language, _LOWER_ELSEWHERE)
    return "".join([special.get(letter) or _lower(letter) for letter in text])


def title_case(text: str, separators: str | None = None, culture: str = "") -> str:
    """Return the text with a capital at the head of each word and small letters elsewhere.

    Args:
        text: any text; it is lowered first, so that words in capitals change as well.
        separators: the characters that part words. ``None`` stands for all that .NET's
            ``ToTitleCase`` takes for one: white space, control and format characters,
            punctuation with the apostrophe, and symbols.
        culture: a culture name; empty is the invariant culture.

    Returns:
        the text in title case, of the same length.

    Raises:
        ValueError: the culture is unknown.

    Source: functions-for-customizing-application-data.md, PCase. .NET itself leaves the
    letter after an apostrophe small; a documented expression of the service relies on the
    opposite.

    Example:
        >>> title_case("PINTO-DE'SILVA"), title_case("PINTO-DE'SILVA", " -")
        ("Pinto-De'Silva", "Pinto-De'silva")
    """
    lowered = to_lower(text, culture)
    if separators is None:
        return _title_words(lowered, culture)
    out: list[str] = []
    head = True
    for letter in lowered:
        out.append(_capital(letter, culture) if head else letter)
        head = letter in separators
    return "".join(out)


def _title_words(lowered: str, culture: str) -> str:
    """Capitalise the first letter after each separator; digits neither begin nor end a word."""
    dutch = bool(culture) and _language(culture) == "nl"
    out: list[str] = []
    inside = False
    for index, letter in enumerate(lowered):
        category = _category(letter)
        if inside:
            inside = category not in _SEPARATORS
            # Dutch writes IJ at the head of a word as if it were one letter.
            second = dutch and letter == "j" and out[-1] == "I" and _heads(lowered, index - 1)
            out.append("J" if second else letter)
        elif category[0] == "L":
            inside = True
            out.append(_capital(letter, culture))
        else:
            out.append(letter)
    return "".join(out)


def _heads(text: str, index: int) -> bool:
    """Tell whether a word begins at `index`."""
    return index == 0 or _category(text[index - 1])[0] != "L"


def _capital(letter: str, culture: str) -> str:
    title = letter.title()
    # The digraphs have a title case of their own: dž becomes Dž, not DŽ.
    if _category(title) == "Lt" and letter in "\u01c6\u01c9\u01cc\u01f3":
        return title
    return to_upper(letter, culture)


@functools.lru_cache(maxsize=4096)
def _category(letter: str) -> str:
    return unicodedata.category(letter) if len(letter) == 1 else ""


@functools.lru_cache(maxsize=4096)
def _upper(letter: str) -> str:
    upper = letter.upper()
    if len(upper) == 1:
        return upper
    # Where the full mapping is longer, the title case is the simple mapping, or there is none.
    title = letter.title()
    return title if len(title) == 1 else letter


@functools.lru_cache(maxsize=4096)
def _lower(letter: str) -> str:
    lower = letter.lower()
    return lower if len(lower) == 1 else lower[0]


# The invariant culture leaves the dotted capital and the dotless small i alone.
_UPPER: Final[dict[str, dict[str, str]]] = {
    "": {"\u0131": "\u0131"},
    "tr": {"i": "\u0130"},
    "az": {"i": "\u0130"},
}
_LOWER: Final[dict[str, dict[str, str]]] = {
    "": {"\u0130": "\u0130"},
    "tr": {"I": "\u0131", "\u0130": "i"},
    "az": {"I": "\u0131", "\u0130": "i"},
}
_UPPER_ELSEWHERE: Final[dict[str, str]] = {}
_LOWER_ELSEWHERE: Final[dict[str, str]] = {"\u0130": "i"}


@functools.lru_cache(maxsize=256)
def _language(culture: str) -> str:
    """Return the language of a culture name."""
    key = culture.strip().replace("_", "-").casefold()
    if not key:
        return ""
    match = _CULTURE.fullmatch(key) if len(key) <= _LONGEST_NAME else None
    if match is not None and match["language"] in LANGUAGES:
        return match["language"]
    near = _near(key[:_LONGEST_NAME])
    hint = f"; did you mean {near!r}?" if near else ""
    raise ValueError(
        f"{shown(culture)} is no culture name{hint} (a language such as tr, or with a region tr-TR)"
    )


def _near(key: str) -> str:
    """Return the culture name that was probably meant, or an empty text."""
    names = {name.casefold(): code for code, name in LANGUAGES.items()}
    found = difflib.get_close_matches(key, names, n=1, cutoff=0.75)
    if found:
        return names[found[0]]
    head, dash, region = key.partition("-")
    if head in LANGUAGES:
        return head
    codes = difflib.get_close_matches(head, LANGUAGES, n=1)
    if not codes:
        return ""
    return f"{codes[0]}-{region.upper()}" if dash and len(region) == 2 else codes[0]
