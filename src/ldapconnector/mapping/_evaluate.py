"""Sources, evaluated together for one user after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ldapconnector.errors import EvaluationError, ExpressionSyntaxError, MappingError
from ldapconnector.expressions import (
    EvaluationContext,
    Expression,
    Ignored,
    compile_mapping,
    compile_values,
)
from ldapconnector.mapping._rules import Computed, Constant, Direct, Source

__all__ = ["Evaluated", "Evaluator", "expression_of"]

#: What a source gives: values, null, a directive, or the error that it met.
Evaluated: TypeAlias = str | tuple[str, ...] | Ignored | EvaluationError | None


def expression_of(source: Source) -> Expression | None:
    """Return a direct or computed source as an expression, None for the other two.

    Raises:
        MappingError: the name of the source attribute cannot stand in brackets.
    """
    if isinstance(source, Computed):
        return source.expression
    if not isinstance(source, Direct):
        return None
    try:
        return Expression.parse(f"[{source.attribute}]")
    except ExpressionSyntaxError:
        raise MappingError(
            f"{source.attribute!r} cannot be the name of a source attribute: it has brackets "
            "that do not pair, or a line break"
        ) from None


class Evaluator:
    """Several sources as one function of a user.

    Args:
        sources: by key; the key of a whole mapping is its target attribute, which
            ``EvaluationContext.is_taken_in`` is asked with.
        context: clock, randomness, look-up, settings and own functions.
    """

    def __init__(
        self, sources: Mapping[str, Source], *, context: EvaluationContext | None = None
    ) -> None:
        #: The values of constant sources.
        self.fixed: dict[str, Evaluated] = {}
        #: All other sources.
        self.expressions: dict[str, Expression] = {}
        for key, source in sources.items():
            found = expression_of(source)
            if found is None:
                self.fixed[key] = source.value if isinstance(source, Constant) else None
            else:
                self.expressions[key] = found
        self.context = context
        self._functions = None if context is None else context.functions
        #: ``fused(user, context)``: the values of all sources but the constant ones.
        self.fused = compile_mapping(self.expressions, functions=self._functions)

    def in_order(self) -> Callable[..., tuple[Evaluated, ...]]:
        """Return what ``fused`` is, with the bare values in the order of ``expressions``."""
        return compile_values(self.expressions, functions=self._functions)

    def __call__(self, user: Mapping[str, object]) -> dict[str, Any]:
        """Return what each source gives; an EvaluationError stands for a source that failed."""
        found: dict[str, Any] = self.fused(user, self.context)
        if self.fixed:
            found.update(self.fixed)
        return found
