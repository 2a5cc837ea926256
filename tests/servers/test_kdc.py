"""The Kerberos realm gives tickets, and OpenLDAP takes them."""

from __future__ import annotations

import os
import subprocess

import pytest

pytestmark = pytest.mark.server


@pytest.mark.parametrize("user", ["alice", "ext"])
def test_a_ticket_is_an_entry(slapd_gssapi, kdc, tmp_path, user):
    environment = kdc.get_ticket(tmp_path / "cache", user)
    done = subprocess.run(
        ["ldapwhoami", "-N", "-Q", "-Y", "GSSAPI", "-H", f"ldap://localhost:{slapd_gssapi.port}"],
        env={**os.environ, **environment, "LDAPNOINIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == f"dn:uid={user},ou=staff,{slapd_gssapi.suffix}", done.stderr


def test_no_ticket_no_entry(slapd_gssapi, kdc, tmp_path):
    environment = kdc.client_environment(tmp_path / "empty")
    done = subprocess.run(
        ["ldapwhoami", "-N", "-Q", "-Y", "GSSAPI", "-H", f"ldap://localhost:{slapd_gssapi.port}"],
        env={**os.environ, **environment, "LDAPNOINIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "No Kerberos credentials" in done.stderr
