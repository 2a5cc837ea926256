"""Letters without their marks, by the table that the service documents.

The table is the contract, not Unicode's decomposition: ``ø`` becomes ``oe`` and ``ä``
becomes ``a``, while ``đ``, ``þ`` and Vietnamese letters with two marks are not in it and
stay as they are.
"""

from __future__ import annotations

import functools
import re

from ldapconnector.expressions.dotnet._diacritics_table import TABLE

__all__ = ["normalize"]


def normalize(text: str) -> str:
    """Replace each letter of the documented table by its plain form.

    Args:
        text: any text. Where a letter and the marks after it are a row of the table, the
            longest such row applies.

    Returns:
        the text; characters outside of the table are unchanged.

    Source: functions-for-customizing-application-data.md, NormalizeDiacritics, 261 rows.

    Example:
        >>> normalize("Ærøskøbing, Größe, Łódź")
        'AEroeskoebing, Grosse, Lodz'
    """
    if text.isascii():
        return text
    return _pattern().sub(_plain, text)


@functools.cache
def _pattern() -> re.Pattern[str]:
    """Find the letters that begin a row, with the marks after them; ASCII ones need a mark."""
    heads = {row[0] for row in TABLE}
    marks = "".join(sorted({mark for row in TABLE for mark in row[1:]}))
    bare = "".join(sorted(head for head in heads if head.isascii()))
    other = "".join(sorted(head for head in heads if not head.isascii()))
    return re.compile(f"[{other}][{marks}]*|[{bare}][{marks}]+")


def _plain(match: re.Match[str]) -> str:
    found = match[0]
    for length in range(len(found), 0, -1):
        row = TABLE.get(found[:length])
        if row is not None:
            return row + found[length:]
    return found
