"""Samba as an Active Directory domain controller: refused."""

from typing import Final

import attrs

from ldapconnector.vendors._traits import Certainty, Fingerprint, VendorStrings
from ldapconnector.vendors._vendor import Vendor
from ldapconnector.vendors.ad_ds import TRAITS as AD_DS

TRAITS: Final = attrs.evolve(
    AD_DS,
    vendor=Vendor.SAMBA_AD,
    name="Samba Active Directory",
    refusal="it is a domain controller of Active Directory, which the Generic LDAP connector does "
    "not provision into.",
    quirks=("it ignores a size limit, and hangs on a malformed DirSync control",),
    certainty=Certainty.CAPTURED,
    sources=("https://www.samba.org/samba/docs/",),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="Samba Active Directory",
            name=r"samba",
            version=r"^\D*(?P<v>\d[\w.-]*)?",
            name_alone=True,
        ),
        VendorStrings(
            product="Samba Active Directory",
            name=r"",
            version=r"samba\D*(?P<v>\d[\w.-]*)?",
            version_alone=True,
        ),
    ),
)
