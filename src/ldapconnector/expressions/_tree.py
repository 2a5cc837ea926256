"""Step-by-step evaluation: the definition of what an expression gives.

The compiled form (:mod:`._compile`) must agree with this one; when anything goes wrong there
it hands over to this one, which knows the place, the argument and what is confidential.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector.errors import EvaluationError, UsageError
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._resolve import (
    DATE_TIME_STYLES,
    bind,
    check_nesting,
    lookup,
    type_error,
)
from ldapconnector.expressions._run import Run
from ldapconnector.expressions._signature import Function, Kind, ParameterSpec
from ldapconnector.expressions._values import (
    ArgumentError,
    FlowIgnored,
    Result,
    Value,
    bounded,
    compare,
    integer,
    is_true,
    normal,
    read_attribute,
    single,
    texts,
)
from ldapconnector.expressions.dotnet import dates
from ldapconnector.expressions.functions.identity import AllTakenError
from ldapconnector.expressions.functions.logic import DIRECTIVES, directive, truth, wanted

__all__ = ["REDACTED", "Prepared", "prepare"]

#: The value of every evaluated node, by identity; an error for one that failed.
Trace: TypeAlias = dict[int, Result | EvaluationError]
#: What stands in the place of a confidential value.
REDACTED: Final = "[Redact]"

_DIRECTIVE_NAMES: Final = frozenset(DIRECTIVES.values())
#: Longest value that an error shows, in characters.
_SHOWN: Final = 120


@attrs.frozen(kw_only=True, eq=False)
class Bound:
    """A call with its function and one argument for each parameter."""

    function: Function
    arguments: tuple[ast.Node, ...]


@attrs.frozen(kw_only=True, eq=False)
class Prepared:
    """An expression whose calls are known to be possible.

    Attributes:
        text: the text that positions refer to.
        root: the tree.
        calls: what each call node means, by identity of the node.
        confidential: identities of nodes whose value must not be shown.
    """

    text: str
    root: ast.Node
    calls: Mapping[int, Bound]
    confidential: frozenset[int]

    def evaluate(
        self,
        attributes: Mapping[str, object],
        run: Run,
        trace: Trace | None = None,
    ) -> Result:
        """Evaluate step by step.

        Args:
            attributes: the source object.
            run: the running evaluation.
            trace: receives the value of every evaluated node, by identity.

        Raises:
            EvaluationError: the expression fails on these values.
            UsageError: the attributes are no mapping.
        """
        if not hasattr(attributes, "get"):
            raise UsageError(
                f"the attributes of an object are a mapping, not {type(attributes).__name__}"
            )
        evaluator = _Evaluator(self, attributes, run, trace)
        try:
            return evaluator.value(self.root)
        except FlowIgnored as ignored:
            return ignored.outcome
        except RecursionError:
            raise EvaluationError(
                "the stack is too deep to evaluate this expression", text=self.text
            ) from None

    def step(self, node: ast.Node, attributes: Mapping[str, object], run: Run) -> Value:
        """Evaluate one node of the tree, for the compiled form.

        Raises:
            EvaluationError: it fails on these values.
            FlowIgnored: it says to leave the target alone.
        """
        return _Evaluator(self, attributes, run, None).value(node)


def prepare(text: str, root: ast.Node, own: Mapping[str, Function]) -> Prepared:
    """Bind every call of a tree.

    Raises:
        ExpressionTypeError: a function is unknown, or its arguments can never work.
    """
    check_nesting(text, root)
    calls: dict[int, Bound] = {}
    tokens: set[int] = set()
    for node in ast.find_all(root, ast.Call):
        function = lookup(text, node, own)
        arguments = bind(text, node, function)
        calls[id(node)] = Bound(function=function, arguments=arguments)
        for position, argument in enumerate(arguments):
            if isinstance(argument, ast.Token):
                tokens.add(id(argument))
                _check_token(text, argument, function, function.parameter(position))
    for token in ast.find_all(root, ast.Token):
        if id(token) not in tokens and token.name not in _DIRECTIVE_NAMES:
            raise type_error(text, token, f"the bare word {token.name} is no value by itself")
    return Prepared(text=text, root=root, calls=calls, confidential=_confidential(root))


def _check_token(text: str, token: ast.Token, function: Function, parameter: ParameterSpec) -> None:
    if token.name in parameter.choices or token.name in _DIRECTIVE_NAMES:
        return
    if parameter.name == "dateTimeStyles" and token.name in DATE_TIME_STYLES:
        return
    allowed = f"use {' or '.join(parameter.choices)}" if parameter.choices else ""
    raise type_error(
        text,
        token,
        f"the bare word {token.name} is no {parameter.name} of {function.name}",
        function=function.name,
        hint=allowed or f'a text is written "{token.name}"',
    )


def _confidential(root: ast.Node) -> frozenset[int]:
    """Find what must not be shown: all above and below a Redact, and its attributes anywhere."""
    names = frozenset(
        found.name
        for call in ast.find_all(root, ast.Call)
        if call.name == "Redact"
        for found in ast.find_all(call, ast.Attribute)
    )
    hidden: set[int] = set()

    def visit(node: ast.Node, *, below: bool) -> bool:
        inside = below or (isinstance(node, ast.Call) and node.name == "Redact")
        secret = inside or (isinstance(node, ast.Attribute) and node.name in names)
        for child in ast.children(node):
            secret = visit(child, below=inside) or secret
        if secret:
            hidden.add(id(node))
        return secret

    visit(root, below=False)
    return frozenset(hidden)


class _Evaluator:
    __slots__ = ("attributes", "prepared", "run", "trace")

    def __init__(
        self,
        prepared: Prepared,
        attributes: Mapping[str, object],
        run: Run,
        trace: Trace | None,
    ) -> None:
        self.prepared = prepared
        self.attributes = attributes
        self.run = run
        self.trace = trace

    def value(self, node: ast.Node) -> Value:
        try:
            found = self._value(node)
        except FlowIgnored as ignored:
            if self.trace is not None:
                self.trace.setdefault(id(node), ignored.outcome)
            raise
        except EvaluationError as error:
            if self.trace is not None:
                self.trace[id(node)] = error
            raise
        if self.trace is not None:
            self.trace[id(node)] = found
        return found

    def _value(self, node: ast.Node) -> Value:
        if isinstance(node, ast.Text):
            return node.value
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Number):
            return str(node.value)
        if isinstance(node, ast.Token):
            if node.name in _DIRECTIVE_NAMES:
                raise FlowIgnored(directive(node.name))
            return node.name
        try:
            if isinstance(node, ast.Attribute):
                return read_attribute(self.attributes, node.name)
            if isinstance(node, ast.Parameter):
                return self.run.parameter(node.name)
            if isinstance(node, ast.Comparison):
                return self._comparison(node)
        except ArgumentError as error:
            raise self._error(node, error.message) from None
        return None

    def _comparison(self, node: ast.Comparison) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        for side, value in ((node.left, left), (node.right, right)):
            try:
                single(value)
            except ArgumentError as error:
                raise self._error(side, error.message) from None
        return truth(compare(left, node.operator, right))

    def _call(self, node: ast.Call) -> Value:
        bound = self.prepared.calls[id(node)]
        function = bound.function
        seen: dict[int, Value] = {}
        try:
            if function.lazy:
                result = self._lazy(function, bound.arguments, seen)
            elif function.pure:
                result = self._eager(function, bound.arguments, seen)
            else:
                run = self.run
                key = (run.target, node.span, function.name)
                result = run.once(key, lambda: self._eager(function, bound.arguments, seen))
            return wanted(result)
        except ArgumentError as error:
            raise self._refused(node, bound, seen, error) from None
        except (FlowIgnored, EvaluationError, RecursionError):
            raise
        except Exception as error:  # noqa: BLE001 - own functions raise what they like
            raise self._failed(node, function, error) from (
                None if id(node) in self.prepared.confidential else error
            )

    def _lazy(
        self, function: Function, arguments: tuple[ast.Node, ...], seen: dict[int, Value]
    ) -> Result:
        thunks = [
            None
            if isinstance(argument, ast.Omitted)
            else partial(self._remembered, argument, position, seen)
            for position, argument in enumerate(arguments)
        ]
        result: Result = (
            function.call(self.run, thunks) if function.needs_run else function.call(thunks)
        )
        return result

    def _remembered(self, node: ast.Node, position: int, seen: dict[int, Value]) -> Value:
        value = seen[position] = self.value(node)
        return value

    def _eager(
        self, function: Function, arguments: tuple[ast.Node, ...], seen: dict[int, Value]
    ) -> Result:
        values: list[Any] = [self.run] if function.needs_run else []
        for position, argument in enumerate(arguments):
            parameter = function.parameter(position)
            if isinstance(argument, ast.Omitted):
                values.append(() if parameter.kind is Kind.LIST else None)
                continue
            value = seen[position] = self.value(argument)
            if value is None and (
                (position == 0 and function.null_to_null) or parameter.stops_null
            ):
                return None
            values.append(converted(value, parameter, own=function.own))
        if function.own:
            return normal_result(function.call(*values))
        missing = len(function.parameters) - len(arguments)
        if missing > 0 and not function.parameters[-1].repeating:
            values.extend([None] * missing)
        result: Result = function.call(*values)
        return result

    def _shown(self, node: ast.Node, value: Value) -> str:
        if id(node) in self.prepared.confidential:
            return REDACTED
        if value is None:
            return ""
        shown = value if isinstance(value, str) else "; ".join(value)
        return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"

    def _error(self, node: ast.Node, message: str, **details: Any) -> EvaluationError:
        line, column = ast.locate(self.prepared.text, node.span[0])
        if isinstance(node, ast.Attribute):
            message = (
                f"[{node.name}] {message}"
                if message.startswith("has ")
                else (f"[{node.name}]: {message}")
            )
        return EvaluationError(
            message, text=self.prepared.text, line=line, column=column, **details
        )

    def _refused(
        self, node: ast.Call, bound: Bound, seen: dict[int, Value], error: ArgumentError
    ) -> EvaluationError:
        """Say which argument was refused, without showing what is confidential."""
        function = bound.function
        parameter = error.parameter
        position = next(
            (n for n, known in enumerate(function.parameters) if known.name == parameter), None
        )
        if position is not None and position not in seen:
            position = None
        secret = id(node) in self.prepared.confidential
        message = error.message
        candidates: tuple[str, ...] = ()
        if isinstance(error, AllTakenError):
            candidates = error.candidates
            if secret:
                candidates = (REDACTED,) * len(candidates)
        if secret and function.name != "Error":
            message = f"{function.name} cannot use a value that is confidential here"
            if candidates:
                message = f"every value is taken ({len(candidates)} were tried)"
        elif secret:
            message = REDACTED
        return self._error(
            node,
            message,
            function=function.name,
            argument=parameter,
            value=""
            if position is None
            else self._shown(bound.arguments[position], seen[position]),
            candidates=candidates,
        )

    def _failed(self, node: ast.Call, function: Function, error: Exception) -> EvaluationError:
        secret = id(node) in self.prepared.confidential
        what = type(error).__name__ if secret else f"{type(error).__name__}: {error}"
        return self._error(node, f"the function failed: {what}", function=function.name)


def converted(value: Value, parameter: ParameterSpec, *, own: bool = False) -> Any:
    """Convert a value to what a parameter takes.

    Raises:
        ArgumentError: it cannot be converted.
    """
    kind = parameter.kind
    try:
        if kind is Kind.TEXT:
            return single(value)
        if kind is Kind.LIST:
            return texts(value)
        if kind is Kind.ANY:
            return value
        if kind is Kind.INTEGER:
            if value is None and not parameter.required:
                return None
            return integer(value)
        if kind is Kind.BOOLEAN:
            return is_true(value)
        if kind is Kind.CHOICE:
            return _chosen(single(value), parameter)
        return _date(single(value)) if own else single(value)
    except ArgumentError as error:
        raise ArgumentError(parameter.name, error.message) from None


def _date(text: str | None) -> datetime | None:
    try:
        return None if text is None else dates.parse_cdate(text)
    except ValueError as error:
        raise ArgumentError("", str(error)) from None


def _chosen(text: str | None, parameter: ParameterSpec) -> str | None:
    if text is None:
        return None
    for word in parameter.choices:
        if word.casefold() == text.casefold():
            return word
    raise ArgumentError("", f"this must be one of {', '.join(parameter.choices)}")


def normal_result(value: object) -> Result:
    """Render what an own function returned."""
    result = normal(value)
    if isinstance(result, str):
        bounded(result)
    return result
