"""Text to tree. The only place that knows Lark; none of its types leaves this module.

The LALR parser is built once, when the first expression is parsed (about 40 ms), and builds
our nodes while it parses.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from ldapconnector.errors import ExpressionSyntaxError
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._dialect import WORDS, symbol_hint, word_hint

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

__all__ = ["ARGUMENTS", "DEPTH_LIMIT", "LENGTH_LIMIT", "parse_tree", "syntax_error"]

#: Longest text that is parsed, in characters. The service takes 10,000.
LENGTH_LIMIT: Final = 100_000
#: Deepest nesting of functions.
DEPTH_LIMIT: Final = 100

_WORDS: Final[dict[str, str]] = {
    "ATTRIBUTE": "an attribute [name]",
    "TEXT": 'a text "..."',
    "NUMBER": "a number",
    "PARAMETER": "a setting %Name%",
    "NAME": "a function",
    "OPERATOR": "a comparison (= <> > >= < <=)",
    "COMMA": "a comma",
    "RPAR": "a closing parenthesis",
    "_LPAR": "an opening parenthesis",
    "$END": "the end",
}


#: What an argument can begin with.
ARGUMENTS: Final = tuple(
    _WORDS[name] for name in ("ATTRIBUTE", "TEXT", "NUMBER", "PARAMETER", "NAME")
)


class _TooDeep(Exception):
    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class _Builder:
    """Lark's callbacks, one for each rule, called while the parser runs."""

    def attribute(self, children: list[Token]) -> ast.Node:
        (token,) = children
        return ast.Attribute(token.value[1:-1], span=_span(token))

    def text(self, children: list[Token]) -> ast.Node:
        (token,) = children
        written = token.value
        return ast.Text(ast.unquote(written), written, span=_span(token))

    def number(self, children: list[Token]) -> ast.Node:
        (token,) = children
        written = token.value
        hexadecimal = written.startswith("&")
        digits = written[2:] if hexadecimal else written
        # Python refuses to convert thousands of digits; 64 bits need no more than these.
        short = digits if len(digits) <= _MOST_DIGITS else "9" * _MOST_DIGITS
        value = int(short, 16) if hexadecimal else int(short)
        return ast.Number(value, written, span=_span(token))

    def parameter(self, children: list[Token]) -> ast.Node:
        (token,) = children
        return ast.Parameter(token.value[1:-1], span=_span(token))

    def token(self, children: list[Token]) -> ast.Node:
        (token,) = children
        return ast.Token(token.value, span=_span(token))

    def comparison(self, children: list[Any]) -> ast.Node:
        left, operator, right = children
        return ast.Comparison(left, operator.value, right, span=(left.span[0], right.span[1]))

    def slot(self, children: list[ast.Node]) -> ast.Node | None:
        return children[0] if children else None

    def slots(self, children: list[Any]) -> list[Any]:
        return children

    def call(self, children: list[Any]) -> ast.Node:
        name, slots, closing = children
        arguments: list[ast.Node] = []
        depth = 0
        for position, slot in enumerate(slots):
            if position % 2:
                continue  # a comma
            if slot is None:
                after = slots[position - 1].end_pos if position else closing.start_pos
                arguments.append(ast.Omitted(span=(after, after)))
            else:
                arguments.append(slot)
                depth = max(depth, _depth(slot))
        if len(arguments) == 1 and isinstance(arguments[0], ast.Omitted):
            arguments.clear()
        if depth >= DEPTH_LIMIT:
            raise _TooDeep(name.start_pos)
        return ast.Call(
            name.value,
            tuple(arguments),
            name.value,
            depth + 1,
            span=(name.start_pos, closing.end_pos),
        )

    def start(self, children: list[ast.Node]) -> ast.Node:
        return children[0]


_MOST_DIGITS: Final = 30


def _depth(node: ast.Node) -> int:
    if isinstance(node, ast.Call):
        return node.depth
    if isinstance(node, ast.Comparison):
        return max(_depth(node.left), _depth(node.right))
    return 0


def _span(token: Token) -> ast.Span:
    return token.start_pos or 0, token.end_pos or 0


@functools.cache
def _parser() -> Lark:
    from lark import Lark  # noqa: PLC0415 - loaded when the first expression is parsed

    grammar = resources.files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
        transformer=_Builder(),
    )


def parse_tree(text: str) -> ast.Node:
    """Parse ``text``; names are left as they are written.

    Raises:
        ExpressionSyntaxError: the text is no expression.
    """
    if len(text) > LENGTH_LIMIT:
        raise ExpressionSyntaxError(
            f"the text has {len(text):,} characters and an expression at most {LENGTH_LIMIT:,}"
            " (the service takes 10,000)",
            text=text[:200],
            line=1,
            column=1,
        )
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415

    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as error:
        raise _explained(text, error) from None
    except _TooDeep as error:
        raise syntax_error(
            text,
            error.offset,
            f"functions nest deeper than {DEPTH_LIMIT}",
            hint="split the expression, or use Switch in place of nested IIF",
        ) from None
    node: ast.Node = tree
    return node


def syntax_error(
    text: str,
    offset: int,
    message: str,
    *,
    expected: Iterable[str] = (),
    hint: str = "",
) -> ExpressionSyntaxError:
    """Build the error for the character ``offset`` of ``text``."""
    line, column = ast.locate(text, offset)
    return ExpressionSyntaxError(
        message, text=text, line=line, column=column, expected=sorted(expected), hint=hint
    )


def _explained(text: str, error: UnexpectedInput) -> ExpressionSyntaxError:
    """Turn what Lark says into what an author can use."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415

    terminals: Iterable[str] = ()
    if isinstance(error, UnexpectedCharacters):
        offset: Any = error.pos_in_stream
        return _unexpected(text, offset, text[offset], _accepted(text[:offset], error.allowed))
    if isinstance(error, UnexpectedToken):
        token = error.token
        terminals = error.accepts or error.expected
        if token.type == "$END":
            return _ended(text, terminals)
        return _unexpected(text, token.start_pos or 0, str(token.value), terminals)
    return _ended(text, terminals)  # pragma: no cover - Lark has no third kind for LALR


def _accepted(before: str, allowed: Iterable[str]) -> Iterable[str]:
    """Tell what may follow `before`; the lexer alone knows the LALR state only, which is wider."""
    from lark.exceptions import LarkError  # noqa: PLC0415

    try:
        state = _parser().parse_interactive(before)
        state.exhaust_lexer()
        accepted: set[str] = state.accepts()  # type: ignore[no-untyped-call]
    except (LarkError, _TooDeep):
        return allowed
    return accepted


def _plain(terminals: Iterable[str]) -> list[str]:
    return [_WORDS[name] for name in terminals if name in _WORDS]


def _ended(text: str, terminals: Iterable[str]) -> ExpressionSyntaxError:
    if not text.strip(" \t\r\n\ufeff\xa0"):
        message = "the expression is empty"
    elif "RPAR" in terminals:
        message = "the expression ends inside a function: a closing parenthesis is missing"
    else:
        message = "the expression ends too early"
    return syntax_error(text, len(text.rstrip()), message, expected=_plain(terminals))


def _unexpected(
    text: str, offset: int, found: str, terminals: Iterable[str]
) -> ExpressionSyntaxError:
    allowed = set(terminals)
    is_word = found[:1].isalpha() or found[:1] == "_"
    shown = _word_at(text, offset) if is_word else found
    if len(shown) > _SHOWN:
        shown = shown[:_SHOWN] + "…"
    hint = _hint(text, offset, found, allowed) or (
        word_hint(shown) if is_word else symbol_hint(text[offset:])
    )
    return syntax_error(
        text, offset, f"{shown!r} cannot stand here", expected=_plain(allowed), hint=hint
    )


def _hint(text: str, offset: int, found: str, allowed: set[str]) -> str:
    """Say what the surroundings tell of a mistake; empty where only the character itself does."""
    before, rest = text[:offset].rstrip(), text[offset:]
    ended = "$END" in allowed
    first, last = found[:1], before[-1:]
    if first in {"=", "<", ">"}:
        if last in {"=", "<", ">", "!"}:
            return "the comparisons are = <> > >= < <="
        if not before:
            return "an expression begins with a function, an attribute or a text, without ="
        if last in {"(", ","}:
            return "what is compared is missing before the operator"
        return 'comparisons do not chain: nest IIF, as in IIF([a]="1", IIF([b]="2", ...), ...)'
    if first in {",", ")"} and last in {"=", "<", ">"}:
        return 'what to compare with is missing; no value is written ""'
    if ended and first == ")":
        return "there is one closing parenthesis too many"
    if ended and first == ",":
        return "the expression has ended here: is a function's name missing before it?"
    if ended and first == ";":
        return "an expression is one function and ends without a semicolon"
    if first == "." and last.isdigit():
        return 'only whole numbers are bare; write "1.5" in quotes'
    if first == "." and last.isalnum():
        return 'is the opening quote of a text missing? a text is written "text"'
    if first == "." and last == ")":
        return "functions are nested, not chained: Trim(ToLower([a]))"
    if rest[:1] == "+" and rest[1:2].isdigit() and last in {"(", ","}:
        return "a positive number has no sign"
    if rest.startswith("[]"):
        return "an attribute has a name: [mail]"
    if first == '"' and offset and text[offset - 1 : offset].isalnum():
        return 'is the opening quote of this text missing? a text is written "text"'
    return _hint_of_neighbours(text, offset, found, allowed)


def _hint_of_neighbours(text: str, offset: int, found: str, allowed: set[str]) -> str:
    """Say what is missing between two things that are whole, one behind the other."""
    word = _word_before(text[:offset].rstrip())
    is_word = found[:1].isalpha() or found[:1] == "_"
    whole = len(found) > 1 and found[:1] in {'"', "["}
    if not (whole or is_word):
        return ""
    if word.casefold() in WORDS:
        return WORDS[word.casefold()]
    if "_LPAR" in allowed:
        return f"the arguments of a function stand in parentheses: {word}(...)"
    if whole and "RPAR" in allowed:
        return "is a comma missing before this?"
    called = is_word and text[offset + len(_word_at(text, offset)) :].lstrip()[:1] == "("
    if "$END" in allowed and (whole or called):
        return 'an expression is one function; join two values with Join("", a, b) or Append(a, b)'
    return ""


def _word_before(before: str) -> str:
    start = len(before)
    while start and (before[start - 1].isalnum() or before[start - 1] == "_"):
        start -= 1
    return before[start:]


_SHOWN: Final = 20


def _word_at(text: str, offset: int) -> str:
    end = offset
    while end < len(text) and end - offset < _SHOWN and (text[end].isalnum() or text[end] in "_."):
        end += 1
    return text[offset:end]
