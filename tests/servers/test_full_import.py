"""Full imports from real servers: complete, or partial with the reason."""

from __future__ import annotations

import socket
from collections import Counter

import attrs
import pytest

from _histories import profile_of, session
from _launchers import ldap_utils
from _launchers.proxy import Proxy
from ldapconnector.connector import (
    Anchor,
    ContainerFinished,
    DeltaMethod,
    ImportStream,
    LdapConnector,
    Paging,
    Restarted,
    Selection,
    full_import,
)
from ldapconnector.directory import connect
from ldapconnector.entries import (
    Add,
    Delete,
    DeltaImport,
    Entry,
    FullImport,
    FullImportNeeded,
    Modification,
    Modify,
    PartialImport,
    PartialReason,
)
from ldapconnector.names import DN, Filter
from ldapconnector.profile import (
    ConnectorConfiguration,
    ObjectType,
    Partition,
    RetryPolicy,
    SimpleBind,
)

PERSON = Filter.equal("objectClass", "person")


def person(number: int, parent: str, **more: object) -> Entry:
    name = f"p{number:04}"
    return Entry(
        DN.build(("cn", name), parent),
        {"objectClass": "person", "cn": name, "sn": f"Surname {number}", **more},
    )


def fill(server, count: int, **more: object) -> None:
    with session(server) as directory:
        changes = [Add(person(number, server.people, **more)) for number in range(count)]
        assert all(applied.ok for applied in directory.apply_all(changes))


def selected(server, **more: object) -> Selection:
    usual = {"containers": (server.people,), "filter": PERSON, "page_size": 50}
    return Selection(**{**usual, **more})


@pytest.mark.parametrize("paging", list(Paging))
def test_every_way_of_paging_finds_everything(clean_slapd, paging):
    fill(clean_slapd, 230)
    selection = selected(clean_slapd, paging=paging, anchor="entryUUID")
    with session(clean_slapd) as directory:
        found = full_import(ImportStream(directory, selection), selection)
    assert isinstance(found, FullImport)
    assert len(found.entries) == len(set(found.entries)) == 230


@pytest.mark.parametrize("server", ["clean_ds389", "clean_apacheds", "clean_samba"])
def test_other_servers_are_read_wholly(request, server):
    server = request.getfixturevalue(server)
    kind = "contact" if "Samba" in server.product else "person"
    with session(server) as directory:
        for number in range(120):
            entry = person(number, server.people)
            directory.apply(Add(entry.with_values("objectClass", kind)))
        selection = selected(server, filter=Filter.equal("objectClass", kind))
        found = full_import(ImportStream(directory, selection), selection)
    assert isinstance(found, FullImport)
    assert len(found.entries) == 120


def test_a_size_limit_makes_it_partial(clean_slapd):
    fill(clean_slapd, 520)
    ordinary = SimpleBind(clean_slapd.user_dn, clean_slapd.user_password)
    selection = selected(clean_slapd, paging=Paging.NONE)
    with session(clean_slapd, binding=ordinary) as directory:
        found = full_import(ImportStream(directory, selection), selection)
    assert isinstance(found, PartialImport)
    assert found.reason is PartialReason.SIZE_LIMIT
    assert len(found.entries) == 500


def test_a_container_that_is_not_there_makes_it_partial(clean_slapd):
    fill(clean_slapd, 3)
    missing = f"ou=nowhere,{clean_slapd.suffix}"
    selection = selected(clean_slapd, containers=(missing, clean_slapd.people))
    told = []
    with session(clean_slapd) as directory:
        stream = ImportStream(directory, selection, observe=told.append)
        found = full_import(stream, selection)
    assert isinstance(found, PartialImport)
    assert found.reason is PartialReason.CONTAINER_REFUSED
    assert len(found.entries) == 3
    assert "nowhere" in found.detail
    finished = [one for one in told if isinstance(one, ContainerFinished)]
    assert [(one.entries, one.reason) for one in finished] == [
        (0, PartialReason.CONTAINER_REFUSED),
        (3, None),
    ]


def test_a_referral_makes_it_partial(clean_slapd):
    fill(clean_slapd, 2)
    with session(clean_slapd) as directory:
        name = f"ou=elsewhere,{clean_slapd.people}"
        entry = {
            "objectClass": ["referral", "extensibleObject"],
            "ou": "elsewhere",
            "ref": "ldap://other.example.com/ou=elsewhere,dc=example,dc=com",
        }
        directory.apply(Add(Entry(name, entry)))
        selection = selected(clean_slapd)
        found = full_import(ImportStream(directory, selection), selection)
    assert ldap_utils.run_tool("ldapdelete", clean_slapd, "-M", name).code == 0
    assert isinstance(found, PartialImport)
    assert found.reason is PartialReason.REFERRAL
    assert len(found.entries) == 2


def test_containers_inside_of_one_another_are_read_once(clean_slapd):
    fill(clean_slapd, 5)
    selection = selected(clean_slapd, containers=(clean_slapd.people, clean_slapd.suffix))
    with session(clean_slapd) as directory:
        found = full_import(ImportStream(directory, selection), selection)
    names = Counter(entry.dn for entry in found.entries)
    assert names.most_common(1)[0][1] == 1


def test_attributes_with_options_and_binary_ones_arrive_whole(clean_slapd):
    photo = bytes(range(256)) * 300
    values = {
        "objectClass": "inetOrgPerson",
        "cn": "p0000",
        "sn": "x",
        "description;lang-de": "Tür",
        "description;lang-en": "door",
        "jpegPhoto": photo,
    }
    with session(clean_slapd) as directory:
        directory.apply(Add(Entry(DN.build(("cn", "p0000"), clean_slapd.people), values)))
        selection = selected(
            clean_slapd, attributes=("jpegPhoto", "description;lang-de"), anchor="entryUUID"
        )
        (entry,) = full_import(ImportStream(directory, selection), selection).entries
    assert entry["jpegPhoto"] == (photo,)
    assert entry.text("description;lang-de") == ("Tür",)
    assert {name.lower() for name in entry} == {
        "jpegphoto",
        "description;lang-de",
        "objectclass",
        "entryuuid",
    }


def test_operational_attributes_come_when_asked_for(clean_slapd):
    fill(clean_slapd, 1)
    with session(clean_slapd) as directory:
        selection = selected(clean_slapd, operational=True)
        (entry,) = full_import(ImportStream(directory, selection), selection).entries
    assert "createTimestamp" in entry
    assert "sn" in entry


def test_members_beyond_the_range_of_active_directory_arrive_whole(clean_samba):
    """1,800 members, where the server sends 1,500 at a time."""
    with session(clean_samba) as directory:
        names = [DN.build(("cn", f"m{number}"), clean_samba.people) for number in range(1800)]
        adds = [
            Add(Entry(dn, {"objectClass": "contact", "cn": dn.rdn.avas[0].value})) for dn in names
        ]
        assert all(applied.ok for applied in directory.apply_all(adds))
        group = DN.build(("cn", "all"), clean_samba.groups)
        directory.apply(Add(Entry(group, {"objectClass": "group", "cn": "all"})))
        for start in range(0, 1800, 600):
            members = [str(dn) for dn in names[start : start + 600]]
            directory.apply(Modify(group, (Modification.add("member", members),)))
        selection = selected(
            clean_samba,
            containers=(clean_samba.groups,),
            filter=Filter.equal("objectClass", "group"),
            attributes=("member",),
        )
        (entry,) = full_import(ImportStream(directory, selection), selection).entries
        # The group first: a member that is deleted costs Samba a walk through it.
        directory.apply(Delete(group))
        assert all(applied.ok for applied in directory.apply_all(map(Delete, names)))
    assert {DN.parse(name) for name in entry.text("member")} == set(names)
    assert not [name for name in entry if "range" in name.lower()]


# ---------------------------------------------------------------- lost connections


@pytest.mark.parametrize("cut_after", [15_000, 20_000, 60_000])
def test_an_import_over_a_line_that_breaks_doubles_nothing(clean_slapd, cut_after):
    fill(clean_slapd, 400)
    told = []
    with Proxy(clean_slapd.host, clean_slapd.port) as proxy:
        retry = RetryPolicy(attempts=3, first_delay=0.01, longest_delay=0.01)
        hosts = f"127.0.0.1:{proxy.port}"
        proxy.cut_after(cut_after, "answers")
        with session(clean_slapd, hosts=hosts, retry=retry) as directory:

            def reconnect():
                proxy.mend()
                return directory

            selection = selected(clean_slapd, anchor="entryUUID")
            stream = ImportStream(directory, selection, reconnect=reconnect, observe=told.append)
            entries = list(stream)
    assert stream.end.reason is None
    assert len(entries) == len(set(entries)) == 400
    assert any(isinstance(one, Restarted) for one in told)


@pytest.mark.parametrize("resume", [True, False])
def test_a_stream_goes_on_after_a_break_unless_told_otherwise(clean_slapd, resume):
    fill(clean_slapd, 400)
    profile = profile_of(clean_slapd, partitions=[Partition(dn=clean_slapd.people)])
    configuration = ConnectorConfiguration(
        connection=profile, object_type=ObjectType(structural_class="person"), page_size=50
    )
    told = []
    with connect(profile) as directory:
        stream = LdapConnector(configuration, directory, observe=told.append).stream(resume=resume)
        entries = []
        for entry in stream:
            entries.append(entry)
            if len(entries) == 100:
                directory._connection._bound.line.socket.shutdown(socket.SHUT_RDWR)
    assert len(entries) == len(set(entries))
    assert sum(isinstance(one, Restarted) for one in told) == resume
    if resume:
        assert (len(entries), stream.end.reason) == (400, None)
    else:
        assert 100 <= len(entries) < 400
        assert stream.end.reason is PartialReason.CONNECTION_LOST


def test_a_line_that_stays_broken_makes_it_partial(clean_slapd):
    fill(clean_slapd, 400)
    with Proxy(clean_slapd.host, clean_slapd.port) as proxy:
        retry = RetryPolicy(attempts=2, first_delay=0.01, longest_delay=0.01)
        hosts = f"127.0.0.1:{proxy.port}"
        with session(clean_slapd, hosts=hosts, retry=retry) as directory:
            directory.read("")
        proxy.cut_after(20_000, "answers")
        with session(clean_slapd, hosts=hosts, retry=retry) as directory:
            selection = selected(clean_slapd)
            found = full_import(ImportStream(directory, selection), selection)
    assert isinstance(found, PartialImport)
    assert found.reason is PartialReason.CONNECTION_LOST
    assert 0 < len(found.entries) < 400


# ---------------------------------------------------------------- the connector


def configured(server, **more: object) -> ConnectorConfiguration:
    profile = profile_of(
        server,
        partitions=[Partition(dn=server.suffix, import_containers=[server.people])],
    )
    kind = ObjectType(structural_class=more.pop("structural_class", "person"))
    return ConnectorConfiguration(connection=profile, object_type=kind, **more)


@pytest.mark.parametrize(
    ("server", "method", "anchor", "kind"),
    [
        ("clean_slapd", DeltaMethod.ACCESS_LOG, "entryUUID", "person"),
        ("clean_ds389", DeltaMethod.CHANGE_LOG, "nsUniqueId", "person"),
        ("clean_apacheds", DeltaMethod.NONE, "entryUUID", "person"),
        ("clean_samba", DeltaMethod.USN, "objectGUID", "contact"),
    ],
)
def test_the_connector_chooses_what_suits_the_server(request, server, method, anchor, kind):
    server = request.getfixturevalue(server)
    more = {"delta_method": "usn"} if "Samba" in server.product else {}
    configuration = configured(server, structural_class=kind, **more)
    if "Samba" in server.product:
        configuration = attrs.evolve(
            configuration, object_type=ObjectType(structural_class=kind, anchor="objectGUID")
        )
    with LdapConnector(configuration) as connector:
        capabilities = connector.capabilities
        assert capabilities.delta is method
        assert capabilities.anchor.lower() == anchor.lower()
        base = connector.full_import()
        assert isinstance(base, FullImport)
        assert base.entries == ()
        entry = person(1, server.people).with_values("objectClass", kind)
        connector.export(Add(entry))
        (found,) = connector.full_import().entries
        value = found[capabilities.anchor][0]
        assert connector.read(Anchor(capabilities.anchor, value)).dn == entry.dn
        if method is DeltaMethod.NONE:
            assert base.watermark is None
        else:
            delta = connector.delta_import(base.watermark)
            assert isinstance(delta, DeltaImport)
            (change,) = delta.changes
            assert change.entry.dn == entry.dn


def test_find_asks_in_batches_and_tells_the_answers_apart(clean_slapd):
    fill(clean_slapd, 130)
    with LdapConnector(configured(clean_slapd)) as connector:
        names = [f"P{number:04}" for number in (*range(0, 130, 2), 999)]
        filters = [Filter.equal("cn", name) for name in names]
        filters.append(Filter.substring("sn", initial="surname 1"))
        found = connector.find(filters)
    assert [len(one) for one in found[:66]] == [1] * 65 + [0]
    assert [one[0].first("cn") for one in found[:65]] == [name.lower() for name in names[:65]]
    assert len(found[66]) == 1 + 10 + 30


def test_one_configuration_may_reach_partitions_over_several_connections(clean_slapd, clean_ds389):
    """OpenLDAP and 389 as two partitions of one connector."""
    there = Partition(
        dn=clean_ds389.groups,
        hosts=[f"{clean_ds389.host}:{clean_ds389.port}"],
        binding=SimpleBind(clean_ds389.admin_dn, clean_ds389.admin_password),
    )
    here = Partition(dn=clean_slapd.people)
    configuration = ConnectorConfiguration(
        connection=profile_of(clean_slapd, partitions=[here, there]),
        object_type=ObjectType(structural_class="person"),
    )
    with LdapConnector(configuration) as connector:
        base = connector.full_import()
        assert isinstance(base, FullImport)
        changes = [Add(person(1, clean_slapd.people)), Add(person(2, clean_ds389.groups))]
        assert [applied.ok for applied in connector.export_all(changes)] == [True, True]
        delta = connector.delta_import(base.watermark)
        assert {change.entry.dn for change in delta.changes} == {change.dn for change in changes}
        assert isinstance(connector.delta_import(base.watermark.parts[0][1]), FullImportNeeded)
        assert len(connector.full_import().entries) == 2


def test_a_method_that_does_not_work_gives_way_to_timestamps(start_slapd):
    server = start_slapd(accesslog=False)
    with LdapConnector(configured(server)) as connector:
        base = connector.full_import()
        assert connector.capabilities.delta is DeltaMethod.TIMESTAMP
        connector.export(Add(person(1, server.people)))
        delta = connector.delta_import(base.watermark)
        assert not delta.sees_deletes
        assert len(delta.changes) == 1
        assert "deleted" in connector.cannot_see[0]
