"""The reader of .NET regular expressions.

It follows the grammar that Microsoft documents ("Regular expression language - quick
reference" and the pages below it) and refuses, with the position, what .NET refuses and
what has no equivalent here. Options are resolved while reading, so that the result has the
same meaning without them; only a back-reference that ignores case still needs one.
"""

from __future__ import annotations

from typing import Final

from ldapconnector.expressions.dotnet._regex_case import same_letters
from ldapconnector.expressions.dotnet._regex_classes import (
    DEEPEST,
    SHORTHANDS,
    WORD,
    ClassReader,
)
from ldapconnector.expressions.dotnet._regex_nodes import (
    Atom,
    Choice,
    Condition,
    Group,
    Node,
    Reference,
    Repeat,
    Sequence,
    weight,
)
from ldapconnector.expressions.dotnet._regex_scan import DIGITS, all_digits, escape
from ldapconnector.expressions.dotnet._shown import shown

LONGEST_PATTERN: Final = 10_000
HEAVIEST: Final = 50_000
MOST_REPEATS: Final = 2_147_483_647
LONGEST_RUN: Final = 100

# Always true, and never joined with its neighbours. The engine prepares the search for a
# run of literals in a time that grows with the cube of its length, outside of any time limit.
_BREAK: Final = Atom(text=r"(?!\b\B)", width=0)

_OPTIONS: Final = frozenset("imnsx+-")
_BOUNDARY_WORD: Final = rf"[{WORD}\u200c\u200d]"
_BOUNDARY: Final = (
    rf"(?:(?<={_BOUNDARY_WORD})(?!{_BOUNDARY_WORD})|(?<!{_BOUNDARY_WORD})(?={_BOUNDARY_WORD}))"
)
_NO_BOUNDARY: Final = (
    rf"(?:(?<={_BOUNDARY_WORD})(?={_BOUNDARY_WORD})|(?<!{_BOUNDARY_WORD})(?!{_BOUNDARY_WORD}))"
)
_ANCHORS: Final = {
    "A": r"\A",
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
    "b": _BOUNDARY,
    "B": _NO_BOUNDARY,
}


class Parser(ClassReader):
    """Reads one pattern. Use :func:`parse`."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.count = 0
        self.unnamed = 0
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        self.slots: set[int] = {0}
        self.open: set[int] = set()
        self.collecting = True

    # -- the two passes -----------------------------------------------------------------

    def run(self) -> Node:
        """Read twice: references may point forward, so the groups must be known first."""
        self.pass_over()
        number = 1
        for name in self.names:
            while number in self.slots:
                number += 1
            self.numbers[name] = number
            self.slots.add(number)
        self.collecting = False
        self.at = self.depth = self.count = self.widened = self.unnamed = 0
        self.options = frozenset()
        return self.pass_over()

    def pass_over(self) -> Node:
        node = self.choice()
        if self.at < len(self.pattern):
            self.fail("this ')' closes nothing")
        return node

    # -- structure ----------------------------------------------------------------------

    def choice(self) -> Node:
        """Read alternatives up to the closing parenthesis or the end."""
        branches = self.branches()
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def branches(self) -> list[Node]:
        found = [self.sequence()]
        while self.take("|"):
            found.append(self.sequence())
        return found

    def sequence(self) -> Node:
        parts: list[Node] = []
        while True:
            self.skip_blank()
            letter = self.peek()
            if not letter or letter in "|)":
                return parts[0] if len(parts) == 1 else Sequence(tuple(parts))
            start = self.at
            if self.at_quantifier():
                self.fail(f"the quantifier {letter!r} follows nothing that it could repeat")
            part = self.part()
            if part is None:
                continue
            self.count += 1
            if not self.count % LONGEST_RUN:
                parts.append(_BREAK)
            self.skip_blank()
            if self.at_quantifier():
                part = self.quantified(part, start)
            parts.append(part)

    def skip_blank(self) -> None:
        """Step over comments, and over white space where the option ``x`` says so."""
        while True:
            if "x" in self.options:
                while self.peek() and self.peek() in " \t\n\r\f\v":
                    self.at += 1
                if self.peek() == "#":
                    end = self.pattern.find("\n", self.at)
                    self.at = len(self.pattern) if end < 0 else end
                    continue
            if not self.pattern.startswith("(?#", self.at):
                return
            end = self.pattern.find(")", self.at)
            if end < 0:
                self.fail("this comment is not closed")
            self.at = end + 1

    def at_quantifier(self) -> bool:
        letter = self.peek()
        return bool(letter) and (
            letter in "*+?" or (letter == "{" and self.braces(self.at) is not None)
        )

    def braces(self, at: int) -> tuple[int, int | None, int] | None:
        """Return least, most and the end of a ``{n,m}`` at that place, if one is there."""
        end = self.pattern.find("}", at)
        first, comma, second = self.pattern[at + 1 : max(end, 0)].partition(",")
        if end < 0 or not all_digits(first) or (second and not all_digits(second)):
            return None
        most = (int(second) if second else None) if comma else int(first)
        return int(first), most, end + 1

    def quantified(self, part: Node, start: int) -> Node:
        letter = self.peek()
        at = self.at
        if letter == "{":
            found = self.braces(self.at)
            least, most, self.at = found if found is not None else (0, None, self.at)
            if max(least, most or 0) > MOST_REPEATS:
                self.fail(f"a quantifier counts to {MOST_REPEATS} at most", at)
            if most is not None and least > most:
                self.fail(f"the quantifier {{{least},{most}}} has more at least than at most", at)
        else:
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[letter]
            self.at += 1
        lazy = self.take("?")
        self.skip_blank()
        if self.at_quantifier():
            self.fail(f"the quantifier {self.peek()!r} follows another one (.NET has no such form)")
        node = Repeat(child=part, least=least, most=most, lazy=lazy)
        if weight(node) > HEAVIEST:
            self.fail(f"this must be repeated too often (over {HEAVIEST} items in all)", start)
        return node

    def part(self) -> Node | None:
        """Read one part without its quantifier; ``None`` for inline options."""
        letter = self.peek()
        if letter == "(":
            return self.group()
        self.at += 1
        match letter:
            case "[":
                return Atom(text=self.char_class(), width=1)
            case "\\":
                return self.backslash()
            case ".":
                return Atom(text="(?s:.)" if "s" in self.options else r"[^\n]", width=1)
            case "^":
                return Atom(text="(?m:^)" if "m" in self.options else r"\A", width=0)
            case "$":
                text = r"(?=\n|\Z)" if "m" in self.options else r"(?=\n?\Z)"
                return Atom(text=text, width=0)
            case _:
                return self.literal(letter)

    def literal(self, letter: str) -> Atom:
        letters = same_letters(letter) if "i" in self.options else letter
        if len(letters) == 1:
            return Atom(text=escape(letter), width=1)
        return Atom(text=f"[{''.join(map(escape, letters))}]", width=1)

    # -- groups -------------------------------------------------------------------------

    def capture(self, number: int, start: int) -> Node:
        """Read the rest of a capturing group."""
        nested = number in self.open
        self.open.add(number)
        child = self.inside(start)
        if not nested:
            self.open.discard(number)
        return Group(opening="", number=number, child=child)

    def inside(self, start: int) -> Node:
        """Read the rest of a group, up to and with its closing parenthesis."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"groups are nested deeper than {DEEPEST}", start)
        kept = self.options
        node = self.choice()
        self.close(start)
        self.options = kept
        self.depth -= 1
        return node

    def close(self, start: int) -> None:
        if not self.take(")"):
            self.fail("this '(' is not closed", start)

    def group(self) -> Node | None:
        start = self.at
        self.at += 1
        if self.peek() != "?" or self.peek(1) == ")":
            if "n" in self.options:
                return Group(opening="(?:", child=self.inside(start))
            self.unnamed += 1
            number = self.unnamed
            self.slots.add(number)
            return self.capture(number, start)
        self.at += 1
        for opening, looks in (
            (":", False),
            (">", False),
            ("=", True),
            ("!", True),
            ("<=", True),
            ("<!", True),
        ):
            if self.take(opening):
                return Group(opening=f"(?{opening}", looks=looks, child=self.inside(start))
        if self.peek() in {"<", "'"}:
            return self.capture(self.group_name(start), start)
        if self.peek() == "(":
            return self.condition(start)
        return self.inline_options(start)

    def group_name(self, start: int) -> int:
        """Read ``<name>`` or ``'name'`` and return the group's number (0 on the first pass)."""
        closing = ">" if self.peek() == "<" else "'"
        self.at += 1
        name = self.word()
        if self.peek() == "-":
            self.fail(
                "a balancing group such as (?<name1-name2>...) has no equivalent here; write "
                "the pattern without it",
                start,
            )
        if not name or not self.take(closing):
            self.fail(f"a group's name needs letters or digits and {closing!r} after them", start)
        if name[0] in DIGITS:
            if not all_digits(name):
                self.fail("a group's name cannot begin with a digit", start)
            number = int(name)
            if not number:
                self.fail("a group cannot have the number 0: that is the whole match", start)
            self.slots.add(number)
            return number
        if self.collecting:
            if name not in self.names:
                self.names.append(name)
            return 0
        return self.numbers[name]

    def inline_options(self, start: int) -> Node | None:
        on = True
        options = set(self.options)
        while (letter := self.peek()) and letter.lower() in _OPTIONS:
            self.at += 1
            if letter in "+-":
                on = letter == "+"
            elif on:
                options.add(letter.lower())
            else:
                options.discard(letter.lower())
        if self.take(")"):
            self.options = frozenset(options)
            return None
        if not self.take(":"):
            self.fail("'(?' begins a construct that .NET does not know", start)
        kept, self.options = self.options, frozenset(options)
        node = self.inside(start)
        self.options = kept
        return Group(opening="(?:", child=node)

    def condition(self, start: int) -> Node:
        """Read ``(?(test)yes|no)``."""
        opening = self.at
        self.at += 1
        number = self.tested_group(opening)
        test: int | Node
        if number is None:
            self.at = opening
            test = self.test_part()
        else:
            test = number
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"groups are nested deeper than {DEEPEST}", start)
        kept = self.options
        branches = self.branches()
        self.close(start)
        self.options = kept
        self.depth -= 1
        if len(branches) > 2:
            self.fail("a conditional has at most two branches", start)
        no = branches[1] if len(branches) == 2 else Sequence(())
        return Condition(test=test, yes=branches[0], no=no)

    def tested_group(self, opening: int) -> int | None:
        """Read a group's number or name in the parentheses of a conditional, if it is one."""
        name = self.word()
        if not name or not self.take(")"):
            return None
        if all_digits(name):
            number = int(name)
            if not self.collecting and number not in self.slots:
                self.fail(
                    f"the conditional names the group {number}, which does not exist", opening
                )
            return number
        if self.collecting:
            # On the first pass it cannot be known; both readings take the same text.
            return 0
        return self.numbers.get(name)

    def test_part(self) -> Node:
        start = self.at
        self.at += 1
        if self.peek() == "?":
            self.at = start
            part = self.group()
            if isinstance(part, Group) and part.looks:
                return part
            if not isinstance(part, Group) or part.number:
                self.fail("a conditional cannot test this construct", start)
            return Group(opening="(?=", looks=True, child=part)
        return Group(opening="(?=", looks=True, child=self.inside(start))

    # -- escapes ------------------------------------------------------------------------

    def backslash(self) -> Node:
        start = self.at - 1
        letter = self.peek()
        if not letter:
            self.fail("the pattern ends with a backslash that escapes nothing", start)
        if letter in _ANCHORS:
            self.at += 1
            return Atom(text=_ANCHORS[letter], width=0)
        if letter == "G":
            self.at += 1
            return Atom(text=r"\G", width=0, search_start=True)
        if letter in SHORTHANDS:
            self.at += 1
            return Atom(text=f"[{SHORTHANDS[letter]}]", width=1)
        if letter in "pP":
            self.at += 1
            return Atom(text=f"[{self.property(negated=letter == 'P')}]", width=1)
        reference = self.reference(start)
        if reference is not None:
            return reference
        return self.literal(self.character())

    def reference(self, start: int) -> Node | None:
        """Read a back-reference after the backslash, or return ``None`` and read nothing."""
        begin = self.at
        named = self.take("k")
        closing = {"<": ">", "'": "'"}.get(self.peek(), "")
        if named and not closing:
            self.fail(r"\k needs a group's name: \k<name>", start)
        if closing:
            self.at += 1
            name = self.word()
            if not name or not self.take(closing):
                if named:
                    self.fail(r"\k needs a group's name: \k<name>", start)
                self.at = begin
                return None
        else:
            digits = self.digits() if self.peek() != "0" else ""
            if not digits:
                return None
            if int(digits) > 9 and not self.collecting and int(digits) not in self.slots:
                # Two digits or more that are no group: an octal number.
                self.at = begin
                return None
            name = digits
        return Reference(number=self.known_group(name, start), ignore_case="i" in self.options)

    def known_group(self, name: str, start: int) -> int:
        if self.collecting:
            return 0
        number = int(name) if all_digits(name) else self.numbers.get(name, -1)
        if number not in self.slots:
            self.fail(f"there is no group {name!r} to refer to", start)
        if number in self.open:
            self.fail(
                f"a reference to the group {name!r} from inside of it has no equivalent here", start
            )
        return number


def parse(pattern: str) -> tuple[Node, dict[str, int], frozenset[int]]:
    """Read a .NET regular expression.

    Args:
        pattern: the pattern, with no options but inline ones.

    Returns:
        the pattern's tree, the numbers of its named groups, and all group numbers (0 is
        the whole match).

    Raises:
        ValueError: .NET refuses the pattern, it has no equivalent, or it exceeds a bound.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(
            f"the pattern has {len(pattern)} characters; an expression has {LONGEST_PATTERN} at most"
        )
    parser = Parser(pattern)
    node = parser.run()
    if weight(node) > HEAVIEST:
        raise ValueError(
            f"the pattern {shown(pattern)} repeats too much (over {HEAVIEST} items in all)"
        )
    return node, parser.numbers, frozenset(parser.slots)
