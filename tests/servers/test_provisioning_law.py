"""The second plan is empty on real servers, too: slapd and 389 Directory Server."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from _cycle_process import TOML, people
from _launchers import ldap_utils
from ldapconnector import Configuration, LdapConnector, Provisioner

COUNT = 8
USERS = st.lists(st.integers(0, COUNT - 1), unique=True, max_size=COUNT)


def check(server, anchor, monkeypatch, rounds):
    """Apply rounds of users one after the other; what was applied needs nothing more."""
    ldap_utils.clean(server)
    monkeypatch.setenv("LDAP_PASSWORD", server.admin_password)
    text = TOML.format(url=server.url, user=server.admin_dn, people=server.people, anchor=anchor)
    configuration = Configuration.loads(text)
    with LdapConnector(configuration.connector) as connector:
        provisioner = Provisioner(connector, configuration.rules)
        for turn, chosen in rounds:
            everybody = people(COUNT, turn)
            users = [everybody[number] for number in chosen]
            plan = provisioner.plan(users)
            failed = [one for one in provisioner.apply(plan) if one.error and one.change.writes]
            assert not failed, [str(one) for one in failed]
            second = provisioner.plan(users)
            held_up = {one.source for one in plan.faults}
            assert {one.source for one in second.changes} <= held_up, second.to_text(values=True)


ROUNDS = st.lists(st.tuples(st.integers(0, 5), USERS), min_size=1, max_size=3)
LAW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.server
@LAW
@given(rounds=ROUNDS)
def test_on_openldap(slapd, monkeypatch, rounds):
    check(slapd, "entryUUID", monkeypatch, rounds)


@pytest.mark.server
@LAW
@given(rounds=ROUNDS)
def test_on_389(ds389, monkeypatch, rounds):
    check(ds389, "nsUniqueId", monkeypatch, rounds)
