"""The plan as a value: saved, read, released, shown, and never telling a secret."""

from __future__ import annotations

import hashlib
import json
import pickle

import attrs
import pytest

from ldapconnector.entries import read_ldif
from ldapconnector.errors import ConfigurationError, PlanHeld, UsageError
from ldapconnector.mapping import AttributeMapping, Computed, Direct
from ldapconnector.planning import (
    Action,
    DeletionGuard,
    DeprovisioningPolicy,
    Flow,
    Plan,
    ValueChange,
)

SECRET = "s3cret-value"


@pytest.fixture
def plan(kit):
    """Every kind of item in one plan; two removals are held."""
    hidden = AttributeMapping(target="description", source=Computed("Redact([secret])"))
    photo = AttributeMapping(target="jpegPhoto", source=Direct("photo"))
    mappings = kit.rules(hidden, photo).mappings
    given = kit.rules(
        deprovisioning=DeprovisioningPolicy(
            disable=Flow.set("employeeType", "left"), delete=Flow.delete()
        ),
        guard=DeletionGuard(maximum=1),
    )
    given = attrs.evolve(given, mappings=attrs.evolve(mappings, binary_attributes={"photo"}))
    users = [
        kit.person(1, secret=SECRET, photo="/9j/4A=="),
        kit.person(2, surname="=cmd()", secret=SECRET),
        kit.person(3, accountEnabled=False),
        {"id": "id-4", "@removed": {"reason": "deleted"}},
        kit.person(5),
        kit.person(6, accountEnabled=False),
        kit.person(7, surname=None),
    ]
    entries = [kit.account(number) for number in (2, 3, 4, 5)]
    entries[2] = kit.account(4, description=SECRET, userPassword=SECRET)
    return kit.plan(users, given, entries=entries, links=[kit.link(n) for n in (2, 3, 4)])


def test_it_has_every_kind_of_item(plan):
    assert [item.action.value for item in plan] == [
        "create",
        "update",
        "disable",
        "delete",
        "link",
        "skip",
        "fault",
    ]
    assert str(plan.summary()) == (
        "1 create, 1 update, 1 disable, 1 delete, 1 link, 1 skip, 1 fault, 0 unchanged, 2 held back"
    )


def test_no_text_form_shows_a_secret(plan):
    shown = [
        plan.to_text(),
        plan.to_text(values=True),
        plan.to_json(),
        plan.to_csv(),
        plan.to_ldif(),
        repr(plan),
        repr(plan.items),
        str(plan.summary()),
    ]
    assert not any(SECRET in text for text in shown)
    assert "(withheld)" in shown[1]


def test_it_survives_json(plan):
    again = Plan.from_json(plan.to_json())
    assert again.digest == plan.digest
    assert [item.action for item in again] == [item.action for item in plan]
    assert again.holds == plan.holds
    assert again.to_text(values=True) == plan.to_text(values=True)
    assert Plan.from_json(again.to_json()) == again


def test_it_survives_pickling(plan):
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_a_saved_plan_that_somebody_changed_is_refused(plan):
    document = json.loads(plan.to_json())
    document["items"][1]["steps"][0]["change"]["modify"][0]["values"] = ["Mallory"]
    with pytest.raises(ConfigurationError, match=r"\$\.digest"):
        Plan.from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("nonsense", "no JSON"),
        ("[]", r"\$\.format"),
        ('{"format": "ldapconnector plan 1"}', r"\$"),
        ('{"format": "ldapconnector plan 1", "items": [{"source": "1"}]}', r"\$\.items\[0\]"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_path(text, path):
    with pytest.raises(ConfigurationError, match=path):
        Plan.from_json(text)


def test_the_digest_is_that_of_the_changes(plan):
    fewer = attrs.evolve(plan, items=plan.items[1:])
    noted = attrs.evolve(plan, unchanged=99)
    assert fewer.digest != plan.digest
    assert noted.digest == plan.digest


def test_ldif_is_read_back_and_leaves_out_what_is_held(plan):
    records = list(read_ldif(plan.to_ldif()))
    assert [type(record).__name__ for record in records] == ["Add", "Modify"]


def test_csv_keeps_a_spreadsheet_from_calculating(plan):
    assert "'=cmd()" in plan.to_csv()
    assert ",=cmd()" not in plan.to_csv()


def test_text_is_aligned(plan):
    lines = plan.to_text().splitlines()
    columns = {line.index("uid=") for line in lines if ",ou=people" in line and "uid=" in line}
    assert len(columns) == 1


# Held and released -------------------------------------------------------------------------------


def test_only_removals_are_held(plan):
    assert plan.held
    assert [item.source for item in plan.staged] == ["id-3", "id-4"]
    with pytest.raises(PlanHeld, match=plan.digest[:12]) as caught:
        plan.raise_if_held()
    assert caught.value.digest == plan.digest
    assert caught.value.reasons[0].startswith("G2")


def test_a_release_names_this_plan(plan):
    released = plan.release(digest=plan.digest[:12], by="ada", why="left in May")
    assert not released.held
    assert released.digest == plan.digest
    assert released.released.by == "ada"
    released.raise_if_held()


def test_the_digest_and_the_json_form_stay_what_they_were(plan):
    for one in (plan, Plan()):
        document = json.loads(one.to_json())
        assert one.to_json() == json.dumps(document, ensure_ascii=False)
        assert one.to_json(indent=2) == json.dumps(document, ensure_ascii=False, indent=2)
        applied = {"create", "update", "disable", "delete", "link"}
        content = {
            "anchor": document["anchor"],
            "items": [item for item in document["items"] if item["action"] in applied],
            "parents": document["parents"],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert one.digest == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("digest", ["", "0" * 64, "abc"])
def test_another_plans_digest_or_too_little_of_it_releases_nothing(plan, digest):
    with pytest.raises(PlanHeld):
        plan.release(digest=digest)
    with pytest.raises(PlanHeld):
        plan.release(digest=plan.digest[:11])


def test_a_release_in_part(plan):
    released = plan.release(digest=plan.digest, only={"id-3"})
    assert [item.source for item in released.staged] == ["id-4"]
    both = released.release(digest=plan.digest, only={"id-4"})
    assert not both.held


def test_a_release_of_somebody_else_is_a_mistake(plan):
    with pytest.raises(UsageError, match="id-1"):
        plan.release(digest=plan.digest, only={"id-1"})


def test_a_release_survives_json(plan):
    released = plan.release(digest=plan.digest, only={"id-3"}, by="ada")
    again = Plan.from_json(released.to_json())
    assert again.released == released.released
    assert [item.source for item in again.staged] == ["id-4"]


def test_values_are_shown_for_a_person():
    value = ValueChange(attribute="jpegPhoto", before=(b"\xff\xd8",), after=(b"a\x07",))
    assert str(value) == "jpegPhoto: (2 octets) -> a\\x07"
    long = ValueChange(attribute="x", after=(b"a" * 500,))
    assert len(str(long)) < 200
    hidden = ValueChange(attribute="x", before=(), after=(b"a",), confidential=True)
    assert str(hidden) == "x: - -> (withheld)"


def test_an_empty_plan():
    plan = Plan()
    assert plan.empty
    assert not plan
    assert list(plan) == []
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.find("id-1") is None
    assert Action.CREATE not in {item.action for item in plan}
