"""The connector for LDAP directories."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Self

import attrs

from ldapconnector._given import of_kind, tuple_of, wrong_kind
from ldapconnector.connector._delta import STRATEGIES, AccessLog, ChangeLog, Strategy, Timestamp
from ldapconnector.connector._full_import import ImportEvent, ImportStream, full_import
from ldapconnector.connector._protocol import Anchor, Capabilities, DeltaMethod, Paging
from ldapconnector.connector._routes import (
    Route,
    bases_of,
    containers_of,
    contexts_of,
    object_filter,
    routes_of,
    searched_partitions,
)
from ldapconnector.connector._selection import Selection
from ldapconnector.connector._told_apart import told_apart
from ldapconnector.directory import Applied, BatchReader, Directory, connect, controls
from ldapconnector.entries import (
    Add,
    Delete,
    DeltaImport,
    Entry,
    FullImport,
    FullImportNeeded,
    Modify,
    PartialImport,
    Rename,
    RoutedWatermark,
    TimestampWatermark,
    Watermark,
)
from ldapconnector.errors import (
    ConnectionFailed,
    DirectoryError,
    LimitExceeded,
    NotAllowed,
    UsageError,
)
from ldapconnector.names import DN, Filter
from ldapconnector.profile import ConnectorConfiguration

if TYPE_CHECKING:
    from ldapconnector.connector._discovery import Discovery
    from ldapconnector.entries import Change
    from ldapconnector.secret import Secret
    from ldapconnector.vendors import Suggestions

    AssertionFor = Callable[[Change], Filter | None] | None

__all__ = ["LdapConnector"]

_log: Final = logging.getLogger("ldapconnector.connector")

_BATCH: Final = 50


@attrs.define
class _Open:
    """A route with its connection and what was found out about the server.

    Attributes:
        chosen: the method of delta import that suits the server, or is configured.
        delta: the one in use; another one where the chosen one turned out not to work.
    """

    route: Route
    directory: Directory
    suggestions: Suggestions
    selection: Selection
    chosen: DeltaMethod
    delta: DeltaMethod


class LdapConnector:
    """Reads accounts from an LDAP directory and writes them.

    Connects when it is first used. Like a directory it serves one thread at a time.

    Args:
        configuration: what is provisioned and where.
        directory: an open directory to use instead of connecting, such as a
            ``MemoryDirectory``; it is not closed with the connector.
        observe: is told how imports go on.
    """

    def __init__(
        self,
        configuration: ConnectorConfiguration,
        directory: Directory | None = None,
        *,
        observe: Callable[[ImportEvent], None] | None = None,
    ) -> None:
        hint = (
            "Configuration.load(path).connector is one, ConnectorConfiguration(connection=...) too"
        )
        of_kind(
            ConnectorConfiguration,
            configuration,
            "a configuration",
            "a ConnectorConfiguration",
            hint,
        )
        self.configuration: Final = configuration
        self._given = directory
        self._observe = observe
        self._routes = routes_of(configuration)
        if directory is not None:
            # Whoever gives the directory decides how it is reached.
            partitions = configuration.connection.partitions
            self._routes = (Route(configuration.connection, partitions),)
        self._opened: dict[str, _Open] = {}

    # ------------------------------------------------------------ what it is

    @property
    def capabilities(self) -> Capabilities:
        """What the directory and its configuration allow."""
        opened = self._main()
        offered = set(opened.directory.root_dse.text("supportedControl"))
        wants = self.configuration.connection.controls.wants
        return Capabilities(
            delta=opened.delta,
            paging=opened.selection.paging,
            anchor=opened.selection.anchor,
            assertions=wants("assertion", advertised=controls.ASSERTION in offered),
            set_password=True,
            tree_delete=wants("tree_delete", advertised=controls.TREE_DELETE in offered),
            page_size=self.configuration.page_size,
        )

    @property
    def cannot_see(self) -> tuple[str, ...]:
        """What delta imports by the chosen method cannot see, in words for an operator."""
        strategy = STRATEGIES.get(self._main().delta)
        return strategy.cannot_see if strategy else ("changes at all; import fully",)

    def discover(self) -> Discovery:
        """Return what the server says about itself."""
        from ldapconnector.connector._discovery import discover  # noqa: PLC0415  rarely needed

        configuration = self.configuration
        return discover(
            self._main().directory,
            product=configuration.product,
            profile=configuration.connection,
        )

    def selection(
        self, attributes: Sequence[str] | None = None, *, operational: bool = False
    ) -> Selection:
        """Return what an import of the first route reads, for use without this connector."""
        return self._selected(self._main(), attributes, operational=operational)

    # ------------------------------------------------------------ reading

    def full_import(
        self,
        attributes: Sequence[str] | None = None,
        *,
        operational: bool = False,
        cancelled: Callable[[], bool] | None = None,
    ) -> FullImport | PartialImport:
        """Read every entry of the configured object type; see :class:`Connector`.

        A connection lost on the way is opened again, and the container read from its start
        without doubling entries.

        Args:
            attributes: descriptions to read; None for the configured ones.
            operational: whether the operational attributes come too.
            cancelled: asked every thousand entries; true ends the import, as a partial one.
        """
        results: list[FullImport | PartialImport] = []
        for opened in self._all():
            selection = self._selected(opened, attributes, operational=operational)
            strategy = self._starting(opened, selection)
            if strategy is not None:
                extra = tuple(name for name in strategy.reads if name not in selection.attributes)
                selection = attrs.evolve(selection, attributes=(*selection.attributes, *extra))
            stream = self._stream(opened, selection, cancelled)
            results.append(full_import(stream, selection, strategy.watermark if strategy else None))
        return self._joined(results)

    def _joined(self, results: Sequence[FullImport | PartialImport]) -> FullImport | PartialImport:
        if len(results) == 1:
            return results[0]
        entries = tuple(entry for result in results for entry in result.entries)
        partial = [one for one in results if isinstance(one, PartialImport)]
        if partial:
            detail = "; ".join(one.detail for one in partial)
            return PartialImport(entries=entries, reason=partial[0].reason, detail=detail)
        marks = tuple(
            (route.name, one.watermark)
            for route, one in zip(self._routes, results, strict=True)
            if isinstance(one, FullImport) and one.watermark is not None
        )
        complete = len(marks) == len(results)
        # The parts of a route's watermark are never routed themselves.
        watermark = RoutedWatermark(parts=marks) if complete else None  # type: ignore[arg-type]
        return FullImport(entries=entries, watermark=watermark)

    def stream(
        self,
        attributes: Sequence[str] | None = None,
        *,
        operational: bool = False,
        cancelled: Callable[[], bool] | None = None,
        resume: bool = True,
    ) -> ImportStream:
        """Return the entries one by one, keeping none; ``end`` then tells whether all came.

        Args:
            attributes, operational, cancelled: as for :meth:`full_import`.
            resume: after a lost connection, read the container again from its start without
                yielding an entry twice; for that, eight octets an entry are kept. False keeps
                nothing, and a lost connection ends the stream.

        Raises:
            UsageError: the partitions are reached over several connections.
        """
        if len(self._routes) > 1:
            raise UsageError(
                "a stream reads over one connection; this configuration has several. "
                "Use full_import, or a connector for each partition."
            )
        opened = self._main()
        selection = self._selected(opened, attributes, operational=operational)
        return self._stream(opened, selection, cancelled, resume=resume)

    def _stream(
        self,
        opened: _Open,
        selection: Selection,
        cancelled: Callable[[], bool] | None,
        *,
        resume: bool = True,
    ) -> ImportStream:
        return ImportStream(
            opened.directory,
            selection,
            observe=self._observe,
            cancelled=cancelled,
            # A session connects again by itself when it is used again.
            reconnect=(lambda: opened.directory) if resume else None,
            attempts=self.configuration.connection.retry.attempts,
        )

    def delta_import(
        self,
        watermark: Watermark,
        attributes: Sequence[str] | None = None,
        *,
        own_changes: bool = True,
    ) -> DeltaImport | FullImportNeeded:
        """Read what changed since ``watermark``; see :class:`Connector`.

        Args:
            watermark: of the last full or delta import.
            attributes: as for the full import.
            own_changes: False leaves out entries that only this connector's own account has
                changed, where the method can tell.

        Raises:
            DirectoryError: the directory could not be asked; the watermark stays good.
        """
        parts = dict(watermark.parts) if isinstance(watermark, RoutedWatermark) else None
        if (parts is None) != (len(self._routes) == 1):
            return FullImportNeeded("the watermark is one of other connections")
        results: list[DeltaImport] = []
        for opened in self._all():
            since = watermark if parts is None else parts.get(opened.route.name)
            selection = self._selected(opened, attributes, operational=False)
            if self.configuration.delta_method == "auto" and isinstance(since, TimestampWatermark):
                opened.delta = DeltaMethod.TIMESTAMP  # the full import found no better one to work
            strategy = self._strategy(opened, selection, own=not own_changes)
            if strategy is None:
                return FullImportNeeded("this directory has no delta import")
            if since is None:
                return FullImportNeeded("there is no watermark of an import before")
            result = strategy.changes(since)
            if isinstance(result, FullImportNeeded):
                return result
            results.append(result)
        if parts is None:
            return results[0]
        marks = tuple(
            (route.name, one.watermark) for route, one in zip(self._routes, results, strict=True)
        )
        return DeltaImport(
            changes=tuple(change for one in results for change in one.changes),
            watermark=RoutedWatermark(parts=marks),  # type: ignore[arg-type]
            sees_deletes=all(one.sees_deletes for one in results),
        )

    def find(
        self, filters: Sequence[Filter], attributes: Sequence[str] | None = None
    ) -> tuple[tuple[Entry, ...], ...]:
        """Return the entries that each filter matches; see :class:`Connector`.

        Fifty filters go into one search, and what comes back is told apart here by the
        schema's matching rules. An entry that the server found and no filter matches here (a
        rule that is not known here) makes the batch be asked filter by filter.

        Raises:
            UsageError: something else than filters is given.
        """
        filters = tuple_of(Filter, filters, "what is found", "filters", "Filter.parse reads a text")  # type: ignore[type-abstract]
        found: list[dict[DN, Entry]] = [{} for _ in filters]
        for opened in self._all():
            selection = self._selected(opened, attributes, operational=False)
            for start in range(0, len(filters), _BATCH):
                batch = filters[start : start + _BATCH]
                for place, entries in enumerate(self._find_batch(opened, selection, batch)):
                    for entry in entries:
                        found[start + place].setdefault(entry.dn, entry)
        return tuple(tuple(entries.values()) for entries in found)

    def _find_batch(
        self, opened: _Open, selection: Selection, filters: Sequence[Filter]
    ) -> list[list[Entry]]:
        if len(filters) == 1:
            return [self._search(opened, selection, filters[0], selection.requested)]
        used = {name for one in filters for name in one.attributes}
        known = {name.lower() for name in selection.requested}
        wanted = (*selection.requested, *sorted(used - known))
        entries = self._search(opened, selection, Filter.any_of(filters), wanted)
        matched = told_apart(filters, entries, opened.directory.schema)
        told = {id(one) for part in matched for one in part}
        if any(id(one) not in told for one in entries):
            return [self._search(opened, selection, part, selection.requested) for part in filters]
        return matched

    def _search(
        self, opened: _Open, selection: Selection, wanted: Filter, attributes: Sequence[str]
    ) -> list[Entry]:
        drops = selection.drops
        return [
            entry
            for base in selection.bases
            for entry in opened.directory.search(
                base,
                selection.filter & wanted,
                attributes=attributes,
                page_size=selection.pages,
                controls=selection.controls,
            )
            if not drops or selection.contains(entry.dn)
        ]

    def read(
        self, name: DN | str | Anchor, attributes: Sequence[str] | None = None
    ) -> Entry | None:
        """Return one entry by its name or its anchor, None where there is none.

        Raises:
            LimitExceeded: several entries have this anchor, so it identifies none.
        """
        if not isinstance(name, Anchor):
            opened = self._for(DN.of(name))
            selection = self._selected(opened, attributes, operational=False)
            return opened.directory.read(name, selection.requested)
        found = self.find([Filter.equal(name.attribute, name.value)], attributes)[0]
        if len(found) > 1:
            raise LimitExceeded(
                f"{len(found)} entries have the anchor {name.attribute}: "
                + ", ".join(entry.dn_text for entry in found),
                operation="read",
                next_step="Choose an anchor that identifies one entry.",
            )
        return found[0] if found else None

    def read_all(
        self, names: Sequence[DN | str], attributes: Sequence[str] | None = None
    ) -> tuple[Entry | None, ...]:
        """Return many entries by name, pipelined where the directory can.

        Args:
            names: DNs or their texts.
            attributes: descriptions to read; None for those that are configured.

        Returns:
            What :meth:`read` gives for each of them, in their order.

        Raises:
            DirectoryError: one of them could not be read.
        """
        asked = [DN.of(name) for name in names]
        parts: dict[int, tuple[_Open, list[DN]]] = {}
        for name in dict.fromkeys(asked):
            opened = self._for(name)
            parts.setdefault(id(opened), (opened, []))[1].append(name)
        found: dict[DN, Entry | None] = {}
        for opened, mine in parts.values():
            wanted = self._selected(opened, attributes, operational=False).requested
            directory = opened.directory
            if isinstance(directory, BatchReader):
                found.update(zip(mine, directory.read_all(mine, wanted), strict=True))
            else:
                found.update((name, directory.read(name, wanted)) for name in mine)
        return tuple(found[name] for name in asked)

    # ------------------------------------------------------------ writing

    def export(self, change: Change, *, assertion: Filter | None = None) -> None:
        """Carry out one change; see :class:`Connector`.

        Raises:
            NotAllowed: the entry lies outside of the partition's export containers.
            UsageError: it is no change.
        """
        if not isinstance(change, (Add, Delete, Modify, Rename)):
            raise wrong_kind("what is exported", "an Add, Delete, Modify or Rename", change)
        refused = self._outside(change)
        if refused is not None:
            raise refused
        self._for(change.dn).directory.apply(change, assertion=assertion)

    def export_all(
        self, changes: Iterable[Change], *, assertion_for: AssertionFor = None
    ) -> Iterator[Applied]:
        """Carry out many changes, pipelined; see :class:`Connector`."""
        if len(self._routes) > 1:
            return self._export_each(changes, assertion_for)
        if not any(one.export_containers for one in self.configuration.connection.partitions):
            return self._main().directory.apply_all(changes, assertion_for=assertion_for)
        return self._export_permitted(changes, assertion_for)

    def _export_permitted(
        self, changes: Iterable[Change], assertion_for: AssertionFor
    ) -> Iterator[Applied]:
        refused: list[Applied] = []

        def permitted() -> Iterator[Change]:
            for change in changes:
                error = self._outside(change)
                if error is None:
                    yield change
                else:
                    refused.append(Applied(change, error))

        yield from self._main().directory.apply_all(permitted(), assertion_for=assertion_for)
        yield from refused

    def _outside(self, change: Change) -> NotAllowed | None:
        """Return the refusal of a change outside of the export containers."""
        names = (change.dn, change.new_dn) if isinstance(change, Rename) else (change.dn,)
        return next(filter(None, (self._outside_of(dn, type(change)) for dn in names)), None)

    def _outside_of(self, dn: DN, kind: type) -> NotAllowed | None:
        partition = self.configuration.partition_of(dn)
        if partition is None or partition.may_export(dn):
            return None
        return NotAllowed(
            f"the partition {str(partition.dn)!r} is written only below "
            + " and ".join(repr(str(container)) for container in partition.export_containers),
            operation=kind.__name__.lower(),
            dn=str(dn),
            next_step="Correct the name that the mappings give, or add to export_containers.",
        )

    def _export_each(
        self, changes: Iterable[Change], assertion_for: AssertionFor
    ) -> Iterator[Applied]:
        for change in changes:
            try:
                self.export(change, assertion=assertion_for and assertion_for(change))
            except DirectoryError as error:
                yield Applied(change, error)
            else:
                yield Applied(change)

    def set_password(self, dn: DN | str, new: Secret) -> None:
        """Set the password of an entry; see :class:`Connector`.

        Raises:
            NotAllowed: the entry lies outside of the partition's export containers.
        """
        refused = self._outside_of(DN.of(dn), Modify)
        if refused is not None:
            raise refused
        self._for(DN.of(dn)).directory.set_password(dn, new)

    # ------------------------------------------------------------ connections

    def close(self) -> None:
        """Close the connections that this connector opened."""
        opened, self._opened = self._opened, {}
        for one in opened.values():
            if one.directory is not self._given:
                one.directory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _main(self) -> _Open:
        return self._open(self._routes[0])

    def _all(self) -> Iterator[_Open]:
        return map(self._open, self._routes)

    def _for(self, dn: DN) -> _Open:
        """Return the connection of the most specific partition that a name belongs to."""
        if len(self._routes) == 1:
            return self._main()
        partition = self.configuration.partition_of(dn)
        for route in self._routes:
            if partition in route.partitions:
                return self._open(route)
        raise UsageError(f"{str(dn)!r} lies in none of the configured partitions")

    def _open(self, route: Route) -> _Open:
        opened = self._opened.get(route.name)
        if opened is None:
            directory = self._given if self._given is not None else connect(route.profile)
            opened = self._opened[route.name] = self._look(route, directory)
        return opened

    def _look(self, route: Route, directory: Directory) -> _Open:
        """Find out what suits the server, and overrule it by what is configured."""
        from ldapconnector.vendors import identify, suggest  # noqa: PLC0415

        configuration = self.configuration
        root_dse = directory.root_dse
        schema = directory.schema
        identified = identify(root_dse, schema, named=configuration.product or None)
        suggestions = suggest(identified, root_dse, schema)
        partitions = searched_partitions(route, root_dse)
        method = configuration.delta_method
        paging = configuration.paging
        offered = set(root_dse.text("supportedControl"))
        more = (controls.domain_scope(),) if controls.DOMAIN_SCOPE in offered else ()
        kind = configuration.object_type
        selection = Selection(
            containers=containers_of(partitions),
            searched=bases_of(partitions),
            partitions=tuple(partition.dn for partition in partitions),
            contexts=contexts_of(partitions, directory),
            filter=object_filter(configuration),
            attributes=kind.attribute_names or ("*",),
            anchor=kind.anchor or suggestions.anchor,
            page_size=configuration.page_size,
            paging=self._paging(suggestions) if paging == "auto" else Paging(paging),
            controls=more,
        )
        delta = DeltaMethod(suggestions.delta.value if method == "auto" else method)
        return _Open(route, directory, suggestions, selection, delta, delta)

    def _paging(self, suggestions: Suggestions) -> Paging:
        wants = self.configuration.connection.controls.wants
        paging = Paging(suggestions.paging.value)
        if wants("paged_results", advertised=paging is Paging.SIMPLE):
            return Paging.SIMPLE
        if wants("virtual_list_view", advertised=paging is Paging.VLV):
            return Paging.VLV
        return Paging.NONE

    def _selected(
        self, opened: _Open, attributes: Sequence[str] | None, *, operational: bool
    ) -> Selection:
        chosen = opened.selection.attributes if attributes is None else tuple(attributes)
        return attrs.evolve(opened.selection, attributes=chosen, operational=operational)

    def _starting(self, opened: _Open, selection: Selection) -> Strategy | None:
        """Return the method that works; each full import tries the one that suits the server."""
        opened.delta = opened.chosen
        strategy = self._strategy(opened, selection)
        if strategy is None:
            return None
        try:
            strategy.prepare()
        except ConnectionFailed:
            raise
        except DirectoryError as error:
            if self.configuration.delta_method != "auto" or opened.delta is DeltaMethod.TIMESTAMP:
                raise
            _log.warning("delta import by %s is not possible: %s", opened.delta, error)
            opened.delta = DeltaMethod.TIMESTAMP
            strategy = Timestamp(opened.directory, selection)
            strategy.prepare()
        return strategy

    def _strategy(
        self, opened: _Open, selection: Selection, *, own: bool = False
    ) -> Strategy | None:
        kind = STRATEGIES.get(opened.delta)
        return None if kind is None else self._made(kind, opened, selection, own=own)

    def _made(
        self, kind: type[Strategy], opened: _Open, selection: Selection, *, own: bool
    ) -> Strategy:
        name = self._bound_as() if own else None
        log = self.configuration.connection.change_log_dn or opened.suggestions.change_log
        if kind is AccessLog:
            return AccessLog(opened.directory, selection, own=name, log=log or "cn=accesslog")
        if kind is ChangeLog:
            return ChangeLog(opened.directory, selection, own=name, log=log or None)
        return kind(opened.directory, selection, own=name)

    def _bound_as(self) -> DN | None:
        user = getattr(self.configuration.connection.binding, "user", "")
        try:
            return DN.parse(user) if user else None
        except ValueError:
            return None
