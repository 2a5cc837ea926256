"""IBM Directory Server: Tivoli, Security, Verify; z/OS and IBM i."""

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
    vendor=Vendor.IBM,
    name="IBM Directory Server",
    anchor="ibm-entryUuid",
    microsoft_anchor="dn",
    delta=DeltaKind.CHANGE_LOG,
    change_log="cn=changelog",
    delta_watermark="changeNumber",
    delta_sees_deletes=True,
    delta_caveat="needs the change log database; the root DSE then shows changelog, "
    "firstchangenumber and lastchangenumber.",
    password=PasswordTraits(),
    disable=DisableTraits(
        attribute="ibm-pwdAccountLocked",
        disabled="TRUE",
        enabled="FALSE",
        caveat="an attribute of the password policy, which must be switched on.",
    ),
    lock_attribute="pwdAccountLockedTime",
    user_classes=("inetOrgPerson", "ePerson"),
    ask_by_name=(
        "ibmdirectoryversion",
        "ibm-serverId",
        "ibm-configurationnamingcontext",
        "ibm-supportedCapabilities",
        "ibm-enabledCapabilities",
        "changelog",
        "firstchangenumber",
        "lastchangenumber",
    ),
    quirks=(
        "all names of the root DSE are in lower case",
        "the subschema has a fourth list, IBMAttributeTypes, with the length of values",
        "superiors and matching rules may be given by number",
    ),
    certainty=Certainty.CAPTURED,
    sources=(GENERIC_LDAP, "https://www.ibm.com/docs/en/svd/10.0.1 (Root DSE attributes)"),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="IBM Directory Server",
            name=r"^International Business Machines",
            version=r"^(?P<v>.*)$",
            name_alone=True,
        ),
    ),
)
