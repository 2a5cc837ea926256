"""The connection profile: what it accepts, what it refuses, and how it says so."""

from __future__ import annotations

import pickle

import pytest

from ldapconnector.errors import ConfigurationError
from ldapconnector.names import DN
from ldapconnector.profile import (
    Anonymous,
    ConnectionProfile,
    Controls,
    External,
    Kerberos,
    Partition,
    RetryPolicy,
    Security,
    SimpleBind,
    Timeouts,
    TlsSettings,
    TlsVersion,
    Use,
    WizardBinding,
)
from ldapconnector.secret import Secret

PIN = "ab" * 32


def paths(error: pytest.ExceptionInfo[ConfigurationError]) -> list[str]:
    return [fault.path for fault in error.value.faults]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("ldap.example.com", "ldap.example.com:636"),
        ("ldap.example.com:1636", "ldap.example.com:1636"),
        ("192.0.2.1", "192.0.2.1:636"),
        ("192.0.2.1:3269", "192.0.2.1:3269"),
        ("::1", "[::1]:636"),
        ("[::1]", "[::1]:636"),
        ("[2001:db8::1]:1636", "[2001:db8::1]:1636"),
    ],
)
def test_hosts_are_read_in_every_form(host, address):
    (found,) = ConnectionProfile(hosts=host).addresses
    assert str(found) == address


@pytest.mark.parametrize(
    "host", ["", " ", "ldap://a", "a/b", "a b", "u@a", "a:0", "a:65536", "a:x", "[::1", "[::1]x"]
)
def test_what_is_no_host_is_refused_with_its_path(host):
    with pytest.raises(ConfigurationError) as error:
        ConnectionProfile(hosts=["ldap.example.com", host])
    assert paths(error) == ["$.hosts[1]"]


def test_hosts_must_not_be_empty():
    with pytest.raises(ConfigurationError) as error:
        ConnectionProfile(hosts=())
    assert paths(error) == ["$.hosts"]


@pytest.mark.parametrize(("security", "port"), [("plain", 389), ("starttls", 389), ("ldaps", 636)])
def test_the_port_follows_the_security(security, port):
    assert ConnectionProfile(hosts="a", security=security).addresses[0].port == port


def test_a_given_port_is_for_hosts_without_one():
    profile = ConnectionProfile(hosts=["a", "b:1"], port=2)
    assert [address.port for address in profile.addresses] == [2, 1]


def test_the_default_is_a_verified_line_and_nobody():
    profile = ConnectionProfile(hosts="a")
    assert profile.security is Security.LDAPS
    assert profile.binding == Anonymous()
    assert profile.tls.minimum_version is TlsVersion.V1_2
    assert not profile.tls.dangerously_accept_any_certificate


@pytest.mark.parametrize("host", ["ldap.example.com", "127.0.0.1", "localhost", "::1"])
def test_a_password_needs_a_secured_line_or_a_word_also_on_loopback(host):
    bind = SimpleBind("cn=admin", "pw")
    with pytest.raises(ConfigurationError, match="allow_cleartext_credentials") as error:
        ConnectionProfile(hosts=host, security="plain", binding=bind)
    assert paths(error) == ["$.binding"]
    allowed = ConnectionProfile(
        hosts=host, security="plain", binding=bind, allow_cleartext_credentials=True
    )
    assert allowed.binding is bind


def test_a_client_certificate_is_needed_for_external_and_a_secured_line():
    with pytest.raises(ConfigurationError) as error:
        ConnectionProfile(hosts="a", security="plain", binding=External())
    assert paths(error) == ["$.binding", "$.tls.client_certificate"]


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigurationError) as error:
        ConnectionProfile(
            hosts=["a b", "a:x"],
            port=70000,
            binding=External(),
            attribute_aliases=["userCertificate", "mail;", "userCertificate;binary"],
        )
    assert paths(error) == [
        "$.hosts[0]",
        "$.hosts[1]",
        "$.port",
        "$.tls.client_certificate",
        "$.attribute_aliases[0]",
        "$.attribute_aliases[1]",
    ]


@pytest.mark.parametrize("pin", ["", "ab", "zz" * 32, "ab" * 20])
def test_a_thumbprint_must_be_one_of_sha256(pin):
    with pytest.raises(ConfigurationError) as error:
        TlsSettings(pinned_sha256=[PIN, pin])
    assert paths(error) == ["$.pinned_sha256[1]"]


@pytest.mark.parametrize(
    "written", [PIN, PIN.upper(), ":".join(["AB"] * 32), " ".join(["ab"] * 32)]
)
def test_a_thumbprint_is_read_as_tools_print_it(written):
    assert TlsSettings(pinned_sha256=written).pinned_sha256 == (PIN,)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"client_key": "k.pem"}, "$.client_key"),
        (
            {"dangerously_accept_any_certificate": True, "ca_file": "ca.pem"},
            "$.dangerously_accept_any_certificate",
        ),
        (
            {"dangerously_accept_any_certificate": True, "pinned_sha256": PIN},
            "$.dangerously_accept_any_certificate",
        ),
    ],
)
def test_tls_settings_that_contradict_one_another_are_refused(settings, path):
    with pytest.raises(ConfigurationError) as error:
        TlsSettings(**settings)
    assert paths(error) == [path]


@pytest.mark.parametrize("version", ["1.0", "1.1", "SSLv3"])
def test_no_tls_before_1_2_can_be_asked_for(version):
    with pytest.raises(ConfigurationError, match=version.replace(".", r"\.")):
        TlsSettings(minimum_version=version)


@pytest.mark.parametrize("field", ["connect", "read", "write"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_timeout_is_never_nothing(field, value):
    with pytest.raises(ConfigurationError, match=field):
        Timeouts(**{field: value})


def test_waits_grow_to_a_bound_and_chance_shortens_them():
    policy = RetryPolicy(first_delay=1, factor=3, longest_delay=5, jitter=0.5)
    assert [policy.delay(n, chance=0) for n in range(4)] == [1, 3, 5, 5]
    assert [policy.delay(n, chance=1) for n in range(4)] == [0.5, 1.5, 2.5, 2.5]


@pytest.mark.parametrize(
    ("url", "security", "address"),
    [
        ("ldap://127.0.0.1:3890", Security.PLAIN, "127.0.0.1:3890"),
        ("ldap://a.example/", Security.PLAIN, "a.example:389"),
        ("LDAPS://a.example", Security.LDAPS, "a.example:636"),
        ("ldaps://[::1]:1636", Security.LDAPS, "[::1]:1636"),
    ],
)
def test_an_address_gives_a_profile(url, security, address):
    profile = ConnectionProfile.from_url(url)
    assert (profile.security, str(profile.addresses[0])) == (security, address)


@pytest.mark.parametrize(
    "url",
    [
        "http://a",
        "a:389",
        "ldap://",
        "ldap://a/dc=example",
        "ldap://a?cn",
        "ldap://user:hunter2@a",
        "ldap://a:x",
        "ldap://[::1",
        "ldap://a:99999",
    ],
)
def test_another_address_is_refused_and_shows_no_password(url):
    with pytest.raises(ConfigurationError) as error:
        ConnectionProfile.from_url(url)
    assert paths(error) == ["$.url"]
    assert "hunter2" not in str(error.value)


def test_start_tls_is_for_ldap_addresses_only():
    assert ConnectionProfile.from_url("ldap://a", start_tls=True).security is Security.STARTTLS
    with pytest.raises(ConfigurationError, match="secured already"):
        ConnectionProfile.from_url("ldaps://a", start_tls=True)


def test_an_address_takes_its_authority_along():
    profile = ConnectionProfile.from_url("ldaps://a", ca_file="ca.pem")
    assert str(profile.tls.ca_file) == "ca.pem"


def test_a_user_of_an_address_needs_a_password():
    with pytest.raises(ConfigurationError, match=r"\$\.password"):
        ConnectionProfile.from_url("ldaps://a", user="cn=admin")
    profile = ConnectionProfile.from_url("ldaps://a", user="cn=admin", password="pw")
    assert isinstance(profile.binding, SimpleBind)
    assert profile.binding.password.reveal() == "pw"


@pytest.mark.parametrize(
    ("answers", "security", "binding"),
    [
        ({"binding": "Anonymous"}, Security.PLAIN, Anonymous),
        (
            {"binding": "Basic", "user": "u", "password": "p", "allow_cleartext_credentials": True},
            Security.PLAIN,
            SimpleBind,
        ),
        ({"binding": "SSL", "user": "u", "password": "p"}, Security.LDAPS, SimpleBind),
        ({"binding": "tls", "user": "u", "password": "p"}, Security.STARTTLS, SimpleBind),
        ({"binding": "SSL"}, Security.LDAPS, Anonymous),
        (
            {"binding": "SSL", "tls": TlsSettings(client_certificate="c.pem")},
            Security.LDAPS,
            External,
        ),
        (
            {"binding": "TLS", "tls": TlsSettings(client_certificate="c.pem"), "user": "ignored"},
            Security.STARTTLS,
            External,
        ),
        ({"binding": "Kerberos", "user": "svc", "realm": "EXAMPLE.COM"}, Security.PLAIN, Kerberos),
        ({"binding": WizardBinding.KERBEROS}, Security.PLAIN, Kerberos),
    ],
)
def test_the_wizards_answers_give_a_profile(answers, security, binding):
    profile = ConnectionProfile.from_wizard(host="a", **answers)
    assert profile.security is security
    assert type(profile.binding) is binding


def test_a_word_that_the_wizard_does_not_know_gets_a_suggestion():
    with pytest.raises(ConfigurationError, match="Did you mean Kerberos"):
        ConnectionProfile.from_wizard(host="a", binding="Kerberros")


def test_kerberos_takes_one_host_and_not_a_service_name():
    with pytest.raises(ConfigurationError, match="HOST"):
        Kerberos(service_host="ldap/a@EXAMPLE.COM")
    assert Kerberos(principal="svc@A.B", realm="C.D").full_principal == "svc@A.B"
    assert Kerberos(realm="C.D").full_principal == ""


def test_partitions_change_only_what_they_name():
    profile = ConnectionProfile(
        hosts="a:1636",
        tls=TlsSettings(ca_file="ca.pem"),
        partitions=[
            Partition(dn="dc=one"),
            Partition(dn="dc=two", hosts="b", security="starttls"),
            Partition(dn="dc=three", binding=SimpleBind("cn=x", "y")),
        ],
    )
    one, two, three = (profile.for_partition(partition) for partition in profile.partitions)
    assert one is profile
    assert (str(two.addresses[0]), two.tls) == ("b:389", profile.tls)
    assert (three.hosts, type(three.binding)) == (profile.hosts, SimpleBind)


def test_the_fault_of_a_partition_has_the_partitions_path():
    with pytest.raises(ConfigurationError) as error:
        ConnectionProfile(
            hosts="a",
            binding=SimpleBind("cn=x", "y"),
            partitions=[Partition(dn="dc=one"), Partition(dn="dc=two", security="plain")],
        )
    assert paths(error) == ["$.partitions[1].binding"]


def test_a_partition_without_containers_is_whole():
    whole = Partition(dn="dc=example")
    parts = Partition(dn="dc=example", import_containers=["ou=a,dc=example"])
    assert whole.covers("cn=x,ou=b,dc=example")
    assert not whole.covers("dc=other")
    assert parts.covers("OU=A, dc=example")
    assert parts.may_export("cn=x,ou=b,dc=example")
    assert not parts.covers("cn=x,ou=b,dc=example")


def test_controls_are_used_as_the_server_tells_unless_it_is_said():
    controls = Controls(assertion="never", tree_delete=Use.ALWAYS)
    assert [
        controls.wants(name, advertised=advertised)
        for name in ("assertion", "tree_delete", "paged_results")
        for advertised in (True, False)
    ] == [False, False, True, True, True, False]


def test_a_profile_is_hashable_picklable_and_shows_no_secret():
    profile = ConnectionProfile(
        hosts="a",
        binding=SimpleBind("cn=admin", Secret.env("LDAP_PASSWORD")),
        change_log_dn="CN=changelog",
        partitions=[Partition(dn="dc=example")],
    )
    assert profile.change_log_dn == DN.parse("cn=changelog")
    assert pickle.loads(pickle.dumps(profile)) == profile
    assert len({profile, pickle.loads(pickle.dumps(profile))}) == 1
    assert "hunter2" not in repr(ConnectionProfile(hosts="a", binding=SimpleBind("u", "hunter2")))
