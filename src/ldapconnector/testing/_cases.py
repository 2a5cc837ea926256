"""Expression and mapping cases: what is given, what shall come out, and a failure that explains."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector.errors import ExpressionError, LdapConnectorError, nearest
from ldapconnector.expressions import EvaluationContext, Expression, Ignored
from ldapconnector.mapping import CompiledMappings, MappedUser, ScopingFilter, bare_attribute
from ldapconnector.names import DN

__all__ = ["Case", "CaseFailed", "Expected", "ExpressionCase", "MappingCase", "Surroundings"]

_HIDDEN: Final = "[Redact]"


class CaseFailed(AssertionError):
    """A case did not come out as expected. Its text is made for a terminal."""


@attrs.frozen(kw_only=True)
class Surroundings:
    """What a case gives an expression besides the user's attributes.

    Attributes:
        now: the moment of ``Now()``.
        seed: makes ``RandomString`` and ``Guid`` repeatable.
        parameters: values of ``%Name%``.
        taken: values that ``SelectUniqueValue`` finds taken.
    """

    now: datetime | None = None
    seed: int | None = None
    parameters: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    taken: frozenset[str] = frozenset()

    def context(self, functions: Mapping[str, Callable[..., Any]]) -> EvaluationContext:
        """Return them as the expressions take them; randomness starts anew for each case."""
        return EvaluationContext(
            now=self.now,
            # Repeatable, and for tests only.
            random=None if self.seed is None else random.Random(self.seed),  # noqa: S311
            is_taken=self.taken.__contains__,
            parameters=self.parameters,
            functions=functions,
        )


@attrs.frozen(kw_only=True)
class Expected:
    """What shall come out: exactly one of these.

    Attributes:
        value: a text, or several; None is "no value".
        matches: a regular expression that the whole text must match.
        ignored: ``attribute`` or ``object``: the expression asks that nothing flows.
        error: a text that the error message must contain.
    """

    kind: str = attrs.field(
        validator=attrs.validators.in_(("value", "matches", "ignored", "error"))
    )
    value: str | tuple[str, ...] | None = None

    def accepts(self, got: Any) -> bool:
        """Tell whether ``got``, a result or an error, is what is expected."""
        if self.kind == "error":
            return isinstance(got, Exception) and str(self.value).lower() in str(got).lower()
        if isinstance(got, Exception):
            return False
        if self.kind == "ignored":
            whole = got is Ignored.OBJECT_FLOW
            return isinstance(got, Ignored) and whole is (self.value == "object")
        if self.kind == "matches":
            return isinstance(got, str) and re.fullmatch(str(self.value), got) is not None
        return bool(got == self.value)

    def __str__(self) -> str:
        if self.kind == "value":
            return shown(self.value)
        if self.kind == "ignored":
            return f"nothing flows for this {self.value}"
        return (
            f"{'an error with' if self.kind == 'error' else 'a text that matches'} {self.value!r}"
        )


@attrs.frozen(kw_only=True)
class ExpressionCase:
    """One expression, one set of attributes, one result.

    Attributes:
        name: for people.
        expression: its text.
        inputs: the source attributes, in Graph's shape.
        expected: what shall come out.
        surroundings: clock, randomness, settings.
        path: where the case stands, such as ``mappings.toml $.expressions[2]``.
        functions: own functions of the expression.

    >>> case = ExpressionCase(
    ...     name="lower", expression="ToLower([mail])", inputs={"mail": "A@X"},
    ...     expected=Expected(kind="value", value="A@x"),
    ... )
    >>> case.check()
    Traceback (most recent call last):
    ldapconnector.testing._cases.CaseFailed: lower
        ToLower([mail])
      expected: "A@x"
           got: "a@x"
                 ^
      how it came about:
        ToLower([mail])  = "a@x"
        └─ source: [mail]  = "A@X"
    """

    name: str
    expression: str
    inputs: Mapping[str, Any] = attrs.field(factory=dict, hash=False)
    expected: Expected
    surroundings: Surroundings = attrs.field(factory=Surroundings, repr=False)
    path: str = ""
    functions: Mapping[str, Callable[..., Any]] = attrs.field(factory=dict, hash=False, repr=False)

    def __str__(self) -> str:
        return self.name

    def evaluate(self) -> str | tuple[str, ...] | Ignored | None:
        """Return what comes out.

        Raises:
            ExpressionError: the expression cannot be parsed, or fails on the inputs.
        """
        expression = Expression.parse(self.expression, functions=tuple(self.functions))
        return expression.evaluate(self.inputs, context=self.surroundings.context(self.functions))

    def check(self) -> None:
        """Raise where something else comes out.

        Raises:
            CaseFailed: with the caret of a syntax error, or the explanation of the value.
        """
        __tracebackhide__ = True  # pytest shows the test's own line instead
        got: Any
        try:
            got = self.evaluate()
        except ExpressionError as error:
            got = error
        if not self.expected.accepts(got):
            raise CaseFailed("\n".join(self._failure(got)))

    def _failure(self, got: Any) -> Iterator[str]:
        yield _headline(self.name, self.path)
        if isinstance(got, ExpressionError):
            yield f"  expected: {self.expected}"
            yield f"       got: {type(got).__name__}"
            yield _indented(str(got))
        else:
            yield _indented(self.expression)
            secret = Expression.parse(self.expression, functions=tuple(self.functions)).redacted
            yield from compared(self.expected, got, secret=secret)
        yield from self._explained()

    def _explained(self) -> Iterator[str]:
        try:
            parsed = Expression.parse(self.expression, functions=tuple(self.functions))
            context = self.surroundings.context(self.functions)
            explanation = parsed.explain(self.inputs, context=context)
        except ExpressionError:
            return  # said already
        yield "  how it came about:"
        yield _indented(str(explanation))
        # An attribute that the inputs lack is the commonest reason for "no value".
        for name in sorted(parsed.attributes - set(self.inputs)):
            if name.partition(".")[0] in self.inputs:
                continue
            guess = nearest(name, self.inputs)
            yield f"  note: the inputs have no [{name}]" + (
                f"; did you mean [{guess}]? Case matters." if guess else ""
            )


@attrs.frozen(kw_only=True)
class MappingCase:
    """One user through all mappings of a configuration.

    Attributes:
        name: for people.
        user: the source attributes, in Graph's shape.
        compiled: the mappings.
        scoping: who is in scope.
        creating: whether the account is new: defaults and creation-only mappings count.
        dn: the name that shall come out, compared by rule; empty to leave it open.
        values: by target attribute, what shall come out; others are left open.
        absent: targets that shall get no value.
        faults: by target, a text that its fault must contain. Any other fault fails the case.
        in_scope: whether the user shall be in scope; None leaves it open.
        path: where the case stands.
    """

    name: str
    user: Mapping[str, Any] = attrs.field(hash=False)
    compiled: CompiledMappings = attrs.field(repr=False, hash=False, eq=False)
    scoping: ScopingFilter = attrs.field(repr=False)
    creating: bool = True
    dn: str = ""
    values: Mapping[str, Expected] = attrs.field(factory=dict, hash=False)
    absent: frozenset[str] = frozenset()
    faults: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    in_scope: bool | None = None
    path: str = ""

    def __str__(self) -> str:
        return self.name

    def evaluate(self) -> MappedUser:
        """Return what the mappings make of the user."""
        return self.compiled.map(self.user, creating=self.creating)

    def check(self) -> None:
        """Raise where something else comes out.

        Raises:
            CaseFailed: with each target that is not as expected, its mapping and how its
                value came about.
        """
        __tracebackhide__ = True
        mapped = self.evaluate()
        found = [*self._scope(), *self._name(mapped), *self._values(mapped), *self._faults(mapped)]
        if found:
            raise CaseFailed("\n".join([_headline(self.name, self.path), *found]))

    def _scope(self) -> Iterator[str]:
        if self.in_scope is None:
            return
        decision = self.scoping.decide(self.user)
        if decision.in_scope is not self.in_scope:
            yield f"  expected: {'in' if self.in_scope else 'out of'} scope"
            yield f"       got: {decision.text}"

    def _name(self, mapped: MappedUser) -> Iterator[str]:
        if self.dn and (mapped.dn is None or mapped.dn != DN.parse(self.dn)):
            yield "  -dn-"
            expected = Expected(kind="value", value=self.dn)
            yield from compared(expected, None if mapped.dn is None else str(mapped.dn))
            yield from self._explained("-dn-")

    def _values(self, mapped: MappedUser) -> Iterator[str]:
        for target in sorted(self.absent):
            value = mapped.values.get(target)
            if value is not None and value.values:
                yield f"  {target}"
                yield from compared(Expected(kind="value"), _plain(value.text))
                yield from self._explained(target)
        for target, expected in self.values.items():
            value = mapped.values.get(target)
            got: Any = None if value is None or not value.values else _plain_octets(value.values)
            if isinstance(expected.value, tuple) and isinstance(got, str):
                got = (got,)
            if target.lower() in {name.lower() for name in mapped.ignored}:
                got = Ignored.FLOW
            if not expected.accepts(got):
                yield f"  {target}"
                secret = value is not None and value.confidential
                yield from compared(expected, got, secret=secret)
                if value is None and not self.compiled.mappings.target(target):
                    yield f"      note: no mapping has the target {target}" + _near(
                        target, [one.attribute for one in self.compiled.mappings.mappings]
                    )
                yield from self._explained(target)

    def _faults(self, mapped: MappedUser) -> Iterator[str]:
        wanted = {bare_attribute(target).lower(): text for target, text in self.faults.items()}
        for fault in mapped.faults:
            text = wanted.pop(bare_attribute(fault.target).lower(), None)
            if text is None or text.lower() not in fault.message.lower():
                yield f"  {fault.target}"
                yield f"    expected: {'no fault' if text is None else f'a fault with {text!r}'}"
                yield "         got:"
                yield _indented(fault.message, 8)
        for target, text in wanted.items():
            yield f"  {target}"
            yield f"    expected: a fault with {text!r}"
            yield "         got: no fault"

    def _explained(self, target: str) -> Iterator[str]:
        for mapping in self.compiled.mappings.target(target):
            source = mapping.source
            yield f"      mapping: {mapping.target} = {source}"
            expression = getattr(source, "expression", None)
            if expression is None:
                continue
            try:
                explained = expression.explain(self.user, context=self.compiled.context)
            except LdapConnectorError as error:
                yield _indented(str(error), 8)
            else:
                yield _indented(str(explained), 8)


Case: TypeAlias = ExpressionCase | MappingCase


def _plain(values: tuple[str, ...]) -> str | tuple[str, ...]:
    return values[0] if len(values) == 1 else values


def _plain_octets(values: tuple[bytes, ...]) -> str | tuple[str, ...]:
    return _plain(tuple(value.decode("utf-8", "backslashreplace") for value in values))


def shown(value: Any) -> str:
    """Return a result as the failure shows it."""
    if value is None:
        return "no value"
    if isinstance(value, Ignored):
        return f"nothing flows ({value})"
    return json.dumps(value if isinstance(value, str) else list(value), ensure_ascii=False)


def compared(expected: Expected, got: Any, *, secret: bool = False) -> Iterator[str]:
    """Yield expected and got below one another, with a caret where they part."""
    left, right = str(expected), _HIDDEN if secret and got is not None else shown(got)
    yield f"  expected: {left}"
    yield f"       got: {right}"
    if expected.kind != "value" or secret or not {left[:1], right[:1]} <= {'"', "["}:
        return
    pairs = zip(left, right, strict=False)
    at = next(
        (index for index, (one, other) in enumerate(pairs) if one != other),
        min(len(left), len(right)),
    )
    yield f"            {' ' * at}^"


def _headline(name: str, path: str) -> str:
    return f"{name} ({path})" if path else name


def _indented(text: str, by: int = 4) -> str:
    return "\n".join(" " * by + line if line else line for line in text.splitlines())


def _near(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""
