"""Which product is this? Answered from evidence, with the doubts that remain.

The rules, in their order; tests cite the numbers:

1. ``vendorName`` and ``vendorVersion`` are read together. A product of the list, or one of
   the refused ones, is taken at its word.
2. A known look-alike (proxies, Domino, PingDirectory ...) is named and left unsupported, and so
   is any vendor string that names nobody: it outranks every structural hint.
3. Without a vendor string the root DSE's structure decides: capabilities of the Active
   Directory family, object classes, arcs of controls and extended operations, attributes.
4. A root DSE that shows a family only (Netscape's, eDirectory, OpenDS's) is settled by the
   schema, or left undecided with the candidates named.
5. A schema alone decides only where the root DSE is hidden, and never against it: several
   servers serve a copy of OpenLDAP's or 389's schema.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

import attrs

from ldapconnector.schema import Schema
from ldapconnector.vendors._traits import Fingerprint, Traits
from ldapconnector.vendors._vendor import Vendor

__all__ = ["Confidence", "Identification", "identify", "traits_of"]


class Confidence(enum.StrEnum):
    """How sure an identification is."""

    CERTAIN = "certain"
    """The server names itself, or shows what no other product shows."""
    PROBABLE = "probable"
    """The structure of the root DSE, or the schema, speaks for it; nothing speaks against."""
    GUESS = "guess"
    """One of several candidates; see ``candidates``."""
    NAMED = "named"
    """The administrator said so."""
    NONE = "none"
    """No product is recognised."""


@attrs.frozen(kw_only=True)
class Identification:
    """What is known about the product behind a root DSE.

    Attributes:
        vendor: the product, None where none is recognised.
        product: its name in print, with the brand it answers under; for a look-alike that is
            not supported its name, too.
        version: the version as the server tells it, None where it does not.
        confidence: how sure the answer is.
        evidence: what speaks for it, in plain words.
        against: what speaks against it, or for something else.
        candidates: where only a family is certain, its members, likeliest first.
        traits: the facts of the product, or those of LDAP in general.

    >>> found = identify({"objectClass": ["top", "OpenLDAProotDSE"]})
    >>> found.vendor, found.supported, found.traits.anchor
    (<Vendor.OPENLDAP: 'openldap'>, True, 'entryUUID')
    >>> print(found)
    OpenLDAP (certain): the root DSE has the object class OpenLDAProotDSE
    """

    vendor: Vendor | None
    product: str = ""
    version: str | None = None
    confidence: Confidence = Confidence.NONE
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    candidates: tuple[Vendor, ...] = ()
    traits: Traits = attrs.field(repr=False)

    @property
    def supported(self) -> bool:
        """Whether it is one of the twelve products. Others can be used generically."""
        return self.vendor is not None and self.vendor.supported

    def __str__(self) -> str:
        what = " ".join(filter(None, [self.product or "unknown directory", self.version]))
        text = f"{what} ({self.confidence})" if self.vendor else what
        if self.vendor and not self.supported:
            text += ", not supported"
        if self.evidence:
            text += ": " + "; ".join(self.evidence)
        if self.against:
            text += ". Against it: " + "; ".join(self.against)
        return text


@cache
def _products() -> dict[Vendor, tuple[Traits, Fingerprint]]:
    from ldapconnector.vendors import (  # noqa: PLC0415 -- the product files, once needed
        ad_ds,
        ad_lds,
        apacheds,
        ds_389,
        ibm,
        isode,
        netiq_edirectory,
        novell_edirectory,
        opendj,
        opends,
        openldap,
        oracle_dsee,
        oracle_oud,
        radiantone,
        samba_ad,
    )

    # The order matters where two fit: the refused ones first.
    return {
        Vendor.SAMBA_AD: (samba_ad.TRAITS, samba_ad.FINGERPRINT),
        Vendor.ORACLE_OUD: (oracle_oud.TRAITS, oracle_oud.FINGERPRINT),
        Vendor.AD_DS: (ad_ds.TRAITS, ad_ds.FINGERPRINT),
        Vendor.AD_LDS: (ad_lds.TRAITS, ad_lds.FINGERPRINT),
        Vendor.DS_389: (ds_389.TRAITS, ds_389.FINGERPRINT),
        Vendor.APACHEDS: (apacheds.TRAITS, apacheds.FINGERPRINT),
        Vendor.IBM: (ibm.TRAITS, ibm.FINGERPRINT),
        Vendor.NETIQ_EDIRECTORY: (netiq_edirectory.TRAITS, netiq_edirectory.FINGERPRINT),
        Vendor.NOVELL_EDIRECTORY: (novell_edirectory.TRAITS, novell_edirectory.FINGERPRINT),
        Vendor.OPENDJ: (opendj.TRAITS, opendj.FINGERPRINT),
        Vendor.OPENDS: (opends.TRAITS, opends.FINGERPRINT),
        Vendor.ORACLE_DSEE: (oracle_dsee.TRAITS, oracle_dsee.FINGERPRINT),
        Vendor.RADIANTONE: (radiantone.TRAITS, radiantone.FINGERPRINT),
        Vendor.OPENLDAP: (openldap.TRAITS, openldap.FINGERPRINT),
        Vendor.ISODE: (isode.TRAITS, isode.FINGERPRINT),
    }


def traits_of(vendor: Vendor | str | None) -> Traits:
    """Return the declared facts of a product; those of LDAP in general for None.

    Raises:
        ValueError: the text is no product's value.

    >>> traits_of(Vendor.AD_LDS).password.attribute
    'unicodePwd'
    >>> traits_of(None).anchor
    'dn'
    """
    if vendor is None:
        from ldapconnector.vendors.generic import TRAITS  # noqa: PLC0415 -- as the others

        return TRAITS
    return _products()[Vendor(vendor)][0]


def identify(
    root_dse: Mapping[str, Sequence[str | bytes]] | None,
    schema: Schema | None = None,
    *,
    named: Vendor | str | None = None,
) -> Identification:
    """Return the product behind a root DSE.

    Args:
        root_dse: its attributes, names in any case, values as text or octets; empty or None
            where the server hides it. Ask for ``*``, ``+`` and the names that
            ``Traits.ask_by_name`` lists: some products answer only to those.
        schema: the subschema; it settles doubts and stands in for a hidden root DSE.
        named: the product, where the administrator knows better. What the evidence says
            otherwise is then in ``against``.

    Returns:
        The identification; ``vendor`` is None where no product is recognised, which a
        generic configuration can serve all the same.

    Raises:
        ValueError: ``named`` is no product's value.

    >>> print(identify({"vendorName": ["ForgeRock AS."], "vendorVersion": ["OpenDJ 2.5.0"]}))
    OpenDJ 2.5.0 (certain): vendorName is 'ForgeRock AS.'; vendorVersion is 'OpenDJ 2.5.0'
    >>> identify({"vendorName": ["LLDAP"], "isGlobalCatalogReady": ["false"]}).vendor is None
    True
    """
    facts = _Facts.of(root_dse or {})
    found = _by_strings(facts) or _by_structure(facts, schema)
    if found is not None and schema is not None:
        found = _weighed(found, schema)
    if found is None and facts.hidden and schema is not None:
        found = _by_schema(schema)
    if found is None:
        found = _Answer(None, evidence=("nothing that one of the known products shows",))
        found = found if schema is None else _weighed(found, schema)
    if named is not None:
        found = _overruled(found, Vendor(named))
    return found.identification()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


@attrs.frozen
class _Facts:
    """A root DSE whose names are in lower case and whose values are text."""

    values: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, root_dse: Mapping[str, Sequence[str | bytes]]) -> _Facts:
        values: dict[str, tuple[str, ...]] = {}
        for name, given in root_dse.items():
            listed = [given] if isinstance(given, (str, bytes)) else given
            lowered = name.lower()
            values[lowered] = values.get(lowered, ()) + tuple(map(_text, listed))
        return cls(values)

    def first(self, name: str) -> str:
        """Return the first value without NULs and blanks around it, or an empty text."""
        found = self.values.get(name, ())
        return found[0].strip("\0 \t\r\n") if found else ""

    def has(self, *names: str) -> bool:
        """Tell whether any of these attributes is shown, also with options."""
        return any(name in self.values for name in names)

    def lowered(self, name: str) -> frozenset[str]:
        return frozenset(value.strip().lower() for value in self.values.get(name, ()))

    @property
    def numbers(self) -> frozenset[str]:
        """All controls, extended operations, features and capabilities announced."""
        return frozenset(
            value.strip()
            for name in (
                "supportedcontrol",
                "supportedextension",
                "supportedfeatures",
                "supportedcapabilities",
                "supportedgroupingtypes",
                "ibm-supportedcapabilities",
                "ibm-enabledcapabilities",
                "ibm-supportedacimechanisms",
            )
            for value in self.values.get(name, ())
        )

    def below(self, *arcs: str) -> str:
        """Return one announced number below one of these arcs, or an empty text."""
        found = sorted(
            n for n in self.numbers if any(n == a or n.startswith(a + ".") for a in arcs)
        )
        return found[0] if found else ""

    @property
    def classes(self) -> frozenset[str]:
        return self.lowered("objectclass") | self.lowered("structuralobjectclass")

    @property
    def hidden(self) -> bool:
        """Whether the root DSE shows nothing that could tell products apart."""
        said = {name for name, values in self.values.items() if any(v.strip("\0 ") for v in values)}
        return said <= {"objectclass", "subschemasubentry", "entrydn"} and (
            self.lowered("objectclass") <= {"top", "extensibleobject"}
        )


@attrs.frozen
class _Answer:
    vendor: Vendor | None
    product: str = ""
    version: str | None = None
    confidence: Confidence = Confidence.NONE
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    candidates: tuple[Vendor, ...] = ()

    def identification(self) -> Identification:
        traits = traits_of(self.vendor)
        return Identification(
            vendor=self.vendor,
            product=self.product or (traits.name if self.vendor else ""),
            version=self.version,
            confidence=self.confidence,
            evidence=self.evidence,
            against=self.against,
            candidates=self.candidates,
            traits=traits,
        )


# Rules 1 and 2: the server names itself -----------------------------------------------------

# Not of the twelve, though each shares a maker, a schema or a capability with one of them.
_LOOK_ALIKES: Final[tuple[tuple[str, str], ...]] = (
    (r"Directory Proxy Server", "Sun or Oracle Directory Proxy Server"),
    (r"UnboundID LDAP SDK", "UnboundID in-memory directory server"),
    (r"UnboundID|Ping Identity|PingDirectory", "UnboundID or PingDirectory"),
    (r"Oracle Internet Directory", "Oracle Internet Directory"),
    (r"Oracle Virtual Directory", "Oracle Virtual Directory"),
    (r"VMware|vmdir", "VMware Directory Service"),
    (r"Lotus|Domino|\bHCL\b", "HCL or IBM Domino"),
    (r"\blldap\b", "lldap"),
    (r"authentik", "authentik"),
    (r"\bDirX\b", "Atos DirX"),
    (r"glauth", "GLAuth"),
)


def _by_strings(facts: _Facts) -> _Answer | None:
    name, version = facts.first("vendorname"), facts.first("vendorversion")
    if not name and not version:
        return _by_attributes(facts)
    said = tuple(
        f"{attribute} is {value!r}"
        for attribute, value in (("vendorName", name), ("vendorVersion", version))
        if value
    )
    for vendor in (Vendor.SAMBA_AD, Vendor.ORACLE_OUD):
        found = _named(vendor, name, version, said)
        if found is not None:
            return found
    for pattern, product in _LOOK_ALIKES:
        if re.search(pattern, f"{name}\n{version}", re.IGNORECASE):
            number = re.search(r"\d[\w.]*", version)
            return _Answer(
                None, product=product, version=number[0] if number else None, evidence=said
            )
    found = _by_attributes(facts)
    if found is not None:
        return found
    # A Domino that calls itself IBM still numbers its releases in its own way.
    if re.match(r"(?:Release|Build)\b", version) and "ibm" in name.lower():
        return _Answer(None, product="HCL or IBM Domino", evidence=said)
    for vendor in _products():
        found = _named(vendor, name, version, said)
        if found is not None:
            return found
    return _Answer(
        None,
        product=" ".join(filter(None, [name, version])),
        evidence=said,
        against=("none of the known products calls itself so",),
        candidates=_shared_name(name) if not version else (),
    )


def _by_attributes(facts: _Facts) -> _Answer | None:
    """Tell look-alikes by attributes of the root DSE that no other product has."""
    if facts.has("orcldirectoryversion"):
        return _Answer(
            None,
            product="Oracle Internet Directory or Virtual Directory",
            evidence=("the root DSE has orcldirectoryversion",),
        )
    vmware = sorted(name for name in facts.values if name.startswith("vmw"))
    if vmware:
        return _Answer(
            None,
            product="VMware Directory Service",
            evidence=(f"the root DSE has {vmware[0]}",),
        )
    return None


def _named(vendor: Vendor, name: str, version: str, said: tuple[str, ...]) -> _Answer | None:
    for strings in _products()[vendor][1].strings:
        found = strings.match(name, version)
        if found is None:
            continue
        number = found.groupdict().get("v") if version else None
        return _Answer(
            vendor,
            product=strings.product,
            version=number or version or None,
            # Isode's strings are a guess: nobody has shown one.
            confidence=Confidence.PROBABLE if vendor is Vendor.ISODE else Confidence.CERTAIN,
            evidence=said,
        )
    return None


def _shared_name(name: str) -> tuple[Vendor, ...]:
    """Return the products of a maker that sold several."""
    if re.match(r"Sun Microsystems", name, re.IGNORECASE):
        return (Vendor.ORACLE_DSEE, Vendor.OPENDS)
    if re.match(r"Oracle", name, re.IGNORECASE):
        return (Vendor.ORACLE_DSEE, Vendor.ORACLE_OUD)
    return ()


# Rule 3: the structure of the root DSE ------------------------------------------------------

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


def _by_structure(facts: _Facts, schema: Schema | None) -> _Answer | None:
    for rule in (_microsoft, _openldap, _apacheds, _edirectory, _ibm, _opends, _netscape, _radiant):
        found = rule(facts, schema)
        if found is not None:
            return found
    return None


def _microsoft(facts: _Facts, schema: Schema | None) -> _Answer | None:
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
        return _Answer(
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
    return _Answer(
        Vendor.AD_LDS,
        version=version,
        confidence=Confidence.CERTAIN,
        evidence=tuple(evidence),
        against=tuple(against),
    )


def _openldap(facts: _Facts, schema: Schema | None) -> _Answer | None:
    del schema
    if "openldaprootdse" in facts.classes:
        return _Answer(
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
        return _Answer(Vendor.OPENLDAP, confidence=Confidence.PROBABLE, evidence=tuple(hints))
    return None


def _apacheds(facts: _Facts, schema: Schema | None) -> _Answer | None:
    del schema
    if facts.first("entryuuid").lower() == _APACHEDS_ROOT:
        return _Answer(
            Vendor.APACHEDS,
            confidence=Confidence.CERTAIN,
            evidence=("the root DSE has the entryUUID that is built into ApacheDS",),
        )
    announced = facts.below("1.3.6.1.4.1.18060")
    if announced and "ou=schema" in facts.lowered("namingcontexts"):
        return _Answer(
            Vendor.APACHEDS,
            confidence=Confidence.PROBABLE,
            evidence=(
                f"{announced}, of Apache's numbers, is announced",
                "ou=schema is a naming context",
            ),
        )
    return None


_EDIRECTORY: Final = (Vendor.NOVELL_EDIRECTORY, Vendor.NETIQ_EDIRECTORY)


def _edirectory(facts: _Facts, schema: Schema | None) -> _Answer | None:
    evidence = []
    announced = facts.below("2.16.840.1.113719")
    if announced:
        evidence.append(f"{announced}, of Novell's numbers, is announced")
    if facts.has("dsaname") and facts.has("directorytreename"):
        evidence.append("dsaName and directoryTreeName are there")
    if not evidence:
        return None
    return _branded(evidence, schema, modify=facts.below(_PASSWORD_MODIFY) != "")


# Came with versions that were sold as NetIQ: 8.8 SP7 and later.
_NETIQ_ERA: Final = ("nspmAD2K8Syntax", "xdasConfiguration")


def _branded(evidence: Iterable[str], schema: Schema | None, *, modify: bool) -> _Answer:
    """Guess the brand of an eDirectory that does not tell it: by its age."""
    said = list(evidence)
    later = schema is not None and all(map(schema.attribute, _NETIQ_ERA))
    if modify:
        said.append("the Password Modify operation, there from 9.1, is announced")
    if later:
        said.append(f"the schema defines {_NETIQ_ERA[0]}, younger than the brand Novell")
    netiq = modify or later
    vendor = Vendor.NETIQ_EDIRECTORY if netiq else Vendor.NOVELL_EDIRECTORY
    return _Answer(
        vendor,
        confidence=Confidence.GUESS,
        evidence=tuple(said),
        against=("only vendorName tells the brands apart, and it is not shown",),
        candidates=_EDIRECTORY[::-1] if netiq else _EDIRECTORY,
    )


def _ibm(facts: _Facts, schema: Schema | None) -> _Answer | None:
    del schema
    if facts.below("2.16.840.1.113678"):
        return _Answer(
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
    return _Answer(
        Vendor.IBM,
        version=facts.first("ibmdirectoryversion") or None,
        confidence=Confidence.PROBABLE,
        evidence=tuple(evidence),
    )


def _opends(facts: _Facts, schema: Schema | None) -> _Answer | None:
    family = "ds-root-dse" in facts.classes or facts.has("ds-private-naming-contexts")
    oracle = facts.below("2.16.840.1.113894")
    if family and (oracle or facts.has("orclguid")):
        return _Answer(
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
        return _Answer(
            None,
            product="UnboundID or PingDirectory",
            evidence=(
                "the root DSE is one of the OpenDS family",
                f"{ping or 'startupUUID'}, of UnboundID, is there",
            ),
        )
    forgerock = facts.below("1.3.6.1.4.1.36733")
    if forgerock or facts.has("fullvendorversion"):
        return _Answer(
            Vendor.OPENDJ,
            version=facts.first("fullvendorversion") or None,
            confidence=Confidence.PROBABLE,
            evidence=(
                "the root DSE is one of the OpenDS family",
                f"{forgerock or 'fullVendorVersion'}, of OpenDJ, is there",
            ),
        )
    found = _by_schema(schema) if schema is not None else None
    if found is not None and found.vendor in {Vendor.OPENDJ, Vendor.OPENDS, Vendor.ORACLE_OUD}:
        return attrs.evolve(
            found, evidence=("the root DSE is one of the OpenDS family", *found.evidence)
        )
    return _Answer(
        None,
        product="a directory of the OpenDS family",
        evidence=("the root DSE is one of the OpenDS family",),
        against=("OpenDJ, OpenDS, Oracle Unified Directory and PingDirectory all look like this",),
        candidates=(Vendor.OPENDJ, Vendor.OPENDS, Vendor.ORACLE_OUD),
    )


def _netscape(facts: _Facts, schema: Schema | None) -> _Answer | None:
    ipa = facts.below("2.16.840.1.113730.3.8.10")
    if ipa:
        return _Answer(
            Vendor.DS_389,
            product="FreeIPA (389 Directory Server)",
            confidence=Confidence.CERTAIN,
            evidence=(f"{ipa}, an operation of FreeIPA, is announced",),
        )
    own = facts.below(*(f"2.16.840.1.113730.3.6.{n}" for n in (5, 6, 7, 8)))
    if own:
        return _Answer(
            Vendor.DS_389,
            confidence=Confidence.CERTAIN,
            evidence=(f"{own}, an operation of 389 Directory Server, is announced",),
        )
    sun = facts.below("1.3.6.1.4.1.42.2.27.9.6")
    family = [name for name in ("netscapemdsuffix", "dataversion") if facts.has(name)]
    if facts.has("nsbackendsuffix") or any(name.startswith("lastusn") for name in facts.values):
        return _Answer(
            Vendor.DS_389,
            confidence=Confidence.PROBABLE,
            evidence=("nsBackendSuffix or lastusn, of 389 Directory Server, is there",),
        )
    if sun:
        return _Answer(
            Vendor.ORACLE_DSEE,
            confidence=Confidence.PROBABLE,
            evidence=(f"{sun}, a replication operation of Sun's server, is announced",),
        )
    if not family:
        return None
    shown = f"{' and '.join(family)}, shared by 389 and Oracle DSEE, are there"
    found = _by_schema(schema) if schema is not None else None
    if found is not None and found.vendor in {Vendor.DS_389, Vendor.ORACLE_DSEE}:
        return attrs.evolve(found, evidence=(shown, *found.evidence))
    if facts.has("defaultnamingcontext"):
        return _Answer(
            Vendor.DS_389,
            confidence=Confidence.GUESS,
            evidence=(shown, "defaultnamingcontext is there, which 389 shows"),
            against=("the vendor string is hidden: ask for vendorName and vendorVersion by name",),
            candidates=(Vendor.DS_389, Vendor.ORACLE_DSEE),
        )
    return _Answer(
        None,
        product="389 Directory Server or Oracle DSEE",
        evidence=(shown,),
        against=("nothing tells the two apart: ask for vendorName and vendorVersion by name",),
        candidates=(Vendor.DS_389, Vendor.ORACLE_DSEE),
    )


def _radiant(facts: _Facts, schema: Schema | None) -> _Answer | None:
    del schema
    if facts.first("servertype").upper() != "VDS":
        return None
    return _Answer(
        Vendor.RADIANTONE,
        confidence=Confidence.PROBABLE,
        evidence=("serverType is VDS",),
    )


# Rules 4 and 5: the schema ------------------------------------------------------------------


def _defines(schema: Schema, names: Iterable[str]) -> bool:
    return all(schema.attribute(n) or schema.object_class(n) for n in names)


def _arc(schema: Schema, arc: str) -> bool:
    return any(element.oid.startswith(arc) for element in schema)


def _fits(schema: Schema, vendor: Vendor) -> str:
    """Return the names by which a schema is a product's, or an empty text."""
    for names in _products()[vendor][1].schema:
        if _defines(schema, names):
            return " and ".join(sorted(_spelled(schema, name) for name in names))
    return ""


def _spelled(schema: Schema, name: str) -> str:
    known = schema.attribute(name) or schema.object_class(name)
    return known.name if known else name


def _schema_answer(vendor: Vendor, what: str, confidence: Confidence) -> _Answer:
    return _Answer(vendor, confidence=confidence, evidence=(f"the schema defines {what}",))


def _schema_ibm(schema: Schema) -> _Answer | None:
    if "IBMAttributeTypes" not in schema.definitions():
        return None
    return _schema_answer(
        Vendor.IBM, "IBMAttributeTypes beside the usual lists", Confidence.PROBABLE
    )


def _schema_opends(schema: Schema) -> _Answer | None:
    if not _fits(schema, Vendor.OPENDS):
        return None
    if _arc(schema, "2.16.840.1.113894."):
        return _schema_answer(
            Vendor.ORACLE_OUD, "elements of OpenDS and of Oracle", Confidence.PROBABLE
        )
    if _arc(schema, "1.3.6.1.4.1.30221."):
        return _Answer(
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


def _schema_edirectory(schema: Schema) -> _Answer | None:
    what = _fits(schema, Vendor.NOVELL_EDIRECTORY)
    if not what:
        return None
    return _branded([f"the schema defines {what}"], schema, modify=False)


def _schema_dsee(schema: Schema) -> _Answer | None:
    for mark in ("X-DS-USE", "'Sun ONE Directory Server'"):
        if any(mark in element.definition for element in schema):
            return _schema_answer(
                Vendor.ORACLE_DSEE, f"elements marked {mark}", Confidence.PROBABLE
            )
    return None


def _schema_microsoft(schema: Schema) -> _Answer | None:
    if schema.attribute("userAccountControl") and schema.object_class("domainDNS"):
        if not schema.attribute("nTSecurityDescriptor"):
            return None
        return _schema_answer(Vendor.AD_DS, "userAccountControl and domainDNS", Confidence.PROBABLE)
    what = _fits(schema, Vendor.AD_LDS)
    return _schema_answer(Vendor.AD_LDS, what, Confidence.PROBABLE) if what else None


def _schema_radiant(schema: Schema) -> _Answer | None:
    if not (_fits(schema, Vendor.RADIANTONE) or _arc(schema, "1.3.6.1.4.1.40747.")):
        return None
    return _schema_answer(Vendor.RADIANTONE, "elements of Radiant Logic", Confidence.PROBABLE)


def _schema_of(vendor: Vendor) -> Callable[[Schema], _Answer | None]:
    def rule(schema: Schema) -> _Answer | None:
        what = _fits(schema, vendor)
        return _schema_answer(vendor, what, Confidence.PROBABLE) if what else None

    return rule


# OpenLDAP's schema may hold elements of any other product that an administrator loaded, and
# OpenDJ's ships some of Active Directory's: hence the order.
_SCHEMA_RULES: Final[tuple[Callable[[Schema], _Answer | None], ...]] = (
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


def _by_schema(schema: Schema) -> _Answer | None:
    for rule in _SCHEMA_RULES:
        found = rule(schema)
        if found is not None:
            return found
    return None


def _weighed(found: _Answer, schema: Schema) -> _Answer:
    """Add what the schema says to an answer that the root DSE gave; never change it."""
    other = _by_schema(schema)
    if other is None or other.vendor is None or set(other.evidence) <= set(found.evidence):
        return found
    if other.vendor is found.vendor or {other.vendor, found.vendor} in _FAMILIES:
        return attrs.evolve(found, evidence=(*found.evidence, other.evidence[0]))
    note = (
        f"the schema is like that of {traits_of(other.vendor).name} ({other.evidence[0]}), "
        "but a schema does not outweigh the root DSE"
    )
    return attrs.evolve(found, against=(*found.against, note))


_FAMILIES: Final = (
    {Vendor.NETIQ_EDIRECTORY, Vendor.NOVELL_EDIRECTORY},
    {Vendor.OPENDJ, Vendor.OPENDS},
    {Vendor.AD_DS, Vendor.SAMBA_AD},
    {Vendor.OPENDS, Vendor.ORACLE_OUD},
)


def _overruled(found: _Answer, named: Vendor) -> _Answer:
    """Take the administrator's word, and keep what the evidence says otherwise."""
    against: tuple[str, ...] = found.against
    if found.vendor is not None and found.vendor is not named:
        seen = traits_of(found.vendor).name
        against = (f"it looks like {seen}: {'; '.join(found.evidence)}",)
    elif found.vendor is None:
        against = (*found.evidence, *found.against) if found.product else ()
    return _Answer(
        named,
        version=found.version,
        confidence=Confidence.NAMED,
        evidence=("the administrator named it",),
        against=against,
    )
