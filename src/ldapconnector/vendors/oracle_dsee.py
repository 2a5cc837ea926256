"""Oracle Directory Server Enterprise Edition: Sun ONE, Sun Java System, iPlanet, Netscape."""

from typing import Final

from ldapconnector.vendors._traits import (
    GENERIC_LDAP,
    Certainty,
    DeltaKind,
    DisableTraits,
    Fingerprint,
    PasswordTraits,
    Traits,
    VendorStrings,
)
from ldapconnector.vendors._vendor import Vendor

TRAITS: Final = Traits(
    vendor=Vendor.ORACLE_DSEE,
    name="Oracle Directory Server Enterprise Edition",
    anchor="nsUniqueId",
    microsoft_anchor="dn",
    delta=DeltaKind.CHANGE_LOG,
    change_log="cn=changelog",
    delta_watermark="changeNumber",
    delta_sees_deletes=True,
    delta_caveat="needs the retro change log; the root DSE shows changelog, firstchangenumber and "
    "lastchangenumber only when they are asked for by name.",
    password=PasswordTraits(),
    disable=DisableTraits(
        attribute="nsAccountLock",
        disabled="true",
        enabled=None,
        caveat="from 6 on pwdAccountLockedTime 000001010000Z does it as well.",
    ),
    lock_attribute="pwdAccountLockedTime",
    user_classes=("inetOrgPerson",),
    ask_by_name=(
        "vendorName",
        "vendorVersion",
        "changelog",
        "firstchangenumber",
        "lastchangenumber",
        "netscapemdsuffix",
    ),
    quirks=(
        "'+' for all operational attributes is not known: they are asked for by name",
        "definitions may give superiors and matching rules by number",
    ),
    certainty=Certainty.CAPTURED,
    sources=(GENERIC_LDAP, "https://docs.oracle.com/cd/E29127_01/"),
)

_DIRECTORY: Final = (
    r"^(?:Sun[- ]ONE[- ]Directory|Sun[- ]Java\(tm\)[- ]System[- ]Directory|Sun-Directory|"
    r"Oracle Directory Server Enterprise|Netscape[- ]Directory|iPlanet[- ]Directory)"
    r"[^/\d]*/?(?P<v>\d\S*)?"
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="Oracle Directory Server Enterprise Edition",
            name=r"^(?:Sun Microsystems|Oracle|Netscape|iPlanet|Sun-Netscape)",
            version=_DIRECTORY,
            version_alone=True,
        ),
    ),
)
