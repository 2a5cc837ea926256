"""What the evaluation of a filter asks: a schema for its rules, an entry for its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeAlias

import attrs

from ldapconnector._given import wrong_kind
from ldapconnector.names._attributes import AttributeDescription
from ldapconnector.names._prepare import prepare, prepare_piece, refuse_surrogates

__all__ = ["TEXT_MATCHING", "EntryValues", "FilterItem", "MatchingSchema", "View", "octets_of"]


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
        """Return the value as its SUBSTR rule compares it; text where spaces separate words."""

    def asserted_key(self, rule: str, attribute: str) -> Callable[[bytes], Hashable] | None:
        """Return how a rule that an extensible match names compares values of an attribute.

        None where the rule is not known, is none of equality, or is not for this attribute.
        """


class _TextMatching:
    """Without a schema every value is text and its case does not matter."""

    def names_of(self, attribute: str) -> frozenset[str]:
        return frozenset({attribute.lower()})

    def understands(self, attribute: str, item: FilterItem, value: bytes | None = None) -> bool:  # noqa: ARG002
        return True

    def equality_key(self, attribute: str, value: bytes) -> Hashable:  # noqa: ARG002
        return _prepared(value)

    def ordering_key(self, attribute: str, value: bytes) -> Any | None:  # noqa: ARG002
        text = value.decode("utf-8", "surrogateescape").strip()
        # Numbers in numeric order, before all texts.
        if re.fullmatch(r"-?[0-9]{1,4000}", text):
            return (0, int(text), "")
        prepared = _prepared(value)
        # Octets that are no text stand behind all texts, and compare among themselves.
        return (1, 0, prepared) if isinstance(prepared, str) else (2, 0, prepared)

    def substring_key(self, attribute: str, value: bytes) -> str | bytes:  # noqa: ARG002
        try:
            return prepare_piece(value.decode())
        except UnicodeDecodeError:
            return value

    def asserted_key(self, rule: str, attribute: str) -> Callable[[bytes], Hashable] | None:  # noqa: ARG002
        lowered = rule.lower()
        if lowered in _IGNORES_CASE:
            return _prepared
        return _prepared_exactly if lowered in _HEEDS_CASE else None


# Rules for texts, by name and number (RFC 4517, 4.2), which need no schema.
_IGNORES_CASE: Final = frozenset(
    {"caseignorematch", "2.5.13.2", "caseignoreia5match", "1.3.6.1.4.1.1466.109.114.2"}
)
_HEEDS_CASE: Final = frozenset(
    {"caseexactmatch", "2.5.13.5", "caseexactia5match", "1.3.6.1.4.1.1466.109.114.1"}
)


def _prepared(value: bytes) -> str | bytes:
    try:
        return prepare(value.decode())
    except UnicodeDecodeError:
        return value


def _prepared_exactly(value: bytes) -> str | bytes:
    try:
        return prepare(value.decode(), fold_case=False)
    except UnicodeDecodeError:
        return value


#: What stands in for a schema: every value is text and its case does not matter.
TEXT_MATCHING: Final[MatchingSchema] = _TextMatching()


# An Entry has octets; a mapping of somebody's own may have text as well.
EntryValues: TypeAlias = Sequence[str | bytes] | str | bytes


@attrs.frozen
class View:
    """An entry seen through a schema: finds the values that a description selects."""

    entry: Mapping[str, EntryValues]
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
                for value in [values] if isinstance(values, (str, bytes)) else values:
                    yield kind, value if isinstance(value, bytes) else octets_of(value)


def octets_of(value: str | bytes) -> bytes:
    """Return a value as octets, text in UTF-8.

    Raises:
        UsageError: it is neither.
        NameSyntaxError: half of a surrogate pair is in the text.
    """
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        hint = "write str(...) for a number, Filter.any_of for several values"
        raise wrong_kind("the value of a filter", "a text or octets", value, hint)
    refuse_surrogates(value)
    return value.encode("utf-8", "surrogateescape")
