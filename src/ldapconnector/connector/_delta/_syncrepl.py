"""Delta import by content synchronisation, refreshOnly (RFC 4533): OpenLDAP, 389.

The server keeps, for each cookie, what it has told. A refresh tells which entries are new or
changed, and which are gone, by ``entryUUID``. Where the server does not remember deletions so
far back, it tells instead which entries are still there (refreshDeletes is FALSE); from that
alone nobody can say which ones are gone without knowing all of them, so a full import is asked
for. 389 always says FALSE, and always names what is gone one by one.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import attrs

from ldapconnector.connector._delta._present import Changes
from ldapconnector.connector._delta._strategy import (
    Strategy,
    explain,
    fingerprint,
    read_by_identity,
    require_anchor,
)
from ldapconnector.connector._protocol import DeltaMethod
from ldapconnector.connector._ranges import RangeReader
from ldapconnector.directory import EntryControls, Finished, Intermediate, SearchEvent, controls
from ldapconnector.entries import (
    DeltaImport,
    Entry,
    FullImportNeeded,
    SyncWatermark,
    Watermark,
)
from ldapconnector.errors import DirectoryError, LimitExceeded
from ldapconnector.names import DN

if TYPE_CHECKING:
    from ldapconnector.connector._full_import import ImportEnd
    from ldapconnector.connector._selection import Selection
    from ldapconnector.directory import Directory

__all__ = ["ContentSync"]

#: e-syncRefreshRequired; unwillingToPerform, by which slapd says that it is behind the cookie.
_COOKIE_REFUSED: Final = frozenset({4096, 53})
#: A cookie of 389: host and port, who asked for what, and a number of its change log.
_COOKIE_389: Final = re.compile(rb"[^#]+:\d+#.*#(\d+)", re.DOTALL)


@attrs.define
class _Refresh:
    """Listens to one refresh."""

    cookie: bytes | None = None
    deletes_told: bool = False
    code: int = 0
    state: controls.SyncStateValue | None = None
    deleted: list[bytes] = attrs.field(factory=list)

    def __call__(self, event: SearchEvent) -> None:
        match event:
            case EntryControls():
                self.state = controls.sync_state(event.controls)
                if self.state is not None:
                    self.cookie = self.state.cookie or self.cookie
            case Intermediate() if event.oid == controls.SYNC_INFO:
                self._info(controls.sync_info(event.value))
            case Finished():
                self.code = event.code
                done = controls.sync_done(event.controls)
                if done is not None:
                    self.cookie = done.cookie or self.cookie
                    self.deletes_told = self.deletes_told or done.refresh_deletes
            case _:
                pass

    def _info(self, info: controls.SyncInfo) -> None:
        self.cookie = info.cookie or self.cookie
        if info.phase_ends:
            self.deletes_told = self.deletes_told or info.deletes
        elif info.uuids and info.deletes:
            self.deleted += info.uuids


class ContentSync(Strategy):
    """Asks the server for a refresh since its own cookie."""

    method = DeltaMethod.SYNC
    cannot_see: ClassVar[tuple[str, ...]] = (
        (
            "deletions further back than the server's session log; this is noticed, and a full "
            "import asked for"
        ),
        "the names of entries below a container that was renamed, until they change themselves",
        "the name that a renamed entry had before, and who made a change",
    )
    needs = (
        "OpenLDAP: the overlay syncprov with syncprov-sessionlog; 389: the content "
        "synchronization plug-in with the retro changelog; the right to use the control"
    )

    def __init__(
        self, directory: Directory, selection: Selection, *, own: DN | None = None
    ) -> None:
        super().__init__(directory, selection, own=own)
        self._known: set[bytes | None] = set()  # anchors that the cookies know

    def prepare(self) -> None:
        """Let the server tell its whole content once, anchors only, for the cookie."""
        require_anchor(self.selection, self.method, "entryUUID")
        self._known.clear()
        cookies: list[tuple[str, bytes]] = []
        for root in self.selection.partition_roots:
            refresh = _Refresh()
            for entry in self.directory.search(
                root,
                self.selection.filter,
                attributes=(self.selection.anchor,),
                controls=(controls.sync_request(None),),
                receive=refresh,
            ):
                known = self._identified(entry, refresh)
                if known is None:
                    raise DirectoryError(
                        f"the server identifies entries otherwise than by {self.selection.anchor}",
                        operation="import",
                        dn=entry.dn_text,
                        next_step="Choose the anchor entryUUID (OpenLDAP) or nsUniqueId (389).",
                    )
                self._known.add(self.selection.anchor_of(known))
            if refresh.cookie is None:
                raise DirectoryError(
                    "the server sends no cookie for content synchronisation",
                    operation="import",
                    dn=str(root),
                    next_step="Choose another method of delta import.",
                )
            cookies.append((str(root), refresh.cookie))
        self._start = SyncWatermark(server=self._server(), cookies=tuple(cookies))

    def watermark(self, end: ImportEnd, entries: Sequence[Entry]) -> Watermark:
        """Return the cookies, with the entries that came after them."""
        start = super().watermark(end, entries)
        anchors = map(self.selection.anchor_of, entries)
        newcomers = tuple(one for one in anchors if one is not None and one not in self._known)
        self._known.clear()
        return attrs.evolve(start, newcomers=newcomers)  # type: ignore[arg-type]  # a SyncWatermark

    def _server(self) -> str:
        return fingerprint(self.directory, self.selection.partition_roots[0])

    def changes(self, since: Watermark) -> DeltaImport | FullImportNeeded:
        """Refresh each partition."""
        if not isinstance(since, SyncWatermark):
            return FullImportNeeded("the watermark is not one of content synchronisation")
        if self._server() != since.server:
            return FullImportNeeded("the watermark belongs to another server")
        known = {DN.parse(base): cookie for base, cookie in since.cookies}
        if set(known) != set(self.selection.partition_roots):
            return FullImportNeeded("the partitions are not those of the watermark")
        found = Changes(self.selection)
        cookies: list[tuple[str, bytes]] = []
        for root in self.selection.partition_roots:
            refresh = _Refresh(cookie=known[root])
            refused = self._refresh(root, refresh, found)
            if refused is not None:
                return refused
            cookies.append((str(root), refresh.cookie or known[root]))
        if any(self._trimmed(cookie) for cookie in known.values()):
            return FullImportNeeded("the server's log was trimmed of changes since the watermark")
        self._look_after(since.newcomers, found)
        return DeltaImport(
            changes=found.in_order(),
            watermark=SyncWatermark(server=since.server, cookies=tuple(cookies)),
            sees_deletes=True,
        )

    def _look_after(self, newcomers: Sequence[bytes], found: Changes) -> None:
        """Tell of entries that came after the cookie and are gone: 389 does not."""
        unsure = [one for one in newcomers if one not in found.here and one not in found.gone]
        there = read_by_identity(
            self.directory,
            self.selection.partition_roots,
            self.selection.anchor,
            unsure,
            condition=self.selection.filter,
            attributes=(self.selection.anchor,),
        )
        for one in unsure:
            if one not in there or not self.selection.contains(there[one].dn):
                found.deleted(one, None)

    def _refresh(self, root: DN, refresh: _Refresh, found: Changes) -> FullImportNeeded | None:
        ranges = RangeReader(self.directory)
        try:
            for entry in self.directory.search(
                root,
                self.selection.filter,
                attributes=self.selection.requested,
                controls=(controls.sync_request(refresh.cookie),),
                receive=refresh,
            ):
                state = refresh.state.state if refresh.state else controls.SyncState.PRESENT
                known = self._identified(entry, refresh)
                if known is None:
                    return FullImportNeeded(
                        f"the server identifies entries otherwise than by {self.selection.anchor}"
                    )
                if state is controls.SyncState.PRESENT:
                    continue
                if state is controls.SyncState.DELETE and refresh.state is not None:
                    refresh.deleted.append(refresh.state.uuid)
                    found.deleted(self._anchor(refresh.state.uuid), entry.dn)
                elif not self.selection.contains(entry.dn):
                    found.deleted(self.selection.anchor_of(known), entry.dn)
                else:
                    whole = ranges.whole(known)
                    if whole is not None:
                        found.written(whole)
        except LimitExceeded as error:
            return FullImportNeeded(f"the refresh is not complete: {explain(error)}")
        except DirectoryError as error:
            if error.code in _COOKIE_REFUSED:
                return FullImportNeeded("the server does not accept the cookie any more")
            raise
        numbered = _COOKIE_389.fullmatch(refresh.cookie or b"")
        if numbered is None and not refresh.deletes_told:
            return FullImportNeeded(
                "the server tells which entries are still there, not which ones are gone: its "
                "log does not reach back to the watermark"
            )
        for value in refresh.deleted:
            anchor = self._anchor(value)
            if anchor is None:
                return FullImportNeeded(
                    f"an entry was deleted, and is named by its UUID alone; the anchor is "
                    f"{self.selection.anchor}"
                )
            found.deleted(anchor, None)
        return None

    def _trimmed(self, cookie: bytes) -> bool:
        """Tell whether the change log of a 389 begins behind its cookie; it does not say so."""
        numbered = _COOKIE_389.fullmatch(cookie)
        if numbered is None:
            return False
        facts = self.directory.read("", ("firstChangeNumber",))
        first = facts.first("firstChangeNumber") if facts else None
        return first is not None and int(first) > int(numbered[1]) + 1

    def _identified(self, entry: Entry, refresh: _Refresh) -> Entry | None:
        """Return the entry with its anchor; None where that is not the UUID of the protocol.

        389 leaves nsUniqueId out of the entries of a refresh, and has it as their UUID.
        """
        if refresh.state is None:
            return entry
        value = self._anchor(refresh.state.uuid)
        told = self.selection.anchor_of(entry)
        if value is None or told not in {None, value}:
            return None
        return entry if told else entry.with_values(self.selection.anchor, value)

    def _anchor(self, value: bytes) -> bytes | None:
        """Return the anchor that belongs to a UUID of the protocol, where it is one."""
        match self.selection.anchor.lower():
            case "entryuuid" if len(value) == 16:
                return str(uuid.UUID(bytes=value)).encode()
            case "nsuniqueid":
                digits = value.hex()
                return "-".join(digits[at : at + 8] for at in range(0, len(digits), 8)).encode()
            case _:
                return None
