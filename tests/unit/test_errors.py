"""Errors say who must act, what and where; they survive a worker process; they compose text."""

from __future__ import annotations

import copy
import inspect
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from ldapconnector import errors
from ldapconnector.errors import (
    BindRefused,
    ConfigurationError,
    DirectoryError,
    EvaluationError,
    ExpressionSyntaxError,
    ExpressionTypeError,
    Fault,
    HeldBack,
    LdapConnectorError,
    MappingError,
    NameSyntaxError,
    PlanHeld,
    PlanStale,
    Quarantined,
    UnknownOutcome,
    UsageError,
    caret,
)

CLASSES = sorted(
    (
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, LdapConnectorError)
    ),
    key=lambda found: found.__name__,
)

DIRECTORY = {
    "operation": "add",
    "dn": "uid=ada,dc=x",
    "code": 19,
    "diagnostic": "some attributes not unique",
    "explanation": "Another entry has this value.",
    "next_step": "Choose another uid.",
    "matched_dn": "dc=x",
    "referrals": ("ldap://elsewhere/",),
}
# Arguments beyond the message, each different from its default.
DETAILS = {
    ExpressionSyntaxError: {
        "text": "Word(",
        "line": 1,
        "column": 6,
        "expected": ("a value",),
        "hint": "close it",
    },
    ExpressionTypeError: {
        "text": "Word()",
        "line": 2,
        "column": 3,
        "function": "Word",
        "hint": "give it three",
    },
    EvaluationError: {
        "function": "Word",
        "argument": "number",
        "value": "x",
        "text": "Word(a, x)",
        "line": 1,
        "column": 1,
        "candidates": ("a", "b"),
    },
    MappingError: {"target": "mail", "path": "$.mappings[2]"},
    NameSyntaxError: {"text": "cn=,", "position": 3},
    PlanHeld: {"digest": "abc", "reasons": ("too many deletions",)},
    PlanStale: {"dn": "uid=ada,dc=x"},
    Quarantined: {"reason": "EncounteredBaseEscrowThreshold"},
}


def sample(cls):
    if cls is ConfigurationError:
        fault = Fault(path="$.a", message="is wrong.", hint="did you mean b?")
        return cls([fault], "file.toml")
    if issubclass(cls, DirectoryError):
        return cls("it did not work", **DIRECTORY)
    return cls("it did not work", **DETAILS.get(cls, {}))


def state(error):
    return type(error), str(error), error.args, dict(vars(error))


def raise_sample(name):
    raise sample(getattr(errors, name))


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_pickles(cls, protocol):
    error = sample(cls)
    assert state(pickle.loads(pickle.dumps(error, protocol))) == state(error)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_copies(cls):
    error = sample(cls)
    assert state(copy.copy(error)) == state(error)
    assert state(copy.deepcopy(error)) == state(error)


def test_notes_and_own_attributes_survive():
    error = sample(BindRefused)
    error.add_note("while provisioning ada")
    error.extra = {"attempt": 2}
    again = pickle.loads(pickle.dumps(error))
    assert again.__notes__ == ["while provisioning ada"]
    assert again.extra == {"attempt": 2}


def test_an_error_crosses_a_process_boundary():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        future = pool.submit(errors.Quarantined.because, "code", "message")
        assert state(future.result(60)) == state(Quarantined("message", reason="code"))


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_is_exported_documented_and_in_the_hierarchy_that_is_drawn(cls):
    assert cls.__name__ in errors.__all__
    assert cls.__doc__
    assert cls.__name__ in errors.__doc__


@pytest.mark.parametrize("cls", CLASSES)
def test_the_first_question_is_who_must_act(cls):
    kinds = {kind for kind in (UsageError, DirectoryError, HeldBack) if issubclass(cls, kind)}
    assert len(kinds) == (0 if cls is LdapConnectorError else 1)
    assert issubclass(cls, ValueError) == issubclass(cls, UsageError)


@pytest.mark.parametrize("cls", CLASSES)
def test_the_text_has_the_message(cls):
    text = str(sample(cls))
    assert ("it did not work" in text) or cls is ConfigurationError
    assert "None" not in text


def test_a_directory_error_tells_everything_once():
    assert str(DirectoryError("refused", **DIRECTORY)) == (
        "add of 'uid=ada,dc=x': refused (result code 19; the server says: some attributes not"
        " unique). Another entry has this value. Next: Choose another uid."
    )
    assert str(DirectoryError()) == "failed"
    assert str(DirectoryError(operation="bind", code=49)) == "bind: failed (result code 49)"
    assert str(DirectoryError(operation="search", explanation="No such entry.")) == (
        "search: No such entry."
    )
    assert str(UnknownOutcome("no answer came", dn="dc=x")) == "of 'dc=x': no answer came"


def test_a_configuration_error_tells_all_faults():
    faults = [
        Fault(path="$.connection.port", message="must be a number."),
        Fault(path="$.mappings[1]", message="is unknown.", hint="Did you mean 'mail'?"),
    ]
    error = ConfigurationError(iter(faults), "rules.toml")
    assert error.faults == tuple(faults)
    assert str(error).splitlines() == [
        "rules.toml: 2 faults",
        "  $.connection.port: must be a number.",
        "  $.mappings[1]: is unknown. Did you mean 'mail'?",
    ]
    assert str(ConfigurationError(faults[:1])).splitlines()[0] == "1 fault in the configuration"


def test_an_expression_error_shows_the_place():
    assert str(sample(ExpressionSyntaxError)).splitlines() == [
        "line 1, column 6: it did not work",
        "    Word(",
        "         ^",
        "expected: a value",
        "hint: close it",
    ]
    assert str(sample(EvaluationError)).splitlines() == [
        "Word, line 1, column 1: argument number = 'x': it did not work",
        "    Word(a, x)",
        "    ^",
    ]
    assert sample(EvaluationError).position == (1, 1)
    assert str(sample(NameSyntaxError)).splitlines() == ["it did not work", "    cn=,", "       ^"]


@pytest.mark.parametrize(
    ("text", "line", "column", "under"),
    [
        ("abc", 1, 2, "b"),
        ("abc", 1, 99, ""),
        ("", 1, 1, ""),
        ("a\nbcd\ne", 2, 3, "d"),
        ("a\n", 7, 1, "a"),
        ("\tx", 1, 2, "x"),
        ("x" * 300 + "Q" + "x" * 300, 1, 301, "Q"),
        ("Q" + "x" * 300, 1, 1, "Q"),
        ("x" * 300 + "Q", 1, 301, "Q"),
    ],
)
def test_the_caret_stands_under_its_character(text, line, column, under):
    shown, mark = caret(text, line, column).split("\n")
    at = mark.index("^")
    assert shown[at : at + 1] == under
    assert len(shown) <= 4 + 100 + 2
