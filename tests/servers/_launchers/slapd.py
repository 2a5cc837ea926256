"""OpenLDAP for the project's tests; the launcher itself is a part of the library."""

from __future__ import annotations

import pytest

from ldapconnector.testing import DirectoryServer, openldap_missing

from . import ldap_utils

__all__ = ["offers_gssapi", "require"]


def require() -> None:
    """Skip the test where slapd or the LDAP tools are missing, and say so."""
    if reason := openldap_missing() or ldap_utils.missing():
        pytest.skip(reason)


def offers_gssapi(server: DirectoryServer) -> bool:
    """Return whether its root DSE offers the SASL mechanism GSSAPI."""
    found = ldap_utils.run_tool(
        "ldapsearch", server, "-LLL", "-s", "base", "-b", "", "supportedSASLMechanisms"
    )
    return "GSSAPI" in found.output.split()
