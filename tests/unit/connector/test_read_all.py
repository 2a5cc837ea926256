"""Many entries by name, over one connection or several."""

from __future__ import annotations

import pytest

from ldapconnector.connector import LdapConnector
from ldapconnector.directory import BatchReader, MemoryDirectory
from ldapconnector.entries import Entry
from ldapconnector.errors import NameSyntaxError, NotAllowed
from ldapconnector.names import DN
from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration, Partition

BASE = "dc=example,dc=com"


def person(uid):
    values = {"objectClass": "inetOrgPerson", "uid": uid, "cn": uid, "sn": uid}
    return Entry(f"uid={uid},{BASE}", values)


class Batched:
    """A directory that reads many entries in one go, and knows what it was asked."""

    def __init__(self, directory):
        self.directory = directory
        self.asked = []

    def __getattr__(self, name):
        return getattr(self.directory, name)

    def read_all(self, names, attributes=("*",)):
        self.asked.append((tuple(names), tuple(attributes)))
        return tuple(self.directory.read(name, attributes) for name in names)


@pytest.fixture
def directory():
    people = [person(uid) for uid in ("ann", "bob")]
    return MemoryDirectory.like("openldap", suffix=BASE, entries=people)


def connector(directory):
    profile = ConnectionProfile(hosts=["localhost"], partitions=[Partition(dn=BASE)])
    return LdapConnector(ConnectorConfiguration(connection=profile), directory=directory)


@pytest.mark.parametrize("batched", [False, True])
def test_each_name_gets_what_read_gives(directory, batched):
    one = connector(Batched(directory) if batched else directory)
    assert isinstance(one, BatchReader)
    names = [f"UID=Bob, {BASE}", DN.parse(f"uid=nobody,{BASE}"), f"uid=ann,{BASE}"]
    names.append(f"uid=bob,{BASE}")
    for attributes in (None, ["cn"], ["entryUUID"]):
        assert one.read_all(names, attributes) == tuple(one.read(n, attributes) for n in names)
    assert one.read_all([]) == ()


def test_the_directory_is_asked_once_and_for_what_is_needed(directory):
    batched = Batched(directory)
    one = connector(batched)
    one.read_all([f"uid=ann,{BASE}", f"UID=ANN,{BASE}", f"uid=bob,{BASE}"], ["entryUUID"])
    ((names, attributes),) = batched.asked
    assert [str(name) for name in names] == [f"uid=ann,{BASE}", f"uid=bob,{BASE}"]
    assert "entryUUID" in attributes


def test_a_name_that_is_none_is_refused_before_anything_is_asked(directory):
    batched = Batched(directory)
    with pytest.raises(NameSyntaxError):
        connector(batched).read_all([f"uid=ann,{BASE}", "no name"])
    assert not batched.asked


def test_a_refusal_is_no_absence(directory):
    class Refusing(Batched):
        def read_all(self, names, attributes=("*",)):
            raise NotAllowed("not you", operation="read")

    with pytest.raises(NotAllowed):
        connector(Refusing(directory)).read_all([f"uid=ann,{BASE}"])
