"""NetIQ eDirectory (8.8 SP7 and later; today by OpenText)."""

from typing import Final

import attrs

from ldapconnector.vendors._edirectory import EDIRECTORY, SCHEMA
from ldapconnector.vendors._traits import Fingerprint, VendorStrings
from ldapconnector.vendors._vendor import Vendor

TRAITS: Final = attrs.evolve(EDIRECTORY, vendor=Vendor.NETIQ_EDIRECTORY, name="NetIQ eDirectory")

FINGERPRINT: Final = Fingerprint(
    strings=(
        # The name decides: 8.8 SP8 exists under both brands.
        VendorStrings(
            product="NetIQ eDirectory",
            name=r"^NetIQ",
            version=r"eDirectory\s+v?(?P<v>\d.*)$",
            name_alone=True,
        ),
        VendorStrings(
            product="NetIQ eDirectory",
            name=r"^(?!Novell)",
            version=r"NetIQ eDirectory\s+v?(?P<v>\d.*)$",
            version_alone=True,
        ),
    ),
    schema=SCHEMA,
)
