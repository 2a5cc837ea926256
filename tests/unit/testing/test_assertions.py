"""Assertions on entries and plans: silent where all is well, precise where it is not."""

from __future__ import annotations

import pytest

from ldapconnector.directory import MemoryDirectory
from ldapconnector.entries import Entry, FullImport
from ldapconnector.mapping import AttributeMapping, Constant, Direct
from ldapconnector.planning import (
    Action,
    Comparer,
    DirectoryIndex,
    Plan,
    Planner,
    ProvisioningRules,
    Situation,
)
from ldapconnector.schema import Schema
from ldapconnector.testing import (
    assert_entries_equal,
    assert_entry_equal,
    assert_plan,
    assert_planned,
    assert_plans_equal,
)

JANE = {"objectClass": "inetOrgPerson", "cn": "Jane", "sn": "Doe", "mail": ["a@x", "b@x"]}


def refused(check, *arguments, **options):
    with pytest.raises(AssertionError) as caught:
        check(*arguments, **options)
    return str(caught.value)


def test_an_entry_of_a_server_is_what_was_written():
    directory = MemoryDirectory.like(
        "openldap", suffix="dc=x", entries=[Entry("cn=Jane,dc=x", JANE)]
    )
    read = directory.read("cn=Jane,dc=x", ["*", "+"])
    same = {**JANE, "cn": "JANE", "mail": ["B@x", "A@X"]}
    assert_entry_equal(read, Entry("CN=jane , DC=X", same), schema=directory.schema)


def test_each_difference_of_an_entry_is_shown():
    actual = Entry("cn=Jane,dc=x", {**JANE, "title": "Boss", "userPassword": "hunter2"})
    expected = Entry("cn=Joan,dc=x", {**JANE, "mail": ["b@x", "c@x"], "userPassword": "secret"})
    text = refused(assert_entry_equal, actual, expected)
    assert text.splitlines() == [
        "cn=Joan,dc=x is not as expected",
        "  its name",
        "    - cn=Joan,dc=x",
        "    + cn=Jane,dc=x",
        "  mail",
        "    - c@x",
        "    + a@x",
        "  userPassword",
        "    - (withheld)",
        "    + (withheld)",
        "  title",
        "    + Boss",
    ]
    assert_entry_equal(
        actual.moved("cn=Joan,dc=x"), expected, ignore=["MAIL", "userpassword", "title"]
    )
    assert "there is no such entry" in refused(assert_entry_equal, None, expected)


def test_entries_are_compared_as_a_set():
    one, two, three = (Entry(f"cn={n},dc=x", {"cn": str(n)}) for n in range(3))
    assert_entries_equal([one, two], [two, one])
    text = refused(assert_entries_equal, [one, three.with_values("cn", "9")], [two, three])
    assert "- cn=1,dc=x is missing" in text
    assert "+ cn=0,dc=x should not be there" in text
    assert "cn=2,dc=x is not as expected\n  cn\n    - 2\n    + 9" in text


@pytest.fixture
def plan():
    rules = ProvisioningRules(
        mappings=[
            AttributeMapping(target="-dn-", source=Direct("dn")),
            AttributeMapping(target="objectClass", source=Constant("inetOrgPerson")),
            AttributeMapping(target="cn", source=Direct("name"), matching_precedence=1),
            AttributeMapping(target="sn", source=Direct("name")),
        ]
    )
    schema = Schema.standard()

    def make(*names):
        users = [
            {"id": name, "displayName": name, "dn": f"cn={name},dc=x", "name": name}
            for name in names
        ]
        index = DirectoryIndex.of(FullImport(entries=()), anchor="dn", comparer=Comparer(schema))
        return Planner(rules, schema).plan(users, Situation(index=index))

    return make


def test_a_plan_is_counted(plan):
    assert_plan(plan("Ada", "Bob"), create=2, held=False)
    text = refused(assert_plan, plan("Ada"), update=1, held=True)
    assert "  create: expected 0, got 1\n  update: expected 1, got 0\n" in text
    assert "expected it to be held, and it is not" in text
    assert "create   Ada" in text
    with pytest.raises(TypeError, match="no plan counts creates"):
        assert_plan(plan(), creates=1)


def test_what_is_planned_for_one_user(plan):
    item = assert_planned(
        plan("Ada"), "Ada", "create", dn="CN=ada,DC=x", values={"SN": "Ada", "cn": [b"Ada"]}
    )
    assert item.action is Action.CREATE
    text = refused(
        assert_planned,
        plan("Ada"),
        "Ada",
        "update",
        dn="cn=other,dc=x",
        values={"sn": "Byron", "mail": None},
    )
    assert "action: expected update, got create" in text
    assert "    - cn=other,dc=x\n    + cn=Ada,dc=x" in text
    assert "  sn\n    - Byron\n    + Ada" in text
    assert "mail: expected a change, and there is none" in text
    assert "does nothing with 'Zoe'; it has items for Ada" in refused(
        assert_planned, plan("Ada"), "Zoe", "create"
    )


def test_two_plans_are_compared(plan):
    assert_plans_equal(plan("Ada"), Plan.from_json(plan("Ada").to_json()))
    text = refused(assert_plans_equal, plan("Ada"), plan("Bob"))
    assert "--- expected" in text
    assert "-  create   Bob" in text
    assert "+  create   Ada" in text
