"""Matching rules: what is compared to find the object that is a user's, before there is a link."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import attrs

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
from ldapconnector.names import DN, TEXT_MATCHING, Filter, MatchingSchema

__all__ = ["CompiledMatching", "MatchCriterion", "MatchRule", "MatchRules", "Wanted"]

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
        #: The attribute types that each rule compares, None for the entry's name.
        self._types = tuple(
            tuple(None if one.is_name else one.attribute.partition(";")[0] for one in rule.criteria)
            for rule in self.rules.rules
        )
        self._keys_of_rules = tuple(
            tuple(f"{number}.{position}" for position in range(len(rule.criteria)))
            for number, rule in enumerate(self.rules.rules)
        )
        self._evaluator = Evaluator(
            {
                f"{number}.{position}": criterion.source
                for number, rule in enumerate(self.rules.rules)
                for position, criterion in enumerate(rule.criteria)
            },
            context=context,
        )

    def values(self, user: Mapping[str, object]) -> tuple[Wanted | None, ...]:
        """Return for each rule the values of its criteria, None where one has none.

        Raises:
            EvaluationError: an expression failed on this user.
            MappingError: a value is no text that UTF-8 can hold.
        """
        try:
            return self._values(self._evaluator(user))
        except UnicodeEncodeError as error:
            raise MappingError(
                "a matching value cannot be sent to a directory: its character "
                f"{error.start + 1} is half a character (a lone surrogate). Correct it at the source"
            ) from None

    def _values(self, found: Mapping[str, Any]) -> tuple[Wanted | None, ...]:
        out: list[Wanted | None] = []
        for keys in self._keys_of_rules:
            wanted: list[tuple[bytes, ...]] = []
            for key in keys:
                value = found[key]
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
        """Return the keys under which the rule ``number`` finds these values in an index."""
        types = self._types[number]
        if len(types) == 1:
            return iter(self._keys(types[0], wanted[0]))
        return itertools.product(*map(self._keys, types, wanted))

    def _keys(self, kind: str | None, values: Iterable[bytes]) -> list[Hashable]:
        if kind is None:
            return [_name(value) for value in values]
        schema = self.schema
        # A filter on a value that is none of the attribute's is Undefined (RFC 4511, 4.5.1.7).
        return [
            schema.equality_key(kind, value)
            for value in values
            if schema.understands(kind, "equality", value)
        ]


def _name(value: bytes) -> DN | None:
    try:
        return DN.parse(value.decode("utf-8", "surrogateescape"))
    except NameSyntaxError:
        return None  # no entry has this name
