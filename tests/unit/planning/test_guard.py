"""The rules of ``planning/_guard.py``, by their numbers; G7 to G9 are tested with the plan."""

from __future__ import annotations

import pytest

from ldapconnector.entries import Entry
from ldapconnector.errors import UsageError
from ldapconnector.planning import DeletionGuard, History
from ldapconnector.planning._guard import evaluate, is_protected

ADMIN = Entry("cn=Admin,dc=x", {"cn": "Admin", "description": "break glass"})


def rules(guard, *, removals, managed=1000, users=900, history=None):
    holds = evaluate(
        guard, removals=removals, managed=managed, users=users, history=history or History()
    )
    return {hold.rule for hold in holds}


def test_without_removals_nothing_is_held():
    assert rules(DeletionGuard(maximum=0), removals=0, users=0) == set()


@pytest.mark.parametrize(("removals", "held"), [(10, set()), (11, {"G2"})])
def test_g2_the_maximum_itself_is_allowed(removals, held):
    assert rules(DeletionGuard(maximum=10, percent=None), removals=removals) == held


@pytest.mark.parametrize(
    ("removals", "managed", "held"),
    [(10, 100, set()), (11, 100, {"G3"}), (3, 4, set()), (4, 4, {"G3"}), (4, 0, {"G3"})],
)
def test_g3_a_share_of_the_managed_accounts_save_for_a_few(removals, managed, held):
    assert rules(DeletionGuard(percent=10), removals=removals, managed=managed) == held


def test_g4_an_empty_source_holds_a_single_removal():
    assert rules(DeletionGuard(), removals=1, users=0) == {"G4"}
    assert rules(DeletionGuard(empty_source=False), removals=1, users=0) == set()
    assert rules(DeletionGuard(), removals=1, users=None) == set()


@pytest.mark.parametrize(("users", "held"), [(50, set()), (49, {"G5"})])
def test_g5_a_source_that_lost_more_than_its_share(users, held):
    history = History(users=100)
    assert rules(DeletionGuard(), removals=1, users=users, history=history) == held


def test_g5_a_tiny_source_may_lose_a_few():
    assert rules(DeletionGuard(), removals=3, users=1, history=History(users=4)) == set()


@pytest.mark.parametrize(("removals", "held"), [(20, set()), (21, {"G6"})])
def test_g6_a_jump_against_the_remembered_cycles(removals, held):
    history = History(users=900, removals=(0, 2, 1))
    assert rules(DeletionGuard(jump=10), removals=removals, history=history) == held


def test_g6_needs_a_cycle_to_compare_with_and_takes_nought_for_one():
    assert rules(DeletionGuard(jump=10), removals=50) == set()
    history = History(users=900, removals=(0, 0))
    assert rules(DeletionGuard(jump=10), removals=11, history=history) == {"G6"}


def test_a_guard_that_is_off_holds_nothing():
    assert rules(DeletionGuard.off(), removals=1000, users=0) == set()


def test_g7_protected_by_name_and_by_filter():
    assert is_protected(DeletionGuard(protected=("CN=admin,DC=X",)), ADMIN).startswith("G7")
    by_filter = DeletionGuard(protected_filter="(description=BREAK glass)")
    assert "filter" in is_protected(by_filter, ADMIN)
    assert not is_protected(DeletionGuard(protected=("cn=other,dc=x",)), ADMIN)


@pytest.mark.parametrize(
    "wrong", [{"maximum": -1}, {"percent": 101}, {"tolerated": -1}, {"shrunken_source": -0.1}]
)
def test_limits_that_cannot_be_are_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        DeletionGuard(**wrong)


def test_the_history_forgets():
    history = History()
    for removals in range(12):
        history = history.after(users=5, removals=removals, remembered=3)
    assert history == History(users=5, removals=(9, 10, 11))
