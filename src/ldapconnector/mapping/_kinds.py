"""What kind of value a source can give, as far as its text tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ldapconnector.errors import ExpressionError
from ldapconnector.expressions import Expression, Ignored, Kind, functions
from ldapconnector.expressions import nodes as ast
from ldapconnector.mapping._names import branches_of
from ldapconnector.mapping._rules import Computed, Constant, Direct, Source

__all__ = ["MULTI_VALUED_SOURCES", "fixed_values", "kinds_of", "unrepeatable"]

#: Attributes of Graph's user that hold several values.
MULTI_VALUED_SOURCES: Final = frozenset(
    {
        "businessPhones",
        "imAddresses",
        "interests",
        "members",
        "otherMails",
        "owners",
        "pastProjects",
        "proxyAddresses",
        "responsibilities",
        "schools",
        "skills",
        "sponsors",
    }
)

_BOOLEAN_SOURCES: Final = frozenset({"accountEnabled", "IsSoftDeleted", "isSoftDeleted"})
_UNREPEATABLE: Final = frozenset({"Guid", "Now", "RandomString", "SelectUniqueValue"})


def kinds_of(source: Source) -> frozenset[Kind]:
    """Return what a source may give; an empty set where its text does not tell."""
    if isinstance(source, Constant):
        return frozenset({Kind.TEXT if isinstance(source.value, str) else Kind.LIST})
    if isinstance(source, Direct):
        return frozenset(_kinds_of_attribute(source.attribute))
    if isinstance(source, Computed):
        return frozenset(_kinds_of_node(source.expression.root))
    return frozenset()


def _kinds_of_attribute(name: str) -> Iterator[Kind]:
    if name in MULTI_VALUED_SOURCES:
        yield Kind.LIST
    elif name in _BOOLEAN_SOURCES:
        yield Kind.BOOLEAN


def _kinds_of_node(node: ast.Node) -> Iterator[Kind]:
    if isinstance(node, ast.Attribute):
        yield from _kinds_of_attribute(node.name)
    elif isinstance(node, ast.Comparison):
        yield Kind.BOOLEAN
    elif isinstance(node, ast.Call):
        branches = branches_of(node)
        if branches:
            for branch in branches:
                yield from _kinds_of_node(node.arguments[branch])
            return
        known = functions().get(node.name)
        if known is not None and known.result is not Kind.ANY:
            yield known.result


def unrepeatable(expression: Expression) -> frozenset[str]:
    """Return the functions in it that give something else each time."""
    return expression.functions & _UNREPEATABLE


def fixed_values(source: Source) -> tuple[str, ...] | None:
    """Return what a source gives whoever the user is; None where it depends on the user."""
    if isinstance(source, Constant):
        return (source.value,) if isinstance(source.value, str) else source.value
    if not isinstance(source, Computed):
        return None
    expression = source.expression
    if expression.attributes or expression.parameters or unrepeatable(expression):
        return None
    try:
        value = expression.evaluate({})
    except ExpressionError:
        return None
    if value is None or isinstance(value, Ignored):
        return None
    return (value,) if isinstance(value, str) else value
