"""Mappings made ready for many users: one fused function, values built when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from ldapconnector.errors import LdapConnectorError, MappingError
from ldapconnector.expressions import EvaluationContext
from ldapconnector.mapping._evaluate import Evaluator
from ldapconnector.mapping._fused import Column, Plan, Values
from ldapconnector.mapping._mapped import (
    MappedTarget,
    MappedUser,
    Origin,
)
from ldapconnector.mapping._names import NAME_FUNCTIONS, guard
from ldapconnector.mapping._references import reads_reference
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
)
from ldapconnector.mapping._values import DN_SYNTAX, Encoder, encoder, syntax_of
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


def with_soft_deleted(user: Mapping[str, object], deleted: bool) -> dict[str, object]:
    """Return ``user`` with the synthetic attribute isSoftDeleted.

    It is True for a user who is unassigned, out of scope, soft-deleted or disabled.

    >>> with_soft_deleted({"id": "1"}, True)["isSoftDeleted"]
    True
    """
    return {**user, **dict.fromkeys(SOFT_DELETED, deleted)}


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
        names_context = attrs.evolve(given, functions={**given.functions, **NAME_FUNCTIONS})
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

        def plan(chosen: list[Column], *, creating: bool) -> Plan:
            return Plan(
                self.mappings,
                chosen,
                targets=self.targets,
                schema=schema,
                context=names_context,
                creating=creating,
            )

        self._creating = plan(columns, creating=True)
        self._updating = plan(
            [one for one in columns if not one.target.creation_only], creating=False
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
            mapping, evaluator = self._password
            password = _remembered(lambda: _drawn(mapping, evaluator, user))
            return attrs.evolve(mapped, password=password)
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

    @property
    def same(self) -> Callable[..., bool]:
        """Tell whether an account certainly has what the mappings give for an update.

        The fastest path: octets and spellings are compared as they are, and nothing is built.
        False is no answer, and neither is the UnicodeEncodeError of a text with lone
        surrogates: ask :meth:`octets` or :meth:`map` then.

        Returns:
            A function ``same(user, get, name, alike, whose)`` of the source attributes, of the
            function that gives the account's values of an attribute (None where it has none),
            and of the account's name as text. Where values differ in octets,
            ``alike(whose, attribute, wanted)`` says whether they are the same all the same;
            without it they are not.

        >>> from ldapconnector.mapping import AttributeMapping, Direct
        >>> compiled = CompiledMappings([AttributeMapping(target="sn", source=Direct("surname"))])
        >>> compiled.same({"surname": "Doe"}, {"sn": (b"Doe",)}.get, "cn=jane,dc=x")
        True
        """
        return self._updating.same

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
        return Secret.of(_drawn(*self._password, user))

    @property
    def password_origin(self) -> Origin | None:
        """The mapping that makes the initial password, None where there is none."""
        for index, mapping in enumerate(self.mappings.mappings):
            if is_password(mapping) and not isinstance(mapping.source, NoSource):
                return _origin(index, mapping)
        return None

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

    def _column(self, index: int, mapping: AttributeMapping) -> Column:
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
        return Column(
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


def _drawn(mapping: AttributeMapping, evaluator: Evaluator, user: Mapping[str, object]) -> str:
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


def _encoded_default(mapping: AttributeMapping, encode: Encoder | None) -> Values | None:
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
