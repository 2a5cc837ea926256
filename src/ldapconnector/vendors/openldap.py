"""OpenLDAP (slapd 2.4 to 2.6)."""

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
    vendor=Vendor.OPENLDAP,
    name="OpenLDAP",
    anchor="entryUUID",
    microsoft_anchor="dn",
    delta=DeltaKind.ACCESS_LOG,
    change_log="cn=accesslog",
    delta_watermark="reqStart",
    delta_sees_deletes=True,
    delta_caveat="needs the accesslog overlay, and the right to read its database; the root DSE "
    "does not announce it except as a naming context. reqStart is the server's clock, so never "
    "compare it with the client's. Old log entries are purged (olcAccessLogPurge).",
    password=PasswordTraits(
        modify_extension=True,
        change=False,
        caveat="slapd hashes a replaced userPassword only with the ppolicy overlay and "
        "olcPPolicyHashCleartext, otherwise it stores what it gets; the Password Modify operation "
        "always hashes.",
    ),
    disable=DisableTraits(
        attribute="pwdAccountLockedTime",
        disabled="000001010000Z",
        enabled=None,
        caveat="needs the ppolicy overlay, and a policy with pwdLockout TRUE; it stops password "
        "binds and nothing else. Without the overlay there is no convention.",
    ),
    lock_attribute="pwdAccountLockedTime",
    user_classes=("inetOrgPerson", "account"),
    ask_by_name=("configContext", "monitorContext"),
    announces_true_false=True,
    quirks=(
        "an unknown object class is answered as 21 'objectClass: value #0 invalid per syntax'",
        "the version is not disclosed",
        "memberOf, refint, unique and accesslog depend on overlays",
    ),
    certainty=Certainty.TESTED,
    sources=(
        GENERIC_LDAP,
        "https://www.openldap.org/doc/admin26/",
        "slapo-accesslog(5), slapo-ppolicy(5)",
    ),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="OpenLDAP",
            name=r"OpenLDAP",
            version=r"OpenLDAP\D*(?P<v>\d[\w.]*)",
            name_alone=True,
            version_alone=True,
        ),
    ),
    schema=(frozenset({"olcglobal"}), frozenset({"olcdatabaseconfig"})),
)
