"""The RDN's values are attribute values too: what an entry must hold because of its name.

The POSIX tutorial names the entry ``CN=<alias>`` and maps ``cn`` to the display name. The
entry then holds both values, whatever is written; a replace with the display name alone is
refused by some servers and undone by others. So the value of the name belongs to the values
that are written, and the author is told.
"""

from __future__ import annotations

import attrs

from ldapconnector.mapping._mapped import MappedUser
from ldapconnector.names import DN, TEXT_MATCHING, MatchingSchema, type_key

__all__ = ["RdnValue", "rdn_conflicts"]


@attrs.frozen(kw_only=True)
class RdnValue:
    """One value that the entry holds because of its name.

    Attributes:
        attribute: the attribute, as a mapping spells it, or else as the name does.
        value: the value in the name.
        values: everything the attribute must hold: what is mapped, and the name's value.
        mapped: whether a mapping gives the attribute a value.
        conflict: the mapped values do not have the name's value.
        impossible: a conflict over an attribute that takes one value.
        text: the conflict in words; empty without one.
    """

    attribute: str
    value: bytes
    values: tuple[bytes, ...] = attrs.field(repr=False)
    mapped: bool
    conflict: bool
    impossible: bool = False
    text: str = ""


def rdn_conflicts(
    mapped: MappedUser,
    schema: MatchingSchema | None = None,
    *,
    dn: DN | None = None,
    single_valued: frozenset[str] = frozenset(),
) -> tuple[RdnValue, ...]:
    """Return what the entry must hold because of its name, with the conflicts.

    Args:
        mapped: what the mappings give.
        schema: compares by matching rule and knows aliases and single-valued attributes.
        dn: the entry's name, where ``mapped`` has none (an update).
        single_valued: attributes, in lower case, that take one value.

    Returns:
        One for each AVA of the RDN; empty where no name is known. Write ``values``, once.

    >>> from ldapconnector.mapping import MappedValue, MappedValues
    >>> values = MappedValues.of(MappedValue(attribute="cn", values=(b"Jane Doe",)))
    >>> user = MappedUser(source_anchor="1", dn=DN.parse("CN=jane,DC=x"), values=values)
    >>> (found,) = rdn_conflicts(user)
    >>> found.values, found.conflict
    ((b'Jane Doe', b'jane'), True)
    """
    name = dn or mapped.dn
    if not name:
        return ()
    rules = TEXT_MATCHING if schema is None else schema
    out: list[RdnValue] = []
    for ava in name.rdn:
        names = _names(schema, ava.type)
        attribute: str = ava.type
        values: tuple[bytes, ...] = ()
        for key, octets in mapped.values.octets.items():
            if octets and (key in names or type_key(key) in names):
                attribute, values = mapped.values.targets[key].attribute, octets
                break
        wanted = rules.equality_key(ava.type, ava.octets)
        held = any(rules.equality_key(attribute, value) == wanted for value in values)
        conflict = bool(values) and not held
        single = bool({ava.type.lower(), attribute.lower()} & single_valued) or _is_single(
            schema, ava.type
        )
        out.append(
            RdnValue(
                attribute=attribute,
                value=ava.octets,
                values=values if held else (*values, ava.octets),
                mapped=bool(values),
                conflict=conflict,
                impossible=conflict and single,
                text=_told(name, attribute, values, ava.octets, single) if conflict else "",
            )
        )
    return tuple(out)


def _names(schema: MatchingSchema | None, attribute: str) -> set[str]:
    """Return every name of one attribute type, but none of its subtypes."""
    find = getattr(schema, "attribute", None)
    known = find(attribute) if find is not None else None
    names = {name.lower() for name in known.names} if known is not None else set()
    return names | {attribute.lower(), type_key(attribute)}


def _is_single(schema: MatchingSchema | None, attribute: str) -> bool:
    find = getattr(schema, "attribute", None)
    known = find(attribute) if find is not None else None
    return known is not None and known.single_value


def _told(name: DN, attribute: str, values: tuple[bytes, ...], own: bytes, single: bool) -> str:
    shown = ", ".join(repr(value.decode("utf-8", "backslashreplace")) for value in values)
    kept = repr(own.decode("utf-8", "backslashreplace"))
    if single:
        return (
            f"{attribute} takes one value, and would need {shown} from its mapping and {kept} from "
            f"the name {name}. Map {attribute} to the value in the name"
        )
    return (
        f"{attribute} will hold {shown} and also {kept}, which is part of the name {name}. To have "
        f"one value, use the same source for {attribute} and for the name"
    )
