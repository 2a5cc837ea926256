"""Fields and enumeration members of Graph's JSON, in both of the styles that occur.

Exports since 2017 write camelCase keys and member names; documents embedded in rule metadata
write PascalCase keys and member numbers. Flags are a text with or without spaces, or a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from ldapconnector.mapping._rules import FlowBehavior, FlowType, ObjectAction

__all__ = [
    "ABSENT",
    "ACTIONS",
    "FLOW_BEHAVIORS",
    "FLOW_TYPES",
    "SOURCE_TYPES",
    "field",
    "flags",
    "member",
    "objects",
    "put",
    "text_of",
    "value_of",
    "write_actions",
]

_T = TypeVar("_T")


class _Absent:
    """Stands for a key that is not there, which differs from null."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = _Absent()

# In the order of their numbers.
FLOW_TYPES: Final = {one.value: one for one in FlowType}
FLOW_BEHAVIORS: Final = {one.value: one for one in FlowBehavior}
SOURCE_TYPES: Final = {name: name for name in ("Attribute", "Constant", "Function")}
ACTIONS: Final = {
    "Add": ObjectAction.CREATE,
    "Update": ObjectAction.UPDATE,
    "Delete": ObjectAction.DELETE,
}


def field(found: Mapping[str, Any], name: str, default: Any = ABSENT) -> Any:
    """Return the value of a key in either style.

    >>> field({"FlowType": 1}, "flowType"), field({}, "flowType")
    (1, nothing)
    """
    key = _spelled(found, name)
    return default if key is None else found[key]


def text_of(found: Mapping[str, Any], name: str) -> str:
    """Return the text of a key; "" for null and for what is no text.

    >>> text_of({"name": "mail"}, "name"), text_of({"name": None}, "name")
    ('mail', '')
    """
    value = field(found, name, None)
    return value if isinstance(value, str) else ""


def value_of(given: str | float) -> str:
    """Return a value as the expression language writes it.

    >>> value_of(True), value_of(5), value_of("x")
    ('True', '5', 'x')
    """
    if isinstance(given, bool):
        return "True" if given else "False"
    return str(given)


def objects(found: object) -> list[tuple[int, dict[str, Any]]]:
    """Return the objects of a list with their places; anything else has none.

    >>> objects([5, {"name": "x"}]), objects(5)
    ([(1, {'name': 'x'})], [])
    """
    if not isinstance(found, list):
        return []
    return [(index, one) for index, one in enumerate(found) if isinstance(one, dict)]


def put(found: dict[str, Any], name: str, value: Any) -> None:
    """Set a key, in the style that the object has.

    >>> written = {"FlowType": 0, "TargetAttributeName": "mail"}
    >>> put(written, "flowType", "Always"); put(written, "matchingPriority", 1); written
    {'FlowType': 'Always', 'TargetAttributeName': 'mail', 'MatchingPriority': 1}
    """
    key = _spelled(found, name)
    if key is None:
        pascal = bool(found) and all(one[:1].isupper() for one in found)
        key = name[:1].upper() + name[1:] if pascal else name
    found[key] = value


def _spelled(found: Mapping[str, Any], name: str) -> str | None:
    for spelled in (name, name[:1].upper() + name[1:]):
        if spelled in found:
            return spelled
    return None


def member(value: object, members: Mapping[str, _T]) -> _T | None:
    """Return the member that a name, in any case, or a number stands for.

    >>> member("objectaddonly", FLOW_TYPES), member(1, FLOW_TYPES), member("x", FLOW_TYPES)
    (<FlowType.OBJECT_ADD_ONLY: 'ObjectAddOnly'>, <FlowType.OBJECT_ADD_ONLY: 'ObjectAddOnly'>, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return list(members.values())[value] if 0 <= value < len(members) else None
    if isinstance(value, str):
        folded = value.strip().lower()
        return next((one for name, one in members.items() if name.lower() == folded), None)
    return None


def flags(value: object, members: Mapping[str, _T]) -> frozenset[_T] | None:
    """Return the members that a text or a number of flags stands for; None if one is unknown.

    An absent value is all of them, Graph's default.

    >>> sorted(flags("Add,Delete", ACTIONS)), sorted(flags(7, ACTIONS)), flags("None", ACTIONS)
    ([<ObjectAction.CREATE: 'create'>, <ObjectAction.DELETE: 'delete'>], \
[<ObjectAction.CREATE: 'create'>, <ObjectAction.DELETE: 'delete'>, <ObjectAction.UPDATE: 'update'>], \
frozenset())
    """
    if value is ABSENT or value is None:
        return frozenset(members.values())
    if isinstance(value, int) and not isinstance(value, bool):
        known = list(members.values())
        if not 0 <= value < 1 << len(known):
            return None
        return frozenset(one for bit, one in enumerate(known) if value >> bit & 1)
    if not isinstance(value, str):
        return None
    words = [word.strip().lower() for word in value.split(",")]
    if words in (["none"], [""]):
        return frozenset()
    found = {name.lower(): one for name, one in members.items()}
    if any(word not in found for word in words):
        return None
    return frozenset(found[word] for word in words)


def write_actions(actions: Iterable[ObjectAction], before: object = ABSENT) -> str | int:
    """Write flags in the style of what stood there before.

    >>> write_actions([ObjectAction.CREATE, ObjectAction.DELETE], "Add,Update,Delete")
    'Add,Delete'
    """
    chosen = frozenset(actions)
    if isinstance(before, int):
        return sum(1 << bit for bit, one in enumerate(ACTIONS.values()) if one in chosen)
    names = [name for name, one in ACTIONS.items() if one in chosen]
    packed = isinstance(before, str) and "," in before and ", " not in before
    return ("," if packed else ", ").join(names) or "None"
