"""Requests as octets: search, add, modify, rename, delete, abandon (RFC 4511, section 4).

Each function returns a protocolOp; :func:`message` puts the envelope around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ldapconnector.directory._ber import (
    SEQUENCE,
    SET,
    boolean,
    enumerated,
    integer,
    octets,
    sequence,
    text,
    wrap,
)
from ldapconnector.directory._protocol import Control, Scope
from ldapconnector.entries import Add, Delete, Modify, Rename
from ldapconnector.errors import UsageError
from ldapconnector.names import (
    And,
    Approx,
    Equal,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Or,
    Present,
    Substring,
)

if TYPE_CHECKING:
    from ldapconnector.entries import Change

__all__ = ["abandon", "change", "encode_filter", "message", "search"]

# protocolOp tags of the requests
SEARCH: Final = 0x63
MODIFY: Final = 0x66
ADD: Final = 0x68
DELETE: Final = 0x4A
MODIFY_DN: Final = 0x6C
ABANDON: Final = 0x50

_CONTROLS: Final = 0xA0  # [0] Controls, behind the protocolOp
_NEW_SUPERIOR: Final = 0x80  # [0] LDAPDN
_DEEPEST: Final = 100  # the same bound as the text form has
_COMPARED: Final = {Equal: 0xA3, GreaterOrEqual: 0xA5, LessOrEqual: 0xA6, Approx: 0xA8}
_OPERATIONS: Final = {"add": 0, "delete": 1, "replace": 2, "increment": 3}  # RFC 4511, RFC 4525


def message(message_id: int, operation: bytes, controls: Sequence[Control] = ()) -> bytes:
    """Return a whole LDAPMessage.

    >>> message(3, abandon(2)).hex(" ")
    '30 06 02 01 03 50 01 02'
    """
    if not controls:
        return sequence(integer(message_id), operation)
    encoded = wrap(_CONTROLS, b"".join(map(_control, controls)))
    return sequence(integer(message_id), operation, encoded)


def _control(control: Control) -> bytes:
    parts = [text(control.oid)]
    if control.critical:
        parts.append(boolean(True))
    if control.value is not None:
        parts.append(octets(control.value))
    return sequence(*parts)


def abandon(message_id: int) -> bytes:
    """Return an AbandonRequest (4.11); it has no answer."""
    return integer(message_id, ABANDON)


def search(
    base: str | bytes,
    scope: Scope,
    filter_: Filter,
    attributes: Sequence[str],
    *,
    size_limit: int = 0,
    time_limit: int = 0,
    types_only: bool = False,
) -> bytes:
    """Return a SearchRequest (4.5.1). Aliases are never dereferenced.

    Args:
        base: the base's DN.
        scope: how far below it.
        filter_: which entries.
        attributes: descriptions, or ``*``, ``+``, ``1.1``.
        size_limit: entries; 0 for none.
        time_limit: seconds; 0 for none.
        types_only: descriptions without values.

    Raises:
        UsageError: the filter is nested deeper than 100.
    """
    return wrap(
        SEARCH,
        b"".join(
            (
                octets(base if isinstance(base, bytes) else base.encode()),
                enumerated(scope),
                enumerated(0),
                integer(size_limit),
                integer(time_limit),
                boolean(types_only),
                encode_filter(filter_),
                sequence(*map(text, attributes)),
            )
        ),
    )


def encode_filter(filter_: Filter, *, depth: int = 0) -> bytes:
    """Return a Filter (4.5.1.7).

    Raises:
        UsageError: it is nested deeper than 100, or of a class that LDAP does not know.

    >>> encode_filter(Filter.equal("uid", "a")).hex(" ")
    'a3 08 04 03 75 69 64 04 01 61'
    """
    if depth > _DEEPEST:
        raise UsageError(f"the filter is nested deeper than {_DEEPEST}; write it flatter")
    match filter_:
        case And(filters):
            return wrap(0xA0, b"".join(encode_filter(part, depth=depth + 1) for part in filters))
        case Or(filters):
            return wrap(0xA1, b"".join(encode_filter(part, depth=depth + 1) for part in filters))
        case Not(inner):
            return wrap(0xA2, encode_filter(inner, depth=depth + 1))
        case Equal() | GreaterOrEqual() | LessOrEqual() | Approx():
            tag = _COMPARED[type(filter_)]
            return wrap(tag, text(filter_.attribute) + octets(filter_.value))
        case Present(attribute):
            return text(attribute, 0x87)
        case Substring():
            parts = [octets(filter_.initial, 0x80)] if filter_.initial else []
            parts += [octets(part, 0x81) for part in filter_.middle]
            parts += [octets(filter_.final, 0x82)] if filter_.final else []
            return wrap(0xA4, text(filter_.attribute) + sequence(*parts))
        case Extensible():
            parts = [text(filter_.rule, 0x81)] if filter_.rule else []
            parts += [text(filter_.attribute, 0x82)] if filter_.attribute else []
            parts.append(octets(filter_.value, 0x83))
            parts += [boolean(True, 0x84)] if filter_.dn else []
            return wrap(0xA9, b"".join(parts))
        case _:
            raise UsageError(f"{type(filter_).__name__} is no filter that LDAP can carry")


@lru_cache(maxsize=1024)
def _description(name: str) -> bytes:
    """Encode an attribute description; an export names few, again and again."""
    return text(name)


def change(item: Change) -> bytes:
    """Return the request that carries out a change (4.6 - 4.9)."""
    match item:
        case Add():
            entry = item.entry
            listed = b"".join(
                [
                    wrap(SEQUENCE, _description(name) + wrap(SET, b"".join(map(octets, values))))
                    for name, values in entry.items()
                ]
            )
            return wrap(ADD, text(entry.dn_text) + wrap(SEQUENCE, listed))
        case Modify():
            steps = [
                sequence(
                    enumerated(_OPERATIONS[str(step.operation)]),
                    wrap(
                        SEQUENCE,
                        _description(step.attribute)
                        + wrap(SET, b"".join(map(octets, step.values))),
                    ),
                )
                for step in item.modifications
            ]
            return wrap(MODIFY, text(str(item.dn)) + sequence(*steps))
        case Delete():
            return text(str(item.dn), DELETE)
        case Rename():
            parts = [
                text(str(item.dn)),
                text(str(item.new_rdn)),
                boolean(item.delete_old_rdn),
            ]
            if item.new_superior is not None:
                parts.append(text(str(item.new_superior), _NEW_SUPERIOR))
            return wrap(MODIFY_DN, b"".join(parts))
        case _:
            raise UsageError(f"{type(item).__name__} is no change that LDAP can carry")
