"""Fixtures for every test: the shared facts, and real servers that are started once a session.

Servers are started when the first test asks for them, each worker process has its own, and
where one is not installed its tests skip with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from _launchers import ldap_utils
from _launchers import slapd as slapd_launcher
from ldapconnector.testing import Certificates, DirectoryServer, make_certificates, start_openldap


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of facts beside the repository; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("../shared (facts and captures) is not here")
    return folder


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates good and bad, made once a session."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def slapd(certificates: Certificates) -> Iterator[DirectoryServer]:
    """An OpenLDAP with every overlay, TLS, and accounts to bind with. See start_openldap."""
    slapd_launcher.require()
    server = start_openldap(certificates=certificates)
    yield server
    server.stop()


@pytest.fixture
def clean_slapd(slapd: DirectoryServer) -> DirectoryServer:
    """The OpenLDAP of the session with empty ou=people and ou=groups."""
    ldap_utils.clean(slapd)
    return slapd


@pytest.fixture(scope="session")
def _slapd_contoso(certificates: Certificates) -> Iterator[DirectoryServer]:
    slapd_launcher.require()
    server = start_openldap("dc=contoso,dc=lab", empty=True, certificates=certificates)
    yield server
    server.stop()


@pytest.fixture
def slapd_contoso(_slapd_contoso: DirectoryServer) -> DirectoryServer:
    """The tutorial's directory: dc=contoso,dc=lab with nothing below, for each test anew."""
    ldap_utils.clean(_slapd_contoso)
    return _slapd_contoso


@pytest.fixture
def start_slapd(certificates: Certificates) -> Iterator[Callable[..., DirectoryServer]]:
    """Start OpenLDAPs of the test's own, to be killed, paused or misconfigured.

    Takes the arguments of start_openldap; without ``certificates`` the session's are used.
    """
    slapd_launcher.require()
    started: list[DirectoryServer] = []

    def start(*arguments: object, **options: object) -> DirectoryServer:
        server = start_openldap(*arguments, **{"certificates": certificates, **options})
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()
