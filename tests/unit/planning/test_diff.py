"""The rules of ``planning/_diff.py``, by their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldapconnector.entries import Entry, Modify, apply_change
from ldapconnector.mapping import FlowType, MappedValue
from ldapconnector.planning import Comparer, diff
from ldapconnector.schema import Schema

COMPARER = Comparer(Schema.standard())
NAME = "cn=jane,ou=people,dc=x"


def entry(**values):
    return Entry(NAME, {"objectClass": "inetOrgPerson", "cn": "jane", "sn": "Doe", **values})


def wanted(attribute, *values, **options):
    octets = tuple(one if isinstance(one, bytes) else one.encode() for one in values)
    return MappedValue(attribute=attribute, values=octets or None, **options)


def modifications(before, *values):
    return [
        (str(one.operation), one.attribute, one.values)
        for one in diff(before, values, COMPARER).modifications
    ]


def test_1_attributes_without_a_mapping_are_left_alone():
    assert not diff(entry(mail="a@x", title="T"), [wanted("sn", "Doe")], COMPARER)


def test_2_equal_octets_are_equal_values_even_against_their_syntax():
    assert not diff(entry(mail=b"\xff"), [wanted("mail", b"\xff")], COMPARER)


@pytest.mark.parametrize(
    ("attribute", "before", "after"),
    [
        ("mail", "Jane@Example.COM", "jane@example.com"),
        ("sn", "van  der   Meer", "van der Meer"),
        ("uidNumber", "007", "7"),
        ("manager", "CN=Omar\\2C Dr.,DC=x", "cn=omar\\, dr.,dc=x"),
        ("telephoneNumber", "+49 30 1234", "+493012 34"),
    ],
)
def test_3_values_are_compared_by_their_matching_rule(attribute, before, after):
    assert not diff(entry(**{attribute: before}), [wanted(attribute, after)], COMPARER)


def test_3_the_order_of_values_means_nothing():
    assert not diff(entry(mail=["b@x", "a@x"]), [wanted("mail", "a@x", "b@x")], COMPARER)


def test_3_an_attribute_is_found_under_its_other_name():
    before = entry(rfc822Mailbox="a@x")
    assert not diff(before, [wanted("mail", "a@x")], COMPARER)


def test_4_creation_only_values_are_left_alone():
    value = wanted("title", "Boss", creation_only=True)
    assert not diff(entry(title="Engineer"), [value], COMPARER)


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (FlowType.ALWAYS, ("b@x",)),
        (FlowType.OBJECT_ADD_ONLY, ("a@x",)),
        (FlowType.ATTRIBUTE_ADD_ONLY, ("a@x",)),
        (FlowType.VALUE_ADD_ONLY, ("a@x", "b@x")),
        (FlowType.MULTI_VALUE_ADD_ONLY, ("a@x", "b@x")),
    ],
)
def test_4_flow_types(flow, expected):
    before = entry(mail="a@x")
    found = diff(before, [wanted("mail", "b@x", flow_type=flow)], COMPARER)
    after = apply_change(before, Modify(NAME, found.modifications))
    assert after.text("mail") == expected


def test_4_null_clears_only_with_both_switches():
    assert not diff(entry(title="T"), [wanted("title")], COMPARER)
    assert modifications(entry(title="T"), wanted("title", clears=True)) == [
        ("delete", "title", ())
    ]


def test_5_the_value_of_the_name_stands_beside_the_mapped_one_once_and_for_all():
    before = entry()
    found = diff(before, [wanted("cn", "Jane Doe")], COMPARER)
    assert [(one.operation, one.values) for one in found.modifications] == [("add", (b"Jane Doe",))]
    after = apply_change(before, Modify(NAME, found.modifications))
    assert not diff(after, [wanted("cn", "Jane Doe")], COMPARER)


def test_5_a_change_beside_the_name_never_names_the_names_value():
    before = entry(cn=["jane", "Jane Doe"])
    assert modifications(before, wanted("cn", "Jane Roe")) == [
        ("delete", "cn", (b"Jane Doe",)),
        ("add", "cn", (b"Jane Roe",)),
    ]


def test_5_values_beside_the_name_go_and_none_comes():
    before = entry(cn=["jane", "Jane Doe", "Jane Roe"])
    assert modifications(before, wanted("cn", "jane")) == [
        ("delete", "cn", (b"Jane Doe", b"Jane Roe"))
    ]


def test_5_the_names_value_is_known_in_another_spelling():
    before = Entry("CN=Jane,dc=x", {"cn": ["JANE", "Other"]})
    assert modifications(before, wanted("cn", clears=True)) == [("delete", "cn", (b"Other",))]


def test_6_a_single_valued_name_changes_by_a_rename_only():
    before = Entry("c=DE,dc=x", {"objectClass": "country", "c": "DE"})
    (fault,) = diff(before, [wanted("c", "FR")], COMPARER).faults
    assert "rename" in fault


def test_8_object_classes_are_only_added():
    before = entry(objectClass=["top", "inetOrgPerson", "ldapPublicKey"])
    assert modifications(before, wanted("objectClass", "inetOrgPerson", "posixAccount")) == [
        ("add", "objectClass", (b"posixAccount",))
    ]


def test_9_a_group_of_many_members_changes_by_one_value():
    many = [f"cn=m{number},dc=x" for number in range(1000)]
    before = Entry("cn=g,dc=x", {"objectClass": "groupOfNames", "cn": "g", "member": many})
    found = diff(before, [wanted("member", *many[1:], "cn=new,dc=x")], COMPARER).modifications
    assert [(one.operation, one.values) for one in found] == [
        ("delete", (b"cn=m0,dc=x",)),
        ("add", (b"cn=new,dc=x",)),
    ]


def test_9_one_value_against_another_is_a_replace():
    assert modifications(entry(title="A"), wanted("title", "B")) == [("replace", "title", (b"B",))]


def test_10_without_an_equality_rule_all_values_are_replaced():
    before = entry(jpegPhoto=[b"\xff\xd8one", b"\xff\xd8two"])
    assert modifications(before, wanted("jpegPhoto", b"\xff\xd8one", b"\xff\xd8new")) == [
        ("replace", "jpegPhoto", (b"\xff\xd8one", b"\xff\xd8new"))
    ]


def test_11_references_are_kept_apart():
    found = diff(entry(), [wanted("manager", "cn=boss,dc=x", reference=True)], COMPARER)
    assert not found.modifications
    assert len(found.references) == 1


def test_12_the_order_is_that_of_the_mappings():
    values = [wanted(name, "x") for name in ("title", "mail", "description", "l")]
    found = diff(entry(), values, COMPARER).modifications
    assert [one.attribute for one in found] == ["title", "mail", "description", "l"]


def test_a_change_says_before_after_and_origin():
    (change,) = diff(entry(title="A"), [wanted("title", "B")], COMPARER).changes
    assert str(change) == "title: A -> B"
    assert "B" not in repr(change)


VALUES = st.lists(
    st.text(st.sampled_from("aAbB "), min_size=1, max_size=3).map(str.strip).filter(bool),
    max_size=5,
)


@given(VALUES, VALUES)
def test_what_is_applied_needs_nothing_more(before, after):
    start = entry(description=list({one.lower(): one for one in before}.values()))
    value = wanted("description", *after, clears=True)
    found = diff(start, [value], COMPARER)
    end = apply_change(start, Modify(NAME, found.modifications), COMPARER.schema)
    assert not diff(end, [value], COMPARER)
    assert COMPARER.same("description", end.get("description", ()), value.values or ())


@given(VALUES, VALUES)
def test_what_is_applied_beside_the_name_needs_nothing_more(before, after):
    start = entry(cn=["jane", *{one.lower(): one for one in before}.values()])
    value = wanted("cn", *after, clears=True)
    found = diff(start, [value], COMPARER)
    assert all(one.values for one in found.modifications)
    end = apply_change(start, Modify(NAME, found.modifications), COMPARER.schema)
    assert not diff(end, [value], COMPARER)
    assert COMPARER.same("cn", end["cn"], (b"jane", *(value.values or ())))
