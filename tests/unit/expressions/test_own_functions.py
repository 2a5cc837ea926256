"""Own functions: known to one context, checked and documented like the built-in ones."""

from datetime import UTC, datetime, timedelta

import pytest

from ldapconnector.errors import EvaluationError, ExpressionTypeError, UsageError
from ldapconnector.expressions import (
    ArgumentError,
    EvaluationContext,
    Expression,
    Kind,
    compile_mapping,
    function,
    functions,
)


@function
def initials(first: str, *others: str) -> str:
    """Return the first letters.

    Longer explanation.
    """
    return "".join(part[:1] for part in (first, *others))


def shout(text, times=1):
    return text.upper() + "!" * int(times)


@function(name="NextDay", summary="Give the next day.", pure=False)
def next_day(when: datetime, days: int = 1) -> datetime:
    return when + timedelta(days=days)


@function
def tagged(values: tuple[str, ...], flag: bool, extra: str | None = None) -> list[str]:
    return [f"{value}:{flag}:{extra}" for value in values]


CONTEXT = EvaluationContext(
    functions={"Initials": initials, "Shout": shout, "NextDay": next_day, "Tagged": tagged}
)


def evaluate(text, attributes=None):
    return Expression.parse(text).evaluate(attributes or {}, context=CONTEXT)


def test_a_signature_is_read_from_annotations():
    assert initials.signature == "Initials(first, [others, ...])"
    assert initials.summary == "Return the first letters."
    assert [one.kind for one in next_day.parameters] == [Kind.DATE, Kind.INTEGER]
    assert next_day.result is Kind.DATE
    assert next_day.name == "NextDay"
    assert tagged.result is Kind.LIST


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Initials("ada", "king", "lovelace")', "akl"),
        ('ToUpper(Initials([a], "b"))', "XB"),
        ("Initials([none])", None),
        ('Shout("hey", 3)', "HEY!!!"),
        ('Shout("hey")', "HEY!"),
        ('NextDay("2024-02-28")', "2/29/2024 12:00:00 AM"),
        ('DateDiff("d", CDate("2024-01-01"), NextDay("2024-01-01", 5))', "5"),
        ('Tagged(Split("a,b", ","), "True")', ("a:True:None", "b:True:None")),
        ('Tagged("a", IsNull([none]), "e")', ("a:True:e",)),
        ('Join("-", Tagged("a", 0))', "a:False:None"),
        ('IIF([a]="x", Initials("y", "z"), Shout([none]))', "yz"),
    ],
)
def test_an_own_function_works_like_a_built_in_one(text, expected):
    assert evaluate(text, {"a": "x"}) == expected
    assert Expression.parse(text).explain({"a": "x"}, context=CONTEXT).value == expected


def test_arguments_are_checked_by_the_signature():
    with pytest.raises(ExpressionTypeError, match="first is missing"):
        evaluate("Initials()")
    with pytest.raises(ExpressionTypeError, match="takes 1 to 2 arguments and has 3"):
        evaluate('NextDay("2024-01-01", 1, 2)')
    with pytest.raises(EvaluationError, match="whole number") as caught:
        evaluate('NextDay("2024-01-01", "x")')
    assert (caught.value.function, caught.value.argument) == ("NextDay", "days")
    with pytest.raises(EvaluationError, match="no date"):
        evaluate('NextDay("soon")')
    findings = Expression.parse('NextDay("2024-01-01", "x")').check(functions={"NextDay": next_day})
    assert [one.code for one in findings] == ["argument-type"]


def test_what_an_own_function_raises_becomes_our_error():
    def broken(text: str) -> str:
        raise KeyError(f"no {text}")

    context = EvaluationContext(functions={"Broken": broken})
    with pytest.raises(EvaluationError, match="KeyError") as caught:
        Expression.parse('Append("x", Broken([a]))').evaluate({"a": "secret"}, context=context)
    assert caught.value.function == "Broken"
    assert caught.value.position == (1, 13)
    with pytest.raises(EvaluationError) as caught:
        Expression.parse("Broken(Redact([a]))").evaluate({"a": "secret"}, context=context)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_own_function_refuses_an_argument_in_its_own_words():
    @function(name="Even")
    def even(amount: int) -> int:
        if amount % 2:
            raise ArgumentError("amount", "an even number is needed")
        return amount

    expression = Expression.parse('Append("n", Even([a]))')
    context = EvaluationContext(functions={"Even": even})
    assert expression.evaluate({"a": "4"}, context=context) == "n4"
    with pytest.raises(EvaluationError) as caught:
        expression.evaluate({"a": "3"}, context=context)
    error = caught.value
    assert (error.function, error.argument, error.value) == ("Even", "amount", "3")
    assert error.message == "an even number is needed"
    assert error.column == 13


def test_what_an_own_function_returns_is_checked():
    context = EvaluationContext(
        functions={"Odd": lambda: {1, object}, "Long": lambda: "x" * 2_000_000}
    )
    with pytest.raises(EvaluationError, match="type type"):
        Expression.parse("Odd()").evaluate({}, context=context)
    with pytest.raises(EvaluationError, match="longer"):
        Expression.parse("Long()").evaluate({}, context=context)


def test_a_mapping_takes_own_functions():
    mapped = compile_mapping(
        {"a": Expression.parse("Initials([x], [y])")}, functions=CONTEXT.functions
    )
    assert mapped({"x": "1a", "y": "2b"}, CONTEXT) == {"a": "12"}


def test_nothing_global_changes():
    before = dict(functions())
    EvaluationContext(functions={"Fresh": shout})
    assert dict(functions()) == before
    with pytest.raises(ExpressionTypeError, match="there is no function Fresh"):
        Expression.parse("Fresh([a])").evaluate({"a": "x"})
    with pytest.raises(ExpressionTypeError) as caught:
        Expression.parse("Initails([a])").evaluate({}, context=CONTEXT)
    assert caught.value.hint == "did you mean Initials?"


def test_two_contexts_may_mean_two_functions_by_one_name():
    expression = Expression.parse("Mine([a])")
    for mark in "xyx":
        context = EvaluationContext(functions={"Mine": lambda text, mark=mark: text + mark})
        assert expression.evaluate({"a": "-"}, context=context) == f"-{mark}"


def test_a_name_near_a_built_in_one_is_announced():
    context = EvaluationContext(functions={"ToLower2": shout})
    expression = Expression.parse("ToLower2([a])", functions=["ToLower2"])
    assert expression.evaluate({"a": "x"}, context=context) == "X!"


@pytest.mark.parametrize("name", ["ToLower", "tolower", "IIF", "my fn", "1a", "é"])
def test_impossible_names_are_refused(name):
    with pytest.raises(UsageError):
        EvaluationContext(functions={name: shout})


def test_impossible_signatures_are_refused():
    def takes_bytes(data: bytes) -> str:
        return ""

    def by_name(*, text: str) -> str:
        return text

    with pytest.raises(UsageError, match="cannot be the type"):
        function(takes_bytes)
    with pytest.raises(UsageError, match="by position"):
        function(by_name)


def test_the_clock_is_read_once_in_an_evaluation():
    first = datetime(2026, 1, 1, tzinfo=UTC)
    context = EvaluationContext(now=first)
    assert Expression.parse("Now()=Now()").evaluate({}, context=context) == "True"
    assert Expression.parse("Now()=Now()").evaluate({}) == "True"
