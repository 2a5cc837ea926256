"""A cursor over a .NET pattern, and the escapes that mean one character."""

from __future__ import annotations

import unicodedata
from typing import Final, NoReturn

from ldapconnector.expressions.dotnet import _regex_blocks
from ldapconnector.expressions.dotnet._shown import shown

DIGITS: Final = frozenset("0123456789")
_OCTAL: Final = frozenset("01234567")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_WORD_CATEGORIES: Final = ("L", "Mn", "Nd", "Pc")
_JOINERS: Final = "\u200c\u200d"

_CONTROLS: Final = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}


def _is_word(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category.startswith(_WORD_CATEGORIES) or letter in _JOINERS


def escape(letter: str) -> str:
    """Return a literal character as the ``regex`` package takes it, inside or outside a class."""
    code = ord(letter)
    if letter.isascii():
        return letter if letter.isalnum() else f"\\x{code:02x}"
    return f"\\U{code:08x}"


def all_digits(text: str) -> bool:
    """Tell whether a text is a number in ASCII digits."""
    return bool(text) and DIGITS.issuperset(text)


class Scanner:
    """Where the reader stands in a pattern.

    Attributes:
        pattern: the .NET pattern.
        at: the index of the next character.
        depth: how many groups and classes are open.
        options: the inline options that hold here.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0
        self.options: frozenset[str] = frozenset()

    def fail(self, why: str, at: int | None = None) -> NoReturn:
        position = (self.at if at is None else at) + 1
        raise ValueError(f"{why}, at position {position} of the pattern {shown(self.pattern)}")

    def peek(self, ahead: int = 0) -> str:
        return self.pattern[self.at + ahead : self.at + ahead + 1]

    def take(self, text: str) -> bool:
        if not self.pattern.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def word(self) -> str:
        start = self.at
        while self.peek() and _is_word(self.peek()):
            self.at += 1
        return self.pattern[start : self.at]

    def digits(self) -> str:
        start = self.at
        while self.peek() and self.peek() in DIGITS:
            self.at += 1
        return self.pattern[start : self.at]

    def property(self, *, negated: bool) -> str:
        start = self.at - 2
        end = self.pattern.find("}", self.at)
        if self.peek() != "{" or end < 0:
            self.fail(r"\p needs a category or block in braces: \p{Lu}", start)
        name = self.pattern[self.at + 1 : end]
        members = _regex_blocks.members(name, negated=negated)
        if members is None:
            near = _regex_blocks.nearest(name)
            hint = f"; did you mean {near}?" if near else ""
            self.fail(f"{name[:40]!r} is no Unicode category or block of .NET{hint}", start)
        self.at = end + 1
        return members

    def character(self) -> str:
        """Read the escape of one character, after the backslash."""
        start = self.at - 1
        letter = self.peek()
        if not letter:
            self.fail("the pattern ends with a backslash that escapes nothing", start)
        if letter in _OCTAL:
            end = self.at
            while end - self.at < 3 and self.pattern[end : end + 1] in _OCTAL - {""}:
                end += 1
            code = int(self.pattern[self.at : end], 8) & 0xFF
            self.at = end
            return chr(code)
        self.at += 1
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter in "xu":
            return self.hexadecimal(2 if letter == "x" else 4, start)
        if letter == "c":
            control = self.peek().upper()
            if not control or not "@" <= control <= "_":
                self.fail(r"\c needs a control letter: \cA", start)
            self.at += 1
            return chr(ord(control) - 64)
        if _is_word(letter):
            self.fail(f"'\\{letter}' is no escape that .NET knows", start)
        return letter

    def hexadecimal(self, count: int, start: int) -> str:
        digits = self.pattern[self.at : self.at + count]
        if len(digits) < count or not _HEX.issuperset(digits):
            self.fail(f"the escape needs {count} hexadecimal digits", start)
        self.at += count
        return chr(int(digits, 16))
