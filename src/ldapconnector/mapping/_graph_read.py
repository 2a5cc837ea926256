"""Reading Graph's JSON: walks a document and collects what it understands and what not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ldapconnector.errors import MappingError, UsageError
from ldapconnector.mapping._diagnostics import MappingDiagnostic, Severity
from ldapconnector.mapping._graph_fields import (
    ABSENT,
    ACTIONS,
    FLOW_BEHAVIORS,
    FLOW_TYPES,
    field,
    flags,
    member,
    objects,
    text_of,
    value_of,
)
from ldapconnector.mapping._graph_shape import (
    ATTRIBUTE_MAPPING,
    OBJECT_MAPPING,
    RULE,
    SCHEMA,
    Place,
    Shape,
    list_of,
    wrong_kinds,
)
from ldapconnector.mapping._graph_source import read_source, source_facts
from ldapconnector.mapping._rules import (
    Apply,
    AttributeMapping,
    FlowBehavior,
    FlowType,
    ObjectMapping,
)
from ldapconnector.mapping._scoping import ScopeClause, ScopeGroup, ScopingFilter

__all__ = ["GraphMapping", "Loaded", "Reader"]


def _path(place: Place) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)


@attrs.frozen(kw_only=True)
class GraphMapping:
    """One ``objectMapping`` of a document.

    Attributes:
        path: where it stands in the document.
        mapping: its attribute mappings.
        scoping: who is in scope. None where a clause of it is not understood: rules without
            that clause would let in the wrong people, so there are none.
        rule: the name of its synchronization rule.
        source_directory, target_directory: the names of the two directories.
    """

    path: str
    mapping: ObjectMapping
    scoping: ScopingFilter | None = attrs.field(factory=ScopingFilter)
    rule: str = ""
    source_directory: str = ""
    target_directory: str = ""


@attrs.frozen(kw_only=True)
class Loaded:
    """Where an object mapping came from, to write changes back."""

    place: Place
    wrapped: bool
    mapping: ObjectMapping
    scoping: ScopingFilter | None
    #: Where each mapping stands in the list of them.
    positions: tuple[int, ...]


class Reader:
    """Walks a document and collects what it understands and what not."""

    def __init__(self) -> None:
        self.mappings: list[GraphMapping] = []
        self.loaded: list[Loaded] = []
        self.diagnostics: list[MappingDiagnostic] = []
        #: Where something of a wrong kind stands that rules depend on, and all above it.
        self._broken: set[Place] = set()

    def document(self, value: Any) -> None:
        if isinstance(value, list):
            if any(isinstance(one, dict) and _is_mapping(one) for one in value):
                self._kinds(value, list_of(ATTRIBUTE_MAPPING), ())
                self._list(value, ())
            elif any(isinstance(one, dict) and _is_object_mapping(one) for one in value):
                self._kinds(value, list_of(OBJECT_MAPPING), ())
                for index, one in objects(value):
                    self._object(one, (index,), {}, {})
            else:
                self._no_rules()
            return
        if not isinstance(value, dict):
            self._no_rules()
            return
        place: Place = ()
        inner = field(value, "schema")
        if isinstance(inner, dict):
            value, place = inner, ("schema",)
        if field(value, "synchronizationRules") is not ABSENT:
            self._kinds(value, SCHEMA, place)
            self._schema(value, place)
        elif _is_object_mapping(value):
            self._kinds(value, OBJECT_MAPPING, place)
            self._object(value, place, {}, {})
        elif _is_mapping(value):
            self._kinds(value, ATTRIBUTE_MAPPING, place)
            self._single(value, place)
        elif field(value, "objectMappings") is not ABSENT:
            self._kinds(value, RULE, place)
            self._rule(value, place, {})
        if not self.mappings:
            self._no_rules()

    def _kinds(self, value: object, shape: Shape, place: Place) -> None:
        for one in wrong_kinds(value, shape, place):
            severity = Severity.ERROR if one.matters else Severity.WARNING
            self._say(severity, "wrong-kind", one.place, one.message)
            if one.matters:
                self._broken.update(one.place[:end] for end in range(len(one.place) + 1))

    def _no_rules(self) -> None:
        self._say(
            Severity.INFO,
            "no-rules",
            (),
            "the document has no attribute mappings; a synchronizationSchema, an objectMapping or "
            "a list of attributeMappings would have",
        )

    def _say(
        self, severity: Severity, code: str, place: Place, message: str, target: str = ""
    ) -> None:
        self.diagnostics.append(
            MappingDiagnostic(
                severity=severity, code=code, path=_path(place), message=message, target=target
            )
        )

    def _schema(self, schema: dict[str, Any], place: Place) -> None:
        directories: dict[str, dict[str, Any]] = {}
        for _, one in objects(field(schema, "directories")):
            directories[text_of(one, "name")] = one
        for index, rule in objects(field(schema, "synchronizationRules")):
            self._rule(rule, (*place, "synchronizationRules", index), directories)

    def _rule(
        self, rule: dict[str, Any], place: Place, directories: Mapping[str, dict[str, Any]]
    ) -> None:
        for name, inside in (
            ("containerFilter", "includedContainers"),
            ("groupFilter", "includedGroups"),
        ):
            found = field(rule, name)
            if isinstance(found, dict) and field(found, inside, None):
                self._say(
                    Severity.ERROR,
                    "filter-not-supported",
                    (*place, name),
                    f"{name} limits this rule to some {inside[8:].lower()} of the source, which "
                    "source data handed over as a list cannot show; limit the source itself",
                )
        source = text_of(rule, "sourceDirectoryName")
        about = {
            "rule": text_of(rule, "name"),
            "source_directory": source,
            "target_directory": text_of(rule, "targetDirectoryName"),
        }
        for index, one in objects(field(rule, "objectMappings")):
            self._object(one, (*place, "objectMappings", index), about, directories.get(source, {}))

    def _object(
        self,
        found: dict[str, Any],
        place: Place,
        about: dict[str, str],
        directory: dict[str, Any],
    ) -> None:
        source_object = text_of(found, "sourceObjectName")
        actions = flags(field(found, "flowTypes"), ACTIONS)
        if actions is None:
            self._say(
                Severity.ERROR,
                "unknown-flow-types",
                (*place, "flowTypes"),
                f"{field(found, 'flowTypes')!r} is not understood; known are Add, Update, Delete "
                "and None. Nothing may be done to target objects",
            )
            actions = frozenset()
        mappings, positions = self._attribute_mappings(
            field(found, "attributeMappings"), (*place, "attributeMappings")
        )
        mapping = ObjectMapping(
            mappings=mappings,
            name=text_of(found, "name"),
            source_object=source_object,
            target_object=text_of(found, "targetObjectName"),
            enabled=field(found, "enabled", None) in (None, True),
            actions=actions,
            **source_facts(directory, source_object),
        )
        self._keep(mapping, self._scope(found, place), place, positions, about, wrapped=True)

    def _list(self, found: list[Any], place: Place) -> None:
        mappings, positions = self._attribute_mappings(found, place)
        self._keep(
            ObjectMapping(mappings=mappings), ScopingFilter(), place, positions, {}, wrapped=False
        )

    def _single(self, found: dict[str, Any], place: Place) -> None:
        mapping = self._attribute_mapping(found, place)
        mappings = () if mapping is None else (mapping,)
        self._keep(
            ObjectMapping(mappings=mappings),
            ScopingFilter(),
            place,
            (0,) * len(mappings),
            {},
            wrapped=False,
        )

    def _keep(
        self,
        mapping: ObjectMapping,
        scoping: ScopingFilter | None,
        place: Place,
        positions: tuple[int, ...],
        about: dict[str, str],
        *,
        wrapped: bool,
    ) -> None:
        self.mappings.append(
            GraphMapping(path=_path(place), mapping=mapping, scoping=scoping, **about)
        )
        self.loaded.append(
            Loaded(
                place=place,
                wrapped=wrapped,
                mapping=mapping,
                scoping=scoping,
                positions=positions,
            )
        )

    def _attribute_mappings(
        self, found: Any, place: Place
    ) -> tuple[tuple[AttributeMapping, ...], tuple[int, ...]]:
        mappings: list[AttributeMapping] = []
        positions: list[int] = []
        for index, one in objects(found):
            mapping = self._attribute_mapping(one, (*place, index))
            if mapping is not None:
                mappings.append(mapping)
                positions.append(index)
        return tuple(mappings), tuple(positions)

    def _attribute_mapping(self, found: dict[str, Any], place: Place) -> AttributeMapping | None:
        if place in self._broken:
            return None
        target = text_of(found, "targetAttributeName")
        if not target:
            self._say(
                Severity.ERROR, "no-target", place, "the mapping names no targetAttributeName"
            )
            return None
        flow_type = self._member(
            found, "flowType", FLOW_TYPES, FlowType.ALWAYS, place, target=target
        )
        behavior = self._member(
            found, "flowBehavior", FLOW_BEHAVIORS, FlowBehavior.WHEN_CHANGED, place, target=target
        )
        default = field(found, "defaultValue", None)
        default = None if default is None else value_of(default)
        try:
            source, default = read_source(field(found, "source", None), default, flow_type)
        except (UsageError, RecursionError) as error:
            self._say(
                Severity.ERROR,
                "source-not-understood",
                (*place, "source"),
                f"the mapping of {target} is left out of the rules and kept in the document: {error}",
                target,
            )
            return None
        if field(found, "exportMissingReferences", False) is True:
            self._say(
                Severity.INFO,
                "export-missing-references",
                (*place, "exportMissingReferences"),
                "is for Microsoft's own use and changes nothing here: unresolved references are "
                "kept and retried",
                target,
            )
        priority = field(found, "matchingPriority", None) or 0
        return AttributeMapping(
            target=target,
            source=source,
            default=default,
            apply=Apply.CREATION if flow_type is FlowType.OBJECT_ADD_ONLY else Apply.ALWAYS,
            flow_type=flow_type,
            flow_behavior=behavior,
            matching_precedence=priority if priority > 0 else None,
            flow_null=field(found, "flowNullValues", False) is True,
        )

    def _member(
        self,
        found: dict[str, Any],
        name: str,
        members: Mapping[str, Any],
        usual: Any,
        place: Place,
        *,
        target: str,
    ) -> Any:
        raw = field(found, name)
        value = usual if raw is ABSENT or raw is None else member(raw, members)
        if value is None:
            self._say(
                Severity.ERROR,
                f"unknown-{'flow-type' if name == 'flowType' else 'flow-behavior'}",
                (*place, name),
                f"{raw!r} is not understood; known are {', '.join(members)}. "
                f"{usual.value} is taken",
                target,
            )
            return usual
        return value

    def _scope(self, found: dict[str, Any], place: Place) -> ScopingFilter | None:
        raw = field(found, "scope", None)
        if raw is None:
            return ScopingFilter()
        place = (*place, "scope")
        if place in self._broken:
            return None
        before = len(self.diagnostics)
        sets = [
            tuple(
                self._group(group, (*place, name, index))
                for index, group in objects(field(raw, name))
            )
            for name in ("groups", "categoryFilterGroups", "inputFilterGroups")
        ]
        if any(one.severity is Severity.ERROR for one in self.diagnostics[before:]):
            return None
        return ScopingFilter(groups=sets[0], category_groups=sets[1], input_groups=sets[2])

    def _group(self, group: dict[str, Any], place: Place) -> ScopeGroup:
        clauses: list[ScopeClause] = []
        for index, clause in objects(field(group, "clauses")):
            operand = field(clause, "targetOperand", None) or {}
            try:
                clauses.append(
                    ScopeClause(
                        attribute=text_of(clause, "sourceOperandName"),
                        operator=text_of(clause, "operatorName"),
                        operands=[value_of(one) for one in field(operand, "values", None) or ()],
                    )
                )
            except MappingError as error:
                self._say(
                    Severity.ERROR,
                    "clause-not-understood",
                    (*place, "clauses", index),
                    f"{error}. The scope of this mapping is not loaded",
                )
        return ScopeGroup(clauses=clauses, name=text_of(group, "name"))


def _is_mapping(found: dict[str, Any]) -> bool:
    return field(found, "targetAttributeName") is not ABSENT


def _is_object_mapping(found: dict[str, Any]) -> bool:
    return field(found, "attributeMappings") is not ABSENT
