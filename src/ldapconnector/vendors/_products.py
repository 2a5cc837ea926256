"""The product files, by product."""

from __future__ import annotations

from functools import cache

from ldapconnector.vendors._traits import Fingerprint, Traits
from ldapconnector.vendors._vendor import Vendor

__all__ = ["products", "traits_of"]


@cache
def products() -> dict[Vendor, tuple[Traits, Fingerprint]]:
    """Return the traits and the fingerprint of each product."""
    from ldapconnector.vendors import (  # noqa: PLC0415 -- the product files, once needed
        ad_ds,
        ad_lds,
        apacheds,
        ds_389,
        ibm,
        isode,
        netiq_edirectory,
        novell_edirectory,
        opendj,
        opends,
        openldap,
        oracle_dsee,
        oracle_oud,
        radiantone,
        samba_ad,
    )

    # The order matters where two fit: the refused ones first.
    return {
        Vendor.SAMBA_AD: (samba_ad.TRAITS, samba_ad.FINGERPRINT),
        Vendor.ORACLE_OUD: (oracle_oud.TRAITS, oracle_oud.FINGERPRINT),
        Vendor.AD_DS: (ad_ds.TRAITS, ad_ds.FINGERPRINT),
        Vendor.AD_LDS: (ad_lds.TRAITS, ad_lds.FINGERPRINT),
        Vendor.DS_389: (ds_389.TRAITS, ds_389.FINGERPRINT),
        Vendor.APACHEDS: (apacheds.TRAITS, apacheds.FINGERPRINT),
        Vendor.IBM: (ibm.TRAITS, ibm.FINGERPRINT),
        Vendor.NETIQ_EDIRECTORY: (netiq_edirectory.TRAITS, netiq_edirectory.FINGERPRINT),
        Vendor.NOVELL_EDIRECTORY: (novell_edirectory.TRAITS, novell_edirectory.FINGERPRINT),
        Vendor.OPENDJ: (opendj.TRAITS, opendj.FINGERPRINT),
        Vendor.OPENDS: (opends.TRAITS, opends.FINGERPRINT),
        Vendor.ORACLE_DSEE: (oracle_dsee.TRAITS, oracle_dsee.FINGERPRINT),
        Vendor.RADIANTONE: (radiantone.TRAITS, radiantone.FINGERPRINT),
        Vendor.OPENLDAP: (openldap.TRAITS, openldap.FINGERPRINT),
        Vendor.ISODE: (isode.TRAITS, isode.FINGERPRINT),
    }


def traits_of(vendor: Vendor | str | None) -> Traits:
    """Return the declared facts of a product; those of LDAP in general for None.

    Raises:
        ValueError: the text is no product's value.

    >>> traits_of(Vendor.AD_LDS).password.attribute
    'unicodePwd'
    >>> traits_of(None).anchor
    'dn'
    """
    if vendor is None:
        from ldapconnector.vendors.generic import TRAITS  # noqa: PLC0415 -- as the others

        return TRAITS
    return products()[Vendor(vendor)][0]
