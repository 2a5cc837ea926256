"""What a schema asks and allows: inheritance, content rules, extensibleObject, aliases."""

from __future__ import annotations

import pickle

import pytest

from ldapconnector.schema import ClassKind, FindingCode, Schema

TEXT = "1.3.6.1.4.1.1466.115.121.1.15"
ATTRIBUTES = [
    (
        f"( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch "
        f"SYNTAX {TEXT}{{99}} )"
    ),
    "( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )",
    "( 2.5.4.4 NAME ( 'sn' 'surname' ) SUP 2.5.4.41 SINGLE-VALUE )",
    "( 9.1 NAME 'nickname' SUP commonName EQUALITY caseExactMatch SYNTAX 1.2.3 )",
    f"( 2.5.4.0 NAME 'objectClass' EQUALITY objectIdentifierMatch SYNTAX {TEXT[:-2]}38 )",
    f"( 2.5.4.36 NAME 'userCertificate' SYNTAX {TEXT[:-2]}8 )",
    f"( 9.2 NAME 'lastSeen' SYNTAX {TEXT[:-2]}24 USAGE directoryOperation )",
    f"( 9.3 NAME 'extra' SYNTAX {TEXT} )",
]
CLASSES = [
    "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
    "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( surname $ 2.5.4.3 ) MAY userCertificate )",
    "( 9.9.1 NAME ( 'employee' 'worker' ) SUP PERSON MAY NickName )",
    "( 9.9.2 NAME 'badge' AUXILIARY MUST extra )",
    "( 9.9.3 NAME 'lonely' STRUCTURAL )",
    "( 1.3.6.1.4.1.1466.101.120.111 NAME 'extensibleObject' SUP top AUXILIARY )",
]


def schema(**more):
    return Schema.parse({"attributeTypes": ATTRIBUTES, "objectClasses": CLASSES} | more)


def test_attribute_types_inherit_from_their_superiors():
    known = schema()
    cn, sn, nickname = map(known.attribute, ("commonName", "SN", "9.1"))
    assert (cn.syntax, cn.length, cn.equality) == (TEXT, 99, "caseIgnoreMatch")
    assert cn.substring == "caseIgnoreSubstringsMatch"
    assert not cn.single_value
    assert sn.single_value
    assert sn.superior == "2.5.4.41"
    # What it says itself goes before what it inherits.
    assert (nickname.syntax, nickname.length, nickname.equality) == (
        "1.2.3",
        None,
        "caseExactMatch",
    )
    assert nickname.substring == "caseIgnoreSubstringsMatch"


def test_attributes_are_found_by_any_name_number_and_description():
    known = schema()
    for name in ("cn", "CN", "commonname", "2.5.4.3", "cn;lang-de"):
        assert known.attribute(name).name == "cn"
    assert known.attribute("shoeSize") is None
    assert known.object_class("WORKER").name == "employee"
    assert known.object_class("nobody") is None


def test_must_and_may_come_with_those_of_the_superior_classes():
    known = schema()
    assert known.must(["employee"]) == {"objectClass", "sn", "cn"}
    assert known.may(["employee"]) == {"userCertificate", "nickname"}
    assert known.must(["worker", "badge"]) == {"objectClass", "sn", "cn", "extra"}
    assert known.must([]) == known.may(["nobody"]) == frozenset()


def test_what_is_mandatory_is_not_optional_as_well():
    known = schema(
        objectClasses=[*CLASSES, "( 9.9.4 NAME 'badged' SUP person MAY ( extra $ cn ) )"]
    )
    assert known.may(["badged", "badge"]) == {"userCertificate"}


def test_superclasses_nearest_first():
    known = schema()
    assert known.superclasses("Worker") == ("employee", "person", "top")
    assert known.superclasses("badge") == ("badge",)
    # Every structural class is below top (RFC 4512, 2.4.2).
    assert known.superclasses("lonely") == ("lonely", "top")
    assert known.superclasses("nobody") == ("nobody",)


def test_a_diamond_of_superior_classes():
    known = schema(
        objectClasses=[
            "( 2.5.6.0 NAME 'top' ABSTRACT )",
            "( 1.1 NAME 'a' SUP top MUST cn )",
            "( 1.2 NAME 'b' SUP a MAY sn )",
            "( 1.3 NAME 'c' SUP a MAY nickname )",
            "( 1.4 NAME 'd' SUP ( b $ c ) )",
        ]
    )
    assert known.superclasses("d") == ("d", "b", "c", "a", "top")
    assert (known.must(["d"]), known.may(["d"])) == ({"cn"}, {"sn", "nickname"})


def test_circles_are_cut_and_told():
    known = Schema.parse(
        {
            "attributeTypes": ["( 1.1 NAME 'x' SUP y )", "( 1.2 NAME 'y' SUP x SYNTAX 1.3 )"],
            "objectClasses": [
                "( 2.1 NAME 'a' SUP b MUST x )",
                "( 2.2 NAME 'b' SUP a MAY y )",
                "( 2.3 NAME 'c' SUP c )",
            ],
        }
    )
    assert known.attribute("x").syntax == "1.3"
    assert known.superclasses("a") == ("a", "b")
    assert (known.must(["b"]), known.may(["b"])) == ({"x"}, {"y"})
    assert known.superclasses("c") == ("c",)
    circles = {(f.kind, f.name) for f in known.problems if f.code is FindingCode.CYCLE}
    assert circles == {
        ("attributeTypes", "x"),
        ("attributeTypes", "y"),
        ("objectClasses", "a"),
        ("objectClasses", "b"),
        ("objectClasses", "c"),
    }


def test_extensible_object_allows_every_attribute():
    known = schema()
    users = {"name", "nickname", "userCertificate", "extra"}
    assert known.may(["person", "EXTENSIBLEobject"]) == users | {"lastSeen"}
    assert known.may(["person"], extensible=True) == users


def test_operational_attributes_on_request():
    known = schema()
    assert [a.name for a in known.operational] == ["lastSeen"]
    assert known.may(["person"], operational=True) - known.may(["person"]) == {"lastSeen"}


def test_a_content_rule_adds_and_takes_away():
    rule = "( 2.5.6.6 NAME 'people' AUX badge MUST nickname MAY extra NOT userCertificate )"
    known = schema(dITContentRules=[rule])
    assert known.must(["person"]) == {"objectClass", "sn", "cn", "nickname"}
    assert known.may(["person"]) == {"extra"}
    # It governs entries whose structural class it names, not those of its subclasses.
    assert known.may(["person", "employee"]) == {"userCertificate", "nickname"}
    assert known.content_rule("person").names == ("people",)
    obsolete = schema(dITContentRules=[rule.replace("AUX", "OBSOLETE AUX")])
    assert obsolete.content_rule("person") is None


def test_structural_classes():
    known = schema()
    assert known.structural_class(["top", "person", "worker", "badge"]) == "employee"
    assert known.structural_class(["badge", "top"]) is None
    assert known.structural_class(["person", "lonely"]) is None
    assert known.structural_classes(["person", "lonely"]) == ("person", "lonely")
    assert known.object_class("badge").kind is ClassKind.AUXILIARY


def test_aliases_stand_wherever_their_type_does():
    known = schema().with_aliases("userCertificate;binary", "commonName;lang-en")
    assert "userCertificate;binary" in known.may(["person"])
    assert "commonName;lang-en" in known.must(["person"])
    assert "userCertificate;binary" not in known.may(["badge"])
    assert known.aliases == ("userCertificate;binary", "commonName;lang-en")
    assert known != schema()
    assert known.attribute("userCertificate;binary").name == "userCertificate"


def test_a_name_that_has_an_option_of_its_own():
    known = Schema.parse({"attributeTypes": ["( 1.1 NAME 'crl;binary' SYNTAX 1.3 )"]})
    assert known.attribute("CRL;binary").oid == "1.1"
    assert known.attribute("crl") is None


def test_name_forms_of_a_class():
    known = schema(nameForms=["( 1.2.9 NAME 'f' OC WORKER MUST cn )", "( 1.2.8 OC top MUST sn )"])
    assert [form.oid for form in known.name_forms_of("employee")] == ["1.2.9"]
    assert known.name_forms_of("nobody") == ()


def test_names_of_an_attribute_and_its_subtypes():
    known = schema()
    assert known.names_of("COMMONNAME") == {"cn", "commonname", "2.5.4.3", "nickname", "9.1"}
    assert {"name", "sn", "nickname"} <= known.names_of("name")
    assert known.names_of("ShoeSize") == {"shoesize"}


def test_undefined_names_are_told_and_harmless():
    known = Schema.parse(
        {
            "attributeTypes": [
                "( 1.1 NAME 'a' SUP nobody )",
                "( 1.2 NAME 'b' EQUALITY noSuchMatch SYNTAX 1.3 )",
                "( 1.3 NAME 'c' )",
            ],
            "objectClasses": ["( 2.1 NAME 'd' SUP nobody MUST nothing MAY ( a $ none ) )"],
            "ldapSyntaxes": ["( 1.4 DESC 'x' )"],
            "dITContentRules": ["( 2.9 AUX nobody MUST nothing )"],
            "nameForms": ["( 3.1 OC nobody MUST nothing )"],
        }
    )
    told = [(f.kind, f.name) for f in known.problems]
    assert {f.code for f in known.problems} == {FindingCode.UNDEFINED}
    assert told == [
        ("attributeTypes", "a"),
        ("attributeTypes", "b"),
        ("attributeTypes", "b"),
        ("attributeTypes", "c"),
        *[("objectClasses", "d")] * 3,
        *[("dITContentRules", "2.9")] * 3,
        *[("nameForms", "3.1")] * 2,
    ]
    assert known.must(["d"]) == {"nothing"}


def test_the_first_of_two_definitions_of_a_name_holds():
    known = Schema.parse(
        {"attributeTypes": ["( 1.1 NAME 'a' )", "( 1.2 NAME ( 'b' 'A' ) )", "( 1.1 NAME 'c' )"]}
    )
    assert known.attribute("a").oid == "1.1"
    assert known.attribute("b").oid == "1.2"
    assert known.attribute("c").oid == "1.1"
    assert len(known.attribute_types) == 3
    duplicates = [f.name for f in known.problems if f.code is FindingCode.DUPLICATE]
    assert duplicates == ["b", "c"]


def test_a_schema_is_a_value():
    known = schema()
    again = Schema.parse(known.definitions())
    assert again == known
    assert hash(again) == hash(known)
    assert pickle.loads(pickle.dumps(known.with_aliases("cn;x"))) == known.with_aliases("cn;x")
    assert known != "schema"
    assert known != Schema.parse({})
    assert repr(known) == "<Schema of 8 attribute types and 6 object classes>"
    assert [element.name for element in known][:2] == ["name", "cn"]


@pytest.mark.parametrize("given", [{}, {"objectClasses": []}, {"other": ["x"]}])
def test_an_empty_schema(given):
    known = Schema.parse(given)
    assert known.must(["person"]) == known.may(["person"]) == frozenset()
    assert known.problems == ()
    assert known.definitions() in ({}, {"objectClasses": ()})
