"""The declared facts of each product, and the settings that follow from them."""

from __future__ import annotations

import pickle

import attrs
import pytest

from ldapconnector.schema import Schema
from ldapconnector.vendors import (
    DeltaKind,
    PagingKind,
    PasswordEncoding,
    PasswordStep,
    Vendor,
    identify,
    suggest,
    traits_of,
)
from ldapconnector.vendors._traits import Traits

TWELVE = [vendor for vendor in Vendor if vendor.supported]
STANDARD = Schema.standard()
PAGED = "1.2.840.113556.1.4.319"

# Microsoft's table: anchor, change log, "Set only" or "Set and Change".
MICROSOFT = {
    Vendor.OPENLDAP: ("dn", DeltaKind.ACCESS_LOG, "cn=accesslog", False),
    Vendor.AD_LDS: ("objectGUID", DeltaKind.USN, "", False),
    Vendor.DS_389: ("dn", DeltaKind.CHANGE_LOG, "cn=changelog", True),
    Vendor.APACHEDS: ("dn", DeltaKind.NONE, "", False),
    Vendor.IBM: ("dn", DeltaKind.CHANGE_LOG, "cn=changelog", True),
    Vendor.ISODE: ("dn", DeltaKind.CHANGE_LOG, "cn=changelog", True),
    Vendor.NETIQ_EDIRECTORY: ("GUID", DeltaKind.TIMESTAMP, "", True),
    Vendor.NOVELL_EDIRECTORY: ("GUID", DeltaKind.TIMESTAMP, "", True),
    Vendor.OPENDJ: ("dn", DeltaKind.CHANGE_LOG, "cn=changelog", True),
    Vendor.OPENDS: ("dn", DeltaKind.CHANGE_LOG, "cn=changelog", True),
    Vendor.ORACLE_DSEE: ("dn", DeltaKind.CHANGE_LOG, "cn=changelog", True),
    Vendor.RADIANTONE: ("dn", DeltaKind.CHANGE_LOG, "cn=changelog", True),
}


def test_there_are_twelve_and_three():
    assert len(TWELVE) == 12
    assert {v for v in Vendor if not v.supported} == {
        Vendor.AD_DS,
        Vendor.SAMBA_AD,
        Vendor.ORACLE_OUD,
    }


@pytest.mark.parametrize("vendor", TWELVE)
def test_what_microsoft_lists(vendor):
    traits = traits_of(vendor)
    assert (
        traits.microsoft_anchor,
        traits.delta,
        traits.change_log,
        traits.password.change,
    ) == MICROSOFT[vendor]


@pytest.mark.parametrize("vendor", list(Vendor))
def test_facts_are_complete_and_consistent(vendor):
    traits = traits_of(vendor.value)
    assert traits.vendor is vendor
    assert traits.supported is vendor.supported
    assert bool(traits.refusal) is not traits.supported
    assert traits.sources
    assert traits.delta_sees_deletes == (traits.delta not in {DeltaKind.NONE, DeltaKind.TIMESTAMP})
    assert bool(traits.change_log) == (traits.delta in {DeltaKind.CHANGE_LOG, DeltaKind.ACCESS_LOG})
    assert bool(traits.disable.attribute) == bool(traits.disable.disabled)
    assert traits.user_classes
    assert hash(traits) == hash(pickle.loads(pickle.dumps(traits)))


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(Traits)])
def test_every_field_is_documented(field):
    assert f"{field}:" in Traits.__doc__ or f"{field}, " in Traits.__doc__


def test_passwords_of_ad_lds():
    password = traits_of(Vendor.AD_LDS).password
    assert (password.attribute, password.encoding) == ("unicodePwd", PasswordEncoding.QUOTED_UTF16)
    assert password.needs_encryption
    assert password.steps == (
        PasswordStep.CREATE_DISABLED,
        PasswordStep.SET_PASSWORD,
        PasswordStep.ENABLE,
    )


@pytest.mark.parametrize(
    ("vendor", "attribute", "disabled", "enabled"),
    [
        (Vendor.AD_LDS, "msDS-UserAccountDisabled", "TRUE", "FALSE"),
        (Vendor.DS_389, "nsAccountLock", "true", None),
        (Vendor.OPENLDAP, "pwdAccountLockedTime", "000001010000Z", None),
        (Vendor.OPENDJ, "ds-pwp-account-disabled", "true", None),
        (Vendor.NETIQ_EDIRECTORY, "loginDisabled", "TRUE", "FALSE"),
        (Vendor.ISODE, "", "", None),
    ],
)
def test_disabling(vendor, attribute, disabled, enabled):
    found = traits_of(vendor).disable
    assert (found.attribute, found.disabled, found.enabled) == (attribute, disabled, enabled)


def test_an_unknown_product_has_the_traits_of_ldap():
    assert traits_of(None).vendor is None
    with pytest.raises(ValueError, match="nobody"):
        traits_of("nobody")


# Suggestions ---------------------------------------------------------------------------------


def suggested(root_dse, schema=STANDARD, **options):
    return suggest(identify(root_dse, **options), root_dse, schema)


def test_suggestions_for_openldap():
    root = {
        "objectClass": [b"OpenLDAProotDSE"],
        "namingContexts": ["dc=x", "CN=accesslog"],
        "supportedControl": [PAGED],
        "supportedFeatures": ["1.3.6.1.4.1.4203.1.5.1", "1.3.6.1.4.1.4203.1.5.3"],
    }
    found = suggested(root)
    assert found.user_classes[:2] == ("inetOrgPerson", "account")
    assert "organizationalPerson" in found.user_classes
    assert (found.anchor, found.microsoft_anchor) == ("entryUUID", "dn")
    assert (found.delta, found.change_log) == (DeltaKind.ACCESS_LOG, "CN=accesslog")
    assert found.paging is PagingKind.SIMPLE
    assert {"cn", "sn", "mail", "uid"} <= set(found.single_valued)
    assert "displayName" not in found.single_valued  # single-valued by its definition
    assert "department" not in found.single_valued  # not defined
    assert found.features_missing == ()
    assert found.warnings == ()


def test_a_log_that_is_not_shown_falls_back_to_timestamps():
    for root in (
        {"objectClass": ["OpenLDAProotDSE"], "namingContexts": ["dc=x"]},
        {"vendorName": ["389 Project"], "changelog": [""]},
    ):
        found = suggested(root)
        assert (found.delta, found.change_log) == (DeltaKind.TIMESTAMP, "")
        assert "deletes" in " ".join(found.warnings)
        assert found.features_missing


def test_a_change_log_that_is_announced():
    schema = Schema.parse({"attributeTypes": ["( 1.1 NAME 'nsUniqueId' )"]})
    root = {"vendorName": ["389 Project"], "changeLog": ["cn=changelog"]}
    found = suggested(root, schema)
    assert (found.delta, found.change_log) == (DeltaKind.CHANGE_LOG, "cn=changelog")
    assert found.anchor == "nsUniqueId"
    assert found.user_classes == ()
    assert found.single_valued == ()
    assert "inetOrgPerson" in found.warnings[0]


def test_other_kinds_of_delta():
    assert suggested({"vendorName": ["Apache Software Foundation"]}).delta is DeltaKind.NONE
    assert suggested({"supportedCapabilities": ["1.2.840.113556.1.4.1851"]}).delta is DeltaKind.USN
    timestamps = suggested({"vendorName": ["Novell, Inc."]})
    assert timestamps.delta is DeltaKind.TIMESTAMP
    assert any("full import" in warning for warning in timestamps.warnings)


def test_an_unknown_directory_can_be_used_generically():
    found = suggested({"changelog": ["cn=changelog"], "supportedLDAPVersion": ["3"]})
    assert (found.anchor, found.delta) == ("entryUUID", DeltaKind.CHANGE_LOG)
    assert "not known" in found.warnings[0]
    bare = suggested({"supportedLDAPVersion": ["3"]}, Schema.parse({}))
    assert (bare.anchor, bare.delta) == ("dn", DeltaKind.TIMESTAMP)
    assert any("rename" in warning for warning in bare.warnings)
    assert bare.paging is PagingKind.NONE


def test_paging_by_virtual_list():
    root = {"supportedControl": ["2.16.840.1.113730.3.4.9", "1.2.840.113556.1.4.473"]}
    assert suggested(root).paging is PagingKind.VLV


def test_a_refused_product_is_told():
    found = suggested({"vendorName": ["Samba Team"]})
    assert "not supported" in found.warnings[0]
