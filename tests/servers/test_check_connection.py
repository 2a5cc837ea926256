"""check_connection: every step is named, timed, and says what to do."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from _launchers.hostile import HostileServer, refuse_start_tls
from _launchers.ldap_utils import run_ldapsearch
from _profiles import ONCE, profile_of
from ldapconnector.connector import StepResult, check_connection
from ldapconnector.directory import connect
from ldapconnector.entries import Add, Entry
from ldapconnector.errors import BindRefused, ConnectionFailed, EntryNotFound, NotAllowed, TlsFailed
from ldapconnector.profile import ConnectionProfile, Partition, SimpleBind, TlsSettings
from ldapconnector.secret import Secret


@pytest.fixture(params=["slapd", "ds389"])
def server(request):
    return request.getfixturevalue(f"clean_{request.param}")


def yesterday():
    """A day on which the test certificates are valid for more than a month."""
    return datetime.now(UTC) - timedelta(days=10)


def results(report):
    return {step.name: step.result.value for step in report.steps}


@pytest.mark.parametrize("security", ["plain", "starttls", "ldaps"])
def test_all_is_well(server, security):
    report = check_connection(
        profile_of(server, security), probe_container=server.people, now=yesterday
    )
    assert report.ok, str(report)
    names = [step.name for step in report.steps]
    secured = [] if security == "plain" else ["tls"]
    assert names[: 5 + len(secured)] == [
        *("resolve", "connect"),
        *secured,
        *("bind", "root DSE", "schema"),
    ]
    assert f"partition {server.suffix}" in names
    assert names[-1] == "write probe"
    assert all(step.seconds > 0 for step in report.steps)
    assert (report.certificate is None) == (security == "plain")
    assert report.discovery is not None
    assert report.discovery.identification.product in report.step("root DSE").detail
    # The probe left nothing behind.
    assert [seen.dn for seen in run_ldapsearch(server, base=server.people)] == [server.people]


def test_the_report_is_aligned_and_holds_no_password(server):
    report = check_connection(profile_of(server))
    lines = str(report).splitlines()
    column = lines[0].index("ms")
    assert all(
        line[column : column + 2] == "ms" for line in lines if line[:7].strip() in set(StepResult)
    )
    assert max(map(len, lines)) < 140
    assert server.admin_password not in str(report)


def test_a_name_that_does_not_resolve():
    report = check_connection(
        ConnectionProfile(hosts="no-such-host.invalid"), probe_container="dc=x"
    )
    assert results(report) == {
        "resolve": "failed",
        "connect": "skipped",
        "tls": "skipped",
        "bind": "skipped",
        "root DSE": "skipped",
        "schema": "skipped",
        "partitions": "skipped",
        "write probe": "skipped",
    }
    assert isinstance(report.step("resolve").error, ConnectionFailed)
    assert report.step("resolve").next_step
    assert not report.ok


def test_a_port_on_which_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    report = check_connection(ConnectionProfile(hosts="127.0.0.1", port=port))
    assert "nobody listens" in report.step("connect").detail
    assert [step.name for step in report.failed] == ["connect"]


@pytest.mark.parametrize("shown", ["expired", "wrong_name", "unknown_ca"])
def test_a_bad_certificate_and_whose_it_is(start_slapd, shown):
    server = start_slapd(certificate=shown, empty=True)
    report = check_connection(profile_of(server))
    step = report.step("tls")
    assert step.result is StepResult.FAILED
    assert isinstance(step.error, TlsFailed)
    assert "CN=localhost" in step.detail
    assert report.certificate is not None
    assert report.step("bind").result is StepResult.SKIPPED


def test_a_certificate_that_expires_soon_is_a_warning(slapd):
    def soon():
        return datetime.now(UTC) + timedelta(days=20)

    report = check_connection(profile_of(slapd), now=soon)
    assert report.step("tls").result is StepResult.WARNING
    assert "expires" in report.step("tls").next_step
    assert report.ok


def test_a_line_that_verifies_nothing_is_a_warning(slapd):
    tls = TlsSettings(dangerously_accept_any_certificate=True)
    report = check_connection(profile_of(slapd, tls=tls), now=yesterday)
    assert report.step("tls").result is StepResult.WARNING


def test_starttls_that_is_refused():
    with HostileServer(refuse_start_tls()) as hostile:
        profile = ConnectionProfile.from_url(
            hostile.url, start_tls=True, user="cn=admin", password="hunter2"
        )
        report = check_connection(profile)
        assert b"hunter2" not in hostile.received
    assert report.step("tls").result is StepResult.FAILED


def test_a_wrong_password_still_tells_what_the_server_is(server):
    report = check_connection(profile_of(server, user=server.user_dn, password="wrong"))
    assert isinstance(report.step("bind").error, BindRefused)
    told = report.step("root DSE before the bind")
    assert told.result is StepResult.OK
    assert "OpenLDAP" in told.detail or "389" in told.detail
    assert not report.ok


def test_a_secret_that_is_not_there(server, monkeypatch):
    monkeypatch.delenv("LDAP_ABSENT", raising=False)
    profile = profile_of(server, binding=SimpleBind(server.admin_dn, Secret.env("LDAP_ABSENT")))
    assert "LDAP_ABSENT" in check_connection(profile).step("bind").detail


def test_partitions_and_their_containers(server):
    report = check_connection(
        profile_of(
            server,
            partitions=[
                Partition(dn=server.suffix, import_containers=[server.people]),
                Partition(dn=server.suffix, import_containers=[f"ou=nowhere,{server.suffix}"]),
                Partition(dn="dc=elsewhere"),
            ],
        )
    )
    parts = [step for step in report.steps if step.name.startswith("partition")]
    assert [step.result.value for step in parts] == ["ok", "failed", "failed"]
    assert server.people in parts[0].detail
    assert all(isinstance(step.error, EntryNotFound) for step in parts[1:])
    assert all(step.next_step for step in parts[1:])


def test_a_partition_with_referrals_is_a_warning(start_slapd):
    server = start_slapd()
    with connect(profile_of(server)) as directory:
        values = {"objectClass": ["referral", "extensibleObject"], "ref": "ldap://elsewhere/"}
        directory.apply(Add(Entry(f"ou=away,{server.people}", values)))
    profile = profile_of(server, partitions=[Partition(dn=server.people)])
    report = check_connection(profile, now=yesterday)
    assert report.step("partition").result is StepResult.WARNING
    assert "other servers" in report.step("partition").detail
    assert report.ok


def test_a_partition_that_is_reached_in_another_way(slapd, ds389):
    report = check_connection(
        profile_of(
            slapd,
            partitions=[
                Partition(
                    dn=f"ou=staff,{ds389.suffix}",
                    port=ds389.tls_port,
                    binding=SimpleBind(ds389.admin_dn, ds389.admin_password),
                ),
                Partition(dn="dc=a", port=ds389.tls_port, binding=SimpleBind("cn=x", "wrong")),
            ],
        )
    )
    good, bad = (step for step in report.steps if step.name.startswith("partition"))
    assert good.result is StepResult.OK
    assert str(ds389.tls_port) in good.detail
    assert bad.result is StepResult.FAILED


def test_an_account_that_may_not_write(server):
    report = check_connection(
        profile_of(server, user="user"), probe_container=server.people, now=yesterday
    )
    assert [step.name for step in report.failed] == ["write probe"]
    assert isinstance(report.step("write probe").error, NotAllowed)


def test_every_host_is_checked(slapd, ds389):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = listener.getsockname()[1]
    profile = profile_of(
        slapd, hosts=[f"127.0.0.1:{dead}", f"127.0.0.1:{slapd.tls_port}", "localhost"]
    )
    report = check_connection(profile)
    assert len([step for step in report.steps if step.name.startswith("bind ")]) == 3
    assert [step.name for step in report.failed] == [f"connect 127.0.0.1:{dead}"]
    assert report.step("root DSE").result is StepResult.OK


def test_nobody_binds(slapd):
    report = check_connection(profile_of(slapd, user="", retry=ONCE), now=yesterday)
    assert report.ok
    assert "anonymous" in report.step("bind").detail


def test_a_step_that_is_not_there_is_a_key_error(slapd):
    with pytest.raises(KeyError):
        check_connection(profile_of(slapd)).step("coffee")
