"""Checks of what finds an entry again: matching rules, anchor, and who is in scope."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ldapconnector.mapping._check_desk import VIRTUAL, Desk
from ldapconnector.mapping._check_sources import check_known
from ldapconnector.mapping._kinds import fixed_values
from ldapconnector.mapping._matching import MatchRules
from ldapconnector.mapping._rules import DN_TARGET
from ldapconnector.mapping._scoping import ScopingFilter

__all__ = ["check_anchor", "check_matching", "check_scoping"]

#: Anchors that servers make and never change.
_IMMUTABLE: Final = frozenset(
    {"entryuuid", "nsuniqueid", "objectguid", "ibm-entryuuid", "guid", "dseentryuuid", "vuid"}
)


def check_matching(
    desk: Desk,
    extra: MatchRules | None,
    indexed: Collection[str] | None,
    unique: Collection[str] | None,
) -> None:
    """Check the matching rules."""
    rules: list[tuple[str, str, bool]] = []
    for index, mapping in enumerate(desk.mappings.mappings):
        if mapping.matching_precedence is not None:
            fixed = fixed_values(mapping.source) is not None
            rules.append((f"mappings[{index}]", mapping.attribute, fixed))
    for index, rule in enumerate(extra.rules if extra is not None else ()):
        for criterion in rule.criteria:
            fixed = fixed_values(criterion.source) is not None and len(rule.criteria) == 1
            rules.append((f"matching[{index}]", criterion.attribute, fixed))
    if not rules:
        desk.error(
            "no-matching-rule",
            "mappings",
            "no mapping has a matching precedence, so existing accounts are never found",
        )
    for where, attribute, fixed in rules:
        if fixed:
            desk.error(
                "matching-by-constant",
                where,
                f"{attribute} is matched by the same value for everybody",
                target=attribute,
            )
        _matching_attribute(desk, where, attribute, indexed, unique)


def _matching_attribute(
    desk: Desk,
    where: str,
    attribute: str,
    indexed: Collection[str] | None,
    unique: Collection[str] | None,
) -> None:
    if attribute in VIRTUAL:
        return
    known = desk.schema.attribute(attribute)
    if known is None:
        if where.startswith("matching"):
            desk.error(
                "unknown-attribute",
                where,
                f"the schema defines no attribute {attribute!r}",
                hint=desk.near_attribute(attribute),
                target=attribute,
            )
        return
    if known.equality is None and any(one.equality for one in desk.schema.attribute_types):
        desk.error(
            "matching-without-equality",
            where,
            f"{known.name} has no EQUALITY rule, so no filter can find a value of it",
            target=attribute,
        )
    names = desk.names_of(attribute)
    if indexed is not None and not names & {name.lower() for name in indexed}:
        desk.warn(
            "matching-not-indexed",
            where,
            f"{known.name} has no equality index, so each look-up reads the whole directory",
            target=attribute,
        )
    if unique is not None and not names & {name.lower() for name in unique}:
        desk.warn(
            "matching-not-unique",
            where,
            f"nothing keeps {known.name} unique, so a user may match several entries",
            target=attribute,
        )


def check_anchor(desk: Desk, anchor: str) -> None:
    """Check the anchor: one value, unique, never changed."""
    if anchor.lower() in {"dn", DN_TARGET}:
        desk.warn(
            "anchor-changes",
            "anchor",
            "the anchor is the DN, which a rename changes: renamed entries lose their link. "
            "Choose the product's immutable identifier where it has one",
        )
        return
    known = desk.schema.attribute(anchor)
    if known is None:
        desk.error(
            "unknown-attribute",
            "anchor",
            f"the schema defines no attribute {anchor!r}",
            hint=desk.near_attribute(anchor),
        )
        return
    if not known.single_value:
        desk.error(
            "anchor-multi-valued",
            "anchor",
            f"{known.name} can have several values, and an anchor has one",
        )
    if known.name.lower() not in _IMMUTABLE and not known.no_user_modification:
        desk.warn(
            "anchor-not-unique",
            "anchor",
            f"nothing keeps {known.name} unique and unchanged; an entry whose anchor changes "
            "gets a second account",
        )
    index, mapping = desk.mapping_of(known.name)
    if mapping is not None and not mapping.creation_only:
        desk.error(
            "anchor-mapped",
            f"mappings[{index}]",
            f"{known.name} is the anchor, and this mapping changes it on updates; apply it "
            "only during creation",
            target=mapping.target,
        )


def check_scoping(desk: Desk, scoping: ScopingFilter) -> None:
    """Check the source attributes of scoping filters."""
    for name in ("groups", "category_groups", "input_groups"):
        for number, group in enumerate(getattr(scoping, name)):
            for place, clause in enumerate(group.clauses):
                check_known(desk, [clause.attribute], f"scoping.{name}[{number}].clauses[{place}]")
