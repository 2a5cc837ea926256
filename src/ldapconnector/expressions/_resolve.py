"""Names to functions, arguments to parameters, and what makes a call impossible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ldapconnector.errors import ExpressionTypeError
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._dialect import (
    CONNECT_SYNC_FUNCTIONS,
    OTHER_NAMES,
    WORDS,
    suggest,
    word_hint,
)
from ldapconnector.expressions._parser import ARGUMENTS, syntax_error
from ldapconnector.expressions._signature import Function, Kind
from ldapconnector.expressions.functions import BUILT_IN
from ldapconnector.expressions.functions.dates import FORMAT_KNOWN_DATE, format_date_time
from ldapconnector.expressions.functions.logic import DIRECTIVES

__all__ = ["bind", "lookup", "resolve", "type_error"]

_CONNECT_SYNC: Final = {name.casefold(): name for name in CONNECT_SYNC_FUNCTIONS}

#: Names of .NET's DateTimeStyles, which may stand bare in FormatDateTime.
DATE_TIME_STYLES: Final = (
    "AdjustToUniversal",
    "AllowInnerWhite",
    "AllowLeadingWhite",
    "AllowTrailingWhite",
    "AllowWhiteSpaces",
    "AssumeLocal",
    "AssumeUniversal",
    "NoCurrentDateDefault",
    "None",
    "RoundtripKind",
)

#: Bare words by name in lower case.
TOKENS: Final[dict[str, str]] = {
    **DIRECTIVES,
    **{
        word.casefold(): word
        for found in BUILT_IN.values()
        for parameter in found.parameters
        for word in parameter.choices
    },
    **{word.casefold(): word for word in DATE_TIME_STYLES},
}


def resolve(
    text: str, node: ast.Node, own: Iterable[str] = (), *, strict: bool = False
) -> ast.Node:
    """Give functions and bare words their canonical spelling.

    A function that is neither built in nor named in ``own`` stays as it is, since a context
    may bring it, unless its name is a slip of a built-in one or connect-sync's.

    Raises:
        ExpressionSyntaxError: a bare word or a function that cannot be meant.
    """
    names = frozenset(own)

    def visit(current: ast.Node) -> ast.Node:
        if isinstance(current, ast.Call):
            name = _function_name(text, current, names, strict=strict)
            arguments = tuple([visit(argument) for argument in current.arguments])
            return ast.Call(name, arguments, current.written, current.depth, span=current.span)
        if isinstance(current, ast.Comparison):
            return ast.Comparison(
                visit(current.left), current.operator, visit(current.right), span=current.span
            )
        if isinstance(current, ast.Token):
            return ast.Token(_token_name(text, current), span=current.span)
        if isinstance(current, ast.Number) and not -(2**63) <= current.value < 2**64:
            raise syntax_error(
                text,
                current.span[0],
                "the number does not fit into 64 bits",
                expected=[f"a number from {-(2**63)} to {2**64 - 1}"],
            )
        return current

    return visit(node)


def _function_name(text: str, call: ast.Call, own: frozenset[str], *, strict: bool) -> str:
    name = call.name
    if name in own:
        return name
    canonical = BUILT_IN.canonical(name)
    if canonical is not None:
        if strict and canonical != name:
            raise syntax_error(
                text,
                call.span[0],
                f"the function is spelled {canonical}",
                expected=[canonical],
                hint=f"write {canonical} in place of {name}",
            )
        return canonical
    problem = _unknown(name)
    if problem is not None:
        message, hint = problem
        raise syntax_error(text, call.span[0], message, hint=hint)
    return name


def _unknown(name: str) -> tuple[str, str] | None:
    """Tell message and hint for a name that is surely a mistake; None where it may be own."""
    foreign = _CONNECT_SYNC.get(name.casefold())
    if foreign is not None:
        instead = CONNECT_SYNC_FUNCTIONS[foreign]
        hint = f"here: {instead}" if instead else "nothing here corresponds to it"
        return f"{foreign} is a function of connect-sync, not of provisioning", hint
    if name.casefold() in WORDS:
        return f"there is no function {name}", WORDS[name.casefold()]
    near = suggest(name, BUILT_IN, surely=True)
    if near:
        return f"there is no function {name}", f"did you mean {near}?"
    return None


def _token_name(text: str, token: ast.Token) -> str:
    canonical = TOKENS.get(token.name.casefold())
    if canonical is not None:
        return canonical
    hint = word_hint(token.name)
    function = BUILT_IN.canonical(token.name)
    if function is not None:
        hint = f"a function needs parentheses: {BUILT_IN[function].signature}"
    elif near := suggest(token.name, TOKENS.values()):
        hint = f"did you mean {near}?"
    raise syntax_error(
        text,
        token.span[0],
        f"the bare word {token.name} means nothing here",
        expected=ARGUMENTS,
        hint=hint,
    )


def type_error(
    text: str, node: ast.Node, message: str, *, function: str = "", hint: str = ""
) -> ExpressionTypeError:
    """Build the error of a call that can never work."""
    line, column = ast.locate(text, node.span[0])
    return ExpressionTypeError(
        message, text=text, line=line, column=column, function=function, hint=hint
    )


def lookup(text: str, call: ast.Call, own: Mapping[str, Function]) -> Function:
    """Return the function of a call.

    Raises:
        ExpressionTypeError: there is none; neither built in nor in the context.
    """
    found = own.get(call.name) or BUILT_IN.get(call.name)
    if (
        found is format_date_time
        and call.arguments
        and kind_of(call.arguments[0], own) is Kind.DATE
    ):
        return FORMAT_KNOWN_DATE
    if found is not None:
        return found
    near = suggest(call.name, [*BUILT_IN, *own]) or OTHER_NAMES.get(call.name.casefold())
    raise type_error(
        text,
        call,
        f"there is no function {call.name}",
        function=call.name,
        hint=f"did you mean {near}?"
        if near
        else "give an own function with EvaluationContext(functions={...})",
    )


def bind(text: str, call: ast.Call, function: Function) -> tuple[ast.Node, ...]:
    """Return one argument for each parameter; trailing omitted ones may be missing.

    Two functions have a shape of their own: Switch takes pairs after its default, and
    FormatDateTime in its older form of three arguments has no styles.

    Raises:
        ExpressionTypeError: too few or too many arguments.
    """
    arguments = list(call.arguments)
    if function.name == "Switch" and not function.own:
        return tuple(_switch(text, call, arguments))
    if function.name == "FormatDateTime" and not function.own:
        arguments = format_date_time_arguments(arguments)
    while arguments and isinstance(arguments[-1], ast.Omitted):
        arguments.pop()
    if function.name == "SelectUniqueValue" and not function.own and len(arguments) < _RULES:
        raise type_error(
            text,
            call,
            f"SelectUniqueValue needs two rules or more and has {len(arguments)}",
            function=function.name,
            hint="add a second rule that gives another value",
        )
    if function.most is not None and len(arguments) > function.most:
        raise type_error(
            text,
            arguments[function.most],
            f"{function.name} takes {_count(function)} and has {len(arguments)}",
            function=function.name,
            hint=function.signature,
        )
    for position, parameter in enumerate(function.parameters):
        given = position < len(arguments) and not isinstance(arguments[position], ast.Omitted)
        if parameter.required and not given and not _may_be_empty(function, position, arguments):
            raise type_error(
                text,
                call,
                f"{function.name} needs {_count(function)}: {parameter.name} is missing",
                function=function.name,
                hint=function.signature,
            )
    return tuple(arguments)


_RULES: Final = 2


def _may_be_empty(function: Function, position: int, arguments: list[ast.Node]) -> bool:
    """A repeated parameter is given when any of its arguments is."""
    parameter = function.parameters[position]
    return parameter.repeating and any(
        not isinstance(argument, ast.Omitted) for argument in arguments[position:]
    )


def _count(function: Function) -> str:
    least, most = function.least, function.most
    if most is None:
        return f"{least} or more arguments"
    if least == most:
        return f"{least} argument" + ("" if least == 1 else "s")
    return f"{least} to {most} arguments"


def _switch(text: str, call: ast.Call, arguments: list[ast.Node]) -> list[ast.Node]:
    while len(arguments) > _RULES and len(arguments) % 2 == 0 and _is_omitted_pair(arguments):
        del arguments[-2:]
    if len(arguments) % 2 and len(arguments) > 1 and isinstance(arguments[-1], ast.Omitted):
        arguments.pop()
        while len(arguments) > _RULES and _is_omitted_pair(arguments):
            del arguments[-2:]
    if not arguments or isinstance(arguments[0], ast.Omitted):
        raise type_error(text, call, "Switch needs a source", function="Switch", hint=_SWITCH_FORM)
    if len(arguments) % 2:
        raise type_error(
            text,
            call,
            f"Switch takes an even number of arguments and has {len(arguments)}:"
            " after the default, keys and values come in pairs",
            function="Switch",
            hint=_SWITCH_FORM,
        )
    return arguments


_SWITCH_FORM: Final = "Switch(source, default, key1, value1, key2, value2, ...)"


def _is_omitted_pair(arguments: list[ast.Node]) -> bool:
    return isinstance(arguments[-1], ast.Omitted) and isinstance(arguments[-2], ast.Omitted)


def format_date_time_arguments(arguments: list[ast.Node]) -> list[ast.Node]:
    """Put an omitted style into the older form of three arguments."""
    given = list(arguments)
    while len(given) > _OLD_FORM and isinstance(given[-1], ast.Omitted):
        given.pop()
    if len(given) == _OLD_FORM and not isinstance(given[1], ast.Omitted):
        return [given[0], ast.Omitted(span=given[1].span), given[1], given[2]]
    return arguments


_OLD_FORM: Final = 3


def check_nesting(text: str, root: ast.Node) -> None:
    """Refuse SelectUniqueValue anywhere but at the top.

    Raises:
        ExpressionTypeError: it is nested.
    """
    for node in ast.find_all(root, ast.Call):
        if node is not root and node.name == "SelectUniqueValue":
            raise type_error(
                text,
                node,
                "SelectUniqueValue must be at the top of the expression and cannot be nested",
                function=node.name,
                hint="put the outer function into each rule",
            )


def kind_of(node: ast.Node, own: Mapping[str, Function]) -> Kind:
    """Return what a node gives, as far as it is known without values."""
    if isinstance(node, ast.Text):
        return Kind.TEXT
    if isinstance(node, ast.Number):
        return Kind.INTEGER
    if isinstance(node, ast.Comparison):
        return Kind.BOOLEAN
    if isinstance(node, ast.Call):
        found = own.get(node.name) or BUILT_IN.get(node.name)
        return Kind.ANY if found is None else found.result
    if isinstance(node, ast.Parameter):
        return Kind.TEXT
    return Kind.ANY
