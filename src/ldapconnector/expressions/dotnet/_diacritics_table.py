"""The documented rows of ``NormalizeDiacritics``: what becomes of which characters.

Source: functions-for-customizing-application-data.md, NormalizeDiacritics (August 2024).
"""

from __future__ import annotations

from typing import Final

_ROWS: Final = {
    "a": "ä à â ã å á ą ă ā ā\u0301 ā\u0300 ā\u0302 ā\u0303 ǟ ā\u0308 ǡ a\u0331 å\u0304",
    "A": "Ä À Â Ã Å Á Ą Ă Ā Ā\u0301 Ā\u0300 Ā\u0302 Ā\u0303 Ǟ Ā\u0308 Ǡ A\u0331 Å\u0304",
    "ae": "æ ǣ",
    "AE": "Æ Ǣ",
    "c": "ç č ć c\u0304 c\u0331",
    "C": "Ç Č Ć C\u0304 C\u0331",
    "d": "ď d\u0304 ḏ",
    "D": "Ď D\u0304 Ḏ",
    "e": "ë è é ê ę ě ė ē ḗ ḕ ē\u0302 ē\u0303 ê\u0304 e\u0331 ë\u0304 e\u030a\u0304",
    "E": "Ë È É Ê Ę Ě Ė Ē Ḗ Ḕ Ē\u0302 Ē\u0303 Ê\u0304 E\u0331 Ë\u0304 E\u030a\u0304",
    "g": "ğ ḡ g\u0331",
    "G": "Ğ Ḡ G\u0331",
    "i": "ï î ì í \u0131 ī ī\u0301 ī\u0300 ī\u0302 ī\u0303 i\u0331",
    "I": "Ï Î Ì Í İ Ī Ī\u0301 Ī\u0300 Ī\u0302 Ī\u0303 I\u0331",
    "l": "ľ ł l\u0304 ḹ ḻ",
    "L": "Ł Ľ L\u0304 Ḹ Ḻ",
    "n": "ñ ń ň n\u0304 ṉ",
    "N": "Ñ Ń Ň N\u0304 Ṉ",
    "o": "ö ò ő õ ô ó ō ṓ ṑ ō\u0302 ō\u0303 ȫ ō\u0308 ǭ ȭ ȱ o\u0331",
    "O": "Ö Ò Ő Õ Ô Ó Ō Ṓ Ṑ Ō\u0302 Ō\u0303 Ȫ Ō\u0308 Ǭ Ȭ Ȱ O\u0331",
    "oe": "ø ø\u0304 œ\u0304",
    "OE": "Ø Ø\u0304 Œ\u0304",
    "r": "ř r\u0304 ṟ ṝ",
    "R": "Ř R\u0304 Ṟ Ṝ",
    "ss": "ß",
    "s": "š ś ș ş s\u0304 s\u0331",
    "S": "Š Ś Ș Ş S\u0304 S\u0331",
    "t": "ť ț t\u0304 ṯ",
    "T": "Ť Ț T\u0304 Ṯ",
    "u": "ü ù û ú ů ű ū ū\u0301 ū\u0300 ū\u0302 ū\u0303 u\u0307\u0304 ǖ ṻ ṳ\u0304 u\u0331",
    "U": "Ü Ù Û Ú Ů Ű Ū Ū\u0301 Ū\u0300 Ū\u0302 Ū\u0303 U\u0307\u0304 Ǖ Ṻ Ṳ\u0304 U\u0331",
    "y": "ÿ ý ȳ ȳ\u0301 ȳ\u0300 ȳ\u0303 y\u0331",
    "Y": "Ÿ Ý Ȳ Ȳ\u0301 Ȳ\u0300 Ȳ\u0303 Y\u0331",
    "z": "ź ž ż z\u0304 ẕ",
    "Z": "Ź Ž Ż Z\u0304 Ẕ",
}

TABLE: Final = {
    sequence: replacement for replacement, row in _ROWS.items() for sequence in row.split(" ")
}
"""From a character, or a letter with combining marks, to its replacement: 261 rows."""
