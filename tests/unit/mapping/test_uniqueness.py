"""Collisions before any write, and numbers that are handed out once."""

from __future__ import annotations

import pytest

from ldapconnector.entries import Entry
from ldapconnector.errors import MappingError
from ldapconnector.mapping import (
    Allocation,
    MappedUser,
    MappedValue,
    MappedValues,
    NumberRange,
    UniquenessRule,
    allocate,
    find_collisions,
)
from ldapconnector.names import DN
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()


def user(anchor: str, dn: str | None = None, **values: str) -> MappedUser:
    return MappedUser(
        source_anchor=anchor,
        dn=None if dn is None else DN.parse(dn),
        values=MappedValues.of(
            *(MappedValue(attribute=k, values=(v.encode(),)) for k, v in values.items())
        ),
    )


def test_two_users_collide_by_matching_rule() -> None:
    people = [(user("1", mail="Jane@X"), None), (user("2", mail="jane@x"), None)]
    (found,) = find_collisions(people, [UniquenessRule("mail")], schema=SCHEMA)
    assert found.users == ("1", "2")
    assert "user 1 and user 2" in found.message
    assert find_collisions(people, [UniquenessRule("mail")]) == ()


def test_a_value_of_another_account_collides_and_the_own_one_does_not() -> None:
    entries = [Entry("uid=a,dc=x", {"uidNumber": "1000"}), Entry("uid=b,dc=x", {"uid": "b"})]
    rule = UniquenessRule("uidNumber")
    own = find_collisions(
        [(user("1", uidNumber="1000"), DN.parse("UID=a,dc=x"))], [rule], entries=entries
    )
    assert own == ()
    (found,) = find_collisions(
        [(user("1", uidNumber="01000"), None)], [rule], entries=entries, schema=SCHEMA
    )
    assert found.entries == (DN.parse("uid=a,dc=x"),)
    assert "entry uid=a,dc=x" in found.message


def test_names_collide() -> None:
    rule = UniquenessRule("-dn-")
    people = [(user("1", "cn=Jane,dc=x"), None), (user("2", "CN=jane , DC=x"), None)]
    (found,) = find_collisions(people, [rule])
    assert found.value == "cn=Jane,dc=x"
    (taken,) = find_collisions(people[:1], [rule], entries=[Entry("cn=jane,dc=x", {"cn": "jane"})])
    assert taken.entries == (DN.parse("cn=jane,dc=x"),)


def test_a_combination_collides_only_as_a_whole() -> None:
    rule = UniquenessRule(["ou", "employeeNumber"])
    one, two = user("1", ou="a", employeeNumber="7"), user("2", ou="b", employeeNumber="7")
    assert find_collisions([(one, None), (two, None)], [rule]) == ()
    three = user("3", ou="b", employeeNumber="7")
    (found,) = find_collisions([(one, None), (two, None), (three, None)], [rule])
    assert (found.users, found.value) == (("2", "3"), "b + 7")


def test_a_user_without_a_value_collides_with_nobody() -> None:
    people = [(user("1"), None), (user("2"), None)]
    assert find_collisions(people, [UniquenessRule("mail"), UniquenessRule("-dn-")]) == ()


def test_a_rule_names_something() -> None:
    with pytest.raises(MappingError):
        UniquenessRule([])
    assert UniquenessRule("urn:ietf:params:scim:schemas:extension:ECMA2Host:2.0:User:uid") == (
        UniquenessRule("uid")
    )


UIDS = NumberRange(attribute="uidNumber", first=100, last=104)


def test_numbers_are_kept_and_never_given_twice() -> None:
    first = allocate(UIDS, ["a", "b"], taken=[101])
    assert dict(first.numbers) == {"a": 100, "b": 102}
    again = allocate(UIDS, ["b", "a"], state=first, taken=[101])
    assert again == first
    after = allocate(UIDS, ["c"], state=first.forgetting(["a"]))
    assert dict(after.numbers) == {"b": 102, "c": 101}
    assert after.retired == {100}
    assert dict(allocate(UIDS, ["d"], state=after).numbers)["d"] == 103


def test_an_exhausted_range_gives_nobody_a_number() -> None:
    with pytest.raises(MappingError, match="has 2 free numbers and 3 new users"):
        allocate(UIDS, ["a", "b", "c"], taken=[100, 101, 102])


def test_a_range_may_name_its_attribute_by_the_urn() -> None:
    urn = "urn:ietf:params:scim:schemas:extension:ECMA2Host:2.0:User:uidNumber"
    assert NumberRange(attribute=urn, first=100, last=104) == UIDS


def test_an_impossible_range_is_refused() -> None:
    with pytest.raises(MappingError, match="from 5 to 4"):
        NumberRange(attribute="uidNumber", first=5, last=4)


def test_asking_twice_in_one_call_gives_one_number() -> None:
    assert dict(allocate(UIDS, ["a", "a"]).numbers) == {"a": 100}


def test_an_allocation_is_hashable() -> None:
    assert hash(Allocation(numbers={"a": 1})) is not None
