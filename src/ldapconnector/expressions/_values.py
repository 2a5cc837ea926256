"""Values of the language: how they enter, how they compare, how they leave.

Inside an evaluation a value is a text, a tuple of texts, ``None`` for no value, or an
:class:`Ignored`. Everything else is rendered when it enters: booleans as ``True`` and
``False``, numbers as decimal text, dates as ``M/d/yyyy h:mm:ss tt`` in UTC. Source: "The
Microsoft Entra provisioning service evaluates everything to Collection(String)" (Graph,
parseExpression) and the function reference.
"""

from __future__ import annotations

import base64
import enum
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

from ldapconnector.expressions.dotnet import dates

__all__ = ["ArgumentError", "FlowIgnored", "Ignored", "Result", "Value", "read_attribute"]

#: Longest text that a function may produce, in characters.
TEXT_LIMIT: Final = 1_000_000
#: How much one function may add to a text that is longer already, in characters.
GROWTH_LIMIT: Final = 100_000
#: Longest list that a function may produce.
LIST_LIMIT: Final = 100_000


class Ignored(enum.Enum):
    """What an expression says instead of a value: leave the target alone.

    The value of each member is the name that Microsoft gives it.

    >>> str(Ignored.OBJECT_FLOW)
    'IgnoreObjectFlow'
    """

    #: IgnoreFlowIfNullOrEmpty found nothing: the attribute is left out of this change.
    FLOW = "IgnoreFlow"
    #: The directive IgnoreAttributeFlow: the attribute is left out of this change.
    ATTRIBUTE_FLOW = "IgnoreAttributeFlow"
    #: The directive IgnoreObjectFlow: the whole object is left out.
    OBJECT_FLOW = "IgnoreObjectFlow"

    def __str__(self) -> str:
        return self.value


#: What travels between functions.
Value: TypeAlias = str | tuple[str, ...] | None
#: What an evaluation answers.
Result: TypeAlias = str | tuple[str, ...] | Ignored | None


class ArgumentError(ValueError):
    """A function refuses an argument; the evaluator adds the place and raises EvaluationError.

    An own function raises it where the message alone should be shown, without the name of a
    Python exception before it.

    Attributes:
        parameter: the name of the parameter, or an empty text.
        message: what is wrong, and what to do.
    """

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.message = message


class FlowIgnored(Exception):
    """An ignored flow on its way up through functions that wanted a value."""

    def __init__(self, outcome: Ignored) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def scalar_text(value: object) -> str:
    """Render one value of the source object as text.

    Args:
        value: str, bool, int, float, Decimal, datetime, date, bytes (as Base64, as Graph
            writes binary) or a JSON object (as compact JSON).

    Raises:
        ArgumentError: for any other type.
    """
    if isinstance(value, str):
        return value if value.__class__ is str else str.__str__(value)
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int):
        return decimal_text(value)
    if isinstance(value, datetime):
        try:
            return dates.format_date(utc(value), dates.DEFAULT_OUTPUT)
        except OverflowError:
            raise ArgumentError("", "the date lies outside of the years 1 to 9999") from None
    if isinstance(value, date):
        return dates.format_date(
            datetime(value.year, value.month, value.day, tzinfo=UTC), dates.DEFAULT_OUTPUT
        )
    if isinstance(value, float):
        return decimal_text(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        try:
            return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))
        except (TypeError, ValueError, RecursionError):
            raise ArgumentError("", "an object that is no JSON cannot be a value") from None
    raise ArgumentError(
        "", f"a value of type {type(value).__name__} is neither text, number, boolean nor date"
    )


def utc(moment: datetime) -> datetime:
    """Return ``moment`` in UTC; one without an offset is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def decimal_text(value: int) -> str:
    """Write an integer, however long, as decimal text."""
    try:
        return str(value)
    except ValueError:  # over sys.get_int_max_str_digits()
        raise ArgumentError("", "a number of thousands of digits cannot be a value") from None


def normal(value: object) -> Value:
    """Render any value of the source object; a list keeps its values, absent ones dropped."""
    if value is None or value.__class__ is str:
        return value
    if isinstance(value, list | tuple | set | frozenset):
        values = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return tuple(scalar_text(item) for item in values if item is not None) or None
    return scalar_text(value)


def read_attribute(attributes: Mapping[str, object], name: str) -> Value:
    """Return the value of a source attribute as expressions see it.

    That of the key itself, or else of a dotted path into objects.

    Args:
        attributes: the source object, as for :meth:`Expression.evaluate`.
        name: the attribute; case matters.

    Returns:
        a text, a tuple of texts, or None.

    Raises:
        ArgumentError: a value is neither text, number, boolean, date, octets nor JSON.

    >>> read_attribute({"passwordProfile": {"password": "x"}}, "passwordProfile.password")
    'x'
    """
    value = attributes.get(name)
    if value is None and "." in name:
        value = attributes
        for step in name.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(step)
    return normal(value)


def single(value: Value) -> str | None:
    """Return the one text of ``value``: a list of one counts as its element.

    Raises:
        ArgumentError: for a list of several values.
    """
    if value.__class__ is tuple:
        if len(value) == 1:
            return value[0]
        if not value:
            return None
        raise ArgumentError(
            "",
            f"has {len(value)} values where one is needed;"
            ' pick one with Item(x, 1) or join them with Join(",", x)',
        )
    return value  # type: ignore[return-value]


def texts(value: Value) -> tuple[str, ...]:
    """Return the values of ``value`` as a list; no value is an empty list."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def is_present(value: Value) -> bool:
    """Tell whether there is a value that is not empty; of a list, whether any is.

    >>> is_present("x"), is_present(""), is_present(("", "x")), is_present(("",)), is_present(None)
    (True, False, True, False, False)
    """
    return any(value) if value.__class__ is tuple else bool(value)


def is_true(value: Value) -> bool:
    """Tell whether a condition holds: the text ``True`` in any case, or a number but zero.

    Source: CBool, "if the expression evaluates to a non-zero value".

    >>> is_true("True"), is_true("1"), is_true("0"), is_true("banana"), is_true(None)
    (True, True, False, False, False)
    """
    value = single(value)
    if value is None:
        return False
    if value in {"True", "true"}:
        return True
    if value == "False":
        return False
    if len(value) == len("true") and value.lower() == "true":
        return True
    amount = number(value)
    return amount is not None and amount != 0


_NUMERIC: Final = re.compile(r"\s*[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?\s*", re.ASCII)


def number(text: str | None) -> int | Decimal | None:
    """Return the number that ``text`` is, or None.

    >>> number("-10"), number("1.5"), number("x"), number("")
    (-10, Decimal('1.5'), None, None)
    """
    if not text or _NUMERIC.fullmatch(text) is None:
        return None
    try:
        return int(text) if "." not in text else Decimal(text.strip())
    except (ValueError, InvalidOperation):  # pragma: no cover - the pattern excludes it
        return None


def compare(left: Value, operator: str, right: Value) -> bool:
    """Compare as the language does.

    Numerically when both sides are numbers or numeric texts, else as ordinal text, so with
    regard to case. No value equals no value and the empty text, and is neither less nor
    greater than anything.

    >>> compare("10", ">", "9"), compare("a", "=", "A"), compare(None, "=", ""), compare(None, "<", "5")
    (True, False, True, False)
    """
    a, b = single(left), single(right)
    if operator == "=":
        return _equal(a, b)
    if operator == "<>":
        return not _equal(a, b)
    if a is None or b is None:
        return False
    x, y = number(a), number(b)
    numeric = x is not None and y is not None
    order = (x > y) - (x < y) if numeric else (a > b) - (a < b)  # type: ignore[operator]
    if operator == "<":
        return order < 0
    if operator == "<=":
        return order <= 0
    if operator == ">":
        return order > 0
    return order >= 0


def _equal(a: str | None, b: str | None) -> bool:
    if (a or "") == (b or ""):
        return True
    x = number(a)
    return x is not None and x == number(b)


def integer(value: Value) -> int:
    """Return a whole number given as text.

    Raises:
        ArgumentError: for anything else, and outside 64 bits.
    """
    text = single(value)
    amount = number(text)
    if amount is None:
        what = "no value" if text is None else "no number"
        raise ArgumentError("", f"a whole number is needed and this is {what}")
    if amount != int(amount):
        raise ArgumentError("", "a whole number is needed")
    whole = int(amount)
    if not -(2**63) <= whole < 2**64:
        raise ArgumentError("", "the number does not fit into 64 bits")
    return whole


def bounded(text: str) -> str:
    """Return ``text`` unless it is too long to go on.

    Raises:
        ArgumentError: over :data:`TEXT_LIMIT` characters.
    """
    if len(text) > TEXT_LIMIT:
        raise ArgumentError("", f"the result is longer than {TEXT_LIMIT:,} characters")
    return text


def joined(separator: str, parts: Sequence[str]) -> str:
    """Join, refusing a result over the limit before building it.

    A long text may still get some more, so that what is refused has grown by joining.
    """
    if len(parts) > 1:
        total = sum(map(len, parts)) + len(separator) * (len(parts) - 1)
        if total > TEXT_LIMIT and total - max(map(len, parts)) > GROWTH_LIMIT:
            raise ArgumentError("", f"the result is longer than {TEXT_LIMIT:,} characters")
    return separator.join(parts)
