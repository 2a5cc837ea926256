"""Delta import by update sequence numbers: AD LDS and its family (MS-ADTS 3.1.1.1.9).

Each change of an object raises the server's counter and writes it into the object's
``uSNChanged``. A deleted object stays as a tombstone, which a search finds with the control
ShowDeleted. USNs belong to one server's database (its invocation id): on another server, or
after a restore, they mean nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from ldapconnector.connector._delta._present import Changes
from ldapconnector.connector._delta._strategy import Strategy, explain, require_anchor
from ldapconnector.connector._protocol import DeltaMethod
from ldapconnector.connector._ranges import RangeReader
from ldapconnector.directory import Scope, controls
from ldapconnector.entries import (
    DeltaImport,
    Entry,
    FullImportNeeded,
    UsnWatermark,
    Watermark,
)
from ldapconnector.errors import DirectoryError, EntryNotFound, LimitExceeded, NotAllowed
from ldapconnector.names import AVA, DN, RDN, Filter

__all__ = ["Usn"]

_CHANGED: Final = "uSNChanged"
_GUID: Final = "objectGUID"
_GRAVEYARD: Final = "Deleted Objects"
_DELETED: Final = Filter.equal("isDeleted", "TRUE")
_MARK: Final = "\nDEL:"  # MS-ADTS 3.1.1.5.5.1.1: the RDN of a tombstone


class Usn(Strategy):
    """Asks for objects whose ``uSNChanged`` is above the watermark, tombstones included."""

    method = DeltaMethod.USN
    cannot_see: ClassVar[tuple[str, ...]] = (
        (
            "objects deleted longer ago than the tombstone lifetime (60 or 180 days): import more "
            "often than that"
        ),
        "who made a change",
        "the name that a renamed object had before",
    )
    needs = (
        "the control ShowDeleted, and the right to read the container Deleted Objects of the "
        "naming context; otherwise deletions are not seen, and each delta import says so"
    )

    def _position(self) -> UsnWatermark:
        """Return where the server stands, from its root DSE as it is now."""
        wanted = ("highestCommittedUSN", "dsServiceName", "invocationId")
        facts = self.directory.read("", wanted) or Entry("", {})
        usn, service = facts.first("highestCommittedUSN"), facts.first("dsServiceName")
        if usn is None or service is None:
            raise DirectoryError(
                "the root DSE tells no highestCommittedUSN or no dsServiceName",
                operation="import",
                next_step="Choose another method of delta import.",
            )
        return UsnWatermark(server=self._server(service), usn=int(usn))

    def _server(self, service: str) -> str:
        try:
            settings = self.directory.read(service, ("invocationId",))
        except (NotAllowed, EntryNotFound):
            settings = None
        invocation = settings.get("invocationId", ()) if settings else ()
        return f"{service}#{invocation[0].hex()}" if invocation else service

    def prepare(self) -> None:
        """Note the server's highest number."""
        require_anchor(self.selection, self.method, _GUID)
        self._start = self._position()

    def changes(self, since: Watermark) -> DeltaImport | FullImportNeeded:
        """Ask for what changed, what was deleted, and what was moved along with a container."""
        if not isinstance(since, UsnWatermark):
            return FullImportNeeded("the watermark is not one of update sequence numbers")
        now = self._position()
        if now.server != since.server:
            return FullImportNeeded(
                "the watermark belongs to another server, or the server was restored since"
            )
        if now.usn < since.usn:
            return FullImportNeeded(
                f"the server stands at {now.usn}, before the watermark {since.usn}"
            )
        found = Changes(self.selection)
        try:
            self._living(since, found)
            self._tombstones(since, found)
        except LimitExceeded as error:
            return FullImportNeeded(f"the changes cannot be read completely: {explain(error)}")
        return DeltaImport(
            changes=found.in_order(),
            watermark=now,
            sees_deletes=all(map(self._sees_tombstones, self.selection.roots)),
        )

    def _sees_tombstones(self, root: DN) -> bool:
        """Tell whether this account is shown tombstones; not before there is one.

        To see their container is not enough: Samba shows it to everybody, and empty.
        """
        place = DN.build(("cn", _GRAVEYARD), root)
        found = self._search(place, _DELETED, ("1.1",), deleted=True, scope=Scope.ONE_LEVEL)
        try:
            return next(iter(found), None) is not None
        except (EntryNotFound, NotAllowed):
            return False

    def _search(
        self,
        base: DN,
        wanted: Filter,
        attributes: Sequence[str],
        *,
        deleted: bool = False,
        scope: Scope = Scope.SUBTREE,
    ) -> Iterator[Entry]:
        # Other naming contexts below this one are partitions of their own, or not selected.
        more = [controls.domain_scope()]
        if deleted:
            more.append(controls.show_deleted())
        known = {control.oid for control in self.selection.controls}
        return self.directory.search(
            base,
            wanted,
            scope=scope,
            attributes=attributes,
            page_size=self.selection.pages,
            controls=(*self.selection.controls, *(one for one in more if one.oid not in known)),
        )

    def _living(self, since: UsnWatermark, found: Changes) -> None:
        selection = self.selection
        changed = Filter.at_least(_CHANGED, str(since.usn + 1))
        ranges = RangeReader(self.directory)
        for root in selection.roots:
            for entry in self._search(root, selection.filter & changed, selection.requested):
                self._tell(entry, found, ranges)
            # A renamed container gives everything below a new name, and only itself a new number.
            others = ("1.1",)
            for container in list(self._search(root, changed & ~selection.filter, others)):
                if container.dn == root or not self._holds_entries(container.dn):
                    continue
                # One that was renamed again meanwhile has a number above the new watermark.
                with contextlib.suppress(EntryNotFound):
                    for entry in self._search(container.dn, selection.filter, selection.requested):
                        self._tell(entry, found, ranges)

    def _holds_entries(self, dn: DN) -> bool:
        try:
            entries = self.directory.search(
                dn,
                self.selection.filter,
                attributes=("1.1",),
                page_size=self.selection.pages and 1,
                controls=(controls.domain_scope(),),
            )
            return next(iter(entries), None) is not None
        except EntryNotFound:
            return False

    def _tell(self, entry: Entry, found: Changes, ranges: RangeReader) -> None:
        if not self.selection.contains(entry.dn):
            found.deleted(self.selection.anchor_of(entry), entry.dn)
            return
        whole = ranges.whole(entry)
        if whole is not None:
            found.written(whole)

    def _tombstones(self, since: UsnWatermark, found: Changes) -> None:
        changed = Filter.at_least(_CHANGED, str(since.usn + 1)) & _DELETED
        wanted = tuple(dict.fromkeys((_GUID, "lastKnownParent", self.selection.anchor)))
        for root in self.selection.roots:
            for entry in self._search(root, changed, wanted, deleted=True):
                found.deleted(self.selection.anchor_of(entry), _former_name(entry))


def _former_name(tombstone: Entry) -> DN | None:
    """Return the name that a tombstone had: its RDN up to the mark, below its last parent."""
    parent = tombstone.first("lastKnownParent")
    ava = tombstone.dn.rdn.avas[0]
    if parent is None or not isinstance(ava.value, str) or _MARK not in ava.value:
        return None
    name = AVA(ava.type, ava.value.split(_MARK, 1)[0])
    return DN.build(RDN((name,)), DN.parse(parent))
