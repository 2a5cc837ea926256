"""What a mapped value does to the values that the target has: flow type, flow behaviour, null.

| flow type | target empty | target has values |
|---|---|---|
| Always | the new values | the new values |
| ObjectAddOnly | left alone on updates | left alone |
| MultiValueAddOnly | the new values | old and new; a single-valued target is left alone |
| ValueAddOnly | the new values | old and new; a single-valued target is left alone |
| AttributeAddOnly | the new values | left alone |

MultiValueAddOnly differs from ValueAddOnly in one case: it only ever adds to *multi-valued*
attributes, so an empty single-valued target is left alone, too, on an update.

At creation every flow type flows, and null populates nothing. Source: Graph, resource
``attributeMapping``; where it leaves a case open the reading that destroys no value is taken.
"""

from __future__ import annotations

from ldapconnector.mapping._mapped import MappedValue
from ldapconnector.mapping._rules import FlowBehavior, FlowType
from ldapconnector.names import MatchingSchema

__all__ = ["flow"]


def flow(
    value: MappedValue,
    current: tuple[bytes, ...],
    *,
    creating: bool = False,
    single_valued: bool = False,
    changed: bool | None = None,
    schema: MatchingSchema | None = None,
) -> tuple[bytes, ...] | None:
    """Return the values that the target should have, or None to leave it alone.

    Args:
        value: what the mapping gives; references must be resolved to DNs before.
        current: the target's values; empty where it has none.
        creating: whether the object is being created.
        single_valued: whether the target attribute takes one value.
        changed: whether the value changed at the source since the last cycle; None where
            that is not known, which counts as changed. A mapping that flows when changed
            leaves the target alone where it is False.
        schema: compares values by matching rule; without one, octet by octet.

    Returns:
        The whole set of values afterwards, an empty tuple to clear the target, None to leave
        it alone. It may equal ``current``.

    >>> from ldapconnector.mapping import MappedValue
    >>> phones = MappedValue(attribute="phone", values=(b"2",), flow_type=FlowType.VALUE_ADD_ONLY)
    >>> flow(phones, (b"1",)), flow(phones, (b"1",), single_valued=True)
    ((b'1', b'2'), None)
    """
    new = value.values
    if creating:
        return new or None
    if value.creation_only:
        return None
    if changed is False and value.flow_behavior is FlowBehavior.WHEN_CHANGED:
        return None
    if new is None:
        # Null is a removal, which none of the add-only types lets through.
        return () if value.clears and value.flow_type is FlowType.ALWAYS else None
    if value.fill_only:
        return None if current else new
    match value.flow_type:
        case FlowType.ALWAYS:
            return new
        case FlowType.OBJECT_ADD_ONLY:
            return None
        case FlowType.ATTRIBUTE_ADD_ONLY:
            return None if current else new
        case FlowType.VALUE_ADD_ONLY:
            if not current:
                return new
        case FlowType.MULTI_VALUE_ADD_ONLY:
            pass
    return None if single_valued else _united(value.attribute, current, new, schema)


def _united(
    attribute: str,
    current: tuple[bytes, ...],
    new: tuple[bytes, ...],
    schema: MatchingSchema | None,
) -> tuple[bytes, ...]:
    kind = attribute.partition(";")[0]
    if schema is None:
        present = set(current)
        return current + tuple(one for one in dict.fromkeys(new) if one not in present)
    keys = {schema.equality_key(kind, one) for one in current}
    out = list(current)
    for one in new:
        key = schema.equality_key(kind, one)
        if key not in keys:
            keys.add(key)
            out.append(one)
    return tuple(out)
