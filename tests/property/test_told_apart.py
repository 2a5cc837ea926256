"""Telling apart what a batch of filters found is the same as asking each of each entry."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ldapconnector.connector._told_apart import told_apart
from ldapconnector.directory import MemoryDirectory
from ldapconnector.entries import Entry
from ldapconnector.names import Filter

SCHEMA = MemoryDirectory.like("openldap").schema
VALUES = st.sampled_from(
    ["a", "A", " a ", "b", "a  b", "+1 2", "+12", "007", "7", "ÄB", "äb", "x=y"]
)
# A supertype, its subtypes, an alias, an option, one without a rule, and one that is unknown.
NAMES = st.sampled_from(
    [
        *("cn", "commonName", "name", "SN", "2.5.4.4", "cn;lang-de"),
        *("mail", "telephoneNumber", "uidNumber", "jpegPhoto", "unknown"),
    ]
)


def entry(number, attributes):
    return Entry(f"uid={number},dc=x", attributes)


@given(
    st.lists(
        st.one_of(
            st.builds(Filter.equal, NAMES, VALUES),
            st.builds(
                lambda a, b, v: Filter.equal(a, v) & Filter.equal(b, v), NAMES, NAMES, VALUES
            ),
            st.builds(lambda name, value: ~Filter.equal(name, value), NAMES, VALUES),
            st.builds(Filter.present, NAMES),
        ),
        max_size=8,
    ),
    st.lists(
        st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=3, unique=True), max_size=3)
    ),
)
def test_told_apart_as_each_filter_says(filters, contents):
    entries = []
    for number, attributes in enumerate(contents):
        once = {name.lower(): (name, values) for name, values in attributes.items()}
        entries.append(entry(number, dict(once.values())))
    expected = [[one for one in entries if part.matches(one, SCHEMA)] for part in filters]
    assert told_apart(filters, entries, SCHEMA) == expected
