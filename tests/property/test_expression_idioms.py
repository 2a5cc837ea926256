"""The forms that mappings are made of: written as code of their own, they must agree with the tree.

Random trees rarely hold `Item(Split([upn], "@"), 1)` or `IIF([level]>9, ...)` on a value for
which the quick way differs from the slow one. Here both are drawn from what occurs.
"""

import itertools
import random
from datetime import UTC, datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ldapconnector.errors import EvaluationError, ExpressionTypeError
from ldapconnector.expressions import EvaluationContext, Expression, compile_mapping
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._run import Run

ATTRIBUTE = st.sampled_from(["[a]", "[b]", "[c.d]"])
SMALL = st.integers(0, 4).map(str)
NUMBER = st.sampled_from(["0", "1", "2", "9", "10", "-1", "&HA", '"9"', '"10"', '"007"', '"1.0"'])
SEPARATOR = st.sampled_from(['","', '"@"', '"."', '" "', '"-"', '""', '", "', '"@."'])
TEXT = st.sampled_from(
    ['"x"', '""', '" "', '"True"', '"False"', '"true"', '"a"', '"A"', '"1"', '"é"', '"\\d"', '"n"']
)
PATTERN = st.sampled_from(
    [
        r'"[^a-z]", , ""',
        r'"(?<n>\\d+)", , "<${n}>"',
        r'"@.*$", , ""',
        r'"\\s+", , "_"',
        r'"^0+", , ""',
        r'"(?<n>[a-z]+)", "n", "X"',
        r'"x", , [b]',
    ]
)

#: What a hole in a form stands for.
HOLES = {"a": ATTRIBUTE, "s": SMALL, "n": NUMBER, "d": SEPARATOR, "t": TEXT, "p": PATTERN}
FORMS = [
    "Item(Split({e}, {d}), {s})",
    "Word({e}, {s}, {d})",
    "Left({e}, {s})",
    "Mid({e}, {s}, {s})",
    "Mid({e}, {s})",
    "Left({a}, InStr({a}, {d}))",
    "Join({d}, {e}, {t}, {e})",
    'Join("", {t}, {a}, {t})',
    "Join({d}, {a})",
    "Append({e}, {t})",
    "Append({e}, {e})",
    "Prepend({t}, {e})",
    "Trim({e})",
    "StripSpaces({e})",
    "NormalizeDiacritics({e})",
    "ToLower({e})",
    "ToUpper({e}, )",
    "PCase({e})",
    "Replace({e}, {d}, , , {t}, , )",
    "Replace({e}, , {p}, , )",
    "IIF({a}={t}, {e}, {e})",
    "IIF({a}<>{t}, {e}, {e})",
    "IIF({t}={a}, {e}, {e})",
    "IIF({a}={n}, {e}, {e})",
    "IIF({n}<>{a}, {e}, {e})",
    "IIF({a}>{n}, {e}, {e})",
    "IIF({a}<={n}, {e}, {e})",
    "IIF({n}>={a}, {e}, {e})",
    "IIF({e}={e}, {e}, {e})",
    "IIF(IsPresent({a}), {e}, {e})",
    "IIF(IsNullOrEmpty({e}), {e}, {e})",
    "IIF(IsNull({a}), {e}, {e})",
    "IsNull({e})",
    "IsNothing({a})",
    "IsNullOrEmpty({a})",
    "IsPresent({e})",
    "IIF(Not({a}), {e}, {e})",
    "IIF({a}, {e}, IgnoreAttributeFlow)",
    "Switch({e}, {e}, {t}, {e}, {t}, {e})",
    "Switch({a}, {a}, {t}, {t})",
    "Switch({a}, , {n}, {e}, {a}, {e})",
    "Coalesce({a}, {e}, {t})",
    "IgnoreFlowIfNullOrEmpty({e})",
    "Redact({e})",
    "Count({a})",
    "CStr({e})",
    "BitAnd({a}, {s})",
    "RemoveDuplicates({a})",
    "Split({e}, {d})",
    "Join({d}, Guid(), Guid(), {e})",
    "Append(RandomString(4, 1, 0, 1, 1), RandomString(4, 1, 0, 1, 1))",
    "CBool({e}={e})",
    "ConvertToUTF8Hex({e})",
]


@st.composite
def expressions(draw, depth=2, form=None):
    form = draw(st.sampled_from(FORMS)) if form is None else form
    parts = []
    for piece in form.replace("}", "{").split("{"):
        if len(parts) % 2 == 0:
            parts.append(piece)
        elif piece == "e":
            deeper = depth and draw(st.booleans())
            parts.append(draw(expressions(depth - 1) if deeper else ATTRIBUTE | TEXT))
        else:
            parts.append(draw(HOLES[piece]))
    return "".join(parts)


VALUE = st.sampled_from(
    [
        *(None, "", " ", "a", "A", "x", "True", "False", "true", "0", "1", "5", "9", "10", "12"),
        *("007", "-3", "1.0", " 9 ", "a@b", "a @ b", "ada.king@contoso.com", "a, b ,c", ",", "n"),
        *("  spaced  out ", "\x1cx\x1d", "\u2003x\u00a0", "Žofie", "ß", "x\ty", "Doe, Jane"),
        *(True, False, 0, 1, 9, 10, 12, 3.0, 3.5),
        *(["a"], ["a", "b"], ["b", "a", "b"], ["10"], [""], [], [" a ", None], [None], [True]),
        *(b"x", {"k": 1}, datetime(2026, 3, 5, tzinfo=UTC)),
    ]
)
OBJECT = st.fixed_dictionaries(
    {}, optional={"a": VALUE, "b": VALUE, "c.d": VALUE, "c": st.builds(dict, d=VALUE)}
)


def context():
    return EvaluationContext(
        now=datetime(2026, 1, 31, 13, 5, 9, tzinfo=UTC), random=random.Random(3)
    )


def outcome(evaluate):
    try:
        return evaluate()
    except EvaluationError as error:
        return error.message, error.line, error.column, error.function, error.argument


def possible(text):
    try:
        expression = Expression.parse(text)
        expression.compile()
    except ExpressionTypeError:
        return None
    return expression


def assert_compiled_faithfully(text, attributes):
    expression = possible(text)
    assume(expression is not None)
    compiled = outcome(lambda: expression.evaluate(attributes, context=context()))
    stepped = outcome(lambda: expression.prepared().evaluate(attributes, Run(context())))
    assert compiled == stepped


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None)
@given(st.data(), OBJECT)
def test_each_form_is_compiled_faithfully(form, data, attributes):
    assert_compiled_faithfully(data.draw(expressions(depth=1, form=form)), attributes)


@settings(max_examples=300, deadline=None)
@given(expressions(depth=3), OBJECT)
@example('IIF([a]>9, "x", "y")', {"a": "10"})
@example('IIF([a]="1", "x", "y")', {"a": "1.0"})
@example('IIF([a]="", "x", "y")', {})
@example('Item(Split([a], ","), 2)', {"a": "a, b ,c"})
@example('Item(Split([a], ","), 1)', {"a": "\x1cx"})
@example('Word([a], 1, "@")', {"a": "@x"})
@example('Word([a], 1, "@")', {})
@example('Join(",", Guid(), Guid(), "")', {})
def test_forms_in_forms_are_compiled_faithfully(text, attributes):
    assert_compiled_faithfully(text, attributes)


@settings(max_examples=300, deadline=None)
@given(st.lists(expressions(depth=1), min_size=2, max_size=5), OBJECT)
def test_forms_that_share_parts_do_not_disturb_each_other(texts, attributes):
    wanted = {
        f"t{number}": expression
        for number, text in enumerate(texts)
        if (expression := possible(text)) is not None
        and not {"Guid", "RandomString"} & expression.functions
    }
    found = compile_mapping(wanted)(attributes, context())
    for target, expression in wanted.items():
        alone = outcome(lambda e=expression: e.evaluate(attributes, context=context()))
        given_here = found[target]
        if isinstance(given_here, EvaluationError):
            assert given_here.message == alone[0]
        else:
            assert given_here == alone


def leaves_a_repeated_argument_empty(expression):
    """Whether Graph's tree cannot tell where an empty argument stood."""
    return any(
        isinstance(argument, ast.Omitted)
        for call in ast.find_all(expression.root, ast.Call)
        for argument in call.arguments[2 if call.name == "Switch" else 1 :]
        if call.name in {"Switch", "Join", "Coalesce"}
    )


def without_text(node):
    return {
        "name": node["name"],
        "type": node["type"],
        "parameters": [
            {"key": one["key"], "value": without_text(one["value"])} for one in node["parameters"]
        ],
    }


@settings(max_examples=500, deadline=None)
@given(expressions(), OBJECT)
@example('Switch([a], , "k", "x", "j", "y")', {"a": "j"})
@example('Join(",", [a], [b], "x")', {"a": "1", "b": "2"})
def test_a_tree_of_graph_without_its_text_means_the_same(text, attributes):
    expression = possible(text)
    assume(expression is not None)
    assume(not leaves_a_repeated_argument_empty(expression))
    again = Expression.from_graph(without_text(expression.to_graph()))
    before = outcome(lambda: expression.evaluate(attributes, context=context()))
    after = outcome(lambda: again.evaluate(attributes, context=context()))
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after) == 5:
        assert before[0] == after[0]  # places differ where the text was written otherwise
    else:
        assert before == after


def test_every_form_can_be_parsed():
    holes = itertools.cycle(['"x"', "[a]"])
    for form in FORMS:
        text = form
        for hole, filler in (
            ("s", "1"),
            ("n", "9"),
            ("d", '","'),
            ("p", '"x", , "y"'),
            ("t", '"t"'),
        ):
            text = text.replace(f"{{{hole}}}", filler)
        while "{" in text:
            start, end = text.index("{"), text.index("}")
            text = text[:start] + next(holes) + text[end + 1 :]
        Expression.parse(text).compile()
