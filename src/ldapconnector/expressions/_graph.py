"""Expressions as Microsoft Graph writes them: ``attributeMappingSource``.

Source: Microsoft Graph, resource attributeMappingSource and parseExpression. Parameters are
named and in order; an omitted argument is absent from them and keeps its place in the text;
a repeating parameter repeats its key; a bare number is a constant whose own text is quoted.
How Graph writes a comparison, a setting and a bare word is not published: here a comparison
is a function named by its operator, the other two are constants whose text has no quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ldapconnector.errors import ExpressionTypeError
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._parser import DEPTH_LIMIT
from ldapconnector.expressions._resolve import TOKENS, format_date_time_arguments
from ldapconnector.expressions._signature import Function, Kind
from ldapconnector.expressions.functions import BUILT_IN
from ldapconnector.expressions.functions.logic import DIRECTIVES

__all__ = ["text_of_graph", "to_graph"]

_OPERATORS: Final = frozenset({"=", "<>", ">", ">=", "<", "<="})
_SETTING: Final = re.compile(r"%[A-Za-z_][A-Za-z0-9_.]*%")
_WHOLE: Final = re.compile(r"-?[0-9]{1,20}")
_ORDINALS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def to_graph(node: ast.Node) -> dict[str, Any]:
    """Write a node as Graph does."""
    if isinstance(node, ast.Attribute):
        return _written(ast.render(node), node.name, "Attribute")
    if isinstance(node, ast.Text):
        return _written(ast.render(node), node.value, "Constant")
    if isinstance(node, ast.Number):
        return _written(ast.quote(str(node.value)), str(node.value), "Constant")
    if isinstance(node, ast.Comparison):
        sides = (("left", node.left), ("right", node.right))
        parameters = [{"key": key, "value": to_graph(side)} for key, side in sides]
        return _written(ast.render(node), node.operator, "Function", parameters)
    if isinstance(node, ast.Call):
        parameters = [
            {"key": key, "value": to_graph(argument)}
            for key, argument in _keyed(node)
            if not isinstance(argument, ast.Omitted)
        ]
        return _written(ast.render(node), node.name, "Function", parameters)
    rendered = ast.render(node)
    return _written(rendered, rendered, "Constant")


def _written(
    text: str, name: str, kind: str, parameters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {"expression": text, "name": name, "type": kind, "parameters": parameters or []}


def _keyed(call: ast.Call) -> list[tuple[str, ast.Node]]:
    function = BUILT_IN.get(call.name)
    arguments = list(call.arguments)
    if function is None or not function.parameters:
        return [(_ordinal(n), argument) for n, argument in enumerate(arguments)]
    if function.name == "FormatDateTime":
        arguments = format_date_time_arguments(arguments)
    return [(function.parameter(n).graph, argument) for n, argument in enumerate(arguments)]


def _ordinal(position: int) -> str:
    return _ORDINALS[position] if position < len(_ORDINALS) else f"argument{position + 1}"


def text_of_graph(graph: Mapping[str, Any]) -> str:
    """Return the text of an expression that Graph wrote, also where its text is missing.

    Raises:
        ExpressionTypeError: the tree has another shape.
    """
    given: object = graph
    text = _text(given, "expression", "$") if isinstance(given, Mapping) else None
    if text and text.strip():
        return text
    return ast.render(_read(graph, "$", None, 0))


def _field(graph: Mapping[str, Any], name: str) -> Any:
    """Return the value of a key; documents inside rule metadata write it in PascalCase."""
    return graph.get(name, graph.get(name[:1].upper() + name[1:]))


def _text(graph: Mapping[str, Any], name: str, path: str) -> str | None:
    found = _field(graph, name)
    if found is not None and not isinstance(found, str):
        raise _wrong(f"{path}.{name}", f"a text is needed and this is {type(found).__name__}")
    return found


def _wrong(path: str, message: str) -> ExpressionTypeError:
    return ExpressionTypeError(f"{path}: {message}")


def _read(graph: object, path: str, expected: Kind | None, depth: int) -> ast.Node:
    if not isinstance(graph, Mapping):
        raise _wrong(path, f"an object is needed and this is {type(graph).__name__}")
    if depth > DEPTH_LIMIT:
        raise _wrong(path, f"functions nest deeper than {DEPTH_LIMIT}")
    name, text = _text(graph, "name", path), _text(graph, "expression", path)
    if name is None:
        raise _wrong(f"{path}.name", "a text is needed")
    kind, parameters = _kind(graph, path), _parameters(graph, path)
    if kind == "Function":
        return _function(name, parameters, path, depth)
    if parameters:
        raise _wrong(f"{path}.parameters", f"a node of the type {kind} has no parameters")
    if kind == "Attribute":
        bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
        return ast.Attribute(bare)
    return _constant(text, name, expected)


def _parameters(graph: Mapping[str, Any], path: str) -> Sequence[object]:
    given = _field(graph, "parameters")
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise _wrong(f"{path}.parameters", f"a list is needed and this is {type(given).__name__}")
    return given


#: In the order of their numbers. Source: Graph, attributeMappingSourceType.
_TYPES: Final = ("Attribute", "Constant", "Function")


def _kind(graph: Mapping[str, Any], path: str) -> str:
    """Return the type of a node; Graph's default is Attribute."""
    kind = _field(graph, "type")
    if kind is None:
        return "Attribute"
    if isinstance(kind, int) and not isinstance(kind, bool) and 0 <= kind < len(_TYPES):
        return _TYPES[kind]
    for known in _TYPES:
        if isinstance(kind, str) and kind.casefold() == known.casefold():
            return known
    raise _wrong(f"{path}.type", f"{kind!r} is none of {', '.join(_TYPES)}")


def _constant(text: str | None, name: str, expected: Kind | None) -> ast.Node:
    """Tell texts, numbers, settings and bare words apart, by their text or by their place."""
    # "007" can only have been a text: Graph writes a number without such zeros.
    if expected is Kind.INTEGER and _WHOLE.fullmatch(name) and str(int(name)) == name:
        return ast.Number(int(name), name)
    if text:
        if text.startswith('"'):
            return ast.Text(name)
        if _SETTING.fullmatch(text):
            return ast.Parameter(text[1:-1])
        if text.casefold() in TOKENS:
            return ast.Token(TOKENS[text.casefold()])
        return ast.Text(name)
    if _SETTING.fullmatch(name):
        return ast.Parameter(name[1:-1])
    if name in DIRECTIVES.values() or (expected is Kind.CHOICE and name.casefold() in TOKENS):
        return ast.Token(TOKENS[name.casefold()])
    return ast.Text(name)


def _function(name: str, given: Sequence[object], path: str, depth: int) -> ast.Node:
    pairs: list[tuple[str, object, str]] = []
    for position, one in enumerate(given):
        where = f"{path}.parameters[{position}]"
        key = _field(one, "key") if isinstance(one, Mapping) else None
        if not isinstance(one, Mapping) or not isinstance(key, str):
            raise _wrong(where, "an object with key and value is needed")
        pairs.append((key, _field(one, "value"), f"{where}.value"))
    if name in _OPERATORS:
        if len(pairs) != len(("left", "right")):
            raise _wrong(path, f"the comparison {name} needs two parameters")
        left, right = (_read(value, where, None, depth + 1) for _, value, where in pairs)
        return ast.Comparison(left, name, right)
    canonical = BUILT_IN.canonical(name)
    if canonical is None:
        return ast.Call(
            name, tuple(_read(value, where, None, depth + 1) for _, value, where in pairs)
        )
    return _placed(BUILT_IN[canonical], pairs, path, depth)


def _placed(
    function: Function, pairs: list[tuple[str, object, str]], path: str, depth: int
) -> ast.Node:
    """Put named parameters into their places; what is missing is an empty argument."""
    positions: dict[str, int] = {}
    for position, parameter in enumerate(function.parameters):
        positions.setdefault(parameter.name.casefold(), position)
        positions.setdefault(parameter.graph.casefold(), position)
    for alias, position in _ALIASES.get(function.name, {}).items():
        positions.setdefault(alias, position)
    placed: dict[int, ast.Node] = {}
    last = len(function.parameters) - 1
    following = last
    for key, value, where in pairs:
        place = positions.get(key.casefold())
        if place is None:
            known = ", ".join(parameter.graph for parameter in function.parameters)
            raise _wrong(path, f"{function.name} has no parameter {key!r} (it has: {known})")
        parameter = function.parameters[place]
        if parameter.repeating:
            place, following = following, following + 1
        elif place in placed:
            raise _wrong(path, f"{function.name} has the parameter {key!r} twice")
        placed[place] = _read(value, where, parameter.kind, depth + 1)
    count = max(len(function.parameters), max(placed, default=-1) + 1)
    if function.parameters and function.parameters[-1].repeating and last not in placed:
        count = max(last, max(placed, default=-1) + 1)
    arguments = tuple(placed.get(position, ast.Omitted()) for position in range(count))
    return ast.Call(function.name, arguments)


#: Further names of parameters that pages and trees have used.
_ALIASES: Final[dict[str, dict[str, int]]] = {
    "Switch": {"key": 2, "value": 2},
    "Coalesce": {"defaultvalue": 0},
}
