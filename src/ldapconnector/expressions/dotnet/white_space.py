"""White space as .NET knows it.

Python's ``str.strip`` and ``str.split`` take the separators U+001C to U+001F for white space as
well; ``Char.IsWhiteSpace`` does not.

Source: https://learn.microsoft.com/dotnet/api/system.char.iswhitespace
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["WHITE_SPACE", "trim", "words"]

WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

_WORD: Final = re.compile(f"[^{WHITE_SPACE}]+")


def trim(text: str) -> str:
    r"""Return ``text`` without the white space at both ends, as ``String.Trim`` does.

    >>> trim("\u00a0 a b \x1c\t")
    'a b \x1c'
    """
    return text.strip(WHITE_SPACE)


def words(text: str) -> list[str]:
    """Return what stands between white space.

    >>> words("a  b")
    ['a', 'b']
    """
    return _WORD.findall(text)
