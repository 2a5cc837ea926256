"""OpenDS, the ancestor of OpenDJ (Sun, 1.0 to 2.2)."""

from typing import Final

import attrs

from ldapconnector.vendors._traits import Certainty, Fingerprint, VendorStrings
from ldapconnector.vendors._vendor import Vendor
from ldapconnector.vendors.opendj import TRAITS as OPENDJ

TRAITS: Final = attrs.evolve(
    OPENDJ,
    vendor=Vendor.OPENDS,
    name="OpenDS",
    delta_caveat="the external change log came with 2.2 and needs replication: without it the "
    "root DSE shows no changelog at all.",
    quirks=(
        "everything of the root DSE but objectClass is operational",
        "before 2.2 change log entries have no changeTime",
    ),
    certainty=Certainty.CAPTURED,
)

FINGERPRINT: Final = Fingerprint(
    strings=(
        VendorStrings(
            product="OpenDS",
            name=r"^Sun Microsystems|OpenDS",
            version=r"^OpenDS\D*(?P<v>\d[\w.-]*)?",
            version_alone=True,
        ),
    ),
    schema=(frozenset({"ds-cfg-root-config"}), frozenset({"ds-sync-state"})),
)
