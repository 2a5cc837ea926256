"""Laws of mapping, scoping, matching and Graph's JSON, over random rules and users."""

from __future__ import annotations

import json
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from ldapconnector.entries import Entry
from ldapconnector.errors import NameSyntaxError
from ldapconnector.mapping import (
    Allocation,
    Apply,
    AttributeMapping,
    CompiledMappings,
    CompiledMatching,
    Computed,
    Constant,
    Direct,
    FlowBehavior,
    FlowType,
    MappedUser,
    MappedValue,
    MappedValues,
    MatchCriterion,
    MatchIndex,
    MatchRule,
    MatchRules,
    NoSource,
    NumberRange,
    ObjectAction,
    ObjectMapping,
    ScopeClause,
    ScopeGroup,
    ScopeOperator,
    ScopingFilter,
    allocate,
    escape_value,
    flow,
    load_graph,
    match_by_index,
    rdn_conflicts,
    to_graph,
)
from ldapconnector.names import DN
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()

# Few names and values, so that they meet.
SOURCES = st.sampled_from(["a", "b", "c"])
TEXTS = st.sampled_from(
    ["", "1", "2", "10", "x", "X", " x ", "é", "E\u0301", "a,b", "o*(n)\\", "True"]
)
VALUES = st.none() | TEXTS | st.booleans() | st.integers(0, 3) | st.lists(TEXTS, max_size=2)
USERS = st.fixed_dictionaries(
    {}, optional={"id": st.sampled_from(["u1", "u2", "u3"]), "a": VALUES, "b": VALUES, "c": VALUES}
)
SINGLE_USERS = st.fixed_dictionaries({}, optional={name: st.none() | TEXTS for name in "abc"})
EXPRESSIONS = st.sampled_from(
    [
        "ToLower([a], )",
        'Join("-", [a], [b])',
        'Coalesce([a], [b], "z")',
        'Split([c], ",")',
        "Item([a], 2)",
        "IgnoreFlowIfNullOrEmpty([b])",
        'IIF([a]="x", IgnoreAttributeFlow, [b])',
        'Switch([a], , "1", "one")',
    ]
)
SOURCE = st.one_of(
    SOURCES.map(Direct),
    TEXTS.filter(bool).map(Constant),
    EXPRESSIONS.map(Computed),
    st.just(NoSource()),
)
TARGETS = ["cn", "sn", "mail", "description", "employeeNumber", "uidNumber"]


def mappings_of(names: list[str]) -> st.SearchStrategy[list[AttributeMapping]]:
    return st.tuples(
        *(
            st.builds(
                AttributeMapping,
                target=st.just(name),
                source=SOURCE,
                default=st.none() | st.just("d"),
                apply=st.sampled_from(Apply),
                flow_type=st.sampled_from(FlowType),
                flow_behavior=st.sampled_from(FlowBehavior),
                matching_precedence=st.none() | st.integers(1, 9),
                flow_null=st.booleans(),
            )
            for name in names
        )
    ).map(list)


MAPPINGS = st.lists(st.sampled_from(TARGETS), unique=True, min_size=1).flatmap(mappings_of)

# Mapping --------------------------------------------------------------------------------------------


def content(mapped: MappedUser) -> object:
    """Everything but the places of the mappings, which their order decides."""
    values = {
        name: attrs.evolve(value, origin=attrs.evolve(value.origin, mapping=0))
        for name, value in mapped.values.items()
    }
    faults = {(fault.target, fault.message) for fault in mapped.faults}
    return values, faults, set(mapped.ignored), mapped.skip


@given(MAPPINGS, USERS, st.booleans(), st.randoms())
def test_the_order_of_mappings_decides_nothing(rules, user, creating, random) -> None:
    shuffled = list(rules)
    random.shuffle(shuffled)
    one = CompiledMappings(rules, schema=SCHEMA).map(user, creating=creating)
    two = CompiledMappings(shuffled, schema=SCHEMA).map(user, creating=creating)
    assert content(one) == content(two)


@given(MAPPINGS, USERS, st.booleans())
def test_each_target_is_independent_of_the_others(rules, user, creating) -> None:
    together = CompiledMappings(rules, schema=SCHEMA).map(user, creating=creating)
    for index, rule in enumerate(rules):
        alone = CompiledMappings([rule], schema=SCHEMA).map(user, creating=creating)
        name = rule.attribute.lower()
        assert (name in together.values) == (name in alone.values)
        if name in alone.values:
            assert together.values[name].values == alone.values[name].values
            assert together.values[name].origin.mapping == index
        assert alone.faults == tuple(one for one in together.faults if one.target == rule.target)


@given(MAPPINGS, USERS, st.booleans())
def test_the_fast_path_says_the_same_or_nothing(rules, user, creating) -> None:
    compiled = CompiledMappings(rules, schema=SCHEMA)
    octets = compiled.octets(user, creating=creating)
    mapped = compiled.map(user, creating=creating)
    if octets is not None:
        assert octets == dict(mapped.values.octets)
        assert not mapped.faults
        assert not mapped.ignored
    elif not creating:
        assert mapped.faults or mapped.ignored


@given(MAPPINGS, USERS)
def test_no_value_is_empty_and_null_never_populates(rules, user) -> None:
    compiled = CompiledMappings(rules, schema=SCHEMA)
    for creating in (True, False):
        for value in compiled.map(user, creating=creating).values.values():
            assert value.values != ()
            assert value.values is None or all(value.values)
            assert not (creating and value.values is None)


NAME_VALUES = st.text(st.sampled_from('ax,+=\\"#;<> \u00e9\n'), max_size=6)


@given(NAME_VALUES, NAME_VALUES, st.booleans())
def test_a_value_stays_in_its_place_in_the_name_or_is_refused(x, y, escape) -> None:
    rule = AttributeMapping(
        target="-dn-",
        source=Computed('Join("", "cn=A", [x], "Z,ou=A", [y], "Z,dc=lab")'),
        escape_dn=escape,
    )
    mapped = CompiledMappings([rule]).map({"x": x, "y": y}, creating=True)
    if mapped.dn is None:
        assert mapped.faults
        assert not escape
        return
    assert mapped.dn.depth == 3
    assert [len(rdn.avas) for rdn in mapped.dn.rdns] == [1, 1, 1]
    if escape or "\\" not in x + y:
        assert mapped.dn == DN.build(("cn", f"A{x}Z"), ("ou", f"A{y}Z"), "dc=lab")


@given(NAME_VALUES.filter(bool), NAME_VALUES)
def test_a_value_that_is_all_of_its_part_stays_itself_too(x, y) -> None:
    rule = AttributeMapping(
        target="-dn-", source=Computed('Join("", "cn=", [x], ",ou=", [y], ",dc=lab")')
    )
    mapped = CompiledMappings([rule]).map({"x": x, "y": y}, creating=True)
    if mapped.dn is not None and "\\" not in x + y:
        assert mapped.dn == DN.build(("cn", x.strip(" ")), ("ou", y.strip(" ")), "dc=lab")


@given(NAME_VALUES)
def test_an_escaped_value_is_one_value(value) -> None:
    assert DN.parse(f"cn={escape_value(value)}") == DN.build(("cn", value))


@given(
    st.lists(TEXTS.filter(bool).map(str.encode), max_size=3).map(tuple),
    st.lists(TEXTS.filter(bool).map(str.encode), min_size=1, max_size=3, unique=True).map(tuple),
    st.sampled_from(FlowType),
    st.booleans(),
)
def test_flowing_twice_changes_nothing_more(current, new, flow_type, single) -> None:
    current = tuple(dict.fromkeys(current))[: 1 if single else 3]
    new = new[:1] if single else new
    value = MappedValue(attribute="description", values=new, flow_type=flow_type)
    after = flow(value, current, single_valued=single)
    if after is not None:
        assert flow(value, after, single_valued=single) in (None, after)
        if flow_type is not FlowType.ALWAYS:
            assert set(current) <= set(after)


@given(st.lists(TEXTS.filter(bool), max_size=2, unique=True), TEXTS.filter(bool))
def test_an_entry_with_the_rdn_s_values_is_what_a_server_takes(mapped_values, alias) -> None:
    user = MappedUser(
        source_anchor="1",
        dn=DN.build(("cn", alias), "dc=x"),
        values=MappedValues.of(
            MappedValue(attribute="cn", values=tuple(one.encode() for one in mapped_values) or None)
        ),
    )
    (found,) = rdn_conflicts(user, SCHEMA)
    keys = [SCHEMA.equality_key("cn", value) for value in found.values]
    own = SCHEMA.equality_key("cn", alias.encode())
    assert (
        keys.count(own)
        == sum(SCHEMA.equality_key("cn", one.encode()) == own for one in mapped_values)
        or keys.count(own) == 1
    )


# Scoping ----------------------------------------------------------------------------------------------

NEGATION = {
    ScopeOperator.EQUALS: ScopeOperator.NOT_EQUALS,
    ScopeOperator.REGEX_MATCH: ScopeOperator.NOT_REGEX_MATCH,
    ScopeOperator.IN: ScopeOperator.NOT_IN,
}


@st.composite
def clauses(draw: Any) -> ScopeClause:
    operator = draw(st.sampled_from(ScopeOperator))
    operands: list[str] = []
    if operator in (ScopeOperator.GREATER_THAN, ScopeOperator.GREATER_THAN_OR_EQUALS):
        operands = [draw(st.sampled_from(["0", "1", "5"]))]
    elif operator in (ScopeOperator.REGEX_MATCH, ScopeOperator.NOT_REGEX_MATCH):
        operands = [draw(st.sampled_from(["^x", "[0-9]+", "", "."]))]
    elif operator in (ScopeOperator.IN, ScopeOperator.NOT_IN):
        operands = draw(st.lists(TEXTS, min_size=1, max_size=3))
    elif not operator.unary:
        operands = [draw(TEXTS)]
    return ScopeClause(attribute=draw(SOURCES), operator=operator, operands=operands)


GROUPS = st.lists(
    st.lists(clauses(), max_size=3).map(lambda found: ScopeGroup(clauses=found)), max_size=3
)


@given(SOURCES, st.sampled_from(list(NEGATION)), TEXTS, SINGLE_USERS)
def test_not_x_is_not_null_and_not_x(attribute, operator, operand, user) -> None:
    operand = "^x" if operator is ScopeOperator.REGEX_MATCH else operand
    plain = ScopeClause(attribute=attribute, operator=operator, operands=operand)
    negated = ScopeClause(attribute=attribute, operator=NEGATION[operator], operands=operand)
    present = ScopeClause(attribute=attribute, operator=ScopeOperator.IS_NOT_NULL)
    absent = ScopeClause(attribute=attribute, operator=ScopeOperator.IS_NULL)
    assert negated.holds(user) == (present.holds(user) and not plain.holds(user))
    assert absent.holds(user) != present.holds(user)
    assert not (plain.holds(user) and absent.holds(user))


@given(GROUPS, USERS, st.randoms())
def test_order_decides_nothing_and_the_quick_answer_is_the_explained_one(
    groups, user, random
) -> None:
    shuffled = [
        ScopeGroup(clauses=random.sample(group.clauses, len(group.clauses))) for group in groups
    ]
    random.shuffle(shuffled)
    scoping = ScopingFilter(groups=groups)
    decision = scoping.decide(user)
    assert decision.in_scope == ScopingFilter(groups=shuffled).decide(user).in_scope
    assert decision.in_scope == scoping.holds(user)
    assert decision.in_scope == (not groups or any(group.holds(user) for group in groups))


@given(GROUPS, GROUPS, USERS)
def test_groups_are_a_disjunction_and_clauses_a_conjunction(left, right, user) -> None:
    if left and right:
        both = ScopingFilter(groups=[*left, *right])
        assert both.holds(user) == (
            ScopingFilter(groups=left).holds(user) or ScopingFilter(groups=right).holds(user)
        )
        joined = ScopeGroup(clauses=(*left[0].clauses, *right[0].clauses))
        assert joined.holds(user) == (left[0].holds(user) and right[0].holds(user))


@given(GROUPS, USERS)
def test_the_deciding_clause_decides(groups, user) -> None:
    decision = ScopingFilter(groups=groups).decide(user)
    if decision.deciding is not None:
        assert decision.deciding.judge(user).holds is decision.in_scope


# Matching ------------------------------------------------------------------------------------------------

ATTRIBUTES = st.sampled_from(["cn", "sn", "name", "mail", "description", "cn;lang-en"])
MATCHES = st.lists(
    st.builds(MatchCriterion, ATTRIBUTES, SOURCES.map(Direct)), min_size=1, max_size=2
)
RULES = st.lists(MATCHES, min_size=1, max_size=3).map(
    lambda found: MatchRules(
        MatchRule(precedence=number, criteria=criteria) for number, criteria in enumerate(found, 1)
    )
)
ENTRY_VALUES = st.lists(TEXTS.filter(bool), max_size=2, unique=True)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("cn", "sn", "mail", "cn;lang-en", "CN;x"), ENTRY_VALUES)
    ),
    max_size=5,
).map(lambda found: [Entry(f"uid=e{number},dc=x", one) for number, one in enumerate(found)])


@given(RULES, ENTRIES, USERS)
@settings(max_examples=200)
def test_an_index_finds_what_the_filters_find(rules, entries, user) -> None:
    for schema in (SCHEMA, None):
        matching = CompiledMatching(rules, schema=schema)
        index = MatchIndex(entries, matching)
        for number, wanted in enumerate(matching.values(user)):
            if wanted is None:
                assert matching.filters(user)[number] is None
                continue
            found = matching.filters(user)[number]
            assert found is not None
            assert index.find(number, wanted) == tuple(
                entry for entry in entries if found.matches(entry, schema)
            )


@given(RULES, ENTRIES, st.lists(USERS, max_size=4), st.randoms())
def test_the_order_of_users_decides_nothing_and_nobody_shares(
    rules, entries, users, random
) -> None:
    users = [{**user, "id": f"u{number}"} for number, user in enumerate(users)]
    index = MatchIndex(entries, CompiledMatching(rules, schema=SCHEMA))
    found = dict(zip([u["id"] for u in users], match_by_index(users, index), strict=True))
    shuffled = random.sample(users, len(users))
    again = dict(zip([u["id"] for u in shuffled], match_by_index(shuffled, index), strict=True))
    assert {k: (v.kind, set(v.dns), v.users) for k, v in found.items()} == {
        k: (v.kind, set(v.dns), v.users) for k, v in again.items()
    }
    linked = [one.entry.dn for one in found.values() if one.kind.value == "one"]
    assert len(linked) == len(set(linked))


# Numbers --------------------------------------------------------------------------------------------------


@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=4), max_size=5),
    st.sets(st.integers(100, 120)),
    st.randoms(),
)
def test_no_number_is_ever_handed_out_twice(rounds, taken, random) -> None:
    numbers = NumberRange(attribute="uidNumber", first=100, last=200)
    state, owners = Allocation(), {}
    for anchors in rounds:
        state = allocate(numbers, anchors, state=state, taken=taken)
        for anchor in anchors:
            assert state.numbers[anchor] not in taken
        for anchor, number in state.numbers.items():
            assert owners.setdefault(number, anchor) == anchor
        gone = [anchor for anchor in state.numbers if random.random() < 0.3]
        state = state.forgetting(gone)
        owners |= dict.fromkeys(state.retired, "nobody")


# Graph's JSON ------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
GRAPH_SOURCE = st.one_of(
    st.none(),
    st.builds(
        lambda name: {
            "type": "Attribute",
            "name": name,
            "expression": f"[{name}]",
            "parameters": [],
        },
        SOURCES,
    ),
    st.builds(
        lambda found: {"type": "Function", **Computed(found).expression.to_graph()}, EXPRESSIONS
    ),
    JSON,
)
GRAPH_MAPPING = st.fixed_dictionaries(
    {"targetAttributeName": st.sampled_from(TARGETS)},
    optional={
        "source": GRAPH_SOURCE,
        "defaultValue": st.none() | TEXTS,
        "flowType": st.sampled_from([*[one.value for one in FlowType], 0, 4, "Odd"]),
        "flowBehavior": st.sampled_from([*[one.value for one in FlowBehavior], 1, None]),
        "matchingPriority": st.integers(0, 3),
        "extra": JSON,
    },
)
GRAPH_OBJECT = st.fixed_dictionaries(
    {"attributeMappings": st.lists(GRAPH_MAPPING | JSON, max_size=4)},
    optional={
        "flowTypes": st.sampled_from(["Add, Update, Delete", "Add,Delete", "None", 7, 0, "Odd"]),
        "enabled": st.booleans(),
        "sourceObjectName": st.just("User"),
        "scope": st.none() | JSON,
        "more": JSON,
    },
)


@given(st.lists(GRAPH_OBJECT, max_size=2), JSON)
def test_graph_documents_are_kept_whatever_they_hold(objects, extra) -> None:
    value = {"id": "x", "extra": extra, "synchronizationRules": [{"objectMappings": objects}]}
    document = load_graph(value)
    assert document.save() == value
    assert json.loads(document.save_text()) == value
    again = load_graph(document.save())
    assert again.mappings == document.mappings
    assert again.diagnostics == document.diagnostics
    assert again.save() == document.save()


@given(JSON)
def test_any_json_is_read_or_told(value) -> None:
    document = load_graph(json.dumps(value))
    assert document.save() == value


GRAPH_RULES = st.builds(
    ObjectMapping,
    mappings=MAPPINGS,
    actions=st.sets(st.sampled_from(ObjectAction)),
    name=st.sampled_from(["", "n"]),
)


@given(GRAPH_RULES, GROUPS)
def test_rules_survive_the_way_through_graph(rules, groups) -> None:
    scoping = ScopingFilter(groups=groups)
    (graph,) = load_graph(to_graph(rules, scoping)).mappings
    assert graph.scoping == scoping
    assert graph.mapping.actions == rules.actions
    users = [{}, {"a": "x", "b": "2"}, {"a": ["1", "2"], "c": "p,q"}]
    for user in users:
        for creating in (True, False):
            one = CompiledMappings(rules, schema=SCHEMA).map(user, creating=creating)
            two = CompiledMappings(graph.mapping, schema=SCHEMA).map(user, creating=creating)
            assert dict(one.values.octets) == dict(two.values.octets)
    # What was written once is written the same ever after.
    assert to_graph(graph.mapping, graph.scoping) == to_graph(rules, scoping)


@given(GRAPH_RULES, GRAPH_RULES)
def test_replacing_rules_and_saving_gives_these_rules(before, after) -> None:
    document = load_graph({"synchronizationRules": [{"objectMappings": [to_graph(before)]}]})
    (graph,) = document.mappings
    normal = load_graph(to_graph(after)).mappings[0].mapping
    changed = document.replace(graph.path, normal)
    (found,) = load_graph(changed.save()).mappings
    assert set(found.mapping.mappings) == set(normal.mappings)
    assert found.mapping.actions == normal.actions


@given(st.text(max_size=12))
def test_names_are_names_or_faults(text) -> None:
    rule = AttributeMapping(target="-dn-", source=Direct("x"))
    mapped = CompiledMappings([rule]).map({"x": text}, creating=True)
    try:
        expected = DN.parse(text) or None  # the root is the name of no entry
    except NameSyntaxError:
        expected = None
    assert mapped.dn == expected
    assert (mapped.dn is None) == bool(mapped.faults)


@given(MAPPINGS, USERS, st.data())
def test_the_quick_comparison_is_never_wrongly_content(rules, user, data) -> None:
    compiled = CompiledMappings(rules, schema=SCHEMA)
    mapped = compiled.map(user, creating=False)
    wanted = {value.attribute: value.values for value in mapped.values.values()}
    drop = data.draw(st.sets(st.sampled_from([*wanted, "none"])))
    held = {name: values for name, values in wanted.items() if name not in drop}
    if compiled.same(user, held.get, "cn=x"):
        assert not mapped.faults
        assert not mapped.ignored
        assert all(held.get(name) == values for name, values in wanted.items())
