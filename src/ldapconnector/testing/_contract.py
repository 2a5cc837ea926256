"""What every connector must do, as tests that the author of one subclasses.

The rules, by their numbers; failures name them:

C1.  *Complete.* Every member of the ``Connector`` protocol is there.
C2.  *Discovery.* ``discover`` tells the schema, and the schema accepts what is provisioned.
C3.  *Export and read.* What was added is read back with the same name and values. ``read_all``,
     where there is one, gives for each name what ``read`` gives.
C4.  *Nothing is None.* Reading what does not exist gives None; only a failure raises. What
     the accounts stand below does exist, also in a system that knows no tree.
C5.  *Anchor.* Each entry that is read carries its anchor, an entry is found by it, and it
     outlives changes and renames.
C6.  *Typed errors.* A refused export raises the ``DirectoryError`` that says why:
     ``EntryExists``, ``EntryNotFound``, ... and changes nothing.
C7.  *Modify.* Values are replaced, removed and added, and others stay as they are.
C8.  *Rename.* The entry has the new name, its naming value and all others, and the old name
     is gone.
C9.  *Delete.* The entry is gone, from ``read``, ``find`` and the import.
C10. *Find.* One answer for each filter, in the order of the filters, literal values included;
     an answer that is not there is an empty one.
C11. *Values are data.* Commas, quotes, asterisks and other scripts come back as they went.
C12. *Full import.* Every entry, once, with its anchor, and a type that says it is complete.
C13. *Delta import.* Either it sees every change since the watermark, or it says that a full
     import is needed; a connector without one always says so.
C14. *Export all.* One answer for each change; a refused one does not stop the others.
C15. *Conditions.* Where ``capabilities.assertions``, a change whose condition is not met is
     refused.
C16. *Cycle.* Provisioning through it creates, finds nothing left to do, updates, deletes.
C17. *Passwords.* Where ``capabilities.set_password``, one can be set, and the password of an
     absent entry cannot.
"""

from __future__ import annotations

from typing import Final

from ldapconnector.connector import Anchor, Capabilities, DeltaMethod
from ldapconnector.directory import BatchReader
from ldapconnector.entries import (
    Add,
    Change,
    Delete,
    DeltaImport,
    EntryDeleted,
    FullImportNeeded,
    Modification,
    ModificationType,
    Modify,
    Rename,
)
from ldapconnector.errors import (
    DirectoryError,
    EntryExists,
    EntryNotFound,
    InvalidValue,
    LdapConnectorError,
)
from ldapconnector.names import Filter
from ldapconnector.provisioning import Provisioner
from ldapconnector.secret import Secret
from ldapconnector.testing._contract_base import Contract, ContractBroken, Violation, broken

__all__ = ["ConnectorContract", "ContractBroken", "Violation"]

_MEMBERS: Final = (
    *("capabilities", "discover", "full_import", "delta_import", "find", "read", "export"),
    *("export_all", "set_password"),
)
_AWKWARD: Final = ('O\'Connor, "Zoë"', "a*b(c)\\d", "Łukasz 北京")


class ConnectorContract(Contract):
    """Tests that every connector passes. Subclass it in a test module and say two things.

    ``make_connector`` opens a connector of an empty system, and ``sample`` makes the entry of
    one account. pytest collects the subclass, which needs nothing else; without pytest,
    :meth:`violations` runs the same checks.

    Example::

        class TestPhoneBook(ConnectorContract):
            def make_connector(self):
                return PhoneBookConnector(":memory:")

            def sample(self, number):
                return Entry(f"uid=user{number},o=phones", {
                    "objectClass": "inetOrgPerson", "uid": f"user{number}",
                    "cn": f"User {number}", "sn": f"Name {number}",
                })

    Attributes:
        text_attribute: an attribute of the samples that holds free text, is not their name,
            and has to have a value.
        optional_attribute: one that may have no value.
        can_rename: whether entries can get another name.
        added_by_system: attributes that the system gives an entry by itself, such as
            ``whenCreated``; operational ones by its schema need not be named.
    """

    # The rules ---------------------------------------------------------------------------------

    def test_c01_every_member_is_there(self) -> None:
        """C1."""
        missing = [name for name in _MEMBERS if not hasattr(self.connector, name)]
        if missing:
            raise broken(
                "C1",
                f"{type(self.connector).__name__} lacks {', '.join(missing)}",
                "add them; ldapconnector.connector.Connector documents each",
            )
        if not isinstance(self.connector.capabilities, Capabilities):
            raise broken(
                "C1",
                f"capabilities is {self.connector.capabilities!r}",
                "return a ldapconnector.connector.Capabilities",
            )

    def test_c02_discovery_tells_a_schema_that_accepts_the_samples(self) -> None:
        """C2."""
        found = self.connector.discover()
        _ = found.identification.traits
        problems = found.schema.check(self.sample(0))
        if problems:
            raise broken(
                "C2",
                f"the schema refuses sample(0): {problems[0]}",
                "let discover().schema define what the system stores; "
                "Schema.standard() has the usual classes",
            )

    def test_c03_what_was_added_is_read_back(self) -> None:
        """C3."""
        (entry,) = self._added(0)
        self._same(
            self.connector.read(entry.dn),
            entry,
            "C3",
            "store every attribute of an Add, and give all of them back by read(dn)",
        )
        again = self.connector.read(str(entry.dn).upper())
        if again is None:
            raise broken(
                "C3",
                f"read({str(entry.dn).upper()!r}) finds nothing",
                "compare names as DN values, never as texts: case does not matter",
            )

    def test_c03_read_gives_the_attributes_that_are_asked_for(self) -> None:
        """C3."""
        (entry,) = self._added(0)
        found = self.connector.read(entry.dn, [self.text_attribute])
        if found is None or self.text_attribute not in found:
            raise broken(
                "C3",
                f"read(dn, [{self.text_attribute!r}]) does not give it",
                "return the named attributes; None and '*' ask for all",
            )

    def test_c03_read_all_gives_what_read_gives(self) -> None:
        """C3."""
        entries = self._added(0, 1, 2)
        if not isinstance(self.connector, BatchReader):
            return
        names = [entries[2].dn, self.sample(3).dn, entries[0].dn, entries[1].dn]
        found = self.connector.read_all(names, [self.text_attribute])
        given = [None if one is None else one.dn for one in found]
        if given != [names[0], None, *names[2:]]:
            raise broken(
                "C3",
                f"read_all of {[str(one) for one in names]} gives "
                f"{[None if one is None else str(one) for one in given]}",
                "return one entry for each name, in their order, and None for an absent one",
            )
        if any(one is not None and self.text_attribute not in one for one in found):
            raise broken(
                "C3",
                f"read_all(names, [{self.text_attribute!r}]) does not give it",
                "return the attributes that read returns",
            )

    def test_c04_what_does_not_exist_is_none(self) -> None:
        """C4."""
        dn = self.sample(1).dn
        try:
            found = self.connector.read(dn)
        except LdapConnectorError as error:
            raise broken(
                "C4",
                f"read of an absent entry raises {type(error).__name__}",
                "return None; raise only where the answer is not known",
            ) from error
        if found is not None:
            raise broken("C4", f"read({dn}) gives {found!r} in an empty system", "return None")

    def test_c04_what_accounts_stand_below_can_be_read(self) -> None:
        """C4."""
        parent = self.sample(0).dn.parent
        if parent and self.connector.read(parent, ["objectClass"]) is None:
            raise broken(
                "C4",
                f"read({parent}), the parent of sample(0), gives None",
                "answer it with an entry of its own, such as an organizationalUnit; otherwise "
                "planning takes the parent for missing",
            )

    def test_c05_an_entry_carries_its_anchor_and_is_found_by_it(self) -> None:
        """C5."""
        (entry, _) = self._added(0, 1)
        if not self._anchored:
            return
        attribute = self.connector.capabilities.anchor
        found = self._read(entry.dn, "C5")
        if len(found.get(attribute, ())) != 1:
            raise broken(
                "C5",
                f"the entry has {len(found.get(attribute, ()))} values of {attribute}",
                f"put one value of {attribute}, the anchor of capabilities, into every "
                "entry that is read, whatever attributes are asked for",
            )
        by_anchor = self.connector.read(Anchor(attribute, found[attribute][0]))
        if by_anchor is None or by_anchor.dn != found.dn:
            raise broken(
                "C5",
                f"read(Anchor({attribute!r}, ...)) gives "
                f"{None if by_anchor is None else by_anchor.dn}, not {found.dn}",
                "look entries up by anchor as well as by name",
            )
        if self.connector.read(Anchor(attribute, b"00000000-0000-4000-8000-000000000000")):
            raise broken("C5", "an anchor that nobody has finds an entry", "return None")

    def test_c05_the_anchor_outlives_changes(self) -> None:
        """C5."""
        (entry,) = self._added(0)
        if not self._anchored:
            return
        attribute = self.connector.capabilities.anchor
        before = self._read(entry.dn, "C5").get(attribute)
        self.connector.export(self._replace(entry.dn, "changed"))
        name = entry.dn
        if self.can_rename:
            rename = self._rename(entry)
            self.connector.export(rename)
            name = rename.new_dn
        if self._read(name, "C5").get(attribute) != before:
            raise broken(
                "C5",
                f"{attribute} is another one after a change",
                "an anchor is given once and never changes; choose another attribute",
            )

    def test_c06_refusals_are_typed(self) -> None:
        """C6."""
        (entry,) = self._added(0)
        self._refused(Add(entry.with_values(self.text_attribute, "other")), EntryExists, "C6")
        self._same(
            self.connector.read(entry.dn),
            entry,
            "C6",
            "an Add that is refused must leave the entry as it is",
        )
        absent = self.sample(1).dn
        self._refused(self._replace(absent, "x"), EntryNotFound, "C6")
        self._refused(Delete(absent), EntryNotFound, "C6")
        if self.can_rename:
            self._refused(self._rename(self.sample(1)), EntryNotFound, "C6")

    def test_c07_a_modify_changes_what_it_names(self) -> None:
        """C7."""
        (entry,) = self._added(0)
        optional = self.optional_attribute
        self.connector.export(self._replace(entry.dn, "replaced"))
        expected = entry.with_values(self.text_attribute, "replaced")
        mend = "apply each modification of a Modify, and nothing else"
        self._same(self.connector.read(entry.dn), expected, "C7", mend)
        steps: list[tuple[ModificationType, tuple[bytes, ...], str | tuple[str, ...]]] = [
            (ModificationType.REPLACE, (b"one",), "one"),
            (ModificationType.DELETE, (b"one",), ()),
            (ModificationType.ADD, (b"two",), "two"),
            (ModificationType.REPLACE, (), ()),
        ]
        for operation, values, after in steps:
            modification = Modification(operation=operation, attribute=optional, values=values)
            self.connector.export(Modify(entry.dn, (modification,)))
            expected = expected.with_values(optional, after)
            self._same(
                self.connector.read(entry.dn),
                expected,
                "C7",
                f"{operation} of {optional} with {values!r}: {mend}",
            )

    def test_c08_a_rename_keeps_everything_but_the_name(self) -> None:
        """C8."""
        entry, other = self._added(0, 1)
        rename = self._rename(entry)
        if not self.can_rename:
            self._refused(rename, DirectoryError, "C8")
            return
        self.connector.export(rename)
        if self.connector.read(entry.dn) is not None:
            raise broken("C8", f"{entry.dn} is still there after its rename", "remove the old name")
        value = rename.new_rdn.avas[0].octets
        expected = entry.moved(rename.new_dn).with_values(self._names, value)
        self._same(
            self.connector.read(rename.new_dn),
            expected,
            "C8",
            f"a rename changes the name and {self._names}, which holds the new value",
        )
        # A rule on unique values may speak before the one on names.
        taken = Rename(dn=other.dn, new_rdn=rename.new_rdn)
        self._refused(taken, EntryExists, "C8", or_as=(InvalidValue,))

    def test_c09_what_was_deleted_is_gone(self) -> None:
        """C9."""
        entry, other = self._added(0, 1)
        self.connector.export(Delete(entry.dn))
        mend = "after a Delete nothing may show the entry"
        if self.connector.read(entry.dn) is not None:
            raise broken("C9", "read still gives a deleted entry", mend)
        if self._found(self._named(entry)):
            raise broken("C9", "find still gives a deleted entry", mend)
        if {one.dn for one in self._imported().entries} != {other.dn}:
            raise broken("C9", "full_import does not give exactly the entry that is left", mend)
        self.connector.export(Add(entry))  # its name is free again

    def test_c10_find_answers_each_filter_in_order(self) -> None:
        """C10."""
        one, two, _ = self._added(0, 1, 2)
        nobody = Filter.equal(self._names, "nobody-of-this-name")
        asked = [self._named(two), nobody, self._named(one), self._named(two)]
        answers = self.connector.find(asked)
        names = [[entry.dn for entry in answer] for answer in answers]
        if names != [[two.dn], [], [one.dn], [two.dn]]:
            shown = [[str(dn) for dn in answer] for answer in names]
            raise broken(
                "C10",
                f"find gives {shown} for {[str(one) for one in asked]}",
                "return one tuple for each filter, in their order, empty where nothing "
                "matches; an entry that two filters match comes twice",
            )
        either = self._found(self._named(one) | self._named(two))
        if {entry.dn for entry in either} != {one.dn, two.dn}:
            raise broken(
                "C10",
                f"{self._named(one) | self._named(two)} gives {len(either)} entries",
                "evaluate filters wholly; Filter.matches(entry, schema) does so",
            )
        if self.connector.find([]) != ():
            raise broken("C10", "find([]) gives something", "return an empty tuple")

    def test_c10_find_compares_as_the_schema_says(self) -> None:
        """C10."""
        (entry,) = self._added(0)
        value = entry[self._names][0].decode()
        if not self._found(Filter.equal(self._names, value.upper())):
            raise broken(
                "C10",
                f"({self._names}={value.upper()}) does not find {value!r}",
                "compare by the attribute's matching rule, here without regard to case; "
                "otherwise a second account is created",
            )

    def test_c11_values_are_data(self) -> None:
        """C11."""
        (entry,) = self._added(0)
        for text in _AWKWARD:
            self.connector.export(self._replace(entry.dn, text))
            found = self._read(entry.dn, "C11").text(self.text_attribute)
            if found != (text,):
                raise broken(
                    "C11",
                    f"{text!r} comes back as {found!r}",
                    "pass values as parameters, never as part of a statement",
                )
            matched = self._found(Filter.equal(self.text_attribute, text))
            if [one.dn for one in matched] != [entry.dn]:
                raise broken(
                    "C11",
                    f"{Filter.equal(self.text_attribute, text)} finds {len(matched)} entries",
                    "values in a filter are literal: * is a character, not a wildcard",
                )

    def test_c12_a_full_import_has_everything_once(self) -> None:
        """C12."""
        if self._imported().entries:
            raise broken(
                "C12",
                "an empty system imports entries",
                "make_connector must open an empty system, and full_import must give accounts only",
            )
        entries = self._added(*range(7))
        found = self._imported().entries
        names = [one.dn for one in found]
        if len(names) != len(set(names)) or set(names) != {one.dn for one in entries}:
            raise broken(
                "C12",
                f"7 entries were added and {len(names)} come, {len(set(names))} of them different",
                "give every entry of the object type exactly once, page by page",
            )
        by_name = {one.dn: one for one in found}
        for entry in entries:
            wanted = {self._names, self.text_attribute}
            missing = [name for name in wanted if name not in by_name[entry.dn]]
            if self._anchored and self.connector.capabilities.anchor not in by_name[entry.dn]:
                missing.append(self.connector.capabilities.anchor)
            if missing:
                raise broken(
                    "C12",
                    f"{entry.dn} comes without {', '.join(missing)}",
                    "give all attributes where none are named; the anchor always",
                )

    def test_c13_a_delta_import_sees_changes_or_says_that_it_cannot(self) -> None:
        """C13."""
        kept, gone = self._added(0, 1)
        method = self.connector.capabilities.delta
        watermark = self._imported().watermark
        if method is DeltaMethod.NONE:
            answer = self.connector.delta_import(watermark)  # type: ignore[arg-type]
            if not isinstance(answer, FullImportNeeded):
                raise broken(
                    "C13",
                    f"without a delta method, delta_import gives {answer!r}",
                    "return FullImportNeeded with the reason",
                )
            return
        if watermark is None:
            raise broken(
                "C13",
                f"the delta method is {method} and full_import has no watermark",
                "put where the delta goes on into FullImport.watermark",
            )
        (new,) = self._added(2)
        self.connector.export(self._replace(kept.dn, "changed"))
        self.connector.export(Delete(gone.dn))
        delta = self.connector.delta_import(watermark)
        if not isinstance(delta, DeltaImport):
            raise broken(
                "C13",
                f"right after a full import, delta_import gives {delta!r}",
                "answer from the watermark of the full import",
            )
        brought = {
            one.entry.dn: one.entry for one in delta.changes if not isinstance(one, EntryDeleted)
        }
        if not {kept.dn, new.dn} <= set(brought):
            raise broken(
                "C13",
                f"of an add and a modify it brings {[str(dn) for dn in brought]}",
                "bring every entry that was written since the watermark",
            )
        if brought[kept.dn].text(self.text_attribute) != ("changed",):
            raise broken("C13", "a changed entry comes as it was before", "bring its present state")
        deleted = [one for one in delta.changes if isinstance(one, EntryDeleted)]
        if method.sees_deletes and len(deleted) != 1:
            raise broken(
                "C13",
                f"one entry was deleted and {len(deleted)} are told, though {method} sees deletes",
                "tell deletions, or declare another method",
            )

    def test_c14_export_all_answers_for_each_change(self) -> None:
        """C14."""
        first = self._added(0)[0]
        changes: list[Change] = [Add(self.sample(1)), Add(first), Add(self.sample(2))]
        applied = list(self.connector.export_all(changes))
        answered = [one.change for one in applied]
        if sorted(map(id, answered)) != sorted(map(id, changes)):
            raise broken(
                "C14",
                f"{len(changes)} changes went in and {len(applied)} answers came",
                "yield one Applied for each change, with the change itself",
            )
        errors = {id(one.change): one.error for one in applied}
        if not isinstance(errors[id(changes[1])], EntryExists):
            raise broken(
                "C14",
                f"the answer for an entry that exists is {errors[id(changes[1])]!r}",
                "put the typed error into Applied.error and do not raise it",
            )
        if any(errors[id(one)] is not None for one in (changes[0], changes[2])):
            raise broken("C14", "a refused change keeps others from being done", "go on after it")
        self._read(self.sample(2).dn, "C14")

    def test_c15_a_condition_that_is_not_met_stops_the_change(self) -> None:
        """C15."""
        if not self.connector.capabilities.assertions:
            return
        (entry,) = self._added(0)
        change = self._replace(entry.dn, "changed")
        unmet = Filter.equal(self.text_attribute, "something else")
        (applied,) = self.connector.export_all([change], assertion_for=lambda _: unmet)
        refused = applied.error is not None
        try:
            self.connector.export(change, assertion=unmet)
        except DirectoryError:
            self._same(
                self.connector.read(entry.dn),
                entry,
                "C15",
                "a change whose condition is not met must change nothing",
            )
        else:
            refused = False
        if not refused:
            raise broken(
                "C15",
                "a change is made though its condition is not met",
                "check the condition together with the change, in export and in export_all, or "
                "declare capabilities.assertions False",
            )
        met = Filter.equal(self.text_attribute, entry[self.text_attribute][0])
        (applied,) = self.connector.export_all([change], assertion_for=lambda _: met)
        if applied.error is not None:
            raise broken(
                "C15",
                f"a change whose condition is met is refused: {applied.error}",
                "ask assertion_for for the condition of each change, and check that one",
            )

    def test_c16_a_cycle_provisions_through_it(self) -> None:
        """C16."""
        provisioner = Provisioner(self.connector, self._rules())
        users = [self._user(number) for number in range(3)]
        self._cycle(provisioner, users, ["create"] * 3)
        plan = provisioner.plan(users)
        if not plan.empty:
            raise broken(
                "C16",
                f"a second plan is not empty:\n{plan.to_text()}",
                "give values back as they were written; compare by matching rule",
            )
        users[1]["text"] = "changed"
        self._cycle(provisioner, users, ["update"])
        removed = [{"id": "id-2", "@removed": {"reason": "deleted"}}]
        self._cycle(provisioner, [*users[:2], *removed], ["delete"])
        if {one.dn for one in self._imported().entries} != {self.sample(n).dn for n in (0, 1)}:
            raise broken(
                "C16", "after the delete not exactly the two accounts are left", "see C9 and C12"
            )

    def test_c17_a_password_can_be_set(self) -> None:
        """C17."""
        if not self.connector.capabilities.set_password:
            return
        (entry,) = self._added(0)
        self.connector.set_password(entry.dn, Secret.of("Correct-Horse-7-Battery"))
        absent = self.sample(1).dn
        try:
            self.connector.set_password(absent, Secret.of("Correct-Horse-7-Battery"))
        except DirectoryError:
            return
        raise broken(
            "C17",
            f"set_password({absent}) of an absent entry succeeds",
            "raise ldapconnector.errors.EntryNotFound",
        )
