"""Every function by its rules, beyond the documented cases."""

import base64
import json
import random
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ldapconnector.errors import EvaluationError, ExpressionTypeError
from ldapconnector.expressions import EvaluationContext, Expression, Ignored, functions

NOW = datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)


def evaluate(text, attributes=None, **context):
    context.setdefault("now", NOW)
    return Expression.parse(text).evaluate(attributes or {}, context=EvaluationContext(**context))


@pytest.mark.parametrize("name", sorted(functions()))
def test_the_example_of_a_function_holds(name):
    function = functions()[name]
    text, expected = function.example
    assert name in text
    result = evaluate(text)
    shown = "; ".join(result) if isinstance(result, tuple) else result
    assert shown == expected
    assert function.summary.endswith(".")
    assert function.source.startswith("https://learn.microsoft.com/")


def test_all_functions_of_the_reference_are_there():
    listed = """Append AppRoleAssignmentsComplex AssertiveAppRoleAssignmentsComplex BitAnd CBool
    CDate Coalesce ConvertToBase64 ConvertToUTF8Hex Count CStr DateAdd DateDiff DateFromNum
    FormatDateTime Guid IgnoreFlowIfNullOrEmpty IIF InStr IsNull IsNullOrEmpty IsPresent IsString
    Item Join Left Mid NormalizeDiacritics Not Now NumFromDate PCase RandomString Redact
    RemoveDuplicates Replace SelectUniqueValue SingleAppRoleAssignment Split StripSpaces Switch
    ToLower ToUpper Word Trim DNComponent Error Prepend ConvertFromBase64 StringFromSid IsNothing
    DefaultDomain AppRoleAssignments Contains"""
    assert set(listed.split()) == set(functions())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # no value in, no value out; where the reference says "" it is ""
        ('Append([none], "x")', None),
        ('Append("x", [none])', "x"),
        ('Prepend("x", [none])', None),
        ("Left([none], 3)", ""),
        ('Word([none], 1, " ")', ""),
        ("Mid([none], 1, 2)", None),
        ("ToLower([none])", None),
        ("StripSpaces([none])", None),
        ("Trim([none])", None),
        ("NormalizeDiacritics([none])", None),
        ('Replace([none], "a", , , "b")', None),
        ('Split([none], ",")', None),
        ("CDate([none])", None),
        ('DateAdd("d", 1, [none])', None),
        ("Count([none])", "0"),
        ('InStr([none], "a")', "0"),
        ("IsString([none])", "False"),
        ("Not([none])", "True"),
        ("CBool([none])", "False"),
        # outside of the text
        ('Mid("abc", 4, 2)', "abc"),
        ('Mid("abc", 0, 2)', "abc"),
        ('Mid("abc", 3, 2)', "c"),
        ('Mid("abc", 2, -1)', "abc"),
        ('Mid("abc", 2, 0)', ""),
        ('Mid("abc", 2)', "bc"),
        ('Mid("abc", "2", "1")', "b"),
        ('Left("abc", 9)', "abc"),
        # words
        ('Word("a  b", 2, " ")', "b"),
        ('Word("Doe, John", 2, ", ")', "John"),
        ('Word("abc", 1, "@")', "abc"),
        ('Word("abc", 2, "@")', ""),
        ('Word("@abc", 1, "@")', "abc"),
        ('Word("abc", -1, "@")', ""),
        # searching
        ('InStr("abc", "")', "1"),
        ('InStr("abcABC", "abc", 2)', "0"),
        ('InStr("abcABC", "abc", 2, vbTextCompare)', "4"),
        ('InStr("abcABC", "ABC", , vbBinaryCompare)', "4"),
        ('InStr("abc", "c", 9)', "0"),
        ('InStr("İß ÄX", "äx", , vbTextCompare)', "4"),
        ('InStr("aXb", "x", , "vbTextCompare")', "2"),
        ('Contains("smtp:a", "SMTP")', "0"),
        # lists
        ('Join(",", Split("a;b", ";"), "c")', "a,b,c"),
        ('Join(",", [none], "", " ")', " "),
        ('Join("", [none])', ""),
        ('Split(" a , b ,", ",")', ("a", "b", "")),
        ('Split("a b\tc")', ("a", "b", "c")),
        ('Count("x")', "1"),
        ('Item("x", 1)', "x"),
        ('RemoveDuplicates(Split("a,A,a", ","))', ("a", "A")),
        ('Trim(Split(" a|b ", "|"))', ("a", "b")),
        # white space as .NET has it: U+001C to U+001F are none
        ('Trim("\u2003\x1ca\x1f\u00a0")', "\x1ca\x1f"),
        ('Split("a, b\x1d ,c", ",")', ("a", "b\x1d", "c")),
        ('Item(Split("a, \x1db", ","), 2)', "\x1db"),
        # conditions
        ('IIF("1", "yes", "no")', "yes"),
        ('IIF("0", "yes", "no")', "no"),
        ('IIF("TRUE", "yes", "no")', "yes"),
        ('IIF("banana", "yes", "no")', "no"),
        ('IIF("1"="1", "yes")', "yes"),
        ('IIF("1"="2", "yes")', None),
        ('IIF([none]="", "none", "some")', "none"),
        ('IIF([none]<>"x", "yes", "no")', "yes"),
        ("IIF([none]<5, 1, 2)", "2"),
        ('"10">"9"', "True"),
        ('"10">"9a"', "False"),
        ('"a"<"B"', "False"),
        ('" 7 "="7.0"', "True"),
        ('"007"=7', "True"),
        ('Not("true")', "False"),
        ('CBool("-3")', "True"),
        ('Switch("a", "d", "A", "1", "a", "2", "a", "3")', "2"),
        ('Switch("x", , "A", "1")', None),
        ('Switch([none], "d", [none], "k")', "k"),
        ('Switch([none], "d", "x", "1", "", )', None),
        ('Switch("1", "d", 1, "one")', "one"),
        ('Coalesce([none], "", "x")', ""),
        ("Coalesce([none], [none])", None),
        # conversion
        ("BitAnd(-1, &HFF)", "255"),
        ('BitAnd("514", 2)', "2"),
        ('ConvertFromBase64(ConvertToBase64("ü€"))', "ü€"),
        ('ConvertFromBase64("w7w=", UTF8)', "ü"),
        ('ConvertFromBase64("/w==", ASCII)', "?"),
        ('ConvertToUTF8Hex("ü")', "C3BC"),
        ("CStr(1=1)", "True"),
        # casing
        ('ToUpper("istanbul", "tr-TR")', "İSTANBUL"),
        ('ToUpper("istanbul", "az")', "İSTANBUL"),
        ('ToLower("ISPARTA", "tr")', "ısparta"),
        ('ToLower("ΟΔΟΣ")', "οδοσ"),
        ('PCase("st john\'s hospital")', "St John'S Hospital"),
        # dates
        ('CDate("2021-08-24")', "8/24/2021 12:00:00 AM"),
        ('CDate(CDate("2009-06-15T01:45:30.123-07:00"))', "6/15/2009 8:45:30 AM"),
        ("Now()", "3/5/2026 11:59:59 PM"),
        ('DateAdd("n", -1, Now())', "3/5/2026 11:58:59 PM"),
        ('DateAdd("m", 1, CDate("2024-01-31"))', "2/29/2024 12:00:00 AM"),
        ('DateDiff("yyyy", CDate("2025-12-31"), CDate("2026-01-01"))', "1"),
        ("NumFromDate(DateFromNum(129699324000000000))", "129699324000000000"),
        ('FormatDateTime("05.03.2026", , "dd.MM.yyyy", "yyyyMMdd")', "20260305"),
        ('FormatDateTime("05.03.2026", "dd.MM.yyyy", "yyyyMMdd")', "20260305"),
        # a date of a date function is one, whatever the input format says
        (
            'FormatDateTime(DateAdd("d", 1, CDate("2026-03-05")), , "yyyy-MM-dd", "dd.MM.yyyy")',
            "06.03.2026",
        ),
        (
            'FormatDateTime(Now(), , "M/d/yyyy hh:mm:ss tt", "yyyy-MM-ddTHH:mm:ss")',
            "2026-03-05T23:59:59",
        ),
        ('FormatDateTime(Now(), "yyyy-MM-dd", "HH")', "23"),
        ('FormatDateTime(CDate("2026-03-05"), , "d/M/yyyy h:mm:ss tt", "MM")', "05"),
        (
            'FormatDateTime(DateFromNum(129699324000000000), "AdjustToUniversal", "s", "yyyy")',
            "2012",
        ),
        # names
        ('DNComponent("cn=Smith\\\\, John,dc=contoso", 1)', "Smith, John"),
        ('DNComponent("cn=L\\\\C3\\\\BC,dc=x", 1)', "Lü"),
        ('DNComponent("cn=a,ou=b,dc=c", 3)', "c"),
    ],
)
def test_a_rule(text, expected):
    assert evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "function", "argument"),
    [
        ('Item(Split("a,b", ","), 3)', "Item", "index"),
        ('Item(Split("a,b", ","), 0)', "Item", "index"),
        ("Item([none], 1)", "Item", "index"),
        ('Mid("abc", "x", 1)', "Mid", "start"),
        ('Mid("abc", 1, "1.5")', "Mid", "length"),
        ('InStr("a", "a", 0)', "InStr", "start"),
        ('InStr("a", "a", 1, "vbNoCompare")', "InStr", "compareType"),
        ("BitAnd([none], 1)", "BitAnd", "value1"),
        ('CDate("soon")', "CDate", "Expression"),
        ('DateAdd("x", 1, Now())', "DateAdd", "interval"),
        ('DateAdd("yyyy", 9999, Now())', "DateAdd", "value"),
        ('DateDiff("d", [none], Now())', "DateDiff", "date1"),
        ('DateDiff("d", Now(), [none])', "DateDiff", "date2"),
        ('FormatDateTime("x", , "yyyy", "yyyy")', "FormatDateTime", "source"),
        ('ConvertFromBase64("%%")', "ConvertFromBase64", "source"),
        ('StringFromSid("AQ==")', "StringFromSid", "ObjectSID"),
        ('ToLower("é", "klingon")', "ToLower", "culture"),
        ('Replace("a", , "(", , "b")', "Replace", "regexPattern"),
        ('Replace("a", "b", , , , , )', "Replace", ""),
        ("RandomString(3, 2, 2, 2, 1)", "RandomString", "Length"),
        ("RandomString(257, 0, 0, 0, 0)", "RandomString", "Length"),
        ("RandomString(5, -1, 0, 0, 0)", "RandomString", "MinimumNumbers"),
        ('RandomString(5, 5, 0, 0, 0, "0123456789")', "RandomString", "CharactersToAvoid"),
        ('SingleAppRoleAssignment(Split("a,b", ","))', "SingleAppRoleAssignment", "source"),
        ('AppRoleAssignments("{broken")', "AppRoleAssignments", "source"),
        ('DNComponent("cn=a", 2)', "DNComponent", "ComponentNumber"),
        ('Error("no name")', "Error", ""),
        ("DefaultDomain()", "DefaultDomain", ""),
        ('ToLower(Split("a,b", ","))', "ToLower", "source"),
        ('Replace(Split("a,b", ","), "a", , , "b")', "Replace", "source"),
        ('Replace("a", Split("a,b", ","), , , "b")', "Replace", "oldValue"),
        ('Replace("", , "(", "n", , "x", )', "Replace", "regexPattern"),
        ('Replace("a", , "(?<n>a)", "m", "x", , )', "Replace", "regexPattern"),
        ('Switch(Split("a,b", ","), "d", "k", "v")', "Switch", "source"),
        ('Switch("a", "d", Split("a,b", ","), "v")', "Switch", "switchValue"),
    ],
)
def test_a_refusal_names_function_argument_and_place(text, function, argument):
    with pytest.raises(EvaluationError) as caught:
        evaluate(f"Coalesce({text}, )")
    error = caught.value
    assert error.function == function
    assert error.argument == argument
    assert error.position == (1, len("Coalesce(") + 1)
    assert f"Coalesce({text}, )" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "Append([a])",
        'Append([a], "b", "c")',
        "Now([a])",
        'Switch([a], "d", "k")',
        "Switch([a])",
        "SelectUniqueValue([a])",
        "SelectUniqueValue([a], )",
        "Append(SelectUniqueValue([a], [b]), [c])",
        "IIF([a]=1, SelectUniqueValue([a], [b]), [c])",
        "Unheard([a])",
        "ToLower(vbTextCompare)",
        'InStr("a", "b", 1, UTF8)',
        "UTF8",
    ],
)
def test_what_can_never_work_is_refused_before_any_value(text):
    with pytest.raises(ExpressionTypeError) as caught:
        Expression.parse(text).compile()
    assert caught.value.line == 1


def test_branches_that_are_not_taken_do_not_fail():
    assert evaluate('IIF("1"="1", "x", Error("boom"))') == "x"
    assert evaluate('Switch("a", Error("1"), "a", "ok", "b", Error("2"))') == "ok"
    assert evaluate('Coalesce("x", Error("boom"))') == "x"
    assert evaluate('SelectUniqueValue("x", Error("boom"))') == "x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Replace("a.b.c", ".", , , "-", , )', "a-b-c"),
        ('Replace("jsmith", "<u>", , , , , "<u>@x, <u>")', "jsmith@x, jsmith"),
        ('Replace("a1b22", , "[0-9]+", , "#", , )', "a#b##".replace("##", "#")),
        ('Replace("12 Main", , "(?<n>^[0-9]*)", "n", "7", , )', "7 Main"),
        ('Replace("", , "x(?<n>[0-9]+)", "n", , "x42", )', "42"),
        ('Replace("has", , "x(?<n>[0-9]+)", "n", , "x42", )', "has"),
        ('Replace("", , "x(?<n>[0-9]+)", "n", , "y", )', None),
        ('Replace("aba", "a", , , , [other], )', "ObO"),
        ('Replace("a1", , "[0-9]", , , [other], )', "aO"),
        ('Replace("John Smith", , "(?<f>\\w+) (?<l>\\w+)", , "${l}, ${f}", , )', "Smith, John"),
        ('Replace("abc", "", , , "x", , )', "abc"),
        ('Replace("aXb", "x", , , "-", , )', "aXb"),
    ],
)
def test_replace_in_each_mode(text, expected):
    assert evaluate(text, {"other": "O"}) == expected


def test_a_catastrophic_pattern_ends_in_time():
    with pytest.raises(EvaluationError, match="took longer") as caught:
        evaluate('Replace([a], , "(a+)+$", , "", , )', {"a": "a" * 5_000 + "!"}, regex_timeout=0.2)
    assert caught.value.function == "Replace"


def test_select_unique_value_asks_in_order_and_only_as_far_as_needed():
    asked = []

    def is_taken(value):
        asked.append(value)
        return value in {"a", "b"}

    text = 'SelectUniqueValue("a", [none], "", "a", "b", "c", "d")'
    assert evaluate(text, is_taken=is_taken) == "c"
    assert asked == ["a", "b", "c"]


def test_select_unique_value_names_all_candidates_when_all_are_taken():
    with pytest.raises(EvaluationError) as caught:
        evaluate('SelectUniqueValue("a", "b")', is_taken=lambda _: True)
    assert caught.value.candidates == ("a", "b")
    with pytest.raises(EvaluationError) as caught:
        evaluate('SelectUniqueValue(Redact("a"), "b")', is_taken=lambda _: True)
    assert "a" not in caught.value.candidates
    assert len(caught.value.candidates) == 2


@pytest.mark.parametrize("seed", range(25))
def test_random_string_keeps_every_minimum(seed):
    drawn = evaluate('RandomString(12, 2, 3, 1, 2, "0Oo$")', random=random.Random(seed))
    assert len(drawn) == 12
    assert sum(c.isdigit() for c in drawn) >= 2
    assert sum(not c.isalnum() for c in drawn) >= 3
    assert sum(c.isupper() for c in drawn) >= 1
    assert sum(c.islower() for c in drawn) >= 2
    assert not set(drawn) & set("0Oo$")
    assert drawn == evaluate('RandomString(12, 2, 3, 1, 2, "0Oo$")', random=random.Random(seed))


def test_random_values_differ_without_a_seed():
    assert evaluate("Guid()") != evaluate("Guid()")
    assert evaluate("RandomString(32, 1, 1, 1, 1)") != evaluate("RandomString(32, 1, 1, 1, 1)")
    two = evaluate('Join(" ", Guid(), Guid())', random=random.Random(1)).split()
    assert len(set(two)) == 2
    assert all(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in two)


def test_roles_are_read_from_json_objects_and_names():
    roles = [{"id": "1", "value": "Admin", "displayName": "Administrator"}, "User"]
    shown = evaluate("AppRoleAssignmentsComplex([roles])", {"roles": roles})
    assert [json.loads(one)["displayName"] for one in shown] == ["Administrator", "User"]
    shown = evaluate("AssertiveAppRoleAssignmentsComplex([roles])", {"roles": roles})
    assert [json.loads(one)["value"] for one in shown] == ["Admin", "User"]
    assert evaluate("AppRoleAssignments([roles])", {"roles": roles}) == ("Admin", "User")
    assert evaluate("SingleAppRoleAssignment([roles])", {"roles": roles[:1]}) == "Admin"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "True"),
        (False, "False"),
        (42, "42"),
        (-(10**30), "-1" + "0" * 30),
        (1.0, "1"),
        (1.5, "1.5"),
        (datetime(2026, 1, 2, 3, 4, 5), "1/2/2026 3:04:05 AM"),  # noqa: DTZ001
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), "1/2/2026 1:04:05 AM"),
        (datetime(2026, 1, 2, tzinfo=UTC).date(), "1/2/2026 12:00:00 AM"),
        (b"\x01\x02", base64.b64encode(b"\x01\x02").decode()),
        (["a", None, True], ("a", "True")),
        ([], None),
        ([None], None),
        (("x",), ("x",)),
        ({"b": 1}, '{"b":1}'),
        (None, None),
    ],
)
def test_values_enter_as_documented(value, expected):
    assert evaluate("[a]", {"a": value}) == expected


def test_a_value_that_no_directory_has_is_refused():
    with pytest.raises(EvaluationError, match=r"\[a\]: a value of type object"):
        evaluate("[a]", {"a": object()})
    with pytest.raises(EvaluationError, match="JSON"):
        evaluate("[a]", {"a": {"x": object()}})


def test_dotted_names_reach_into_objects_unless_the_flat_key_exists():
    assert evaluate("[p.q]", {"p": {"q": "deep"}}) == "deep"
    assert evaluate("[p.q]", {"p.q": "flat", "p": {"q": "deep"}}) == "flat"
    assert evaluate("[p.q]", {"p": "text"}) is None
    assert evaluate('Append([p.q.r], "!")', {"p": {"q": {"r": "x"}}}) == "x!"


def test_ignored_flows_are_outcomes_and_pass_through_functions():
    assert evaluate("IgnoreFlowIfNullOrEmpty([a])", {"a": [""]}) is Ignored.FLOW
    assert evaluate('Append(IgnoreFlowIfNullOrEmpty([a]), "x")') is Ignored.FLOW
    assert evaluate("IIF([a]=1, IgnoreAttributeFlow, 2)", {"a": 1}) is Ignored.ATTRIBUTE_FLOW
    assert evaluate('Join("", "a", ignoreobjectflow)') is Ignored.OBJECT_FLOW
    assert not isinstance(Ignored.FLOW, str)


def test_settings_come_from_the_context():
    assert evaluate("Append([u], %Dom%)", {"u": "a@"}, parameters={"Dom": "x"}) == "a@x"
    with pytest.raises(EvaluationError, match="%Dom% has no value"):
        evaluate("%Dom%")
    assert evaluate("DefaultDomain()", parameters={"DefaultDomain": "x.org"}) == "x.org"


def test_results_are_bounded():
    big = {"a": "x" * 600_000}
    with pytest.raises(EvaluationError, match="longer than"):
        evaluate('Join("", [a], [a])', big)
    with pytest.raises(EvaluationError, match="longer than"):
        evaluate("Append([a], [a])", big)
    with pytest.raises(EvaluationError, match="longer than"):
        evaluate('Replace([a], "x", , , "xxxx", , )', big)
    with pytest.raises(EvaluationError, match="more than"):
        evaluate("Split([a])", {"a": "x " * 200_000})
    with pytest.raises(EvaluationError, match="too long for this"):
        evaluate('Replace([a], , "(x)(y)?", , "z", , )', {"a": "x" * 2_000_000})
    with pytest.raises(EvaluationError, match="more than"):
        evaluate('Split([a], ",")', {"a": "," * 200_000})
    nested = "Replace(" * 60 + '"a"' + ', "a", , , "aaaa", , )' * 60
    with pytest.raises(EvaluationError, match="longer than"):
        evaluate(nested)
