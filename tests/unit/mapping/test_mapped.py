"""Mapped users and values as values."""

from __future__ import annotations

import pickle

import attrs
import pytest

from ldapconnector.mapping import MappedUser, MappedValue, MappedValues, MappingFault
from ldapconnector.secret import Secret


def test_values_are_found_in_any_case_and_say_nothing_in_a_repr() -> None:
    values = MappedValues.of(
        MappedValue(attribute="userPassword", values=(b"hunter2",), confidential=True),
        MappedValue(attribute="Mail", values=(b"\xff",)),
        MappedValue(attribute="l", values=None),
    )
    assert list(values) == ["userpassword", "mail", "l"]
    assert values["MAIL"].text == ("\\xff",)
    assert values["l"].text == ()
    assert "mail" in values
    assert "Mail" in values
    assert "sn" not in values
    assert 5 not in values
    with pytest.raises(KeyError):
        values["sn"]
    assert "hunter2" not in repr(values) + repr(values["userPassword"])
    assert repr(values) == "MappedValues(userpassword, mail, l)"


def test_values_are_compared_hashed_and_pickled() -> None:
    one = MappedValues.of(MappedValue(attribute="a", values=(b"1",), default_used=True))
    two = MappedValues.of(MappedValue(attribute="a", values=(b"1",), default_used=True))
    other = MappedValues.of(MappedValue(attribute="a", values=(b"1",)))
    assert one == two
    assert hash(one) == hash(two)
    assert one != other
    assert one != 5
    assert pickle.loads(pickle.dumps(one)) == one


def test_a_user_with_a_password_shows_and_pickles_none() -> None:
    user = MappedUser(source_anchor="1", password=Secret.of("hunter2"))
    assert "hunter2" not in repr(user)
    with pytest.raises(TypeError):
        pickle.dumps(user)
    assert pickle.loads(pickle.dumps(attrs.evolve(user, password=None))) == user


def test_a_fault_is_one_line() -> None:
    urn = "urn:ietf:params:scim:schemas:extension:ECMA2Host:2.0:User:"
    fault = MappingFault(target=urn + "mail", message="wrong")
    assert str(fault) == "mail: wrong"
    assert fault.attribute == "mail"
