"""The memory directory keeps the rules of the product that it imitates."""

import itertools
import uuid
from datetime import UTC, datetime

import pytest

from ldapconnector.connector import LdapConnector
from ldapconnector.directory import Control, MemoryDirectory, Scope
from ldapconnector.directory.controls import SHOW_DELETED
from ldapconnector.entries import Add, Delete, Entry, EntryDeleted, Modification, Modify, Rename
from ldapconnector.errors import (
    DirectoryError,
    EntryExists,
    EntryNotFound,
    LimitExceeded,
    NotLeaf,
    UsageError,
)
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration
from ldapconnector.secret import Secret
from ldapconnector.vendors import Vendor, identify

SUFFIX = "dc=example,dc=com"
PEOPLE = f"ou=people,{SUFFIX}"
JANE = f"uid=jane,{PEOPLE}"
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
TWELVE = [vendor for vendor in Vendor if vendor.supported]


def person(uid, **attributes):
    return Entry(
        f"uid={uid},{PEOPLE}",
        {"objectClass": "inetOrgPerson", "uid": uid, "cn": uid.title(), "sn": "Doe", **attributes},
    )


def open_directory(product="openldap", **arguments):
    counter = itertools.count(1)
    return MemoryDirectory.like(
        product,
        suffix=SUFFIX,
        entries=[
            Entry(PEOPLE, {"objectClass": "organizationalUnit", "ou": "people"}),
            person("jane", mail="jane@example.com"),
        ],
        clock=lambda: NOW,
        new_uuid=lambda: uuid.UUID(int=next(counter)),
        **arguments,
    )


@pytest.fixture
def directory():
    return open_directory()


def modify(*modifications, dn=JANE):
    return Modify(dn, modifications)


def test_operational_attributes_come_when_asked_for(directory):
    assert set(directory.read(JANE)) == {"objectClass", "uid", "cn", "sn", "mail"}
    entry = directory.read(JANE, ["+"])
    assert entry.first("entryUUID") == str(uuid.UUID(int=3))
    assert entry.first("createTimestamp") == "20261122123000Z"
    assert entry.first("creatorsName") == f"cn=admin,{SUFFIX}"
    assert entry.first("structuralObjectClass") == "inetOrgPerson"
    assert entry.first("entryDN") == JANE
    assert entry.first("hasSubordinates") == "FALSE"
    assert directory.read(PEOPLE, ["hasSubordinates"]).first("hasSubordinates") == "TRUE"
    assert "cn" not in entry


def test_a_name_gives_its_values_to_the_entry(directory):
    directory.apply(
        Add(Entry(f"cn=jdoe,{PEOPLE}", {"objectClass": "person", "cn": "John Doe", "sn": "Doe"}))
    )
    assert directory.read(f"cn=jdoe,{PEOPLE}").text("cn") == ("John Doe", "jdoe")


# Codes and messages as slapd 2.5.13 answers them.
@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (Add(person("jane")), 68, ""),
        (Add(Entry(f"cn=a,ou=none,{SUFFIX}", {"objectClass": "device", "cn": "a"})), 32, ""),
        (Add(Entry("dc=other", {"objectClass": "domain"})), 53, "no global superior knowledge"),
        (
            Add(person("joe", objectClass=["inetOrgPerson", "nonsense"])),
            21,
            "objectClass: value #1 invalid per syntax",
        ),
        (Add(person("joe", foo="x")), 17, "foo: attribute type undefined"),
        (
            Add(person("joe", sn=[])),
            65,
            "object class 'inetOrgPerson' requires attribute 'sn'",
        ),
        (Add(person("joe", uidNumber="1")), 65, "attribute 'uidNumber' not allowed"),
        (
            Add(person("joe", objectClass=["posixAccount"])),
            65,
            "no structural object class provided",
        ),
        (
            Add(
                person(
                    "joe",
                    objectClass=["inetOrgPerson", "posixAccount"],
                    uidNumber="x",
                    gidNumber="1",
                    homeDirectory="/",
                )
            ),
            21,
            "uidNumber: value #0 invalid per syntax",
        ),
        (Add(person("joe", mail=["a", "A"])), 20, "provided more than once"),
        (Add(person("joe", entryUUID=str(uuid.UUID(int=9)))), 19, "no user modification allowed"),
        (Delete(f"uid=none,{PEOPLE}"), 32, ""),
        (Delete(PEOPLE), 66, "subordinate objects must be deleted first"),
        (modify(Modification.add("mail", "JANE@example.com")), 20, "value #0 already exists"),
        (modify(Modification.delete("mail", "x")), 16, "modify/delete: mail: no such value"),
        (modify(Modification.delete("title")), 16, "modify/delete: title: no such attribute"),
        (modify(Modification.replace("foo", "x")), 17, "foo: attribute type undefined"),
        (
            modify(Modification.replace("uid", "joan")),
            64,
            "value of naming attribute 'uid' is not present in entry",
        ),
        (modify(Modification.delete("sn")), 65, "requires attribute 'sn'"),
        (
            modify(Modification.replace("preferredLanguage", ["a", "b"])),
            19,
            "preferredLanguage: multiple values provided",
        ),
        (
            modify(Modification.replace("objectClass", "person")),
            69,
            "structural object class modification from 'inetOrgPerson' to 'person' not allowed",
        ),
        (modify(Modification.replace("mail"), dn=f"uid=none,{PEOPLE}"), 32, ""),
        (Rename(dn=JANE, new_rdn=RDN.of(("ou", "people")), new_superior=DN.parse(SUFFIX)), 68, ""),
        (Rename(dn=JANE, new_rdn=RDN.of(("uid", "j")), new_superior=DN.parse("dc=no")), 32, ""),
    ],
)
def test_refusals_of_openldap(directory, change, code, message):
    before = sorted(map(str, (entry.dn for entry in directory.search(SUFFIX))))
    with pytest.raises(DirectoryError) as caught:
        directory.apply(change)
    assert caught.value.code == code
    assert message in caught.value.diagnostic
    assert sorted(map(str, (entry.dn for entry in directory.search(SUFFIX)))) == before


def test_typed_errors(directory):
    with pytest.raises(EntryExists):
        directory.apply(Add(person("jane")))
    with pytest.raises(NotLeaf):
        directory.apply(Delete(PEOPLE))
    with pytest.raises(EntryNotFound) as caught:
        directory.apply(Delete(f"cn=a,cn=b,{PEOPLE}"))
    assert caught.value.matched_dn == PEOPLE


def test_a_modify_happens_wholly_or_not_at_all(directory):
    with pytest.raises(DirectoryError):
        directory.apply(modify(Modification.replace("mail", "new"), Modification.delete("sn")))
    assert directory.read(JANE).text("mail") == ("jane@example.com",)


def test_rename_moves_the_subtree(directory):
    directory.apply(
        Rename(dn=PEOPLE, new_rdn=RDN.of(("ou", "staff")), new_superior=DN.parse(SUFFIX))
    )
    moved = directory.read(f"uid=jane,ou=staff,{SUFFIX}")
    assert moved.first("mail") == "jane@example.com"
    assert directory.read(JANE) is None
    assert directory.read(f"ou=staff,{SUFFIX}").text("ou") == ("staff",)
    found = list(directory.search(f"ou=staff,{SUFFIX}", Filter.equal("uid", "jane")))
    assert [str(entry.dn) for entry in found] == [f"uid=jane,ou=staff,{SUFFIX}"]


def test_rename_may_keep_the_old_value_and_change_only_the_case(directory):
    directory.apply(Rename(dn=JANE, new_rdn=RDN.of(("uid", "joan")), delete_old_rdn=False))
    assert set(directory.read(f"uid=joan,{PEOPLE}").text("uid")) == {"jane", "joan"}
    directory.apply(Rename(dn=f"uid=joan,{PEOPLE}", new_rdn=RDN.of(("uid", "Joan"))))
    assert str(directory.read(f"uid=joan,{PEOPLE}").dn) == f"uid=Joan,{PEOPLE}"


def test_search_scopes_and_selection(directory):
    def found(base, scope, text="(objectClass=*)"):
        return [str(e.dn) for e in directory.search(base, Filter.parse(text), scope=scope)]

    assert found(SUFFIX, Scope.SUBTREE) == [SUFFIX, PEOPLE, JANE]
    assert found(SUFFIX, Scope.ONE_LEVEL) == [PEOPLE]
    assert found(SUFFIX, Scope.BASE) == [SUFFIX]
    # A class is found by the classes above it, listed or not.
    assert found(SUFFIX, Scope.SUBTREE, "(&(objectClass=person)(!(mail=*@other)))") == [JANE]
    assert found(SUFFIX, Scope.SUBTREE, "(objectClass=groupOfNames)") == []
    assert found(SUFFIX, Scope.SUBTREE, "(MAIL=Jane@EXAMPLE.com)") == [JANE]
    assert set(found(SUFFIX, Scope.SUBTREE, "(|(uid=jane)(ou=people))")) == {JANE, PEOPLE}
    assert set(directory.read(JANE, ["1.1"])) == set()
    assert set(directory.read(JANE, ["MAIL", "name"])) == {"mail", "cn", "sn"}
    assert directory.read(f"uid=none,{PEOPLE}") is None
    with pytest.raises(EntryNotFound):
        list(directory.search("ou=none," + SUFFIX))


def test_root_dse_and_subschema(directory):
    assert directory.read("", ["+"]).text("namingContexts") == (SUFFIX,)
    subschema = directory.read(directory.root_dse.first("subschemaSubentry"), ["objectClasses"])
    assert any("'inetOrgPerson'" in text for text in subschema.text("objectClasses"))


def test_a_size_limit_is_never_silent():
    directory = open_directory(size_limit=2)
    seen = []
    with pytest.raises(LimitExceeded):
        seen.extend(directory.search(SUFFIX, page_size=1))
    assert len(seen) == 2
    assert len(list(open_directory().search(SUFFIX))) == 3
    with pytest.raises(LimitExceeded):
        list(open_directory().search(SUFFIX, size_limit=1))


@pytest.mark.parametrize("oid", ["1.2.3", SHOW_DELETED])
def test_a_critical_control_is_refused(directory, oid):
    with pytest.raises(DirectoryError) as caught:
        list(directory.search(SUFFIX, controls=[Control(oid=oid, critical=True)]))
    assert caught.value.code == 12


def test_assertion(directory):
    holds, fails = Filter.equal("sn", "doe"), Filter.equal("sn", "roe")
    with pytest.raises(DirectoryError) as caught:
        directory.apply(modify(Modification.replace("mail", "x")), assertion=fails)
    assert caught.value.code == 122
    directory.apply(modify(Modification.replace("mail", "x")), assertion=holds)
    assert directory.read(JANE).first("mail") == "x"


def test_password(directory):
    assert not directory.check_password(JANE, Secret.of("one"))
    directory.set_password(JANE, Secret.of("one"))
    assert directory.check_password(JANE, Secret.of("one"))
    assert b"one" not in directory.read(JANE, ["userPassword"])["userPassword"][0]
    with pytest.raises(DirectoryError):
        directory.set_password(JANE, Secret.of("two"), old=Secret.of("wrong"))
    directory.set_password(JANE, Secret.of("two"), old=Secret.of("one"))
    assert directory.check_password(JANE, Secret.of("two"))


def test_apply_all_goes_on_after_a_refusal(directory):
    results = list(directory.apply_all([Add(person("joe")), Add(person("joe")), Delete(JANE)]))
    assert [result.ok for result in results] == [True, False, True]


def test_apply_all_asks_for_the_condition_of_each_change(directory):
    joe, modify = Add(person("joe")), Modify(JANE, (Modification.replace("sn", "x"),))
    conditions = {joe: None, modify: Filter.equal("sn", "no such")}
    results = list(directory.apply_all([joe, modify], assertion_for=conditions.get))
    assert [result.ok for result in results] == [True, False]
    assert results[1].error.code == 122
    conditions[modify] = Filter.present("sn")
    (result,) = directory.apply_all([modify], assertion_for=conditions.get)
    assert result.ok
    assert directory.read(JANE).text("sn") == ("x",)


def test_closed(directory):
    with directory:
        pass
    with pytest.raises(DirectoryError, match="closed"):
        directory.read(JANE)
    with directory:
        assert directory.read(JANE) is not None


@pytest.mark.parametrize("vendor", TWELVE)
def test_every_product_is_known_by_its_face(vendor):
    directory = open_directory(vendor)
    assert directory.schema.problems == ()
    found = identify(directory.root_dse, directory.schema)
    assert found.vendor is vendor
    assert found.supported


@pytest.mark.parametrize("vendor", TWELVE)
def test_every_product_keeps_its_anchor(vendor):
    directory = open_directory(vendor)
    entry = directory.read(JANE, ["*", "+"])
    anchor = identify(directory.root_dse, directory.schema).traits.anchor
    if anchor.lower() != "dn":
        assert len(entry[anchor]) == 1
        renamed = Rename(dn=JANE, new_rdn=RDN.of(("uid", "joan")))
        directory.apply(renamed)
        assert directory.read(renamed.new_dn, [anchor])[anchor] == entry[anchor]


def test_no_such_product():
    with pytest.raises(UsageError, match="one of: "):
        MemoryDirectory.like("exchange")
    with pytest.raises(UsageError, match="starts with one of"):
        MemoryDirectory.like("openldap", suffix="employeeNumber=1")


CHANGES = (
    Modify(
        JANE, (Modification.replace("title", "Boss: the  big one"), Modification.delete("mail"))
    ),
    Rename(dn=JANE, new_rdn=RDN.of(("uid", "joan")), new_superior=DN.parse(SUFFIX)),
    Delete(f"uid=joan,{SUFFIX}"),
)


def test_access_log():
    directory = open_directory(change_log=True)
    assert directory.root_dse.text("namingContexts") == (SUFFIX, "cn=accesslog")
    uuid_ = directory.read(JANE, ["entryUUID"]).first("entryUUID")
    for change in CHANGES:
        directory.apply(change)
    log = list(
        directory.search("cn=accesslog", Filter.equal("reqEntryUUID", uuid_), attributes=["*", "+"])
    )
    assert [entry.first("reqType") for entry in log] == ["add", "modify", "modrdn", "delete"]
    assert "cn:+ Jane" in log[0].text("reqMod")
    assert log[1].text("reqMod") == ("title:= Boss: the  big one", "mail:-")
    assert log[2].first("reqNewDN") == f"uid=joan,{SUFFIX}"
    assert len({entry.dn for entry in log}) == 4
    assert sorted(entry.first("entryCSN") for entry in log) == [
        entry.first("entryCSN") for entry in log
    ]


def test_change_log():
    directory = open_directory(Vendor.DS_389, change_log=True)
    for change in CHANGES:
        directory.apply(change)
    assert directory.root_dse.first("lastChangeNumber") == "6"
    log = list(directory.search("cn=changelog", Filter.at_least("changeNumber", "3")))
    assert [entry.first("changeType") for entry in log] == ["add", "modify", "modrdn", "delete"]
    assert log[1].first("changes") == (
        "replace: title\ntitle: Boss: the  big one\n-\ndelete: mail\n-\n"
    )
    assert len({entry.first("targetUniqueId") for entry in log}) == 1
    assert log[2].first("newSuperior") == SUFFIX


def test_usn_counts():
    directory = open_directory(Vendor.AD_LDS)
    before = int(directory.root_dse.first("highestCommittedUSN"))
    directory.apply(modify(Modification.replace("mail", "x")))
    assert int(directory.root_dse.first("highestCommittedUSN")) == before + 1
    assert directory.read(JANE, ["uSNChanged"]).first("uSNChanged") == str(before + 1)


@pytest.mark.parametrize("product", ["openldap", Vendor.DS_389, Vendor.AD_LDS])
def test_a_delta_import_reads_what_the_directory_recorded(product):
    directory = open_directory(product, change_log=True)
    profile = ConnectionProfile(hosts="memory")
    connector = LdapConnector(ConnectorConfiguration(connection=profile), directory=directory)
    before = connector.full_import()
    directory.apply(Add(person("joe")))
    for change in CHANGES[:2]:
        directory.apply(change)
    directory.apply(Delete(f"uid=joe,{PEOPLE}"))
    delta = connector.delta_import(before.watermark)
    assert {type(change).__name__ for change in delta.changes} <= {
        "EntryRenamed",
        "EntryWritten",
        "EntryDeleted",
    }
    states = {
        str(change.entry.dn): change.entry
        for change in delta.changes
        if not isinstance(change, EntryDeleted)
    }
    assert set(states) == {f"uid=joan,{SUFFIX}"}
    assert states[f"uid=joan,{SUFFIX}"].first("title") == "Boss: the  big one"
    assert connector.delta_import(delta.watermark).changes == ()


@pytest.mark.parametrize(
    ("product", "attribute"), [("openldap", "entryDN"), (Vendor.AD_LDS, "distinguishedName")]
)
def test_an_entry_is_found_by_its_own_name(product, attribute):
    directory = open_directory(product)
    found = directory.search(SUFFIX, Filter.equal(attribute, JANE.upper()))
    assert [str(entry.dn) for entry in found] == [JANE]
