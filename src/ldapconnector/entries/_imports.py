"""What an import saw, and how far that can be trusted.

A :class:`FullImport` is complete: what is not in it is not in the directory. Only it may
lead to deletions. A :class:`PartialImport` says why it is not complete, and has another
type, so that no function that takes the one can be handed the other. A delta import
answers :class:`DeltaImport` or :class:`FullImportNeeded`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import attrs

from ldapconnector.entries._entry import Entry
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
    "SyncWatermark",
    "TimestampWatermark",
    "UsnWatermark",
    "Watermark",
]


@attrs.frozen(kw_only=True)
class AccessLogWatermark:
    """How far an OpenLDAP access log was read: the server's own CSN, never our clock.

    Attributes:
        server: identifies the server (its root DSE's identity), so that another server's
            watermark is noticed.
        csn: the change sequence number of the last change seen.
    """

    server: str
    csn: str


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
    """The cookie of content synchronisation (RFC 4533).

    Attributes:
        server: identifies the server.
        cookie: opaque.
    """

    server: str
    cookie: bytes


Watermark: TypeAlias = (
    AccessLogWatermark | ChangeLogWatermark | UsnWatermark | TimestampWatermark | SyncWatermark
)


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


@attrs.frozen(kw_only=True)
class FullImport:
    """Everything that was asked for: complete by the server's own word.

    Attributes:
        entries: in the order in which they came.
        watermark: where a delta import goes on, where the directory has one.
    """

    entries: tuple[Entry, ...] = attrs.field(repr=False)
    watermark: Watermark | None = None


@attrs.frozen(kw_only=True)
class PartialImport:
    """Some entries, and the reason why not all. It never leads to a deletion.

    Attributes:
        entries: what came, in the order in which it came.
        reason: the kind of reason.
        detail: the same in words, with what to do about it.
    """

    entries: tuple[Entry, ...] = attrs.field(repr=False)
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
    """An entry that is gone.

    Attributes:
        anchor: its anchor's value, where the log tells it.
        dn: the name that it had, where the log tells it.
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
