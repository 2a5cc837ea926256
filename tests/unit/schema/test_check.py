"""Would a server take the entry? What is said, in plain words and in the server's."""

from __future__ import annotations

import pytest

from ldapconnector.entries import Entry
from ldapconnector.schema import ProblemCode, Schema

PERSON = {"objectClass": ["inetOrgPerson"], "uid": "jane", "cn": "Jane", "sn": "Doe"}
DN = "uid=jane,dc=example"


@pytest.fixture(scope="module")
def schema():
    return Schema.standard()


def problems(schema, changes, dn=DN, **options):
    attributes = {name: value for name, value in (PERSON | changes).items() if value is not None}
    return schema.check(Entry(dn, attributes), **options)


def test_an_entry_that_is_right(schema):
    assert problems(schema, {}) == ()
    assert problems(schema, {"mail": ["a@x", "b@x"], "cn;lang-de": "Jana"}, adding=True) == ()
    assert problems(schema, {"createTimestamp": "20260131000000Z"}) == ()


@pytest.mark.parametrize(
    ("changes", "code", "result", "diagnostic", "words"),
    [
        (
            {"sn": None},
            ProblemCode.MISSING_ATTRIBUTE,
            65,
            "object class 'inetOrgPerson' requires attribute 'sn'",
            "sn: the object class 'inetOrgPerson' needs a value of 'sn'",
        ),
        (
            {"objectClass": None},
            ProblemCode.NO_CLASS,
            65,
            "no objectClass attribute",
            "objectClass: an entry has at least one object class",
        ),
        (
            {"objectClass": ["inetOrgPerson", "posixAcount"]},
            ProblemCode.UNKNOWN_CLASS,
            21,
            "objectClass: value #1 invalid per syntax",
            (
                "objectClass: the schema does not define the object class 'posixAcount'; did you mean "
                "'posixAccount'?"
            ),
        ),
        (
            {"objectClass": ["top"]},
            ProblemCode.NO_STRUCTURAL_CLASS,
            65,
            "no structural object class provided",
            "objectClass: an entry needs one structural object class; here are only 'top' (abstract)",
        ),
        (
            {"objectClass": ["inetOrgPerson", "account"]},
            ProblemCode.SEVERAL_STRUCTURAL_CLASSES,
            65,
            "invalid structural object class chain (inetOrgPerson/account)",
            (
                "objectClass: 'inetOrgPerson' and 'account' are both structural and neither extends "
                "the other; an entry has one structural object class"
            ),
        ),
        (
            {"givenNam": "J"},
            ProblemCode.UNKNOWN_ATTRIBUTE,
            17,
            "givenNam: attribute type undefined",
            "givenNam: the schema does not define this attribute; did you mean 'givenName'?",
        ),
        (
            {"uidNumber": "1"},
            ProblemCode.ATTRIBUTE_NOT_ALLOWED,
            65,
            "attribute 'uidNumber' not allowed",
            "uidNumber: none of the object classes 'inetOrgPerson' allows this attribute",
        ),
        (
            {"displayName": ["a", "b"]},
            ProblemCode.SEVERAL_VALUES,
            19,
            "attribute 'displayName' cannot have multiple values",
            "displayName: takes one value, here are 2",
        ),
        (
            {"mail": ["a@x", "b@x", "B@X"]},
            ProblemCode.DUPLICATE_VALUE,
            20,
            "mail: value #1 provided more than once",
            "mail: 'B@X' equals 'b@x' by its matching rule",
        ),
        (
            {"mail": ["a@x", "ä"]},
            ProblemCode.INVALID_VALUE,
            21,
            "mail: value #1 invalid per syntax",
            "mail: 'ä' is not of the syntax IA5 String",
        ),
        (
            {"userCertificate": b"0\x00"},
            ProblemCode.BINARY_OPTION,
            17,
            "userCertificate: requires ;binary transfer",
            "userCertificate: values of this syntax are written as userCertificate;binary",
        ),
        (
            {"uid": "john"},
            ProblemCode.NAMING,
            64,
            "value of naming attribute 'uid' is not present in entry",
            "uid: the entry's name says 'jane', which is not among its values",
        ),
        (
            {"uid": None},
            ProblemCode.NAMING,
            64,
            "naming attribute 'uid' is not present in entry",
            "uid: the entry's name says 'jane', which is not among its values",
        ),
    ],
)
def test_one_problem(schema, changes, code, result, diagnostic, words):  # noqa: PLR0917 -- one row
    found = problems(schema, changes)
    first = found[0]
    assert (first.code, first.result_code, first.diagnostic) == (code, result, diagnostic)
    assert str(first) == words


def test_all_problems_at_once(schema):
    found = problems(schema, {"sn": None, "foo": "1", "displayName": ["a", "b"], "gidNumber": "x"})
    assert [problem.code for problem in found] == [
        ProblemCode.UNKNOWN_ATTRIBUTE,
        ProblemCode.SEVERAL_VALUES,
        ProblemCode.INVALID_VALUE,
        ProblemCode.MISSING_ATTRIBUTE,
        ProblemCode.ATTRIBUTE_NOT_ALLOWED,
    ]


def test_what_a_client_cannot_send(schema):
    (found,) = problems(schema, {"entryUUID": "5a5ee2b6-0d5e-103d-8a2f-8b2f4f4c2a11"}, adding=True)
    assert (found.code, found.result_code) == (ProblemCode.NOT_WRITABLE, 19)
    assert found.diagnostic == "entryUUID: no user modification allowed"


def test_a_server_adds_the_values_of_the_name(schema):
    assert problems(schema, {"uid": None, "cn": None}, dn="cn=a+uid=b,dc=x", adding=True) == ()
    (found,) = problems(schema, {"displayName": "b"}, dn="displayName=a,dc=x", adding=True)
    assert found.diagnostic == (
        "value of single-valued naming attribute 'displayName' conflicts with value present in entry"
    )


@pytest.mark.parametrize(
    ("dn", "result"), [("shoe=1,dc=x", 34), ("entryUUID=1,dc=x", 64), ("uid=#040161,dc=x", None)]
)
def test_names_that_cannot_be(schema, dn, result):
    found = problems(schema, {}, dn=dn)
    assert [p.result_code for p in found] == ([] if result is None else [result])


def test_the_root_has_no_naming_attribute(schema):
    assert problems(schema, {}, dn="") == ()


def test_a_subtype_serves_for_its_supertype():
    text = "1.3.6.1.4.1.1466.115.121.1.15"
    schema = Schema.parse(
        {
            "attributeTypes": [
                f"( 1.1 NAME 'name' SYNTAX {text} )",
                "( 1.2 NAME 'cn' SUP name )",
                f"( 1.3 NAME 'objectClass' SYNTAX {text} )",
            ],
            "objectClasses": ["( 2.1 NAME 'thing' MUST name )"],
        }
    )
    entry = Entry("cn=a", {"objectClass": "thing", "cn": "a"})
    assert schema.check(entry) == ()


def test_obsolete_elements_and_content_rules():
    text = "1.3.6.1.4.1.1466.115.121.1.15"
    schema = Schema.parse(
        {
            "attributeTypes": [
                f"( 1.1 NAME 'cn' SYNTAX {text} )",
                f"( 1.2 NAME 'old' OBSOLETE SYNTAX {text} )",
                f"( 2.5.4.0 NAME 'objectClass' SYNTAX {text} )",
            ],
            "objectClasses": [
                "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
                "( 2.1 NAME 'thing' SUP top MUST cn MAY old )",
                "( 2.2 NAME 'extra' AUXILIARY )",
                "( 2.3 NAME 'allowed' AUXILIARY OBSOLETE )",
            ],
            "dITContentRules": ["( 2.1 NAME 'things' AUX allowed )"],
        }
    )
    entry = Entry("cn=a", {"objectClass": ["thing", "extra", "allowed"], "cn": "a", "old": "b"})
    assert [(p.code, p.diagnostic) for p in schema.check(entry)] == [
        (ProblemCode.OBSOLETE_CLASS, "objectClass 'allowed' is OBSOLETE"),
        (ProblemCode.CLASS_NOT_ALLOWED, "class 'extra' not allowed by content rule 'things'"),
        (ProblemCode.OBSOLETE_ATTRIBUTE, "attribute 'old' is OBSOLETE"),
    ]


def test_what_only_an_alias_or_content_rule_asks_for(schema):
    binary = schema.with_aliases("sn;binary")
    entry = Entry(DN, PERSON)
    (found,) = binary.check(entry)
    assert (found.attribute, found.code) == ("sn;binary", ProblemCode.MISSING_ATTRIBUTE)


def test_long_values_are_shown_short(schema):
    (found,) = problems(schema, {"mail": "ä" * 500})
    assert found.message.endswith("'... is not of the syntax IA5 String")
    assert len(found.message) < 120


@pytest.mark.parametrize(
    ("dn", "right"),
    [
        ("cn=Jane,dc=x", True),
        ("commonName=Jane+uid=jane,dc=x", True),
        ("uid=jane,dc=x", False),
        ("cn=Jane+sn=Doe,dc=x", False),
    ],
)
def test_name_forms(schema, dn, right):
    form = "( 1.2.9 NAME 'f' OC inetOrgPerson MUST 2.5.4.3 MAY ( uid $ mail ) )"
    old = "( 1.2.8 NAME 'o' OBSOLETE OC inetOrgPerson MUST sn )"
    known = Schema.parse(schema.definitions() | {"nameForms": [form, old]})
    found = known.check(Entry(dn, PERSON))
    assert [(p.code, p.result_code) for p in found] == ([] if right else [(ProblemCode.NAMING, 64)])
    assert right or "named by 2.5.4.3" in found[0].message


@pytest.mark.parametrize(
    ("changes", "dn"),
    [
        ({"uidNumber": "1"}, DN),  # another set of names
        ({"mail": "Zoë@x"}, DN),
        ({"mail": ["a@x", "A@X"]}, DN),
        ({"uid": ["jane", "joan", "JOAN"]}, DN),
        ({"displayName": ["one", "two"]}, DN),
        ({"cn": [b"\xff"]}, DN),
        ({"objectClass": ["account"]}, DN),
        ({"objectClass": ["inetOrgPerson", "inetOrgPerson"]}, DN),
        ({}, "uid=joan,dc=example"),
        ({}, "cn=jane,dc=example"),
        ({}, "displayName=Jane Doe,dc=example"),
        ({}, "uid=jane+entryUUID=1,dc=example"),
        ({}, ""),
    ],
)
@pytest.mark.parametrize("adding", [True, False])
def test_a_schema_that_met_such_entries_before_says_the_same(schema, changes, dn, adding):
    right = {"mail": "a@x", "displayName": "Jane"}
    for seen in (True, False):
        assert problems(schema, right, adding=seen) == ()
    fresh = problems(Schema.standard(), right | changes, dn, adding=adding)
    assert problems(schema, right | changes, dn, adding=adding) == fresh
