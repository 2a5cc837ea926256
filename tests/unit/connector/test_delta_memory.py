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
    DeltaImport,
    Entry,
    FullImport,
    FullImportNeeded,
    TimestampWatermark,
)
from ldapconnector.errors import NotAllowed
from ldapconnector.names import DN, Filter
from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration, ObjectType

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
