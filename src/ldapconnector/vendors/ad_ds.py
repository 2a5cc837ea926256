"""Microsoft Active Directory Domain Services, a Global Catalog among them: refused."""

from typing import Final

from ldapconnector.vendors._traits import (
    GENERIC_LDAP,
    Certainty,
    DeltaKind,
    DisableTraits,
    Fingerprint,
    PasswordEncoding,
    PasswordStep,
    PasswordTraits,
    Traits,
)
from ldapconnector.vendors._vendor import Vendor

TRAITS: Final = Traits(
    vendor=Vendor.AD_DS,
    name="Microsoft Active Directory Domain Services",
    supported=False,
    refusal="provisioning from Entra ID into Active Directory is the task of cloud sync or Connect "
    "sync, not of the Generic LDAP connector; for an application's own directory use AD LDS.",
    anchor="objectGUID",
    anchor_binary=True,
    microsoft_anchor="objectGUID",
    delta=DeltaKind.USN,
    delta_watermark="uSNChanged",
    delta_sees_deletes=True,
    password=PasswordTraits(
        attribute="unicodePwd",
        encoding=PasswordEncoding.QUOTED_UTF16,
        needs_encryption=True,
        steps=(
            PasswordStep.CREATE_DISABLED,
            PasswordStep.SET_PASSWORD,
            PasswordStep.ENABLE,
        ),
    ),
    disable=DisableTraits(
        attribute="userAccountControl",
        disabled="514",
        enabled="512",
        caveat="bit 2 of a set of flags: the others must stay.",
    ),
    lock_attribute="lockoutTime",
    user_classes=("user",),
    naming_attribute="cn",
    quirks=("a Global Catalog shows the same root DSE on another port (3268, 3269)",),
    certainty=Certainty.CAPTURED,
    sources=(GENERIC_LDAP, "[MS-ADTS] 3.1.1.3.4.3"),
)

# It names itself by a capability, not by vendor strings: see ``_by_structure``.
FINGERPRINT: Final = Fingerprint()
