"""Matching rules: which values are equal, and in which order they stand (RFC 4517, section 4)."""

from __future__ import annotations

import pytest

from ldapconnector.entries import Entry
from ldapconnector.names import Filter
from ldapconnector.schema import Schema

RFC = "1.3.6.1.4.1.1466.115.121.1."
STANDARD = Schema.standard()


def with_rule(rule, syntax="15", **more):
    fields = f"EQUALITY {rule} " if rule else ""
    fields += "".join(f"{keyword} {value} " for keyword, value in more.items())
    number = RFC + syntax if syntax.isdigit() else syntax
    return Schema.parse({"attributeTypes": [f"( 1.1 NAME 'a' {fields}SYNTAX {number} )"]})


def equal(schema, left, right, attribute="a"):
    left, right = (v if isinstance(v, bytes) else v.encode() for v in (left, right))
    return schema.equality_key(attribute, left) == schema.equality_key(attribute, right)


@pytest.mark.parametrize(
    ("rule", "same", "different"),
    [
        ("caseIgnoreMatch", [("Jane  Doe ", "jane doe"), ("ÄÖ", "äö"), ("ﬁ", "FI"), ("a\tb", "A b")], [("ab", "a b")]),
        ("caseIgnoreMatch", [("Straße", "STRASSE"), ("e\u0301", "é"), ("a\u00adb", "AB")], [("é", "e")]),
        ("caseExactMatch", [(" a  b", "a b"), ("e\u0301", "é")], [("a", "A")]),
        ("caseIgnoreIA5Match", [("A@X", "a@x")], [("a", "b")]),
        ("caseExactIA5Match", [("/home ", "/home")], [("/Home", "/home")]),
        ("1.3.6.1.4.1.1466.109.114.1", [("a", "a ")], [("a", "A")]),
        ("2.5.13.2", [("a", "A")], [("a", "b")]),
        ("integerMatch", [("7", "007"), ("-0", "0"), ("+5", "5")], [("1_0", "10"), (" 7", "7"), ("", "0")]),
        ("booleanMatch", [("TRUE", "true")], [("TRUE", "FALSE"), ("1", "TRUE")]),
        ("numericStringMatch", [("12 34", "1234 ")], [("12", "21")]),
        ("telephoneNumberMatch", [("+1 555-0100", "+15550100"), ("1‐2", "12")], [("+1", "1")]),
        ("caseIgnoreListMatch", [("A $b  c", "a$B c")], [("a$b", "ab"), ("a$b", "b$a")]),
        ("octetStringMatch", [("a", "a")], [("a", "A"), ("a", "a ")]),
        ("generalizedTimeMatch", [("20260131120000Z", "20260131130000.000+0100"), ("2026013112Z", "202601311200Z"), ("20260131120030Z", "202601311200.5Z"), ("20260131123000Z", "2026013112,5Z")], [("20260131120000Z", "20260131120000.1Z"), ("2026", "2026Z")]),
        ("uTCTimeMatch", [("2601311200Z", "260131120000Z"), ("260131120000+0100", "260131110000Z")], [("x", "y")]),
        ("uuidMatch", [("5A5EE2B6-0d5e-103d-8a2f-8b2f4f4c2a11", "5a5ee2b6-0d5e-103d-8a2f-8b2f4f4c2a11")], [("a", "A")]),
        ("CSNMatch", [("20260131000000.000000Z#000000#00A#000000", "20260131000000.000000Z#000000#00a#000000")], [("a", "b")]),
        ("distinguishedNameMatch", [("CN=A,DC=x", "cn=a, dc=X"), ("cn=a+sn=b", "sn=B+cn=A"), (r"cn=a\,b", r"CN=A\2cb"), ("2.5.4.3=a", "commonName=A"), ("cn=#040161", "cn=a")], [("cn=a", "cn=b"), ("cn=a,dc=x", "cn=a"), ("nonsense", "NONSENSE")]),
        ("uniqueMemberMatch", [("cn=A#'01'B", "CN=a#'01'B"), ("cn=a", "CN=A")], [("cn=a#'01'B", "cn=a"), ("cn=a#'01'B", "cn=a#'10'B")]),
        ("objectIdentifierFirstComponentMatch", [("( 1.2.3 NAME 'a' )", "1.2.3"), ("(1.2.3 NAME 'a' )", "( 1.2.3 )")], [("( 1.2.3 )", "( 1.2.4 )"), ("", "()")]),
        ("bitStringMatch", [("'01'B", "'01'B")], [("'01'B", "'1'B")]),
        ("certificateExactMatch", [(b"0\x01", b"0\x01")], [(b"0\x01", b"0\x02")]),
        ("noSuchMatch", [("a", "a")], [("a", "A")]),
    ],
)  # fmt: skip
def test_equality(rule, same, different):
    schema = with_rule(rule)
    for left, right in same:
        assert equal(schema, left, right), (left, right)
    for left, right in different:
        assert not equal(schema, left, right), (left, right)


@pytest.mark.parametrize(
    "rule",
    [
        "caseIgnoreMatch",
        "telephoneNumberMatch",
        "caseIgnoreListMatch",
        "distinguishedNameMatch",
        "generalizedTimeMatch",
        "uuidMatch",
        "objectIdentifierMatch",
    ],
)
def test_octets_that_are_no_text_compare_as_they_are(rule):
    schema = with_rule(rule)
    assert schema.equality_key("a", b"\xff\xfe") == b"\xff\xfe"
    assert not equal(schema, b"\xff", b"\xfe")


def test_too_many_digits_are_octets():
    assert with_rule("integerMatch").equality_key("a", b"9" * 5000) == b"9" * 5000


def test_an_unknown_attribute_compares_by_octets():
    assert STANDARD.equality_key("shoeSize", b"A") == b"A"
    assert STANDARD.ordering_key("shoeSize", b"A") is None
    assert STANDARD.substring_key("shoeSize", b"A") == b"A"


def test_descriptions_and_numbers_are_found():
    assert STANDARD.equality_key("cn;lang-de", b"A") == "a"
    assert STANDARD.equality_key("2.5.4.3", b"A") == "a"
    assert STANDARD.equality_key("surname", b"A B") == "a b"


def test_classes_are_equal_by_any_of_their_names():
    assert equal(STANDARD, "inetOrgPerson", "2.16.840.1.113730.3.2.2", "objectClass")
    assert equal(STANDARD, "PERSON", "person", "objectClass")
    assert not equal(STANDARD, "person", "device", "objectClass")
    assert equal(STANDARD, "unknown", "UNKNOWN", "objectClass")


def test_names_compare_their_values_by_the_schema():
    schema = Schema.parse(
        {
            "attributeTypes": [
                f"( 1.1 NAME 'ref' EQUALITY distinguishedNameMatch SYNTAX {RFC}12 )",
                f"( 1.2 NAME ( 'code' 'kod' ) EQUALITY caseExactMatch SYNTAX {RFC}15 )",
                f"( 1.3 NAME 'number' EQUALITY integerMatch SYNTAX {RFC}27 )",
            ]
        }
    )
    assert not equal(schema, "code=A", "code=a", "ref")
    assert equal(schema, "code=A", "KOD=A", "ref")
    assert equal(schema, "number=01,code=x", "1.3=1,1.2=x", "ref")


@pytest.mark.parametrize(
    ("syntax", "left", "right"),
    [("12", "cn=A", "CN=a"), ("27", "1", "01"), ("7", "TRUE", "true"), ("24", "2026013112Z", "20260131120000Z"), ("1.2.840.113556.1.4.906", "5", "05")],
)  # fmt: skip
def test_without_a_rule_unambiguous_syntaxes_still_compare(syntax, left, right):
    other = f"( 1.9 NAME 'b' EQUALITY caseIgnoreMatch SYNTAX {RFC}15 )"
    number = RFC + syntax if syntax.isdigit() else syntax
    schema = Schema.parse({"attributeTypes": [other, f"( 1.1 NAME 'a' SYNTAX {number} )"]})
    assert equal(schema, left, right)


def test_without_a_rule_texts_compare_by_octets_where_others_have_one():
    other = f"( 1.9 NAME 'b' EQUALITY caseIgnoreMatch SYNTAX {RFC}15 )"
    schema = Schema.parse({"attributeTypes": [other, f"( 1.1 NAME 'a' SYNTAX {RFC}15 )"]})
    assert not equal(schema, "A", "a")
    assert schema.ordering_key("a", b"A") is None


def test_a_directory_without_any_rule_compares_texts_without_case():
    schema = Schema.parse({"attributeTypes": [f"( 1.1 NAME 'a' SYNTAX '{RFC}15' )"]})
    assert equal(schema, "Jane  DOE", "jane doe")
    assert schema.ordering_key("a", b"B") > schema.ordering_key("a", b"a")
    assert schema.substring_key("a", b"AB") == "ab"


def test_a_rule_published_under_another_name():
    schema = Schema.parse(
        {
            "attributeTypes": [f"( 1.1 NAME 'a' EQUALITY myMatch SYNTAX {RFC}15 )"],
            "matchingRules": [f"( 2.5.13.2 NAME 'myMatch' SYNTAX {RFC}15 )"],
        }
    )
    assert equal(schema, "A", "a")


@pytest.mark.parametrize(
    ("equality", "ordering", "syntax", "values"),
    [
        ("integerMatch", "integerOrderingMatch", "27", ["-5", "0", "9", "10"]),
        ("caseIgnoreMatch", "caseIgnoreOrderingMatch", "15", ["A", "b", "C"]),
        ("generalizedTimeMatch", "generalizedTimeOrderingMatch", "24", ["20260131120000Z", "20260131120000.05Z", "20260131120000.5Z", "20260131130100+0100", "20260201000000Z"]),
        ("octetStringMatch", "octetStringOrderingMatch", "40", ["", "A", "a"]),
        ("uuidMatch", "uuidOrderingMatch", "1.3.6.1.1.16.1", ["05a5ee2b-0000-0000-0000-000000000000", "15A5EE2B-0000-0000-0000-000000000000"]),
        ("numericStringMatch", "numericStringOrderingMatch", "36", ["12", "1 3"]),
        ("CSNMatch", "CSNOrderingMatch", "1.3.6.1.4.1.4203.666.11.2.1", ["20250101", "20260101"]),
    ],
)  # fmt: skip
def test_ordering(equality, ordering, syntax, values):
    schema = with_rule(equality, syntax, ORDERING=ordering)
    keys = [schema.ordering_key("a", value.encode()) for value in values]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_faulty_values_have_no_order():
    for equality, ordering, value in [
        ("integerMatch", "integerOrderingMatch", b"x"),
        ("generalizedTimeMatch", "generalizedTimeOrderingMatch", b"x"),
        ("caseIgnoreMatch", "caseIgnoreOrderingMatch", b"\xff"),
    ]:
        assert with_rule(equality, "15", ORDERING=ordering).ordering_key("a", value) is None


def test_substrings_keep_the_blanks_between_pieces():
    key = STANDARD.substring_key
    assert key("cn", b"Jane  DOE") == "jane doe"
    assert key("cn", b"jane ") == "jane "
    assert key("cn", b" Doe") == " doe"
    assert (key("cn", b"  "), key("cn", b"")) == (" ", "")
    assert key("telephoneNumber", b"555 - 1") == "5551"
    assert key("homeDirectory", b"/Home") == "/Home"
    assert key("cn", b"\xff") == b"\xff"


def test_filters_match_by_the_schema():
    entry = Entry("uid=a", {"cn": "Jane  Doe", "uidNumber": "0042", "homeDirectory": "/Home", "telephoneNumber": "+1 555-0100"})  # fmt: skip
    for text, holds in {
        "(commonName=JANE DOE)": True,
        "(name=jane doe)": True,
        "(cn=jane d*)": True,
        "(cn=jane *oe)": True,
        "(cn=janed*)": False,
        "(uidNumber=42)": True,
        "(uidNumber>=41)": False,
        "(homeDirectory=/home)": False,
        "(homeDirectory=/Home)": True,
        "(telephoneNumber=*5550100)": True,
    }.items():
        expected = holds if text != "(uidNumber>=41)" else True
        assert Filter.parse(text).matches(entry, STANDARD) == expected, text
