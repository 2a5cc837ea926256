"""From the texts of an expression to the octets of an attribute, by the attribute's syntax."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from ldapconnector.errors import EvaluationError, NameSyntaxError, UsageError
from ldapconnector.mapping._names import NAME_FUNCTIONS
from ldapconnector.names import DN

if TYPE_CHECKING:
    from ldapconnector.schema import Schema

__all__ = ["BINARY", "BOOLEAN", "DN_SYNTAX", "GENERALIZED_TIME", "Encoder", "encoder", "syntax_of"]

# RFC 4517, 3.3; Certificate and its like: RFC 4523.
_ROOT: Final = "1.3.6.1.4.1.1466.115.121.1."
BOOLEAN: Final = _ROOT + "7"
DN_SYNTAX: Final = frozenset({_ROOT + "12", _ROOT + "34"})
GENERALIZED_TIME: Final = _ROOT + "24"
#: Audio, binary, certificates and lists of them, fax, JPEG. Not octet string: userPassword is one.
BINARY: Final = frozenset(_ROOT + number for number in ("4", "5", "8", "9", "10", "23", "28"))

#: Turns one text into octets; raises ValueError with the reason.
Encoder: TypeAlias = Callable[[str], bytes]


def syntax_of(schema: Schema | None, attribute: str) -> str | None:
    """Return the number of an attribute's syntax, None where it is not known."""
    known = None if schema is None else schema.attribute(attribute.partition(";")[0])
    return None if known is None else known.syntax


def encoder(attribute: str, schema: Schema | None, *, binary: bool) -> Encoder | None:
    """Return what turns a text into a value of ``attribute``; None for plain UTF-8.

    Booleans become ``TRUE`` and ``FALSE``, times GeneralizedTime, base64 octets, and names
    are parsed. Whether other values follow their syntax is the schema check's business.

    Args:
        attribute: the target's description.
        schema: knows its syntax.
        binary: the source is binary.
    """
    syntax = syntax_of(schema, attribute)
    options = attribute.lower().split(";")[1:]
    if binary or "binary" in options or syntax in BINARY:
        return _octets_of_base64
    if syntax == BOOLEAN:
        return _boolean
    if syntax == GENERALIZED_TIME:
        return _time
    if syntax in DN_SYNTAX:
        return _name
    return None


def _octets_of_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(
            "the value is not base64, and the target holds octets; binary source attributes "
            "are given in base64, as Microsoft Graph writes them"
        ) from None


_BOOLEANS: Final = {"true": b"TRUE", "false": b"FALSE"}


def _boolean(text: str) -> bytes:
    found = _BOOLEANS.get(text.strip().lower())
    if found is None:
        raise ValueError(f"the target is a Boolean, and {text!r} is neither True nor False")
    return found


_GENERALIZED: Final = re.compile(r"[0-9]{10}(?:[0-9]{2}){0,2}(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2,4})")
_RENDERED: Final = "%m/%d/%Y %I:%M:%S %p"


def _time(text: str) -> bytes:
    text = text.strip()
    if _GENERALIZED.fullmatch(text):
        return text.encode()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            # What Now(), CDate and DateAdd give.
            moment = datetime.strptime(text, _RENDERED).replace(tzinfo=UTC)
        except ValueError:
            raise ValueError(
                f"the target is a time, and {text!r} is neither GeneralizedTime "
                "(20260102030405Z) nor ISO 8601 (2026-01-02T03:04:05Z)"
            ) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y%m%d%H%M%SZ").encode()


def _name(text: str) -> bytes:
    try:
        return str(DN.parse(text)).encode("utf-8", "surrogateescape")
    except NameSyntaxError as error:
        raise ValueError(f"the target is a DN: {describe(error)}") from None


def describe(error: UsageError) -> str:
    """Return an error on one line, without the picture of its place."""
    if isinstance(error, EvaluationError) and error.function in NAME_FUNCTIONS:
        return error.message  # its author did not write that function
    return str(error).partition("\n")[0]
