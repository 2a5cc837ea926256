"""Delta imports from OpenLDAP: access log, content synchronisation, timestamps."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from _histories import World, check_history, everything, histories, imported, session
from ldapconnector.connector import Selection
from ldapconnector.connector._delta import AccessLog, ContentSync, Timestamp
from ldapconnector.connector._full_import import ImportStream, full_import
from ldapconnector.directory import LdapDirectory
from ldapconnector.entries import (
    Add,
    Delete,
    DeltaImport,
    Entry,
    EntryDeleted,
    EntryRenamed,
    EntryWritten,
    FullImport,
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

PERSON = Filter.equal("objectClass", "person")
PERSON_OR_GROUP = Filter.parse("(|(objectClass=person)(objectClass=groupOfNames))")


@pytest.fixture
def directory(clean_slapd) -> Iterator[LdapDirectory]:
    with session(clean_slapd) as opened:
        yield opened


@pytest.fixture
def selection(clean_slapd) -> Selection:
    return Selection(
        containers=(clean_slapd.people,),
        partitions=(clean_slapd.suffix,),
        filter=PERSON,
        anchor="entryUUID",
    )


def person(name: str, parent: str, **more: str) -> Entry:
    return Entry(
        DN.build(("cn", name), parent), {"objectClass": "person", "cn": name, "sn": "x", **more}
    )


def delta(strategy: AccessLog, base: FullImport) -> DeltaImport:
    found = strategy.changes(base.watermark)
    assert isinstance(found, DeltaImport), found
    return found


# ---------------------------------------------------------------- histories


def test_a_thousand_random_histories_add_up(directory, clean_slapd):
    """1,000 histories of five changes each, over anchors, filters and containers in turn."""
    people, suffix = clean_slapd.people, clean_slapd.suffix
    whole = Selection(containers=(people,), partitions=(suffix,), filter=PERSON)
    part = attrs.evolve(whole, containers=(f"ou=u0,{people}", f"ou=u1,{people}"))
    selections = [
        attrs.evolve(one, anchor=anchor, filter=filter_)
        for anchor in ("entryUUID", "dn")
        for one in (whole, part)
        for filter_ in (PERSON, PERSON_OR_GROUP)
    ]
    world = World(directory, people, seed=7)
    told = 0

    def keep_containers() -> None:
        for name in ("u0", "u1"):
            dn = DN.build(("ou", name), people)
            if directory.read(dn, ("1.1",)) is None:
                directory.apply(Add(Entry(dn, {"objectClass": "organizationalUnit", "ou": name})))

    for number in histories(1000):
        selection = selections[number % len(selections)]
        strategy = AccessLog(directory, selection)
        keep_containers()
        base = imported(directory, selection, strategy)
        world.run(5)
        keep_containers()
        told += len(check_history(directory, selection, strategy, base).changes)
    assert world.done > 2000
    assert told > 2000


@pytest.mark.parametrize("strategy", [ContentSync, AccessLog])
def test_deltas_follow_one_another(directory, selection, clean_slapd, strategy):
    """A chain of deltas from one base, without a full import in between."""
    one = strategy(directory, selection)
    base = imported(directory, selection, one)
    entries, watermark = base.entries, base.watermark
    world = World(directory, clean_slapd.people, seed=8, moves=strategy is AccessLog)
    for _ in histories(40):
        world.run(3)
        found = one.changes(load_watermark(dump_watermark(watermark)))
        assert isinstance(found, DeltaImport), found
        entries = apply_delta(entries, found, anchor=selection.anchor)
        watermark = found.watermark
    now = full_import(ImportStream(directory, selection), selection)
    assert set(entries) == set(now.entries)
    assert world.done > 60


def test_random_histories_by_timestamp_lack_only_the_deletions(directory, selection, clean_slapd):
    world = World(directory, clean_slapd.people, seed=9, moves=False)
    for _ in histories(40):
        strategy = Timestamp(directory, selection)
        stamped = attrs.evolve(selection, attributes=("*", *strategy.reads))
        strategy.prepare()
        base = full_import(ImportStream(directory, stamped), stamped, strategy.watermark)
        world.run(5)
        found = strategy.changes(base.watermark)
        assert not found.sees_deletes
        told = apply_delta(base.entries, found, anchor=selection.anchor)
        now = full_import(ImportStream(directory, selection), selection).entries
        alive = {entry["entryUUID"] for entry in now}
        plain = {entry.without("modifyTimestamp") for entry in told}
        assert {entry for entry in plain if entry["entryUUID"] in alive} == set(now)


# ---------------------------------------------------------------- the field's regressions


def test_an_entry_changed_many_times_comes_once(directory, selection, clean_slapd):
    directory.apply(Add(person("a", clean_slapd.people)))
    strategy = AccessLog(directory, selection)
    base = imported(directory, selection, strategy)
    for number in range(5):
        step = Modification.replace("description", str(number))
        directory.apply(Modify(base.entries[0].dn, (step,)))
    (change,) = delta(strategy, base).changes
    assert isinstance(change, EntryWritten)
    assert change.entry.text("description") == ("4",)


@pytest.mark.parametrize(
    "value",
    ["replace", "replace: sn", "a:b:c", "  blanks  ", "description: x\n-\n", ":= + - #"],
)
def test_values_come_as_they_are(directory, selection, clean_slapd, value):
    strategy = AccessLog(directory, selection)
    base = imported(directory, selection, strategy)
    directory.apply(Add(person("a", clean_slapd.people, description=value)))
    (change,) = delta(strategy, base).changes
    assert change.entry["description"] == (value.encode(),)


def test_a_rename_with_a_move_is_one_change(directory, selection, clean_slapd):
    people = clean_slapd.people
    directory.apply(Add(person("a", people)))
    unit = Entry(f"ou=sub,{people}", {"objectClass": "organizationalUnit", "ou": "sub"})
    directory.apply(Add(unit))
    strategy = AccessLog(directory, selection)
    base = imported(directory, selection, strategy)
    old = DN.build(("cn", "a"), people)
    directory.apply(Rename(dn=old, new_rdn=RDN.of(("cn", "b")), new_superior=unit.dn))
    (change,) = delta(strategy, base).changes
    assert isinstance(change, EntryRenamed)
    assert change.old_dn == old
    assert change.entry.dn == DN.build(("cn", "b"), unit.dn)
    assert change.anchor == base.entries[0]["entryUUID"][0]


def test_a_rename_followed_by_a_delete_is_a_delete(directory, selection, clean_slapd):
    old = DN.build(("cn", "a"), clean_slapd.people)
    directory.apply(Add(person("a", clean_slapd.people)))
    for anchor in ("entryUUID", "dn"):
        if anchor == "dn":
            directory.apply(Add(person("a", clean_slapd.people)))
        chosen = attrs.evolve(selection, anchor=anchor)
        strategy = AccessLog(directory, chosen)
        base = imported(directory, chosen, strategy)
        rename = Rename(dn=old, new_rdn=RDN.of(("cn", "b")))
        directory.apply(rename)
        directory.apply(Delete(rename.new_dn))
        found = delta(strategy, base)
        assert all(isinstance(change, EntryDeleted) for change in found.changes)
        assert apply_delta(base.entries, found, anchor=anchor) == ()


def test_a_delete_and_a_new_entry_of_the_same_name_are_two_changes(
    directory, selection, clean_slapd
):
    directory.apply(Add(person("a", clean_slapd.people)))
    strategy = AccessLog(directory, selection)
    base = imported(directory, selection, strategy)
    directory.apply(Delete(base.entries[0].dn))
    directory.apply(Add(person("a", clean_slapd.people, description="another")))
    gone, here = delta(strategy, base).changes
    assert isinstance(gone, EntryDeleted)
    assert gone.anchor == base.entries[0]["entryUUID"][0]
    assert isinstance(here, EntryWritten)
    assert here.anchor != gone.anchor
    (entry,) = apply_delta(base.entries, delta(strategy, base), anchor="entryUUID")
    assert entry.text("description") == ("another",)


def test_members_of_a_group_are_those_it_has_now(directory, selection, clean_slapd):
    people = clean_slapd.people
    chosen = attrs.evolve(selection, filter=PERSON_OR_GROUP)
    first, second = f"cn=x,{people}", f"cn=y,{people}"
    group = DN.build(("cn", "group"), people)
    directory.apply(
        Add(Entry(group, {"objectClass": "groupOfNames", "cn": "group", "member": [first]}))
    )
    strategy = AccessLog(directory, chosen)
    base = imported(directory, chosen, strategy)
    steps = (Modification.add("member", second), Modification.delete("member", first))
    for step in steps:
        directory.apply(Modify(group, (step,)))
    (change,) = delta(strategy, base).changes
    assert change.entry.text("member") == (second,)


def test_an_entry_that_leaves_the_container_is_gone(directory, selection, clean_slapd):
    directory.apply(Add(person("a", clean_slapd.people)))
    strategy = AccessLog(directory, selection)
    base = imported(directory, selection, strategy)
    directory.apply(
        Rename(
            dn=base.entries[0].dn,
            new_rdn=RDN.of(("cn", "a")),
            new_superior=DN.parse(clean_slapd.groups),
        )
    )
    (change,) = delta(strategy, base).changes
    assert isinstance(change, EntryDeleted)
    assert change.anchor == base.entries[0]["entryUUID"][0]


# ---------------------------------------------------------------- whose changes, and from where


def test_own_changes_can_be_left_out(directory, selection, clean_slapd):
    own = DN.parse(clean_slapd.admin_dn)
    strategy = AccessLog(directory, selection, own=own)
    base = imported(directory, selection, strategy)
    directory.apply(Add(person("a", clean_slapd.people)))
    assert delta(strategy, base).changes == ()
    assert len(delta(AccessLog(directory, selection), base).changes) == 1
    other = AccessLog(directory, selection, own=DN.parse("cn=other"))
    assert len(delta(other, base).changes) == 1


def test_a_watermark_of_another_server_is_refused(directory, selection, start_slapd):
    other = start_slapd()
    with session(other) as elsewhere:
        base = imported(elsewhere, selection, AccessLog(elsewhere, selection))
    found = AccessLog(directory, selection).changes(base.watermark)
    assert isinstance(found, FullImportNeeded)
    assert "another server" in found.reason


@pytest.mark.parametrize("strategy", [AccessLog, ContentSync, Timestamp])
def test_a_watermark_of_another_method_is_refused(directory, selection, strategy):
    others = {AccessLog: Timestamp, ContentSync: AccessLog, Timestamp: ContentSync}
    base = imported(directory, selection, others[strategy](directory, selection))
    assert isinstance(strategy(directory, selection).changes(base.watermark), FullImportNeeded)


def test_a_purged_log_is_noticed(directory, selection, clean_slapd):
    strategy = AccessLog(directory, selection)
    directory.apply(Add(person("a", clean_slapd.people)))
    base = imported(directory, selection, strategy)
    older = attrs.evolve(base.watermark, csns=("20200101000000.000000Z#000000#000#000000",))
    found = strategy.changes(older)
    assert isinstance(found, FullImportNeeded)
    assert "purged" in found.reason


def test_a_log_that_was_empty_at_the_watermark_is_whole(start_slapd):
    server = start_slapd()
    selection = Selection(containers=(server.people,), filter=PERSON, anchor="entryUUID")
    with session(server) as directory:
        strategy = AccessLog(directory, selection)
        base = imported(directory, selection, strategy)
        assert base.watermark.log_begins == ()
        directory.apply(Add(person("a", server.people)))
        assert len(delta(strategy, base).changes) == 1


def test_a_server_without_a_log_says_so(start_slapd):
    server = start_slapd(accesslog=False)
    selection = Selection(containers=(server.people,), filter=PERSON, anchor="entryUUID")
    with session(server) as directory, pytest.raises(DirectoryError, match="no access log"):
        AccessLog(directory, selection).prepare()


@pytest.mark.parametrize("year", ["2020", "2090"])
def test_a_cookie_too_old_or_too_new_needs_a_full_import(directory, selection, year):
    """Too old for the session log: what is gone cannot be told; too new: not this server's."""
    strategy = ContentSync(directory, selection)
    base = imported(directory, selection, strategy)
    cookies = tuple(
        (root, b"rid=000,csn=%s0101000000.000000Z#000000#000#000000" % year.encode())
        for root, _ in base.watermark.cookies
    )
    found = strategy.changes(attrs.evolve(base.watermark, cookies=cookies))
    assert isinstance(found, FullImportNeeded)


def test_content_synchronisation_insists_on_an_anchor(directory, selection):
    with pytest.raises(DirectoryError, match="anchor"):
        ContentSync(directory, attrs.evolve(selection, anchor="dn")).prepare()


def test_nothing_changed_is_an_empty_delta(directory, selection, clean_slapd):
    directory.apply(Add(person("a", clean_slapd.people)))
    for strategy in (AccessLog(directory, selection), ContentSync(directory, selection)):
        base = imported(directory, selection, strategy)
        assert delta(strategy, base).changes == ()


def test_everything_can_go(directory, selection, clean_slapd):
    for name in "abc":
        directory.apply(Add(person(name, clean_slapd.people)))
    strategy = AccessLog(directory, selection)
    base = imported(directory, selection, strategy)
    everything(directory, clean_slapd.people)
    assert apply_delta(base.entries, delta(strategy, base), anchor="entryUUID") == ()


@pytest.mark.parametrize("anchor", ["dn", "entryUUID"])
def test_what_goes_while_its_renaming_is_told_leaves_no_name(
    directory, selection, clean_slapd, anchor
):
    """Renamed with its container before the log was read, deleted before the entries were."""
    unit, after = (DN.build(("ou", name), clean_slapd.people) for name in ("before", "after"))
    directory.apply(Add(Entry(unit, {"objectClass": "organizationalUnit", "ou": "before"})))
    directory.apply(Add(person("a", str(unit))))
    selection = attrs.evolve(selection, anchor=anchor)
    strategy = AccessLog(directory, selection)
    base = imported(directory, selection, strategy)
    directory.apply(Rename(dn=unit, new_rdn=after.rdn))
    read_log = strategy.read_log

    def meanwhile(since):
        strategy.read_log = read_log
        log = read_log(since)
        directory.apply(Delete(DN.build(("cn", "a"), after)))
        return log

    strategy.read_log = meanwhile
    first = delta(strategy, base)
    entries = apply_delta(base.entries, first, anchor=anchor)
    second = strategy.changes(first.watermark)
    assert isinstance(second, DeltaImport)
    assert apply_delta(entries, second, anchor=anchor) == ()
