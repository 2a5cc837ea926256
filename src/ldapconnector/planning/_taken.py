"""What ``SelectUniqueValue`` asks: is this value in use, in the directory or in this plan?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

import attrs

from ldapconnector.entries import Entry
from ldapconnector.errors import NameSyntaxError
from ldapconnector.expressions import EvaluationContext
from ldapconnector.mapping import DN_TARGET, Computed, MappedUser, ObjectMapping
from ldapconnector.names import DN
from ldapconnector.planning._index import DirectoryIndex

__all__ = ["Taken", "unique_targets"]

_FUNCTION: Final = "selectuniquevalue"

#: Asked with a target attribute and a value.
LookUp = Callable[[str, str], bool]


def unique_targets(mappings: ObjectMapping) -> frozenset[str]:
    """Return the lower-case targets whose expression chooses an unused value."""
    return frozenset(
        one.attribute.lower()
        for one in mappings.mappings
        if isinstance(one.source, Computed) and _FUNCTION in str(one.source.expression).lower()
    )


@final
class Taken:
    """Answers for one plan at a time. What a user's own account holds is not taken.

    Args:
        targets: see :func:`unique_targets`.
        given: the context of the caller, whose own look-ups are asked as well.
    """

    def __init__(self, targets: frozenset[str], given: EvaluationContext | None) -> None:
        self.targets = targets
        self._given = given
        self._index: DirectoryIndex | None = None
        self._look_up: LookUp | None = None
        self._own: Entry | None = None
        self._claimed: set[tuple[str, object]] = set()

    def context(self) -> EvaluationContext | None:
        """Return the context whose look-up this is; the caller's where nothing chooses."""
        if not self.targets:
            return self._given
        return attrs.evolve(self._given or EvaluationContext(), is_taken_in=self)

    def begin(self, index: DirectoryIndex, look_up: LookUp | None) -> None:
        """Start a plan."""
        self._index, self._look_up, self._own = index, look_up, None
        self._claimed.clear()

    def ask_for(self, entry: Entry | None) -> None:
        """Say whose values are chosen next: the account's, None for a new one."""
        self._own = entry

    def claim(self, mapped: MappedUser) -> None:
        """Remember what a user of this plan gets."""
        for name in self.targets:
            if name == DN_TARGET:
                if mapped.dn is not None:
                    self._claimed.add((name, mapped.dn))
                continue
            for value in mapped.values.octets.get(name) or ():
                self._claimed.add((name, self._key(name, value)))

    def __call__(self, attribute: str, value: str) -> bool:
        """Tell whether another account has the value, or will have it."""
        given = self._given
        if given is not None:
            if given.is_taken_in is not None and given.is_taken_in(attribute, value):
                return True
            if given.is_taken is not None and given.is_taken(value):
                return True
        if attribute == DN_TARGET:
            return self._name_taken(value)
        octets = value.encode("utf-8", "surrogateescape")
        key = self._key(attribute, octets)
        if (attribute.lower(), key) in self._claimed:
            return True
        if self._own is not None and self._index is not None:
            own = self._index.comparer.values(self._own, attribute)
            if key in {self._key(attribute, one) for one in own}:
                return False
        if self._index is not None and self._index.by_value(attribute, octets):
            return True
        return self._look_up is not None and self._look_up(attribute, value)

    def _name_taken(self, value: str) -> bool:
        try:
            name = DN.parse(value)
        except NameSyntaxError:
            return False  # reported where the name is used
        if (DN_TARGET, name) in self._claimed:
            return True
        if self._own is not None and self._own.dn == name:
            return False
        if self._index is not None and self._index.by_dn(name) is not None:
            return True
        return self._look_up is not None and self._look_up(DN_TARGET, value)

    def _key(self, attribute: str, value: bytes) -> object:
        return value if self._index is None else self._index.comparer.facts(attribute).key(value)
