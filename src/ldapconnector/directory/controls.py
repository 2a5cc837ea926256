"""Controls by name, and what their values hold.

Each function that returns a :class:`Control` is for a request; each that takes ``controls``
reads an answer. Values that cannot be decoded raise
:class:`~ldapconnector.errors.ConnectionFailed`, as any malformed message does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final

import attrs

from ldapconnector.directory._ber import (
    BOOLEAN,
    ENUMERATED,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    Element,
    boolean,
    element,
    elements,
    enumerated,
    integer,
    malformed,
    octets,
    read_boolean,
    read_integer,
    sequence,
    text,
    wrap,
)
from ldapconnector.directory._protocol import Control
from ldapconnector.directory._requests import encode_filter
from ldapconnector.names import Filter

__all__ = [
    "ASSERTION",
    "DOMAIN_SCOPE",
    "MANAGE_DSA_IT",
    "PAGED_RESULTS",
    "PERMISSIVE_MODIFY",
    "SHOW_DELETED",
    "SORT",
    "SORT_RESPONSE",
    "SYNC_DONE",
    "SYNC_INFO",
    "SYNC_REQUEST",
    "SYNC_STATE",
    "TREE_DELETE",
    "VLV",
    "VLV_RESPONSE",
    "SyncDone",
    "SyncInfo",
    "SyncState",
    "SyncStateValue",
    "VlvResponse",
    "assertion",
    "domain_scope",
    "manage_dsa_it",
    "paged_cookie",
    "paged_results",
    "show_deleted",
    "sort_by",
    "sort_result",
    "sync_done",
    "sync_info",
    "sync_request",
    "sync_state",
    "tree_delete",
    "vlv_by_offset",
    "vlv_response",
]

PAGED_RESULTS: Final = "1.2.840.113556.1.4.319"  # RFC 2696
SORT: Final = "1.2.840.113556.1.4.473"  # RFC 2891
SORT_RESPONSE: Final = "1.2.840.113556.1.4.474"
VLV: Final = "2.16.840.1.113730.3.4.9"  # draft-ietf-ldapext-ldapv3-vlv-09
VLV_RESPONSE: Final = "2.16.840.1.113730.3.4.10"
SYNC_REQUEST: Final = "1.3.6.1.4.1.4203.1.9.1.1"  # RFC 4533
SYNC_STATE: Final = "1.3.6.1.4.1.4203.1.9.1.2"
SYNC_DONE: Final = "1.3.6.1.4.1.4203.1.9.1.3"
SYNC_INFO: Final = "1.3.6.1.4.1.4203.1.9.1.4"  # an intermediate response
SHOW_DELETED: Final = "1.2.840.113556.1.4.417"  # MS-ADTS 3.1.1.3.4.1.14
TREE_DELETE: Final = "1.2.840.113556.1.4.805"  # MS-ADTS 3.1.1.3.4.1.15
PERMISSIVE_MODIFY: Final = "1.2.840.113556.1.4.1413"
ASSERTION: Final = "1.3.6.1.1.12"  # RFC 4528
DOMAIN_SCOPE: Final = "1.2.840.113556.1.4.1339"  # MS-ADTS 3.1.1.3.4.1.2
MANAGE_DSA_IT: Final = "2.16.840.1.113730.3.4.2"  # RFC 3296

_REFRESH_ONLY: Final = 1


def _value_of(controls: Iterable[Control], oid: str) -> bytes | None:
    for control in controls:
        if control.oid == oid:
            return control.value or b""
    return None


def _expect(parts: Sequence[Element], *tags: int) -> list[Element]:
    if len(parts) < len(tags) or any(
        part.tag != tag for part, tag in zip(parts, tags, strict=False)
    ):
        malformed("the value of a control has another shape", 0)
    return list(parts)


def _parts(data: bytes) -> list[Element]:
    """Return the members of a SEQUENCE that is the whole of ``data``."""
    _, start, stop = element(data, 0, len(data), SEQUENCE)
    if stop != len(data):
        malformed("something follows the value of a control", stop)
    return elements(data, start, stop)


# ---------------------------------------------------------------- flags without a value


def show_deleted() -> Control:
    """Let a search find tombstones (Active Directory)."""
    return Control(oid=SHOW_DELETED, critical=True)


def domain_scope() -> Control:
    """Search one naming context, without references to others (Active Directory)."""
    return Control(oid=DOMAIN_SCOPE)


def tree_delete() -> Control:
    """Let a Delete take everything below the entry with it (Active Directory and others)."""
    return Control(oid=TREE_DELETE, critical=True)


def manage_dsa_it() -> Control:
    """Treat referral objects as ordinary entries (RFC 3296)."""
    return Control(oid=MANAGE_DSA_IT, critical=False)


def assertion(condition: Filter) -> Control:
    """Carry out the request only when the entry meets ``condition`` (RFC 4528).

    >>> assertion(Filter.present("cn")).value.hex(" ")
    '87 02 63 6e'
    """
    return Control(oid=ASSERTION, critical=True, value=encode_filter(condition))


# ---------------------------------------------------------------- pages


def paged_results(size: int, cookie: bytes = b"", *, critical: bool = True) -> Control:
    """Ask for one page (RFC 2696).

    >>> paged_results(500).value.hex(" ")
    '30 06 02 02 01 f4 04 00'
    """
    value = sequence(integer(size), octets(cookie))
    return Control(oid=PAGED_RESULTS, critical=critical, value=value)


def paged_cookie(controls: Iterable[Control]) -> bytes:
    """Return the cookie for the next page; empty on the last one."""
    value = _value_of(controls, PAGED_RESULTS)
    if value is None:
        return b""
    _, cookie = _expect(_parts(value), INTEGER, OCTET_STRING)[:2]
    return value[cookie.start : cookie.stop]


def sort_by(*attributes: str, critical: bool = True) -> Control:
    """Let the server sort, ascending, by these attributes (RFC 2891)."""
    keys = sequence(*(sequence(text(attribute)) for attribute in attributes))
    return Control(oid=SORT, critical=critical, value=keys)


def sort_result(controls: Iterable[Control]) -> int:
    """Return the sort's result code; 0 also where the server says nothing."""
    value = _value_of(controls, SORT_RESPONSE)
    if not value:
        return 0
    code = _expect(_parts(value), ENUMERATED)[0]
    return read_integer(value, code.start, code.stop)


@attrs.frozen(kw_only=True)
class VlvResponse:
    """Where in the list the server is.

    Attributes:
        position: of the target entry, from 1.
        count: the server's estimate of the list's length.
        code: result code of the view; 0 is success.
        context: to be sent back with the next request, or None.
    """

    position: int
    count: int
    code: int
    context: bytes | None = None


def vlv_by_offset(
    offset: int, after: int, *, count: int = 0, context: bytes | None = None
) -> Control:
    """Ask for the entry at ``offset`` and ``after`` more of a sorted list.

    Args:
        offset: of the first entry wanted, from 1.
        after: entries wanted behind it.
        count: the list's length as the server told it last; 0 at first.
        context: as the server sent it last.
    """
    target = wrap(0xA0, integer(offset) + integer(count))
    parts = [integer(0), integer(after), target]
    if context is not None:
        parts.append(octets(context))
    return Control(oid=VLV, critical=True, value=sequence(*parts))


def vlv_response(controls: Iterable[Control]) -> VlvResponse | None:
    """Read the view's response; None where there is none."""
    value = _value_of(controls, VLV_RESPONSE)
    if value is None:
        return None
    parts = _expect(_parts(value), INTEGER, INTEGER, ENUMERATED)
    numbers = [read_integer(value, part.start, part.stop) for part in parts[:3]]
    context = value[parts[3].start : parts[3].stop] if len(parts) > 3 else None
    return VlvResponse(position=numbers[0], count=numbers[1], code=numbers[2], context=context)


# ---------------------------------------------------------------- content synchronisation


class SyncState(IntEnum):
    """What an entry's sync state control says of it (RFC 4533, 2.3)."""

    PRESENT = 0
    ADD = 1
    MODIFY = 2
    DELETE = 3


@attrs.frozen(kw_only=True)
class SyncStateValue:
    """An entry's state and identity; the UUID is 16 octets."""

    state: SyncState
    uuid: bytes
    cookie: bytes | None = None


@attrs.frozen(kw_only=True)
class SyncDone:
    """How a refresh ended.

    Attributes:
        cookie: for the next refresh, where the server sent one.
        refresh_deletes: True: entries not mentioned are unchanged, deletions were told one by
            one. False: those neither sent nor named as present are gone.
    """

    cookie: bytes | None = None
    refresh_deletes: bool = False


@attrs.frozen(kw_only=True)
class SyncInfo:
    """A sync info message (RFC 4533, 2.5).

    Attributes:
        cookie: a new cookie, where there is one.
        uuids: entries named by identity alone.
        deletes: whether those are deleted (else: present); in the messages that end a phase,
            whether it was a delete phase.
        phase_ends: the message ends a phase.
    """

    cookie: bytes | None = None
    uuids: tuple[bytes, ...] = ()
    deletes: bool = False
    phase_ends: bool = False


def sync_request(cookie: bytes | None, *, reload_hint: bool = False) -> Control:
    """Ask for a refresh (refreshOnly) since ``cookie``; None asks for everything."""
    parts = [enumerated(_REFRESH_ONLY)]
    if cookie is not None:
        parts.append(octets(cookie))
    if reload_hint:
        parts.append(boolean(True))
    return Control(oid=SYNC_REQUEST, critical=True, value=sequence(*parts))


def sync_state(controls: Iterable[Control]) -> SyncStateValue | None:
    """Read the state control of an entry; None where there is none."""
    value = _value_of(controls, SYNC_STATE)
    if value is None:
        return None
    parts = _expect(_parts(value), ENUMERATED, OCTET_STRING)
    number = read_integer(value, parts[0].start, parts[0].stop)
    if not 0 <= number <= SyncState.DELETE:
        malformed(f"{number} is no sync state", parts[0].start)
    return SyncStateValue(
        state=SyncState(number),
        uuid=value[parts[1].start : parts[1].stop],
        cookie=value[parts[2].start : parts[2].stop] if len(parts) > 2 else None,
    )


def sync_done(controls: Iterable[Control]) -> SyncDone | None:
    """Read the control of a refresh's final answer; None where there is none."""
    value = _value_of(controls, SYNC_DONE)
    if value is None:
        return None
    cookie, deletes = _cookie_and_flag(value, _parts(value))
    return SyncDone(cookie=cookie, refresh_deletes=bool(deletes))


def sync_info(value: bytes | None) -> SyncInfo:
    """Read the value of an intermediate response named ``SYNC_INFO``."""
    data = value or b""
    (whole, *more) = elements(data, 0, len(data)) or [Element(0, 0, 0)]
    if more:
        malformed("something follows a sync info message", more[0].start)
    if whole.tag == 0x80:
        return SyncInfo(cookie=data[whole.start : whole.stop])
    parts = elements(data, whole.start, whole.stop)
    if whole.tag in {0xA1, 0xA2}:  # [1] refreshDelete, [2] refreshPresent
        cookie, _ = _cookie_and_flag(data, parts)
        return SyncInfo(cookie=cookie, deletes=whole.tag == 0xA1, phase_ends=True)
    if whole.tag != 0xA3:
        malformed(f"the tag {whole.tag:#04x} starts no sync info message", 0)
    sets = [part for part in parts if part.tag == 0x31]
    cookie, deletes = _cookie_and_flag(data, [part for part in parts if part.tag != 0x31])
    uuids = tuple(
        data[one.start : one.stop]
        for found in sets
        for one in elements(data, found.start, found.stop)
    )
    return SyncInfo(cookie=cookie, uuids=uuids, deletes=bool(deletes))


def _cookie_and_flag(data: bytes, parts: Sequence[Element]) -> tuple[bytes | None, bool | None]:
    cookie, flag = None, None
    for part in parts:
        if part.tag == OCTET_STRING:
            cookie = data[part.start : part.stop]
        elif part.tag == BOOLEAN:
            flag = read_boolean(data, part.start, part.stop)
        else:
            malformed("the value of a sync control has another shape", part.start)
    return cookie, flag
