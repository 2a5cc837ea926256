"""Profiles for the test servers."""

from __future__ import annotations

from typing import Any

from ldapconnector.profile import ConnectionProfile, RetryPolicy, SimpleBind, TlsSettings
from ldapconnector.testing import DirectoryServer

__all__ = ["ONCE", "profile_of"]

#: Fails at the first try.
ONCE = RetryPolicy(attempts=1)


def profile_of(
    server: DirectoryServer,
    security: str = "ldaps",
    *,
    user: str = "admin",
    password: str | None = None,
    **settings: Any,
) -> ConnectionProfile:
    """Return a profile for a server.

    Args:
        server: which.
        security: ``plain``, ``starttls`` or ``ldaps``.
        user: ``admin``, ``user``, a DN, or empty for nobody.
        password: of a DN.
        settings: further fields.
    """
    known = {
        "admin": (server.admin_dn, server.admin_password),
        "user": (server.user_dn, server.user_password),
    }
    if user:
        settings.setdefault("binding", SimpleBind(*known.get(user, (user, password or ""))))
    settings.setdefault("tls", TlsSettings(ca_file=server.ca_file))
    settings.setdefault("retry", ONCE)
    settings.setdefault("hosts", server.host)
    settings.setdefault("port", server.tls_port if security == "ldaps" else server.port)
    settings.setdefault("allow_cleartext_credentials", security == "plain")
    return ConnectionProfile(security=security, **settings)
