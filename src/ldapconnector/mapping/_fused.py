"""The fused functions behind compiled mappings: one for creations, one for updates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from ldapconnector.errors import EvaluationError, LdapConnectorError, NameSyntaxError
from ldapconnector.expressions import EvaluationContext, Ignored
from ldapconnector.mapping._evaluate import Evaluator
from ldapconnector.mapping._kinds import fixed_values
from ldapconnector.mapping._mapped import MappedTarget, MappedUser, MappedValues, MappingFault
from ldapconnector.mapping._names import count_specials, guard, plain_specials
from ldapconnector.mapping._references import reference_texts
from ldapconnector.mapping._rules import (
    DN_TARGET,
    OBJECT_FILTER,
    AttributeMapping,
    Computed,
    Direct,
    NoSource,
    ObjectMapping,
    Source,
)
from ldapconnector.mapping._values import Encoder, describe
from ldapconnector.names import DN

if TYPE_CHECKING:
    from ldapconnector.schema import Schema

__all__ = ["Column", "Plan", "Values"]

_DEFAULT: Final = "the default stands in"
_NULL: Final = "null"
#: The values of one attribute.
Values: TypeAlias = tuple[bytes, ...]
_Octets: TypeAlias = dict[str, Values | None]


@attrs.frozen(kw_only=True)
class Column:
    """One target that gets values."""

    target: MappedTarget
    source: Source
    encode: Encoder | None
    default: Values | None
    single_valued: bool


class Plan:
    """The mappings that count for a creation, or for an update."""

    def __init__(
        self,
        mappings: ObjectMapping,
        columns: Sequence[Column],
        *,
        targets: Mapping[str, MappedTarget],
        schema: Schema | None,
        context: EvaluationContext,
        creating: bool,
    ) -> None:
        self._mappings = mappings
        self._targets = targets
        self._schema = schema
        self._columns = tuple(columns)
        self._creating = creating
        self._references = tuple(
            column
            for column in columns
            if column.target.reference and isinstance(column.source, Direct)
        )
        #: What is the same for everybody, by the number of the column.
        self._constants = self._worked_out()
        sources: dict[str, Source] = {
            column.target.attribute: column.source
            for number, column in enumerate(columns)
            if number not in self._constants and column not in self._references
        }
        # What a default fills in while the target is empty is the same for everybody.
        self._defaulted = frozenset(
            column.target.attribute.lower()
            for column in columns
            if isinstance(column.source, NoSource)
        )
        self._filters = tuple(mappings.target(OBJECT_FILTER))
        sources |= {one.attribute: one.source for one in self._filters}
        self._dn = next(
            (
                one
                for one in mappings.target(DN_TARGET)
                if (creating or not one.creation_only) and not isinstance(one.source, NoSource)
            ),
            None,
        )
        self._specials: int | None = None
        self._guarded = Evaluator({}, context=context)
        if self._dn is not None:
            sources[DN_TARGET] = safe = _guarded(self._dn)
            if isinstance(self._dn.source, Computed):
                self._specials = plain_specials(self._dn.source.expression)
            if self._specials is not None:
                # Guards are slow and nearly never needed: see `_safe_name`.
                sources[DN_TARGET] = self._dn.source
                self._guarded = Evaluator({DN_TARGET: safe}, context=context)
        self._evaluate = Evaluator(sources, context=context)
        self._simple = not self._references and not self._evaluate.fixed
        self._plain = self._dn is None and not self._filters
        self._encode, octets = self._generated()
        #: See ``CompiledMappings.octets``.
        self.octets = octets if self._plain else _nothing

    def map(self, user: Mapping[str, object]) -> MappedUser:
        events: list[tuple[int, object]] = []
        raw = self._raw(user)
        octets = self._values(raw, events)
        if self._plain and not events:
            return MappedUser(
                source_anchor=_text(user.get(self._mappings.source_anchor)),
                display=_display(user),
                values=MappedValues(self._targets, octets, self._defaulted),
            )
        defaulted = set(self._defaulted)
        faults: list[MappingFault] = []
        ignored: list[str] = []
        skip = False
        for number, event in events:
            target = self._columns[number].target
            key = target.attribute.lower()
            if event is _DEFAULT:
                defaulted.add(key)
                continue
            del octets[key]
            if isinstance(event, Ignored):
                ignored.append(target.origin.target)
                skip = skip or event is Ignored.OBJECT_FLOW
            elif event is not _NULL:
                faults.append(_fault(target, event))
        for mapping in self._filters:
            value = raw[mapping.attribute]
            skip = skip or value is Ignored.OBJECT_FLOW
            if isinstance(value, EvaluationError):
                faults.append(
                    MappingFault(target=mapping.target, message=describe(value), error=value)
                )
        dn = None
        if self._dn is not None:
            name = self._safe_name(raw[DN_TARGET], user)
            dn = _named(self._dn, name, faults)
            if isinstance(name, Ignored):
                ignored.append(self._dn.target)
                skip = skip or name is Ignored.OBJECT_FLOW
        return MappedUser(
            source_anchor=_text(user.get(self._mappings.source_anchor)),
            display=_display(user),
            dn=dn,
            values=MappedValues(self._targets, octets, frozenset(defaulted)),
            faults=tuple(faults),
            ignored=tuple(ignored),
            skip=skip,
        )

    def _safe_name(self, name: object, user: Mapping[str, object]) -> object:
        """Evaluate a name with guards where it has special characters of some value."""
        if self._specials is None or (
            isinstance(name, str) and count_specials(name) == self._specials
        ):
            return name
        return self._guarded(user)[DN_TARGET]

    def _worked_out(self) -> dict[int, Values | None]:
        """Return what is the same for everybody; a constant at fault is told for each user."""
        found: dict[int, Values | None] = {}
        for number, column in enumerate(self._columns):
            if isinstance(column.source, NoSource):
                found[number] = column.default
                continue
            fixed = None if column.target.confidential else fixed_values(column.source)
            if fixed is not None:
                events: list[tuple[int, object]] = []
                value = self._slow(number, fixed, events)
                if not events:
                    found[number] = value
        return found

    def _raw(self, user: Mapping[str, object], _: object = None) -> dict[str, Any]:
        raw = self._evaluate(user)
        for column in self._references:
            raw[column.target.attribute] = reference_texts(
                user, str(column.source)[1:-1], self._mappings.source_anchor
            )
        return raw

    def _values(
        self, raw: Mapping[str, Any], events: list[tuple[int, object]]
    ) -> dict[str, Values | None]:
        try:
            return self._encode(raw, events)
        except UnicodeEncodeError:
            events.clear()
            return {
                column.target.attribute.lower(): self._constants[number]
                if number in self._constants
                else self._slow(number, raw[column.target.attribute], events)
                for number, column in enumerate(self._columns)
            }

    def _generated(self) -> tuple[Callable[..., _Octets], Callable[..., _Octets | None]]:
        """Generate the functions that turn evaluated texts, and users, into octets.

        Names and constants enter as variables of the functions' globals, never as text.
        """
        namespace: dict[str, Any] = {
            "slow": self._slow,
            "fused": self._evaluate.fused if self._simple else self._raw,
            "context": self._evaluate.context,
        }
        pieces = []
        for number, column in enumerate(self._columns):
            namespace[f"k{number}"] = column.target.attribute.lower()
            namespace[f"n{number}"] = column.target.attribute
            if number in self._constants:
                namespace[f"c{number}"] = self._constants[number]
                pieces.append(f"k{number}: c{number}")
                continue
            slow = f"slow({number}, raw[n{number}], events)"
            pieces.append(
                f"k{number}: (v.encode(),) if (v := raw[n{number}]).__class__ is str and v"
                f" else {slow}"
                if column.encode is None
                else f"k{number}: {slow}"
            )
        found = f"{{{', '.join(pieces)}}}"
        text = (
            f"def encode(raw, events):\n    return {found}\n"
            "def octets(user):\n"
            "    raw = fused(user, context)\n"
            "    events = []\n"
            "    try:\n"
            f"        found = {found}\n"
            "    except UnicodeEncodeError:\n"
            "        return None\n"
            "    return None if events else found\n"
        )
        exec(text, namespace)  # noqa: S102 -- text made of numbers only
        return namespace["encode"], namespace["octets"]

    @cached_property
    def same(self) -> Callable[..., bool]:
        """See ``CompiledMappings.same``; raises UnicodeEncodeError for text that is no UTF-8.

        The generated function compares evaluated texts with an entry's octets and builds no
        value that nobody needs. Names and constants enter as variables.
        """
        texts = {name: f"v{number}" for number, name in enumerate(self._evaluate.expressions)}
        if self._references or self._filters or (self._dn is not None and DN_TARGET not in texts):
            return _never
        namespace: dict[str, Any] = {
            "never": _never,
            "slow": self._slow,
            "evaluated": self._evaluate.in_order(),
            "context": self._evaluate.context,
        }
        compared = []
        if self._dn is not None:
            compared.append(f"{texts[DN_TARGET]} == name")
            if self._specials is not None:
                namespace |= {"count": count_specials, "specials": self._specials}
                compared.append("count(name) == specials")
        for number, column in enumerate(self._columns):
            namespace[f"n{number}"] = column.target.attribute
            if number in self._constants:
                namespace[f"c{number}"] = self._constants[number]
                compared.append(
                    f"(get(n{number}) == c{number} or alike(whose, n{number}, c{number}))"
                )
                continue
            text = texts.get(column.target.attribute)
            if text is None:  # a constant that is at fault
                return _never
            wanted = f"slow({number}, {text}, events)"
            if column.encode is None:
                wanted = f"(({text}.encode(),) if {text}.__class__ is str and {text} else {wanted})"
            compared.append(f"(get(n{number}) == (w := {wanted}) or alike(whose, n{number}, w))")
        lines = (
            "def same(user, get, name, alike=never, whose=None):\n"
            f"    [{', '.join(texts.values())}] = evaluated(user, context)\n"
            "    events = []\n"
            f"    return {' and '.join([*compared, 'not events'])}\n"
        )
        exec(lines, namespace)  # noqa: S102 -- text made of numbers only
        same: Callable[..., bool] = namespace["same"]
        return same

    def _slow(self, number: int, value: object, events: list[tuple[int, object]]) -> Values | None:
        column = self._columns[number]
        if isinstance(value, (Ignored, LdapConnectorError)):
            events.append((number, value))
            return None
        texts = (value,) if isinstance(value, str) else value
        kept = tuple(filter(None, texts)) if isinstance(texts, tuple) else ()
        if not kept:
            return self._null(number, column, events)
        try:
            octets = tuple(
                text.encode() if column.encode is None else column.encode(text) for text in kept
            )
        except ValueError as error:
            events.append((number, error))
            return None
        if len(octets) > 1:
            octets = self._distinct(column.target.attribute, octets)
            if column.single_valued and len(octets) > 1:
                events.append((number, _too_many(column.target.attribute, len(octets))))
                return None
        return octets

    def _null(self, number: int, column: Column, events: list[tuple[int, object]]) -> Values | None:
        if column.default is not None and self._creating:
            events.append((number, _DEFAULT))
            return column.default
        if self._creating:
            events.append((number, _NULL))
        return None

    def _distinct(self, attribute: str, octets: Values) -> Values:
        schema = self._schema
        if schema is None:
            return tuple(dict.fromkeys(octets))
        kind = attribute.partition(";")[0]
        kept = {schema.equality_key(kind, value): value for value in reversed(octets)}
        return tuple(reversed(kept.values()))


def _nothing(_: Mapping[str, object]) -> None:
    """Stand in for the fast path of mappings that always have more to say than values."""


def _never(*_: object) -> bool:
    """Stand in for a comparison that needs a closer look."""
    return False


def _guarded(mapping: AttributeMapping) -> Source:
    if isinstance(mapping.source, Computed):
        return Computed(guard(mapping.source.expression, escape=mapping.escape_dn).expression)
    return mapping.source


def _too_many(attribute: str, count: int) -> ValueError:
    return ValueError(
        f"{count} values for {attribute}, which takes one; pick one with Item(x, 1) or join them "
        'with Join(",", x)'
    )


def _fault(target: MappedTarget, event: object) -> MappingFault:
    error = event if isinstance(event, LdapConnectorError) else None
    if target.confidential:
        name = event.function if isinstance(event, EvaluationError) else ""
        where = f" in {name}" if name else ""
        return MappingFault(
            target=target.origin.target,
            message=f"no value could be made{where}; it is confidential, so no detail is shown",
        )
    message = describe(event) if isinstance(event, EvaluationError) else str(event)
    return MappingFault(target=target.origin.target, message=message, error=error)


def _named(mapping: AttributeMapping, value: object, faults: list[MappingFault]) -> DN | None:
    if isinstance(value, Ignored):
        return None
    error: LdapConnectorError | None = None
    if isinstance(value, EvaluationError):
        message, error = describe(value), value
    elif isinstance(value, str) and value:
        try:
            dn = DN.parse(value)
            if dn:
                return dn
            message = "the name is empty, which is the root of the tree"
        except NameSyntaxError as wrong:
            message, error = f"{value!r} is no DN: {wrong.message}", wrong
    elif isinstance(value, tuple):
        message = f"{len(value)} values, and an entry has one name"
    else:
        message = "the source gives no name for this user"
    faults.append(MappingFault(target=mapping.target, message=message, error=error))
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _display(user: Mapping[str, object]) -> str:
    for name in ("displayName", "userPrincipalName", "mail", "id"):
        value = user.get(name)
        if isinstance(value, str) and value:
            return value
    return ""
