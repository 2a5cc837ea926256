"""Random histories of a directory, to be told by delta imports."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Iterator, Sequence

from ldapconnector.connector._delta import Strategy
from ldapconnector.connector._full_import import ImportStream, full_import
from ldapconnector.connector._selection import Selection
from ldapconnector.directory import Directory, LdapDirectory, connect
from ldapconnector.entries import (
    Add,
    Delete,
    DeltaImport,
    Entry,
    FullImport,
    Modification,
    Modify,
    Rename,
    apply_delta,
)
from ldapconnector.errors import DirectoryError
from ldapconnector.names import DN, RDN
from ldapconnector.profile import ConnectionProfile, SimpleBind
from ldapconnector.testing import DirectoryServer

#: Values that broke other connectors: colons, blanks at both ends, the words of a log's syntax.
AWKWARD = (
    "replace",
    "replace: description",
    "a:b::c",
    "  two blanks before, one behind ",
    "-",
    "add: x\n-\ndelete: y",
    "Ünïcödé,+=;<>#",
    "modifiersname: cn=someone",
    "x" * 200,
)


class World:
    """Makes changes below a container, more or less at random.

    Args:
        directory: where to write.
        container: everything happens below it.
        seed: of the random numbers.
        moves: whether containers may be renamed and moved with what is in them.
        person: the class of the people.
        grows: nothing is renamed or deleted.
    """

    def __init__(
        self,
        directory: Directory,
        container: DN | str,
        seed: int,
        *,
        moves: bool = True,
        person: str = "person",
        grows: bool = False,
    ) -> None:
        self.directory = directory
        self.container = DN.of(container)
        self.random = random.Random(seed)
        self.moves = moves
        self.person = person
        self.grows = grows
        self.done = 0

    def entries(self) -> list[Entry]:
        """Everything below the container, as it is now."""
        found = self.directory.search(self.container, attributes=("objectClass", "member"))
        return [entry for entry in found if entry.dn != self.container]

    def run(self, steps: int) -> None:
        """Make so many changes; those that the server refuses do not count."""
        entries = self.entries()
        for _ in range(steps):
            change = self.change(entries)
            try:
                self.directory.apply(change)
            except DirectoryError:
                continue
            self.done += 1
            entries = self.entries()

    def change(self, entries: Sequence[Entry]) -> Add | Modify | Rename | Delete:
        draw = self.random
        people = [one for one in entries if self.person in one.object_classes]
        units = [one for one in entries if "organizationalUnit" in one.object_classes]
        groups = [one for one in entries if "groupOfNames" in one.object_classes]
        deepest = self.container.depth + 3
        places = [self.container, *(one.dn for one in units if one.dn.depth < deepest)]
        kind = draw.random() * (0.4 if self.grows else 1)
        if not people or kind < 0.22:
            return self._add(draw.choice(places))
        if kind < 0.40:
            return self._modify(draw.choice(people).dn)
        if kind < 0.55:
            moved = draw.random() < 0.5
            return Rename(
                dn=draw.choice(people).dn,
                new_rdn=RDN.of(("cn", self._name())),
                new_superior=draw.choice(places) if moved else None,
            )
        if kind < 0.70:
            return Delete(draw.choice(people).dn)
        if kind < 0.76:
            name = f"u{draw.randrange(3)}"
            entry = {"objectClass": "organizationalUnit", "ou": name}
            return Add(Entry(DN.build(("ou", name), draw.choice(places)), entry))
        if kind < 0.84 and units and self.moves:
            return Rename(
                dn=draw.choice(units).dn,
                new_rdn=RDN.of(("ou", f"u{draw.randrange(3)}")),
                new_superior=draw.choice(places) if draw.random() < 0.4 else None,
            )
        if kind < 0.88 and units:
            return Delete(draw.choice(units).dn)
        # Not one of the people: slapd's refint changes groups without telling its log, and
        # `cannot_see` says so.
        member = f"cn=m{draw.randrange(4)},{self.container}"
        if groups and kind < 0.97:
            step = draw.choice([Modification.add, Modification.delete, Modification.replace])
            return Modify(draw.choice(groups).dn, (step("member", member),))
        name = f"g{draw.randrange(3)}"
        entry = {"objectClass": "groupOfNames", "cn": name, "member": member}
        return Add(Entry(DN.build(("cn", name), draw.choice(places)), entry))

    def _name(self) -> str:
        return self.random.choice(["a", "b", "c", "d", "e, f", "Jörg", "#1", "x y"])

    def _add(self, place: DN) -> Add:
        name = self._name()
        entry = {"objectClass": self.person, "cn": name, "sn": self.random.choice(AWKWARD).strip()}
        return Add(Entry(DN.build(("cn", name), place), entry))

    def _modify(self, dn: DN) -> Modify:
        values = self.random.sample(AWKWARD, self.random.randrange(3))
        return Modify(dn, (Modification.replace("description", values),))


@contextlib.contextmanager
def at_work(
    server: DirectoryServer, container: DN, seed: int, **options: object
) -> Iterator[World]:
    """Let a second client make changes below a container, in a thread, until the block ends.

    What goes wrong there is raised at the end.
    """
    stop = threading.Event()
    failures: list[BaseException] = []
    with session(server) as directory:
        world = World(directory, container, seed, **options)

        def write() -> None:
            try:
                while not stop.is_set():
                    world.run(5)
            except BaseException as error:  # noqa: BLE001  raised below
                failures.append(error)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            yield world
        finally:
            stop.set()
            writer.join()
        if failures:
            raise failures[0]


def everything(directory: Directory, container: DN | str) -> None:
    """Delete everything below a container, the deepest first."""
    found = list(directory.search(container, attributes=("1.1",)))
    for entry in sorted(found, key=lambda one: -one.dn.depth):
        if entry.dn != DN.of(container):
            directory.apply(Delete(entry.dn))


def imported(directory: Directory, selection: Selection, strategy: Strategy) -> FullImport:
    """Import fully, with the strategy's watermark."""
    strategy.prepare()
    found = full_import(ImportStream(directory, selection), selection, strategy.watermark)
    assert isinstance(found, FullImport), found
    return found


def histories(usual: int) -> range:
    """How many to try: as many as the environment variable HISTORIES says, ``usual`` without it."""
    return range(int(os.environ.get("HISTORIES", usual)))


def session(server: DirectoryServer, **facts: object) -> LdapDirectory:
    """Connect to a server of the tests as its administrator, over a plain line."""
    return connect(profile_of(server, **facts))


def profile_of(server: DirectoryServer, **facts: object) -> ConnectionProfile:
    """The profile by which the tests reach a server."""
    usual = {
        "hosts": f"{server.host}:{server.port}",
        "security": "plain",
        "binding": SimpleBind(server.admin_dn, server.admin_password),
        "allow_cleartext_credentials": True,
    }
    return ConnectionProfile(**{**usual, **facts})


def check_history(
    directory: Directory,
    selection: Selection,
    strategy: Strategy,
    base: FullImport,
) -> DeltaImport:
    """Check that the base and the delta since make what a full import finds now."""
    delta = strategy.changes(base.watermark)
    assert isinstance(delta, DeltaImport), delta
    told = apply_delta(base.entries, delta, anchor=selection.anchor)
    now = full_import(ImportStream(directory, selection), selection)
    assert isinstance(now, FullImport)
    assert len(told) == len(now.entries)
    assert set(told) == set(now.entries)
    return delta
