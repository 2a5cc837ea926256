"""Matching: which object of the directory is this user's, before there is a link.

Rules that the tests cite:

1. Rules are tried by precedence, the lowest first. The first that finds exactly one object
   decides, and later ones are not looked at.
2. A rule that finds several objects does not decide. A later rule may pick one of them; one
   that picks yet another object makes the outcome ambiguous, as does nothing that follows.
3. Values are compared by the attribute's own matching rule, never by text; special
   characters need no care, since filters are built from values.
4. A rule may combine several attributes, all of which must match (Microsoft's cannot).
5. A rule without a value for this user is passed over. A user without any value at all has
   the outcome "no value" and is not created blindly.
6. Two users for one object, or two new users with the same matching value, are reported,
   both of them, and neither is written.
7. ``MatchIndex`` and the filters find the same objects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

import attrs

from ldapconnector.entries import Entry
from ldapconnector.errors import LdapConnectorError
from ldapconnector.mapping._match_index import MatchIndex
from ldapconnector.mapping._matching import CompiledMatching, MatchRule, Wanted
from ldapconnector.names import DN, Filter

__all__ = ["MatchKind", "MatchOutcome", "match_by_index", "match_by_lookup"]


class MatchKind(StrEnum):
    """How matching ended."""

    ONE = "one"
    NONE = "none"
    AMBIGUOUS = "ambiguous"
    NO_VALUE = "no value"
    SHARED = "shared"
    FAULT = "fault"


@attrs.frozen(kw_only=True)
class MatchOutcome:
    """What matching found for one user.

    Attributes:
        kind: how it ended. Only ``ONE`` links and only ``NONE`` creates.
        entry: the object, for ``ONE``; for ``SHARED`` the object that several users claim.
        precedence: the rule that decided, None where none did.
        users: for ``SHARED``, the source anchors of everybody who claims the object.
    """

    kind: MatchKind
    entry: Entry | None = None
    precedence: int | None = None
    users: tuple[str, ...] = ()
    # Both are worked out when they are asked for: nearly every outcome is one entry.
    _dns: tuple[DN, ...] = attrs.field(default=(), alias="dns")
    _text: str = attrs.field(default="", alias="text")
    _rule: str = attrs.field(default="", alias="rule")

    @property
    def dns(self) -> tuple[DN, ...]:
        """The names of all objects concerned."""
        if self._dns or self.entry is None:
            return self._dns
        return (self.entry.dn,)

    @property
    def text(self) -> str:
        """The reason in words."""
        if self._text or self.entry is None:
            return self._text
        return f"rule {self.precedence} ({self._rule}) finds {self.entry.dn}"


#: Finds, for each (rule number, values), the entries that match.
_Find: TypeAlias = Callable[[Sequence[tuple[int, Wanted]]], Sequence[tuple[Entry, ...]]]
#: Tells the source anchor of the user whose link to an entry exists already.
_Owner: TypeAlias = Callable[[Entry], str | None]


def match_by_index(
    users: Sequence[Mapping[str, object]],
    index: MatchIndex,
    *,
    source_anchor: str = "id",
    owners: Mapping[DN, str] | Callable[[Entry], str | None] | None = None,
) -> tuple[MatchOutcome, ...]:
    """Match users against an import.

    Args:
        users: source objects that have no link yet.
        index: the objects of the directory.
        source_anchor: the source attribute that identifies a user.
        owners: the source anchors of users whose link to an entry exists already, by its
            name; or a function that tells it of an entry that was found.

    Returns:
        One outcome a user, in their order.

    >>> from ldapconnector.entries import Entry
    >>> from ldapconnector.mapping import AttributeMapping, Direct, ObjectMapping
    >>> mail = AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1)
    >>> matching = CompiledMatching(ObjectMapping(mappings=[mail]))
    >>> index = MatchIndex([Entry("uid=jane,dc=x", {"mail": "Jane@Example.com"})], matching)
    >>> (outcome,) = match_by_index([{"id": "1", "mail": "jane@example.com"}], index)
    >>> outcome.kind.value, str(outcome.entry.dn)
    ('one', 'uid=jane,dc=x')
    """

    def find(wanted: Sequence[tuple[int, Wanted]]) -> Sequence[tuple[Entry, ...]]:
        return [index.find(number, values) for number, values in wanted]

    # Each entry of an index is one object, so claims on it need no comparing of names.
    return _match(
        users,
        index.matching,
        find,
        source_anchor=source_anchor,
        owner=owners if callable(owners) else _by_name(owners),
        identity=id,
    )


def match_by_lookup(
    users: Sequence[Mapping[str, object]],
    matching: CompiledMatching,
    find: Callable[[Sequence[Filter]], Sequence[tuple[Entry, ...]]],
    *,
    source_anchor: str = "id",
    owners: Mapping[DN, str] | None = None,
) -> tuple[MatchOutcome, ...]:
    """Match users by asking the directory, one batch of filters for each rule.

    Args:
        users: source objects that have no link yet.
        matching: the rules.
        find: the look-up, such as ``Connector.find``: for each filter the entries it
            matches. It must raise rather than return an incomplete answer.
        source_anchor: the source attribute that identifies a user.
        owners: the source anchors of users whose link to an entry exists already.

    Returns:
        One outcome a user, in their order.
    """

    def look_up(wanted: Sequence[tuple[int, Wanted]]) -> Sequence[tuple[Entry, ...]]:
        return find([matching.filter_of(number, values) for number, values in wanted])

    return _match(
        users,
        matching,
        look_up,
        source_anchor=source_anchor,
        owner=_by_name(owners),
        identity=_name_of,
    )


def _by_name(owners: Mapping[DN, str] | None) -> _Owner | None:
    return (lambda entry: owners.get(entry.dn)) if owners else None


def _match(
    users: Sequence[Mapping[str, object]],
    matching: CompiledMatching,
    find: _Find,
    *,
    source_anchor: str,
    owner: _Owner | None,
    identity: Callable[[Entry], Hashable],
) -> tuple[MatchOutcome, ...]:
    wanted: list[tuple[Wanted | None, ...]] = []
    outcomes: list[MatchOutcome | None] = [None] * len(users)
    for position, user in enumerate(users):
        try:
            wanted.append(matching.values(user))
        except LdapConnectorError as error:
            wanted.append(())
            outcomes[position] = MatchOutcome(kind=MatchKind.FAULT, text=error.message)
            continue
        if all(values is None for values in wanted[-1]):
            outcomes[position] = MatchOutcome(kind=MatchKind.NO_VALUE, text=_no_value(matching))
    candidates: dict[int, tuple[Entry, ...]] = {}
    for number, rule in enumerate(matching.rules.rules):
        asked: list[tuple[int, Wanted]] = []
        for position, values in enumerate(wanted):
            value = values[number] if outcomes[position] is None else None
            if value is not None:
                asked.append((position, value))
        if not asked:
            continue
        answers = find([(number, value) for _, value in asked])
        told = str(rule)
        for (position, _), entries in zip(asked, answers, strict=True):
            if len(entries) == 1 and position not in candidates:
                outcomes[position] = MatchOutcome(
                    kind=MatchKind.ONE, entry=entries[0], precedence=rule.precedence, rule=told
                )
                continue
            decided = _decide(rule, entries, candidates.get(position, ()))
            if isinstance(decided, MatchOutcome):
                outcomes[position] = decided
            elif decided:
                candidates[position] = decided
    settled = [
        outcome or _left_over(candidates.get(position, ()))
        for position, outcome in enumerate(outcomes)
    ]
    anchors = [str(user.get(source_anchor, "")) for user in users]
    labels = {anchor: _label(user, anchor) for anchor, user in zip(anchors, users, strict=True)}
    return _shared(settled, anchors, wanted, matching, labels, owner=owner, identity=identity)


def _label(user: Mapping[str, object], anchor: str) -> str:
    """Return the name by which a person knows the user."""
    given = user.get("userPrincipalName") or user.get("displayName")
    return given if isinstance(given, str) else anchor


def _name_of(entry: Entry) -> Hashable:
    return entry.dn


def _decide(
    rule: MatchRule, entries: tuple[Entry, ...], before: tuple[Entry, ...]
) -> MatchOutcome | tuple[Entry, ...]:
    if not entries:
        return ()
    if len(entries) > 1:
        return tuple({entry.dn: entry for entry in (*before, *entries)}.values())
    (entry,) = entries
    if before and all(entry.dn != one.dn for one in before):
        return _ambiguous((*before, entry))
    return MatchOutcome(kind=MatchKind.ONE, entry=entry, precedence=rule.precedence, rule=str(rule))


def _ambiguous(entries: tuple[Entry, ...]) -> MatchOutcome:
    dns = tuple(entry.dn for entry in entries)
    return MatchOutcome(
        kind=MatchKind.AMBIGUOUS,
        dns=dns,
        text=f"matches {len(dns)} objects: {'; '.join(map(str, dns))}. Make the matching values "
        "unique, or link one of them by hand",
    )


def _left_over(candidates: tuple[Entry, ...]) -> MatchOutcome:
    if candidates:
        return _ambiguous(candidates)
    return MatchOutcome(kind=MatchKind.NONE, text="no object matches")


def _no_value(matching: CompiledMatching) -> str:
    if not matching.rules.rules:
        return "there is no matching rule"
    names = "; ".join(map(str, matching.rules.rules))
    return f"the user has no value for any matching rule ({names})"


@attrs.frozen
class _Claim:
    """A value by which a new user would be matched from now on."""

    rule: int
    key: Hashable


def _shared(
    outcomes: list[MatchOutcome],
    anchors: list[str],
    wanted: list[tuple[Wanted | None, ...]],
    matching: CompiledMatching,
    labels: Mapping[str, str],
    *,
    owner: _Owner | None,
    identity: Callable[[Entry], Hashable],
) -> tuple[MatchOutcome, ...]:
    """Find users who claim one object, and new users who would claim each other's."""
    claims: dict[Hashable, list[int]] = defaultdict(list)
    for position, outcome in enumerate(outcomes):
        if outcome.kind is MatchKind.ONE and outcome.entry is not None:
            claims[identity(outcome.entry)].append(position)
        elif outcome.kind is MatchKind.NONE:
            for number, values in enumerate(wanted[position]):
                for key in set() if values is None else set(matching.keys(number, values)):
                    claims[_Claim(number, key)].append(position)
    out = list(outcomes)
    for claim, positions in claims.items():
        outcome = outcomes[positions[0]]
        if len(positions) < 2 and owner is None:
            continue
        people = {anchors[position] for position in positions}
        linked = owner(outcome.entry) if owner is not None and outcome.entry is not None else None
        if linked is not None:
            people.add(linked)
        if len(people) < 2 and len(positions) < 2:
            continue
        users = tuple(sorted(people))
        where = (
            f"the object {outcome.entry.dn}"
            if outcome.entry is not None
            else f"the same value by {matching.rules.rules[claim.rule]}"
            if isinstance(claim, _Claim)
            else "the same value"
        )
        named = " and ".join(labels.get(anchor, anchor) for anchor in users)
        for position in positions:
            out[position] = MatchOutcome(
                kind=MatchKind.SHARED,
                entry=outcome.entry,
                dns=outcome.dns,
                precedence=outcome.precedence,
                users=tuple(sorted({*users, *out[position].users})),
                text=f"{named} claim {where}; none of them is written. Correct the source, or "
                "choose another matching attribute",
            )
    return tuple(out)
