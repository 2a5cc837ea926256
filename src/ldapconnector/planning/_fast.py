"""Nearly every user of a cycle needs nothing, and that is seen from octets alone.

What this module answers with True is what the whole way of ``_drafts`` and ``_diff`` answers
with "nothing to do"; a test compares the two. What it answers with False goes that way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, final

from ldapconnector.entries import Entry
from ldapconnector.mapping import CompiledMappings, FlowType, MappedTarget
from ldapconnector.planning._diff import Comparer

__all__ = ["Settled"]

_Octets = Mapping[str, tuple[bytes, ...] | None]
_SPECIAL: Final = frozenset(b'"+,;<>\\#=\x00')


@final
class Settled:
    """Tells that an account certainly is as the mappings want it.

    Args:
        compiled: the mappings.
        comparer: compares by matching rule what differs in octets.
    """

    __slots__ = ("_compiled", "_equal", "_octets", "_targets", "comparer", "same", "usable")

    def __init__(self, compiled: CompiledMappings, comparer: Comparer) -> None:
        self._compiled = compiled
        self._octets = compiled.octets
        #: The first look, to be asked in a loop over many users.
        self.same = compiled.same
        self._targets = compiled.targets
        self.comparer = comparer
        written = {
            key: target for key, target in compiled.targets.items() if not target.creation_only
        }
        #: False where references are mapped: they are known when all accounts are.
        self.usable = not any(target.reference for target in written.values())
        self._equal = _generated(written)

    def __call__(self, user: Mapping[str, Any], entry: Entry) -> bool:
        """Return True where nothing has to be written; False is no answer."""
        try:
            # The attributes as the entry spells them: another spelling takes the longer way.
            if self.same(user, entry._attributes.get, entry.dn_text):
                return True
        except UnicodeEncodeError:
            pass  # the longer way has an answer for it
        return self.closer(user, entry)

    def closer(self, user: Mapping[str, Any], entry: Entry) -> bool:
        """Look closer, where :attr:`same` said False: compare by rule what differs."""
        octets = self._octets(user)
        if octets is None:
            return False
        different = self._equal(octets, entry._attributes)
        return different is None or all(
            self._tolerated(key, octets[key], entry) for key in different
        )

    def _tolerated(self, key: str, wanted: tuple[bytes, ...] | None, entry: Entry) -> bool:
        """Tell whether an attribute that differs in octets still needs nothing."""
        target = self._targets[key]
        current = self.comparer.values(entry, target.attribute)
        if wanted is None:
            return not (target.clears and current)
        if current and (target.fill_only or target.flow_type is FlowType.ATTRIBUTE_ADD_ONLY):
            return True
        if target.flow_type is not FlowType.ALWAYS or not current:
            return False
        facts = self.comparer.facts(target.attribute)
        if len(wanted) == 1 == len(current):
            return facts.key(wanted[0]) == facts.key(current[0])
        wanted_keys = {facts.key(value) for value in wanted}
        surplus = [value for value in current if facts.key(value) not in wanted_keys]
        if len(current) - len(surplus) != len(wanted_keys):
            return False
        return not surplus or (len(surplus) == 1 and _names(entry, facts.types, surplus[0]))


def _names(entry: Entry, types: frozenset[str], value: bytes) -> bool:
    """Tell whether a value certainly is the one in the entry's plainly written RDN."""
    if any(octet in _SPECIAL for octet in value):
        return False
    kind, equals, rest = entry.dn_text.partition("=")
    try:
        named = rest[: len(value.decode()) + 1]
    except UnicodeDecodeError:
        return False
    return bool(equals) and kind.strip().lower() in types and named == value.decode() + ","


def _generated(
    targets: Mapping[str, MappedTarget],
) -> Callable[[_Octets, Mapping[str, tuple[bytes, ...]]], tuple[str, ...] | None]:
    """Generate the comparison of all attributes at once.

    Names enter as variables of the function's globals, never as its text.

    Returns:
        A function of the octets and of an entry's own mapping that gives None where all are
        equal, otherwise the keys of those that are not.
    """
    namespace: dict[str, Any] = {}
    compared = []
    for number, (key, target) in enumerate(targets.items()):
        namespace[f"k{number}"] = key
        namespace[f"n{number}"] = target.attribute
        compared.append(f"octets[k{number}] == get(n{number})")
    namespace["names"] = tuple((key, target.attribute) for key, target in targets.items())
    text = (
        "def equal(octets, raw):\n"
        "    get = raw.get\n"
        f"    if {' and '.join(compared) or 'True'}:\n"
        "        return None\n"
        "    return tuple(key for key, name in names if octets[key] != get(name))\n"
    )
    exec(text, namespace)  # noqa: S102 -- text made of numbers only
    equal: Callable[[_Octets, Mapping[str, tuple[bytes, ...]]], tuple[str, ...] | None]
    equal = namespace["equal"]
    return equal
