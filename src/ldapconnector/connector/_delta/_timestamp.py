"""Delta import by ``modifyTimestamp``: the fallback where a server keeps no log.

The watermark is in the server's own time. No directory tells its clock in a standard way, so
the latest stamp on any entry stands for it. An entry may be changed after an import has read
it and before the import ends; its stamp is then older than the latest one seen by no more
than the import took. So the watermark lies before the latest stamp by the import's duration,
measured on our side (a duration needs no common clock), and by an overlap for writes that
were stamped before and became visible after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

import attrs

from ldapconnector.connector._delta._present import Changes
from ldapconnector.connector._delta._strategy import Strategy, explain, fingerprint
from ldapconnector.connector._full_import import ImportEnd
from ldapconnector.connector._paging import search_container
from ldapconnector.connector._protocol import DeltaMethod
from ldapconnector.connector._ranges import RangeReader
from ldapconnector.entries import (
    DeltaImport,
    Entry,
    FullImportNeeded,
    TimestampWatermark,
    Watermark,
)
from ldapconnector.errors import LimitExceeded
from ldapconnector.names import DN, Filter
from ldapconnector.schema import parse_generalized_time

if TYPE_CHECKING:
    from ldapconnector.connector._selection import Selection
    from ldapconnector.directory import Directory

__all__ = ["Timestamp"]

_STAMP: Final = "modifyTimestamp"
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Timestamp(Strategy):
    """Asks for entries whose ``modifyTimestamp`` is not older than the watermark."""

    method = DeltaMethod.TIMESTAMP
    cannot_see: ClassVar[tuple[str, ...]] = (
        (
            "deleted entries, and those that left the containers or the filter: import fully from "
            "time to time"
        ),
        "a new name that entries got because a container above them was renamed",
        "who made a change",
    )
    needs = (
        "operational attributes modifyTimestamp (RFC 4512, 3.4) on every entry, best with an "
        "ordering index; server clocks that run forward, and within the overlap of one another "
        "where several servers take writes"
    )
    reads = (_STAMP,)

    def __init__(
        self,
        directory: Directory,
        selection: Selection,
        *,
        own: DN | None = None,
        overlap: timedelta = timedelta(seconds=60),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(directory, selection, own=own)
        self.overlap = overlap
        self._clock = clock
        self._server = ""

    def prepare(self) -> None:
        """Identify the server; its time is learned from what it sends."""
        self._server = fingerprint(self.directory, self.selection.roots[0])

    def watermark(self, end: ImportEnd, entries: Sequence[Entry]) -> Watermark:
        """Return the latest stamp less the import's duration and the overlap."""
        latest = _latest(entries)
        if latest is None:
            # Nothing was selected: the containers themselves have stamps.
            bases = (self.directory.read(dn, (_STAMP,)) for dn in self.selection.bases)
            latest = _latest(entry for entry in bases if entry is not None)
        return TimestampWatermark(
            server=self._server, time=self._before(latest or _BEGINNING, end.seconds)
        )

    def _before(self, latest: datetime, seconds: float) -> datetime:
        back = self.overlap + timedelta(seconds=int(seconds) + 1)
        return max(_BEGINNING, latest - back)

    def changes(self, since: Watermark) -> DeltaImport | FullImportNeeded:
        """Ask for what was stamped since; entries within the overlap come again, unchanged."""
        if not isinstance(since, TimestampWatermark):
            return FullImportNeeded("the watermark is not one of timestamps")
        if fingerprint(self.directory, self.selection.roots[0]) != since.server:
            return FullImportNeeded("the watermark belongs to another server")
        started = self._clock()
        stamped = _with_stamps(self.selection, since.time)
        found = Changes(self.selection)
        ranges = RangeReader(self.directory)
        latest = since.time
        try:
            for base in stamped.bases:
                for entry in search_container(self.directory, stamped, base):
                    latest = max(latest, _latest([entry]) or latest)
                    whole = ranges.whole(self._trimmed(entry))
                    if whole is not None:
                        found.written(whole)
        except LimitExceeded as error:
            return FullImportNeeded(f"the changes cannot be read completely: {explain(error)}")
        reached = max(since.time, self._before(latest, self._clock() - started))
        return DeltaImport(
            changes=found.in_order(),
            watermark=TimestampWatermark(server=since.server, time=reached),
            sees_deletes=False,
        )

    def _trimmed(self, entry: Entry) -> Entry:
        if _STAMP.lower() in {name.lower() for name in self.selection.requested}:
            return entry
        return entry if self.selection.operational else entry.without(_STAMP)


def _with_stamps(selection: Selection, time: datetime) -> Selection:
    stamp = Filter.at_least(_STAMP, time.astimezone(UTC).strftime("%Y%m%d%H%M%SZ"))
    return attrs.evolve(
        selection,
        filter=selection.filter & stamp,
        attributes=(*selection.attributes, _STAMP),
    )


def _latest(entries: Iterable[Entry]) -> datetime | None:
    """Return the latest stamp; one server writes all of them in one form, which orders as text."""
    stamp = max((text for entry in entries for text in entry.text(_STAMP)), default="")
    try:
        return parse_generalized_time(stamp) if stamp else None
    except ValueError:
        return None
