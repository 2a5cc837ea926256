"""Converters and validators whose errors are ours, with a path and a suggestion."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import attrs

from ldapconnector.errors import ConfigurationError, Fault, nearest

__all__ = ["at_least", "at_most", "choice", "more_than", "not_empty", "texts"]

Choice = TypeVar("Choice", bound=enum.StrEnum)
_Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def choice(kind: type[Choice], value: str, field: str) -> Choice:
    """Return the member of ``kind`` with this value.

    Raises:
        ConfigurationError: there is none; a near one is suggested.

    >>> from ldapconnector.profile import Security
    >>> choice(Security, "ldap", "security")
    Traceback (most recent call last):
    ldapconnector.errors.ConfigurationError: 1 fault in the configuration
      $.security: 'ldap' is none of plain, ldaps, starttls. Did you mean ldaps?
    """
    try:
        return kind(value)
    except ValueError:
        near = nearest(str(value), kind, cutoff=0.5)
        fault = Fault(
            path=f"$.{field}",
            message=f"{value!r} is none of {', '.join(kind)}.",
            hint=f"Did you mean {near}?" if near else "",
        )
        raise ConfigurationError([fault]) from None


def texts(values: Iterable[str] | str) -> tuple[str, ...]:
    """Return several texts as a tuple; one text stands for itself alone."""
    return (values,) if isinstance(values, str) else tuple(values)


def _numeric(test: Callable[[float], bool], wanted: str) -> _Validator:
    def check(_: Any, attribute: attrs.Attribute[Any], value: float) -> None:
        if not test(value):
            message = f"is {value:g}, must be {wanted}"
            raise ConfigurationError([Fault(path=f"$.{attribute.name}", message=message)])

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


def not_empty(_: Any, attribute: attrs.Attribute[Any], value: str) -> None:
    """Refuse an empty text."""
    if not value:
        raise ConfigurationError([Fault(path=f"$.{attribute.name}", message="must not be empty")])
