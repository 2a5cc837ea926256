"""Rules 1 and 2 of identification: the server names itself, or something else."""

from __future__ import annotations

import re
from typing import Final

from ldapconnector.vendors._evidence import Answer, Confidence, Facts
from ldapconnector.vendors._products import products
from ldapconnector.vendors._vendor import Vendor

__all__ = ["by_strings"]

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


def by_strings(facts: Facts) -> Answer | None:
    """Return what the vendor strings say; None where there are none."""
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
            return Answer(
                None, product=product, version=number[0] if number else None, evidence=said
            )
    found = _by_attributes(facts)
    if found is not None:
        return found
    # A Domino that calls itself IBM still numbers its releases in its own way.
    if re.match(r"(?:Release|Build)\b", version) and "ibm" in name.lower():
        return Answer(None, product="HCL or IBM Domino", evidence=said)
    for vendor in products():
        found = _named(vendor, name, version, said)
        if found is not None:
            return found
    return Answer(
        None,
        product=" ".join(filter(None, [name, version])),
        evidence=said,
        against=("none of the known products calls itself so",),
        candidates=_shared_name(name) if not version else (),
    )


def _by_attributes(facts: Facts) -> Answer | None:
    """Tell look-alikes by attributes of the root DSE that no other product has."""
    if facts.has("orcldirectoryversion"):
        return Answer(
            None,
            product="Oracle Internet Directory or Virtual Directory",
            evidence=("the root DSE has orcldirectoryversion",),
        )
    vmware = sorted(name for name in facts.values if name.startswith("vmw"))
    if vmware:
        return Answer(
            None,
            product="VMware Directory Service",
            evidence=(f"the root DSE has {vmware[0]}",),
        )
    return None


def _named(vendor: Vendor, name: str, version: str, said: tuple[str, ...]) -> Answer | None:
    for strings in products()[vendor][1].strings:
        found = strings.match(name, version)
        if found is None:
            continue
        number = found.groupdict().get("v") if version else None
        return Answer(
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
