"""OpenLDAP for the project's tests; the launcher itself is a part of the library."""

from __future__ import annotations

import pytest

from ldapconnector.testing import openldap_missing

from . import ldap_utils

__all__ = ["require"]


def require() -> None:
    """Skip the test where slapd or the LDAP tools are missing, and say so."""
    if reason := openldap_missing() or ldap_utils.missing():
        pytest.skip(reason)
