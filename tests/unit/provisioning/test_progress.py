"""Progress: a bar where there is one, lines of the log otherwise, everything handed on."""

from __future__ import annotations

import importlib.util
import logging
from datetime import UTC, datetime, timedelta

import pytest

from ldapconnector.planning import ProvisioningRules
from ldapconnector.provisioning import ApplyFinished, PlanMade, Progress, Provisioner

START = datetime(2026, 1, 2, tzinfo=UTC)


class Bar:
    def __init__(self, **options):
        self.options, self.count, self.postfix, self.closed = options, 0, "", False

    def update(self, by):
        self.count += by

    def set_postfix_str(self, text):
        self.postfix = text

    def close(self):
        self.closed = True


@pytest.fixture
def no_tqdm(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tqdm" else find(name)
    )


@pytest.fixture
def clock():
    """Let a second pass at each look."""
    ticks = iter(range(100_000))
    return lambda: START + timedelta(seconds=next(ticks))


def run(connector, kit, observer, clock, users=4):
    rules = ProvisioningRules(mappings=kit.mappings())
    provisioner = Provisioner(connector, rules, observer=observer, clock=clock)
    people = [kit.person(number) for number in range(users)]
    people[0]["surname"] = None  # fails
    return list(provisioner.apply(provisioner.plan(people)))


def test_a_bar_is_drawn_and_closed(connector, kit, clock):
    bars = []

    def bar(**options):
        bars.append(Bar(**options))
        return bars[-1]

    outcomes = run(connector, kit, Progress(bar=bar), clock)
    (drawn,) = bars
    assert drawn.options["total"] == len(outcomes) == drawn.count
    assert drawn.closed
    assert drawn.postfix == "1 failed"


def test_without_a_bar_the_log_tells_with_structured_extras(connector, kit, clock, caplog, no_tqdm):
    caplog.set_level(logging.INFO, "ldapconnector")
    run(connector, kit, Progress(interval=timedelta(seconds=1)), clock)
    records = [one for one in caplog.records if one.name == "ldapconnector.progress"]
    assert records[0].getMessage().endswith("3 create, 1 fault, 0 unchanged")
    assert "applying to 4 users" in records[1].getMessage()
    last = records[-1]
    assert last.getMessage().endswith("finished: 1 Failure, 3 Success")
    assert last.failed == 1
    assert last.digest.startswith(last.getMessage().split()[1].rstrip(":"))
    steps = [one for one in records if getattr(one, "finished", 0)]
    assert [one.finished for one in steps] == sorted(one.finished for one in steps)
    assert all(one.total == 4 for one in steps)


def test_lines_keep_their_distance(connector, kit, clock, caplog, no_tqdm):
    caplog.set_level(logging.INFO, "ldapconnector")
    run(connector, kit, Progress(interval=timedelta(days=1)), clock, users=9)
    assert not [one for one in caplog.records if getattr(one, "finished", 0)]


def test_everything_is_handed_on(connector, kit, clock, no_tqdm):
    told = []
    run(connector, kit, Progress(then=told.append), clock)
    assert isinstance(told[0], PlanMade)
    assert isinstance(told[-1], ApplyFinished)
