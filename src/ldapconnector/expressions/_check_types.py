"""Types: constants against parameters, results against the target attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias

from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._diagnostic import AttributeShape, Severity
from ldapconnector.expressions._resolve import kind_of
from ldapconnector.expressions._signature import Function, Kind, ParameterSpec
from ldapconnector.expressions._tree import Bound, converted
from ldapconnector.expressions._values import ArgumentError
from ldapconnector.expressions.dotnet import casing, dates

__all__ = ["check_literals", "check_result"]

#: Node, severity, code, message, hint.
Finding: TypeAlias = tuple[ast.Node, Severity, str, str, str]


def check_literals(
    node: ast.Call,
    bound: Bound,
    own: Mapping[str, Function],
    source: Mapping[str, AttributeShape] | None,
) -> Iterator[Finding]:
    """Check each argument that is known against its parameter."""
    function = bound.function
    for position, argument in enumerate(bound.arguments):
        if isinstance(argument, ast.Omitted):
            continue
        parameter = function.parameter(position)
        yield from _against(argument, parameter, function, own, source)
    if not function.own:
        special = _SPECIAL.get(function.name)
        if special is not None:
            yield from special(node, bound)


def _against(
    argument: ast.Node,
    parameter: ParameterSpec,
    function: Function,
    own: Mapping[str, Function],
    source: Mapping[str, AttributeShape] | None,
) -> Iterator[Finding]:
    given = kind_of(argument, own)
    wanted = parameter.kind
    place = f"{parameter.name} of {function.name}"
    if isinstance(argument, ast.Text) and wanted in (Kind.INTEGER, Kind.CHOICE, Kind.DATE):
        try:
            converted(argument.value, parameter)
            if wanted is Kind.DATE:
                dates.parse_cdate(argument.value)
        except (ArgumentError, ValueError) as error:
            yield argument, "error", "argument-type", f"{place}: {error}", ""
    elif given is Kind.LIST and wanted in (Kind.TEXT, Kind.INTEGER, Kind.DATE):
        yield (
            argument,
            "error",
            "argument-type",
            f"{place} takes one value and {_subject(argument)} gives a list",
            "pick a value with Item(x, 1), or join them with Join",
        )
    elif wanted is Kind.INTEGER and given in (Kind.BOOLEAN, Kind.DATE):
        yield (
            argument,
            "error",
            "argument-type",
            f"{place} takes a whole number and {_subject(argument)} gives a {given}",
            "",
        )
    elif wanted is Kind.DATE and given in (Kind.BOOLEAN, Kind.INTEGER):
        hint = "convert a file time with DateFromNum" if given is Kind.INTEGER else ""
        message = f"{place} takes a date and {_subject(argument)} gives a {given}"
        yield argument, "error", "argument-type", message, hint
    elif wanted in (Kind.TEXT, Kind.INTEGER, Kind.DATE) and isinstance(argument, ast.Attribute):
        shape = None if source is None else source.get(argument.name)
        if shape is not None and shape.multivalued:
            yield (
                argument,
                "warning",
                "argument-type",
                f"{place} takes one value and [{argument.name}] may have several",
                "pick a value with Item(x, 1), or join them with Join",
            )


def _subject(node: ast.Node) -> str:
    if isinstance(node, ast.Call):
        return node.name
    return "a comparison" if isinstance(node, ast.Comparison) else ast.render(node)


def _literal(bound: Bound, position: int) -> ast.Text | None:
    if position >= len(bound.arguments):
        return None
    node = bound.arguments[position]
    return node if isinstance(node, ast.Text) else None


#: Source: DateAdd and DateDiff of the provisioning reference; connect-sync's has more.
_DOCUMENTED_INTERVALS: Final = frozenset({"yyyy", "m", "d", "ww", "h", "n", "s"})


def _interval(_node: ast.Call, bound: Bound) -> Iterator[Finding]:
    found = _literal(bound, 0)
    if found is None or found.value in _DOCUMENTED_INTERVALS:
        return
    if found.value in dates.INTERVALS:
        yield (
            found,
            "warning",
            "date-interval",
            f"{found.value!r} is an interval of connect-sync, not of provisioning",
            "use yyyy, m, d, ww, h, n (minutes) or s",
        )
    else:
        yield (
            found,
            "error",
            "date-interval",
            f"{found.value!r} is no interval",
            "use yyyy, m, d, ww, h, n (minutes) or s",
        )


_SOME_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_SOME_TEXT: Final = dates.format_date(_SOME_DAY, dates.DEFAULT_OUTPUT)


def _formats(_node: ast.Call, bound: Bound) -> Iterator[Finding]:
    for position in (2, 3):
        found = _literal(bound, position)
        if found is None:
            continue
        try:
            dates.format_date(_SOME_DAY, found.value)
        except ValueError as error:
            yield found, "error", "date-format", str(error), ""
    read = _literal(bound, 2)
    if read is not None and kind_of(bound.arguments[0], {}) is Kind.DATE:
        try:
            dates.parse_exact(_SOME_TEXT, read.value, now=_SOME_DAY)
        except ValueError:
            yield (
                read,
                "info",
                "format-date-time-form",
                (
                    f"{_subject(bound.arguments[0])} gives a date of the form"
                    f" {dates.DEFAULT_OUTPUT}, which this format does not describe; the date is"
                    " taken as it is"
                ),
                f'write "{dates.DEFAULT_OUTPUT}"',
            )
    styles = _literal(bound, 1)
    if styles is not None:
        try:
            dates.parse_exact("2000", "yyyy", styles=styles.value, now=_SOME_DAY)
        except ValueError as error:
            if "style" in str(error).lower():
                yield styles, "error", "date-styles", str(error), ""


def _culture(_node: ast.Call, bound: Bound) -> Iterator[Finding]:
    found = _literal(bound, 1)
    if found is not None:
        try:
            casing.to_lower("é", found.value)
        except ValueError as error:
            yield found, "error", "culture", str(error), ""


def _replace(node: ast.Call, bound: Bound) -> Iterator[Finding]:
    given = [not isinstance(argument, ast.Omitted) for argument in bound.arguments]
    given += [False] * (len(bound.function.parameters) - len(given))
    _, old, pattern, group, new, other, template = given
    if old and pattern:
        message = "oldValue and regexPattern are both given; only oldValue is used"
        yield node, "warning", "replace-mode", message, ""
    if not (old and (new or other or template)) and not (pattern and (new or other)):
        yield (
            node,
            "error",
            "replace-mode",
            "Replace does not know what to put in place of what",
            (
                "give oldValue with replacementValue or template, or regexPattern with"
                " replacementValue"
            ),
        )
    found = _literal(bound, 2)
    if found is None or old:
        return
    from ldapconnector.expressions.dotnet import regex  # noqa: PLC0415 - loads a C library

    try:
        compiled = regex.compile_pattern(found.value)
    except ValueError as error:
        yield found, "error", "regex", str(error), ""
        return
    name = _literal(bound, 3)
    if group and name is not None and name.value:
        try:
            compiled.group(name.value)
        except ValueError as error:
            yield name, "error", "regex-group", str(error), ""


def _random(node: ast.Call, bound: Bound) -> Iterator[Finding]:
    numbers = [argument.value for argument in bound.arguments if isinstance(argument, ast.Number)]
    if len(numbers) < _RANDOM_NUMBERS:
        return
    length, *minimums = numbers[:_RANDOM_NUMBERS]
    if not 0 <= length <= _LONGEST:
        message = f"the length must lie between 0 and {_LONGEST}"
        yield bound.arguments[0], "error", "random-string", message, ""
    elif sum(minimums) > length:
        yield (
            node,
            "error",
            "random-string",
            f"the minimums add up to {sum(minimums)} and the length is {length}",
            "",
        )


_RANDOM_NUMBERS: Final = 5
_LONGEST: Final = 256

_SPECIAL: Final[dict[str, Callable[[ast.Call, Bound], Iterator[Finding]]]] = {
    "DateAdd": _interval,
    "DateDiff": _interval,
    "FormatDateTime": _formats,
    "RandomString": _random,
    "Replace": _replace,
    "ToLower": _culture,
    "ToUpper": _culture,
}


def check_result(
    root: ast.Node,
    target: AttributeShape,
    own: Mapping[str, Function],
    source: Mapping[str, AttributeShape] | None,
) -> Iterator[Finding]:
    """Check everything that the expression can give against the target attribute."""
    for leaf in _results(root):
        kind = kind_of(leaf, own)
        if isinstance(leaf, ast.Attribute) and source is not None and leaf.name in source:
            shape = source[leaf.name]
            kind = Kind.LIST if shape.multivalued else kind
        if kind is Kind.LIST and not target.multivalued:
            yield (
                leaf,
                "error",
                "target-single",
                f"{target.name} takes one value and {_subject(leaf)} gives a list",
                "pick a value with Item(x, 1), or join them with Join",
            )
            continue
        problem = _fits(leaf, kind, target)
        if problem:
            yield leaf, "error", "target-type", f"{target.name} {problem}", _advice(target)


def _advice(target: AttributeShape) -> str:
    return 'give "True" or "False"' if target.type == "Boolean" else ""


def _fits(leaf: ast.Node, kind: Kind, target: AttributeShape) -> str:
    """Say why a result cannot be a value of the target; empty where it may."""
    text = leaf.value if isinstance(leaf, ast.Text) else None
    if text == "":
        return ""
    if target.type == "Boolean":
        if text is not None and text.lower() not in {"true", "false"}:
            return f"is a boolean and {text!r} is none"
        if kind in (Kind.INTEGER, Kind.DATE):
            return f"is a boolean and {_subject(leaf)} gives a {kind}"
    if target.type == "Integer":
        if text is not None and not text.strip().lstrip("-").isdecimal():
            return f"is a whole number and {text!r} is none"
        if kind in (Kind.BOOLEAN, Kind.DATE):
            return f"is a whole number and {_subject(leaf)} gives a {kind}"
    return ""


def _results(node: ast.Node) -> Iterator[ast.Node]:
    """Yield the nodes whose value can be the result."""
    if not isinstance(node, ast.Call):
        if not isinstance(node, ast.Omitted | ast.Token):
            yield node
        return
    passed = ast.branches(node)
    if passed is None:
        yield node
        return
    for position in passed:
        yield from _results(node.arguments[position])
