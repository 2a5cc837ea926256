"""What an entry must hold because of its name."""

from __future__ import annotations

from ldapconnector.entries import Entry
from ldapconnector.mapping import MappedUser, MappedValue, MappedValues, rdn_conflicts
from ldapconnector.names import DN
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()


def user(dn: str | None, **values: tuple[bytes, ...] | None) -> MappedUser:
    return MappedUser(
        source_anchor="1",
        dn=None if dn is None else DN.parse(dn),
        values=MappedValues.of(*(MappedValue(attribute=k, values=v) for k, v in values.items())),
    )


def test_the_trap_of_the_posix_tutorial() -> None:
    (found,) = rdn_conflicts(user("CN=jane,DC=lab", cn=(b"Jane Doe",)), SCHEMA)
    assert found.conflict
    assert not found.impossible
    assert found.values == (b"Jane Doe", b"jane")
    assert "cn will hold 'Jane Doe' and also 'jane'" in found.text
    entry = Entry("CN=jane,DC=lab", {"objectClass": "person", "sn": "Doe", "cn": found.values})
    assert SCHEMA.check(entry) == ()


def test_the_same_value_by_matching_rule_is_no_conflict_and_written_once() -> None:
    (found,) = rdn_conflicts(user("CN=jane doe,DC=lab", cn=(b"Jane  Doe",)), SCHEMA)
    assert not found.conflict
    assert found.values == (b"Jane  Doe",)


def test_an_alias_of_the_attribute_counts() -> None:
    (found,) = rdn_conflicts(user("commonName=jane,DC=lab", cn=(b"Jane",)), SCHEMA)
    assert (found.attribute, found.conflict, found.values) == ("cn", False, (b"Jane",))
    (bare,) = rdn_conflicts(user("commonName=jane,DC=lab", cn=(b"Jane",)))
    assert not bare.conflict


def test_an_unmapped_attribute_must_hold_the_name_s_value() -> None:
    (found,) = rdn_conflicts(user("uid=jane,DC=lab", cn=(b"Jane",)), SCHEMA)
    assert (found.attribute, found.values, found.mapped) == ("uid", (b"jane",), False)
    (null,) = rdn_conflicts(user("cn=jane,DC=lab", cn=None), SCHEMA)
    assert (null.values, null.conflict) == ((b"jane",), False)


def test_every_part_of_the_name_counts() -> None:
    found = rdn_conflicts(user("cn=jane+uid=7,DC=lab", uid=(b"7", b"8"), cn=(b"x",)), SCHEMA)
    assert [(one.attribute, one.conflict) for one in found] == [("cn", True), ("uid", False)]


def test_a_conflict_over_a_single_valued_attribute_is_impossible() -> None:
    (found,) = rdn_conflicts(user("uidNumber=7,DC=lab", uidNumber=(b"8",)), SCHEMA)
    assert found.impossible
    assert "takes one value" in found.text
    (treated,) = rdn_conflicts(
        user("cn=a,DC=lab", cn=(b"b",)), SCHEMA, single_valued=frozenset({"cn"})
    )
    assert treated.impossible


def test_on_an_update_the_name_is_the_entry_s() -> None:
    assert rdn_conflicts(user(None, cn=(b"Jane Doe",)), SCHEMA) == ()
    (found,) = rdn_conflicts(user(None, cn=(b"Jane Doe",)), SCHEMA, dn=DN.parse("cn=jane,dc=x"))
    assert found.conflict
