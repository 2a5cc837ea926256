"""Rules 3 and 4 of identification: what the root DSE shows besides a name."""

from __future__ import annotations

from typing import Final

import attrs

from ldapconnector.schema import Schema
from ldapconnector.vendors._by_schema import by_schema, edirectory_brand
from ldapconnector.vendors._evidence import Answer, Confidence, Facts
from ldapconnector.vendors._vendor import Vendor

__all__ = ["by_structure"]

_AD_DS: Final = "1.2.840.113556.1.4.800"
_AD_LDS: Final = "1.2.840.113556.1.4.1851"
_PASSWORD_MODIFY: Final = "1.3.6.1.4.1.4203.1.11.1"  # noqa: S105 -- an operation's number
_APACHEDS_ROOT: Final = "f290425c-8272-4e62-8a67-92b06f38dbf5"

# Functional levels of [MS-ADTS] 6.1.4.2: what a domain controller tells instead of a version.
_WINDOWS: Final = {
    "0": "Windows 2000",
    "2": "Windows Server 2003",
    "3": "Windows Server 2008",
    "4": "Windows Server 2008 R2",
    "5": "Windows Server 2012",
    "6": "Windows Server 2012 R2",
    "7": "Windows Server 2016 or later",
    "10": "Windows Server 2025",
}


def by_structure(facts: Facts, schema: Schema | None) -> Answer | None:
    """Return what the root DSE's structure says; the schema settles a family only."""
    for rule in (_microsoft, _openldap, _apacheds, _edirectory, _ibm, _opends, _netscape, _radiant):
        found = rule(facts, schema)
        if found is not None:
            return found
    return None


def _microsoft(facts: Facts, schema: Schema | None) -> Answer | None:
    del schema
    capabilities = facts.lowered("supportedcapabilities")
    if not {_AD_DS, _AD_LDS} & capabilities:
        return None
    version = _WINDOWS.get(facts.first("domaincontrollerfunctionality"))
    if _AD_DS in capabilities:
        evidence = [f"supportedCapabilities has {_AD_DS} (Active Directory)"]
        if facts.first("isglobalcatalogready").upper() == "TRUE":
            evidence.append("isGlobalCatalogReady is TRUE: it serves a Global Catalog, too")
        if "1.2.840.113556.1.4.1920" in capabilities:
            evidence.append("it is a read-only domain controller")
        return Answer(
            Vendor.AD_DS,
            version=version,
            confidence=Confidence.CERTAIN,
            evidence=tuple(evidence),
        )
    evidence = [f"supportedCapabilities has {_AD_LDS} (AD LDS) and not {_AD_DS}"]
    against = []
    if "$" in facts.first("servername"):
        evidence.append("serverName holds an instance: HOST$instance")
    if facts.has("rootdomainnamingcontext"):
        against.append("rootDomainNamingContext, which belongs to a domain, is present")
    return Answer(
        Vendor.AD_LDS,
        version=version,
        confidence=Confidence.CERTAIN,
        evidence=tuple(evidence),
        against=tuple(against),
    )


def _openldap(facts: Facts, schema: Schema | None) -> Answer | None:
    del schema
    if "openldaprootdse" in facts.classes:
        return Answer(
            Vendor.OPENLDAP,
            confidence=Confidence.CERTAIN,
            evidence=("the root DSE has the object class OpenLDAProotDSE",),
        )
    hints = []
    if facts.first("configcontext").lower() == "cn=config":
        hints.append("configContext is cn=config")
    if facts.first("monitorcontext").lower() == "cn=monitor":
        hints.append("monitorContext is cn=Monitor")
    if facts.below("1.3.6.1.4.1.4203.1.5.5"):
        hints.append("language ranges (1.3.6.1.4.1.4203.1.5.5) are announced")
    if len(hints) > 1:
        return Answer(Vendor.OPENLDAP, confidence=Confidence.PROBABLE, evidence=tuple(hints))
    return None


def _apacheds(facts: Facts, schema: Schema | None) -> Answer | None:
    del schema
    if facts.first("entryuuid").lower() == _APACHEDS_ROOT:
        return Answer(
            Vendor.APACHEDS,
            confidence=Confidence.CERTAIN,
            evidence=("the root DSE has the entryUUID that is built into ApacheDS",),
        )
    announced = facts.below("1.3.6.1.4.1.18060")
    if announced and "ou=schema" in facts.lowered("namingcontexts"):
        return Answer(
            Vendor.APACHEDS,
            confidence=Confidence.PROBABLE,
            evidence=(
                f"{announced}, of Apache's numbers, is announced",
                "ou=schema is a naming context",
            ),
        )
    return None


def _edirectory(facts: Facts, schema: Schema | None) -> Answer | None:
    evidence = []
    announced = facts.below("2.16.840.1.113719")
    if announced:
        evidence.append(f"{announced}, of Novell's numbers, is announced")
    if facts.has("dsaname") and facts.has("directorytreename"):
        evidence.append("dsaName and directoryTreeName are there")
    if not evidence:
        return None
    return edirectory_brand(evidence, schema, modify=facts.below(_PASSWORD_MODIFY) != "")


def _ibm(facts: Facts, schema: Schema | None) -> Answer | None:
    del schema
    if facts.below("2.16.840.1.113678"):
        return Answer(
            None,
            product="HCL or IBM Domino",
            evidence=(f"{facts.below('2.16.840.1.113678')}, of Lotus's numbers, is announced",),
        )
    evidence = []
    announced = facts.below("1.3.18.0.2.12", "1.3.18.0.2.10", "1.3.18.0.2.32", "1.3.18.0.2.26")
    if announced:
        evidence.append(f"{announced}, of IBM's numbers, is announced")
    evidence += [
        f"{name} is there"
        for name in (
            "ibm-serverid",
            "ibm-configurationnamingcontext",
            "ibm-slapdisconfigurationmode",
            "ibm-ldapservicename",
        )
        if facts.has(name)
    ]
    # ibmdirectoryversion alone is no proof: others publish it.
    if not evidence:
        return None
    if facts.has("ibmdirectoryversion"):
        evidence.append("ibmdirectoryversion is there")
    return Answer(
        Vendor.IBM,
        version=facts.first("ibmdirectoryversion") or None,
        confidence=Confidence.PROBABLE,
        evidence=tuple(evidence),
    )


def _opends(facts: Facts, schema: Schema | None) -> Answer | None:
    family = "ds-root-dse" in facts.classes or facts.has("ds-private-naming-contexts")
    oracle = facts.below("2.16.840.1.113894")
    if family and (oracle or facts.has("orclguid")):
        return Answer(
            Vendor.ORACLE_OUD,
            confidence=Confidence.PROBABLE,
            evidence=(
                "the root DSE is one of the OpenDS family",
                f"{oracle or 'orclGUID'}, of Oracle, is there",
            ),
        )
    if not family:
        return None
    ping = facts.below("1.3.6.1.4.1.30221")
    if ping or facts.has("startupuuid", "ds-instance-name"):
        return Answer(
            None,
            product="UnboundID or PingDirectory",
            evidence=(
                "the root DSE is one of the OpenDS family",
                f"{ping or 'startupUUID'}, of UnboundID, is there",
            ),
        )
    forgerock = facts.below("1.3.6.1.4.1.36733")
    if forgerock or facts.has("fullvendorversion"):
        return Answer(
            Vendor.OPENDJ,
            version=facts.first("fullvendorversion") or None,
            confidence=Confidence.PROBABLE,
            evidence=(
                "the root DSE is one of the OpenDS family",
                f"{forgerock or 'fullVendorVersion'}, of OpenDJ, is there",
            ),
        )
    found = by_schema(schema) if schema is not None else None
    if found is not None and found.vendor in {Vendor.OPENDJ, Vendor.OPENDS, Vendor.ORACLE_OUD}:
        return attrs.evolve(
            found, evidence=("the root DSE is one of the OpenDS family", *found.evidence)
        )
    return Answer(
        None,
        product="a directory of the OpenDS family",
        evidence=("the root DSE is one of the OpenDS family",),
        against=("OpenDJ, OpenDS, Oracle Unified Directory and PingDirectory all look like this",),
        candidates=(Vendor.OPENDJ, Vendor.OPENDS, Vendor.ORACLE_OUD),
    )


def _netscape(facts: Facts, schema: Schema | None) -> Answer | None:
    ipa = facts.below("2.16.840.1.113730.3.8.10")
    if ipa:
        return Answer(
            Vendor.DS_389,
            product="FreeIPA (389 Directory Server)",
            confidence=Confidence.CERTAIN,
            evidence=(f"{ipa}, an operation of FreeIPA, is announced",),
        )
    own = facts.below(*(f"2.16.840.1.113730.3.6.{n}" for n in (5, 6, 7, 8)))
    if own:
        return Answer(
            Vendor.DS_389,
            confidence=Confidence.CERTAIN,
            evidence=(f"{own}, an operation of 389 Directory Server, is announced",),
        )
    sun = facts.below("1.3.6.1.4.1.42.2.27.9.6")
    family = [name for name in ("netscapemdsuffix", "dataversion") if facts.has(name)]
    if facts.has("nsbackendsuffix") or any(name.startswith("lastusn") for name in facts.values):
        return Answer(
            Vendor.DS_389,
            confidence=Confidence.PROBABLE,
            evidence=("nsBackendSuffix or lastusn, of 389 Directory Server, is there",),
        )
    if sun:
        return Answer(
            Vendor.ORACLE_DSEE,
            confidence=Confidence.PROBABLE,
            evidence=(f"{sun}, a replication operation of Sun's server, is announced",),
        )
    if not family:
        return None
    shown = f"{' and '.join(family)}, shared by 389 and Oracle DSEE, are there"
    found = by_schema(schema) if schema is not None else None
    if found is not None and found.vendor in {Vendor.DS_389, Vendor.ORACLE_DSEE}:
        return attrs.evolve(found, evidence=(shown, *found.evidence))
    if facts.has("defaultnamingcontext"):
        return Answer(
            Vendor.DS_389,
            confidence=Confidence.GUESS,
            evidence=(shown, "defaultnamingcontext is there, which 389 shows"),
            against=("the vendor string is hidden: ask for vendorName and vendorVersion by name",),
            candidates=(Vendor.DS_389, Vendor.ORACLE_DSEE),
        )
    return Answer(
        None,
        product="389 Directory Server or Oracle DSEE",
        evidence=(shown,),
        against=("nothing tells the two apart: ask for vendorName and vendorVersion by name",),
        candidates=(Vendor.DS_389, Vendor.ORACLE_DSEE),
    )


def _radiant(facts: Facts, schema: Schema | None) -> Answer | None:
    del schema
    if facts.first("servertype").upper() != "VDS":
        return None
    return Answer(
        Vendor.RADIANTONE,
        confidence=Confidence.PROBABLE,
        evidence=("serverType is VDS",),
    )
