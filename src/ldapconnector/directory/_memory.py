"""A directory in memory that behaves as a real one.

It enforces its schema, keeps the operational attributes, refuses what the product that it
imitates refuses, with that product's result code and message. So a plan that works here
works there, and a test needs no server. Built from any root DSE and schema, or from the
facts that this library carries of each product (:meth:`MemoryDirectory.like`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import os
import uuid
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Self

import attrs

from ldapconnector.directory._change_log import LogKind, Written, log_entry, log_root
from ldapconnector.directory._personality import Personality, personality_of
from ldapconnector.directory._protocol import Applied, Control, Finished, Receiver, Scope
from ldapconnector.directory._results import ResultCode, result_error
from ldapconnector.directory._tree import Tree
from ldapconnector.directory.controls import SHOW_DELETED
from ldapconnector.entries import (
    Add,
    Change,
    Delete,
    Entry,
    Modification,
    ModificationType,
    Modify,
    Rename,
    apply_change,
)
from ldapconnector.errors import DirectoryError, ServerBusy, UsageError
from ldapconnector.names import AVA, DN, RDN, Filter
from ldapconnector.schema import Problem, ProblemCode, Schema
from ldapconnector.secret import Secret
from ldapconnector.vendors import Vendor, identify

__all__ = ["MemoryDirectory"]

_EVERYTHING: Final = Filter.present("objectClass")
_SALT_OCTETS: Final = 8
# What is wrong with the values of a request, whatever entry they are for.
_OF_VALUES: Final = frozenset(
    {
        ProblemCode.INVALID_VALUE,
        ProblemCode.UNKNOWN_CLASS,
        ProblemCode.SEVERAL_VALUES,
        ProblemCode.DUPLICATE_VALUE,
        ProblemCode.BINARY_OPTION,
    }
)
_LATE: Final = frozenset({ProblemCode.INVALID_VALUE, ProblemCode.NAMING})
_REPEATED: Final = frozenset({ProblemCode.DUPLICATE_VALUE})
_OF_DELETED: Final = _OF_VALUES - {ProblemCode.SEVERAL_VALUES, ProblemCode.DUPLICATE_VALUE}


def _recognised(root_dse: Entry, schema: Schema) -> Personality:
    found = identify(root_dse, schema)
    known = found.vendor is not None and found.supported
    return personality_of(found.vendor if known and found.vendor else Vendor.OPENLDAP)


def _now() -> datetime:
    return datetime.now(UTC)


@attrs.frozen(kw_only=True)
class _Asked:
    """The attributes that a search returns.

    Attributes:
        everything: all user attributes (``*``).
        operational: all operational ones (``+``).
        names: names in lower case, subtypes included, each with the options it must have.
    """

    everything: bool
    operational: bool
    names: frozenset[tuple[str, frozenset[str]]]


class MemoryDirectory:
    """A directory whose entries live in memory.

    Args:
        root_dse: what the directory says about itself; its naming contexts are where
            entries can be added.
        schema: what entries can look like.
        entries: the content to start with, parents first; the entry of a naming context
            need not be the first one written. They are added as any other entry is.
        personality: operational attributes, messages and result codes of a product; by
            default those of the product that ``root_dse`` and ``schema`` show, and
            OpenLDAP's where they show none that we know.
        size_limit: the most entries that one search returns; 0 is no limit.
        change_log: whether changes are recorded, in the product's kind of change log.
        clock: tells the time of an operation; aware.
        new_uuid: makes identifiers.
        bound_as: the name that ``creatorsName`` and ``modifiersName`` show.

    Raises:
        DirectoryError: one of ``entries`` is refused.

    >>> directory = MemoryDirectory.like("openldap", suffix="dc=example,dc=com")
    >>> directory.apply(Add(Entry("uid=jane,dc=example,dc=com", {
    ...     "objectClass": "inetOrgPerson", "uid": "jane", "cn": "Jane Doe", "sn": "Doe"})))
    >>> [entry.first("cn") for entry in directory.search("dc=example,dc=com",
    ...     Filter.parse("(uid=JANE)"))]
    ['Jane Doe']
    """

    def __init__(
        self,
        *,
        root_dse: Entry,
        schema: Schema,
        entries: Iterable[Entry] = (),
        personality: Personality | None = None,
        size_limit: int = 0,
        change_log: bool = False,
        clock: Callable[[], datetime] = _now,
        new_uuid: Callable[[], uuid.UUID] = uuid.uuid4,
        bound_as: str = "",
    ) -> None:
        self._root_dse = root_dse
        self._schema = schema
        self._personality = personality or _recognised(root_dse, schema)
        self._size_limit = size_limit
        self._clock = clock
        self._new_uuid = new_uuid
        self._bound_as = bound_as
        self._tree = Tree(schema, plain_filters=self._personality.plain_filters)
        self._contexts = tuple(map(DN.parse, filter(None, root_dse.text("namingContexts"))))
        self._sequence = 0
        self._closed = False
        self._log = self._personality.log if change_log else LogKind.NONE
        self._logged = 0
        self._csns: list[bytes] = []
        self._tombstones: list[Entry] = []
        if self._personality.keeps_tombstones:
            self._tombstones += map(self._personality.graveyard, self._contexts)
        if self._log is not LogKind.NONE:
            self._contexts += (self._log.base,)
            self._tree.put(log_root(self._log))
        for entry in entries:
            self.apply(Add(entry))

    @classmethod
    def like(
        cls,
        product: Vendor | str,
        *,
        suffix: DN | str = "dc=example,dc=com",
        entries: Iterable[Entry] = (),
        size_limit: int = 0,
        change_log: bool = False,
        clock: Callable[[], datetime] = _now,
        new_uuid: Callable[[], uuid.UUID] = uuid.uuid4,
    ) -> MemoryDirectory:
        """Open a directory that behaves as ``product``, with the entry of its suffix.

        Args:
            product: one of the twelve, such as ``"openldap"`` or ``Vendor.DS_389``.
            suffix: the naming context, named by ``dc``, ``o``, ``ou``, ``c``, ``l`` or ``cn``.
            entries: further entries, parents first.
            size_limit, change_log, clock, new_uuid: see the class.

        Raises:
            UsageError: no such product, or no entry can be made for the suffix.
        """
        personality = personality_of(product)
        base = DN.of(suffix)
        return cls(
            root_dse=personality.root_dse(base),
            schema=personality.schema(),
            entries=[personality.suffix_entry(base), *entries],
            personality=personality,
            size_limit=size_limit,
            change_log=change_log,
            clock=clock,
            new_uuid=new_uuid,
            bound_as=str(DN.build(("cn", "admin"), base)),
        )

    @property
    def root_dse(self) -> Entry:
        """The root DSE, with what changes as the directory does."""
        dse = self._root_dse.with_values("namingContexts", list(map(str, self._contexts)))
        if self._log is LogKind.CHANGE_LOG:
            dse = dse.with_values("changelog", str(self._log.base))
            dse = dse.with_values("firstChangeNumber", "1" if self._logged else "0")
            dse = dse.with_values("lastChangeNumber", str(self._logged))
        if "highestCommittedUSN" in dse:
            dse = dse.with_values("highestCommittedUSN", str(self._sequence))
        return dse

    @property
    def schema(self) -> Schema:
        """The schema that is enforced."""
        return self._schema

    @property
    def personality(self) -> Personality:
        """The product that the directory behaves as."""
        return self._personality

    def __len__(self) -> int:
        return len(self._tree)

    # -- reading -----------------------------------------------------------------------

    def search(
        self,
        base: DN | str,
        filter: Filter = _EVERYTHING,  # noqa: A002  the field's word
        *,
        scope: Scope = Scope.SUBTREE,
        attributes: Sequence[str] = ("*",),
        page_size: int | None = None,
        size_limit: int = 0,
        time_limit: int = 0,
        controls: Sequence[Control] = (),
        receive: Receiver | None = None,
    ) -> Iterator[Entry]:
        """Yield the entries that match; see ``Directory.search``.

        ``page_size`` changes nothing here but the moment at which entries are looked up;
        ``time_limit`` is never reached. A critical control is refused, save for "show
        deleted" where the product that is imitated has it.
        """
        del page_size, time_limit
        self._check_open("search")
        if not isinstance(filter, Filter):
            raise UsageError(
                f"the filter of a search is a Filter, not {type(filter).__name__}: "
                'write Filter.parse("(uid=jane)")'
            )
        dn = DN.of(base)
        known = {SHOW_DELETED} if self._personality.keeps_tombstones else set()
        show_deleted = any(one.oid in known for one in controls)
        critical = next((one for one in controls if one.critical and one.oid not in known), None)
        if critical is not None:
            raise self._refused(
                ResultCode.UNAVAILABLE_CRITICAL_EXTENSION,
                "search",
                dn,
                f"critical control {critical.oid} is not known here",
            )
        limit = min(_set(size_limit, self._size_limit), default=0)
        asked = self._asked(attributes)
        gone = self._gone(dn, scope) if show_deleted else []
        there = self._found(dn, filter, scope) if dn in self._tree or not gone else ()
        found = itertools.chain(there, (one for one in gone if filter.matches(one, self._schema)))
        for count, entry in enumerate(found):
            if limit and count == limit:
                if receive is not None:
                    receive(Finished(code=ResultCode.SIZE_LIMIT_EXCEEDED))
                raise self._refused(ResultCode.SIZE_LIMIT_EXCEEDED, "search", dn)
            yield self._selected(entry, asked)
        if receive is not None:
            receive(Finished(code=ResultCode.SUCCESS))

    def read(self, dn: DN | str, attributes: Sequence[str] = ("*",)) -> Entry | None:
        """Return one entry, or None where there is none."""
        self._check_open("search")
        found = next(self._found(DN.of(dn), _EVERYTHING, Scope.BASE, must_exist=False), None)
        return None if found is None else self._selected(found, self._asked(attributes))

    def _found(
        self, dn: DN, filter_: Filter, scope: Scope, *, must_exist: bool = True
    ) -> Iterator[Entry]:
        if not dn and scope is Scope.BASE:
            return iter([self.root_dse])
        subschema = self._root_dse.first("subschemaSubentry")
        if subschema is not None and scope is Scope.BASE and dn == DN.parse(subschema):
            return iter([self._subschema(dn)])
        if dn not in self._tree and dn:
            if must_exist:
                raise self._missing("search", dn)
            return iter(())
        bases = [dn] if dn else [one for one in self._contexts if one in self._tree]
        if filter_.attributes & self._personality.computed_names:
            entries = (entry for one in bases for entry in self._tree.under(one, scope))
            return (
                entry
                for entry in entries
                if filter_.matches(Entry(entry.dn, self._with_computed(entry)), self._schema)
            )
        return (entry for one in bases for entry in self._tree.search(one, scope, filter_))

    def _gone(self, dn: DN, scope: Scope) -> list[Entry]:
        """Return the tombstones, and the containers that hold them, of a part of the tree."""
        if scope is Scope.BASE:
            return [one for one in self._tombstones if one.dn == dn]
        if scope is Scope.ONE_LEVEL:
            return [one for one in self._tombstones if one.dn.parent == dn]
        return [one for one in self._tombstones if one.dn.is_under(dn)]

    def _subschema(self, dn: DN) -> Entry:
        return Entry(
            dn,
            {
                "objectClass": ["top", "subentry", "subschema"],
                **{name: list(texts) for name, texts in self._schema.definitions().items()},
            },
        )

    def _asked(self, attributes: Sequence[str]) -> _Asked:
        """Work out, once a search, which descriptions select a value."""
        wanted = [name.lower() for name in attributes] or ["*"]
        names: set[tuple[str, frozenset[str]]] = set()
        for name in wanted:
            kind, _, options = name.partition(";")
            asked = frozenset(filter(None, options.split(";")))
            names.update((one, asked) for one in self._schema.names_of(kind))
        return _Asked(everything="*" in wanted, operational="+" in wanted, names=frozenset(names))

    def _selected(self, entry: Entry, asked: _Asked) -> Entry:
        """Keep what was asked for (RFC 4511, 4.5.1.8), computing what is not stored."""
        kept: dict[str, tuple[bytes, ...]] = {}
        for name, values in self._with_computed(entry).items():
            kind, _, options = name.lower().partition(";")
            known = self._schema.attribute(kind)
            operational = known is not None and known.operational
            if (asked.operational if operational else asked.everything) or any(
                kind == one and wanted <= set(options.split(";")) for one, wanted in asked.names
            ):
                kept[name] = values
        return Entry(entry.dn, kept)

    def _with_computed(self, entry: Entry) -> Mapping[str, tuple[bytes, ...]]:
        if not entry.dn:
            return entry
        if entry.dn == self._log.base and self._csns:
            entry = entry.with_values("minCSN", self._csns[0])
        if self._csns and entry.dn in self._contexts:
            entry = entry.with_values("contextCSN", self._csns[-1])
        return {
            **entry,
            **self._personality.computed(
                entry,
                has_children=self._tree.has_children(entry.dn),
                subschema=self._root_dse.first("subschemaSubentry") or "",
            ),
        }

    # -- writing -----------------------------------------------------------------------

    def apply(self, change: Change, *, assertion: Filter | None = None) -> None:
        """Carry out one change; see ``Directory.apply``."""
        self._check_open("change")
        if assertion is not None and not isinstance(change, Add):
            entry = self._existing(change.dn, _OPERATIONS[type(change)])
            if not assertion.matches(Entry(entry.dn, self._with_computed(entry)), self._schema):
                raise self._refused(
                    ResultCode.ASSERTION_FAILED, _OPERATIONS[type(change)], change.dn
                )
        match change:
            case Add():
                self._add(change)
            case Delete():
                self._delete(change)
            case Modify():
                self._modify(change)
            case Rename():
                self._rename(change)
            case _:
                raise UsageError(
                    f"a change is an Add, Modify, Rename or Delete, not {type(change).__name__}"
                )

    def apply_all(
        self,
        changes: Iterable[Change],
        *,
        assertion_for: Callable[[Change], Filter | None] | None = None,
    ) -> Iterator[Applied]:
        """Carry out many changes in order; one that fails does not stop the others."""
        for change in changes:
            try:
                self.apply(change, assertion=assertion_for and assertion_for(change))
            except DirectoryError as error:
                yield Applied(change, error)
            else:
                yield Applied(change)

    def set_password(self, dn: DN | str, new: Secret, *, old: Secret | None = None) -> None:
        """Set a password, or change it where ``old`` is given. It is stored as a hash."""
        self._check_open("modify")
        entry = self._existing(DN.of(dn), "password")
        if old is not None and not self.check_password(entry.dn, old):
            raise self._refused(
                ResultCode.UNWILLING_TO_PERFORM,
                "password",
                entry.dn,
                self._personality.messages.wrong_old_password,
            )
        attribute = self._personality.password_attribute
        stored = entry.with_values(attribute, _hashed(new.reveal().encode()))
        self._check(stored, "password")
        self._write(Modify(entry.dn, (Modification.replace(attribute),)), entry, stored)

    def check_password(self, dn: DN | str, password: Secret) -> bool:
        """Tell whether a simple bind with this password would succeed."""
        entry = self._tree.get(DN.of(dn))
        given = password.reveal().encode()
        return entry is not None and any(
            _is_password(stored, given)
            for stored in entry.get(self._personality.password_attribute, ())
        )

    def _add(self, change: Add) -> None:
        dn, entry = change.dn, change.entry
        if not dn:
            raise self._refused(ResultCode.UNWILLING_TO_PERFORM, "add", dn)
        parts = [(ModificationType.ADD, name, values) for name, values in entry.items()]
        if not self._personality.request_first:
            self._check_request(dn, "add", parts, only=_REPEATED)
            self._check_place(dn)
        self._check_request(dn, "add", parts, only=self._personality.checked_in_requests)
        self._check_unmodifiable(dn, "add", entry)
        # A name's values belong to the entry whether or not they were given (X.501, 9.4).
        entry = self._named(entry, dn.rdn)
        self._check(entry, "add")
        self._check_place(dn)
        self._write(change, None, self._completed(entry.moved(self._placed(dn.rdn, dn.parent))))

    def _check_place(self, dn: DN) -> None:
        """Refuse a name that is taken, or for which there is no place."""
        if dn in self._tree:
            raise self._refused(ResultCode.ENTRY_ALREADY_EXISTS, "add", dn)
        if dn not in self._contexts and (dn.parent is None or dn.parent not in self._tree):
            if not any(dn.is_under(context) for context in self._contexts):
                raise self._refused(
                    self._personality.no_context_code,
                    "add",
                    dn,
                    self._personality.messages.no_context,
                )
            raise self._missing("add", dn)

    def _named(self, entry: Entry, rdn: RDN) -> Entry:
        for ava in rdn:
            key = self._schema.equality_key(ava.type, ava.octets)
            names = self._schema.attribute(ava.type)
            spelled = next(
                (name for name in (names.names if names else ()) if name in entry), ava.type
            )
            values = entry.get(spelled, ())
            if all(self._schema.equality_key(ava.type, value) != key for value in values):
                entry = entry.with_values(spelled, (*values, ava.octets))
        return entry

    def _delete(self, change: Delete) -> None:
        entry = self._existing(change.dn, "delete")
        if self._tree.has_children(entry.dn):
            raise self._refused(
                ResultCode.NOT_ALLOWED_ON_NON_LEAF,
                "delete",
                entry.dn,
                self._personality.messages.not_leaf,
            )
        self._tree.remove(entry.dn)
        self._sequence += 1
        if self._personality.keeps_tombstones:
            context = next(one for one in self._contexts if entry.dn.is_under(one))
            self._tombstones.append(
                self._personality.tombstone(entry, context, sequence=self._sequence)
            )
        self._record(change, entry, None)

    def _modify(self, change: Modify) -> None:
        for modification in change.modifications:
            if modification.operation is ModificationType.ADD and not modification.values:
                raise self._refused(
                    ResultCode.PROTOCOL_ERROR,
                    "modify",
                    change.dn,
                    self._personality.messages.no_values,
                )
        if not self._personality.request_first:
            self._existing(change.dn, "modify")
        self._check_request(
            change.dn,
            "modify",
            ((one.operation, one.attribute, one.values) for one in change.modifications),
            only=self._personality.checked_in_requests,
        )
        self._check_unmodifiable(
            change.dn, "modify", (one.attribute for one in change.modifications)
        )
        before = self._existing(change.dn, "modify")
        after = before
        for modification in change.modifications:
            self._check_modification(after, modification)
            after = apply_change(after, Modify(change.dn, (modification,)), self._schema) or after
        self._check_structural(before, after)
        if not self._personality.request_first:
            self._check(after, "modify")
        for ava in before.dn.rdn:
            wanted = self._schema.equality_key(ava.type, ava.octets)
            held = self._values(after, ava.type)
            if all(self._schema.equality_key(ava.type, value) != wanted for value in held):
                raise self._refused(
                    self._personality.rdn_code,
                    "modify",
                    change.dn,
                    self._personality.messages.naming_value.format(attribute=ava.type),
                )
        self._check(after, "modify")
        self._write(change, before, self._completed(after))

    def _values(self, entry: Entry, attribute: str) -> list[bytes]:
        names = self._schema.names_of(attribute)
        return [value for name, held in entry.items() if name.lower() in names for value in held]

    def _check_request(
        self,
        dn: DN,
        operation: str,
        parts: Iterable[tuple[ModificationType, str, tuple[bytes, ...]]],
        *,
        only: Container[ProblemCode],
    ) -> None:
        """Refuse what no entry could ever hold, before any entry is looked at."""
        for kind, name, values in parts:
            wrong = _OF_DELETED if kind is ModificationType.DELETE else _OF_VALUES
            known = self._schema.attribute(name)
            problems = self._schema.check(Entry(dn, {name: values or b""}), adding=True)
            for problem in problems:
                if problem.code not in only or problem.attribute.lower() != name.lower():
                    continue
                if problem.code is ProblemCode.UNKNOWN_ATTRIBUTE or (
                    values and problem.code in wrong
                ):
                    if known is None:
                        raise self._refused(
                            self._personality.unknown_attribute_code,
                            operation,
                            dn,
                            self._personality.message_of(problem),
                        )
                    raise self._faulty(problem, operation, dn)

    def _check_modification(self, entry: Entry, modification: Modification) -> None:
        name, dn = modification.attribute, entry.dn
        kind = name.partition(";")[0]
        messages = self._personality.messages
        key = self._schema.equality_key
        keys = [key(kind, value) for value in modification.values]
        present = {key(kind, value) for value in entry.get(name, ())}
        match modification.operation:
            case ModificationType.ADD:
                taken = next((index for index, one in enumerate(keys) if one in present), None)
                if taken is not None:
                    raise self._refused(
                        ResultCode.ATTRIBUTE_OR_VALUE_EXISTS,
                        "modify",
                        dn,
                        messages.value_exists.format(attribute=name, index=taken),
                    )
            case ModificationType.DELETE | ModificationType.INCREMENT:
                if not present or not present.issuperset(keys):
                    text = messages.no_such_value if present else messages.no_such_attribute
                    raise self._refused(
                        ResultCode.NO_SUCH_ATTRIBUTE, "modify", dn, text.format(attribute=name)
                    )
            case ModificationType.REPLACE:
                pass

    def _rename(self, change: Rename) -> None:
        if change.new_superior is not None and self._is_below_itself(change):
            raise self._refused(
                ResultCode.UNWILLING_TO_PERFORM,
                "rename",
                change.dn,
                self._personality.messages.below_itself,
            )
        before = self._existing(change.dn, "rename")
        parent = change.dn.parent if change.new_superior is None else change.new_superior
        if parent is None or parent not in self._tree:
            raise self._missing("rename", parent or DN(), self._personality.messages.no_superior)
        new = self._placed(change.new_rdn, parent)
        if new in self._tree and self._tree.key(new) != self._tree.key(before.dn):
            raise self._refused(ResultCode.ENTRY_ALREADY_EXISTS, "rename", change.dn)
        renamed = apply_change(before, change, self._schema)
        after = (renamed or before).moved(new)
        self._check(after, "rename")
        stamped = self._stamped(after)
        self._tree.move(before.dn, stamped)
        self._record(change, before, stamped)

    def _is_below_itself(self, change: Rename) -> bool:
        superior = change.new_superior or DN()
        if superior.is_under(change.dn):
            return True
        # 389 Directory Server also looks at the name without the move.
        unmoved = DN.build(change.new_rdn, change.dn.parent or DN())
        return not self._personality.request_first and superior.is_under(unmoved)

    def _write(self, change: Change, before: Entry | None, after: Entry) -> None:
        stamped = self._stamped(after, new=before is None)
        self._tree.put(stamped)
        self._record(change, before, stamped)

    def _record(self, change: Change, before: Entry | None, after: Entry | None) -> None:
        if self._log is LogKind.NONE:
            return
        self._logged += 1
        now = self._clock()
        csn = self._personality.csn(now, self._sequence)
        if csn:
            self._csns = [*self._csns[:1], csn]
        written = Written(
            change=change,
            before=before,
            after=after,
            number=self._logged,
            time=now,
            by=self._bound_as,
            anchor=next(iter(self._personality.anchors), ""),
            sequence=csn,
        )
        self._tree.put(log_entry(self._log, written))

    def _placed(self, rdn: RDN, parent: DN | None) -> DN:
        """Return a name as the directory will show it: below its parent as that is spelled."""
        above = self._tree.get(parent) if parent else None
        if self._personality.pretty_names:
            types = [self._schema.attribute(ava.type) for ava in rdn]
            rdn = RDN(
                tuple(
                    ava if known is None else AVA(known.name, ava.value)
                    for ava, known in zip(rdn, types, strict=True)
                )
            )
        return DN.build(rdn, (parent or DN()) if above is None else above.dn)

    # -- rules -------------------------------------------------------------------------

    def _check(self, entry: Entry, operation: str) -> None:
        problems = self._schema.check(entry)
        if problems:
            first = problems[0]
            if not self._personality.request_first:
                # The content of the entry as a whole counts before the form of its values.
                first = min(problems, key=lambda one: one.code in _LATE)
            raise self._faulty(first, operation, entry.dn)

    def _faulty(self, problem: Problem, operation: str, dn: DN) -> DirectoryError:
        return self._refused(
            self._personality.code_of(problem),
            operation,
            dn,
            self._personality.message_of(problem),
        )

    def _check_unmodifiable(self, dn: DN, operation: str, names: Iterable[str]) -> None:
        for name in names:
            known = self._schema.attribute(name.partition(";")[0])
            if known is not None and known.no_user_modification:
                raise self._refused(
                    self._personality.unmodifiable_code,
                    operation,
                    dn,
                    self._personality.messages.unmodifiable.format(attribute=name),
                )

    def _check_structural(self, before: Entry, after: Entry) -> None:
        old = self._schema.structural_class(before.object_classes)
        new = self._schema.structural_class(after.object_classes)
        if old and new and old != new and self._personality.structural_class_fixed:
            raise self._refused(
                ResultCode.OBJECT_CLASS_MODS_PROHIBITED,
                "modify",
                before.dn,
                self._personality.messages.structural_change.format(old=old, new=new),
            )

    def _existing(self, dn: DN, operation: str) -> Entry:
        entry = self._tree.get(dn)
        if entry is None:
            raise self._missing(operation, dn)
        return entry

    def _missing(self, operation: str, dn: DN, diagnostic: str = "") -> DirectoryError:
        return self._refused(
            ResultCode.NO_SUCH_OBJECT, operation, dn, diagnostic, matched=self._tree.nearest(dn)
        )

    def _refused(
        self,
        code: int,
        operation: str,
        dn: DN,
        diagnostic: str = "",
        *,
        matched: DN | None = None,
    ) -> DirectoryError:
        return result_error(
            code,
            operation=operation,
            dn=str(dn),
            diagnostic=diagnostic,
            matched_dn="" if matched is None else str(matched),
        )

    def _stamped(self, entry: Entry, *, new: bool = False) -> Entry:
        self._sequence += 1
        stamps = self._personality.stamps(
            entry,
            schema=self._schema,
            new_uuid=self._new_uuid() if new else None,
            now=self._clock(),
            sequence=self._sequence,
            by=self._bound_as,
        )
        for name, value in stamps.items():
            entry = entry.with_values(name, value)
        return entry

    def _completed(self, entry: Entry) -> Entry:
        """Return the entry as the product stores it."""
        if self._personality.adds_superclasses:
            named = {name.lower() for name in entry.object_classes}
            above = dict.fromkeys(
                one for name in entry.object_classes for one in self._schema.superclasses(name)
            )
            missing = [name for name in above if name.lower() not in named]
            if missing:
                entry = entry.with_values("objectClass", [*entry.object_classes, *missing])
        attribute = self._personality.password_attribute
        values = entry.get(attribute, ())
        if not self._personality.hashes_passwords or all(v.startswith(b"{") for v in values):
            return entry
        hashed = [value if value.startswith(b"{") else _hashed(value) for value in values]
        return entry.with_values(attribute, hashed)

    # -- life --------------------------------------------------------------------------

    def close(self) -> None:
        """End the session; the entries stay, and a new ``with`` opens it again."""
        self._closed = True

    def _check_open(self, operation: str) -> None:
        if self._closed:
            raise ServerBusy(
                "the directory is closed",
                operation=operation,
                code=ResultCode.UNAVAILABLE,
                next_step="Enter it again with 'with'; its entries are still there.",
            )

    def __enter__(self) -> Self:
        self._closed = False
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        contexts = ", ".join(map(str, self._contexts))
        return f"<MemoryDirectory like {self._personality.vendor}: {contexts}, {len(self)} entries>"


_OPERATIONS: Final = {Add: "add", Delete: "delete", Modify: "modify", Rename: "rename"}


def _set(*limits: int) -> list[int]:
    """Return the limits that limit."""
    return [limit for limit in limits if limit > 0]


def _hashed(password: bytes) -> bytes:
    salt = os.urandom(_SALT_OCTETS)
    digest = hashlib.sha512(password + salt).digest()
    return b"{SSHA512}" + base64.b64encode(digest + salt)


def _is_password(stored: bytes, given: bytes) -> bool:
    if not stored.startswith(b"{SSHA512}"):
        return hmac.compare_digest(stored, given)
    raw = base64.b64decode(stored[9:])
    digest, salt = raw[:64], raw[64:]
    return hmac.compare_digest(hashlib.sha512(given + salt).digest(), digest)
