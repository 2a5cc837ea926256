"""Conditions, choices and what is asked of values. Choices evaluate only what they take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ldapconnector.expressions._signature import (
    Kind,
    anything,
    condition,
    optional,
    repeated,
    text,
)
from ldapconnector.expressions._values import (
    ArgumentError,
    FlowIgnored,
    Ignored,
    Result,
    Value,
    is_true,
    single,
)
from ldapconnector.expressions._values import is_present as present
from ldapconnector.expressions.functions._define import builtin
from ldapconnector.expressions.functions._sources import CLOUD_SYNC, GRAPH

__all__ = ["FUNCTIONS"]

_Thunk = Callable[[], Value] | None


def truth(holds: bool) -> str:
    """Write a boolean as the language does."""
    return "True" if holds else "False"


@builtin(
    "IIF",
    condition("condition", graph="one"),
    optional(anything("valueIfTrue", graph="two")),
    optional(anything("valueIfFalse", graph="three")),
    lazy=True,
    result=Kind.ANY,
    example=('IIF("USA"="USA", "domestic", "abroad")', "domestic"),
)
def iif(arguments: Sequence[_Thunk]) -> Value:
    """Give one value when the condition holds and another when it does not."""
    test = arguments[0]
    branch = 1 if is_true(None if test is None else test()) else 2
    chosen = arguments[branch] if branch < len(arguments) else None
    return None if chosen is None else chosen()


@builtin(
    "Switch",
    text("source"),
    optional(anything("defaultValue")),
    optional(repeated(anything("switchValue"))),
    lazy=True,
    result=Kind.ANY,
    example=('Switch("QLD", "Sydney", "NSW", "Sydney", "QLD", "Brisbane")', "Brisbane"),
)
def switch(arguments: Sequence[_Thunk]) -> Value:
    """Compare with keys, with regard to case, and give the value of the first equal one.

    The key "" is equal to no value as well. Without an equal key the default is given.
    """
    source = _single(arguments[0], "source") or ""
    for position in range(2, len(arguments) - 1, 2):
        if (_single(arguments[position], "switchValue") or "") == source:
            chosen = arguments[position + 1]
            return None if chosen is None else chosen()
    default = arguments[1] if len(arguments) > 1 else None
    return None if default is None else default()


def _single(thunk: _Thunk, parameter: str) -> str | None:
    if thunk is None:
        return None
    value = thunk()
    try:
        return single(value)
    except ArgumentError as error:
        raise ArgumentError(parameter, error.message) from None


@builtin(
    "Coalesce",
    repeated(anything("source")),
    lazy=True,
    result=Kind.ANY,
    example=('Coalesce(, "", "x")', ""),
)
def coalesce(arguments: Sequence[_Thunk]) -> Value:
    """Give the first source that has a value; an empty text is a value."""
    for thunk in arguments:
        if thunk is not None and (value := thunk()) is not None:
            return value
    return None


@builtin(
    "IgnoreFlowIfNullOrEmpty",
    anything("Expression", graph="source"),
    result=Kind.ANY,
    example=('IgnoreFlowIfNullOrEmpty("Sales")', "Sales"),
)
def ignore_flow_if_null_or_empty(value: Value) -> Result:
    """Give the value, or leave the target attribute out of the change when there is none."""
    return value if present(value) else Ignored.FLOW


@builtin("Not", anything("source"), result=Kind.BOOLEAN, example=('Not("True")', "False"))
def not_(value: Value) -> str:
    """Give False for True, and True for everything else."""
    text = single(value)
    return truth(text is None or text.lower() != "true")


@builtin(
    "CBool",
    anything("Expression", graph="source"),
    result=Kind.BOOLEAN,
    example=('CBool("1")', "True"),
)
def c_bool(value: Value) -> str:
    """Give True for True and for a number other than 0, else False."""
    return truth(is_true(value))


@builtin(
    "IsNull",
    anything("Expression", graph="source"),
    result=Kind.BOOLEAN,
    example=('IsNull("")', "False"),
)
def is_null(value: Value) -> str:
    """Tell whether there is no value; the empty text is one."""
    return truth(value is None)


@builtin(
    "IsNothing",
    anything("source"),
    result=Kind.BOOLEAN,
    source=GRAPH,
    example=('IsNothing("")', "False"),
)
def is_nothing(value: Value) -> str:
    """Tell whether there is no value; the older name of IsNull."""
    return truth(value is None)


@builtin(
    "IsNullOrEmpty",
    anything("Expression", graph="source"),
    result=Kind.BOOLEAN,
    example=('IsNullOrEmpty("")', "True"),
)
def is_null_or_empty(value: Value) -> str:
    """Tell whether there is no value or an empty one."""
    return truth(not present(value))


@builtin(
    "IsPresent",
    anything("Expression", graph="source"),
    result=Kind.BOOLEAN,
    example=('IsPresent("x")', "True"),
)
def is_present(value: Value) -> str:
    """Tell whether there is a value that is not empty."""
    return truth(present(value))


@builtin(
    "IsString",
    anything("Expression", graph="source"),
    result=Kind.BOOLEAN,
    example=('IsString("x")', "True"),
)
def is_string(value: Value) -> str:
    """Tell whether the value can be a text: it is one value, not none and not several."""
    return truth(isinstance(value, str) or (isinstance(value, tuple) and len(value) == 1))


@builtin(
    "Redact",
    anything("attribute/value", graph="source"),
    result=Kind.ANY,
    example=('Redact("secret")', "secret"),
)
def redact(value: Value) -> Value:
    """Give the value; whatever logs, explains or prints shows [Redact] in its place."""
    return value


@builtin(
    "Error",
    text("ErrorMessage"),
    source=CLOUD_SYNC,
    pure=False,
    example=('IIF("1"="1", "ok", Error("no account name"))', "ok"),
)
def error(message: str | None) -> str:
    """Fail with this message."""
    raise ArgumentError("", message or "Error was called")


def directive(name: str) -> Ignored:
    """Return the outcome that a bare directive names."""
    return _DIRECTIVES[name]


_DIRECTIVES: Final = {
    "IgnoreAttributeFlow": Ignored.ATTRIBUTE_FLOW,
    "IgnoreObjectFlow": Ignored.OBJECT_FLOW,
}
#: Directives by name in lower case.
DIRECTIVES: Final = {name.casefold(): name for name in _DIRECTIVES}


def wanted(result: Result) -> Value:
    """Return the value, or send an ignored flow upwards."""
    if isinstance(result, Ignored):
        raise FlowIgnored(result)
    return result


FUNCTIONS: Final = (
    iif,
    switch,
    coalesce,
    ignore_flow_if_null_or_empty,
    not_,
    c_bool,
    is_null,
    is_nothing,
    is_null_or_empty,
    is_present,
    is_string,
    redact,
    error,
)
