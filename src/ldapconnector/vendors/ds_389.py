"""389 Directory Server, Red Hat Directory Server, CentOS and Fedora Directory Server, FreeIPA."""

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
    vendor=Vendor.DS_389,
    name="389 Directory Server",
    anchor="nsUniqueId",
    anchor_caveat="from 2.0 there is entryUUID as well, with its plug-in; FreeIPA has ipaUniqueID.",
    microsoft_anchor="dn",
    delta=DeltaKind.CHANGE_LOG,
    change_log="cn=changelog",
    delta_watermark="changeNumber",
    delta_sees_deletes=True,
    delta_caveat="needs the Retro Changelog plug-in; the root DSE then shows changeLog, "
    "firstchangenumber and lastchangenumber. Old changes are trimmed (nsslapd-changelogmaxage).",
    password=PasswordTraits(
        modify_extension=True,
        caveat="the Password Modify operation needs an encrypted connection.",
    ),
    disable=DisableTraits(
        attribute="nsAccountLock",
        disabled="true",
        enabled=None,
        caveat="operational and written in lower case; FreeIPA shows it as TRUE and FALSE. Roles "
        "can disable accounts as well.",
    ),
    lock_attribute="accountUnlockTime",
    user_classes=("inetOrgPerson", "nsPerson"),
    ask_by_name=(
        "vendorName",
        "vendorVersion",
        "nsBackendSuffix",
        "netscapemdsuffix",
        "changeLog",
        "firstchangenumber",
        "lastchangenumber",
    ),
    quirks=(
        "'+' at the root DSE hides vendorName: it is asked for by name",
        "many definitions have a text in place of a number (nsAccountLock-oid)",
        "attributes without EQUALITY compare by their syntax all the same",
        "FreeIPA keeps its own rules about entries: provision through its API where one can",
    ),
    certainty=Certainty.TESTED,
    sources=(
        GENERIC_LDAP,
        "https://www.port389.org/docs/389ds/design/design.html",
        "Red Hat Directory Server, Administration Guide",
    ),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="389 Directory Server",
            name=r"^389 Project|^Red Hat|^CentOS|^Fedora",
            version=r"^389-Directory/(?P<v>[\w.]+)",
            version_alone=True,
        ),
        VendorStrings(
            product="Red Hat Directory Server",
            name=r"^Red Hat",
            version=r"^Red ?Hat-Directory/(?P<v>[\w.]+)",
            version_alone=True,
        ),
        VendorStrings(
            product="CentOS Directory Server",
            name=r"^CentOS",
            version=r"^CentOS-Directory/(?P<v>[\w.]+)",
            version_alone=True,
        ),
        VendorStrings(
            product="Fedora Directory Server",
            name=r"^Fedora",
            version=r"^Fedora-Directory/(?P<v>[\w.]+)",
            version_alone=True,
        ),
        VendorStrings(
            product="389 Directory Server",
            name=r"^389 Project",
            version=r"^\S*Directory/(?P<v>[\w.]+)",
            name_alone=True,
        ),
    ),
    schema=(
        frozenset({"ipauniqueid", "ipaobject"}),
        frozenset({"nsbackendsuffix"}),
        frozenset({"nsslapdconfig"}),
        frozenset({"nsds5replica"}),
    ),
)
