"""What was applied needs nothing more: for any users, mappings and directories.

The law of the room: after a plan is applied, a second plan writes nothing. Besides the law,
each run checks that a plan read back from JSON is the same plan, that no confidential value
is in any text form, and that the undo of an outcome is LDIF.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ldapconnector.directory import MemoryDirectory
from ldapconnector.entries import Entry, read_ldif
from ldapconnector.mapping import (
    Apply,
    AttributeMapping,
    Computed,
    Constant,
    Direct,
    FlowType,
    ObjectMapping,
)
from ldapconnector.planning import (
    DeletionGuard,
    DeprovisioningPolicy,
    Flow,
    ParentClass,
    Plan,
    ProvisioningRules,
)
from ldapconnector.provisioning import Provisioner
from ldapconnector.vendors import Vendor, identify

_spec = importlib.util.spec_from_file_location(
    "provisioning_kit", Path(__file__).parents[1] / "unit" / "provisioning" / "conftest.py"
)
kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(kit)

SECRET = "geheim"
TEXT = st.text(
    alphabet=st.sampled_from(list("abcXYZ àÉß0 ,+\"\\<>;=#'-.漢é")), min_size=1, max_size=8
)
OPTIONAL = st.none() | TEXT

PEOPLE = kit.PEOPLE
PRODUCTS = st.sampled_from(
    [Vendor.OPENLDAP, Vendor.DS_389, Vendor.AD_LDS, Vendor.OPENDJ, Vendor.IBM]
)


@st.composite
def users(draw, count=5):
    out = []
    for number in draw(st.sets(st.integers(0, count - 1), max_size=count)):
        user = kit.person(
            number,
            displayName=draw(TEXT),
            surname=draw(OPTIONAL),
            department=draw(OPTIONAL),
            accountEnabled=draw(st.booleans() | st.just(True)),
            mailNickname=draw(st.sampled_from([f"user{number}", f"other{number}", "same"])),
            manager=draw(st.none() | st.sampled_from([f"id-{one}" for one in range(count)])),
            phones=draw(st.lists(st.from_regex(r"\+[0-9]{2,5}", fullmatch=True), max_size=3)),
            secret=SECRET + str(number),
        )
        out.append(user)
    return out


@st.composite
def mappings(draw):
    rdn = draw(st.sampled_from(["uid", "cn"]))
    when = draw(st.sampled_from(list(Apply)))
    flow = st.sampled_from(list(FlowType))
    parent = draw(st.sampled_from(["", "ou=new,"]))
    made = [
        AttributeMapping(
            target="-dn-",
            source=Computed(f'Join("", "{rdn}=", [mailNickname], ",{parent}{PEOPLE}")'),
            apply=when,
        ),
        AttributeMapping(
            target="objectClass", source=Constant(("inetOrgPerson",)), apply=Apply.CREATION
        ),
        AttributeMapping(target="cn", source=Direct("displayName")),
        AttributeMapping(target="sn", source=Direct("surname"), default="Nobody"),
        AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1),
        AttributeMapping(
            target="departmentNumber",
            source=Direct("department"),
            flow_type=draw(flow),
            flow_null=draw(st.booleans()),
        ),
        AttributeMapping(target="telephoneNumber", source=Direct("phones"), flow_type=draw(flow)),
        AttributeMapping(target="manager", source=Direct("manager")),
        AttributeMapping(target="description", source=Computed("Redact([secret])")),
    ]
    return ObjectMapping(mappings=made, source_null_attributes={"department"})


FLOWS = st.sampled_from([Flow.none(), Flow.delete(), Flow.set("employeeType", "left")])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    product=PRODUCTS,
    mapping=mappings(),
    cycles=st.lists(users(), min_size=1, max_size=3),
    disable=FLOWS,
    delete=FLOWS,
    assertions=st.booleans(),
    by_name=st.booleans(),
)
def test_the_second_plan_is_empty(  # noqa: PLR0917 -- what is drawn
    product, mapping, cycles, disable, delete, assertions, by_name
):
    people = Entry(PEOPLE, {"objectClass": "organizationalUnit", "ou": "people"})
    directory = MemoryDirectory.like(product, suffix=kit.SUFFIX, entries=[people])
    anchor = "dn" if by_name else _anchor(directory)
    connector = kit.DirectoryConnector(directory, assertions=assertions, anchor=anchor)
    rules = ProvisioningRules(
        mappings=mapping,
        hierarchy=[ParentClass(rdn="ou", object_class="organizationalUnit")],
        deprovisioning=DeprovisioningPolicy(disable=disable, delete=delete),
        guard=DeletionGuard.off(),
    )
    provisioner = Provisioner(connector, rules)
    for people in cycles:
        plan = provisioner.plan(people)
        shown = [plan.to_text(values=True), plan.to_json(), plan.to_csv(), plan.to_ldif()]
        assert not any(SECRET in text for text in shown)
        again = Plan.from_json(shown[1])
        assert again.digest == plan.digest
        outcomes = list(provisioner.apply(plan))
        failed = [one for one in outcomes if one.error is not None and one.change.writes]
        assert not failed, [str(one) for one in failed]
        for one in outcomes:
            assert SECRET not in one.undo
            assert list(read_ldif(one.undo)) or not one.undo
        second = provisioner.plan(people)
        # A name that leaves with this plan is free for the next one, and a fault until then.
        held_up = {one.source for one in plan.faults}
        assert {one.source for one in second.changes} <= held_up, second.to_text(values=True)


def _anchor(directory):
    return identify(directory.root_dse, directory.schema).traits.anchor
