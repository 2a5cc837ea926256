"""Everything that decides about an account, as one value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from ldapconnector.errors import UsageError
from ldapconnector.mapping import (
    AttributeMapping,
    NumberRange,
    ObjectMapping,
    ScopingFilter,
    UniquenessRule,
)
from ldapconnector.names import DN
from ldapconnector.planning._limits import DeletionGuard
from ldapconnector.planning._policy import DeprovisioningPolicy

__all__ = ["ParentClass", "ProvisioningRules"]


@attrs.frozen(kw_only=True)
class ParentClass:
    """A line of the provisioning hierarchy: what a missing parent is made of.

    Attributes:
        rdn: the attribute type of the parent's RDN, such as ``ou``.
        object_class: its structural class, such as ``organizationalUnit``.
    """

    rdn: str = attrs.field(validator=attrs.validators.min_len(1))
    object_class: str = attrs.field(validator=attrs.validators.min_len(1))


def _levels(given: Iterable[ParentClass]) -> tuple[ParentClass, ...]:
    return tuple(given)


def _ranges(given: Iterable[NumberRange]) -> tuple[NumberRange, ...]:
    return tuple(given)


def _dn_or_none(given: DN | str | None) -> DN | None:
    return None if given is None else DN.of(given)


def _mappings(given: ObjectMapping | Iterable[AttributeMapping]) -> ObjectMapping:
    return given if isinstance(given, ObjectMapping) else ObjectMapping(mappings=given)


def _unique(given: Iterable[UniquenessRule | str]) -> tuple[UniquenessRule, ...]:
    return tuple(UniquenessRule(one) if isinstance(one, str) else one for one in given)


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@attrs.frozen(kw_only=True)
class ProvisioningRules:
    """Everything that decides about an account: mappings, scope, match, what leaving means.

    Attributes:
        mappings: the attribute mappings; a plain sequence is taken for an
            :class:`~ldapconnector.mapping.ObjectMapping` with its defaults.
        scoping: who is in scope; everybody by default.
        deprovisioning: what leaving means.
        guard: how much may leave at once.
        structural_class: the structural object class of new entries.
        auxiliary_classes: their auxiliary classes.
        base: accounts outside this subtree are never matched, changed or made; None does
            not limit.
        hierarchy: the classes of which missing parents are made, by the type of their RDN.
            Empty makes no parents: a missing parent is an error of that user.
        unique: what no two accounts may share, besides their name; a plain attribute name
            is taken for a rule on that attribute.
        numbers: ranges from which a new account gets a number where the mappings give the
            attribute no value.
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
    scoping: ScopingFilter = attrs.field(factory=ScopingFilter)
    deprovisioning: DeprovisioningPolicy = attrs.field(factory=DeprovisioningPolicy)
    guard: DeletionGuard = attrs.field(factory=DeletionGuard)
    structural_class: str = ""
    auxiliary_classes: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    base: DN | None = attrs.field(default=None, converter=_dn_or_none)
    hierarchy: tuple[ParentClass, ...] = attrs.field(default=(), converter=_levels)
    unique: tuple[UniquenessRule, ...] = attrs.field(default=(), converter=_unique)
    numbers: tuple[NumberRange, ...] = attrs.field(default=(), converter=_ranges)
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
