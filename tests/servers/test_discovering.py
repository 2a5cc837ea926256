"""discover() against the four real servers."""

from __future__ import annotations

import pytest

from _profiles import profile_of
from ldapconnector.connector import Discovery, discover
from ldapconnector.directory import connect
from ldapconnector.names import DN
from ldapconnector.vendors import Vendor

EXPECTED = {
    "slapd": (Vendor.OPENLDAP, "entryUUID", "accesslog", "cn=accesslog"),
    "ds389": (Vendor.DS_389, "nsUniqueId", "changelog", "cn=changelog"),
    "apacheds": (Vendor.APACHEDS, "entryUUID", None, ""),
    "samba": (Vendor.SAMBA_AD, "objectGUID", "usn", ""),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in EXPECTED]
)
def test_a_real_server_is_discovered(request, name):
    server = request.getfixturevalue(name)
    vendor, anchor, delta, change_log = EXPECTED[name]
    with connect(profile_of(server)) as directory:
        found = discover(directory)
    assert found.identification.vendor is vendor
    assert found.identification.evidence
    assert found.suggested.anchor.lower() == anchor.lower()
    if delta is not None:
        assert (found.suggested.delta.value, found.suggested.change_log) == (delta, change_log)
    assert found.suggested.paging.value == "simple"
    assert DN.parse(server.suffix) in found.partitions
    assert found.certificate is not None
    assert found.certificate.names
    assert found.schema.object_class("person") is not None
    assert Discovery.from_json(found.to_json()) == found
    assert len(str(found).splitlines()) > 10
    assert max(map(len, str(found).splitlines())) < 130


def test_the_refused_one_is_refused_in_plain_words(samba):
    with connect(profile_of(samba)) as directory:
        found = discover(directory)
    assert not found.identification.supported
    assert any("not supported" in warning for warning in found.warnings)


def test_must_and_may_of_the_tutorials_classes_come_from_the_server(slapd):
    with connect(profile_of(slapd)) as directory:
        schema = discover(directory).schema
    classes = ["inetOrgPerson", "posixAccount", "shadowAccount"]
    assert schema.must(classes) == {
        *("objectClass", "cn", "sn", "uid", "uidNumber", "gidNumber", "homeDirectory")
    }
    assert {"loginShell", "mail", "shadowExpire", "userPassword"} <= schema.may(classes)


def test_two_looks_at_one_server_are_the_same(ds389):
    with connect(profile_of(ds389)) as directory:
        first = discover(directory)
    with connect(profile_of(ds389)) as directory:
        second = discover(directory)
    assert first.compare(second) == ()


def test_a_secured_line_and_another_differ_in_what_is_offered(slapd):
    with connect(profile_of(slapd, "plain", user="")) as directory:
        plain = discover(directory)
    assert plain.certificate is None
    assert plain.identification.vendor is Vendor.OPENLDAP
