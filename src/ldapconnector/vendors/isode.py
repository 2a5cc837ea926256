"""Isode M-Vault. No answer of a real server was found: name the product yourself."""

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
    vendor=Vendor.ISODE,
    name="Isode M-Vault",
    anchor="dn",
    anchor_caveat="whether it has entryUUID was not proved; choose it where the schema defines it.",
    microsoft_anchor="dn",
    delta=DeltaKind.CHANGE_LOG,
    change_log="cn=changelog",
    delta_watermark="changeNumber",
    delta_sees_deletes=True,
    delta_caveat="as Microsoft lists it; how the server announces it is not known.",
    password=PasswordTraits(caveat="that userPassword is the attribute was not proved."),
    disable=DisableTraits(caveat="no convention is known."),
    user_classes=("inetOrgPerson",),
    quirks=(
        (
            "numbers below 1.3.6.1.4.1.453 are Isode's, but many other products publish some of "
            "them: they prove nothing"
        ),
    ),
    certainty=Certainty.ASSUMED,
    sources=(GENERIC_LDAP,),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="Isode M-Vault",
            name=r"\bIsode\b",
            version=r"^\D*(?P<v>\d[\w.]*)?",
            name_alone=True,
        ),
        VendorStrings(
            product="Isode M-Vault",
            name=r"",
            version=r"\b(?:Isode|M-Vault)\b\D*(?P<v>\d[\w.]*)?",
            version_alone=True,
        ),
    ),
)
