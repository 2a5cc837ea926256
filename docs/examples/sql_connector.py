"""A connector of one's own: accounts in a table, with everything else of the library unchanged.

    python docs/examples/sql_connector.py              in memory
    python docs/examples/sql_connector.py people.db    in a file, so that a second run changes nothing

The mappings, matching, plan, guard and cycle know nothing of SQLite; the table knows nothing
of them. ``tests/unit/testing/test_contract.py`` runs the contract of connectors on it.
"""

import contextlib
import json
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ldapconnector import DN, Add, Delete, Discovery, Entry, Filter, FullImport, Provisioner
from ldapconnector.connector import Anchor, Capabilities
from ldapconnector.directory import Applied
from ldapconnector.entries import Change, FullImportNeeded, Watermark, apply_change
from ldapconnector.errors import (
    DirectoryError,
    EntryExists,
    EntryNotFound,
    NotAllowed,
    SchemaViolation,
    ServerBusy,
)
from ldapconnector.mapping import Apply, AttributeMapping, Computed, Constant, Direct
from ldapconnector.names import Equal
from ldapconnector.planning import DeprovisioningPolicy, Flow, ProvisioningRules
from ldapconnector.schema import Schema
from ldapconnector.secret import Secret

BASE = DN.parse("ou=people,o=app")
#: What accounts stand below. A flat system has none, but whoever plans asks for it.
CONTAINER = Entry(BASE, {"objectClass": "organizationalUnit", "ou": "people"})
CLASS = "inetOrgPerson"
#: Which attribute is kept in which column. Names of columns never come from outside.
COLUMNS = {
    "uid": "login",
    "cn": "full_name",
    "sn": "surname",
    "mail": "mail",
    "description": "remark",
    "employeeType": "status",
}
TABLE = """
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE COLLATE NOCASE, full_name TEXT NOT NULL,
    surname TEXT NOT NULL, mail TEXT UNIQUE COLLATE NOCASE, remark TEXT, status TEXT,
    password TEXT
)
"""
SELECT = f"SELECT id, {', '.join(COLUMNS.values())} FROM people"  # noqa: S608  fixed names


class SqlConnector:
    """Accounts in one table of SQLite.

    An account looks like the entry ``uid=LOGIN,ou=people,o=app``. Its anchor, ``entryUUID``, is
    the primary key.
    """

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute(TABLE)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    @property
    def capabilities(self) -> Capabilities:
        """An anchor of its own, and conditions that are checked with the change."""
        return Capabilities(anchor="entryUUID", assertions=True)

    def discover(self) -> Discovery:
        """Say what can be stored: the standard schema has all that is needed."""
        root = Entry("", {"namingContexts": "o=app", "vendorName": "the people table"})
        return Discovery(root_dse=root, schema=Schema.standard())

    # Reading -----------------------------------------------------------------------------------

    def full_import(
        self, attributes: Sequence[str] | None = None, *, operational: bool = False
    ) -> FullImport:
        """Return every account; the table answers wholly or raises."""
        del attributes, operational  # a row is small: all of it comes along
        return FullImport(entries=tuple(self._entries(SELECT)))

    def delta_import(self, watermark: Watermark) -> FullImportNeeded:
        """Say that there is none."""
        del watermark
        return FullImportNeeded("the table does not record its changes")

    def find(
        self, filters: Sequence[Filter], attributes: Sequence[str] | None = None
    ) -> tuple[tuple[Entry, ...], ...]:
        """Return the accounts that each filter matches."""
        del attributes
        return tuple(tuple(self._matching(one)) for one in filters)

    def _matching(self, wanted: Filter) -> Iterator[Entry]:
        """Let the database narrow what it can; ``Filter.matches`` decides."""
        column = COLUMNS.get(wanted.attribute) if isinstance(wanted, Equal) else None
        rows = self._entries(SELECT)
        if column and isinstance(wanted, Equal) and wanted.value.isascii():
            query = f"{SELECT} WHERE {column} = ? COLLATE NOCASE"
            rows = self._entries(query, wanted.value.decode())
        return (entry for entry in rows if wanted.matches(entry, Schema.standard()))

    def read(
        self, name: DN | str | Anchor, attributes: Sequence[str] | None = None
    ) -> Entry | None:
        """Return one account, by name or primary key."""
        del attributes
        if isinstance(name, Anchor):
            return next(self._entries(f"{SELECT} WHERE id = ?", name.value.decode()), None)
        dn = DN.of(name)
        if dn == BASE:
            return CONTAINER
        if dn.parent != BASE:
            return None
        login = dn.rdns[0].avas[0].octets.decode()
        return next(self._entries(f"{SELECT} WHERE login = ?", login), None)

    def _entries(self, query: str, *values: str) -> Iterator[Entry]:
        for row in self.database.execute(query, values):
            found = dict(zip(COLUMNS, row[1:], strict=True))
            yield Entry(
                BASE.child(("uid", found["uid"])),
                {
                    "objectClass": CLASS,
                    **{name: value for name, value in found.items() if value is not None},
                    "entryUUID": row[0],
                },
            )

    # Writing -----------------------------------------------------------------------------------

    def export(self, change: Change, *, assertion: Filter | None = None) -> None:
        """Carry out one change; ``apply_change`` says what the account is afterwards."""
        with self._typed_errors(change):
            before = self.read(change.dn)
            if isinstance(change, Add) and before is not None:
                raise EntryExists("there is such an account", operation="add", dn=str(change.dn))
            if not isinstance(change, Add) and before is None:
                raise EntryNotFound("there is no such account", dn=str(change.dn))
            if assertion is not None and before is not None:
                self._check(assertion, before)
            if isinstance(change, Delete) and before is not None:
                self.database.execute(
                    "DELETE FROM people WHERE id = ?", (before.first("entryUUID"),)
                )
                return
            after = apply_change(before, change)
            if after is not None:
                self._store(after, key=before.first("entryUUID") if before is not None else None)

    def _check(self, assertion: Filter, entry: Entry) -> None:
        if not assertion.matches(entry, Schema.standard()):
            raise DirectoryError("the condition is not met", operation="export", dn=entry.dn_text)

    def _store(self, entry: Entry, *, key: str | None) -> None:
        if entry.dn.parent != BASE:
            raise NotAllowed(f"accounts stand below {BASE}", operation="export", dn=str(entry.dn))
        values = {column: self._value(entry, name) for name, column in COLUMNS.items()}
        if key is None:
            names, marks = ", ".join(values), ", ".join("?" * len(values))
            self.database.execute(
                f"INSERT INTO people (id, {names}) VALUES (?, {marks})",  # noqa: S608  fixed names
                (str(uuid.uuid4()), *values.values()),
            )
        else:
            pairs = ", ".join(f"{column} = ?" for column in values)
            self.database.execute(
                f"UPDATE people SET {pairs} WHERE id = ?",  # noqa: S608  fixed names
                (*values.values(), key),
            )

    def _value(self, entry: Entry, name: str) -> str | None:
        values = entry.text(name)
        if len(values) > 1:
            raise SchemaViolation(
                f"{name} has {len(values)} values, and a column holds one",
                operation="export",
                dn=entry.dn_text,
            )
        return values[0] if values else None

    @contextlib.contextmanager
    def _typed_errors(self, change: Change) -> Iterator[None]:
        """Say in the library's words why the database refuses."""
        what, name = type(change).__name__.lower(), str(change.dn)
        try:
            yield
        except sqlite3.IntegrityError as error:
            kind = EntryExists if "UNIQUE" in str(error) else SchemaViolation
            raise kind(f"the table refuses it: {error}", operation=what, dn=name) from error
        except sqlite3.OperationalError as error:
            text = f"the database cannot serve now: {error}"
            raise ServerBusy(text, operation=what, dn=name) from error

    def export_all(
        self,
        changes: Iterable[Change],
        *,
        assertion_for: Callable[[Change], Filter | None] | None = None,
    ) -> Iterator[Applied]:
        """Carry out many changes; a refused one does not stop the others."""
        for change in changes:
            try:
                self.export(change, assertion=assertion_for and assertion_for(change))
            except DirectoryError as error:
                yield Applied(change=change, error=error)
            else:
                yield Applied(change=change)

    def set_password(self, dn: DN | str, new: Secret) -> None:
        """Set a password."""
        entry = self.read(dn)
        if entry is None:
            raise EntryNotFound("there is no such account", operation="password", dn=str(dn))
        # An application would store a slow, salted hash here.
        del new


RULES = ProvisioningRules(
    mappings=[
        AttributeMapping(
            target="-dn-",
            source=Computed('Join("", "uid=", [mailNickname], ",ou=people,o=app")'),
            apply=Apply.CREATION,
        ),
        AttributeMapping(target="objectClass", source=Constant(CLASS), apply=Apply.CREATION),
        AttributeMapping(target="uid", source=Direct("mailNickname"), matching_precedence=1),
        AttributeMapping(target="cn", source=Direct("displayName")),
        AttributeMapping(target="sn", source=Direct("surname")),
        AttributeMapping(target="mail", source=Computed("ToLower([mail])")),
    ],
    unique=("mail",),  # as the column says; so a duplicate is found in the plan
    deprovisioning=DeprovisioningPolicy(
        disable=Flow.set("employeeType", "left"), delete=Flow.delete()
    ),
)


def main(path: str = ":memory:") -> None:
    text = (Path(__file__).parent / "users.json").read_text(encoding="utf-8")
    users = [user for user in json.loads(text)["value"] if user["surname"]]
    connector = SqlConnector(path)
    provisioner = Provisioner(connector, RULES)

    plan = provisioner.plan(users)
    print(plan.summary())
    for outcome in provisioner.apply(plan):
        if not outcome.ok:
            print(outcome)
    print(connector.database.execute("SELECT login, full_name FROM people LIMIT 3").fetchall())

    print("planned again:", provisioner.plan(users).summary())
    print("half of the users are missing:", provisioner.plan(users[::2]).summary())
    connector.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
