"""References to entries that this plan renamed or deleted.

Some directories (OpenLDAP with refint, AD LDS, 389) let references follow a rename, and take
away those to an entry that was deleted, OpenLDAP in the background. What was planned from the
old name is then written as a replacement of the new one, and is no drift.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ldapconnector.entries import Entry, Modification, Modify
from ldapconnector.names import DN
from ldapconnector.planning import Comparer, PlannedChange, Step, StepKind, ValueChange

__all__ = ["following", "only_followed"]


def following(
    item: PlannedChange, entry: Entry, renamed: Mapping[DN, DN], comparer: Comparer
) -> PlannedChange:
    """Return an item with the references planned anew that followed a rename.

    Args:
        item: what was planned.
        entry: the account now.
        renamed: the new names, by the old ones.
        comparer: compares values.

    Returns:
        The same object where none did.
    """
    followed: dict[str, ValueChange] = {}
    for value in item.values:
        current = comparer.values(entry, value.attribute)
        if not value.reference or comparer.same(value.attribute, current, value.before):
            continue
        if comparer.same(value.attribute, current, _renamed(value.before, renamed)):
            followed[value.attribute.lower()] = attrs.evolve(value, before=current)
    return _replacing(item, followed) if followed else item


def only_followed(
    before: tuple[bytes, ...], current: tuple[bytes, ...], moved: Mapping[DN, DN | None]
) -> bool:
    """Tell whether names differ only because the directory followed what this plan did.

    Args:
        before, current: the values of a reference.
        moved: the new names by the old ones; None for an entry that was deleted.

    >>> gone, stays = b"uid=a,dc=x", b"uid=b,dc=x"
    >>> only_followed((gone, stays), (stays,), {DN.parse("uid=a,dc=x"): None})
    True
    >>> only_followed((gone, stays), (gone,), {DN.parse("uid=a,dc=x"): None})
    False
    """
    try:
        left = {DN.parse(one.decode("utf-8", "surrogateescape")) for one in current}
        names = [DN.parse(one.decode("utf-8", "surrogateescape")) for one in before]
    except ValueError:
        return False
    for name in names:
        now = name if name in left else moved.get(name, name)
        if now is not None and now not in left:
            return False
        left.discard(name if now is None else now)
    return not left


def _renamed(values: tuple[bytes, ...], renamed: Mapping[DN, DN]) -> tuple[bytes, ...]:
    """Return names as they are after the renames."""
    out = []
    for value in values:
        try:
            name = DN.parse(value.decode("utf-8", "surrogateescape"))
        except ValueError:
            out.append(value)
            continue
        name = renamed.get(name, name)
        out.append(str(name).encode("utf-8", "surrogateescape"))
    return tuple(out)


def _replacing(item: PlannedChange, followed: Mapping[str, ValueChange]) -> PlannedChange:
    """Return the item with some references written as a whole."""
    values = tuple(followed.get(one.attribute.lower(), one) for one in item.values)
    steps = []
    for step in item.steps:
        if step.kind is StepKind.REFERENCES and isinstance(step.change, Modify):
            kept = tuple(
                one for one in step.change.modifications if one.attribute.lower() not in followed
            )
            whole = tuple(
                Modification.replace(one.attribute, one.after) for one in followed.values()
            )
            steps.append(Step(step.kind, Modify(step.change.dn, kept + whole)))
        else:
            steps.append(step)
    return attrs.evolve(item, values=values, steps=tuple(steps))
