"""The generated code: nothing of an expression becomes source, and it falls back soundly."""

import pickle
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from ldapconnector.errors import EvaluationError, UsageError
from ldapconnector.expressions import (
    EvaluationContext,
    Expression,
    Ignored,
    _compile,
    compile_mapping,
)
from ldapconnector.expressions._quick_regex import quick
from ldapconnector.expressions._run import Run
from ldapconnector.expressions.dotnet import regex as dotnet_regex

#: Texts that would do harm, or at least break the syntax, if they became source.
HOSTILE = [
    '")\n    import os; os._exit(1)  #',
    "'''\nraise SystemExit\n'''",
    '""" + __import__("os").system("true") + """',
    "\\",
    '\\\\"',
    "{__import__('os')}",
    "{v1.__class__}",
    "%s %(a)s {0}",
    "\n    return None\n",
    "\x00\x01\ufeff\u2028\ud800",
    "v1",
    "k0",
    "a.get",
    "otherwise",
    "__builtins__",
]

#: All that may stand in generated source.
HARMLESS = re.compile(
    r"(?:[vk][0-9]+|[acr]|def|evaluate|None|if|elif|else|try|except|Exception|pass|return|raise"
    r"|and|or|not|is|in|str|len|tuple|new_run|otherwise|once|True|False|__class__|get|isascii"
    r"|partition|split|strip|replace|lower|upper|parameter|is_taken|target|now|f"
    r'|"True"|"False"|""|" "|f"(?:\{[vk][0-9]+\})+"|[0-9]+|[ \n().,:=<>{}\[\]+\-!]'
    r")*"
)


def sources(build):
    """Return the source of everything that is generated while `build` runs."""
    seen = []
    original = _compile._build

    def spy(source, namespace):
        seen.append(source)
        return original(source, namespace)

    _compile._build = spy
    try:
        build()
    finally:
        _compile._build = original
    return seen


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_values(text):
    constant = quoted(text)
    expressions = [
        f"Append({constant}, [a])",
        f'Join({constant}, [a], {constant}, "x")',
        f"Switch([a], {constant}, {constant}, {constant})",
        f"IIF([a]={constant}, {constant}, [a])",
        f"Replace([a], {constant}, , , {constant}, , )",
        f'Replace([a], , "[0-9]+", , {constant}, , )',
        f"Word([a], 1, {constant})",
        f"Item(Split([a], {constant or 'x'}), 1)",
        f"InStr([a], {constant})",
    ]
    for one in expressions:
        parsed = Expression(one + " ", Expression.parse(one).root)
        for source in sources(lambda parsed=parsed: parsed.evaluate({"a": text})):
            assert HARMLESS.fullmatch(source), source
        stepped = parsed.prepared().evaluate({"a": text}, Run(EvaluationContext()))
        assert parsed.evaluate({"a": text}) == stepped


@pytest.mark.parametrize("name", [text for text in HOSTILE if not set(text) & set("\n[]")])
def test_hostile_attribute_names_stay_keys(name):
    parsed = Expression.parse(f'Join("-", [{name}], ToLower([{name}]))')
    (source,) = sources(lambda: _compile.compile_one(parsed.prepared()))
    assert HARMLESS.fullmatch(source), source
    assert parsed.evaluate({name: "X"}) == "X-x"


def test_hostile_targets_stay_keys():
    expressions = {text: Expression.parse("SelectUniqueValue([a], [b])") for text in HOSTILE}
    built = []
    (source,) = sources(lambda: built.append(compile_mapping(expressions)))
    assert HARMLESS.fullmatch(source)
    assert built[0]({"a": "1"}) == dict.fromkeys(HOSTILE, "1")


def test_generated_code_reaches_no_builtins():
    function = Expression.parse("ToLower([a])").compile()
    assert set(function.__globals__["__builtins__"]) == {"Exception", "len", "str", "tuple"}


@pytest.mark.parametrize(
    ("text", "attributes", "expected"),
    [
        ('Append([n], "@x")', {"n": 42}, "42@x"),
        ("ToLower([n])", {"n": ["A"]}, "a"),
        ("ToLower([n])", {"n": True}, "true"),
        ("ToUpper([n])", {"n": b"\x00"}, "AA=="),
        ('Word([n], 1, "@")', {"n": ["a@b"]}, "a"),
        ('IIF([n]="True", 1, 2)', {"n": True}, "1"),
        ('IIF([n]="False", 1, 2)', {"n": False}, "1"),
        ('IIF([n]="True", 1, 2)', {"n": False}, "2"),
        ('IIF([n]="x", 1, 2)', {"n": ["x"]}, "1"),
        ('Switch([n], "d", "5", "five", "", "none")', {"n": 5}, "five"),
        ('Switch([n], "d", "5", "five", "", "none")', {"n": ["5"]}, "five"),
        ('Switch([n], "d", "5", "five", "", "none")', {}, "none"),
        ('Switch([n], "d", "5", "five")', {}, "d"),
        ('Switch([n], "d", "5", "five")', {"n": True}, "d"),
        ('Join("-", [n], [m])', {"n": 1, "m": ["a", "b"]}, "1-a-b"),
        ('Join("-", [n], [m])', {"n": False, "m": None}, "False"),
        ('Join("", [n], [m])', {"n": ["a", "b"], "m": ["c"]}, "abc"),
        ('Join(",", [n])', {"n": ["a", "b"]}, "a,b"),
        ("Left([n], 2)", {"n": 12345}, "12"),
        ("Mid([n], 2, 2)", {"n": ["12345"]}, "23"),
        ("IsPresent([n])", {"n": False}, "True"),
        ("IsNullOrEmpty([n])", {"n": ["", ""]}, "True"),
        ("Coalesce([n], [m])", {"m": ["a", "b"]}, ("a", "b")),
        ('Replace([n], "1", , , "2", , )', {"n": 11}, "22"),
        ('Replace([n], , "[ -]+", , "", , )', {"n": 1}, "1"),
        ('Item(Split([n], "@"), 2)', {"n": ["a@b"]}, "b"),
        ("Trim([n])", {"n": [" a", "b "]}, ("a", "b")),
    ],
)
def test_values_of_any_kind_give_what_step_by_step_evaluation_gives(text, attributes, expected):
    expression = Expression.parse(text)
    assert expression.evaluate(attributes) == expected
    assert expression.prepared().evaluate(attributes, Run(EvaluationContext())) == expected


def test_a_mapping_shares_what_its_targets_have_in_common():
    login = 'ToLower(Word([upn], 1, "@"), )'
    expressions = {
        "uid": Expression.parse(login),
        "home": Expression.parse(f'Join("/", "/home", {login})'),
        "mail": Expression.parse(f'Append({login}, "@x.org")'),
    }
    built = []
    (source,) = sources(lambda: built.append(compile_mapping(expressions)))
    assert source.count("partition") == 1
    assert source.count(".get(") == 1
    assert built[0]({"upn": "Ada@y"}) == {"uid": "ada", "home": "/home/ada", "mail": "ada@x.org"}


def test_a_failing_target_keeps_no_other_from_its_value():
    mapped = compile_mapping(
        {
            "good": Expression.parse("ToLower([a])"),
            "bad": Expression.parse("CDate([a])"),
            "never": Expression.parse("Append([a])"),
            "ignored": Expression.parse("Append(IgnoreFlowIfNullOrEmpty([none]), [a])"),
            "last": Expression.parse('Append([a], "!")'),
        }
    )
    found = mapped({"a": "X"})
    assert (found["good"], found["last"]) == ("x", "X!")
    assert found["ignored"] is Ignored.FLOW
    assert isinstance(found["bad"], EvaluationError)
    assert found["bad"].function == "CDate"
    assert isinstance(found["never"], EvaluationError)
    assert "suffix is missing" in found["never"].message
    assert list(found) == ["good", "bad", "never", "ignored", "last"]


def test_values_alone_come_in_the_order_of_the_mapping():
    expressions = {
        "b": Expression.parse("[x]"),
        "a": Expression.parse("CDate([x])"),
        "never": Expression.parse("Append([x])"),
    }
    value, failed, never = _compile.compile_values(expressions)({"x": "X"})
    assert value == "X"
    assert failed.function == "CDate"
    assert isinstance(never, EvaluationError)
    assert _compile.compile_values({"a": expressions["b"]})({"x": ["1", "2"]}) == (("1", "2"),)
    assert _compile.compile_values({})({"x": "X"}) == ()


def test_nothing_is_drawn_or_looked_up_twice_when_a_target_fails():
    asked = []

    def is_taken(target, value):
        asked.append((target, value))
        return value == "a"

    mapped = compile_mapping(
        {
            "uid": Expression.parse('SelectUniqueValue("a", "b")'),
            "mail": Expression.parse('SelectUniqueValue("a", "b")'),
            "id": Expression.parse("Guid()"),
            "bad": Expression.parse('Error("no")'),
            "now": Expression.parse("Now()"),
        }
    )
    context = EvaluationContext(
        is_taken_in=is_taken, now=datetime(2026, 1, 1, tzinfo=UTC), is_taken=lambda _: True
    )
    found = mapped({}, context)
    assert asked == [("uid", "a"), ("uid", "b"), ("mail", "a"), ("mail", "b")]
    assert (found["uid"], found["mail"]) == ("b", "b")
    assert len(found["id"]) == 36


def test_one_slow_target_leaves_time_for_the_others():
    mapped = compile_mapping(
        {
            "slow": Expression.parse('Replace([a], , "(x+)+$", , "", , )'),
            "quick": Expression.parse('Replace([b], , "(y+)+$", , "z", , )'),
        }
    )
    found = mapped({"a": "x" * 5_000 + "!", "b": "yy"}, EvaluationContext(regex_timeout=0.2))
    assert isinstance(found["slow"], EvaluationError)
    assert found["quick"] == "z"


def test_wide_and_deep_expressions_are_evaluated_too():
    wide = 'Join(",", ' + ", ".join(["[a]"] * 6_000) + ")"
    assert Expression.parse(wide).evaluate({"a": "x"}) == ",".join(["x"] * 6_000)
    deep = 'IIF([a]="1", "no", ' * 90 + '"yes"' + ")" * 90
    assert Expression.parse(deep).evaluate({"a": "2"}) == "yes"
    lower = "ToLower(" * 99 + "[a]" + ")" * 99
    assert Expression.parse(lower).evaluate({"a": "X"}) == "x"
    switch = "Switch([a], [d]" + "".join(f', "{n}", [v{n}]' for n in range(400)) + ")"
    assert Expression.parse(switch).evaluate({"a": "399", "v399": "hit"}) == "hit"
    assert Expression.parse(switch).evaluate({"a": "400", "d": "default"}) == "default"


def test_attributes_are_a_mapping():
    with pytest.raises(UsageError, match="mapping"):
        Expression.parse("[a]").evaluate(["a"])


def test_an_error_has_no_python_exception_behind_it():
    with pytest.raises(EvaluationError) as caught:
        Expression.parse("CDate([a])").evaluate({"a": "soon"})
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_expressions_and_results_are_pickled_by_text():
    expression = Expression.parse('Join(" ", [a], [b])')
    again = pickle.loads(pickle.dumps(expression))
    assert again == expression
    assert again.evaluate({"a": "1", "b": "2"}) == "1 2"
    own = Expression.parse("ToLowerX([a])", functions=["ToLowerX"])
    assert pickle.loads(pickle.dumps(own)) == own
    explanation = expression.explain({"a": "1"})
    assert str(pickle.loads(pickle.dumps(explanation))) == str(explanation)


def test_an_expression_cannot_be_changed():
    expression = Expression.parse("[a]")
    with pytest.raises(AttributeError, match="cannot be changed"):
        expression.text = "x"
    with pytest.raises(AttributeError, match="cannot be changed"):
        del expression.root
    assert repr(expression) == "Expression.parse('[a]')"
    assert expression != "[a]"


def test_threads_may_share_an_expression():
    expression = Expression.parse('Join("-", [a], ToLower([a]), Now())')
    context = EvaluationContext(now=datetime(2026, 1, 1, tzinfo=UTC))
    found = set()

    def work(n):
        for _ in range(50):
            result = expression.evaluate({"a": f"X{n}"}, context=context)
            if result != f"X{n}-x{n}-1/1/2026 12:00:00 AM":
                found.add(result)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not found


def test_importing_the_room_loads_no_heavy_library():
    code = (
        "import sys, ldapconnector.expressions;"
        "print([m for m in ('lark', 'regex', 'cattrs', 'ldap3') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"[()\s-]+", ""),
        (r"[^0-9]+", "x"),
        (r"\s+", "_"),
        (r"[\\/:]+", "-"),
        (r"[a-zA-Z_]+", ""),
        (r"[.]+", "$$"),
        (r"(?<n>\d+)-", "${n}"),
        (r"[\s\x41-]+", "."),
    ],
)
def test_the_short_way_of_a_pattern_gives_what_the_long_one_gives(pattern, replacement):
    short = quick(pattern, replacement)
    assert short is not None
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x11000)]))
    samples = [every[start : start + 300] for start in range(0, len(every), 300)]
    samples += ["", "+1 (555) 123-4567", "a-1-b", "\\//::", "..", "__", "AA A"]
    for sample in samples:
        if len(sample) <= short.longest:
            expected = dotnet_regex.substitute(pattern, sample, replacement)
            assert short.replace(short.template, sample) == expected


@pytest.mark.parametrize("pattern", ["[a-z]*", "(a+)+$", "(", r"\Ga"])
def test_there_is_no_short_way_where_it_is_not_safe(pattern):
    assert quick(pattern, "") is None
    assert quick("a", "$_") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Left(Switch("x", ), 2)', ""),
        ("Mid(Switch([a], , ), 1, 2)", None),
        ('Join("-", IIF([a]=1, , ), [a])', "1"),
        ("ToLower(Coalesce(, , IIF(1=2, 3)))", None),
        ('Append(Switch([a], , ), "x")', None),
        ('Mid(Split(" "), 2, 0)', None),
        ('Count(Split(" "))', "0"),
        ('IIF("1"="1", IIF(True, 1, 2), 3)'.replace("True", '"True"'), "1"),
        ("IIF(Not([a]), IsNull(), 2)".replace("IsNull()", "3"), "3"),
    ],
)
def test_omitted_values_are_written_without_a_warning(text, expected):
    # Warnings are errors in these tests, also those of the compiler of generated code.
    assert Expression.parse(text).evaluate({"a": 1}) == expected
