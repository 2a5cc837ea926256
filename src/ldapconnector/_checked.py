"""Values that say everything that is wrong with them at once, each fault with its path.

A class of such values is declared as any other: converters and validators of single fields,
and :func:`relation` for what several fields must fulfil together. The decorator
:func:`checked` runs all of them and reports all that they find, where attrs alone stops at the
first; the annotations are checked as well. A configuration file is read field by field by the
same checks, so code and file get the same answers.

Converters and validators report relative to their own value: ``$``, or ``$[2]``.
"""

from __future__ import annotations

import functools
import inspect
import re
import textwrap
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

import attrs

from ldapconnector.errors import ConfigurationError, Fault, LdapConnectorError, nearest

__all__ = [
    "below",
    "checked",
    "default_of",
    "fault_of",
    "field_faults",
    "hints_of",
    "in_order",
    "in_words",
    "relation",
    "relation_faults",
    "shown",
]

_Class = TypeVar("_Class")
_Relation = TypeVar("_Relation", bound=Callable[..., Iterable[Fault]])
_STEP: Final = re.compile(r"\$\.?([^.\[]*)")
_READS: Final = "_fields_that_it_reads"

_WORDS: Final[dict[Any, str]] = {
    str: "a text",
    bytes: "octets",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    tuple: "a list",
    dict: "a table",
    Path: "a path",
    types.NoneType: "null",
}


def shown(value: object) -> str:
    """Return what a value is, in the words of a file; a text is not shown.

    >>> shown("secret"), shown(5), shown([1]), shown(None)
    ('a text', '5', 'a list', 'null')
    """
    if isinstance(value, (bool, int, float)):
        return repr(value).lower()
    return _WORDS.get(type(value), type(value).__name__)


def below(error: ConfigurationError, path: str) -> Iterator[Fault]:
    """Yield the faults of a part, with paths of the whole.

    Args:
        error: whose paths begin at the part.
        path: of the part.
    """
    for fault in error.faults:
        yield attrs.evolve(fault, path=path + fault.path.removeprefix("$"))


def fault_of(error: LdapConnectorError, path: str) -> Fault:
    """Return an error as a fault; a caret's lines stay together below the first one."""
    return Fault(path=path, message=textwrap.indent(str(error), "    ").lstrip())


def relation(*reads: str) -> Callable[[_Relation], _Relation]:
    """Mark a method that yields faults of fields together.

    Args:
        reads: the fields; the method is left out where one of them is wrong already.
    """

    def mark(method: _Relation) -> _Relation:
        setattr(method, _READS, frozenset(reads))
        return method

    return mark


def checked(cls: type[_Class]) -> type[_Class]:
    """Let an attrs class report all of its faults at once. Stands above ``attrs.frozen``.

    >>> @checked
    ... @attrs.frozen
    ... class Range:
    ...     first: int
    ...     last: int
    >>> Range("1", None)
    Traceback (most recent call last):
    ldapconnector.errors.ConfigurationError: 2 faults in the configuration
      $.first: must be a whole number, not a text
      $.last: must be a whole number, not null
    """
    build = cls.__init__

    @functools.wraps(build)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 -- it becomes one
        try:
            build(self, *args, **kwargs)
            given = {field.name: getattr(self, field.name) for field in attrs.fields(cls)}  # type: ignore[arg-type]
        except (LdapConnectorError, TypeError, ValueError, AttributeError) as error:
            try:
                given = inspect.signature(build).bind(self, *args, **kwargs).arguments
            except TypeError:
                raise error from None
            faults = _collected(cls, given)
            if not faults:
                raise
        else:
            faults = _collected(cls, given, converted=True)
        if faults:
            raise ConfigurationError(faults)

    cls.__init__ = __init__  # type: ignore[method-assign]
    return cls


def _collected(
    cls: type, given: Mapping[str, Any], *, converted: bool = False
) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    for field in attrs.fields(cls):
        if field.name in given:
            faults += field_faults(cls, field.name, given[field.name], values, converted=converted)
        elif field.default is not attrs.NOTHING:
            values[field.name] = default_of(field)
    return in_order(cls, [*faults, *relation_faults(cls, values)])


def in_order(cls: type, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return faults in the order of the class's fields; of unknown fields last."""
    places = {field.name: place for place, field in enumerate(attrs.fields(cls))}
    return tuple(
        sorted(faults, key=lambda one: places.get(_STEP.match(one.path)[1], len(places)))  # type: ignore[index]
    )


def default_of(field: attrs.Attribute[Any]) -> Any:
    """Return what a field has where nothing is given."""
    default: Any = field.default
    factory = getattr(default, "factory", None)
    return default if factory is None else factory()


@functools.cache
def hints_of(cls: type) -> Mapping[str, Any]:
    """Return the annotations of a class's fields, resolved."""
    return typing.get_type_hints(cls)


def field_faults(
    cls: type, name: str, value: Any, into: dict[str, Any], *, converted: bool = False
) -> Iterator[Fault]:
    """Yield what is wrong with the value of one field; put it into ``into`` if nothing is.

    Args:
        cls: an attrs class.
        name: of the field.
        value: as it was given.
        into: gets the value as the field's converter made it.
        converted: whether the converter has seen the value already.
    """
    field = getattr(attrs.fields(cls), name)
    path = f"$.{name}"
    wanted = hints_of(cls)[name]
    try:
        if field.converter is not None and not converted:
            value = field.converter(value)
        if not _conforms(value, wanted):
            yield Fault(path=path, **_misfit(wanted, value))
            return
        if field.validator is not None and not converted:
            field.validator(types.SimpleNamespace(**into), field, value)
    except ConfigurationError as error:
        yield from below(error, path)
    except LdapConnectorError as error:
        yield fault_of(error, path)
    except (TypeError, ValueError, AttributeError) as error:
        if _conforms(value, wanted):
            yield Fault(path=path, message=str(error))
        else:
            yield Fault(path=path, **_misfit(wanted, value))
    else:
        into[name] = value


def relation_faults(cls: type, good: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what fields break together, as far as those that a relation reads are right.

    Args:
        cls: an attrs class.
        good: the fields that are right. Fields with a default that are not given are among
            them; those that are wrong are not.
    """
    for method in vars(cls).values():
        reads = getattr(method, _READS, None)
        if reads is not None and reads <= set(good):
            yield from method(types.SimpleNamespace(**good))


def _conforms(value: Any, wanted: Any) -> bool:
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin in {Union, types.UnionType}:
        return any(_conforms(value, one) for one in inner)
    if origin is Literal:
        return value in inner
    if origin in {tuple, frozenset}:
        return isinstance(value, origin) and all(_conforms(item, inner[0]) for item in value)
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return not isinstance(wanted, type) or isinstance(value, wanted)


def _misfit(wanted: Any, value: Any) -> dict[str, str]:
    if get_origin(wanted) is Literal and isinstance(value, str):
        known = get_args(wanted)
        near = nearest(value, known, cutoff=0.5)
        return {
            "message": f"{value!r} is none of {', '.join(known)}.",
            "hint": f"Did you mean {near}?" if near else "",
        }
    return {"message": f"must be {in_words(wanted)}, not {_contents(value)}"}


def _contents(value: Any) -> str:
    # Never the value itself: it may be a password.
    if isinstance(value, (list, tuple)) and value:
        return f"a list with {_kind(value[0])} in it"
    return _kind(value)


def _kind(value: Any) -> str:
    return _WORDS.get(type(value), type(value).__name__)


def in_words(wanted: Any) -> str:
    """Return an annotation in words."""
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin in {Union, types.UnionType}:
        return " or ".join(in_words(one) for one in inner if one is not types.NoneType)
    if origin is Literal:
        return f"one of {', '.join(map(str, inner))}"
    if origin in {tuple, frozenset}:
        return f"a list, each {in_words(inner[0])}"
    return _WORDS.get(wanted) or str(getattr(wanted, "__name__", wanted))
