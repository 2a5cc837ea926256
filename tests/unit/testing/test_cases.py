"""Cases from files: what they say when they fail, and what a faulty file says."""

from __future__ import annotations

import json

import pytest

from ldapconnector.errors import ConfigurationError, UsageError
from ldapconnector.expressions import Ignored
from ldapconnector.testing import CaseFailed, ExpressionCase, expression_cases, load_cases
from ldapconnector.testing._cases import Expected

CONFIGURATION = """
[connection]
url = "ldaps://ldap.example.com"

[object_type]
attributes = [{ name = "mail", single_value = true }]

[[mappings]]
target = "-dn-"
expression = 'Join("", "uid=", [mailNickname], ",dc=example")'

[[mappings]]
target = "mail"
expression = 'ToLower([mail])'

[[mappings]]
target = "telephoneNumber"
source = "phone"

[[mappings]]
target = "employeeNumber"
expression = 'Redact([secret])'

[[mappings]]
target = "title"
expression = 'IIF([jobTitle]="", IgnoreAttributeFlow, [jobTitle])'

[[scoping.groups]]
clauses = [{ attribute = "userType", operator = "EQUALS", operands = "Member" }]
"""


@pytest.fixture
def load(tmp_path):
    (tmp_path / "rules.toml").write_text(CONFIGURATION, encoding="utf-8")

    def write(text, name="cases.toml", **options):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return load_cases(tmp_path / name, **options)

    return write


def failure(case):
    with pytest.raises(CaseFailed) as caught:
        case.check()
    return str(caught.value)


def test_every_kind_of_result_can_be_expected(load):
    cases = load(
        """
        [context]
        now = 2026-01-02T13:00:00Z
        seed = 7
        parameters = { Domain = "contoso.com" }
        taken = ["jane"]

        [[expressions]]
        expression = 'ToLower([mail])'
        inputs = { mail = "A@B" }
        result = "a@b"
        [[expressions]]
        expression = 'Split("a,b", ",")'
        result = ["a", "b"]
        [[expressions]]
        expression = '[nothing]'
        no_value = true
        [[expressions]]
        expression = 'RandomString(8, 1, 1, 1, 1)'
        matches = '.{8}'
        [[expressions]]
        expression = 'IgnoreFlowIfNullOrEmpty([nothing])'
        ignored = "attribute"
        [[expressions]]
        expression = 'CDate("tomorrow")'
        error = "no date"
        [[expressions]]
        expression = 'Now()'
        result = "1/2/2026 1:00:00 PM"
        [[expressions]]
        expression = 'Now()'
        result = "1/2/2020 12:00:00 AM"
        context = { now = "2020-01-02T00:00:00" }
        [[expressions]]
        expression = 'Append("x@", %Domain%)'
        result = "x@contoso.com"
        [[expressions]]
        expression = 'SelectUniqueValue("jane", "jane2")'
        result = "jane2"
        """
    )
    assert len(cases) == 10
    for case in cases:
        case.check()


def test_a_wrong_result_shows_where_it_parts_and_how_it_came_about(load):
    (case,) = load(
        """
        [[expressions]]
        name = "the alias"
        expression = 'ToLower(Word([userPrincipalName], 1, "@"), )'
        inputs = { userprincipalname = "Ada@contoso.com" }
        result = "ada"
        """
    )
    shown = failure(case)
    assert shown.startswith("the alias (cases.toml $.expressions[0])\n")
    assert '  expected: "ada"\n       got: ""\n' in shown
    assert '└─ source: Word([userPrincipalName], 1, "@")  = ""' in shown
    assert "the inputs have no [userPrincipalName]; did you mean [userprincipalname]?" in shown


def test_two_texts_are_compared_with_a_caret():
    case = ExpressionCase(
        name="x",
        expression="[a]",
        inputs={"a": "jane.doe"},
        expected=Expected(kind="value", value="jane-doe"),
    )
    lines = failure(case).splitlines()
    got = next(line for line in lines if line.startswith("       got:"))
    caret = lines[lines.index(got) + 1]
    assert got[caret.index("^")] == "."


def test_a_syntax_error_shows_its_caret(load):
    (case,) = load('[[expressions]]\nexpression = "ToLowr([mail])"\nresult = "x"\n')
    shown = failure(case)
    assert "    ToLowr([mail])\n" in shown
    assert "did you mean ToLower?" in shown


def test_a_confidential_result_is_not_shown(load):
    (case,) = load(
        """
        [[expressions]]
        expression = 'Redact([secret])'
        inputs = { secret = "hunter2" }
        result = "other"
        """
    )
    assert "hunter2" not in failure(case)


def test_an_expression_of_the_configuration_is_named_by_its_target(load):
    cases = load(
        """
        configuration = "rules.toml"
        [[expressions]]
        target = "mail"
        inputs = { mail = "A@B" }
        result = "a@b"
        [[expressions]]
        target = "urn:ietf:params:scim:schemas:extension:ECMA2Host:2.0:User:telephoneNumber"
        inputs = { phone = "1" }
        result = "1"
        """
    )
    for case in cases:
        case.check()


def test_own_functions_are_handed_in(load):
    def shout(text: str) -> str:
        return text.upper() + "!"

    (case,) = load(
        "[[expressions]]\nexpression = 'Shout(\"hi\")'\nresult = 'HI!'\n",
        functions={"Shout": shout},
    )
    case.check()


USER = """
configuration = "rules.toml"
[[mappings]]
name = "Jane"
user = { id = "1", mailNickname = "jane", mail = "J@X", userType = "Member", secret = "hunter2" }
"""


def test_a_user_goes_through_all_mappings(load):
    (case,) = load(
        USER
        + """
        dn = "UID=jane, DC=example"
        values = { mail = "j@x", employeeNumber = "hunter2" }
        absent = ["telephoneNumber"]
        in_scope = true
        """
    )
    case.check()
    assert case.evaluate().values["mail"].values == (b"j@x",)


def test_everything_that_is_wrong_with_a_user_is_told_at_once(load):
    (case,) = load(
        USER
        + """
        dn = "uid=jane,dc=other"
        values = { mail = "J@X", employeeNumber = "other", tilte = "x" }
        absent = ["mail"]
        faults = { telephoneNumber = "too long" }
        in_scope = false
        """
    )
    shown = failure(case)
    assert 'expected: "uid=jane,dc=other"\n       got: "uid=jane,dc=example"' in shown
    assert 'expected: "J@X"\n       got: "j@x"' in shown
    assert "no mapping has the target tilte; did you mean title?" in shown
    assert "mapping: mail = ToLower([mail])" in shown
    assert "expected: out of scope" in shown
    assert "expected: a fault with 'too long'" in shown
    assert "hunter2" not in shown


def test_an_unexpected_fault_fails_the_case(load):
    (case,) = load(
        """
        configuration = "rules.toml"
        [[mappings]]
        user = { id = "1", mailNickname = "a,ou=x", userType = "Member" }
        in_scope = true
        """
    )
    assert "would break the DN" in failure(case)
    (case,) = load(
        """
        configuration = "rules.toml"
        [[mappings]]
        user = { id = "1", mailNickname = "a,ou=x", userType = "Member" }
        faults = { -dn- = "would break the DN" }
        """
    )
    case.check()


def test_what_does_not_flow_can_be_expected_absent(load):
    (case,) = load(
        """
        configuration = "rules.toml"
        [[mappings]]
        user = { id = "1", mailNickname = "a", userType = "Member" }
        absent = ["title"]
        """
    )
    case.check()
    assert case.evaluate().ignored == ("title",)


def test_json_has_null_for_no_value(load):
    text = json.dumps({"expressions": [{"expression": "[a]", "inputs": {}, "result": None}]})
    (case,) = load(text, "cases.json")
    case.check()


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["$: holds no case"]),
        ("[[expresions]]\n", ["$.expresions: is not known here. did you mean 'expressions'?"]),
        (
            "[[expressions]]\nexpression = '[a]'\nreslt = 'x'\n",
            ["$.expressions[0].reslt", "did you mean 'result'?", "says nothing about what comes"],
        ),
        (
            "[[expressions]]\nexpression = '[a]'\nresult = 5\n[[expressions]]\nresult = 'x'\n",
            ["$.expressions[0].result: must be a text", "$.expressions[1]: needs either"],
        ),
        (
            "[[expressions]]\ntarget = 'mail'\nresult = 'x'\n",
            ["$.expressions[0].target: needs a configuration"],
        ),
        (
            "configuration = 'rules.toml'\n[[expressions]]\ntarget = 'mial'\nresult = 'x'\n",
            ["no mapping of the configuration makes 'mial'", "did you mean 'mail'?"],
        ),
        (
            "configuration = 'absent.toml'\n[[mappings]]\nuser = {}\ndn = 'x=y'\n",
            ["$.configuration: cannot be read"],
        ),
        ("[[mappings]]\nuser = {}\ndn = 'x=y'\n", ["$.configuration: is missing"]),
        (
            "configuration = 'rules.toml'\n[[mappings]]\nuser = {}\n",
            ["$.mappings[0]: expects nothing"],
        ),
        ("configuration = 'rules.toml'\n[[mappings]]\ndn = 'x=y'\n", ["$.mappings[0].user"]),
        ("[context]\nnow = 'soon'\n", ["$.context.now: must be a date and time"]),
        ("[context]\nseed = 'x'\n", ["$.context.seed: must be a number"]),
        (
            "[[expressions]]\nexpression = '[a]'\nignored = 'all'\n",
            ["must be attribute or object, not 'all'"],
        ),
        ("not toml", ["$: "]),
    ],
)
def test_every_fault_of_a_file_is_told_with_its_path(load, text, faults):
    with pytest.raises(ConfigurationError) as caught:
        load(text)
    for fault in faults:
        assert fault in str(caught.value)


def test_the_decorator_asks_for_its_argument(tmp_path):
    with pytest.raises(UsageError, match="takes no argument 'case'"):

        @expression_cases("absent.toml")
        def test_nothing():
            raise NotImplementedError


def test_an_ignored_object_is_told_from_an_ignored_attribute():
    expected = Expected(kind="ignored", value="object")
    assert expected.accepts(Ignored.OBJECT_FLOW)
    assert not expected.accepts(Ignored.ATTRIBUTE_FLOW)
    assert not expected.accepts("x")
    assert str(expected) == "nothing flows for this object"
