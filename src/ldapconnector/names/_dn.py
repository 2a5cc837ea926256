r"""Distinguished names as values (RFC 4514).

A DN is a sequence of RDNs, an RDN a set of attribute value assertions (AVA), an AVA a
type and a value. Text is only its clothing: ``cn=a\,b`` and ``CN=a\2Cb`` are one name. So
names are parsed at the rim, compared by rule, built from values that nobody has to
escape, and turned into text again at the other rim.

Rules that the tests cite:

1. ``DN.parse(str(dn)) == dn`` for every DN, and ``str`` is a fixed point.
2. Types are compared without regard to case and by all their names; values as
   caseIgnoreMatch does, which holds for the naming attributes in use. A schema can
   refine that: see :meth:`DN.key_by`.
3. An RDN is a set: the order of its AVAs does not matter.
4. A value given by hexadecimal BER (``#04024869``) stays the bytes that it is; where it
   holds a short text it equals the AVA that gives that text.
5. Octets that are no UTF-8 survive a round trip: they are kept as surrogates.
6. ``a.is_under(b)`` exactly when ``b.key`` is a prefix of ``a.key``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector._given import tuple_of, wrong_kind
from ldapconnector.errors import NameSyntaxError, UsageError
from ldapconnector.names._attributes import TYPE, checked_type, type_key
from ldapconnector.names._prepare import prepare, refuse_surrogates

__all__ = ["AVA", "DN", "RDN", "ValueKey"]

#: Gives the key under which a value of a type is compared: ``(type, octets) -> key``.
ValueKey: TypeAlias = Callable[[str, bytes], Hashable]

_SPECIAL: Final = frozenset('"+,;<>\\')
_ESCAPABLE: Final = frozenset('"+,;<>\\ #=')
_HEX: Final = re.compile(r"[0-9A-Fa-f]{2}")
_HEX_VALUE: Final = re.compile(r"#((?:[0-9A-Fa-f]{2})+)")
# No escape, no quote, no second AVA: nearly every DN, and an order of magnitude faster.
_PLAIN: Final = re.compile(r'[^"+;<>\\#\x00-\x1f\x7f]*')

# Nothing in it needs an escape: nearly every value.
_HARMLESS: Final = re.compile(
    r"""(?:[^ #"+,;<>\\\x00-\x1f\x7f\udc80-\udcff]"""
    r"""(?:[^"+,;<>\\\x00-\x1f\x7f\udc80-\udcff]*[^ "+,;<>\\\x00-\x1f\x7f\udc80-\udcff])?)?"""
)


@attrs.frozen(eq=False)
class AVA:
    r"""An attribute value assertion: one ``type=value`` of an RDN.

    Attributes:
        type: a name or a dotted number, as it was written.
        value: text; bytes where it was given as ``#`` and hexadecimal BER.

    Raises:
        NameSyntaxError: the type is none, or no octets are given for the BER.
        UsageError: the value is neither text nor octets.

    >>> str(AVA("cn", "Doe, Jane"))
    'cn=Doe\\, Jane'
    >>> AVA("CN", "doe,  jane") == AVA("commonName", "Doe, Jane")
    True
    """

    type: str = attrs.field()
    value: str | bytes = attrs.field()

    @type.validator  # noqa: A003 -- the field, not the builtin
    def _check_type(self, _: attrs.Attribute[str], value: str) -> None:
        checked_type(value)

    @value.validator
    def _check_value(self, _: attrs.Attribute[Any], value: object) -> None:
        if isinstance(value, str):
            refuse_surrogates(value)
        elif not isinstance(value, bytes):
            raise wrong_kind(
                f"the value of {self.type} in a name", "a text", value, "write str(...) for it"
            )
        elif not value:
            raise NameSyntaxError(
                f"{self.type}: a value in octets is a BER encoding, and that is never empty",
                text=self.type,
            )

    @property
    def octets(self) -> bytes:
        """The value as the wire carries it; for a hexadecimal value its BER encoding."""
        if isinstance(self.value, bytes):
            return self.value
        return self.value.encode("utf-8", "surrogateescape")

    @cached_property
    def key(self) -> tuple[str, Hashable]:
        """What decides equality."""
        value = _text_of(self.value) if isinstance(self.value, bytes) else self.value
        return type_key(self.type), value if isinstance(value, bytes) else prepare(value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AVA):
            return NotImplemented
        return self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        if isinstance(self.value, bytes):
            return f"{self.type}=#{self.value.hex()}"
        return f"{self.type}={_escape(self.value)}"


# UTF8String, OCTET STRING, PrintableString, IA5String: the BER tags that hold text.
_TEXT_TAGS: Final = frozenset({0x0C, 0x04, 0x13, 0x16})
_SHORT_LENGTH: Final = 0x80


def _text_of(ber: bytes) -> str | bytes:
    """Return the text inside a hexadecimal value, or the value where it holds none."""
    if len(ber) >= 2 and ber[0] in _TEXT_TAGS and ber[1] < _SHORT_LENGTH and ber[1] == len(ber) - 2:
        try:
            return ber[2:].decode()
        except UnicodeDecodeError:
            return ber
    return ber


def _escape(value: str) -> str:
    """Escape as RFC 4514, 2.4 asks, control characters and broken octets in hexadecimal."""
    if _HARMLESS.fullmatch(value):
        return value
    out = []
    last = len(value) - 1
    for index, character in enumerate(value):
        code = ord(character)
        if (
            character in _SPECIAL
            or (character == "#" and index == 0)
            or (character == " " and index in {0, last})
        ):
            out.append("\\" + character)
        elif code < 0x20 or code == 0x7F:
            out.append(f"\\{code:02X}")
        elif 0xDC80 <= code <= 0xDCFF:
            out.append(f"\\{code - 0xDC00:02X}")
        else:
            out.append(character)
    return "".join(out)


def _avas(given: Iterable[AVA]) -> tuple[AVA, ...]:
    return tuple_of(AVA, given, "an RDN", "AVAs", "RDN.parse reads a text, RDN.of takes pairs")


def _rdns(given: Iterable[RDN]) -> tuple[RDN, ...]:
    # The parser's own tuples, on every name that is read, are not looked through.
    if type(given) is tuple and (not given or type(given[0]) is RDN):
        return given
    return tuple_of(RDN, given, "a DN", "RDNs", "DN.parse reads a text")


def _pair(part: object) -> AVA:
    if not isinstance(part, tuple) or len(part) != 2:
        raise UsageError(
            f'a part of a name is a pair (type, value), as ("cn", "Jane"); not {part!r}'
        )
    return AVA(*part)


@attrs.frozen(eq=False)
class RDN:
    """A relative distinguished name: a set of one or more AVAs.

    Attributes:
        avas: at least one, in the order in which they were written.
    """

    avas: tuple[AVA, ...] = attrs.field(converter=_avas)

    @avas.validator
    def _check_avas(self, _: attrs.Attribute[tuple[AVA, ...]], avas: tuple[AVA, ...]) -> None:
        if not avas:
            raise NameSyntaxError("an RDN has at least one type=value")

    @classmethod
    def of(cls, *pairs: tuple[str, str | bytes]) -> RDN:
        r"""Build from ``(type, value)`` pairs, whose values need no escaping.

        Raises:
            NameSyntaxError: no pair is given, or a type is none.
            UsageError: something else than a pair is given.

        >>> str(RDN.of(("cn", "Doe, Jane"), ("uid", "jane")))
        'cn=Doe\\, Jane+uid=jane'
        """
        return cls(tuple(map(_pair, pairs)))

    @classmethod
    def parse(cls, text: str) -> RDN:
        """Read one RDN.

        Raises:
            NameSyntaxError: the text is no RDN, or several.
        """
        rdns = DN.parse(text).rdns
        if len(rdns) != 1:
            raise NameSyntaxError("expected exactly one RDN", text=text)
        return rdns[0]

    @cached_property
    def key(self) -> Hashable:
        """What decides equality: the AVAs' keys, as a set."""
        return frozenset(ava.key for ava in self.avas)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RDN):
            return NotImplemented
        return self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __iter__(self) -> Iterator[AVA]:
        return iter(self.avas)

    @cached_property
    def _text(self) -> str:
        return "+".join(map(str, self.avas))

    def __str__(self) -> str:
        return self._text


@attrs.frozen(eq=False, repr=False)
class DN:
    """A distinguished name. The empty one is the root of the tree.

    Attributes:
        rdns: the entry's own RDN first, the one nearest to the root last.

    >>> dn = DN.parse("CN=Jane Doe, OU=People,DC=example,DC=com")
    >>> str(dn)
    'CN=Jane Doe,OU=People,DC=example,DC=com'
    >>> dn == DN.parse("cn=jane  doe,ou=people,dc=example,dc=com")
    True
    >>> str(dn.parent), dn.is_under(DN.parse("dc=example,dc=com"))
    ('OU=People,DC=example,DC=com', True)
    """

    rdns: tuple[RDN, ...] = attrs.field(default=(), converter=_rdns)

    @classmethod
    def parse(cls, text: str) -> DN:
        """Read a DN (RFC 4514, section 3). Spaces around separators are let in.

        Args:
            text: as ``uid=jane,ou=people,dc=example``; the empty text is the root.

        Raises:
            NameSyntaxError: with the place and, where it can be told, the mending.
            UsageError: ``text`` is no text.
        """
        if not isinstance(text, str):
            raise wrong_kind("a DN", "a text", text)
        refuse_surrogates(text)
        if _PLAIN.fullmatch(text):
            rdns = _parse_plain(text)
            if rdns is not None:
                return cls(rdns)
        return cls(tuple(_Parser(text).rdns()))

    @classmethod
    def of(cls, dn: DN | str) -> DN:
        """Return ``dn`` itself, or parse it where it is text."""
        return dn if isinstance(dn, DN) else cls.parse(dn)

    @classmethod
    def build(cls, *rdns: RDN | tuple[str, str | bytes] | DN | str) -> DN:
        r"""Put a name together from values that need no escaping.

        Args:
            rdns: own RDN first: ``(type, value)`` pairs or :class:`RDN`; the last one may
                be the parent, as a DN or its text.

        Raises:
            NameSyntaxError: a type or the parent's text is wrong.
            UsageError: a part is none of these.

        >>> str(DN.build(("cn", "Doe, Jane"), "ou=people,dc=example"))
        'cn=Doe\\, Jane,ou=people,dc=example'
        """
        out: list[RDN] = []
        for index, part in enumerate(rdns):
            if isinstance(part, RDN):
                out.append(part)
            elif isinstance(part, (DN, str)) and index == len(rdns) - 1:
                out.extend(cls.of(part).rdns)
            elif isinstance(part, str):
                raise NameSyntaxError("only the last part may be a parent's DN", text=part)
            else:
                out.append(RDN((_pair(part),)))
        return cls(tuple(out))

    @property
    def rdn(self) -> RDN:
        """The entry's own RDN.

        Raises:
            NameSyntaxError: the root has none.
        """
        if not self.rdns:
            raise NameSyntaxError("the empty DN has no RDN")
        return self.rdns[0]

    @property
    def parent(self) -> DN | None:
        """The DN without its first RDN; None for the root."""
        return DN(self.rdns[1:]) if self.rdns else None

    @property
    def depth(self) -> int:
        """The number of RDNs."""
        return len(self.rdns)

    @cached_property
    def key(self) -> tuple[Hashable, ...]:
        """What decides equality: the RDNs' keys from the root downwards."""
        return tuple(rdn.key for rdn in reversed(self.rdns))

    def key_by(self, value_key: ValueKey, type_name: Callable[[str], str] = type_key) -> Hashable:
        """Return a key that compares values by their own matching rules.

        Args:
            value_key: gives the key of a value, such as ``Schema.equality_key``.
            type_name: gives the one name of a type.
        """
        return tuple(
            frozenset((type_name(ava.type), value_key(ava.type, ava.octets)) for ava in rdn.avas)
            for rdn in reversed(self.rdns)
        )

    def child(self, rdn: RDN | tuple[str, str | bytes]) -> DN:
        """Return the DN of an entry right below this one."""
        return DN.build(rdn, self)

    def ancestors(self) -> Iterator[DN]:
        """Yield the parent, its parent, and so on, without the root."""
        for index in range(1, len(self.rdns)):
            yield DN(self.rdns[index:])

    def is_under(self, base: DN | str, *, strict: bool = False) -> bool:
        """Tell whether this name lies in the subtree of ``base``.

        Args:
            base: the subtree's top.
            strict: True leaves the top itself out.
        """
        top = DN.of(base).key
        return self.key[: len(top)] == top and not (strict and len(top) == len(self.key))

    def moved(self, old_base: DN, new_base: DN) -> DN:
        """Return this name after the entry ``old_base`` above it was renamed to ``new_base``."""
        return DN(self.rdns[: len(self.rdns) - len(old_base.rdns)] + new_base.rdns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DN):
            return NotImplemented
        return self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __bool__(self) -> bool:
        return bool(self.rdns)

    def __str__(self) -> str:
        return ",".join(map(str, self.rdns))

    def __repr__(self) -> str:
        return f"DN({str(self)!r})"


def _parse_plain(text: str) -> tuple[RDN, ...] | None:
    """Parse a text without escapes; None leaves it, or its error, to the full parser."""
    if not text.strip(" "):
        return ()
    out = []
    for part in text.split(","):
        rdn = _plain_rdn(part)
        if rdn is None:
            return None
        out.append(rdn)
    return tuple(out)


# The names of a directory end alike: their last RDNs are the same values, with their keys.
@lru_cache(maxsize=4096)
def _plain_rdn(part: str) -> RDN | None:
    kind, equals, value = part.partition("=")
    kind = kind.strip(" ")
    if not equals or not TYPE.fullmatch(kind):
        return None
    return RDN((AVA(kind, value.strip(" ")),))


class _Parser:
    """The whole grammar, character by character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def rdns(self) -> Iterable[RDN]:
        text = self._text
        self._spaces()
        if self._at == len(text):
            return
        while True:
            avas = [self._ava()]
            while self._peek() == "+":
                self._at += 1
                avas.append(self._ava())
            yield RDN(tuple(avas))
            if self._at == len(text):
                return
            if self._peek() != ",":
                raise self._error(f"{self._peek()!r} cannot stand here; expected ',' or '+'")
            self._at += 1

    def _ava(self) -> AVA:
        self._spaces()
        kind = self._type()
        self._spaces()
        if self._peek() != "=":
            raise self._error(
                f"expected '=' after the attribute type {kind!r}; a comma that belongs to the "
                r"value before it is written '\,'"
            )
        self._at += 1
        self._spaces()
        hexadecimal = _HEX_VALUE.match(self._text, self._at)
        if hexadecimal:
            self._at = hexadecimal.end()
            self._spaces()
            return AVA(kind, bytes.fromhex(hexadecimal[1]))
        return AVA(kind, self._value())

    def _type(self) -> str:
        start = self._at
        if self._text[start : start + 4].upper() == "OID.":  # RFC 2253 wrote it so
            start += 4
        found = TYPE.match(self._text, start)
        if not found:
            raise self._error(
                "expected an attribute type; a comma or plus sign that belongs to the value "
                r"before it is written '\,' or '\+'"
            )
        self._at = found.end()
        return found[0]

    def _value(self) -> str:
        text, out = self._text, bytearray()
        significant = 0  # the length of what must stay when trailing spaces go
        if self._peek() == '"':
            return self._quoted()
        if self._peek() == "#":
            raise self._error("after '#' stand pairs of hexadecimal digits; a plain '#' is '\\#'")
        while self._at < len(text):
            character = text[self._at]
            if character in ",+":
                break
            if character == "\\":
                out += self._escaped()
                significant = len(out)
                continue
            if character == "\0":
                raise self._error(r"NUL is written '\00' in a value")
            if character in _SPECIAL:
                raise self._error(f"{character!r} is written '\\{character}' in a value")
            out += character.encode("utf-8", "surrogateescape")
            if character != " ":
                significant = len(out)
            self._at += 1
        return out[:significant].decode("utf-8", "surrogateescape")

    def _quoted(self) -> str:
        """Read the quoted form of RFC 1779, which RFC 4514 lets implementations accept."""
        start, out = self._at, bytearray()
        self._at += 1
        while self._peek() != '"':
            if self._at >= len(self._text):
                self._at = start
                raise self._error("this quote is never closed; a plain '\"' is '\\\"'")
            if self._peek() == "\0":
                raise self._error(r"NUL is written '\00' in a value")
            if self._peek() == "\\":
                out += self._escaped()
            else:
                out += self._peek().encode("utf-8", "surrogateescape")
                self._at += 1
        self._at += 1
        self._spaces()
        return out.decode("utf-8", "surrogateescape")

    def _escaped(self) -> bytes:
        pair = _HEX.match(self._text, self._at + 1)
        if pair:
            self._at += 3
            return bytes.fromhex(pair[0])
        following = self._text[self._at + 1 : self._at + 2]
        if following not in _ESCAPABLE or not following:
            raise self._error(
                'a backslash stands before one of  " + , ; < > \\ # =  or a space, or before '
                "two hexadecimal digits; a plain backslash is '\\\\'"
            )
        self._at += 2
        return following.encode()

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _spaces(self) -> None:
        while self._peek() == " ":
            self._at += 1

    def _error(self, message: str) -> NameSyntaxError:
        return NameSyntaxError(message, text=self._text, position=self._at)
