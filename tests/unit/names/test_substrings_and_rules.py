"""Filters where a quick reading goes wrong; each answer was compared with OpenLDAP's."""

from __future__ import annotations

import pytest

from ldapconnector.entries import Entry
from ldapconnector.names import Extensible, Filter
from ldapconnector.schema import Schema

ENTRY = Entry(
    "cn=Babs Jensen,ou=People,dc=x",
    {
        "objectClass": ["top", "person"],
        "cn": ["Babs Jensen"],
        "sn": "Jensen",
        "uidNumber": "10",
        "description": "",
    },
)
STANDARD = Schema.standard()
BOTH = pytest.mark.parametrize("schema", [None, STANDARD], ids=["no schema", "schema"])


@BOTH
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # As OpenLDAP answers; RFC 4518, 2.6.1, would have two spaces there, and say True.
        ("(cn=babs * jensen)", False),
        ("(cn=babs *jensen)", True),
        ("(cn=babs* jensen)", True),
        ("(cn=babs*jensen)", True),
        ("(cn=*abs * jen*)", False),
        ("(cn=*s  j*)", True),
        ("(cn=* *)", True),
        # Spaces at the ends mean nothing, and are in no piece between.
        ("(cn=*jensen *)", False),
        ("(cn=* babs*)", False),
        ("(cn= babs*)", True),
        ("(cn=*jensen )", True),
        # A space in a piece is a space in the value.
        ("(cn=bab *s jensen)", False),
        ("(cn=babs j *ensen)", False),
        ("(cn=babs * * jensen)", False),
        ("(cn=*b s*)", False),
    ],
)
def test_spaces_at_the_ends_of_pieces(text, expected, schema):
    assert Filter.parse(text).matches(ENTRY, schema) is expected


@BOTH
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(cn:caseExactMatch:=Babs Jensen)", True),
        ("(cn:caseExactMatch:=babs jensen)", False),
        ("(cn:2.5.13.5:=Babs  Jensen)", True),
        ("(cn:CASEIGNOREMATCH:=babs jensen)", True),
        ("(:caseIgnoreMatch:=jensen)", True),
        ("(:caseExactMatch:=jensen)", False),
        ("(:dn:caseIgnoreMatch:=people)", True),
        ("(cn:dn:caseIgnoreMatch:=people)", False),
        ("(ou:dn:=people)", True),
        ("(uidNumber:1.2.840.113556.1.4.803:=2)", True),
        # Undefined (RFC 4511, 4.5.1.7.7), and so is the negation.
        ("(cn:noSuchMatch:=x)", False),
        ("(!(cn:noSuchMatch:=x))", False),
        ("(!(cn:caseIgnoreOrderingMatch:=x))", False),
        ("(!(cn:caseExactMatch:=babs jensen))", True),
    ],
)
def test_an_extensible_match_by_a_rule_that_is_named(text, expected, schema):
    assert Filter.parse(text).matches(ENTRY, schema) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The rule is for values of another kind.
        ("(!(uidNumber:caseExactMatch:=9))", False),
        ("(uidNumber:integerMatch:=10)", True),
        ("(!(uidNumber:integerMatch:=11))", True),
        # The attribute is not defined.
        ("(!(noSuchAttribute:=x))", False),
        ("(!(noSuchAttribute:caseIgnoreMatch:=x))", False),
        ("(!(noSuchAttribute:1.2.840.113556.1.4.803:=1))", False),
        ("(!(uidNumber:=x))", False),
        ("(objectClass:=2.5.6.6)", True),
    ],
)
def test_an_extensible_match_that_the_schema_decides(text, expected):
    assert Filter.parse(text).matches(ENTRY, STANDARD) is expected


def test_a_rule_applies_where_its_use_says_so():
    schema = Schema.parse(
        {
            "attributeTypes": [
                "( 1.1 NAME 'number' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )",
                "( 1.2 NAME 'other' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )",
            ],
            "matchingRules": [
                "( 2.5.13.2 NAME 'ownName' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
            ],
            "matchingRuleUse": ["( 2.5.13.2 APPLIES number )"],
        }
    )
    assert schema.asserted_key("ownName", "number")(b"A  1") == "a 1"
    assert schema.asserted_key("ownName", "other") is None


def test_a_rule_without_an_attribute_looks_at_what_it_is_for():
    entry = Entry("cn=a", {"uidNumber": "10", "cn": "a"})
    assert not Filter.parse("(:caseIgnoreMatch:=10)").matches(entry, STANDARD)
    assert Filter.parse("(:integerMatch:=10)").matches(entry, STANDARD)


@BOTH
def test_a_mapping_with_texts_is_an_entry_too(schema):
    wanted = Filter.parse("(&(cn=ann)(mail=*@x))")
    assert wanted.matches({"cn": "Ann", "mail": ["a@x", b"b@y"]}, schema)


def test_an_extensible_match_names_something():
    with pytest.raises(ValueError, match="an attribute, a matching rule, or both"):
        Extensible(value=b"x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("(cn>=a)", True), (r"(cn<=a)", False), (r"(cn>=\ff)", False), (r"(cn>=\fe)", True)],
)
def test_octets_that_are_no_text_have_an_order_too(text, expected):
    assert Filter.parse(text).matches({"cn": [b"\xfe"]}) is expected
