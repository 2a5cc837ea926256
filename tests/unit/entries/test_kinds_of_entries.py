"""Entries and changes made from what is none: refused where they are made, in words."""

from __future__ import annotations

import pytest

from ldapconnector.entries import (
    Add,
    Delete,
    Entry,
    FullImport,
    Modification,
    ModificationType,
    Modify,
    PartialImport,
    PartialReason,
    Rename,
    dump_watermark,
    read_ldif,
    write_ldif,
)
from ldapconnector.errors import NameSyntaxError, UsageError
from ldapconnector.names import DN, RDN

ENTRY = Entry("cn=a", {"cn": "a"})
STEP = Modification.add("mail", "a@x")
NEW = RDN.parse("cn=b")


def modification(**given):
    fields = {"operation": "add", "attribute": "mail", "values": (b"a",), **given}
    return Modification(**fields)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: modification(values=("a",)), "octets is meant; str is in it; Modification.add"),
        (lambda: modification(values="a"), "octets is meant, not str"),
        (lambda: modification(values=b"a"), "octets is meant, not bytes"),
        (lambda: modification(values=None), "not NoneType"),
        (lambda: modification(values=(None,)), "NoneType is in it"),
        (lambda: modification(operation="frob"), "one of add, delete, replace, increment"),
        (lambda: modification(operation=None), "one of add"),
        (lambda: modification(attribute=None), "not NoneType"),
        (lambda: Modify("cn=a", None), "not NoneType"),
        (lambda: Modify("cn=a", STEP), "not Modification; put a single one in a list"),
        (lambda: Modify("cn=a", [("replace", "mail", ["a"])]), "tuple is in it"),
        (lambda: Modify(None, ()), "a DN is a text, not NoneType"),
        (lambda: Add({"cn": "a"}), "what is added is an Entry, not dict"),
        (lambda: Add("cn=a"), "not str"),
        (lambda: Delete(None), "not NoneType"),
        (lambda: Delete(ENTRY), "not Entry"),
        (lambda: Rename(dn="cn=a", new_rdn="cn=b"), "not str; RDN.parse reads a text"),
        (lambda: Rename(dn="cn=a", new_rdn=DN.parse("cn=b")), "not DN"),
        (lambda: Rename(dn="cn=a", new_rdn=NEW, new_superior=5), "not int"),
        (lambda: Entry("cn=a", None), "not NoneType"),
        (lambda: Entry("cn=a", [("cn", "a")]), "a mapping of attribute names to values, not list"),
        (lambda: Entry("cn=a", {5: "a"}), "a text, not int"),
        (lambda: Entry("cn=a", {"cn": {"a": "b"}}), "this one has dict"),
        (lambda: Entry("cn=a", {"cn": chr(0xD800)}), "half of a surrogate pair"),
        (lambda: FullImport(entries=None), "not NoneType"),
        (lambda: FullImport(entries=("cn=a",)), "str is in it"),
        (lambda: dump_watermark(None), "a watermark, not NoneType"),
        (lambda: write_ldif(ENTRY), "a sequence of entries and changes, not Entry"),
        (lambda: write_ldif([None]), "an Entry or a change, not NoneType"),
        (lambda: list(read_ldif(b"dn: cn=a\n")), "LDIF is a text, not bytes"),
        (lambda: list(read_ldif(None)), "not NoneType"),
    ],
)
def test_the_wrong_kind(make, message):
    with pytest.raises(UsageError, match=message):
        make()


@pytest.mark.parametrize("name", ["", "a b", "cn: x\nsn", "cn;"])
def test_what_is_no_attribute_description(name):
    with pytest.raises(NameSyntaxError):
        Entry("cn=a", {name: "a"})
    with pytest.raises(NameSyntaxError):
        modification(attribute=name)


def test_what_is_meant_all_the_same():
    assert modification(operation="replace").operation is ModificationType.REPLACE
    assert modification(values=[b"a", b"b"]).values == (b"a", b"b")
    assert hash(Modify("cn=a", [STEP])) == hash(Modify("cn=a", (STEP,)))
    renamed = Rename(dn="cn=a,dc=x", new_rdn=NEW, new_superior="dc=y")
    assert renamed.new_superior == DN.parse("dc=y")
    assert renamed.new_dn == DN.parse("cn=b,dc=y")
    partial = PartialImport(entries=[ENTRY], reason=PartialReason.REFERRAL, detail="")
    assert partial.entries == (ENTRY,)
    assert FullImport(entries=iter([ENTRY])).entries == (ENTRY,)


@pytest.mark.parametrize("name", ["x.y", "values[1]", "member;range=0-*", "a_b", "1.2.3;x"])
def test_names_that_servers_have_beyond_the_rfc(name):
    entry = Entry("cn=a", {name: "v"})
    assert entry.with_values("cn", "a")[name.upper()] == (b"v",)
    assert modification(attribute=name).attribute == name
    assert list(read_ldif(write_ldif([entry]))) == [entry]
