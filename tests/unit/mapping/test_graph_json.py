"""Graph's JSON: read, changed, written back. Every published sample, and both styles."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import attrs
import pytest

from ldapconnector.errors import MappingError
from ldapconnector.mapping import (
    Apply,
    AttributeMapping,
    CompiledMappings,
    Computed,
    Constant,
    Direct,
    FlowBehavior,
    FlowType,
    NoSource,
    ObjectAction,
    ObjectMapping,
    ScopeClause,
    ScopeGroup,
    ScopingFilter,
    load_graph,
    to_graph,
)

SAMPLES = [
    "attributeMappingSource-doc",
    "aws-sso-template-fragment",
    "cloudsync-transformation-doc",
    "objectDefinition-aad-user-doc",
    "objectMapping-salesforce-doc",
    "parseExpression-response-doc",
    "scim-script-built-mappings",
]


def attribute_mapping(target: str = "mail", **fields: Any) -> dict[str, Any]:
    return {
        "defaultValue": None,
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": "Always",
        "matchingPriority": 0,
        "targetAttributeName": target,
        "source": {"expression": "[mail]", "name": "mail", "type": "Attribute", "parameters": []},
        **fields,
    }


def schema(*mappings: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": "x",
        "version": "6.0",
        "unknownField": {"kept": [1, 2.5, None]},
        "synchronizationRules": [
            {
                "id": "r",
                "name": "USER",
                "priority": 1,
                "sourceDirectoryName": "Microsoft Entra ID",
                "targetDirectoryName": "LDAP",
                "objectMappings": [
                    {
                        "enabled": True,
                        "flowTypes": "Add,Update,Delete",
                        "name": "Users",
                        "scope": None,
                        "sourceObjectName": "User",
                        "targetObjectName": "User",
                        "attributeMappings": list(mappings),
                        "metadata": [{"key": "EscrowBehavior", "value": '"Default"'}],
                        **fields,
                    },
                    {"name": None, "sourceObjectName": "", "enabled": False},
                ],
            }
        ],
        "directories": [
            {
                "name": "Microsoft Entra ID",
                "objects": [
                    {
                        "name": "User",
                        "attributes": [
                            {"name": "objectId", "anchor": True, "type": "String"},
                            {"name": "city", "type": "String", "flowNullValues": True},
                            {"name": "photo", "type": "Binary"},
                            {"name": "boss", "type": "Reference"},
                        ],
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_published_sample_is_kept(shared: Path, sample: str) -> None:
    text = (shared / f"captures/graph/{sample}.json").read_text()
    document = load_graph(text)
    assert document.save() == json.loads(text)
    assert list(_keys(document.save())) == list(_keys(json.loads(text)))
    assert load_graph(document.save_text()).mappings == document.mappings
    assert not document.errors


def _keys(value: Any) -> Any:
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _keys(one)
    elif isinstance(value, list):
        for one in value:
            yield from _keys(one)


def test_the_salesforce_sample_works(shared: Path) -> None:
    document = load_graph((shared / "captures/graph/objectMapping-salesforce-doc.json").read_text())
    mapping = document.users().mapping
    by_target = {one.attribute: one for one in mapping.mappings}
    assert len(by_target) == 14
    assert by_target["TimeZoneSidKey"].source == Constant("America/Los_Angeles")
    assert by_target["Username"].matching_precedence == 1
    assert by_target["IsActive"].default == "True"
    assert mapping.actions == set(ObjectAction)
    found = CompiledMappings(mapping).map(
        {"IsSoftDeleted": "False", "userPrincipalName": "jane.doe@x", "mail": "j@x"}, creating=True
    )
    assert found.values["IsActive"].text == ("True",)
    assert found.values["Alias"].text == ("jane.doe",)
    assert found.values["Username"].text == ("jane.doe@x",)


def test_a_whole_schema() -> None:
    scope = {
        "groups": [
            {
                "name": "Sales",
                "clauses": [
                    {
                        "sourceOperandName": "department",
                        "operatorName": "EQUALS",
                        "targetOperand": {"values": ["Sales"]},
                    },
                    {
                        "sourceOperandName": "x",
                        "operatorName": "IS NOT NULL",
                        "targetOperand": None,
                    },
                ],
            }
        ],
        "inputFilterGroups": [],
        "categoryFilterGroups": [],
    }
    value = schema(attribute_mapping(matchingPriority=1), scope=scope)
    for wrapped in (value, {"schema": value, "default": True}, {"@odata.context": "y", **value}):
        document = load_graph(json.dumps(wrapped))
        assert document.save() == wrapped
        found = document.users()
        assert found.path.endswith("synchronizationRules[0].objectMappings[0]")
        assert (found.rule, found.source_directory) == ("USER", "Microsoft Entra ID")
        assert found.mapping.source_null_attributes == {"city"}
        assert found.mapping.binary_attributes == {"photo"}
        assert found.mapping.reference_attributes == {"boss"}
        assert found.mapping.source_anchor == "id"
        assert found.scoping is not None
        assert found.scoping.holds({"department": "Sales", "x": "1"})
        assert not document.mappings[1].mapping.enabled


@pytest.mark.parametrize(
    ("fields", "source", "default"),
    [
        ({"source": None, "defaultValue": "x"}, Constant("x"), None),
        ({"source": None}, NoSource(), None),
        (
            {"source": None, "defaultValue": "x", "flowType": "AttributeAddOnly"},
            NoSource(),
            "x",
        ),
        ({"source": {"type": "Attribute", "name": "a"}}, Direct("a"), None),
        (
            {"source": {"type": "Attribute", "expression": "[a]", "parameters": None}},
            Direct("a"),
            None,
        ),
        (
            {"source": {"type": "Constant", "expression": '"a\\"b"', "name": "z"}},
            Constant('a"b'),
            None,
        ),
        ({"source": {"type": "Constant", "name": "a"}}, Constant("a"), None),
        ({"source": {"type": 1, "name": "a"}, "defaultValue": "d"}, Constant("a"), "d"),
        (
            {"source": {"type": "Function", "expression": "ToLower([a], )", "name": "ToLower"}},
            Computed("ToLower([a], )"),
            None,
        ),
        (
            {
                "source": {
                    "type": "Function",
                    "name": "Trim",
                    "parameters": [
                        {"key": "source", "value": {"type": "Attribute", "name": "a"}},
                    ],
                }
            },
            Computed("Trim([a])"),
            None,
        ),
    ],
)
def test_sources(fields: dict[str, Any], source: object, default: str | None) -> None:
    (mapping,) = load_graph([attribute_mapping(**fields)]).mappings[0].mapping.mappings
    assert mapping.source == source
    assert mapping.default == default


@pytest.mark.parametrize("style", ["camelCase", "PascalCase"])
def test_both_styles(style: str) -> None:
    camel = {
        "enabled": True,
        "flowTypes": "Add, Update",
        "sourceObjectName": "User",
        "targetObjectName": "User",
        "scope": {
            "groups": [
                {
                    "clauses": [
                        {
                            "sourceOperandName": "a",
                            "operatorName": "EQUALS",
                            "targetOperand": {"values": ["1"]},
                        }
                    ]
                }
            ]
        },
        "attributeMappings": [
            attribute_mapping(flowType="ObjectAddOnly", flowBehavior="FlowAlways")
        ],
    }
    pascal = _pascal(camel)
    pascal["FlowTypes"] = 3
    pascal["AttributeMappings"][0] |= {"FlowType": 1, "FlowBehavior": 1}
    pascal["AttributeMappings"][0]["Source"]["Type"] = 0
    found = load_graph([pascal] if style == "PascalCase" else [camel])
    (graph,) = found.mappings
    (mapping,) = graph.mapping.mappings
    assert mapping.flow_type is FlowType.OBJECT_ADD_ONLY
    assert mapping.apply is Apply.CREATION
    assert mapping.flow_behavior is FlowBehavior.ALWAYS
    assert graph.mapping.actions == {ObjectAction.CREATE, ObjectAction.UPDATE}
    assert graph.scoping is not None
    assert graph.scoping.sources == {"a"}
    assert found.save() == ([pascal] if style == "PascalCase" else [camel])
    changed = found.replace(
        graph.path, attrs.evolve(graph.mapping, actions={ObjectAction.DELETE})
    ).save()
    assert changed[0].get("FlowTypes", changed[0].get("flowTypes")) == (
        4 if style == "PascalCase" else "Delete"
    )


def _pascal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _pascal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_pascal(one) for one in value]
    return value


# Changing ------------------------------------------------------------------------------------------


def test_a_change_touches_nothing_else() -> None:
    value = schema(
        attribute_mapping("mail", unknown={"kept": True}),
        attribute_mapping("sn", source={"type": "Function", "expression": "Broken(", "name": "B"}),
        attribute_mapping("cn"),
        attribute_mapping("l"),
    )
    document = load_graph(value)
    graph = document.users()
    mail, cn, _ = graph.mapping.mappings
    changed = document.replace(
        graph.path,
        attrs.evolve(
            graph.mapping,
            mappings=[
                AttributeMapping(target="title", source=Computed("ToLower([jobTitle])")),
                attrs.evolve(cn, source=Constant("x"), apply=Apply.CREATION),
                attrs.evolve(mail, matching_precedence=2),
            ],
        ),
    )
    saved = changed.save()
    written = saved["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"]
    expected = json.loads(json.dumps(value))
    mappings = expected["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"]
    mappings[0]["matchingPriority"] = 2
    mappings[2] |= {"source": None, "defaultValue": "x", "flowType": "ObjectAddOnly"}
    mappings[3] = written[3]
    assert saved == expected
    assert written[3]["targetAttributeName"] == "title"
    assert written[3]["source"]["expression"] == "ToLower([jobTitle])"
    assert written[3]["source"]["parameters"][0]["value"]["name"] == "jobTitle"
    assert load_graph(saved).users().mapping.target("cn")[0].source == Constant("x")


def test_a_changed_scope_keeps_its_unknown_fields() -> None:
    value = schema(attribute_mapping(), scope={"groups": [], "unknown": 1})
    document = load_graph(value)
    scoping = ScopingFilter(
        groups=[
            ScopeGroup(
                name="G",
                clauses=[
                    ScopeClause(attribute="a", operator="NOT EQUALS", operands="1"),
                    ScopeClause(attribute="b", operator="IS NULL"),
                ],
            )
        ]
    )
    changed = document.replace(document.users().path, scoping=scoping)
    scope = changed.save()["synchronizationRules"][0]["objectMappings"][0]["scope"]
    assert scope["unknown"] == 1
    assert scope["groups"][0]["clauses"][1] == {
        "sourceOperandName": "b",
        "operatorName": "IS NULL",
        "targetOperand": None,
    }
    assert load_graph(changed.save()).users().scoping == scoping


def test_names_switches_and_single_mappings_are_written() -> None:
    document = load_graph(schema(attribute_mapping()))
    graph = document.users()
    mapping = attrs.evolve(
        graph.mapping,
        name="New",
        enabled=False,
        target_object="Person",
        actions={ObjectAction.CREATE},
        mappings=[attrs.evolve(graph.mapping.mappings[0], flow_null=True)],
    )
    saved = document.replace(graph.path, mapping).save()
    written = saved["synchronizationRules"][0]["objectMappings"][0]
    assert (written["name"], written["enabled"]) == ("New", False)
    assert (written["targetObjectName"], written["flowTypes"]) == ("Person", "Add")
    assert written["attributeMappings"][0]["flowNullValues"] is True
    assert load_graph(saved).mappings[0].mapping.mappings == mapping.mappings
    single = load_graph(attribute_mapping())
    changed = single.replace(
        "$",
        ObjectMapping(mappings=[attrs.evolve(single.mappings[0].mapping.mappings[0], target="sn")]),
    )
    assert changed.save() == attribute_mapping("sn")
    with pytest.raises(MappingError, match="single attributeMapping"):
        single.replace("$", ObjectMapping(mappings=[])).save()


def test_rules_made_here_can_be_exported() -> None:
    mapping = ObjectMapping(
        name="Users",
        mappings=[
            AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1),
            AttributeMapping(target="l", source=Constant("Berlin")),
            AttributeMapping(target="title", source=NoSource(), default="-"),
            AttributeMapping(target="uid", source=Computed('Word([upn], 1, "@")')),
        ],
    )
    scoping = ScopingFilter(
        groups=[ScopeGroup(clauses=[ScopeClause(attribute="a", operator="IS TRUE")])]
    )
    (graph,) = load_graph(to_graph(mapping, scoping)).mappings
    assert graph.scoping == scoping
    assert [one.source for one in graph.mapping.mappings] == [
        one.source for one in mapping.mappings
    ]
    assert graph.mapping.mappings[2].default == "-"
    several = ObjectMapping(mappings=[AttributeMapping(target="l", source=Constant(["a", "b"]))])
    with pytest.raises(MappingError, match="Graph's JSON takes one text"):
        to_graph(several)


# What cannot be honoured ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"flowType": "Sometimes"}, "unknown-flow-type", "flowType"),
        ({"flowBehavior": 9}, "unknown-flow-behavior", "flowBehavior"),
        (
            {"source": {"type": "Function", "expression": "Join("}},
            "source-not-understood",
            "source",
        ),
        ({"source": {"type": "Magic"}}, "source-not-understood", "source"),
        ({"source": {"type": "Attribute"}}, "source-not-understood", "source"),
        ({"source": "mail"}, "wrong-kind", "source"),
        ({"targetAttributeName": ""}, "no-target", ""),
        ({"exportMissingReferences": True}, "export-missing-references", "exportMissingReferences"),
    ],
)
def test_what_is_not_understood_is_told_and_kept(
    fields: dict[str, Any], code: str, path: str
) -> None:
    value = [attribute_mapping(**fields)]
    document = load_graph(value)
    (found,) = document.diagnostics
    assert found.code == code
    assert found.path == f"$[0].{path}".rstrip(".")
    assert document.save() == value


def test_a_scope_that_is_not_understood_is_no_scope() -> None:
    clause = {"sourceOperandName": "a", "operatorName": "IS_MEMBER_OF", "targetOperand": None}
    value = schema(attribute_mapping(), scope={"groups": [{"clauses": [clause]}]})
    document = load_graph(value)
    assert document.users().scoping is None
    assert document.errors[0].path.endswith("scope.groups[0].clauses[0]")
    assert document.save() == value
    assert load_graph(schema(attribute_mapping(), scope=[])).users().scoping is None


GOOD = {
    "id": "1",
    "version": "6.0",
    "directories": [
        {
            "id": "d",
            "name": "AAD",
            "readOnly": False,
            "version": "1",
            "objects": [
                {
                    "name": "User",
                    "supportedApis": ["x"],
                    "metadata": [{"key": "a", "value": "b"}],
                    "attributes": [
                        {
                            "name": "mail",
                            "type": "String",
                            "anchor": False,
                            "caseExact": False,
                            "defaultValue": "x",
                            "flowNullValues": True,
                            "multivalued": False,
                            "mutability": "ReadWrite",
                            "required": False,
                            "apiExpressions": [{"key": "a", "value": "b"}],
                            "metadata": [{"key": "a", "value": "b"}],
                            "referencedObjects": [
                                {"referencedObjectName": "User", "referencedProperty": "id"}
                            ],
                        }
                    ],
                }
            ],
        }
    ],
    "synchronizationRules": [
        {
            "id": "r",
            "name": "USER",
            "editable": True,
            "priority": 1,
            "sourceDirectoryName": "AAD",
            "targetDirectoryName": "LDAP",
            "metadata": [{"key": "a", "value": "b"}],
            "containerFilter": {"includedContainers": []},
            "groupFilter": {"includedGroups": []},
            "objectMappings": [
                {
                    "name": "Users",
                    "enabled": True,
                    "flowTypes": "Add,Update",
                    "sourceObjectName": "User",
                    "targetObjectName": "User",
                    "metadata": [{"key": "a", "value": "b"}],
                    "scope": {
                        "groups": [
                            {
                                "name": "g",
                                "clauses": [
                                    {
                                        "sourceOperandName": "department",
                                        "operatorName": "EQUALS",
                                        "targetOperand": {"values": ["Sales"]},
                                    }
                                ],
                            }
                        ],
                        "inputFilterGroups": [],
                        "categoryFilterGroups": [],
                    },
                    "attributeMappings": [
                        attribute_mapping(matchingPriority=1, flowNullValues=True),
                        attribute_mapping(
                            "uid",
                            defaultValue="x",
                            source=Computed('Word([mail], 1, "@")').expression.to_graph(),
                        ),
                    ],
                }
            ],
        }
    ],
}


def _places(value: Any, place: tuple[str | int, ...] = ()) -> Any:
    """Yield every place of a document with its value."""
    yield place, value
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(one, (*place, key))


def _put(value: Any, place: tuple[str | int, ...], new: Any) -> Any:
    made = json.loads(json.dumps(value))
    holder = made
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = new
    return made


#: A member of an enumeration may be a number.
_MEMBERS = {"type", "mutability", "flowType", "flowBehavior", "flowTypes"}
_WRONG = (5, 1.5, True, "?", [5], {"x": 5})


@pytest.mark.parametrize("style", ["camelCase", "PascalCase"])
def test_a_wrong_kind_at_any_place_is_told_with_the_place(style: str) -> None:
    good = load_graph(_pascal(GOOD) if style == "PascalCase" else GOOD)
    assert not good.diagnostics
    places = [(place, value) for place, value in _places(GOOD) if place]
    assert len(places) > 120
    for place, value in places:
        for wrong in _WRONG:
            if type(value) is type(wrong) or value is None:
                continue
            if type(wrong) is int and place[-1] in _MEMBERS:
                continue
            changed = _put(GOOD, place, wrong)
            document = load_graph(_pascal(changed) if style == "PascalCase" else changed)
            where = "$" + "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in place)
            assert any(one.path.startswith(where) for one in document.diagnostics), (where, wrong)
            assert document.save() == (_pascal(changed) if style == "PascalCase" else changed)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("scope",), 5),
        (("scope", "groups"), 5),
        (("scope", "groups"), {"clauses": []}),
        (("scope", "groups", 0), 5),
        (("scope", "groups", 0, "clauses"), 5),
        (("scope", "groups", 0, "clauses", 0), None),
        (("scope", "groups", 0, "clauses", 0, "sourceOperandName"), 5),
        (("scope", "groups", 0, "clauses", 0, "targetOperand"), 5),
        (("scope", "groups", 0, "clauses", 0, "targetOperand", "values"), "Sales"),
        (("scope", "groups", 0, "clauses", 0, "targetOperand", "values", 0), []),
    ],
)
def test_a_scope_of_a_wrong_kind_lets_nobody_in(place: Any, wrong: Any) -> None:
    at = ("synchronizationRules", 0, "objectMappings", 0, *place)
    document = load_graph(_put(GOOD, at, wrong))
    assert document.users().scoping is None
    assert [one.code for one in document.errors] == ["wrong-kind"]


def test_a_mapping_of_a_wrong_kind_is_left_out() -> None:
    for field, wrong in (
        ("matchingPriority", True),
        ("matchingPriority", "1"),
        ("defaultValue", ["x"]),
        ("flowNullValues", "true"),
        ("source", 5),
        ("source", {"type": "Attribute", "name": 5, "expression": "[mail]"}),
        ("source", {"type": "Function", "expression": "Now()", "parameters": {}}),
        ("targetAttributeName", 5),
    ):
        document = load_graph([attribute_mapping(**{field: wrong}), attribute_mapping("sn")])
        assert [one.attribute for one in document.mappings[0].mapping.mappings] == ["sn"]
        (found,) = document.errors
        assert found.code == "wrong-kind"
        assert found.path.startswith(f"$[0].{field}")
    disabled = load_graph(schema(attribute_mapping(), enabled="false"))
    assert not disabled.mappings[0].mapping.enabled


@pytest.mark.parametrize(("value", "text"), [(5, "5"), (1.5, "1.5"), (True, "True")])
def test_a_value_that_is_no_text_is_read_as_one(value: Any, text: str) -> None:
    document = load_graph(
        [attribute_mapping(source=None, defaultValue=value), attribute_mapping("sn")]
    )
    assert document.mappings[0].mapping.mappings[0].source == Constant(text)
    assert [(one.severity, one.code) for one in document.diagnostics] == [("warning", "wrong-kind")]


def test_the_style_of_rule_metadata_can_be_changed() -> None:
    document = load_graph(_pascal(GOOD))
    graph = document.users()
    saved = document.replace(graph.path, attrs.evolve(graph.mapping, name="New")).save()
    assert saved["SynchronizationRules"][0]["ObjectMappings"][0]["Name"] == "New"


def test_filters_by_container_and_group_are_told() -> None:
    value = schema(attribute_mapping())
    value["synchronizationRules"][0] |= {
        "containerFilter": {"includedContainers": ["ou=a"]},
        "groupFilter": {"includedGroups": []},
    }
    (found,) = load_graph(value).diagnostics
    assert (found.code, found.path) == (
        "filter-not-supported",
        "$.synchronizationRules[0].containerFilter",
    )


def test_unknown_flow_types_allow_nothing() -> None:
    document = load_graph(schema(attribute_mapping(), flowTypes="Add, Rename"))
    assert document.users().mapping.actions == frozenset()
    assert document.errors[0].code == "unknown-flow-types"


@pytest.mark.parametrize("text", ["", "{", b"\xff", '{"a": 1, "a": 2}', "[" * 100_000])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(MappingError):
        load_graph(text)


@pytest.mark.parametrize("value", [{1, 2}, {"a": {1}}, [object()], 1j])
def test_values_that_are_no_json_are_refused(value: Any) -> None:
    with pytest.raises(MappingError, match="is no JSON"):
        load_graph(value)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(MappingError):
        load_graph(endless)


@pytest.mark.parametrize(
    "value", [[], {}, 5, "x", [1], {"schema": 5}, [[]], {"synchronizationRules": []}]
)
def test_documents_without_rules(value: Any) -> None:
    document = load_graph(json.dumps(value))
    assert document.mappings == ()
    assert document.diagnostics[0].code == "no-rules"
    assert document.save() == value


def test_which_mapping_of_users() -> None:
    with pytest.raises(MappingError, match="has 0 enabled mappings of users"):
        load_graph([]).users()
    with pytest.raises(MappingError, match=r"there are: \$"):
        load_graph([attribute_mapping()]).replace("$.x")


def test_documents_are_values() -> None:
    document = load_graph(schema(attribute_mapping()))
    assert pickle.loads(pickle.dumps(document)) == document
    assert hash(document) == hash(load_graph(schema(attribute_mapping())))


def test_the_mappings_inside_rule_metadata_can_be_read_by_themselves() -> None:
    # Source: the style of `defaultSourceObjectMappings`, a document inside a text.
    inside = [
        {
            "AttributeMappings": [
                {
                    "DefaultValue": "False",
                    "FlowBehavior": 0,
                    "FlowType": 0,
                    "MatchingPriority": 1,
                    "TargetAttributeName": "active",
                    "Source": {"Type": 2, "Expression": "Not([IsSoftDeleted])", "Name": "Not"},
                }
            ],
            "Enabled": True,
            "FlowTypes": 7,
            "SourceObjectName": "User",
            "Scope": {
                "Groups": [],
                "InputFilterGroups": [
                    {
                        "Name": "s",
                        "Clauses": [
                            {
                                "SourceOperandName": "cn",
                                "OperatorName": "NOT REGEX MATCH",
                                "TargetOperand": {"Values": ["^CAS_([^{]*){"]},
                                "MultiValuedComparisonType": 0,
                            }
                        ],
                    }
                ],
            },
        }
    ]
    document = load_graph(json.dumps(inside))
    graph = document.users()
    assert graph.scoping is not None
    assert not graph.scoping.decide({"cn": "CAS_{1"}).read
    assert str(graph.mapping.mappings[0].source) == "Not([IsSoftDeleted])"
    assert document.save() == inside


def test_a_rule_alone_and_odd_values() -> None:
    value = {"objectMappings": [{"attributeMappings": [attribute_mapping(defaultValue=5)]}]}
    document = load_graph(value)
    assert document.mappings[0].mapping.mappings[0].default == "5"
    assert document.save() == value
    constant = {"type": "Constant", "expression": "plain"}
    for source, expected in (
        (constant, "plain"),
        ({"type": "Constant", "expression": '"a" "b"', "name": "n"}, "n"),
    ):
        (mapping,) = load_graph([attribute_mapping(source=source)]).mappings[0].mapping.mappings
        assert mapping.source == Constant(expected)
    nothing = load_graph([attribute_mapping(source={"type": "Constant"})])
    assert nothing.errors[0].code == "source-not-understood"


def test_a_list_of_mappings_can_be_changed() -> None:
    document = load_graph([attribute_mapping("mail"), attribute_mapping("sn")])
    mail, surname = document.mappings[0].mapping.mappings
    changed = document.replace("$", ObjectMapping(mappings=[surname, mail]))
    assert changed.save() == document.save()
    fewer = document.replace("$", ObjectMapping(mappings=[surname]))
    assert fewer.save() == [attribute_mapping("sn")]


@pytest.mark.parametrize("value", [True, -1, 8, [], "Add|Update"])
def test_flags_that_are_none(value: Any) -> None:
    document = load_graph(schema(attribute_mapping(), flowTypes=value))
    assert document.errors[0].code == "unknown-flow-types"
    for odd in (True, [], 77):
        document = load_graph([attribute_mapping(flowType=odd)])
        assert document.errors[0].code == "unknown-flow-type"


@pytest.mark.parametrize(
    ("before", "after"),
    [("Add,Update,Delete", "Add,Delete"), ("Add, Update, Delete", "Add, Delete"), (7, 5)],
)
def test_flags_are_written_in_the_style_of_the_document(before: object, after: object) -> None:
    document = load_graph(schema(attribute_mapping(), flowTypes=before))
    graph = document.users()
    actions = {ObjectAction.CREATE, ObjectAction.DELETE}
    saved = document.replace(graph.path, attrs.evolve(graph.mapping, actions=actions)).save()
    assert saved["synchronizationRules"][0]["objectMappings"][0]["flowTypes"] == after
