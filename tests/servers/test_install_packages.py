"""The script that installs the test servers' packages never fails and never insists."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("install-packages.sh")
TOOLS = ("sh", "grep", "printf", "mktemp", "rm", "tail", "cat", "chmod")


@pytest.fixture
def machine(tmp_path):
    """A machine that has nothing but the tools it is given; all calls of apt-get are noted."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    log = tmp_path / "calls"
    log.touch()

    def give(name, body):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
        path.chmod(0o755)

    def run():
        done = subprocess.run(
            ["sh", SCRIPT],
            env={
                "PATH": str(folder),
                "TMPDIR": str(tmp_path),
                "POLICY_RC_D": str(tmp_path / "policy-rc.d"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout, log.read_text(encoding="ascii").splitlines()

    give("timeout", 'shift\nexec "$@"')
    give("id", "echo 0")
    return give, run, log


def test_without_apt_it_says_so(machine):
    _, run, _ = machine
    said, calls = run()
    assert "no apt-get here" in said
    assert calls == []


def test_where_all_is_installed_it_does_nothing(machine):
    give, run, log = machine
    give("dpkg-query", "echo install ok installed")
    give("apt-get", f'echo "$@" >>{log}')
    give("krb5-config", ":")
    give("gcc", ":")
    assert run() == ("", [])


def test_an_ordinary_user_installs_nothing(machine):
    give, run, log = machine
    give("dpkg-query", "exit 1")
    give("apt-get", f'echo "$@" >>{log}')
    give("id", "echo 1000")
    said, calls = run()
    assert "not root" in said
    assert "slapd" in said
    assert calls == []


def test_what_is_absent_is_installed_server_by_server(machine):
    give, run, log = machine
    # Only 389 Directory Server is absent.
    give("dpkg-query", 'case "$*" in *389-ds-base*) exit 1;; esac; echo install ok installed')
    give("apt-get", f'echo "$@" >>{log}')
    give("krb5-config", ":")
    give("gcc", ":")
    _, calls = run()
    assert calls == ["update -qq", "install -y -qq --no-install-recommends 389-ds-base"]


def test_what_cannot_be_had_does_not_cost_the_others(machine):
    give, run, log = machine
    give("dpkg-query", "exit 1")
    give(
        "apt-get",
        f'echo "$@" >>{log}; case "$*" in *slapd*|update*) echo "E: no such"; exit 100;; esac',
    )
    said, calls = run()
    assert "could not install slapd" in said
    assert "E: no such" in said
    assert any("krb5-kdc" in call for call in calls)
    assert any("apacheds" in call for call in calls)


def test_no_daemon_starts_meanwhile(machine, tmp_path):
    give, run, log = machine
    policy = tmp_path / "policy-rc.d"
    give("dpkg-query", "exit 1")
    give("apt-get", f'echo "$@" >>{log}; {policy}; echo "policy $?" >>{log}')
    _, calls = run()
    assert "policy 101" in calls
    assert "policy 0" not in calls
    assert not policy.exists()


def test_a_policy_of_the_machine_stays(machine, tmp_path):
    give, run, _ = machine
    policy = tmp_path / "policy-rc.d"
    policy.write_text("mine", encoding="ascii")
    give("dpkg-query", "exit 1")
    give("apt-get", ":")
    run()
    assert policy.read_text(encoding="ascii") == "mine"
