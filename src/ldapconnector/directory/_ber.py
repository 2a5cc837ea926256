"""The part of BER (ITU-T X.690) that LDAP uses (RFC 4511, section 5.1), and no more.

Rules kept here, for encoding and decoding alike:

* One octet of tag. LDAP has no tag number above 30.
* Only definite lengths; ``80`` (indefinite) is refused as RFC 4511 demands, and so is ``ff``.
* Every definite form is read: short, long, and long with leading zeros (Active Directory
  always writes ``84`` and four octets). We write the shortest.
* Nothing is read past the end of the element around it, and nothing here calls itself, so
  neither a length nor a nesting chosen by the other side costs more than the octets it sent.

Whatever is wrong with the octets raises :class:`~ldapconnector.errors.ConnectionFailed`:
after a malformed message nobody knows where the next one starts.
"""

from __future__ import annotations

from typing import Final, NamedTuple, NoReturn

from ldapconnector.errors import ConnectionFailed

__all__ = [
    "BOOLEAN",
    "ENUMERATED",
    "INTEGER",
    "OCTET_STRING",
    "SEQUENCE",
    "SET",
    "Element",
    "boolean",
    "element",
    "elements",
    "enumerated",
    "integer",
    "malformed",
    "octets",
    "read_boolean",
    "read_header",
    "read_integer",
    "sequence",
    "text",
    "wrap",
]

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
ENUMERATED: Final = 0x0A
SEQUENCE: Final = 0x30
SET: Final = 0x31

_LONG: Final = 0x80  # the bit that says "the length follows in octets of its own"
_RESERVED: Final = 0xFF  # X.690, 8.1.3.5 c
_HIGH_TAG: Final = 0x1F  # X.690, 8.1.2.4: the tag number follows in octets of its own
#: Tag and short length of the commonest elements.
_HEADS: Final = {
    tag: [bytes((tag, length)) for length in range(_LONG)] for tag in (OCTET_STRING, SEQUENCE, SET)
}
_WIDEST_INTEGER: Final = 8  # octets; RFC 4511 has no integer above 2^31 - 1


def malformed(what: str, position: int) -> NoReturn:
    """Raise the error for octets that are no LDAP.

    Args:
        what: what is wrong, for a person.
        position: where, in octets from the start of what was decoded.

    Raises:
        ConnectionFailed: always.
    """
    raise ConnectionFailed(
        f"the server sent what is no LDAP message: {what} (octet {position})",
        operation="decode",
        next_step="Check that host and port belong to an LDAP server, and whether the port "
        "expects TLS from the first octet; the connection cannot be used any further.",
    )


# ---------------------------------------------------------------- encoding


def wrap(tag: int, content: bytes) -> bytes:
    """Return one element with the shortest length that fits.

    >>> wrap(OCTET_STRING, b"dc").hex(" ")
    '04 02 64 63'
    """
    length = len(content)
    if length < _LONG:
        heads = _HEADS.get(tag)
        return (heads[length] if heads else bytes((tag, length))) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _LONG | size)) + length.to_bytes(size, "big") + content


def sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE of elements that are encoded already."""
    return wrap(SEQUENCE, b"".join(parts))


def octets(value: bytes, tag: int = OCTET_STRING) -> bytes:
    """Return an OCTET STRING."""
    return wrap(tag, value)


def text(value: str, tag: int = OCTET_STRING) -> bytes:
    """Return an OCTET STRING of UTF-8 (LDAPString, LDAPDN, LDAPOID)."""
    return wrap(tag, value.encode("utf-8"))


def integer(value: int, tag: int = INTEGER) -> bytes:
    """Return an INTEGER in two's complement, as short as X.690, 8.3.2 asks.

    >>> integer(128).hex(" "), integer(-128).hex(" ")
    ('02 02 00 80', '02 01 80')
    """
    size = (value + (value < 0)).bit_length() // 8 + 1
    return wrap(tag, value.to_bytes(size, "big", signed=True))


def enumerated(value: int) -> bytes:
    """Return an ENUMERATED."""
    return integer(value, ENUMERATED)


def boolean(value: bool, tag: int = BOOLEAN) -> bytes:
    """Return a BOOLEAN; true is ``ff`` (RFC 4511, 5.1)."""
    return wrap(tag, b"\xff" if value else b"\x00")


# ---------------------------------------------------------------- decoding


class Element(NamedTuple):
    """Where one element lies: its tag, and its content from ``start`` up to ``stop``."""

    tag: int
    start: int
    stop: int


def read_header(data: bytes, position: int, end: int) -> Element:
    """Read the tag and length at ``position``; the element must end at ``end`` or before.

    Raises:
        ConnectionFailed: the element is cut off, runs past ``end``, or has a form that LDAP
            forbids.

    >>> read_header(bytes.fromhex("0484000000026463"), 0, 8)
    Element(tag=4, start=6, stop=8)
    """
    start = position + 2
    if start > end:
        malformed("an element is cut off", position)
    tag = data[position]
    length = data[position + 1]
    if tag & _HIGH_TAG == _HIGH_TAG:
        malformed(f"the tag {tag:#04x} is none of LDAP", position)
    if length >= _LONG:
        if length == _LONG:
            malformed("an indefinite length", position)
        if length == _RESERVED:
            malformed("a reserved form of length", position)
        size = length & 0x7F
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    stop = start + length
    if stop > end:
        malformed("an element is longer than what is around it", position)
    return Element(tag, start, stop)


def element(data: bytes, position: int, end: int, tag: int) -> Element:
    """Read a header that must carry ``tag``.

    Raises:
        ConnectionFailed: as :func:`read_header`, or another tag is there.
    """
    found = read_header(data, position, end)
    if found.tag != tag:
        malformed(f"the tag {tag:#04x} was expected, {found.tag:#04x} is there", position)
    return found


def elements(data: bytes, position: int, end: int) -> list[Element]:
    """Return the elements that fill ``data`` from ``position`` up to ``end``.

    Raises:
        ConnectionFailed: they do not fill it exactly.
    """
    found: list[Element] = []
    while position < end:
        item = read_header(data, position, end)
        found.append(item)
        position = item.stop
    return found


def read_integer(data: bytes, start: int, stop: int) -> int:
    """Return the INTEGER or ENUMERATED whose content is given.

    Raises:
        ConnectionFailed: it is empty, or wider than anything in LDAP.
    """
    if not 0 < stop - start <= _WIDEST_INTEGER:
        malformed("an integer of impossible size", start)
    return int.from_bytes(data[start:stop], "big", signed=True)


def read_boolean(data: bytes, start: int, stop: int) -> bool:
    """Return the BOOLEAN whose content is given; any octet but zero is true (X.690, 8.2.2).

    Raises:
        ConnectionFailed: it is not one octet.
    """
    if stop - start != 1:
        malformed("a boolean of impossible size", start)
    return data[start] != 0
