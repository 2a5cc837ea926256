"""Fixtures for pytest. pytest finds them by itself where this library is installed.

``real_openldap`` is an OpenLDAP of the test's own::

    def test_sign_in(real_openldap):
        profile = ConnectionProfile.from_url(real_openldap.tls_url, ...)
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ldapconnector.testing import Certificates, DirectoryServer

__all__ = ["real_openldap"]


@pytest.fixture(scope="session")
def _openldap_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates | None:
    """What the server needs for TLS; None where the extra ``certificates`` is absent."""
    from ldapconnector.testing import make_certificates  # noqa: PLC0415  only when it is used

    if importlib.util.find_spec("cryptography") is None:
        return None
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def real_openldap(_openldap_certificates: Certificates | None) -> Iterator[DirectoryServer]:
    """A fresh OpenLDAP on loopback, with ``ou=people`` and ``ou=groups`` empty.

    It starts in about a fifth of a second and ends with the test. The test is skipped where
    slapd is not installed. See :func:`ldapconnector.testing.start_openldap` for what it has.
    """
    from ldapconnector.testing import openldap_missing, start_openldap  # noqa: PLC0415

    if reason := openldap_missing():
        pytest.skip(reason)
    server = start_openldap(certificates=_openldap_certificates)
    yield server
    server.stop()
