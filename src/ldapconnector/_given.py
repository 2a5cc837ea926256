"""Is what somebody gave of the kind that is meant? Asked where a value is made.

One of the commonest mistakes is a value of the wrong kind: text for octets or for a filter,
one text where several are meant, None. Left alone it comes to light far away, or never: a
text is also a sequence of texts. All rooms ask here, so all answers sound alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from ldapconnector.errors import UsageError

__all__ = ["kind_of", "mapping_of", "of_kind", "tuple_of", "wrong_kind"]

_T = TypeVar("_T")


def kind_of(value: object) -> str:
    """Return what kind of value this is. The value itself is not shown: it may be a secret.

    >>> kind_of("x"), kind_of(None)
    ('str', 'NoneType')
    """
    return type(value).__name__


def wrong_kind(what: str, wanted: str, value: object, hint: str = "") -> UsageError:
    """Return the error for a value that is not what is wanted.

    Args:
        what: whose value it is.
        wanted: what it is.
        value: what was given.
        hint: what to write instead.

    >>> str(wrong_kind("a DN", "a text", 5))
    'a DN is a text, not int'
    """
    return UsageError(f"{what} is {wanted}, not {kind_of(value)}{hint and f'; {hint}'}")


def of_kind(kind: type[_T], value: _T, what: str, wanted: str, hint: str = "") -> _T:
    """Return ``value``, if it is a ``kind``.

    Raises:
        UsageError: it is something else.

    >>> of_kind(int, "5", "an age", "a whole number")
    Traceback (most recent call last):
    ldapconnector.errors.UsageError: an age is a whole number, not str
    """
    if isinstance(value, kind):
        return value
    raise wrong_kind(what, wanted, value, hint)


def tuple_of(
    kind: type[_T], values: Iterable[_T], what: str, wanted: str, hint: str = ""
) -> tuple[_T, ...]:
    """Return ``values`` as a tuple, if they are several of one ``kind``, or none.

    Raises:
        UsageError: they are one value, or something else is among them.

    >>> tuple_of(bytes, ["a"], "values", "octets")
    Traceback (most recent call last):
    ldapconnector.errors.UsageError: values: a sequence of octets is meant; str is in it
    """
    if type(values) is tuple:  # nearly always, and quick
        found = values
    elif isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        given = kind_of(values)
        raise UsageError(
            f"{what}: a sequence of {wanted} is meant, not {given}{hint and f'; {hint}'}"
        )
    else:
        found = tuple(values)
    for value in found:
        if not isinstance(value, kind):
            raise UsageError(
                f"{what}: a sequence of {wanted} is meant; {kind_of(value)} is in it"
                f"{hint and f'; {hint}'}"
            )
    return found


def mapping_of(value: Mapping[str, _T], what: str) -> Mapping[str, _T]:
    """Return ``value``, if it maps names to something.

    Raises:
        UsageError: it is something else.
    """
    if type(value) is dict or isinstance(value, Mapping):
        return value
    raise wrong_kind(what, "a mapping of attribute names to values", value)
