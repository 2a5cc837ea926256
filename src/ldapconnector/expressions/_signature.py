"""What a function is: its name, its parameters, what it gives, and what it does.

Arity, argument types, Graph's parameter names and the documentation all come from one
signature, so they cannot disagree.
"""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from ldapconnector.errors import UsageError

__all__ = ["Function", "Kind", "ParameterSpec", "Registry", "function"]


class Kind(enum.Enum):
    """The type of a parameter or a result."""

    TEXT = "text"
    INTEGER = "whole number"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    ANY = "any value"
    CHOICE = "one of a few words"

    def __str__(self) -> str:
        return self.value


@attrs.frozen(kw_only=True)
class ParameterSpec:
    """One parameter of a function.

    Attributes:
        name: as the function reference calls it.
        kind: what it takes.
        required: whether it must be given.
        repeating: whether it may be given any number of times; only the last can.
        graph: its key in Microsoft Graph's parsed tree.
        choices: the words of a :attr:`Kind.CHOICE`.
        stops_null: no value here gives no value, without calling; so it is for parameters
            of own functions whose annotation does not allow None.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = True
    repeating: bool = False
    graph: str = attrs.field()
    choices: tuple[str, ...] = ()
    stops_null: bool = False

    @graph.default
    def _same(self) -> str:
        return self.name


def text(name: str, *, graph: str = "") -> ParameterSpec:
    """Describe a text parameter."""
    return ParameterSpec(name=name, graph=graph or name)


def integer(name: str, *, graph: str = "") -> ParameterSpec:
    """Describe a parameter that takes a whole number."""
    return ParameterSpec(name=name, kind=Kind.INTEGER, graph=graph or name)


def date(name: str, *, graph: str = "") -> ParameterSpec:
    """Describe a parameter that takes a date."""
    return ParameterSpec(name=name, kind=Kind.DATE, graph=graph or name)


def values(name: str, *, graph: str = "") -> ParameterSpec:
    """Describe a parameter that takes a list; one value counts as a list of one."""
    return ParameterSpec(name=name, kind=Kind.LIST, graph=graph or name)


def anything(name: str, *, graph: str = "") -> ParameterSpec:
    """Describe a parameter that takes any value."""
    return ParameterSpec(name=name, kind=Kind.ANY, graph=graph or name)


def condition(name: str, *, graph: str = "") -> ParameterSpec:
    """Describe a parameter that takes a condition."""
    return ParameterSpec(name=name, kind=Kind.BOOLEAN, graph=graph or name)


def choice(name: str, choices: Sequence[str]) -> ParameterSpec:
    """Describe a parameter that takes one of ``choices``, written bare."""
    return ParameterSpec(name=name, kind=Kind.CHOICE, choices=tuple(choices))


def optional(parameter: ParameterSpec) -> ParameterSpec:
    """Describe the same parameter, which may be left out."""
    return attrs.evolve(parameter, required=False)


def repeated(parameter: ParameterSpec) -> ParameterSpec:
    """Describe the same parameter, which may be given many times."""
    return attrs.evolve(parameter, repeating=True)


@attrs.frozen(kw_only=True)
class Function:
    """A function of the language.

    Attributes:
        name: the canonical spelling.
        parameters: in order.
        result: what it gives.
        call: what it does. It takes one value for each parameter, converted to its kind
            (``str | None``, ``int``, ``tuple[str, ...]``, ...), an omitted one as None, and
            repeated ones one by one.
        lazy: ``call`` takes thunks in place of values and calls those that it needs.
        pure: same arguments, same result.
        needs_run: ``call`` takes the running evaluation before the arguments.
        null_to_null: no value for the first parameter gives no value, without calling.
        summary: what it does, in one line.
        details: what else is to be known.
        source: where it is documented.
        example: an expression and what it gives.
        own: not built in.
    """

    name: str
    parameters: tuple[ParameterSpec, ...]
    result: Kind
    call: Callable[..., Any]
    lazy: bool = False
    pure: bool = True
    needs_run: bool = False
    null_to_null: bool = False
    summary: str = ""
    details: str = ""
    source: str = ""
    example: tuple[str, str] = ("", "")
    own: bool = False

    @property
    def least(self) -> int:
        """How many arguments must be given."""
        return sum(parameter.required for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """How many arguments may be given; None where any number may."""
        if self.parameters and self.parameters[-1].repeating:
            return None
        return len(self.parameters)

    def parameter(self, position: int) -> ParameterSpec:
        """Return the parameter that takes the argument ``position``, from 0."""
        return self.parameters[min(position, len(self.parameters) - 1)]

    @property
    def signature(self) -> str:
        """The signature as a person writes it.

        >>> from ldapconnector.expressions import functions
        >>> functions()["Mid"].signature
        'Mid(source, start, [length])'
        """
        parts = []
        for parameter in self.parameters:
            shown = parameter.name + (", ..." if parameter.repeating else "")
            parts.append(shown if parameter.required else f"[{shown}]")
        return f"{self.name}({', '.join(parts)})"


class Registry(Mapping[str, Function]):
    """The functions by name: a value that never changes. Names are found in any case."""

    __slots__ = ("_by_folded", "_by_name")

    def __init__(self, functions: Iterable[Function]) -> None:
        self._by_name: Final = {found.name: found for found in sorted(functions, key=_name_of)}
        self._by_folded: Final = {name.casefold(): name for name in self._by_name}

    def __getitem__(self, name: str) -> Function:
        return self._by_name[name]

    def __iter__(self) -> typing.Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def canonical(self, name: str) -> str | None:
        """Return the canonical spelling of ``name``, or None where it is unknown."""
        return self._by_folded.get(name.casefold())

    def __repr__(self) -> str:
        return f"<Registry of {len(self)} functions>"


def _name_of(found: Function) -> str:
    return found.name


#: Python's type of an own function's parameter or result -> kind.
_KINDS: Final[dict[object, Kind]] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    bool: Kind.BOOLEAN,
    datetime: Kind.DATE,
    list: Kind.LIST,
    tuple: Kind.LIST,
    object: Kind.ANY,
    typing.Any: Kind.ANY,
}


def _kind(annotation: object) -> Kind:
    origin = typing.get_origin(annotation)
    if origin is typing.Union or origin is types.UnionType:
        members = [item for item in typing.get_args(annotation) if item is not type(None)]
        kinds = {_kind(item) for item in members}
        return kinds.pop() if len(kinds) == 1 else Kind.ANY
    if annotation in (inspect.Parameter.empty, inspect.Signature.empty):
        return Kind.TEXT
    if origin in (list, tuple, Sequence, Iterable):
        return Kind.LIST
    try:
        return _KINDS[annotation]
    except (KeyError, TypeError):
        raise UsageError(
            f"{annotation!r} cannot be the type of an argument or a result of an expression's"
            " function; use str, int, bool, datetime, tuple[str, ...] or object"
        ) from None


@typing.overload
def function(call: Callable[..., Any], /) -> Function: ...


@typing.overload
def function(
    *, name: str = ..., summary: str = ..., pure: bool = ..., example: tuple[str, str] = ...
) -> Callable[[Callable[..., Any]], Function]: ...


def function(
    call: Callable[..., Any] | None = None,
    /,
    *,
    name: str = "",
    summary: str = "",
    pure: bool = True,
    example: tuple[str, str] = ("", ""),
) -> Function | Callable[[Callable[..., Any]], Function]:
    """Make an own function from a Python function and its annotations.

    The annotations are the signature: ``str``, ``int``, ``bool``, ``datetime``,
    ``tuple[str, ...]`` and ``object`` (any value) are understood; ``str | None`` lets no
    value in, a default makes a parameter optional, ``*names`` takes any number. Hand the
    result to ``EvaluationContext(functions={"Initials": ...})``; nothing else knows of it.

    Args:
        call: the Python function, when used without parentheses.
        name: the name in expressions; by default the Python name in PascalCase.
        summary: one line for the documentation; by default the docstring's first line.
        pure: whether same arguments always give the same result. Pure calls are shared.
        example: an expression and what it gives.

    Raises:
        UsageError: for an annotation that no value of the language can have.

    Example:
        >>> from ldapconnector.expressions import EvaluationContext, Expression, function
        >>> @function
        ... def initials(first: str, last: str = "") -> str:
        ...     "Return the first letters."
        ...     return first[:1] + last[:1]
        >>> initials.signature
        'Initials(first, [last])'
        >>> context = EvaluationContext(functions={"Initials": initials})
        >>> Expression.parse("Initials([givenName], [surname])").evaluate(
        ...     {"givenName": "Ada", "surname": "Lovelace"}, context=context
        ... )
        'AL'
    """

    def build(call: Callable[..., Any]) -> Function:
        return own_function(call, name=name, summary=summary, pure=pure, example=example)

    return build if call is None else build(call)


def own_function(
    call: Callable[..., Any],
    *,
    name: str = "",
    summary: str = "",
    pure: bool = True,
    example: tuple[str, str] = ("", ""),
) -> Function:
    """Read the signature of ``call``; see :func:`function`."""
    python_name = getattr(call, "__name__", "") or type(call).__name__
    shown = name or "".join(part[:1].upper() + part[1:] for part in python_name.split("_"))
    try:
        signature = inspect.signature(call)
        hints = typing.get_type_hints(call) if hasattr(call, "__annotations__") else {}
    except (TypeError, ValueError, NameError) as error:
        raise UsageError(f"the signature of the function {shown} cannot be read: {error}") from None
    parameters = []
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
            if parameter.default is parameter.empty and parameter.kind is parameter.KEYWORD_ONLY:
                raise UsageError(
                    f"the function {shown} needs {parameter.name!r} by name, and an expression"
                    " gives arguments by position"
                )
            continue
        annotation = hints.get(parameter.name, parameter.annotation)
        kind = _kind(annotation)
        parameters.append(
            ParameterSpec(
                name=parameter.name,
                kind=kind,
                stops_null=kind not in (Kind.ANY, Kind.LIST, Kind.BOOLEAN)
                and type(None) not in typing.get_args(annotation),
                required=parameter.default is parameter.empty
                and parameter.kind is not parameter.VAR_POSITIONAL,
                repeating=parameter.kind is parameter.VAR_POSITIONAL,
            )
        )
    documentation = inspect.getdoc(call) or ""
    return Function(
        name=shown,
        parameters=tuple(parameters),
        result=_kind(hints.get("return", signature.return_annotation)),
        call=call,
        pure=pure,
        summary=summary or documentation.split("\n", 1)[0],
        details=documentation.partition("\n")[2].strip(),
        example=example,
        own=True,
    )
