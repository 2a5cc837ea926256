"""Flow type, flow behaviour and null: the table of mapping/_flow.py, cell by cell."""

from __future__ import annotations

import pytest

from ldapconnector.mapping import FlowBehavior, FlowType, MappedValue, flow
from ldapconnector.schema import Schema

OLD, NEW, BOTH = (b"old",), (b"new",), (b"old", b"new")


@pytest.mark.parametrize(
    ("flow_type", "empty", "filled", "empty_single", "filled_single"),
    [
        (FlowType.ALWAYS, NEW, NEW, NEW, NEW),
        (FlowType.OBJECT_ADD_ONLY, None, None, None, None),
        (FlowType.MULTI_VALUE_ADD_ONLY, NEW, BOTH, None, None),
        (FlowType.VALUE_ADD_ONLY, NEW, BOTH, NEW, None),
        (FlowType.ATTRIBUTE_ADD_ONLY, NEW, None, NEW, None),
    ],
)
def test_flow_types_on_updates(flow_type, empty, filled, empty_single, filled_single) -> None:
    value = MappedValue(attribute="a", values=NEW, flow_type=flow_type)
    assert flow(value, ()) == empty
    assert flow(value, OLD) == filled
    assert flow(value, (), single_valued=True) == empty_single
    assert flow(value, OLD, single_valued=True) == filled_single


@pytest.mark.parametrize("flow_type", list(FlowType))
def test_at_creation_every_type_flows_and_null_does_not(flow_type) -> None:
    value = MappedValue(attribute="a", values=NEW, flow_type=flow_type, creation_only=True)
    assert flow(value, (), creating=True) == NEW
    null = MappedValue(attribute="a", values=None, flow_type=flow_type, clears=True)
    assert flow(null, (), creating=True) is None


def test_null_clears_only_with_both_switches() -> None:
    assert flow(MappedValue(attribute="a", values=None), OLD) is None
    assert flow(MappedValue(attribute="a", values=None, clears=True), OLD) == ()


@pytest.mark.parametrize("flow_type", [one for one in FlowType if one is not FlowType.ALWAYS])
def test_null_removes_nothing_under_the_add_only_types(flow_type) -> None:
    value = MappedValue(attribute="a", values=None, clears=True, flow_type=flow_type)
    assert flow(value, OLD) is None


def test_creation_only_values_leave_updates_alone() -> None:
    assert flow(MappedValue(attribute="a", values=NEW, creation_only=True), OLD) is None


def test_a_default_without_a_source_fills_what_is_empty() -> None:
    value = MappedValue(attribute="a", values=NEW, fill_only=True)
    assert flow(value, ()) == NEW
    assert flow(value, OLD) is None


def test_flow_behaviour() -> None:
    usual = MappedValue(attribute="a", values=NEW)
    always = MappedValue(attribute="a", values=NEW, flow_behavior=FlowBehavior.ALWAYS)
    assert flow(usual, OLD, changed=False) is None
    assert flow(usual, OLD, changed=True) == NEW
    assert flow(usual, OLD, changed=None) == NEW
    assert flow(always, OLD, changed=False) == NEW


def test_adding_compares_by_matching_rule() -> None:
    value = MappedValue(
        attribute="mail", values=(b"JANE@X", b"new@x"), flow_type=FlowType.VALUE_ADD_ONLY
    )
    assert flow(value, (b"jane@x",), schema=Schema.standard()) == (b"jane@x", b"new@x")
    assert flow(value, (b"jane@x",)) == (b"jane@x", b"JANE@X", b"new@x")
