"""What a connector is made of and asked, in the wrong kind."""

from __future__ import annotations

import pytest

from ldapconnector.connector import LdapConnector, discover
from ldapconnector.directory import MemoryDirectory
from ldapconnector.errors import UsageError
from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration

PROFILE = ConnectionProfile(hosts="localhost")


@pytest.fixture
def connector():
    configuration = ConnectorConfiguration(connection=PROFILE)
    return LdapConnector(configuration, MemoryDirectory.like("openldap"))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda _: discover(None), r"an open directory, not NoneType; connect\(profile\)"),
        (lambda _: discover(PROFILE), "not ConnectionProfile"),
        (lambda _: LdapConnector(PROFILE), r"not ConnectionProfile; Configuration\.load"),
        (lambda one: one.find(["(cn=a)"]), r"str is in it; Filter\.parse reads a text"),
        (lambda one: one.find("(cn=a)"), "filters is meant, not str"),
        (lambda one: one.find(None), "not NoneType"),
        (lambda one: one.export(None), "an Add, Delete, Modify or Rename, not NoneType"),
        (lambda one: one.read(None), "a DN is a text, not NoneType"),
    ],
)
def test_the_wrong_kind(connector, ask, message):
    with pytest.raises(UsageError, match=message):
        ask(connector)
