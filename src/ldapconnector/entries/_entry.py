"""An entry: a name and its attributes, values as the octets that the wire carried."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, final

from ldapconnector._given import mapping_of
from ldapconnector.errors import UsageError
from ldapconnector.names import DN, attribute_name

__all__ = ["Entry", "Values"]

#: What is taken for an attribute's values: one value or several, text or octets.
Values: TypeAlias = str | bytes | Sequence[str | bytes]


def octets(values: Values) -> tuple[bytes, ...]:
    """Return ``values`` as a tuple of octets, text in UTF-8.

    Raises:
        UsageError: they are neither text nor octets.
    """
    if isinstance(values, bytes):
        return (values,)
    if values.__class__ is tuple and {*map(type, values)} == {bytes}:
        return values  # as an entry or a mapping has them already
    try:
        if isinstance(values, str):
            return (values.encode("utf-8", "surrogateescape"),)
        if not isinstance(values, dict):
            return tuple(
                [
                    value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
                    for value in values
                ]
            )
    except (AttributeError, TypeError):
        raise _no_values(values) from None
    except UnicodeEncodeError:
        raise UsageError(
            "a value of an attribute has half of a surrogate pair in it, which is no character"
        ) from None
    raise _no_values(values)


def _no_values(given: object) -> UsageError:
    # The value itself is not shown: it may be a password.
    return UsageError(
        "an attribute has values of text or octets, one or several; this one has "
        f"{type(given).__name__}, or something else in it. Write numbers as text: str(1000)"
    )


# Not attrs: an import makes one of these for every entry it reads, so the name is parsed and
# the index of names built only when somebody asks.
@final
class Entry(Mapping[str, tuple[bytes, ...]]):
    """An entry of a directory: a frozen mapping of attribute names to values.

    Names are found without regard to case and keep the spelling and order in which they
    came. Attributes without values are left out: in LDAP they do not exist.

    Args:
        dn: the entry's name, or its text.
        attributes: values as octets or text, one or several.

    Raises:
        NameSyntaxError: ``dn`` is no DN (when it is first used, for :meth:`from_wire`), or a
            name cannot be that of an attribute.
        UsageError: something is of the wrong kind.

    >>> entry = Entry("uid=jane,dc=example", {"objectClass": ["top", "account"], "uid": "jane"})
    >>> entry["UID"], entry.text("objectclass"), entry.first("mail")
    ((b'jane',), ('top', 'account'), None)
    """

    __slots__ = ("_attributes", "_dn", "_index", "_text")

    _attributes: Mapping[str, tuple[bytes, ...]]
    _dn: DN | None
    _index: dict[str, str] | None
    _text: str

    def __init__(self, dn: DN | str, attributes: Mapping[str, Values]) -> None:
        self._dn = DN.of(dn)
        self._text = str(self._dn)
        merged: dict[str, tuple[bytes, ...]] = {}
        index: dict[str, str] = {}
        for name, given in mapping_of(attributes, "the argument attributes").items():
            values = octets(given)
            if values:
                attribute_name(name)
                spelled = index.setdefault(name.lower(), name)
                merged[spelled] = merged.get(spelled, ()) + values
        self._attributes = merged
        self._index = index

    @classmethod
    def from_wire(cls, dn: DN | str, attributes: Mapping[str, tuple[bytes, ...]]) -> Entry:
        """Build quickly from what a server sent: nothing is copied, checked or parsed.

        Args:
            dn: the name as the server wrote it; parsed when :attr:`dn` is first asked for.
            attributes: handed over, not to be changed afterwards. No name stands there in
                two spellings or without values.
        """
        self = object.__new__(cls)
        if isinstance(dn, str):
            self._dn, self._text = None, dn
        else:
            self._dn, self._text = dn, str(dn)
        self._attributes = attributes
        self._index = None
        return self

    @property
    def dn(self) -> DN:
        """The entry's name."""
        if self._dn is None:
            self._dn = DN.parse(self._text)
        return self._dn

    @property
    def dn_text(self) -> str:
        """The entry's name as it was given, without parsing it."""
        return self._text

    @property
    def object_classes(self) -> tuple[str, ...]:
        """The values of ``objectClass``, as text."""
        return self.text("objectClass")

    def text(self, name: str) -> tuple[str, ...]:
        """Return the values of ``name`` as text; octets that are no UTF-8 as surrogates."""
        return tuple(value.decode("utf-8", "surrogateescape") for value in self.get(name, ()))

    def first(self, name: str) -> str | None:
        """Return the first value of ``name`` as text, None where there is none."""
        values = self.get(name, ())
        return values[0].decode("utf-8", "surrogateescape") if values else None

    def with_values(self, name: str, values: Values) -> Entry:
        """Return an entry in which ``name`` has exactly these values; none removes it."""
        attributes: dict[str, Values] = dict(self._attributes)
        attributes[self._spelled(name) or name] = values
        return Entry(self.dn, attributes)

    def without(self, name: str) -> Entry:
        """Return an entry that lacks ``name``."""
        return self.with_values(name, ())

    def moved(self, dn: DN | str) -> Entry:
        """Return an entry of another name with the same attributes."""
        return Entry(dn, self._attributes)

    def _spelled(self, name: str) -> str | None:
        if name in self._attributes:
            return name
        if self._index is None:
            self._index = {known.lower(): known for known in self._attributes}
        return self._index.get(name.lower())

    def __getitem__(self, name: str) -> tuple[bytes, ...]:
        spelled = self._spelled(name)
        if spelled is None:
            raise KeyError(name)
        return self._attributes[spelled]

    def __iter__(self) -> Iterator[str]:
        return iter(self._attributes)

    def items(self) -> ItemsView[str, tuple[bytes, ...]]:
        """Return the names, as they are spelled, with their values."""
        return self._attributes.items()

    def __len__(self) -> int:
        return len(self._attributes)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._spelled(name) is not None

    def _key(self) -> tuple[Any, ...]:
        # Attributes and their values are sets (RFC 4512, 2.5): order means nothing.
        return self.dn, frozenset(
            (name.lower(), frozenset(values)) for name, values in self._attributes.items()
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        return Entry.from_wire, (self._text, dict(self._attributes))

    def __repr__(self) -> str:
        # Names only: a repr ends up in logs, and values may be passwords.
        return f"Entry({self._text!r}, {', '.join(self._attributes)})"
