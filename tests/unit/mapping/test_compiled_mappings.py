"""What mappings make of a user: values, defaults, null, faults, passwords, references."""

from __future__ import annotations

import base64
import pickle
import random

import pytest

from ldapconnector.errors import EvaluationError, MappingError
from ldapconnector.expressions import EvaluationContext
from ldapconnector.mapping import (
    Apply,
    AttributeMapping,
    CompiledMappings,
    Computed,
    Constant,
    Direct,
    FlowType,
    MappedUser,
    NoSource,
    ObjectMapping,
)
from ldapconnector.names import DN
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()
URN = "urn:ietf:params:scim:schemas:extension:ECMA2Host:2.0:User:"

# Source: the quickstart of Microsoft's tutorial on Linux users in OpenLDAP.
POSIX = ObjectMapping(
    mappings=[
        AttributeMapping(
            target=URN + "-dn-",
            source=Computed(
                'Join("", "CN=", Word([userPrincipalName], 1, "@"), ",DC=Contoso,DC=lab")'
            ),
            apply=Apply.CREATION,
        ),
        AttributeMapping(
            target=URN + "objectClass",
            source=Computed('Split("inetOrgPerson,posixAccount,shadowAccount",",")'),
            apply=Apply.CREATION,
        ),
        AttributeMapping(target=URN + "cn", source=Direct("displayName")),
        AttributeMapping(target=URN + "sn", source=Direct("surname")),
        AttributeMapping(
            target=URN + "mail", source=Direct("userPrincipalName"), matching_precedence=1
        ),
        AttributeMapping(
            target=URN + "uid", source=Computed('ToLower(Word([userPrincipalName], 1, "@"), )')
        ),
        AttributeMapping(target=URN + "uidNumber", source=Direct("extension_1_uidNumber")),
        AttributeMapping(
            target=URN + "homeDirectory",
            source=Computed('Join("/", "/home", ToLower(Word([userPrincipalName], 1, "@"), ))'),
        ),
        AttributeMapping(target=URN + "gidNumber", source=Constant("10000")),
        AttributeMapping(
            target=URN + "userPassword", source=Computed("Redact(RandomString(16,2,2,2,2))")
        ),
    ]
)
JANE = {
    "id": "1",
    "displayName": "Jane Doe",
    "surname": "Doe",
    "userPrincipalName": "Jane@contoso.lab",
    "extension_1_uidNumber": 10001,
}


def mapped(
    *mappings: AttributeMapping, user: dict[str, object], creating: bool = False, **options: object
) -> MappedUser:
    rules = ObjectMapping(
        mappings=mappings,
        **{
            name: options.pop(name)
            for name in ("binary_attributes", "reference_attributes", "source_null_attributes")
            if name in options
        },
    )
    return CompiledMappings(rules, schema=SCHEMA, **options).map(user, creating=creating)


def direct(target: str, source: str = "x", **options: object) -> AttributeMapping:
    return AttributeMapping(target=target, source=Direct(source), **options)


def computed(target: str, text: str, **options: object) -> AttributeMapping:
    return AttributeMapping(target=target, source=Computed(text), **options)


def test_the_posix_tutorial_at_creation() -> None:
    found = CompiledMappings(POSIX, schema=SCHEMA).map(JANE, creating=True)
    assert found.source_anchor == "1"
    assert found.display == "Jane Doe"
    assert str(found.dn) == "CN=Jane,DC=Contoso,DC=lab"
    assert {name: value.text for name, value in found.values.items()} == {
        "objectclass": ("inetOrgPerson", "posixAccount", "shadowAccount"),
        "cn": ("Jane Doe",),
        "sn": ("Doe",),
        "mail": ("Jane@contoso.lab",),
        "uid": ("jane",),
        "uidnumber": ("10001",),
        "homedirectory": ("/home/jane",),
        "gidnumber": ("10000",),
    }
    assert not found.faults
    assert found.password is not None
    assert len(found.password.reveal()) == 16


def test_the_posix_tutorial_on_an_update() -> None:
    compiled = CompiledMappings(POSIX, schema=SCHEMA)
    found = compiled.map(JANE, creating=False)
    assert found.dn is None
    assert found.password is None
    assert "objectclass" not in found.values
    assert compiled.octets(JANE) == dict(found.values.octets)
    assert found.values["CN"].origin.text == "[displayName]"
    assert str(found.values["uid"].origin).startswith("$.mappings[5] uid = ToLower(")


def test_what_is_for_creation_only_is_not_evaluated_on_updates() -> None:
    asked: list[str] = []

    def is_taken(value: str) -> bool:
        asked.append(value)
        return False

    compiled = CompiledMappings(
        [computed("uid", 'SelectUniqueValue([x], "y")', apply=Apply.CREATION)],
        context=EvaluationContext(is_taken=is_taken),
    )
    assert not compiled.map({"x": "a"}, creating=False).values
    assert asked == []
    assert compiled.map({"x": "a"}, creating=True).values["uid"].text == ("a",)
    assert asked == ["a"]


def test_the_unique_look_up_is_asked_with_the_target() -> None:
    asked: list[tuple[str, str]] = []

    def is_taken_in(target: str, value: str) -> bool:
        asked.append((target, value))
        return value == "a"

    compiled = CompiledMappings(
        [computed(URN + "uid", "SelectUniqueValue([x], [y])")],
        context=EvaluationContext(is_taken_in=is_taken_in),
    )
    assert compiled.map({"x": "a", "y": "b"}, creating=True).values["uid"].text == ("b",)
    assert asked == [("uid", "a"), ("uid", "b")]


# Null, defaults -------------------------------------------------------------------------------


@pytest.mark.parametrize("user", [{}, {"x": None}, {"x": ""}, {"x": []}, {"x": [""]}])
def test_null_at_creation_gives_the_default_or_nothing(user: dict[str, object]) -> None:
    found = mapped(direct("title"), direct("l", default="-"), user=user, creating=True)
    assert "title" not in found.values
    assert found.values["l"].values == (b"-",)
    assert found.values["l"].default_used


def test_the_default_is_not_used_when_there_is_a_value() -> None:
    found = mapped(direct("l", default="-"), user={"x": "Berlin"}, creating=True)
    assert found.values["l"].values == (b"Berlin",)
    assert not found.values["l"].default_used


@pytest.mark.parametrize(
    ("mapping_switch", "source_switch", "clears"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_null_on_an_update_clears_with_both_switches(
    mapping_switch: bool, source_switch: bool, clears: bool
) -> None:
    found = mapped(
        direct("l", default="-", flow_null=mapping_switch),
        user={"x": None},
        source_null_attributes={"x"} if source_switch else set(),
    )
    assert found.values["l"].values is None
    assert found.values["l"].clears is clears
    assert not found.values["l"].default_used


def test_an_expression_clears_only_when_every_attribute_that_it_reads_may() -> None:
    mapping = computed("l", 'Switch([x], [y], "a", "b")', flow_null=True)
    both = mapped(mapping, user={}, source_null_attributes={"x", "y"})
    one = mapped(mapping, user={}, source_null_attributes={"x"})
    assert (both.values["l"].clears, one.values["l"].clears) == (True, False)


def test_none_leaves_alone_or_fills_with_the_default() -> None:
    for creating in (True, False):
        found = mapped(
            AttributeMapping(target="title"),
            AttributeMapping(target="l", source=NoSource(), default="Berlin"),
            user={},
            creating=creating,
        )
        assert list(found.values) == ["l"]
        assert found.values["l"].fill_only
        assert found.values["l"].default_used


def test_flow_settings_travel_with_the_value() -> None:
    found = mapped(direct("l", flow_type=FlowType.VALUE_ADD_ONLY), user={"x": "a"})
    assert found.values["l"].flow_type is FlowType.VALUE_ADD_ONLY


# Kinds of values ---------------------------------------------------------------------------------


def test_several_values_without_doubles() -> None:
    found = mapped(direct("mail"), user={"x": ["a@x", "A@X", "b@x", ""]})
    assert found.values["mail"].values == (b"a@x", b"b@x")
    without_schema = CompiledMappings([direct("mail")]).map({"x": ["a", "A", "a"]}, creating=False)
    assert without_schema.values["mail"].values == (b"a", b"A")


def test_several_values_for_one_are_a_fault() -> None:
    found = mapped(direct("uidNumber"), direct("sn", "y"), user={"x": ["1", "2"], "y": "Doe"})
    (fault,) = found.faults
    assert fault.target == "uidNumber"
    assert "2 values for uidNumber, which takes one" in fault.message
    assert found.values["sn"].text == ("Doe",)
    treated = mapped(direct("sn"), user={"x": ["a", "b"]}, single_valued=frozenset({"SN"}))
    assert [fault.target for fault in treated.faults] == ["sn"]


def test_typed_values_become_what_the_syntax_wants() -> None:
    schema = Schema.parse(
        {
            "attributeTypes": [
                "( 1.1 NAME 'flag' SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )",
                "( 1.2 NAME 'when' SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )",
                "( 1.3 NAME 'photo' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )",
                "( 1.4 NAME 'number' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )",
            ]
        }
    )
    compiled = CompiledMappings(
        [direct("flag"), direct("when", "t"), direct("photo", "p"), direct("number", "n")],
        schema=schema,
    )
    user = {
        "x": True,
        "t": "2026-01-02T03:04:05+01:00",
        "p": base64.b64encode(b"\xff\xd8").decode(),
        "n": 42,
    }
    assert compiled.octets(user) == {
        "flag": (b"TRUE",),
        "when": (b"20260102020405Z",),
        "photo": (b"\xff\xd8",),
        "number": (b"42",),
    }
    other = compiled.map({"x": "no", "t": "soon", "p": "%", "n": 1}, creating=False)
    assert [fault.target for fault in other.faults] == ["flag", "when", "photo"]
    assert "neither True nor False" in other.faults[0].message


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("20260102030405Z", b"20260102030405Z"),
        ("1/2/2026 3:04:05 PM", b"20260102150405Z"),
        ("2026-01-02", b"20260102000000Z"),
        ("2026-01-02T03:04:05Z", b"20260102030405Z"),
    ],
)
def test_times(text: str, octets: bytes) -> None:
    schema = Schema.parse(
        {"attributeTypes": ["( 1.2 NAME 'when' SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )"]}
    )
    compiled = CompiledMappings([direct("when")], schema=schema)
    assert compiled.octets({"x": text}) == {"when": (octets,)}


def test_binary_sources_are_base64() -> None:
    text = base64.b64encode(b"\x00\x01").decode()
    flagged = mapped(direct("description"), user={"x": text}, binary_attributes={"x"})
    assert flagged.values["description"].values == (b"\x00\x01",)
    option = mapped(direct("userCertificate;binary"), user={"x": text})
    assert option.values["usercertificate;binary"].values == (b"\x00\x01",)
    octets = mapped(direct("jpegPhoto"), user={"x": b"\xff\xd8"})
    assert octets.values["jpegphoto"].values == (b"\xff\xd8",)


def test_text_that_is_no_unicode_is_a_fault_of_that_user() -> None:
    found = mapped(direct("sn"), direct("cn", "y"), user={"x": "a\ud800", "y": "b"})
    assert [fault.target for fault in found.faults] == ["sn"]
    assert found.values["cn"].text == ("b",)


# References ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "anchors"),
    [
        ("7", ("7",)),
        ({"id": "7", "displayName": "Omar"}, ("7",)),
        ([{"id": "7"}, "8", None], ("7", "8")),
        (7, ("7",)),
    ],
)
def test_references_are_anchors_to_be_resolved_later(value: object, anchors: object) -> None:
    found = mapped(direct("manager", "manager"), user={"manager": value})
    assert found.values["manager"].reference
    assert found.values["manager"].text == anchors


def test_a_reference_without_an_anchor_is_a_fault() -> None:
    found = mapped(direct("manager", "manager"), user={"manager": {"displayName": "Omar"}})
    assert "names an object without 'id'" in found.faults[0].message


def test_what_counts_as_a_reference() -> None:
    user = {"boss": "7", "secretary": "cn=a,dc=x"}
    found = mapped(
        direct("title", "boss"),
        direct("seeAlso", "secretary", reference=False),
        direct("secretary", "secretary"),
        user=user,
        reference_attributes={"boss"},
    )
    assert found.values["title"].reference
    assert found.values["secretary"].reference
    assert not found.values["seealso"].reference
    assert found.values["seealso"].values == (b"cn=a,dc=x",)


def test_names_that_an_expression_gives_are_parsed() -> None:
    text = 'Join("", "uid=", [x], ",dc=example")'
    assert mapped(computed("manager", text), user={"x": "a"}).values["manager"].text == (
        "uid=a,dc=example",
    )
    (fault,) = mapped(computed("manager", text), user={"x": "a,ou=b"}).faults
    assert 'written "a\\,ou=b" it stays one value' in fault.message
    escaped = mapped(computed("manager", text, escape_dn=True), user={"x": "a,ou=b"})
    assert escaped.values["manager"].text == ("uid=a\\,ou=b,dc=example",)
    (broken,) = mapped(computed("manager", "ToLower([x])"), user={"x": "nobody"}).faults
    assert "the target is a DN" in broken.message


# Directives, faults, passwords -------------------------------------------------------------------------


def test_directives() -> None:
    found = mapped(
        computed("l", "IgnoreFlowIfNullOrEmpty([x])"),
        computed("title", 'IIF([x]="", IgnoreAttributeFlow, [x])', default="-"),
        computed("sn", "[y]"),
        user={"y": "Doe"},
        creating=True,
    )
    assert found.ignored == ("l", "title")
    assert list(found.values) == ["sn"]
    assert not found.skip


@pytest.mark.parametrize("target", ["objectFilter", "title", "-dn-"])
def test_an_object_can_be_left_out(target: str) -> None:
    mapping = computed(target, 'IIF([x]="guest", IgnoreObjectFlow, "cn=x")')
    assert mapped(mapping, user={"x": "guest"}).skip
    kept = mapped(mapping, user={"x": "member"})
    assert not kept.skip
    assert "objectfilter" not in kept.values


def test_a_failing_expression_is_a_fault_and_the_others_flow() -> None:
    found = mapped(computed("l", "Item([x], 5)"), direct("sn", "y"), user={"x": "a", "y": "Doe"})
    (fault,) = found.faults
    assert fault.target == "l"
    assert "Item" in fault.message
    assert "\n" not in fault.message
    assert isinstance(fault.error, EvaluationError)
    assert found.values["sn"].text == ("Doe",)


def test_an_expression_that_can_never_work_is_a_fault_of_each_user() -> None:
    found = mapped(computed("l", "Bogus([x])"), user={"x": "a"})
    assert "Bogus" in found.faults[0].message


def test_nothing_of_a_confidential_value_shows() -> None:
    mapping = computed("description", "Redact(Item([x], 5))")
    found = mapped(mapping, user={"x": "hunter2"})
    assert "hunter2" not in repr(found) + str(found.faults[0]) + found.faults[0].message
    kept = mapped(computed("description", "Redact([x])"), user={"x": "hunter2"})
    assert kept.values["description"].text == ("[Redact]",)
    assert "hunter2" not in repr(kept.values["description"])
    constant = AttributeMapping(target="l", source=Constant("hunter2"), confidential=True)
    assert mapped(constant, user={}).values["l"].origin.text == "[Redact]"


def test_the_password_is_drawn_once_and_never_stored() -> None:
    compiled = CompiledMappings(POSIX, context=EvaluationContext(random=random.Random(1)))
    found = compiled.map(JANE, creating=True)
    assert found.password is not None
    assert found.password.reveal() == found.password.reveal()
    assert found.password.reveal() not in repr(found)
    later = compiled.initial_password(JANE)
    assert later is not None
    assert later.reveal() != found.password.reveal()
    assert compiled.password_origin is not None
    assert compiled.password_origin.mapping == 9


def test_export_password_is_the_password_and_no_value() -> None:
    found = mapped(direct("export_password"), user={"x": "secret"}, creating=True)
    assert not found.values
    assert found.password is not None
    assert found.password.reveal() == "secret"
    ordinary = mapped(
        direct("userPassword", initial_password=False), user={"x": "{CRYPT}x"}, creating=False
    )
    assert ordinary.values["userpassword"].confidential
    assert CompiledMappings([direct("l")]).initial_password({}) is None


def test_a_password_that_cannot_be_made_says_so() -> None:
    compiled = CompiledMappings([direct("export_password")])
    with pytest.raises(MappingError, match="gives no password"):
        compiled.initial_password({})
    with pytest.raises(EvaluationError):
        CompiledMappings([computed("export_password", "RandomString(300)")]).initial_password({})


def test_the_soft_deleted_attribute_is_synthetic() -> None:
    for name in ("isSoftDeleted", "IsSoftDeleted"):
        compiled = CompiledMappings([direct("employeeType", name)])
        found = compiled.map({}, creating=False, soft_deleted=True)
        assert found.values["employeetype"].text == ("True",)
        own = compiled.map({name: False}, creating=False)
        assert own.values["employeetype"].text == ("False",)


# Names -----------------------------------------------------------------------------------------------------


NAME = 'Join("", "CN=", [x], ",OU=", [y], ",DC=lab")'


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("a,OU=Admins", "b"),
        ("a+uid=0", "b"),
        ("a\\", "b"),
        ("x\\", "y,OU=z"),
        ('a"b', "b"),
        ("a;b", "b"),
        ("#04", "b#\n\\"),
        ("#0401", "b"),
        ("a", "#0401"),
    ],
)
def test_a_value_never_names_another_entry(x: str, y: str) -> None:
    found = mapped(computed("-dn-", NAME), user={"x": x, "y": y}, creating=True)
    assert found.dn is None
    assert [fault.target for fault in found.faults] == ["-dn-"]
    escaped = mapped(computed("-dn-", NAME, escape_dn=True), user={"x": x, "y": y}, creating=True)
    assert escaped.dn == DN.build(("cn", x), ("ou", y), "dc=lab")


def test_a_value_that_was_escaped_by_the_expression_passes() -> None:
    text = 'Join("", "CN=", Replace([x], ",", , , "\\\\,", , ), ",DC=lab")'
    found = mapped(computed("-dn-", text), user={"x": "Doe, Jane"}, creating=True)
    assert found.dn == DN.build(("cn", "Doe, Jane"), "dc=lab")


@pytest.mark.parametrize(
    ("value", "message"),
    [("nobody", "is no DN"), ("", "gives no name"), (["cn=a", "cn=b"], "one name")],
)
def test_what_is_no_name_is_a_fault(value: object, message: str) -> None:
    found = mapped(direct("-dn-"), user={"x": value}, creating=True)
    assert message in found.faults[0].message


def test_a_name_that_always_flows_is_computed_on_updates_too() -> None:
    found = mapped(computed("-dn-", NAME), user={"x": "a", "y": "b"})
    assert str(found.dn) == "CN=a,OU=b,DC=lab"


# The whole ---------------------------------------------------------------------------------------------------


def test_two_mappings_onto_one_target_are_refused() -> None:
    with pytest.raises(MappingError, match=r"mapped twice, by \$.mappings\[0\] and"):
        CompiledMappings([direct("mail"), direct(URN + "MAIL")])
    with pytest.raises(MappingError, match="both make the initial password"):
        CompiledMappings([direct("export_password"), direct("userPassword")])


def test_a_default_that_cannot_be_a_value_is_refused() -> None:
    with pytest.raises(MappingError, match="the default 'x' cannot be used"):
        CompiledMappings([direct("jpegPhoto", default="x")], schema=SCHEMA)


def test_the_fast_path_says_when_there_is_more_to_say() -> None:
    compiled = CompiledMappings([direct("l", default="-")], schema=SCHEMA)
    assert compiled.octets({"x": "a"}) == {"l": (b"a",)}
    assert compiled.octets({}) == {"l": None}
    assert compiled.octets({}, creating=True) is None
    assert CompiledMappings(POSIX).octets(JANE, creating=True) is None


def test_compiled_mappings_and_mapped_users_travel_to_other_processes() -> None:
    compiled = pickle.loads(pickle.dumps(CompiledMappings(POSIX, schema=SCHEMA)))
    found = compiled.map(JANE, creating=False)
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert hash(again) == hash(found)


def test_other_anchors() -> None:
    rules = ObjectMapping(mappings=[direct("l")], source_anchor="employeeId")
    assert CompiledMappings(rules).map({"employeeId": 7}, creating=False).source_anchor == "7"
    assert CompiledMappings(rules).map({}, creating=False).source_anchor == ""


def test_where_a_password_comes_from() -> None:
    listed = CompiledMappings([direct("export_password")]).initial_password({"x": ["one"]})
    assert listed is not None
    assert listed.reveal() == "one"
    several = CompiledMappings([direct("export_password", default="d")])
    assert several.initial_password({"x": ["one", "two"]}).reveal() == "d"
    fixed = AttributeMapping(target="export_password", source=Constant("p"))
    assert CompiledMappings([fixed]).initial_password({}).reveal() == "p"
    synthetic = CompiledMappings([direct("export_password", "isSoftDeleted")])
    assert synthetic.initial_password({}, soft_deleted=True).reveal() == "True"
    nothing = CompiledMappings([AttributeMapping(target="export_password")])
    assert nothing.password_origin is None
    assert nothing.map({}, creating=True).password is None


def test_the_quick_comparison() -> None:
    compiled = CompiledMappings([direct("sn"), direct("l", "y"), NAMED], schema=SCHEMA)
    user = {"x": "Doe", "n": "jane"}
    held = {"sn": (b"Doe",)}
    assert compiled.same(user, held.get, "cn=jane")
    assert not compiled.same(user, held.get, "cn=omar")
    assert not compiled.same({**user, "x": "Roe"}, held.get, "cn=jane")
    assert not compiled.same({**user, "y": "Berlin"}, held.get, "cn=jane")
    with pytest.raises(UnicodeEncodeError):
        compiled.same({**user, "x": "\ud800"}, held.get, "cn=jane")
    assert not compiled.same({**user, "n": "a,b"}, held.get, "cn=jane")


def test_the_quick_comparison_asks_about_values_that_differ_in_octets() -> None:
    compiled = CompiledMappings([direct("sn"), direct("l", "y")], schema=SCHEMA)
    asked = []

    def alike(*question: object) -> bool:
        asked.append(question)
        return question[1] == "sn"

    held = {"sn": (b"DOE",), "l": (b"Berlin",)}
    assert compiled.same({"x": "Doe", "y": "Berlin"}, held.get, "", alike, "jane")
    assert not compiled.same({"x": "Doe"}, held.get, "", alike, "jane")
    assert asked == [("jane", "sn", (b"Doe",))] * 2 + [("jane", "l", None)]


NAMED = computed("-dn-", 'Append("cn=", [n])')


@pytest.mark.parametrize(
    "mapping",
    [
        direct("manager", "manager"),
        computed("objectFilter", 'IIF([x]="", IgnoreObjectFlow, "")'),
        AttributeMapping(target="jpegPhoto", source=Constant("%%")),
        AttributeMapping(target="-dn-", source=Constant("cn=jane,dc=x")),
    ],
)
def test_the_quick_comparison_leaves_the_difficult_to_others(mapping: AttributeMapping) -> None:
    compiled = CompiledMappings([mapping], schema=SCHEMA)
    assert not compiled.same({"x": "a"}, {}.get, "")


def test_a_constant_at_fault_is_told_for_each_user() -> None:
    rule = AttributeMapping(target="jpegPhoto", source=Constant("%%"))
    compiled = CompiledMappings([rule, direct("sn")], schema=SCHEMA)
    found = compiled.map({"x": "Doe"}, creating=False)
    assert compiled.octets({"x": "Doe"}) is None
    assert [fault.target for fault in found.faults] == ["jpegPhoto"]
    assert found.values["sn"].text == ("Doe",)


def test_a_failing_object_filter_is_a_fault() -> None:
    found = mapped(computed("objectFilter", "Item([x], 9)"), user={"x": "a"})
    assert [fault.target for fault in found.faults] == ["objectFilter"]
    assert not found.skip


def test_the_empty_name_is_a_fault() -> None:
    found = mapped(direct("-dn-"), user={"x": "  "}, creating=True)
    assert "root of the tree" in found.faults[0].message


def test_the_fast_path_leaves_what_is_no_unicode_to_the_other() -> None:
    assert CompiledMappings([direct("sn")]).octets({"x": "\ud800"}) is None


def test_a_fault_of_a_confidential_mapping_shows_no_value() -> None:
    schema = Schema.parse(
        {"attributeTypes": ["( 1.1 NAME 'flag' SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 )"]}
    )
    compiled = CompiledMappings([direct("flag", confidential=True)], schema=schema)
    (fault,) = compiled.map({"x": "hunter2"}, creating=False).faults
    assert fault.message == ("no value could be made; it is confidential, so no detail is shown")
    (shown,) = (
        CompiledMappings([direct("flag")], schema=schema)
        .map({"x": "hunter2"}, creating=False)
        .faults
    )
    assert "hunter2" in shown.message


def test_what_is_drawn_is_drawn_for_each_user() -> None:
    compiled = CompiledMappings([computed("description", "Guid()")])
    drawn = {compiled.map({}, creating=True).values["description"].text for _ in range(3)}
    assert len(drawn) == 3
