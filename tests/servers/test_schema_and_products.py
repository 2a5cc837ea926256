"""Schemas, checks and identification against running servers: they are the oracle."""

from __future__ import annotations

import random

import pytest

from _launchers.ldap_utils import run_ldapmodify, run_tool
from ldapconnector.entries import Entry, read_ldif
from ldapconnector.schema import Finding, Schema
from ldapconnector.vendors import Certainty, DeltaKind, Vendor, identify, suggest, traits_of

pytestmark = pytest.mark.server

SUBSCHEMA = (
    "attributeTypes",
    "objectClasses",
    "ldapSyntaxes",
    "matchingRules",
    "matchingRuleUse",
    "dITContentRules",
    "dITStructureRules",
    "nameForms",
)
BY_NAME = sorted({name for vendor in Vendor for name in traits_of(vendor).ask_by_name})


def read(server, base, *attributes):
    options = ("-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", base, "(objectClass=*)")
    found = run_tool("ldapsearch", server, *options, *attributes)
    assert found.code == 0, found.errors
    (entry,) = read_ldif(found.output)
    return dict(entry)


def discovered(server):
    root = read(server, "", "*", "+", *BY_NAME)
    lowered = {name.lower(): values for name, values in root.items()}
    subschema = lowered["subschemasubentry"][0].decode()
    return root, read(server, subschema, *SUBSCHEMA)


def lost(schema) -> list[Finding]:
    return [finding for finding in schema.problems if finding.code.lost]


@pytest.mark.parametrize(
    ("fixture", "vendor"),
    [
        ("slapd", Vendor.OPENLDAP),
        ("ds389", Vendor.DS_389),
        ("samba", Vendor.SAMBA_AD),
        ("apacheds", Vendor.APACHEDS),
    ],
)
def test_running_server(fixture, vendor, request):
    server = request.getfixturevalue(fixture)
    root, subschema = discovered(server)
    schema = Schema.parse(subschema)
    assert not lost(schema)
    published = sum(len(values) for name, values in subschema.items() if name in SUBSCHEMA)
    assert sum(1 for _ in schema) == published
    found = identify(root, schema)
    assert found.vendor is vendor
    assert not found.against
    assert found.supported == (vendor is not Vendor.SAMBA_AD)
    suggestions = suggest(found, root, schema)
    assert suggestions.anchor == found.traits.anchor
    assert suggestions.user_classes[0] == found.traits.user_classes[0]
    assert suggestions.delta is found.traits.delta
    assert suggestions.paging.value == "simple"


def test_tested_traits_hold_on_openldap(slapd):
    root, subschema = discovered(slapd)
    suggestions = suggest(identify(root), root, Schema.parse(subschema))
    assert suggestions.delta is DeltaKind.ACCESS_LOG
    assert suggestions.change_log == "cn=accesslog"
    assert not suggestions.features_missing
    assert traits_of(Vendor.OPENLDAP).certainty is Certainty.TESTED


@pytest.mark.parametrize(
    ("fixture", "vendor"), [("clean_slapd", Vendor.OPENLDAP), ("clean_ds389", Vendor.DS_389)]
)
def test_the_disable_convention_stops_a_bind(fixture, vendor, request):
    server = request.getfixturevalue(fixture)
    disable, password = traits_of(vendor).disable, "Correct-Horse-4711"
    dn = f"uid=leaver,{server.people}"
    person = f"objectClass: inetOrgPerson\nuid: leaver\ncn: L\nsn: L\nuserPassword: {password}\n"
    assert run_ldapmodify(server, f"dn: {dn}\n{person}").code == 0

    def bind():
        return run_tool("ldapwhoami", server, bind=(dn, password)).code

    def write(value):
        change = f"dn: {dn}\nchangetype: modify\nreplace: {disable.attribute}\n"
        change += f"{disable.attribute}: {value}\n" if value else ""
        done = run_ldapmodify(server, change)
        assert done.code == 0, done.errors

    assert bind() == 0
    write(disable.disabled)
    assert bind() != 0
    write(disable.enabled)
    assert bind() == 0


@pytest.fixture(scope="module")
def openldap_schema(slapd):
    return Schema.parse(discovered(slapd)[1])


def connected(server):
    ldap3 = pytest.importorskip("ldap3")
    address = ldap3.Server(server.host, server.port, get_info=ldap3.NONE)
    return ldap3.Connection(address, server.admin_dn, server.admin_password, check_names=False)


@pytest.fixture(scope="module")
def connection(slapd):
    with connected(slapd) as connection:
        yield connection


def added(connection, entry):
    """Add the entry and take it away again; return result code and message."""
    connection.add(str(entry.dn), attributes={name: list(values) for name, values in entry.items()})
    code, message = connection.result["result"], connection.result["message"]
    if code == 0:
        connection.delete(str(entry.dn))
    return code, message


PERSON = {"objectClass": ["inetOrgPerson"], "uid": "t", "cn": "x", "sn": "y"}
POSIX = PERSON | {
    "objectClass": ["inetOrgPerson", "posixAccount"],
    "uidNumber": "1",
    "gidNumber": "1",
    "homeDirectory": "/h",
}


def without(entry, *names):
    return {name: value for name, value in entry.items() if name not in names}


REFUSED = {
    "unknown class": PERSON | {"objectClass": ["inetOrgPerson", "foo"]},
    "unknown attribute": PERSON | {"shoeSize": "4"},
    "missing sn": without(PERSON, "sn"),
    "missing sn and cn": without(PERSON, "sn", "cn"),
    "missing in a chain": without(PERSON, "sn")
    | {"objectClass": ["top", "person", "organizationalPerson", "inetOrgPerson"]},
    "auxiliary first": without(POSIX, "sn", "cn")
    | {"objectClass": ["posixAccount", "inetOrgPerson"]},
    "missing of an auxiliary": without(POSIX, "homeDirectory"),
    "only auxiliary": POSIX | {"objectClass": "posixAccount"},
    "only abstract": PERSON | {"objectClass": "top"},
    "two structural": PERSON | {"objectClass": ["organizationalUnit", "inetOrgPerson"], "ou": "x"},
    "not allowed": PERSON | {"gidNumber": "2", "uidNumber": "1"},
    "missing and not allowed": without(PERSON, "sn") | {"uidNumber": "1"},
    "two values of one": PERSON | {"displayName": ["a", "b"]},
    "twice the same": PERSON | {"mail": ["a@x", "A@X"]},
    "one class twice": PERSON | {"objectClass": ["inetOrgPerson", "2.16.840.1.113730.3.2.2"]},
    "written by the server": PERSON | {"createTimestamp": "20200101000000Z"},
    "no binary option": PERSON | {"userCertificate": b"0\x03abc"},
    "no certificate": PERSON | {"userCertificate;binary": b"abc"},
    "single-valued name": PERSON | {"displayName": "other"},
}
INVALID = {
    "uidNumber": [b"007", b"-0", b"+1", b"", b"1 ", b"a"],
    "cn": [b"", b"\xff"],
    "mail": ["ä".encode()],
    "telephoneNumber": [b"", b"+1#2", "ä".encode()],
    "facsimileTelephoneNumber": [b""],
    "x121Address": [b"12a", b""],
    "postalAddress": [b"a\\x"],
    "preferredDeliveryMethod": [b"", b"mhs $ foo"],
    "manager": [b"foo"],
    "labeledURI": [b""],
    "x500UniqueIdentifier": [b"01"],
}
VALID = {
    "uidNumber": [b"-5", b"0", b"1" * 40],
    "cn": [b" ", b"a\0b"],
    "mail": [b"", b"a"],
    "telephoneNumber": [b"abc", b" "],
    "x121Address": [b"1 2", b" "],
    "postalAddress": [b"a$b", b"", b"a$$b", b"a\\24\\5Cb"],
    "preferredDeliveryMethod": [b"mhs $ telex"],
    "manager": [b"", b"cn=x"],
    "x500UniqueIdentifier": [b"'01'B"],
    "userPassword": [b""],
    "jpegPhoto": [b"abc"],
}


@pytest.mark.parametrize("case", REFUSED)
def test_check_says_what_slapd_says(case, slapd, connection, openldap_schema):
    rdn = "displayName=t" if case == "single-valued name" else "uid=t"
    entry = Entry(f"{rdn},{slapd.people}", REFUSED[case])
    problems = openldap_schema.check(entry, adding=True)
    assert (problems[0].result_code, problems[0].diagnostic) == added(connection, entry)


@pytest.mark.parametrize(
    ("attribute", "value"), [(name, value) for name, values in INVALID.items() for value in values]
)
def test_invalid_values(attribute, value, slapd, connection, openldap_schema):
    entry = Entry(f"uid=t,{slapd.people}", POSIX | {attribute: value})
    problems = openldap_schema.check(entry, adding=True)
    assert [(p.result_code, p.diagnostic) for p in problems] == [added(connection, entry)]


@pytest.mark.parametrize(
    ("attribute", "value"), [(name, value) for name, values in VALID.items() for value in values]
)
def test_valid_values(attribute, value, slapd, connection, openldap_schema):
    entry = Entry(f"uid=t,{slapd.people}", POSIX | {attribute: value})
    assert openldap_schema.check(entry, adding=True) == ()
    assert added(connection, entry)[0] == 0


def test_random_entries(slapd, connection, openldap_schema):
    """The first problem is the server's answer, whatever is wrong and however much."""
    choice = random.Random(20260131)
    classes = ["top", "person", "inetOrgPerson", "posixAccount", "organizationalUnit"]
    classes += ["device", "uidObject", "groupOfNames", "extensibleObject", "shadowAccount"]
    values = {
        "cn": ["x", "X", ""],
        "sn": ["y"],
        "ou": ["z"],
        "uidNumber": ["1", "01", "x"],
        "gidNumber": ["1", "2"],
        "homeDirectory": ["/h"],
        "mail": ["a@b", "A@b"],
        "member": ["cn=a", "CN=A", "nobody"],
        "description": ["d"],
        "displayName": ["e", "f"],
        "shadowMax": ["5"],
        "serialNumber": ["1"],
    }
    outcomes = set()
    for _ in range(300):
        # objectClass is looked at first by slapd, as it stands first here.
        attributes = {"objectClass": choice.sample(classes, choice.randint(1, 3)), "uid": ["t"]}
        for name in choice.sample(sorted(values), choice.randint(1, 7)):
            known = values[name]
            attributes[name] = choice.sample(known, choice.choice([1, 1, 1, min(2, len(known))]))
        entry = Entry(f"uid=t,{slapd.people}", attributes)
        problems = openldap_schema.check(entry, adding=True)
        mine = (problems[0].result_code, problems[0].diagnostic) if problems else (0, "")
        assert mine == added(connection, entry), attributes
        outcomes.add(mine[0])
    assert outcomes >= {0, 19, 20, 21, 65}


def test_content_rules(start_slapd):
    server = start_slapd()
    rule = (
        "( 2.16.840.1.113730.3.2.2 NAME 'people' AUX uidObject MUST mail MAY uidNumber NOT title )"
    )
    changed = run_ldapmodify(
        server,
        "dn: cn=schema,cn=config\nchangetype: modify\nadd: olcDitContentRules\n"
        f"olcDitContentRules: {rule}\n",
        bind=(server.extra["config_dn"], server.extra["config_password"]),
    )
    assert changed.code == 0, changed.errors
    schema = Schema.parse(discovered(server)[1])
    assert schema.content_rule("inetOrgPerson").precluded == ("title",)
    shadow = {"objectClass": ["inetOrgPerson", "shadowAccount"]}
    mail, title = {"mail": "a"}, {"title": "t"}
    cases = [
        (PERSON, 65),
        (PERSON | mail, 0),
        (PERSON | mail | title, 65),
        (PERSON | mail | {"uidNumber": "1"}, 0),
        (PERSON | mail | shadow, 65),
        (PERSON | mail | {"objectClass": ["inetOrgPerson", "uidObject"]}, 0),
        (PERSON | shadow, 65),
        (PERSON | mail | title | shadow, 65),
        (without(PERSON, "sn"), 65),
        (without(PERSON, "sn") | mail | title, 65),
        (without(PERSON, "sn") | mail | shadow, 65),
        (without(PERSON, "sn") | mail | {"objectClass": shadow["objectClass"][::-1]}, 65),
    ]
    with connected(server) as connection:
        for attributes, code in cases:
            entry = Entry(f"uid=t,{server.people}", attributes)
            problems = schema.check(entry, adding=True)
            mine = (problems[0].result_code, problems[0].diagnostic) if problems else (0, "")
            assert mine == added(connection, entry), attributes
            assert mine[0] == code


def test_equality_is_the_servers(slapd, connection, openldap_schema):
    """Compare (RFC 4511, 4.10) answers as the equality keys do."""
    dn = f"uid=t,{slapd.people}"
    held = {
        "cn": "Jane  Doe",
        "mail": "Jane@Example.COM",
        "uidNumber": "42",
        "telephoneNumber": "+1 555-0100",
        "manager": "CN=Boss, OU=x , DC=y",
        "homeDirectory": "/Home",
        "x121Address": "12 34",
        "postalAddress": "A$b  c",
        "x500UniqueIdentifier": "'0101'B",
    }
    connection.add(dn, attributes=without(POSIX, "cn", "uidNumber", "homeDirectory") | held)
    assert connection.result["result"] == 0, connection.result
    asked = {
        "cn": ["jane doe", " Jane Doe ", "JANE   DOE", "janedoe"],
        "name": ["jane doe"],
        "mail": ["jane@example.com", "jane@example.org"],
        "uidNumber": ["42", "43"],
        "telephoneNumber": ["+15550100", "+1-555 01-00", "+1 555 0101"],
        "manager": ["cn=boss,ou=X,dc=y", "cn=boss,ou=x", "2.5.4.3=BOSS,ou=x,dc=y"],
        "homeDirectory": ["/Home", "/home"],
        "objectClass": ["inetorgperson", "2.16.840.1.113730.3.2.2", "person", "device"],
        "x121Address": ["1234", "1 2 3 4", "123"],
        "postalAddress": ["a$B c", "a$bc"],
        "x500UniqueIdentifier": ["'0101'B", "'101'B"],
    }
    stored = Entry(dn, POSIX | held)
    try:
        for attribute, values in asked.items():
            names = openldap_schema.names_of(attribute)
            for value in values:
                key = openldap_schema.equality_key
                mine = any(
                    key(name, one) == key(name, value.encode())
                    for name in stored
                    if name.lower() in names
                    for one in stored[name]
                )
                if attribute == "objectClass":
                    # slapd also matches the classes above.
                    mine = mine or value == "person"
                if attribute == "name":
                    continue  # compare does not look at subtypes
                assert connection.compare(dn, attribute, value) == mine, (attribute, value)
    finally:
        connection.delete(dn)
