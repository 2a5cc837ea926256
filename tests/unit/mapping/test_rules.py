"""Attribute mappings as values."""

from __future__ import annotations

import pickle

import pytest

from ldapconnector.errors import ExpressionSyntaxError, MappingError
from ldapconnector.mapping import (
    DN_TARGET,
    ECMA2HOST_PREFIX,
    Apply,
    AttributeMapping,
    Computed,
    Constant,
    Direct,
    FlowType,
    NoSource,
    ObjectAction,
    ObjectMapping,
    bare_attribute,
)


@pytest.mark.parametrize(
    ("target", "attribute"),
    [
        ("mail", "mail"),
        (ECMA2HOST_PREFIX + "mail", "mail"),
        (ECMA2HOST_PREFIX + "-dn-", "-dn-"),
        (ECMA2HOST_PREFIX.lower() + "-DN-", "-dn-"),
        (ECMA2HOST_PREFIX.replace(":User:", ":Group:") + "member", "member"),
        ("EXPORT_PASSWORD", "export_password"),
        ("_distinguishedname", "_distinguishedName"),
        ("userCertificate;binary", "userCertificate;binary"),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:x",
            "urn:ietf:params:scim:schemas:core:2.0:User:x",
        ),
    ],
)
def test_targets_bare_or_behind_the_urn(target: str, attribute: str) -> None:
    assert bare_attribute(target) == attribute
    assert AttributeMapping(target=target).attribute == attribute
    assert AttributeMapping(target=target).target == target


def test_an_empty_target_is_refused() -> None:
    for target in ("", ECMA2HOST_PREFIX):
        with pytest.raises(MappingError, match="names its target"):
            AttributeMapping(target=target)


def test_precedence_zero_is_none_as_graph_writes_it() -> None:
    assert AttributeMapping(target="a", matching_precedence=0).matching_precedence is None
    with pytest.raises(MappingError, match="1 or more"):
        AttributeMapping(target="a", matching_precedence=-1)


def test_creation_only_by_either_word() -> None:
    assert AttributeMapping(target="a", apply=Apply.CREATION).creation_only
    assert AttributeMapping(target="a", flow_type=FlowType.OBJECT_ADD_ONLY).creation_only
    assert not AttributeMapping(target="a").creation_only


def test_an_expression_may_be_given_as_text() -> None:
    assert str(Computed("tolower([mail])")) == "ToLower([mail])"
    with pytest.raises(ExpressionSyntaxError):
        Computed("ToLower([mail]")


def test_what_a_mapping_reads() -> None:
    mapping = ObjectMapping(
        mappings=[
            AttributeMapping(target="a", source=Direct("x")),
            AttributeMapping(target="b", source=Computed("Join([y], [z])")),
            AttributeMapping(target="c", source=Constant("k")),
            AttributeMapping(target=DN_TARGET, source=NoSource()),
        ]
    )
    assert mapping.sources == {"x", "y", "z"}
    assert [one.attribute for one in mapping.target(ECMA2HOST_PREFIX + "B")] == ["b"]


def test_values_are_frozen_hashable_and_picklable() -> None:
    mapping = ObjectMapping(
        mappings=[
            AttributeMapping(target="a", source=Computed("ToLower([b])"), default=["1", "2"])
        ],
        actions=["create"],
        source_null_attributes={"b"},
    )
    assert pickle.loads(pickle.dumps(mapping)) == mapping
    assert len({mapping, pickle.loads(pickle.dumps(mapping))}) == 1
    assert mapping.actions == {ObjectAction.CREATE}
    assert mapping.mappings[0].default == ("1", "2")
    with pytest.raises(AttributeError):
        mapping.name = "x"
