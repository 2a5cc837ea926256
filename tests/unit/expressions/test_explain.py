"""What an explanation shows, and what it must not."""

from ldapconnector.expressions import EvaluationContext, Expression, Ignored


def steps(text, attributes, **context):
    explanation = Expression.parse(text).explain(attributes, context=EvaluationContext(**context))
    return explanation, {step.text: step for step in explanation.root.walk()}


def test_every_node_has_its_value():
    explanation, found = steps('Join(" ", [a], ToUpper([b]))', {"a": "x", "b": "y"})
    assert explanation.value == "x Y"
    assert found["[a]"].value == "x"
    assert found["ToUpper([b])"].value == "Y"
    assert found["ToUpper([b])"].role == "source"
    assert found['" "'].role == "separator"


def test_the_branch_that_is_taken_is_told_and_the_other_is_not_evaluated():
    explanation, found = steps('IIF([a]="1", ToLower([b]), ToUpper([c]))', {"a": "1", "b": "X"})
    assert explanation.root.note == "the condition holds"
    assert found["ToLower([b])"].evaluated
    assert not found["ToUpper([c])"].evaluated
    assert not found["[c]"].evaluated


def test_choices_tell_what_they_chose():
    assert steps('Switch([a], "d", "x", "1", "y", "2")', {"a": "y"})[0].root.note == "key 2 matches"
    assert steps('Switch([a], "d", "x", "1")', {"a": "q"})[0].root.note == (
        "no key matches: the default"
    )
    assert steps('Switch([a], "d", "x", , "y", "2")', {"a": "x"})[0].root.note == "key 1 matches"
    assert steps("Coalesce([a], [b])", {"b": "1"})[0].root.note == "argument 2 has a value"
    assert steps("Coalesce([a], [b])", {})[0].root.note == "none"
    chosen = steps('SelectUniqueValue("a", "b")', {}, is_taken={"a"}.__contains__)[0]
    assert chosen.root.note == "rule 2 is free"


def test_an_ignored_flow_is_shown():
    explanation, found = steps("IIF([a]=1, IgnoreObjectFlow, 2)", {"a": 1})
    assert explanation.value is Ignored.OBJECT_FLOW
    assert found["IgnoreObjectFlow"].shown == "IgnoreObjectFlow"


def test_a_failure_is_explained_to_the_place_where_it_happened():
    explanation, found = steps("Append(CDate([a]), ToLower([b]))", {"a": "soon", "b": "X"})
    assert explanation.value is None
    assert explanation.error is not None
    assert found["CDate([a])"].failed
    assert found["[a]"].value == "soon"
    assert not found["ToLower([b])"].evaluated
    assert "error: 'soon' is no date" in str(explanation)


SECRET = "hunter2-Zürich"


def test_nothing_that_is_redacted_is_shown_anywhere():
    for text in (
        "Redact([p])",
        'Append(Redact([p]), "!")',
        'Join("-", [p], Redact([p]))',
        f'Redact("{SECRET}")',
        f'Redact(Append("{SECRET}", [p]))',
        "ToLower(Redact(ToUpper([p])))",
        "CDate(Redact([p]))",
        "Error(Redact([p]))",
        "Item(Redact([p]), 2)",
        'ToLower("é", Redact([p]))',
        'Append("x", CDate(Append(Redact([p]), [p])))',
        "SelectUniqueValue(Redact([p]), Redact([p]))",
    ):
        explanation, found = steps(text, {"p": SECRET}, is_taken=lambda _: True)
        shown = f"{explanation}{explanation!r}{explanation.error}{explanation.error!r}"
        shown += "".join(f"{step!r}{step.shown}" for step in found.values())
        for part in (SECRET, SECRET.upper(), SECRET.lower(), repr(SECRET)[1:-1]):
            assert part not in shown, text
        if explanation.error is None:
            assert explanation.root.shown == "[Redact]"
            assert explanation.value == "[Redact]"


def test_a_choice_by_a_redacted_value_does_not_tell_its_branch():
    for value in ("a", "b"):
        explanation, _ = steps('Switch(Redact([p]), "0", "a", "1", "b", "2")', {"p": value})
        assert explanation.root.steps == ()
        assert explanation.root.note == "chosen by a confidential value"
    first = str(steps('IIF(Redact([p])="a", "1", "2")', {"p": "a"})[0])
    second = str(steps('IIF(Redact([p])="a", "1", "2")', {"p": "b"})[0])
    assert first == second


def test_the_value_itself_still_flows():
    assert Expression.parse("Redact([p])").evaluate({"p": SECRET}) == SECRET
    assert Expression.parse("Redact([p])").redacted
    assert not Expression.parse("[p]").redacted


def test_the_printed_tree_is_for_reading():
    explanation, _ = steps('ToLower(Word([upn], 1, "@"))', {"upn": "Ada@example.org"})
    assert str(explanation).splitlines() == [
        'ToLower(Word([upn], 1, "@"))  = "ada"',
        '└─ source: Word([upn], 1, "@")  = "Ada"',
        '   ├─ String: [upn]  = "Ada@example.org"',
        '   ├─ WordNumber: 1  = "1"',
        '   └─ delimiters: "@"  = "@"',
    ]
    long, _ = steps("Append([a], [none])", {"a": "x" * 500})
    assert all(len(line) < 160 for line in str(long).splitlines())
    assert "[none]  = no value" in str(long)
