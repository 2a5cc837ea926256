"""Syntaxes (RFC 4517, section 3): which octets are a value, and what they mean in Python.

| syntax | Python |
| --- | --- |
| Boolean | ``bool`` |
| Integer, Large Integer (Active Directory) | ``int`` |
| Generalized Time, UTC Time | aware ``datetime`` in UTC |
| DN | ``DN`` |
| Name and Optional UID | ``DN``, or a tuple of ``DN`` and bits such as ``'0101'B`` |
| UUID | ``uuid.UUID`` |
| Postal Address | tuple of ``str``, one a line |
| DN with Binary, DN with String (Active Directory) | tuple of octets or text, and ``DN`` |
| texts of all kinds | ``str`` |
| octet strings, pictures, certificates, anything unknown | ``bytes`` |
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Final

import attrs

from ldapconnector.errors import NameSyntaxError
from ldapconnector.names import DN
from ldapconnector.schema._time import (
    format_generalized_time,
    parse_generalized_time,
    parse_utc_time,
)

__all__ = ["Syntax", "syntax_of"]

_INTEGER: Final = re.compile(rb"0|-?[1-9][0-9]*")
_PRINTABLE: Final = re.compile(rb"[A-Za-z0-9'()+,./:? =-]+")
_NUMERIC: Final = re.compile(rb"[0-9 ]+")
_COUNTRY: Final = re.compile(rb"[A-Za-z0-9'()+,./:? =-]{2}")
_BITS: Final = re.compile(rb"'[01]*'B")
_OID: Final = re.compile(rb"[A-Za-z][A-Za-z0-9_;-]*|(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")
_UUID: Final = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_WITH_BITS: Final = re.compile(r"(.*)#('[01]*'B)", re.DOTALL)
_NETGROUP: Final = re.compile(
    rb"\([\x20-\x27\x2a\x2b\x2d-\x7e]*(?:,[\x20-\x27\x2a\x2b\x2d-\x7e]*){2}\)"
)
_BOOT: Final = re.compile(rb"[\x21-\x39\x3b\x3c\x3e-\x7e]+=[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+")
_DELIVERY: Final = re.compile(
    rb" *(?:any|mhs|physical|telex|teletex|g3fax|g4fax|ia5|videotex|telephone)"
    rb"(?: *\$ *(?:any|mhs|physical|telex|teletex|g3fax|g4fax|ia5|videotex|telephone))* *",
    re.IGNORECASE,
)
_DN_WITH_BINARY: Final = re.compile(r"B:([0-9]+):((?:[0-9A-Fa-f]{2})*):(.*)", re.DOTALL)
_DN_WITH_STRING: Final = re.compile(r"S:([0-9]+):(.*)", re.DOTALL)


@attrs.frozen(kw_only=True)
class Syntax:
    """One syntax.

    Attributes:
        number: its object identifier.
        name: as its RFC, or its maker, calls it.
        python: the type that values decode to, in words.
        valid: tells whether octets are a value, as OpenLDAP does.
        read: octets to Python; raises ValueError. More forgiving than ``valid``.
        write: Python to octets; raises ValueError or TypeError.
    """

    number: str
    name: str
    python: str
    valid: Callable[[bytes], bool] = attrs.field(repr=False)
    read: Callable[[bytes], object] = attrs.field(repr=False)
    write: Callable[[object], bytes] = attrs.field(repr=False)


def _any(value: bytes) -> bool:
    del value
    return True


def _filled(value: bytes) -> bool:
    return bool(value)


def _sequence(value: bytes) -> bool:
    """Tell whether the octets start as the BER of a SEQUENCE does."""
    return value[:1] == b"0"


def _utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return bool(value)


def _tried(read: Callable[[bytes], object]) -> Callable[[bytes], bool]:
    def valid(value: bytes) -> bool:
        try:
            read(value)
        except (ValueError, OverflowError):
            return False
        return True

    return valid


def _matched(pattern: re.Pattern[bytes]) -> Callable[[bytes], bool]:
    def valid(value: bytes) -> bool:
        return pattern.fullmatch(value) is not None

    return valid


def _read_text(value: bytes) -> str:
    return value.decode()


def _write_text(value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value.encode("utf-8", "surrogateescape")


def _read_bytes(value: bytes) -> bytes:
    return value


def _write_bytes(value: object) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError("octets (bytes) are expected")
    return bytes(value)


def _read_boolean(value: bytes) -> bool:
    upper = value.upper()
    if upper not in {b"TRUE", b"FALSE"}:
        raise ValueError(f"{value!r} is neither TRUE nor FALSE")
    return upper == b"TRUE"


def _write_boolean(value: object) -> bytes:
    if not isinstance(value, bool):
        raise TypeError("True or False is expected")
    return b"TRUE" if value else b"FALSE"


_DIGITS: Final = re.compile(rb"[+-]?[0-9]+")


def _read_integer(value: bytes) -> int:
    if not _DIGITS.fullmatch(value):
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def _write_integer(value: object) -> bytes:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a whole number (int) is expected")
    return str(value).encode()


def _read_time(value: bytes) -> datetime:
    return parse_generalized_time(value.decode("ascii"))


def _check_time(value: bytes) -> None:
    # The year 0 is a year of RFC 4517 and none of Python's. OpenLDAP's password policy locks an
    # account for ever with 000001010000Z.
    _read_time(b"0004" + value[4:] if value[:4] == b"0000" else value)


def _write_time(value: object) -> bytes:
    if not isinstance(value, datetime):
        raise TypeError("a datetime is expected")
    return format_generalized_time(value).encode()


def _read_utc_time(value: bytes) -> datetime:
    return parse_utc_time(value.decode("ascii"))


def _write_utc_time(value: object) -> bytes:
    full = _write_time(value).decode()
    if not 1950 <= int(full[:4]) <= 2049:
        raise ValueError("a UTC time holds only the years 1950 to 2049")
    return full[2:14].encode() + b"Z"


def _parse_name(text: str) -> DN:
    try:
        return DN.parse(text)
    except NameSyntaxError as error:
        raise ValueError(error.message) from error


def _read_name(value: bytes) -> DN:
    return _parse_name(value.decode())


def _write_name(value: object) -> bytes:
    if not isinstance(value, DN):
        raise TypeError("a DN is expected")
    return str(value).encode("utf-8", "surrogateescape")


def _read_name_and_uid(value: bytes) -> DN | tuple[DN, str]:
    text = value.decode()
    found = _WITH_BITS.fullmatch(text)
    return (_parse_name(found[1]), found[2]) if found else _parse_name(text)


def _write_name_and_uid(value: object) -> bytes:
    if isinstance(value, tuple) and len(value) == 2:
        name, bits = value
        if isinstance(bits, str) and _BITS.fullmatch(bits.encode()):
            return _write_name(name) + b"#" + bits.encode()
        raise ValueError("the second part is bits such as '0101'B")
    return _write_name(value)


def _read_uuid(value: bytes) -> uuid.UUID:
    if not _UUID.fullmatch(value):
        raise ValueError(f"{value!r} is no UUID: 8-4-4-4-12 hexadecimal digits")
    return uuid.UUID(value.decode())


def _write_uuid(value: object) -> bytes:
    if not isinstance(value, uuid.UUID):
        raise TypeError("a uuid.UUID is expected")
    return str(value).encode()


_LINE_ESCAPE: Final = re.compile(r"\\(24|5[cC])")


def _read_lines(value: bytes) -> tuple[str, ...]:
    return tuple(
        _LINE_ESCAPE.sub(lambda found: "$" if found[1] == "24" else "\\", line)
        for line in value.decode().split("$")
    )


def _write_lines(value: object) -> bytes:
    if not isinstance(value, (tuple, list)) or not all(isinstance(line, str) for line in value):
        raise TypeError("a tuple of lines is expected")
    escaped = (line.replace("\\", "\\5C").replace("$", "\\24") for line in value)
    return "$".join(escaped).encode()


_BAD_LINE_ESCAPE: Final = re.compile(rb"\\(?!24|5[cC])")


def _lines(value: bytes) -> bool:
    return (not value or _utf8(value)) and _BAD_LINE_ESCAPE.search(value) is None


def _read_dn_with_binary(value: bytes) -> tuple[bytes, DN]:
    found = _DN_WITH_BINARY.fullmatch(value.decode())
    if found is None or int(found[1]) != len(found[2]):
        raise ValueError("expected B:number of digits:hexadecimal digits:DN")
    return bytes.fromhex(found[2]), _parse_name(found[3])


def _write_dn_with_binary(value: object) -> bytes:
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError("a tuple of octets and a DN is expected")
    octets = _write_bytes(value[0])
    return f"B:{len(octets) * 2}:{octets.hex().upper()}:".encode() + _write_name(value[1])


def _read_dn_with_string(value: bytes) -> tuple[str, DN]:
    found = _DN_WITH_STRING.fullmatch(value.decode())
    length = int(found[1]) if found else 0
    if found is None or found[2][length : length + 1] != ":":
        raise ValueError("expected S:number of characters:text:DN")
    return found[2][:length], _parse_name(found[2][length + 1 :])


def _write_dn_with_string(value: object) -> bytes:
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError("a tuple of text and a DN is expected")
    text = _write_text(value[0]).decode()
    return f"S:{len(text)}:{text}:".encode() + _write_name(value[1])


_RFC: Final = "1.3.6.1.4.1.1466.115.121.1."


def _text(number: str, name: str, valid: Callable[[bytes], bool] = _utf8) -> Syntax:
    return Syntax(
        number=number, name=name, python="str", valid=valid, read=_read_text, write=_write_text
    )


def _octets(number: str, name: str, valid: Callable[[bytes], bool] = _any) -> Syntax:
    return Syntax(
        number=number, name=name, python="bytes", valid=valid, read=_read_bytes, write=_write_bytes
    )


def _whole(number: str, name: str) -> Syntax:
    return Syntax(
        number=number,
        name=name,
        python="int",
        valid=_matched(_INTEGER),
        read=_read_integer,
        write=_write_integer,
    )


_SYNTAXES: Final[tuple[Syntax, ...]] = (
    _text(f"{_RFC}1", "ACI Item", _filled),
    _text(f"{_RFC}2", "Access Point", _filled),
    _text(f"{_RFC}3", "Attribute Type Description"),
    _octets(f"{_RFC}4", "Audio"),
    _octets(f"{_RFC}5", "Binary"),
    _text(f"{_RFC}6", "Bit String", _matched(_BITS)),
    Syntax(
        number=f"{_RFC}7",
        name="Boolean",
        python="bool",
        valid=frozenset({b"TRUE", b"FALSE"}).__contains__,
        read=_read_boolean,
        write=_write_boolean,
    ),
    _octets(f"{_RFC}8", "Certificate", _sequence),
    _octets(f"{_RFC}9", "Certificate List", _sequence),
    _octets(f"{_RFC}10", "Certificate Pair"),
    _text(f"{_RFC}11", "Country String", _matched(_COUNTRY)),
    Syntax(
        number=f"{_RFC}12",
        name="DN",
        python="DN",
        valid=_tried(_read_name),
        read=_read_name,
        write=_write_name,
    ),
    _text(f"{_RFC}13", "Data Quality Syntax"),
    _text(f"{_RFC}14", "Delivery Method", _matched(_DELIVERY)),
    _text(f"{_RFC}15", "Directory String"),
    _text(f"{_RFC}16", "DIT Content Rule Description"),
    _text(f"{_RFC}17", "DIT Structure Rule Description"),
    _text(f"{_RFC}19", "DSA Quality Syntax"),
    _text(f"{_RFC}21", "Enhanced Guide"),
    _text(f"{_RFC}22", "Facsimile Telephone Number"),
    _octets(f"{_RFC}23", "Fax"),
    Syntax(
        number=f"{_RFC}24",
        name="Generalized Time",
        python="datetime",
        valid=_tried(_check_time),
        read=_read_time,
        write=_write_time,
    ),
    _text(f"{_RFC}25", "Guide"),
    _text(f"{_RFC}26", "IA5 String", bytes.isascii),
    _whole(f"{_RFC}27", "Integer"),
    _octets(f"{_RFC}28", "JPEG"),
    _text(f"{_RFC}30", "Matching Rule Description"),
    _text(f"{_RFC}31", "Matching Rule Use Description"),
    Syntax(
        number=f"{_RFC}34",
        name="Name And Optional UID",
        python="DN, or a tuple of DN and bits",
        valid=_tried(_read_name_and_uid),
        read=_read_name_and_uid,
        write=_write_name_and_uid,
    ),
    _text(f"{_RFC}35", "Name Form Description"),
    _text(f"{_RFC}36", "Numeric String", _matched(_NUMERIC)),
    _text(f"{_RFC}37", "Object Class Description"),
    _text(f"{_RFC}38", "OID", _matched(_OID)),
    _text(f"{_RFC}39", "Other Mailbox"),
    _octets(f"{_RFC}40", "Octet String"),
    Syntax(
        number=f"{_RFC}41",
        name="Postal Address",
        python="tuple of str, one a line",
        valid=_lines,
        read=_read_lines,
        write=_write_lines,
    ),
    _text(f"{_RFC}42", "Protocol Information", _filled),
    _text(f"{_RFC}43", "Presentation Address", _filled),
    _text(f"{_RFC}44", "Printable String", _matched(_PRINTABLE)),
    _octets(f"{_RFC}49", "Supported Algorithm"),
    _text(f"{_RFC}50", "Telephone Number", _matched(_PRINTABLE)),
    _octets(f"{_RFC}51", "Teletex Terminal Identifier", _filled),
    _text(f"{_RFC}52", "Telex Number", _filled),
    Syntax(
        number=f"{_RFC}53",
        name="UTC Time",
        python="datetime",
        valid=_tried(_read_utc_time),
        read=_read_utc_time,
        write=_write_utc_time,
    ),
    _text(f"{_RFC}54", "LDAP Syntax Description"),
    _text(f"{_RFC}58", "Substring Assertion"),
    Syntax(
        number="1.3.6.1.1.16.1",
        name="UUID",
        python="uuid.UUID",
        valid=_tried(_read_uuid),
        read=_read_uuid,
        write=_write_uuid,
    ),
    _text("1.3.6.1.1.1.0.0", "NIS netgroup triple", _matched(_NETGROUP)),
    _text("1.3.6.1.1.1.0.1", "Boot parameter", _matched(_BOOT)),
    _text("1.3.6.1.4.1.4203.1.1.1", "void", _any),
    _text("1.3.6.1.4.1.4203.1.1.2", "Authentication Password", _filled),
    _text("1.3.6.1.4.1.4203.666.11.2.1", "Change Sequence Number", _filled),
    _text("1.3.6.1.4.1.4203.666.2.7", "OpenLDAP authz", _filled),
    # Active Directory and AD LDS: [MS-ADTS] 3.1.1.2.2.2.
    Syntax(
        number="1.2.840.113556.1.4.903",
        name="DN with Binary",
        python="tuple of bytes and DN",
        valid=_tried(_read_dn_with_binary),
        read=_read_dn_with_binary,
        write=_write_dn_with_binary,
    ),
    Syntax(
        number="1.2.840.113556.1.4.904",
        name="DN with String",
        python="tuple of str and DN",
        valid=_tried(_read_dn_with_string),
        read=_read_dn_with_string,
        write=_write_dn_with_string,
    ),
    _text("1.2.840.113556.1.4.905", "Case-insensitive String"),
    _whole("1.2.840.113556.1.4.906", "Large Integer"),
    _octets("1.2.840.113556.1.4.907", "NT Security Descriptor"),
    _text("1.2.840.113556.1.4.1221", "OR-Name"),
    _text("1.2.840.113556.1.4.1362", "Case-sensitive String"),
    # What a few servers write instead of a number (Active Directory, UnboundID).
    _octets("OctetString", "Octet String"),
    Syntax(
        number="BOOLEAN",
        name="Boolean",
        python="bool",
        valid=frozenset({b"TRUE", b"FALSE"}).__contains__,
        read=_read_boolean,
        write=_write_boolean,
    ),
    _text("2.16.840.1.113730.3.7.1", "Space-insensitive String"),
)

_BY_NUMBER: Final = {syntax.number.lower(): syntax for syntax in _SYNTAXES}


def syntax_of(number: str) -> Syntax | None:
    """Return the syntax of a number; None where it is not known here.

    >>> syntax_of("1.3.6.1.4.1.1466.115.121.1.27").read(b"42")
    42
    """
    return _BY_NUMBER.get(number.lower())
