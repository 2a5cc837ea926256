"""Mappings made ready for many users: one fused function, values built when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from ldapconnector.errors import EvaluationError, LdapConnectorError, MappingError, NameSyntaxError
from ldapconnector.expressions import EvaluationContext, Ignored
from ldapconnector.mapping._evaluate import Evaluator
from ldapconnector.mapping._mapped import (
    MappedTarget,
    MappedUser,
    MappedValues,
    MappingFault,
    Origin,
)
from ldapconnector.mapping._names import NAME_FUNCTIONS, guard
from ldapconnector.mapping._references import reads_reference, reference_texts
from ldapconnector.mapping._rules import (
    DISTINGUISHED_NAME,
    DN_TARGET,
    EXPORT_PASSWORD,
    OBJECT_FILTER,
    AttributeMapping,
    Computed,
    Constant,
    Direct,
    NoSource,
    ObjectMapping,
    Source,
)
from ldapconnector.mapping._values import DN_SYNTAX, Encoder, describe, encoder, syntax_of
from ldapconnector.names import DN
from ldapconnector.secret import Secret

if TYPE_CHECKING:
    from ldapconnector.schema import Schema

__all__ = [
    "PASSWORD_ATTRIBUTES",
    "SOFT_DELETED",
    "CompiledMappings",
    "is_password",
    "with_soft_deleted",
]

#: Attributes that hold passwords; a mapping onto one sets the initial password.
PASSWORD_ATTRIBUTES: Final = frozenset({"userpassword", "unicodepwd"})
#: The synthetic source attribute, in the spellings that Microsoft's mappings use.
SOFT_DELETED: Final = ("IsSoftDeleted", "isSoftDeleted")

_NOT_VALUES: Final = frozenset({DN_TARGET, DISTINGUISHED_NAME, OBJECT_FILTER})
_DEFAULT: Final = "the default stands in"
_NULL: Final = "null"
_Values = tuple[bytes, ...]


def with_soft_deleted(user: Mapping[str, object], deleted: bool) -> dict[str, object]:
    """Return ``user`` with the synthetic attribute isSoftDeleted.

    It is True for a user who is unassigned, out of scope, soft-deleted or disabled.

    >>> with_soft_deleted({"id": "1"}, True)["isSoftDeleted"]
    True
    """
    return {**user, **dict.fromkeys(SOFT_DELETED, deleted)}


@attrs.frozen(kw_only=True)
class _Column:
    """One target that gets values."""

    target: MappedTarget
    source: Source
    encode: Encoder | None
    default: _Values | None
    single_valued: bool


class CompiledMappings:
    """The mappings of one object type, ready for many users.

    Args:
        mappings: the mappings; no target may be named twice.
        schema: knows syntaxes and single-valued attributes, so that booleans, times, names
            and binary values are written as the directory wants them.
        context: clock, randomness, look-up, settings and own functions of the expressions.
        single_valued: attributes treated as single-valued besides the schema's ("treat as
            single value" of the wizard).

    Raises:
        MappingError: two mappings have the same target, or a default cannot be a value of it.
            An expression that can never work is a fault of each user; ``check_mappings`` tells
            before.

    >>> from ldapconnector.mapping import AttributeMapping, Direct
    >>> mail = AttributeMapping(target="mail", source=Direct("userPrincipalName"))
    >>> compiled = CompiledMappings([mail])
    >>> user = {"id": "1", "displayName": "Jane", "userPrincipalName": "jane@example.com"}
    >>> mapped = compiled.map(user, creating=True)
    >>> mapped.values["mail"].values, mapped.display
    ((b'jane@example.com',), 'Jane')
    """

    def __init__(
        self,
        mappings: ObjectMapping | Sequence[AttributeMapping],
        *,
        schema: Schema | None = None,
        context: EvaluationContext | None = None,
        single_valued: frozenset[str] = frozenset(),
    ) -> None:
        self.mappings = ObjectMapping.of(mappings)
        self.schema = schema
        self.context = context
        self.single_valued = frozenset(name.lower() for name in single_valued)
        _refuse_doubles(self.mappings)
        given = EvaluationContext() if context is None else context
        self._names_context = attrs.evolve(given, functions={**given.functions, **NAME_FUNCTIONS})
        columns = [
            self._column(index, mapping)
            for index, mapping in enumerate(self.mappings.mappings)
            if mapping.attribute not in _NOT_VALUES and not is_password(mapping)
        ]
        #: What is known of each target, by attribute name in lower case.
        self.targets: Mapping[str, MappedTarget] = {
            column.target.attribute.lower(): column.target
            for column in columns
            if not (isinstance(column.source, NoSource) and column.default is None)
        }
        columns = [column for column in columns if column.target.attribute.lower() in self.targets]
        self._creating = _Plan(self, columns, creating=True)
        self._updating = _Plan(
            self, [one for one in columns if not one.target.creation_only], creating=False
        )
        self._password = self._password_plan()
        self._reads_soft_deleted = bool(self.mappings.sources & set(SOFT_DELETED))

    def map(
        self,
        user: Mapping[str, object],
        *,
        creating: bool,
        soft_deleted: bool | None = None,
    ) -> MappedUser:
        """Return what the mappings make of ``user``. Never raises for the user's values.

        Args:
            user: source attributes in Microsoft Graph's JSON shape.
            creating: whether the object is to be created: then defaults stand in, and
                creation-only mappings are evaluated.
            soft_deleted: the synthetic attribute isSoftDeleted; None leaves what ``user`` has.
        """
        if soft_deleted is not None and self._reads_soft_deleted:
            user = with_soft_deleted(user, soft_deleted)
        plan = self._creating if creating else self._updating
        mapped = plan.map(user)
        if creating and self._password is not None:
            return attrs.evolve(mapped, password=_remembered(lambda: self._draw(user)))
        return mapped

    def octets(
        self, user: Mapping[str, object], *, creating: bool = False
    ) -> dict[str, tuple[bytes, ...] | None] | None:
        """Return the bare values by attribute name in lower case: the fast path.

        It is several times faster than :meth:`map` and answers for nearly every user.

        Returns:
            The values, None for null. None altogether where there is more to say than values
            (a DN, a default, a directive, a fault): ask :meth:`map` then.
        """
        return (self._creating if creating else self._updating).octets(user)

    def initial_password(
        self, user: Mapping[str, object], *, soft_deleted: bool | None = None
    ) -> Secret | None:
        """Draw the initial password of a new account; None where none is mapped.

        A plan does not hold passwords: whoever applies it asks here.

        Raises:
            EvaluationError, MappingError: no password can be made for this user.
        """
        if self._password is None:
            return None
        if soft_deleted is not None and self._reads_soft_deleted:
            user = with_soft_deleted(user, soft_deleted)
        return Secret.of(self._draw(user))

    @property
    def password_origin(self) -> Origin | None:
        """The mapping that makes the initial password, None where there is none."""
        for index, mapping in enumerate(self.mappings.mappings):
            if is_password(mapping) and not isinstance(mapping.source, NoSource):
                return _origin(index, mapping)
        return None

    def _draw(self, user: Mapping[str, object]) -> str:
        mapping, evaluator = self._password or _no_password()
        value = evaluator(user)[mapping.attribute]
        if isinstance(value, LdapConnectorError):
            raise value
        if isinstance(value, tuple):
            value = value[0] if len(value) == 1 else None
        if not value and isinstance(mapping.default, str):
            value = mapping.default
        if not isinstance(value, str) or not value:
            raise MappingError(
                f"{mapping.target}: the source gives no password for this user",
                target=mapping.target,
            )
        return value

    def _password_plan(self) -> tuple[AttributeMapping, Evaluator] | None:
        found = [
            one
            for one in self.mappings.mappings
            if is_password(one) and not isinstance(one.source, NoSource)
        ]
        if len(found) > 1:
            raise MappingError(
                f"{found[0].target} and {found[1].target} both make the initial password; keep one",
                target=found[1].target,
            )
        for one in found:
            return one, Evaluator({one.attribute: one.source}, context=self.context)
        return None

    def _column(self, index: int, mapping: AttributeMapping) -> _Column:
        attribute, source = mapping.attribute, mapping.source
        reference = self._is_reference(mapping)
        binary = isinstance(source, Direct) and source.attribute in self.mappings.binary_attributes
        encode = None if reference else encoder(attribute, self.schema, binary=binary)
        kind = attribute.partition(";")[0]
        known = None if self.schema is None else self.schema.attribute(kind)
        clears = bool(
            mapping.flow_null
            and mapping.sources
            and mapping.sources <= self.mappings.source_null_attributes
        )
        target = MappedTarget(
            attribute=attribute,
            origin=_origin(index, mapping),
            creation_only=mapping.creation_only,
            flow_type=mapping.flow_type,
            flow_behavior=mapping.flow_behavior,
            clears=clears,
            reference=reference,
            confidential=_is_confidential(mapping),
            fill_only=isinstance(source, NoSource),
        )
        if (
            isinstance(source, Computed)
            and not reference
            and syntax_of(self.schema, attribute) in DN_SYNTAX
        ):
            source = Computed(guard(source.expression, escape=mapping.escape_dn).expression)
        return _Column(
            target=target,
            source=source,
            encode=encode,
            default=_encoded_default(mapping, encode),
            single_valued=kind.lower() in self.single_valued
            or (known is not None and known.single_value),
        )

    def _is_reference(self, mapping: AttributeMapping) -> bool:
        if mapping.reference is not None:
            return mapping.reference
        if not isinstance(mapping.source, Direct):
            return False
        return (
            reads_reference(mapping.source.attribute, self.mappings.reference_attributes)
            or syntax_of(self.schema, mapping.attribute) in DN_SYNTAX
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.mappings, self.schema, self.context, self.single_valued)


def _rebuild(
    mappings: ObjectMapping,
    schema: Schema | None,
    context: EvaluationContext | None,
    single_valued: frozenset[str],
) -> CompiledMappings:
    return CompiledMappings(mappings, schema=schema, context=context, single_valued=single_valued)


def _no_password() -> tuple[AttributeMapping, Evaluator]:
    raise MappingError("no mapping makes an initial password")


def _remembered(draw: Callable[[], str]) -> Secret:
    """Draw when the secret is revealed first, and give the same ever after."""
    drawn: list[str] = []

    def read() -> str:
        if not drawn:
            drawn.append(draw())
        return drawn[0]

    return Secret.call(read)


def _refuse_doubles(mappings: ObjectMapping) -> None:
    seen: dict[str, int] = {}
    for index, mapping in enumerate(mappings.mappings):
        first = seen.setdefault(mapping.attribute.lower(), index)
        if first != index:
            raise MappingError(
                f"{mapping.attribute} is mapped twice, by $.mappings[{first}] and "
                f"$.mappings[{index}]; keep one, or combine them in one expression",
                target=mapping.target,
                path=f"$.mappings[{index}].target",
            )


def is_password(mapping: AttributeMapping) -> bool:
    """Tell whether a mapping makes the initial password, which is set in a second step."""
    if mapping.initial_password is not None:
        return mapping.initial_password
    name = mapping.attribute
    return name == EXPORT_PASSWORD or name.lower() in PASSWORD_ATTRIBUTES


def _is_confidential(mapping: AttributeMapping) -> bool:
    if mapping.confidential is not None:
        return mapping.confidential
    name = mapping.attribute
    if name == EXPORT_PASSWORD or name.partition(";")[0].lower() in PASSWORD_ATTRIBUTES:
        return True
    return isinstance(mapping.source, Computed) and mapping.source.expression.redacted


def _origin(index: int, mapping: AttributeMapping) -> Origin:
    text = "[Redact]" if _hides_source(mapping) else str(mapping.source)
    return Origin(mapping=index, target=mapping.target, text=text)


def _hides_source(mapping: AttributeMapping) -> bool:
    return isinstance(mapping.source, Constant) and _is_confidential(mapping)


def _encoded_default(mapping: AttributeMapping, encode: Encoder | None) -> _Values | None:
    if mapping.default is None:
        return None
    texts = (mapping.default,) if isinstance(mapping.default, str) else mapping.default
    try:
        return (
            tuple(text.encode() if encode is None else encode(text) for text in texts if text)
            or None
        )
    except ValueError as error:
        raise MappingError(
            f"{mapping.target}: the default {mapping.default!r} cannot be used: {error}",
            target=mapping.target,
        ) from None


class _Plan:
    """The mappings that count for a creation, or for an update."""

    def __init__(
        self, owner: CompiledMappings, columns: Sequence[_Column], *, creating: bool
    ) -> None:
        self._owner = owner
        self._columns = tuple(columns)
        self._creating = creating
        self._references = tuple(
            column
            for column in columns
            if column.target.reference and isinstance(column.source, Direct)
        )
        sources: dict[str, Source] = {
            column.target.attribute: column.source
            for column in columns
            if column not in self._references and not isinstance(column.source, NoSource)
        }
        # What a default fills in while the target is empty is the same for everybody.
        self._defaulted = frozenset(
            column.target.attribute.lower()
            for column in columns
            if isinstance(column.source, NoSource)
        )
        self._filters = tuple(owner.mappings.target(OBJECT_FILTER))
        sources |= {one.attribute: one.source for one in self._filters}
        self._dn = next(
            (
                one
                for one in owner.mappings.target(DN_TARGET)
                if (creating or not one.creation_only) and not isinstance(one.source, NoSource)
            ),
            None,
        )
        if self._dn is not None:
            sources[DN_TARGET] = _guarded(self._dn)
        self._evaluate = Evaluator(sources, context=owner._names_context)
        self._encode = self._generated()
        self._plain = self._dn is None and not self._filters

    def octets(self, user: Mapping[str, object]) -> dict[str, _Values | None] | None:
        if not self._plain:
            return None
        events: list[tuple[int, object]] = []
        found = self._values(self._raw(user), events)
        return None if events else found

    def map(self, user: Mapping[str, object]) -> MappedUser:
        owner = self._owner
        events: list[tuple[int, object]] = []
        raw = self._raw(user)
        octets = self._values(raw, events)
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
            dn = _named(self._dn, raw[DN_TARGET], faults)
            if isinstance(raw[DN_TARGET], Ignored):
                ignored.append(self._dn.target)
                skip = skip or raw[DN_TARGET] is Ignored.OBJECT_FLOW
        return MappedUser(
            source_anchor=_text(user.get(owner.mappings.source_anchor)),
            display=_display(user),
            dn=dn,
            values=MappedValues(owner.targets, octets, frozenset(defaulted)),
            faults=tuple(faults),
            ignored=tuple(ignored),
            skip=skip,
        )

    def _raw(self, user: Mapping[str, object]) -> dict[str, Any]:
        raw = self._evaluate(user)
        for column in self._references:
            raw[column.target.attribute] = reference_texts(
                user, str(column.source)[1:-1], self._owner.mappings.source_anchor
            )
        return raw

    def _values(
        self, raw: Mapping[str, Any], events: list[tuple[int, object]]
    ) -> dict[str, _Values | None]:
        try:
            return self._encode(raw, events)
        except UnicodeEncodeError:
            events.clear()
            return {
                column.target.attribute.lower(): column.default
                if isinstance(column.source, NoSource)
                else self._slow(number, raw[column.target.attribute], events)
                for number, column in enumerate(self._columns)
            }

    def _generated(
        self,
    ) -> Callable[[Mapping[str, Any], list[tuple[int, object]]], dict[str, _Values | None]]:
        """Generate the function that turns evaluated texts into octets.

        Names and constants enter as variables of the function's globals, never as its text.
        """
        namespace: dict[str, Any] = {"slow": self._slow}
        lines = ["def encode(raw, events):", "    return {"]
        for number, column in enumerate(self._columns):
            namespace[f"k{number}"] = column.target.attribute.lower()
            namespace[f"n{number}"] = column.target.attribute
            if isinstance(column.source, NoSource):
                namespace[f"c{number}"] = column.default
                lines.append(f"        k{number}: c{number},")
                continue
            if isinstance(column.source, Constant) and column.encode is None:
                events: list[tuple[int, object]] = []
                namespace[f"c{number}"] = self._slow(number, column.source.value, events)
                if not events:
                    lines.append(f"        k{number}: c{number},")
                    continue
            slow = f"slow({number}, raw[n{number}], events)"
            if column.encode is None:
                lines.append(
                    f"        k{number}: (v.encode(),) if (v := raw[n{number}]).__class__ is str"
                    f" and v else {slow},"
                )
            else:
                lines.append(f"        k{number}: {slow},")
        lines.append("    }")
        exec("\n".join(lines), namespace)  # noqa: S102 -- text made of numbers only
        encode: Callable[..., dict[str, _Values | None]] = namespace["encode"]
        return encode

    def _slow(self, number: int, value: object, events: list[tuple[int, object]]) -> _Values | None:
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

    def _null(
        self, number: int, column: _Column, events: list[tuple[int, object]]
    ) -> _Values | None:
        if column.default is not None and self._creating:
            events.append((number, _DEFAULT))
            return column.default
        if self._creating:
            events.append((number, _NULL))
        return None

    def _distinct(self, attribute: str, octets: _Values) -> _Values:
        schema = self._owner.schema
        if schema is None:
            return tuple(dict.fromkeys(octets))
        kind = attribute.partition(";")[0]
        kept = {schema.equality_key(kind, value): value for value in reversed(octets)}
        return tuple(reversed(kept.values()))


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
            return DN.parse(value)
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
