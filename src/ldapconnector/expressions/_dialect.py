"""What authors write by mistake, and what this language has instead.

Two neighbours are easily confused with the provisioning language: connect-sync's
declarative provisioning (Visual Basic at heart, with ``&``, ``&&`` and ``True``), and the
typographic quotes of a word processor. Sources: "Microsoft Entra Connect Sync: Functions
Reference", and "Reference for writing expressions for attribute mappings".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

__all__ = ["CONNECT_SYNC_FUNCTIONS", "OTHER_NAMES", "WORDS", "suggest", "symbol_hint", "word_hint"]

#: Function of connect-sync -> how to say it here; empty where nothing corresponds.
CONNECT_SYNC_FUNCTIONS: Final[dict[str, str]] = {
    "BitOr": "",
    "CDecrypt": "",
    "CertExtensionOids": "",
    "CertFormat": "",
    "CertFriendlyName": "",
    "CertHashString": "",
    "CertIssuer": "",
    "CertIssuerDN": "",
    "CertKeyAlgorithm": "",
    "CertKeyAlgorithmParams": "",
    "CertNameInfo": "",
    "CertNotAfter": "",
    "CertNotBefore": "",
    "CertPublicKeyOid": "",
    "CertPublicKeyParametersOid": "",
    "CertSerialNumberString": "",
    "CertSignatureAlgorithmOid": "",
    "CertSubject": "",
    "CertSubjectNameDN": "",
    "CertThumbprint": "",
    "CertVersion": "",
    "CGuid": "CStr(x)",
    "CNum": "the value itself: numeric texts compare and count as numbers",
    "ConvertFromUTF8Hex": "",
    "CRef": "CStr(x)",
    "DNComponentRev": 'Item(Split(x, ","), n)',
    "DetermineCnForDN": "",
    "EscapeDNComponent": 'Replace(x, ",", , , "\\\\,", , )',
    "ImportedValue": "the attribute itself: [name]",
    "IsBitSet": 'IIF(BitAnd(x, mask)="0", "False", "True")',
    "IsDate": "",
    "IsCert": "",
    "IsGuid": "",
    "IsNumeric": "",
    "InStrRev": "",
    "ItemOrNull": "IIF(IsPresent(x), Item(x, n), )",
    "LCase": "ToLower(x)",
    "Len": "",
    "LTrim": "Trim(x)",
    "PadLeft": 'Replace(Join("", "000000", x), , "(.*?)(?<id>.{6})$", , "${id}", , )',
    "PadRight": "",
    "RandomNum": "RandomString(length, length, 0, 0, 0)",
    "ReplaceChars": "NormalizeDiacritics(x) or Replace(...)",
    "Right": 'Replace(x, , "^.*(?<end>.{4})$", , "${end}", , )',
    "RTrim": "Trim(x)",
    "Select": "",
    "UCase": "ToUpper(x)",
    "Where": "",
    "With": "",
    "ValueFromName": "",
}

#: Name of a function in other languages, in lower case -> the function here.
OTHER_NAMES: Final[dict[str, str]] = {
    "case": "Switch",
    "choose": "Switch",
    "concat": "Join",
    "concatenate": "Join",
    "date": "CDate",
    "decode": "Switch",
    "if": "IIF",
    "ifnull": "Coalesce",
    "indexof": "InStr",
    "lower": "ToLower",
    "newguid": "Guid",
    "nvl": "Coalesce",
    "proper": "PCase",
    "regexreplace": "Replace",
    "substr": "Mid",
    "substring": "Mid",
    "titlecase": "PCase",
    "today": "Now",
    "tostring": "CStr",
    "unique": "RemoveDuplicates",
    "upper": "ToUpper",
    "uuid": "Guid",
}

#: Bare word -> hint.
WORDS: Final[dict[str, str]] = {
    "and": "this language has no AND: nest IIF, as in"
    ' IIF([a]="1", IIF([b]="2", "True", "False"), "False")',
    "or": "this language has no OR: nest IIF, as in"
    ' IIF([a]="1", "True", IIF([b]="2", "True", "False"))',
    "not": "write Not(x)",
    "true": 'True is connect-sync; here a boolean is the text "True"',
    "false": 'False is connect-sync; here a boolean is the text "False"',
    "null": 'NULL is connect-sync; here an empty argument or "" stands for no value,'
    " and IsNull(x) asks for it",
    "nothing": 'here an empty argument or "" stands for no value, and IsNull(x) asks for it',
    "authoritativenull": "AuthoritativeNull is connect-sync; here IgnoreFlowIfNullOrEmpty(x)"
    " keeps a missing value from flowing",
}

#: Symbol -> hint, tried in this order.
_SYMBOLS: Final[tuple[tuple[str, str], ...]] = (
    ("&&", "&& is connect-sync; " + WORDS["and"]),
    ("||", "|| is connect-sync; " + WORDS["or"]),
    ("&", '& is connect-sync; join texts with Join("", a, b) or Append(a, b)'),
    ("+", 'texts are joined with Join("", a, b) or Append(a, b); there is no +'),
    ("$", "$item is connect-sync; name the attribute, as in [mail]"),
    ("!=", "not equal is written <>"),
    ("!", "write Not(x)"),
    ("==", "equal is written ="),
    ("\N{LEFT DOUBLE QUOTATION MARK}", 'typographic quotes: write straight ones, "text"'),
    ("\N{RIGHT DOUBLE QUOTATION MARK}", 'typographic quotes: write straight ones, "text"'),
    ("\N{DOUBLE LOW-9 QUOTATION MARK}", 'typographic quotes: write straight ones, "text"'),
    ("\N{LEFT SINGLE QUOTATION MARK}", 'typographic quotes: write straight ones, "text"'),
    ("\N{RIGHT SINGLE QUOTATION MARK}", 'typographic quotes: write straight ones, "text"'),
    ("'", 'a text stands in double quotes: "text"'),
    ('"', 'this text is not closed; a quote inside a text is written \\"'),
    ("[", "this attribute name is not closed with ]"),
    ("%", "a setting of the job is written %Name%"),
    ("{", "an attribute stands in square brackets: [mail]"),
    ("(", "a function's name must stand before the parenthesis"),
    (";", "arguments are separated by commas"),
    ("//", "there are no comments"),
    ("/*", "there are no comments"),
    ("-", "a minus stands directly before the digits of a number; there is no arithmetic"),
    ("*", "there is no arithmetic"),
    ("/", "there is no arithmetic"),
)


def symbol_hint(rest: str) -> str:
    """Return the hint for text that no word of the language can begin with."""
    for symbol, hint in _SYMBOLS:
        if rest.startswith(symbol):
            return hint
    letter = rest[:1]
    if letter and unicodedata.category(letter) in {"Cc", "Cf"}:
        return f"an invisible character (U+{ord(letter):04X}) stands here; delete it"
    plain = unicodedata.normalize("NFKC", letter)
    if plain != letter and plain.isascii():
        return f"this is not the {plain} of the keyboard; write {plain}"
    return ""


def word_hint(word: str) -> str:
    """Return the hint for a bare word that the language does not know."""
    return WORDS.get(word.casefold(), f'an attribute is written [{word}], a text "{word}"')


def suggest(name: str, known: Iterable[str], *, surely: bool = False) -> str:
    """Return the name of ``known`` that ``name`` is a slip of, or an empty string.

    A slip is one edit (two from six letters on): insert, drop, replace or swap letters,
    without regard to case.

    Args:
        name: what was written.
        known: what may be meant.
        surely: find only what can hardly be a name of its own: no edit up to three letters,
            one up to seven, two from eight on.

    >>> suggest("ToLowr", ["ToUpper", "ToLower"])
    'ToLower'
    >>> suggest("Reverse", ["ToUpper", "ToLower"])
    ''
    """
    if len(name) > _LONGEST_NAME:
        return ""
    allowed = 2 if len(name) >= _TWO_SLIPS_FROM else 1
    if surely:
        allowed = sum(len(name) >= length for length in _SURE_SLIPS_FROM)
    best, best_distance = "", allowed + 1
    for candidate in known:
        if abs(len(candidate) - len(name)) < best_distance:
            distance = _edits(name.casefold(), candidate.casefold())
            if distance < best_distance:
                best, best_distance = candidate, distance
    return best


_TWO_SLIPS_FROM: Final = 6
_SURE_SLIPS_FROM: Final = (4, 8)
_LONGEST_NAME: Final = 100


def _edits(left: str, right: str) -> int:
    """Count edits, a swap of neighbours being one (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        current = [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        before, row = row, current
    return row[-1]
