r"""Character classes of .NET, rewritten for the ``regex`` package.

Every shorthand and category is written out as members of one flat class, since the two
engines agree on nothing else: .NET's ``\w`` and ``\s`` hold other characters, subtraction
(``[a-z-[aeiou]]``) is spelt differently, and case is ignored for letters only.
"""

from __future__ import annotations

from typing import Final

from ldapconnector.expressions.dotnet._regex_scan import Scanner, escape

DEEPEST: Final = 50
"""Groups and classes that may nest."""

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
                    ranges.append(escape(previous))
                    subtracted = self.subtraction()
                elif previous > letter:
                    self.fail(f"the range {previous}-{letter} runs backwards", here)
                else:
                    ranges.append(f"{escape(previous)}-{escape(letter)}")
                previous = None
            elif self.peek() == "-" and self.peek(1) not in {"", "]"}:
                previous = letter
                self.at += 1
            elif letter == "-" and not escaped and not first and self.peek() == "[":
                self.at += 1
                subtracted = self.subtraction()
            else:
                ranges.append(escape(letter))
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
        letters, names = "".join(ranges), "".join(properties)
        # Case is ignored for letters only: \p{Lu} means capitals under any option.
        if "i" in self.options and letters and names:
            inner = f"(?:(?i:[{letters}])|[{names}])"
            text = f"(?:(?!{inner})(?s:.))" if negated else inner
        else:
            text = f"[{'^' if negated else ''}{letters}{names}]"
            if "i" in self.options and letters:
                text = f"(?i:{text})"
        return f"(?:(?!{subtracted}){text})" if subtracted else text
