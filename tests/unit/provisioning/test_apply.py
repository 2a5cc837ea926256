"""Applying: drift, lost answers, repetition, undo, what is withheld, stopping."""

from __future__ import annotations

from itertools import count

import pytest

from ldapconnector.entries import (
    Add,
    Delete,
    Modification,
    Modify,
    PartialImport,
    PartialReason,
    Rename,
    read_ldif,
)
from ldapconnector.errors import (
    ConnectionFailed,
    DirectoryError,
    NotAllowed,
    PlanHeld,
    PlanStale,
    UnknownOutcome,
)
from ldapconnector.mapping import AttributeMapping, Computed, Direct
from ldapconnector.planning import (
    DeletionGuard,
    DeprovisioningPolicy,
    Flow,
    ParentClass,
    Plan,
    ProvisioningRules,
)
from ldapconnector.provisioning import (
    AuditRecord,
    Kind,
    OutcomeReady,
    Provisioner,
    Result,
)

LEAVING = DeprovisioningPolicy(disable=Flow.set("employeeType", "left"), delete=Flow.delete())
GONE = {"@removed": {"reason": "deleted"}}


@pytest.fixture(params=[True, False], ids=["assertions", "re-read"])
def connector(request, directory, kit):
    return kit.connector(directory, assertions=request.param)


@pytest.fixture
def rules(kit):
    return ProvisioningRules(mappings=kit.mappings(), deprovisioning=LEAVING)


@pytest.fixture
def started(connector, rules, kit):
    """Three accounts, and users of which two changed."""
    provisioner = Provisioner(connector, rules)
    users = [kit.person(number) for number in range(3)]
    list(provisioner.apply(provisioner.plan(users)))
    users[0]["displayName"] = "Changed 0"
    users[1]["displayName"] = "Changed 1"
    connector.written.clear()
    return provisioner, users


def run(provisioner, plan, **options):
    return {one.source: one for one in provisioner.apply(plan, **options)}


def modify(directory, kit, number, attribute, value):
    name = f"uid=user{number},{kit.people}"
    directory.apply(Modify(name, (Modification.replace(attribute, value),)))


# Drift -------------------------------------------------------------------------------------------


def test_a_change_made_meanwhile_stops_that_user_only(started, directory, kit):
    provisioner, users = started
    plan = provisioner.plan(users)
    modify(directory, kit, 0, "cn", "Somebody else's")

    outcomes = run(provisioner, plan)

    assert isinstance(outcomes["id-0"].error, PlanStale)
    assert outcomes["id-0"].result is Result.FAILURE
    assert outcomes["id-1"].ok
    assert directory.read(f"uid=user0,{kit.people}").text("cn") == ("Somebody else's",)


def test_a_change_of_something_else_is_no_drift(started, directory, kit):
    provisioner, users = started
    plan = provisioner.plan(users)
    modify(directory, kit, 0, "title", "Boss")
    assert run(provisioner, plan)["id-0"].ok


def test_an_entry_that_is_gone_or_moved_is_stale(started, directory, kit):
    provisioner, users = started
    plan = provisioner.plan(users)
    directory.apply(Delete(f"uid=user0,{kit.people}"))
    rename = Rename(
        dn=plan.changes[1].dn,
        new_rdn=kit.add(directory.read(kit.suffix)).dn.child(("uid", "z")).rdn,
    )
    directory.apply(rename)
    outcomes = run(provisioner, plan)
    assert isinstance(outcomes["id-0"].error, PlanStale)
    assert isinstance(outcomes["id-1"].error, PlanStale)


def test_a_delete_is_refused_when_the_entry_changed(started, directory, kit):
    provisioner, users = started
    plan = provisioner.plan([{**users[0], **GONE}], complete=False)
    modify(directory, kit, 0, "sn", "Promoted")
    outcome = run(provisioner, plan)["id-0"]
    assert isinstance(outcome.error, PlanStale)
    assert directory.read(f"uid=user0,{kit.people}") is not None


def test_applying_twice_does_nothing_twice(started, connector):
    provisioner, users = started
    users[2]["mailNickname"] = "renamed"
    plan = provisioner.plan([*users[:2], users[2]])
    assert all(one.ok for one in run(provisioner, plan).values())
    connector.written.clear()
    again = run(provisioner, plan)
    assert all(one.ok for one in again.values())
    assert connector.written == []


def test_a_deleted_account_may_be_gone_already(started, directory, kit):
    provisioner, users = started
    plan = provisioner.plan([{**users[0], **GONE}], complete=False)
    directory.apply(Delete(f"uid=user0,{kit.people}"))
    assert run(provisioner, plan)["id-0"].ok
    assert provisioner.links.get("id-0") is None


# Lost answers ------------------------------------------------------------------------------------


class Losing:
    """Loses the answer of chosen requests, before or after they were carried out."""

    def __init__(self, connector, *, carried_out, kinds):
        self._connector, self._carried_out, self._kinds = connector, carried_out, kinds
        self.lost = 0

    def __getattr__(self, name):
        return getattr(self._connector, name)

    def export(self, change, *, assertion=None):
        if isinstance(change, self._kinds) and not self.lost:
            self.lost += 1
            if self._carried_out:
                self._connector.export(change)
            raise UnknownOutcome("the connection was lost", operation="write", dn=str(change.dn))
        self._connector.export(change, assertion=assertion)

    def export_all(self, changes, *, assertion_for=None):
        from ldapconnector.directory import Applied

        for change in changes:
            try:
                self.export(change, assertion=assertion_for and assertion_for(change))
            except DirectoryError as error:
                yield Applied(change, error)
            else:
                yield Applied(change)


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_creation_whose_answer_was_lost_is_looked_at_and_never_doubled(
    connector, directory, kit, rules, carried_out
):
    losing = Losing(connector, carried_out=carried_out, kinds=(Add,))
    provisioner = Provisioner(losing, rules)
    users = [kit.person(1), kit.person(2)]
    outcomes = run(provisioner, provisioner.plan(users))
    assert losing.lost == 1
    assert all(one.ok for one in outcomes.values())
    assert len(list(directory.search(kit.people))) == 3
    assert set(provisioner.links.links()) == {"id-1", "id-2"}
    assert not provisioner.links.intents()
    assert provisioner.plan(users).empty


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("kind", [Modify, Rename, Delete])
def test_a_write_whose_answer_was_lost_is_read_back(started, directory, carried_out, kind):
    provisioner, users = started
    users[0]["mailNickname"] = "renamed"
    users[2] = {**users[2], **GONE}
    provisioner.connector = Losing(provisioner.connector, carried_out=carried_out, kinds=(kind,))
    outcomes = run(provisioner, provisioner.plan(users))
    assert provisioner.connector.lost == 1
    assert all(one.ok for one in outcomes.values()), [str(one.error) for one in outcomes.values()]
    assert provisioner.plan(users).empty


def test_after_some_lost_connections_the_rest_is_not_tried(connector, kit, rules):
    class Gone(Losing):
        def export(self, change, *, assertion=None):
            raise ConnectionFailed("nobody listens", operation="add", dn=str(change.dn))

    provisioner = Provisioner(Gone(connector, carried_out=False, kinds=()), rules)
    users = [kit.person(number) for number in range(200)]
    outcomes = list(provisioner.apply(provisioner.plan(users)))
    assert len(outcomes) == 200
    assert {one.result for one in outcomes[:64]} == {Result.FAILURE}
    assert {one.result for one in outcomes[64:]} == {Result.SKIPPED}
    assert set(provisioner.links.intents()) == {f"id-{number}" for number in range(64)}


# Refusals and steps ------------------------------------------------------------------------------


def test_a_refused_step_leaves_the_steps_after_it_undone_and_says_so(
    connector, directory, kit, monkeypatch
):
    password = AttributeMapping(
        target="userPassword", source=Computed("RandomString(9, 1, 1, 1, 1)"), apply="creation"
    )
    provisioner = Provisioner(connector, ProvisioningRules(mappings=kit.mappings(password)))

    def refuse(dn, secret):
        raise NotAllowed("no", operation="password", dn=str(dn))

    monkeypatch.setattr(connector, "set_password", refuse)
    users = [kit.person(1)]
    outcome = run(provisioner, provisioner.plan(users))["id-1"]
    assert outcome.result is Result.WARNING
    assert [(str(one.kind), one.done) for one in outcome.steps] == [
        ("create", True),
        ("password", False),
    ]
    assert provisioner.links.get("id-1").pending == ("password",)

    monkeypatch.undo()
    again = provisioner.plan(users)
    assert not again.empty
    assert run(provisioner, again)["id-1"].ok
    assert directory.read(f"uid=user1,{kit.people}").get("userPassword")
    assert provisioner.plan(users).empty


def test_a_parent_that_is_refused_is_the_fault_of_those_below(connector, kit, monkeypatch):
    name = AttributeMapping(
        target="-dn-",
        source=Computed(f'Join("", "uid=", [mailNickname], ",ou=new,{kit.people}")'),
    )
    rules = ProvisioningRules(
        mappings=kit.mappings(name, without=("-dn-",)),
        hierarchy=[ParentClass(rdn="ou", object_class="organizationalUnit")],
    )
    provisioner = Provisioner(connector, rules)
    plan = provisioner.plan([kit.person(1)])
    assert len(plan.parents) == 1

    def refuse(change, *, assertion=None):
        raise NotAllowed("no", operation="add", dn=str(change.dn))

    monkeypatch.setattr(connector, "export", refuse)
    outcome = run(provisioner, plan)["id-1"]
    assert isinstance(outcome.error, NotAllowed)
    monkeypatch.undo()
    assert run(provisioner, plan)["id-1"].ok


def test_references_follow_when_all_accounts_exist(connector, directory, kit):
    rules = ProvisioningRules(
        mappings=kit.mappings(AttributeMapping(target="manager", source=Direct("manager")))
    )
    provisioner = Provisioner(connector, rules)
    users = [kit.person(1, manager="id-2"), kit.person(2, manager="id-1")]
    outcomes = run(provisioner, provisioner.plan(users))
    assert all(one.ok for one in outcomes.values())
    kinds = [type(change).__name__ for change in connector.written]
    assert kinds == ["Add", "Add", "Modify", "Modify"]
    assert provisioner.plan(users).empty


# Undo --------------------------------------------------------------------------------------------


def test_what_is_undone_is_as_it_was(started, directory, kit):
    provisioner, users = started
    before = {entry.dn: entry for entry in directory.search(kit.people)}
    users[0]["mailNickname"] = "renamed"
    users[2] = {**users[2], **GONE}
    plan = provisioner.plan([*users, kit.person(9)])
    outcomes = list(provisioner.apply(plan))
    assert all(one.ok for one in outcomes)
    for outcome in reversed(outcomes):
        for change in read_ldif(outcome.undo):
            directory.apply(change)
    after = {entry.dn: entry for entry in directory.search(kit.people)}
    assert after == before


# Held, partial, cancelled --------------------------------------------------------------------------


def test_what_is_held_is_staged_and_the_rest_goes_on(started, directory, kit):
    provisioner, users = started
    provisioner = Provisioner(
        provisioner.connector,
        ProvisioningRules(
            mappings=kit.mappings(), deprovisioning=LEAVING, guard=DeletionGuard(maximum=0)
        ),
        links=provisioner.links,
    )
    leaving = [users[0], {**users[1], **GONE}, {**users[2], "accountEnabled": False}]
    plan = provisioner.plan(leaving)
    outcomes = run(provisioner, plan)
    assert outcomes["id-0"].ok
    assert outcomes["id-1"].kind is Kind.STAGED_DELETE
    assert outcomes["id-2"].kind is Kind.STAGED_ACTION
    assert isinstance(outcomes["id-1"].error, PlanHeld)
    assert outcomes["id-1"].error.digest == plan.digest
    assert directory.read(f"uid=user1,{kit.people}") is not None

    plan = provisioner.plan(leaving)
    outcomes = run(provisioner, plan.release(digest=plan.digest, only={"id-1"}))
    assert outcomes["id-1"].kind is Kind.DELETE
    assert outcomes["id-2"].staged
    assert directory.read(f"uid=user1,{kit.people}") is None


def test_nothing_is_removed_or_made_from_a_partial_import(started):
    provisioner, users = started
    provisioner.connector.imported = PartialImport(
        entries=(), reason=PartialReason.SIZE_LIMIT, detail="500 of more"
    )
    plan = provisioner.plan([{**users[0], "id": "id-new"}])
    assert plan.empty
    assert len(plan.faults) == 4


def test_stopping_between_batches_leaves_nothing_unreported(connector, directory, kit, rules):
    provisioner = Provisioner(connector, rules)
    users = [kit.person(number) for number in range(150)]
    asked = count()
    outcomes = list(provisioner.apply(provisioner.plan(users), cancel=lambda: next(asked) >= 1))
    assert len(outcomes) == 150
    done = [one for one in outcomes if one.ok]
    assert len(done) == 64
    assert {one.result for one in outcomes[64:]} == {Result.SKIPPED}
    assert len(provisioner.links.links()) == 64
    assert all(one.ok for one in provisioner.apply(provisioner.plan(users)))
    assert provisioner.plan(users).empty


# What is withheld --------------------------------------------------------------------------------


def test_a_plan_that_was_read_back_maps_confidential_values_anew(connector, directory, kit):
    hidden = AttributeMapping(target="description", source=Computed("Redact([badge])"))
    password = AttributeMapping(
        target="userPassword", source=Computed("Redact([start])"), apply="creation"
    )
    rules = ProvisioningRules(mappings=kit.mappings(hidden, password))
    users = [kit.person(1, badge="B-17", start="Correct-Horse-9")]
    saved = Provisioner(connector, rules).plan(users).to_json()
    assert "B-17" not in saved
    assert "Horse" not in saved

    other = Provisioner(connector, rules)
    without = run(other, Plan.from_json(saved))["id-1"]
    assert without.result is Result.FAILURE
    assert "users=" in str(without.error)
    outcome = run(other, Plan.from_json(saved), users=users)["id-1"]
    assert outcome.ok
    entry = directory.read(f"uid=user1,{kit.people}")
    assert entry.text("description") == ("B-17",)
    assert directory.check_password(entry.dn, _secret("Correct-Horse-9"))
    assert other.plan(users).empty


def _secret(text):
    from ldapconnector.secret import Secret

    return Secret.of(text)


def test_an_observer_is_told_of_everything_and_of_no_secret(connector, kit):
    hidden = AttributeMapping(target="description", source=Computed("Redact([badge])"))
    notices = []
    provisioner = Provisioner(
        connector, ProvisioningRules(mappings=kit.mappings(hidden)), observer=notices.append
    )
    users = [kit.person(number, badge=f"badge-{number}") for number in range(3)]
    list(provisioner.apply(provisioner.plan(users)))
    names = [type(one).__name__ for one in notices]
    assert names == [
        "PlanMade",
        "ApplyStarted",
        *["AuditRecord"] * 3,
        *["OutcomeReady"] * 3,
        "ApplyFinished",
    ]
    audits = [one for one in notices if isinstance(one, AuditRecord)]
    assert all("changetype: add" in one.ldif and one.done for one in audits)
    assert "badge-" not in "".join(one.ldif for one in audits)
    last = [one for one in notices if isinstance(one, OutcomeReady)][-1]
    assert (last.finished, last.total) == (3, 3)
