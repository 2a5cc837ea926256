"""Account discovery."""

from __future__ import annotations

import csv
import io

from ldapconnector.entries import Entry
from ldapconnector.mapping import (
    AccountState,
    AttributeMapping,
    CompiledMatching,
    Direct,
    MatchIndex,
    ObjectMapping,
    discover_accounts,
)

RULES = ObjectMapping(
    mappings=[
        AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1),
        AttributeMapping(target="uid", source=Direct("alias"), matching_precedence=2),
    ]
)
ENTRIES = [
    Entry("uid=root,dc=x", {"uid": "root"}),
    Entry("uid=jane,dc=x", {"uid": "jane", "mail": "jane@x"}),
    Entry("uid=omar,dc=x", {"uid": "omar"}),
    Entry("uid=t1,dc=x", {"uid": "t1", "mail": "twin@x"}),
    Entry("uid=t2,dc=x", {"uid": "t2", "mail": "twin@x"}),
    Entry("uid=shared,dc=x", {"uid": "shared", "mail": "shared@x"}),
]
USERS = [
    {"id": "jane", "mail": "JANE@x"},
    {"id": "omar", "alias": "omar"},
    {"id": "twin", "mail": "twin@x"},
    {"id": "s1", "mail": "shared@x"},
    {"id": "s2", "alias": "shared"},
    {"id": "new", "mail": "new@x"},
    {"id": "nothing"},
]


def test_every_account_has_one_state() -> None:
    report = discover_accounts(
        USERS, MatchIndex(ENTRIES, CompiledMatching(RULES)), assigned={"jane", "twin", "s1"}
    )
    assert [(str(one.dn), one.state, one.users) for one in report.accounts] == [
        ("uid=root,dc=x", AccountState.LOCAL, ()),
        ("uid=jane,dc=x", AccountState.ASSIGNED, ("jane",)),
        ("uid=omar,dc=x", AccountState.UNASSIGNED, ("omar",)),
        ("uid=t1,dc=x", AccountState.AMBIGUOUS, ("twin",)),
        ("uid=t2,dc=x", AccountState.AMBIGUOUS, ("twin",)),
        ("uid=shared,dc=x", AccountState.DUPLICATE, ("s1", "s2")),
    ]
    assert report.unmatched == ("new",)
    assert report.unknown == ("nothing",)
    assert report.count()[AccountState.AMBIGUOUS] == 2
    assert [str(one.dn) for one in report.of(AccountState.LOCAL)] == ["uid=root,dc=x"]


def test_csv() -> None:
    report = discover_accounts(USERS, MatchIndex(ENTRIES, CompiledMatching(RULES)))
    rows = list(csv.DictReader(io.StringIO(report.csv())))
    assert len(rows) == len(ENTRIES)
    assert rows[2]["state"] == "assigned"
    assert rows[2]["matching precedence"] == "2"
    assert rows[5]["users"] == "s1 s2"


def test_new_users_with_one_matching_value_have_no_account() -> None:
    users = [{"id": "a", "mail": "n@x"}, {"id": "b", "mail": "n@x"}]
    report = discover_accounts(users, MatchIndex(ENTRIES, CompiledMatching(RULES)))
    assert report.unmatched == ("a", "b")
    assert report.count()[AccountState.LOCAL] == len(ENTRIES)
