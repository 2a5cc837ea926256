"""Who gets what: matching, scope, numbers, unique values, references, parents, shards."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from ldapconnector.mapping import (
    Allocation,
    AttributeMapping,
    Computed,
    Direct,
    NumberRange,
    ObjectAction,
    ObjectMapping,
    ScopeClause,
    ScopeGroup,
    ScopingFilter,
)
from ldapconnector.names import DN
from ldapconnector.planning import (
    Action,
    DeletionGuard,
    DeprovisioningPolicy,
    Event,
    Flow,
    ParentClass,
    Planner,
    StepKind,
)
from ldapconnector.vendors import Vendor, traits_of

LEAVING = DeprovisioningPolicy(disable=Flow.set("employeeType", "left"), delete=Flow.delete())


def actions(plan):
    return [item.action for item in plan]


# Matching ----------------------------------------------------------------------------------------


def test_an_account_that_matches_is_linked_and_not_made_anew(kit):
    plan = kit.plan([kit.person(1)], entries=[kit.account(1, mail="USER1@X.org")])
    (item,) = plan
    assert item.action is Action.LINK
    assert item.anchor == b"uuid-1"
    assert "mail" in item.match
    assert plan.empty


def test_an_ambiguous_match_names_both_and_writes_nothing(kit):
    twins = [kit.account(1), kit.account(2, mail="user1@x.org")]
    (item,) = kit.plan([kit.person(1)], entries=twins)
    assert item.action is Action.FAULT
    assert all(str(one.dn) in item.faults[0] for one in twins)


def test_two_users_for_one_account_are_both_reported(kit):
    plan = kit.plan([kit.person(1), kit.person(2, mail="user1@x.org")], entries=[kit.account(1)])
    assert actions(plan) == [Action.FAULT, Action.FAULT]


def test_a_new_user_does_not_get_the_account_of_another(kit):
    users = [kit.person(1, mail="user1@x.org"), kit.person(2, mail="USER1@x.org")]
    plan = kit.plan(users, entries=[kit.account(1)], links=[kit.link(1)])
    assert [(item.source, item.action) for item in plan] == [("id-2", Action.FAULT)]
    assert "id-1 and User 2 claim the object uid=user1" in plan.items[0].faults[0]


def test_an_account_is_anothers_also_where_an_import_shows_its_name_twice(kit):
    overtaken = kit.account(1, entryUUID="uuid-9", mail="user2@x.org")
    entries = [kit.account(1), overtaken]
    plan = kit.plan([kit.person(1), kit.person(2)], entries=entries, links=[kit.link(1)])
    assert [(item.source, item.action) for item in plan] == [("id-2", Action.FAULT)]
    assert "claim the object" in plan.items[0].faults[0]


def test_an_account_outside_of_the_base_is_not_matched(kit):
    given = kit.rules(base="ou=staff,dc=x")
    (item,) = kit.plan([kit.person(1)], given, entries=[kit.account(1)])
    assert (item.action, item.match) == (Action.FAULT, "none")


def test_a_link_goes_before_any_match(kit):
    moved = kit.account(1, mail="other@x.org")
    (item,) = kit.plan([kit.person(1)], entries=[moved], links=[kit.link(1)])
    assert item.action is Action.UPDATE
    assert [str(value) for value in item.values] == ["mail: other@x.org -> user1@x.org"]


def test_who_has_no_source_anchor_or_shares_it_is_a_fault(kit):
    users = [{"displayName": "Nobody"}, kit.person(1), kit.person(1)]
    plan = kit.plan(users)
    assert actions(plan) == [Action.FAULT, Action.CREATE, Action.FAULT]
    assert "twice" in plan.items[2].faults[0]


def test_without_matching_rules_an_existing_name_is_a_collision_and_no_link(kit):
    given = kit.rules(AttributeMapping(target="mail", source=Direct("mail")), without=("mail",))
    (item,) = kit.plan([kit.person(1)], given, entries=[kit.account(1)])
    assert item.action is Action.FAULT
    assert "must be unique" in item.faults[0]


def test_a_begun_creation_is_found_again_by_its_name(kit):
    given = kit.rules(AttributeMapping(target="mail", source=Direct("mail")), without=("mail",))
    intents = {"id-1": DN.parse(f"uid=user1,{kit.base}")}
    (item,) = kit.plan([kit.person(1)], given, entries=[kit.account(1)], intents=intents)
    assert item.action is Action.LINK


def test_from_a_partial_import_nobody_is_made_and_nobody_removed(kit):
    plan = kit.plan(
        [kit.person(1)],
        kit.rules(deprovisioning=LEAVING),
        entries=[kit.account(2)],
        links=[kit.link(3)],
        partial="the size limit was reached",
    )
    assert actions(plan) == [Action.FAULT, Action.FAULT]
    assert all("size limit" in item.faults[0] for item in plan)


def test_from_a_partial_import_not_even_a_found_account_is_removed(kit):
    leaving = [
        kit.person(1, accountEnabled=False),
        {"id": "id-2", "@removed": {"reason": "deleted"}},
        kit.person(4, surname="Changed"),
    ]
    plan = kit.plan(
        leaving,
        kit.rules(deprovisioning=LEAVING),
        entries=[kit.account(number) for number in (1, 2, 3, 4)],
        links=[kit.link(number) for number in (1, 2, 3, 4)],
        partial="the size limit was reached",
    )
    assert [item.action for item in plan if item.source == "id-4"] == [Action.UPDATE]
    others = [item for item in plan if item.source != "id-4"]
    assert [(item.source, item.action, item.rule) for item in others] == [
        ("id-1", Action.SKIP, "G8"),
        ("id-2", Action.SKIP, "G8"),
        ("id-3", Action.SKIP, "G8"),
    ]
    assert all("size limit" in item.reason and not item.steps for item in others)
    assert not any(item.stop_managing for item in others)


def test_the_share_that_leaves_is_one_of_all_accounts_also_where_few_users_are_looked_at(kit):
    given = kit.rules(
        deprovisioning=LEAVING, guard=DeletionGuard(percent=10, tolerated=0, jump=None)
    )
    users = [kit.person(number, accountEnabled=False) for number in range(3)]
    directory = {"entries": [kit.account(number) for number in range(3)], "complete": False}
    links = [kit.link(number) for number in range(30)]
    plan = kit.plan(users, given, links=links, **directory)
    assert plan.managed == 30
    assert not plan.held
    assert kit.plan(users, given, links=links[:29], **directory).held


# Scope and leaving -------------------------------------------------------------------------------


def test_out_of_scope_says_which_clause_decided(kit):
    clause = ScopeClause(attribute="department", operator="EQUALS", operands="IT")
    scoping = ScopingFilter(groups=[ScopeGroup(clauses=[clause])])
    given = kit.rules(scoping=scoping, deprovisioning=LEAVING)
    users = [kit.person(1, department="HR"), kit.person(2, department="HR")]
    plan = kit.plan(users, given, entries=[kit.account(1)], links=[kit.link(1)])
    assert actions(plan) == [Action.DISABLE, Action.SKIP]
    assert 'department EQUALS "IT" does not hold' in plan.items[0].reason


def test_what_scoping_cannot_judge_disables_nobody(kit):
    clause = ScopeClause(attribute="groups", operator="EQUALS", operands="IT")
    scoping = ScopingFilter(groups=[ScopeGroup(clauses=[clause])])
    given = kit.rules(scoping=scoping, deprovisioning=LEAVING)
    user = kit.person(1, groups=["IT", "HR"])
    (item,) = kit.plan([user], given, entries=[kit.account(1)], links=[kit.link(1)])
    assert item.action is Action.FAULT


def test_unassigned_users_leave_where_only_assigned_ones_are_in_scope(kit):
    given = kit.rules(scoping=ScopingFilter(assigned_only=True), deprovisioning=LEAVING)
    users = [kit.person(1), kit.person(2)]
    plan = kit.plan(
        users,
        given,
        entries=[kit.account(1), kit.account(2)],
        links=[kit.link(1), kit.link(2)],
        assigned=frozenset({"id-2"}),
    )
    (item,) = plan
    assert item.event is Event.UNASSIGNED
    assert item.stop_managing


def test_a_missing_user_leaves_a_complete_source_only(kit):
    facts = {"entries": [kit.account(1)], "links": [kit.link(1)]}
    given = kit.rules(deprovisioning=LEAVING)
    assert actions(kit.plan([], given, **facts)) == [Action.DISABLE]
    assert actions(kit.plan([], given, complete=False, **facts)) == []


def test_absent_can_mean_deleted(kit):
    policy = DeprovisioningPolicy(delete=Flow.delete(), absent_means_deleted=True)
    given = kit.rules(deprovisioning=policy)
    (item,) = kit.plan([], given, entries=[kit.account(1)], links=[kit.link(1)])
    assert item.action is Action.DELETE
    assert item.values[0].after == ()


def test_a_user_who_is_disabled_at_the_source_is_never_made(kit):
    (item,) = kit.plan([kit.person(1, accountEnabled=False)])
    assert item.action is Action.SKIP


def test_is_soft_deleted_disables_through_a_mapping_and_counts_for_the_guard(kit):
    flag = AttributeMapping(target="employeeType", source=Direct("isSoftDeleted"))
    given = kit.rules(flag, guard=DeletionGuard(maximum=0))
    facts = {"entries": [kit.account(1, employeeType="False")], "links": [kit.link(1)]}
    assert actions(kit.plan([kit.person(1)], given, **facts)) == []
    plan = kit.plan([kit.person(1, accountEnabled=False)], given, **facts)
    (item,) = plan
    assert item.action is Action.DISABLE
    assert plan.held
    back = {"entries": [kit.account(1, employeeType="True")], "links": [kit.link(1)]}
    assert actions(kit.plan([kit.person(1)], given, **back)) == [Action.UPDATE]


def test_protected_entries_are_never_removed(kit):
    guard = DeletionGuard(protected=(f"uid=user1,{kit.base}",))
    given = kit.rules(deprovisioning=LEAVING, guard=guard)
    (item,) = kit.plan([], given, entries=[kit.account(1)], links=[kit.link(1)])
    assert item.action is Action.SKIP
    assert item.rule == "G7"


def test_actions_that_are_switched_off(kit):
    mappings = kit.rules().mappings.mappings
    create_only = ObjectMapping(mappings=mappings, actions={ObjectAction.CREATE})
    given = kit.rules(deprovisioning=LEAVING)
    import attrs

    given = attrs.evolve(given, mappings=create_only)
    facts = {"entries": [kit.account(1, sn="Old")], "links": [kit.link(1)]}
    assert actions(kit.plan([kit.person(1), kit.person(2)], given, **facts)) == [Action.CREATE]
    none = attrs.evolve(given, mappings=attrs.evolve(create_only, actions=frozenset()))
    assert actions(kit.plan([kit.person(2)], none, **facts)) == [Action.SKIP, Action.SKIP]


def test_an_account_that_somebody_else_disabled_stays_so(kit):
    given = kit.rules(deprovisioning=LEAVING)
    disabled = [kit.account(1, employeeType="left")]
    assert kit.plan([kit.person(1)], given, entries=disabled, links=[kit.link(1)]).empty
    ours = kit.plan([kit.person(1)], given, entries=disabled, links=[kit.link(1, disabled=True)])
    assert actions(ours) == [Action.ENABLE]


# New accounts ------------------------------------------------------------------------------------


def test_a_new_name_outside_of_the_base_is_a_fault(kit):
    (item,) = kit.plan([kit.person(1)], kit.rules(base="ou=staff,dc=x"))
    assert "outside" in item.faults[0]


def test_a_product_that_enables_last_gets_its_steps_in_that_order(kit):
    password = AttributeMapping(
        target="export_password", source=Computed("RandomString(9,1,1,1,1)")
    )
    from ldapconnector.directory import MemoryDirectory

    directory = MemoryDirectory.like(Vendor.AD_LDS)
    planner = Planner(kit.rules(password), directory.schema, traits=traits_of(Vendor.AD_LDS))
    (item,) = planner.plan([kit.person(1)], kit.situation())
    kinds = [step.kind for step in item.steps]
    assert kinds == [StepKind.CREATE, StepKind.PASSWORD, StepKind.ENABLE]
    assert item.steps[0].change.entry.text("msDS-UserAccountDisabled") == ("TRUE",)
    assert item.steps[2].change.modifications[0].values == (b"FALSE",)


def test_numbers_are_given_once_and_remembered(kit):
    numbers = NumberRange(attribute="employeeNumber", first=100, last=110)
    plan = kit.plan(
        [kit.person(1), kit.person(2)],
        kit.rules(numbers=[numbers]),
        entries=[kit.account(7, employeeNumber="100")],
        allocations={"employeenumber": Allocation(numbers={"gone": 101, "id-2": 105})},
    )
    given = {item.source: item.numbers for item in plan.changes}
    assert given == {"id-1": (("employeeNumber", 102),), "id-2": (("employeeNumber", 105),)}
    assert plan.changes[0].steps[0].change.entry.text("employeeNumber") == ("102",)


def test_a_range_that_is_too_short_serves_the_first(kit):
    numbers = NumberRange(attribute="employeeNumber", first=1, last=1)
    plan = kit.plan([kit.person(1), kit.person(2)], kit.rules(numbers=[numbers]))
    assert actions(plan) == [Action.CREATE, Action.FAULT]
    assert "extend the range" in plan.items[1].faults[0]


def test_collisions_are_found_in_the_plan_and_with_entries(kit):
    given = kit.rules(unique=["cn"])
    users = [kit.person(1, displayName="Same"), kit.person(2, displayName="SAME"), kit.person(3)]
    other = kit.account(9, cn="User 3")
    plan = kit.plan(users, given, entries=[other])
    assert actions(plan) == [Action.FAULT] * 3
    assert "id-1" in plan.items[1].faults[0]
    assert str(other.dn) in plan.items[2].faults[0]


def test_two_new_accounts_of_one_name_are_both_reported(kit):
    plan = kit.plan([kit.person(1), kit.person(2, mailNickname="USER1")])
    assert actions(plan) == [Action.FAULT, Action.FAULT]


def test_unique_values_are_chosen_against_the_directory_and_the_plan(kit):
    chosen = AttributeMapping(
        target="uid",
        source=Computed(
            'SelectUniqueValue([mailNickname], Join("", [mailNickname], "2"), '
            'Join("", [mailNickname], "3"))'
        ),
        apply="creation",
    )
    name = AttributeMapping(
        target="-dn-",
        source=Computed(f'Join("", "cn=", [id], ",{kit.base}")'),
        apply="creation",
    )
    given = kit.rules(chosen, name, without=("uid", "-dn-"), unique=["uid"])
    users = [kit.person(1, mailNickname="jo"), kit.person(2, mailNickname="jo")]
    with ThreadPoolExecutor(2) as executor:
        plan = kit.plan(
            users, given, entries=[kit.account(9, uid="JO")], options={"executor": executor}
        )
    chosen_values = [item.steps[0].change.entry.text("uid") for item in plan.changes]
    assert chosen_values == [("jo2",), ("jo3",)]


def test_missing_parents_are_made_once_root_first(kit):
    name = AttributeMapping(
        target="-dn-",
        source=Computed(f'Join("", "uid=", [mailNickname], ",ou=b,ou=a,{kit.base}")'),
        apply="creation",
    )
    hierarchy = [ParentClass(rdn="OU", object_class="organizationalUnit")]
    given = kit.rules(name, without=("-dn-",), hierarchy=hierarchy)
    base = DN.parse(kit.base)
    plan = kit.plan([kit.person(1), kit.person(2)], given, exists=lambda dn: dn == base)
    assert [str(one.dn) for one in plan.parents] == [f"ou=a,{kit.base}", f"ou=b,ou=a,{kit.base}"]
    assert plan.parents[0].entry.text("ou") == ("a",)


def test_a_missing_parent_without_a_hierarchy_is_that_users_fault(kit):
    (item,) = kit.plan([kit.person(1)], exists=lambda _: False)
    assert "does not exist" in item.faults[0]


# References --------------------------------------------------------------------------------------


MANAGER = AttributeMapping(target="manager", source=Direct("manager"))


def test_references_become_names_of_new_and_renamed_accounts(kit):
    renaming = AttributeMapping(
        target="-dn-", source=Computed(f'Join("", "uid=", [mailNickname], ",{kit.base}")')
    )
    given = kit.rules(MANAGER, renaming, without=("-dn-", "uid"))
    users = [kit.person(1, manager="id-2"), kit.person(2, manager="id-3"), kit.person(3)]
    users[2]["mailNickname"] = "renamed"
    plan = kit.plan(users, given, entries=[kit.account(3)], links=[kit.link(3)])
    steps = {item.source: item.steps[-1] for item in plan.changes}
    assert steps["id-1"].kind is StepKind.REFERENCES
    assert steps["id-1"].change.modifications[0].values == (f"uid=user2,{kit.base}".encode(),)
    assert steps["id-2"].change.modifications[0].values == (f"uid=renamed,{kit.base}".encode(),)


def test_an_unresolved_reference_removes_nothing_and_is_noted(kit):
    given = kit.rules(MANAGER)
    stranger = kit.account(1, manager=f"cn=stranger,{kit.base}")
    user = kit.person(1, manager="nobody")
    (item,) = kit.plan([user], given, entries=[stranger], links=[kit.link(1)])
    assert item.action is Action.SKIP
    assert "nobody" in item.notes[0]


def test_a_reference_that_is_right_needs_nothing(kit):
    given = kit.rules(MANAGER)
    entries = [kit.account(1, manager=f"UID=user2, {kit.base}"), kit.account(2)]
    users = [kit.person(1, manager={"id": "id-2"}), kit.person(2)]
    plan = kit.plan(users, given, entries=entries, links=[kit.link(1), kit.link(2)])
    assert plan.empty
    assert plan.summary().unchanged == 2


# The fast path and shards ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_fast_path_answers_as_the_long_way_does(kit, seed):
    import random

    draw = random.Random(seed)
    users, entries, links = [], [], []
    for number in range(60):
        users.append(kit.person(number, surname=draw.choice(["Doe", "DOE", " Doe", None, "Roe"])))
        cn = draw.choice([[f"User {number}"], [f"user {number}", "extra"], [f"USER  {number}"]])
        entries.append(kit.account(number, sn=draw.choice(["Doe", "doe"]), cn=cn))
        links.append(kit.link(number, managed=draw.random() < 0.9))
    planner = Planner(kit.rules(), kit.schema)
    quick = planner.plan(users, kit.situation(entries, links))
    planner._quick = False
    slow = planner.plan(users, kit.situation(entries, links))
    assert quick == slow
    assert quick.summary().unchanged


def test_a_user_whose_identifier_is_no_text_is_not_looked_up(kit):
    users = [kit.person(1) | {"id": ["id-1"]}, kit.person(2)]
    plan = kit.plan(
        users, entries=[kit.account(1), kit.account(2)], links=[kit.link(1), kit.link(2)]
    )
    assert plan.summary().unchanged == 1


def population(kit, count):
    users = [kit.person(number) for number in range(count)]
    for number in range(0, count, 7):
        users[number]["surname"] = "Changed"
    entries = [kit.account(number) for number in range(count // 2)]
    links = [kit.link(number) for number in range(count // 3)]
    return users, kit.situation(entries, links)


def test_shards_merge_to_the_same_plan(kit):
    users, situation = population(kit, 90)
    planner = Planner(kit.rules(unique=["cn"]), kit.schema)
    alone = planner.plan(users, situation)
    assert Planner(kit.rules(unique=["cn"]), kit.schema).plan(users, situation) == alone
    with ThreadPoolExecutor(2) as executor:
        spread = planner.plan(users, situation, executor=executor, shard=11)
        whole = planner.plan(users, situation, executor=executor, shard=11, sift=False)
    assert spread == whole == alone
    assert spread.digest == alone.digest


def test_shards_can_be_planned_by_other_processes(kit):
    users, situation = population(kit, 30)
    planner = Planner(kit.rules(), kit.schema)
    alone = planner.plan(users, situation)
    with ProcessPoolExecutor(1) as executor:
        spread = planner.plan(users, situation, executor=executor, shard=math.ceil(len(users) / 2))
    assert spread.digest == alone.digest


def test_the_order_of_users_decides_the_order_of_the_plan_and_nothing_else(kit):
    users = [kit.person(number) for number in range(5)]
    forward, backward = kit.plan(users), kit.plan(users[::-1])
    assert sorted(forward, key=lambda one: one.source) == sorted(
        backward, key=lambda one: one.source
    )


# Comparing ---------------------------------------------------------------------------------------


def test_plans_under_other_rules_tell_what_a_mapping_changes_for_whom(kit):
    users = [kit.person(1), kit.person(2, displayName="user2@x.org")]
    facts = {
        "entries": [kit.account(1), kit.account(2, cn="user2@x.org")],
        "links": [kit.link(1), kit.link(2)],
    }
    other = kit.rules(AttributeMapping(target="cn", source=Direct("mail")), without=("cn",))
    (difference,) = kit.plan(users, **facts).compare(kit.plan(users, other, **facts))
    assert difference.source == "id-1"
    assert difference.lines == ("nothing becomes update", "cn: left alone becomes user1@x.org")
