"""Typed values: by the syntax of the attribute, and by name where the syntax says too little.

Active Directory and AD LDS publish object GUIDs and security identifiers as octet strings and
file times as large integers; which attribute holds which is written in [MS-ADA1] to [MS-ADA3].
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Final

from ldapconnector.errors import InvalidValue, UsageError
from ldapconnector.schema._model import AttributeType
from ldapconnector.schema._syntaxes import Syntax
from ldapconnector.schema._time import datetime_to_filetime, filetime_to_datetime

__all__ = ["bytes_to_sid", "decode_value", "encode_value", "sid_to_bytes"]

_OCTETS: Final = frozenset({"1.3.6.1.4.1.1466.115.121.1.40", "octetstring"})
_LARGE: Final = frozenset({"1.2.840.113556.1.4.906"})

_GUIDS: Final = frozenset(
    {
        "attributesecurityguid",
        "invocationid",
        "ms-ds-consistencyguid",
        "msds-optionalfeatureguid",
        "msexchmailboxguid",
        "objectguid",
        "parentguid",
        "schemaidguid",
    }
)
_SIDS: Final = frozenset(
    {
        "creatorsid",
        "ms-ds-creatorsid",
        "msds-quotatrustee",
        "objectsid",
        "securityidentifier",
        "sidhistory",
        "tokengroups",
        "tokengroupsglobalanduniversal",
        "tokengroupsnogcacceptable",
    }
)
_FILE_TIMES: Final = frozenset(
    {
        "accountexpires",
        "badpasswordtime",
        "creationtime",
        "lastlogoff",
        "lastlogon",
        "lastlogontimestamp",
        "lockouttime",
        "msds-lastfailedinteractivelogontime",
        "msds-lastsuccessfulinteractivelogontime",
        "msds-userpasswordexpirytimecomputed",
        "pwdlastset",
    }
)

_SID_HEAD: Final = struct.Struct("BB6s")
_SID_MOST: Final = 15


def bytes_to_sid(value: bytes) -> str:
    """Return a security identifier as text ([MS-DTYP] 2.4.2).

    Raises:
        ValueError: the octets are no security identifier.

    >>> bytes_to_sid(bytes.fromhex("010200000000000520000000") + bytes.fromhex("20020000"))
    'S-1-5-32-544'
    """
    if len(value) < _SID_HEAD.size or value[0] != 1 or len(value) != 8 + 4 * value[1]:
        raise ValueError(f"{value.hex()} is no security identifier")
    _, count, authority = _SID_HEAD.unpack_from(value)
    parts = struct.unpack_from(f"<{count}I", value, 8)
    return "-".join(["S-1", str(int.from_bytes(authority, "big")), *map(str, parts)])


def sid_to_bytes(text: str) -> bytes:
    """Return the octets of a security identifier.

    Raises:
        ValueError: the text is no security identifier.

    >>> sid_to_bytes("S-1-5-32-544").hex()
    '01020000000000052000000020020000'
    """
    head, revision, *numbers = [*text.split("-"), ""][:-1] if text.count("-") > 1 else ["", ""]
    if (
        head.upper() != "S"
        or revision != "1"
        or not numbers
        or len(numbers) > _SID_MOST + 1
        or not all(number.isascii() and number.isdigit() for number in numbers)
    ):
        raise ValueError(f"{text!r} is no security identifier such as S-1-5-32-544")
    authority, *parts = map(int, numbers)
    try:
        return _SID_HEAD.pack(1, len(parts), authority.to_bytes(6, "big")) + struct.pack(
            f"<{len(parts)}I", *parts
        )
    except (OverflowError, struct.error) as error:
        raise ValueError(f"a number in {text!r} is too large") from error


def _read_guid(value: bytes) -> uuid.UUID:
    # Microsoft keeps the first three fields in little-endian order.
    return uuid.UUID(bytes_le=value)


def _write_guid(value: object) -> bytes:
    if isinstance(value, str):
        value = uuid.UUID(value)
    if not isinstance(value, uuid.UUID):
        raise TypeError("a uuid.UUID is expected")
    return value.bytes_le


def _write_sid(value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError("text such as S-1-5-32-544 is expected")
    return sid_to_bytes(value)


def _read_file_time(value: bytes) -> datetime | int:
    ticks = int(value)
    try:
        moment = filetime_to_datetime(ticks)
    except OverflowError:
        return ticks
    # "Never" stays the number that it is: two numbers mean it, and both can be written back.
    return ticks if moment is None or ticks < 0 else moment


def _write_file_time(value: object) -> bytes:
    if isinstance(value, datetime):
        return str(datetime_to_filetime(value)).encode()
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a datetime, or the file time as a whole number, is expected")
    return str(value).encode()


_Codec = tuple[str, Callable[[bytes], object], Callable[[object], bytes]]
_GUID_CODEC: Final[_Codec] = ("a GUID", _read_guid, _write_guid)
_SID_CODEC: Final[_Codec] = ("a security identifier", bytes_to_sid, _write_sid)
_FILE_TIME_CODEC: Final[_Codec] = ("a file time", _read_file_time, _write_file_time)


def _codec(known: AttributeType | None, syntax: Syntax | None) -> _Codec | None:
    if known is None or known.syntax is None:
        return None
    name = known.name.lower()
    if known.syntax.lower() in _OCTETS:
        if name in _GUIDS:
            return _GUID_CODEC
        if name in _SIDS:
            return _SID_CODEC
    if known.syntax in _LARGE and name in _FILE_TIMES:
        return _FILE_TIME_CODEC
    return None if syntax is None else (syntax.name, syntax.read, syntax.write)


def decode_value(
    known: AttributeType | None, syntax: Syntax | None, attribute: str, value: bytes
) -> object:
    """Return the value as a Python object; see ``Schema.decode``."""
    codec = _codec(known, syntax)
    if codec is None:
        return value
    try:
        return codec[1](value)
    except (ValueError, OverflowError) as error:
        raise InvalidValue(
            f"a value of {attribute!r} is not of the syntax {codec[0]}: {error}",
            operation="decode",
            next_step="read the octets of this attribute instead, or have the value corrected",
        ) from error


def encode_value(
    known: AttributeType | None, syntax: Syntax | None, attribute: str, value: object
) -> bytes:
    """Return the octets of a Python object; see ``Schema.encode``."""
    codec = _codec(known, syntax)
    try:
        if codec is None:
            return value.encode() if isinstance(value, str) else _octets(value)
        if isinstance(value, (bytes, bytearray)):
            octets = bytes(value)
            codec[1](octets)
            return octets
        if isinstance(value, str) and syntax is not None and codec[1] is syntax.read:
            octets = value.encode("utf-8", "surrogateescape")
            # Canonical where the syntax is: "true" becomes TRUE, " 7" is refused.
            return syntax.write(syntax.read(octets))
        return codec[2](value)
    except (ValueError, TypeError, OverflowError) as error:
        what = codec[0] if codec else "octets"
        raise UsageError(
            f"{value!r} cannot be a value of {attribute!r}, whose syntax is {what}: {error}"
        ) from error


def _octets(value: object) -> bytes:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    raise TypeError("the syntax of the attribute is not known, so text or octets are expected")
