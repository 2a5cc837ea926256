"""Apache Directory Server."""

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
    vendor=Vendor.APACHEDS,
    name="Apache Directory Server",
    anchor="entryUUID",
    microsoft_anchor="dn",
    delta=DeltaKind.NONE,
    delta_watermark="",
    delta_caveat="it keeps no persistent change log: every import is a full one.",
    password=PasswordTraits(
        modify_extension=True,
        change=False,
        caveat="the Password Modify operation is there in 2.0, not in 1.5.7.",
    ),
    disable=DisableTraits(
        attribute="pwdAccountLockedTime",
        disabled="000001010000Z",
        enabled=None,
        caveat="a lock of the password policy, which must be configured.",
    ),
    lock_attribute="pwdAccountLockedTime",
    user_classes=("inetOrgPerson",),
    quirks=(
        "the root DSE announces controls of Active Directory (…4.417, …4.528, …4.841)",
        "a search for the attribute list '1.1' with a size limit answers 80",
    ),
    certainty=Certainty.CAPTURED,
    sources=(GENERIC_LDAP, "https://directory.apache.org/apacheds/"),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="Apache Directory Server",
            name=r"^Apache Software Foundation",
            version=r"^\D*(?P<v>\d[\w.-]*)?",
            name_alone=True,
        ),
    ),
    schema=(frozenset({"ads-base", "metatop"}), frozenset({"metatop", "apachesubschema"})),
)
