"""The whole way, thin: create, nothing, update, rename, disable, delete."""

from __future__ import annotations

from ldapconnector.errors import ServerBusy
from ldapconnector.mapping import AttributeMapping, Computed, Direct
from ldapconnector.planning import Action, DeprovisioningPolicy, Flow, ProvisioningRules
from ldapconnector.provisioning import Kind, Provisioner, Result

PASSWORD = AttributeMapping(
    target="userPassword",
    source=Computed('Redact(RandomString(16, 3, 0, 3, 3, ""))'),
    apply="creation",
)


def applied(provisioner, users, **options):
    plan = provisioner.plan(users, **options)
    return list(provisioner.apply(plan))


def test_accounts_are_created_and_the_second_plan_is_empty(connector, directory, kit):
    rules = ProvisioningRules(
        mappings=kit.mappings(
            PASSWORD, AttributeMapping(target="manager", source=Direct("manager"))
        )
    )
    provisioner = Provisioner(connector, rules)
    users = [kit.person(number) for number in range(5)]
    users[0]["manager"] = {"id": "id-3"}

    outcomes = applied(provisioner, users)

    assert [outcome.result for outcome in outcomes] == [Result.SUCCESS] * 5
    assert {outcome.kind for outcome in outcomes} == {Kind.CREATE}
    entry = directory.read(f"uid=user0,{kit.people}")
    assert entry.text("manager") == (f"uid=user3,{kit.people}",)
    assert entry.get("userPassword")
    again = provisioner.plan(users)
    assert again.empty
    assert again.summary().unchanged == 5


def test_a_change_at_the_source_is_one_modification(connector, kit, rules):
    provisioner = Provisioner(connector, rules)
    users = [kit.person(number) for number in range(3)]
    applied(provisioner, users)
    connector.written.clear()

    users[1]["displayName"] = "Zoë"
    (plan,) = [provisioner.plan(users)]
    assert [str(value) for value in plan.changes[0].values] == ["cn: User 1 -> Zoë"]
    (outcome,) = provisioner.apply(plan)

    assert outcome.kind is Kind.UPDATE
    assert len(connector.written) == 1
    assert provisioner.plan(users).empty


def test_a_rename_stands_alone_and_the_link_survives_it(connector, directory, kit, rules):
    provisioner = Provisioner(connector, rules)
    users = [kit.person(1)]
    applied(provisioner, users)

    users[0].update(mailNickname="other", mail="other@example.com")
    (outcome,) = applied(provisioner, users)

    assert [str(step.kind) for step in outcome.steps] == ["rename", "modify"]
    assert directory.read(f"uid=other,{kit.people}").text("uid") == ("other",)
    assert provisioner.plan(users).empty


def test_leaving_disables_then_deletes_and_coming_back_enables(connector, directory, kit):
    policy = DeprovisioningPolicy(disable=Flow.set("employeeType", "left"), delete=Flow.delete())
    rules = ProvisioningRules(mappings=kit.mappings(), deprovisioning=policy)
    provisioner = Provisioner(connector, rules)
    user = kit.person(1)
    applied(provisioner, [user])

    (disabled,) = applied(provisioner, [{**user, "accountEnabled": False}])
    assert disabled.kind is Kind.DISABLE
    assert directory.read(f"uid=user1,{kit.people}").text("employeeType") == ("left",)

    (enabled,) = applied(provisioner, [user])
    assert enabled.action is Action.ENABLE
    assert "employeeType" not in directory.read(f"uid=user1,{kit.people}")

    (deleted,) = applied(provisioner, [{"id": "id-1", "@removed": {"reason": "deleted"}}])
    assert deleted.kind is Kind.DELETE
    assert directory.read(f"uid=user1,{kit.people}") is None
    assert not provisioner.links.links()


def test_one_users_fault_leaves_the_others_alone(connector, directory, kit, rules):
    provisioner = Provisioner(connector, rules)
    users = [kit.person(1, surname=None), kit.person(2), kit.person(3, mailNickname="a,ou=x")]

    outcomes = {outcome.source: outcome for outcome in applied(provisioner, users)}

    assert outcomes["id-2"].ok
    assert outcomes["id-1"].result is Result.FAILURE
    assert "sn" in str(outcomes["id-1"].error)
    assert "would break the DN" in str(outcomes["id-3"].error)
    assert len(list(directory.search(kit.people))) == 2


def test_who_changes_while_disabled_is_enabled_on_the_return(connector, directory, kit):
    rules = ProvisioningRules(
        mappings=kit.mappings(),
        deprovisioning=DeprovisioningPolicy(disable=Flow.set("employeeType", "left")),
    )
    provisioner = Provisioner(connector, rules)
    user = kit.person(1)
    for change, left in [
        ({}, ()),
        ({"accountEnabled": False}, ("left",)),
        ({"displayName": "Married"}, ("left",)),
        ({"surname": "Married"}, ("left",)),
        ({"accountEnabled": True}, ()),
    ]:
        user.update(change)
        assert all(one.ok for one in provisioner.apply(provisioner.plan([user])))
        entry = directory.read(f"uid=user1,{kit.people}")
        assert entry.text("employeeType") == left, change
        assert provisioner.plan([user]).empty
    assert entry.text("cn") == ("Married",)


def test_a_password_that_could_not_be_set_is_set_on_the_return(
    connector, directory, kit, monkeypatch
):
    def refuse(dn, new):
        raise ServerBusy("later", operation="password")

    rules = ProvisioningRules(
        mappings=kit.mappings(PASSWORD),
        deprovisioning=DeprovisioningPolicy(disable=Flow.set("employeeType", "left")),
    )
    provisioner = Provisioner(connector, rules)
    user = kit.person(1)
    with monkeypatch.context() as patch:
        patch.setattr(connector, "set_password", refuse)
        (outcome,) = applied(provisioner, [user])
    assert outcome.result is Result.WARNING
    user["accountEnabled"] = False
    assert all(one.ok for one in applied(provisioner, [user]))
    assert provisioner.plan([user]).empty
    user["accountEnabled"] = True
    assert all(one.ok for one in applied(provisioner, [user]))
    assert directory.read(f"uid=user1,{kit.people}").get("userPassword")
    assert not provisioner.links.get("id-1").pending
    assert provisioner.plan([user]).empty
