"""The report on required attributes."""

from __future__ import annotations

import csv
import io

from ldapconnector.mapping import (
    AttributeMapping,
    CompiledMappings,
    Computed,
    Direct,
    required_report,
)
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()
MAPPINGS = [
    AttributeMapping(target="-dn-", source=Computed('Append("cn=", [displayName])')),
    AttributeMapping(target="sn", source=Direct("surname")),
    AttributeMapping(target="uid", source=Computed('Word([mail], 1, "@")')),
    AttributeMapping(target="gidNumber", source=Computed("Item([groups], 3)")),
]
CLASSES = ["inetOrgPerson", "posixAccount"]


def test_each_lack_is_told_with_its_source() -> None:
    users = [
        {"id": "1", "displayName": "Jane", "surname": "Doe", "mail": "j@x", "groups": ["a"]},
        {"id": "2", "displayName": "=Madonna", "surname": "", "groups": ["1", "2", "3"]},
    ]
    report = required_report(
        users,
        CompiledMappings(MAPPINGS, schema=SCHEMA),
        schema=SCHEMA,
        object_classes=CLASSES,
        optional=["uidNumber"],
    )
    assert report.checked == 2
    assert report.users == ("1", "2")
    found = {(one.source_anchor, one.target): one for one in report.missing}
    assert set(found) == {
        ("1", "gidNumber"),
        ("1", "homeDirectory"),
        ("2", "homeDirectory"),
        ("2", "sn"),
        ("2", "uid"),
    }
    assert found["2", "sn"].sources == ("surname",)
    assert found["2", "sn"].reason == "sn comes from [surname], and the user has no surname"
    assert found["1", "homeDirectory"].reason.startswith("nothing maps homeDirectory")
    assert "Item" in found["1", "gidNumber"].reason
    rows = list(csv.reader(io.StringIO(report.csv())))
    assert rows[0][0] == "source anchor"
    assert "'=Madonna" in {row[1] for row in rows}


def test_classes_may_come_from_a_mapping() -> None:
    mapping = AttributeMapping(target="objectClass", source=Computed('Split("device", ",")'))
    report = required_report(
        [{"id": "1"}],
        CompiledMappings([mapping], schema=SCHEMA),
        schema=SCHEMA,
        object_classes=[],
    )
    assert [one.target for one in report.missing] == ["cn"]


def test_nothing_lacks() -> None:
    users = [{"id": "1", "displayName": "Jane", "surname": "Doe"}]
    report = required_report(
        users,
        CompiledMappings(MAPPINGS, schema=SCHEMA),
        schema=SCHEMA,
        object_classes=["person"],
    )
    assert report.missing == ()


def test_an_empty_result_and_a_password() -> None:
    schema = Schema.parse(
        {
            "attributeTypes": [
                "( 2.5.4.35 NAME 'userPassword' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )",
                "( 1.1 NAME 'x' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
            ],
            "objectClasses": ["( 1.9 NAME 'thing' STRUCTURAL MUST ( x $ userPassword ) )"],
        }
    )
    mappings = [
        AttributeMapping(target="x", source=Computed('Switch([a], , "k", "v")')),
        AttributeMapping(target="export_password", source=Direct("p")),
    ]
    report = required_report(
        [{"id": "1", "a": "other"}],
        CompiledMappings(mappings, schema=schema),
        schema=schema,
        object_classes=["thing"],
    )
    (found,) = report.missing
    assert found.sources == ()
    assert found.reason.endswith("which gives nothing for this user")
