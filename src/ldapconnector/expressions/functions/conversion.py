"""Conversions between texts, numbers and encodings."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from ldapconnector.expressions._signature import Kind, choice, integer, optional, text
from ldapconnector.expressions._values import ArgumentError, bounded
from ldapconnector.expressions.functions._define import builtin
from ldapconnector.expressions.functions._sources import CLOUD_SYNC

__all__ = ["FUNCTIONS"]


@builtin("CStr", text("value"), null_to_null=True, example=("CStr(42)", "42"))
def c_str(value: str) -> str:
    """Give the value as text."""
    return value


@builtin(
    "BitAnd",
    integer("value1"),
    integer("value2"),
    result=Kind.INTEGER,
    example=("BitAnd(&HF, &HF7)", "7"),
)
def bit_and(first: int, second: int) -> str:
    """Give the bits that both numbers have."""
    return str(first & second)


@builtin(
    "ConvertToBase64",
    text("source"),
    null_to_null=True,
    example=('ConvertToBase64("Hello world!")', "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
)
def convert_to_base64(source: str) -> str:
    """Give the Base64 of the text in UTF-16, low byte first."""
    return bounded(base64.b64encode(source.encode("utf-16-le", "surrogatepass")).decode("ascii"))


_ENCODINGS: Final = {"Unicode": "utf-16-le", "UTF8": "utf-8", "ASCII": "ascii"}


@builtin(
    "ConvertFromBase64",
    text("source"),
    optional(choice("Encoding", tuple(_ENCODINGS))),
    null_to_null=True,
    source=CLOUD_SYNC,
    example=('ConvertFromBase64("SGVsbG8gd29ybGQh", UTF8)', "Hello world!"),
)
def convert_from_base64(source: str, encoding: str | None) -> str:
    """Give the text of Base64, by default in UTF-16, low byte first.

    Octets that are no text in the encoding become U+FFFD, in ASCII ``?``, as in .NET.
    """
    try:
        octets = base64.b64decode("".join(source.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ArgumentError("source", "this is no Base64") from None
    found = octets.decode(_ENCODINGS[encoding or "Unicode"], "replace")
    return found.replace("\N{REPLACEMENT CHARACTER}", "?") if encoding == "ASCII" else found


@builtin(
    "ConvertToUTF8Hex",
    text("source"),
    null_to_null=True,
    example=('ConvertToUTF8Hex("Hello")', "48656C6C6F"),
)
def convert_to_utf8_hex(source: str) -> str:
    """Give the UTF-8 octets of the text as hexadecimal in capitals."""
    return bounded(source.encode("utf-8", "surrogatepass").hex().upper())


FUNCTIONS: Final = (
    c_str,
    bit_and,
    convert_to_base64,
    convert_from_base64,
    convert_to_utf8_hex,
)
