"""Answers from octets: entries, references, results, notices (RFC 4511, section 4).

:func:`frames` finds the messages in what a socket gave; the other functions decode one.
Entries are most of the octets of an import, so :func:`decode_entries` spells its steps out
where the rest of this room calls functions; the comments say what each shortcut rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeVar

import attrs

from ldapconnector.directory._ber import (
    BOOLEAN,
    ENUMERATED,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    element,
    elements,
    malformed,
    read_boolean,
    read_integer,
)
from ldapconnector.directory._protocol import Control

__all__ = [
    "Frame",
    "Maker",
    "Names",
    "WireDone",
    "WireEntry",
    "WireIntermediate",
    "WireReference",
    "WireResult",
    "decode_controls",
    "decode_entries",
    "decode_intermediate",
    "decode_reference",
    "decode_result",
    "frames",
    "missing",
]

# protocolOp tags of the answers
SEARCH_ENTRY: Final = 0x64
SEARCH_DONE: Final = 0x65
SEARCH_REFERENCE: Final = 0x73
MODIFY_RESPONSE: Final = 0x67
ADD_RESPONSE: Final = 0x69
DELETE_RESPONSE: Final = 0x6B
MODIFY_DN_RESPONSE: Final = 0x6D
EXTENDED_RESPONSE: Final = 0x78
INTERMEDIATE: Final = 0x79

_CONTROLS: Final = 0xA0
_REFERRAL: Final = 0xA3
_RESPONSE_NAME: Final = 0x8A
_RESPONSE_VALUES: Final = frozenset({0x87, 0x8B})  # serverSaslCreds, responseValue
_LONG: Final = 0x80
_FORBIDDEN_LENGTHS: Final = frozenset({0x80, 0xFF})  # indefinite, reserved
_SHORTEST: Final = 7  # octets: 30 05 02 01 id op 00
_MOST_NAMES: Final = 4096  # attribute descriptions remembered; a directory uses a few hundred

_TAG: Final = 1  # octets
#: The width and octets of an attribute's type with the tag of its values; its description.
_Head = tuple[int, bytes, str]
_NO_HEAD: Final[_Head] = (1, b"", "")

Made = TypeVar("Made")
Maker = Callable[[str, dict[str, tuple[bytes, ...]]], Made]


#: Where one message lies: its id, the tag of its operation, where the operation's content starts
#: and stops, and where the message ends. A plain tuple, since an import makes one for every entry.
Frame = tuple[int, int, int, int, int]


class WireEntry(NamedTuple):
    """A SearchResultEntry (4.5.2) as it came."""

    dn: str
    attributes: dict[str, tuple[bytes, ...]]


@attrs.frozen
class WireReference:
    """A SearchResultReference (4.5.3); never followed."""

    referrals: tuple[str, ...]


@attrs.frozen(kw_only=True)
class WireIntermediate:
    """An IntermediateResponse (4.13)."""

    oid: str
    value: bytes | None


@attrs.frozen(kw_only=True)
class WireResult:
    """An LDAPResult (4.1.9) with the controls that came along.

    Attributes:
        code: the result code.
        matched_dn: the nearest entry that exists, where the server tells.
        diagnostic: the server's own message.
        referrals: addresses; never followed.
        controls: of the answer.
        oid: the name of an extended response, or an empty string.
        value: the value of an extended response or the server's SASL credentials, or None.
    """

    code: int
    matched_dn: str = ""
    diagnostic: str = ""
    referrals: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    oid: str = ""
    value: bytes | None = None


#: Success with nothing to say, as nearly every write is answered.
_PLAIN_SUCCESS: Final = bytes.fromhex("0a010004000400")
_SUCCESS: Final = WireResult(code=0)


class WireDone(NamedTuple):
    """The end of a search, or of one page of it."""

    result: WireResult


def missing(data: bytes, position: int, limit: int) -> int:
    """Return how many octets are missing from the message at ``position``; 0 when it is whole.

    Args:
        data: what came so far.
        position: where the message starts.
        limit: the longest message allowed, in octets.

    Raises:
        ConnectionFailed: there is no LDAPMessage, or one that is longer than ``limit``.

    >>> missing(bytes.fromhex("3084000000070201"), 0, 100)
    5
    """
    here = len(data) - position
    if here < 2:
        return 2 - here
    if data[position] != SEQUENCE:
        malformed(f"a message starts with 0x30, {data[position]:#04x} is there", position)
    length = data[position + 1]
    size = 0
    if length >= _LONG:
        size = length & 0x7F
        if length in _FORBIDDEN_LENGTHS:
            malformed("an indefinite or reserved length", position)
        if here < 2 + size:
            return 2 + size - here
        length = int.from_bytes(data[position + 2 : position + 2 + size], "big")
    whole = 2 + size + length
    if whole > limit:
        malformed(f"a message is longer than the limit of {limit} octets", position)
    return max(0, whole - here)


def frames(data: bytes, limit: int) -> tuple[list[Frame], int]:
    """Find the whole messages in ``data``.

    Args:
        data: what came so far, from the start of a message.
        limit: the longest message allowed, in octets.

    Returns:
        The messages, and where the first one starts that is not whole yet;
        :func:`missing` tells what that one lacks, and whether it is one at all.

    Raises:
        ConnectionFailed: the octets are no LDAP messages.
    """
    found: list[Frame] = []
    position, size = 0, len(data)
    message_id, tag = 0, 0
    # Answers to one search begin alike: id and tag, once read, are recognised as a whole.
    head, width = b"?", 1
    while size - position >= _SHORTEST:
        if data[position] != SEQUENCE:
            malformed(f"a message starts with 0x30, {data[position]:#04x} is there", position)
        length = data[position + 1]
        start = position + 2
        if length >= _LONG:
            if length in _FORBIDDEN_LENGTHS:
                malformed("an indefinite or reserved length", position)
            start += length & 0x7F
            # A header that is cut off gives a start behind the data, so it counts as not whole.
            length = int.from_bytes(data[position + 2 : start], "big")
        end = start + length
        if end - position > limit:
            malformed(f"a message is longer than the limit of {limit} octets", position)
        if end > size:
            break
        if data[start : start + width] != head:
            _, first, behind = element(data, start, end, INTEGER)
            message_id = read_integer(data, first, behind)
            if behind >= end:
                malformed("a message without an operation", behind)
            tag = data[behind]
            head = data[start : behind + 1]
            width = len(head)
        start += width
        length = data[start] if start < end else 0
        start += 1
        if length >= _LONG:
            if length in _FORBIDDEN_LENGTHS:
                malformed("an indefinite or reserved length", start)
            first = start + (length & 0x7F)
            length = int.from_bytes(data[start:first], "big")
            start = first
        stop = start + length
        if stop > end:
            malformed("an operation is longer than its message", start)
        found.append((message_id, tag, start, stop, end))
        position = end
    return found, position


class Names(dict[bytes, str]):
    """Attribute descriptions by their octets, each decoded once.

    Attributes:
        follow: which attribute came behind another one the last time: how wide its type and the
            tag of its values are, their octets, and its description. Entries of one search are
            alike, so the next attribute is recognised by one comparison. The first attribute
            of an entry follows the empty description.

    >>> Names()[b"mail"]
    'mail'
    """

    def __init__(self) -> None:
        super().__init__()
        self.follow: dict[str, _Head] = {}

    def __missing__(self, octets: bytes) -> str:
        name = _text(octets, 0, len(octets))
        if len(self) >= _MOST_NAMES:  # a server that invents names must not fill the memory
            self.clear()
            self.follow.clear()
        self[octets] = name
        return name


def decode_entries(
    data: bytes, spans: Iterable[Frame], names: Names, make: Maker[Made], *, empty: bool = False
) -> list[Made]:
    """Decode SearchResultEntry operations (4.5.2), without their controls.

    A length below 128 is taken from its one octet; any other goes through
    :func:`~ldapconnector.directory._ber.read_header`. Slices never leave ``data``, and that
    the parts of an element fill it exactly is checked at its end, so a wrong length is found
    no later than there. An attribute that comes twice is joined.

    Args:
        data: the octets.
        spans: where the operations lie.
        names: remembers attribute descriptions.
        make: builds the result from the DN and the attributes.
        empty: keep attributes without values, as an answer to "types only" has them.

    Raises:
        ConnectionFailed: one of them is malformed.
    """
    made: list[Made] = []
    follow = names.follow
    position = 0
    try:
        for span in spans:
            position, stop = span[2], span[3]
            # objectName
            if data[position] != OCTET_STRING or (length := data[position + 1]) >= _LONG:
                _, start, position = element(data, position, stop, OCTET_STRING)
            else:
                start = position + 2
                position = start + length
            dn = data[start:position].decode()
            # attributes: a SEQUENCE that ends where the operation ends
            length = data[position + 1]
            start = position + 2
            if length >= _LONG:
                if length in _FORBIDDEN_LENGTHS:
                    malformed("an indefinite or reserved length", position)
                start += length & 0x7F
                length = int.from_bytes(data[position + 2 : start], "big")
            if data[position] != SEQUENCE or start + length != stop:
                malformed("the attributes of an entry do not fill it", position)
            position = start
            attributes: dict[str, tuple[bytes, ...]] = {}
            name = ""
            while position < stop:
                # PartialAttribute: SEQUENCE { type, vals SET }
                if data[position] == SEQUENCE and (length := data[position + 1]) < _LONG:
                    position += 2
                    end = position + length
                else:
                    _, position, end = element(data, position, stop, SEQUENCE)
                width, head, expected = follow.get(name, _NO_HEAD)
                if data[position : position + width] == head:
                    name = expected
                    position += width
                else:
                    before, start = name, position
                    name, position = _attribute_type(data, position, end, names)
                    follow[before] = (position - start, data[start:position], name)
                # Behind the tag of the SET: mostly a short length, and one short value.
                length = data[position]
                position += 1
                if length >= _LONG or position + length != end:
                    _, position, last = element(data, position - 1 - _TAG, end, SET)
                    if last != end:
                        malformed("the values of an attribute do not fill it", position)
                elif length and data[position] == OCTET_STRING and data[position + 1] + 2 == length:
                    if name in attributes:
                        attributes[name] += (data[position + 2 : end],)
                    else:
                        attributes[name] = (data[position + 2 : end],)
                    position = end
                    continue
                several: list[bytes] = []
                while position < end:
                    if data[position] == OCTET_STRING and (length := data[position + 1]) < _LONG:
                        start = position + 2
                        position = start + length
                    else:
                        _, start, position = element(data, position, end, OCTET_STRING)
                    several.append(data[start:position])
                if position != end:
                    malformed("a value is longer than its attribute", position)
                if several or empty:
                    attributes[name] = attributes.get(name, ()) + tuple(several)
            if position != stop:
                malformed("an attribute is longer than its entry", position)
            made.append(make(dn, attributes))
    except IndexError:
        malformed("an entry is cut off", position)
    except UnicodeDecodeError:
        malformed("a name that is not UTF-8", position)
    return made


def _attribute_type(data: bytes, position: int, end: int, names: Names) -> tuple[str, int]:
    """Read an attribute's type and the tag of its values; return it and where their length is."""
    _, start, stop = element(data, position, end, OCTET_STRING)
    if stop >= end or data[stop] != SET:
        malformed("an attribute without its set of values", stop)
    return names[data[start:stop]], stop + _TAG


def decode_result(data: bytes, frame: Frame) -> WireResult:
    """Decode an LDAPResult (4.1.9) and the controls behind it.

    Raises:
        ConnectionFailed: it is malformed.
    """
    _, _, start, stop, end = frame
    if stop == end and data[start:stop] == _PLAIN_SUCCESS:
        return _SUCCESS
    parts = elements(data, start, stop)
    if [part.tag for part in parts[:3]] != [ENUMERATED, OCTET_STRING, OCTET_STRING]:
        malformed("a result without code, matched name and message", start)
    code, matched, diagnostic = parts[:3]
    referrals: tuple[str, ...] = ()
    oid, value = "", None
    for part in parts[3:]:
        if part.tag == _REFERRAL:
            referrals = _addresses(data, part.start, part.stop)
        elif part.tag == _RESPONSE_NAME:
            oid = _text(data, part.start, part.stop)
        elif part.tag in _RESPONSE_VALUES:
            value = data[part.start : part.stop]
    return WireResult(
        code=read_integer(data, code.start, code.stop),
        matched_dn=_lenient(data, matched.start, matched.stop),
        diagnostic=_lenient(data, diagnostic.start, diagnostic.stop),
        referrals=referrals,
        controls=decode_controls(data, frame),
        oid=oid,
        value=value,
    )


def decode_reference(data: bytes, frame: Frame) -> WireReference:
    """Decode a SearchResultReference.

    Raises:
        ConnectionFailed: it is malformed.
    """
    return WireReference(_addresses(data, frame[2], frame[3]))


def decode_intermediate(data: bytes, frame: Frame) -> WireIntermediate:
    """Decode an IntermediateResponse.

    Raises:
        ConnectionFailed: it is malformed.
    """
    oid, value = "", None
    for tag, start, stop in elements(data, frame[2], frame[3]):
        if tag == 0x80:
            oid = _text(data, start, stop)
        elif tag == 0x81:
            value = data[start:stop]
    return WireIntermediate(oid=oid, value=value)


def decode_controls(data: bytes, frame: Frame) -> tuple[Control, ...]:
    """Decode the controls behind an operation (4.1.11); a message may have none.

    Raises:
        ConnectionFailed: they are malformed.
    """
    _, _, _, behind, end = frame
    if behind == end:
        return ()
    _, start, stop = element(data, behind, end, _CONTROLS)
    if stop != end:
        malformed("something follows the controls of a message", stop)
    found: list[Control] = []
    for tag, first, last in elements(data, start, stop):
        if tag != SEQUENCE:
            malformed("a control is a sequence", first)
        parts = elements(data, first, last)
        if not parts or parts[0].tag != OCTET_STRING:
            malformed("a control without its type", first)
        oid = _text(data, parts[0].start, parts[0].stop)
        critical, value = False, None
        for part in parts[1:]:
            if part.tag == BOOLEAN:
                critical = read_boolean(data, part.start, part.stop)
            elif part.tag == OCTET_STRING:
                value = data[part.start : part.stop]
            else:
                malformed("a control has a type, a criticality and a value", part.start)
        found.append(Control(oid=oid, critical=critical, value=value))
    return tuple(found)


def _addresses(data: bytes, start: int, stop: int) -> tuple[str, ...]:
    found = elements(data, start, stop)
    if any(item.tag != OCTET_STRING for item in found):
        malformed("a referral is a list of addresses", start)
    return tuple(_lenient(data, item.start, item.stop) for item in found)


def _text(data: bytes, start: int, stop: int) -> str:
    try:
        return data[start:stop].decode()
    except UnicodeDecodeError:
        malformed("a name that is not UTF-8", start)


def _lenient(data: bytes, start: int, stop: int) -> str:
    """Return text for a person; servers put any octets into it."""
    return data[start:stop].decode("utf-8", "replace")
