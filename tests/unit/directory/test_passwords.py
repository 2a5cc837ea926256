"""How a password is written, by product."""

from __future__ import annotations

import pytest

from ldapconnector.directory._passwords import (
    PasswordChange,
    offers_operation,
    password_attribute,
    takes_attribute_instead,
)
from ldapconnector.entries import Entry, ModificationType
from ldapconnector.errors import NotAllowed
from ldapconnector.secret import Secret

OPERATION = "1.3.6.1.4.1.4203.1.11.1"
CHANGE = PasswordChange(name="cn=a", new=Secret.of("né"), old=Secret.of("old"))


@pytest.mark.parametrize(
    ("root_dse", "attribute"),
    [
        ({"supportedCapabilities": "1.2.840.113556.1.4.1851"}, "unicodePwd"),
        ({"objectClass": "OpenLDAProotDSE"}, "userPassword"),
        ({}, "userPassword"),
    ],
)
def test_the_product_names_the_attribute(root_dse, attribute):
    assert password_attribute(Entry("", root_dse)) == attribute


def test_the_operation_is_used_where_it_is_offered_and_for_its_attribute_only():
    root_dse = Entry("", {"supportedExtension": OPERATION})
    assert offers_operation(root_dse, "USERPASSWORD")
    assert not offers_operation(root_dse, "unicodePwd")
    assert not offers_operation(Entry("", {}), "userPassword")


def test_active_directory_wants_quotes_and_utf_16():
    delete, add = CHANGE.by_attribute("unicodePwd").modifications
    assert (delete.operation, delete.values) == (
        ModificationType.DELETE,
        (b'"\0o\0l\0d\0"\0',),
    )
    assert (add.operation, add.values) == (ModificationType.ADD, ('"né"'.encode("utf-16-le"),))


def test_elsewhere_it_is_utf_8_and_an_administrator_replaces():
    change = PasswordChange(name="cn=a", new=Secret.of("né"))
    (step,) = change.by_attribute("userPassword").modifications
    assert (step.operation, step.values) == (ModificationType.REPLACE, ("né".encode(),))


def test_the_operation_carries_name_old_and_new():
    # RFC 3062: [0] userIdentity, [1] oldPasswd, [2] newPasswd
    parts = b"\x80\x04cn=a" + b"\x81\x03old" + b"\x82\x03" + "né".encode()
    assert CHANGE.by_operation().endswith(bytes([0x30, len(parts)]) + parts)
    assert "né" not in repr(CHANGE)


@pytest.mark.parametrize(
    ("error", "instead"),
    [
        (NotAllowed(code=13), True),
        (NotAllowed(code=53, diagnostic="the user has no existing password"), True),
        (NotAllowed(code=53), False),
        (NotAllowed(code=50), False),
    ],
)
def test_when_the_attribute_is_taken_instead(error, instead):
    assert takes_attribute_instead(error) is instead
