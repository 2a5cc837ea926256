"""From the exceptions of structuring to faults with a path."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from cattrs import AttributeValidationNote, IterableValidationNote
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError

from ldapconnector.errors import ConfigurationError, Fault, LdapConnectorError, nearest

__all__ = ["did_you_mean", "faults_of"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest known word, or an empty string."""
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else ""


def faults_of(error: BaseException, path: str = "$") -> Iterator[Fault]:
    """Yield every fault inside ``error``, in the order of the document.

    Args:
        error: what structuring raised.
        path: where the value stands that was structured.
    """
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from faults_of(inner, path + _step(inner))
    elif isinstance(error, ForbiddenExtraKeysError):
        known = _keys_of(error.cl)
        for name in sorted(error.extra_fields):
            yield Fault(
                path=f"{path}.{name}",
                message="is not known here.",
                hint=_hint(name, known, path),
            )
    elif isinstance(error, ConfigurationError):
        for fault in error.faults:
            yield Fault(
                path=path + fault.path.removeprefix("$"), message=fault.message, hint=fault.hint
            )
    elif isinstance(error, KeyError):
        step = f".{error.args[0]}"
        yield Fault(path=path.removesuffix(step) + step, message="is missing")
    elif isinstance(error, LdapConnectorError):
        # A caret's lines stay together below the first one.
        yield Fault(path=path, message=textwrap.indent(str(error), "    ").lstrip())
    else:
        yield Fault(path=path, message=str(error) or type(error).__name__)


def _step(error: BaseException) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return f".{note.name}"
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]"
    return ""


def _hint(name: str, known: tuple[str, ...], path: str) -> str:
    from ldapconnector.configuration._configuration import Document  # noqa: PLC0415

    if path != "$" and name in _keys_of(Document):
        return "It belongs at the top level; in TOML that is before the first [table]."
    return did_you_mean(name, known) or _listed(known)


def _listed(known: tuple[str, ...]) -> str:
    return f"known: {', '.join(known)}" if known else "nothing can stand here; remove it"


def _keys_of(cls: type | None) -> tuple[str, ...]:
    fields = getattr(cls, "__attrs_attrs__", ())
    return tuple(field.name for field in fields if field.init)
