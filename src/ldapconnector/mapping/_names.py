r"""Names made by expressions: no value may break out of its place in a DN.

``Join("", "CN=", [alias], ",DC=example")`` names another entry when the alias is
``x,OU=Admins``. So the tree of an expression that makes a DN is walked once: where text so
far stands behind ``type=``, whatever is not constant is wrapped in a function that lets
only plain values through, or escapes them where the mapping says so. A value that was
escaped by the expression itself (``Doe\, Jane``) passes, since it stays one value.

Join, Append and Prepend are followed, the branches of IIF, Switch, Coalesce and
SelectUniqueValue, and functions that keep the structure of a text (ToLower, ToUpper,
NormalizeDiacritics, Redact, IgnoreFlowIfNullOrEmpty). Other functions around a whole DN
hide its structure; :func:`guard` tells so.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from typing import Final

import attrs

from ldapconnector.errors import NameSyntaxError
from ldapconnector.expressions import ArgumentError, Expression, Function, function
from ldapconnector.expressions import nodes as ast
from ldapconnector.names import AVA, DN

__all__ = [
    "ESCAPE",
    "GUARD",
    "NAME_FUNCTIONS",
    "GuardedName",
    "branches_of",
    "count_specials",
    "escape_value",
    "guard",
    "plain_specials",
]

#: The functions that :func:`guard` puts into a tree; a context must bring both.
GUARD: Final = "LdapNameValue"
ESCAPE: Final = "LdapNameEscape"

_PLAIN: Final = re.compile(r"[^\x00-\x1f\x7f\"+,;<>\\#]*")
# '=' is none: inside a value it stands for itself.
_SPECIALS: Final = re.compile(r"[\x00-\x1f\x7f\"+,;<>\\#]")
#: They change the letters of a name and leave its structure.
_FOLLOWED: Final = frozenset({"ToLower", "ToUpper", "NormalizeDiacritics"})


def escape_value(value: str) -> str:
    r"""Return ``value`` as it is written in a DN (RFC 4514, 2.4).

    >>> print(escape_value("Doe, Jane"))
    Doe\, Jane
    """
    return str(AVA("cn", value))[3:]


def _stays_one_value(value: str) -> bool:
    if _PLAIN.fullmatch(value):
        return True
    if value.startswith("#"):  # would be read as hexadecimal
        return False
    # Letters on both sides: what leads or trails inside a value is not special there.
    try:
        rdns = DN.parse(f"cn=x{value}x").rdns
    except NameSyntaxError:
        return False
    return len(rdns) == 1 and len(rdns[0].avas) == 1


def _guarded(value: str | None) -> str | None:
    if value is None or _stays_one_value(value):
        return value
    raise ArgumentError(
        "",
        f'the value "{value}" would break the DN; written "{escape_value(value)}" it stays one '
        "value. Correct the source, or set escape_dn on the mapping",
    )


def _escaped(value: str | None) -> str | None:
    return value if value is None or _PLAIN.fullmatch(value) else escape_value(value)


def _name_functions() -> dict[str, Function]:
    return {
        GUARD: function(name=GUARD)(_guarded),
        ESCAPE: function(name=ESCAPE)(_escaped),
    }


#: Own functions for the evaluation context of guarded names.
NAME_FUNCTIONS: Final = _name_functions()


class _At(enum.Enum):
    """Where in a DN the text so far ends."""

    TYPE = "before or in an attribute type"
    VALUE = "in a value"


@attrs.frozen(kw_only=True)
class GuardedName:
    """An expression that makes a DN, made safe.

    Attributes:
        expression: the same with guards; needs :data:`NAME_FUNCTIONS` in its context.
        guarded: whether some value is guarded or every part is constant.
        hidden: the function that hides the structure of the DN, or an empty text.
        rdn_type: the attribute type of the first RDN, where the expression shows it.
    """

    expression: Expression
    guarded: bool
    hidden: str
    rdn_type: str


def guard(expression: Expression, *, escape: bool = False) -> GuardedName:
    """Wrap every value that the expression puts into a DN.

    >>> made = guard(Expression.parse('Join("", "CN=", [alias], ",DC=example")'))
    >>> str(made.expression), made.rdn_type
    ('Join("", "CN=", LdapNameValue([alias]), ",DC=example")', 'CN')
    """
    walker = _Walker(ESCAPE if escape else GUARD)
    root, _ = walker.walk(expression.root, _At.TYPE)
    return GuardedName(
        expression=Expression(expression.text, root),
        guarded=not walker.hidden,
        hidden=walker.hidden,
        rdn_type=_first_type(expression.root),
    )


def plain_specials(expression: Expression) -> int | None:
    """Return how many special characters the name has for values that have none.

    Only for the form ``Join("", ...)`` of constants and other things, in which nothing but a
    value can add or remove one; None for any other. A name with that many needs no guard.

    >>> plain_specials(Expression.parse('Join("", "CN=", [alias], ",OU=a,DC=example")'))
    2
    """
    root = expression.root
    if not isinstance(root, ast.Call) or root.name != "Join" or len(root.arguments) < 2:
        return None
    separator, *parts = root.arguments
    if not isinstance(separator, ast.Text) or separator.value:
        return None
    return sum(count_specials(part.value) for part in parts if isinstance(part, ast.Text))


def count_specials(text: str) -> int:
    """Return how many characters of a text mean something in a DN."""
    return len(_SPECIALS.findall(text))


class _Walker:
    """Rewrites a tree from left to right, knowing where in the DN each part stands."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.hidden = ""

    def walk(self, node: ast.Node, at: _At) -> tuple[ast.Node, _At]:
        if isinstance(node, (ast.Text, ast.Number)):
            return node, _scan(str(node.value), at)
        if isinstance(node, ast.Omitted):
            return node, at
        if isinstance(node, ast.Call):
            parts = _parts(node)
            if parts is not None:
                return self._sequence(node, parts, at)
            if at is _At.TYPE:
                branches = branches_of(node)
                if branches is not None:
                    return self._branching(node, branches)
                if node.arguments and _makes_name(node):
                    self.hidden = self.hidden or node.name
        if at is _At.VALUE:
            return self._wrapped(node), at
        # A whole RDN or more, as an attribute such as [onPremisesDistinguishedName] gives it.
        return node, _At.VALUE

    def _wrapped(self, node: ast.Node) -> ast.Call:
        return ast.Call(self._name, (node,), depth=getattr(node, "depth", 0) + 1, span=node.span)

    def _sequence(
        self, node: ast.Call, parts: Sequence[int | str], at: _At
    ) -> tuple[ast.Node, _At]:
        arguments = list(node.arguments)
        for part in parts:
            if isinstance(part, str):
                at = _scan(part, at)
            else:
                arguments[part], at = self.walk(arguments[part], at)
        return _rebuilt(node, arguments), at

    def _branching(self, node: ast.Call, branches: Sequence[int]) -> tuple[ast.Node, _At]:
        arguments = list(node.arguments)
        for branch in branches:
            arguments[branch], _ = self.walk(arguments[branch], _At.TYPE)
        return _rebuilt(node, arguments), _At.VALUE


def _rebuilt(node: ast.Call, arguments: Sequence[ast.Node]) -> ast.Call:
    return ast.Call(node.name, tuple(arguments), node.written, node.depth + 1, span=node.span)


def _scan(text: str, at: _At) -> _At:
    skip = False
    for character in text:
        if skip:
            skip = False
        elif character == "\\":
            skip = True
        elif character in ",;+":
            at = _At.TYPE
        elif character == "=":
            at = _At.VALUE
    return at


def _parts(node: ast.Call) -> list[int | str] | None:
    """Return what a joining function puts one after the other: argument numbers and texts."""
    count = len(node.arguments)
    if node.name == "Append" and count >= 2:
        return [0, 1]
    if node.name == "Prepend" and count >= 2:
        return [0, 1]
    if node.name != "Join" or count < 2:
        return None
    separator = node.arguments[0]
    between = separator.value if isinstance(separator, ast.Text) else ""
    out: list[int | str] = []
    for number in range(1, count):
        if out and between:
            out.append(between)
        out.append(number)
    return out


def branches_of(node: ast.Call) -> tuple[int, ...] | None:
    """Return the arguments of which a function gives one, unchanged in structure."""
    if node.name in _FOLLOWED:
        return (0,) if node.arguments else ()
    return ast.branches(node)


def _makes_name(node: ast.Call) -> bool:
    """Tell whether a DN is put together below a function that is not followed."""
    return any(
        isinstance(found, ast.Text) and re.search(r"[A-Za-z]=", found.value) is not None
        for found in ast.walk(node)
    )


def _first_type(node: ast.Node) -> str:
    if isinstance(node, ast.Text):
        found = re.match(r"\s*([A-Za-z][A-Za-z0-9-]*|[0-9.]+)\s*=", node.value)
        return found[1] if found else ""
    if not isinstance(node, ast.Call):
        return ""
    parts = _parts(node)
    if parts is not None:
        first = next((part for part in parts if isinstance(part, int)), None)
        return "" if first is None else _first_type(node.arguments[first])
    types = {_first_type(node.arguments[branch]) for branch in branches_of(node) or ()} - {""}
    return types.pop() if len(types) == 1 else ""
