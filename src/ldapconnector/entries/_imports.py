"""What an import saw, and how far that can be trusted.

A :class:`FullImport` is complete: what is not in it is not in the directory. Only it may
lead to deletions. A :class:`PartialImport` says why it is not complete, and has another
type, so that no function that takes the one can be handed the other. A delta import
answers :class:`DeltaImport` or :class:`FullImportNeeded`.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector._given import tuple_of, wrong_kind
from ldapconnector.entries._entry import Entry
from ldapconnector.errors import UsageError
from ldapconnector.names import DN

__all__ = [
    "AccessLogWatermark",
    "ChangeLogWatermark",
    "DeltaImport",
    "EntryDeleted",
    "EntryRenamed",
    "EntryWritten",
    "FullImport",
    "FullImportNeeded",
    "PartialImport",
    "PartialReason",
    "RoutedWatermark",
    "SyncWatermark",
    "TimestampWatermark",
    "UsnWatermark",
    "Watermark",
    "apply_delta",
    "dump_watermark",
    "load_watermark",
]


@attrs.frozen(kw_only=True)
class AccessLogWatermark:
    """How far an OpenLDAP access log was read: the server's own CSNs, never our clock.

    Attributes:
        server: identifies the server and its log, so that another one's watermark is noticed.
        csns: the change sequence number of the last change seen, one for each server (by
            its id, the third part of a CSN) that has written; sorted.
        log_begins: where the log began then (its ``minCSN``); none while it was empty.
    """

    server: str
    csns: tuple[str, ...]
    log_begins: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ChangeLogWatermark:
    """How far a ``cn=changelog`` was read (draft-good-ldap-changelog-04).

    Attributes:
        server: identifies the server.
        number: the last change number seen.
    """

    server: str
    number: int


@attrs.frozen(kw_only=True)
class UsnWatermark:
    """How far the update sequence numbers of an AD LDS instance were read.

    Attributes:
        server: the instance (``dsServiceName``); a USN means nothing on another one.
        usn: ``highestCommittedUSN`` as it was before the reading.
    """

    server: str
    usn: int


@attrs.frozen(kw_only=True)
class TimestampWatermark:
    """How far by ``modifyTimestamp``: the server's time, never ours.

    Attributes:
        server: identifies the server.
        time: the latest time seen, aware, UTC.
    """

    server: str
    time: datetime


@attrs.frozen(kw_only=True)
class SyncWatermark:
    """The cookies of content synchronisation (RFC 4533), one for each partition.

    Attributes:
        server: identifies the server.
        cookies: the partition's name and its cookie, which is opaque.
        newcomers: anchors of the entries that the full import has and the cookies do not know:
            they came in between, and a server need not tell that they are gone again.
    """

    server: str
    cookies: tuple[tuple[str, bytes], ...]
    newcomers: tuple[bytes, ...] = ()


_OneWatermark: TypeAlias = (
    AccessLogWatermark | ChangeLogWatermark | UsnWatermark | TimestampWatermark | SyncWatermark
)


@attrs.frozen(kw_only=True)
class RoutedWatermark:
    """The watermarks of a configuration whose partitions are reached over several connections.

    Attributes:
        parts: the name of each connection's first partition, and its watermark.
    """

    parts: tuple[tuple[str, _OneWatermark], ...]


Watermark: TypeAlias = _OneWatermark | RoutedWatermark

_METHODS: Final[dict[str, type[_OneWatermark]]] = {
    "accesslog": AccessLogWatermark,
    "changelog": ChangeLogWatermark,
    "usn": UsnWatermark,
    "timestamp": TimestampWatermark,
    "syncrepl": SyncWatermark,
}


def dump_watermark(watermark: Watermark) -> str:
    """Return a watermark as one line of JSON, to be kept until the next import.

    Raises:
        UsageError: it is none.

    >>> dump_watermark(ChangeLogWatermark(server="a", number=7))
    '{"method": "changelog", "server": "a", "number": 7}'
    """
    if isinstance(watermark, RoutedWatermark):
        parts = {name: json.loads(dump_watermark(part)) for name, part in watermark.parts}
        return json.dumps({"method": "routed", "parts": parts})
    method = next((name for name, kind in _METHODS.items() if type(watermark) is kind), None)
    if method is None:
        raise wrong_kind("what is kept", "a watermark", watermark)
    fields: dict[str, Any] = attrs.asdict(watermark, recurse=False)
    if isinstance(watermark, TimestampWatermark):
        fields["time"] = watermark.time.isoformat()
    if isinstance(watermark, SyncWatermark):
        fields["cookies"] = [[base, b64encode(it).decode()] for base, it in watermark.cookies]
        fields["newcomers"] = [b64encode(anchor).decode() for anchor in watermark.newcomers]
    return json.dumps({"method": method, **fields})


def load_watermark(text: str) -> Watermark:
    """Return the watermark that :func:`dump_watermark` wrote.

    Raises:
        UsageError: the text is none.

    >>> load_watermark('{"method": "changelog", "server": "a", "number": 7}')
    ChangeLogWatermark(server='a', number=7)
    """
    try:
        fields = json.loads(text)
        if fields["method"] == "routed":
            return RoutedWatermark(
                parts=tuple((name, _load_one(part)) for name, part in fields["parts"].items())
            )
        return _load_one(fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            "this is no watermark of ours; without one, begin with a full import"
        ) from None


def _load_one(given: dict[str, Any]) -> _OneWatermark:
    fields = dict(given)
    kind = _METHODS[fields.pop("method")]
    fields["server"].encode()  # a text, and nothing else
    match kind.__name__:
        case "AccessLogWatermark":
            fields["csns"] = tuple(str(csn) for csn in fields["csns"])
            fields["log_begins"] = tuple(str(csn) for csn in fields["log_begins"])
        case "ChangeLogWatermark":
            fields["number"] = int(fields["number"])
        case "UsnWatermark":
            fields["usn"] = int(fields["usn"])
        case "TimestampWatermark":
            fields["time"] = datetime.fromisoformat(fields["time"])
        case _:
            fields["cookies"] = tuple(
                (str(base), b64decode(it, validate=True)) for base, it in fields["cookies"]
            )
            fields["newcomers"] = tuple(
                b64decode(anchor, validate=True) for anchor in fields.get("newcomers", ())
            )
    return kind(**fields)


class PartialReason(StrEnum):
    """Why an import is not complete."""

    SIZE_LIMIT = "size limit"
    TIME_LIMIT = "time limit"
    ADMINISTRATIVE_LIMIT = "administrative limit"
    CONNECTION_LOST = "connection lost"
    REFERRAL = "referral"
    CONTAINER_REFUSED = "container refused"
    PAGING_LOOP = "paging loop"
    CANCELLED = "cancelled"
    SERVER_ERROR = "server error"


def _entries(given: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple_of(Entry, given, "the entries of an import", "Entry values")


@attrs.frozen(kw_only=True)
class FullImport:
    """Everything that was asked for: complete by the server's own word.

    Attributes:
        entries: in the order in which they came.
        watermark: where a delta import goes on, where the directory has one.
    """

    entries: tuple[Entry, ...] = attrs.field(repr=False, converter=_entries)
    watermark: Watermark | None = None


@attrs.frozen(kw_only=True)
class PartialImport:
    """Some entries, and the reason why not all. It never leads to a deletion.

    Attributes:
        entries: what came, in the order in which it came.
        reason: the kind of reason.
        detail: the same in words, with what to do about it.
    """

    entries: tuple[Entry, ...] = attrs.field(repr=False, converter=_entries)
    reason: PartialReason
    detail: str


@attrs.frozen(kw_only=True)
class EntryWritten:
    """An entry that is new or was changed, as it is now.

    Attributes:
        anchor: its anchor's value; None where the import has no anchor attribute.
        entry: its present state.
    """

    anchor: bytes | None
    entry: Entry


@attrs.frozen(kw_only=True)
class EntryRenamed:
    """An entry that has another name now.

    Attributes:
        anchor: its anchor's value, where the log tells it.
        old_dn: the name before, where the log tells it.
        entry: its present state, under its new name.
    """

    anchor: bytes | None
    old_dn: DN | None
    entry: Entry


@attrs.frozen(kw_only=True)
class EntryDeleted:
    """An entry that is gone: deleted, or not in the scope of the import (any more).

    Methods that tell no former names (USN) also tell it of entries outside of the scope that
    changed and never were in it; whoever does not know the anchor has nothing to do.

    Attributes:
        anchor: its anchor's value, where the log tells it.
        dn: the name that it had, or has outside of the scope, where the log tells it.
    """

    anchor: bytes | None
    dn: DN | None


@attrs.frozen(kw_only=True)
class DeltaImport:
    """What changed since a watermark.

    Attributes:
        changes: at most one for each entry, its state as it is now.
        watermark: where the next delta import goes on.
        sees_deletes: False where the method is blind to deletions.
    """

    changes: tuple[EntryWritten | EntryRenamed | EntryDeleted, ...] = attrs.field(repr=False)
    watermark: Watermark
    sees_deletes: bool


@attrs.frozen
class FullImportNeeded:
    """A delta import cannot answer; only a full import can.

    Attributes:
        reason: why, in plain words.
    """

    reason: str


def apply_delta(
    entries: Iterable[Entry], delta: DeltaImport, *, anchor: str = "dn"
) -> tuple[Entry, ...]:
    """Return what ``entries`` are after the changes of ``delta``.

    Everything that the changes name leaves first, then the entries they bring are added, so
    their order does not matter: a name may be freed by one entry and taken by another.

    Args:
        entries: as the last import left them.
        delta: what changed since.
        anchor: the attribute that identifies an entry, or ``dn``.

    >>> old = Entry("cn=a,dc=x", {"cn": "a"})
    >>> new = Entry("cn=b,dc=x", {"cn": "b"})
    >>> delta = DeltaImport(
    ...     changes=(
    ...         EntryDeleted(anchor=None, dn=old.dn),
    ...         EntryWritten(anchor=None, entry=new),
    ...     ),
    ...     watermark=ChangeLogWatermark(server="s", number=2),
    ...     sees_deletes=True,
    ... )
    >>> apply_delta([old], delta) == (new,)
    True
    """
    anchors: set[bytes] = set()
    names: set[DN] = set()
    brought: list[Entry] = []
    for change in delta.changes:
        if change.anchor is not None:
            anchors.add(change.anchor)
        if isinstance(change, EntryDeleted):
            if change.anchor is None and change.dn is not None:
                names.add(change.dn)
        else:
            brought.append(change.entry)
            if change.anchor is None:
                names.add(change.entry.dn)
                if isinstance(change, EntryRenamed) and change.old_dn is not None:
                    names.add(change.old_dn)
    by_name = anchor.lower() in {"dn", "-dn-"}

    def stays(entry: Entry) -> bool:
        values = () if by_name else entry.get(anchor, ())
        if values:
            return values[0] not in anchors and not (names and entry.dn in names)
        return entry.dn not in names

    return (*filter(stays, entries), *brought)
