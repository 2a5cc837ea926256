"""What somebody is told who gives a plan, a policy or a provisioner the wrong thing."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from ldapconnector import (
    Configuration,
    DeprovisioningPolicy,
    LdapConnector,
    MemoryDirectory,
    Plan,
    Provisioner,
    connect,
)
from ldapconnector.errors import ConfigurationError, MappingError, UsageError
from ldapconnector.mapping import AttributeMapping
from ldapconnector.planning import Flow
from ldapconnector.provisioning import SqliteLinks

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
USERS = json.loads((EXAMPLES / "users.json").read_text(encoding="utf-8"))


@pytest.fixture
def made():
    configuration = Configuration.load(EXAMPLES / "linux-openldap.toml")
    directory = MemoryDirectory.like("openldap", suffix="dc=contoso,dc=lab")
    connector = LdapConnector(configuration.connector, directory=directory)

    def provisioner(**settings):
        return Provisioner(connector, configuration.rules, **settings)

    return provisioner


@pytest.mark.parametrize(
    ("users", "words"),
    [
        (USERS, "not dict: the users of an answer of Microsoft Graph stand in its field 'value'"),
        ("ada", "users are several mappings, such as a list of them, not str"),
        (None, "not NoneType"),
        ([USERS["value"][0], 5], r"user number 1 \(counted from 0\) is a int"),
    ],
)
def test_users_that_are_none(made, users, words):
    provisioner = made()
    for act in (provisioner.plan, provisioner.full_cycle):
        with pytest.raises(UsageError, match=words):
            act(users)


def test_a_clock_without_a_zone(made):
    provisioner = made(clock=lambda: datetime(2026, 1, 1))  # noqa: DTZ001 -- the mistake
    with pytest.raises(UsageError, match=r"datetime\.now\(UTC\)"):
        provisioner.plan(USERS["value"])


@pytest.mark.parametrize(
    ("name", "odd", "path"),
    [
        ("items", 5, r"\$\.items: must be a list, not int"),
        ("items", [[5]], r"\$\.items\[0\]: a part of it is not of the kind"),
        ("parents", [5], r"\$\.parents\[0\]: a part of it is not of the kind"),
        ("holds", [5], r"\$: a part of it is not of the kind"),
        ("users", [], r"\$: a part of it is not of the kind"),
    ],
)
def test_a_plan_of_another_shape(made, name, odd, path):
    document = json.loads(made().plan(USERS["value"]).to_json())
    document[name] = odd
    with pytest.raises(ConfigurationError, match=f"^the saved plan: 1 fault\n  {path}"):
        Plan.from_json(json.dumps(document))


def test_a_flow_by_its_kind():
    assert DeprovisioningPolicy(disable="delete").disable == Flow.delete()
    with pytest.raises(UsageError, match=r"'remove' is no flow; .* none, delete, set, product"):
        DeprovisioningPolicy(delete="remove")


def test_a_source_is_no_text():
    with pytest.raises(MappingError, match=r'not str: write Direct\("mail"\)') as caught:
        AttributeMapping(target="mail", source="mail")
    assert caught.value.target == "mail"


def test_connect_takes_a_profile():
    with pytest.raises(UsageError, match=r"not str: write ConnectionProfile\.from_url"):
        connect("ldap://localhost")


def test_a_store_in_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(UsageError, match="its folder must exist"):
        SqliteLinks(tmp_path / "none" / "links.db")
