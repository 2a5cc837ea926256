"""The entries of a memory directory: a tree of names with indexes for equality."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Final

import attrs

from ldapconnector.directory._protocol import Scope
from ldapconnector.entries import Entry
from ldapconnector.names import DN, And, Equal, Filter, FilterItem, MatchingSchema, Or
from ldapconnector.schema import Schema

__all__ = ["Tree"]

_OBJECT_CLASS: Final = "objectclass"


@attrs.define
class _Node:
    entry: Entry
    children: dict[Hashable, None] = attrs.Factory(dict)


@attrs.frozen
class _Plainly:
    """Filters as 389 Directory Server reads them: no subtypes, and nothing is Undefined."""

    schema: Schema

    def names_of(self, attribute: str) -> frozenset[str]:
        known = self.schema.attribute(attribute)
        names = known.names if known is not None else (attribute,)
        return frozenset(name.lower() for name in names)

    def understands(self, attribute: str, item: FilterItem, value: bytes | None = None) -> bool:
        del attribute, item, value
        return True

    def equality_key(self, attribute: str, value: bytes) -> Hashable:
        return self.schema.equality_key(attribute, value)

    def ordering_key(self, attribute: str, value: bytes) -> Any | None:
        return self.schema.ordering_key(attribute, value)

    def substring_key(self, attribute: str, value: bytes) -> str | bytes:
        return self.schema.substring_key(attribute, value)

    def asserted_key(self, rule: str, attribute: str) -> Callable[[bytes], Hashable] | None:
        return self.schema.asserted_key(rule, attribute)


class Tree:
    """Entries by name. The schema decides which names and values are the same.

    Args:
        schema: what entries can look like.
        plain_filters: whether filters know no subtypes and are never Undefined.
    """

    def __init__(self, schema: Schema, *, plain_filters: bool = False) -> None:
        self._schema = schema
        self._matching: MatchingSchema = _Plainly(schema) if plain_filters else schema
        self._nodes: dict[Hashable, _Node] = {}
        # One index an attribute, made when a filter first asks for it.
        self._indexes: dict[str, dict[Hashable, dict[Hashable, None]]] = {}

    def key(self, dn: DN) -> Hashable:
        """Return what decides whether two names are the same."""
        return dn.key_by(self._schema.equality_key, self._type_name)

    def _type_name(self, name: str) -> str:
        known = self._schema.attribute(name)
        return name.lower() if known is None else known.oid.lower()

    def __contains__(self, dn: DN) -> bool:
        return self.key(dn) in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, dn: DN) -> Entry | None:
        """Return the entry of this name."""
        node = self._nodes.get(self.key(dn))
        return None if node is None else node.entry

    def nearest(self, dn: DN) -> DN | None:
        """Return the name of the nearest entry above ``dn``."""
        return next((above for above in dn.ancestors() if above in self), None)

    def has_children(self, dn: DN) -> bool:
        """Tell whether entries stand right below."""
        node = self._nodes.get(self.key(dn))
        return node is not None and bool(node.children)

    def put(self, entry: Entry) -> None:
        """Add an entry, or let it take the place of the one of its name."""
        key = self.key(entry.dn)
        known = self._nodes.get(key)
        if known is not None:
            self._unindex(key, known.entry)
            known.entry = entry
        else:
            self._nodes[key] = _Node(entry)
            above = self._nodes.get(self.key(entry.dn.parent or DN()))
            if above is not None and entry.dn:
                above.children[key] = None
        self._index(key, entry)

    def remove(self, dn: DN) -> None:
        """Take an entry out; nothing stands below it."""
        key = self.key(dn)
        node = self._nodes.pop(key)
        self._unindex(key, node.entry)
        above = self._nodes.get(self.key(dn.parent or DN()))
        if above is not None:
            above.children.pop(key, None)

    def move(self, old: DN, entry: Entry) -> None:
        """Give the entry ``old`` and all below it another name."""
        below = [one for one in self.under(old, Scope.SUBTREE) if one.dn != old]
        for one in reversed(below):
            self.remove(one.dn)
        self.remove(old)
        self.put(entry)
        for one in below:
            self.put(one.moved(one.dn.moved(old, entry.dn)))

    def under(self, base: DN, scope: Scope) -> Iterator[Entry]:
        """Yield the entries of a scope, each after the ones above it."""
        key = self.key(base)
        node = self._nodes.get(key)
        if node is None:
            return
        if scope is Scope.BASE:
            yield node.entry
            return
        if scope is Scope.ONE_LEVEL:
            yield from [self._nodes[child].entry for child in node.children]
            return
        waiting = [key]
        while waiting:
            node = self._nodes[waiting.pop()]
            yield node.entry
            waiting.extend(reversed(node.children))

    def search(self, base: DN, scope: Scope, filter_: Filter) -> Iterator[Entry]:
        """Yield what matches, through an index where the filter allows."""
        candidates = self._candidates(filter_) if scope is Scope.SUBTREE else None
        if candidates is None:
            found: Iterable[Entry] = list(self.under(base, scope))
        else:
            entries = (self._nodes[key].entry for key in candidates)
            found = [entry for entry in entries if entry.dn.is_under(base)]
        classes = _OBJECT_CLASS in filter_.attributes
        for entry in found:
            seen = self._with_superclasses(entry) if classes else entry
            if filter_.matches(seen, self._matching):
                yield entry

    def _with_superclasses(self, entry: Entry) -> Entry:
        """Return the entry as a filter sees it: of its classes and of all above them."""
        above = dict.fromkeys(
            one for name in entry.object_classes for one in self._schema.superclasses(name)
        )
        return entry.with_values(_OBJECT_CLASS, list(above)) if above else entry

    def _candidates(self, filter_: Filter) -> dict[Hashable, None] | None:
        """Return the keys of all entries that could match; None where no index can tell."""
        if isinstance(filter_, Equal):
            name = filter_.attribute.lower()
            index = self._indexes.get(name)
            if index is None:
                index = self._indexes[name] = {}
                for key, node in self._nodes.items():
                    self._index_one(index, name, key, node.entry)
            wanted = self._schema.equality_key(name.partition(";")[0], filter_.value)
            return index.get(wanted, {})
        if isinstance(filter_, Or):
            parts = [self._candidates(part) for part in filter_.filters]
            merged: dict[Hashable, None] = {}
            for part in parts:
                if part is None:
                    return None
                merged.update(part)
            return merged
        if isinstance(filter_, And):
            known = [part for part in map(self._candidates, filter_.filters) if part is not None]
            return min(known, key=len) if known else None
        return None

    def _values(self, name: str, entry: Entry) -> Iterator[Hashable]:
        kind, _, options = name.partition(";")
        wanted = set(filter(None, options.split(";")))
        names = self._matching.names_of(kind)
        if name == _OBJECT_CLASS:
            entry = self._with_superclasses(entry)
        for described, values in entry.items():
            base, _, rest = described.lower().partition(";")
            if base in names and wanted <= set(rest.split(";")):
                for value in values:
                    yield self._schema.equality_key(kind, value)

    def _index_one(
        self,
        index: dict[Hashable, dict[Hashable, None]],
        name: str,
        key: Hashable,
        entry: Entry,
    ) -> None:
        for value in self._values(name, entry):
            index.setdefault(value, {})[key] = None

    def _index(self, key: Hashable, entry: Entry) -> None:
        for name, index in self._indexes.items():
            self._index_one(index, name, key, entry)

    def _unindex(self, key: Hashable, entry: Entry) -> None:
        for name, index in self._indexes.items():
            for value in self._values(name, entry):
                index.get(value, {}).pop(key, None)
