"""An expression as a value: parsed once, evaluated often."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, final

from ldapconnector.errors import UsageError
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._check import check
from ldapconnector.expressions._compile import compile_one, new_run
from ldapconnector.expressions._context import EvaluationContext
from ldapconnector.expressions._diagnostic import AttributeShape, Diagnostic, shape_of, shapes_of
from ldapconnector.expressions._explain import Explanation, explain
from ldapconnector.expressions._graph import text_of_graph, to_graph
from ldapconnector.expressions._parser import parse_tree
from ldapconnector.expressions._resolve import resolve
from ldapconnector.expressions._signature import Function
from ldapconnector.expressions._tree import Prepared, prepare
from ldapconnector.expressions._values import Result
from ldapconnector.expressions.functions import BUILT_IN

__all__ = ["Expression"]

_CACHE = 4096
#: Compiled forms that one expression keeps for contexts with own functions.
_VARIANTS = 16


@final
class Expression:
    """A mapping expression of Microsoft Entra provisioning. Frozen; equal when it reads equal.

    Example:
        >>> expression = Expression.parse('Join(" ", [givenName], [surname])')
        >>> expression.evaluate({"givenName": "Ada", "surname": "Lovelace"})
        'Ada Lovelace'
        >>> sorted(expression.attributes)
        ['givenName', 'surname']
    """

    __slots__ = ("__dict__", "_canonical", "root", "text")

    #: The text as it was written.
    text: str
    #: The tree.
    root: ast.Node

    def __init__(self, text: str, root: ast.Node) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "root", root)
        object.__setattr__(self, "_canonical", ast.render(root))

    @classmethod
    def parse(cls, text: str, *, functions: Iterable[str] = (), strict: bool = False) -> Expression:
        """Parse an expression. Parsing the same text again is a look-up.

        Args:
            text: the expression.
            functions: names of own functions. An unknown name is taken for an own function
                anyway, unless it looks like a slip of a built-in one; naming it here settles
                that.
            strict: refuse function names in another case than the documented one.

        Raises:
            ExpressionSyntaxError: with line, column, what was expected and a hint.
            UsageError: it is no text.

        Source: Microsoft Learn, "Reference for writing expressions for attribute mappings".

        Example:
            >>> str(Expression.parse('tolower( [mail] , )'))
            'ToLower([mail], )'
        """
        if not isinstance(text, str):
            raise UsageError(f"an expression is a text, not {type(text).__name__}")
        return _parse(text, frozenset(functions), strict)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an Expression cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("an Expression cannot be changed")

    def __str__(self) -> str:
        return self._canonical  # type: ignore[attr-defined,no-any-return]

    def __repr__(self) -> str:
        return f"Expression.parse({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.text, tuple(sorted(self.functions)))

    @functools.cached_property
    def attributes(self) -> frozenset[str]:
        """Names of the source attributes that it reads."""
        return frozenset(node.name for node in ast.find_all(self.root, ast.Attribute))

    @functools.cached_property
    def functions(self) -> frozenset[str]:
        """Names of the functions that it calls."""
        return frozenset(node.name for node in ast.find_all(self.root, ast.Call))

    @functools.cached_property
    def parameters(self) -> frozenset[str]:
        """Names of the job's settings (``%Name%``) that it reads."""
        return frozenset(node.name for node in ast.find_all(self.root, ast.Parameter))

    @functools.cached_property
    def redacted(self) -> bool:
        """Whether its whole value is confidential, since it passes through Redact."""
        return "Redact" in self.functions

    def evaluate(
        self, attributes: Mapping[str, object], *, context: EvaluationContext | None = None
    ) -> Result:
        """Evaluate on the attributes of one object.

        Args:
            attributes: name to value, in Microsoft Graph's JSON shape: text, numbers,
                booleans, dates, lists of these, None. A missing name is no value; a dotted
                name reaches into objects where there is no such key.
            context: clock, randomness, look-up, settings and own functions.

        Returns:
            a text, a tuple of texts, None for no value, or an :class:`Ignored`. Booleans are
            ``True`` and ``False``, numbers decimal text, dates ``M/d/yyyy h:mm:ss tt`` in UTC.

        Raises:
            ExpressionTypeError: it can never work: an unknown function, a wrong count of
                arguments.
            EvaluationError: it fails on these values.
        """
        if context is None or not context.functions:
            return self._compiled(attributes, context)
        return self._variant(context.functions)(attributes, context)

    def compile(self, functions: Mapping[str, Any] | None = None) -> Callable[..., Result]:
        """Return the fast path: a function of attributes and, optionally, a context.

        Args:
            functions: own functions, as in ``EvaluationContext.functions``.

        Raises:
            ExpressionTypeError: the expression can never work.
        """
        if not functions:
            return self._compiled
        return self._variant(EvaluationContext(functions=functions).functions)

    def _variant(self, given: Mapping[str, Function]) -> Callable[..., Result]:
        """Return the form for a context with own functions."""
        foreign = self._foreign
        if not foreign:
            return self._compiled
        if not foreign <= frozenset(given):
            prepare(self.text, self.root, given)  # raises, knowing all names
        used = {name: given[name] for name in foreign}
        key = tuple(sorted(used.items()))
        known: dict[Any, Callable[..., Result]] = self.__dict__.setdefault("_variants", {})
        if key not in known:
            if len(known) >= _VARIANTS:
                known.clear()
            known[key] = compile_one(prepare(self.text, self.root, used))
        return known[key]

    @functools.cached_property
    def _foreign(self) -> frozenset[str]:
        return self.functions - frozenset(BUILT_IN)

    @functools.cached_property
    def _compiled(self) -> Callable[..., Result]:
        return compile_one(self._prepared)

    def explain(
        self, attributes: Mapping[str, object], *, context: EvaluationContext | None = None
    ) -> Explanation:
        """Evaluate step by step and tell what every node gave and which branch was taken.

        An evaluation that fails is explained as well. What ``Redact`` hides is hidden here,
        the result included.

        Args:
            attributes: the source object, as for :meth:`evaluate`.
            context: clock, randomness, look-up and own functions.

        Returns:
            The tree of steps; ``str()`` draws it.

        Raises:
            ExpressionTypeError: the expression can never work.

        Example:
            >>> print(Expression.parse('IIF([a]="1", "one", "other")').explain({"a": "2"}))
            IIF([a]="1", "one", "other")  = "other"  (the condition does not hold)
            ├─ condition: [a]="1"  = "False"
            │  ├─ left: [a]  = "2"
            │  └─ right: "1"  = "1"
            ├─ valueIfTrue: "one"  (not evaluated)
            └─ valueIfFalse: "other"  = "other"
        """
        current = new_run(context)
        return explain(self.prepared(current.context.functions), attributes, current)

    def check(
        self,
        source: Mapping[str, Any]
        | Iterable[AttributeShape | Mapping[str, Any] | str]
        | None = None,
        target: AttributeShape | Mapping[str, Any] | str | None = None,
        *,
        functions: Mapping[str, Any] | None = None,
    ) -> tuple[Diagnostic, ...]:
        """Find what is wrong, or doubtful, without any value.

        Args:
            source: the known source attributes: names, shapes, or Graph's attribute
                definitions; without it attribute names are not checked.
            target: the target attribute: its name, shape, or Graph's definition; without it
                the result is not checked.
            functions: own functions, as in ``EvaluationContext.functions``.

        Returns:
            the findings in the order of the text; an expression with an ``error`` among them
            cannot work.

        Example:
            >>> [d.code for d in Expression.parse("tolower([Mail])").check(source=["mail"])]
            ['function-case', 'unknown-attribute']
        """
        own = EvaluationContext(functions=functions).functions if functions else {}
        return check(
            self.text,
            self.root,
            own=own,
            source=None if source is None else shapes_of(source),
            target=None if target is None else shape_of(target),
        )

    def to_graph(self) -> dict[str, Any]:
        """Return the tree as Microsoft Graph's ``attributeMappingSource``.

        Example:
            >>> Expression.parse("[mail]").to_graph()
            {'expression': '[mail]', 'name': 'mail', 'type': 'Attribute', 'parameters': []}
        """
        return to_graph(self.root)

    @classmethod
    def from_graph(cls, graph: Mapping[str, Any]) -> Expression:
        """Read Microsoft Graph's ``attributeMappingSource``, with or without its text.

        Where the node has its text (``expression``), that is parsed. Else the text is made
        from name, type and parameters; an omitted argument becomes an empty one.

        Raises:
            ExpressionTypeError: the object has another shape.
            ExpressionSyntaxError: its text is no expression.

        Example:
            >>> str(Expression.from_graph({"name": "ToLower", "type": "Function", "parameters": [
            ...     {"key": "source", "value": {"name": "mail", "type": "Attribute"}}]}))
            'ToLower([mail], )'
        """
        return cls.parse(text_of_graph(graph))

    def prepared(self, functions: Mapping[str, Any] | None = None) -> Prepared:
        """Bind every call, for step-by-step evaluation.

        Raises:
            ExpressionTypeError: the expression can never work.
        """
        if not functions:
            return self._prepared
        given = EvaluationContext(functions=functions).functions
        return prepare(self.text, self.root, given)

    @functools.cached_property
    def _prepared(self) -> Prepared:
        return prepare(self.text, self.root, {})


@functools.lru_cache(maxsize=_CACHE)
def _parse(text: str, functions: frozenset[str], strict: bool) -> Expression:
    return Expression(text, resolve(text, parse_tree(text), functions, strict=strict))


def _restore(text: str, functions: tuple[str, ...]) -> Expression:
    return Expression.parse(text, functions=functions)
