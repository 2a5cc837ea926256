"""What every method of delta import has: how it starts, how it reads, what it cannot see."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from ldapconnector.directory import Scope
from ldapconnector.errors import DirectoryError, EntryNotFound, NotAllowed
from ldapconnector.names import DN, Filter

if TYPE_CHECKING:
    from ldapconnector.connector._full_import import ImportEnd
    from ldapconnector.connector._protocol import DeltaMethod
    from ldapconnector.connector._selection import Selection
    from ldapconnector.directory import Directory
    from ldapconnector.entries import DeltaImport, Entry, FullImportNeeded, Watermark

__all__ = ["BATCH", "Strategy", "batches", "fingerprint", "rebased"]

#: How many entries one OR filter asks for.
BATCH: Final = 50

_IDENTITIES: Final = (
    "entryUUID",
    "nsUniqueId",
    "objectGUID",
    "ibm-entryUuid",
    "GUID",
    "createTimestamp",
)


class Strategy(ABC):
    """One method of delta import.

    A full import calls :meth:`prepare` before it reads and :meth:`watermark` after it has
    read; what happens in between is seen by the next delta import once more, and never lost.

    Args:
        directory: where to read.
        selection: what the imports read.
        own: the name that this connector is bound as: changes that only it made are left
            out, where the method can tell. None reports all.
    """

    #: Which one.
    method: ClassVar[DeltaMethod]
    #: What it cannot see, in words for an operator.
    cannot_see: ClassVar[tuple[str, ...]]
    #: What the server must have switched on, and which rights are needed.
    needs: ClassVar[str]
    #: Whether changes made by ``own`` can be told from others.
    knows_author: ClassVar[bool] = False
    #: Attributes that a full import must read for :meth:`watermark`.
    reads: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, directory: Directory, selection: Selection, *, own: DN | None = None
    ) -> None:
        self.directory = directory
        self.selection = selection
        self.own = own if self.knows_author else None
        #: What :meth:`prepare` noted, for methods whose watermark is where the server stood.
        self._start: Watermark | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Note where the server stands, before a full import reads.

        Raises:
            DirectoryError: it cannot be found out; the method cannot be used.
        """

    def watermark(self, end: ImportEnd, entries: Sequence[Entry]) -> Watermark:
        """Return the watermark that a full import leaves: where the server stood before it."""
        del end, entries
        if self._start is None:
            raise AssertionError("prepare() comes first")
        return self._start

    @abstractmethod
    def changes(self, since: Watermark) -> DeltaImport | FullImportNeeded:
        """Return what changed since a watermark.

        Raises:
            DirectoryError: the directory could not be asked; nothing is known.
        """


def require_anchor(selection: Selection, method: DeltaMethod, usual: str) -> None:
    """Refuse the anchor ``dn`` for a method that does not tell former names.

    Raises:
        DirectoryError: the anchor is the DN.
    """
    if selection.by_name:
        raise DirectoryError(
            f"the method {method} tells no former names, so a renamed entry would be there twice "
            "with the anchor dn",
            operation="import",
            next_step=f"Choose an anchor attribute such as {usual}, or another method.",
        )


def fingerprint(directory: Directory, dn: DN) -> str:
    """Identify a server's data by an entry's identity, its own or when it was made.

    Another server's entry of the same name, or one that was loaded anew, has another one.
    Where nothing identifies it, the result still depends on the name.
    """
    try:
        entry = directory.read(dn, _IDENTITIES)
    except (NotAllowed, EntryNotFound):
        entry = None
    found = [value for name in _IDENTITIES for value in entry.get(name, ())] if entry else []
    digest = hashlib.sha256(b"\0".join([str(dn).lower().encode(), *found[:1]])).hexdigest()
    return f"{dn}#{digest[:16]}"


def batches(values: Iterable[bytes], size: int = BATCH) -> Iterator[tuple[bytes, ...]]:
    """Yield the values without repetition, so many at a time.

    >>> list(batches([b"1", b"2", b"1", b"3"], size=2))
    [(b'1', b'2'), (b'3',)]
    """
    pending: list[bytes] = []
    for value in dict.fromkeys(values):
        pending.append(value)
        if len(pending) == size:
            yield tuple(pending)
            pending = []
    if pending:
        yield tuple(pending)


def rebased(dn: DN, old: DN, new: DN) -> DN:
    """Return ``dn`` as it is called after ``old``, which it is or lies below, became ``new``."""
    return dn.moved(old, new) if dn.is_under(old) else dn


def read_by_identity(
    directory: Directory,
    roots: Sequence[DN],
    attribute: str,
    values: Iterable[bytes],
    *,
    condition: Filter | None,
    attributes: Sequence[str],
) -> dict[bytes, Entry]:
    """Read entries by an identifying attribute, in batches of one OR filter each.

    Args:
        directory: where to read.
        roots: the trees to look in; one that does not exist counts as empty.
        attribute: the identifying attribute; it must be among ``attributes``.
        values: which.
        condition: a filter that they must match as well.
        attributes: what to read.
    """
    found: dict[bytes, Entry] = {}
    for batch in batches(values):
        wanted = Filter.any_of(Filter.equal(attribute, value) for value in batch)
        for root in roots:
            try:
                for entry in directory.search(
                    root,
                    wanted if condition is None else condition & wanted,
                    scope=Scope.SUBTREE,
                    attributes=attributes,
                ):
                    for value in entry.get(attribute, ()):
                        found[value] = entry
            except EntryNotFound:
                continue
    return found


def explain(error: DirectoryError) -> str:
    """Return an error as part of a sentence."""
    return str(error).rstrip(".")
