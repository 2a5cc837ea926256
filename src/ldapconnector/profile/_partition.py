"""A part of the tree with settings of its own: the wizard's page Partitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from ldapconnector._checked import checked, relation
from ldapconnector.errors import ConfigurationError, Fault, UsageError
from ldapconnector.names import DN
from ldapconnector.profile._addresses import are_hosts, is_port
from ldapconnector.profile._bindings import Binding
from ldapconnector.profile._checks import choice, texts
from ldapconnector.profile._tls import Security, TlsSettings

__all__ = ["Partition"]


def _dn(value: DN | str) -> DN:
    return DN.of(value)


def _names(values: Iterable[DN | str]) -> tuple[DN, ...]:
    found, faults = [], []
    for index, value in enumerate([values] if isinstance(values, (DN, str)) else values):
        try:
            found.append(DN.of(value))
        except UsageError as error:
            faults.append(Fault(path=f"$[{index}]", message=str(error)))
    if faults:
        raise ConfigurationError(faults)
    return tuple(found)


def _security(value: Security | str | None) -> Security | None:
    return None if value is None else choice(Security, value)


@checked
@attrs.frozen(kw_only=True)
class Partition:
    """One naming context that is used, or a tree below one.

    It may be one that the server does not list (the wizard's "additional partitions"), and
    may be reached in another way than the rest: what is None or empty here is as in the
    :class:`~ldapconnector.profile.ConnectionProfile`.

    Attributes:
        dn: where it begins.
        import_containers: read only below these; empty for the whole partition.
        export_containers: write only below these; empty for the whole partition.
        search_only_in_containers: ask the server for each container by itself; otherwise the
            whole partition is searched and what lies outside is dropped here.
        hosts: as in the profile.
        port: as in the profile.
        binding: as in the profile.
        security: as in the profile.
        tls: as in the profile.

    >>> Partition(dn="dc=example,dc=com", import_containers=["ou=people,dc=example,dc=com"]).covers(
    ...     "uid=a,ou=groups,dc=example,dc=com"
    ... )
    False
    """

    dn: DN = attrs.field(converter=_dn)
    import_containers: tuple[DN, ...] = attrs.field(default=(), converter=_names)
    export_containers: tuple[DN, ...] = attrs.field(default=(), converter=_names)
    search_only_in_containers: bool = True
    hosts: tuple[str, ...] = attrs.field(default=(), converter=texts, validator=are_hosts)
    port: int | None = attrs.field(default=None, validator=is_port)
    binding: Binding | None = None
    security: Security | None = attrs.field(default=None, converter=_security)
    tls: TlsSettings | None = None

    @relation("dn", "import_containers")
    def _import_containers_inside(self) -> Iterator[Fault]:
        return _outside(self.dn, "import_containers", self.import_containers)

    @relation("dn", "export_containers")
    def _export_containers_inside(self) -> Iterator[Fault]:
        return _outside(self.dn, "export_containers", self.export_containers)

    @property
    def connects_otherwise(self) -> bool:
        """Whether it needs a connection of its own."""
        own = (self.port, self.binding, self.security, self.tls)
        return bool(self.hosts) or any(value is not None for value in own)

    def covers(self, dn: DN | str) -> bool:
        """Tell whether an entry of this name is imported."""
        return _covered(DN.of(dn), self.dn, self.import_containers)

    def may_export(self, dn: DN | str) -> bool:
        """Tell whether an entry of this name may be written."""
        return _covered(DN.of(dn), self.dn, self.export_containers)


def _outside(dn: DN, field: str, containers: tuple[DN, ...]) -> Iterator[Fault]:
    for index, container in enumerate(containers):
        if not container.is_under(dn):
            yield Fault(
                path=f"$.{field}[{index}]",
                message=f"{str(container)!r} does not lie in the partition {str(dn)!r}",
            )


def _covered(dn: DN, partition: DN, containers: tuple[DN, ...]) -> bool:
    return any(dn.is_under(base) for base in containers or (partition,))
