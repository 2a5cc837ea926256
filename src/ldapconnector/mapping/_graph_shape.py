"""What kind of JSON value stands where in Graph's documents, and where another one does.

Source: the types of Microsoft Graph's metadata (CSDL, v1.0): synchronizationSchema,
synchronizationRule, objectMapping, attributeMapping, filter, directoryDefinition and their
parts. Every value may be null, the items of lists excepted; keys that are not named there are
left alone. Flags and members of enumerations that rules depend on are read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import attrs

from ldapconnector.mapping._graph_fields import ABSENT, field

__all__ = [
    "ATTRIBUTE_MAPPING",
    "OBJECT_MAPPING",
    "RULE",
    "SCHEMA",
    "Place",
    "Shape",
    "WrongKind",
    "list_of",
    "wrong_kinds",
]

#: A place in a JSON document: keys and indices from the top.
Place: TypeAlias = tuple[str | int, ...]


@attrs.frozen(kw_only=True, eq=False)
class Shape:
    """A kind of JSON value.

    Attributes:
        words: what it is, for a message.
        types: the Python types that JSON gives for it.
        tolerated: further types that can be read as it.
        items: the shape of a list's items.
        fields: the shapes of an object's values.
        unread: names of the fields that decide nothing here.
    """

    words: str
    types: tuple[type, ...]
    tolerated: tuple[type, ...] = ()
    items: Shape | None = None
    fields: Mapping[str, Shape] = attrs.field(factory=dict)
    unread: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class WrongKind:
    """A value of another kind than the published one.

    Attributes:
        place: where it stands.
        message: what is expected there, and what there is.
        matters: whether rules depend on it.
    """

    place: Place
    message: str
    matters: bool


def list_of(items: Shape) -> Shape:
    """Return the shape of a list of ``items``."""
    return Shape(words="a list", types=(list,), items=items)


def _object(unread: str = "", **fields: Shape) -> Shape:
    return Shape(words="an object", types=(dict,), fields=fields, unread=frozenset(unread.split()))


_TEXT: Final = Shape(words="a text", types=(str,))
#: A text that is taken as such where it was written as a number or a boolean.
_VALUE: Final = Shape(words="a text", types=(str,), tolerated=(bool, int, float))
_SWITCH: Final = Shape(words="true or false", types=(bool,))
_WHOLE: Final = Shape(words="a whole number", types=(int,))
#: A member of an enumeration: its name, or its number.
_MEMBER: Final = Shape(words="a name or a number", types=(str, int))

_PAIRS: Final = list_of(_object(key=_TEXT, value=_TEXT))
# A source contains sources: its shape is closed over itself below.
_SOURCE_FIELDS: Final[dict[str, Shape]] = {"expression": _TEXT, "name": _TEXT, "type": _MEMBER}
_SOURCE: Final = Shape(words="an object", types=(dict,), fields=_SOURCE_FIELDS)
_SOURCE_FIELDS["parameters"] = list_of(_object(key=_TEXT, value=_SOURCE))

ATTRIBUTE_MAPPING: Final = _object(
    unread="exportMissingReferences",
    targetAttributeName=_TEXT,
    source=_SOURCE,
    defaultValue=_VALUE,
    flowNullValues=_SWITCH,
    matchingPriority=_WHOLE,
    exportMissingReferences=_SWITCH,
)
_GROUPS: Final = list_of(
    _object(
        unread="name",
        name=_TEXT,
        clauses=list_of(
            _object(
                sourceOperandName=_TEXT,
                operatorName=_TEXT,
                targetOperand=_object(values=list_of(_VALUE)),
            )
        ),
    )
)
OBJECT_MAPPING: Final = _object(
    unread="name metadata",
    name=_TEXT,
    enabled=_SWITCH,
    sourceObjectName=_TEXT,
    targetObjectName=_TEXT,
    attributeMappings=list_of(ATTRIBUTE_MAPPING),
    scope=_object(groups=_GROUPS, inputFilterGroups=_GROUPS, categoryFilterGroups=_GROUPS),
    metadata=_PAIRS,
)
RULE: Final = _object(
    unread="id name editable priority metadata",
    id=_TEXT,
    name=_TEXT,
    editable=_SWITCH,
    priority=_WHOLE,
    sourceDirectoryName=_TEXT,
    targetDirectoryName=_TEXT,
    objectMappings=list_of(OBJECT_MAPPING),
    metadata=_PAIRS,
    containerFilter=_object(includedContainers=list_of(_TEXT)),
    groupFilter=_object(includedGroups=list_of(_TEXT)),
)
_ATTRIBUTE: Final = _object(
    unread="caseExact defaultValue multivalued mutability required apiExpressions metadata "
    "referencedObjects",
    name=_TEXT,
    type=_MEMBER,
    anchor=_SWITCH,
    flowNullValues=_SWITCH,
    caseExact=_SWITCH,
    defaultValue=_VALUE,
    multivalued=_SWITCH,
    mutability=_MEMBER,
    required=_SWITCH,
    apiExpressions=_PAIRS,
    metadata=_PAIRS,
    referencedObjects=list_of(_object(referencedObjectName=_TEXT, referencedProperty=_TEXT)),
)
_DIRECTORY: Final = _object(
    unread="id readOnly version",
    id=_TEXT,
    name=_TEXT,
    readOnly=_SWITCH,
    version=_TEXT,
    objects=list_of(
        _object(
            unread="metadata supportedApis",
            name=_TEXT,
            attributes=list_of(_ATTRIBUTE),
            metadata=_PAIRS,
            supportedApis=list_of(_TEXT),
        )
    ),
)
SCHEMA: Final = _object(
    unread="id version",
    id=_TEXT,
    version=_TEXT,
    synchronizationRules=list_of(RULE),
    directories=list_of(_DIRECTORY),
)


def wrong_kinds(
    value: object, shape: Shape, place: Place, *, matters: bool = True
) -> Iterator[WrongKind]:
    """Find every value that is of another kind than its shape.

    >>> [one.place for one in wrong_kinds({"attributeMappings": [5]}, OBJECT_MAPPING, ())]
    [('attributeMappings', 0)]
    """
    if value is None:
        return
    tolerated = isinstance(value, shape.tolerated)
    # A boolean is an int in Python and no number in JSON.
    if not isinstance(value, shape.types) or (isinstance(value, bool) and bool not in shape.types):
        reading = "; it is read as a text" if tolerated else ""
        yield WrongKind(
            place=place,
            message=f"{shape.words} is expected here, not {_kind(value)}{reading}",
            matters=matters and not tolerated,
        )
    elif isinstance(value, list) and shape.items is not None:
        for index, one in enumerate(value):
            if one is None:
                message = f"{shape.items.words} is expected here, not null"
                yield WrongKind(place=(*place, index), message=message, matters=matters)
            yield from wrong_kinds(one, shape.items, (*place, index), matters=matters)
    elif isinstance(value, dict):
        for name, inner in shape.fields.items():
            found: Any = field(value, name)
            if found is not ABSENT:
                yield from wrong_kinds(
                    found, inner, (*place, name), matters=matters and name not in shape.unread
                )


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "a number"
