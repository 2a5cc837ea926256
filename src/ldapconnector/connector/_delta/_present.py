"""From the entries that a log mentions to what they are now."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from ldapconnector.connector._delta._replay import Replay, Touched
from ldapconnector.connector._delta._strategy import read_by_identity
from ldapconnector.connector._ranges import RangeReader
from ldapconnector.directory import Scope
from ldapconnector.entries import Entry, EntryDeleted, EntryRenamed, EntryWritten
from ldapconnector.errors import EntryNotFound

if TYPE_CHECKING:
    from ldapconnector.connector._selection import Selection
    from ldapconnector.directory import Directory
    from ldapconnector.names import DN

__all__ = ["Changes", "TreeMovesError", "present_state"]

_SUBORDINATES = ("hasSubordinates", "numSubordinates")


class TreeMovesError(Exception):
    """An entry that the log renamed is not found: the log has gone on meanwhile."""


@attrs.define
class Changes:
    """Collects changes, at most one for each entry: what is written last is as it is now."""

    selection: Selection
    gone: dict[bytes | DN, EntryDeleted] = attrs.field(factory=dict)
    here: dict[bytes | DN, EntryWritten | EntryRenamed] = attrs.field(factory=dict)

    def written(self, entry: Entry, names: Sequence[DN] = (), *, added: bool = False) -> None:
        """An entry is in scope; ``names`` are those that it had, the oldest first."""
        anchor = self.selection.anchor_of(entry)
        if anchor is None:
            # Known by name alone: the old names are gone, and this one is there.
            for dn in names:
                if dn != entry.dn:
                    self.deleted(None, dn)
            self.here[entry.dn] = EntryWritten(anchor=None, entry=entry)
        elif names and not added and names[0] != entry.dn:
            self.here[anchor] = EntryRenamed(anchor=anchor, old_dn=names[0], entry=entry)
        else:
            self.here.setdefault(anchor, EntryWritten(anchor=anchor, entry=entry))

    def deleted(self, anchor: bytes | None, dn: DN | None) -> None:
        """An entry is gone, or has left the scope."""
        if anchor is not None:
            self.gone.setdefault(anchor, EntryDeleted(anchor=anchor, dn=dn))
        elif dn is not None and self.selection.contains(dn):
            self.gone.setdefault(dn, EntryDeleted(anchor=None, dn=dn))

    def all_gone(self, anchor: bytes | None, names: Iterable[DN]) -> None:
        """An entry is gone under every name that it had."""
        known = list(names)
        if anchor is not None:
            if any(map(self.selection.contains, known)):
                self.deleted(anchor, known[0])
        else:
            for dn in known:
                self.deleted(None, dn)

    def in_order(self) -> tuple[EntryWritten | EntryRenamed | EntryDeleted, ...]:
        """Return what is gone first, then what is here; a name may be freed and taken."""
        renamed = [one for one in self.here.values() if isinstance(one, EntryRenamed)]
        written = [one for one in self.here.values() if isinstance(one, EntryWritten)]
        gone = [one for key, one in self.gone.items() if key not in self.here]
        return (*gone, *renamed, *written)


def present_state(
    directory: Directory,
    selection: Selection,
    replay: Replay,
    identity: str | None,
    *,
    own: bool = True,
) -> Changes:
    """Read what the entries of a log are now.

    The directory may be ahead of the log: an entry that is not found, and that the log has
    not deleted, was deleted or renamed after the log was read, and the next import tells.

    Args:
        directory: where to read.
        selection: the scope.
        replay: the log, replayed.
        identity: the attribute whose values the log tells; None where it tells names alone.
        own: whether entries that only this connector changed are told too.

    Raises:
        TreeMovesError: read the log again.
        DirectoryError: the directory could not be asked.
    """
    touched = [one for one in replay.touched if own or not one.own]
    return _Reader(directory, selection, identity).read(touched, replay)


class _Reader:
    def __init__(self, directory: Directory, selection: Selection, identity: str | None) -> None:
        self.directory = directory
        self.selection = selection
        self.identity = identity
        self.changes = Changes(selection)
        self.ranges = RangeReader(directory)

    def read(self, touched: Sequence[Touched], replay: Replay) -> Changes:
        selected = self._selected(touched)
        existing = self._existing(
            one for one in touched if not one.deleted and (id(one) not in selected or one.renames)
        )
        for one in touched:
            known = self._anchor_in_log(one)
            found = selected.get(id(one))
            if one.deleted:
                self.changes.all_gone(known, one.names)
            elif found is not None:
                self._in_scope(one, found)
            elif id(one) in existing:
                self.changes.all_gone(known or self._anchor(existing[id(one)]), one.names)
        mentioned = {one.dn for one in replay.touched if not one.deleted}
        for one in touched:
            if one.renames and not one.deleted:
                self._below(one, existing.get(id(one)), replay, mentioned)
        return self.changes

    # ------------------------------------------------------------ asking

    def _selected(self, touched: Iterable[Touched]) -> dict[int, Entry]:
        """Return the entries that match the selection's filter now, wherever they are."""
        alive = [one for one in touched if not one.deleted]
        attributes = self._with_identity(self.selection.requested)
        return self._ask(alive, attributes, filtered=True)

    def _existing(self, touched: Iterable[Touched]) -> dict[int, Entry]:
        """Return those that exist at all."""
        attributes = self._with_identity(("objectClass", *_SUBORDINATES))
        if not self.selection.by_name:
            attributes = (*attributes, self.selection.anchor)
        return self._ask(list(touched), tuple(dict.fromkeys(attributes)), filtered=False)

    def _with_identity(self, attributes: Sequence[str]) -> tuple[str, ...]:
        known = {name.lower() for name in attributes}
        missing = [] if self.identity is None or self.identity.lower() in known else [self.identity]
        return (*attributes, *missing)

    def _ask(
        self, touched: Sequence[Touched], attributes: Sequence[str], *, filtered: bool
    ) -> dict[int, Entry]:
        found: dict[int, Entry] = {}
        named = [one for one in touched if self.identity is None or one.identity is None]
        if self.identity is not None:
            read = read_by_identity(
                self.directory,
                self.selection.roots,
                self.identity,
                (one.identity for one in touched if one.identity is not None),
                condition=self.selection.filter if filtered else None,
                attributes=attributes,
            )
            for one in touched:
                if one.identity is not None and one.identity in read:
                    found[id(one)] = read[one.identity]
        for one in named:
            try:
                for entry in self.directory.search(
                    one.dn,
                    *((self.selection.filter,) if filtered else ()),
                    scope=Scope.BASE,
                    attributes=attributes,
                ):
                    found[id(one)] = entry
            except EntryNotFound:
                continue
        return found

    # ------------------------------------------------------------ telling

    def _anchor(self, entry: Entry) -> bytes | None:
        return self.selection.anchor_of(entry)

    def _anchor_in_log(self, one: Touched) -> bytes | None:
        """Return the anchor where it is what the log identifies entries by."""
        if self.identity is not None and self.identity.lower() == self.selection.anchor.lower():
            return one.identity
        return None

    def _in_scope(self, one: Touched, found: Entry) -> None:
        if not self.selection.contains(found.dn):
            self.changes.all_gone(self._anchor(found), one.names)
            return
        whole = self.ranges.whole(self._trimmed(found))
        if whole is not None:
            self.changes.written(whole, one.names, added=one.added)

    def _trimmed(self, entry: Entry) -> Entry:
        """Leave out the identity where nobody asked for it."""
        wanted = {name.lower() for name in self.selection.requested}
        if self.identity is None or self.identity.lower() in wanted or "+" in wanted:
            return entry
        return entry.without(self.identity)

    def _below(
        self, one: Touched, entry: Entry | None, replay: Replay, mentioned: Container[DN]
    ) -> None:
        """Tell of everything below an entry that was renamed: the log does not."""
        if entry is None:
            raise TreeMovesError(str(one.dn))
        if entry.text("hasSubordinates") == ("FALSE",) or entry.text("numSubordinates") == ("0",):
            return
        if entry.dn != one.dn:  # renamed once more, behind the end of the log
            raise TreeMovesError(str(entry.dn))
        try:
            for found in self.directory.search(
                entry.dn,
                self.selection.filter,
                attributes=self.selection.requested,
                page_size=self.selection.pages,
            ):
                if found.dn in mentioned:
                    continue
                names = replay.names_of(found.dn)
                if not self.selection.contains(found.dn):
                    self.changes.all_gone(self._anchor(found), names)
                    continue
                whole = self.ranges.whole(found)
                if whole is not None:
                    self.changes.written(whole, names)
        except EntryNotFound:
            raise TreeMovesError(str(entry.dn)) from None
