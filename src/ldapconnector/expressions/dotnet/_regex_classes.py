r"""Character classes of .NET, rewritten for the ``regex`` package.

Every shorthand and category is written out as members of one flat class, since the two
engines agree on nothing else: .NET's ``\w`` and ``\s`` hold other characters, subtraction
(``[a-z-[aeiou]]``) is spelt differently, and where case is ignored .NET joins other letters.
"""

from __future__ import annotations

from typing import Final

from ldapconnector.expressions.dotnet._regex_case import LONGEST_RANGE, widened
from ldapconnector.expressions.dotnet._regex_scan import Scanner, escape

DEEPEST: Final = 50
"""Groups and classes that may nest."""

MOST_WIDENED: Final = 100_000
"""Characters of ranges whose other case one pattern may need."""

_DIGIT: Final = r"\p{Nd}"
_NO_DIGIT: Final = r"\P{Nd}"
WORD: Final = r"\p{L}\p{Mn}\p{Nd}\p{Pc}"
_NO_WORD: Final = r"\p{Mc}\p{Me}\p{Nl}\p{No}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\p{S}\p{Z}\p{C}"
_SPACE: Final = r"\t-\r\x85\p{Z}"
_NO_SPACE: Final = (
    r"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Cs}\p{Co}\p{Cn}\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
)
SHORTHANDS: Final = {
    "d": _DIGIT,
    "D": _NO_DIGIT,
    "w": WORD,
    "W": _NO_WORD,
    "s": _SPACE,
    "S": _NO_SPACE,
}


class ClassReader(Scanner):
    """A scanner that reads character classes."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.widened = 0

    def char_class(self) -> str:
        """Read a class after its ``[`` and return an item that matches one character."""
        start = self.at - 1
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"classes are nested deeper than {DEEPEST}", start)
        negated = self.take("^")
        ranges: list[str] = []
        properties: list[str] = []
        subtracted = ""
        first = True
        previous: str | None = None
        while True:
            here = self.at
            letter = self.peek()
            if not letter:
                self.fail("this '[' is not closed", start)
            self.at += 1
            escaped = False
            if letter == "]" and not first:
                break
            if letter == "\\" and self.peek():
                kind = self.peek()
                if kind in SHORTHANDS or kind in "pP":
                    if previous is not None:
                        self.fail(f"a range cannot end with '\\{kind}'", here)
                    self.at += 1
                    properties.append(SHORTHANDS.get(kind) or self.property(negated=kind == "P"))
                    first = False
                    continue
                if kind == "-":
                    self.at += 1
                    ranges.append(escape("-"))
                    first = False
                    continue
                letter = self.character()
                escaped = True
            elif letter == "[" and self.peek() == ":" and previous is None:
                self.refuse_posix(here)
            if previous is not None:
                if letter == "[" and not escaped and not first:
                    ranges.append(self.range_of(previous, previous, here))
                    subtracted = self.subtraction()
                elif previous > letter:
                    self.fail(f"the range {previous}-{letter} runs backwards", here)
                else:
                    ranges.append(self.range_of(previous, letter, here))
                previous = None
            elif self.peek() == "-" and self.peek(1) not in {"", "]"}:
                previous = letter
                self.at += 1
            elif letter == "-" and not escaped and not first and self.peek() == "[":
                self.at += 1
                subtracted = self.subtraction()
            else:
                ranges.append(self.range_of(letter, letter, here))
            first = False
        self.depth -= 1
        return self.class_text(ranges, properties, subtracted, negated=negated)

    def subtraction(self) -> str:
        text = self.char_class()
        if self.peek() not in {"", "]"}:
            self.fail("a subtraction must be the last thing in its class")
        return text

    def refuse_posix(self, here: int) -> None:
        end = self.pattern.find(":]", self.at)
        name = self.pattern[self.at + 1 : max(end, 0)]
        if end > 0 and name.isalpha():
            self.fail(f"[:{name}:] is not of .NET; use a category such as \\p{{L}}", here)

    def class_text(
        self, ranges: list[str], properties: list[str], subtracted: str, *, negated: bool
    ) -> str:
        inside = "".join([*ranges, *properties])
        text = f"[{'^' if negated else ''}{inside}]"
        return f"(?:(?!{subtracted}){text})" if subtracted else text

    def range_of(self, first: str, last: str, at: int) -> str:
        """Return the members of a class for a range, or for one letter that is both its ends."""
        if "i" not in self.options:
            return escape(first) if first == last else f"{escape(first)}-{escape(last)}"
        self.widened += min(ord(last) - ord(first), LONGEST_RANGE)
        if self.widened > MOST_WIDENED:
            self.fail("the classes hold too many letters to ignore their case", at)
        return "".join(
            escape(start) if start == end else f"{escape(start)}-{escape(end)}"
            for start, end in widened(first, last)
        )
