"""From drafts of single users to a plan: what concerns several users at once.

Numbers are handed out, values that must be unique are compared, references become names,
missing parents are added, and the guard looks at the whole. All in the order of the users,
so that the plan does not depend on how the work was spread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import attrs

from ldapconnector.entries import Add, Entry, Modify
from ldapconnector.errors import MappingError
from ldapconnector.mapping import (
    Allocation,
    MappedTarget,
    MappedUser,
    MappedValue,
    MappedValues,
    NumberRange,
    Origin,
    UniquenessRule,
    allocate,
    find_collisions,
)
from ldapconnector.names import DN
from ldapconnector.planning._changes import Action, PlannedChange, Step, StepKind
from ldapconnector.planning._diff import diff
from ldapconnector.planning._drafts import Draft, Job
from ldapconnector.planning._guard import evaluate
from ldapconnector.planning._plan import Plan
from ldapconnector.planning._planner import Planner, Situation
from ldapconnector.planning._values import ValueChange

__all__ = ["merge"]

_NAME = UniquenessRule("-dn-")


def merge(
    planner: Planner,
    situation: Situation,
    jobs: Sequence[Job],
    drafts: Iterable[Draft],
    *,
    users: int,
    unchanged: int,
    managed: int,
) -> Plan:
    """Return the plan that the drafts add up to."""
    ordered = sorted(drafts, key=lambda draft: draft.position)
    ordered = _unique(planner, situation, ordered)
    ordered = _numbered(planner, situation, ordered)
    ordered, settled = _referring(planner, situation, jobs, ordered)
    ordered, parents = _with_parents(planner, situation, ordered)
    items = tuple(draft.change for draft in ordered)
    removals = sum(item.removal for item in items)
    return Plan(
        items=items,
        parents=parents,
        holds=evaluate(
            planner.rules.guard,
            removals=removals,
            managed=managed,
            users=users if situation.complete else None,
            history=situation.history,
        ),
        unchanged=unchanged + settled,
        managed=managed,
        users=users,
        anchor=situation.index.anchor,
    )


def _fault(draft: Draft, *faults: str) -> Draft:
    """Return the draft of a user for whom nothing can be done after all."""
    change = attrs.evolve(
        draft.change,
        action=Action.FAULT,
        reason="",
        steps=(),
        values=(),
        numbers=(),
        faults=(*draft.change.faults, *faults),
    )
    return attrs.evolve(draft, change=change, mapped=None, references=())


# Numbers -----------------------------------------------------------------------------------------


def _numbered(planner: Planner, situation: Situation, drafts: Sequence[Draft]) -> list[Draft]:
    out = list(drafts)
    for number_range in planner.rules.numbers:
        name = number_range.attribute
        wanting = [
            place
            for place, draft in enumerate(out)
            if draft.change.action is Action.CREATE and not _created(draft).get(name)
        ]
        if not wanting:
            continue
        state = situation.allocations.get(name.lower()) or Allocation()
        sources = [out[place].change.source for place in wanting]
        taken = _numbers_in(planner, situation, name) | {
            number
            for draft in out
            if draft.change.action is Action.CREATE
            for number in _integers(_created(draft).get(name, ()))
        }
        given, refused = _allocated(number_range, sources, state, taken)
        for place, source in zip(wanting, sources, strict=True):
            if source in given:
                out[place] = _with_number(out[place], name, given[source])
            else:
                out[place] = _fault(out[place], refused)
    return [_checked_numbers(planner, draft) for draft in out] if planner.rules.numbers else out


def _allocated(
    number_range: NumberRange, sources: Sequence[str], state: Allocation, taken: set[int]
) -> tuple[Mapping[str, int], str]:
    """Give out numbers; where the range is too short, to the first users only."""
    try:
        return allocate(number_range, sources, state=state, taken=taken).numbers, ""
    except MappingError as error:
        refused = error.message
    given: dict[str, int] = {}
    for source in sources:
        try:
            state = allocate(number_range, [source], state=state, taken=taken)
        except MappingError:
            break
        given[source] = state.numbers[source]
    return given, refused


def _created(draft: Draft) -> Entry:
    change = draft.change.steps[0].change
    assert isinstance(change, Add)  # noqa: S101 -- the first step of a creation
    return change.entry


def _numbers_in(planner: Planner, situation: Situation, name: str) -> set[int]:
    values = planner.comparer.values
    return {
        number for entry in situation.index.entries for number in _integers(values(entry, name))
    }


def _integers(values: Iterable[bytes]) -> Iterator[int]:
    for value in values:
        if value.isdigit():
            yield int(value)


def _with_number(draft: Draft, name: str, number: int) -> Draft:
    octets = b"%d" % number
    change, mapped = draft.change, draft.mapped
    entry = _created(draft).with_values(name, octets)
    origin = Origin(mapping=-1, target=name, text="the range of numbers")
    if mapped is not None:
        target = MappedTarget(attribute=name, origin=origin, creation_only=True)
        values = MappedValues(
            {**mapped.values.targets, name.lower(): target},
            {**mapped.values.octets, name.lower(): (octets,)},
            mapped.values.defaulted,
        )
        mapped = attrs.evolve(mapped, values=values)
    value = ValueChange(attribute=name, after=(octets,), origin=origin.text)
    return attrs.evolve(
        draft,
        mapped=mapped,
        change=attrs.evolve(
            change,
            steps=(Step(StepKind.CREATE, Add(entry)), *change.steps[1:]),
            values=(*change.values, value),
            numbers=(*change.numbers, (name, number)),
        ),
    )


def _checked_numbers(planner: Planner, draft: Draft) -> Draft:
    if draft.change.action is not Action.CREATE:
        return draft
    names = {one.attribute.lower() for one in planner.rules.numbers}
    problems = [
        str(problem)
        for problem in planner.schema.check(_created(draft), adding=True)
        if problem.attribute.lower() in names
    ]
    return _fault(draft, *problems) if problems else draft


# Unique values -----------------------------------------------------------------------------------


def _unique(planner: Planner, situation: Situation, drafts: Sequence[Draft]) -> list[Draft]:
    rules = (_NAME, *planner.rules.unique)
    names = {name.lower() for rule in rules for name in rule.attributes}
    concerned = [
        place
        for place, draft in enumerate(drafts)
        if draft.mapped is not None and _claims(draft.change, names)
    ]
    if not concerned:
        return list(drafts)
    claims: list[tuple[MappedUser, DN | None]] = []
    for place in concerned:
        draft = drafts[place]
        mapped = draft.mapped
        assert mapped is not None  # noqa: S101 -- as chosen above
        own = None if draft.change.action is Action.CREATE else draft.change.dn
        claims.append((mapped, own))
    collisions = find_collisions(
        claims,
        rules,
        entries=_holders(situation, rules, claims),
        schema=planner.schema,
    )
    wrong: dict[str, list[str]] = {}
    for collision in collisions:
        for source in collision.users:
            wrong.setdefault(source, []).append(collision.message)
    out = list(drafts)
    for place in concerned:
        messages = wrong.get(out[place].change.source)
        if messages:
            out[place] = _fault(out[place], *messages)
    return out


def _claims(change: PlannedChange, names: set[str]) -> bool:
    if change.action is Action.CREATE:
        return True
    return any(value.attribute.lower() in names for value in change.values)


def _holders(
    situation: Situation,
    rules: Sequence[UniquenessRule],
    claims: Iterable[tuple[MappedUser, DN | None]],
) -> tuple[Entry, ...]:
    """Return the entries that hold a claimed value already, found through the index."""
    index = situation.index
    found: dict[DN, Entry] = {}
    for mapped, _ in claims:
        for rule in rules:
            first = rule.attributes[0]
            if first == "-dn-":
                entry = None if mapped.dn is None else index.by_dn(mapped.dn)
                if entry is not None:
                    found[entry.dn] = entry
                continue
            for value in mapped.values.octets.get(first.lower()) or ():
                found.update((entry.dn, entry) for entry in index.by_value(first, value))
    return tuple(found.values())


# References --------------------------------------------------------------------------------------


def _referring(
    planner: Planner, situation: Situation, jobs: Sequence[Job], drafts: Sequence[Draft]
) -> tuple[list[Draft], int]:
    """Turn references into names; returns the drafts and how many turned out to need nothing."""
    if not any(draft.references for draft in drafts):
        return list(drafts), 0
    names = _names(situation, jobs, drafts)
    out: list[Draft] = []
    settled = 0
    for draft in drafts:
        if not draft.references:
            out.append(draft)
            continue
        referred = _resolved(planner, draft, names)
        if referred is None:
            settled += 1
        else:
            out.append(referred)
    return out, settled


def _names(situation: Situation, jobs: Sequence[Job], drafts: Sequence[Draft]) -> dict[str, DN]:
    """Return the name that the account of each referred user will have, by source anchor."""
    names = {job.source: job.entry.dn for job in jobs if job.entry is not None}
    for draft in drafts:
        for value in draft.references:
            for octets in value.values or ():
                source = octets.decode("utf-8", "surrogateescape")
                link = None if source in names else situation.links.get(source)
                entry = None if link is None else situation.index.by_anchor(link.anchor)
                if entry is not None:
                    names[source] = entry.dn
    for draft in drafts:
        if draft.change.writes:
            name = draft.change.new_dn
            if name is None:
                names.pop(draft.change.source, None)
            else:
                names[draft.change.source] = name
    return names


def _resolved(planner: Planner, draft: Draft, names: Mapping[str, DN]) -> Draft | None:
    change = draft.change
    wanted: list[MappedValue] = []
    notes: list[str] = []
    entry = draft.entry
    creating = change.action is Action.CREATE
    if creating:
        entry = _created(draft)
    assert entry is not None  # noqa: S101 -- an account or a new entry
    for value in draft.references:
        if value.values is None:
            wanted.append(value)
            continue
        sources = [one.decode("utf-8", "surrogateescape") for one in value.values]
        known = [names[one] for one in sources if one in names]
        missing = [one for one in sources if one not in names]
        octets = tuple(str(dn).encode("utf-8", "surrogateescape") for dn in known)
        if missing:
            notes.append(
                f"{value.attribute} refers to {', '.join(missing)}, who has no account here; it is "
                "tried again in the next cycle"
            )
            # What cannot be resolved may be among the values that are there: none is removed.
            octets = (*planner.comparer.values(entry, value.attribute), *octets)
        if octets:
            wanted.append(attrs.evolve(value, values=octets))
    required = {name.lower() for name in planner.schema.must(entry.object_classes)}
    if creating:
        at_once = [one for one in wanted if one.attribute.lower() in required and one.values]
        for value in at_once:
            entry = entry.with_values(value.attribute, value.values or ())
        if at_once:
            change = attrs.evolve(
                change,
                steps=(Step(StepKind.CREATE, Add(entry)), *change.steps[1:]),
                values=(
                    *change.values,
                    *(
                        ValueChange(
                            attribute=one.attribute,
                            after=one.values or (),
                            origin=str(one.origin),
                            reference=True,
                        )
                        for one in at_once
                    ),
                ),
            )
            wanted = [one for one in wanted if one not in at_once]
        lacking = [
            one.attribute
            for one in draft.references
            if one.attribute.lower() in required and not entry.get(one.attribute)
        ]
        if lacking:
            return _fault(
                draft,
                *notes,
                f"{', '.join(lacking)}: the object classes need a value, and none of the users "
                "it refers to has an account",
            )
        wanted = [attrs.evolve(one, creation_only=False) for one in wanted]
    difference = diff(entry, wanted, planner.comparer)
    if difference.faults:
        return _fault(draft, *difference.faults)
    steps = list(change.steps)
    if difference.references:
        steps.append(Step(StepKind.REFERENCES, Modify(entry.dn, difference.references)))
    action = change.action
    if steps and action in (Action.LINK, Action.SKIP):
        action = Action.UPDATE
    elif action is Action.SKIP and not notes:
        return None
    return attrs.evolve(
        draft,
        change=attrs.evolve(
            change,
            action=action,
            steps=tuple(steps),
            values=(*change.values, *difference.changes),
            notes=(*change.notes, *notes),
        ),
    )


# Parents -----------------------------------------------------------------------------------------


def _with_parents(
    planner: Planner, situation: Situation, drafts: Sequence[Draft]
) -> tuple[list[Draft], tuple[Add, ...]]:
    """Add the parents that new names need, or say that they are missing."""
    exists = situation.exists
    if exists is None:
        return list(drafts), ()
    made: dict[DN, Add] = {}
    known: dict[DN, str] = {}
    out: list[Draft] = []
    for draft in drafts:
        change = draft.change
        name = change.new_dn
        moves = change.action is Action.CREATE or any(
            step.kind is StepKind.RENAME for step in change.steps
        )
        parent = name.parent if moves and name is not None else None
        if parent is None or not parent:
            out.append(draft)
            continue
        if parent not in known:
            known[parent] = _make(planner, parent, exists, made, situation)
        out.append(_fault(draft, known[parent]) if known[parent] else draft)
    return out, tuple(sorted(made.values(), key=lambda add: (add.dn.depth, str(add.dn))))


def _make(
    planner: Planner,
    parent: DN,
    exists: Callable[[DN], bool],
    made: dict[DN, Add],
    situation: Situation,
) -> str:
    """Plan a parent and those above it; returns what is wrong, or an empty text."""
    if parent in made or situation.index.by_dn(parent) is not None or exists(parent):
        return ""
    classes = {one.rdn.lower(): one.object_class for one in planner.rules.hierarchy}
    kinds = {ava.type.lower() for ava in parent.rdn.avas}
    found = next((classes[kind] for kind in kinds if kind in classes), None)
    if found is None:
        return (
            f"the parent {parent} does not exist; make it, or name a class for "
            f"{'+'.join(sorted(kinds))!r} in the provisioning hierarchy"
        )
    above = parent.parent
    if above:
        wrong = _make(planner, above, exists, made, situation)
        if wrong:
            return wrong
    attributes: dict[str, list[bytes]] = {"objectClass": [found.encode()]}
    for ava in parent.rdn.avas:
        attributes.setdefault(ava.type, []).append(ava.octets)
    entry = Entry(parent, attributes)
    problems = planner.schema.check(entry, adding=True)
    if problems:
        return f"the parent {parent} cannot be made: {'; '.join(map(str, problems))}"
    made[parent] = Add(entry)
    return ""
