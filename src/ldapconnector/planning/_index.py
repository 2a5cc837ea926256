"""The directory as planning sees it: entries found by anchor, by name and by value."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, TypeAlias, final

from ldapconnector.entries import Entry, FullImport, PartialImport
from ldapconnector.names import DN, prepare
from ldapconnector.planning._diff import Comparer

__all__ = ["DirectoryIndex"]

_NONE: tuple[Entry, ...] = ()

#: The first entry with each value, and of the values that several have all of them.
_ByValue: TypeAlias = tuple[dict[Hashable, Entry], dict[Hashable, tuple[Entry, ...]]]

# The value of an own RDN of one type without escapes, whatever stands above: nearly every name.
_OWN_VALUE: Final = re.compile(r'[^=,+]*=([^"#+,;<>\\\x00-\x1f\x7f]*)(?:,|\Z)')


@final
class DirectoryIndex:
    """Entries of a directory, with look-ups that are built when they are first needed.

    Args:
        entries: what was read.
        anchor: the attribute that identifies an entry, or ``dn``.
        comparer: compares values as the directory does.
        partial: why not everything was read; empty for a complete import. What is not found
            in a partial index may exist all the same, so nothing is deleted from it.

    >>> from ldapconnector.schema import Schema
    >>> jane = Entry("cn=jane,dc=x", {"cn": "jane", "mail": "Jane@x", "entryUUID": "1"})
    >>> index = DirectoryIndex([jane], anchor="entryUUID", comparer=Comparer(Schema.standard()))
    >>> index.by_value("mail", b"jane@X")[0].dn, index.by_dn(DN.parse("CN=Jane,DC=X")) is jane
    (DN('cn=jane,dc=x'), True)
    """

    __slots__ = ("_by_anchor", "_by_value", "_names", "anchor", "comparer", "entries", "partial")

    def __init__(
        self, entries: Iterable[Entry], *, anchor: str, comparer: Comparer, partial: str = ""
    ) -> None:
        self.entries = tuple(entries)
        self.anchor = anchor
        self.comparer = comparer
        self.partial = partial
        self._by_anchor: dict[bytes, Entry] | None = None
        self._names: tuple[dict[str, Entry], dict[DN, Entry]] | None = None
        self._by_value: dict[str, _ByValue] = {}

    @classmethod
    def of(
        cls, imported: FullImport | PartialImport, *, anchor: str, comparer: Comparer
    ) -> DirectoryIndex:
        """Index an import; a partial one says why nothing can be deleted."""
        partial = ""
        if isinstance(imported, PartialImport):
            partial = f"the import is partial ({imported.reason}): {imported.detail}"
        return cls(imported.entries, anchor=anchor, comparer=comparer, partial=partial)

    @property
    def complete(self) -> bool:
        """Whether what is not found does not exist."""
        return not self.partial

    def anchor_of(self, entry: Entry) -> bytes | None:
        """Return the value that identifies an entry; None where the import lacks it."""
        if self.anchor.lower() == "dn":
            return str(entry.dn).encode()
        values = entry.get(self.anchor, ())
        return values[0] if values else None

    def by_anchor(self, anchor: bytes) -> Entry | None:
        """Return the entry of this anchor, or None."""
        if self.anchor.lower() == "dn":
            return self.by_dn(DN.parse(anchor.decode()))
        if self._by_anchor is None:
            name = self.anchor
            self._by_anchor = {
                value: entry for entry in self.entries for value in entry.get(name, ())[:1]
            }
        return self._by_anchor.get(anchor)

    @property
    def anchors(self) -> Callable[[bytes], Entry | None]:
        """The function behind :meth:`by_anchor`, to be asked in a loop over many users."""
        self.by_anchor(b"")  # builds what it looks up
        return self.by_anchor if self._by_anchor is None else self._by_anchor.get

    def by_dn(self, dn: DN) -> Entry | None:
        """Return the entry of this name, or None."""
        if self._names is None:
            self._names = self._named()
        first, others = self._names
        found = others.get(dn)
        if found is None:
            found = first.get(_own_value(dn))
            if found is not None and found.dn != dn:
                return None
        return found

    def _named(self) -> tuple[dict[str, Entry], dict[DN, Entry]]:
        """Return the first entry with each value of the own RDN, and by name all others.

        Few names are asked for, and reading a whole name takes far longer than its first value.
        """
        first: dict[str, Entry] = {}
        others: dict[DN, Entry] = {}
        for entry in self.entries:
            plain = _OWN_VALUE.match(entry._text)
            value = _own_value(entry.dn) if plain is None else prepare(plain[1])
            if first.setdefault(value, entry) is not entry:
                others[entry.dn] = entry
        return first, others

    def by_value(self, attribute: str, value: bytes) -> tuple[Entry, ...]:
        """Return the entries that have a value equal by the attribute's matching rule."""
        found = self._by_value.get(attribute)
        if found is None:
            found = self._by_value[attribute] = self._indexed(attribute)
        first, shared = found
        key = self.comparer.facts(attribute).key(value)
        entry = first.get(key)
        return _NONE if entry is None else shared.get(key) or (entry,)

    def _indexed(self, attribute: str) -> _ByValue:
        values, key = self.comparer.values, self.comparer.facts(attribute).key
        first: dict[Hashable, Entry] = {}
        shared: dict[Hashable, list[Entry]] = {}
        for entry in self.entries:
            for value in values(entry, attribute):
                one = key(value)
                before = first.setdefault(one, entry)
                if before is entry:
                    continue
                alike = shared.setdefault(one, [before])
                # One entry may hold a value twice that is the same by rule only.
                if alike[-1] is not entry:
                    alike.append(entry)
        return first, {one: tuple(alike) for one, alike in shared.items()}

    def __len__(self) -> int:
        return len(self.entries)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.entries, self.anchor, self.comparer, self.partial)


def _own_value(dn: DN) -> str:
    """Return the value of the own RDN as names compare it; of several types, all of them."""
    return "+".join(sorted({str(ava.key[1]) for rdn in dn.rdns[:1] for ava in rdn.avas}))


def _rebuilt(
    entries: tuple[Entry, ...], anchor: str, comparer: Comparer, partial: str
) -> DirectoryIndex:
    return DirectoryIndex(entries, anchor=anchor, comparer=comparer, partial=partial)
