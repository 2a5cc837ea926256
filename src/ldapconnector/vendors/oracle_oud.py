"""Oracle Unified Directory: refused."""

from typing import Final

import attrs

from ldapconnector.vendors._traits import Certainty, Fingerprint, VendorStrings
from ldapconnector.vendors._vendor import Vendor
from ldapconnector.vendors.opendj import TRAITS as OPENDJ

TRAITS: Final = attrs.evolve(
    OPENDJ,
    vendor=Vendor.ORACLE_OUD,
    name="Oracle Unified Directory",
    supported=False,
    refusal="it is not among the products that the Generic LDAP connector supports, though it "
    "descends from OpenDS and behaves much like it.",
    quirks=("it shows changelog, firstChangeNumber and lastChangeNumber as OpenDJ does",),
    certainty=Certainty.CAPTURED,
    sources=("https://docs.oracle.com/en/middleware/idm/unified-directory/",),
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="Oracle Unified Directory",
            name=r"",
            version=r"Oracle Unified Directory\D*(?P<v>\d[\w.-]*)?",
            version_alone=True,
        ),
        VendorStrings(
            product="Oracle Unified Directory",
            name=r"Oracle Unified Directory",
            version=r"^\D*(?P<v>\d[\w.-]*)?",
            name_alone=True,
        ),
    ),
)
