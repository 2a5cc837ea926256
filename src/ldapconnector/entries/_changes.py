"""Changes of a directory as values, and what they do to an entry (RFC 4511, 4.6 to 4.9)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

import attrs

from ldapconnector._given import of_kind, tuple_of
from ldapconnector.entries._entry import Entry, Values, octets
from ldapconnector.errors import EntryExists, EntryNotFound, InvalidValue, UsageError
from ldapconnector.names import DN, RDN, MatchingSchema, attribute_name

__all__ = [
    "Add",
    "Change",
    "Delete",
    "Modification",
    "ModificationType",
    "Modify",
    "Rename",
    "apply_change",
]


class ModificationType(StrEnum):
    """What a modification does; the last one is RFC 4525."""

    ADD = "add"
    DELETE = "delete"
    REPLACE = "replace"
    INCREMENT = "increment"


def _operation(given: ModificationType | str) -> ModificationType:
    if type(given) is ModificationType:
        return given
    try:
        return ModificationType(given)
    except ValueError:
        known = ", ".join(ModificationType)
        raise UsageError(f"{given!r} is no modification; it is one of {known}") from None


def _described(given: str) -> str:
    return attribute_name(given)


def _octets(given: Iterable[bytes]) -> tuple[bytes, ...]:
    hint = "Modification.add, .delete and .replace take text"
    return tuple_of(bytes, given, "the values of a modification", "octets", hint)


def _entry(given: Entry) -> Entry:
    hint = "Entry(dn, attributes) makes one"
    return of_kind(Entry, given, "what is added", "an Entry", hint)


def _steps(given: Iterable[Modification]) -> tuple[Modification, ...]:
    what = "the modifications of an entry"
    return tuple_of(Modification, given, what, "Modifications", "put a single one in a list")


def _rdn(given: RDN) -> RDN:
    return of_kind(RDN, given, "a new RDN", "an RDN", "RDN.parse reads a text")


def _dn_or_none(given: DN | str | None) -> DN | None:
    return None if given is None else DN.of(given)


@attrs.frozen(kw_only=True)
class Modification:
    """One step of a Modify.

    Attributes:
        operation: add values, delete values (none named: all), replace all, or increment.
        attribute: the attribute description.
        values: as octets.

    Raises:
        UsageError: a part is of the wrong kind.
        NameSyntaxError: the attribute's name cannot be one.
    """

    operation: ModificationType = attrs.field(converter=_operation)
    attribute: str = attrs.field(converter=_described)
    # Values may be passwords; an error or a log shows the attribute's name only.
    values: tuple[bytes, ...] = attrs.field(default=(), repr=False, converter=_octets)

    @classmethod
    def add(cls, attribute: str, values: Values) -> Modification:
        """Add values."""
        return cls(operation=ModificationType.ADD, attribute=attribute, values=octets(values))

    @classmethod
    def delete(cls, attribute: str, values: Values = ()) -> Modification:
        """Delete these values, or the whole attribute."""
        return cls(operation=ModificationType.DELETE, attribute=attribute, values=octets(values))

    @classmethod
    def replace(cls, attribute: str, values: Values = ()) -> Modification:
        """Let the attribute have exactly these values; none removes it."""
        return cls(operation=ModificationType.REPLACE, attribute=attribute, values=octets(values))

    @classmethod
    def increment(cls, attribute: str, by: int = 1) -> Modification:
        """Add ``by`` to each integer value (RFC 4525)."""
        return cls(operation=ModificationType.INCREMENT, attribute=attribute, values=(b"%d" % by,))


def _dn(dn: DN | str) -> DN:
    return DN.of(dn)


@attrs.frozen
class Add:
    """A new entry."""

    entry: Entry = attrs.field(converter=_entry)

    @property
    def dn(self) -> DN:
        """The name of the new entry."""
        return self.entry.dn


@attrs.frozen
class Delete:
    """The end of an entry."""

    dn: DN = attrs.field(converter=_dn)


@attrs.frozen
class Modify:
    """Modifications of one entry, carried out all or not at all, in this order."""

    dn: DN = attrs.field(converter=_dn)
    modifications: tuple[Modification, ...] = attrs.field(converter=_steps)


@attrs.frozen(kw_only=True)
class Rename:
    """A new RDN, a new place, or both (RFC 4511, 4.9).

    Attributes:
        dn: the entry's present name.
        new_rdn: its RDN afterwards.
        new_superior: its parent afterwards; None keeps the parent.
        delete_old_rdn: whether the old RDN's values leave the entry's attributes.
    """

    dn: DN = attrs.field(converter=_dn)
    new_rdn: RDN = attrs.field(converter=_rdn)
    new_superior: DN | None = attrs.field(default=None, converter=_dn_or_none)
    delete_old_rdn: bool = True

    @property
    def new_dn(self) -> DN:
        """The name afterwards."""
        parent = self.dn.parent if self.new_superior is None else self.new_superior
        return DN.build(self.new_rdn, parent or DN())


Change: TypeAlias = Add | Delete | Modify | Rename


class _Octets:
    """Compares values octet by octet."""

    def equality_key(self, attribute: str, value: bytes) -> bytes:
        del attribute
        return value


def apply_change(
    entry: Entry | None, change: Change, schema: MatchingSchema | None = None
) -> Entry | None:
    """Return what ``change`` makes of ``entry``: the meaning of a change, without a directory.

    Args:
        entry: the entry before, None where there is none.
        change: what happens to it.
        schema: compares values by matching rule; without one, octet by octet.

    Returns:
        The entry after; None after a Delete.

    Raises:
        EntryExists: an Add of an entry that is there, or of a value that is there.
        EntryNotFound: a change of an entry or a value that is not there.
        InvalidValue: an increment of what is no integer.

    >>> before = Entry("cn=a,dc=x", {"cn": "a", "mail": ["one", "two"]})
    >>> after = apply_change(before, Modify("cn=a,dc=x", (Modification.delete("mail", "one"),)))
    >>> after.text("mail")
    ('two',)
    """
    if isinstance(change, Add):
        if entry is not None:
            raise EntryExists("the entry exists already", operation="add", dn=str(change.dn))
        return change.entry
    if entry is None:
        raise EntryNotFound("there is no such entry", operation="change", dn=str(change.dn))
    if isinstance(change, Delete):
        return None
    if isinstance(change, Rename):
        return _renamed(entry, change, schema)
    for modification in change.modifications:
        entry = _modified(entry, modification, schema)
    return entry


def _renamed(entry: Entry, change: Rename, schema: MatchingSchema | None) -> Entry:
    key = (schema or _Octets()).equality_key
    # Old values leave first: a new value that equals an old one but for its spelling is written.
    if change.delete_old_rdn and entry.dn:
        for ava in entry.dn.rdn:
            left = tuple(
                value
                for value in entry.get(ava.type, ())
                if key(ava.type, value) != key(ava.type, ava.octets)
            )
            entry = entry.with_values(ava.type, left)
    for ava in change.new_rdn:
        values = entry.get(ava.type, ())
        if all(key(ava.type, value) != key(ava.type, ava.octets) for value in values):
            entry = entry.with_values(ava.type, (*values, ava.octets))
    return entry.moved(change.new_dn)


def _modified(entry: Entry, modification: Modification, schema: MatchingSchema | None) -> Entry:
    name, values = modification.attribute, modification.values
    key = (schema or _Octets()).equality_key
    kind = name.partition(";")[0]
    before = entry.get(name, ())
    keys = {key(kind, value) for value in values}
    present = {key(kind, value) for value in before}
    match modification.operation:
        case ModificationType.REPLACE:
            return entry.with_values(name, values)
        case ModificationType.ADD:
            if keys & present:
                raise EntryExists(
                    f"{name}: the value is there already", operation="modify", dn=str(entry.dn)
                )
            return entry.with_values(name, before + values)
        case ModificationType.DELETE:
            if not before or keys - present:
                raise EntryNotFound(
                    f"{name}: there is no such value", operation="modify", dn=str(entry.dn)
                )
            if not values:
                return entry.without(name)
            return entry.with_values(name, tuple(v for v in before if key(kind, v) not in keys))
        case ModificationType.INCREMENT:
            try:
                sums = tuple(b"%d" % (int(value) + int(values[0])) for value in before)
            except (ValueError, IndexError):
                raise InvalidValue(
                    f"{name}: only integers are incremented", operation="modify", dn=str(entry.dn)
                ) from None
            return entry.with_values(name, sums)
