"""The tree of an expression: frozen nodes, each knowing where it stands in the text.

Positions take no part in comparison: two nodes are equal when they mean the same.

>>> from ldapconnector.expressions import Expression
>>> root = Expression.parse('Join("", "CN=", [alias])').root
>>> [node.name for node in find_all(root, Attribute)], render(root)
(['alias'], 'Join("", "CN=", [alias])')
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias, TypeVar

import attrs

__all__ = [
    "Attribute",
    "Call",
    "Comparison",
    "Node",
    "Number",
    "Omitted",
    "Parameter",
    "Span",
    "Text",
    "Token",
    "branches",
    "children",
    "find_all",
    "locate",
    "quote",
    "render",
    "unquote",
    "walk",
]

#: Start and end of a node in the text, in characters from 0; the end is behind the last one.
Span: TypeAlias = tuple[int, int]

_NOWHERE: Span = (0, 0)


@attrs.frozen
class Attribute:
    """``[name]``: a value of the source object. The name is case-sensitive."""

    name: str
    span: Span = attrs.field(default=_NOWHERE, eq=False, kw_only=True)


@attrs.frozen
class Text:
    r"""A text constant.

    Attributes:
        value: what it stands for, escapes resolved.
        written: the constant as it was written, quotes included; empty for a built node.
    """

    value: str
    written: str = attrs.field(default="", eq=False)
    span: Span = attrs.field(default=_NOWHERE, eq=False, kw_only=True)


@attrs.frozen
class Number:
    """A bare integer, decimal or ``&H`` hexadecimal.

    Attributes:
        value: the number.
        written: as it was written; empty for a built node.
    """

    value: int
    written: str = attrs.field(default="", eq=False)
    span: Span = attrs.field(default=_NOWHERE, eq=False, kw_only=True)


@attrs.frozen
class Token:
    """A bare word: an enumeration member (``vbBinaryCompare``) or a directive (``IgnoreObjectFlow``)."""

    name: str
    span: Span = attrs.field(default=_NOWHERE, eq=False, kw_only=True)


@attrs.frozen
class Parameter:
    """``%Name%``: a setting of the provisioning job."""

    name: str
    span: Span = attrs.field(default=_NOWHERE, eq=False, kw_only=True)


@attrs.frozen
class Omitted:
    """An argument that was left empty."""

    span: Span = attrs.field(default=_NOWHERE, eq=False, kw_only=True)


@attrs.frozen
class Comparison:
    """``left operator right`` with one of ``= <> > >= < <=``."""

    left: Node
    operator: str
    right: Node
    span: Span = attrs.field(default=_NOWHERE, eq=False, kw_only=True)


@attrs.frozen
class Call:
    """A function with its arguments.

    Attributes:
        name: the canonical spelling where the function is built in, else as written.
        arguments: in order; an empty one is :class:`Omitted`.
        written: the name as it was written; empty for a built node.
        depth: how many calls nest here, this one included.
    """

    name: str
    arguments: tuple[Node, ...]
    written: str = attrs.field(default="", eq=False)
    depth: int = attrs.field(default=1, eq=False, repr=False)
    span: Span = attrs.field(default=_NOWHERE, eq=False, kw_only=True)


Node: TypeAlias = Attribute | Text | Number | Token | Parameter | Omitted | Comparison | Call

_N = TypeVar("_N", Attribute, Text, Number, Token, Parameter, Omitted, Comparison, Call)


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below ``node``."""
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Comparison):
        return (node.left, node.right)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield ``node`` and everything below it, each before its children, left to right."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def find_all(node: Node, kind: type[_N]) -> Iterator[_N]:
    """Yield every node of the class ``kind`` in the order of :func:`walk`."""
    for found in walk(node):
        if isinstance(found, kind):
            yield found


def branches(call: Call) -> tuple[int, ...] | None:
    """Return which arguments a function gives one of, as it is; None for one that makes its own.

    >>> choice = Call("Switch", (Attribute("a"), Text("d"), Text("k"), Text("x")))
    >>> branches(choice), branches(Call("ToLower", (Attribute("a"),)))
    ((1, 3), None)
    """
    count = len(call.arguments)
    if call.name == "IIF":
        return tuple(range(1, count))
    if call.name == "Switch":
        return tuple(range(1, count, 2))
    if call.name in _PASSING:
        return tuple(range(count))
    return None


_PASSING: Final = frozenset({"Coalesce", "IgnoreFlowIfNullOrEmpty", "Redact", "SelectUniqueValue"})


def quote(value: str) -> str:
    r"""Write ``value`` as a text constant.

    >>> print(quote('a "b" \\d'))
    "a \"b\" \\d"
    """
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(written: str) -> str:
    r"""Return what a text constant stands for: ``\\`` and ``\"`` are the only escapes.

    >>> print(unquote(r'"\\+(?<n>\d*) \"x\""'))
    \+(?<n>\d*) "x"
    """
    inner = written[1:-1]
    if "\\" not in inner:
        return inner
    parts: list[str] = []
    position = 0
    while (found := inner.find("\\", position)) >= 0:
        parts.append(inner[position:found])
        following = inner[found + 1 : found + 2]
        parts.append(following if following in {"\\", '"'} else "\\" + following)
        position = found + 2
    parts.append(inner[position:])
    return "".join(parts)


def render(node: Node) -> str:
    """Write a node as the service renders it: one space after commas, none around operators.

    Source: the ``parsedExpression`` of Microsoft Graph's parseExpression, where an empty
    argument keeps its place: ``Replace([preferredLanguage], "-", , , "_", , )``.
    """
    if isinstance(node, Call):
        return f"{node.name}({', '.join(map(render, node.arguments))})"
    if isinstance(node, Attribute):
        return f"[{node.name}]"
    if isinstance(node, Text):
        return node.written or quote(node.value)
    if isinstance(node, Number):
        return node.written or str(node.value)
    if isinstance(node, Comparison):
        return f"{render(node.left)}{node.operator}{render(node.right)}"
    if isinstance(node, Parameter):
        return f"%{node.name}%"
    if isinstance(node, Token):
        return node.name
    return ""


def locate(text: str, offset: int) -> tuple[int, int]:
    r"""Return line and column, both from 1, of a character of ``text``.

    >>> locate("Join(\n  [a])", 8)
    (2, 3)
    """
    before = text[:offset]
    line = len(before.splitlines()) or 1
    if before and before[-1] in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029":
        return line + 1, 1
    last = before.splitlines()[-1] if before else ""
    return line, len(last) + 1
