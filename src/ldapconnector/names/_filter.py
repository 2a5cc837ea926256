"""Search filters as values (RFC 4511, 4.5.1.7; text form RFC 4515).

Build them with the constructors of :class:`Filter`, which need no escaping, and join
them with ``&``, ``|`` and ``~``. :meth:`Filter.matches` evaluates one against an entry with
the three truth values of RFC 4511: a filter that is Undefined does not match, and neither
does its negation.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar, Final, cast

import attrs

from ldapconnector._given import mapping_of, of_kind, tuple_of, wrong_kind
from ldapconnector.errors import NameSyntaxError
from ldapconnector.names._attributes import AttributeDescription, checked_type
from ldapconnector.names._filter_matching import (
    TEXT_MATCHING,
    EntryValues,
    MatchingSchema,
    View,
    octets_of,
)
from ldapconnector.names._prepare import refuse_surrogates

__all__ = [
    "And",
    "Approx",
    "Equal",
    "Extensible",
    "Filter",
    "GreaterOrEqual",
    "LessOrEqual",
    "Not",
    "Or",
    "Present",
    "Substring",
]

_BIT_AND: Final = "1.2.840.113556.1.4.803"
_BIT_OR: Final = "1.2.840.113556.1.4.804"


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
            raise wrong_kind("a filter", "a text", text)
        refuse_surrogates(text)
        from ldapconnector.names._filter_parser import FilterParser  # noqa: PLC0415 -- it makes these

        return FilterParser(text).whole()

    @staticmethod
    def equal(attribute: str, value: str | bytes) -> Equal:
        """``(attribute=value)``; the value is taken as it is, ``*`` included."""
        return Equal(attribute, octets_of(value))

    @staticmethod
    def present(attribute: str) -> Present:
        """``(attribute=*)``."""
        return Present(attribute)

    @staticmethod
    def at_least(attribute: str, value: str | bytes) -> GreaterOrEqual:
        """``(attribute>=value)``."""
        return GreaterOrEqual(attribute, octets_of(value))

    @staticmethod
    def at_most(attribute: str, value: str | bytes) -> LessOrEqual:
        """``(attribute<=value)``."""
        return LessOrEqual(attribute, octets_of(value))

    @staticmethod
    def substring(
        attribute: str,
        *,
        initial: str | bytes = b"",
        middle: Iterable[str | bytes] | str | bytes = (),
        final: str | bytes = b"",
    ) -> Substring:
        """``(attribute=initial*middle*final)``; at least one part is needed.

        Raises:
            NameSyntaxError: no part is given.
        """
        return Substring(
            attribute=attribute,
            initial=octets_of(initial),
            middle=(octets_of(middle),)
            if isinstance(middle, (str, bytes))
            else tuple(map(octets_of, middle)),
            final=octets_of(final),
        )

    @staticmethod
    def all_of(filters: Iterable[Filter]) -> Filter:
        """The conjunction; one filter stays itself, none is TRUE."""
        joined = And(filters)
        return joined.filters[0] if len(joined.filters) == 1 else joined

    @staticmethod
    def any_of(filters: Iterable[Filter]) -> Filter:
        """The disjunction; one filter stays itself, none is FALSE."""
        joined = Or(filters)
        return joined.filters[0] if len(joined.filters) == 1 else joined

    def matches(
        self, entry: Mapping[str, EntryValues], schema: MatchingSchema | None = None
    ) -> bool:
        """Tell whether ``entry`` matches.

        Args:
            entry: attribute names to values, octets or text; an ``Entry`` is one. Extensible matches of
                the name (``:dn:``) also use its ``dn``.
            schema: compares by matching rule and knows subtypes; without one all values
                are text without regard to case.

        Raises:
            UsageError: ``entry`` is no mapping.
        """
        view = View(mapping_of(entry, "an entry"), schema or TEXT_MATCHING)
        return self._evaluate(view) is True

    @property
    @abstractmethod
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""

    @abstractmethod
    def _evaluate(self, view: View) -> bool | None: ...

    def __and__(self, other: Filter) -> Filter:
        return And((*_parts(self, And), *_parts(other, And)))

    def __or__(self, other: Filter) -> Filter:
        return Or((*_parts(self, Or), *_parts(other, Or)))

    def __invert__(self) -> Filter:
        return Not(self)


def _parts(filter_: Filter, kind: type[And | Or]) -> tuple[Filter, ...]:
    return filter_.filters if isinstance(filter_, kind) else (filter_,)


_PARSE: Final = "Filter.parse reads a text"


def _filters(given: Iterable[Filter]) -> tuple[Filter, ...]:
    return tuple_of(Filter, given, "a filter of filters", "filters", _PARSE)  # type: ignore[type-abstract]


def _filter(given: Filter) -> Filter:
    return of_kind(Filter, given, "what is negated", "a filter", _PARSE)  # type: ignore[type-abstract]


def _described(attribute: str) -> str:
    return str(AttributeDescription.parse(attribute))


def _described_or_none(attribute: str | None) -> str | None:
    return None if attribute is None else _described(attribute)


def _value(given: bytes) -> bytes:
    return of_kind(bytes, given, "the value of a filter", "octets", "Filter.equal takes text")


def _values(given: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple_of(bytes, given, "the parts of a filter", "octets", "Filter.substring takes text")


@attrs.frozen(str=False)
class And(Filter):
    """All of ``filters`` match; with none it is the absolute TRUE of RFC 4526."""

    filters: tuple[Filter, ...] = attrs.field(converter=_filters)

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return frozenset().union(*(part.attributes for part in self.filters))

    def _evaluate(self, view: View) -> bool | None:
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

    filters: tuple[Filter, ...] = attrs.field(converter=_filters)

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return frozenset().union(*(part.attributes for part in self.filters))

    def _evaluate(self, view: View) -> bool | None:
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

    filter: Filter = attrs.field(converter=_filter)

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return self.filter.attributes

    def _evaluate(self, view: View) -> bool | None:
        found = self.filter._evaluate(view)
        return None if found is None else not found

    def __str__(self) -> str:
        return f"(!{self.filter})"


@attrs.frozen(str=False)
class _OfAttribute(Filter):
    attribute: str = attrs.field(converter=_described)

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return frozenset({self.attribute.lower()})

    def _evaluate(self, view: View) -> bool | None:
        raise NotImplementedError


@attrs.frozen(str=False)
class Present(_OfAttribute):
    """The attribute has a value."""

    def _evaluate(self, view: View) -> bool | None:
        if not view.understands(self.attribute, "present"):
            return None
        return next(view.values(self.attribute), None) is not None

    def __str__(self) -> str:
        return f"({self.attribute}=*)"


@attrs.frozen(str=False)
class Equal(_OfAttribute):
    """One of the values equals ``value`` by the attribute's equality rule."""

    value: bytes = attrs.field(converter=_value)

    def _evaluate(self, view: View) -> bool | None:
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

    value: bytes = attrs.field(converter=_value)

    def _evaluate(self, view: View) -> bool | None:
        return Equal(self.attribute, self.value)._evaluate(view)

    def __str__(self) -> str:
        return f"({self.attribute}~={_escape(self.value)})"


@attrs.frozen(str=False)
class GreaterOrEqual(_OfAttribute):
    """One of the values is ``value`` or orders after it."""

    value: bytes = attrs.field(converter=_value)

    def _evaluate(self, view: View) -> bool | None:
        return _ordered(self, view, lambda found, wanted: bool(found >= wanted))

    def __str__(self) -> str:
        return f"({self.attribute}>={_escape(self.value)})"


@attrs.frozen(str=False)
class LessOrEqual(_OfAttribute):
    """One of the values is ``value`` or orders before it."""

    value: bytes = attrs.field(converter=_value)

    def _evaluate(self, view: View) -> bool | None:
        return _ordered(self, view, lambda found, wanted: bool(found <= wanted))

    def __str__(self) -> str:
        return f"({self.attribute}<={_escape(self.value)})"


def _ordered(
    filter_: GreaterOrEqual | LessOrEqual, view: View, holds: Callable[[Any, Any], bool]
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

    initial: bytes = attrs.field(default=b"", converter=_value)
    middle: tuple[bytes, ...] = attrs.field(default=(), converter=_values)
    final: bytes = attrs.field(default=b"", converter=_value)

    def __attrs_post_init__(self) -> None:
        if not (self.initial or self.final or self.middle) or not all(self.middle):
            raise NameSyntaxError(
                "a substring filter has at least one part, and none of them is empty",
                text=self.attribute,
            )

    def _evaluate(self, view: View) -> bool | None:
        if not view.understands(self.attribute, "substring"):
            return None
        return any(
            self._fits(view.schema.substring_key, kind, value)
            for kind, value in view.values(self.attribute)
        )

    def _fits(self, key: Callable[[str, bytes], str | bytes], kind: str, value: bytes) -> bool:
        whole = key(kind, value)
        # Spaces at the ends of a text mean nothing, in the pieces there as in the value.
        text = whole.strip(" ") if isinstance(whole, str) else _as_text(whole)
        start, end = 0, len(text)
        if self.initial:
            piece = key(kind, self.initial)
            initial = piece.lstrip(" ") if isinstance(piece, str) else _as_text(piece)
            if not text.startswith(initial):
                return False
            start = len(initial)
        if self.final:
            piece = key(kind, self.final)
            final = piece.rstrip(" ") if isinstance(piece, str) else _as_text(piece)
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

    Evaluated here: equality by the attribute's own rule or by a rule that is named, and the
    bitwise rules of Active Directory. Any other rule is Undefined, as RFC 4511 has it.
    Without an attribute, all to which the rule applies are compared.
    """

    attribute: str | None = attrs.field(default=None, converter=_described_or_none)
    rule: str | None = None
    value: bytes = attrs.field(converter=_value)
    dn: bool = False

    def __attrs_post_init__(self) -> None:
        if self.attribute is None and self.rule is None:
            raise NameSyntaxError(
                "an extensible match names an attribute, a matching rule, or both"
            )
        if self.rule is not None:
            checked_type(self.rule)

    @property
    def attributes(self) -> frozenset[str]:
        """The attribute descriptions that the filter reads, in lower case."""
        return frozenset({self.attribute.lower()} if self.attribute else ())

    def _evaluate(self, view: View) -> bool | None:
        if self.attribute is not None and not view.understands(self.attribute, "present"):
            return None
        found = list(self._candidates(view))
        if self.rule in {_BIT_AND, _BIT_OR}:
            return self._bits([value for _, value in found])
        if self.rule is None and not view.understands(
            cast("str", self.attribute), "equality", self.value
        ):
            return None
        undefined = self.attribute is not None and self._key(view, self.attribute) is None
        return None if undefined else any(self._equals(view, *one) for one in found)

    def _candidates(self, view: View) -> Iterator[tuple[str, bytes]]:
        """Yield the values that may match, each with its type."""
        if self.attribute is not None:
            yield from view.values(self.attribute)
            names = view.schema.names_of(self.attribute.partition(";")[0])
        else:
            for name in view.entry:
                yield from view.values(name)
            names = None
        if self.dn:
            for rdn in getattr(getattr(view.entry, "dn", None), "rdns", ()):
                for ava in rdn:
                    if names is None or ava.type.lower() in names:
                        yield ava.type, ava.octets

    def _key(self, view: View, attribute: str) -> Callable[[bytes], Hashable] | None:
        kind = attribute.partition(";")[0]
        if self.rule is None:
            return partial(view.schema.equality_key, kind)
        return view.schema.asserted_key(self.rule, kind)

    def _equals(self, view: View, kind: str, value: bytes) -> bool:
        key = self._key(view, kind)
        return key is not None and key(value) == key(self.value)

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
