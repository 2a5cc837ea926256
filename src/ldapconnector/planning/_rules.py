"""Everything that decides about an account, as one value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs

from ldapconnector.errors import UsageError
from ldapconnector.mapping import AttributeMapping, ObjectMapping
from ldapconnector.names import DN
from ldapconnector.planning._limits import DeletionGuard
from ldapconnector.planning._policy import DeprovisioningPolicy

__all__ = ["DN_ATTRIBUTE", "NumberRange", "ParentClass", "ProvisioningRules", "UniqueAttribute"]

#: Stands for the entry's name in a :class:`UniqueAttribute`.
DN_ATTRIBUTE: Final = "-dn-"


@attrs.frozen(kw_only=True)
class UniqueAttribute:
    """An attribute of which no two accounts may have the same value.

    Compared by the attribute's matching rule, among the accounts of one plan and with the
    entries that exist. The DN is always unique, without being named.

    Attributes:
        attribute: such as ``uid``, ``uidNumber`` or ``mail``.
        ignore_case: compare text without regard to case where the attribute's own rule
            heeds it (``homeDirectory``); True is the careful choice.
    """

    attribute: str = attrs.field(validator=attrs.validators.min_len(1))
    ignore_case: bool = False


@attrs.frozen(kw_only=True)
class NumberRange:
    """Numbers that are handed out, one to each new account, and never twice.

    A number comes from the range only where the mappings give the attribute no value. The
    number is remembered with the link; it is not handed out again after the account's end.

    Attributes:
        attribute: the attribute that gets the number, such as ``uidNumber``.
        first, last: the range, both ends included.

    >>> NumberRange(attribute="uidNumber", first=20000, last=59999).size
    40000
    """

    attribute: str = attrs.field(validator=attrs.validators.min_len(1))
    first: int
    last: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            raise UsageError(
                f"the range of {self.attribute} goes from {self.first} to {self.last}; "
                "it starts at 0 or more and ends at its start or later"
            )

    @property
    def size(self) -> int:
        """How many numbers the range has."""
        return self.last - self.first + 1


@attrs.frozen(kw_only=True)
class ParentClass:
    """A line of the provisioning hierarchy: what a missing parent is made of.

    Attributes:
        rdn: the attribute type of the parent's RDN, such as ``ou``.
        object_class: its structural class, such as ``organizationalUnit``.
    """

    rdn: str = attrs.field(validator=attrs.validators.min_len(1))
    object_class: str = attrs.field(validator=attrs.validators.min_len(1))


def _dn_or_none(given: DN | str | None) -> DN | None:
    return None if given is None else DN.of(given)


def _mappings(given: ObjectMapping | Iterable[AttributeMapping]) -> ObjectMapping:
    return given if isinstance(given, ObjectMapping) else ObjectMapping.of(tuple(given))


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@attrs.frozen(kw_only=True)
class ProvisioningRules:
    """Everything that decides about an account: mappings, scope, match, what leaving means.

    Attributes:
        mappings: the attribute mappings; a plain sequence is taken for an
            :class:`~ldapconnector.mapping.ObjectMapping` with its defaults.
        assigned_only: whether only assigned users are in scope ("assigned users and
            groups"); False provisions everybody whom the scoping filters let through.
        deprovisioning: what leaving means.
        guard: how much may leave at once.
        structural_class: the structural object class of new entries.
        auxiliary_classes: their auxiliary classes.
        base: accounts outside this subtree are never matched, changed or made; None does
            not limit.
        hierarchy: the classes of which missing parents are made, by the type of their RDN.
            Empty makes no parents: a missing parent is an error of that user.
        unique: attributes of which no two accounts may have the same value.
        numbers: ranges from which new accounts get a number.
        delete_old_rdn: whether a rename removes the old RDN's values from the entry.

    >>> from ldapconnector.mapping import AttributeMapping, Direct
    >>> rules = ProvisioningRules(
    ...     mappings=[AttributeMapping(target="mail", source=Direct("userPrincipalName"))],
    ...     structural_class="inetOrgPerson",
    ... )
    >>> rules.mappings.sources, rules.deprovisioning.disable.kind
    (frozenset({'userPrincipalName'}), <FlowKind.NONE: 'none'>)
    """

    mappings: ObjectMapping = attrs.field(converter=_mappings)
    assigned_only: bool = False
    deprovisioning: DeprovisioningPolicy = attrs.field(factory=DeprovisioningPolicy)
    guard: DeletionGuard = attrs.field(factory=DeletionGuard)
    structural_class: str = ""
    auxiliary_classes: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    base: DN | None = attrs.field(default=None, converter=_dn_or_none)
    hierarchy: tuple[ParentClass, ...] = attrs.field(default=(), converter=tuple)
    unique: tuple[UniqueAttribute, ...] = attrs.field(default=(), converter=tuple)
    numbers: tuple[NumberRange, ...] = attrs.field(default=(), converter=tuple)
    delete_old_rdn: bool = True

    @numbers.validator
    def _check_numbers(self, _: attrs.Attribute[Any], given: tuple[NumberRange, ...]) -> None:
        names = [one.attribute.lower() for one in given]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"the numbers of {name} come from two ranges; name one")

    @property
    def object_classes(self) -> tuple[str, ...]:
        """The structural class, if one is named, and the auxiliary ones."""
        return (*filter(None, [self.structural_class]), *self.auxiliary_classes)
