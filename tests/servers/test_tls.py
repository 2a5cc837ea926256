"""Certificates good and bad, thumbprints, names, versions, and a StartTLS that is taken away."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime

import pytest

from _launchers.hostile import (
    BIND,
    HostileServer,
    garbage,
    pretend_start_tls,
    refuse_start_tls,
    silence,
)
from _profiles import ONCE, profile_of
from ldapconnector.directory import connect, server_certificate
from ldapconnector.directory._tls import thumbprint
from ldapconnector.errors import ConfigurationError, ConnectionFailed, TlsFailed
from ldapconnector.profile import ConnectionProfile, SimpleBind, Timeouts, TlsSettings, TlsVersion

SECURED = ["starttls", "ldaps"]
PASSWORD = "hunter2-hunter2"


def sha256(path):
    return thumbprint(ssl.PEM_cert_to_DER_cert(path.read_text()))


@contextlib.contextmanager
def greeting_server(certificates, *, host="127.0.0.1", **settings):
    """Accept TLS handshakes only, and note the names that clients ask for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server.certificate, certificates.server.key)
    for name, value in settings.items():
        setattr(context, name, value)
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    raw, _ = listener.accept()
                    with contextlib.suppress(OSError), raw:
                        raw.settimeout(5)
                        with context.wrap_socket(raw, server_side=True) as secured:
                            secured.recv(100)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], names
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join()


# ---------------------------------------------------------------- whom to believe


@pytest.mark.parametrize("security", SECURED)
@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("expired", "has expired"),
        ("wrong_name", "for another name than '127.0.0.1'"),
        ("unknown_ca", "authority that is not believed"),
    ],
)
def test_a_bad_certificate_is_refused_with_its_own_explanation(start_slapd, security, shown, told):
    server = start_slapd(certificate=shown, empty=True)
    with pytest.raises(TlsFailed, match=told) as error:
        connect(profile_of(server, security))
    assert error.value.next_step
    assert error.value.code is None


def test_the_systems_store_does_not_know_our_authority(slapd):
    with pytest.raises(TlsFailed, match="not believed"):
        connect(profile_of(slapd, tls=TlsSettings()))


@pytest.mark.parametrize("security", SECURED)
def test_names_and_addresses_of_a_certificate(slapd, security):
    for host in ("127.0.0.1", "localhost"):
        connect(profile_of(slapd, security, hosts=host)).close()


def test_an_ipv6_address_in_a_certificate(certificates):
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        with greeting_server(certificates, host="::1") as (port, _):
            profile = ConnectionProfile(
                hosts="::1", port=port, tls=TlsSettings(ca_file=certificates.ca), retry=ONCE
            )
            with pytest.raises(ConnectionFailed):  # secured, and then no LDAP
                connect(profile)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


def test_the_servers_own_certificate_can_be_believed(slapd, certificates):
    tls = TlsSettings(ca_file=certificates.server.certificate)
    connect(profile_of(slapd, tls=tls)).close()


@pytest.mark.parametrize("shown", ["expired", "wrong_name", "unknown_ca"])
def test_a_thumbprint_alone_decides(start_slapd, certificates, shown):
    server = start_slapd(certificate=shown, empty=True)
    pin = sha256(getattr(certificates, shown).certificate)
    connect(profile_of(server, tls=TlsSettings(pinned_sha256=pin))).close()


def test_another_thumbprint_is_refused(slapd, certificates):
    found = sha256(certificates.server.certificate)
    with pytest.raises(TlsFailed, match=found):
        connect(profile_of(slapd, tls=TlsSettings(pinned_sha256="00" * 32)))


def test_a_thumbprint_and_an_authority_must_both_hold(slapd, certificates):
    pin = sha256(certificates.server.certificate)
    connect(profile_of(slapd, tls=TlsSettings(ca_file=certificates.ca, pinned_sha256=pin))).close()
    with pytest.raises(TlsFailed, match="not believed"):
        connect(
            profile_of(slapd, tls=TlsSettings(ca_file=certificates.other_ca, pinned_sha256=pin))
        )
    with pytest.raises(TlsFailed, match="pinned"):
        connect(profile_of(slapd, tls=TlsSettings(ca_file=certificates.ca, pinned_sha256="0" * 64)))


def test_verification_is_switched_off_by_its_loud_name_only(start_slapd):
    server = start_slapd(certificate="unknown_ca", empty=True)
    connect(profile_of(server, tls=TlsSettings(dangerously_accept_any_certificate=True))).close()


# ---------------------------------------------------------------- our own certificate


def test_a_client_certificate_that_the_server_does_not_trust(start_slapd, certificates):
    server = start_slapd(empty=True, verify_client="demand")
    tls = TlsSettings(
        ca_file=certificates.ca,
        client_certificate=certificates.bad_client.certificate,
        client_key=certificates.bad_client.key,
    )
    # With TLS 1.3, slapd just ends the connection after the handshake.
    with pytest.raises((TlsFailed, ConnectionFailed), match="client certificate"):
        connect(profile_of(server, tls=tls))


def test_a_server_that_demands_a_client_certificate(start_slapd, certificates):
    server = start_slapd(empty=True, verify_client="demand")
    with pytest.raises((TlsFailed, ConnectionFailed), match="client certificate"):
        connect(profile_of(server))
    tls = TlsSettings(
        ca_file=certificates.ca,
        client_certificate=certificates.client.certificate,
        client_key=certificates.client.key,
    )
    connect(profile_of(server, tls=tls)).close()  # with a name and a password all the same


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"ca_file": "absent.pem"}, "$.tls.ca_file"),
        ({"client_certificate": "absent.pem"}, "$.tls.client_certificate"),
    ],
)
def test_a_file_that_is_missing_is_named(slapd, settings, path):
    with pytest.raises(ConfigurationError, match=r"absent\.pem") as error:
        connect(profile_of(slapd, tls=TlsSettings(**settings)))
    assert error.value.faults[0].path == path


def test_a_file_that_holds_no_certificate_is_named(slapd, tmp_path):
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    with pytest.raises(ConfigurationError, match=r"ca\.pem"):
        connect(profile_of(slapd, tls=TlsSettings(ca_file=tmp_path / "ca.pem")))


def test_an_encrypted_key_needs_its_password(slapd, certificates, tmp_path):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(certificates.client.key.read_bytes(), None)
    encrypted = tmp_path / "encrypted.key"
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"open sesame"),
        )
    )
    settings = {
        "ca_file": certificates.ca,
        "client_certificate": certificates.client.certificate,
        "client_key": encrypted,
    }
    connect(
        profile_of(slapd, tls=TlsSettings(client_key_password="open sesame", **settings))
    ).close()
    for wrong in (None, "close sesame"):
        with pytest.raises(ConfigurationError, match="client_key_password"):
            connect(profile_of(slapd, tls=TlsSettings(client_key_password=wrong, **settings)))


# ---------------------------------------------------------------- names and versions


def test_the_hosts_name_is_sent(certificates):
    tls = TlsSettings(ca_file=certificates.ca)
    with greeting_server(certificates) as (port, names):
        for host in ("localhost", "127.0.0.1"):
            with pytest.raises(ConnectionFailed):
                connect(ConnectionProfile(hosts=host, port=port, tls=tls, retry=ONCE))
        with pytest.raises(ConnectionFailed):
            connect(
                ConnectionProfile(
                    hosts="127.0.0.1",
                    port=port,
                    tls=TlsSettings(ca_file=certificates.ca, server_name="localhost"),
                    retry=ONCE,
                )
            )
        with pytest.raises(TlsFailed, match=r"another name than 'ldap\.example\.com'"):
            connect(
                ConnectionProfile(
                    hosts="127.0.0.1",
                    port=port,
                    tls=TlsSettings(ca_file=certificates.ca, server_name="ldap.example.com"),
                    retry=ONCE,
                )
            )
    # An address is not sent as a name (RFC 6066, 3).
    assert names == ["localhost", None, "localhost", "ldap.example.com"]


def test_tls_1_3_can_be_demanded(slapd, certificates):
    tls = TlsSettings(ca_file=certificates.ca, minimum_version=TlsVersion.V1_3)
    connect(profile_of(slapd, tls=tls)).close()
    refused = pytest.raises(TlsFailed, match="no version of TLS in common")
    old = greeting_server(certificates, maximum_version=ssl.TLSVersion.TLSv1_2)
    with old as (port, _), refused:
        connect(ConnectionProfile(hosts="127.0.0.1", port=port, tls=tls, retry=ONCE))


def test_ldaps_on_a_plain_port_is_explained(slapd):
    with pytest.raises(TlsFailed, match="does not speak TLS there"):
        connect(profile_of(slapd, "ldaps", port=slapd.port))


def test_starttls_on_a_tls_port_is_explained(slapd):
    with pytest.raises(TlsFailed, match="ldaps"):
        connect(profile_of(slapd, "starttls", port=slapd.tls_port))


# ---------------------------------------------------------------- StartTLS taken away


def hostile_profile(server, security="starttls", **settings):
    return ConnectionProfile(
        hosts="127.0.0.1",
        port=server.port,
        security=security,
        binding=SimpleBind("cn=admin", PASSWORD),
        timeouts=Timeouts(connect=0.5),
        retry=ONCE,
        **settings,
    )


@pytest.mark.parametrize(
    "script",
    [
        refuse_start_tls(52),
        refuse_start_tls(2),
        refuse_start_tls(53),
        pretend_start_tls,
        silence(),
        garbage(),
        garbage(greet=True),
    ],
)
def test_without_tls_nothing_confidential_is_sent(script):
    with HostileServer(script) as server:
        with pytest.raises(TlsFailed) as error:
            connect(hostile_profile(server))
        assert error.value.operation == "starttls"
        assert PASSWORD.encode() not in server.received
        assert BIND not in {request.operation for request in server.requests}


def test_words_put_before_tls_begins_are_noticed():
    def inject(conversation):
        for request in conversation.requests():
            ok = bytes.fromhex("0a010004000400")
            answer = b"\x78" + bytes([len(ok)]) + ok
            body = b"\x02\x01" + bytes([request.message_id]) + answer
            injected = bytes.fromhex("300c02010261070a010004000400")  # "you are bound"
            conversation.send(b"\x30" + bytes([len(body)]) + body + injected)
            conversation.wait_for_the_end()

    with HostileServer(inject) as server:
        with pytest.raises(TlsFailed, match="more than its answer"):
            connect(hostile_profile(server))
        assert PASSWORD.encode() not in server.received


@pytest.mark.parametrize("script", [garbage(), silence(), garbage(greet=True)])
def test_ldaps_with_a_server_that_speaks_no_tls(script):
    with HostileServer(script) as server:
        with pytest.raises(TlsFailed):
            connect(hostile_profile(server, "ldaps"))
        assert PASSWORD.encode() not in server.received


# ---------------------------------------------------------------- looking at a certificate


@pytest.mark.parametrize("security", SECURED)
@pytest.mark.parametrize("name", ["slapd", "ds389"])
def test_a_certificate_is_shown_before_anything_is_sent(request, certificates, name, security):
    server = request.getfixturevalue(name)
    # It need not be believed to be shown, and nobody's password is needed.
    profile = profile_of(server, security, tls=TlsSettings(), user="")
    found = server_certificate(profile)
    assert found.sha256 == sha256(certificates.server.certificate)
    assert found.subject == "CN=localhost,O=Example"
    assert found.issuer == "CN=Test CA,O=Example"
    assert not found.self_signed
    assert {"localhost", "127.0.0.1", "::1"} <= set(found.names)
    assert found.valid_from is not None
    assert found.valid_until is not None
    assert found.valid_from < datetime.now(UTC) < found.valid_until
    assert ssl.PEM_cert_to_DER_cert(found.pem) == ssl.PEM_cert_to_DER_cert(
        certificates.server.certificate.read_text()
    )
    assert found.sha256[:2].upper() + ":" in str(found)


def test_what_is_shown_can_be_pinned(start_slapd):
    server = start_slapd(certificate="expired", empty=True)
    found = server_certificate(profile_of(server, tls=TlsSettings()))
    connect(profile_of(server, tls=TlsSettings(pinned_sha256=found.sha256))).close()


def test_looking_sends_neither_name_nor_password_nor_certificate(certificates):
    with HostileServer(refuse_start_tls()) as server:
        with pytest.raises(TlsFailed):
            server_certificate(hostile_profile(server))
        assert PASSWORD.encode() not in server.received
        assert len(server.requests) == 1
    tls = TlsSettings(
        client_certificate=certificates.client.certificate, client_key=certificates.client.key
    )
    with greeting_server(certificates, verify_mode=ssl.CERT_OPTIONAL) as (port, _):
        found = server_certificate(ConnectionProfile(hosts="127.0.0.1", port=port, tls=tls))
    assert found.sha256 == sha256(certificates.server.certificate)


def test_a_plain_line_shows_no_certificate(slapd):
    with pytest.raises(ConfigurationError, match="plain line"):
        server_certificate(profile_of(slapd, "plain"))


def test_without_the_extra_it_is_said_how_to_get_it(slapd, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "cryptography", None)
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    with pytest.raises(ConfigurationError, match=r"ldapconnector\[certificates\]"):
        server_certificate(profile_of(slapd))
    with connect(profile_of(slapd)) as directory:  # it is not needed to connect
        from ldapconnector.connector import discover

        found = discover(directory).certificate
    assert found is not None
    assert len(found.sha256) == 64
    assert found.subject == ""
