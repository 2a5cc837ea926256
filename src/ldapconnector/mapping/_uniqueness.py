"""Values that must be unique, and numbers that are handed out once: pure functions over given state.

A collision is reported before any write: between two users of the plan, and between a user
and an entry that is another account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

import attrs

from ldapconnector.entries import Entry
from ldapconnector.errors import MappingError
from ldapconnector.mapping._mapped import MappedUser
from ldapconnector.mapping._rules import DN_TARGET, bare_attribute
from ldapconnector.names import DN, MatchingSchema

__all__ = [
    "Allocation",
    "Collision",
    "NumberRange",
    "UniquenessRule",
    "allocate",
    "find_collisions",
]


def _attributes(given: str | Iterable[str]) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    return tuple(bare_attribute(name) for name in names)


@attrs.frozen
class UniquenessRule:
    """No two accounts may share these values.

    Attributes:
        attributes: one attribute, or several whose combination is unique; ``-dn-`` is the
            entry's name.

    >>> UniquenessRule("uid").attributes, str(UniquenessRule(["ou", "employeeNumber"]))
    (('uid',), 'ou + employeeNumber')
    """

    attributes: tuple[str, ...] = attrs.field(converter=_attributes)

    @attributes.validator
    def _check(self, _: attrs.Attribute[tuple[str, ...]], names: tuple[str, ...]) -> None:
        if not names or not all(names):
            raise MappingError("a uniqueness rule names at least one attribute")

    def __str__(self) -> str:
        return " + ".join(self.attributes)


@attrs.frozen(kw_only=True)
class Collision:
    """Accounts that claim the same value.

    Attributes:
        rule: what must be unique.
        value: the value, as text.
        users: the source anchors of the users who claim it, sorted.
        entries: the names of other accounts that hold it.
    """

    rule: UniquenessRule
    value: str
    users: tuple[str, ...]
    entries: tuple[DN, ...] = ()

    @property
    def message(self) -> str:
        """The collision in words."""
        others = [f"user {anchor}" for anchor in self.users]
        others += [f"entry {dn}" for dn in self.entries]
        return (
            f"{self.rule} {self.value!r} would belong to {' and '.join(others)}; it must be "
            "unique. Change the source of all but one, or compute another value"
        )


def find_collisions(
    users: Iterable[tuple[MappedUser, DN | None]],
    rules: Sequence[UniquenessRule],
    *,
    entries: Iterable[Entry] = (),
    schema: MatchingSchema | None = None,
) -> tuple[Collision, ...]:
    """Find values that more than one account would have.

    Args:
        users: each user with the name of the entry it is linked to or matched, None for one
            that is to be created. A value that a user's own entry holds is no collision.
        rules: what must be unique.
        entries: what is in the directory.
        schema: compares values by matching rule; without one, octet by octet.

    Returns:
        One collision for each rule and value, in the order of the rules, then of the values.
        An entry whose user gets another value in this plan still counts as its holder: the
        order of writing is not known here.

    >>> from ldapconnector.mapping import MappedUser, MappedValue, MappedValues
    >>> def user(anchor):
    ...     values = MappedValues.of(MappedValue(attribute="uid", values=(b"jane",)))
    ...     return MappedUser(source_anchor=anchor, values=values)
    >>> (found,) = find_collisions([(user("1"), None), (user("2"), None)], [UniquenessRule("uid")])
    >>> found.users
    ('1', '2')
    """
    people = list(users)
    known = list(entries)
    own = {dn: mapped.source_anchor for mapped, dn in people if dn is not None}
    out: list[Collision] = []
    for rule in rules:
        claims: dict[Hashable, list[str]] = defaultdict(list)
        shown: dict[Hashable, str] = {}
        for mapped, _ in people:
            for key, text in _keys(rule, _values_of_user(rule, mapped), schema):
                claims[key].append(mapped.source_anchor)
                shown.setdefault(key, text)
        holders: dict[Hashable, list[DN]] = {}
        for entry in known:
            for key, _ in _keys(rule, _values_of_entry(rule, entry), schema):
                if key in claims and own.get(entry.dn) not in claims[key]:
                    holders.setdefault(key, []).append(entry.dn)
        for key, anchors in claims.items():
            distinct = tuple(sorted(set(anchors)))
            held = holders.get(key, ())
            if len(distinct) > 1 or held:
                out.append(
                    Collision(
                        rule=rule,
                        value=shown[key],
                        users=distinct,
                        entries=tuple(sorted(set(held), key=str)),
                    )
                )
    return tuple(out)


def _values_of_user(rule: UniquenessRule, mapped: MappedUser) -> list[tuple[bytes, ...] | DN]:
    out: list[tuple[bytes, ...] | DN] = []
    for name in rule.attributes:
        if name == DN_TARGET:
            out.append(() if mapped.dn is None else mapped.dn)
        else:
            out.append(mapped.values.octets.get(name.lower()) or ())
    return out


def _values_of_entry(rule: UniquenessRule, entry: Entry) -> list[tuple[bytes, ...] | DN]:
    return [entry.dn if name == DN_TARGET else entry.get(name, ()) for name in rule.attributes]


def _keys(
    rule: UniquenessRule, found: list[tuple[bytes, ...] | DN], schema: MatchingSchema | None
) -> Iterator[tuple[Hashable, str]]:
    """Yield each combination of the attributes' values, as a key and as text."""
    combinations: list[tuple[tuple[Hashable, ...], tuple[str, ...]]] = [((), ())]
    for name, values in zip(rule.attributes, found, strict=True):
        kind = name.partition(";")[0]
        keyed: list[tuple[Hashable, str]]
        if isinstance(values, DN):
            keyed = [(values, str(values))]
        else:
            keyed = [
                (
                    value if schema is None else schema.equality_key(kind, value),
                    value.decode("utf-8", "backslashreplace"),
                )
                for value in values
            ]
        combinations = [
            ((*keys, key), (*texts, text)) for keys, texts in combinations for key, text in keyed
        ]
    for keys, texts in combinations:
        yield keys, " + ".join(texts)


@attrs.frozen(kw_only=True)
class NumberRange:
    """Numbers to hand out for one attribute, such as ``uidNumber``.

    Attributes:
        attribute: the target attribute, bare or behind the URN.
        first, last: the ends of the range, both included.
    """

    attribute: str = attrs.field(converter=bare_attribute)
    first: int
    last: int

    def __attrs_post_init__(self) -> None:
        if self.first < 0 or self.last < self.first:
            raise MappingError(
                f"the number range of {self.attribute} goes from {self.first} to {self.last}; "
                "it starts at 0 or above and ends where it starts or later",
                target=self.attribute,
            )


def _numbers(given: Mapping[str, int]) -> Mapping[str, int]:
    return dict(given)


def _retired(given: Iterable[int]) -> frozenset[int]:
    return frozenset(given)


@attrs.frozen(kw_only=True)
class Allocation:
    """Which user has which number, for ever. Keep it with the links.

    Attributes:
        numbers: source anchor to number, of everybody who ever got one.
        retired: numbers handed out before whose owner is forgotten; never given again.
    """

    numbers: Mapping[str, int] = attrs.field(factory=dict, converter=_numbers, hash=False)
    retired: frozenset[int] = attrs.field(default=frozenset(), converter=_retired)

    def forgetting(self, anchors: Collection[str]) -> Allocation:
        """Forget users who are gone for good; their numbers are never handed out again.

        >>> Allocation(numbers={"a": 5}).forgetting(["a"]).retired
        frozenset({5})
        """
        gone = {anchor: self.numbers[anchor] for anchor in anchors if anchor in self.numbers}
        return Allocation(
            numbers={one: number for one, number in self.numbers.items() if one not in gone},
            retired=self.retired | frozenset(gone.values()),
        )


def allocate(
    number_range: NumberRange,
    anchors: Iterable[str],
    *,
    state: Allocation | None = None,
    taken: Collection[int] = (),
) -> Allocation:
    """Give each of ``anchors`` a number: the one it has, or the lowest one never used.

    Args:
        number_range: where numbers come from.
        anchors: source anchors, in the order in which new numbers are given.
        state: what was handed out before.
        taken: numbers in use by other entries of the directory, inside the range or not.

    Returns:
        The state afterwards, with every anchor in ``numbers``.

    Raises:
        MappingError: the range has no number left; nobody gets one then.

    >>> before = Allocation(numbers={"jane": 10001})
    >>> after = allocate(
    ...     NumberRange(attribute="uidNumber", first=10000, last=19999),
    ...     ["jane", "omar", "li"],
    ...     state=before,
    ...     taken=[10000],
    ... )
    >>> dict(after.numbers)
    {'jane': 10001, 'omar': 10002, 'li': 10003}
    """
    before = state or Allocation()
    numbers = dict(before.numbers)
    used = {*numbers.values(), *before.retired, *taken}
    free = (
        number for number in range(number_range.first, number_range.last + 1) if number not in used
    )
    wanted = [anchor for anchor in dict.fromkeys(anchors) if anchor not in numbers]
    for index, anchor in enumerate(wanted):
        number = next(free, None)
        if number is None:
            raise MappingError(
                f"{number_range.attribute}: the range {number_range.first} to "
                f"{number_range.last} has {index} free numbers and {len(wanted)} new users need "
                "one; extend the range",
                target=number_range.attribute,
            )
        numbers[anchor] = number
    return Allocation(numbers=numbers, retired=before.retired)
