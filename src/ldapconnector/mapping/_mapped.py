"""What the mappings make of one user: values with their origin, ready to be planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, final

import attrs

from ldapconnector.errors import LdapConnectorError
from ldapconnector.mapping._rules import FlowBehavior, FlowType, bare_attribute
from ldapconnector.names import DN
from ldapconnector.secret import Secret

__all__ = ["MappedTarget", "MappedUser", "MappedValue", "MappedValues", "MappingFault", "Origin"]


@attrs.frozen(kw_only=True)
class Origin:
    """Which mapping a value comes from.

    Attributes:
        mapping: its index in the mappings, from 0; ``$.mappings[index]`` in a report.
        target: the target as its author wrote it.
        text: the source: ``[attribute]``, a quoted constant, or the expression.
    """

    mapping: int
    target: str
    text: str

    @cached_property
    def _line(self) -> str:
        # Every planned change of every user says it.
        return f"$.mappings[{self.mapping}] {bare_attribute(self.target)} = {self.text}"

    def __str__(self) -> str:
        return self._line


@attrs.frozen(kw_only=True)
class MappedTarget:
    """What is known of a target attribute before any user is seen.

    Attributes:
        attribute: the attribute description, as the mapping spells it.
        origin: the mapping.
        creation_only: the value is for a new object only.
        flow_type, flow_behavior: see :func:`flow`.
        clears: both switches of "flow null values" are on: null clears the target.
        reference: values are anchors of other source objects, to be turned into DNs.
        confidential: values are never shown.
        fill_only: only where the target is empty (a :class:`NoSource` default).
    """

    attribute: str
    origin: Origin
    creation_only: bool = False
    flow_type: FlowType = FlowType.ALWAYS
    flow_behavior: FlowBehavior = FlowBehavior.WHEN_CHANGED
    clears: bool = False
    reference: bool = False
    confidential: bool = False
    fill_only: bool = False


_NOWHERE = Origin(mapping=-1, target="", text="")


@attrs.frozen(kw_only=True)
class MappedValue:
    """The value that a mapping gives one target attribute.

    Attributes:
        attribute: the attribute description, as the mapping spells it.
        values: octets; None is null: the target is cleared where ``clears``, and left alone
            otherwise. Of a reference: the anchors of source objects, in UTF-8.
        origin: the mapping it comes from.
        creation_only: the value is for a new object only.
        default_used: the source was null and the default stands in.
        clears: both switches of "flow null values" are on; only then may null clear.
        confidential: never to be shown.
        flow_type, flow_behavior: which changes flow, and when: see :func:`flow`.
        reference: the values name source objects whose DNs are not known yet.
        fill_only: flows only into an empty attribute.
    """

    attribute: str
    # Values may be passwords, so a repr never shows any.
    values: tuple[bytes, ...] | None = attrs.field(repr=False)
    origin: Origin = _NOWHERE
    creation_only: bool = False
    default_used: bool = False
    clears: bool = False
    confidential: bool = False
    flow_type: FlowType = FlowType.ALWAYS
    flow_behavior: FlowBehavior = FlowBehavior.WHEN_CHANGED
    reference: bool = False
    fill_only: bool = False

    @classmethod
    def of(
        cls, target: MappedTarget, values: tuple[bytes, ...] | None, *, default_used: bool = False
    ) -> MappedValue:
        """Put a value to its target."""
        return cls(
            attribute=target.attribute,
            values=values,
            origin=target.origin,
            creation_only=target.creation_only,
            default_used=default_used,
            clears=target.clears,
            confidential=target.confidential,
            flow_type=target.flow_type,
            flow_behavior=target.flow_behavior,
            reference=target.reference,
            fill_only=target.fill_only,
        )

    @property
    def text(self) -> tuple[str, ...]:
        """The values as text for a reader, ``[Redact]`` where they are confidential."""
        if self.confidential:
            return ("[Redact]",) * len(self.values or ())
        return tuple(value.decode("utf-8", "backslashreplace") for value in self.values or ())


@final
class MappedValues(Mapping[str, MappedValue]):
    """Attribute names, in lower case, to mapped values; each is built when it is asked for.

    ``octets`` is the same without the wrapping, for comparing many users quickly.

    Args:
        targets: what is known of each attribute, shared by all users.
        octets: the values of this user; None is null. A key of ``targets`` may be missing.
        defaulted: the keys whose default stands in.
    """

    __slots__ = ("defaulted", "octets", "targets")

    #: Shared by all users of one set of mappings.
    targets: Mapping[str, MappedTarget]
    #: The bare values.
    octets: Mapping[str, tuple[bytes, ...] | None]
    defaulted: frozenset[str]

    def __init__(
        self,
        targets: Mapping[str, MappedTarget],
        octets: Mapping[str, tuple[bytes, ...] | None],
        defaulted: frozenset[str] = frozenset(),
    ) -> None:
        self.targets = targets
        self.octets = octets
        self.defaulted = defaulted

    @classmethod
    def of(cls, *values: MappedValue) -> MappedValues:
        """Build from single values, for instance in a test.

        >>> values = MappedValues.of(MappedValue(attribute="cn", values=(b"Jane",)))
        >>> values["CN"].values
        (b'Jane',)
        """
        targets = {
            value.attribute.lower(): MappedTarget(
                **{field.name: getattr(value, field.name) for field in attrs.fields(MappedTarget)}
            )
            for value in values
        }
        return cls(
            targets,
            {value.attribute.lower(): value.values for value in values},
            frozenset(value.attribute.lower() for value in values if value.default_used),
        )

    def __getitem__(self, name: str) -> MappedValue:
        key = name if name in self.octets else name.lower()
        return MappedValue.of(
            self.targets[key], self.octets[key], default_used=key in self.defaulted
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self.octets)

    def __len__(self) -> int:
        return len(self.octets)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self.octets or name.lower() in self.octets)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MappedValues):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> frozenset[MappedValue]:
        return frozenset(self.values())

    def __reduce__(self) -> tuple[Any, ...]:
        return MappedValues, (dict(self.targets), dict(self.octets), self.defaulted)

    def __repr__(self) -> str:
        return f"MappedValues({', '.join(self.octets)})"


@attrs.frozen(kw_only=True)
class MappingFault:
    """Why one mapping gives this user no value.

    Attributes:
        target: the target as its author wrote it.
        message: what is wrong and what would be right; confidential values are not in it.
        error: the error behind it, such as an EvaluationError or NameSyntaxError.
    """

    target: str
    message: str
    error: LdapConnectorError | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def attribute(self) -> str:
        """The target attribute's own name, without the URN."""
        return bare_attribute(self.target)

    def __str__(self) -> str:
        return f"{self.attribute}: {self.message}"


_NO_VALUES = MappedValues({}, {})


@attrs.frozen(kw_only=True)
class MappedUser:
    """What the mappings make of one user.

    Attributes:
        source_anchor: identifies the user at the source.
        display: a name for people.
        dn: the name that ``-dn-`` gives; None where it is not mapped, not evaluated for an
            update, or at fault.
        values: by attribute name in lower case. Neither the DN nor the password is in it.
        password: the initial password of a new account, drawn when it is revealed first.
        faults: mappings that failed for this user. A user with faults is not to be written.
        ignored: targets whose expression asked that they do not flow.
        skip: an expression asked that this user does not flow at all.
    """

    source_anchor: str
    display: str = ""
    dn: DN | None = None
    values: MappedValues = _NO_VALUES
    password: Secret | None = attrs.field(default=None, eq=False)
    faults: tuple[MappingFault, ...] = ()
    ignored: tuple[str, ...] = ()
    skip: bool = False
