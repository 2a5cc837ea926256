"""The fixtures that users get by installing the library."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

TESTS = """
import socket

def test_one(real_openldap):
    assert real_openldap.tls_url.startswith("ldaps://127.0.0.1:")
    socket.create_connection((real_openldap.host, real_openldap.port)).close()

def test_two(real_openldap):
    assert real_openldap.people == "ou=people,dc=example,dc=com"
"""


def run(folder, **environment):
    (folder / "test_user.py").write_text(TESTS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-W", "error", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.server
def test_real_openldap_is_there_without_asking(slapd, tmp_path):
    assert "2 passed" in run(tmp_path)


def test_real_openldap_skips_with_the_reason(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "import ldapconnector.testing._openldap as launcher\nlauncher._SCHEMAS = ()\n",
        encoding="utf-8",
    )
    shown = run(tmp_path)
    assert "2 skipped" in shown
    assert "slapd (Debian package: slapd) is not installed" in shown
