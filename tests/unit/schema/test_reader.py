"""Reading definitions: each way in which a real directory departs from RFC 4512, section 4.1."""

from __future__ import annotations

import pytest

from ldapconnector.schema import ClassKind, FindingCode, Schema, Usage
from ldapconnector.schema._reader import KINDS, read, tolerant


def attribute(text, **more):
    schema = Schema.parse({"attributeTypes": [text], **more})
    assert len(schema.attribute_types) == 1
    return schema.attribute_types[0]


def object_class(text):
    (found,) = Schema.parse({"objectClasses": [text]}).object_classes
    return found


def repairs(kind, text):
    return tolerant(kind, text)[1]


def test_everything_an_attribute_type_says():
    found = attribute(
        "( 1.2.3 NAME ( 'one' 'uno' ) DESC 'the first' OBSOLETE SUP name EQUALITY caseIgnoreMatch "
        "ORDERING caseIgnoreOrderingMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.2.3.4{64} "
        "SINGLE-VALUE COLLECTIVE NO-USER-MODIFICATION USAGE dSAOperation "
        "X-ORIGIN ( 'RFC 1' 'RFC 2' ) X-ORDERED 'VALUES' )"
    )
    assert (found.oid, found.names, found.description) == ("1.2.3", ("one", "uno"), "the first")
    assert found.obsolete
    assert found.superior == "name"
    assert found.equality == "caseIgnoreMatch"
    assert found.ordering == "caseIgnoreOrderingMatch"
    assert found.substring == "caseIgnoreSubstringsMatch"
    assert (found.syntax, found.length) == ("1.2.3.4", 64)
    assert found.single_value
    assert found.collective
    assert found.no_user_modification
    assert found.usage is Usage.DSA_OPERATION
    assert found.operational
    assert found.extensions == {"X-ORIGIN": ("RFC 1", "RFC 2"), "X-ORDERED": ("VALUES",)}


def test_everything_an_object_class_says():
    found = object_class(
        "( 1.2.3 NAME 'one' DESC 'd' OBSOLETE SUP ( a $ b ) AUXILIARY MUST ( c $ d ) MAY e "
        "X-ORIGIN 'RFC 1' )"
    )
    assert (found.oid, found.names, found.description) == ("1.2.3", ("one",), "d")
    assert found.obsolete
    assert found.superiors == ("a", "b")
    assert found.kind is ClassKind.AUXILIARY
    assert found.must == ("c", "d")
    assert found.may == ("e",)
    assert found.extensions == {"X-ORIGIN": ("RFC 1",)}


def test_the_other_kinds():
    schema = Schema.parse(
        {
            "matchingRules": ["( 2.5.13.2 NAME 'caseIgnoreMatch' SYNTAX 1.2.3 )"],
            "matchingRuleUse": ["( 2.5.13.2 NAME 'caseIgnoreMatch' APPLIES ( cn $ sn ) )"],
            "ldapSyntaxes": ["( 1.2.3 DESC 'Directory String' X-NOT-HUMAN-READABLE 'TRUE' )"],
            "dITContentRules": ["( 2.5.6.6 NAME 'rule' AUX ( a $ b ) MUST c MAY ( d $ e ) NOT f )"],
            "dITStructureRules": ["( 2 NAME 'two' FORM orgForm SUP ( 1 3 ) )"],
            "nameForms": ["( 1.2.9 NAME 'orgForm' OC organization MUST o MAY ( ou $ l ) )"],
        }
    )
    assert schema.matching_rule("caseignorematch").syntax == "1.2.3"
    assert schema.matching_rule_use("2.5.13.2").applies == ("cn", "sn")
    assert schema.syntaxes[0].description == "Directory String"
    assert schema.published_syntax("1.2.3").extensions == {"X-NOT-HUMAN-READABLE": ("TRUE",)}
    (rule,) = schema.content_rules
    assert (rule.auxiliary, rule.must, rule.may, rule.precluded) == (
        ("a", "b"),
        ("c",),
        ("d", "e"),
        ("f",),
    )
    (structure,) = schema.structure_rules
    assert (structure.oid, structure.form, structure.superiors) == ("2", "orgForm", ("1", "3"))
    (form,) = schema.name_forms
    assert (form.object_class, form.must, form.may) == ("organization", ("o",), ("ou", "l"))


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        # 389 Directory Server: a text in place of a number.
        ("( nsAccountLock-oid NAME 'nsAccountLock' )", "oid", "nsAccountLock-oid"),
        # Active Directory: the syntax in quotes, or by name.
        ("( 1.2 NAME 'a' SYNTAX '1.3.6.1' SINGLE-VALUE )", "syntax", "1.3.6.1"),
        ("( 1.2 NAME 'a' SYNTAX '1.3.6.1{32}' )", "length", 32),
        ("( 1.2 NAME 'a' SYNTAX 'OctetString' )", "syntax", "OctetString"),
        ("( 1.2 NAME 'a' SYNTAX BOOLEAN )", "syntax", "BOOLEAN"),
        ("( 1.2 NAME 'a' SYNTAX 1.3.6.1 {64} )", "length", 64),
        # OpenDJ: no blank before the parenthesis, none after a quote, two after another.
        ("( 1.2 NAME 'a' DESC 'b'EQUALITY caseIgnoreMatch)", "equality", "caseIgnoreMatch"),
        ("(  1.2 NAME  'a'  SYNTAX 1.3 )", "oid", "1.2"),
        ("(1.2 NAME 'a')", "names", ("a",)),
        ("( '1.2' NAME 'a' )", "oid", "1.2"),
        ("( 1.2 NAME 'container'\tSYNTAX 1.3 )", "syntax", "1.3"),
        # No name, empty descriptions, a name with an option.
        ("( 1.2.3 SYNTAX 1.3 )", "names", ()),
        ("( 1.2 NAME 'a' DESC '' )", "description", ""),
        ("( 1.2 NAME 'crl;binary' )", "names", ("crl;binary",)),
        # Fields in another order, keywords in lower case, names without quotes.
        ("( 1.2 NAME 'a' SYNTAX 1.3 EQUALITY integerMatch )", "equality", "integerMatch"),
        ("( 1.2 SINGLE-VALUE NAME 'a' )", "single_value", True),
        ("( 1.2 name 'a' syntax 1.3 )", "syntax", "1.3"),
        ("( 1.2 NAME a )", "names", ("a",)),
        ("( 1.2 NAME ( a b ) )", "names", ("a", "b")),
        # Escapes.
        (r"( 1.2 NAME 'a' DESC 'it\27s a \5c' )", "description", "it's a \\"),
        # Keywords within texts and names that look like keywords.
        ("( 1.2 NAME 'a' DESC 'MUST be SYNTAX (of) $' )", "description", "MUST be SYNTAX (of) $"),
        ("( 1.2 NAME 'a' SUP name )", "superior", "name"),
        ("( 1.2 NAME 'a' SUP CN )", "superior", "CN"),
        ("( 1.2 NAME 'a' USAGE USERAPPLICATIONS )", "usage", Usage.USER_APPLICATIONS),
        ("( 1.2 NAME 'a' USAGE directoryOperation )", "usage", Usage.DIRECTORY_OPERATION),
        ("\n( 1.2\n NAME 'a'\n )\n", "names", ("a",)),
    ],
)
def test_quirks_that_lose_nothing(text, field, value):
    assert getattr(attribute(text), field) == value
    assert repairs("attributeTypes", text) == []


@pytest.mark.parametrize(
    ("text", "field", "value", "said"),
    [
        (  # eDirectory
            "( 1.2 NAME 'a' X-NDS_NAME 'New Object's DS Rights' X-NDS_HIDDEN '1' )",
            "extensions",
            {"X-NDS_NAME": ("New Object's DS Rights",), "X-NDS_HIDDEN": ("1",)},
            "apostrophe",
        ),
        ("( 1.2 NAME 'a' DESC 'James' book' SYNTAX 1.3 )", "description", "James' book", "apos"),
        ("( 1.2 NAME 'a' DESC \"text\" SYNTAX 1.3 )", "description", "text", "double quotes"),
        ("( NAME 'a' SYNTAX 1.3 )", "oid", "a", "no number"),
        ("( 1.2 NAME 'a' SYNTAX 1.3", "syntax", "1.3", "closing parenthesis"),
        ("( 1.2 NAME 'a' SYNTAX 1.3 ) rest", "syntax", "1.3", "follows"),
        ("( 1.2 NAME 'a' FANCY SYNTAX 1.3 )", "syntax", "1.3", "'FANCY' is no keyword"),
        ("( 1.2 NAME 'a' ( x ) SYNTAX 1.3 )", "syntax", "1.3", "list stands"),
        ("( 1.2 NAME 'a' SUP SYNTAX 1.3 )", "syntax", "1.3", "SUP has no value"),
        ("( 1.2 NAME 'a' NAME 'b' )", "names", ("a",), "stands twice"),
        ("( 1.2 SINGLE-VALUE SINGLE-VALUE NAME 'a' )", "single_value", True, "stands twice"),
        ("( 1.2 NAME 'a' USAGE nonsense )", "usage", Usage.USER_APPLICATIONS, "no usage"),
        ("( 1.2 NAME 'a' DESC 'open )", "description", "open", "never closed"),
        ("( 1.2 NAME 'a' DESC \"open )", "description", "open )", "never closed"),
        ("( 1.2 NAME ( ( 'a' 'b' ) )", "names", ("a", "b"), "within a list"),
    ],
)
def test_quirks_that_are_repaired_and_told(text, field, value, said):
    found = attribute(text)
    assert getattr(found, field) == value
    (finding,) = [
        f
        for f in Schema.parse({"attributeTypes": [text]}).problems
        if f.code is FindingCode.REPAIRED
    ]
    assert said in finding.message
    assert not finding.code.lost
    assert finding.definition == text


@pytest.mark.parametrize(
    ("text", "must", "may"),
    [
        ("( 1 NAME 'a' MUST(b $ c)MAY(d))", ("b", "c"), ("d",)),
        ("( 1 NAME 'a' MUST (cn ) MAY (sn $ ou ) )", ("cn",), ("sn", "ou")),
        ("( 1 NAME 'a' MAY b STRUCTURAL MUST c )", ("c",), ("b",)),
        ("( 1 NAME 'a' MUST b $ c MAY d )", ("b", "c"), ("d",)),
        ("( 1 NAME 'a' MUST ( 'b' 'c' ) MAY ( $ d $ $ e ) )", ("b", "c"), ("d", "e")),
        (
            "( 1 NAME 'a' MUST 2.5.4.3 MAY ( crl;binary $ name ) )",
            ("2.5.4.3",),
            ("crl;binary", "name"),
        ),
        ("( 1 NAME 'a' MAY ( ) )", (), ()),
        ("( 1 NAME 'a' STRUCTURAL SUP top DESC 'late' MUST b )", ("b",), ()),
    ],
)
def test_lists_of_attributes(text, must, may):
    found = object_class(text)
    assert (found.must, found.may) == (must, may)
    assert found.kind is ClassKind.STRUCTURAL


@pytest.mark.parametrize(
    "text",
    [
        "( 1 NAME 'a' DESC 'd' SUP top AUXILIARY DESC 'e' )",
        "( 1 NAME 'a' ABSTRACT SUP top AUXILIARY DESC 'd' )",
    ],
)
def test_what_a_class_says_twice_is_told(text):
    assert object_class(text).description == "d"
    assert repairs("objectClasses", text) == read("objectClasses", text)[1] != []


def test_several_kinds_of_one_class_are_told():
    text = "( 1 NAME 'a' AUXILIARY ABSTRACT )"
    assert object_class(text).kind is ClassKind.ABSTRACT
    assert "several kinds" in repairs("objectClasses", text)[0]


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "()", "( )", "(", "')'", "2.5.4.3 NAME 'cn'", "$", "\0"],
)
def test_what_cannot_be_read_is_a_finding_and_the_others_survive(text):
    schema = Schema.parse({"attributeTypes": ["( 1.1 NAME 'a' SYNTAX 1.3 )", text]})
    (finding,) = [f for f in schema.problems if f.code is FindingCode.UNREADABLE]
    assert finding.code.lost
    assert finding.kind == "attributeTypes"
    assert finding.definition == text
    assert finding.message
    assert [known.name for known in schema.attribute_types] == ["a"]


def test_octets_that_are_no_utf8_are_read_as_latin1():
    schema = Schema.parse({"attributeTypes": [b"( 1.1 NAME 'a' DESC 'caf\xe9' SYNTAX 1.3 )"]})
    assert schema.attribute("a").description == "café"


def test_names_of_the_subschema_attributes_in_any_case_and_with_options():
    schema = Schema.parse(
        {
            "ATTRIBUTETYPES;x-schema": ["( 1.1 NAME 'a' )"],
            "objectclasses": "( 2.2 NAME 'b' )",
            "cn": ["schema"],
            "dn": "cn=schema",
        }
    )
    assert schema.attribute("a")
    assert schema.object_class("b")
    assert set(schema.definitions()) == {"attributeTypes", "objectClasses"}


def test_a_fourth_list_with_lengths():
    schema = Schema.parse(
        {
            "attributeTypes": ["( 2.5.4.3 NAME 'cn' SYNTAX 1.3 )", "( 2.5.4.4 NAME 'sn' )"],
            "IBMAttributeTypes": [
                "( 2.5.4.3 DBNAME( 'cn' 'cn' ) ACCESS-CLASS normal LENGTH 256 )",
                "( 2.5.4.4 DBNAME ( 'sn' 'sn' ) LENGTH many )",
                "nonsense",
            ],
        }
    )
    assert schema.attribute("cn").length == 256
    assert schema.attribute("sn").length is None
    assert [f.definition for f in schema.problems if f.code.lost] == ["nonsense"]


QUICK = {
    "attributeTypes": "( 1.1 NAME ( 'a' 'b' ) DESC 'd' OBSOLETE SUP c EQUALITY e ORDERING o "
    "SUBSTR s SYNTAX 1.3{5} SINGLE-VALUE COLLECTIVE NO-USER-MODIFICATION USAGE dSAOperation "
    "X-A 'b' )",
    "objectClasses": "( 1.1 NAME 'a' DESC 'd' OBSOLETE SUP ( b $ c ) ABSTRACT MUST m MAY ( n ) )",
    "ldapSyntaxes": "( 1.1 DESC 'd' X-A ( 'b' 'c' ) )",
    "matchingRules": "( 1.1 NAME 'a' DESC 'd' OBSOLETE SYNTAX 1.3 )",
    "matchingRuleUse": "( 1.1 NAME 'a' DESC 'd' OBSOLETE APPLIES ( b $ c ) )",
    "dITStructureRules": "( 1 NAME 'a' DESC 'd' OBSOLETE FORM f SUP ( 1 2 ) )",
    "nameForms": "( 1.1 NAME 'a' DESC 'd' OBSOLETE OC b MUST ( c $ d ) MAY e )",
    "dITContentRules": "( 1.1 NAME 'a' DESC 'd' OBSOLETE AUX b MUST ( c $ d ) MAY e NOT f )",
}


@pytest.mark.parametrize("kind", QUICK)
def test_both_readers_agree(kind):
    text = QUICK[kind]
    quick = KINDS[kind][0](text)
    assert quick is not None
    assert (quick, []) == tolerant(kind, text) == read(kind, text)


@pytest.mark.parametrize(
    "text",
    [
        "( 1.2 NAME " + "'a " * 60_000 + ")",
        "( 1.2 DESC '" + "'x" * 60_000,
        "( 1.2" + " " * 100_000 + "x",
        "(" * 100_000,
        "( 1.2 NAME ( " + "'a' " * 60_000 + "x",
        "( 1.2 NAME 'a' SUP" + " " * 60_000 + "(" + "\t" * 60_000,
    ],
)
def test_hostile_definitions_take_no_more_time_than_long_ones(text):
    """Quadratic time would run into the limit that every test has."""
    for kind in KINDS:
        schema = Schema.parse({kind: [text]})
        assert len(list(schema)) + sum(f.code.lost for f in schema.problems) == 1


def test_a_bound_of_thousands_of_digits():
    digits = "9" * 5000
    assert attribute(f"( 1.1 NAME 'a' SYNTAX 1.3{{{digits}}} )").length is None
    assert (
        attribute("( 1.1 NAME 'a' )", IBMAttributeTypes=[f"( 1.1 LENGTH {digits} )"]).length is None
    )
