"""A small view of a large directory: only the entries that some users can concern.

A delta cycle and provisioning on demand do not read the whole directory. They ask for the
linked accounts, for what the matching rules would find, for holders of values that must be
unique, and for the names that would be taken. A look-up that cannot be answered completely
raises, so what is not found here does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ldapconnector.connector import Connector
from ldapconnector.entries import Entry
from ldapconnector.errors import LdapConnectorError
from ldapconnector.mapping import MappedUser
from ldapconnector.names import DN, Filter
from ldapconnector.planning import DirectoryIndex, Link, Planner

__all__ = ["look_up"]


def look_up(
    connector: Connector,
    planner: Planner,
    users: Sequence[Mapping[str, Any]],
    *,
    links: Mapping[str, Link],
    intents: Mapping[str, DN],
    attributes: Sequence[str],
) -> DirectoryIndex:
    """Return an index of the entries that these users can concern.

    Raises:
        DirectoryError: an answer was refused or incomplete.
    """
    anchor = connector.capabilities.anchor
    by_name = anchor.lower() == "dn"
    source_anchor = planner.rules.mappings.source_anchor
    filters: list[Filter] = []
    names: list[DN] = []
    anchors: list[bytes] = []
    for user in users:
        source = str(user.get(source_anchor, ""))
        link = links.get(source)
        creating = link is None
        mapped = planner.compiled.map(user, creating=creating, soft_deleted=False)
        if link is None:
            filters += _matching(planner, user)
        else:
            anchors.append(link.anchor)
        if mapped.dn is not None:
            names.append(mapped.dn)
        if source in intents:
            names.append(intents[source])
        filters += _unique(planner, mapped)
        anchors += _referred(mapped, links)
        filters += _numbers(planner, mapped) if creating else []
    if by_name:
        names += [DN.parse(one.decode("utf-8", "surrogateescape")) for one in anchors]
    else:
        filters += [Filter.equal(anchor, one) for one in anchors]
    found: dict[DN, Entry] = {}
    for entries in connector.find(list(dict.fromkeys(filters)), attributes) if filters else ():
        found.update((entry.dn, entry) for entry in entries)
    for name in dict.fromkeys(names):
        if name not in found:
            entry = connector.read(name, attributes)
            if entry is not None:
                found[entry.dn] = entry
    return DirectoryIndex(found.values(), anchor=anchor, comparer=planner.comparer)


def _matching(planner: Planner, user: Mapping[str, Any]) -> list[Filter]:
    try:
        return [one for one in planner.matching.filters(user) if one is not None]
    except LdapConnectorError:
        return []  # planning reports it as this user's fault


def _unique(planner: Planner, mapped: MappedUser) -> Iterable[Filter]:
    for rule in planner.rules.unique:
        name = rule.attributes[0]
        if name != "-dn-":
            for value in mapped.values.octets.get(name.lower()) or ():
                yield Filter.equal(name, value)


def _referred(mapped: MappedUser, links: Mapping[str, Link]) -> list[bytes]:
    sources = (
        one.decode("utf-8", "surrogateescape")
        for value in mapped.values.values()
        if value.reference
        for one in value.values or ()
    )
    return [links[source].anchor for source in sources if source in links]


def _numbers(planner: Planner, mapped: MappedUser) -> list[Filter]:
    """Ask for every number that is taken, where this user needs one."""
    return [
        Filter.present(one.attribute)
        for one in planner.rules.numbers
        if not mapped.values.octets.get(one.attribute.lower())
    ]
