"""Graph's trees, whole and damaged."""

import copy

import pytest

from ldapconnector.errors import ExpressionError, ExpressionSyntaxError, ExpressionTypeError
from ldapconnector.expressions import Expression


def attribute(name):
    return {"name": name, "type": "Attribute"}


def constant(name, **more):
    return {"name": name, "type": "Constant", **more}


def call(name, *parameters):
    listed = [{"key": key, "value": value} for key, value in parameters]
    return {"name": name, "type": "Function", "parameters": listed}


@pytest.mark.parametrize(
    ("graph", "text"),
    [
        (attribute("mail"), "[mail]"),
        (attribute("[mail]"), "[mail]"),
        ({"name": "mail"}, "[mail]"),
        (constant("_"), '"_"'),
        (constant('a"b\\c'), '"a\\"b\\\\c"'),
        (constant("1"), '"1"'),
        (constant("%Dom%"), "%Dom%"),
        (constant("IgnoreObjectFlow"), "IgnoreObjectFlow"),
        (
            call(
                "Mid",
                ("source", attribute("a")),
                ("start", constant("1")),
                ("length", constant("8")),
            ),
            "Mid([a], 1, 8)",
        ),
        (
            call(
                "Replace",
                ("source", attribute("a")),
                ("Find", constant("-")),
                ("Replacement", constant("_")),
            ),
            'Replace([a], "-", , , "_", , )',
        ),
        (
            call(
                "Switch",
                ("source", attribute("a")),
                ("switchValue", constant("k")),
                ("switchValue", constant("v")),
            ),
            'Switch([a], , "k", "v")',
        ),
        (
            call(
                "Switch",
                ("source", attribute("a")),
                ("defaultValue", constant("d")),
                ("key", constant("k")),
                ("value", constant("v")),
            ),
            'Switch([a], "d", "k", "v")',
        ),
        (call("ToLower", ("source", attribute("a"))), "ToLower([a], )"),
        (
            call(
                "FormatDateTime",
                ("source", attribute("a")),
                ("inputFormat", constant("d")),
                ("outputFormat", constant("s")),
            ),
            'FormatDateTime([a], , "d", "s")',
        ),
        (
            call(
                "Join",
                ("separator", constant(" ")),
                ("source", attribute("a")),
                ("source", attribute("b")),
            ),
            'Join(" ", [a], [b])',
        ),
        (
            call(
                "IIF",
                ("one", call("=", ("left", attribute("a")), ("right", constant("1")))),
                ("two", constant("x")),
                ("three", constant("y")),
            ),
            'IIF([a]="1", "x", "y")',
        ),
        (
            call(
                "IIF",
                ("condition", attribute("a")),
                ("valueIfTrue", constant("x")),
                ("valueIfFalse", constant("y")),
            ),
            'IIF([a], "x", "y")',
        ),
        (
            call(
                "InStr",
                ("value1", attribute("a")),
                ("value2", constant("b")),
                ("compareType", constant("vbTextCompare")),
            ),
            'InStr([a], "b", , vbTextCompare)',
        ),
        (
            call(
                "Append",
                ("source", constant("x", expression='"x"')),
                ("suffix", constant("%D%", expression="%D%")),
            ),
            'Append("x", %D%)',
        ),
        (
            call(
                "ConvertFromBase64",
                ("source", attribute("a")),
                ("Encoding", constant("UTF8", expression="utf8")),
            ),
            "ConvertFromBase64([a], UTF8)",
        ),
        (
            call(
                "Append", ("source", attribute("a")), ("suffix", constant("x", expression="bare"))
            ),
            'Append([a], "x")',
        ),
        (call("Now"), "Now()"),
        ({"name": "Now", "type": "Function", "parameters": None}, "Now()"),
        (call("Own", ("one", attribute("a")), ("two", constant("b"))), 'Own([a], "b")'),
        (call("tolower", ("SOURCE", attribute("a"))), "ToLower([a], )"),
    ],
)
def test_a_tree_without_text_is_read(graph, text):
    before = copy.deepcopy(graph)
    assert str(Expression.from_graph(graph)) == text
    assert graph == before


@pytest.mark.parametrize(
    "graph",
    [
        None,
        "ToLower([a])",
        [],
        {},
        {"name": 5},
        {"name": "a", "type": "Wish"},
        {"name": "ToLower", "type": "Function", "parameters": "source"},
        {"name": "ToLower", "type": "Function", "parameters": [5]},
        {"name": "ToLower", "type": "Function", "parameters": [{"key": "source"}]},
        call("ToLower", ("sauce", attribute("a"))),
        call("ToLower", ("source", attribute("a")), ("source", attribute("b"))),
        call("=", ("left", attribute("a"))),
        {"expression": "ToLower([a", "name": "ToLower", "type": "Function"},
        attribute("a]b"),
        call("Bad name", ("one", attribute("a"))),
        {"name": "a", "type": 3},
        {"name": "a", "type": True},
        {"name": "a", "expression": 5},
        {"name": "a", "parameters": {}},
        {"name": "a", "parameters": [{"key": "source", "value": attribute("b")}]},
        {"name": "Now", "type": "Function", "parameters": 0},
    ],
)
def test_a_damaged_tree_is_refused(graph):
    with pytest.raises(ExpressionError) as caught:
        Expression.from_graph(graph)
    assert isinstance(caught.value, ExpressionTypeError | ExpressionSyntaxError)


def nodes_of(value, place=()):
    yield place, value
    found = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in found if isinstance(value, dict | list) else ():
        yield from nodes_of(one, (*place, key))


def replaced(value, place, new):
    if not place:
        return new
    made = copy.deepcopy(value)
    holder = made
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = new
    return made


def without_text(node):
    return {
        "name": node["name"],
        "type": node["type"],
        "parameters": [
            {"key": one["key"], "value": without_text(one["value"])} for one in node["parameters"]
        ],
    }


TREE = without_text(
    Expression.parse(
        'IIF([a]="1", Switch(Left([b], 3), "d", "k", Append("x", %P%)), Join(",", Now(), [c]))'
    ).to_graph()
)


_MAY_BE_NULL = {("type",), ("parameters",)}


@pytest.mark.parametrize("place", [place for place, _ in nodes_of(TREE)], ids=str)
def test_a_wrong_kind_anywhere_in_a_tree_is_refused(place):
    for wrong in (5, 1.5, True, "?", [5], {"x": 5}, None):
        given = TREE
        for key in place:
            given = given[key]
        if isinstance(given, type(wrong)) or (wrong is None and place[-1:] in _MAY_BE_NULL):
            continue
        with pytest.raises(ExpressionError):
            Expression.from_graph(replaced(TREE, place, wrong))


def test_the_style_of_rule_metadata_is_read():
    def pascal(value):
        if isinstance(value, dict):
            return {key[0].upper() + key[1:]: pascal(one) for key, one in value.items()}
        return [pascal(one) for one in value] if isinstance(value, list) else value

    tree = pascal(TREE)
    assert Expression.from_graph(tree) == Expression.from_graph(TREE)
    numbered = {"Name": "Trim", "Type": 2, "Parameters": []}
    numbered["Parameters"] = [{"Key": "source", "Value": {"Name": "a", "Type": 0}}]
    assert str(Expression.from_graph(numbered)) == "Trim([a])"


def test_a_tree_without_end_is_refused():
    graph = attribute("a")
    for _ in range(5_000):
        graph = call("Trim", ("source", graph))
    with pytest.raises(ExpressionTypeError, match="deeper"):
        Expression.from_graph(graph)


def test_the_text_goes_before_the_parameters():
    graph = {"expression": "ToUpper([b])", **call("ToLower", ("source", attribute("a")))}
    assert str(Expression.from_graph(graph)) == "ToUpper([b])"


def test_omitted_arguments_are_absent_and_numbers_quoted():
    graph = Expression.parse('Mid(Replace([a], "x", , , "", ,), 1, 8)').to_graph()
    assert graph["expression"] == 'Mid(Replace([a], "x", , , "", , ), 1, 8)'
    keys = [one["key"] for one in graph["parameters"][0]["value"]["parameters"]]
    assert keys == ["source", "Find", "Replacement"]
    assert graph["parameters"][1]["value"] == {
        "expression": '"1"',
        "name": "1",
        "type": "Constant",
        "parameters": [],
    }
