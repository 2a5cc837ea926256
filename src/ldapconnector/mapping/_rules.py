"""Attribute mappings as values: where each target attribute's value comes from, and when it flows.

Sources: Microsoft, "Customize application attributes" (kinds of mapping, default value, apply
this mapping) and the Graph resource ``attributeMapping`` (flow type and behaviour).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector._given import tuple_of, wrong_kind
from ldapconnector.errors import MappingError
from ldapconnector.expressions import Expression

__all__ = [
    "DISTINGUISHED_NAME",
    "DN_TARGET",
    "ECMA2HOST_PREFIX",
    "EXPORT_PASSWORD",
    "OBJECT_FILTER",
    "Apply",
    "AttributeMapping",
    "Computed",
    "Constant",
    "Direct",
    "FlowBehavior",
    "FlowType",
    "NoSource",
    "ObjectAction",
    "ObjectMapping",
    "Source",
    "bare_attribute",
]

#: What the Entra service puts before a target attribute of its on-premises LDAP application.
ECMA2HOST_PREFIX: Final = "urn:ietf:params:scim:schemas:extension:ECMA2Host:2.0:User:"
#: The target that names the entry.
DN_TARGET: Final = "-dn-"
#: The readable copy of the DN; matched on, never written.
DISTINGUISHED_NAME: Final = "_distinguishedName"
#: The virtual attribute of the host that carries the initial password.
EXPORT_PASSWORD: Final = "export_password"  # noqa: S105 -- the name of a target
#: A pseudo-attribute whose expression may answer IgnoreObjectFlow; never written.
OBJECT_FILTER: Final = "objectFilter"

_PREFIX: Final = re.compile(
    r"urn:ietf:params:scim:schemas:extension:ECMA2Host:2\.0:[^:]+:", re.IGNORECASE
)
_VIRTUAL: Final = {
    name.lower(): name for name in (DN_TARGET, DISTINGUISHED_NAME, EXPORT_PASSWORD, OBJECT_FILTER)
}


def bare_attribute(target: str) -> str:
    """Return the attribute's own name: without the ECMA2Host URN, virtual ones in one spelling.

    >>> bare_attribute("urn:ietf:params:scim:schemas:extension:ECMA2Host:2.0:User:-dn-")
    '-dn-'
    >>> bare_attribute("mail")
    'mail'
    """
    found = _PREFIX.match(target)
    name = target[found.end() :] if found else target
    return _VIRTUAL.get(name.lower(), name)


@attrs.frozen
class Direct:
    """One attribute of the source object, as it is.

    Attributes:
        attribute: its name; case matters, as in expressions.
    """

    attribute: str

    def __str__(self) -> str:
        return f"[{self.attribute}]"


def _one_or_several(value: str | Iterable[str]) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value)


def _one_several_or_none(value: str | Iterable[str] | None) -> str | tuple[str, ...] | None:
    return None if value is None else _one_or_several(value)


@attrs.frozen
class Constant:
    """The same value, or values, for everybody.

    Attributes:
        value: text, or several texts for a multi-valued target.
    """

    value: str | tuple[str, ...] = attrs.field(converter=_one_or_several)

    def __str__(self) -> str:
        values = (self.value,) if isinstance(self.value, str) else self.value
        return ", ".join(f'"{value}"' for value in values)


def _parsed(given: Expression | str) -> Expression:
    return Expression.parse(given) if isinstance(given, str) else given


@attrs.frozen
class Computed:
    """The value of an expression.

    Attributes:
        expression: parsed; text is parsed here.

    Raises:
        ExpressionSyntaxError: the text is no expression.
    """

    expression: Expression = attrs.field(converter=_parsed)

    def __str__(self) -> str:
        return str(self.expression)


@attrs.frozen
class NoSource:
    """Nothing: the target is left alone, or gets the default while it is empty."""

    def __str__(self) -> str:
        return ""


Source: TypeAlias = Direct | Constant | Computed | NoSource


def _number_or_none(given: int | None) -> int | None:
    return given or None


class Apply(StrEnum):
    """When a mapping is applied ("Apply this mapping" of the portal)."""

    ALWAYS = "always"
    CREATION = "creation"


class FlowType(StrEnum):
    """Which changes of a value flow (Graph, ``attributeFlowType``); :func:`flow` carries it out."""

    #: Every change.
    ALWAYS = "Always"
    #: Only while a new object is created.
    OBJECT_ADD_ONLY = "ObjectAddOnly"
    #: Only values that are new to a multi-valued attribute; none is removed or replaced.
    MULTI_VALUE_ADD_ONLY = "MultiValueAddOnly"
    #: Beside a current value only additions flow; none is removed or replaced.
    VALUE_ADD_ONLY = "ValueAddOnly"
    #: Only into an attribute that has no value at all.
    ATTRIBUTE_ADD_ONLY = "AttributeAddOnly"


class FlowBehavior(StrEnum):
    """When a value is exported (Graph, ``attributeFlowBehavior``)."""

    #: When it changed at the source since the last cycle.
    WHEN_CHANGED = "FlowWhenChanged"
    #: In every cycle, so that a foreign change of the target is undone.
    ALWAYS = "FlowAlways"


class ObjectAction(StrEnum):
    """What may be done to target objects ("target object actions"; Graph, ``flowTypes``)."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@attrs.frozen(kw_only=True)
class AttributeMapping:
    """How one target attribute gets its value.

    Attributes:
        target: the attribute description, bare or behind the ECMA2Host URN; ``-dn-`` for the
            name, ``export_password`` for the initial password.
        source: where the value comes from.
        default: used at creation only, where the source gives null. With :class:`NoSource`
            it also fills the target while that is empty.
        apply: always, or only while the object is created.
        flow_type: which changes flow.
        flow_behavior: when they flow.
        matching_precedence: a positive number makes this a matching attribute, the lowest is
            tried first; None (or 0, as Graph writes it) does not.
        flow_null: the mapping's switch of "flow null values": an update whose source is null
            clears the target, where the source attribute's switch is on too.
        reference: the value names other source objects (``manager``, ``members``), to be
            turned into their DNs once these exist. None decides by the source attribute's
            type, or for a direct mapping by the target's syntax.
        confidential: never shown. None decides by the target and by ``Redact``.
        initial_password: the value is the password of a new account and set in a second
            step. None means yes for ``export_password`` and the password attribute.
        escape_dn: special characters of values that go into a DN are escaped instead of
            refused; see ``docs/mapping.md``.

    >>> mapping = AttributeMapping(target="mail", source=Direct("userPrincipalName"))
    >>> mapping.attribute, mapping.creation_only
    ('mail', False)
    """

    target: str = attrs.field()
    source: Source = attrs.field(default=NoSource())
    default: str | tuple[str, ...] | None = attrs.field(
        default=None, converter=_one_several_or_none
    )
    apply: Apply = attrs.field(default=Apply.ALWAYS, converter=Apply)
    flow_type: FlowType = attrs.field(default=FlowType.ALWAYS, converter=FlowType)
    flow_behavior: FlowBehavior = attrs.field(
        default=FlowBehavior.WHEN_CHANGED, converter=FlowBehavior
    )
    matching_precedence: int | None = attrs.field(default=None, converter=_number_or_none)
    flow_null: bool = False
    reference: bool | None = None
    confidential: bool | None = None
    initial_password: bool | None = None
    escape_dn: bool = False

    @target.validator
    def _check_target(self, _: attrs.Attribute[str], target: str) -> None:
        if not isinstance(target, str):
            raise wrong_kind("the target of a mapping", "a text", target)
        if not bare_attribute(target):
            raise MappingError("a mapping names its target attribute; this one is empty")

    @source.validator
    def _check_source(self, _: attrs.Attribute[Any], given: object) -> None:
        if not isinstance(given, (Direct, Constant, Computed, NoSource)):
            raise MappingError(
                f"the source of {self.target} is a Direct, Constant, Computed or NoSource, not "
                f'{type(given).__name__}: write Direct("mail") for the attribute mail',
                target=self.target,
            )

    @matching_precedence.validator
    def _check_precedence(self, _: attrs.Attribute[Any], given: int | None) -> None:
        if given is not None and given < 0:
            raise MappingError(
                f"the matching precedence of {self.target} is {given}; it is 1 or more, the "
                "lowest is tried first",
                target=self.target,
            )

    @property
    def attribute(self) -> str:
        """The target attribute's own name, without the URN."""
        return bare_attribute(self.target)

    @property
    def creation_only(self) -> bool:
        """Whether the value flows only while the object is created."""
        return self.apply is Apply.CREATION or self.flow_type is FlowType.OBJECT_ADD_ONLY

    @property
    def sources(self) -> frozenset[str]:
        """The source attributes that the mapping reads."""
        if isinstance(self.source, Direct):
            return frozenset({self.source.attribute})
        if isinstance(self.source, Computed):
            return self.source.expression.attributes
        return frozenset()


def _mappings(given: Iterable[AttributeMapping]) -> tuple[AttributeMapping, ...]:
    return tuple_of(AttributeMapping, given, "the mappings of an object", "AttributeMapping values")


def _names(given: Iterable[str]) -> frozenset[str]:
    return frozenset({given} if isinstance(given, str) else given)


def _actions(given: Iterable[ObjectAction | str]) -> frozenset[ObjectAction]:
    return frozenset(map(ObjectAction, given))


_ALL_ACTIONS: Final = frozenset(ObjectAction)


@attrs.frozen(kw_only=True)
class ObjectMapping:
    """The attribute mappings of one object type, with what is known of its source attributes.

    Attributes:
        mappings: in the order of their author, which decides nothing but the order of reports.
        name: for people.
        source_object, target_object: such as ``User``.
        enabled: False leaves the whole mapping out.
        actions: what may be done to target objects.
        source_null_attributes: source attributes whose switch of "flow null values" is on.
        binary_attributes: source attributes of type Binary; their text is base64.
        reference_attributes: source attributes of type Reference besides Graph's own
            (``manager``, ``members``, ``owners``, ``directReports``, ``sponsors``).
        source_anchor: the source attribute that identifies an object.
    """

    mappings: tuple[AttributeMapping, ...] = attrs.field(converter=_mappings)
    name: str = ""
    source_object: str = "User"
    target_object: str = "User"
    enabled: bool = True
    actions: frozenset[ObjectAction] = attrs.field(default=_ALL_ACTIONS, converter=_actions)
    source_null_attributes: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    binary_attributes: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    reference_attributes: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    source_anchor: str = "id"

    @classmethod
    def of(cls, mappings: ObjectMapping | Sequence[AttributeMapping]) -> ObjectMapping:
        """Return ``mappings`` itself, or wrap a plain sequence."""
        return mappings if isinstance(mappings, ObjectMapping) else cls(mappings=mappings)

    @property
    def sources(self) -> frozenset[str]:
        """Every source attribute that a mapping reads."""
        return frozenset().union(*(mapping.sources for mapping in self.mappings))

    def target(self, attribute: str) -> tuple[AttributeMapping, ...]:
        """Return the mappings onto ``attribute``, bare or URN, without regard to case."""
        wanted = bare_attribute(attribute).lower()
        return tuple(one for one in self.mappings if one.attribute.lower() == wanted)
