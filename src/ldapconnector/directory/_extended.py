"""Extended operations: StartTLS, password modify, who am I (RFC 4511, 4.12)."""

from __future__ import annotations

from typing import Final

from ldapconnector.directory._ber import octets, sequence, text, wrap

__all__ = ["PASSWORD_MODIFY", "START_TLS", "WHO_AM_I", "extended", "password_modify"]

START_TLS: Final = "1.3.6.1.4.1.1466.20037"  # RFC 4511, 4.14
PASSWORD_MODIFY: Final = "1.3.6.1.4.1.4203.1.11.1"  # noqa: S105  RFC 3062
WHO_AM_I: Final = "1.3.6.1.4.1.4203.1.11.3"  # RFC 4532

_EXTENDED_REQUEST: Final = 0x77


def extended(oid: str, value: bytes | None = None) -> bytes:
    """Return an ExtendedRequest.

    >>> extended("1.3").hex(" ")
    '77 05 80 03 31 2e 33'
    """
    parts = [text(oid, 0x80)]
    if value is not None:
        parts.append(octets(value, 0x81))
    return wrap(_EXTENDED_REQUEST, b"".join(parts))


def password_modify(user: str, new: str, old: str | None = None) -> bytes:
    """Return a password modify request (RFC 3062).

    Args:
        user: the DN of the account.
        new: the new password.
        old: the old one, where the account changes its own.
    """
    parts = [text(user, 0x80)]
    if old is not None:
        parts.append(text(old, 0x81))
    parts.append(text(new, 0x82))
    return extended(PASSWORD_MODIFY, sequence(*parts))
