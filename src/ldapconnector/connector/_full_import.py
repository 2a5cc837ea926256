"""Full import: every selected entry, or the reason why not all.

:class:`ImportStream` reads in constant memory and knows, once it is exhausted, whether it saw
everything. :func:`full_import` keeps the entries and turns that knowledge into a type: only a
``FullImport`` can lead to deletions.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from ldapconnector.connector._paging import search_container
from ldapconnector.connector._ranges import RangeReader
from ldapconnector.entries import Entry, FullImport, PartialImport, PartialReason
from ldapconnector.errors import (
    ConnectionFailed,
    DirectoryError,
    EntryNotFound,
    LimitExceeded,
    NotAllowed,
    ReferralReturned,
)
from ldapconnector.names import DN

if TYPE_CHECKING:
    from ldapconnector.connector._selection import Selection
    from ldapconnector.directory import Directory
    from ldapconnector.entries import Watermark

__all__ = [
    "ContainerFinished",
    "ContainerStarted",
    "EntriesRead",
    "ImportEnd",
    "ImportEvent",
    "ImportStream",
    "Restarted",
    "full_import",
]

_EVENT_EVERY: Final = 1000  # entries
_LIMITS: Final = {3: PartialReason.TIME_LIMIT, 4: PartialReason.SIZE_LIMIT}


@attrs.frozen
class ContainerStarted:
    """An import begins with a container."""

    container: DN


@attrs.frozen
class EntriesRead:
    """So many entries were read of this container; told every thousand."""

    container: DN
    entries: int


@attrs.frozen
class Restarted:
    """The connection was lost; the container is read again, without doubling entries."""

    container: DN
    reason: str


@attrs.frozen(kw_only=True)
class ContainerFinished:
    """A container is done.

    Attributes:
        container: which.
        entries: how many were read.
        reason: None when it was read wholly.
    """

    container: DN
    entries: int
    reason: PartialReason | None = None


ImportEvent: TypeAlias = ContainerStarted | EntriesRead | Restarted | ContainerFinished


@attrs.frozen(kw_only=True)
class ImportEnd:
    """How an import ended.

    Attributes:
        entries: how many came.
        reason: None when everything was seen, by the server's own word.
        detail: the reason in words.
        seconds: how long it took.
    """

    entries: int
    reason: PartialReason | None = None
    detail: str = ""
    seconds: float = 0.0


class ImportStream(Iterable[Entry]):
    """The selected entries, read as they are asked for; :attr:`end` tells whether all came.

    Errors of the directory do not come out of the iteration: they end it, or the container
    that they concern, and are told by :attr:`end`. Memory stays at one page. With
    ``reconnect``, eight octets for each entry of the container are kept besides, to recognise
    after a restart what came before.

    Args:
        directory: where to read.
        selection: what to read.
        observe: is told how the import goes on.
        cancelled: asked every thousand entries; true ends the import.
        reconnect: opens the directory again after a lost connection; None does not.
        attempts: how often a container may be restarted.
        clock: measures the duration, in seconds.
    """

    def __init__(
        self,
        directory: Directory,
        selection: Selection,
        *,
        observe: Callable[[ImportEvent], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        reconnect: Callable[[], Directory] | None = None,
        attempts: int = 3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._selection = selection
        self._observe = observe or _ignore
        self._cancelled = cancelled or (lambda: False)
        self._reconnect = reconnect
        self._attempts = attempts if reconnect else 0
        self._clock = clock
        self._count = 0
        self._findings: list[tuple[PartialReason, str]] = []
        self._end: ImportEnd | None = None
        self._entries = self._read()

    @property
    def directory(self) -> Directory:
        """The directory that is read now; another one after a lost connection."""
        return self._directory

    @property
    def end(self) -> ImportEnd | None:
        """How the import ended; None before it has ended."""
        return self._end

    def __iter__(self) -> Iterator[Entry]:
        """Return the entries; a stream can be read once."""
        return self._entries

    def close(self) -> None:
        """End the import here; its end says that it was cancelled."""
        self._entries.close()
        if self._end is None:
            self._end = ImportEnd(
                entries=self._count, reason=PartialReason.CANCELLED, detail="not started"
            )

    def _read(self) -> Generator[Entry, None, None]:
        started = self._clock()
        finished = False
        try:
            for base in self._selection.bases:
                before = self._count
                self._observe(ContainerStarted(base))
                reason, detail = None, ""
                try:
                    yield from self._container(base)
                except DirectoryError as error:
                    reason, detail = _reason_of(error), f"{base}: {error}"
                    self._findings.append((reason, detail))
                self._observe(
                    ContainerFinished(container=base, entries=self._count - before, reason=reason)
                )
                if reason in {PartialReason.CONNECTION_LOST, PartialReason.CANCELLED}:
                    break
            finished = True
        finally:
            if not finished:
                self._findings.append((PartialReason.CANCELLED, "the iteration stopped early"))
            self._end = ImportEnd(
                entries=self._count,
                reason=self._findings[0][0] if self._findings else None,
                detail="; ".join(detail for _, detail in self._findings),
                seconds=self._clock() - started,
            )

    def _container(self, base: DN) -> Iterator[Entry]:
        """Yield the entries of one container, from the start again after a lost connection."""
        selection = self._selection
        drops = selection.drops
        # Hashes, and not the keys themselves: an import in constant memory keeps nothing else.
        seen = array("q")
        before: set[int] = set()
        count = 0
        for attempt in range(self._attempts + 1):
            ranges = RangeReader(self._directory)
            plain = ranges.plain
            try:
                for found in search_container(self._directory, selection, base):
                    if drops and not selection.contains(found.dn):
                        continue
                    entry = found
                    if not plain.issuperset(found):
                        whole = ranges.whole(found)
                        if whole is None:
                            continue
                        entry = whole
                    if self._attempts:
                        mark = hash(selection.anchor_of(found) or found.dn_text)
                        if mark in before:
                            continue
                        seen.append(mark)
                    count += 1
                    self._count += 1
                    yield entry
                    if count % _EVENT_EVERY == 0:
                        self._observe(EntriesRead(base, count))
                        if self._cancelled():
                            raise _CancelledError
            except ConnectionFailed as error:
                if attempt == self._attempts or self._reconnect is None:
                    raise
                self._observe(Restarted(base, str(error)))
                before.update(seen)
                self._directory = self._reconnect()
            else:
                return


def _ignore(event: ImportEvent) -> None:
    del event


class _CancelledError(DirectoryError):
    """Ends an import from inside; it never leaves this module."""

    def __init__(self) -> None:
        super().__init__("the import was cancelled")


def _reason_of(error: DirectoryError) -> PartialReason:
    match error:
        case _CancelledError():
            return PartialReason.CANCELLED
        case LimitExceeded(operation="page" | "range"):
            return PartialReason.PAGING_LOOP
        case LimitExceeded():
            return _LIMITS.get(error.code or 0, PartialReason.ADMINISTRATIVE_LIMIT)
        case ConnectionFailed():
            return PartialReason.CONNECTION_LOST
        case ReferralReturned():
            return PartialReason.REFERRAL
        case NotAllowed() | EntryNotFound():
            return PartialReason.CONTAINER_REFUSED
        case _:
            return PartialReason.SERVER_ERROR


def full_import(
    stream: ImportStream,
    selection: Selection,
    watermark: Callable[[ImportEnd, Sequence[Entry]], Watermark | None] | None = None,
) -> FullImport | PartialImport:
    """Read a stream to its end and say by type whether it saw everything.

    An entry that came twice (it was moved while the import ran, or a list shifted) is kept
    once, as it came last.

    Args:
        stream: not yet begun.
        selection: what it reads.
        watermark: gives the watermark for the next delta import from the end and the entries.
            What it rests on was taken before the stream began, so that nothing falls between.
    """
    if selection.by_name:
        entries = {entry.dn_text: entry for entry in stream}
        found = tuple(entries.values())
    else:
        anchor = selection.anchor
        keyed = {(entry.get(anchor) or entry.dn_text): entry for entry in stream}
        found = tuple(keyed.values())
    end = stream.end
    if end is None:
        raise AssertionError("a stream that is exhausted has ended")
    if end.reason is not None:
        return PartialImport(entries=found, reason=end.reason, detail=end.detail)
    return FullImport(entries=found, watermark=watermark(end, found) if watermark else None)
