"""Which of many filters an entry was found by."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from ldapconnector.entries import Entry
from ldapconnector.names import AttributeDescription, Equal, Filter, MatchingSchema

__all__ = ["told_apart"]


def told_apart(
    filters: Sequence[Filter], entries: Sequence[Entry], schema: MatchingSchema
) -> list[list[Entry]]:
    """Return the entries that each filter matches, in their order.

    Filters for equality, as matching asks them, are looked up by the entry's values, so that not
    every entry is held against every filter.

    >>> from ldapconnector.schema import Schema
    >>> jane, john = (Entry(f"uid={uid},dc=x", {"uid": uid}) for uid in ("jane", "john"))
    >>> filters = [Filter.equal("uid", "john"), Filter.parse("(uid=j*)")]
    >>> [[one.first("uid") for one in part] for part in told_apart(filters, [jane, john],
    ...     Schema.parse({"attributeTypes": ["( 1 NAME 'uid' EQUALITY caseIgnoreMatch "
    ...         "SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )"]}))]
    [['john'], ['jane', 'john']]
    """
    by_value: dict[tuple[str, Hashable], list[int]] = {}
    others: list[int] = []
    for place, one in enumerate(filters):
        if isinstance(one, Equal):
            kind = AttributeDescription.parse(one.attribute).type.lower()
            by_value.setdefault((kind, schema.equality_key(kind, one.value)), []).append(place)
        else:
            others.append(place)
    asked = {kind: schema.names_of(kind) for kind, _ in by_value}
    found: list[list[Entry]] = [[] for _ in filters]
    for entry in entries:
        places = set(others)
        for mark in _marks(entry, asked, schema):
            places.update(by_value.get(mark, ()))
        for place in places:
            if filters[place].matches(entry, schema):
                found[place].append(entry)
    return found


def _marks(
    entry: Entry, asked: dict[str, frozenset[str]], schema: MatchingSchema
) -> Iterator[tuple[str, Hashable]]:
    """Yield what an entry can be looked up by: a superset of what it matches."""
    for name, values in entry.items():
        kind = name.partition(";")[0].lower()
        for attribute, names in asked.items():
            if kind in names:
                for value in values:
                    yield attribute, schema.equality_key(kind, value)
