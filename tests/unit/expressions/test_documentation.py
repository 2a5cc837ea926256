"""The page docs/expressions.md: every example holds, and nothing is missing."""

import doctest
import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ldapconnector.errors import EvaluationError
from ldapconnector.expressions import EvaluationContext, Expression, functions

PAGE = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text(encoding="utf-8")


def fences(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def examples():
    for block in fences("expression"):
        for example in block.strip().split("\n\n"):
            lines = example.splitlines()
            given = json.loads(lines.pop(0)[6:]) if lines[0].startswith("given ") else {}
            yield given, "\n".join(lines[:-1]), lines[-1].removeprefix("→ ")


def context():
    return EvaluationContext(
        now=datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC),
        random=random.Random(0),
        is_taken={"john.smith"}.__contains__,
        parameters={"DomainFQDN": "contoso.com", "DefaultDomain": "contoso.com"},
    )


@pytest.mark.parametrize(("given", "text", "expected"), list(examples()))
def test_an_example_of_the_page(given, text, expected):
    expression = Expression.parse(text)
    if expected.startswith("error: "):
        with pytest.raises(EvaluationError) as caught:
            expression.evaluate(given, context=context())
        assert caught.value.message == expected.removeprefix("error: ")
        return
    result = expression.evaluate(given, context=context())
    if result is None:
        assert expected == "no value"
    elif isinstance(result, tuple):
        assert list(result) == json.loads(expected)
    else:
        assert expected in {str(result), json.dumps(str(result))}


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_is_on_the_page_with_its_signature(name):
    function = functions()[name]
    section = PAGE.split(f"#### {name}\n", 1)[1].split("\n####", 1)[0]
    assert f"`{function.signature}`" in section
    assert function.summary.replace("``", "`") in section
    assert f"{name}(" in section.split("```expression", 1)[1]


@pytest.mark.parametrize("number", range(len(fences("python"))))
def test_a_python_example_of_the_page(number):
    # The examples of a page follow from one another.
    parser = doctest.DocTestParser()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    names = {}
    for block in fences("python")[: number + 1]:
        test = parser.get_doctest(block, names, "docs/expressions.md", None, 0)
        runner.run(test, clear_globs=False)
        names = test.globs
    assert runner.failures == 0
    assert runner.tries


def test_every_code_of_a_finding_is_on_the_page():
    room = Path(functions.__code__.co_filename).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted(room.glob("_check*.py")))
    codes = set(re.findall(r'"((?:[a-z]+-)+[a-z]+|culture|regex)"', sources))
    assert len(codes) >= 25
    for code in codes:
        assert f"`{code}`" in PAGE, code
