"""A value that never shows itself: not in repr, str, logs, tracebacks or pickles.

A configuration names a secret by *reference* (``env:NAME``, ``file:PATH`` or a callable)
and the value is read when it is needed, by :meth:`Secret.reveal`, and not kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, final

from ldapconnector.errors import UsageError

__all__ = ["Secret"]

_SHOWN: Final = "Secret(***)"


@final
class Secret:
    """A password or key, shown to nobody who does not ask for it by name.

    Build one with :meth:`of`, :meth:`env`, :meth:`file`, :meth:`call` or :meth:`parse`.

    >>> password = Secret.of("correct horse")
    >>> password
    Secret(***)
    >>> password.reveal()
    'correct horse'
    """

    __slots__ = ("__read", "reference")

    #: ``env:NAME`` or ``file:PATH``; None where the value was given directly or by a callable.
    reference: str | None

    def __init__(self, read: Callable[[], str], *, reference: str | None = None) -> None:
        object.__setattr__(self, "_Secret__read", read)
        object.__setattr__(self, "reference", reference)

    @classmethod
    def of(cls, value: str) -> Secret:
        """Hold ``value`` itself. It can be used, and is never written out."""
        return cls(lambda: value)

    @classmethod
    def call(cls, read: Callable[[], str]) -> Secret:
        """Ask ``read`` each time the value is needed, for instance a vault's client."""
        return cls(read)

    @classmethod
    def env(cls, name: str) -> Secret:
        """Read the environment variable ``name`` when the value is needed."""

        def read() -> str:
            try:
                return os.environ[name]
            except KeyError:
                raise UsageError(
                    f"the environment variable {name} is not set; it should hold a secret"
                ) from None

        return cls(read, reference=f"env:{name}")

    @classmethod
    def file(cls, path: str | Path) -> Secret:
        """Read the first line of the file ``path`` when the value is needed."""

        def read() -> str:
            try:
                text = Path(path).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(
                    f"the secret file {str(path)!r} cannot be read: {type(error).__name__}"
                ) from None
            return text.split("\n", 1)[0].rstrip("\r")

        return cls(read, reference=f"file:{path}")

    @classmethod
    def parse(cls, reference: str) -> Secret:
        """Build from ``env:NAME`` or ``file:PATH``.

        Raises:
            UsageError: for anything else. The text is not repeated in the message, since
                somebody may have put the secret itself there.
        """
        kind, _, rest = reference.partition(":")
        if kind == "env" and rest:
            return cls.env(rest)
        if kind == "file" and rest:
            return cls.file(rest)
        raise UsageError("a secret is given by reference, as env:NAME or file:PATH")

    def reveal(self) -> str:
        """Return the value itself.

        Raises:
            UsageError: the reference leads nowhere.
        """
        read: Callable[[], str] = self.__read  # type: ignore[attr-defined]
        return read()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Secret cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Secret cannot be changed")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __repr__(self) -> str:
        return _SHOWN if self.reference is None else f"Secret({self.reference})"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return format(repr(self), specification)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        if self.reference is not None or other.reference is not None:
            return self.reference == other.reference
        return self is other

    def __hash__(self) -> int:
        return hash(self.reference) if self.reference is not None else id(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.reference is None:
            raise TypeError(
                "a Secret that holds its value is not pickled; give it by reference (env:, file:)"
            )
        return Secret.parse, (self.reference,)
