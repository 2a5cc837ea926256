"""Nothing is written outside of a partition's export containers."""

from __future__ import annotations

import pytest

from ldapconnector.connector import LdapConnector
from ldapconnector.directory import MemoryDirectory
from ldapconnector.entries import Add, Delete, Entry, Modification, Modify, Rename
from ldapconnector.errors import NotAllowed
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration, Partition
from ldapconnector.secret import Secret

BASE = "dc=example,dc=com"
INSIDE = DN.parse(f"uid=jane,ou=people,{BASE}")
OUTSIDE = DN.parse(f"uid=root,ou=admins,{BASE}")


def person(dn):
    name = dn.rdn.avas[0].value
    return Entry(dn, {"objectClass": ["inetOrgPerson"], "uid": name, "cn": name, "sn": name})


@pytest.fixture
def directory():
    units = [
        Entry(f"ou={name},{BASE}", {"objectClass": ["organizationalUnit"], "ou": name})
        for name in ("people", "admins")
    ]
    return MemoryDirectory.like("openldap", suffix=BASE, entries=[*units, person(OUTSIDE)])


def connector(directory, *containers):
    partition = Partition(dn=BASE, export_containers=containers)
    profile = ConnectionProfile(hosts=["localhost"], partitions=[partition])
    return LdapConnector(ConnectorConfiguration(connection=profile), directory=directory)


REFUSED = [
    Add(person(DN.parse(f"uid=x,ou=admins,{BASE}"))),
    Delete(OUTSIDE),
    Modify(OUTSIDE, (Modification.replace("sn", "x"),)),
    Rename(dn=INSIDE, new_rdn=RDN.parse("uid=jane"), new_superior=DN.parse(f"ou=admins,{BASE}")),
    Rename(dn=OUTSIDE, new_rdn=RDN.parse("uid=root"), new_superior=DN.parse(f"ou=people,{BASE}")),
]


@pytest.mark.parametrize("change", REFUSED)
def test_a_change_outside_is_refused(directory, change):
    limited = connector(directory, f"OU=People, {BASE}")
    limited.export(Add(person(INSIDE)))
    before = list(directory.search(BASE))
    with pytest.raises(NotAllowed, match="is written only below") as caught:
        limited.export(change)
    assert "ou=admins" in caught.value.dn
    assert "export_containers" in caught.value.next_step
    assert list(directory.search(BASE)) == before


def test_many_changes_are_carried_out_but_those_outside(directory):
    limited = connector(directory, f"ou=people,{BASE}")
    changes = [REFUSED[0], Add(person(INSIDE)), *REFUSED[1:]]
    answers = {id(one.change): one.error for one in limited.export_all(changes)}
    assert len(answers) == len(changes)
    assert answers[id(changes[1])] is None
    assert all(isinstance(answers[id(change)], NotAllowed) for change in REFUSED)
    assert directory.read(INSIDE) is not None
    assert directory.read(OUTSIDE) is not None


@pytest.mark.parametrize("containers", [(), (f"ou=people,{BASE}",)])
def test_each_of_many_changes_has_its_condition(directory, containers):
    limited = connector(directory, *containers)
    limited.export(Add(person(INSIDE)))
    changes = [Modify(INSIDE, (Modification.replace("sn", text),)) for text in ("one", "two")]
    unmet = {changes[0]: Filter.equal("sn", "something else"), changes[1]: Filter.present("sn")}
    answers = [one.ok for one in limited.export_all(changes, assertion_for=unmet.get)]
    assert answers == [False, True]
    assert directory.read(INSIDE).text("sn") == ("two",)


def test_a_password_outside_is_not_set(directory):
    with pytest.raises(NotAllowed):
        connector(directory, f"ou=people,{BASE}").set_password(OUTSIDE, Secret.of("x"))
    assert "userPassword" not in directory.read(OUTSIDE)


def test_without_containers_the_whole_partition_is_written(directory):
    connector(directory).export(Delete(OUTSIDE))
    assert directory.read(OUTSIDE) is None
