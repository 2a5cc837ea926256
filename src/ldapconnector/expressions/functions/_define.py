"""The decorator of the built-in functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ldapconnector.expressions._signature import Function, Kind, ParameterSpec
from ldapconnector.expressions.functions._sources import REFERENCE

__all__ = ["builtin"]


def builtin(
    name: str,
    *parameters: ParameterSpec,
    example: tuple[str, str],
    result: Kind = Kind.TEXT,
    source: str = REFERENCE,
    lazy: bool = False,
    pure: bool = True,
    needs_run: bool = False,
    null_to_null: bool = False,
) -> Callable[[Callable[..., Any]], Function]:
    """Make a built-in function; the first line of the docstring becomes its summary."""

    def build(call: Callable[..., Any]) -> Function:
        documentation = inspect.getdoc(call) or ""
        return Function(
            name=name,
            parameters=parameters,
            result=result,
            call=call,
            lazy=lazy,
            pure=pure,
            needs_run=needs_run,
            null_to_null=null_to_null,
            summary=documentation.split("\n", 1)[0],
            details=" ".join(documentation.partition("\n")[2].split()),
            source=source,
            example=example,
        )

    return build
