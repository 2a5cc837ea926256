"""Reference attributes: values that name other source objects (manager, members)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ldapconnector.errors import MappingError

__all__ = ["GRAPH_REFERENCES", "reads_reference", "reference_texts"]

#: Reference properties of Microsoft Graph's user and group.
GRAPH_REFERENCES: Final = frozenset({"manager", "members", "owners", "directReports", "sponsors"})


def reads_reference(attribute: str, declared: frozenset[str]) -> bool:
    """Tell whether a source attribute names other objects."""
    return attribute in declared or attribute in GRAPH_REFERENCES


def reference_texts(
    user: Mapping[str, object], attribute: str, source_anchor: str
) -> tuple[str, ...] | MappingError | None:
    """Return the anchors of the objects that an attribute names.

    Args:
        user: the source object.
        attribute: holds an anchor, an object that has one (as Graph expands ``manager``), or
            a list of these.
        source_anchor: the attribute that is the anchor.

    Returns:
        The anchors; None for null; an error where a value has no anchor.

    >>> reference_texts({"manager": {"id": "7", "displayName": "Omar"}}, "manager", "id")
    ('7',)
    """
    value = user.get(attribute)
    if value is None:
        return None
    out: list[str] = []
    for one in value if isinstance(value, (list, tuple)) else (value,):
        anchor = one.get(source_anchor) if isinstance(one, Mapping) else one
        if isinstance(anchor, int) and not isinstance(anchor, bool):
            anchor = str(anchor)
        if anchor is None and not isinstance(one, Mapping):
            continue
        if not isinstance(anchor, str) or not anchor:
            return MappingError(
                f"{attribute} names an object without {source_anchor!r}; give the anchor itself, "
                f"or an object that has {source_anchor!r}"
            )
        out.append(anchor)
    return tuple(out) or None
