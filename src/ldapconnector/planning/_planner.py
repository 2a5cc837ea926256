"""From users and a directory's index to a plan: a pure function, in shards where wanted."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import cache, lru_cache
from itertools import filterfalse
from typing import Any, Final, final

import attrs

from ldapconnector.entries import Entry
from ldapconnector.expressions import EvaluationContext
from ldapconnector.mapping import (
    Allocation,
    CompiledMappings,
    CompiledMatching,
    MatchIndex,
    MatchKind,
    MatchOutcome,
    match_by_index,
)
from ldapconnector.names import DN
from ldapconnector.planning._changes import Link
from ldapconnector.planning._deprovisioning import Event, classify
from ldapconnector.planning._diff import Comparer
from ldapconnector.planning._drafts import Draft, Drafter, Job
from ldapconnector.planning._guard import History
from ldapconnector.planning._index import DirectoryIndex
from ldapconnector.planning._plan import Plan
from ldapconnector.planning._rules import ProvisioningRules
from ldapconnector.planning._taken import Taken, unique_targets
from ldapconnector.schema import Schema
from ldapconnector.vendors import Traits

__all__ = ["Planner", "Situation"]

_SHARD: Final = 2000
_NO_LINKS: Final[Mapping[str, Link]] = {}
_NO_INTENTS: Final[Mapping[str, DN]] = {}


@attrs.frozen(kw_only=True)
class Situation:
    """Everything besides the users and the rules that a plan depends on.

    Attributes:
        index: the directory.
        links: links by source anchor.
        assigned: the source anchors of assigned users; None takes everybody for assigned.
        complete: whether the source gave every user; only then is a missing one missing.
        history: what the guard remembers.
        allocations: numbers handed out so far, by attribute in lower case.
        intents: names of entries whose creation was begun and never confirmed, by source
            anchor; such an entry is taken for this user's.
        exists: tells whether a name exists; asked for parents only. None takes all for
            existing.
        taken: tells whether a value of an attribute is in use besides what ``index`` shows;
            for a view that look-ups made.
        now: turns soft deletions of 30 days into hard ones; None leaves them soft.
        waiting: users who are not to be tried now, by source anchor, and why.
    """

    index: DirectoryIndex
    links: Mapping[str, Link] = _NO_LINKS
    assigned: frozenset[str] | None = None
    complete: bool = True
    history: History = attrs.field(factory=History)
    allocations: Mapping[str, Allocation] = attrs.field(factory=dict)
    intents: Mapping[str, DN] = _NO_INTENTS
    exists: Callable[[DN], bool] | None = None
    taken: Callable[[str, str], bool] | None = None
    now: datetime | None = None
    waiting: Mapping[str, str] = attrs.field(factory=dict)


def _name_attribute(schema: Schema) -> str:
    """Return the attribute in which entries carry their own name, to be searched by.

    RFC 5020 has entryDN; Active Directory and AD LDS have distinguishedName.
    """
    known = ("entryDN", "distinguishedName")
    return next((name for name in known if schema.attribute(name) is not None), known[0])


@final
class Planner:
    """Rules made ready for a directory.

    Args:
        rules: what decides.
        schema: the directory's.
        traits: what the product is like; None for an unknown one.
        context: clock, randomness and functions of the expressions.

    >>> from ldapconnector.mapping import AttributeMapping, Computed, Direct
    >>> from ldapconnector.planning import ProvisioningRules
    >>> schema = Schema.standard()
    >>> rules = ProvisioningRules(
    ...     mappings=[
    ...         AttributeMapping(
    ...             target="-dn-", source=Computed('Join("", "uid=", [mailNickname], ",dc=x")')
    ...         ),
    ...         AttributeMapping(target="cn", source=Direct("displayName")),
    ...         AttributeMapping(target="sn", source=Direct("surname")),
    ...     ],
    ...     structural_class="inetOrgPerson",
    ... )
    >>> index = DirectoryIndex([], anchor="entryUUID", comparer=Comparer(schema))
    >>> user = {"id": "1", "mailNickname": "jane", "displayName": "Jane Doe", "surname": "Doe"}
    >>> plan = Planner(rules, schema).plan([user], Situation(index=index))
    >>> print(plan.changes[0].action, plan.changes[0].dn)
    create uid=jane,dc=x
    """

    def __init__(
        self,
        rules: ProvisioningRules,
        schema: Schema,
        *,
        traits: Traits | None = None,
        context: EvaluationContext | None = None,
    ) -> None:
        self.rules = rules
        self.schema = schema
        self.traits = traits
        self.context = context
        self.comparer = Comparer(schema)
        self._taken = Taken(unique_targets(rules.mappings), context)
        asking = self._taken.context()
        self.compiled = CompiledMappings(rules.mappings, schema=schema, context=asking)
        self.matching = CompiledMatching(
            rules.mappings,
            schema=schema,
            context=context,
            dn_attribute=_name_attribute(schema),
        )
        scoping = rules.scoping
        self._scoped = bool(scoping.groups or scoping.category_groups or scoping.input_groups)
        self.drafter = Drafter(rules, self.compiled, self.comparer, traits)
        updated = {key for key, target in self.compiled.targets.items() if not target.creation_only}
        # A value that is chosen anew depends on whose account it is.
        chosen = bool(self._taken.targets & (updated | {"-dn-"}))
        self._quick = self.drafter.plain and not chosen

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.rules, self.schema, self.traits, self.context)

    @property
    def attributes(self) -> frozenset[str]:
        """The target attributes that must be read for a plan, besides the anchor."""
        names = {"objectClass"}
        names.update(target.attribute for target in self.compiled.targets.values())
        names.update(self.matching.rules.attributes)
        names.update(
            name for rule in self.rules.unique for name in rule.attributes if name != "-dn-"
        )
        names.update(one.attribute for one in self.rules.numbers)
        names.update(effect.attribute for effect in self.drafter.effects)
        if self.rules.guard.protected_filter is not None:
            names.update(self.rules.guard.protected_filter.attributes)
        return frozenset({name.lower(): name for name in sorted(names)}.values())

    # Planning --------------------------------------------------------------------------------

    def plan(
        self,
        users: Iterable[Mapping[str, Any]],
        situation: Situation,
        *,
        executor: Executor | None = None,
        shard: int = _SHARD,
        sift: bool = True,
    ) -> Plan:
        """Return the plan for ``users``.

        Args:
            users: source objects in Microsoft Graph's shape.
            situation: the directory, the links, and what is remembered.
            executor: spreads the work, for instance over processes or a Dask cluster; the
                plan and its digest are the same. Mappings with SelectUniqueValue are not
                spread, since each choice depends on those before.
            shard: users in each piece of work.
            sift: whether the users who are linked and simply there are looked at here, and
                only the others handed to ``executor``. It takes some microseconds a user,
                less than the way to a worker; False pays where the mappings themselves are
                slow.
        """
        from ldapconnector.planning._merge import merge  # noqa: PLC0415 -- a cycle

        people = list(users)
        self._taken.begin(situation.index, situation.taken)
        if self._taken.targets:
            executor = None  # each chosen value depends on those chosen before
        differing, jobs = self._jobs(people, situation, quick=sift)
        unchanged = len(people) - len(differing) - sum(job.position < len(people) for job in jobs)
        managed = unchanged + len(differing) + sum(job.entry is not None for job in jobs)
        if not situation.complete:  # the share of all accounts, not of those looked at
            managed = max(managed, sum(link.managed for link in situation.links.values()))
        drafts: list[Draft] = []
        for settled, found in [self.draft(differing), *self._drafted(jobs, executor, shard)]:
            unchanged += settled
            drafts += found
        return merge(
            self,
            situation,
            jobs,
            drafts,
            users=len(people),
            unchanged=unchanged,
            managed=managed,
        )

    def _drafted(
        self, jobs: Sequence[Job], executor: Executor | None, shard: int
    ) -> Iterator[tuple[int, list[Draft]]]:
        if executor is None:
            yield self.draft(jobs)
            return
        pieces = [jobs[start : start + shard] for start in range(0, len(jobs), shard)]
        pickled = pickle.dumps(self)
        yield from (
            future.result()
            for future in [executor.submit(_draft_piece, pickled, piece) for piece in pieces]
        )

    def draft(self, jobs: Iterable[Job]) -> tuple[int, list[Draft]]:
        """Draft users: the number of those who need nothing, and what the others need."""
        drafter, unchanged, drafts = self.drafter, 0, []
        taken, choosing = self._taken, bool(self._taken.targets)
        for job in jobs:
            if choosing:
                taken.ask_for(job.entry)
            draft = drafter.draft(job)
            if choosing and draft is not None and draft.mapped is not None:
                taken.claim(draft.mapped)
            if draft is None:
                unchanged += 1
            else:
                drafts.append(draft)
        return unchanged, drafts

    # Who is who ------------------------------------------------------------------------------

    def _jobs(
        self, people: Sequence[Mapping[str, Any]], situation: Situation, *, quick: bool
    ) -> tuple[list[Job], list[Job]]:
        """Return the jobs of linked users who are simply there, and those of all others.

        Users who certainly need nothing have none. The linked users whom the source lacks come
        last.
        """
        index, links = situation.index, situation.links
        anchor = self.rules.mappings.source_anchor
        sources = [user.get(anchor) for user in people]
        seen: dict[Any, int] = {}
        given = set(map(str, sources))
        unique = len(given) == len(sources)
        differing: list[Job] = []
        left: Iterable[int] = range(len(people))
        if quick and self._quick and unique:
            differing, left = self._sift(people, sources, situation)
        jobs: list[Job] = []
        for position in left:
            user, source = people[position], sources[position]
            if source.__class__ is not str or not source:
                source = sources[position] = _source_of(user, anchor)
                given.add(source)
            first = position if unique else seen.setdefault(source, position)
            jobs.append(self._considered(position, first, source, user, situation))
        jobs = list(self._matched(jobs, situation))
        if situation.complete:
            gone = (
                Event.HARD_DELETED
                if self.rules.deprovisioning.absent_means_deleted
                else Event.UNASSIGNED
            )
            for place, source in enumerate(sorted(filterfalse(given.__contains__, links))):
                link = links[source]
                entry = index.by_anchor(link.anchor)
                jobs.append(
                    Job(
                        position=len(people) + place,
                        source=source,
                        user={anchor: source},
                        event=gone,
                        why="the source does not give the user any more",
                        link=link,
                        entry=entry,
                        match="link",
                        anchor=link.anchor,
                        partial=index.partial,
                        unknown="" if entry is not None or index.complete else _unknown(index),
                    )
                )
        return differing, jobs

    def _sift(
        self,
        people: Sequence[Mapping[str, Any]],
        sources: Sequence[Any],
        situation: Situation,
    ) -> tuple[list[Job], list[int]]:
        """Return the linked users who are simply there and differ, and the places of all others.

        Nearly every user of a cycle ends here and needs nothing, so this loop calls as little as
        it can.
        """
        links, waiting = situation.links.get, situation.waiting
        accounts, same, alike = situation.index.anchors, self.compiled.same, self.drafter.alike
        scoping, assigned = self.rules.scoping, situation.assigned
        judged = self._scoped or (scoping.assigned_only and assigned is not None)
        differing: list[Job] = []
        left: list[int] = []
        for position, (user, source) in enumerate(zip(people, sources, strict=True)):
            link = links(source) if source.__class__ is str else None
            if (
                link is None
                or user.get("accountEnabled", True) is not True
                or "@removed" in user
                or link.pending
                or link.disabled
                or not link.managed
            ):
                left.append(position)
                continue
            entry = accounts(link.anchor)
            if (
                entry is None
                or user.get("deletedDateTime")
                or (waiting and source in waiting)
                or (
                    judged
                    and not scoping.holds(user, assigned=assigned is None or source in assigned)
                )
            ):
                left.append(position)
                continue
            try:
                # The attributes as the entry spells them: another spelling takes the longer way.
                if same(user, entry._attributes.get, entry._text, alike, entry):
                    continue
            except UnicodeEncodeError:
                pass  # the longer way has an answer for it
            differing.append(
                Job(
                    position=position,
                    source=source,
                    user=user,
                    link=link,
                    entry=entry,
                    match="link",
                    anchor=link.anchor,
                )
            )
        return differing, left

    def _considered(
        self,
        position: int,
        first: int,
        source: str,
        user: Mapping[str, Any],
        situation: Situation,
    ) -> Job:
        """Return the job of one user of the source."""
        anchor = self.rules.mappings.source_anchor
        if not source:
            unknown = f"the user has no {anchor!r}, by which the source identifies its users"
            return Job(position=position, source=f"#{position}", user=user, unknown=unknown)
        if first != position:
            unknown = f"the source gives {anchor} = {source!r} twice; it must be unique"
            return Job(position=position, source=source, user=user, unknown=unknown)
        waiting = situation.waiting.get(source)
        if waiting is not None:
            return Job(position=position, source=source, user=user, waiting=waiting)
        return self._job(position, source, user, situation)

    def _job(
        self, position: int, source: str, user: Mapping[str, Any], situation: Situation
    ) -> Job:
        assigned = situation.assigned is None or source in situation.assigned
        scoping = self.rules.scoping
        in_scope, why, unknown = True, "", ""
        if self._scoped and not scoping.holds(user, assigned=assigned):
            decision = scoping.decide(user, assigned=assigned)
            in_scope, why = decision.in_scope, decision.text
            if decision.problems:
                unknown = "cannot tell whether the user is in scope: " + "; ".join(
                    decision.problems
                )
            elif not decision.read:
                unknown = decision.text
        event = classify(
            user,
            assigned=assigned or not scoping.assigned_only,
            in_scope=in_scope,
            now=situation.now,
        )
        link = situation.links.get(source)
        entry = None if link is None else situation.index.by_anchor(link.anchor)
        if link is not None and entry is None and not situation.index.complete:
            unknown = unknown or _unknown(situation.index)
        return Job(
            position=position,
            source=source,
            user=user,
            event=event,
            why=why if event is Event.OUT_OF_SCOPE else "",
            link=link,
            entry=entry,
            match="" if entry is None else "link",
            unknown=unknown,
            anchor=None if entry is None or link is None else link.anchor,
            partial=situation.index.partial,
        )

    def _matched(self, jobs: Sequence[Job], situation: Situation) -> Iterator[Job]:
        """Yield the jobs in order, those without an account matched where that is called for."""
        asked = [
            number
            for number, job in enumerate(jobs)
            if job.entry is None and not job.unknown and not job.waiting and _to_match(job)
        ]
        if not asked:
            yield from jobs
            return
        found = dict(zip(asked, self._match([jobs[one] for one in asked], situation), strict=True))
        for number, job in enumerate(jobs):
            yield found.get(number, job)

    def _match(self, jobs: Sequence[Job], situation: Situation) -> Iterator[Job]:
        index = situation.index
        intended = {job.source: self._intended(job, situation) for job in jobs}
        open_jobs = [job for job in jobs if intended[job.source] is None]
        outcomes: dict[str, MatchOutcome] = {}
        if self.matching.rules.rules:
            found = match_by_index(
                [job.user for job in open_jobs],
                MatchIndex(index.entries, self.matching, base=self.rules.base),
                source_anchor=self.rules.mappings.source_anchor,
                owners=_owners(situation),
            )
            outcomes = {job.source: one for job, one in zip(open_jobs, found, strict=True)}
        for job in jobs:
            entry = intended[job.source]
            if entry is not None:
                made = _found(job, entry, "a creation that was begun before", index)
                yield attrs.evolve(made, begun=True)
                continue
            outcome = outcomes.get(job.source)
            if outcome is None or outcome.kind is MatchKind.NONE:
                unknown = "" if index.complete else _unknown(index)
                yield attrs.evolve(job, unknown=unknown, match="none")
            elif outcome.entry is not None and outcome.kind is MatchKind.ONE:
                found_one = _found(job, outcome.entry, outcome.text, index)
                begun = outcome.entry.dn == situation.intents.get(job.source)
                yield attrs.evolve(found_one, begun=begun) if begun else found_one
            else:
                yield attrs.evolve(job, unknown=outcome.text)

    def _intended(self, job: Job, situation: Situation) -> Entry | None:
        """Return the entry whose creation for this user was begun and never confirmed."""
        name = situation.intents.get(job.source)
        entry = None if name is None else situation.index.by_dn(name)
        # Somebody else may have made an entry of this name meanwhile.
        if entry is None or not self.drafter.looks_made(job.user, entry):
            return None
        return entry


def _owners(situation: Situation) -> Callable[[Entry], str | None]:
    """Return what tells whose an entry is. The links are looked through when it is first asked."""

    @cache
    def linked() -> tuple[DirectoryIndex, dict[int, str]]:
        index = situation.index
        accounts = index.anchors
        pairs = [
            (entry, link.source)
            for link in situation.links.values()
            if (entry := accounts(link.anchor)) is not None
        ]
        own = DirectoryIndex(
            [entry for entry, _ in pairs], anchor=index.anchor, comparer=index.comparer
        )
        return own, {id(entry): source for entry, source in pairs}

    def owner(entry: Entry) -> str | None:
        own, sources = linked()
        # By name: an import that a rename overtook shows two entries of one name.
        account = own.by_dn(entry.dn)
        return None if account is None else sources[id(account)]

    return owner


def _found(job: Job, entry: Entry, match: str, index: DirectoryIndex) -> Job:
    anchor = index.anchor_of(entry)
    if anchor is None:
        unknown = f"{entry.dn} has no {index.anchor}, the anchor; nothing can be linked to it"
        return attrs.evolve(job, unknown=unknown)
    return attrs.evolve(job, entry=entry, match=match, anchor=anchor)


def _to_match(job: Job) -> bool:
    """Tell whether a user without an account may own one: who leaves never owned it."""
    return job.event in (None, Event.DISABLED_AT_SOURCE)


def _unknown(index: DirectoryIndex) -> str:
    return f"it cannot be told whether there is an account: {index.partial}"


def _source_of(user: Mapping[str, Any], anchor: str) -> str:
    for name in (anchor, "userPrincipalName"):
        value = user.get(name)
        if value is not None and value != "":
            return str(value)
    return ""


def _rebuilt(
    rules: ProvisioningRules,
    schema: Schema,
    traits: Traits | None,
    context: EvaluationContext | None,
) -> Planner:
    return Planner(rules, schema, traits=traits, context=context)


@lru_cache(maxsize=2)
def _unpickled(pickled: bytes) -> Planner:
    """Build the planner once in each worker; its pickle stands for it."""
    planner: Planner = pickle.loads(pickled)  # noqa: S301 -- it comes from our own caller
    return planner


def _draft_piece(pickled: bytes, jobs: Sequence[Job]) -> tuple[int, list[Draft]]:
    return _unpickled(pickled).draft(jobs)
