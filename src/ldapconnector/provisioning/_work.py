"""What is under way for one user while a plan is applied, and how it is taken back."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from ldapconnector.entries import (
    Add,
    Change,
    Delete,
    Entry,
    Modification,
    Modify,
    Rename,
    write_ldif,
)
from ldapconnector.errors import LdapConnectorError
from ldapconnector.mapping import PASSWORD_ATTRIBUTES
from ldapconnector.names import DN
from ldapconnector.planning import PlannedChange, Step, StepKind
from ldapconnector.provisioning._outcomes import StepOutcome

__all__ = ["Work", "undo_text"]


@attrs.define(kw_only=True)
class Work:
    """What is under way for one user.

    Attributes:
        planned: what was planned, with the values of that time.
        item: what is left of it to send: with confidential values, and with references that
            followed a rename.
        steps: the requests that were answered, in order.
        sent: what the directory has now, in order.
        notes: what to know besides.
        error: why it stopped.
        settled: steps that the account showed as done already.
        anchor, dn: the account now.
        before: the account before a rename, as far as it was read; its RDN attributes are
            all there.
        deleted: the account as it was before it was deleted.
    """

    planned: PlannedChange
    item: PlannedChange = attrs.field(default=attrs.Factory(lambda self: self.planned, True))
    steps: list[StepOutcome] = attrs.field(factory=list)
    sent: list[Change] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)
    error: LdapConnectorError | None = None
    settled: frozenset[StepKind] = frozenset()
    anchor: bytes | None = None
    dn: DN | None = None
    before: Entry | None = None
    deleted: Entry | None = None

    def step(self, kind: StepKind) -> Step | None:
        """Return the step of a kind that is still to be done, while nothing failed."""
        if self.error is not None or kind in self.settled:
            return None
        return next((step for step in self.item.steps if step.kind is kind), None)

    def done(self, kind: StepKind | None, note: str = "") -> None:
        """Note a step that is done."""
        self.steps.append(StepOutcome(kind=kind, done=True, note=note))

    def done_already(self, kind: StepKind) -> None:
        """Note a step that the account showed as done."""
        if self.error is None and kind in self.settled:
            self.done(kind, "it was done already")

    def fail(self, kind: StepKind | None, error: LdapConnectorError) -> None:
        """Note why it goes no further."""
        self.steps.append(StepOutcome(kind=kind, done=False, error=error))
        self.error = error


def undo_text(work: Work) -> str:
    """Return LDIF that takes back what was done, the last step first; without secrets."""
    hidden = work.item.confidential
    changes = list(_undone(work, hidden))
    if not changes:
        return ""
    head = f"# withheld: {', '.join(sorted(hidden))}\n" if hidden else ""
    return head + write_ldif(changes)


def _undone(work: Work, hidden: frozenset[str]) -> Iterator[Change]:
    if work.deleted is not None:
        yield Add(_shown(work.deleted, hidden))
        return
    # The values of the RDN come back together, once the entry has its old name again.
    rename = next((one for one in work.sent if isinstance(one, Rename)), None)
    named = frozenset[str]()
    if rename is not None and work.before is not None:
        named = frozenset(ava.type.lower() for ava in (*rename.dn.rdn.avas, *rename.new_rdn.avas))
    for change in reversed(work.sent):
        if isinstance(change, Add):
            yield Delete(change.dn)
        elif isinstance(change, Modify):
            before = {one.attribute.lower(): one.before for one in work.planned.values}
            names = dict.fromkeys(one.attribute for one in change.modifications)
            modifications = tuple(
                Modification.replace(name, before.get(name.lower(), ()))
                for name in names
                if name.lower() not in hidden | named
            )
            if modifications:
                yield Modify(change.dn, modifications)
        elif isinstance(change, Rename):
            yield from _renamed_back(change, work, named)


def _renamed_back(change: Rename, work: Work, named: frozenset[str]) -> Iterator[Change]:
    yield Rename(
        dn=change.new_dn,
        new_rdn=change.dn.rdn,
        new_superior=None if change.new_superior is None else change.dn.parent,
        delete_old_rdn=True,
    )
    if work.before is None:
        return
    old = {ava.type.lower(): {ava.octets} for ava in change.dn.rdn.avas}
    modifications = tuple(
        Modification.replace(name, work.before.get(name, ()))
        for name in sorted(named)
        if set(work.before.get(name, ())) != old.get(name, set())
    )
    if modifications:
        yield Modify(change.dn, modifications)


def _shown(entry: Entry, hidden: frozenset[str]) -> Entry:
    """Return the entry without what is confidential."""
    for name in tuple(entry):
        lower = name.lower()
        if lower in hidden or "password" in lower or lower in PASSWORD_ATTRIBUTES:
            entry = entry.without(name)
    return entry
