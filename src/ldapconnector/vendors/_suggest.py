"""From a product's traits, its root DSE and its schema to the settings that suit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from ldapconnector.schema import ClassKind, Schema
from ldapconnector.vendors._identify import Identification
from ldapconnector.vendors._traits import DeltaKind, PagingKind, Traits

__all__ = ["Suggestions", "suggest"]

_PAGED: Final = "1.2.840.113556.1.4.319"
_VIRTUAL_LIST: Final = "2.16.840.1.113730.3.4.9"
_SORT: Final = "1.2.840.113556.1.4.473"
_TRUE_FALSE: Final = "1.3.6.1.4.1.4203.1.5.3"
_ALL_OPERATIONAL: Final = "1.3.6.1.4.1.4203.1.5.1"

# A schema lets these have several values; a person has one of each.
_USUALLY_ONE: Final = (
    "cn",
    "co",
    "c",
    "company",
    "department",
    "departmentNumber",
    "description",
    "displayName",
    "employeeNumber",
    "employeeType",
    "facsimileTelephoneNumber",
    "givenName",
    "initials",
    "l",
    "mail",
    "manager",
    "mobile",
    "o",
    "physicalDeliveryOfficeName",
    "postalCode",
    "preferredLanguage",
    "sn",
    "st",
    "street",
    "telephoneNumber",
    "title",
    "uid",
    "userPassword",
    "userPrincipalName",
)


@attrs.frozen(kw_only=True)
class Suggestions:
    """Settings that suit a directory. Each can be overruled.

    Attributes:
        user_classes: structural classes for people that the schema defines, the best first.
        naming_attribute: the attribute of a person's RDN.
        anchor: the attribute that identifies an entry; ``dn`` where nothing better exists.
        microsoft_anchor: what Microsoft's connector would choose.
        delta: how changes can be found here.
        change_log: the base of the change log, empty where there is none.
        paging: how long searches can be cut into pages here.
        single_valued: attributes to treat as single-valued, though the schema lets them have
            several values.
        features_found, features_missing: the features that Microsoft's connector requires.
        warnings: what a person should know before going on, in plain words.
    """

    user_classes: tuple[str, ...] = ()
    naming_attribute: str = "uid"
    anchor: str = "dn"
    microsoft_anchor: str = "dn"
    delta: DeltaKind = DeltaKind.TIMESTAMP
    change_log: str = ""
    paging: PagingKind = PagingKind.NONE
    single_valued: tuple[str, ...] = ()
    features_found: tuple[str, ...] = ()
    features_missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def suggest(
    identification: Identification,
    root_dse: Mapping[str, Sequence[str | bytes]],
    schema: Schema,
) -> Suggestions:
    """Return settings for a directory, from what is known of its product and what it shows.

    Args:
        identification: what :func:`identify` answered, or the product that was named.
        root_dse: the root DSE's attributes, names in any case.
        schema: the directory's schema.

    >>> from ldapconnector.vendors import identify
    >>> root = {"objectClass": ["OpenLDAProotDSE"], "namingContexts": ["dc=example", "cn=accesslog"],
    ...         "supportedControl": ["1.2.840.113556.1.4.319"]}
    >>> found = suggest(identify(root), root, Schema.standard())
    >>> found.anchor, found.delta.value, found.change_log, found.user_classes[0]
    ('entryUUID', 'accesslog', 'cn=accesslog', 'inetOrgPerson')
    """
    traits = identification.traits
    shown = {
        name.lower(): tuple(
            value if isinstance(value, str) else value.decode("utf-8", "replace")
            for value in values
        )
        for name, values in root_dse.items()
    }
    warnings: list[str] = []
    if identification.vendor is None:
        warnings.append("the product is not known: check each setting, or name the product")
    elif not identification.supported:
        warnings.append(f"{traits.name} is not supported: {traits.refusal}")
    classes = _user_classes(traits, schema)
    if not classes:
        warnings.append(
            "the schema defines none of the usual classes for people: "
            + ", ".join(traits.user_classes)
        )
    anchor = _anchor(traits, schema, warnings)
    delta, change_log = _delta(traits, shown, warnings)
    wanted = (_TRUE_FALSE,) if anchor == "dn" else (_TRUE_FALSE, _ALL_OPERATIONAL)
    features = set(shown.get("supportedfeatures", ()))
    return Suggestions(
        user_classes=classes,
        naming_attribute=traits.naming_attribute,
        anchor=anchor,
        microsoft_anchor=traits.microsoft_anchor,
        delta=delta,
        change_log=change_log,
        paging=_paging(shown),
        single_valued=_single_valued(classes, schema),
        features_found=tuple(feature for feature in wanted if feature in features),
        features_missing=tuple(feature for feature in wanted if feature not in features),
        warnings=tuple(warnings),
    )


def _user_classes(traits: Traits, schema: Schema) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in traits.user_classes:
        known = schema.object_class(name)
        if known is not None and known.kind is ClassKind.STRUCTURAL:
            found[known.name] = None
    person = schema.object_class("person")
    for known in schema.object_classes:
        if (
            person is not None
            and known.kind is ClassKind.STRUCTURAL
            and not known.obsolete
            and person.name in schema.superclasses(known.name)
        ):
            found.setdefault(known.name)
    return tuple(found)


def _anchor(traits: Traits, schema: Schema, warnings: list[str]) -> str:
    for name in (traits.anchor, "entryUUID"):
        known = schema.attribute(name)
        if known is not None:
            return known.name
    warnings.append(
        "the schema defines no identifier that outlives a rename: with the anchor dn, an entry "
        "renamed in the directory looks deleted and created"
    )
    return "dn"


def _delta(
    traits: Traits, shown: Mapping[str, Sequence[str]], warnings: list[str]
) -> tuple[DeltaKind, str]:
    announced = next((value for value in shown.get("changelog", ()) if value), "")
    if traits.delta is DeltaKind.ACCESS_LOG:
        log = next(
            (c for c in shown.get("namingcontexts", ()) if c.lower() == traits.change_log.lower()),
            "",
        )
        if log:
            return DeltaKind.ACCESS_LOG, log
        warnings.append(
            f"{traits.change_log} is not among the naming contexts: the access log is off, has "
            "another name, or is not shown to this account; timestamps never tell of deletes"
        )
        return DeltaKind.TIMESTAMP, ""
    if traits.delta is DeltaKind.CHANGE_LOG or (traits.vendor is None and announced):
        if announced:
            return DeltaKind.CHANGE_LOG, announced
        warnings.append(
            "the root DSE announces no change log: it is off, or not shown to this account; "
            "timestamps never tell of deletes"
        )
        return DeltaKind.TIMESTAMP, ""
    if traits.delta is DeltaKind.TIMESTAMP:
        warnings.append(
            "timestamps never tell of deletes: run a full import from time to time as well"
        )
    return traits.delta, ""


def _paging(shown: Mapping[str, Sequence[str]]) -> PagingKind:
    controls = set(shown.get("supportedcontrol", ()))
    if _PAGED in controls:
        return PagingKind.SIMPLE
    return PagingKind.VLV if {_VIRTUAL_LIST, _SORT} <= controls else PagingKind.NONE


def _single_valued(classes: tuple[str, ...], schema: Schema) -> tuple[str, ...]:
    if not classes:
        return ()
    allowed = schema.must(classes[:1]) | schema.may(classes[:1])
    found = []
    for name in _USUALLY_ONE:
        known = schema.attribute(name)
        if known is not None and not known.single_value and known.name in allowed:
            found.append(known.name)
    return tuple(found)
