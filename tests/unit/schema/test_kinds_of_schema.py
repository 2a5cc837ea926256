"""What is asked of a schema, and what a schema is read from, in the wrong kind."""

from __future__ import annotations

import pytest

from ldapconnector.entries import Entry
from ldapconnector.errors import UsageError
from ldapconnector.schema import Schema
from ldapconnector.vendors import identify

STANDARD = Schema.standard()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: STANDARD.must("person"), r'not str; write \["person"\] for a single one'),
        (lambda: STANDARD.may(b"person"), "not bytes"),
        (lambda: STANDARD.must(None), "not NoneType"),
        (lambda: STANDARD.must([None]), "not NoneType"),
        (lambda: STANDARD.structural_class("person"), "not str"),
        (lambda: STANDARD.check({"objectClass": ["person"]}), "an Entry, not dict"),
        (lambda: STANDARD.check(None), "an Entry, not NoneType"),
        (lambda: Schema.parse(None), "a subschema entry is a mapping"),
        (lambda: Schema.parse([]), "a mapping of attribute names to values, not list"),
        (lambda: Schema.parse({5: ["x"]}), "a text, not int"),
        (lambda: Schema.parse({"attributeTypes": None}), "the value of attributeTypes"),
        (lambda: Schema.parse({"attributeTypes": [5]}), "a text or octets, not int"),
        (lambda: identify("x"), "a root DSE is a mapping"),
        (lambda: identify({"vendorName": None}), "the value of vendorName"),
        (lambda: identify({"vendorName": [None]}), "a text or octets, not NoneType"),
        (lambda: identify({5: ["x"]}), "a text, not int"),
        (lambda: identify({}, {"attributeTypes": []}), "Schema.parse reads a subschema entry"),
    ],
)
def test_the_wrong_kind(ask, message):
    with pytest.raises(UsageError, match=message):
        ask()


def test_classes_as_an_entry_has_them():
    entry = Entry("cn=a", {"objectClass": ["person", "posixAccount"]})
    classes = entry["objectClass"]
    assert STANDARD.must(classes) == STANDARD.must(["person", "posixAccount"])
    assert STANDARD.may(classes) == STANDARD.may(["person", "posixAccount"])
    assert STANDARD.structural_class(classes) == "person"


@pytest.mark.parametrize(
    "definition",
    ["( 2.1 NAME 'thing' SUP nowhere MUST cn )", "( 2.1 NAME 'thing' SUP thing MUST cn )"],
)
def test_an_entry_may_have_its_classes_though_top_is_out_of_reach(definition):
    schema = Schema.parse(
        {
            "attributeTypes": [
                "( 2.5.4.0 NAME 'objectClass' SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )",
                "( 2.5.4.3 NAME 'cn' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
            ],
            "objectClasses": [definition],
        }
    )
    assert schema.check(Entry("cn=a", {"objectClass": "thing", "cn": "a"})) == ()
