"""A connector over any directory: small, so that a test of provisioning tests provisioning."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ldapconnector.connector import Anchor, Capabilities
from ldapconnector.directory import MemoryDirectory
from ldapconnector.entries import Add, Entry, FullImport
from ldapconnector.mapping import AttributeMapping, Computed, Constant, Direct
from ldapconnector.names import Filter
from ldapconnector.planning import ProvisioningRules
from ldapconnector.vendors import identify

SUFFIX = "dc=example,dc=com"
PEOPLE = f"ou=people,{SUFFIX}"


class DirectoryConnector:
    """Asks one directory for every entry of one class below one base."""

    def __init__(self, directory, *, base=SUFFIX, anchor="entryUUID", assertions=True, only=None):
        self.directory = directory
        self.base = base
        self.capabilities = Capabilities(anchor=anchor, assertions=assertions)
        self.filter = Filter.parse(only or "(objectClass=inetOrgPerson)")
        self.written = []
        self.imported = None  # a test may put a PartialImport here

    def discover(self):
        found = identify(self.directory.root_dse, self.directory.schema)
        return SimpleNamespace(schema=self.directory.schema, identification=found)

    def _names(self, attributes):
        names = list(attributes or ("*",))
        return names if self.capabilities.anchor == "dn" else [*names, self.capabilities.anchor]

    def full_import(self, attributes=None, *, operational=False):
        if self.imported is not None:
            return self.imported
        found = self.directory.search(self.base, self.filter, attributes=self._names(attributes))
        return FullImport(entries=tuple(found))

    def delta_import(self, watermark):
        raise NotImplementedError

    def find(self, filters, attributes=None):
        names = self._names(attributes)
        return tuple(
            tuple(self.directory.search(self.base, self.filter & one, attributes=names))
            for one in filters
        )

    def read(self, name, attributes=None):
        if isinstance(name, Anchor):
            wanted = Filter.equal(name.attribute, name.value)
            found = self.directory.search(self.base, wanted, attributes=self._names(attributes))
            return next(iter(found), None)
        return self.directory.read(name, self._names(attributes))

    def export(self, change, *, assertion=None):
        self.directory.apply(change, assertion=assertion)
        self.written.append(change)

    def export_all(self, changes, *, assertion_for=None):
        for applied in self.directory.apply_all(changes, assertion_for=assertion_for):
            if applied.ok:
                self.written.append(applied.change)
            yield applied

    def set_password(self, dn, new):
        self.directory.set_password(dn, new)


class BatchConnector(DirectoryConnector):
    """Reads many entries in one go, and knows what it was asked."""

    def __init__(self, directory, **options):
        super().__init__(directory, **options)
        self.asked = []

    def read(self, name, attributes=None):
        self.asked.append(name)
        return super().read(name, attributes)

    def read_all(self, names, attributes=None):
        self.asked.append(tuple(names))
        return tuple(super(BatchConnector, self).read(name, attributes) for name in names)


def person(number, **values):
    """A user in Graph's shape."""
    return {
        "id": f"id-{number}",
        "accountEnabled": True,
        "userPrincipalName": f"user{number}@example.com",
        "mailNickname": f"user{number}",
        "displayName": f"User {number}",
        "surname": f"Name{number}",
        "mail": f"user{number}@example.com",
        "department": "IT",
        **values,
    }


def mappings(*more, without=()):
    """The mappings of a small tenant."""
    common = [
        AttributeMapping(
            target="-dn-",
            source=Computed(f'Join("", "uid=", [mailNickname], ",{PEOPLE}")'),
        ),
        AttributeMapping(
            target="objectClass",
            source=Constant(("inetOrgPerson",)),
            apply="creation",
        ),
        AttributeMapping(target="uid", source=Direct("mailNickname")),
        AttributeMapping(target="cn", source=Direct("displayName")),
        AttributeMapping(target="sn", source=Direct("surname")),
        AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1),
        AttributeMapping(target="departmentNumber", source=Direct("department")),
    ]
    return [*(one for one in common if one.target not in without), *more]


@pytest.fixture
def directory():
    people = Entry(PEOPLE, {"objectClass": "organizationalUnit", "ou": "people"})
    return MemoryDirectory.like("openldap", suffix=SUFFIX, entries=[people])


@pytest.fixture
def connector(directory):
    return DirectoryConnector(directory)


@pytest.fixture
def rules():
    return ProvisioningRules(mappings=mappings())


@pytest.fixture
def kit():
    """What tests of this room share."""
    return SimpleNamespace(
        person=person,
        mappings=mappings,
        connector=DirectoryConnector,
        batch_connector=BatchConnector,
        people=PEOPLE,
        suffix=SUFFIX,
        add=Add,
    )
