"""Checks of rules before the first user: each finding, with its path."""

from __future__ import annotations

import json

import pytest

from ldapconnector.mapping import (
    Apply,
    AttributeMapping,
    Computed,
    Constant,
    Direct,
    MappingDiagnostic,
    MatchCriterion,
    MatchRule,
    MatchRules,
    NoSource,
    ObjectMapping,
    ScopeClause,
    ScopeGroup,
    ScopingFilter,
    Severity,
    check_mappings,
)
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()


def direct(target: str, source: str = "x", **options: object) -> AttributeMapping:
    return AttributeMapping(target=target, source=Direct(source), **options)


def computed(target: str, text: str, **options: object) -> AttributeMapping:
    return AttributeMapping(target=target, source=Computed(text), **options)


NAME = computed("-dn-", 'Join("", "uid=", [alias], ",dc=x")', apply=Apply.CREATION)
PERSON = [
    NAME,
    direct("cn", "displayName"),
    direct("sn", "surname"),
    direct("mail", "mail", matching_precedence=1),
]


def check(*mappings: AttributeMapping, **options: object) -> dict[str, MappingDiagnostic]:
    """Check the good rules of a person with more mappings; return the findings by code."""
    options.setdefault("structural_class", "inetOrgPerson")
    found = check_mappings([*PERSON, *mappings], SCHEMA, **options)
    return {one.code: one for one in found if one.code != "dn-values-refused"}


def test_good_rules_are_found_good() -> None:
    assert check() == {}
    assert (
        check(anchor="entryUUID", source_attributes={"alias", "displayName", "surname", "mail"})
        == {}
    )


def test_the_posix_tutorial_has_the_one_known_trap() -> None:
    rules = [
        computed("-dn-", 'Join("", "CN=", Word([userPrincipalName], 1, "@"), ",DC=lab")'),
        computed("objectClass", 'Split("inetOrgPerson,posixAccount,shadowAccount",",")'),
        direct("cn", "displayName"),
        direct("sn", "surname"),
        direct("mail", "userPrincipalName", matching_precedence=1),
        computed("uid", 'ToLower(Word([userPrincipalName], 1, "@"), )'),
        direct("uidNumber", "extension_1_uidNumber"),
        computed("homeDirectory", 'Join("/", "/home", [userPrincipalName])'),
        AttributeMapping(target="gidNumber", source=Constant("10000")),
        computed("userPassword", "Redact(RandomString(16,2,2,2,2))"),
    ]
    found = check_mappings(rules, SCHEMA, anchor="entryUUID")
    assert [(one.code, one.severity) for one in found] == [
        ("rdn-conflict", Severity.WARNING),
        ("dn-values-refused", Severity.INFO),
    ]
    assert found[0].path == "$.mappings[0].source"


@pytest.mark.parametrize(
    ("mapping", "code", "path", "words"),
    [
        (direct("maill"), "unknown-attribute", "target", "defines no attribute 'maill'"),
        (direct('emails[type eq "work"].value'), "bad-target", "target", "is no attribute type"),
        (direct("uidNumber"), "attribute-not-allowed", "target", "in none of the classes"),
        (direct("MAIL"), "duplicate-target", "target", "mapped already, by mappings[3]"),
        (direct("rfc822Mailbox"), "duplicate-target", "target", "mapped already"),
        (direct("entryUUID"), "not-writable", "target", "NO-USER-MODIFICATION"),
        (direct("_distinguishedName"), "read-only-target", "target", "map -dn-"),
        (direct("x]y"), "bad-target", "target", ""),
        (direct("l", "a]b"), "bad-source", "source", "brackets"),
        (computed("l", "Bogus([x])"), "unknown-function", "source", "line 1, column 1"),
        (computed("l", "Item([x])"), "argument-count", "source", ""),
        (computed("l", "Guid()"), "changes-every-cycle", "source", "Guid gives something else"),
        (direct("l", flow_null=True), "flow-null-one-switch", "flow_null", "off for x"),
        (
            AttributeMapping(target="l", source=Constant("a"), default="b"),
            "default-unused",
            "default",
            "never null",
        ),
        (
            AttributeMapping(target="l", matching_precedence=2),
            "matching-without-source",
            "",
            "no source",
        ),
        (
            AttributeMapping(target="l", source=Constant("a"), matching_precedence=2),
            "matching-by-constant",
            "",
            "same value for everybody",
        ),
        (
            computed("l", 'SelectUniqueValue([x], "b")', matching_precedence=2),
            "matching-by-unique-value",
            "source",
            "finds nobody",
        ),
        (
            direct("preferredDeliveryMethod", matching_precedence=2),
            "matching-without-equality",
            "",
            "no EQUALITY rule",
        ),
        (direct("description", "manager"), "reference-into-text", "target", "does not hold names"),
        (
            AttributeMapping(target="preferredLanguage", source=Constant(["a", "b"])),
            "several-values",
            "source",
            "takes one",
        ),
        (direct("employeeNumber", "proxyAddresses"), "several-values", "source", "takes one"),
        (
            computed("employeeNumber", 'IIF([x]="1", Split([y], ","), "b")'),
            "several-values",
            "source",
            "takes one",
        ),
        (
            AttributeMapping(target="jpegPhoto", source=NoSource(), default="no"),
            "wrong-syntax",
            "default",
            "not base64",
        ),
        (
            AttributeMapping(target="manager", source=Constant("nobody")),
            "wrong-syntax",
            "source",
            "the target is a DN",
        ),
    ],
)
def test_each_fault_of_a_mapping(
    mapping: AttributeMapping, code: str, path: str, words: str
) -> None:
    found = check(mapping)
    assert code in found, found
    assert found[code].path == f"$.mappings[4].{path}".rstrip(".")
    assert words in str(found[code])


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (direct("uidNumber", "accountEnabled"), "the source gives boolean"),
        (computed("uidNumber", "Not([x])"), "the source gives boolean"),
        (computed("uidNumber", '[x]="1"'), "the source gives boolean"),
        (
            AttributeMapping(target="uidNumber", source=Constant("ten")),
            "'ten' is not of the syntax",
        ),
        (computed("uidNumber", 'Join("", "a", "b")'), "'ab' is not of the syntax"),
        (direct("uidNumber", default="none"), "'none' is not of the syntax"),
    ],
)
def test_wrong_syntax(mapping: AttributeMapping, words: str) -> None:
    found = check(
        mapping, auxiliary_classes=["posixAccount"], provided=["gidNumber", "homeDirectory", "uid"]
    )
    assert words in found["wrong-syntax"].message


def test_a_secret_constant_is_not_shown() -> None:
    mapping = AttributeMapping(target="userPassword", source=Constant("hunter2"))
    assert not any("hunter2" in str(one) for one in check(mapping).values())


def test_mandatory_attributes() -> None:
    found = check_mappings(
        [NAME, direct("sn", flow_null=True)],
        SCHEMA,
        structural_class="inetOrgPerson",
        auxiliary_classes=["posixAccount"],
        provided=["uidNumber"],
    )
    missing = [one for one in found if one.code == "must-not-mapped"]
    assert [one.target for one in missing] == ["cn", "gidNumber", "homeDirectory"]
    assert "cn is mandatory in person" in missing[0].message
    assert "homeDirectory is mandatory in posixAccount" in missing[2].message
    assert [one.path for one in found if one.code == "must-cleared"] == ["$.mappings[1].flow_null"]


def test_a_mandatory_attribute_without_a_source_is_missing_unless_it_has_a_default() -> None:
    nothing = AttributeMapping(target="sn")
    filled = AttributeMapping(target="sn", source=NoSource(), default="-")
    for mapping, missing in ((nothing, True), (filled, False)):
        found = check_mappings([NAME, direct("cn"), mapping], SCHEMA, structural_class="person")
        assert any(one.code == "must-not-mapped" for one in found) is missing


@pytest.mark.parametrize(
    ("options", "code", "path", "words"),
    [
        ({"structural_class": "person2"}, "unknown-class", "structural_class", "did you mean"),
        ({"structural_class": "posixAccount"}, "not-structural", "structural_class", "auxiliary"),
        ({"structural_class": "top"}, "no-structural-class", "structural_class", "none of top"),
        ({"structural_class": ""}, "no-object-class", "structural_class", "no structural class"),
        (
            {"auxiliary_classes": ["posixAccount", "shadowAcount"]},
            "unknown-class",
            "auxiliary_classes[1]",
            "did you mean shadowAccount?",
        ),
        (
            {"auxiliary_classes": ["device"]},
            "several-structural-classes",
            "auxiliary_classes[0]",
            "one structural class",
        ),
    ],
)
def test_classes(options: dict[str, object], code: str, path: str, words: str) -> None:
    found = check(**options)
    assert found[code].path == f"$.{path}"
    assert words in str(found[code])


def test_classes_from_a_mapping() -> None:
    wrong = computed("objectClass", 'Split("inetOrgPerson,posixAcount",",")')
    found = check(wrong, structural_class="")
    assert found["unknown-class"].path == "$.mappings[4].source"
    unknown = check(computed("objectClass", 'Split([x],",")'), structural_class="")
    assert "classes-unknown" in unknown
    both = check(
        AttributeMapping(target="objectClass", source=Constant(["inetOrgPerson", "device"])),
        structural_class="",
    )
    assert (
        "inetOrgPerson and device are both structural" in both["several-structural-classes"].message
    )


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        (computed("-dn-", 'StripSpaces(Join("", "uid=", [a], ",dc=x"))'), "unsafe-dn"),
        (computed("-dn-", 'Join("", "userid2=", [a], ",dc=x")'), "unknown-attribute"),
        (computed("-dn-", 'Join("", "uidNumber=", [a], ",dc=x")'), "rdn-not-allowed"),
        (computed("-dn-", 'Join("", "cn=", [a], ",dc=x")'), "rdn-conflict"),
        (AttributeMapping(target="-dn-", source=Constant("commonName=a,dc=x")), "rdn-conflict"),
    ],
)
def test_names(mapping: AttributeMapping, code: str) -> None:
    found = check_mappings([mapping, *PERSON[1:]], SCHEMA, structural_class="inetOrgPerson")
    assert [one.path for one in found if one.code == code] == ["$.mappings[0].source"]


def test_the_same_source_in_the_name_and_the_attribute_is_no_conflict() -> None:
    name = computed("-dn-", 'Join("", "cn=", [displayName], ",dc=x")', escape_dn=True)
    found = check_mappings([name, *PERSON[1:]], SCHEMA, structural_class="inetOrgPerson")
    assert found == ()


def test_without_a_name_or_a_matching_rule_nothing_works() -> None:
    found = check_mappings([direct("cn"), direct("sn", "y")], SCHEMA, structural_class="person")
    assert {one.code for one in found} == {"no-dn", "no-matching-rule"}


@pytest.mark.parametrize(
    ("anchor", "code"),
    [
        ("dn", "anchor-changes"),
        ("uid", "anchor-multi-valued"),
        ("employeeNumber", "anchor-not-unique"),
        ("entryUID", "unknown-attribute"),
    ],
)
def test_anchors(anchor: str, code: str) -> None:
    assert check(anchor=anchor)[code].path == "$.anchor"


def test_an_anchor_that_is_mapped() -> None:
    mapping = direct("employeeNumber", "employeeId")
    assert "anchor-mapped" in check(mapping, anchor="employeeNumber")
    once = direct("employeeNumber", "employeeId", apply=Apply.CREATION)
    assert "anchor-mapped" not in check(once, anchor="employeeNumber")


def test_matching_attributes_want_an_index_and_uniqueness() -> None:
    found = check(indexed=["uid"], unique=["uid"])
    assert found["matching-not-indexed"].path == "$.mappings[3]"
    assert "matching-not-unique" in found
    assert check(indexed=["rfc822Mailbox"], unique=["MAIL"]) == {}
    extra = MatchRules([MatchRule(precedence=9, criteria=[MatchCriterion("mai", Direct("mail"))])])
    assert check(matching=extra)["unknown-attribute"].path == "$.matching[0]"


def test_unknown_source_attributes() -> None:
    sources = {"alias", "displayName", "surname", "mail", "onPremises"}
    clause = ScopeClause(attribute="Mail", operator="IS NULL")
    found = check_mappings(
        [*PERSON, direct("l", "onPremises.city"), direct("title", "jobTitel")],
        SCHEMA,
        structural_class="inetOrgPerson",
        source_attributes=sources | {"jobTitle"},
        scoping=ScopingFilter(groups=[ScopeGroup(clauses=[clause])]),
        path="$.rules",
    )
    unknown = [one for one in found if one.code == "unknown-source"]
    assert [one.path for one in unknown] == [
        "$.rules.mappings[5].source",
        "$.rules.scoping.groups[0].clauses[0]",
    ]
    assert [one.hint for one in unknown] == ["did you mean jobTitle?", "did you mean mail?"]


def test_extensible_entries_take_every_attribute() -> None:
    mapping = direct("uidNumber")
    assert "attribute-not-allowed" not in check(mapping, extensible=True)
    assert "attribute-not-allowed" not in check(mapping, auxiliary_classes=["extensibleObject"])


def test_errors_come_first_and_all_at_once() -> None:
    found = check_mappings([direct("maill"), direct("snn")], SCHEMA, structural_class="person")
    order = [list(Severity).index(one.severity) for one in found]
    assert order == sorted(order)
    assert len([one for one in found if one.code == "unknown-attribute"]) == 2


@pytest.mark.parametrize(
    "capture", ["openldap-01", "389ds-live-01", "ad-ds-01", "netiq-edirectory-01", "opendj-05"]
)
def test_real_schemas_can_be_checked_against(shared, capture: str) -> None:
    document = json.loads((shared / f"captures/directories/{capture}.json").read_text())
    schema = _schema_of(document)
    found = check_mappings(
        ObjectMapping(mappings=[*PERSON, direct("maill")]),
        schema,
        structural_class="inetOrgPerson",
        anchor="entryUUID",
    )
    assert ("$.mappings[4].target", "did you mean mail?") in {
        (one.path, one.hint) for one in found if one.code == "unknown-attribute"
    }
    assert not any(one.path == "$.mappings[3].target" for one in found)


def _schema_of(document: object) -> Schema:
    """Find the subschema attributes, wherever a capture keeps them."""
    if isinstance(document, dict):
        if any(name.lower() == "attributetypes" for name in document):
            return Schema.parse(document)
        for value in document.values():
            found = _schema_of(value)
            if found.attribute_types:
                return found
    return Schema.parse({})


def own_schema() -> Schema:
    return Schema.parse(
        {
            "attributeTypes": [
                "( 2.5.4.0 NAME 'objectClass' SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )",
                "( 1.1 NAME 'flag' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 )",
                "( 1.2 NAME 'when' SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )",
                "( 1.3 NAME 'old' OBSOLETE SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
                "( 1.4 NAME 'id' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 NO-USER-MODIFICATION )",
                "( 1.5 NAME 'no' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
                "( 1.6 NAME 'userPassword' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )",
            ],
            "objectClasses": [
                (
                    "( 1.9 NAME 'thing' STRUCTURAL MUST ( id $ no $ userPassword )"
                    " MAY ( flag $ when $ old ) )"
                )
            ],
        }
    )


def test_kinds_against_syntaxes_of_another_schema() -> None:
    found = check_mappings(
        [
            computed("-dn-", 'Append("no=", [x])', escape_dn=True),
            computed("flag", 'BitAnd([x], "1")'),
            computed("when", "IsPresent([x])"),
            direct("old"),
            direct("no", "y"),
            direct("export_password", "p"),
            direct("_distinguishedName", "d", matching_precedence=1),
        ],
        own_schema(),
        structural_class="thing",
    )
    assert {(one.code, one.path) for one in found} == {
        ("wrong-syntax", "$.mappings[1].source"),
        ("wrong-syntax", "$.mappings[2].source"),
        ("obsolete-attribute", "$.mappings[3].target"),
        ("rdn-conflict", "$.mappings[0].source"),
    }
    assert next(one for one in found if one.code == "rdn-conflict").severity is Severity.ERROR


def test_a_name_from_an_attribute_hides_its_type() -> None:
    found = check_mappings(
        [direct("-dn-", "dn"), *PERSON[1:]], SCHEMA, structural_class="inetOrgPerson"
    )
    assert found == ()
