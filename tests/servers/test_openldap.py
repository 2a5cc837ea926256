"""The launcher of OpenLDAP gives what it promises, seen through the system's own LDAP tools."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from _launchers.ldap_utils import clean, run_ldapmodify, run_ldapsearch, run_tool
from _launchers.waiting import eventually
from ldapconnector.errors import ConnectionFailed

pytestmark = pytest.mark.server

PERSON = """dn: uid={uid},{parent}
objectClass: inetOrgPerson
uid: {uid}
cn: {uid}
sn: {uid}
"""


def add_people(server, *uids, parent=None):
    parent = parent or server.people
    return run_ldapmodify(server, "\n".join(PERSON.format(uid=uid, parent=parent) for uid in uids))


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_tree_and_overlays(slapd):
    containers = run_ldapsearch(slapd, slapd.suffix, scope="one", attributes=["ou"])
    assert {seen.text("ou")[0] for seen in containers} == {
        "people",
        "groups",
        "policies",
        "staff",
    }
    overlays = run_tool(
        "ldapsearch",
        slapd,
        *("-LLL", "-b", "cn=config", "(objectClass=olcOverlayConfig)", "olcOverlay"),
        bind=(slapd.extra["config_dn"], slapd.extra["config_password"]),
    )
    for name in ("memberof", "refint", "ppolicy", "accesslog", "syncprov", "unique", "dynlist"):
        assert f"}}{name}\n" in overlays.output


def test_overlays_work(clean_slapd):
    assert add_people(clean_slapd, "ada", "bob").code == 0
    refused = run_ldapmodify(
        clean_slapd,
        PERSON.format(uid="ada", parent=clean_slapd.people).replace("uid=ada,", "cn=ada,"),
    )
    assert refused.code == 19, refused.errors  # unique: constraintViolation
    group = (
        f"dn: cn=admins,{clean_slapd.groups}\nobjectClass: groupOfNames\ncn: admins\n"
        f"member: uid=ada,{clean_slapd.people}\nmember: uid=bob,{clean_slapd.people}\n"
    )
    assert run_ldapmodify(clean_slapd, group).code == 0
    (ada,) = run_ldapsearch(clean_slapd, filter_text="(uid=ada)", attributes=["memberOf"])
    assert ada.text("memberOf") == (f"cn=admins,{clean_slapd.groups}",)
    assert run_tool("ldapdelete", clean_slapd, f"uid=ada,{clean_slapd.people}").code == 0

    def members():
        (seen,) = run_ldapsearch(clean_slapd, clean_slapd.groups, "(cn=admins)", ["member"])
        return seen.text("member")

    assert members() == (f"uid=bob,{clean_slapd.people}",)
    log = run_ldapsearch(clean_slapd, "cn=accesslog", "(objectClass=auditDelete)", ["reqDN"])
    assert f"uid=ada,{clean_slapd.people}" in {seen.text("reqDN")[0] for seen in log}


def test_clean_removes_trees_and_keeps_the_accounts(clean_slapd):
    unit = f"ou=sub,{clean_slapd.people}"
    assert (
        run_ldapmodify(clean_slapd, f"dn: {unit}\nobjectClass: organizationalUnit\nou: sub\n").code
        == 0
    )
    assert add_people(clean_slapd, "ada", "bob", parent=unit).code == 0
    clean(clean_slapd)
    assert [seen.dn for seen in run_ldapsearch(clean_slapd)] == [clean_slapd.people]
    assert run_ldapsearch(clean_slapd, clean_slapd.user_dn, scope="base")


@pytest.mark.parametrize("url", ["url", "tls_url"])
def test_accounts(slapd, url):
    address = getattr(slapd, url)

    def who(dn, password):
        return run_tool("ldapwhoami", slapd, bind=(dn, password), url=address)

    assert who(slapd.user_dn, slapd.user_password).output.strip() == f"dn:{slapd.user_dn}"
    assert who("", "").output.strip() == "anonymous"
    assert who(slapd.user_dn, "wrong").code == 49
    assert who(slapd.extra["locked_dn"], slapd.user_password).code == 49


def test_start_tls_and_client_certificates(slapd):
    def who(pair):
        trust = ["-o", f"TLS_CACERT={slapd.ca_file}"]
        own = ["-o", f"TLS_CERT={pair.certificate}", "-o", f"TLS_KEY={pair.key}"]
        return subprocess.run(
            ["ldapwhoami", "-Q", "-Y", "EXTERNAL", "-ZZ", "-H", slapd.url, *trust, *own],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LDAPNOINIT": "1"},
        )

    good = who(slapd.certificates.client)
    assert good.stdout.strip() == f"dn:uid=ext,ou=staff,{slapd.suffix}", good.stderr
    assert who(slapd.certificates.bad_client).returncode != 0


@pytest.mark.parametrize("certificate", ["wrong_name", "expired", "unknown_ca"])
def test_a_bad_certificate_is_seen_as_bad(start_slapd, certificate):
    server = start_slapd(certificate=certificate)
    assert run_tool("ldapwhoami", server, url=server.tls_url).code == 255
    assert run_tool("ldapwhoami", server).code == 0


def test_size_limit_binds_everybody_but_the_administrator(start_slapd):
    server = start_slapd(size_limit=3)
    user = (server.user_dn, server.user_password)
    found = run_tool("ldapsearch", server, "-LLL", "-b", server.suffix, "1.1", bind=user)
    assert found.code == 4
    assert found.output.count("dn:") == 3
    assert len(run_ldapsearch(server, server.suffix)) > 3


def test_options(start_slapd):
    server = start_slapd(accesslog=False, certificates=None)
    assert (server.tls_url, server.extra["accesslog_dn"], server.tls_port) == ("", "", 0)
    assert run_tool("ldapsearch", server, "-b", "cn=accesslog", "-s", "base").code == 32


def test_contoso_is_empty(slapd_contoso):
    assert [seen.dn for seen in run_ldapsearch(slapd_contoso)] == ["dc=contoso,dc=lab"]
    assert add_people(slapd_contoso, "ada").code == 0
    clean(slapd_contoso)
    assert [seen.dn for seen in run_ldapsearch(slapd_contoso)] == ["dc=contoso,dc=lab"]


def test_crash_and_restart_keep_the_data(start_slapd):
    server = start_slapd()
    assert add_people(server, "ada").code == 0
    first = server.pid
    server.kill()
    assert not is_running(first)
    assert run_tool("ldapwhoami", server).code == 255
    server.restart()
    assert server.pid != first
    assert len(run_ldapsearch(server, filter_text="(uid=ada)")) == 1


def test_a_paused_server_hangs_and_goes_on(start_slapd):
    server = start_slapd()
    server.pause()
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            ["ldapwhoami", "-x", "-H", server.url], timeout=0.5, check=False, capture_output=True
        )
    server.resume()
    assert run_tool("ldapwhoami", server).code == 0


def test_stop_ends_a_paused_server_and_removes_the_folder(start_slapd):
    server = start_slapd()
    server.pause()
    server.stop()
    assert not is_running(server.pid)
    assert not server.folder.exists()
    server.stop()


def test_leaving_with_ends_the_server(start_slapd):
    with start_slapd() as server:
        assert is_running(server.pid)
    assert not is_running(server.pid)
    assert not server.folder.exists()


def test_a_failed_start_says_why_and_leaves_nothing(tmp_path, monkeypatch):
    from ldapconnector.testing import start_openldap

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ConnectionFailed, match="slapadd refused"):
        start_openldap("cn=nonsense")
    assert list(tmp_path.iterdir()) == []


PROGRAM = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
from ldapconnector.testing import start_openldap
server = start_openldap()
print(server.pid, server.folder, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_program_is_interrupted(slapd, number):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        pid, _, folder = program.stdout.readline().strip().partition(" ")
        assert is_running(int(pid))
        program.send_signal(number)
        program.wait(20)
        eventually(lambda: not is_running(int(pid)))
        eventually(lambda: not Path(folder).exists())
