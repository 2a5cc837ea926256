"""Delta imports from 389 (change log, content synchronisation) and Samba (USN)."""

from __future__ import annotations

import attrs
import pytest

from _histories import World, check_history, histories, imported, profile_of, session
from ldapconnector.connector import ImportStream, LdapConnector, Selection, full_import
from ldapconnector.connector._delta import ChangeLog, ContentSync, Usn
from ldapconnector.entries import (
    Add,
    Delete,
    DeltaImport,
    Entry,
    EntryDeleted,
    EntryRenamed,
    FullImportNeeded,
    Modification,
    Modify,
    Rename,
    apply_delta,
    dump_watermark,
    load_watermark,
)
from ldapconnector.errors import DirectoryError
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.profile import ConnectorConfiguration, ObjectType, Partition, SimpleBind

PERSON = Filter.equal("objectClass", "person")


def person(name: str, parent: str, kind: str = "person") -> Entry:
    return Entry(DN.build(("cn", name), parent), {"objectClass": kind, "cn": name, "sn": "x"})


@pytest.fixture
def selection_389(clean_ds389) -> Selection:
    return Selection(
        containers=(clean_ds389.people,),
        partitions=(clean_ds389.suffix,),
        filter=PERSON,
        anchor="nsUniqueId",
    )


def test_random_histories_by_change_log_add_up(clean_ds389, selection_389):
    """240 histories; containers stay, since 389 2.3 shows stale names below renamed ones."""
    told = 0
    with session(clean_ds389) as directory:
        world = World(directory, clean_ds389.people, seed=21, moves=False)
        both = Filter.parse("(|(objectClass=person)(objectClass=groupOfNames))")
        for number in histories(240):
            anchor = ("nsUniqueId", "dn", "entryUUID")[number % 3]
            filter_ = (PERSON, both)[number // 3 % 2]
            selection = attrs.evolve(selection_389, anchor=anchor, filter=filter_)
            strategy = ChangeLog(directory, selection)
            base = imported(directory, selection, strategy)
            world.run(5)
            told += len(check_history(directory, selection, strategy, base).changes)
    assert told > 500


def test_random_histories_by_content_sync_of_389_add_up(clean_ds389, selection_389):
    with session(clean_ds389) as directory:
        world = World(directory, clean_ds389.people, seed=22, moves=False)
        for _ in histories(60):
            strategy = ContentSync(directory, selection_389)
            base = imported(directory, selection_389, strategy)
            world.run(5)
            check_history(directory, selection_389, strategy, base)
        assert world.done > 150


def test_content_sync_tells_of_whom_only_the_full_import_has_seen(clean_ds389, selection_389):
    """Added after the cookie, read by the import, deleted since: 389 tells of neither."""
    with session(clean_ds389) as directory:
        strategy = ContentSync(directory, selection_389)
        strategy.prepare()
        for name in ("goes", "stays"):
            directory.apply(Add(person(name, clean_ds389.people)))
        stream = ImportStream(directory, selection_389)
        base = full_import(stream, selection_389, strategy.watermark)
        assert len(base.entries) == 2
        directory.apply(Delete(DN.build(("cn", "goes"), clean_ds389.people)))
        watermark = load_watermark(dump_watermark(base.watermark))
        delta = strategy.changes(watermark)
    entries = apply_delta(base.entries, delta, anchor="nsUniqueId")
    assert [entry.first("cn") for entry in entries] == ["stays"]
    assert delta.watermark.newcomers == ()


def test_what_is_below_a_renamed_container_is_renamed_too(clean_ds389, selection_389):
    unit = DN.build(("ou", "unit"), clean_ds389.people)
    with session(clean_ds389) as directory:
        directory.apply(Add(Entry(unit, {"objectClass": "organizationalUnit", "ou": "unit"})))
        directory.apply(Add(person("a", str(unit))))
        strategy = ChangeLog(directory, selection_389)
        base = imported(directory, selection_389, strategy)
        directory.apply(Rename(dn=unit, new_rdn=RDN.of(("ou", "other"))))
        delta = check_history(directory, selection_389, strategy, base)
    (change,) = [one for one in delta.changes if isinstance(one, EntryRenamed)]
    assert change.old_dn == DN.build(("cn", "a"), unit)


def test_a_change_log_without_identities_is_followed_by_names(clean_ds389, selection_389):
    """Other products tell no unique id: the same log, read without it."""

    class Nameless(ChangeLog):
        def _record(self, entry):
            known = {name: entry[name] for name in entry if name.lower() != "targetuniqueid"}
            return super()._record(Entry.from_wire(entry.dn_text, known))

        def read_log(self, since):
            found = super().read_log(since)
            self.identity = None
            return found

    with session(clean_ds389) as directory:
        world = World(directory, clean_ds389.people, seed=23, moves=False)
        for number in histories(80):
            anchor = ("nsUniqueId", "dn")[number % 2]
            selection = attrs.evolve(selection_389, anchor=anchor)
            strategy = Nameless(directory, selection)
            base = imported(directory, selection, strategy)
            world.run(5)
            check_history(directory, selection, strategy, base)
        assert world.done > 200


def test_own_changes_can_be_left_out_of_a_change_log(clean_ds389, selection_389):
    own = DN.parse(clean_ds389.admin_dn)
    with session(clean_ds389) as directory:
        strategy = ChangeLog(directory, selection_389, own=own)
        base = imported(directory, selection_389, strategy)
        directory.apply(Add(person("a", clean_ds389.people)))
        dn = DN.build(("cn", "a"), clean_ds389.people)
        # A value that looks like the log's own syntax names nobody.
        text = "x\nmodifiersname: cn=somebody else"
        directory.apply(Modify(dn, (Modification.replace("description", text),)))
        assert strategy.changes(base.watermark).changes == ()
        # Who deleted is not in the log, and what is not known is told.
        directory.apply(Delete(dn))
        (change,) = strategy.changes(base.watermark).changes
        assert isinstance(change, EntryDeleted)


def test_a_change_log_that_cannot_answer_says_so(clean_ds389, selection_389):
    with session(clean_ds389) as directory:
        strategy = ChangeLog(directory, selection_389)
        base = imported(directory, selection_389, strategy)
        mark = base.watermark
        for wrong in (
            attrs.evolve(mark, number=mark.number + 1000),
            attrs.evolve(mark, server="another"),
            attrs.evolve(mark, number=-5),
        ):
            assert isinstance(strategy.changes(wrong), FullImportNeeded)
        assert isinstance(strategy.changes(mark), DeltaImport)


def test_a_server_without_a_change_log_says_so(slapd):
    selection = Selection(containers=(slapd.people,))
    with session(slapd) as directory:
        with pytest.raises(DirectoryError, match="no change log"):
            ChangeLog(directory, selection).prepare()
        with pytest.raises(DirectoryError, match="highestCommittedUSN"):
            Usn(directory, attrs.evolve(selection, anchor="objectGUID")).prepare()


# ---------------------------------------------------------------- Active Directory's family


@pytest.fixture
def selection_samba(clean_samba) -> Selection:
    return Selection(
        containers=(clean_samba.people,),
        partitions=(clean_samba.suffix,),
        filter=Filter.equal("objectClass", "contact"),
        anchor="objectGUID",
        attributes=("cn", "sn", "description"),
    )


def test_random_histories_by_usn_add_up(clean_samba, selection_samba):
    """80 histories, renamed and moved containers included."""
    with session(clean_samba) as directory:
        world = World(directory, clean_samba.people, seed=31, person="contact")
        told = 0
        for _ in histories(80):
            strategy = Usn(directory, selection_samba)
            base = imported(directory, selection_samba, strategy)
            world.run(5)
            told += len(check_history(directory, selection_samba, strategy, base).changes)
    assert told > 150


def test_a_tombstone_tells_who_it_was(clean_samba, selection_samba):
    with session(clean_samba) as directory:
        directory.apply(Add(person("Jane, Doe", clean_samba.people, "contact")))
        strategy = Usn(directory, selection_samba)
        base = imported(directory, selection_samba, strategy)
        (entry,) = base.entries
        directory.apply(Delete(entry.dn))
        found = strategy.changes(base.watermark)
        (change,) = [one for one in found.changes if one.anchor == entry["objectGUID"][0]]
        assert isinstance(change, EntryDeleted)
        assert change.dn == entry.dn
        assert apply_delta(base.entries, found, anchor="objectGUID") == ()


def test_an_object_that_leaves_the_container_is_gone(clean_samba, selection_samba):
    with session(clean_samba) as directory:
        directory.apply(Add(person("a", clean_samba.people, "contact")))
        strategy = Usn(directory, selection_samba)
        base = imported(directory, selection_samba, strategy)
        rename = Rename(
            dn=base.entries[0].dn,
            new_rdn=RDN.of(("cn", "a")),
            new_superior=DN.parse(clean_samba.groups),
        )
        directory.apply(rename)
        found = strategy.changes(base.watermark)
        assert apply_delta(base.entries, found, anchor="objectGUID") == ()


def test_tombstones_are_found_where_the_partition_is_a_part_of_the_naming_context(clean_samba):
    people, groups = DN.parse(clean_samba.people), DN.parse(clean_samba.groups)
    configuration = ConnectorConfiguration(
        connection=profile_of(clean_samba, partitions=[Partition(dn=people)]),
        object_type=ObjectType(structural_class="contact", attributes=["cn"]),
    )
    with session(clean_samba) as directory:
        for name in ("stays", "is moved", "is deleted"):
            directory.apply(Add(person(name, clean_samba.people, "contact")))
        connector = LdapConnector(configuration, directory)
        base = connector.full_import()
        moved = DN.build(("cn", "is moved"), people)
        directory.apply(Rename(dn=moved, new_rdn=moved.rdn, new_superior=groups))
        directory.apply(Delete(DN.build(("cn", "is deleted"), people)))
        delta = connector.delta_import(base.watermark)
        assert isinstance(delta, DeltaImport)
        assert delta.sees_deletes
        there = apply_delta(base.entries, delta, anchor="objectGUID")
        assert [entry.first("cn") for entry in there] == ["stays"]
        directory.apply(Delete(DN.build(moved.rdn, groups)))


def test_an_ordinary_account_says_rightly_whether_it_sees_deletions(clean_samba):
    """Samba shows everybody the container of the tombstones, and not the tombstones."""
    configuration = ConnectorConfiguration(
        connection=profile_of(clean_samba, partitions=[Partition(dn=clean_samba.people)]),
        object_type=ObjectType(structural_class="contact", attributes=["cn"]),
    )
    gone = person("is deleted", clean_samba.people, "contact")
    ordinary = SimpleBind(clean_samba.user_dn, clean_samba.user_password)
    with (
        session(clean_samba) as admin,
        session(clean_samba, binding=ordinary) as directory,
    ):
        admin.apply(Add(gone))
        connector = LdapConnector(configuration, directory)
        base = connector.full_import()
        assert len(base.entries) == 1
        admin.apply(Delete(gone.dn))
        delta = connector.delta_import(base.watermark)
    assert isinstance(delta, DeltaImport)
    anchors = {one.anchor for one in delta.changes if isinstance(one, EntryDeleted)}
    assert delta.sees_deletes == (base.entries[0]["objectGUID"][0] in anchors)


def test_usns_of_another_database_are_refused(clean_samba, selection_samba):
    with session(clean_samba) as directory:
        strategy = Usn(directory, selection_samba)
        mark = imported(directory, selection_samba, strategy).watermark
        for wrong in (
            attrs.evolve(mark, server=mark.server + "0"),
            attrs.evolve(mark, usn=mark.usn + 10**6),
        ):
            assert isinstance(strategy.changes(wrong), FullImportNeeded)


def test_usns_insist_on_an_anchor(clean_samba, selection_samba):
    with session(clean_samba) as directory, pytest.raises(DirectoryError, match="anchor"):
        Usn(directory, attrs.evolve(selection_samba, anchor="dn")).prepare()
