"""Documented expressions with documented results, each with its source.

`basis` tells how far a case is proven: printed by the documentation, its rule applied, the
purpose that a page states, reported by a user, or derived. The derived ones were written down
from the reference, from .NET's documentation and from the decisions of docs/expressions.md
before the library was asked.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ldapconnector.errors import ExpressionError, ExpressionSyntaxError
from ldapconnector.expressions import EvaluationContext, Expression, Ignored
from ldapconnector.expressions._run import Run

HERE = Path(__file__).parent


def load(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


CASES = load("cases.jsonl")
DERIVED = load("derived.jsonl")
WILD = load("wild.jsonl")
#: Published as failing: a missing quote, and a logical AND.
BROKEN = {case["expression"] for case in CASES if case.get("error_phase") == "parse"}


def context_of(case):
    now = case.get("now")
    return EvaluationContext(
        now=datetime.strptime(now, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC) if now else None,
        is_taken=set(case.get("existing_in_target", ())).__contains__,
        parameters=case.get("parameters", {}),
    )


def evaluations(case):
    """Evaluate compiled and step by step."""
    expression = Expression.parse(case["expression"])
    yield expression.evaluate(case["inputs"], context=context_of(case))
    yield expression.prepared().evaluate(case["inputs"], Run(context_of(case)))


@pytest.mark.parametrize("case", [*CASES, *DERIVED], ids=lambda case: case["expression"][:60])
def test_a_documented_case(case):
    if case.get("expected_error"):
        if case.get("error_phase") == "check":
            expression = Expression.parse(case["expression"])
            found = expression.check(source=case["inputs"])
            assert any(d.severity == "error" and d.code == "unknown-attribute" for d in found)
            return
        refused = ExpressionSyntaxError if case.get("error_phase") == "parse" else ExpressionError
        with pytest.raises(refused):
            Expression.parse(case["expression"]).evaluate(case["inputs"], context=context_of(case))
        return
    expected = case["expected"]
    for result in evaluations(case):
        if case.get("expected_ignored"):
            assert result is Ignored.FLOW
        elif "expected_directive" in case:
            assert isinstance(result, Ignored)
            assert str(result) == case["expected_directive"]
        elif "expected_regex" in case:
            assert re.search(case["expected_regex"], result)
        elif isinstance(expected, list) and isinstance(expected[0], dict):
            assert [json.loads(item) for item in result] == expected
        elif isinstance(expected, list):
            assert result == tuple(expected)
        else:
            assert result == expected


@pytest.mark.parametrize("case", WILD, ids=lambda case: case["expression"][:60])
def test_a_published_expression_parses_and_renders_to_itself(case):
    if case["expression"] in BROKEN:
        with pytest.raises(ExpressionSyntaxError):
            Expression.parse(case["expression"])
        return
    expression = Expression.parse(case["expression"])
    again = Expression.parse(str(expression))
    assert again.root == expression.root
    assert str(again) == str(expression)


@pytest.mark.parametrize(
    "case", [case for case in WILD if case["tree"]], ids=lambda case: case["expression"][:60]
)
def test_a_tree_of_the_service_is_written_and_read(case):
    expression = Expression.parse(case["expression"])
    assert expression.to_graph() == case["tree"]
    assert str(expression) == case["tree"]["expression"]
    assert Expression.from_graph(case["tree"]) == expression
    assert Expression.from_graph(without_text(case["tree"])) == expression


def without_text(node):
    bare = {key: value for key, value in node.items() if key != "expression"}
    bare["parameters"] = [
        {"key": one["key"], "value": without_text(one["value"])} for one in node["parameters"]
    ]
    return bare
