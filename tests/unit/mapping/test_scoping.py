"""Scoping filters: operators, null, explanation. Rule numbers are those of mapping/_scoping.py."""

from __future__ import annotations

import json
import pickle

import pytest

from ldapconnector.errors import MappingError
from ldapconnector.mapping import ScopeClause, ScopeGroup, ScopeOperator, ScopingFilter


def clause(attribute: str, operator: str, *operands: str) -> ScopeClause:
    return ScopeClause(attribute=attribute, operator=operator, operands=operands)


def scope(*groups: list[ScopeClause], **options: object) -> ScopingFilter:
    return ScopingFilter(groups=[ScopeGroup(clauses=one) for one in groups], **options)


@pytest.mark.parametrize(
    ("operator", "operands", "value", "holds"),
    [
        ("EQUALS", ["Sales"], "Sales", True),
        ("EQUALS", ["Sales"], "sales", False),
        ("EQUALS", ["5"], 5, True),
        ("EQUALS", ["True"], True, True),
        ("NOT EQUALS", ["Sales"], "sales", True),
        ("NOT EQUALS", ["Sales"], "Sales", False),
        ("IS TRUE", [], True, True),
        ("IS TRUE", [], "true", True),
        ("IS TRUE", [], False, False),
        ("IS TRUE", [], "yes", False),
        ("IS FALSE", [], False, True),
        ("IS FALSE", [], "False", True),
        ("IS FALSE", [], True, False),
        ("IS NULL", [], "x", False),
        ("IS NOT NULL", [], "x", True),
        ("IS NOT NULL", [], False, True),
        ("REGEX MATCH", ["([1-9][0-9])"], "42", True),
        ("REGEX MATCH", ["^([1-9][0-9])$"], "142", False),
        ("REGEX MATCH", ["^CAS_([^{]*){"], "CAS_{x}", True),
        ("REGEX MATCH", ["sales"], "Sales", False),
        ("NOT REGEX MATCH", ["^CAS_([^{]*){"], "jane", True),
        ("NOT REGEX MATCH", ["^j"], "jane", False),
        ("Greater_Than", ["9"], "10", True),
        ("Greater_Than", ["10"], "10", False),
        ("Greater_Than", ["-2"], -1, True),
        ("Greater_Than", ["9"], "ten", False),
        ("Greater_Than_OR_EQUALS", ["10"], "10", True),
        ("Greater_Than_OR_EQUALS", ["10"], "9", False),
        ("Includes", ["ale"], "Sales", True),
        ("Includes", ["ALE"], "Sales", False),
        ("ENDS_WITH", ["@contoso.com"], "jane@contoso.com", True),
        ("ENDS_WITH", ["@contoso.com"], "jane@contoso.com.evil", False),
        ("&", ["Sales;IT;HR"], "IT", True),
        ("&", ["Sales", "IT"], "IT", True),
        ("&", ["Sales"], "IT", False),
        ("!&", ["Sales;IT"], "HR", True),
        ("!&", ["Sales", "IT"], "IT", False),
    ],
)
def test_each_operator(operator: str, operands: list[str], value: object, holds: bool) -> None:
    assert clause("a", operator, *operands).holds({"a": value}) is holds


@pytest.mark.parametrize("operator", list(ScopeOperator))
@pytest.mark.parametrize("user", [{}, {"a": None}, {"a": ""}, {"a": []}])
def test_only_is_null_holds_on_null_and_on_the_empty_text(
    operator: ScopeOperator, user: dict[str, object]
) -> None:
    operands = () if operator.unary else ("1",)
    holds = clause("a", operator.value, *operands).holds(user)
    assert holds is (operator is ScopeOperator.IS_NULL)


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("GREATER_THAN", ScopeOperator.GREATER_THAN),
        ("greater than or equals", ScopeOperator.GREATER_THAN_OR_EQUALS),
        ("INCLUDES", ScopeOperator.INCLUDES),
        ("PRESENT", ScopeOperator.IS_NOT_NULL),
        ("isn't NULL", ScopeOperator.IS_NOT_NULL),
        ("IS_NOT_NULL", ScopeOperator.IS_NOT_NULL),
        ("!&L", ScopeOperator.NOT_IN),
        (" regex  match ", ScopeOperator.REGEX_MATCH),
    ],
)
def test_the_published_spellings_of_operators(name: str, operator: ScopeOperator) -> None:
    assert ScopeOperator.parse(name) is operator


def test_every_operator_that_graph_or_the_portal_publishes_is_known_or_refused(shared) -> None:
    facts = json.loads((shared / "reference/graph-synchronization.json").read_text())
    names = {one["name"] for one in facts["filterOperators"]}
    elsewhere = facts["scopingFilterOperatorsDocumentedElsewhere"]
    names |= set(elsewhere["portal_page"]["operators"])
    assert len(names) >= 14
    assert {ScopeOperator.parse(name) for name in names} == set(ScopeOperator)
    for name in elsewhere["cloud_sync_page"]["operators"]:
        spelled = name.partition(" (")[0]
        if spelled in {"IS_MEMBER_OF", "VALID CERT MATCH"}:
            with pytest.raises(MappingError, match="not supported"):
                ScopeOperator.parse(spelled)
        else:
            ScopeOperator.parse(spelled)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "EQUAL", "x"), "did you mean EQUALS"),
        (("a", "~", "x"), "known are: EQUALS"),
        (("a", "EQUALS"), "needs an operand"),
        (("a", "IS NULL", "x"), "takes no operand"),
        (("a", "EQUALS", "x", "y"), "takes one operand, not 2"),
        (("a", "Greater_Than", "ten"), "'ten' is none"),
        (("a", "REGEX MATCH", "("), r"needs a \.NET regular expression"),
        (("", "IS NULL"), "names a source attribute"),
    ],
)
def test_a_clause_that_cannot_work_is_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(MappingError, match=message):
        clause(*arguments)


def test_a_catastrophic_pattern_is_stopped() -> None:
    slow = clause("a", "REGEX MATCH", "^(a|aa)+$")
    with pytest.raises(MappingError, match="took longer"):
        slow.holds({"a": "a" * 60 + "!"})


def test_rule_1_no_groups_let_everybody_in_and_an_empty_group_holds() -> None:
    assert ScopingFilter().decide({}).in_scope
    assert ScopingFilter(groups=[ScopeGroup(clauses=[])]).decide({}).in_scope


def test_clauses_are_anded_and_groups_are_ored() -> None:
    sales, berlin = clause("dept", "EQUALS", "Sales"), clause("city", "EQUALS", "Berlin")
    both, either = scope([sales, berlin]), scope([sales], [berlin])
    user = {"dept": "Sales", "city": "Paris"}
    assert not both.holds(user)
    assert either.holds(user)
    assert both.holds({"dept": "Sales", "city": "Berlin"})
    assert not either.holds({"dept": "IT", "city": "Paris"})


def test_the_explanation_names_the_first_failing_clause_of_each_group() -> None:
    found = scope(
        [clause("dept", "EQUALS", "Sales"), clause("city", "IS NOT NULL")],
        [clause("dept", "EQUALS", "IT")],
    ).decide({"dept": "Sales"})
    assert not found.in_scope
    assert found.deciding == clause("city", "IS NOT NULL")
    assert found.group == "1"
    assert found.text == (
        "out of scope: in filter 1, city IS NOT NULL does not hold (the value is null); "
        'in filter 2, dept EQUALS "IT" does not hold (the value is "Sales")'
    )
    assert [result.holds for result in found.results] == [True, False, False]


def test_the_explanation_names_the_group_that_holds() -> None:
    groups = [
        ScopeGroup(name="Nobody", clauses=[clause("a", "IS TRUE")]),
        ScopeGroup(name="Sales", clauses=[clause("dept", "EQUALS", "Sales")]),
    ]
    found = ScopingFilter(groups=groups).decide({"dept": "Sales"})
    assert found.in_scope
    assert found.group == "Sales"
    assert found.deciding == clause("dept", "EQUALS", "Sales")
    assert found.text.startswith('in scope: filter Sales: dept EQUALS "Sales" holds')


def test_rule_4_several_values_cannot_be_judged_and_are_told() -> None:
    found = scope([clause("mails", "EQUALS", "a")]).decide({"mails": ["a", "b"]})
    assert not found.in_scope
    assert found.problems == ("mails has 2 values, and scoping filters judge single values only",)
    single = scope([clause("mails", "EQUALS", "a")]).decide({"mails": ["a"]})
    assert single.in_scope
    assert not single.problems
    assert scope([clause("mails", "IS NOT NULL")]).decide({"mails": ["a", "b"]}).in_scope


def test_assignment() -> None:
    everybody = scope([clause("a", "EQUALS", "1")], assigned_only=True)
    assert everybody.decide({"a": "1"}, assigned=True).in_scope
    found = everybody.decide({"a": "1"}, assigned=False)
    assert not found.in_scope
    assert "not assigned" in found.text
    assert ScopingFilter(assigned_only=True).decide({}, assigned=True).text == (
        "in scope: assigned, and there is no filter"
    )
    assert not everybody.holds({"a": "1"}, assigned=False)


def test_the_input_filter_leaves_users_alone() -> None:
    filters = ScopingFilter(
        groups=[ScopeGroup(clauses=[clause("a", "EQUALS", "1")])],
        input_groups=[ScopeGroup(clauses=[clause("kind", "EQUALS", "Member")])],
        category_groups=[ScopeGroup(clauses=[clause("b", "IS NOT NULL")])],
    )
    found = filters.decide({"a": "1", "b": "x", "kind": "Guest"})
    assert not found.in_scope
    assert not found.read
    assert found.text.startswith("not looked at: ")
    member = {"a": "1", "kind": "Member"}
    assert filters.decide(member).read
    assert not filters.decide(member).in_scope
    assert filters.decide({**member, "b": "x"}).in_scope
    assert filters.sources == {"a", "b", "kind"}


def test_dotted_names_reach_into_objects() -> None:
    user = {"onPremisesExtensionAttributes": {"extensionAttribute1": "x"}}
    assert clause("onPremisesExtensionAttributes.extensionAttribute1", "EQUALS", "x").holds(user)


def test_filters_are_values() -> None:
    one = scope([clause("a", "EQUALS", "1")])
    assert pickle.loads(pickle.dumps(one)) == one
    assert hash(one) == hash(scope([clause("a", "equals", "1")]))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"operator": 5}, "is a name such as EQUALS"),
        ({"operator": None}, "is a name such as EQUALS"),
        ({"attribute": 5}, "names a source attribute"),
        ({"operands": 5}, "takes texts"),
        ({"operands": [5]}, "takes texts"),
        ({"operands": None}, "takes texts"),
    ],
)
def test_a_clause_of_other_kinds_is_refused(fields, message):
    with pytest.raises(MappingError, match=message):
        ScopeClause(**{"attribute": "a", "operator": "EQUALS", "operands": "x", **fields})


@pytest.mark.parametrize("value", [object(), [object()], 1j, {"k": object()}])
@pytest.mark.parametrize("operator", list(ScopeOperator))
def test_what_is_no_value_cannot_be_judged(value, operator):
    operands = () if operator.unary else ("1",)
    clause = ScopeClause(attribute="a", operator=operator, operands=operands)
    decision = ScopingFilter(groups=[ScopeGroup(clauses=[clause])]).decide({"a": value})
    assert not decision.in_scope
    assert len(decision.problems) == 1
    assert "cannot be judged" in decision.problems[0]
