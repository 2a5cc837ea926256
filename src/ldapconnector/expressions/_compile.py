"""Expressions to one Python function each, or one for a whole object mapping.

The generated function is the fast path. When it fails for whatever reason, a more careful
one is tried, and when that fails the same evaluation goes on step by step (:mod:`._tree`), which gives the value or an error that says
where and why. What was drawn or looked up until then is remembered and not repeated.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ldapconnector.errors import EvaluationError, ExpressionTypeError
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._context import DEFAULT, EvaluationContext
from ldapconnector.expressions._emit import Emitter
from ldapconnector.expressions._run import Run
from ldapconnector.expressions._tree import Prepared
from ldapconnector.expressions._values import Result
from ldapconnector.expressions._writers import WRITERS

if TYPE_CHECKING:
    from ldapconnector.expressions._expression import Expression
    from ldapconnector.expressions._signature import Function

__all__ = ["Outcome", "compile_mapping", "compile_one", "compile_values"]

#: What a target of a mapping gets: a value, an ignored flow, or what went wrong.
Outcome: TypeAlias = Result | EvaluationError

#: Expressions of more nodes than this are evaluated step by step; Python would compile long.
_MOST_NODES: Final = 5_000

_Single: TypeAlias = Callable[..., Result]


def new_run(context: EvaluationContext | None) -> Run:
    """Begin an evaluation."""
    return Run(DEFAULT if context is None else context)


def compile_one(prepared: Prepared) -> _Single:
    """Compile one expression to ``f(attributes, context=None)``."""

    def step_by_step(
        attributes: Mapping[str, object],
        context: EvaluationContext | None = None,
        run: Run | None = None,
    ) -> Result:
        return prepared.evaluate(attributes, new_run(context) if run is None else run)

    if _size(prepared) > _MOST_NODES:
        return step_by_step

    def write(emit: Emitter) -> str:
        return emit.target(prepared, "").code

    return _tiers([prepared], write, step_by_step)


def _tiers(
    expressions: Sequence[Prepared], write: Callable[[Emitter], str], last: Callable[..., Any]
) -> Callable[..., Any]:
    """Build the fast function, which falls back to a more careful one, and that to `last`.

    The fast one takes attributes as they come; numbers and lists where texts are expected
    make it fail. The careful one renders every attribute first. It is built when needed.
    """

    @functools.cache
    def careful() -> Callable[..., Any]:
        return _function(expressions, write, last, optimistic=False)

    def again(attributes: Mapping[str, object], context: object, run: Run) -> Any:
        return careful()(attributes, context, run)

    return _function(expressions, write, again, optimistic=True)


def _function(
    expressions: Sequence[Prepared],
    write: Callable[[Emitter], str],
    otherwise: Callable[..., Any],
    *,
    optimistic: bool,
) -> Callable[..., Any]:
    emit = Emitter(expressions, WRITERS, optimistic=optimistic)
    result = write(emit)
    emit.namespace.update(new_run=new_run, otherwise=otherwise)
    source = "\n".join(
        [
            "def evaluate(a, c=None, r=None):",
            *(["  if r is None:", "    r = new_run(c)"] if emit.needs_run else []),
            "  try:",
            *emit.lines,
            f"    return {result}",
            "  except Exception:",
            "    pass",
            # Outside of the handler, so that an error from there has no context.
            "  return otherwise(a, c, new_run(c) if r is None else r)",
        ]
    )
    return _build(source, emit.namespace)


def _size(prepared: Prepared) -> int:
    return sum(1 for _ in ast.walk(prepared.root))


def _build(source: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    """Make the function of generated source. It holds our own names only."""
    code = compile(source, "<ldapconnector expression>", "exec", dont_inherit=True)
    namespace["__builtins__"] = {"len": len, "str": str, "tuple": tuple, "Exception": Exception}
    exec(code, namespace)  # noqa: S102 - nothing of the expression's text is in the source
    built: Callable[..., Any] = namespace["evaluate"]
    return built


def compile_mapping(
    expressions: Mapping[str, Expression],
    *,
    functions: Mapping[str, Function] | None = None,
) -> Callable[..., dict[str, Outcome]]:
    """Compile the expressions of a whole object mapping into one function.

    Sub-expressions that occur more than once are computed once. A target that fails does
    not keep the others from their values.

    Args:
        expressions: target attribute to expression.
        functions: own functions, as in ``EvaluationContext.functions``.

    Returns:
        a function ``f(attributes, context=None)`` that gives target to value, where a value
        may be an :class:`Ignored` or the :class:`EvaluationError` of that target. It does
        not raise. ``SelectUniqueValue`` asks ``context.is_taken_in(target, value)``.

    Example:
        >>> from ldapconnector.expressions import Expression
        >>> mapped = compile_mapping({
        ...     "uid": Expression.parse('ToLower(Word([upn], 1, "@"))'),
        ...     "homeDirectory": Expression.parse('Join("/", "/home", ToLower(Word([upn], 1, "@")))'),
        ... })
        >>> mapped({"upn": "Ada@example.org"})
        {'uid': 'ada', 'homeDirectory': '/home/ada'}
    """
    return _compiled(expressions, functions, named=True)


def compile_values(
    expressions: Mapping[str, Expression],
    *,
    functions: Mapping[str, Function] | None = None,
) -> Callable[..., tuple[Outcome, ...]]:
    """Compile as :func:`compile_mapping`, to a function that gives the values alone, in order.

    Args:
        expressions: target attribute to expression.
        functions: own functions, as in ``EvaluationContext.functions``.

    Returns:
        a function ``f(attributes, context=None)`` that gives one value for each target. It
        does not raise.

    >>> from ldapconnector.expressions import Expression
    >>> compile_values({"sn": Expression.parse("[surname]")})({"surname": "Lovelace"})
    ('Lovelace',)
    """
    return _compiled(expressions, functions, named=False)


def _compiled(
    expressions: Mapping[str, Expression],
    functions: Mapping[str, Function] | None,
    *,
    named: bool,
) -> Callable[..., Any]:
    prepared: dict[str, Prepared] = {}
    failed: dict[str, EvaluationError] = {}
    for target, expression in expressions.items():
        try:
            prepared[target] = expression.prepared(functions)
        except ExpressionTypeError as error:
            failed[target] = _never(error)
    one_by_one = _one_by_one(tuple(expressions), prepared, failed, named=named)
    small = [target for target, one in prepared.items() if _size(one) <= _MOST_NODES]
    if not small or sum(_size(prepared[target]) for target in small) > _MOST_NODES:
        return one_by_one
    return _fused(tuple(expressions), prepared, failed, one_by_one, named=named)


def _never(error: ExpressionTypeError) -> EvaluationError:
    """Give the error of an expression that can never work as that of its target."""
    return EvaluationError(
        error.message + (f" ({error.hint})" if error.hint else ""),
        function=error.function,
        text=error.text,
        line=error.line,
        column=error.column,
    )


def _one_by_one(
    targets: tuple[str, ...],
    prepared: Mapping[str, Prepared],
    failed: Mapping[str, EvaluationError],
    *,
    named: bool,
) -> Callable[..., dict[str, Outcome] | tuple[Outcome, ...]]:
    @functools.cache
    def single(target: str) -> _Single:
        return compile_one(prepared[target])

    def evaluate(
        attributes: Mapping[str, object],
        context: EvaluationContext | None = None,
        run: Run | None = None,
    ) -> dict[str, Outcome] | tuple[Outcome, ...]:
        current = new_run(context) if run is None else run
        found: dict[str, Outcome] = {}
        for target in targets:
            if target in failed:
                found[target] = failed[target]
                continue
            current.target = target
            # What one target used up of the time for regular expressions is not another's.
            current.regex_left = current.context.regex_timeout
            try:
                found[target] = single(target)(attributes, context, current)
            except EvaluationError as error:
                # The traceback would keep the object's values alive.
                found[target] = error.with_traceback(None)
        return found if named else tuple(found.values())

    return evaluate


def _fused(
    targets: tuple[str, ...],
    prepared: Mapping[str, Prepared],
    failed: Mapping[str, EvaluationError],
    one_by_one: Callable[..., Any],
    *,
    named: bool,
) -> Callable[..., Any]:
    def write(emit: Emitter) -> str:
        pieces = []
        for target in targets:
            if target in failed:
                value = emit.constant(failed[target])
            else:
                value = emit.bind(emit.target(prepared[target], target)).code
            pieces.append(f"{emit.constant(target)}: {value}" if named else f"{value},")
        return f"{{{', '.join(pieces)}}}" if named else f"({' '.join(pieces)})"

    return _tiers(tuple(prepared.values()), write, one_by_one)
