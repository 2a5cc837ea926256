"""RFC 4517, 3.3.13: a year has four digits, and 0000 is one of them."""

from __future__ import annotations

from ldapconnector.entries import Entry
from ldapconnector.schema import Schema


def test_the_lock_of_the_password_policy_is_a_valid_time():
    entry = Entry(
        "uid=a,dc=x",
        {
            "objectClass": "inetOrgPerson",
            "uid": "a",
            "cn": "a",
            "sn": "a",
            "pwdAccountLockedTime": "000001010000Z",
        },
    )
    assert Schema.standard().check(entry) == ()
    assert Schema.standard().check(entry.with_values("pwdAccountLockedTime", "000013010000Z"))
