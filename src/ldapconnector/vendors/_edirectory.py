"""What both brands of eDirectory share."""

from typing import Final

from ldapconnector.vendors._traits import (
    GENERIC_LDAP,
    Certainty,
    DeltaKind,
    DisableTraits,
    PasswordTraits,
    Traits,
)

EDIRECTORY: Final = Traits(
    vendor=None,
    name="eDirectory",
    anchor="GUID",
    anchor_binary=True,
    microsoft_anchor="GUID",
    delta=DeltaKind.TIMESTAMP,
    delta_watermark="modifyTimestamp",
    delta_sees_deletes=False,
    delta_caveat="timestamps tell of adds, changes and renames, never of deletes: a full import "
    "is needed from time to time.",
    password=PasswordTraits(
        alternatives=("nspmPassword",),
        needs_encryption=True,
        modify_extension=False,
        caveat="a simple bind on the plain port is refused with 13 unless TLS is made optional; "
        "the Password Modify operation came with 9.1; universal passwords are set through NMAS.",
    ),
    disable=DisableTraits(attribute="loginDisabled", disabled="TRUE", enabled="FALSE"),
    lock_attribute="lockedByIntruder",
    user_classes=("inetOrgPerson",),
    naming_attribute="cn",
    ask_by_name=("dsaName", "directoryTreeName", "supportedGroupingTypes"),
    quirks=(
        "namingContexts is one empty text: the tree's root",
        "the root DSE may be hidden until a bind, and shown only after it",
        "one number belongs to several attribute names; a text may hold a bare apostrophe",
        "the schema lists no matching rules; texts compare without regard to case",
    ),
    certainty=Certainty.CAPTURED,
    sources=(GENERIC_LDAP, "https://www.netiq.com/documentation/edirectory-92/"),
)

#: Defined together by eDirectory alone.
SCHEMA: Final = (frozenset({"guid", "ncpserver", "ndsloginproperties"}),)
