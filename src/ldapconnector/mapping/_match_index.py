"""The objects of an import, found by the values that matching compares."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property
from typing import TypeAlias

from ldapconnector.entries import Entry
from ldapconnector.mapping._matching import CompiledMatching, MatchCriterion, MatchRule, Wanted
from ldapconnector.names import DN, AttributeDescription

__all__ = ["MatchIndex"]

#: Where the keys stand: the place of the first entry with a key, and all places of the keys
#: that several entries have. Those are few, and a number costs less memory than a list.
_Table: TypeAlias = tuple[dict[Hashable, int], dict[Hashable, set[int]]]


class MatchIndex:
    """The objects of an import, found by the values that matching compares.

    The entries are looked through once for each rule, when it is asked for the first time.

    Args:
        entries: complete: what is missing here would be created a second time.
        matching: the rules.
        base: entries outside this subtree are never found; None does not limit.
    """

    def __init__(
        self, entries: Iterable[Entry], matching: CompiledMatching, *, base: DN | None = None
    ) -> None:
        self.entries = tuple(entries)
        self.matching = matching
        self.base = base
        self._tables: dict[int, _Table] = {}

    def find(self, number: int, wanted: Wanted) -> tuple[Entry, ...]:
        """Return the entries that the rule ``number`` (from 0) finds for these values."""
        table = self._tables.get(number)
        if table is None:
            table = self._tables[number] = self._table(self.matching.rules.rules[number])
        first, several = table
        places: set[int] = set()
        for key in self.matching.keys(number, wanted):
            place = first.get(key)
            if place is not None:
                places.add(place)
                places.update(several.get(key, ()))
        entries = [self.entries[place] for place in sorted(places)]
        if self.base is not None:
            entries = [entry for entry in entries if entry.dn.is_under(self.base)]
        return tuple(entries)

    def _table(self, rule: MatchRule) -> _Table:
        first: dict[Hashable, int] = {}
        several: dict[Hashable, set[int]] = {}
        for place, key in self._keys(rule):
            before = first.setdefault(key, place)
            if before != place:
                several.setdefault(key, {before}).add(place)
        return first, several

    def _keys(self, rule: MatchRule) -> Iterator[tuple[int, Hashable]]:
        """Return the places of the entries, each with every key under which the rule finds it."""
        if len(rule.criteria) == 1:
            return self._values(rule.criteria[0])
        columns: list[dict[int, list[Hashable]]] = []
        for criterion in rule.criteria:
            column: dict[int, list[Hashable]] = {}
            for place, key in self._values(criterion):
                column.setdefault(place, []).append(key)
            columns.append(column)
        return (
            (place, combined)
            for place in set.intersection(*map(set, columns))
            for combined in itertools.product(*(column[place] for column in columns))
        )

    def _values(self, criterion: MatchCriterion) -> Iterator[tuple[int, Hashable]]:
        """Yield the places of the entries, each with every value as the criterion compares it."""
        if criterion.is_name:
            yield from enumerate(entry.dn for entry in self.entries)
            return
        schema, equality_key = self.matching.schema, self.matching.schema.equality_key
        wanted = AttributeDescription.parse(criterion.attribute)
        names, options = schema.names_of(wanted.type), set(wanted.key[1])
        for spelled in self._spellings:
            kind, _, rest = spelled.lower().partition(";")
            if kind in names and options <= set(rest.split(";")):
                # A subtype compares by its own rule, as it does in a filter.
                for place, entry in enumerate(self.entries):
                    for value in entry._attributes.get(spelled, ()):
                        yield place, equality_key(kind, value)

    @cached_property
    def _spellings(self) -> frozenset[str]:
        """All attributes of all entries, as they are written: few, whatever the entries are."""
        return frozenset().union(*(entry._attributes for entry in self.entries))
