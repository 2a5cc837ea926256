"""The objects of an import, found by the values that matching compares."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable

from ldapconnector.entries import Entry
from ldapconnector.mapping._matching import CompiledMatching, Wanted
from ldapconnector.names import AttributeDescription

__all__ = ["MatchIndex"]


class MatchIndex:
    """The objects of an import, found by the values that matching compares.

    Args:
        entries: complete: what is missing here would be created a second time.
        matching: the rules.
    """

    def __init__(self, entries: Iterable[Entry], matching: CompiledMatching) -> None:
        self.entries = tuple(entries)
        self.matching = matching
        schema, rules = matching.schema, matching.rules.rules
        described = {
            (number, position): AttributeDescription.parse(criterion.attribute)
            for number, position, criterion in matching._numbered
            if not criterion.is_name
        }
        names = {at: schema.names_of(one.type) for at, one in described.items()}
        options = {at: set(one.key[1]) for at, one in described.items()}
        # An attribute's spelling decides which criteria it serves; there are few spellings.
        serves: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = {}
        tables: list[dict[Hashable, list[int]]] = [defaultdict(list) for _ in rules]
        # Octets as they are written find the same list: most values need no normalising then.
        self._exact: list[dict[bytes, list[int]]] = [{} for _ in rules]
        for place, entry in enumerate(self.entries):
            keys: dict[tuple[int, int], list[Hashable]] = defaultdict(list)
            octets: dict[tuple[int, int], list[tuple[bytes, Hashable]]] = defaultdict(list)
            for spelled, values in entry.items():
                found = serves.get(spelled)
                if found is None:
                    kind, _, rest = spelled.lower().partition(";")
                    found = serves[spelled] = (
                        kind,
                        tuple(
                            at
                            for at in described
                            if kind in names[at] and options[at] <= set(rest.split(";")) | {""}
                        ),
                    )
                # A subtype compares by its own rule, as it does in a filter.
                kind, places = found
                for at in places:
                    made = [schema.equality_key(kind, value) for value in values]
                    keys[at] += made
                    if kind == described[at].type.lower():
                        octets[at] += zip(values, made, strict=True)
            for number, rule in enumerate(rules):
                parts = [
                    [entry.dn] if criterion.is_name else keys.get((number, position), [])
                    for position, criterion in enumerate(rule.criteria)
                ]
                combined: Iterable[Hashable]
                combined = parts[0] if len(parts) == 1 else itertools.product(*parts)
                for key in set(combined):
                    tables[number][key].append(place)
            for (number, position), given in octets.items():
                criterion = rules[number].criteria[position]
                if len(rules[number].criteria) == 1:
                    for value, key in given:
                        if matching._understands(criterion, value):
                            self._exact[number][value] = tables[number][key]
        self._tables = [dict(table) for table in tables]

    def find(self, number: int, wanted: Wanted) -> tuple[Entry, ...]:
        """Return the entries that the rule ``number`` (from 0) finds for these values."""
        table = self._tables[number]
        if len(wanted) == 1 and len(wanted[0]) == 1:
            exact = self._exact[number].get(wanted[0][0])
            if exact is None:
                exact = table.get(next(self.matching.keys(number, wanted), None), [])
            return tuple([self.entries[place] for place in exact])
        places = {
            place for key in self.matching.keys(number, wanted) for place in table.get(key, ())
        }
        return tuple(self.entries[place] for place in sorted(places))
