"""The connector's configuration: what of a directory is provisioned, and by which means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias

import attrs

from ldapconnector._checked import checked
from ldapconnector.errors import ConfigurationError, Fault
from ldapconnector.names import DN, Filter
from ldapconnector.profile._checks import (
    at_least,
    at_most,
    name_or_empty,
    names,
    not_empty,
    texts,
)
from ldapconnector.profile._connection import ConnectionProfile
from ldapconnector.profile._partition import Partition

__all__ = [
    "ConnectorConfiguration",
    "DeltaChoice",
    "HierarchyLevel",
    "ObjectType",
    "PagingChoice",
    "SelectedAttribute",
]

# maxInt of RFC 4511, 4.1.1.
_LARGEST_PAGE: Final = 2_147_483_647

DeltaChoice: TypeAlias = Literal[
    "auto", "none", "accesslog", "changelog", "usn", "timestamp", "syncrepl"
]
PagingChoice: TypeAlias = Literal["auto", "simple", "vlv", "none"]


@checked
@attrs.frozen(kw_only=True)
class SelectedAttribute:
    """An attribute that is read and written.

    Attributes:
        name: its description, such as ``mail`` or ``userCertificate;binary``.
        single_value: the wizard's "treat as single value": of several values the first is
            used, and it is written as the only one.

    >>> SelectedAttribute(name="cn", single_value=True).name
    'cn'
    """

    name: str = attrs.field(validator=[not_empty, name_or_empty])
    single_value: bool = False


def _selected(values: Iterable[SelectedAttribute | str]) -> tuple[SelectedAttribute, ...]:
    return tuple(
        SelectedAttribute(name=value) if isinstance(value, str) else value for value in values
    )


def _selected_once(_: Any, __: attrs.Attribute[Any], values: tuple[SelectedAttribute, ...]) -> None:
    seen: set[str] = set()
    faults = []
    for index, attribute in enumerate(values):
        if attribute.name.lower() in seen:
            message = f"{attribute.name!r} is selected twice"
            faults.append(Fault(path=f"$[{index}]", message=message))
        seen.add(attribute.name.lower())
    if faults:
        raise ConfigurationError(faults)


def _levels(values: Iterable[HierarchyLevel]) -> tuple[HierarchyLevel, ...]:
    return tuple(values)


def _filter(value: Filter | str | None) -> Filter | None:
    return Filter.parse(value) if isinstance(value, str) else value


@checked
@attrs.frozen(kw_only=True)
class ObjectType:
    """What is provisioned: the wizard's pages Object Types and Select Attributes.

    Attributes:
        structural_class: the structural object class of the entries.
        auxiliary_classes: added to it when an entry is made.
        anchor: the attribute that identifies an entry, or ``dn`` as Microsoft's connector does
            for most products; empty for the product's immutable identifier.
        query_attribute: the wizard's answer, kept with the others. Here it changes nothing:
            single entries are asked for by the anchor and the matching attributes.
        attributes: those that are read and written; text is one without further settings.
            Empty for all that the mappings use.
        filter: entries must match this too; None for no further condition.

    >>> ObjectType(structural_class="inetOrgPerson", attributes=["cn", "mail"]).attribute_names
    ('cn', 'mail')
    """

    structural_class: str = attrs.field(
        default="inetOrgPerson", validator=[not_empty, name_or_empty]
    )
    auxiliary_classes: tuple[str, ...] = attrs.field(default=(), converter=texts, validator=names)
    anchor: str = attrs.field(default="", validator=name_or_empty)
    query_attribute: str = attrs.field(default="", validator=name_or_empty)
    attributes: tuple[SelectedAttribute, ...] = attrs.field(
        default=(), converter=_selected, validator=_selected_once
    )
    filter: Filter | None = attrs.field(default=None, converter=_filter)

    @property
    def object_classes(self) -> tuple[str, ...]:
        """The structural class and the auxiliary ones."""
        return (self.structural_class, *self.auxiliary_classes)

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """The names of the selected attributes."""
        return tuple(attribute.name for attribute in self.attributes)

    @property
    def single_valued(self) -> frozenset[str]:
        """The names, in lower case, of those that are treated as single value."""
        return frozenset(
            attribute.name.lower() for attribute in self.attributes if attribute.single_value
        )


@checked
@attrs.frozen(kw_only=True)
class HierarchyLevel:
    """Which class a missing parent gets: a row of the wizard's provisioning hierarchy.

    Attributes:
        attribute: the attribute of the parent's RDN, such as ``ou``.
        object_class: such as ``organizationalUnit``.

    >>> HierarchyLevel(attribute="c", object_class="country").object_class
    'country'
    """

    attribute: str = attrs.field(validator=[not_empty, name_or_empty])
    object_class: str = attrs.field(validator=[not_empty, name_or_empty])


@checked
@attrs.frozen(kw_only=True)
class ConnectorConfiguration:
    """One connector, wholly.

    Attributes:
        connection: where the directory is and how to reach it, with its partitions.
        object_type: what is provisioned.
        product: the product's name as ``ldapconnector.vendors.Vendor`` has it, where it shall
            not be found out (or cannot be); empty to find it out.
        delta_method: how changes are found: ``auto`` for the product's way, ``none``,
            ``accesslog``, ``changelog``, ``usn``, ``timestamp`` or ``syncrepl``.
        paging: how long searches are cut: ``auto``, ``simple`` (RFC 2696), ``vlv`` or ``none``.
        page_size: entries a page.
        hierarchy: classes of parents that are made where they are missing; empty to make none.

    >>> profile = ConnectionProfile.from_url("ldaps://ldap.example.com")
    >>> ConnectorConfiguration(connection=profile).page_size
    500
    """

    connection: ConnectionProfile
    object_type: ObjectType = attrs.field(factory=ObjectType)
    product: str = ""
    delta_method: DeltaChoice = "auto"
    paging: PagingChoice = "auto"
    page_size: int = attrs.field(default=500, validator=[at_least(1), at_most(_LARGEST_PAGE)])
    hierarchy: tuple[HierarchyLevel, ...] = attrs.field(default=(), converter=_levels)

    def partition_of(self, dn: DN | str) -> Partition | None:
        """Return the most specific partition that a name belongs to, None where none is set.

        >>> configuration = ConnectorConfiguration(
        ...     connection=ConnectionProfile(
        ...         hosts="localhost", partitions=[Partition(dn="dc=example,dc=com")]
        ...     )
        ... )
        >>> str(configuration.partition_of("uid=a,dc=example,dc=com").dn)
        'dc=example,dc=com'
        """
        name = DN.of(dn)
        found = [item for item in self.connection.partitions if name.is_under(item.dn)]
        return max(found, key=lambda item: item.dn.depth, default=None)
