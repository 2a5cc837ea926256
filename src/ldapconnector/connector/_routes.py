"""From a connector's configuration to what is read over which connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from ldapconnector.directory import Directory
from ldapconnector.entries import Entry
from ldapconnector.errors import ConnectionFailed, DirectoryError, NameSyntaxError
from ldapconnector.names import DN, Filter
from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration, Partition

__all__ = [
    "Route",
    "bases_of",
    "containers_of",
    "contexts_of",
    "object_filter",
    "routes_of",
    "searched_partitions",
]

#: Naming contexts that hold the server's own affairs and no accounts.
_TECHNICAL: Final = frozenset(
    DN.parse(name)
    for name in (
        "cn=accesslog",
        "cn=changelog",
        "cn=config",
        "cn=configuration",
        "cn=deleted objects",
        "cn=monitor",
        "cn=schema",
        "o=netscaperoot",
        "ou=config",
        "ou=schema",
        "ou=system",
        "cn=replicationjournal",
    )
)


@attrs.frozen
class Route:
    """Partitions that are reached over one connection.

    Attributes:
        profile: how.
        partitions: which; empty for all naming contexts that hold accounts.
    """

    profile: ConnectionProfile
    partitions: tuple[Partition, ...]

    @property
    def name(self) -> str:
        """Tells the routes of a configuration apart."""
        return str(self.partitions[0].dn) if self.partitions else ""


def containers_of(partitions: Iterable[Partition]) -> tuple[DN, ...]:
    """Return what is imported of partitions: the chosen containers, else the whole."""
    found = [dn for one in partitions for dn in one.import_containers or (one.dn,)]
    return tuple(dict.fromkeys(found))


def bases_of(partitions: Iterable[Partition]) -> tuple[DN, ...]:
    """Return where partitions are searched ("search only in selected containers" or not)."""
    found: list[DN] = []
    for one in partitions:
        chosen = one.import_containers if one.search_only_in_containers else ()
        found += chosen or (one.dn,)
    return tuple(dict.fromkeys(found))


def routes_of(configuration: ConnectorConfiguration) -> tuple[Route, ...]:
    """Return one route for the partitions of the profile's own connection, one for each other."""
    profile = configuration.connection
    together = tuple(one for one in profile.partitions if not one.connects_otherwise)
    apart = [one for one in profile.partitions if one.connects_otherwise]
    routes = [Route(profile.for_partition(one), (one,)) for one in apart]
    if together or not apart:
        routes.insert(0, Route(profile, together))
    return tuple(routes)


def searched_partitions(route: Route, root_dse: Entry) -> tuple[Partition, ...]:
    """Return the partitions of a route, or those of the root DSE that may hold accounts."""
    if route.partitions:
        return route.partitions
    own = {
        DN.parse(value)
        for name in ("configurationNamingContext", "schemaNamingContext", "changeLog")
        for value in root_dse.text(name)
        if value
    }
    found: list[Partition] = []
    for text in root_dse.text("namingContexts"):
        try:
            dn = DN.parse(text)
        except NameSyntaxError:
            continue
        if dn and dn not in _TECHNICAL and dn not in own:
            found.append(Partition(dn=dn))
    return tuple(found)


def contexts_of(partitions: Iterable[Partition], directory: Directory) -> tuple[DN, ...]:
    """Return the naming contexts that hold partitions; a partition where its own is not readable."""
    contexts = [DN.parse(text) for text in directory.root_dse.text("namingContexts") if text]
    readable: dict[DN, bool] = {}
    found: list[DN] = []
    for one in partitions:
        around = [context for context in contexts if one.dn.is_under(context)]
        context = max(around, key=lambda dn: dn.depth, default=one.dn)
        if context not in readable:
            readable[context] = context == one.dn or _is_readable(directory, context)
        found.append(context if readable[context] else one.dn)
    return tuple(dict.fromkeys(found))


def _is_readable(directory: Directory, dn: DN) -> bool:
    try:
        return directory.read(dn, ("1.1",)) is not None
    except ConnectionFailed:
        raise
    except DirectoryError:
        return False


def object_filter(configuration: ConnectorConfiguration) -> Filter:
    """Return the filter of the configured object type.

    >>> profile = ConnectionProfile.from_url("ldaps://ldap.example.com")
    >>> str(object_filter(ConnectorConfiguration(connection=profile)))
    '(objectClass=inetOrgPerson)'
    """
    kind = configuration.object_type
    of_class = Filter.equal("objectClass", kind.structural_class)
    return of_class if kind.filter is None else of_class & kind.filter
