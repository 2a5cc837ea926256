"""Requests under way together: what breaks, what is repeated, what directories do meanwhile."""

from __future__ import annotations

import pytest

from ldapconnector.directory import Applied
from ldapconnector.entries import Add, Delete, Entry, Modification, Modify, Rename, read_ldif
from ldapconnector.errors import (
    ConnectionFailed,
    DirectoryError,
    EntryExists,
    InvalidValue,
    NotAllowed,
    PlanStale,
    UnknownOutcome,
)
from ldapconnector.mapping import AttributeMapping, Computed, Direct
from ldapconnector.names import DN
from ldapconnector.planning import DeprovisioningPolicy, Flow, Plan, ProvisioningRules
from ldapconnector.provisioning import MemoryLinks, Provisioner, Result

LEAVING = DeprovisioningPolicy(disable=Flow.set("employeeType", "left"), delete=Flow.delete())
GONE = {"@removed": {"reason": "deleted"}}


def run(provisioner, plan, **options):
    return {one.source: one for one in provisioner.apply(plan, **options)}


def state(directory, kit):
    clocks = {"modifytimestamp", "entrycsn"}
    return {
        str(entry.dn): {
            name: frozenset(entry[name]) for name in entry if name.lower() not in clocks
        }
        for entry in directory.search(kit.people)
    }


@pytest.fixture(params=[True, False], ids=["assertions", "re-read"])
def connector(request, directory, kit):
    return kit.connector(directory, assertions=request.param)


@pytest.fixture
def rules(kit):
    return ProvisioningRules(
        mappings=kit.mappings(AttributeMapping(target="manager", source=Direct("manager"))),
        deprovisioning=LEAVING,
    )


class Wrapped:
    """Hands everything on."""

    def __init__(self, connector):
        self._connector = connector

    def __getattr__(self, name):
        return getattr(self._connector, name)


class Breaking(Wrapped):
    """A line that breaks after so many requests, with a window of them under way."""

    def __init__(self, connector, *, after, window, times=1):
        super().__init__(connector)
        self.after, self.window, self.times = after, window, times
        self.calls = []

    def export_all(self, changes, *, assertion_for=None):
        changes = list(changes)
        self.calls.append(len(changes))
        whole = changes
        if self.times:
            self.times -= 1
            whole = changes[: self.after]
        yield from self._connector.export_all(whole, assertion_for=assertion_for)
        lost = changes[len(whole) : len(whole) + self.window]
        for number, change in enumerate(lost):
            if number % 2:  # every other one arrived
                list(self._connector.export_all([change], assertion_for=assertion_for))
            yield Applied(change, UnknownOutcome("lost", operation="write", dn=str(change.dn)))
        for change in changes[len(whole) + len(lost) :]:
            yield Applied(change, ConnectionFailed("not sent", operation="write"))


@pytest.mark.parametrize("what", ["create", "modify", "rename", "disable"])
def test_one_line_that_breaks_costs_nobody_anything(connector, directory, kit, rules, what):
    users = [kit.person(number) for number in range(30)]
    provisioner = Provisioner(connector, rules)
    if what != "create":
        assert all(one.ok for one in provisioner.apply(provisioner.plan(users)))
    change = {
        "create": {},
        "modify": {"displayName": "Changed"},
        "rename": {"mailNickname": "renamed{}"},
        "disable": {"accountEnabled": False},
    }[what]
    rules = ProvisioningRules(
        mappings=rules.mappings,
        deprovisioning=LEAVING,
        guard=type(rules.guard).off(),
    )
    for number, user in enumerate(users):
        user.update({k: v.format(number) if k == "mailNickname" else v for k, v in change.items()})
    breaking = Breaking(connector, after=5, window=8)
    provisioner = Provisioner(breaking, rules, links=provisioner.links)
    outcomes = run(provisioner, provisioner.plan(users))
    assert all(one.ok for one in outcomes.values()), [str(one) for one in outcomes.values()]
    assert breaking.calls[:2] == [30, 17]
    assert len(state(directory, kit)) == 31
    assert provisioner.plan(users).empty


def test_a_line_that_keeps_breaking_is_given_up_when_nothing_gets_through(connector, kit, rules):
    users = [kit.person(number) for number in range(30)]
    breaking = Breaking(connector, after=1, window=0, times=99)
    provisioner = Provisioner(breaking, rules)
    assert all(one.ok for one in provisioner.apply(provisioner.plan(users)))
    assert len(breaking.calls) == 30  # each of them brought one

    breaking.after = 0
    breaking.calls.clear()
    outcomes = run(provisioner, provisioner.plan([{**one, "displayName": "x"} for one in users]))
    assert breaking.calls == [30, 30, 30]
    assert {one.result for one in outcomes.values()} == {Result.FAILURE}


@pytest.mark.parametrize("error", [ConnectionFailed("nobody listens"), NotAllowed("no more")])
def test_a_connector_that_raises_leaves_nobody_unreported(connector, kit, rules, error):
    class Raising(Wrapped):
        def export_all(self, changes, *, assertion_for=None):
            raise error

    users = [kit.person(number) for number in range(70)]
    provisioner = Provisioner(Raising(connector), rules)
    outcomes = run(provisioner, provisioner.plan(users))
    assert len(outcomes) == 70
    assert not any(one.ok for one in outcomes.values())


def test_each_change_has_its_own_condition(directory, kit, rules):
    connector = kit.connector(directory)
    users = [kit.person(number) for number in range(3)]
    provisioner = Provisioner(connector, rules)
    list(provisioner.apply(provisioner.plan(users)))
    asked = {}

    class Listening(Wrapped):
        def export(self, change, *, assertion=None):
            raise AssertionError("sent alone")

        def export_all(self, changes, *, assertion_for=None):
            changes = list(changes)
            asked.update((change.dn, str(assertion_for(change))) for change in changes)
            return self._connector.export_all(changes, assertion_for=assertion_for)

    provisioner = Provisioner(Listening(connector), rules, links=provisioner.links)
    changed = [{**one, "surname": f"New{number}"} for number, one in enumerate(users)]
    assert all(one.ok for one in provisioner.apply(provisioner.plan(changed)))
    assert len(asked) == 3
    for number in range(3):
        entry = directory.read(f"uid=user{number},{kit.people}", ["entryUUID"])
        condition = asked[entry.dn]
        assert condition == f"(&(entryUUID={entry.first('entryUUID')})(sn=Name{number}))"


# The anchors of new accounts -------------------------------------------------------------------------


def test_the_anchors_of_a_batch_are_read_together(directory, kit, rules):
    connector = kit.batch_connector(directory)
    provisioner = Provisioner(connector, rules)
    users = [kit.person(number) for number in range(70)]
    plan = provisioner.plan(users)
    connector.asked.clear()
    assert all(one.ok for one in provisioner.apply(plan))
    assert [len(names) for names in connector.asked] == [64, 6]
    links = provisioner.links.links()
    for number in range(70):
        entry = directory.read(f"uid=user{number},{kit.people}", ["entryUUID"])
        assert links[f"id-{number}"].anchor == entry["entryUUID"][0]
    assert not provisioner.links.intents()
    assert provisioner.plan(users).empty


def test_only_what_was_created_is_read_and_linked(directory, kit, rules):
    connector = kit.batch_connector(directory)
    provisioner = Provisioner(connector, rules)
    plan = provisioner.plan([kit.person(number) for number in range(4)])
    foreign = {"objectClass": "inetOrgPerson", "uid": "user2", "cn": "Foreign", "sn": "Foreign"}
    directory.apply(Add(Entry(f"uid=user2,{kit.people}", foreign)))
    connector.asked.clear()
    outcomes = list(provisioner.apply(plan))
    assert [one.source for one in outcomes] == [f"id-{number}" for number in range(4)]
    assert isinstance(outcomes[2].error, EntryExists)
    (names,) = connector.asked
    assert [str(name) for name in names] == [
        f"uid=user{number},{kit.people}" for number in (0, 1, 3)
    ]
    assert set(provisioner.links.links()) == {"id-0", "id-1", "id-3"}


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailed("broken", operation="read"),
        NotAllowed("not this one", operation="read"),
    ],
)
def test_anchors_that_cannot_be_read_together_are_read_alone(directory, kit, rules, error):
    class Refusing(kit.batch_connector):
        def read_all(self, names, attributes=None):
            raise error

    connector = Refusing(directory)
    provisioner = Provisioner(connector, rules)
    users = [kit.person(number) for number in range(3)]
    assert all(one.ok for one in provisioner.apply(provisioner.plan(users)))
    assert set(provisioner.links.links()) == {"id-0", "id-1", "id-2"}
    assert provisioner.plan(users).empty


def test_lines_that_break_while_anchors_are_read_are_counted(directory, kit, rules):
    class Dead(kit.batch_connector):
        def read_all(self, names, attributes=None):
            self.asked.append(tuple(names))
            raise ConnectionFailed("broken", operation="read")

        def read(self, name, attributes=None):
            self.asked.append(name)
            raise ConnectionFailed("broken", operation="read")

    plan = Provisioner(kit.connector(directory), rules).plan([kit.person(n) for n in range(9)])
    connector = Dead(directory)
    links = MemoryLinks()
    outcomes = list(Provisioner(connector, rules, links=links).apply(plan))
    assert len(connector.asked) == 3  # once together, twice alone: then nothing more is tried
    assert {one.result for one in outcomes} == {Result.WARNING}
    assert all(isinstance(one.error, ConnectionFailed) for one in outcomes)
    assert not links.links()
    assert len(links.intents()) == 9  # by which the next plan finds them
    provisioner = Provisioner(kit.connector(directory), rules, links=links)
    list(provisioner.apply(provisioner.plan([kit.person(n) for n in range(9)])))
    assert len(links.links()) == 9


def test_an_anchor_is_taken_from_the_entry_of_the_same_name_only(directory, kit, rules):
    class Muddled(kit.batch_connector):
        """Answers in another order, with an entry that nobody asked for, and without one."""

        def read_all(self, names, attributes=None):
            found = super().read_all(names, attributes)
            other = directory.read(kit.people, ["entryUUID"])
            return (found[1].moved(str(found[1].dn).upper()), found[0], other)

    connector = Muddled(directory)
    provisioner = Provisioner(connector, rules)
    plan = provisioner.plan([kit.person(number) for number in range(3)])
    connector.asked.clear()
    assert all(one.ok for one in provisioner.apply(plan))
    for source, link in provisioner.links.links().items():
        entry = directory.read(f"uid=user{source[-1]},{kit.people}", ["entryUUID"])
        assert link.anchor == entry["entryUUID"][0]
    assert [str(name) for name in connector.asked[1:]] == [f"uid=user2,{kit.people}"]


def test_an_entry_that_shows_no_anchor_is_not_linked(directory, kit, rules):
    class Hiding(kit.batch_connector):
        def read(self, name, attributes=None):
            found = super().read(name, attributes)
            return found.without("entryUUID") if "uid=user1," in str(name) else found

        def read_all(self, names, attributes=None):
            self.asked.append(tuple(names))
            return tuple(self.read(name, attributes) for name in names)

    provisioner = Provisioner(Hiding(directory), rules)
    outcomes = list(provisioner.apply(provisioner.plan([kit.person(n) for n in range(3)])))
    assert [one.ok for one in outcomes] == [True, False, True]
    assert "shows no entryUUID" in str(outcomes[1].error)
    assert set(provisioner.links.links()) == {"id-0", "id-2"}


@pytest.mark.parametrize(("anchor", "count"), [("dn", 3), ("entryUUID", 1)])
def test_nothing_is_read_together_where_that_saves_nothing(directory, kit, rules, anchor, count):
    connector = kit.batch_connector(directory, anchor=anchor)
    provisioner = Provisioner(connector, rules)
    plan = provisioner.plan([kit.person(number) for number in range(count)])
    connector.asked.clear()
    assert all(one.ok for one in provisioner.apply(plan))
    assert not any(isinstance(one, tuple) for one in connector.asked)


# A plan applied again ------------------------------------------------------------------------------


def test_creating_again_does_nothing_again(connector, directory, kit):
    password = AttributeMapping(
        target="userPassword", source=Computed("RandomString(9, 1, 1, 1, 1)"), apply="creation"
    )
    provisioner = Provisioner(connector, ProvisioningRules(mappings=kit.mappings(password)))
    users = [kit.person(1, manager="id-2"), kit.person(2)]
    plan = provisioner.plan(users)
    assert all(one.ok for one in provisioner.apply(plan))
    before = state(directory, kit)
    again = run(provisioner, Plan.from_json(plan.to_json()), users=users)
    assert all(one.ok for one in again.values()), [str(one) for one in again.values()]
    assert not any(one.undo for one in again.values())
    assert state(directory, kit) == before


@pytest.mark.parametrize("anchor", ["entryUUID", "dn"])
@pytest.mark.parametrize("assertions", [True, False])
def test_renaming_again_does_nothing_again(directory, kit, rules, anchor, assertions):
    class Unique(Wrapped):
        """Refuses values that are there already before it looks for the entry (slapo-unique)."""

        def export_all(self, changes, *, assertion_for=None):
            for change in changes:
                try:
                    if isinstance(change, Rename) and self._connector.read(change.new_dn):
                        raise InvalidValue("non-unique", operation="rename", code=19)
                    self._connector.export(change, assertion=assertion_for(change))
                except DirectoryError as error:
                    yield Applied(change, error)
                else:
                    yield Applied(change)

    connector = Unique(kit.connector(directory, anchor=anchor, assertions=assertions))
    provisioner = Provisioner(connector, rules)
    users = [kit.person(1), kit.person(2)]
    list(provisioner.apply(provisioner.plan(users)))
    users[0].update(mailNickname="renamed", displayName="Renamed")
    plan = provisioner.plan(users)
    assert all(one.ok for one in provisioner.apply(plan))
    before = state(directory, kit)
    (outcome,) = provisioner.apply(plan)
    assert outcome.ok, str(outcome)
    assert not outcome.undo
    assert str(outcome.dn) == f"uid=renamed,{kit.people}"
    assert state(directory, kit) == before
    assert provisioner.plan(users).empty


def test_a_name_that_somebody_else_took_is_refused(connector, directory, kit, rules):
    provisioner = Provisioner(connector, rules)
    users = [kit.person(1)]
    list(provisioner.apply(provisioner.plan(users)))
    users[0]["mailNickname"] = "renamed"
    plan = provisioner.plan(users)
    foreign = {"objectClass": "inetOrgPerson", "uid": "renamed", "cn": "Foreign", "sn": "Foreign"}
    directory.apply(Add(Entry(f"uid=renamed,{kit.people}", foreign)))
    (outcome,) = provisioner.apply(plan)
    assert isinstance(outcome.error, EntryExists)
    assert directory.read(f"uid=renamed,{kit.people}").text("cn") == ("Foreign",)


def test_a_creation_that_was_cut_off_is_finished_by_the_same_plan(
    connector, directory, kit, monkeypatch
):
    password = AttributeMapping(
        target="userPassword", source=Computed("RandomString(9, 1, 1, 1, 1)"), apply="creation"
    )
    plain = AttributeMapping(target="mail", source=Direct("mail"))  # nothing to match by
    rules = ProvisioningRules(mappings=kit.mappings(password, plain, without=("mail",)))
    provisioner = Provisioner(connector, rules)
    plan = provisioner.plan([kit.person(1)])

    def killed(link):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(provisioner.links, "put", killed)
        with pytest.raises(KeyboardInterrupt):
            list(provisioner.apply(plan))
    assert directory.read(f"uid=user1,{kit.people}").get("userPassword") is None
    assert all(one.ok for one in provisioner.apply(plan))
    assert directory.read(f"uid=user1,{kit.people}").get("userPassword")
    assert set(provisioner.links.links()) == {"id-1"}
    assert not provisioner.links.intents()
    assert provisioner.plan([kit.person(1)]).empty


def test_a_creation_that_was_cut_off_before_it_began_takes_nobody_elses_entry(
    connector, directory, kit, rules
):
    links = MemoryLinks()
    links.intend("id-1", DN.parse(f"uid=user1,{kit.people}"))
    provisioner = Provisioner(connector, rules, links=links)
    plan = provisioner.plan([kit.person(1)])
    foreign = {"objectClass": "inetOrgPerson", "uid": "user1", "cn": "Foreign", "sn": "Foreign"}
    directory.apply(Add(Entry(f"uid=user1,{kit.people}", foreign)))
    (outcome,) = provisioner.apply(plan)
    assert isinstance(outcome.error, EntryExists)
    assert not links.links()
    assert not links.intents()


def test_an_old_plan_makes_no_second_account(connector, directory, kit, rules):
    provisioner = Provisioner(connector, rules)
    plan = provisioner.plan([kit.person(1)])
    list(provisioner.apply(provisioner.plan([kit.person(1, mailNickname="other")])))
    (outcome,) = provisioner.apply(plan)
    assert isinstance(outcome.error, PlanStale)
    assert f"uid=other,{kit.people}" in str(outcome.error)
    assert directory.read(f"uid=user1,{kit.people}") is None
    assert not provisioner.links.intents()

    # Where the account is gone, the plan is as good as ever.
    directory.apply(Delete(f"uid=other,{kit.people}"))
    assert all(one.ok for one in provisioner.apply(plan))
    assert provisioner.plan([kit.person(1)]).empty


# Undo ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delete_old_rdn", "change"),
    [
        (True, {"mailNickname": "shown"}),
        (True, {"mailNickname": "third"}),
        (True, {"mailNickname": "shown", "displayName": "alias"}),
        (True, {"mailNickname": "third", "displayName": "third"}),
        (True, {"displayName": "alias"}),
        (False, {"mailNickname": "shown"}),
        (False, {"mailNickname": "third"}),
        (False, {"mailNickname": "shown", "displayName": "alias"}),
    ],
    ids=str,
)
def test_a_rename_is_taken_back_with_all_values_of_the_name(
    connector, directory, kit, change, delete_old_rdn
):
    name = Computed(f'Join("", "cn=", [mailNickname], ",{kit.people}")')
    rules = ProvisioningRules(
        mappings=kit.mappings(AttributeMapping(target="-dn-", source=name), without=("-dn-",)),
        delete_old_rdn=delete_old_rdn,
    )
    provisioner = Provisioner(connector, rules)
    user = kit.person(1, mailNickname="alias", displayName="shown")
    list(provisioner.apply(provisioner.plan([user])))
    before = state(directory, kit)
    (outcome,) = provisioner.apply(provisioner.plan([{**user, **change}]))
    assert outcome.ok
    assert state(directory, kit) != before
    for one in read_ldif(outcome.undo):
        directory.apply(one)
    assert state(directory, kit) == before


# Directories that look after references --------------------------------------------------------------


class Following(Wrapped):
    """Keeps references right after each rename and delete, as refint does."""

    def __init__(self, connector, attribute="manager"):
        super().__init__(connector)
        self.attribute = attribute

    def export_all(self, changes, *, assertion_for=None):
        for applied in self._connector.export_all(changes, assertion_for=assertion_for):
            if applied.error is None and not isinstance(applied.change, (Add, Modify)):
                self._follow(applied.change)
            yield applied

    def _follow(self, change):
        directory = self._connector.directory
        for entry in list(directory.search(self._connector.base)):
            before = entry.text(self.attribute)
            if str(change.dn) in before:
                new = [str(change.new_dn)] if isinstance(change, Rename) else []
                after = [one for one in before if one != str(change.dn)] + new
                directory.apply(Modify(entry.dn, (Modification.replace(self.attribute, after),)))


def test_users_who_refer_to_one_another_are_deleted_together(connector, directory, kit, rules):
    users = [kit.person(number, manager=f"id-{(number + 1) % 3}") for number in range(3)]
    provisioner = Provisioner(Following(connector), rules)
    list(provisioner.apply(provisioner.plan(users)))
    # One is renamed in the same plan, so what was read of the others is of the old name.
    users[0]["mailNickname"] = "renamed"
    outcomes = run(
        provisioner, provisioner.plan([users[0], *({**one, **GONE} for one in users[1:])])
    )
    assert all(one.error is None for one in outcomes.values()), [
        str(one) for one in outcomes.values()
    ]
    assert set(state(directory, kit)) == {kit.people, f"uid=renamed,{kit.people}"}


@pytest.mark.parametrize("also", [{}, {"manager": ["id-1", "id-3"]}])
def test_references_that_followed_a_rename_are_taken_back_by_it(connector, directory, kit, also):
    several = AttributeMapping(target="seeAlso", source=Direct("manager"), reference=True)
    rules = ProvisioningRules(mappings=kit.mappings(several))
    following = Following(connector, "seeAlso")
    users = [kit.person(1), kit.person(2, manager=["id-1"]), kit.person(3)]
    provisioner = Provisioner(following, rules)
    list(provisioner.apply(provisioner.plan(users)))
    before = state(directory, kit)
    users[0]["mailNickname"] = "renamed"
    users[1].update(also)
    outcomes = list(provisioner.apply(provisioner.plan(users)))
    assert all(one.ok for one in outcomes), [str(one) for one in outcomes]
    assert bool(outcomes[-1].undo) is bool(also)
    assert provisioner.plan(users).empty
    for order in (outcomes, outcomes[::-1]):
        for outcome in order:
            for change in read_ldif(outcome.undo) if outcome.undo else ():
                (applied,) = following.export_all([change])
                assert applied.ok
        assert state(directory, kit) == before
        assert all(one.ok for one in provisioner.apply(provisioner.plan(users)))


def test_a_reference_that_somebody_else_changed_keeps_the_account(connector, directory, kit, rules):
    users = [kit.person(1, manager="id-2"), kit.person(2), kit.person(3)]
    provisioner = Provisioner(connector, rules)
    list(provisioner.apply(provisioner.plan(users)))
    plan = provisioner.plan([{**users[0], **GONE}, *users[1:]])
    change = Modification.replace("manager", f"uid=user3,{kit.people}")
    directory.apply(Modify(f"uid=user1,{kit.people}", (change,)))
    (outcome,) = provisioner.apply(plan)
    assert isinstance(outcome.error, PlanStale)
    assert directory.read(f"uid=user1,{kit.people}") is not None


def test_a_connector_that_breaks_off_is_read_back_before_anything_is_repeated(
    connector, kit, rules
):
    """It may have sent more than it answered."""

    class BreakingOff(Wrapped):
        def __init__(self, connector):
            super().__init__(connector)
            self.added = []

        def export(self, change, *, assertion=None):
            self.added.append(change.dn)
            self._connector.export(change, assertion=assertion)

        def export_all(self, changes, *, assertion_for=None):
            for number, change in enumerate(changes):
                self.added.append(change.dn)
                (applied,) = self._connector.export_all([change], assertion_for=assertion_for)
                if number == 3:
                    raise ConnectionFailed("the line broke")
                yield applied

    breaking = BreakingOff(connector)
    provisioner = Provisioner(breaking, rules, links=MemoryLinks())
    plan = provisioner.plan([kit.person(number) for number in range(8)])
    outcomes = run(provisioner, plan)
    assert {one.result for one in outcomes.values()} <= {Result.SUCCESS, Result.WARNING}
    assert len(breaking.added) == len(set(breaking.added)) == 8
    assert (
        Provisioner(connector, rules, links=MemoryLinks())
        .plan([kit.person(number) for number in range(8)])
        .empty
    )
