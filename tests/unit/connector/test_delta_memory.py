"""Random histories on the memory directory, told by each method of delta import."""

from __future__ import annotations

import attrs
import pytest

from _histories import World, check_history, imported
from ldapconnector.connector import DeltaMethod, LdapConnector, Selection
from ldapconnector.connector._delta import AccessLog, ChangeLog, Usn
from ldapconnector.directory import MemoryDirectory
from ldapconnector.entries import (
    AccessLogWatermark,
    Add,
    Delete,
    DeltaImport,
    Entry,
    EntryDeleted,
    FullImport,
    FullImportNeeded,
    Rename,
    TimestampWatermark,
    apply_delta,
)
from ldapconnector.errors import NotAllowed
from ldapconnector.names import DN, Filter
from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration, ObjectType, Partition

SUFFIX = "dc=example,dc=com"
PERSON = Filter.equal("objectClass", "person")


@pytest.mark.parametrize(
    ("product", "method", "anchors"),
    [
        ("openldap", AccessLog, ["entryUUID", "dn"]),
        ("389ds", ChangeLog, ["nsUniqueId", "dn"]),
        ("opendj", ChangeLog, ["entryUUID", "dn"]),
        ("adlds", Usn, ["objectGUID"]),
    ],
)
def test_random_histories_add_up(product, method, anchors):
    directory = MemoryDirectory.like(product, change_log=True)
    unit = Entry(f"ou=people,{SUFFIX}", {"objectClass": "organizationalUnit", "ou": "people"})
    directory.apply(Add(unit))
    kind = "user" if product == "adlds" else "person"
    world = World(directory, unit.dn, seed=3, person=kind, moves=method is not Usn)
    told = 0
    for number in range(60):
        selection = Selection(
            containers=(unit.dn,),
            partitions=(SUFFIX,),
            filter=Filter.equal("objectClass", kind),
            anchor=anchors[number % len(anchors)],
        )
        strategy = method(directory, selection)
        base = imported(directory, selection, strategy)
        world.run(5)
        told += len(check_history(directory, selection, strategy, base).changes)
    assert told > 60


def connector(product: str, **more: object) -> LdapConnector:
    directory = MemoryDirectory.like(product, change_log=True)
    configuration = ConnectorConfiguration(
        connection=ConnectionProfile(hosts="localhost"),
        object_type=ObjectType(structural_class="person", **more),
    )
    return LdapConnector(configuration, directory)


def person(name: str) -> Entry:
    return Entry(DN.build(("cn", name), SUFFIX), {"objectClass": "person", "cn": name, "sn": "x"})


def test_the_connector_works_on_a_memory_directory():
    ours = connector("openldap")
    base = ours.full_import()
    assert isinstance(base, FullImport)
    ours.export(Add(person("a")))
    delta = ours.delta_import(base.watermark)
    assert isinstance(delta, DeltaImport)
    assert [change.entry.dn for change in delta.changes] == [person("a").dn]
    first, second = ours.find([Filter.equal("cn", "A"), Filter.equal("cn", "b")])
    assert [entry.dn for entry in first] == [person("a").dn]
    assert second == ()
    assert ours.read(person("a").dn).first("sn") == "x"
    assert ours.read(person("b").dn) is None


def test_a_watermark_of_another_directory_is_refused():
    base = connector("openldap").full_import()
    assert isinstance(connector("openldap").delta_import(base.watermark), FullImportNeeded)


def test_only_the_selected_attributes_and_the_anchor_come():
    ours = connector("openldap", attributes=["sn"])
    ours.export(Add(person("a")))
    (entry,) = ours.full_import().entries
    assert set(entry) == {"objectClass", "sn", "entryUUID"}


def test_a_filter_that_only_the_server_understands_is_asked_by_itself(monkeypatch):
    """Where an entry of the batch matches no filter here, each filter is asked alone."""
    ours = connector("openldap")
    for name in "ab":
        ours.export(Add(person(name)))
    filters = [Filter.equal("cn", "a"), Filter.equal("cn", "b")]
    searched = []
    directory = ours._given
    search = directory.search

    def counting(*arguments, **options):
        searched.append(arguments[1])
        return search(*arguments, **options)

    monkeypatch.setattr(directory, "search", counting)
    ours.find(filters)
    assert len(searched) == 1
    matches = type(filters[0]).matches
    monkeypatch.setattr(
        type(filters[0]),
        "matches",
        lambda self, entry, schema=None: schema is None and matches(self, entry),
    )
    searched.clear()
    ours.find(filters)
    assert len(searched) == 3


def test_the_filter_of_the_object_type_is_added():
    ours = connector("openldap", filter="(sn=y)")
    ours.export(Add(person("a")))
    assert ours.full_import().entries == ()
    selection = attrs.evolve(ours.selection(), filter=PERSON)
    assert selection.anchor == "entryUUID"


def test_without_a_watermark_everything_is_read():
    directory = MemoryDirectory.like("openldap", change_log=True)
    configuration = ConnectorConfiguration(connection=ConnectionProfile(hosts=["localhost"]))
    answer = LdapConnector(configuration, directory=directory).delta_import(None)
    assert answer == FullImportNeeded("there is no watermark of an import before")


def test_what_does_not_work_is_replaced_until_it_does():
    """A log that the account may not read: timestamps, also in the next process; then the log."""
    first = connector("openldap")
    directory = first._given
    search, read = directory.search, directory.read
    closed = True

    class Guarded:
        def __getattr__(self, name):
            return getattr(directory, name)

        def search(self, base, *arguments, **options):
            if closed and str(base) == "cn=accesslog":
                raise NotAllowed("insufficient access", code=50)
            return search(base, *arguments, **options)

        def read(self, dn, *arguments):
            if closed and str(dn) == "cn=accesslog":
                raise NotAllowed("insufficient access", code=50)
            return read(dn, *arguments)

    def process() -> LdapConnector:
        return LdapConnector(first.configuration, Guarded())

    one = process()
    base = one.full_import()
    assert isinstance(base.watermark, TimestampWatermark)
    assert one.capabilities.delta is DeltaMethod.TIMESTAMP
    directory.apply(Add(person("a")))
    for ours in (one, process()):
        delta = ours.delta_import(base.watermark)
        assert isinstance(delta, DeltaImport)
        assert not delta.sees_deletes
        assert [change.entry.dn for change in delta.changes] == [person("a").dn]

    closed = False
    assert isinstance(one.full_import().watermark, AccessLogWatermark)
    assert one.capabilities.delta is DeltaMethod.ACCESS_LOG


@pytest.mark.parametrize("product", ["openldap", "389ds", "adlds"])
def test_a_partition_may_be_a_part_of_a_naming_context(product):
    """What was moved out of it, and what was deleted from it, is told."""
    directory = MemoryDirectory.like(product, change_log=True)
    kind = "user" if product == "adlds" else "person"
    people, archive = (DN.build(("ou", name), SUFFIX) for name in ("people", "archive"))
    for dn in (people, archive):
        ou = dn.rdn.avas[0].value
        directory.apply(Add(Entry(dn, {"objectClass": "organizationalUnit", "ou": ou})))
    moved, deleted, kept = (DN.build(("cn", name), people) for name in "abc")
    for dn in (moved, deleted, kept):
        entry = {"objectClass": kind, "cn": dn.rdn.avas[0].value, "sn": "x"}
        directory.apply(Add(Entry(dn, entry)))
    configuration = ConnectorConfiguration(
        connection=ConnectionProfile(hosts="localhost", partitions=[Partition(dn=people)]),
        object_type=ObjectType(structural_class=kind),
    )
    ours = LdapConnector(configuration, directory)
    base = ours.full_import()
    assert {entry.dn for entry in base.entries} == {moved, deleted, kept}
    directory.apply(Rename(dn=moved, new_rdn=moved.rdn, new_superior=archive))
    directory.apply(Delete(deleted))
    delta = ours.delta_import(base.watermark)
    assert isinstance(delta, DeltaImport)
    assert delta.sees_deletes
    assert [type(change) for change in delta.changes] == [EntryDeleted, EntryDeleted]
    entries = apply_delta(base.entries, delta, anchor=ours.capabilities.anchor)
    assert [entry.dn for entry in entries] == [kept]


def test_a_naming_context_that_is_not_readable_is_not_relied_on():
    directory = MemoryDirectory.like("openldap", change_log=True)
    people = DN.build(("ou", "people"), SUFFIX)
    directory.apply(Add(Entry(people, {"objectClass": "organizationalUnit", "ou": "people"})))
    directory.apply(
        Add(Entry(DN.build(("cn", "a"), people), {"objectClass": "person", "cn": "a", "sn": "x"}))
    )
    read = directory.read

    class Narrow:
        def __getattr__(self, name):
            return getattr(directory, name)

        def read(self, dn, *arguments):
            return None if str(dn) == SUFFIX else read(dn, *arguments)

    configuration = ConnectorConfiguration(
        connection=ConnectionProfile(hosts="localhost", partitions=[Partition(dn=people)]),
        object_type=ObjectType(structural_class="person"),
    )
    ours = LdapConnector(configuration, Narrow())
    assert ours.selection().roots == (people,)
    base = ours.full_import()
    directory.apply(Delete(base.entries[0].dn))
    assert len(ours.delta_import(base.watermark).changes) == 1


@pytest.mark.parametrize(("product", "method"), [("openldap", AccessLog), ("389ds", ChangeLog)])
def test_a_log_with_a_name_that_is_none_asks_for_a_full_import(product, method):
    directory = MemoryDirectory.like(product, change_log=True)
    selection = Selection(containers=(SUFFIX,), anchor="dn")

    class Garbled:
        def __getattr__(self, name):
            return getattr(directory, name)

        def search(self, base, *arguments, **options):
            name = "reqDN" if product == "openldap" else "targetDn"
            for entry in directory.search(base, *arguments, **options):
                yield entry.with_values(name, "no name at all") if name in entry else entry

    strategy = method(Garbled(), selection)
    base = imported(directory, selection, strategy)
    directory.apply(Add(person("a")))
    found = strategy.changes(base.watermark)
    assert isinstance(found, FullImportNeeded)
    assert "no name at all" in found.reason


def test_whoever_may_not_read_tombstones_is_told_so():
    directory = MemoryDirectory.like("adlds")
    search = directory.search

    class Ordinary:
        def __getattr__(self, name):
            return getattr(directory, name)

        def search(self, base, *arguments, **options):
            for entry in search(base, *arguments, **options):
                if "Deleted Objects" not in str(entry.dn):
                    yield entry

    configuration = ConnectorConfiguration(
        connection=ConnectionProfile(hosts="localhost"),
        object_type=ObjectType(structural_class="user"),
    )

    def sees(shown) -> bool:
        ours = LdapConnector(configuration, shown)
        return ours.delta_import(ours.full_import().watermark).sees_deletes

    assert not sees(directory)  # there is none yet, so nobody knows
    entry = Entry(f"cn=a,{SUFFIX}", {"objectClass": "user", "cn": "a"})
    directory.apply(Add(entry))
    directory.apply(Delete(entry.dn))
    assert sees(directory)
    assert not sees(Ordinary())
