"""Killed at any moment, a cycle loses no link and doubles no account: real processes.

The provisioning process is killed after a random number of requests, and slapd is killed
while requests are under way. Then everything is begun anew, and ldapsearch counts.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from _cycle_process import TOML, people
from _launchers.ldap_utils import run_ldapsearch
from ldapconnector import Configuration, LdapConnector, Provisioner
from ldapconnector.provisioning import AuditRecord, SqliteLinks

SCRIPT = Path(__file__).with_name("_cycle_process.py")
USERS = 40


def toml(server, anchor="entryUUID"):
    return TOML.format(url=server.url, user=server.admin_dn, people=server.people, anchor=anchor)


def cycle(server, path, turn, *, lines=None):
    """Run a cycle in its own process; kill it after so many requests. Return its requests."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(path), str(USERS), str(turn)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"LDAP_PASSWORD": server.admin_password, "PYTHONPATH": str(SCRIPT.parent)},
    ) as process:
        process.stdin.write(toml(server))
        process.stdin.close()
        seen = 0
        for _ in process.stdout:
            seen += 1
            if lines is not None and seen >= lines:
                process.kill()
                return seen
        errors = process.stderr.read()
    assert process.returncode == 0, errors
    assert not errors
    return seen


def check(server, path, turn, monkeypatch):
    """What must hold once everything went through, by ldapsearch and by the store."""
    found = run_ldapsearch(
        server, server.people, "(objectClass=inetOrgPerson)", attributes=["*", "entryUUID"]
    )
    users = {user["mail"]: user for user in people(USERS, turn)}
    by_mail = {entry.attributes["mail"][0].decode(): entry for entry in found}
    assert len(found) == len(by_mail)
    numbers = [entry.attributes["employeeNumber"][0] for entry in found]
    assert len(set(numbers)) == len(numbers)
    assert all(entry.attributes.get("userPassword") for entry in found)
    with SqliteLinks(path) as links:
        anchors = {link.anchor for link in links.links().values()}
        assert anchors == {entry.attributes["entryUUID"][0] for entry in found}
        assert not links.intents()
        assert not any(link.pending for link in links.links().values())
        for mail, entry in by_mail.items():
            user = users[mail]
            assert links.get(user["id"]).anchor == entry.attributes["entryUUID"][0]
            left = list(entry.attributes.get("employeeType", ())) == [b"left"]
            assert left is not user["accountEnabled"]
        monkeypatch.setenv("LDAP_PASSWORD", server.admin_password)
        configuration = Configuration.loads(toml(server))
        with LdapConnector(configuration.connector) as connector:
            provisioner = Provisioner(connector, configuration.rules, links=links)
            plan = provisioner.plan(people(USERS, turn))
            assert plan.empty, plan.to_text()
    return found


@pytest.mark.server
@pytest.mark.parametrize("seed", range(3))
def test_the_process_is_killed_at_random_points(clean_slapd, tmp_path, monkeypatch, seed):
    draw = random.Random(seed)
    path = tmp_path / "links.db"
    for turn in range(3):
        for _ in range(3):
            cycle(clean_slapd, path, turn, lines=draw.randint(1, 60))
        cycle(clean_slapd, path, turn)
        cycle(clean_slapd, path, turn)  # names that were freed in the cycle before
        found = check(clean_slapd, path, turn, monkeypatch)
        assert len(found) == USERS


@pytest.mark.server
@pytest.mark.parametrize("seed", range(3))
def test_slapd_is_killed_at_random_points(start_slapd, tmp_path, monkeypatch, seed):
    draw = random.Random(seed)
    server = start_slapd()
    path = tmp_path / "links.db"
    monkeypatch.setenv("LDAP_PASSWORD", server.admin_password)
    configuration = Configuration.loads(toml(server))
    for turn in range(2):
        left = draw.randint(1, 70)

        def told(notice):
            nonlocal left
            if isinstance(notice, AuditRecord):
                left -= 1
                if left == 0:
                    server.kill()

        with SqliteLinks(path) as links, LdapConnector(configuration.connector) as connector:
            provisioner = Provisioner(connector, configuration.rules, links=links, observer=told)
            outcomes = list(provisioner.apply(provisioner.plan(people(USERS, turn))))
            assert len(outcomes) >= USERS - 1
        server.restart()
        cycle(server, path, turn)
        cycle(server, path, turn)
        found = check(server, path, turn, monkeypatch)
        assert len(found) == USERS
