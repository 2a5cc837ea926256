"""Values of the wrong kind are refused in words, not by what breaks first inside."""

from __future__ import annotations

import pytest

from ldapconnector.directory import MemoryDirectory
from ldapconnector.entries import Entry
from ldapconnector.errors import ServerBusy, UsageError
from ldapconnector.names import DN, Filter


@pytest.mark.parametrize("value", [None, 5, b"cn=a"])
def test_a_name_is_a_text(value):
    with pytest.raises(UsageError, match=f"a DN is a text, not {type(value).__name__}"):
        DN.parse(value)


@pytest.mark.parametrize("value", [None, 5, b"(cn=a)"])
def test_a_filter_is_a_text(value):
    with pytest.raises(UsageError, match=f"a filter is a text, not {type(value).__name__}"):
        Filter.parse(value)


@pytest.mark.parametrize("value", [5, [5], [None], ["hunter2", 5]])
def test_values_are_text_or_octets(value):
    with pytest.raises(UsageError, match="Write numbers as text") as caught:
        Entry("cn=a", {"uidNumber": value})
    assert "hunter2" not in str(caught.value)


def test_a_search_takes_a_filter_and_a_change_is_one():
    directory = MemoryDirectory.like("openldap")
    with pytest.raises(UsageError, match=r"write Filter\.parse"):
        next(directory.search("dc=example,dc=com", "(cn=a)"))
    with pytest.raises(UsageError, match="a change is an Add"):
        directory.apply("(cn=a)")
    with pytest.raises(UsageError, match="Did you mean openldap"):
        MemoryDirectory.like("openldp")


def test_a_closed_directory_says_so():
    directory = MemoryDirectory.like("openldap")
    directory.close()
    with pytest.raises(ServerBusy, match=r"the directory is closed .* Next: Enter it again"):
        directory.read("dc=example,dc=com")
