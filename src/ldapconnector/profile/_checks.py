"""Converters and validators of single fields, whose errors are ours: see ``_checked``."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import attrs

from ldapconnector.errors import ConfigurationError, Fault, NameSyntaxError, nearest
from ldapconnector.names import attribute_name

__all__ = [
    "at_least",
    "at_most",
    "choice",
    "fault",
    "more_than",
    "name_or_empty",
    "names",
    "not_empty",
    "texts",
]

Choice = TypeVar("Choice", bound=enum.StrEnum)
_Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def choice(kind: type[Choice], value: str) -> Choice:
    """Return the member of ``kind`` with this value.

    Raises:
        ConfigurationError: there is none; a near one is suggested.

    >>> from ldapconnector.profile import Security
    >>> choice(Security, "ldap")
    Traceback (most recent call last):
    ldapconnector.errors.ConfigurationError: 1 fault in the configuration
      $: 'ldap' is none of plain, ldaps, starttls. Did you mean ldaps?
    """
    if not isinstance(value, str):
        raise fault(f"must be one of the texts {', '.join(kind)}")
    try:
        return kind(value)
    except ValueError:
        near = nearest(str(value), kind, cutoff=0.5)
        found = Fault(
            path="$",
            message=f"{value!r} is none of {', '.join(kind)}.",
            hint=f"Did you mean {near}?" if near else "",
        )
        raise ConfigurationError([found]) from None


def fault(message: str) -> ConfigurationError:
    """Return the error for a field's value, whose path :func:`checked` completes."""
    return ConfigurationError([Fault(path="$", message=message)])


def texts(values: Iterable[str] | str) -> tuple[str, ...]:
    """Return several texts as a tuple; one text stands for itself alone."""
    return (values,) if isinstance(values, str) else tuple(values)


def _numeric(test: Callable[[float], bool], wanted: str) -> _Validator:
    def check(_: Any, __: attrs.Attribute[Any], value: float) -> None:
        if not test(value):
            raise fault(f"is {value:g}, must be {wanted}")

    return check


def more_than(bound: float) -> _Validator:
    """Refuse numbers up to ``bound``."""
    return _numeric(lambda value: value > bound, f"more than {bound:g}")


def at_least(bound: float) -> _Validator:
    """Refuse smaller numbers."""
    return _numeric(lambda value: value >= bound, f"{bound:g} or more")


def at_most(bound: float) -> _Validator:
    """Refuse greater numbers."""
    return _numeric(lambda value: value <= bound, f"{bound:g} or less")


def not_empty(_: Any, __: attrs.Attribute[Any], value: str) -> None:
    """Refuse an empty text."""
    if not value:
        raise fault("must not be empty")


def name_or_empty(_: Any, __: attrs.Attribute[Any], value: str) -> None:
    """Refuse what can name no attribute and no class."""
    if value:
        attribute_name(value)


def names(_: Any, __: attrs.Attribute[Any], values: Iterable[str]) -> None:
    """Refuse several such names where one is none, or empty."""
    faults = []
    for index, value in enumerate(values):
        try:
            attribute_name(value)
        except NameSyntaxError as error:
            faults.append(Fault(path=f"$[{index}]", message=error.message))
    if faults:
        raise ConfigurationError(faults)
