"""The decision table of docs/deprovisioning.md against ``decide``, in both directions."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ldapconnector.errors import UsageError
from ldapconnector.mapping import ObjectAction
from ldapconnector.planning import (
    Account,
    AccountState,
    DecisionAction,
    DeprovisioningPolicy,
    Event,
    Flow,
    FlowKind,
    classify,
    decide,
    is_soft_deleted,
)

PAGE = Path(__file__).parents[3] / "docs" / "deprovisioning.md"
FLOWS = (Flow.none(), Flow.delete(), Flow.set("loginDisabled", "TRUE"), Flow.product())
WRITES = {FlowKind.SET, FlowKind.PRODUCT}


def rows():
    section = PAGE.read_text(encoding="utf-8").split("## The decision table")[1]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]][:20]


def holds(condition, policy, actions):
    match condition.split():
        case ["action", name, "off"]:
            return ObjectAction(name) not in actions
        case ["neither", "flow", "writes"]:
            return not {policy.disable.kind, policy.delete.kind} & WRITES
        case [name, "flow", "writes"]:
            return getattr(policy, name).kind in WRITES
        case [name, "flow", kind]:
            return getattr(policy, name).kind is FlowKind(kind)
        case [name, "on"]:
            return getattr(policy, name)
        case [name, "off"]:
            return not getattr(policy, name)
    raise AssertionError(condition)


def fits_account(cell, account):
    match cell:
        case "":
            return True
        case "let go":
            return not account.managed
        case "not disabled by us":
            return not account.disabled_by_us
    return account.state is AccountState(cell)


def fits(row, event, account, policy, actions):
    events, conditions, state, _, _ = row
    return (
        (events == "any" or event in {Event(one.strip()) for one in events.split(",")})
        and all(holds(one.strip(), policy, actions) for one in conditions.split(",") if one.strip())
        and fits_account(state, account)
    )


def combinations():
    switches = [(ObjectAction.UPDATE, ObjectAction.DELETE), (ObjectAction.UPDATE,)]
    switches += [(ObjectAction.DELETE,), ()]
    booleans = (False, True)
    for disable, delete, skip, manage in itertools.product(FLOWS, FLOWS, booleans, booleans):
        policy = DeprovisioningPolicy(
            disable=disable,
            delete=delete,
            skip_out_of_scope_deletions=skip,
            manage_after_unassignment=manage,
        )
        for event, actions, state, managed, ours in itertools.product(
            Event, switches, AccountState, booleans, booleans
        ):
            account = Account(state=state, managed=managed, disabled_by_us=ours)
            yield event, account, policy, frozenset(actions)


def test_the_page_and_the_function_agree_everywhere_and_no_row_is_idle():
    table = rows()
    assert len(table) == 20
    used = set()
    count = 0
    for event, account, policy, actions in combinations():
        number = next(
            n for n, row in enumerate(table) if fits(row, event, account, policy, actions)
        )
        used.add(number)
        count += 1
        decided = decide(event, account, policy, actions=actions)
        expected = DecisionAction(table[number][3]), table[number][4]
        assert (decided.action, decided.rule) == expected, (event, account, policy, actions)
        assert decided.reason
        if decided.action in (DecisionAction.DISABLE, DecisionAction.ENABLE):
            assert decided.flow.kind in WRITES
        lets_go = (
            event is Event.UNASSIGNED
            and account.state is not AccountState.ABSENT
            and not policy.manage_after_unassignment
            and decided.action is not DecisionAction.DELETE
        )
        assert decided.stop_managing is lets_go
    assert used == set(range(len(table)))
    assert count == 18432


@pytest.mark.parametrize(
    ("user", "options", "event"),
    [
        ({}, {}, None),
        ({"accountEnabled": True}, {}, None),
        ({"accountEnabled": None}, {}, None),
        ({"accountEnabled": "False"}, {}, Event.DISABLED_AT_SOURCE),
        ({"accountEnabled": False}, {"in_scope": False}, Event.OUT_OF_SCOPE),
        ({}, {"assigned": False, "in_scope": False}, Event.UNASSIGNED),
        ({"deletedDateTime": "2026-01-01T00:00:00Z"}, {"assigned": False}, Event.SOFT_DELETED),
        ({"@removed": {"reason": "changed"}}, {}, Event.SOFT_DELETED),
        ({"@removed": {"reason": "deleted"}, "deletedDateTime": "x"}, {}, Event.HARD_DELETED),
    ],
)
def test_events_are_told_from_the_user(user, options, event):
    assert classify(user, **options) is event


def test_a_soft_deletion_becomes_a_hard_one_after_thirty_days():
    user = {"deletedDateTime": "2026-01-01T00:00:00Z"}
    almost = datetime(2026, 1, 30, 23, 59, tzinfo=UTC)
    assert classify(user, now=almost) is Event.SOFT_DELETED
    assert classify(user, now=datetime(2026, 1, 31, tzinfo=UTC)) is Event.HARD_DELETED
    assert classify(user) is Event.SOFT_DELETED


def test_is_soft_deleted_is_true_for_everybody_who_leaves():
    leaving = set(Event) - {Event.RESTORED}
    assert {event for event in (*Event, None) if is_soft_deleted(event)} == leaving


def test_a_flow_says_what_it_lacks():
    with pytest.raises(UsageError, match="needs an attribute and a value"):
        Flow(kind="set", attribute="employeeType")
    with pytest.raises(UsageError, match="takes no attribute"):
        Flow(kind="delete", attribute="employeeType", value="x")


def test_a_boolean_is_turned_round_when_the_user_is_back():
    assert Flow.set("nsAccountLock", "true").when_restored == "false"
    assert Flow.set("employeeType", "left", restored="staff").when_restored == "staff"
