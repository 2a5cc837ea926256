"""RadiantOne VDS and FID (Radiant Logic)."""

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
    vendor=Vendor.RADIANTONE,
    name="RadiantOne",
    anchor="entryUUID",
    anchor_caveat="a view shows what the directory behind it has: uuid or entryUUID, and not all do.",
    microsoft_anchor="dn",
    delta=DeltaKind.CHANGE_LOG,
    change_log="cn=changelog",
    delta_watermark="changeNumber",
    delta_sees_deletes=True,
    delta_caveat="from 7.1.1, and only for sources whose changes RadiantOne captures.",
    password=PasswordTraits(caveat="passed on to the directory behind the view."),
    disable=DisableTraits(
        attribute="nsAccountLock",
        disabled="true",
        enabled=None,
        caveat="for entries in its own store; a view takes the convention of its source.",
    ),
    user_classes=("inetOrgPerson",),
    ask_by_name=(
        "vendorname",
        "vendorversion",
        "serverType",
        "changelog",
        "firstChangeNumber",
        "lastChangeNumber",
    ),
    announces_true_false=True,
    quirks=(
        (
            "the root DSE comes from a file that an administrator can edit: it may hide or fake all "
            "of this"
        ),
    ),
    certainty=Certainty.DOCUMENTED,
    sources=(GENERIC_LDAP, "https://github.com/radiantlogic-v8/documentation-new"),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="RadiantOne",
            name=r"^Radiant Logic",
            version=r"^\D*(?P<v>\d[\w.-]*)?",
            name_alone=True,
        ),
        VendorStrings(
            product="RadiantOne",
            name=r"",
            version=r"^RadiantOne\D*(?P<v>\d[\w.-]*)?",
            version_alone=True,
        ),
    ),
    schema=(frozenset({"vdprivilege", "vdssyncstate"}),),
)
