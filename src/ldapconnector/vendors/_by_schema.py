"""Rules 4 and 5 of identification: what a schema says, where the root DSE leaves it to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import attrs

from ldapconnector.schema import Schema
from ldapconnector.vendors._evidence import Answer, Confidence
from ldapconnector.vendors._products import products
from ldapconnector.vendors._vendor import Vendor

__all__ = ["by_schema", "edirectory_brand"]

_EDIRECTORY: Final = (Vendor.NOVELL_EDIRECTORY, Vendor.NETIQ_EDIRECTORY)


# Came with versions that were sold as NetIQ: 8.8 SP7 and later.
_NETIQ_ERA: Final = ("nspmAD2K8Syntax", "xdasConfiguration")


def edirectory_brand(evidence: Iterable[str], schema: Schema | None, *, modify: bool) -> Answer:
    """Guess the brand of an eDirectory that does not tell it: by its age."""
    said = list(evidence)
    later = schema is not None and all(map(schema.attribute, _NETIQ_ERA))
    if modify:
        said.append("the Password Modify operation, there from 9.1, is announced")
    if later:
        said.append(f"the schema defines {_NETIQ_ERA[0]}, younger than the brand Novell")
    netiq = modify or later
    vendor = Vendor.NETIQ_EDIRECTORY if netiq else Vendor.NOVELL_EDIRECTORY
    return Answer(
        vendor,
        confidence=Confidence.GUESS,
        evidence=tuple(said),
        against=("only vendorName tells the brands apart, and it is not shown",),
        candidates=_EDIRECTORY[::-1] if netiq else _EDIRECTORY,
    )


def _defines(schema: Schema, names: Iterable[str]) -> bool:
    return all(schema.attribute(n) or schema.object_class(n) for n in names)


def _arc(schema: Schema, arc: str) -> bool:
    return any(element.oid.startswith(arc) for element in schema)


def _fits(schema: Schema, vendor: Vendor) -> str:
    """Return the names by which a schema is a product's, or an empty text."""
    for names in products()[vendor][1].schema:
        if _defines(schema, names):
            return " and ".join(sorted(_spelled(schema, name) for name in names))
    return ""


def _spelled(schema: Schema, name: str) -> str:
    known = schema.attribute(name) or schema.object_class(name)
    return known.name if known else name


def _schema_answer(vendor: Vendor, what: str, confidence: Confidence) -> Answer:
    return Answer(vendor, confidence=confidence, evidence=(f"the schema defines {what}",))


def _schema_ibm(schema: Schema) -> Answer | None:
    if "IBMAttributeTypes" not in schema.definitions():
        return None
    return _schema_answer(
        Vendor.IBM, "IBMAttributeTypes beside the usual lists", Confidence.PROBABLE
    )


def _schema_opends(schema: Schema) -> Answer | None:
    if not _fits(schema, Vendor.OPENDS):
        return None
    if _arc(schema, "2.16.840.1.113894."):
        return _schema_answer(
            Vendor.ORACLE_OUD, "elements of OpenDS and of Oracle", Confidence.PROBABLE
        )
    if _arc(schema, "1.3.6.1.4.1.30221."):
        return Answer(
            None,
            product="UnboundID or PingDirectory",
            evidence=("the schema defines elements of OpenDS and of UnboundID",),
        )
    what = _fits(schema, Vendor.OPENDJ)
    if what or _arc(schema, "1.3.6.1.4.1.36733."):
        return _schema_answer(
            Vendor.OPENDJ, what or "elements below 1.3.6.1.4.1.36733", Confidence.PROBABLE
        )
    return attrs.evolve(
        _schema_answer(Vendor.OPENDS, _fits(schema, Vendor.OPENDS), Confidence.GUESS),
        against=("OpenDJ before 2.6 has nearly the same schema",),
        candidates=(Vendor.OPENDS, Vendor.OPENDJ),
    )


def _schema_edirectory(schema: Schema) -> Answer | None:
    what = _fits(schema, Vendor.NOVELL_EDIRECTORY)
    if not what:
        return None
    return edirectory_brand([f"the schema defines {what}"], schema, modify=False)


def _schema_dsee(schema: Schema) -> Answer | None:
    for mark in ("X-DS-USE", "'Sun ONE Directory Server'"):
        if any(mark in element.definition for element in schema):
            return _schema_answer(
                Vendor.ORACLE_DSEE, f"elements marked {mark}", Confidence.PROBABLE
            )
    return None


def _schema_microsoft(schema: Schema) -> Answer | None:
    if schema.attribute("userAccountControl") and schema.object_class("domainDNS"):
        if not schema.attribute("nTSecurityDescriptor"):
            return None
        return _schema_answer(Vendor.AD_DS, "userAccountControl and domainDNS", Confidence.PROBABLE)
    what = _fits(schema, Vendor.AD_LDS)
    return _schema_answer(Vendor.AD_LDS, what, Confidence.PROBABLE) if what else None


def _schema_radiant(schema: Schema) -> Answer | None:
    if not (_fits(schema, Vendor.RADIANTONE) or _arc(schema, "1.3.6.1.4.1.40747.")):
        return None
    return _schema_answer(Vendor.RADIANTONE, "elements of Radiant Logic", Confidence.PROBABLE)


def _schema_of(vendor: Vendor) -> Callable[[Schema], Answer | None]:
    def rule(schema: Schema) -> Answer | None:
        what = _fits(schema, vendor)
        return _schema_answer(vendor, what, Confidence.PROBABLE) if what else None

    return rule


# OpenLDAP's schema may hold elements of any other product that an administrator loaded, and
# OpenDJ's ships some of Active Directory's: hence the order.
_SCHEMA_RULES: Final[tuple[Callable[[Schema], Answer | None], ...]] = (
    _schema_ibm,
    _schema_of(Vendor.OPENLDAP),
    _schema_of(Vendor.APACHEDS),
    _schema_opends,
    _schema_edirectory,
    _schema_dsee,
    _schema_of(Vendor.DS_389),
    _schema_microsoft,
    _schema_radiant,
)


def by_schema(schema: Schema) -> Answer | None:
    """Return the product whose schema it is like; None where it is like none."""
    for rule in _SCHEMA_RULES:
        found = rule(schema)
        if found is not None:
            return found
    return None
