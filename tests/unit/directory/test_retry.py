"""Failover, fail-back and bounded repeats, without a network and without waiting."""

from __future__ import annotations

import pytest

from ldapconnector.directory._retry import Hosts, Pace, is_worth_repeating
from ldapconnector.errors import (
    BindRefused,
    ConnectionFailed,
    LimitExceeded,
    ServerBusy,
    TlsFailed,
    UnknownOutcome,
)
from ldapconnector.profile import Address, RetryPolicy

A, B, C = (Address(name, 389) for name in "abc")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def hosts(clock):
    return Hosts([A, B, C], fail_back_after=60, clock=clock)


def test_hosts_are_tried_in_the_profiles_order(hosts):
    assert hosts.in_order() == (A, B, C)


def test_a_host_that_failed_stands_behind_the_others_for_a_while(hosts, clock):
    hosts.failed(A)
    assert hosts.in_order() == (B, C, A)
    clock.now = 59.9
    assert hosts.in_order() == (B, C, A)
    clock.now = 60
    assert hosts.in_order() == (A, B, C)


def test_when_all_failed_the_order_is_the_profiles(hosts):
    for host in (C, A, B):
        hosts.failed(host)
    assert hosts.in_order() == (A, B, C)


def test_a_host_that_was_reached_is_forgiven(hosts):
    hosts.failed(A)
    hosts.reached(A)
    assert hosts.in_order() == (A, B, C)


def test_better_hosts_are_those_before_that_may_be_tried_again(hosts, clock):
    hosts.failed(A)
    assert hosts.better_than(C) == (B,)
    assert hosts.better_than(A) == ()
    clock.now = 61
    assert hosts.better_than(C) == (A, B)


def test_only_what_may_pass_is_worth_repeating():
    assert is_worth_repeating(ConnectionFailed("gone"))
    assert is_worth_repeating(ServerBusy("busy"))
    for kind in (BindRefused, TlsFailed, UnknownOutcome, LimitExceeded):
        assert not is_worth_repeating(kind("no"))


def pace(waits, attempts=4, chance=0.0, **settings):
    return Pace(
        policy=RetryPolicy(attempts=attempts, first_delay=1, factor=2, **settings),
        sleep=waits.append,
        chance=lambda: chance,
    )


def failing(times, kind=ConnectionFailed):
    left = [kind("no")] * times

    def work():
        if left:
            raise left.pop()
        return "done"

    return work


def test_work_is_repeated_with_growing_waits():
    waits = []
    assert pace(waits).repeat(failing(3)) == "done"
    assert waits == [1, 2, 4]


def test_chance_shortens_the_waits():
    waits = []
    pace(waits, chance=1.0, jitter=0.5).repeat(failing(2))
    assert waits == [0.5, 1.0]


def test_work_is_repeated_only_so_often():
    waits = []
    with pytest.raises(ConnectionFailed):
        pace(waits, attempts=3).repeat(failing(3))
    assert waits == [1, 2]


def test_one_attempt_is_no_repeat():
    waits = []
    with pytest.raises(ConnectionFailed):
        pace(waits, attempts=1).repeat(failing(1))
    assert waits == []


@pytest.mark.parametrize("kind", [BindRefused, TlsFailed, UnknownOutcome])
def test_what_repeating_cannot_mend_is_told_at_once(kind):
    waits = []
    with pytest.raises(kind):
        pace(waits).repeat(failing(1, kind))
    assert waits == []
