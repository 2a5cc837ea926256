"""Novell eDirectory (up to 8.8 SP6 or so)."""

from typing import Final

import attrs

from ldapconnector.vendors._edirectory import EDIRECTORY, SCHEMA
from ldapconnector.vendors._traits import Fingerprint, VendorStrings
from ldapconnector.vendors._vendor import Vendor

TRAITS: Final = attrs.evolve(EDIRECTORY, vendor=Vendor.NOVELL_EDIRECTORY, name="Novell eDirectory")

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="Novell eDirectory",
            name=r"^Novell",
            version=r"eDirectory\s+v?(?P<v>\d.*)$",
            name_alone=True,
        ),
        VendorStrings(
            product="Novell eDirectory",
            name=r"^(?!NetIQ)",
            version=r"Novell eDirectory\s+v?(?P<v>\d.*)$",
            version_alone=True,
        ),
    ),
    schema=SCHEMA,
)
