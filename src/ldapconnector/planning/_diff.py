r"""From what is there and what is wanted to the fewest modifications.

A comparison by text writes the same thing for ever: a server answers ``cn=a\2Cb`` where
``cn=a\,b`` was sent, keeps ``Jane`` where ``jane`` was added, and orders values as it likes.
So values are compared by the EQUALITY matching rule of their attribute (RFC 4517), and the
plan after a plan is empty. The rules, by their numbers; tests cite them:

1.  *Only what a mapping gives is compared.* Attributes without a mapping are never touched.
2.  *Octets first.* Equal octets are equal values; only where they differ is the matching
    rule asked. Nearly every user of a cycle is settled by this rule.
3.  *By rule.* Values are a set; two are the same when their equality keys are. A value that
    differs in spelling alone stays as it is.
4.  *Flow.* What an attribute should have follows from the mapping's flow type, its flow
    behaviour and its null flow (see ``mapping.flow``). Creation-only values are left alone.
5.  *The RDN's values never leave by a modification.* A server refuses that with result code
    64 (RFC 4511, 4.6), so a wanted value stands beside the RDN's, and the set of wanted
    values always contains the RDN's. With ``CN=<alias>`` and ``cn`` mapped from the display
    name, ``cn`` has two values, once and for all.
6.  *A single-valued RDN attribute changes by a rename only.* Anything else is that user's
    fault, reported before the write.
7.  *Renames stand alone.* A rename is a change of its own and goes first; modifications are
    computed against the entry as the rename leaves it.
8.  *objectClass only grows.* Servers add superior classes, administrators auxiliary ones.
9.  *Fewest values.* Missing values are added and surplus ones deleted by value, unless naming
    all values is shorter; one value against another is a replace. So a group of 100,000
    members changes by one value.
10. *No equality rule, no deletion by value.* Such an attribute (``jpegPhoto``) is replaced
    as a whole (RFC 4511, 4.6).
11. *References last.* DNs of other accounts are written after those accounts exist; what
    cannot be resolved is left as it is and reported.
12. *The order is the mappings' order*, so that the same input gives the same plan.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Final, final

import attrs

from ldapconnector.entries import Entry, Modification
from ldapconnector.mapping import MappedValue, flow
from ldapconnector.names import DN
from ldapconnector.planning._values import ValueChange
from ldapconnector.schema import Schema

__all__ = ["AttributeFacts", "Comparer", "Difference", "diff"]

_OBJECT_CLASS: Final = "objectclass"


@attrs.frozen(kw_only=True)
class AttributeFacts:
    """What the schema says about one attribute, worked out once for all users.

    Attributes:
        attribute: the attribute description.
        names: the lower-case names of the type, each with the description's options.
        types: the lower-case names of the type alone.
        single: whether an entry holds at most one value.
        whole: whether values can only be replaced all together (rule 10).
        grows: whether no value is ever taken away (rule 8).
        key: gives the key by which a value is compared.
    """

    attribute: str
    names: tuple[str, ...]
    types: frozenset[str]
    single: bool
    whole: bool
    grows: bool
    key: Callable[[bytes], Hashable] = attrs.field(eq=False, repr=False)


@final
class Comparer:
    """Compares values as a schema says, and remembers what it said.

    Args:
        schema: of the directory.

    >>> comparer = Comparer(Schema.standard())
    >>> comparer.same("cn", (b"Jane  Doe",), (b"jane doe",))
    True
    """

    __slots__ = ("_compares", "_facts", "schema")

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._facts: dict[str, AttributeFacts] = {}
        self._compares = any(one.equality for one in schema.attribute_types)

    def facts(self, attribute: str) -> AttributeFacts:
        """Return what the schema says about an attribute description."""
        known = self._facts.get(attribute)
        if known is None:
            known = self._facts[attribute] = self._read(attribute)
        return known

    def _read(self, attribute: str) -> AttributeFacts:
        kind, semicolon, options = attribute.partition(";")
        found = self.schema.attribute(kind)
        types = [kind.lower()]
        if found is not None:
            types += [name.lower() for name in (*found.names, found.oid)]
        return AttributeFacts(
            attribute=attribute,
            names=tuple(dict.fromkeys(one + semicolon + options.lower() for one in types)),
            types=frozenset(types),
            single=found is not None and found.single_value,
            whole=found is not None and found.equality is None and self._compares,
            grows=attribute.lower() == _OBJECT_CLASS,
            key=partial(self.schema.equality_key, kind),
        )

    def values(self, entry: Entry, attribute: str) -> tuple[bytes, ...]:
        """Return the entry's values of an attribute, under whichever of its names."""
        found = entry._attributes.get(attribute)  # nearly every entry spells it so
        if found is not None:
            return found
        for name in self.facts(attribute).names:
            found = entry.get(name)
            if found is not None:
                return found
        return ()

    def naming(self, dn: DN, attribute: str) -> tuple[bytes, ...]:
        """Return the values of an attribute that stand in the entry's own RDN."""
        if not dn or ";" in attribute:
            return ()
        types = self.facts(attribute).types
        return tuple([ava.octets for ava in dn.rdn.avas if ava.type.lower() in types])

    def same(self, attribute: str, one: tuple[bytes, ...], other: tuple[bytes, ...]) -> bool:
        """Tell whether two sets of values are equal by the attribute's matching rule."""
        if one == other:
            return True
        key = self.facts(attribute).key
        return {key(value) for value in one} == {key(value) for value in other}

    def __reduce__(self) -> tuple[object, ...]:
        return Comparer, (self.schema,)


@attrs.frozen(kw_only=True)
class Difference:
    """What turns an entry into the wanted one.

    Attributes:
        modifications: of ordinary attributes, for one Modify.
        references: of reference attributes, for a later Modify (rule 11).
        changes: the same for a person, with the origin of each value.
        faults: why this user cannot be written, in words.
    """

    modifications: tuple[Modification, ...] = ()
    references: tuple[Modification, ...] = ()
    changes: tuple[ValueChange, ...] = ()
    faults: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.faults)


_NONE: Final = Difference()


def diff(
    entry: Entry,
    wanted: Iterable[MappedValue],
    comparer: Comparer,
    *,
    changed: Callable[[str], bool | None] = lambda _: None,
) -> Difference:
    """Return the fewest modifications that give ``entry`` the wanted values.

    Args:
        entry: as it is, or as a rename will leave it (rule 7).
        wanted: mapped values; references resolved to DNs. The name and the password are not
            among them.
        comparer: knows the schema.
        changed: whether the source of an attribute changed since the last cycle; None where
            that is not known.

    Returns:
        The modifications, empty where nothing differs.

    >>> entry = Entry("cn=jane,dc=x", {"cn": "jane", "mail": "JANE@x", "sn": "Do"})
    >>> wanted = [
    ...     MappedValue(attribute="mail", values=(b"jane@x",)),
    ...     MappedValue(attribute="sn", values=(b"Doe",)),
    ...     MappedValue(attribute="cn", values=(b"Jane Doe",)),
    ... ]
    >>> for change in diff(entry, wanted, Comparer(Schema.standard())).changes:
    ...     print(change)
    sn: Do -> Doe
    cn: jane -> jane | Jane Doe
    """
    modifications: list[Modification] = []
    references: list[Modification] = []
    changes: list[ValueChange] = []
    faults: list[str] = []
    for value in wanted:
        facts = comparer.facts(value.attribute)
        current = comparer.values(entry, value.attribute)
        if value.values == current:  # rule 2
            continue
        target = flow(
            value,
            current,
            single_valued=facts.single,
            changed=changed(value.attribute),
            schema=comparer.schema,
        )
        if target is None or target == current:  # rules 4 and 2
            continue
        naming = comparer.naming(entry.dn, value.attribute)
        result = _settled(facts, current, target, naming)
        if result is None:  # rule 3
            continue
        if isinstance(result, str):
            faults.append(result)
            continue
        after, added, removed = result
        into = references if value.reference else modifications
        into.extend(_modifications(facts, current, after, (added, removed), named=bool(naming)))
        changes.append(
            ValueChange(
                attribute=value.attribute,
                before=current,
                after=after,
                origin=str(value.origin),
                confidential=value.confidential,
                reference=value.reference,
            )
        )
    if not changes and not faults:
        return _NONE
    return Difference(
        modifications=tuple(modifications),
        references=tuple(references),
        changes=tuple(changes),
        faults=tuple(faults),
    )


_Values = tuple[bytes, ...]


def _settled(
    facts: AttributeFacts, current: _Values, target: _Values, naming: _Values
) -> tuple[_Values, list[bytes], list[bytes]] | str | None:
    """Return the values afterwards, the added and the removed ones; or what is wrong.

    None where the values stay as they are.
    """
    key = facts.key
    present = {key(value): value for value in current}
    wanted = dict(present) if facts.grows else {}  # rule 8
    for value in target:
        wanted.setdefault(key(value), value)
    if naming:
        kept = {key(value): value for value in naming}
        missing = {one: value for one, value in kept.items() if one not in wanted}
        if missing and facts.single and wanted:  # rule 6
            return (
                f"{facts.attribute} names the entry and takes one value: it changes by a rename "
                "only. Map -dn- so that it follows, or take this mapping out"
            )
        wanted = {**missing, **wanted}  # rule 5
    if wanted.keys() == present.keys():
        return None
    added = [value for one, value in wanted.items() if one not in present]
    removed = [value for one, value in present.items() if one not in wanted]
    after = tuple([present.get(one, value) for one, value in wanted.items()])
    return after, added, removed


def _modifications(
    facts: AttributeFacts,
    current: _Values,
    after: _Values,
    moved: tuple[list[bytes], list[bytes]],
    *,
    named: bool,
) -> Iterable[Modification]:
    name = facts.attribute
    added, removed = moved
    if not after:
        yield Modification.delete(name)
    elif not current:
        yield Modification.add(name, after)
    elif facts.whole and not named:  # rule 10
        yield Modification.replace(name, after)
    elif not removed:
        yield Modification.add(name, added)
    elif not added and len(removed) < len(after) + 1:
        yield Modification.delete(name, removed)
    elif not named and len(added) + len(removed) >= len(after):  # rule 9
        yield Modification.replace(name, after)
    else:  # rule 5: by value, so that the RDN's own is never named
        if removed:
            yield Modification.delete(name, removed)
        if added:
            yield Modification.add(name, added)
