"""Matching rules (RFC 4517, section 4): how values compare.

A rule is three functions from octets to a key; two values match when their keys are equal.
A value that breaks the rule's syntax gets its octets as the key, so that two faulty values
are equal only when they are the same.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, Final, Protocol, cast

import attrs

from ldapconnector.errors import NameSyntaxError
from ldapconnector.names import AVA, DN, prepare, prepare_piece
from ldapconnector.schema._time import parse_utc_time, time_key

__all__ = ["Names", "Rule", "compares_alike", "equality_rule_for", "rule_for", "syntax_default"]


class Names(Protocol):
    """What a rule may ask a schema: names of elements, and how other attributes compare."""

    def naming_key(self, attribute: str, value: bytes) -> tuple[str, Hashable]:
        """Return an attribute and its value as they are compared within a name."""

    def attribute(self, name: str) -> object | None:
        """Return the attribute type of a name, None where it is not defined."""

    def number_of(self, name: str) -> str:
        """Return the number of an object class, attribute type or rule; ``name`` if unknown."""


def _text_key(*, fold_case: bool) -> Callable[[bytes], str | bytes]:
    def key(value: bytes) -> str | bytes:
        try:
            return prepare(value.decode(), fold_case=fold_case)
        except UnicodeDecodeError:
            return value

    return key


def _piece_key(*, fold_case: bool) -> Callable[[bytes], str | bytes]:
    def key(value: bytes) -> str | bytes:
        try:
            return prepare_piece(value.decode(), fold_case=fold_case)
        except UnicodeDecodeError:
            return value

    return key


def _without(characters: str) -> Callable[[bytes], str | bytes]:
    drop = str.maketrans("", "", characters)

    def key(value: bytes) -> str | bytes:
        try:
            text = prepare(value.decode()).translate(drop)
        except UnicodeDecodeError:
            return value
        # A mark whose blank was taken away joins the letter before it.
        return text if text.isascii() else prepare(text).translate(drop)

    return key


_INTEGER: Final = re.compile(rb"[+-]?[0-9]+")


def _integer(value: bytes) -> int | bytes:
    # int() takes underscores and blanks, which are no part of an INTEGER.
    if not _INTEGER.fullmatch(value):
        return value
    try:
        return int(value)
    except ValueError:  # more digits than Python converts
        return value


def _boolean(value: bytes) -> bool | bytes:
    upper = value.upper()
    return upper == b"TRUE" if upper in {b"TRUE", b"FALSE"} else value


def _moment(value: bytes) -> str | bytes:
    try:
        return time_key(value.decode("ascii")) + "Z"
    except (ValueError, OverflowError):
        return value


def _moment_order(value: bytes) -> str | None:
    try:
        return time_key(value.decode("ascii"))
    except (ValueError, OverflowError):
        return None


def _utc_moment(value: bytes) -> str | bytes:
    try:
        return parse_utc_time(value.decode("ascii")).strftime("%y%m%d%H%M%SZ")
    except (ValueError, OverflowError):
        return value


def _uuid(value: bytes) -> str | bytes:
    try:
        return str(uuid.UUID(value.decode("ascii")))
    except ValueError:
        return value


def _lines(value: bytes) -> str | bytes:
    """Postal addresses and lists: line by line (RFC 4517, 4.2.12)."""
    try:
        return "$".join(map(prepare, value.decode().split("$")))
    except UnicodeDecodeError:
        return value


_FIRST: Final = re.compile(rb"\s*\(?\s*([^\s()]+)")


def _first_component(value: bytes) -> str | bytes:
    found = _FIRST.match(value)
    if found is None:
        return value
    return found[1].decode("utf-8", "replace").lower()


def _identifier(names: Names) -> Callable[[bytes], Hashable]:
    known: dict[bytes, str | bytes] = {}

    def key(value: bytes) -> Hashable:
        found = known.get(value)
        if found is None:
            try:
                found = names.number_of(value.decode().strip(" ")).lower()
            except UnicodeDecodeError:
                return value
            if len(known) < _REMEMBERED:
                known[value] = found
        return found

    return key


_REMEMBERED: Final = 1024


# Nearly every name, and several times as fast as the parser.
_PLAIN_NAME: Final = re.compile(rb"[A-Za-z0-9=,. _@-]+")


def _name(names: Names) -> Callable[[bytes], Hashable]:
    def part(ava: AVA) -> tuple[str, Hashable]:
        # Given in BER, the value is compared as the text that it encodes, where it is one.
        known = ava.key[1] if isinstance(ava.value, bytes) else ava.octets
        octets = known.encode() if isinstance(known, str) else cast("bytes", known)
        return names.naming_key(ava.type, octets)

    def plain(value: bytes) -> Hashable:
        """Cut a name of known types without escapes; None leaves it to the parser."""
        parts = []
        for rdn in reversed(value.split(b",")):
            kind, equals, text = rdn.partition(b"=")
            known = kind.strip(b" ").decode()
            if not equals or names.attribute(known) is None:
                return None
            parts.append(frozenset({names.naming_key(known, text.strip(b" "))}))
        return tuple(parts)

    def key(value: bytes) -> Hashable:
        if _PLAIN_NAME.fullmatch(value):
            found = plain(value)
            if found is not None:
                return found
        try:
            rdns = DN.parse(value.decode()).rdns
        except (NameSyntaxError, UnicodeDecodeError):
            return value
        return tuple(frozenset(map(part, rdn.avas)) for rdn in reversed(rdns))

    return key


_UID: Final = re.compile(rb"(.*)#('[01]*'B)", re.DOTALL)


def _name_and_uid(names: Names) -> Callable[[bytes], Hashable]:
    name = _name(names)

    def key(value: bytes) -> Hashable:
        found = _UID.fullmatch(value)
        return (name(found[1]), found[2]) if found else (name(value), None)

    return key


def _integer_order(value: bytes) -> int | None:
    found = _integer(value)
    return found if isinstance(found, int) else None


def _text_or_none(key: Callable[[bytes], str | bytes]) -> Callable[[bytes], str | None]:
    def order(value: bytes) -> str | None:
        found = key(value)
        return found if isinstance(found, str) else None

    return order


@attrs.frozen(kw_only=True)
class Rule:
    """How values compare under one matching rule, or a family of them.

    Attributes:
        equality: octets to a hashable key.
        named: for rules that need the schema: gives ``equality`` for it.
        ordering: octets to something that can be ordered, or to None where the value is
            faulty; None where values have no order.
        substring: octets of a value, or of a piece of one, to a text or octets.
    """

    equality: Callable[[bytes], Hashable] = bytes
    named: Callable[[Names], Callable[[bytes], Hashable]] | None = None
    ordering: Callable[[bytes], Any] | None = None
    substring: Callable[[bytes], str | bytes] = bytes

    def bind_equality(self, names: Names) -> Callable[[bytes], Hashable]:
        """Return the equality key for the attributes of one schema."""
        return self.equality if self.named is None else self.named(names)


def _text_rule(*, fold_case: bool) -> Rule:
    key = _text_key(fold_case=fold_case)
    return Rule(
        equality=key, ordering=_text_or_none(key), substring=_piece_key(fold_case=fold_case)
    )


def _stripped_rule(characters: str) -> Rule:
    key = _without(characters)
    return Rule(equality=key, ordering=_text_or_none(key), substring=key)


_IGNORE: Final = _text_rule(fold_case=True)
_EXACT: Final = _text_rule(fold_case=False)
_OCTETS: Final = Rule(ordering=bytes)
_NUMERIC: Final = _stripped_rule(" ")
_TELEPHONE: Final = _stripped_rule(" -‐‑‒–—−﹣－")  # noqa: RUF001 -- RFC 4518, 2.6.3
_WHOLE: Final = Rule(equality=_integer, ordering=_integer_order)
_TRUTH: Final = Rule(equality=_boolean)
_TIME: Final = Rule(equality=_moment, ordering=_moment_order)
_UTC: Final = Rule(equality=_utc_moment)
_IDENTIFIER: Final = Rule(named=_identifier)
_NAMES: Final = Rule(named=_name)
_NAME_AND_UID: Final = Rule(named=_name_and_uid)
_LIST: Final = Rule(equality=_lines, substring=_piece_key(fold_case=True))
_UNIVERSAL: Final = Rule(equality=_uuid, ordering=_text_or_none(_uuid))
_COMPONENT: Final = Rule(equality=_first_component)
# A change sequence number is text of fixed width: it orders as its octets do.
_SEQUENCE: Final = Rule(
    equality=_text_key(fold_case=True), ordering=_text_or_none(_text_key(fold_case=True))
)

# number, names, rule
_KNOWN: Final[tuple[tuple[str, str, Rule], ...]] = (
    ("2.5.13.0", "objectIdentifierMatch", _IDENTIFIER),
    ("2.5.13.1", "distinguishedNameMatch", _NAMES),
    ("2.5.13.2", "caseIgnoreMatch", _IGNORE),
    ("2.5.13.3", "caseIgnoreOrderingMatch", _IGNORE),
    ("2.5.13.4", "caseIgnoreSubstringsMatch", _IGNORE),
    ("2.5.13.5", "caseExactMatch", _EXACT),
    ("2.5.13.6", "caseExactOrderingMatch", _EXACT),
    ("2.5.13.7", "caseExactSubstringsMatch", _EXACT),
    ("2.5.13.8", "numericStringMatch", _NUMERIC),
    ("2.5.13.9", "numericStringOrderingMatch", _NUMERIC),
    ("2.5.13.10", "numericStringSubstringsMatch", _NUMERIC),
    ("2.5.13.11", "caseIgnoreListMatch", _LIST),
    ("2.5.13.12", "caseIgnoreListSubstringsMatch", _LIST),
    ("2.5.13.13", "booleanMatch", _TRUTH),
    ("2.5.13.14", "integerMatch", _WHOLE),
    ("2.5.13.15", "integerOrderingMatch", _WHOLE),
    ("2.5.13.16", "bitStringMatch", Rule()),
    ("2.5.13.17", "octetStringMatch", _OCTETS),
    ("2.5.13.18", "octetStringOrderingMatch", _OCTETS),
    ("2.5.13.19", "octetStringSubstringsMatch", _OCTETS),
    ("2.5.13.20", "telephoneNumberMatch", _TELEPHONE),
    ("2.5.13.21", "telephoneNumberSubstringsMatch", _TELEPHONE),
    ("2.5.13.22", "presentationAddressMatch", Rule()),
    ("2.5.13.23", "uniqueMemberMatch", _NAME_AND_UID),
    ("2.5.13.24", "protocolInformationMatch", Rule()),
    ("2.5.13.25", "uTCTimeMatch", _UTC),
    ("2.5.13.27", "generalizedTimeMatch", _TIME),
    ("2.5.13.28", "generalizedTimeOrderingMatch", _TIME),
    ("2.5.13.29", "integerFirstComponentMatch", _COMPONENT),
    ("2.5.13.30", "objectIdentifierFirstComponentMatch", _COMPONENT),
    ("2.5.13.34", "certificateExactMatch", Rule()),
    ("2.5.13.38", "certificateListExactMatch", Rule()),
    ("1.3.6.1.4.1.1466.109.114.1", "caseExactIA5Match", _EXACT),
    ("1.3.6.1.4.1.1466.109.114.2", "caseIgnoreIA5Match", _IGNORE),
    ("1.3.6.1.4.1.1466.109.114.3", "caseIgnoreIA5SubstringsMatch", _IGNORE),
    ("1.3.6.1.4.1.4203.1.2.1", "caseExactIA5SubstringsMatch", _EXACT),
    ("1.3.6.1.1.16.2", "uuidMatch", _UNIVERSAL),
    ("1.3.6.1.1.16.3", "uuidOrderingMatch", _UNIVERSAL),
    ("1.3.6.1.4.1.4203.666.11.2.2", "CSNMatch", _SEQUENCE),
    ("1.3.6.1.4.1.4203.666.11.2.3", "CSNOrderingMatch", _SEQUENCE),
    ("1.2.840.113556.1.4.803", "integerBitAndMatch", _WHOLE),
    ("1.2.840.113556.1.4.804", "integerBitOrMatch", _WHOLE),
)

_SYNTAX: Final = "1.3.6.1.4.1.1466.115.121.1."
# Values of these compare in one way only, whatever rule is named or none.
_UNAMBIGUOUS: Final = {
    f"{_SYNTAX}7": _TRUTH,
    f"{_SYNTAX}12": _NAMES,
    f"{_SYNTAX}24": _TIME,
    f"{_SYNTAX}27": _WHOLE,
    f"{_SYNTAX}34": _NAME_AND_UID,
    f"{_SYNTAX}36": _NUMERIC,
    f"{_SYNTAX}38": _IDENTIFIER,
    f"{_SYNTAX}53": _UTC,
    "1.3.6.1.1.16.1": _UNIVERSAL,
    "1.2.840.113556.1.4.906": _WHOLE,
}
# Texts: what Active Directory and eDirectory, which publish no rule at all, do with them.
_OF_TEXT: Final = {
    f"{_SYNTAX}15": _IGNORE,
    f"{_SYNTAX}41": _LIST,
    f"{_SYNTAX}50": _TELEPHONE,
    "1.2.840.113556.1.4.905": _IGNORE,
}


@cache
def _by_name() -> dict[str, Rule]:
    return {spelled: rule for number, name, rule in _KNOWN for spelled in (number, name.lower())}


def rule_for(name: str) -> Rule | None:
    """Return the rule of a name or number; None where it is not known here.

    >>> rule_for("2.5.13.2").equality(b"Jane  DOE"), rule_for("noSuchMatch")
    ('jane doe', None)
    """
    return _by_name().get(name.lower())


_ASSERTED: Final = re.compile(r"(?!.*(?:Ordering|Substrings|FirstComponent|BitAnd|BitOr)Match).*")


@cache
def _for_equality() -> frozenset[str]:
    named = (one for one in _KNOWN if _ASSERTED.fullmatch(one[1]))
    return frozenset(spelled for number, name, _ in named for spelled in (number, name.lower()))


def equality_rule_for(name: str) -> Rule | None:
    """Return the rule of a name or number where it is one of equality, else None.

    >>> equality_rule_for("caseExactMatch") is rule_for("2.5.13.5")
    True
    >>> equality_rule_for("integerOrderingMatch") is None
    True
    """
    return rule_for(name) if name.lower() in _for_equality() else None


def compares_alike(one: Rule | None, other: Rule | None) -> bool:
    """Tell whether two rules are for values of the same kind: the same one, or two of texts."""
    texts = (_IGNORE, _EXACT)
    return one is other or (one in texts and other in texts)


def syntax_default(number: str, *, text: bool) -> Rule | None:
    """Return how values of a syntax compare where no known rule is named.

    Args:
        number: the number of the syntax.
        text: True to answer for texts as well, whose case may or may not matter.
    """
    found = _UNAMBIGUOUS.get(number)
    return _OF_TEXT.get(number) if found is None and text else found
