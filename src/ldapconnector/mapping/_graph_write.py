"""Writing changed rules back into Graph's JSON, without touching anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ldapconnector.errors import MappingError
from ldapconnector.mapping._graph_fields import field, put, write_actions
from ldapconnector.mapping._graph_read import GraphMapping, Loaded
from ldapconnector.mapping._rules import (
    AttributeMapping,
    Computed,
    Constant,
    Direct,
    FlowType,
    NoSource,
    ObjectMapping,
    Source,
)
from ldapconnector.mapping._scoping import ScopeGroup, ScopingFilter

__all__ = ["write_back", "written_mapping", "written_scope"]


def write_back(document: Any, graph: GraphMapping, loaded: Loaded) -> None:
    """Write one object mapping into the document that it came from.

    Args:
        document: the JSON values, changed in place.
        graph: the rules as they are now.
        loaded: the rules as they were read, and where.

    Raises:
        MappingError: Graph's JSON cannot express a change.
    """
    if graph.mapping == loaded.mapping and graph.scoping == loaded.scoping:
        return
    holder: Any = document
    for key in loaded.place:
        holder = holder[key] if isinstance(key, int) else field(holder, key)
    if isinstance(holder, list):
        holder[:] = _written_mappings(holder, graph.mapping, loaded)
    elif loaded.wrapped:
        _write_object(holder, graph, loaded)
    else:
        _write_single(holder, graph.mapping, loaded)


def _write_object(holder: dict[str, Any], graph: GraphMapping, loaded: Loaded) -> None:
    before, after = loaded.mapping, graph.mapping
    if before.mappings != after.mappings:
        raw = field(holder, "attributeMappings")
        put(
            holder,
            "attributeMappings",
            _written_mappings(raw if isinstance(raw, list) else [], after, loaded),
        )
    for name, old, new in (
        ("name", before.name, after.name),
        ("enabled", before.enabled, after.enabled),
        ("sourceObjectName", before.source_object, after.source_object),
        ("targetObjectName", before.target_object, after.target_object),
    ):
        if old != new:
            put(holder, name, new)
    if before.actions != after.actions:
        put(holder, "flowTypes", write_actions(after.actions, field(holder, "flowTypes")))
    if loaded.scoping != graph.scoping and graph.scoping is not None:
        put(holder, "scope", written_scope(graph.scoping, field(holder, "scope", None)))


def _write_single(holder: dict[str, Any], after: ObjectMapping, loaded: Loaded) -> None:
    if len(after.mappings) != 1 or not loaded.positions:
        raise MappingError(
            "the document is a single attributeMapping, so one mapping can be written into it; "
            "use to_graph for several"
        )
    written = written_mapping(dict(holder), loaded.mapping.mappings[0], after.mappings[0])
    holder.clear()
    holder.update(written)


def _written_mappings(raw: list[Any], after: ObjectMapping, loaded: Loaded) -> list[Any]:
    """Write a list of mappings; what was not understood stays where it was."""
    known = {at: index for index, at in enumerate(loaded.positions)}
    used: dict[int, Any] = {}
    new: list[Any] = []
    left = set(range(len(loaded.mapping.mappings)))
    for position, mapping in enumerate(after.mappings):
        index = _counterpart(mapping, position, loaded.mapping, left)
        if index is None:
            new.append(written_mapping({}, None, mapping))
            continue
        left.discard(index)
        before = loaded.mapping.mappings[index]
        used[index] = written_mapping(raw[loaded.positions[index]], before, mapping)
    out: list[Any] = []
    for at, one in enumerate(raw):
        found = known.get(at)
        if found is None:
            out.append(one)
        elif found in used:
            out.append(used[found])
    return out + new


def _counterpart(
    mapping: AttributeMapping,
    position: int,
    before: ObjectMapping,
    left: set[int],
) -> int | None:
    if position in left and before.mappings[position] == mapping:
        return position
    for index in sorted(left):
        if before.mappings[index] == mapping:
            return index
    for index in sorted(left):
        if before.mappings[index].attribute.lower() == mapping.attribute.lower():
            return index
    return None


def written_mapping(
    raw: dict[str, Any], before: AttributeMapping | None, after: AttributeMapping
) -> dict[str, Any]:
    if before == after:
        return raw
    written = dict(raw)
    new = before is None
    for name, old, value in (
        ("targetAttributeName", before and before.target, after.target),
        ("defaultValue", before and _default(before), _default(after)),
        ("flowBehavior", before and before.flow_behavior.value, after.flow_behavior.value),
        ("flowType", before and _flow_type(before), _flow_type(after)),
        (
            "matchingPriority",
            before and (before.matching_precedence or 0),
            after.matching_precedence or 0,
        ),
    ):
        if new or old != value:
            put(written, name, value)
    if new:
        put(written, "exportMissingReferences", False)
    if before is None or before.source != after.source:
        put(written, "source", _written_source(after.source))
    if (before.flow_null if before else False) != after.flow_null:
        put(written, "flowNullValues", after.flow_null)
    return written


def _default(mapping: AttributeMapping) -> str | None:
    if isinstance(mapping.source, Constant):
        return _one(mapping.source.value, mapping)
    return None if mapping.default is None else _one(mapping.default, mapping)


def _one(value: str | tuple[str, ...], mapping: AttributeMapping) -> str:
    if isinstance(value, str):
        return value
    raise MappingError(
        f"{mapping.target} has a constant or default of {len(value)} values, and Graph's JSON "
        'takes one text; write an expression such as Split("a,b", ",")',
        target=mapping.target,
    )


def _flow_type(mapping: AttributeMapping) -> str:
    if mapping.creation_only:
        return FlowType.OBJECT_ADD_ONLY.value
    if isinstance(mapping.source, NoSource) and mapping.default is not None:
        return FlowType.ATTRIBUTE_ADD_ONLY.value
    return mapping.flow_type.value


def _written_source(source: Source) -> dict[str, Any] | None:
    if isinstance(source, Direct):
        return {
            "expression": f"[{source.attribute}]",
            "name": source.attribute,
            "type": "Attribute",
            "parameters": [],
        }
    if isinstance(source, Computed):
        return source.expression.to_graph()
    return None


def written_scope(scoping: ScopingFilter, raw: Any = None) -> dict[str, Any] | None:
    written = dict(raw) if isinstance(raw, dict) else {}
    if not (scoping.groups or scoping.category_groups or scoping.input_groups or written):
        return None
    for name, groups in (
        ("groups", scoping.groups),
        ("inputFilterGroups", scoping.input_groups),
        ("categoryFilterGroups", scoping.category_groups),
    ):
        put(written, name, list(_written_groups(groups)))
    return written


def _written_groups(groups: Iterable[ScopeGroup]) -> Iterator[dict[str, Any]]:
    for group in groups:
        yield {
            "name": group.name,
            "clauses": [
                {
                    "sourceOperandName": clause.attribute,
                    "operatorName": clause.operator.value,
                    "targetOperand": {"values": list(clause.operands)} if clause.operands else None,
                }
                for clause in group.clauses
            ],
        }
