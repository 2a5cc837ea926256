"""What an import reads: where, which entries, which attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from ldapconnector.connector._protocol import Paging
from ldapconnector.directory import Control
from ldapconnector.entries import Entry
from ldapconnector.names import DN, Filter

__all__ = ["Selection"]


def _dns(values: Sequence[DN | str]) -> tuple[DN, ...]:
    return tuple(map(DN.of, values))


@attrs.frozen(kw_only=True)
class Selection:
    """What an import reads.

    Attributes:
        containers: where: the roots of whole partitions, or the containers chosen in them
            ("search only in selected containers"). One that lies below another is read with
            that one.
        partitions: the roots of the partitions that hold the containers; by default the
            containers themselves.
        contexts: the naming contexts that hold the partitions; by default the partitions. A
            server keeps logs and tombstones for these, and a delta import looks here for entries
            that left a container.
        searched: where the server searches; by default in each container by itself. Entries
            from outside of the containers are dropped.
        filter: which entries: the object type, and further conditions.
        attributes: descriptions to read; ``*`` for all user attributes.
        operational: read the operational attributes (``+``, RFC 3673) too.
        anchor: the attribute that identifies an entry, or ``dn``.
        page_size: entries a page.
        paging: how a search is cut into pages.
        controls: further controls of each search.

    >>> people = Selection(containers=("ou=people,dc=x",), filter=Filter.equal("objectClass", "person"))
    >>> people.contains(DN.parse("cn=a,OU=People,dc=x")), people.contains(DN.parse("cn=a,dc=x"))
    (True, False)
    """

    containers: tuple[DN, ...] = attrs.field(converter=_dns)
    partitions: tuple[DN, ...] = attrs.field(
        converter=_dns,
        default=attrs.Factory(lambda self: self.containers, takes_self=True),
    )
    contexts: tuple[DN, ...] = attrs.field(
        converter=_dns,
        default=attrs.Factory(lambda self: self.partitions, takes_self=True),
    )
    searched: tuple[DN, ...] = attrs.field(
        converter=_dns,
        default=attrs.Factory(lambda self: self.containers, takes_self=True),
    )
    filter: Filter = attrs.field(factory=lambda: Filter.present("objectClass"))
    attributes: tuple[str, ...] = ("*",)
    operational: bool = False
    anchor: str = "dn"
    page_size: int = 500
    paging: Paging = Paging.SIMPLE
    controls: tuple[Control, ...] = ()

    @property
    def requested(self) -> tuple[str, ...]:
        """The descriptions that a search asks for: the anchor and the classes come along.

        >>> Selection(containers=("dc=x",), attributes=("mail",), anchor="entryUUID").requested
        ('mail', 'objectClass', 'entryUUID')
        """
        wanted = [*self.attributes, "objectClass"]
        if not self.by_name:
            wanted.append(self.anchor)
        if self.operational:
            wanted.append("+")
        once = {name.lower(): name for name in reversed(wanted)}
        if "*" in once:
            once.pop("objectclass", None)
        return tuple(reversed(once.values()))

    @property
    def by_name(self) -> bool:
        """Whether the anchor is the DN itself."""
        return self.anchor.lower() in {"dn", "-dn-"}

    @property
    def pages(self) -> int | None:
        """The page size for searches by simple paged results; None where those are not used."""
        return self.page_size if self.paging is Paging.SIMPLE else None

    @property
    def bases(self) -> tuple[DN, ...]:
        """Where the server searches, without what lies below another base, in order."""
        return _topmost(self.searched)

    @property
    def drops(self) -> bool:
        """Whether searches find entries outside of the containers, which are dropped."""
        return not all(map(self.contains, self.searched))

    @property
    def roots(self) -> tuple[DN, ...]:
        """The contexts without those that lie below another one, in their order."""
        return _topmost(self.contexts)

    @property
    def partition_roots(self) -> tuple[DN, ...]:
        """The partitions without those that lie below another one, in their order."""
        return _topmost(self.partitions)

    def contains(self, dn: DN) -> bool:
        """Tell whether a name lies in one of the containers."""
        return any(dn.is_under(container) for container in self.containers)

    def anchor_of(self, entry: Entry) -> bytes | None:
        """Return the anchor's value; None where the DN is the anchor, or it is missing."""
        if self.by_name:
            return None
        values = entry.get(self.anchor, ())
        return values[0] if values else None


def _topmost(names: Sequence[DN]) -> tuple[DN, ...]:
    def kept() -> Iterator[DN]:
        for index, dn in enumerate(names):
            others = (
                other
                for place, other in enumerate(names)
                if place != index and (other != dn or place < index)
            )
            if not any(dn.is_under(other) for other in others):
                yield dn

    return tuple(kept())
