"""Microsoft Active Directory Lightweight Directory Services (AD LDS, once ADAM)."""

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
    vendor=Vendor.AD_LDS,
    name="Microsoft AD LDS",
    anchor="objectGUID",
    anchor_binary=True,
    microsoft_anchor="objectGUID",
    delta=DeltaKind.USN,
    delta_watermark="uSNChanged",
    delta_sees_deletes=True,
    delta_caveat="update sequence numbers are those of one server: the watermark is worth nothing "
    "on another, so dsServiceName is stored with it. Deletes are tombstones, read with the "
    "show-deleted control 1.2.840.113556.1.4.417.",
    password=PasswordTraits(
        attribute="unicodePwd",
        alternatives=("userPassword",),
        encoding=PasswordEncoding.QUOTED_UTF16,
        needs_encryption=True,
        change=False,
        steps=(
            PasswordStep.CREATE_DISABLED,
            PasswordStep.SET_PASSWORD,
            PasswordStep.ENABLE,
        ),
        caveat="passwords are taken over TLS (or a sealed connection) only; an account whose "
        "password does not satisfy the policy cannot be enabled.",
    ),
    disable=DisableTraits(
        attribute="msDS-UserAccountDisabled",
        disabled="TRUE",
        enabled="FALSE",
        caveat="a new account without a password is disabled by the server where a password "
        "policy applies.",
    ),
    lock_attribute="lockoutTime",
    user_classes=("user", "inetOrgPerson"),
    naming_attribute="cn",
    ask_by_name=(
        "supportedCapabilities",
        "highestCommittedUSN",
        "dsServiceName",
        "serverName",
    ),
    quirks=(
        (
            "a fresh instance has no user, person or inetOrgPerson until MS-User.LDF or "
            "MS-InetOrgPerson.LDF is imported"
        ),
        (
            "the subschema quotes every SYNTAX and lists no matching rules; texts compare without "
            "regard to case"
        ),
        "attributes with more than 1,500 values come in ranges (member;range=0-1499)",
        "defaultNamingContext is absent unless somebody set it",
    ),
    certainty=Certainty.CAPTURED,
    sources=(GENERIC_LDAP, "[MS-ADTS]", "[MS-ADLS]"),
)

# It names itself by a capability, not by vendor strings: see ``_by_structure``.
FINGERPRINT: Final = Fingerprint(
    schema=(frozenset({"msds-bindableobject", "msds-useraccountdisabled"}),)
)
