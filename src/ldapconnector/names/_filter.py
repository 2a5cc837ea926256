"""Search filters as values (RFC 4511, 4.5.1.7; text form RFC 4515).

Build them with the constructors of :class:`Filter`, which need no escaping, and join
them with ``&``, ``|`` and ``~``. :meth:`Filter.matches` evaluates one against an entry with
the three truth values of RFC 4511: a filter that is Undefined does not match, and neither
does its negation.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, Protocol, TypeAlias

import attrs

from ldapconnector.errors import NameSyntaxError, UsageError
from ldapconnector.names._attributes import TYPE, AttributeDescription
from ldapconnector.names._prepare import prepare

__all__ = [
    "TEXT_MATCHING",
    "And",
    "Approx",
    "Equal",
    "Extensible",
    "Filter",
    "FilterItem",
    "GreaterOrEqual",
    "LessOrEqual",
    "MatchingSchema",
    "Not",
    "Or",
    "Present",
    "Substring",
]

# Deeper than any filter that a person or a program of ours writes, and far from Python's limit.
_DEEPEST: Final = 100
_BIT_AND: Final = "1.2.840.113556.1.4.803"
_BIT_OR: Final = "1.2.840.113556.1.4.804"


#: The kinds of filter items that a schema may or may not understand for an attribute.
FilterItem: TypeAlias = Literal["present", "equality", "ordering", "substring"]


class MatchingSchema(Protocol):
    """What evaluation by matching rule needs to know; ``Schema`` is one."""

    def names_of(self, attribute: str) -> frozenset[str]:
        """Return the lower-case names of an attribute type and of its subtypes."""

    def understands(self, attribute: str, item: FilterItem, value: bytes | None = None) -> bool:
        """Tell whether a filter item can be evaluated; where not, it is Undefined.

        That is so (RFC 4511, 4.5.1.7) where the attribute is not known, has no rule for such
        an item, or ``value`` breaks its syntax.
        """

    def equality_key(self, attribute: str, value: bytes) -> Hashable:
        """Return the value as its EQUALITY rule compares it."""

    def ordering_key(self, attribute: str, value: bytes) -> Any | None:
        """Return the value as its ORDERING rule compares it, None where there is none."""

    def substring_key(self, attribute: str, value: bytes) -> str | bytes:
        """Return the value as its SUBSTR rule compares it."""


class _TextMatching:
    """Without a schema every value is text and its case does not matter."""

    def names_of(self, attribute: str) -> frozenset[str]:
        return frozenset({attribute.lower()})

    def understands(self, attribute: str, item: FilterItem, value: bytes | None = None) -> bool:  # noqa: ARG002
        return True

    def equality_key(self, attribute: str, value: bytes) -> Hashable:
        return self.substring_key(attribute, value)

    def ordering_key(self, attribute: str, value: bytes) -> Any | None:
        text = value.decode("utf-8", "surrogateescape").strip()
        # Numbers in numeric order, before all texts.
        if re.fullmatch(r"-?[0-9]{1,4000}", text):
            return (0, int(text), "")
        return (1, 0, self.substring_key(attribute, value))

    def substring_key(self, attribute: str, value: bytes) -> str | bytes:  # noqa: ARG002
        try:
            return prepare(value.decode())
        except UnicodeDecodeError:
            return value


#: What stands in for a schema: every value is text and its case does not matter.
TEXT_MATCHING: Final[MatchingSchema] = _TextMatching()


@attrs.frozen
class _View:
    """An entry seen through a schema: finds the values that a description selects."""

    entry: Mapping[str, Sequence[bytes]]
    schema: MatchingSchema

    def understands(self, attribute: str, item: FilterItem, value: bytes | None = None) -> bool:
        return self.schema.understands(attribute.partition(";")[0], item, value)

    def values(self, attribute: str) -> Iterator[tuple[str, bytes]]:
        wanted = AttributeDescription.parse(attribute)
        options = set(wanted.key[1])
        names = self.schema.names_of(wanted.type)
        for name, values in self.entry.items():
            kind, _, rest = name.partition(";")
            if kind.lower() in names and (not options or options <= set(rest.lower().split(";"))):
                for value in values:
                    yield kind, value


class Filter(ABC):
    r"""A search filter: a frozen value with an RFC 4515 text form.

    >>> wanted = Filter.equal("uid", "o*neil") & Filter.present("mail")
    >>> str(wanted)
    '(&(uid=o\\2aneil)(mail=*))'
    >>> Filter.parse("(&(uid=o\\2aneil)(mail=*))") == wanted
    True
    >>> wanted.matches({"uid": [b"O*Neil"], "mail": [b"o@example.com"]})
    True
    """

    __slots__ = ()

    TRUE: ClassVar[And]
    FALSE: ClassVar[Or]

    @staticmethod
    def parse(text: str) -> Filter:
        r"""Read a filter (RFC 4515). White space between parts is let in.

        Raises:
            NameSyntaxError: with the place.
            UsageError: ``text`` is no text.

        >>> str(Filter.parse("(|(cn=a*)(!(uid>=5)))"))
        '(|(cn=a*)(!(uid>=5)))'
        """
        if not isinstance(text, str):
            raise UsageError(f"a filter is a text, not {type(text).__name__}")
        return _Parser(text).whole()

    @staticmethod
    def equal(attribute: str, value: str | bytes) -> Equal:
        """``(attribute=value)``; the value is taken as it is, ``*`` included."""
        return Equal(_described(attribute), _octets(value))

    @staticmethod
    def present(attribute: str) -> Present:
        """``(attribute=*)``."""
        return Present(_described(attribute))

    @staticmethod
    def at_least(attribute: str, value: str | bytes) -> GreaterOrEqual:
        """``(attribute>=value)``."""
        return GreaterOrEqual(_described(attribute), _octets(value))

    @staticmethod
    def at_most(attribute: str, value: str | bytes) -> LessOrEqual:
        """``(attribute<=value)``."""
        return LessOrEqual(_described(attribute), _octets(value))

    @staticmethod
    def substring(
        attribute: str,
        *,
        initial: str | bytes = b"",
        middle: Iterable[str | bytes] = (),
        final: str | bytes = b"",
    ) -> Substring:
        """``(attribute=initial*middle*final)``; at least one part is needed.

        Raises:
            NameSyntaxError: no part is given.
        """
        return Substring(
            attribute=_described(attribute),
            initial=_octets(initial),
            middle=tuple(map(_octets, middle)),
            final=_octets(final),
        )

    @staticmethod
    def all_of(filters: Iterable[Filter]) -> Filter:
        """The conjunction; one filter stays itself, none is TRUE."""
        parts = tuple(filters)
        return parts[0] if len(parts) == 1 else And(parts)

    @staticmethod
    def any_of(filters: Iterable[Filter]) -> Filter:
        """The disjunction; one filter stays itself, none is FALSE."""
        parts = tuple(filters)
        return parts[0] if len(parts) == 1 else Or(parts)

    def matches(
        self, entry: Mapping[str, Sequence[bytes]], schema: MatchingSchema | None = None
    ) -> bool:
        """Tell whether ``entry`` matches.

        Args:
            entry: attribute names to values; an ``Entry`` is one. Extensible matches of
                the name (``:dn:``) also use its ``dn``.
            schema: compares by matching rule and knows subtypes; without one all values
                are text without regard to case.
        """
        return self._evaluate(_View(entry, schema or TEXT_MATCHING)) is True

    @property
    @abstractmethod
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""

    @abstractmethod
    def _evaluate(self, view: _View) -> bool | None: ...

    def __and__(self, other: Filter) -> Filter:
        return And((*_parts(self, And), *_parts(other, And)))

    def __or__(self, other: Filter) -> Filter:
        return Or((*_parts(self, Or), *_parts(other, Or)))

    def __invert__(self) -> Filter:
        return Not(self)


def _parts(filter_: Filter, kind: type[And | Or]) -> tuple[Filter, ...]:
    return filter_.filters if isinstance(filter_, kind) else (filter_,)


@attrs.frozen(str=False)
class And(Filter):
    """All of ``filters`` match; with none it is the absolute TRUE of RFC 4526."""

    filters: tuple[Filter, ...]

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return frozenset().union(*(part.attributes for part in self.filters))

    def _evaluate(self, view: _View) -> bool | None:
        result: bool | None = True
        for part in self.filters:
            found = part._evaluate(view)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    def __str__(self) -> str:
        return f"(&{''.join(map(str, self.filters))})"


@attrs.frozen(str=False)
class Or(Filter):
    """One of ``filters`` matches; with none it is the absolute FALSE of RFC 4526."""

    filters: tuple[Filter, ...]

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return frozenset().union(*(part.attributes for part in self.filters))

    def _evaluate(self, view: _View) -> bool | None:
        result: bool | None = False
        for part in self.filters:
            found = part._evaluate(view)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    def __str__(self) -> str:
        return f"(|{''.join(map(str, self.filters))})"


@attrs.frozen(str=False)
class Not(Filter):
    """``filter`` is False (not: Undefined)."""

    filter: Filter

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return self.filter.attributes

    def _evaluate(self, view: _View) -> bool | None:
        found = self.filter._evaluate(view)
        return None if found is None else not found

    def __str__(self) -> str:
        return f"(!{self.filter})"


@attrs.frozen(str=False)
class _OfAttribute(Filter):
    attribute: str

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return frozenset({self.attribute.lower()})

    def _evaluate(self, view: _View) -> bool | None:
        raise NotImplementedError


@attrs.frozen(str=False)
class Present(_OfAttribute):
    """The attribute has a value."""

    def _evaluate(self, view: _View) -> bool | None:
        if not view.understands(self.attribute, "present"):
            return None
        return next(view.values(self.attribute), None) is not None

    def __str__(self) -> str:
        return f"({self.attribute}=*)"


@attrs.frozen(str=False)
class Equal(_OfAttribute):
    """One of the values equals ``value`` by the attribute's equality rule."""

    value: bytes

    def _evaluate(self, view: _View) -> bool | None:
        if not view.understands(self.attribute, "equality", self.value):
            return None
        key = view.schema.equality_key
        wanted = key(AttributeDescription.parse(self.attribute).type, self.value)
        return any(key(kind, value) == wanted for kind, value in view.values(self.attribute))

    def __str__(self) -> str:
        return f"({self.attribute}={_escape(self.value)})"


@attrs.frozen(str=False)
class Approx(_OfAttribute):
    """One of the values is about ``value``; evaluated here as equality (RFC 4511 lets us)."""

    value: bytes

    def _evaluate(self, view: _View) -> bool | None:
        return Equal(self.attribute, self.value)._evaluate(view)

    def __str__(self) -> str:
        return f"({self.attribute}~={_escape(self.value)})"


@attrs.frozen(str=False)
class GreaterOrEqual(_OfAttribute):
    """One of the values is ``value`` or orders after it."""

    value: bytes

    def _evaluate(self, view: _View) -> bool | None:
        return _ordered(self, view, lambda found, wanted: bool(found >= wanted))

    def __str__(self) -> str:
        return f"({self.attribute}>={_escape(self.value)})"


@attrs.frozen(str=False)
class LessOrEqual(_OfAttribute):
    """One of the values is ``value`` or orders before it."""

    value: bytes

    def _evaluate(self, view: _View) -> bool | None:
        return _ordered(self, view, lambda found, wanted: bool(found <= wanted))

    def __str__(self) -> str:
        return f"({self.attribute}<={_escape(self.value)})"


def _ordered(
    filter_: GreaterOrEqual | LessOrEqual, view: _View, holds: Callable[[Any, Any], bool]
) -> bool | None:
    if not view.understands(filter_.attribute, "ordering", filter_.value):
        return None
    key = view.schema.ordering_key
    wanted = key(AttributeDescription.parse(filter_.attribute).type, filter_.value)
    if wanted is None:
        return None
    found = (key(kind, value) for kind, value in view.values(filter_.attribute))
    return any(one is not None and holds(one, wanted) for one in found)


@attrs.frozen(kw_only=True, str=False)
class Substring(_OfAttribute):
    """One of the values has these parts, in this order."""

    initial: bytes = b""
    middle: tuple[bytes, ...] = ()
    final: bytes = b""

    def __attrs_post_init__(self) -> None:
        if not (self.initial or self.final or self.middle) or not all(self.middle):
            raise NameSyntaxError(
                "a substring filter has at least one part, and none of them is empty",
                text=self.attribute,
            )

    def _evaluate(self, view: _View) -> bool | None:
        if not view.understands(self.attribute, "substring"):
            return None
        return any(
            self._fits(view.schema.substring_key, kind, value)
            for kind, value in view.values(self.attribute)
        )

    def _fits(self, key: Callable[[str, bytes], str | bytes], kind: str, value: bytes) -> bool:
        text = _as_text(key(kind, value))
        start, end = 0, len(text)
        if self.initial:
            initial = _as_text(key(kind, self.initial))
            if not text.startswith(initial):
                return False
            start = len(initial)
        if self.final:
            final = _as_text(key(kind, self.final))
            if not text.endswith(final) or end - len(final) < start:
                return False
            end -= len(final)
        for part in self.middle:
            wanted = _as_text(key(kind, part))
            at = text.find(wanted, start, end)
            if at < 0:
                return False
            start = at + len(wanted)
        return True

    def __str__(self) -> str:
        parts = [self.initial, *self.middle, self.final]
        return f"({self.attribute}={'*'.join(map(_escape, parts))})"


def _as_text(key: str | bytes) -> str:
    return key if isinstance(key, str) else key.decode("latin-1")


@attrs.frozen(kw_only=True, str=False)
class Extensible(Filter):
    """An extensible match: by a rule named, on the name's AVAs too where ``dn`` is set.

    Evaluated here: equality by the attribute's own rule, and the bitwise rules of Active
    Directory. Any other rule is Undefined, as RFC 4511 has it.
    """

    attribute: str | None = None
    rule: str | None = None
    value: bytes
    dn: bool = False

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return frozenset({self.attribute.lower()} if self.attribute else ())

    def _evaluate(self, view: _View) -> bool | None:
        if self.attribute is None:
            return None
        kind = AttributeDescription.parse(self.attribute).type
        values = [value for _, value in view.values(self.attribute)]
        if self.dn:
            names = view.schema.names_of(kind)
            rdns = getattr(getattr(view.entry, "dn", None), "rdns", ())
            values += [ava.octets for rdn in rdns for ava in rdn if ava.type.lower() in names]
        if self.rule is None:
            wanted = view.schema.equality_key(kind, self.value)
            return any(view.schema.equality_key(kind, value) == wanted for value in values)
        if self.rule in {_BIT_AND, _BIT_OR}:
            return self._bits(values)
        return None

    def _bits(self, values: list[bytes]) -> bool | None:
        try:
            mask = int(self.value)
            numbers = [int(value) for value in values]
        except ValueError:
            return None
        if self.rule == _BIT_AND:
            return any(number & mask == mask for number in numbers)
        return any(number & mask for number in numbers)

    def __str__(self) -> str:
        left = (self.attribute or "") + (":dn" if self.dn else "")
        left += f":{self.rule}" if self.rule else ""
        return f"({left}:={_escape(self.value)})"


Filter.TRUE = And(())
Filter.FALSE = Or(())


def _octets(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


def _described(attribute: str) -> str:
    return str(AttributeDescription.parse(attribute))


_ESCAPED: Final = re.compile(rb"[\x00-\x1f\x7f*()\\]")


def _escape(value: bytes) -> str:
    """Escape as RFC 4515 asks; octets that are no UTF-8, and control characters, too."""
    try:
        text = _ESCAPED.sub(lambda found: b"\\%02x" % found[0][0], value)
        return text.decode()
    except UnicodeDecodeError:
        return "".join(
            chr(octet) if 0x20 <= octet < 0x7F and octet not in b"*()\\" else f"\\{octet:02x}"
            for octet in value
        )


class _Parser:
    """RFC 4515, section 3, by recursive descent with a bound on the depth."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Filter:
        self._spaces()
        # Nearly every tool lets the outermost parentheses be left out; so do we.
        found = self._filter(0) if self._peek() == "(" else self._item(len(self._text))
        self._spaces()
        if self._at < len(self._text):
            raise self._error("the filter ends here, but text follows")
        return found

    def _filter(self, depth: int) -> Filter:
        if depth > _DEEPEST:
            raise self._error(f"the filter is nested deeper than {_DEEPEST}")
        self._expect("(")
        self._spaces()
        operator = self._peek()
        found: Filter
        if operator in {"&", "|"}:
            self._at += 1
            parts = tuple(self._list(depth))
            found = And(parts) if operator == "&" else Or(parts)
        elif operator == "!":
            self._at += 1
            self._spaces()
            found = Not(self._filter(depth + 1))
            self._spaces()
        else:
            end = self._text.find(")", self._at)
            if end < 0:
                raise self._error("this parenthesis is never closed")
            found = self._item(end)
        self._expect(")")
        return found

    def _list(self, depth: int) -> Iterator[Filter]:
        self._spaces()
        while self._peek() == "(":
            yield self._filter(depth + 1)
            self._spaces()

    def _item(self, end: int) -> Filter:
        start = self._at
        text = self._text[start:end]
        found = re.match(r"\s*([^=<>~:()&|!\s]*)\s*(:[^=]*:=|:=|>=|<=|~=|=)", text)
        if not found:
            raise self._error("expected attribute=value, or '(' with '&', '|' or '!'")
        attribute, operator = found.groups()
        self._at = start + found.end()
        value = text[found.end() :]
        if operator.startswith(":"):
            result = self._extensible(attribute, operator, value, start)
        else:
            name = self._attribute(attribute, start)
            if operator == "=":
                result = self._equality(name, value)
            else:
                kind = {">=": GreaterOrEqual, "<=": LessOrEqual, "~=": Approx}[operator]
                result = kind(name, self._value(value, self._at))
        self._at = end
        return result

    def _attribute(self, text: str, start: int) -> str:
        try:
            return _described(text)
        except NameSyntaxError as error:
            self._at = start + error.position
            raise self._error(error.message) from None

    def _equality(self, name: str, value: str) -> Filter:
        if value == "*":
            return Present(name)
        if "*" not in value:
            return Equal(name, self._value(value, self._at))
        pieces, at = [], self._at
        for piece in value.split("*"):
            pieces.append(self._value(piece, at))
            at += len(piece) + 1
        if not any(pieces):
            return Present(name)
        return Substring(
            attribute=name,
            initial=pieces[0],
            middle=tuple(piece for piece in pieces[1:-1] if piece),
            final=pieces[-1],
        )

    def _extensible(self, attribute: str, operator: str, value: str, start: int) -> Filter:
        dn, rule = False, None
        for word in filter(None, operator[:-1].split(":")):
            if word.lower() == "dn" and not dn and rule is None:
                dn = True
            elif rule is None and TYPE.fullmatch(word):
                rule = word
            else:
                raise self._error(f"{word!r} is no matching rule")
        if not attribute and rule is None:
            self._at = start
            raise self._error("an extensible match names an attribute, a matching rule, or both")
        return Extensible(
            attribute=self._attribute(attribute, start) if attribute else None,
            rule=rule,
            value=self._value(value, self._at),
            dn=dn,
        )

    def _value(self, text: str, at: int) -> bytes:
        if "\\" not in text and "(" not in text:
            return text.encode("utf-8", "surrogateescape")
        out, index = bytearray(), 0
        while index < len(text):
            character = text[index]
            if character == "\\":
                pair = text[index + 1 : index + 3]
                if not re.fullmatch("[0-9A-Fa-f]{2}", pair):
                    self._at = at + index
                    raise self._error("a backslash stands before two hexadecimal digits")
                out.append(int(pair, 16))
                index += 3
                continue
            if character == "(":
                self._at = at + index
                raise self._error(r"'(' is written '\28' in a value")
            out += character.encode("utf-8", "surrogateescape")
            index += 1
        return bytes(out)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _spaces(self) -> None:
        while self._peek().isspace():
            self._at += 1

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            raise self._error(f"expected {character!r}")
        self._at += 1

    def _error(self, message: str) -> NameSyntaxError:
        return NameSyntaxError(message, text=self._text, position=self._at)
