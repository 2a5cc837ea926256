"""Links in one SQLite file: durable, safe to kill at any moment, nothing to install."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, final

from ldapconnector.errors import UsageError
from ldapconnector.mapping import Allocation
from ldapconnector.names import DN
from ldapconnector.planning import Link
from ldapconnector.provisioning._links import check_reservation

__all__ = ["SqliteLinks"]

_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS links (
    source TEXT PRIMARY KEY, anchor BLOB NOT NULL, dn TEXT NOT NULL, display TEXT NOT NULL,
    object_type TEXT NOT NULL, managed INTEGER NOT NULL, disabled INTEGER NOT NULL,
    pending TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intents (source TEXT PRIMARY KEY, dn TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers (
    attribute TEXT NOT NULL, number INTEGER NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (attribute, number), UNIQUE (attribute, source)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_COLUMNS: Final = "source, anchor, dn, display, object_type, managed, disabled, pending"


@final
class SqliteLinks:
    """A :class:`LinkStore` in a SQLite file.

    Each call is durable when it returns; :meth:`together` makes several durable in one step.
    One store serves one thread. Several processes may open one file, and their writes wait
    for one another; cycles over one file are to be run one after the other, or the state of
    the one that ends last is what stays.

    Args:
        path: the file, made where it does not exist; ``":memory:"`` keeps nothing.
        wait: seconds to wait for another process that writes.

    Raises:
        UsageError: the file cannot be opened, is no store of this library, or one of a later
            version of it. So does every method where the file is damaged, the disk is full,
            or another process writes for longer than ``wait``.

    >>> with SqliteLinks(":memory:") as links:
    ...     links.put(Link(source="1", anchor=b"5a5ee2b6", dn="uid=jane,dc=x"))
    ...     links.get("1").anchor
    b'5a5ee2b6'
    """

    def __init__(self, path: str | Path, *, wait: float = 10.0) -> None:
        self.path = str(path)
        self._depth = 0
        # Transactions are begun and ended here, never by the module.
        try:
            self._database = sqlite3.connect(self.path, timeout=wait, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise UsageError(
                f"the store of links {self.path} cannot be opened: {error}; its folder must exist "
                "and be writable"
            ) from None
        try:
            self._open()
        except UsageError:
            self._database.close()
            raise

    def _open(self) -> None:
        # Nothing of a file is touched before it is known to be ours.
        with self.together():
            ((version,),) = self._execute("PRAGMA user_version")
            if not version and self._execute("SELECT 1 FROM sqlite_master"):
                raise UsageError(
                    f"{self.path} is a database of something else; name a file of its own for "
                    "the links"
                )
            if version > _VERSION:
                raise UsageError(
                    f"{self.path} was written by a later version of ldapconnector; use that one"
                )
            for statement in filter(None, map(str.strip, _SCHEMA.split(";"))):
                self._execute(statement)
            self._execute(f"PRAGMA user_version = {_VERSION}")
        self._execute("PRAGMA journal_mode = WAL")
        # Durable at the end of each transaction, not only consistent.
        self._execute("PRAGMA synchronous = FULL")

    def _execute(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._database.execute(statement, values).fetchall()
        except sqlite3.ProgrammingError:
            raise  # closed, or another thread's
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"the store of links {self.path} cannot be used: {error}. Another process may "
                "write, the disk may be full, or the file is damaged or no store of links"
            ) from error

    def links(self) -> Mapping[str, Link]:
        """Return all links by source anchor."""
        rows = self._execute(f"SELECT {_COLUMNS} FROM links")  # noqa: S608 -- constant
        return {row[0]: _link(row) for row in rows}

    def get(self, source: str) -> Link | None:
        """Return the link of a user, or None."""
        statement = f"SELECT {_COLUMNS} FROM links WHERE source = ?"  # noqa: S608 -- constant
        rows = self._execute(statement, (source,))
        return _link(rows[0]) if rows else None

    def put(self, link: Link) -> None:
        """Store a link and forget the intent of its user, in one transaction."""
        with self.together():
            self._execute(
                f"REPLACE INTO links ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (
                    link.source,
                    link.anchor,
                    _storable(link.dn),
                    _storable(link.display),
                    link.object_type,
                    link.managed,
                    link.disabled,
                    json.dumps(link.pending),
                ),
            )
            self._execute("DELETE FROM intents WHERE source = ?", (link.source,))

    def remove(self, source: str) -> None:
        """Forget a link; its numbers stay handed out."""
        self._execute("DELETE FROM links WHERE source = ?", (source,))

    def intend(self, source: str, dn: DN) -> None:
        """Remember that an entry is about to be created."""
        self._execute("REPLACE INTO intents VALUES (?, ?)", (source, _storable(str(dn))))

    def settle(self, source: str) -> None:
        """Forget an intent."""
        self._execute("DELETE FROM intents WHERE source = ?", (source,))

    def intents(self) -> Mapping[str, DN]:
        """Return the creations that were begun and not confirmed."""
        rows = self._execute("SELECT source, dn FROM intents")
        return {source: DN.parse(_stored(dn)) for source, dn in rows}

    def allocations(self) -> Mapping[str, Allocation]:
        """Return the numbers handed out so far."""
        given: dict[str, dict[str, int]] = {}
        for attribute, number, source in self._execute(
            "SELECT attribute, number, source FROM numbers"
        ):
            given.setdefault(attribute, {})[source] = number
        return {name: Allocation(numbers=numbers) for name, numbers in given.items()}

    def reserve(self, attribute: str, number: int, source: str) -> None:
        """Hand a number out for good."""
        name = attribute.lower()
        with self.together():
            rows = self._execute(
                "SELECT source, number FROM numbers WHERE attribute = ? AND (number = ? OR source = ?)",
                (name, number, source),
            )
            check_reservation(attribute, number, source, dict(rows))
            self._execute("INSERT OR IGNORE INTO numbers VALUES (?, ?, ?)", (name, number, source))

    def note(self, key: str, value: str) -> None:
        """Store a text under a key; an empty one removes it."""
        if value:
            self._execute("REPLACE INTO notes VALUES (?, ?)", (key, value))
        else:
            self._execute("DELETE FROM notes WHERE key = ?", (key,))

    def noted(self, key: str) -> str:
        """Return the text under a key, or an empty one."""
        rows = self._execute("SELECT value FROM notes WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else ""

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make what happens inside durable in one step; an error takes all of it back."""
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        self._execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            if self._database.in_transaction:
                self._execute("ROLLBACK")
            raise
        else:
            self._execute("COMMIT")
        finally:
            self._depth = 0

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SqliteLinks({self.path!r})"


def _link(row: tuple[Any, ...]) -> Link:
    source, anchor, dn, display, object_type, managed, disabled, pending = row
    return Link(
        source=source,
        anchor=bytes(anchor),
        dn=_stored(dn),
        display=_stored(display),
        object_type=object_type,
        managed=bool(managed),
        disabled=bool(disabled),
        pending=tuple(json.loads(pending)),
    )


def _storable(text: str) -> str | bytes:
    """Return text as SQLite takes it; octets that are no UTF-8 as octets."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")
    return text


def _stored(value: str | bytes) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
