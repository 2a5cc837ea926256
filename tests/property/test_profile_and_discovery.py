"""Laws of profiles, saved discoveries and password policy answers."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ldapconnector.connector import Discovery
from ldapconnector.directory import Control
from ldapconnector.directory._password_policy import PASSWORD_POLICY, password_policy_answer
from ldapconnector.directory._result_messages import meaning_of_message
from ldapconnector.entries import Entry
from ldapconnector.errors import ConfigurationError
from ldapconnector.profile import ConnectionProfile, RetryPolicy
from ldapconnector.schema import Schema

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z][a-z0-9-]{0,10}){0,3}", fullmatch=True)
HOSTS = NAMES | st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).map(str)
PORTS = st.integers(1, 65535)


@given(HOSTS, PORTS)
def test_an_address_is_read_as_it_is_written(host, port):
    (address,) = ConnectionProfile(hosts=host, port=port).addresses
    assert ConnectionProfile(hosts=str(address)).addresses == (address,)
    assert ConnectionProfile.from_url(f"ldaps://{address}").addresses == (address,)


@given(st.text(max_size=40))
def test_any_text_is_a_host_or_our_error(text):
    try:
        (address,) = ConnectionProfile(hosts=text).addresses
    except ConfigurationError as error:
        assert error.faults[0].path == "$.hosts[0]"
    else:
        assert address.host
        assert 0 < address.port <= 65535


POLICIES = st.builds(
    RetryPolicy,
    first_delay=st.floats(0, 100),
    factor=st.floats(1, 10),
    longest_delay=st.floats(0, 100),
    jitter=st.floats(0, 1),
)


@given(POLICIES, st.integers(0, 50), st.floats(0, 1))
def test_waits_are_bounded_and_never_negative(policy, retry, chance):
    assert 0 <= policy.delay(retry, chance=chance) <= policy.longest_delay


@given(st.binary(max_size=30))
def test_a_policys_answer_never_raises(value):
    password_policy_answer([Control(oid=PASSWORD_POLICY, value=value)])


@given(st.integers(0, 130), st.text(max_size=80))
def test_any_message_of_a_server_can_be_explained(code, text):
    meaning_of_message(code, text)
    meaning_of_message(code, f"{text}: value #{code} invalid per syntax")


ATTRIBUTES = st.dictionaries(
    st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,12}", fullmatch=True),
    st.lists(st.binary(max_size=12), min_size=1, max_size=3),
    max_size=5,
)


@given(ATTRIBUTES, st.text(max_size=20))
def test_a_discovery_survives_its_file(attributes, why):
    found = Discovery(root_dse=Entry("", attributes), schema=Schema.parse({}), schema_error=why)
    assert Discovery.from_json(found.to_json()) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ["root_dse", "schema", "aliases", "schema_error", "certificate", "product", "version"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_any_document_is_a_discovery_or_our_error(changes):
    document = json.loads(Discovery(root_dse=Entry("", {}), schema=Schema.parse({})).to_json())
    document.update(changes)
    try:
        found = Discovery.from_json(json.dumps(document))
    except ConfigurationError as error:
        assert error.faults
    else:
        assert Discovery.from_json(found.to_json()) == found
