"""Matching. Rule numbers are those of mapping/_match.py."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import pytest

from ldapconnector.entries import Entry
from ldapconnector.errors import EvaluationError, MappingError
from ldapconnector.mapping import (
    AttributeMapping,
    CompiledMatching,
    Computed,
    Direct,
    MatchCriterion,
    MatchIndex,
    MatchKind,
    MatchOutcome,
    MatchRule,
    MatchRules,
    NoSource,
    ObjectMapping,
    match_by_index,
    match_by_lookup,
)
from ldapconnector.names import DN, Filter
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()


def rules(*criteria: tuple[int, str, str]) -> MatchRules:
    return MatchRules.of(
        ObjectMapping(
            mappings=[
                AttributeMapping(
                    target=target,
                    source=Computed(source) if "(" in source else Direct(source),
                    matching_precedence=number,
                )
                for number, target, source in criteria
            ]
        )
    )


def entry(dn: str, **attributes: str | list[str]) -> Entry:
    return Entry(dn, attributes)


class Server:
    """Answers filters from entries, and remembers what it was asked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.asked: list[list[str]] = []

    def find(self, filters: Sequence[Filter]) -> list[tuple[Entry, ...]]:
        self.asked.append([str(one) for one in filters])
        return [
            tuple(one for one in self.entries if wanted.matches(one, SCHEMA)) for wanted in filters
        ]


def both_ways(
    matching_rules: MatchRules,
    entries: Sequence[Entry],
    users: Sequence[dict[str, object]],
    **options: object,
) -> tuple[MatchOutcome, ...]:
    """Match by an index and by look-ups; rule 7 says that they agree."""
    matching = CompiledMatching(matching_rules, schema=SCHEMA)
    by_index = match_by_index(users, MatchIndex(entries, matching), **options)
    assert match_by_lookup(users, matching, Server(entries).find, **options) == by_index
    return by_index


JANE = entry("uid=jane,dc=x", uid="jane", mail="Jane@X.org", employeeNumber="7")
OMAR = entry("uid=omar,dc=x", uid="omar", mail="omar@x.org", employeeNumber="8")


def test_rule_1_the_first_rule_that_finds_one_decides_and_later_ones_are_not_asked() -> None:
    server = Server([JANE, OMAR])
    matching = CompiledMatching(rules((2, "uid", "alias"), (1, "mail", "mail")), schema=SCHEMA)
    users = [
        {"id": "1", "mail": "jane@x.org", "alias": "omar"},
        {"id": "2", "mail": "nobody@x.org", "alias": "omar"},
    ]
    first, second = match_by_lookup(users, matching, server.find)
    assert (first.kind, first.precedence, first.entry) == (MatchKind.ONE, 1, JANE)
    assert (second.kind, second.precedence, second.entry) == (MatchKind.ONE, 2, OMAR)
    assert server.asked == [["(mail=jane@x.org)", "(mail=nobody@x.org)"], ["(uid=omar)"]]
    assert "rule 1 (mail = [mail]) finds uid=jane,dc=x" in first.text


def test_rule_2_several_objects_are_ambiguous() -> None:
    twin = entry("uid=jane2,dc=x", uid="jane2", mail="jane@x.org")
    (found,) = both_ways(rules((1, "mail", "mail")), [JANE, twin], [{"mail": "jane@x.org"}])
    assert found.kind is MatchKind.AMBIGUOUS
    assert found.dns == (JANE.dn, twin.dn)
    assert "uid=jane,dc=x; uid=jane2,dc=x" in found.text


def test_rule_2_a_later_rule_may_pick_one_of_them_but_no_other() -> None:
    twin = entry("uid=jane2,dc=x", uid="jane2", mail="jane@x.org")
    steps = rules((1, "mail", "mail"), (2, "uid", "alias"))
    users = [
        {"id": "1", "mail": "jane@x.org", "alias": "jane2"},
        {"id": "2", "mail": "jane@x.org", "alias": "omar"},
        {"id": "3", "mail": "jane@x.org"},
    ]
    picked, other, undecided = both_ways(steps, [JANE, twin, OMAR], users)
    assert (picked.kind, picked.entry) == (MatchKind.ONE, twin)
    assert other.kind is MatchKind.AMBIGUOUS
    assert other.dns == (JANE.dn, twin.dn, OMAR.dn)
    assert undecided.kind is MatchKind.AMBIGUOUS


def test_rule_3_values_compare_by_matching_rule_and_need_no_escaping() -> None:
    odd = entry("uid=o,dc=x", uid=r"o*(n)e\il", employeeNumber="9")
    matching = CompiledMatching(rules((1, "uid", "alias")), schema=SCHEMA)
    (wanted,) = matching.filters({"alias": r"O*(N)E\IL"})
    assert str(wanted) == r"(uid=O\2a\28N\29E\5cIL)"
    (found,) = both_ways(rules((1, "uid", "alias")), [odd, JANE], [{"alias": r"O*(N)E\IL"}])
    assert found.entry == odd


def test_rule_4_a_combination_must_match_as_a_whole() -> None:
    steps = rules((1, "employeeNumber", "number"), (1, "mail", "mail"))
    assert len(steps.rules) == 1
    users = [
        {"id": "1", "number": "7", "mail": "jane@x.org"},
        {"id": "2", "number": "7", "mail": "omar@x.org"},
        {"id": "3", "number": "7"},
    ]
    whole, half, without = both_ways(steps, [JANE, OMAR], users)
    assert whole.entry == JANE
    assert half.kind is MatchKind.NONE
    assert without.kind is MatchKind.NO_VALUE
    (wanted,) = CompiledMatching(steps).filters(users[0])
    assert str(wanted) == "(&(employeeNumber=7)(mail=jane@x.org))"


def test_rule_5_no_value() -> None:
    (found,) = both_ways(rules((1, "mail", "mail")), [JANE], [{"id": "1", "mail": ""}])
    assert found.kind is MatchKind.NO_VALUE
    assert "mail = [mail]" in found.text
    (none,) = both_ways(MatchRules([]), [JANE], [{"id": "1"}])
    assert (none.kind, none.text) == (MatchKind.NO_VALUE, "there is no matching rule")


def test_rule_6_two_users_for_one_object_are_both_reported() -> None:
    users = [{"id": "b", "mail": "jane@x.org"}, {"id": "a", "mail": "JANE@X.ORG"}]
    found = both_ways(rules((1, "mail", "mail")), [JANE], users)
    assert [one.kind for one in found] == [MatchKind.SHARED] * 2
    assert [one.users for one in found] == [("a", "b")] * 2
    assert found[0].dns == (JANE.dn,)
    assert "none of them is written" in found[0].text


def test_rule_6_an_object_that_is_linked_already_is_shared() -> None:
    users = [{"id": "new", "mail": "jane@x.org"}]
    (found,) = both_ways(rules((1, "mail", "mail")), [JANE], users, owners={JANE.dn: "old"})
    assert (found.kind, found.users) == (MatchKind.SHARED, ("new", "old"))
    (own,) = both_ways(rules((1, "mail", "mail")), [JANE], users, owners={JANE.dn: "new"})
    assert own.kind is MatchKind.ONE


def test_a_function_may_tell_whose_an_object_is() -> None:
    index = MatchIndex([JANE, OMAR], CompiledMatching(rules((1, "mail", "mail")), schema=SCHEMA))
    asked: list[Entry] = []
    users = [{"id": "new", "mail": "jane@x.org"}, {"id": "none", "mail": "x@x.org"}]
    found, none = match_by_index(users, index, owners=lambda one: asked.append(one) or "old")
    assert (found.kind, found.users) == (MatchKind.SHARED, ("new", "old"))
    assert none.kind is MatchKind.NONE
    assert asked == [JANE]


def test_what_lies_outside_of_the_base_is_not_found() -> None:
    twin = entry("uid=jane,ou=left,dc=x", mail="jane@x.org")
    matching = CompiledMatching(rules((1, "mail", "mail")), schema=SCHEMA)
    for base, expected in ((None, (JANE, twin)), ("ou=left,dc=x", (twin,)), ("dc=y", ())):
        index = MatchIndex([JANE, twin], matching, base=base and DN.parse(base))
        assert index.find(0, ((b"JANE@x.org",),)) == expected


def test_an_object_that_holds_one_value_twice_by_rule_is_found_once() -> None:
    doubled = entry("uid=b,dc=x", mail=["b@x.org", "B@X.ORG"])
    other = entry("uid=c,dc=x", mail=["c@x.org", "b@x.org", "B@x.org"])
    matching = CompiledMatching(rules((1, "mail", "mail")), schema=SCHEMA)
    assert MatchIndex([doubled], matching).find(0, ((b"b@X.org",),)) == (doubled,)
    found = MatchIndex([JANE, other, doubled], matching).find(0, ((b"b@X.org",),))
    assert found == (other, doubled)


def test_rule_6_two_new_users_with_one_matching_value() -> None:
    users = [
        {"id": "a", "mail": "new@x.org"},
        {"id": "b", "mail": "New@x.org"},
        {"id": "c", "mail": "other@x.org"},
    ]
    a, b, c = both_ways(rules((1, "mail", "mail")), [JANE], users)
    assert (a.kind, b.kind, c.kind) == (MatchKind.SHARED, MatchKind.SHARED, MatchKind.NONE)
    assert a.users == ("a", "b")
    assert a.entry is None


def test_several_values_match_when_one_does() -> None:
    (found,) = both_ways(
        rules((1, "mail", "mails")), [JANE, OMAR], [{"mails": ["x@x.org", "omar@x.org"]}]
    )
    assert found.entry == OMAR


def test_subtypes_and_options_match_as_in_a_filter() -> None:
    named = Entry("cn=a,dc=x", {"cn;lang-en": "Ann", "sn": "Lee"})
    for attribute in ("cn", "name", "cn;lang-en"):
        (found,) = both_ways(rules((1, attribute, "n")), [named, JANE], [{"n": "ann"}])
        assert found.entry == named, attribute
    (none,) = both_ways(rules((1, "cn;lang-de", "n")), [named], [{"n": "ann"}])
    assert none.kind is MatchKind.NONE


def test_matching_by_name() -> None:
    for target in ("-dn-", "_distinguishedName"):
        matching = CompiledMatching(
            rules((1, target, 'Join("", "UID=", [a], ",DC=x")')), schema=SCHEMA
        )
        index = MatchIndex([JANE, OMAR], matching)
        found, none = match_by_index([{"id": "1", "a": "Jane"}, {"id": "2", "a": ","}], index)
        assert found.entry == JANE
        assert none.kind is MatchKind.NONE
        assert str(matching.filters({"a": "Jane"})[0]) == "(entryDN=UID=Jane,DC=x)"


def test_a_failing_expression_is_a_fault_of_that_user() -> None:
    steps = rules((1, "mail", "Item([mails], 9)"))
    users = [{"id": "1", "mails": ["a"]}]
    (found,) = both_ways(steps, [JANE], users)
    assert found.kind is MatchKind.FAULT
    with pytest.raises(EvaluationError):
        CompiledMatching(steps).values(users[0])


def test_half_a_character_is_a_fault_of_that_user() -> None:
    steps = rules((1, "mail", "mail"), (2, "cn", "cn"))
    users: list[dict[str, object]] = [
        {"id": "1", "mail": "\ud800"},
        {"id": "2", "mail": ["a", "\udfff"]},
        {"id": "3", "cn": "x\ud800"},
        {"id": "4", "mail": "jane@example.com"},
    ]
    *broken, found = both_ways(steps, [entry("cn=j,dc=x", mail="jane@example.com")], users)
    assert {one.kind for one in broken} == {MatchKind.FAULT}
    assert "lone surrogate" in broken[2].text
    assert found.kind is MatchKind.ONE
    for user in users[:3]:
        with pytest.raises(MappingError, match="character 2" if "cn" in user else "character 1"):
            CompiledMatching(steps).filters(user)


def test_a_failing_look_up_is_not_taken_for_nobody() -> None:
    def find(_: object) -> list[tuple[Entry, ...]]:
        raise ConnectionError

    matching = CompiledMatching(rules((1, "mail", "mail")))
    with pytest.raises(ConnectionError):
        match_by_lookup([{"mail": "a"}], matching, find)


def test_rules_that_cannot_work_are_refused() -> None:
    with pytest.raises(MappingError, match="compares nothing"):
        MatchRule(precedence=1, criteria=[])
    with pytest.raises(MappingError, match="needs a source"):
        MatchCriterion("mail", NoSource())
    one = MatchRule(precedence=1, criteria=[MatchCriterion("mail", Direct("mail"))])
    with pytest.raises(MappingError, match="two matching rules have precedence 1"):
        MatchRules([one, one])


def test_rules_are_values() -> None:
    steps = rules((1, "mail", "mail"), (2, "uid", "alias"))
    assert pickle.loads(pickle.dumps(steps)) == steps
    assert steps.attributes == {"mail", "uid"}
    outcome = MatchOutcome(kind=MatchKind.ONE, entry=JANE, dns=(DN.parse("uid=jane,dc=x"),))
    assert pickle.loads(pickle.dumps(outcome)) == outcome


def test_a_value_that_breaks_the_syntax_finds_nothing_as_on_a_server() -> None:
    odd = entry("uid=o,dc=x", uid="o", mail="é@x")
    found, none = both_ways(
        rules((1, "mail", "mail")),
        [odd, JANE],
        [{"id": "1", "mail": "é@x"}, {"id": "2", "mail": "É@x"}],
    )
    assert (found.kind, none.kind) == (MatchKind.NONE, MatchKind.NONE)
    steps = rules((1, "mail", "mail"), (1, "uid", "uid"))
    (both,) = both_ways(steps, [odd], [{"id": "1", "mail": "é@x", "uid": "o"}])
    assert both.kind is MatchKind.NONE
