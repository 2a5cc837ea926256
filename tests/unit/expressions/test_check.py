"""Static checks, one by one: what they find, and what they leave alone."""

import pytest

from ldapconnector.errors import UsageError
from ldapconnector.expressions import AttributeShape, Expression, functions
from ldapconnector.expressions._dialect import OTHER_NAMES

DN = AttributeShape(name="manager", type="Reference", is_dn=True)
BOOLEAN = {"name": "active", "type": "Boolean", "multivalued": False}
INTEGER = AttributeShape(name="uidNumber", type="Integer")
SEVERAL = AttributeShape(name="mail", multivalued=True)


def codes(text, source=None, target=None, **more):
    return {
        (finding.severity, finding.code)
        for finding in Expression.parse(text).check(source, target, **more)
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Append([a])", ("error", "argument-count")),
        ('Append([a], "b", "c")', ("error", "argument-count")),
        ("Unheard([a])", ("error", "unknown-function")),
        ('Switch([a], "x", "k")', ("error", "switch-pairs")),
        ("SelectUniqueValue([a])", ("error", "select-unique-value-rules")),
        ('Append(SelectUniqueValue([a], [b]), "x")', ("error", "select-unique-value-nested")),
        ("Append([a], UTF8)", ("error", "bare-word")),
        ("tolower([a])", ("warning", "function-case")),
        ("Item([a], 0)", ("error", "item-index")),
        ('Item([a], "0")', ("error", "item-index")),
        ("Item([a], -1)", ("error", "item-index")),
        ("IIF(IsPresent([a]), [a], [b])", ("warning", "iif-null-check")),
        ("IIF(IsNull([a]), [a], [b])", ("warning", "iif-null-check")),
        ("IIF(IsNullOrEmpty([a]), [a], [b])", ("warning", "iif-null-check")),
        ('IIF([a]="", "x", [a])', ("warning", "iif-null-check")),
        ('Switch(IsPresent([a]), "d", "True", [a])', ("warning", "switch-null-check")),
        ('IIF([a]="1", "x")', ("warning", "iif-branch")),
        ('Mid([a], "x", 2)', ("error", "argument-type")),
        ("Mid([a], IsNull([b]), 2)", ("error", "argument-type")),
        ('ToLower(Split([a], ","))', ("error", "argument-type")),
        ('DateAdd("d", 1, "soon")', ("error", "argument-type")),
        ('DateAdd("d", 1, Count([a]))', ("error", "argument-type")),
        ('InStr([a], "b", 1, "x")', ("error", "argument-type")),
        ('DateAdd("days", 1, [a])', ("error", "date-interval")),
        ('DateDiff("D", [a], [b])', ("error", "date-interval")),
        ('FormatDateTime([a], , "yyyy", "%")', ("error", "date-format")),
        ('FormatDateTime([a], "Whatever", "yyyy", "yyyy")', ("error", "date-styles")),
        ('ToLower([a], "klingon")', ("error", "culture")),
        ('Replace([a], , "(", , "x")', ("error", "regex")),
        ('Replace([a], , "(?<n>x)", "m", "y")', ("error", "regex-group")),
        ('Replace([a], "b", , , , , )', ("error", "replace-mode")),
        ('Replace([a], "b", "c", , "d")', ("warning", "replace-mode")),
        ("RandomString(3, 2, 2, 2, 1)", ("error", "random-string")),
        ("RandomString(300, 0, 0, 0, 0)", ("error", "random-string")),
        ('CDate("soon")', ("error", "argument-type")),
        ('Item(Split("a,b", ","), 5)', ("error", "always-fails")),
        ('InStr([a], "x", 0)', ("error", "instr-start")),
        ("Mid([a], 0, 3)", ("warning", "mid-start")),
        ('Word([a], "0", "@")', ("warning", "word-number")),
        ('Switch([a], "d")', ("warning", "switch-keys")),
        ('DateAdd("q", 1, [a])', ("warning", "date-interval")),
        ('Append("\\d", [a])', ("info", "escape-kept")),
        ('FormatDateTime([a], "yyyy", "yyyy")', ("info", "format-date-time-form")),
        ('FormatDateTime(Now(), , "yyyy-MM-dd", "yyyy")', ("info", "format-date-time-form")),
        ("Mid([a], 2)", ("info", "mid-length")),
        ("Trim([a])", ("info", "older-function")),
        ('Join("", "CN=", [a], ",DC=x")', ("warning", "dn-unescaped")),
        ('Append("CN=", [a])', ("warning", "dn-unescaped")),
        ('Replace([a], "<u>", , , , , "uid=<u>,dc=x")', ("warning", "dn-unescaped")),
        ('Join("", "CN=x,OU=", ToLower([a]))', ("warning", "dn-unescaped")),
        ("Append([a], [passwordProfile.password])", ("warning", "password-unredacted")),
        ('Join("", ' + '"' + "x" * 10_001 + '")', ("warning", "too-long")),
    ],
)
def test_a_pitfall_is_found(text, found):
    assert found in codes(text)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Append([b], Item([a], 0))", 23),
        ("RandomString(300, 0, 0, 0, 0)", 14),
        ('Left("a", "x")', 11),
        ('CDate("soon")', 7),
        ('Append("x", DateFromNum("x"))', 25),
        ('Replace([a], , "ab(c", , "x", , )', 16),
        ('Append("a", "b", "c")', 18),
    ],
)
def test_one_mistake_is_told_once_and_where_it_stands(text, column):
    (found,) = Expression.parse(text).check()
    assert (found.severity, found.line, found.column) == ("error", 1, column)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Lower([a])", "ToLower"),
        ("concat([a], [b])", "Join"),
        ("Substring([a], 1, 2)", "Mid"),
        ('If([a]="x", "1", "2")', "IIF"),
        ("Today()", "Now"),
    ],
)
def test_the_names_of_other_languages_are_understood(text, meant):
    (found,) = Expression.parse(text).check()
    assert found.code == "unknown-function"
    assert found.hint == f"did you mean {meant}?"


def test_the_names_of_other_languages_lead_to_functions_that_exist():
    assert set(OTHER_NAMES.values()) <= set(functions())
    assert not {name.casefold() for name in functions()} & set(OTHER_NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "[a]",
        'Switch([a], [a], "", "Other")',
        "Item([a], 1)",
        'Mid([a], "1", "2")',
        'Join("", "CN=", Replace([a], , "([\\\\\\\\,+\\"<>;=#])", , "\\\\$1", , ), ",DC=x")',
        'Join(",", "CN=", [a])',
        'Join("", "name=", "x")',
        'Replace([a], "<u>", , , , , "<u>@contoso.com")',
        'Append("Group_", [objectId])',
        "Redact([passwordProfile.password])",
        "ToLower([passwordPolicies])",
        'DateAdd("d", "10", Now())',
        'Append("\\\\d \\"x\\"", [a])',
        'IIF([a]="1", "x", Item(Split([b], ","), 2))',
        'Replace([a], , "(?<n>x)", "n", , [b], )',
        'InStr([a], "b", , vbTextCompare)',
        'Join("", Split([a], ","), "x")',
        "Left(RandomString(8, 1, 1, 1, 1), 3)",
        'FormatDateTime(Now(), , "M/d/yyyy h:mm:ss tt", "yyyy")',
    ],
)
def test_good_forms_are_left_alone(text):
    assert codes(text) == set()


def test_unknown_attributes_are_found_with_what_was_meant():
    (finding,) = Expression.parse("ToLower([Mail])").check(["mail", "userPrincipalName"])
    assert finding.code == "unknown-attribute"
    assert finding.hint == "did you mean [mail]? Attribute names are case-sensitive."
    assert (finding.line, finding.column) == (1, 9)
    (finding,) = Expression.parse("ToLower([userPrincipalNam])").check(["userPrincipalName"])
    assert "did you mean [userPrincipalName]?" in str(finding)
    assert codes("[address.street]", source=["address"]) == set()
    assert codes("[x]", source=[]) == {("error", "unknown-attribute")}


def test_the_source_is_given_as_names_shapes_definitions_or_samples():
    for source in (
        ["a"],
        [AttributeShape(name="a")],
        [{"name": "a", "type": "String"}],
        {"a": {"type": "String"}},
        {"a": AttributeShape(name="a")},
        {"a": "sample"},
    ):
        assert codes("[a]", source) == set()
        assert codes("[b]", source) == {("error", "unknown-attribute")}
    with pytest.raises(UsageError):
        codes("[a]", "a")
    with pytest.raises(UsageError):
        codes("[a]", None, 5)


def test_a_list_needs_a_target_of_several_values():
    assert ("error", "target-single") in codes('Split([a], ",")', target="cn")
    assert codes('Split([a], ",")', target=SEVERAL) == set()
    many = [{"name": "a", "multivalued": True}]
    assert ("error", "target-single") in codes("[a]", many, "cn")
    assert ("warning", "argument-type") in codes("ToLower([a])", many)
    assert codes('IIF([b]="1", Item([a], 1), [b])', [*many, "b"], "cn") == set()


def test_a_boolean_target_takes_true_and_false():
    assert codes('Switch([a], "False", "1", "True")', target=BOOLEAN) == set()
    assert codes("Not([a])", target=BOOLEAN) == set()
    assert ("error", "target-type") in codes('Switch([a], "no", "1", "yes")', target=BOOLEAN)
    assert ("error", "target-type") in codes("Count([a])", target=BOOLEAN)


def test_a_whole_number_target_takes_numbers():
    assert codes("Count([a])", target=INTEGER) == set()
    assert codes('IIF([a]="1", "100", -5)', target=INTEGER) == set()
    assert ("error", "target-type") in codes('IIF([a]="1", "many", 5)', target=INTEGER)
    assert ("error", "target-type") in codes("IsNull([a])", target=INTEGER)


def test_a_matching_attribute_is_not_made_unique():
    matching = AttributeShape(name="uid", matching=True)
    assert ("error", "select-unique-value-matching") in codes(
        "SelectUniqueValue([a], [b])", target=matching
    )
    assert codes("SelectUniqueValue([a], [b])", target="uid") == set()


@pytest.mark.parametrize("target", ["userPassword", "unicodePwd", "initialPassword"])
def test_a_password_is_redacted(target):
    assert ("warning", "password-unredacted") in codes("RandomString(9, 1, 1, 1, 1)", None, target)
    assert codes("Redact(RandomString(9, 1, 1, 1, 1))", None, target) == set()
    assert codes("[a]", None, "pwdLastSet") == set()


def test_the_safe_form_of_a_name_is_offered_and_works():
    finding = next(
        one
        for one in Expression.parse('Join("", "CN=", [cn], ",DC=x")').check()
        if one.code == "dn-unescaped"
    )
    safe = finding.hint.removeprefix("escape it: ")
    text = f'Join("", "CN=", {safe}, ",DC=x")'
    result = Expression.parse(text).evaluate({"cn": 'Smith, "J" + a\\b'})
    assert result == 'CN=Smith\\, \\"J\\" \\+ a\\\\b,DC=x'
    assert codes(text) == set()


def test_a_target_that_holds_no_names_may_have_an_equals_sign():
    text = 'Append("id=", [a])'
    assert ("warning", "dn-unescaped") in codes(text)
    assert ("warning", "dn-unescaped") in codes(text, target=DN)
    assert codes(text, target="description") == set()
    assert ("warning", "dn-unescaped") in codes('Append("cn=", [a])', target="description")


def test_findings_come_in_the_order_of_the_text_and_once():
    found = Expression.parse("append(tolower([x]),\n trim([y]))").check(["a"])
    positions = [(one.line, one.column) for one in found]
    assert positions == sorted(positions)
    assert len(set(found)) == len(found)
    assert str(found[0]).startswith("warning function-case, line 1, column 1: ")


def test_a_check_ends_soon_whatever_is_checked():
    slow = (
        'Join("", '
        + ", ".join(f'Replace("{"a" * 40}{n}!", , "(a+)+$", , "", , )' for n in range(500))
        + ")"
    )
    assert ("error", "always-fails") not in codes(slow)
    unknown = 'Join("", ' + ", ".join(f"Foo{n}([b{n}])" for n in range(2_000)) + ")"
    found = Expression.parse(unknown).check([f"a{n}" for n in range(100)])
    assert 50 <= len(found) <= 200
