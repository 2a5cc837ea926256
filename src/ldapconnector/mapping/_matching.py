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

import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector.entries import Entry
from ldapconnector.errors import LdapConnectorError, MappingError, NameSyntaxError
from ldapconnector.expressions import EvaluationContext
from ldapconnector.mapping._evaluate import Evaluator
from ldapconnector.mapping._rules import (
    DISTINGUISHED_NAME,
    DN_TARGET,
    NoSource,
    ObjectMapping,
    Source,
    bare_attribute,
)
from ldapconnector.names import DN, TEXT_MATCHING, AttributeDescription, Filter, MatchingSchema

__all__ = [
    "CompiledMatching",
    "MatchCriterion",
    "MatchIndex",
    "MatchKind",
    "MatchOutcome",
    "MatchRule",
    "MatchRules",
    "match_by_index",
    "match_by_lookup",
]

_NAMES: Final = frozenset({DN_TARGET, DISTINGUISHED_NAME.lower()})


@attrs.frozen
class MatchCriterion:
    """One attribute of the target and the value that it should have.

    Attributes:
        attribute: the target attribute, bare or behind the URN; ``-dn-`` or
            ``_distinguishedName`` compares the entry's name.
        source: where the value comes from.
    """

    attribute: str = attrs.field(converter=bare_attribute)
    source: Source = attrs.field()

    @source.validator
    def _check_source(self, _: attrs.Attribute[Any], source: Source) -> None:
        if isinstance(source, NoSource):
            raise MappingError(
                f"matching by {self.attribute} needs a source for its value",
                target=self.attribute,
            )

    @property
    def is_name(self) -> bool:
        """Whether the entry's name is compared."""
        return self.attribute.lower() in _NAMES


def _criteria(given: Iterable[MatchCriterion]) -> tuple[MatchCriterion, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class MatchRule:
    """One step of matching.

    Attributes:
        precedence: the lowest is tried first.
        criteria: all of them must match.
    """

    precedence: int
    criteria: tuple[MatchCriterion, ...] = attrs.field(converter=_criteria)

    @criteria.validator
    def _check_criteria(
        self, _: attrs.Attribute[Any], criteria: tuple[MatchCriterion, ...]
    ) -> None:
        if not criteria:
            raise MappingError(f"the matching rule {self.precedence} compares nothing")

    @property
    def attributes(self) -> tuple[str, ...]:
        """The target attributes that are compared."""
        return tuple(criterion.attribute for criterion in self.criteria)

    def __str__(self) -> str:
        return " and ".join(f"{one.attribute} = {one.source}" for one in self.criteria)


def _sorted_rules(given: Iterable[MatchRule]) -> tuple[MatchRule, ...]:
    return tuple(sorted(given, key=lambda rule: rule.precedence))


@attrs.frozen
class MatchRules:
    """The steps of matching in the order in which they are tried.

    Attributes:
        rules: sorted by precedence.

    Raises:
        MappingError: two rules have the same precedence.
    """

    rules: tuple[MatchRule, ...] = attrs.field(converter=_sorted_rules)

    @rules.validator
    def _check_rules(self, _: attrs.Attribute[Any], rules: tuple[MatchRule, ...]) -> None:
        for before, after in itertools.pairwise(rules):
            if before.precedence == after.precedence:
                raise MappingError(
                    f"two matching rules have precedence {after.precedence}; give each its own, "
                    "or make them one rule with two criteria"
                )

    @classmethod
    def of(cls, mappings: ObjectMapping | MatchRules) -> MatchRules:
        """Take the mappings that carry a matching precedence.

        Mappings of the same precedence become one rule whose criteria must all match.

        >>> from ldapconnector.mapping import AttributeMapping, Direct
        >>> mail = AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1)
        >>> print(MatchRules.of(ObjectMapping(mappings=[mail])).rules[0])
        mail = [mail]
        """
        if isinstance(mappings, MatchRules):
            return mappings
        steps: dict[int, list[MatchCriterion]] = defaultdict(list)
        for mapping in mappings.mappings:
            if mapping.matching_precedence is not None:
                steps[mapping.matching_precedence].append(
                    MatchCriterion(mapping.attribute, mapping.source)
                )
        return cls(
            MatchRule(precedence=number, criteria=tuple(found)) for number, found in steps.items()
        )

    @property
    def attributes(self) -> frozenset[str]:
        """The target attributes that an index must know."""
        return frozenset(
            one.attribute for rule in self.rules for one in rule.criteria if not one.is_name
        )


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
        dns: the names of all objects concerned.
        precedence: the rule that decided, None where none did.
        users: for ``SHARED``, the source anchors of everybody who claims the object.
        text: the reason in words.
    """

    kind: MatchKind
    entry: Entry | None = None
    dns: tuple[DN, ...] = ()
    precedence: int | None = None
    users: tuple[str, ...] = ()
    text: str = ""


#: The values of one criterion: octets, or the text of a DN for the entry's name.
Wanted: TypeAlias = tuple[tuple[bytes, ...], ...]


class CompiledMatching:
    r"""Matching rules ready for many users.

    Args:
        rules: the rules, or the mappings that carry them.
        schema: compares by matching rule; without one values are text without regard to case.
        context: for the expressions.
        dn_attribute: the operational attribute that holds an entry's name, for rules that
            compare the name by a filter (``distinguishedName`` on Active Directory).

    >>> from ldapconnector.mapping import AttributeMapping, Direct
    >>> mail = AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1)
    >>> matching = CompiledMatching(ObjectMapping(mappings=[mail]))
    >>> [str(wanted) for wanted in matching.filters({"mail": "o*neil@example.com"})]
    ['(mail=o\\2aneil@example.com)']
    """

    def __init__(
        self,
        rules: ObjectMapping | MatchRules,
        *,
        schema: MatchingSchema | None = None,
        context: EvaluationContext | None = None,
        dn_attribute: str = "entryDN",
    ) -> None:
        self.rules = MatchRules.of(rules)
        self.schema: MatchingSchema = TEXT_MATCHING if schema is None else schema
        self.dn_attribute = dn_attribute
        self._numbered = tuple(
            (number, position, criterion)
            for number, rule in enumerate(self.rules.rules)
            for position, criterion in enumerate(rule.criteria)
        )
        self._evaluator = Evaluator(
            {
                f"{number}.{position}": criterion.source
                for number, position, criterion in self._numbered
            },
            context=context,
        )

    def values(self, user: Mapping[str, object]) -> tuple[Wanted | None, ...]:
        """Return for each rule the values of its criteria, None where one has none.

        Raises:
            EvaluationError: an expression failed on this user.
        """
        found = self._evaluator(user)
        out: list[Wanted | None] = []
        for number, rule in enumerate(self.rules.rules):
            wanted: list[tuple[bytes, ...]] = []
            for position in range(len(rule.criteria)):
                value = found[f"{number}.{position}"]
                if value.__class__ is str:
                    values = (value.encode(),) if value else ()
                elif isinstance(value, tuple):
                    values = tuple(one.encode() for one in value if one)
                elif isinstance(value, LdapConnectorError):
                    raise value
                else:
                    values = ()
                if not values:
                    break
                wanted.append(values)
            else:
                out.append(tuple(wanted))
                continue
            out.append(None)
        return tuple(out)

    def filters(self, user: Mapping[str, object]) -> tuple[Filter | None, ...]:
        """Return for each rule the filter that finds this user's object, None without value.

        Raises:
            EvaluationError: an expression failed on this user.
        """
        return tuple(
            None if wanted is None else self.filter_of(number, wanted)
            for number, wanted in enumerate(self.values(user))
        )

    def filter_of(self, number: int, wanted: Wanted) -> Filter:
        """Return the filter of the rule ``number`` (from 0) for these values."""
        return Filter.all_of(
            Filter.any_of(
                Filter.equal(self.dn_attribute if criterion.is_name else criterion.attribute, value)
                for value in values
            )
            for criterion, values in zip(self.rules.rules[number].criteria, wanted, strict=True)
        )

    def keys(self, number: int, wanted: Wanted) -> Iterator[Hashable]:
        """Yield the keys under which the rule ``number`` finds these values in an index."""
        criteria = self.rules.rules[number].criteria
        if len(criteria) == 1:
            yield from (self._key(criteria[0], value) for value in wanted[0])
            return
        parts = [
            [self._key(criterion, value) for value in values]
            for criterion, values in zip(criteria, wanted, strict=True)
        ]
        yield from itertools.product(*parts)

    def _key(self, criterion: MatchCriterion, value: bytes) -> Hashable:
        if criterion.is_name:
            try:
                return DN.parse(value.decode("utf-8", "surrogateescape"))
            except NameSyntaxError:
                return None  # no entry has this name
        return self.schema.equality_key(criterion.attribute.partition(";")[0], value)


class MatchIndex:
    """The objects of an import, found by the values that matching compares.

    Args:
        entries: complete: what is missing here would be created a second time.
        matching: the rules.
    """

    def __init__(self, entries: Iterable[Entry], matching: CompiledMatching) -> None:
        self.entries = tuple(entries)
        self.matching = matching
        schema, rules = matching.schema, matching.rules.rules
        described = {
            (number, position): AttributeDescription.parse(criterion.attribute)
            for number, position, criterion in matching._numbered
            if not criterion.is_name
        }
        names = {at: schema.names_of(one.type) for at, one in described.items()}
        options = {at: set(one.key[1]) for at, one in described.items()}
        # An attribute's spelling decides which criteria it serves; there are few spellings.
        serves: dict[str, tuple[tuple[int, int], ...]] = {}
        tables: list[dict[Hashable, list[int]]] = [defaultdict(list) for _ in rules]
        for place, entry in enumerate(self.entries):
            keys: dict[tuple[int, int], list[Hashable]] = defaultdict(list)
            for spelled, values in entry.items():
                found = serves.get(spelled)
                if found is None:
                    kind, _, rest = spelled.lower().partition(";")
                    found = serves[spelled] = tuple(
                        at
                        for at in described
                        if kind in names[at] and options[at] <= set(rest.split(";")) | {""}
                    )
                for at in found:
                    criterion = rules[at[0]].criteria[at[1]]
                    keys[at] += [matching._key(criterion, value) for value in values]
            for number, rule in enumerate(rules):
                parts = [
                    [entry.dn] if criterion.is_name else keys.get((number, position), [])
                    for position, criterion in enumerate(rule.criteria)
                ]
                combined: Iterable[Hashable]
                combined = parts[0] if len(parts) == 1 else itertools.product(*parts)
                for key in set(combined):
                    tables[number][key].append(place)
        self._tables = [dict(table) for table in tables]

    def find(self, number: int, wanted: Wanted) -> tuple[Entry, ...]:
        """Return the entries that the rule ``number`` (from 0) finds for these values."""
        table = self._tables[number]
        if len(wanted) == 1 and len(wanted[0]) == 1:
            key = next(self.matching.keys(number, wanted))
            return tuple(self.entries[place] for place in table.get(key, ()))
        places = {
            place for key in self.matching.keys(number, wanted) for place in table.get(key, ())
        }
        return tuple(self.entries[place] for place in sorted(places))


#: Finds, for each (rule number, values), the entries that match.
_Find: TypeAlias = Callable[[Sequence[tuple[int, Wanted]]], Sequence[tuple[Entry, ...]]]


def match_by_index(
    users: Sequence[Mapping[str, object]],
    index: MatchIndex,
    *,
    source_anchor: str = "id",
    owners: Mapping[DN, str] | None = None,
) -> tuple[MatchOutcome, ...]:
    """Match users against an import.

    Args:
        users: source objects that have no link yet.
        index: the objects of the directory.
        source_anchor: the source attribute that identifies a user.
        owners: the source anchors of users whose link to an entry exists already.

    Returns:
        One outcome a user, in their order.

    >>> from ldapconnector.entries import Entry
    >>> from ldapconnector.mapping import AttributeMapping, Direct
    >>> mail = AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1)
    >>> matching = CompiledMatching(ObjectMapping(mappings=[mail]))
    >>> index = MatchIndex([Entry("uid=jane,dc=x", {"mail": "Jane@Example.com"})], matching)
    >>> (outcome,) = match_by_index([{"id": "1", "mail": "jane@example.com"}], index)
    >>> outcome.kind.value, str(outcome.entry.dn)
    ('one', 'uid=jane,dc=x')
    """

    def find(wanted: Sequence[tuple[int, Wanted]]) -> Sequence[tuple[Entry, ...]]:
        return [index.find(number, values) for number, values in wanted]

    return _match(users, index.matching, find, source_anchor, owners or {})


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

    return _match(users, matching, look_up, source_anchor, owners or {})


def _match(
    users: Sequence[Mapping[str, object]],
    matching: CompiledMatching,
    find: _Find,
    source_anchor: str,
    owners: Mapping[DN, str],
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
        for (position, _), entries in zip(asked, answers, strict=True):
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
    return _shared(settled, anchors, wanted, matching, owners)


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
    return MatchOutcome(
        kind=MatchKind.ONE,
        entry=entry,
        dns=(entry.dn,),
        precedence=rule.precedence,
        text=f"rule {rule.precedence} ({rule}) finds {entry.dn}",
    )


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


def _shared(
    outcomes: list[MatchOutcome],
    anchors: list[str],
    wanted: list[tuple[Wanted | None, ...]],
    matching: CompiledMatching,
    owners: Mapping[DN, str],
) -> tuple[MatchOutcome, ...]:
    """Find users who claim one object, and new users who would claim each other's."""
    claims: dict[Hashable, list[int]] = defaultdict(list)
    for position, outcome in enumerate(outcomes):
        if outcome.kind is MatchKind.ONE and outcome.entry is not None:
            claims["entry", outcome.entry.dn].append(position)
        elif outcome.kind is MatchKind.NONE:
            for number, values in enumerate(wanted[position]):
                for key in set() if values is None else set(matching.keys(number, values)):
                    claims["new", number, key].append(position)
    out = list(outcomes)
    for positions in claims.values():
        outcome = outcomes[positions[0]]
        people = {anchors[position] for position in positions}
        owner = owners.get(outcome.entry.dn) if outcome.entry is not None else None
        if owner is not None:
            people.add(owner)
        if len(people) < 2 and len(positions) < 2:
            continue
        users = tuple(sorted(people))
        where = (
            f"the object {outcome.entry.dn}"
            if outcome.entry is not None
            else "the same matching value"
        )
        for position in positions:
            out[position] = MatchOutcome(
                kind=MatchKind.SHARED,
                entry=outcome.entry,
                dns=outcome.dns,
                precedence=outcome.precedence,
                users=tuple(sorted({*users, *out[position].users})),
                text=f"users {', '.join(users)} all claim {where}; none of them is written. "
                "Correct the source, or choose another matching attribute",
            )
    return tuple(out)
