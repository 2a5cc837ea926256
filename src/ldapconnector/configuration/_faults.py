"""From the exceptions of structuring to faults with a path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from ldapconnector._checked import below, fault_of
from ldapconnector.errors import ConfigurationError, Fault, LdapConnectorError, nearest

__all__ = ["did_you_mean", "faults_of", "unknown_keys"]


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
    if isinstance(error, ConfigurationError):
        yield from below(error, path)
    elif isinstance(error, LdapConnectorError):
        yield fault_of(error, path)
    else:
        yield Fault(path=path, message=str(error) or type(error).__name__)


def unknown_keys(cls: type, names: Iterable[object]) -> Iterator[Fault]:
    """Yield a fault for each key of a table that is no field of ``cls``."""
    known = _keys_of(cls)
    for name in sorted(map(str, names)):
        hint = _hint(name, known, cls)
        yield Fault(path=f"$.{name}", message="is not known here.", hint=hint)


def _hint(name: str, known: tuple[str, ...], cls: type) -> str:
    from ldapconnector.configuration._configuration import Document  # noqa: PLC0415

    if cls is not Document and name in _keys_of(Document):
        return "It belongs at the top level; in TOML that is before the first [table]."
    return did_you_mean(name, known) or _listed(known)


def _listed(known: tuple[str, ...]) -> str:
    return f"known: {', '.join(known)}" if known else "nothing can stand here; remove it"


def _keys_of(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(cls))
