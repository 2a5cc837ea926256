"""OpenDJ and its descendants Wren:DS and ForgeRock Directory Services."""

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
    vendor=Vendor.OPENDJ,
    name="OpenDJ",
    anchor="entryUUID",
    microsoft_anchor="dn",
    delta=DeltaKind.CHANGE_LOG,
    change_log="cn=changelog",
    delta_watermark="changeNumber",
    delta_sees_deletes=True,
    delta_caveat="the external change log needs replication: without it the root DSE shows no "
    "changelog at all; empty it shows firstChangeNumber 0. A cookie (control "
    "1.3.6.1.4.1.26027.1.5.4) works as a watermark across servers.",
    password=PasswordTraits(
        modify_extension=True,
        caveat="a hashed value is refused unless the password policy allows it.",
    ),
    disable=DisableTraits(
        attribute="ds-pwp-account-disabled",
        disabled="true",
        enabled=None,
        caveat="operational; writing it needs the privilege password-reset or an access rule.",
    ),
    lock_attribute="pwdAccountLockedTime",
    user_classes=("inetOrgPerson",),
    ask_by_name=(
        "vendorName",
        "vendorVersion",
        "fullVendorVersion",
        "changelog",
        "firstChangeNumber",
        "lastChangeNumber",
        "lastExternalChangelogCookie",
    ),
    announces_true_false=True,
    quirks=(
        "everything of the root DSE but objectClass is operational",
        "the schema's commonest X-ORIGIN is 'OpenDS Directory Server'",
        (
            "from 2.6 the class changeLogEntry does not list targetEntryUUID and changeLogCookie, "
            "though entries have them"
        ),
    ),
    certainty=Certainty.CAPTURED,
    sources=(
        GENERIC_LDAP,
        "https://github.com/OpenIdentityPlatform/OpenDJ",
        "https://github.com/WrenSecurity/wrends",
    ),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="OpenDJ",
            name=r"ForgeRock|Open Identity Platform|",
            version=r"^OpenDJ\D*(?P<v>\d[\w.-]*)?",
            version_alone=True,
        ),
        VendorStrings(
            product="Wren:DS",
            name=r"ForgeRock|Wren",
            version=r"^Wren:DS\D*(?P<v>\d[\w.-]*)?",
            version_alone=True,
        ),
        VendorStrings(
            product="ForgeRock Directory Services",
            name=r"ForgeRock",
            version=r"^ForgeRock Directory Services\D*(?P<v>\d[\w.-]*)?",
            name_alone=True,
            version_alone=True,
        ),
        VendorStrings(
            product="OpenDJ",
            name=r"^Open Identity Platform",
            version=r"^OpenDJ",
            name_alone=True,
        ),
        VendorStrings(
            product="Wren:DS", name=r"^Wren Security", version=r"^Wren:DS", name_alone=True
        ),
    ),
    schema=(frozenset({"ds-cfg-root-config", "etag"}), frozenset({"ds-sync-state", "etag"})),
)
