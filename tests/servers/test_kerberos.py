"""SASL GSSAPI with a real Kerberos realm and OpenLDAP."""

from __future__ import annotations

import sys

import pytest

from _profiles import ONCE
from ldapconnector.directory import connect
from ldapconnector.directory._extended import WHO_AM_I, extended
from ldapconnector.errors import BindRefused, ConfigurationError
from ldapconnector.profile import ConnectionProfile, Kerberos, TlsSettings

pytest.importorskip("gssapi", reason="the extra kerberos is not installed")


def profile(server, security="ldaps", *, host="localhost", **binding):
    return ConnectionProfile(
        hosts=host,
        port=server.tls_port if security == "ldaps" else server.port,
        security=security,
        tls=TlsSettings(ca_file=server.ca_file),
        binding=Kerberos(**binding),
        retry=ONCE,
    )


def who_am_i(directory):
    """Ask the server itself (RFC 4532)."""
    wire = directory._connection._bound.wire
    return wire.collect(wire.send(extended(WHO_AM_I))).value.decode()


@pytest.fixture
def ticket(kdc, tmp_path, monkeypatch):
    for name, value in kdc.get_ticket(tmp_path / "cache", "alice").items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def no_ticket(kdc, tmp_path, monkeypatch):
    for name, value in kdc.client_environment(tmp_path / "empty").items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("security", ["plain", "starttls", "ldaps"])
def test_a_ticket(slapd_gssapi, ticket, security):
    with connect(profile(slapd_gssapi, security)) as directory:
        assert who_am_i(directory) == f"dn:{slapd_gssapi.user_dn}"
        assert directory.read(slapd_gssapi.user_dn, ["userPassword"]) is not None


@pytest.mark.parametrize(
    "binding",
    [
        {"principal": "alice"},
        {"principal": "alice@EXAMPLE.COM"},
        {"principal": "alice", "realm": "EXAMPLE.COM"},
        {"realm": "EXAMPLE.COM", "service_host": "localhost"},
    ],
)
def test_principal_and_realm(slapd_gssapi, ticket, binding):
    with connect(profile(slapd_gssapi, **binding)) as directory:
        assert who_am_i(directory) == f"dn:{slapd_gssapi.user_dn}"


def test_an_address_needs_the_name_of_the_service(slapd_gssapi, ticket):
    with pytest.raises(BindRefused, match="service"):
        connect(profile(slapd_gssapi, host="127.0.0.1"))
    connect(profile(slapd_gssapi, host="127.0.0.1", service_host="localhost")).close()


def test_a_keytab(slapd_gssapi, kdc, no_ticket):
    with connect(profile(slapd_gssapi, principal="alice", keytab=kdc.user_keytab)) as directory:
        assert who_am_i(directory) == f"dn:{slapd_gssapi.user_dn}"


def test_a_keytab_that_is_missing(slapd_gssapi, no_ticket, tmp_path):
    with pytest.raises(ConfigurationError, match=r"absent\.keytab"):
        connect(profile(slapd_gssapi, keytab=tmp_path / "absent.keytab"))


def test_a_keytab_without_the_principal(slapd_gssapi, kdc, no_ticket):
    with pytest.raises(BindRefused, match="keytab") as error:
        connect(profile(slapd_gssapi, principal="ext", keytab=kdc.user_keytab))
    assert error.value.next_step


def test_no_ticket(slapd_gssapi, no_ticket):
    with pytest.raises(BindRefused, match="no Kerberos ticket") as error:
        connect(profile(slapd_gssapi))
    assert "kinit" in error.value.next_step


def test_a_service_that_the_realm_does_not_know(slapd_gssapi, ticket):
    with pytest.raises(BindRefused, match="knows no service ldap/elsewhere"):
        connect(profile(slapd_gssapi, service_host="elsewhere", realm="EXAMPLE.COM"))


def test_a_realm_that_does_not_answer(slapd_gssapi, ticket):
    with pytest.raises(BindRefused) as error:
        connect(profile(slapd_gssapi, realm="ELSEWHERE.EXAMPLE"))
    assert error.value.next_step


def test_a_server_without_gssapi(slapd, kdc, ticket):
    # This slapd has no keytab, so it cannot accept the ticket.
    with pytest.raises(BindRefused, match="no key of its own"):
        connect(profile(slapd))


def test_without_the_extra_it_is_said_how_to_get_it(slapd_gssapi, ticket, monkeypatch):
    monkeypatch.setitem(sys.modules, "gssapi", None)
    with pytest.raises(ConfigurationError, match=r"ldapconnector\[kerberos\]"):
        connect(profile(slapd_gssapi))
