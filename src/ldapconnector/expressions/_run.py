"""One running evaluation: what was drawn, looked up and timed in it."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ldapconnector.expressions._values import ArgumentError, utc

if TYPE_CHECKING:
    from ldapconnector.expressions._context import EvaluationContext

__all__ = ["Run"]

_T = TypeVar("_T")

_SECRETS: Final = secrets.SystemRandom()


class Run:
    """One evaluation. Whatever is not repeatable is drawn once in it and remembered.

    The compiled function hands over to the tree evaluator when something goes wrong; what
    was drawn or looked up before is then not drawn or looked up again.
    """

    __slots__ = ("_memory", "_now", "context", "regex_left", "target")

    def __init__(self, context: EvaluationContext, target: str = "") -> None:
        self.context = context
        self.target = target
        self._memory: dict[object, Any] = {}
        self._now: datetime | None = None
        self.regex_left = context.regex_timeout

    def once(self, key: object, draw: Callable[[], _T]) -> _T:
        """Return what ``draw`` gave the first time for this key."""
        memory = self._memory
        if key in memory:
            found: _T = memory[key]
            return found
        value = memory[key] = draw()
        return value

    def now(self) -> datetime:
        """Return the moment of this evaluation, in UTC."""
        if self._now is None:
            given = self.context.now
            self._now = datetime.now(UTC) if given is None else utc(given)
        return self._now

    def random(self) -> random.Random:
        """Return the source of randomness."""
        return _SECRETS if self.context.random is None else self.context.random

    def timed(self, search: Callable[[float], _T]) -> _T:
        """Search with what is left of the time for regular expressions.

        Raises:
            ArgumentError: the time is over. Only time spent searching counts.
        """
        left = self.regex_left
        if left <= 0:
            raise ArgumentError("regexPattern", self.too_slow())
        start = time.monotonic()
        try:
            return search(left)
        except TimeoutError:
            self.regex_left = 0.0
            raise ArgumentError("regexPattern", self.too_slow()) from None
        finally:
            self.regex_left -= time.monotonic() - start

    def too_slow(self) -> str:
        """Say that the regular expressions took too long."""
        return (
            f"the regular expressions of this evaluation took longer than"
            f" {self.context.regex_timeout:g} seconds; simplify nested repetitions such as (a+)+"
        )

    def is_taken(self, value: str) -> bool:
        """Ask once whether the target has this value."""
        context = self.context
        target = self.target
        if context.is_taken_in is not None:
            ask_in = context.is_taken_in
            return self.once((target, value), lambda: bool(ask_in(target, value)))
        if context.is_taken is not None:
            ask = context.is_taken
            return self.once((target, value), lambda: bool(ask(value)))
        return False

    def parameter(self, name: str) -> str:
        """Return the value of ``%name%``."""
        value = self.context.parameters.get(name)
        if value is None:
            raise ArgumentError(
                "",
                f"the setting %{name}% has no value;"
                f" give it with EvaluationContext(parameters={{{name!r}: ...}})",
            )
        return str(value)
