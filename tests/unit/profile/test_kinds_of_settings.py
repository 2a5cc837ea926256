"""Settings of the wrong kind: every one of them is told at once, at its place, and not shown."""

from __future__ import annotations

import pickle

import attrs
import pytest

from ldapconnector.errors import ConfigurationError, UsageError
from ldapconnector.profile import (
    Anonymous,
    ConnectionProfile,
    ConnectorConfiguration,
    Controls,
    External,
    HierarchyLevel,
    Kerberos,
    ObjectType,
    Partition,
    RetryPolicy,
    SelectedAttribute,
    SimpleBind,
    Timeouts,
    TlsSettings,
)

PROFILE = ConnectionProfile(hosts="localhost")


def faults(make):
    with pytest.raises(ConfigurationError) as caught:
        make()
    return {fault.path: fault.message for fault in caught.value.faults}


def profile(**given):
    return ConnectionProfile(**{"hosts": "localhost", **given})


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: profile(hosts=5), {"$.hosts": "must be a list, each a text, not a whole number"}),
        (lambda: profile(hosts=None), {"$.hosts": "must be a list, each a text, not null"}),
        (
            lambda: profile(hosts=[5]),
            {"$.hosts": "must be a list, each a text, not a list with a whole number in it"},
        ),
        (lambda: profile(port="389"), {"$.port": "must be a whole number, not a text"}),
        (lambda: profile(port=True), {"$.port": "must be a whole number, not true or false"}),
        (
            lambda: profile(security=None),
            {"$.security": "must be one of the texts plain, ldaps, starttls"},
        ),
        (
            lambda: profile(binding="simple"),
            {"$.binding": "must be Anonymous or SimpleBind or Kerberos or External, not a text"},
        ),
        (lambda: profile(tls=None), {"$.tls": "must be TlsSettings, not null"}),
        (lambda: profile(timeouts=5), {"$.timeouts": "must be Timeouts, not a whole number"}),
        (
            lambda: profile(partitions=["dc=x"]),
            {"$.partitions": "must be a list, each Partition, not a list with a text in it"},
        ),
        (
            lambda: profile(allow_cleartext_credentials="yes"),
            {"$.allow_cleartext_credentials": "must be true or false, not a text"},
        ),
        (
            lambda: Controls(assertion="maybe", paged_results=5),
            {
                "$.paged_results": "must be one of the texts auto, always, never",
                "$.assertion": "'maybe' is none of auto, always, never.",
            },
        ),
        (
            lambda: Timeouts(connect=None, read="x", write=-1),
            {
                "$.connect": "must be a number, not null",
                "$.read": "must be a number, not a text",
                "$.write": "is -1, must be more than 0",
            },
        ),
        (lambda: Timeouts(read=float("inf")), {"$.read": "is inf, must be 604800 or less"}),
        (
            lambda: RetryPolicy(attempts=None, jitter=2),
            {
                "$.attempts": "must be a whole number, not null",
                "$.jitter": "is 2, must be 1 or less",
            },
        ),
        (
            lambda: SimpleBind(None, 48151623),
            {
                "$.user": "must be a text, not null",
                "$.password": "must be Secret, not a whole number",
            },
        ),
        (
            lambda: External(authorization_id=5),
            {"$.authorization_id": "must be a text, not a whole number"},
        ),
        (lambda: Kerberos(keytab=""), {"$.keytab": "is empty; name a file"}),
        (
            lambda: TlsSettings(ca_file=5, pinned_sha256=5, minimum_version=1.2),
            {
                "$.ca_file": "must be a path, not a whole number",
                "$.pinned_sha256": "must be a list, each a text, not a whole number",
                "$.minimum_version": "must be one of the texts 1.2, 1.3",
            },
        ),
        (
            lambda: Partition(dn=5, import_containers=[5, "ou=a"]),
            {
                "$.dn": "a DN is a text, not int",
                "$.import_containers[0]": "a DN is a text, not int",
            },
        ),
        (
            lambda: ObjectType(structural_class="a b", attributes=[5], filter=5),
            {
                "$.attributes": "must be a list, each SelectedAttribute, not a list with a whole "
                "number in it",
                "$.filter": "must be Filter, not a whole number",
            },
        ),
        (lambda: SelectedAttribute(name=5), {"$.name": "must be a text, not a whole number"}),
        (
            lambda: HierarchyLevel(attribute=None, object_class=""),
            {
                "$.attribute": "must be a text, not null",
                "$.object_class": "must not be empty",
            },
        ),
        (
            lambda: ConnectorConfiguration(
                connection=None, page_size="5", hierarchy=["ou"], paging=5
            ),
            {
                "$.connection": "must be ConnectionProfile, not null",
                "$.paging": "must be one of auto, simple, vlv, none, not a whole number",
                "$.page_size": "must be a whole number, not a text",
                "$.hierarchy": "must be a list, each HierarchyLevel, not a list with a text in it",
            },
        ),
    ],
)
def test_the_wrong_kind(make, expected):
    found = faults(make)
    assert {path: found[path] for path in expected} == expected
    assert "48151623" not in str(found)


@pytest.mark.parametrize("url", [None, 5, b"ldap://x"])
def test_an_address_is_a_text(url):
    with pytest.raises(UsageError, match="an address is a text"):
        ConnectionProfile.from_url(url)
    with pytest.raises(UsageError, match="the wizard's binding is a text"):
        ConnectionProfile.from_wizard(host="x", binding=url)


def test_an_argument_that_there_is_not_is_pythons_to_tell():
    with pytest.raises(TypeError, match="prot"):
        ConnectionProfile(hosts=5, prot=5)
    with pytest.raises(TypeError, match="hosts"):
        ConnectionProfile(port="x")


def test_the_values_stay_what_they_were():
    made = profile(hosts=["a", "b"], timeouts=Timeouts(read=5))
    assert pickle.loads(pickle.dumps(made)) == made
    assert attrs.evolve(made, port=5).port == 5
    assert hash(made) == hash(profile(hosts=["a", "b"], timeouts=Timeouts(read=5)))
    assert made.binding == Anonymous()
    assert Partition(dn="dc=x", import_containers="ou=a,dc=x").import_containers
