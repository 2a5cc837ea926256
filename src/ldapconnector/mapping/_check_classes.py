"""Checks of the object classes of new entries."""

from __future__ import annotations

from collections.abc import Sequence

from ldapconnector.mapping._check_desk import Desk, near
from ldapconnector.mapping._diagnostics import Severity
from ldapconnector.mapping._kinds import fixed_values
from ldapconnector.schema import ClassKind

__all__ = ["check_classes", "effective_classes"]


def check_classes(desk: Desk, structural: str, auxiliary: Sequence[str]) -> None:
    """Check the classes that the rules name."""
    if structural:
        known = _class(desk, structural, "structural_class")
        if known is not None and known is not ClassKind.STRUCTURAL:
            desk.error(
                "not-structural",
                "structural_class",
                f"{structural} is an {known.value} class; an entry needs a structural one",
            )
    for index, name in enumerate(auxiliary):
        known = _class(desk, name, f"auxiliary_classes[{index}]")
        if known is ClassKind.STRUCTURAL and structural:
            above = {one.lower() for one in desk.schema.superclasses(structural)}
            if name.lower() not in above:
                desk.error(
                    "several-structural-classes",
                    f"auxiliary_classes[{index}]",
                    f"{name} is a structural class and {structural} is not below it; an "
                    "entry has one structural class",
                )


def _class(desk: Desk, name: str, where: str, *, target: str = "") -> ClassKind | None:
    known = desk.schema.object_class(name)
    if known is None:
        names = [one for each in desk.schema.object_classes for one in each.names]
        desk.error(
            "unknown-class",
            where,
            f"the directory knows no object class {name!r}; servers answer this with "
            "'objectClass: value #0 invalid per syntax'",
            hint=near(name, names),
            target=target,
        )
        return None
    return known.kind


def effective_classes(desk: Desk, given: list[str]) -> list[str]:
    """Return the classes that new entries will have, from the rules and a mapping."""
    classes = list(given)
    index, mapping = desk.mapping_of("objectclass")
    if mapping is not None:
        values = fixed_values(mapping.source)
        if values is None:
            if not given:
                desk.say(
                    Severity.INFO,
                    "classes-unknown",
                    f"mappings[{index}]",
                    "objectClass depends on the user, so its attributes are not checked",
                    target=mapping.target,
                )
            return classes
        for name in values:
            _class(desk, name, f"mappings[{index}].source", target=mapping.target)
        classes += values
    if not classes:
        desk.error(
            "no-object-class",
            "structural_class",
            "no structural class is named and no mapping gives objectClass",
        )
        return classes
    found = desk.schema.structural_classes(classes)
    where = "structural_class" if given else f"mappings[{index}].source"
    known = any(desk.schema.object_class(name) for name in classes)
    if not found and known:
        desk.error(
            "no-structural-class",
            where,
            f"none of {', '.join(classes)} is a structural class; add one, such as inetOrgPerson",
        )
    elif len(found) > 1 and mapping is not None:
        desk.error(
            "several-structural-classes",
            where,
            f"{' and '.join(found)} are both structural; an entry has one structural class",
        )
    return classes
