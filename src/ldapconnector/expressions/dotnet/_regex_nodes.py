"""The parts of a regular expression, between .NET's text and that of the ``regex`` package."""

from __future__ import annotations

from typing import TypeAlias

import attrs


@attrs.frozen(kw_only=True)
class Atom:
    r"""Text for the ``regex`` package that matches one character or a place.

    Attributes:
        text: the translated text, a single quantifiable item.
        width: the number of characters that it matches, 0 or 1.
        search_start: whether it is ``\G``.
    """

    text: str
    width: int
    search_start: bool = False


@attrs.frozen(kw_only=True)
class Reference:
    """A back-reference to a group, by number."""

    number: int
    ignore_case: bool


@attrs.frozen(kw_only=True)
class Group:
    """A bracketed part.

    Attributes:
        opening: what it begins with, such as ``(?=``; ignored for a capturing group.
        child: what is inside.
        number: the .NET number of a capturing group, else 0.
        looks: whether it looks around and so matches no characters itself.
    """

    opening: str
    child: Node
    number: int = 0
    looks: bool = False


@attrs.frozen
class Sequence:
    """Parts that follow one another."""

    parts: tuple[Node, ...]


@attrs.frozen
class Choice:
    """Alternatives, the first that matches wins."""

    branches: tuple[Node, ...]


@attrs.frozen(kw_only=True)
class Repeat:
    """A part with its quantifier; `most` is ``None`` where there is no upper limit."""

    child: Node
    least: int
    most: int | None
    lazy: bool


@attrs.frozen(kw_only=True)
class Condition:
    """``(?(test)yes|no)``: `test` is a group's number or a part that looks around."""

    test: int | Node
    yes: Node
    no: Node


Node: TypeAlias = Atom | Reference | Group | Sequence | Choice | Repeat | Condition

_LONGEST = 1_000_000


def shortest(node: Node) -> int:
    """Return the least number of characters that the part can match (capped)."""
    match node:
        case Atom():
            return node.width
        case Reference():
            return 0
        case Group():
            return 0 if node.looks else shortest(node.child)
        case Sequence():
            return min(_LONGEST, sum(map(shortest, node.parts)))
        case Choice():
            return min(map(shortest, node.branches))
        case Repeat():
            return min(_LONGEST, shortest(node.child) * node.least)
        case Condition():
            return min(shortest(node.yes), shortest(node.no))


def weight(node: Node) -> int:
    """Return how many items the engine makes of the part: it copies what must be repeated."""
    match node:
        case Atom() | Reference():
            return 1
        case Group():
            return 1 + weight(node.child)
        case Sequence():
            return 1 + sum(map(weight, node.parts))
        case Choice():
            return 1 + sum(map(weight, node.branches))
        case Repeat():
            return 1 + weight(node.child) * max(1, node.least)
        case Condition():
            test = 1 if isinstance(node.test, int) else weight(node.test)
            return test + weight(node.yes) + weight(node.no)


def ways(node: Node) -> tuple[int, int] | None:
    """Bound the number of ways in which the part can match at one place.

    Args:
        node: the part.

    Returns:
        a factor and a degree: at most ``factor * (n + 1) ** degree`` ways in a text of `n`
        characters. ``None`` where the bound would be exponential or worse than useless, as
        with a repetition inside of a repetition.
    """
    match node:
        case Atom():
            return 1, 0
        case Reference():
            # One way, but as many steps as the group has characters.
            return 1, 1
        case Group():
            return ways(node.child)
        case Sequence():
            return _product([ways(part) for part in node.parts])
        case Choice():
            return _sum([ways(part) for part in node.branches])
        case Repeat():
            if isinstance(node.child, Atom) and node.child.width:
                return (1, 0) if node.least == node.most else (1, 1)
            if node.most == 1:
                return _sum([(1, 0), ways(node.child)])
            return None
        case Condition():
            test = (1, 0) if isinstance(node.test, int) else ways(node.test)
            return _product([test, _sum([ways(node.yes), ways(node.no)])])


def _product(found: list[tuple[int, int] | None]) -> tuple[int, int] | None:
    factor, degree = 1, 0
    for pair in found:
        if pair is None:
            return None
        factor, degree = factor * pair[0], degree + pair[1]
    return (factor, degree) if factor < _LONGEST else None


def _sum(found: list[tuple[int, int] | None]) -> tuple[int, int] | None:
    factor, degree = 0, 0
    for pair in found:
        if pair is None:
            return None
        factor, degree = factor + pair[0], max(degree, pair[1])
    return (factor, degree) if factor < _LONGEST else None


def write(node: Node, *, search_start: bool = True) -> str:
    r"""Return the part as text for the ``regex`` package.

    Args:
        node: the part.
        search_start: whether ``\G`` can match; it cannot where the search has stepped over
            a character after an empty match.
    """
    match node:
        case Atom():
            return "(?!)" if node.search_start and not search_start else node.text
        case Reference():
            text = f"(?P=g{node.number})"
            return f"(?i:{text})" if node.ignore_case else text
        case Group():
            opening = f"(?P<g{node.number}>" if node.number else node.opening
            return f"{opening}{write(node.child, search_start=search_start)})"
        case Sequence():
            return "".join([write(part, search_start=search_start) for part in node.parts])
        case Choice():
            return "|".join([write(part, search_start=search_start) for part in node.branches])
        case Repeat():
            inner = write(node.child, search_start=search_start)
            if not (isinstance(node.child, Atom) and node.child.width):
                inner = f"(?:{inner})"
            if (node.least, node.most) in _SIGNS:
                sign = _SIGNS[node.least, node.most]
            else:
                sign = f"{{{node.least},{'' if node.most is None else node.most}}}"
            return f"{inner}{sign}{'?' if node.lazy else ''}"
        case Condition():
            if isinstance(node.test, int):
                test = f"(g{node.test})"
            else:
                test = write(node.test, search_start=search_start)
            yes = write(node.yes, search_start=search_start)
            no = write(node.no, search_start=search_start)
            return f"(?{test}(?:{yes})|(?:{no}))"


_SIGNS = {(0, None): "*", (1, None): "+", (0, 1): "?"}
