"""The contract of connectors: kept by ours and by the SQL example, and it finds what is broken."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from pathlib import Path

import attrs
import pytest

from ldapconnector.connector import LdapConnector
from ldapconnector.directory import Applied, MemoryDirectory
from ldapconnector.entries import Add, Delete, Entry, FullImport
from ldapconnector.names import DN
from ldapconnector.profile import (
    ConnectionProfile,
    ConnectorConfiguration,
    ObjectType,
    Partition,
    SimpleBind,
)
from ldapconnector.secret import Secret
from ldapconnector.testing import ConnectorContract

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


def load_example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


sql = load_example("sql_connector")


def person(number, base):
    return Entry(
        f"uid=user{number},{base}",
        {
            "objectClass": "inetOrgPerson",
            "uid": f"user{number}",
            "cn": f"User {number}",
            "sn": f"Name {number}",
            "mail": f"user{number}@example.com",
        },
    )


class BatchSql(sql.SqlConnector):
    """The example with the optional member."""

    def read_all(self, names, attributes=None):
        return tuple(self.read(name, attributes) for name in names)


class TestBatchSql(ConnectorContract):
    def make_connector(self):
        return BatchSql(":memory:")

    def sample(self, number):
        return person(number, sql.BASE)


class TestSqlConnector(ConnectorContract):
    def make_connector(self):
        return sql.SqlConnector(":memory:")

    def sample(self, number):
        return person(number, sql.BASE)


class InMemory(ConnectorContract):
    product = ""
    base = "ou=people,dc=example,dc=com"
    logged = False
    delta = "auto"
    structural_class = "inetOrgPerson"

    def make_connector(self):
        parent = Entry(self.base, {"objectClass": "organizationalUnit", "ou": "people"})
        directory = MemoryDirectory.like(self.product, entries=[parent], change_log=self.logged)
        profile = ConnectionProfile(hosts="memory", partitions=[Partition(dn=self.base)])
        configuration = ConnectorConfiguration(
            connection=profile,
            object_type=ObjectType(structural_class=self.structural_class),
            delta_method=self.delta,
        )
        return LdapConnector(configuration, directory=directory)

    def sample(self, number):
        return person(number, self.base)


class TestOpenLdapInMemory(InMemory):
    product = "openldap"
    logged = True


class TestDs389InMemory(InMemory):
    product = "389ds"
    logged = True


class TestApacheDsInMemory(InMemory):
    product = "apacheds"


class TestAdLdsInMemory(InMemory):
    product = "adlds"
    structural_class = "user"
    delta = "none"  # the memory directory keeps no deleted objects, which a USN delta asks for
    added_by_system = frozenset({"distinguishedName", "name"})

    def sample(self, number):
        entry = super().sample(number)
        entry = entry.without("uid").with_values("objectClass", "user")
        return entry.moved(f"cn=User {number},{self.base}")


class TestRealOpenLdap(ConnectorContract):
    @pytest.fixture(autouse=True)
    def _server(self, clean_slapd):
        self.server = clean_slapd
        self.connector = self.make_connector()

    def setup_method(self):
        """Connect in the fixture, which knows the server."""

    def make_connector(self):
        configuration = ConnectorConfiguration(
            connection=ConnectionProfile(
                hosts=self.server.host,
                security="plain",
                port=self.server.port,
                binding=SimpleBind(
                    user=self.server.admin_dn, password=Secret.of(self.server.admin_password)
                ),
                allow_cleartext_credentials=True,
                partitions=[Partition(dn=self.server.people)],
            ),
            object_type=ObjectType(structural_class="inetOrgPerson"),
        )
        return LdapConnector(configuration)

    def sample(self, number):
        return person(number, self.server.people)


# What is broken is found ---------------------------------------------------------------------------


class Careless(sql.SqlConnector):
    """Makes the mistakes that connectors make."""

    def export(self, change, *, assertion=None):
        before = self.read(change.dn)
        if isinstance(change, Delete):
            return  # forgotten
        if isinstance(change, Add) and before is not None:
            raise sqlite3.IntegrityError("UNIQUE constraint failed: people.login")
        super().export(change)  # the condition is forgotten

    def export_all(self, changes, *, assertion_for=None):
        for change in changes:
            self.export(change)
            yield Applied(change=change)

    def find(self, filters, attributes=None):
        found = {entry for one in filters for entry in super(Careless, self).find([one])[0]}
        return (tuple(found),)

    def full_import(self, attributes=None, *, operational=False):
        entries = super().full_import().entries
        return FullImport(entries=entries[:5])

    def read(self, name, attributes=None):
        if not isinstance(name, (str, DN)) or "'" in str(name):
            return None
        return super().read(name)

    @property
    def capabilities(self):
        return attrs.evolve(super().capabilities, set_password=False)


class CarelessContract(ConnectorContract):
    def make_connector(self):
        return Careless(":memory:")

    def sample(self, number):
        return person(number, sql.BASE)


def test_a_broken_connector_fails_with_what_to_mend():
    found = {violation.check: violation.message for violation in CarelessContract.violations()}

    assert "to mend: return one tuple for each filter" in found.pop(
        "test_c10_find_answers_each_filter_in_order"
    )
    typed = found.pop("test_c06_refusals_are_typed")
    assert typed.startswith("C6: Add of uid=user0,ou=people,o=app raises sqlite3.IntegrityError")
    assert "raise ldapconnector.errors.EntryExists" in typed
    assert "still gives a deleted entry" in found.pop("test_c09_what_was_deleted_is_gone")
    assert "7 entries were added and 5 come" in found.pop(
        "test_c12_a_full_import_has_everything_once"
    )
    assert "look entries up by anchor" in found.pop(
        "test_c05_an_entry_carries_its_anchor_and_is_found_by_it"
    )
    assert "declare capabilities.assertions False" in found.pop(
        "test_c15_a_condition_that_is_not_met_stops_the_change"
    )
    # An error of the author's own, with the line where it was raised.
    assert "IntegrityError" in found["test_c14_export_all_answers_for_each_change"]
    assert "test_contract.py:" in found.pop("test_c14_export_all_answers_for_each_change")
    assert found.pop("test_c16_a_cycle_provisions_through_it").startswith("C16: ")
    assert not found


@pytest.mark.parametrize(
    ("read_all", "told"),
    [
        (lambda found: [one for one in found if one], "in their order, and None for an absent one"),
        (lambda found: found[::-1], "in their order, and None for an absent one"),
        (lambda found: [one and one.without("sn") for one in found], "does not give it"),
    ],
)
def test_a_read_of_many_that_differs_from_read_is_found(read_all, told):
    class Wrong(BatchSql):
        def read_all(self, names, attributes=None):
            return tuple(read_all(super().read_all(names, attributes)))

    class WrongContract(TestBatchSql):
        def make_connector(self):
            return Wrong(":memory:")

    found = {one.check: one.message for one in WrongContract.violations()}
    assert told in found.pop("test_c03_read_all_gives_what_read_gives")


def test_a_good_connector_has_no_violation_without_pytest():
    assert TestSqlConnector.violations() == ()


class Unfinished:
    capabilities = None


class UnfinishedContract(ConnectorContract):
    def make_connector(self):
        return Unfinished()

    def sample(self, number):
        return person(number, sql.BASE)


def test_a_connector_without_its_members_is_told_which():
    messages = {one.check: str(one) for one in UnfinishedContract.violations()}
    assert (
        "Unfinished lacks discover, full_import, delta_import"
        in messages["test_c01_every_member_is_there"]
    )
    assert len(messages) == len(UnfinishedContract.checks())


def test_an_author_who_says_nothing_is_told_what_to_say():
    with pytest.raises(NotImplementedError, match=r"must say make_connector\(self\)"):
        ConnectorContract().setup_method()
