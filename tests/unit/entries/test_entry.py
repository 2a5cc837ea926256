"""Entries and what changes make of them."""

import pickle

import pytest

from ldapconnector.entries import (
    Add,
    Delete,
    Entry,
    Modification,
    Modify,
    Rename,
    apply_change,
)
from ldapconnector.errors import EntryExists, EntryNotFound, InvalidValue, NameSyntaxError
from ldapconnector.names import DN, RDN

ENTRY = Entry("uid=jane,dc=x", {"objectClass": ["top", "account"], "uid": "jane", "n": "4"})


def test_names_without_regard_to_case_keep_their_spelling():
    assert ENTRY["OBJECTCLASS"] == (b"top", b"account")
    assert "ObjectClass" in ENTRY
    assert "mail" not in ENTRY
    assert list(ENTRY) == ["objectClass", "uid", "n"]
    assert ENTRY.get("mail", ()) == ()
    with pytest.raises(KeyError):
        ENTRY["mail"]
    assert ENTRY.object_classes == ("top", "account")
    assert ENTRY.first("uid") == "jane"


def test_spellings_of_one_attribute_are_merged_and_empty_ones_left_out():
    entry = Entry("cn=a", {"Mail": "1", "mail": ["2"], "sn": []})
    assert dict(entry) == {"Mail": (b"1", b"2")}


def test_octets_that_are_no_text_survive():
    entry = Entry("cn=a", {"photo": b"\xff\x00"})
    assert entry["photo"] == (b"\xff\x00",)
    assert Entry("cn=a", {"photo": entry.text("photo")}) == entry


def test_equal_as_sets_by_name():
    other = Entry("UID=Jane,DC=X", {"UID": "jane", "n": "4", "objectclass": ["account", "top"]})
    assert other == ENTRY
    assert hash(other) == hash(ENTRY)
    assert ENTRY.with_values("n", "5") != ENTRY


def test_from_wire_parses_late():
    broken = Entry.from_wire("no dn", {"cn": (b"a",)})
    assert broken["CN"] == (b"a",)
    assert broken.dn_text == "no dn"
    with pytest.raises(NameSyntaxError):
        _ = broken.dn


def test_repr_shows_no_value_and_pickle_keeps_all():
    entry = Entry("cn=a", {"userPassword": "hunter2"})
    assert "hunter2" not in repr(entry)
    assert "hunter2" not in repr(Modification.replace("userPassword", "hunter2"))
    assert pickle.loads(pickle.dumps(ENTRY)) == ENTRY


def test_replacing_keeps_spelling():
    assert list(ENTRY.with_values("OBJECTclass", "x")) == ["objectClass", "uid", "n"]
    assert "uid" not in ENTRY.without("UID")


def test_modify_in_order():
    change = Modify(
        "uid=jane,dc=x",
        (
            Modification.add("mail", ["a", "b"]),
            Modification.delete("mail", "a"),
            Modification.replace("uid", ["jane", "jd"]),
            Modification.increment("n", 3),
            Modification.delete("objectClass"),
        ),
    )
    after = apply_change(ENTRY, change)
    assert dict(after) == {"uid": (b"jane", b"jd"), "n": (b"7",), "mail": (b"b",)}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (Add(ENTRY), EntryExists),
        (Modify("uid=jane,dc=x", (Modification.add("uid", "jane"),)), EntryExists),
        (Modify("uid=jane,dc=x", (Modification.delete("uid", "joe"),)), EntryNotFound),
        (Modify("uid=jane,dc=x", (Modification.delete("mail"),)), EntryNotFound),
        (Modify("uid=jane,dc=x", (Modification.increment("uid"),)), InvalidValue),
    ],
)
def test_what_cannot_be(change, error):
    with pytest.raises(error):
        apply_change(ENTRY, change)


def test_nothing_can_be_done_to_nothing():
    assert apply_change(None, Add(ENTRY)) is ENTRY
    assert apply_change(ENTRY, Delete("uid=jane,dc=x")) is None
    with pytest.raises(EntryNotFound):
        apply_change(None, Delete("uid=jane,dc=x"))


@pytest.mark.parametrize(("delete_old", "uids"), [(True, (b"joan",)), (False, (b"jane", b"joan"))])
def test_rename(delete_old, uids):
    change = Rename(
        dn="uid=jane,dc=x",
        new_rdn=RDN.of(("uid", "joan")),
        new_superior=DN.parse("ou=p,dc=x"),
        delete_old_rdn=delete_old,
    )
    after = apply_change(ENTRY, change)
    assert str(after.dn) == "uid=joan,ou=p,dc=x"
    assert after["uid"] == uids


def test_rename_without_superior_stays_in_its_place():
    change = Rename(dn="uid=jane,dc=x", new_rdn=RDN.of(("cn", "Jane")))
    after = apply_change(ENTRY, change)
    assert str(after.dn) == "cn=Jane,dc=x"
    assert "uid" not in after


def test_from_wire_takes_a_name_that_is_parsed_already():
    name = DN.build(("cn", "Doe, Jane"), "dc=x")
    entry = Entry.from_wire(name, {"cn": (b"Doe, Jane",)})
    assert entry.dn is name
    assert entry == Entry(name, {"cn": "Doe, Jane"})
    assert entry.dn_text == "cn=Doe\\, Jane,dc=x"
