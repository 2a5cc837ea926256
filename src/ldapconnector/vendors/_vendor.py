"""The directory products that this library knows by name."""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["Vendor"]


class Vendor(enum.StrEnum):
    """A directory product.

    Twelve are supported. Three more are recognised, because they look like one of the
    twelve, and refused.

    >>> Vendor("openldap").supported, Vendor.AD_DS.supported
    (True, False)
    """

    OPENLDAP = "openldap"
    AD_LDS = "adlds"
    DS_389 = "389ds"
    APACHEDS = "apacheds"
    IBM = "ibm-tds"
    ISODE = "isode-mvault"
    NETIQ_EDIRECTORY = "netiq-edirectory"
    NOVELL_EDIRECTORY = "novell-edirectory"
    OPENDJ = "opendj"
    OPENDS = "opends"
    ORACLE_DSEE = "oracle-dsee"
    RADIANTONE = "radiantone"
    AD_DS = "ad-ds"
    SAMBA_AD = "samba-ad"
    ORACLE_OUD = "oracle-oud"

    @property
    def supported(self) -> bool:
        """Whether provisioning into it is supported."""
        return self not in _REFUSED


_REFUSED: Final = frozenset({Vendor.AD_DS, Vendor.SAMBA_AD, Vendor.ORACLE_OUD})
