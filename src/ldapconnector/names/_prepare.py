"""String preparation of RFC 4518, on which every text comparison of LDAP rests."""

from __future__ import annotations

import unicodedata
from typing import Final

from ldapconnector.errors import NameSyntaxError

__all__ = ["prepare", "prepare_piece", "refuse_surrogates"]

# RFC 4518, 2.2: these become a space ...
_SPACE: Final = dict.fromkeys([0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85], " ")
# ... and these vanish: soft hyphen, joiners, variation selectors, other invisible marks.
_NOTHING: Final[dict[int, str]] = dict.fromkeys(
    [
        0x00AD,
        0x034F,
        0x1806,
        *range(0x180B, 0x180F),
        0x200B,
        0x2060,
        0xFFFC,
        0xFEFF,
        *range(0xFE00, 0xFE10),
    ],
    "",
)
_MAP: Final = {**_SPACE, **_NOTHING}


def prepare(text: str, *, fold_case: bool = True) -> str:
    """Return ``text`` as it is compared by caseIgnoreMatch, or caseExactMatch.

    Characters are mapped and normalised (NFKC), case is folded on request, and
    insignificant spaces are removed: none at the ends, one between words.

    Source: RFC 4518, 2.2 to 2.6.1. Prohibited characters are kept, so that two
    different faulty values never compare equal.

    >>> prepare("  Jane   DOE ")
    'jane doe'
    >>> prepare("Jane", fold_case=False)
    'Jane'
    """
    if not (text.isascii() and text.isprintable()):
        mapped = "".join(_mapped(c) for c in text)
        if fold_case:
            mapped = unicodedata.normalize("NFKC", mapped.casefold()).casefold()
        text = unicodedata.normalize("NFKC", mapped)
        return " ".join(filter(None, text.split(" ")))
    if " " in text:
        text = " ".join(text.split())
    return text.lower() if fold_case else text


def prepare_piece(text: str, *, fold_case: bool = True) -> str:
    """Return a value, or a piece of one, as a substring rule compares it.

    A space at either end stays, for it separates the piece from the rest. RFC 4518, 2.6.1 puts
    two spaces between words, so that ``a * b`` finds ``a b``; OpenLDAP and 389 Directory Server
    put one, and the server's answer is what a filter is asked for.

    >>> prepare_piece("Jane  Doe "), prepare_piece("  ")
    ('jane doe ', ' ')
    """
    prepared = prepare(text, fold_case=fold_case)
    if not prepared:
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{prepared}{' ' * text[-1].isspace()}"


def refuse_surrogates(text: str) -> None:
    """Refuse a text that no octets stand for.

    Octets that are no UTF-8 are kept as the surrogates U+DC80 to U+DCFF; others have no octets.

    Raises:
        NameSyntaxError: one of the others is in it.
    """
    if text.isascii():
        return
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise NameSyntaxError(
            f"{text[error.start]!r} is half of a surrogate pair and no character",
            text=text.encode("utf-8", "replace").decode(),
            position=error.start,
        ) from None


def _mapped(character: str) -> str:
    replaced = _MAP.get(ord(character))
    if replaced is not None:
        return replaced
    category = unicodedata.category(character)
    if category in {"Cc", "Cf"}:
        return ""
    return " " if category in {"Zs", "Zl", "Zp"} else character
