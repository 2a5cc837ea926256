"""Scoping filters: who is provisioned, and which clause decided it.

The clauses of one group are AND-ed, the groups are OR-ed. Every operator but IS NULL is
false on null and on the empty text, the negated ones included. Text is compared with regard
to case. Source: Microsoft, "Scoping users or groups to be provisioned with scoping filters",
and the answer of Graph's ``filterOperators``.

Rules that the tests cite:

1. A filter without groups lets everybody in; a group without clauses holds.
2. ``NOT X`` is ``IS NOT NULL and not X`` for each pair of operators.
3. The order of clauses and groups never changes the decision, only the explanation.
4. Several values of one attribute cannot be judged (Microsoft does not support them), nor what
   is no value of the language at all: the clause does not hold and the decision says so in
   ``problems``. A caller should then take "out of scope" for "cannot tell", since out of scope
   disables accounts.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

import attrs

from ldapconnector._given import tuple_of
from ldapconnector.errors import MappingError
from ldapconnector.expressions import ArgumentError, read_attribute

__all__ = [
    "ClauseResult",
    "ScopeClause",
    "ScopeDecision",
    "ScopeGroup",
    "ScopeOperator",
    "ScopingFilter",
]

_REGEX_SECONDS: Final = 1.0


class ScopeOperator(StrEnum):
    """The documented operators, in the spelling of the portal."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT EQUALS"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"
    REGEX_MATCH = "REGEX MATCH"
    NOT_REGEX_MATCH = "NOT REGEX MATCH"
    GREATER_THAN = "Greater_Than"
    GREATER_THAN_OR_EQUALS = "Greater_Than_OR_EQUALS"
    INCLUDES = "Includes"
    ENDS_WITH = "ENDS_WITH"
    IN = "&"
    NOT_IN = "!&"

    @property
    def unary(self) -> bool:
        """Whether the operator takes no operand."""
        return self in _UNARY

    @classmethod
    def parse(cls, name: str) -> ScopeOperator:
        """Find the operator by any of its published spellings.

        The portal's, Graph's and the cloud sync page's are known; case, spaces and
        underscores do not matter.

        Raises:
            MappingError: unknown, or known and not supported, with what to use instead.

        >>> ScopeOperator.parse("GREATER_THAN_OR_EQUALS"), ScopeOperator.parse("PRESENT").value
        (<ScopeOperator.GREATER_THAN_OR_EQUALS: 'Greater_Than_OR_EQUALS'>, 'IS NOT NULL')
        """
        if not isinstance(name, str):
            raise MappingError(f"a scoping operator is a name such as EQUALS, not {name!r}")
        wanted = _folded(name)
        found = _BY_NAME.get(wanted)
        if found is not None:
            return found
        refused = _REFUSED.get(wanted)
        if refused:
            raise MappingError(f"the scoping operator {name!r} is not supported: {refused}")
        near = difflib.get_close_matches(wanted, _BY_NAME, n=1)
        hint = (
            f"did you mean {_BY_NAME[near[0]].value}?" if near else "known are: " + ", ".join(cls)
        )
        raise MappingError(f"{name!r} is no scoping operator; {hint}")


_UNARY: Final = frozenset(
    {
        ScopeOperator.IS_TRUE,
        ScopeOperator.IS_FALSE,
        ScopeOperator.IS_NULL,
        ScopeOperator.IS_NOT_NULL,
    }
)


def _folded(name: str) -> str:
    return re.sub(r"[\s_]+", " ", name).strip().upper()


_BY_NAME: Final = {
    **{_folded(operator.value): operator for operator in ScopeOperator},
    # The cloud sync page spells some of them otherwise.
    "ISN'T NULL": ScopeOperator.IS_NOT_NULL,
    "ISN\u2019T NULL": ScopeOperator.IS_NOT_NULL,
    "PRESENT": ScopeOperator.IS_NOT_NULL,
    "!&L": ScopeOperator.NOT_IN,
}
_REFUSED: Final = {
    "IS MEMBER OF": (
        "group membership is not part of a user's attributes; assign the group instead, or put "
        "a membership attribute into the source data"
    ),
    "VALID CERT MATCH": "its meaning is not published",
}


def _texts(given: str | Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (given,)
    return tuple(given)


def _operator(given: ScopeOperator | str) -> ScopeOperator:
    return ScopeOperator.parse(given)


@attrs.frozen(kw_only=True)
class ScopeClause:
    """One condition on one source attribute.

    Attributes:
        attribute: the source attribute; case matters.
        operator: the operator, or its name in any published spelling.
        operands: one text; none for unary operators; one or several for ``&`` and ``!&``.

    Raises:
        MappingError: wrong number of operands, an operand that is no integer where integers
            are compared, or a regular expression that is none.

    >>> str(ScopeClause(attribute="department", operator="EQUALS", operands="Sales"))
    'department EQUALS "Sales"'
    """

    attribute: str
    operator: ScopeOperator = attrs.field(converter=_operator)
    operands: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    def __attrs_post_init__(self) -> None:
        operator, count = self.operator, len(self.operands)
        if not self.attribute or not isinstance(self.attribute, str):
            raise MappingError("a clause of a scoping filter names a source attribute")
        if not all(isinstance(operand, str) for operand in self.operands):
            raise self._error(f"takes texts to compare with, not {list(self.operands)!r}")
        if operator.unary and count:
            raise self._error("takes no operand; leave it out")
        if not operator.unary and not count:
            raise self._error("needs an operand to compare with")
        if count > 1 and operator not in {ScopeOperator.IN, ScopeOperator.NOT_IN}:
            raise self._error(f"takes one operand, not {count}; write one group for each")
        if operator in _INTEGER:
            if _integer(self.operands[0]) is None:
                raise self._error(f"compares integers and {self.operands[0]!r} is none")
        elif operator in _REGEX:
            self._check_pattern()

    def _check_pattern(self) -> None:
        from ldapconnector.expressions.dotnet import regex  # noqa: PLC0415 -- loads `regex`

        try:
            regex.compile_pattern(self.operands[0])
        except ValueError as error:
            raise self._error(f"needs a .NET regular expression: {error}") from None

    def _error(self, what: str) -> MappingError:
        return MappingError(f"scoping clause on {self.attribute}: {self.operator} {what}")

    def holds(self, user: Mapping[str, object]) -> bool:
        """Tell whether the condition holds for ``user``.

        Raises:
            MappingError: a regular expression ran out of time on this value.

        >>> clause = ScopeClause(attribute="department", operator="NOT EQUALS", operands="Sales")
        >>> clause.holds({"department": "IT"}), clause.holds({"department": None}), clause.holds({})
        (True, False, False)
        """
        return self._judge(user)[0]

    def judge(self, user: Mapping[str, object]) -> ClauseResult:
        """Tell whether the condition holds, on which value, and what was in the way."""
        holds, value, problem = self._judge(user)
        return ClauseResult(clause=self, holds=holds, value=value, problem=problem)

    def _judge(self, user: Mapping[str, object]) -> tuple[bool, str | None, str]:
        try:
            value = read_attribute(user, self.attribute)
        except ArgumentError as error:
            return False, None, f"{self.attribute} cannot be judged: {error.message}"
        if isinstance(value, tuple):
            if len(value) > 1:
                if self.operator in {ScopeOperator.IS_NULL, ScopeOperator.IS_NOT_NULL}:
                    return self.operator is ScopeOperator.IS_NOT_NULL, ", ".join(value), ""
                return (
                    False,
                    ", ".join(value),
                    (
                        f"{self.attribute} has {len(value)} values, and scoping filters judge single "
                        "values only"
                    ),
                )
            value = value[0] if value else None
        if not value:
            return self.operator is ScopeOperator.IS_NULL, value, ""
        return _HOLDS[self.operator](value, self.operands), value, ""

    def __str__(self) -> str:
        operands = ", ".join(f'"{operand}"' for operand in self.operands)
        return f"{self.attribute} {self.operator} {operands}".rstrip()


_INTEGER: Final = frozenset({ScopeOperator.GREATER_THAN, ScopeOperator.GREATER_THAN_OR_EQUALS})
_REGEX: Final = frozenset({ScopeOperator.REGEX_MATCH, ScopeOperator.NOT_REGEX_MATCH})
_DIGITS: Final = re.compile(r"\s*[+-]?[0-9]{1,4000}\s*", re.ASCII)


def _integer(text: str) -> int | None:
    return int(text) if _DIGITS.fullmatch(text) else None


def _matches(value: str, operands: tuple[str, ...]) -> bool:
    from ldapconnector.expressions.dotnet import regex  # noqa: PLC0415 -- loads `regex`

    try:
        return regex.matches(operands[0], value, timeout=_REGEX_SECONDS)
    except TimeoutError:
        raise MappingError(
            f"the regular expression {operands[0]!r} of a scoping filter took longer than "
            f"{_REGEX_SECONDS:g} s on a value; simplify nested repetitions such as (a+)+"
        ) from None


def _greater(value: str, operands: tuple[str, ...], *, or_equal: bool) -> bool:
    left, right = _integer(value), _integer(operands[0])
    if left is None or right is None:
        return False
    return left >= right if or_equal else left > right


_HOLDS: Final[Mapping[ScopeOperator, Callable[[str, tuple[str, ...]], bool]]] = {
    ScopeOperator.EQUALS: lambda value, operands: value == operands[0],
    ScopeOperator.NOT_EQUALS: lambda value, operands: value != operands[0],
    ScopeOperator.IS_TRUE: lambda value, _: value.lower() == "true",
    ScopeOperator.IS_FALSE: lambda value, _: value.lower() == "false",
    ScopeOperator.IS_NULL: lambda _value, _: False,
    ScopeOperator.IS_NOT_NULL: lambda _value, _: True,
    ScopeOperator.REGEX_MATCH: _matches,
    ScopeOperator.NOT_REGEX_MATCH: lambda value, operands: not _matches(value, operands),
    ScopeOperator.GREATER_THAN: lambda value, operands: _greater(value, operands, or_equal=False),
    ScopeOperator.GREATER_THAN_OR_EQUALS: lambda value, operands: _greater(
        value, operands, or_equal=True
    ),
    ScopeOperator.INCLUDES: lambda value, operands: operands[0] in value,
    ScopeOperator.ENDS_WITH: lambda value, operands: value.endswith(operands[0]),
    ScopeOperator.IN: lambda value, operands: any(value in operand for operand in operands),
    ScopeOperator.NOT_IN: lambda value, operands: not any(value in one for one in operands),
}


@attrs.frozen(kw_only=True)
class ClauseResult:
    """What became of one clause.

    Attributes:
        clause: the condition.
        holds: whether it holds.
        value: the value that was judged, as text; None for null.
        problem: why it could not be judged properly, or an empty text.
    """

    clause: ScopeClause
    holds: bool
    value: str | None
    problem: str = ""

    def __str__(self) -> str:
        value = "null" if self.value is None else f'"{self.value}"'
        verdict = "holds" if self.holds else "does not hold"
        return f"{self.clause} {verdict} (the value is {value})" + (
            f"; {self.problem}" if self.problem else ""
        )


def _clauses(given: Iterable[ScopeClause]) -> tuple[ScopeClause, ...]:
    return tuple_of(ScopeClause, given, "the clauses of a group", "ScopeClause values")


@attrs.frozen(kw_only=True)
class ScopeGroup:
    """Clauses that must all hold ("a scoping filter" of the portal).

    Attributes:
        clauses: the conditions.
        name: the group's title, for people.
    """

    clauses: tuple[ScopeClause, ...] = attrs.field(converter=_clauses)
    name: str = ""

    def holds(self, user: Mapping[str, object]) -> bool:
        """Tell whether every clause holds."""
        return all(clause._judge(user)[0] for clause in self.clauses)


@attrs.frozen(kw_only=True)
class ScopeDecision:
    """Whether a user is in scope, and why.

    Attributes:
        in_scope: the decision.
        text: the reason in words.
        deciding: the clause that decided: the first that fails of the first group, or the
            last that holds; None where no clause did.
        group: the name of the deciding group, or its number from 1.
        results: the clauses that were judged, in order.
        read: False where the input filter leaves the user out: such a user is neither
            provisioned nor deprovisioned.
        problems: what could not be judged; see rule 4 of this module.
    """

    in_scope: bool
    text: str
    deciding: ScopeClause | None = None
    group: str = ""
    results: tuple[ClauseResult, ...] = ()
    read: bool = True

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be judged."""
        return tuple(result.problem for result in self.results if result.problem)


def _groups(given: Iterable[ScopeGroup]) -> tuple[ScopeGroup, ...]:
    return tuple_of(ScopeGroup, given, "the groups of a scoping filter", "ScopeGroup values")


@attrs.frozen(kw_only=True)
class ScopingFilter:
    """Who is in scope.

    Attributes:
        groups: one of them must hold; none lets everybody in.
        assigned_only: only users assigned to the application are in scope ("Sync only
            assigned users and groups").
        category_groups: a second set of groups, of which one must hold too (Graph,
            ``categoryFilterGroups``).
        input_groups: decides who is looked at at all (Graph, ``inputFilterGroups``); users
            left out by it are left alone, even where they have an account.

    >>> sales = ScopeClause(attribute="department", operator="EQUALS", operands="Sales")
    >>> scoping = ScopingFilter(groups=[ScopeGroup(clauses=[sales])])
    >>> decision = scoping.decide({"department": "IT"})
    >>> decision.in_scope, decision.text
    (False, 'out of scope: in filter 1, department EQUALS "Sales" does not hold (the value is "IT")')
    """

    groups: tuple[ScopeGroup, ...] = attrs.field(default=(), converter=_groups)
    assigned_only: bool = False
    category_groups: tuple[ScopeGroup, ...] = attrs.field(default=(), converter=_groups)
    input_groups: tuple[ScopeGroup, ...] = attrs.field(default=(), converter=_groups)

    @property
    def sources(self) -> frozenset[str]:
        """The source attributes that the filter reads."""
        everything = (*self.groups, *self.category_groups, *self.input_groups)
        return frozenset(clause.attribute for group in everything for clause in group.clauses)

    def holds(self, user: Mapping[str, object], *, assigned: bool = True) -> bool:
        """Tell whether ``user`` is in scope, without an explanation. Use it for many users."""
        if self.assigned_only and not assigned:
            return False
        for groups in (self.groups, self.category_groups, self.input_groups):
            if groups and not any(group.holds(user) for group in groups):
                return False
        return True

    def decide(self, user: Mapping[str, object], *, assigned: bool = True) -> ScopeDecision:
        """Tell whether ``user`` is in scope and which clause decided.

        Args:
            user: source attributes; text, numbers, booleans.
            assigned: whether the user is assigned to the application.

        Raises:
            MappingError: a regular expression ran out of time.
        """
        left_out = self._decide(self.input_groups, user)
        if not left_out.in_scope:
            text = left_out.text.replace("out of scope", "not looked at", 1)
            return attrs.evolve(left_out, text=text, read=False)
        if self.assigned_only and not assigned:
            return ScopeDecision(
                in_scope=False, text="out of scope: not assigned, and only assigned users are in"
            )
        decision = self._decide(self.groups, user)
        if decision.in_scope and self.category_groups:
            second = self._decide(self.category_groups, user)
            return attrs.evolve(second, results=decision.results + second.results)
        if not self.groups and self.assigned_only:
            return ScopeDecision(in_scope=True, text="in scope: assigned, and there is no filter")
        return decision

    @staticmethod
    def _decide(groups: tuple[ScopeGroup, ...], user: Mapping[str, object]) -> ScopeDecision:
        if not groups:
            return ScopeDecision(in_scope=True, text="in scope: there is no filter")
        judged: list[ClauseResult] = []
        failed: list[tuple[str, ClauseResult]] = []
        for number, group in enumerate(groups, 1):
            name = group.name or str(number)
            results: list[ClauseResult] = []
            for clause in group.clauses:
                results.append(clause.judge(user))
                if not results[-1].holds:
                    break
            judged += results
            if all(result.holds for result in results):
                reason = "; ".join(map(str, results)) or "it has no clause"
                return ScopeDecision(
                    in_scope=True,
                    text=f"in scope: filter {name}: {reason}",
                    deciding=results[-1].clause if results else None,
                    group=name,
                    results=tuple(judged),
                )
            failed.append((name, results[-1]))
        return ScopeDecision(
            in_scope=False,
            text="out of scope: "
            + "; ".join(f"in filter {name}, {result}" for name, result in failed),
            deciding=failed[0][1].clause,
            group=failed[0][0],
            results=tuple(judged),
        )
