"""What an evaluation needs from outside: clock, randomness, look-ups, settings, own functions."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from ldapconnector.errors import UsageError
from ldapconnector.expressions._signature import Function, own_function
from ldapconnector.expressions.functions import BUILT_IN

__all__ = ["DEFAULT", "EvaluationContext"]


def _settings(given: Mapping[str, str]) -> Mapping[str, str]:
    return dict(given)


def _functions(given: Mapping[str, Function | Callable[..., Any]]) -> Mapping[str, Function]:
    found = {}
    for name, value in given.items():
        if BUILT_IN.canonical(name) is not None:
            raise UsageError(f"{name} is a built-in function; give the own one another name")
        if not name.isascii() or not name.isidentifier():
            raise UsageError(f"{name!r} cannot be the name of a function in an expression")
        made = value if isinstance(value, Function) else own_function(value, name=name)
        found[name] = attrs.evolve(made, name=name, own=True)
    return found


@attrs.frozen(kw_only=True, eq=False)
class EvaluationContext:
    """What an evaluation may use. Same context and values, same result.

    Attributes:
        now: the moment that ``Now()`` gives; one without an offset is UTC. By default the
            clock, read once in each evaluation.
        random: where ``Guid()`` and ``RandomString()`` draw. By default the operating
            system's secure source; a ``random.Random(seed)`` makes results repeatable.
        is_taken: tells ``SelectUniqueValue`` whether a value exists in the target. By
            default nothing does.
        is_taken_in: the same, asked with the target attribute first, for whole mappings;
            where given it goes before ``is_taken``.
        parameters: values of ``%Name%``, the settings of the job.
        functions: own functions by name, made with :func:`function` or plain Python
            functions with annotations. They are known to this context only.
        regex_timeout: seconds that all regular expressions of one evaluation may take.

    Raises:
        UsageError: an own function has the name of a built-in one or an impossible type.

    Example:
        >>> from datetime import datetime
        >>> from ldapconnector.expressions import Expression
        >>> context = EvaluationContext(now=datetime(2026, 1, 2, 13, 0))
        >>> Expression.parse("Now()").evaluate({}, context=context)
        '1/2/2026 1:00:00 PM'
    """

    now: datetime | None = None
    random: random.Random | None = None
    is_taken: Callable[[str], bool] | None = None
    is_taken_in: Callable[[str, str], bool] | None = None
    parameters: Mapping[str, str] = attrs.field(factory=dict, converter=_settings)
    functions: Mapping[str, Any] = attrs.field(factory=dict, converter=_functions)
    regex_timeout: float = 1.0


#: The context of who gives none.
DEFAULT: Final = EvaluationContext()
