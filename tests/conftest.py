"""Fixtures for every test: the shared facts, and real servers that are started once a session.

Servers are started when the first test asks for them, each worker process has its own, and
where one is not installed its tests skip with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from _launchers import apacheds as apacheds_launcher
from _launchers import ds389 as ds389_launcher
from _launchers import kdc as kdc_launcher
from _launchers import ldap_utils
from _launchers import samba as samba_launcher
from _launchers import slapd as slapd_launcher
from ldapconnector.testing import Certificates, DirectoryServer, make_certificates, start_openldap

# How long an example takes says nothing on a machine that several test processes share.
settings.register_profile(
    "ldapconnector", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ldapconnector")

# Too slow to start to be started by each worker process: their tests stay with one.
_HEAVY_SERVERS = ("apacheds", "samba", "ds389")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one slow server together, and mark all that need a real one."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        for server in _HEAVY_SERVERS:
            if server in names:
                item.add_marker(pytest.mark.xdist_group(server))
        if names & {"slapd", "slapd_contoso", "slapd_gssapi", "start_slapd", *_HEAVY_SERVERS}:
            item.add_marker(pytest.mark.server)


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


@pytest.fixture(scope="session")
def ds389(certificates: Certificates) -> Iterator[DirectoryServer]:
    """A 389 Directory Server with its change log and accounts to bind with."""
    ds389_launcher.require()
    server = ds389_launcher.start_ds389(certificates)
    yield server
    server.stop()


@pytest.fixture
def clean_ds389(ds389: DirectoryServer) -> DirectoryServer:
    """The 389 DS of the session with empty ou=people and ou=groups."""
    ldap_utils.clean(ds389)
    return ds389


@pytest.fixture(scope="session")
def kdc() -> Iterator[kdc_launcher.Realm]:
    """A Kerberos realm with the users alice and ext and the service ldap/localhost."""
    kdc_launcher.require()
    realm = kdc_launcher.start_kdc()
    yield realm
    realm.stop()


@pytest.fixture(scope="session")
def slapd_gssapi(kdc: kdc_launcher.Realm, certificates: Certificates) -> Iterator[DirectoryServer]:
    """An OpenLDAP that accepts tickets of ``kdc``; use it by the name localhost."""
    slapd_launcher.require()
    server = start_openldap(certificates=certificates, environment=kdc.server_environment)
    if not slapd_launcher.offers_gssapi(server):
        server.stop()
        pytest.skip(
            "slapd offers no GSSAPI (Debian package: libsasl2-modules-gssapi-mit is not installed)"
        )
    yield server
    server.stop()


@pytest.fixture(scope="session")
def samba() -> Iterator[DirectoryServer]:
    """A Samba domain controller, in the place of Active Directory."""
    samba_launcher.require()
    server = samba_launcher.start_samba()
    yield server
    server.stop()


@pytest.fixture
def clean_samba(samba: DirectoryServer) -> DirectoryServer:
    """The domain controller of the session with empty OU=people and OU=groups."""
    ldap_utils.clean(samba)
    return samba


@pytest.fixture(scope="session")
def apacheds(certificates: Certificates) -> Iterator[DirectoryServer]:
    """An Apache Directory Server."""
    apacheds_launcher.require()
    server = apacheds_launcher.start_apacheds(certificates)
    yield server
    server.stop()


@pytest.fixture
def clean_apacheds(apacheds: DirectoryServer) -> DirectoryServer:
    """The ApacheDS of the session with empty ou=people and ou=groups."""
    ldap_utils.clean(apacheds)
    return apacheds
