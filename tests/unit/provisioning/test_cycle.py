"""Cycles: what is remembered, escrow, quarantine, provisioning on demand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from ldapconnector.errors import BindRefused, PlanHeld, Quarantined, ServerBusy, UsageError
from ldapconnector.mapping import (
    AttributeMapping,
    Computed,
    Direct,
    ScopeClause,
    ScopeGroup,
    ScopingFilter,
)
from ldapconnector.planning import (
    Action,
    DeletionGuard,
    DeprovisioningPolicy,
    Flow,
    History,
    ProvisioningRules,
)
from ldapconnector.provisioning import (
    CycleCounts,
    CycleState,
    EscrowEntry,
    Provisioner,
    Quarantine,
    Result,
    SqliteLinks,
    after_failure,
    check_may_run,
    is_due,
    judge,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
LEAVING = DeprovisioningPolicy(disable=Flow.set("employeeType", "left"), delete=Flow.delete())
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def provisioner(connector, kit, clock, tmp_path):
    rules = ProvisioningRules(mappings=kit.mappings(), deprovisioning=LEAVING)
    with SqliteLinks(tmp_path / "links.db") as links:
        yield Provisioner(connector, rules, links=links, clock=clock)


# Pure functions ----------------------------------------------------------------------------------


def test_escrow_waits_6_12_24_hours_then_daily_and_gives_up_after_28_days():
    entry, now, tries = None, START, []
    for _ in range(40):
        entry = after_failure(entry, source="1", now=now, error="no")
        if entry.next_try is None:
            break
        tries.append((entry.next_try - now) / HOUR)
        now = entry.next_try
    assert tries[:5] == [6, 12, 24, 24, 24]
    assert entry.given_up
    assert now - START >= timedelta(days=28)
    assert not is_due(entry, now + timedelta(days=99), "")


def test_a_user_who_changed_is_tried_at_once_and_starts_anew():
    entry = after_failure(None, source="1", now=START, error="no", digest="a")
    assert not is_due(entry, START + 5 * HOUR, "a")
    assert is_due(entry, START + 6 * HOUR, "a")
    assert is_due(entry, START, "b")
    again = after_failure(entry, source="1", now=START + HOUR, error="no", digest="b")
    assert (again.failures, again.first) == (1, START + HOUR)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (CycleCounts(events=4999, failures=4999), None),
        (CycleCounts(events=12_500, failures=5_000), None),
        (CycleCounts(events=12_499, failures=5_000), "EncounteredEscrowProportionThreshold"),
        (CycleCounts(events=1_000_000, failures=40_000), None),
        (CycleCounts(events=1_000_000, failures=40_001), "EncounteredEscrowProportionThreshold"),
        (CycleCounts(events=90_000, reference_failures=60_000), None),
        (
            CycleCounts(events=90_000, reference_failures=60_001),
            "EncounteredEscrowProportionThreshold",
        ),
        (CycleCounts(refused=True), "EncounteredQuarantineException"),
    ],
)
def test_quarantine_has_microsofts_thresholds(counts, reason):
    found = judge(counts, None, START)
    assert (found and found.reason.value) == reason


def test_quarantine_slows_down_ends_after_a_good_cycle_and_disables_after_four_weeks():
    bad = CycleCounts(refused=True)
    first = judge(bad, None, START)
    with pytest.raises(Quarantined, match="may run again") as caught:
        check_may_run(first, START + 23 * HOUR)
    assert caught.value.reason == "EncounteredQuarantineException"
    check_may_run(first, START + 24 * HOUR)
    later = judge(bad, first, START + timedelta(days=20))
    assert later.since == START
    with pytest.raises(Quarantined, match="disabled"):
        check_may_run(later, START + timedelta(weeks=4))
    assert judge(CycleCounts(events=1), later, START) is None
    check_may_run(None, START)


def test_the_state_survives_json():
    state = CycleState(
        watermark="https://graph/delta?x",
        rules="abc",
        history=History(users=5, removals=(1, 0)),
        escrow={
            "1": EscrowEntry(source="1", failures=2, first=START, next_try=START + HOUR, error="ü"),
            "2": EscrowEntry(source="2", failures=40, first=START, next_try=None),
        },
        quarantine=Quarantine(
            reason="QuarantineOnDemand", since=START, next_run=START + HOUR, detail="by hand"
        ),
    )
    assert CycleState.from_json(state.to_json()) == state


# Cycles ------------------------------------------------------------------------------------------


def test_a_full_cycle_then_delta_cycles(provisioner, kit, directory):
    users = [kit.person(number) for number in range(3)]
    with pytest.raises(UsageError, match="no full cycle yet"):
        provisioner.delta_cycle(users)
    report = provisioner.full_cycle(users, watermark="w1")
    assert report.counts == {Result.SUCCESS: 3}
    assert provisioner.state.watermark == "w1"
    assert provisioner.full_cycle_needed() == ""

    changed = [kit.person(1, displayName="New"), kit.person(7)]
    report = provisioner.delta_cycle(changed, watermark="w2")
    assert sorted(one.action.value for one in report.outcomes) == ["create", "update"]
    assert provisioner.state.watermark == "w2"
    assert directory.read(f"uid=user1,{kit.people}").text("cn") == ("New",)
    assert provisioner.delta_cycle(changed).outcomes == ()
    assert provisioner.state.watermark == "w2"


def test_a_delta_cycle_matches_collides_refers_and_deletes_by_look_up(
    connector, directory, kit, clock
):
    rules = ProvisioningRules(
        mappings=kit.mappings(AttributeMapping(target="manager", source=Direct("manager"))),
        deprovisioning=LEAVING,
        unique=["cn"],
    )
    provisioner = Provisioner(connector, rules, clock=clock)
    provisioner.full_cycle([kit.person(number) for number in range(4)])
    provisioner.links.remove("id-3")
    report = provisioner.delta_cycle(
        [
            kit.person(3, displayName="Found"),
            kit.person(8, displayName="user 0"),
            kit.person(9, manager="id-1"),
            {"id": "id-2", "@removed": {"reason": "deleted"}},
        ]
    )
    found = {one.source: one for one in report.outcomes}
    assert found["id-3"].action is Action.UPDATE
    assert found["id-8"].action is Action.FAULT
    assert found["id-9"].ok
    assert found["id-2"].action is Action.DELETE
    assert directory.read(f"uid=user9,{kit.people}").text("manager") == (f"uid=user1,{kit.people}",)


def test_a_change_of_the_rules_asks_for_a_full_cycle(provisioner, kit, connector, clock):
    provisioner.full_cycle([kit.person(1)])
    other = Provisioner(
        connector,
        ProvisioningRules(mappings=kit.mappings(without=("departmentNumber",))),
        links=provisioner.links,
        clock=clock,
    )
    with pytest.raises(UsageError, match="the rules changed"):
        other.delta_cycle([])
    same = Provisioner(
        connector,
        ProvisioningRules(mappings=kit.mappings(), deprovisioning=LEAVING),
        links=provisioner.links,
        clock=clock,
    )
    assert same.full_cycle_needed() == ""


def test_restart_forgets_the_cycle_and_keeps_the_links(provisioner, kit):
    provisioner.full_cycle([kit.person(1)], watermark="w1")
    provisioner.restart()
    assert provisioner.state.watermark == ""
    assert provisioner.full_cycle_needed()
    assert set(provisioner.links.links()) == {"id-1"}


def test_failures_go_into_escrow_and_come_back_when_they_are_due(provisioner, kit, clock):
    broken = kit.person(2, surname=None)
    report = provisioner.full_cycle([kit.person(1), broken])
    assert set(report.state.escrow) == {"id-2"}

    clock.now += 5 * HOUR
    report = provisioner.full_cycle([kit.person(1), broken])
    assert [one.source for one in report.waiting] == ["id-2"]
    (outcome,) = report.outcomes
    assert outcome.result is Result.SKIPPED
    assert "in escrow until" in outcome.notes[0]
    assert provisioner.due() == ()

    clock.now += 2 * HOUR
    assert provisioner.due() == ("id-2",)
    report = provisioner.full_cycle([kit.person(1), broken])
    assert report.state.escrow["id-2"].failures == 2

    report = provisioner.full_cycle([kit.person(1), kit.person(2)])
    assert report.state.escrow == {}
    assert "1 Success" in str(report)


def test_who_failed_under_other_rules_is_tried_at_once_and_starts_anew(
    provisioner, connector, kit, clock
):
    users = [kit.person(1), kit.person(2, surname=None)]
    for _ in range(3):
        provisioner.full_cycle(users)
        clock.now += 7 * HOUR
    assert provisioner.state.escrow["id-2"].failures > 1
    mended = [
        one if one.target != "sn" else attrs.evolve(one, source=Direct("displayName"))
        for one in kit.mappings()
    ]
    other = Provisioner(
        connector, ProvisioningRules(mappings=mended), links=provisioner.links, clock=clock
    )
    report = other.full_cycle(users)
    assert not report.waiting
    assert report.state.escrow == {}
    assert {one.source for one in report.outcomes if one.ok} == {"id-1", "id-2"}


def test_who_needs_nothing_any_more_leaves_escrow(connector, kit, clock):
    group = ScopeGroup(
        name="IT", clauses=[ScopeClause(attribute="department", operator="EQUALS", operands="IT")]
    )
    rules = ProvisioningRules(mappings=kit.mappings(), scoping=ScopingFilter(groups=[group]))
    provisioner = Provisioner(connector, rules, clock=clock)
    provisioner.full_cycle([kit.person(1, surname=None)])
    assert set(provisioner.state.escrow) == {"id-1"}
    report = provisioner.full_cycle([kit.person(1, surname=None, department="HR")])
    assert report.state.escrow == {}
    clock.now += 30 * HOUR
    assert provisioner.due() == ()


def test_who_is_unassigned_waits_for_nothing(connector, directory, kit, clock):
    rules = ProvisioningRules(
        mappings=kit.mappings(),
        scoping=ScopingFilter(assigned_only=True),
        deprovisioning=LEAVING,
        guard=DeletionGuard.off(),
    )
    provisioner = Provisioner(connector, rules, clock=clock)
    provisioner.full_cycle([kit.person(1)], assigned={"id-1"})
    broken = kit.person(1, mail="not Unicode \ufffe", mailNickname=" , ")
    report = provisioner.full_cycle([broken], assigned={"id-1"})
    assert set(report.state.escrow) == {"id-1"}
    assert provisioner.full_cycle([broken], assigned={"id-1"}).waiting
    report = provisioner.full_cycle([broken], assigned=())
    assert not report.waiting
    assert report.state.escrow == {}
    assert directory.read(f"uid=user1,{kit.people}").text("employeeType") == ("left",)


def test_who_was_not_reached_stays_in_escrow(provisioner, kit, clock):
    users = [kit.person(number, surname=None) for number in range(70)]
    provisioner.full_cycle(users)
    clock.now += 7 * HOUR
    better = [kit.person(number) for number in range(70)]
    asked = iter([False, True, True])
    report = provisioner.full_cycle(better, cancel=lambda: next(asked, True))
    assert len(report.state.escrow) == 6
    assert provisioner.full_cycle(better).state.escrow == {}


def test_provisioning_on_demand_ends_escrow(provisioner, connector, directory, kit, monkeypatch):
    def refuse(changes, *, assertion_for=None):
        raise ServerBusy("later", operation="add")

    with monkeypatch.context() as patch:
        patch.setattr(connector, "export_all", refuse)
        provisioner.full_cycle([kit.person(1), kit.person(2)])
        provisioner.on_demand(kit.person(1))
    assert set(provisioner.state.escrow) == {"id-1", "id-2"}
    provisioner.on_demand(kit.person(1), apply=False)
    assert set(provisioner.state.escrow) == {"id-1", "id-2"}
    provisioner.on_demand(kit.person(1))
    assert set(provisioner.state.escrow) == {"id-2"}


@pytest.mark.parametrize("text", ["{not JSON", "[]", "{}", '{"format": 99}', '"text"'])
def test_a_state_that_cannot_be_read_says_what_to_do(provisioner, kit, text):
    provisioner.full_cycle([kit.person(1)], watermark="w1")
    provisioner.links.note("cycle", text)
    with pytest.raises(UsageError, match="restart"):
        provisioner.full_cycle([kit.person(1)])
    provisioner.restart()
    report = provisioner.full_cycle([kit.person(1)])
    assert str(report) == "full cycle: 1 unchanged"


def test_refused_credentials_are_a_quarantine_at_once(provisioner, kit, clock, monkeypatch):
    def refuse(attributes=None, *, operational=False):
        raise BindRefused("wrong password", operation="bind")

    monkeypatch.setattr(provisioner.connector, "full_import", refuse)
    with pytest.raises(BindRefused):
        provisioner.full_cycle([kit.person(1)])
    monkeypatch.undo()
    with pytest.raises(Quarantined):
        provisioner.full_cycle([kit.person(1)])
    clock.now += 24 * HOUR
    report = provisioner.full_cycle([kit.person(1)])
    assert not report.quarantined
    assert report.counts == {Result.SUCCESS: 1}


def test_a_held_shrinking_is_not_the_new_normal(connector, kit, clock):
    rules = ProvisioningRules(
        mappings=kit.mappings(), deprovisioning=LEAVING, guard=DeletionGuard(percent=None)
    )
    provisioner = Provisioner(connector, rules, clock=clock)
    users = [kit.person(number) for number in range(20)]
    provisioner.full_cycle(users)
    for _ in range(2):
        report = provisioner.full_cycle(users[:5])
        assert len([one for one in report.outcomes if one.staged]) == 15
        assert "15 held back by the guard" in str(report)
        assert not report.quarantined
    report = provisioner.full_cycle(
        users[:5], review=lambda plan: plan.release(digest=plan.digest, by="ada")
    )
    assert report.counts == {Result.SUCCESS: 15}
    assert provisioner.state.history == History(users=5, removals=(0, 0, 0, 15))


# On demand -----------------------------------------------------------------------------------------


def test_a_review_can_stop_the_job_where_a_plan_is_held(connector, directory, kit, clock):
    rules = ProvisioningRules(
        mappings=kit.mappings(), deprovisioning=LEAVING, guard=DeletionGuard(maximum=0)
    )
    provisioner = Provisioner(connector, rules, clock=clock)
    provisioner.full_cycle([kit.person(1)], watermark="w1")
    before = provisioner.state

    def stop(plan):
        plan.raise_if_held()
        return plan

    with pytest.raises(PlanHeld):
        provisioner.full_cycle([kit.person(2)], watermark="w2", review=stop)
    assert provisioner.state == before
    assert directory.read(f"uid=user2,{kit.people}") is None
    provisioner.full_cycle([kit.person(1), kit.person(2)], watermark="w2", review=stop)
    assert directory.read(f"uid=user2,{kit.people}") is not None


def test_on_demand_reports_five_steps_with_before_and_after(provisioner, kit):
    report = provisioner.on_demand(kit.person(1))
    assert [step.name for step in report.steps] == [
        "Test connection",
        "Import user",
        "Determine if user is in scope",
        "Match user between source and target",
        "Perform action",
    ]
    assert report.outcome.ok
    again = provisioner.on_demand(kit.person(1, displayName="New"))
    assert ("cn", "User 1 -> New") in again.steps[4].details
    assert "5. Perform action: Success" in again.to_text()
    nothing = provisioner.on_demand(kit.person(1, displayName="New"))
    assert nothing.steps[4].text == "nothing to change"


def test_on_demand_shows_no_source_of_a_confidential_value(connector, kit, clock):
    more = [
        AttributeMapping(target="employeeNumber", source=Computed("Redact([ssn])")),
        AttributeMapping(target="userPassword", source=Direct("pin"), apply="creation"),
        AttributeMapping(target="description", source=Computed('Redact(Join("", [mail], [key]))')),
    ]
    rules = ProvisioningRules(mappings=kit.mappings(*more))
    provisioner = Provisioner(connector, rules, clock=clock)
    user = kit.person(1, ssn="078-05-1120", pin="4711", key=None)
    report = provisioner.on_demand(user)
    assert report.outcome.ok
    details = dict(report.steps[1].details)
    assert (details["ssn"], details["pin"], details["key"]) == ("(withheld)", "(withheld)", "-")
    assert details["mail"] == "user1@example.com"
    for text in (report.to_text(), repr(report), repr(report.outcome)):
        assert "078-05-1120" not in text
        assert "4711" not in text


def test_on_demand_can_only_look(provisioner, kit, directory):
    report = provisioner.on_demand(kit.person(1), apply=False)
    assert report.outcome is None
    assert report.plan.changes
    assert directory.read(f"uid=user1,{kit.people}") is None


def test_on_demand_says_at_which_step_it_failed(provisioner, kit, monkeypatch):
    report = provisioner.on_demand(kit.person(1, surname=None))
    assert report.steps[-1].result is Result.FAILURE

    def refuse(filters, attributes=None):
        raise BindRefused("wrong password", operation="bind")

    monkeypatch.setattr(provisioner.connector, "find", refuse)
    report = provisioner.on_demand(kit.person(1))
    assert report.steps[-1].name == "Match user between source and target"
    assert report.steps[-1].result is Result.FAILURE


def test_other_rules_are_compared_against_one_import(provisioner, kit):
    users = [kit.person(1), kit.person(2)]
    provisioner.full_cycle(users)
    other = ProvisioningRules(
        mappings=kit.mappings(
            AttributeMapping(target="departmentNumber", source=Direct("mailNickname")),
            without=("departmentNumber",),
        )
    )
    differences = provisioner.compare_rules(users, other)
    assert [one.source for one in differences] == ["id-1", "id-2"]
    assert "departmentNumber: left alone becomes user1" in str(differences[0])
