"""One user's part of a plan, as far as it can be told without looking at other users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, final

import attrs

from ldapconnector.entries import Add, Delete, Entry, Modification, Modify, Rename, apply_change
from ldapconnector.mapping import (
    PASSWORD_ATTRIBUTES,
    SOFT_DELETED,
    CompiledMappings,
    FlowType,
    MappedUser,
    MappedValue,
    MappedValues,
    ObjectAction,
)
from ldapconnector.names import DN
from ldapconnector.planning._changes import Action, Link, PlannedChange, Step, StepKind
from ldapconnector.planning._deprovisioning import (
    Account,
    AccountState,
    Decision,
    DecisionAction,
    Event,
    decide,
    is_soft_deleted,
)
from ldapconnector.planning._diff import Comparer, Difference, diff
from ldapconnector.planning._guard import is_protected
from ldapconnector.planning._product import Effect, created_disabled, effect_of
from ldapconnector.planning._rules import ProvisioningRules
from ldapconnector.planning._taken import unique_targets
from ldapconnector.planning._values import ValueChange
from ldapconnector.schema import Schema
from ldapconnector.vendors import Traits

__all__ = ["Draft", "Drafter", "Job", "label_of"]

_OBJECT_CLASS: Final = "objectclass"
_NO_CONVENTION: Final = (
    "the flow disables as the product does, and no convention is known for this product; "
    "name an attribute and a value instead"
)
_OBJECT_FILTER: Final = "an expression asked that this user does not flow"


@attrs.frozen(kw_only=True)
class Job:
    """A user, with what was found out before the mappings are asked.

    Attributes:
        position: the user's place in the source.
        source: the source anchor.
        user: the source attributes; of a linked user whom the source does not give, the
            source anchor alone.
        event: what happened to the user, None for one who is simply there.
        why: the event in words, such as the clause of the scoping filter.
        link: the link, where there is one.
        entry: the account, where it was found.
        match: how it was found.
        unknown: why it cannot be told whether there is an account; empty where it can.
        anchor: the account's anchor.
        waiting: why the user is not to be tried now; empty for one who is.
        begun: whether the account's creation was begun and never confirmed, so that steps of
            it may be missing.
        partial: why not everything of the directory was read; empty where it was.
    """

    position: int
    source: str
    user: Mapping[str, Any] = attrs.field(repr=False)
    event: Event | None = None
    why: str = ""
    link: Link | None = None
    entry: Entry | None = None
    match: str = ""
    unknown: str = ""
    anchor: bytes | None = None
    waiting: str = ""
    begun: bool = False
    partial: str = ""


@attrs.frozen(kw_only=True)
class Draft:
    """A planned change before other users were looked at.

    Attributes:
        position: the user's place in the source.
        change: what is planned.
        mapped: what the mappings gave, for the rules of uniqueness; without the password.
        references: values that name other users, to be turned into names.
        entry: the account as it will be after a rename; None for a new one.
    """

    position: int
    change: PlannedChange
    mapped: MappedUser | None = None
    references: tuple[MappedValue, ...] = ()
    entry: Entry | None = None


def label_of(user: Mapping[str, Any], source: str) -> str:
    """Return a name of a user for people.

    >>> label_of({"userPrincipalName": "jane@example.com"}, "42"), label_of({}, "42")
    ('jane@example.com', '42')
    """
    for name in ("userPrincipalName", "mail", "displayName"):
        value = user.get(name)
        if isinstance(value, str) and value:
            return value
    return source


@final
class Drafter:
    """Drafts users one after another; what it needs for all of them it works out once.

    Args:
        rules: what decides.
        compiled: the mappings, ready for use.
        comparer: knows the schema.
        traits: what the product is like; None for an unknown one.
    """

    def __init__(
        self,
        rules: ProvisioningRules,
        compiled: CompiledMappings,
        comparer: Comparer,
        traits: Traits | None,
    ) -> None:
        self.rules = rules
        self.compiled = compiled
        self.comparer = comparer
        self.traits = traits
        self.schema: Schema = comparer.schema
        mappings = rules.mappings
        self._actions = mappings.actions
        self._of_classes: dict[tuple[bytes, ...], tuple[frozenset[str], frozenset[str]]] = {}
        soft = [one.attribute.lower() for one in mappings.mappings if one.sources & {*SOFT_DELETED}]
        self._soft = frozenset(soft)
        unique = {name.lower() for rule in rules.unique for name in rule.attributes}
        self._claims = unique | unique_targets(mappings)
        self._referring = [key for key, target in compiled.targets.items() if target.reference]
        #: What a new entry need not have at once: numbers and references come later.
        self._later = {one.attribute.lower() for one in rules.numbers} | {*self._referring}
        policy = rules.deprovisioning
        self._disable = effect_of(policy.disable, traits)
        self._delete = effect_of(policy.delete, traits)
        self._first_disabled = created_disabled(traits)
        #: What disabling writes, by the policy.
        self.effects = tuple(one for one in (self._disable, self._delete) if one is not None)
        self._watched = bool(self._disable or self._delete)
        self._updates = ObjectAction.UPDATE in self._actions
        self._hidden = frozenset(
            name
            for target in compiled.targets.values()
            if target.confidential
            for name in comparer.facts(target.attribute).types
        )
        classes = tuple(name.encode() for name in rules.object_classes)
        #: A new entry's objectClass where no mapping gives it; None where no rule does either.
        self._classes = (
            ValueChange(
                attribute="objectClass", after=classes, origin="the object classes of the rules"
            )
            if classes
            else None
        )
        #: Whether a user who is simply there gets nothing but what the mappings map, and all of
        #: that is known without looking at other users.
        self.plain = (
            self._updates
            and not self._soft
            and all(compiled.targets[key].creation_only for key in self._referring)
        )

    # One user --------------------------------------------------------------------------------

    def draft(self, job: Job) -> Draft | None:
        """Return what is planned for a user; None where that is nothing at all."""
        if job.waiting:
            return self._plain(job, Action.SKIP, reason=job.waiting)
        if job.unknown:
            return self._plain(job, Action.FAULT, faults=(job.unknown,))
        if job.entry is None:
            if job.event is not None:
                return self._absent(job)
            return self._create(job)
        if job.event is None:
            return self._update(job, job.entry)
        left = self._leave(job, job.entry, job.event)
        if job.partial and left is not None and left.change.removal:
            reason = f"G8: {job.partial}; nobody is disabled or deleted on its word"
            return self._plain(job, Action.SKIP, reason=reason, rule="G8")
        return left

    def _plain(self, job: Job, action: Action, **fields: Any) -> Draft:
        return Draft(
            position=job.position, entry=job.entry, change=self._change(job, action, **fields)
        )

    def _change(
        self,
        job: Job,
        action: Action,
        *,
        event: Event | None = None,
        dn: DN | None = None,
        **fields: Any,
    ) -> PlannedChange:
        """Fill in what a change says of its job, where that is not given."""
        link = job.link
        return PlannedChange(
            source=job.source,
            label=label_of(job.user, (link and link.display) or job.source),
            action=action,
            event=event or job.event,
            dn=job.entry.dn if dn is None and job.entry is not None else dn,
            anchor=job.anchor,
            match=job.match,
            **fields,
        )

    def _claimed(self, source: str, mapped: MappedUser, *, named: bool) -> MappedUser | None:
        """Return of what the mappings gave only what other users may not have as well.

        Args:
            source: the source anchor of the plan, under which the claim is made.
            mapped: what the mappings gave.
            named: whether the account gets a new name, which is claimed too.
        """
        if not named and not self._claims:
            return None
        octets = mapped.values.octets
        kept = {name: octets[name] for name in self._claims if name in octets}
        targets = {name: mapped.values.targets[name] for name in kept}
        values = MappedValues(targets, kept)
        return MappedUser(source_anchor=source, dn=mapped.dn, values=values)

    def _absent(self, job: Job) -> Draft | None:
        if job.link is not None:
            return self._plain(
                job, Action.SKIP, rule="D1", reason=f"{job.why or job.event}; there is no account"
            )
        reason = f"{job.why or job.event}; no account is made"
        return self._plain(job, Action.SKIP, reason=reason)

    # A new account ---------------------------------------------------------------------------

    def _create(self, job: Job) -> Draft | None:
        if ObjectAction.CREATE not in self._actions:
            return self._plain(job, Action.SKIP, reason="the action create is switched off")
        mapped = self.compiled.map(job.user, creating=True, soft_deleted=False)
        if mapped.skip:
            return self._plain(job, Action.SKIP, reason=_OBJECT_FILTER)
        faults = [str(fault) for fault in mapped.faults]
        if mapped.dn is None:
            if not faults:
                faults.append("no mapping gives the new entry its name; map -dn-")
            return self._plain(job, Action.FAULT, faults=tuple(faults))
        faults += self._outside(mapped.dn)
        entry, values, wrong = self._new_entry(mapped.dn, mapped.values)
        faults += wrong
        if not faults:
            faults += self._problems(entry)
        if faults:
            return self._plain(job, Action.FAULT, dn=mapped.dn, faults=tuple(faults))
        steps = [Step(StepKind.CREATE, Add(entry))]
        if mapped.password is not None:
            steps.append(Step(StepKind.PASSWORD))
            steps, values = self._enabled_last(entry, steps, values)
        change = self._change(
            job,
            Action.CREATE,
            reason=job.why or "the user has no account",
            dn=mapped.dn,
            steps=tuple(steps),
            values=values,
        )
        return Draft(
            position=job.position,
            change=change,
            mapped=self._claimed(job.source, mapped, named=True),
            references=tuple(value for value in self._references(mapped) if value.values),
        )

    def _enabled_last(
        self, entry: Entry, steps: list[Step], values: tuple[ValueChange, ...]
    ) -> tuple[list[Step], tuple[ValueChange, ...]]:
        """Create disabled and enable after the password, where the product wants it so."""
        effect = self._first_disabled
        if effect is None or effect.is_on(entry, self.comparer):
            return steps, values
        disabled = entry.with_values(effect.attribute, effect.value)
        wanted = self.comparer.values(entry, effect.attribute)
        after = wanted or (() if effect.restored is None else (effect.restored,))
        enable = ValueChange(
            attribute=effect.attribute, before=(effect.value,), after=after, origin=effect.origin
        )
        steps = [
            Step(StepKind.CREATE, Add(disabled)),
            *steps[1:],
            Step(StepKind.ENABLE, Modify(entry.dn, (_replacing(enable),))),
        ]
        kept = tuple(one for one in values if one.attribute.lower() != effect.attribute.lower())
        return steps, (*kept, attrs.evolve(enable, before=()))

    def _new_entry(
        self, dn: DN, wanted: MappedValues
    ) -> tuple[Entry, tuple[ValueChange, ...], list[str]]:
        """Return a new entry, whose RDN's values stand beside the mapped ones (rule 5)."""
        made: dict[str, ValueChange] = {}
        wrong: list[str] = []
        if self._classes is not None and not wanted.octets.get(_OBJECT_CLASS):
            made[self._classes.attribute] = self._classes
        for key, values in wanted.octets.items():
            target = wanted.targets[key]
            if values and not target.reference:
                made[target.attribute] = ValueChange(
                    attribute=target.attribute,
                    after=values,
                    origin=str(target.origin),
                    confidential=target.confidential,
                )
        for ava in dn.rdn:
            facts = self.comparer.facts(ava.type)
            spelled = next((name for name in made if name.lower() in facts.names), ava.type)
            change = made.get(spelled) or ValueChange(attribute=spelled, origin="the entry's name")
            if facts.key(ava.octets) in map(facts.key, change.after):
                continue
            if facts.single and change.after:
                wrong.append(
                    f"{spelled} names the entry and takes one value, and the mapping gives "
                    "another one; let -dn- and the mapping agree"
                )
            made[spelled] = attrs.evolve(change, after=(ava.octets, *change.after))
        changes = tuple(sorted(made.values(), key=_classes_first))
        entry = Entry.from_wire(dn, {change.attribute: change.after for change in changes})
        return entry, changes, wrong

    def _problems(self, entry: Entry) -> list[str]:
        """Return what the directory would refuse, leaving out what comes later."""
        return [
            str(problem)
            for problem in self.schema.check(entry, adding=True)
            if problem.attribute.lower() not in self._later
        ]

    def _outside(self, dn: DN) -> list[str]:
        base = self.rules.base
        if base is None or dn.is_under(base, strict=True):
            return []
        return [f"{dn} lies outside of {base}, the base of the rules"]

    # An account that stays -------------------------------------------------------------------

    def _update(self, job: Job, entry: Entry) -> Draft | None:
        link = job.link
        if not self._updates:
            return self._linked(job)
        mapped = self.compiled.map(job.user, creating=False, soft_deleted=False)
        if mapped.skip:
            return self._plain(job, Action.SKIP, reason=_OBJECT_FILTER)
        faults = [str(fault) for fault in mapped.faults]
        rename, renamed, wrong = self._rename(entry, mapped)
        difference = diff(renamed, self._ordinary(mapped, renamed), self.comparer)
        faults += [*wrong, *difference.faults]
        if not faults and difference.modifications:
            faults += self._broken(renamed, difference)
        if faults:
            return self._plain(job, Action.FAULT, faults=tuple(faults))
        steps: list[Step] = []
        values: list[ValueChange] = []
        if rename is not None:
            steps.append(Step(StepKind.RENAME, rename))
            values.append(_renaming(entry.dn, rename.new_dn, self._dn_origin()))
        pending = self._pending(job)
        if StepKind.PASSWORD in pending:
            steps.append(Step(StepKind.PASSWORD))
        if difference.modifications:
            steps.append(Step(StepKind.MODIFY, Modify(renamed.dn, difference.modifications)))
            values += difference.changes
        restored, undone = self._restore(entry, renamed.dn, link)
        if undone is None and StepKind.ENABLE in pending:
            undone = self._enabled(entry, renamed.dn)
        if undone is not None:
            steps.append(Step(StepKind.ENABLE, undone[0]))
            values += undone[1]
        references = self._references(mapped)
        if not steps:
            drafted = self._linked(job, restored)
            if not references:
                return drafted
            drafted = drafted or self._plain(job, Action.SKIP)
            change = drafted.change
        else:
            change = self._change(
                job,
                Action.UPDATE if undone is None else Action.ENABLE,
                reason=restored.reason if undone and restored else "",
                rule=restored.rule if undone and restored else "",
                event=Event.RESTORED if undone else None,
                steps=tuple(steps),
                values=tuple(values),
            )
        return Draft(
            position=job.position,
            change=change,
            mapped=self._claimed(job.source, mapped, named=rename is not None),
            references=references,
            entry=renamed,
        )

    def _pending(self, job: Job) -> frozenset[StepKind]:
        """Return the steps of the account's creation that are still to be done."""
        if job.begun:
            password = self.compiled.password_origin is not None
            return frozenset({StepKind.PASSWORD, StepKind.ENABLE} if password else ())
        return frozenset(map(StepKind, job.link.pending if job.link is not None else ()))

    def _enabled(self, entry: Entry, dn: DN) -> tuple[Modify, tuple[ValueChange, ...]] | None:
        """Return the last step of a creation that is finished late."""
        effect = self._first_disabled
        if effect is None or not effect.is_on(entry, self.comparer):
            return None
        change = effect.undone(entry, self.comparer)
        return Modify(dn, (_replacing(change),)), (change,)

    def looks_made(self, user: Mapping[str, Any], entry: Entry) -> bool:
        """Tell whether an entry has every value that it gets when it is made for a user."""
        mapped = self.compiled.map(user, creating=True, soft_deleted=False)
        comparer = self.comparer
        for value in mapped.values.values():
            if value.reference or not value.values:
                continue
            key = comparer.facts(value.attribute).key
            there = {key(one) for one in comparer.values(entry, value.attribute)}
            if not {key(one) for one in value.values} <= there:
                return False
        return not mapped.faults

    def _linked(self, job: Job, restored: Decision | None = None) -> Draft | None:
        """Return a draft where only the link is new, or management begins again."""
        if job.link is not None and job.link.managed:
            if restored is not None and job.link.disabled:
                return self._plain(job, Action.LINK, reason=restored.reason, rule=restored.rule)
            return None
        reason = "the account is this user's" if job.link is None else "the user is back"
        return self._plain(job, Action.LINK, reason=reason)

    def _ordinary(self, mapped: MappedUser, entry: Entry) -> list[MappedValue]:
        """Return the values that differ in octets, references left out."""
        values, targets, has = mapped.values, self.compiled.targets, entry._attributes.get
        differing = [
            key for key, one in values.octets.items() if one != has(targets[key].attribute)
        ]
        return [values[key] for key in differing if not targets[key].reference]

    def alike(self, entry: Entry, attribute: str, wanted: tuple[bytes, ...] | None) -> bool:
        """Tell whether values that differ in octets from the entry's change nothing."""
        target = self.compiled.targets[attribute.lower()]
        current = entry._attributes.get(attribute, ())
        replaces = target.flow_type is FlowType.ALWAYS and not target.fill_only
        if replaces and wanted is not None and len(wanted) == 1 == len(current):
            key = self.comparer.facts(attribute).key
            return key(wanted[0]) == key(current[0])
        return not diff(entry, [MappedValue.of(target, wanted)], self.comparer)

    def _references(self, mapped: MappedUser) -> tuple[MappedValue, ...]:
        values = mapped.values
        return tuple(values[key] for key in self._referring if key in values.octets)

    def _rename(self, entry: Entry, mapped: MappedUser) -> tuple[Rename | None, Entry, list[str]]:
        if mapped.dn is None or mapped.dn == entry.dn:
            return None, entry, []
        wrong = self._outside(mapped.dn)
        parent, before = mapped.dn.parent, entry.dn.parent
        rename = Rename(
            dn=entry.dn,
            new_rdn=mapped.dn.rdn,
            new_superior=None if parent == before else parent,
            delete_old_rdn=self.rules.delete_old_rdn,
        )
        renamed = apply_change(entry, rename, self.schema)
        return rename, renamed or entry, wrong

    def _broken(self, entry: Entry, difference: Difference) -> list[str]:
        """Return what the directory would refuse in the attributes that change."""
        classes = entry.get("objectClass", ())
        if not classes or all(self._fits(classes, change) for change in difference.changes):
            return []
        after = apply_change(entry, Modify(entry.dn, difference.modifications), self.schema)
        changed = {change.attribute.lower() for change in difference.changes}
        return [
            str(problem)
            for problem in (self.schema.check(after) if after is not None else ())
            if problem.attribute.lower() in changed
        ]

    def _fits(self, classes: tuple[bytes, ...], change: ValueChange) -> bool:
        """Tell quickly whether one changed attribute certainly fits the schema."""
        facts = self.comparer.facts(change.attribute)
        known = self._of_classes.get(classes)
        if known is None:
            names = [name.decode("utf-8", "surrogateescape") for name in classes]
            must = frozenset(name.lower() for name in self.schema.must(names))
            may = frozenset(name.lower() for name in self.schema.may(names))
            known = self._of_classes[classes] = must, must | may
        must, allowed = known
        if not allowed & facts.types or (not change.after and must & facts.types):
            return False
        if facts.single and len(change.after) > 1:
            return False
        syntax = self.schema.syntax(change.attribute)
        return syntax is None or all(map(syntax.valid, change.after))

    def _dn_origin(self) -> str:
        found = self.rules.mappings.target("-dn-")
        return f"-dn- = {found[0].source}" if found else ""

    # An account that is disabled or comes back -----------------------------------------------

    def _state(self, entry: Entry, effect: Effect | None) -> AccountState:
        if effect is not None and effect.is_on(entry, self.comparer):
            return AccountState.DISABLED
        return AccountState.ACTIVE

    def _restore(
        self, entry: Entry, dn: DN, link: Link | None
    ) -> tuple[Decision | None, tuple[Modify, tuple[ValueChange, ...]] | None]:
        """Return what a return means, and the modification that enables the account."""
        if not self._watched or link is None or not (link.disabled or not link.managed):
            return None, None
        active = [one for one in dict.fromkeys(self.effects) if one.is_on(entry, self.comparer)]
        account = Account(
            state=AccountState.DISABLED if active else AccountState.ACTIVE,
            managed=link.managed,
            disabled_by_us=link.disabled,
        )
        policy = self.rules.deprovisioning
        decision = decide(Event.RESTORED, account, policy, actions=self._actions)
        if decision.action is not DecisionAction.ENABLE:
            return decision, None
        changes = tuple(one.undone(entry, self.comparer) for one in active)
        modifications = tuple(_replacing(change) for change in changes)
        return decision, (Modify(dn, modifications), changes)

    # An account whose user leaves ------------------------------------------------------------

    def _leave(self, job: Job, entry: Entry, event: Event) -> Draft | None:
        link, policy = job.link, self.rules.deprovisioning
        protected = is_protected(self.rules.guard, entry, self.schema)
        if protected:
            return self._plain(job, Action.SKIP, reason=protected, rule="G7")
        effect = self._delete if event is Event.HARD_DELETED else self._disable
        managed = link is None or link.managed
        account = Account(
            state=self._state(entry, effect),
            managed=managed,
            disabled_by_us=link is not None and link.disabled,
        )
        decision = decide(event, account, policy, actions=self._actions)
        stop = decision.stop_managing and managed
        fields: dict[str, Any] = {"rule": decision.rule, "stop_managing": stop}
        reason = decision.reason if not job.why else f"{decision.reason} ({job.why})"
        if decision.action is DecisionAction.DELETE:
            return self._plain(
                job,
                Action.DELETE,
                reason=reason,
                steps=(Step(StepKind.DELETE, Delete(entry.dn)),),
                values=tuple(_gone(entry, self._hidden)),
                **fields,
            )
        flag, faults = self._flagged(job, entry, event, decision)
        changes = list(flag.changes)
        steps = []
        if flag.modifications:
            steps.append(Step(StepKind.MODIFY, Modify(entry.dn, flag.modifications)))
        if decision.action is DecisionAction.DISABLE:
            if effect is None:
                return self._plain(
                    job,
                    Action.FAULT,
                    faults=(_NO_CONVENTION,),
                    rule=decision.rule,
                )
            done = effect.done(entry, self.comparer)
            steps.append(Step(StepKind.DISABLE, Modify(entry.dn, (_replacing(done),))))
            changes.append(done)
        disables = decision.action is DecisionAction.DISABLE or any(
            change.attribute.lower() in self._soft for change in flag.changes
        )
        if faults and not steps:
            return self._plain(job, Action.FAULT, faults=tuple(faults), **fields)
        if steps:
            action = Action.DISABLE if disables else Action.UPDATE
            return self._plain(
                job,
                action,
                reason=reason,
                steps=tuple(steps),
                values=tuple(changes),
                notes=tuple(faults),
                **fields,
            )
        return self._plain(job, Action.SKIP, reason=reason, **fields)

    def _flagged(
        self, job: Job, entry: Entry, event: Event, decision: Decision
    ) -> tuple[Difference, list[str]]:
        """Return what the mappings change for a user who leaves.

        Mappings of ``isSoftDeleted`` are the other way to disable. A user who is disabled at
        the source is still in scope, so all of the mappings flow.
        """
        stays = event is Event.DISABLED_AT_SOURCE
        if decision.rule in {"D2", "D3"} or not self._updates or not (self._soft or stays):
            return Difference(), []
        mapped = self.compiled.map(job.user, creating=False, soft_deleted=is_soft_deleted(event))
        wanted = [
            value
            for value in self._ordinary(mapped, entry)
            if stays or value.attribute.lower() in self._soft
        ]
        faults = [
            str(fault) for fault in mapped.faults if stays or fault.attribute.lower() in self._soft
        ]
        if mapped.skip or (faults and stays):
            return Difference(), faults
        difference = diff(entry, wanted, self.comparer)
        return difference, [*faults, *difference.faults]


def _classes_first(change: ValueChange) -> bool:
    return change.attribute.lower() != _OBJECT_CLASS


def _renaming(before: DN, after: DN, origin: str) -> ValueChange:
    return ValueChange(
        attribute="-dn-", before=(_octets(before),), after=(_octets(after),), origin=origin
    )


def _octets(dn: DN) -> bytes:
    return str(dn).encode("utf-8", "surrogateescape")


def _replacing(change: ValueChange) -> Modification:
    if not change.after:
        return Modification.delete(change.attribute)
    return Modification.replace(change.attribute, change.after)


def _gone(entry: Entry, hidden: frozenset[str]) -> Iterable[ValueChange]:
    for name, values in entry.items():
        kind = name.partition(";")[0].lower()
        yield ValueChange(
            attribute=name,
            before=values,
            origin="the entry is deleted",
            confidential=kind in hidden or kind in PASSWORD_ATTRIBUTES or "password" in kind,
        )
