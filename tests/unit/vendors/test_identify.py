"""Which product is this? Root DSEs written by hand from the facts; rules by their numbers."""

from __future__ import annotations

import pickle

import pytest

from ldapconnector.schema import Schema
from ldapconnector.vendors import Confidence, Vendor, identify, traits_of

MS = "1.2.840.113556.1.4."
FAMILY = {
    "objectClass": ["top", "ds-root-dse"],
    "entryUUID": ["d41d8cd9-8f00-3204-a980-0998ecf8427e"],
}
NETSCAPE = {"objectClass": ["top"], "netscapemdsuffix": ["cn=ldap://x"], "dataversion": ["1"]}


def strings(name=None, version=None, **more):
    return {
        key: [value]
        for key, value in {"vendorName": name, "vendorVersion": version, **more}.items()
        if value is not None
    }


# Rule 1: a product that names itself.
NAMED = [
    (Vendor.DS_389, "389 Directory Server", "2.4.5", "389 Project", "389-Directory/2.4.5 B2024.1"),
    (Vendor.DS_389, "389 Directory Server", "1.4.3", "Red Hat, Inc.", "389-Directory/1.4.3 B20"),
    (Vendor.DS_389, "Red Hat Directory Server", "8.2.0", "Red Hat", "Red Hat-Directory/8.2.0 B2"),
    (Vendor.DS_389, "CentOS Directory Server", "8.2.8", "CentOS", "CentOS-Directory/8.2.8 B1"),
    (Vendor.DS_389, "Fedora Directory Server", "1.0.4", "Fedora Project", "Fedora-Directory/1.0.4"),
    (Vendor.DS_389, "389 Directory Server", None, "389 Project", None),
    (Vendor.APACHEDS, "Apache Directory Server", "1.5.7", "Apache Software Foundation", "1.5.7"),
    (Vendor.APACHEDS, "Apache Directory Server", None, "Apache Software Foundation", None),
    (Vendor.IBM, "IBM Directory Server", "6.3.1", "International Business Machines (IBM)", "6.3.1"),
    (Vendor.IBM, "IBM Directory Server", "z/OS V2R3", "International Business Machines", "z/OS V2R3"),
    (Vendor.NETIQ_EDIRECTORY, "NetIQ eDirectory", "9.0 (40002.59)", "NetIQ Corporation", "LDAP Agent for NetIQ eDirectory  9.0 (40002.59)"),
    (Vendor.NETIQ_EDIRECTORY, "NetIQ eDirectory", "8.7.0 (10410)", "NetIQ Corporation.", "eDirectory v8.7.0 (10410)"),
    (Vendor.NETIQ_EDIRECTORY, "NetIQ eDirectory", "9.2", "Somebody Else", "LDAP Agent for NetIQ eDirectory 9.2"),
    (Vendor.NOVELL_EDIRECTORY, "Novell eDirectory", "8.8 SP4 (2)", "Novell, Inc.", "LDAP Agent for Novell eDirectory 8.8 SP4 (2)"),
    (Vendor.NOVELL_EDIRECTORY, "Novell eDirectory", "8.6.2", "Novell, Inc.", "eDirectory v8.6.2"),
    (Vendor.NOVELL_EDIRECTORY, "Novell eDirectory", "8.7", None, "LDAP Agent for Novell eDirectory 8.7"),
    (Vendor.OPENDS, "OpenDS", "2.2.1", "Sun Microsystems, Inc.", "OpenDS Directory Server 2.2.1"),
    (Vendor.OPENDJ, "OpenDJ", "2.6.4", "ForgeRock AS.", "OpenDJ Community Edition 2.6.4"),
    (Vendor.OPENDJ, "OpenDJ", "5.0.3", "Open Identity Platform Community", "OpenDJ Server 5.0.3"),
    (Vendor.OPENDJ, "Wren:DS", "5.0.1", "ForgeRock AS.", "Wren:DS Server 5.0.1"),
    (Vendor.OPENDJ, "Wren:DS", None, "Wren Security", None),
    (Vendor.OPENDJ, "ForgeRock Directory Services", "7.3.0-2023", "ForgeRock AS.", "ForgeRock Directory Services 7.3.0-2023"),
    (Vendor.ORACLE_DSEE, None, "5.2", "Sun Microsystems, Inc.", "Sun-ONE-Directory/5.2"),
    (Vendor.ORACLE_DSEE, None, "5.2_Patch_6", "Sun Microsystems, Inc.", "Sun Java(TM) System Directory Server/5.2_Patch_6"),
    (Vendor.ORACLE_DSEE, None, "6.3.1", "Sun Microsystems, Inc.", "Sun-Java(tm)-System-Directory/6.3.1"),
    (Vendor.ORACLE_DSEE, None, "11.1.1.7.2", "Oracle Corporation", "Sun-Directory-Server/11.1.1.7.2"),
    (Vendor.ORACLE_DSEE, None, "6.11", "Netscape Communications Corp.", "Netscape-Directory/6.11 B2"),
    (Vendor.ORACLE_DSEE, None, "7.0", None, "Sun-Directory-Server/7.0"),
    (Vendor.RADIANTONE, "RadiantOne", "7.2", "Radiant Logic, Inc.", "RadiantOne 7.2"),
    (Vendor.RADIANTONE, "RadiantOne", None, "Radiant Logic, Inc.", None),
    (Vendor.ISODE, "Isode M-Vault", "19.0", "Isode Limited", "M-Vault 19.0"),
    (Vendor.SAMBA_AD, "Samba Active Directory", None, "Samba Team (https://www.samba.org)", None),
    (Vendor.ORACLE_OUD, None, "12.2.1.4.0", "Oracle Corporation", "Oracle Unified Directory 12.2.1.4.0"),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "product", "number", "name", "version"), NAMED)
def test_a_product_that_names_itself(vendor, product, number, name, version):
    found = identify(strings(name, version))
    assert found.vendor is vendor
    assert found.product == (product or traits_of(vendor).name)
    assert found.version == number
    assert found.confidence in {Confidence.CERTAIN, Confidence.PROBABLE}
    assert found.evidence
    assert found.traits is traits_of(vendor)
    assert found.supported == vendor.supported == found.traits.supported


@pytest.mark.parametrize(("vendor", "product", "number", "name", "version"), NAMED)
def test_names_in_any_case_and_values_in_octets(vendor, product, number, name, version):
    plain = strings(name, version)
    for root_dse in (
        {key.upper(): value for key, value in plain.items()},
        {key.lower(): [value[0].encode()] for key, value in plain.items()},
        {key: value[0] for key, value in plain.items()},
    ):
        assert identify(root_dse) == identify(plain)


# Rule 2: look-alikes, and strings that name nobody.
@pytest.mark.parametrize(
    ("root_dse", "product"),
    [
        (strings("Sun Microsystems, Inc", "Directory Proxy Server 11.1.1.7.1"), "Proxy"),
        (strings("IBM Lotus Software", "Release 9.0.1FP4"), "Domino"),
        (strings("International Business Machines (IBM)", "Build V902"), "Domino"),
        (strings("UnboundID Corp.", "UnboundID Directory Server 5.1", objectClass="ds-root-dse"), "Ping"),
        (strings("Ping Identity Corporation", "Ping Identity Directory Server 11.0"), "Ping"),
        (strings("UnboundID Corp.", "UnboundID LDAP SDK for Java 2.3.1"), "in-memory"),
        (strings("Oracle Corporation", "Oracle Internet Directory 12"), "Internet"),
        (strings(orcldirectoryversion="OID 11.1"), "Internet"),
        (strings("Oracle Corporation", "x", orcldirectoryversion="OVD"), "Internet"),
        (strings("VMware, Inc.", "6.7", supportedCapabilities=MS + "800"), "VMware"),
        (strings(vmwPlatformServicesControllerVersion="6", supportedCapabilities=MS + "800"), "VMware"),
        (strings("LLDAP", "lldap_0.6", isGlobalCatalogReady="false"), "lldap"),
        (strings("goauthentik.io", "authentik 2024", objectClass="OpenLDAProotDSE"), "authentik"),
        (strings("Nobody", "1.0", objectClass="OpenLDAProotDSE"), "Nobody 1.0"),
        (strings("Nobody", None, ibmdirectoryversion="6.3"), "Nobody"),
        (strings("Sun Microsystems, Inc."), "Sun"),
        (strings("ForgeRock AS.", "Something Else 1"), "ForgeRock"),
        (strings("NetIQ Corporation", "Access Manager"), "NetIQ"),
        (strings(supportedExtension="2.16.840.1.113678.2.2.1"), "Domino"),
    ],
)  # fmt: skip
def test_look_alikes_are_not_supported(root_dse, product):
    found = identify(root_dse)
    assert found.vendor is None
    assert not found.supported
    assert found.confidence is Confidence.NONE
    assert product in found.product
    assert found.traits is traits_of(None)
    assert found.evidence


def test_a_maker_of_several_products_leaves_candidates():
    assert identify(strings("Sun Microsystems, Inc.")).candidates == (
        Vendor.ORACLE_DSEE,
        Vendor.OPENDS,
    )
    assert identify(strings("Oracle Corporation")).candidates == (
        Vendor.ORACLE_DSEE,
        Vendor.ORACLE_OUD,
    )
    assert identify(strings("Nobody")).candidates == ()


# Rule 3: no vendor string.
@pytest.mark.parametrize(
    ("root_dse", "vendor", "confidence"),
    [
        ({"supportedCapabilities": [MS + "800", MS + "1670"]}, Vendor.AD_DS, Confidence.CERTAIN),
        ({"supportedCapabilities": [MS + "800", MS + "1851"]}, Vendor.AD_DS, Confidence.CERTAIN),
        ({"supportedCapabilities": [MS + "1851", MS + "1670"]}, Vendor.AD_LDS, Confidence.CERTAIN),
        ({"supportedCapabilities": [MS + "1851"], "forestFunctionality": ["2"], "domainControllerFunctionality": ["2"]}, Vendor.AD_LDS, Confidence.CERTAIN),
        ({"supportedCapabilities": [MS + "1670", MS + "1791"]}, None, Confidence.NONE),
        ({"objectClass": ["top", "OpenLDAProotDSE"]}, Vendor.OPENLDAP, Confidence.CERTAIN),
        ({"structuralObjectClass": ["OPENLDAProotdse"]}, Vendor.OPENLDAP, Confidence.CERTAIN),
        ({"configContext": ["cn=config"], "monitorContext": ["cn=Monitor"]}, Vendor.OPENLDAP, Confidence.PROBABLE),
        ({"objectClass": ["top", "LDAProotDSE"]}, None, Confidence.NONE),
        ({"entryUUID": ["F290425C-8272-4e62-8a67-92b06f38dbf5"]}, Vendor.APACHEDS, Confidence.CERTAIN),
        ({"supportedControl": ["1.3.6.1.4.1.18060.0.0.1"], "namingContexts": ["ou=system", "ou=schema"]}, Vendor.APACHEDS, Confidence.PROBABLE),
        ({"supportedControl": ["1.3.6.1.4.1.18060.0.0.1"]}, None, Confidence.NONE),
        ({"dsaName": ["cn=a"], "directoryTreeName": ["t=b"]}, Vendor.NOVELL_EDIRECTORY, Confidence.GUESS),
        ({"supportedGroupingTypes": ["2.16.840.1.113719.1.27.103.8"]}, Vendor.NOVELL_EDIRECTORY, Confidence.GUESS),
        ({"supportedExtension": ["2.16.840.1.113719.1.27.100.1", "1.3.6.1.4.1.4203.1.11.1"]}, Vendor.NETIQ_EDIRECTORY, Confidence.GUESS),
        ({"ibm-serverId": ["x"], "ibm-configurationnamingcontext": ["cn=configuration"]}, Vendor.IBM, Confidence.PROBABLE),
        ({"supportedExtension": ["1.3.18.0.2.12.1"], "ibmdirectoryversion": ["6.4"]}, Vendor.IBM, Confidence.PROBABLE),
        ({"ibmdirectoryversion": ["6.4"]}, None, Confidence.NONE),
        (FAMILY | {"supportedControl": ["2.16.840.1.113894.1.8.1"]}, Vendor.ORACLE_OUD, Confidence.PROBABLE),
        (FAMILY | {"orclGUID": ["x"]}, Vendor.ORACLE_OUD, Confidence.PROBABLE),
        (FAMILY | {"supportedControl": ["1.3.6.1.4.1.30221.2.5.1"]}, None, Confidence.NONE),
        (FAMILY | {"fullVendorVersion": ["7.0.0"]}, Vendor.OPENDJ, Confidence.PROBABLE),
        (FAMILY | {"supportedFeatures": ["1.3.6.1.4.1.36733.2.1.6.1"]}, Vendor.OPENDJ, Confidence.PROBABLE),
        (FAMILY, None, Confidence.NONE),
        ({"supportedExtension": ["2.16.840.1.113730.3.8.10.3"], "namingContexts": ["o=ipaca"]}, Vendor.DS_389, Confidence.CERTAIN),
        ({"supportedExtension": ["2.16.840.1.113730.3.6.5"]}, Vendor.DS_389, Confidence.CERTAIN),
        ({"lastusn;userroot": ["7"]}, Vendor.DS_389, Confidence.PROBABLE),
        ({"supportedExtension": ["2.16.840.1.113730.3.5.7"]}, None, Confidence.NONE),
        ({"supportedExtension": ["1.3.6.1.4.1.42.2.27.9.6.1"]}, Vendor.ORACLE_DSEE, Confidence.PROBABLE),
        (NETSCAPE | {"defaultnamingcontext": ["dc=x"]}, Vendor.DS_389, Confidence.GUESS),
        (NETSCAPE, None, Confidence.NONE),
        ({"serverType": ["VDS"]}, Vendor.RADIANTONE, Confidence.PROBABLE),
        ({"supportedLDAPVersion": ["3"], "serverName": ["unknown"]}, None, Confidence.NONE),
        ({}, None, Confidence.NONE),
        (None, None, Confidence.NONE),
    ],
)  # fmt: skip
def test_the_structure_of_the_root_dse(root_dse, vendor, confidence):
    found = identify(root_dse)
    assert (found.vendor, found.confidence) == (vendor, confidence)
    assert found.evidence


def test_a_family_names_its_candidates():
    assert set(identify(NETSCAPE).candidates) == {Vendor.DS_389, Vendor.ORACLE_DSEE}
    assert Vendor.OPENDJ in identify(FAMILY).candidates
    brands = identify({"dsaName": ["a"], "directoryTreeName": ["b"]})
    assert set(brands.candidates) == {Vendor.NETIQ_EDIRECTORY, Vendor.NOVELL_EDIRECTORY}
    assert "vendorName" in brands.against[0]


def test_a_global_catalog_and_a_read_only_controller_are_told():
    found = identify({"supportedCapabilities": [MS + "800", MS + "1920"], "isGlobalCatalogReady": ["TRUE"], "domainControllerFunctionality": ["7"]})  # fmt: skip
    assert not found.supported
    assert found.version == "Windows Server 2016 or later"
    assert "Global Catalog" in str(found)
    assert "read-only" in str(found)
    assert "not supported" in str(found)
    assert found.traits.refusal


def test_an_instance_of_ad_lds():
    found = identify({"supportedCapabilities": [MS + "1851"], "serverName": ["CN=HOST$one,CN=Servers"], "rootDomainNamingContext": ["DC=x"]})  # fmt: skip
    assert any("instance" in line for line in found.evidence)
    assert found.against


# Rules 4 and 5: what the schema adds.
def schema(*attributes, classes=(), definition="", **more):
    return Schema.parse(
        {
            "attributeTypes": [f"( 1.{i} NAME '{name}' )" for i, name in enumerate(attributes)]
            + ([definition] if definition else []),
            "objectClasses": [f"( 2.{i} NAME '{name}' )" for i, name in enumerate(classes)],
        }
        | more
    )


SCHEMAS = [
    (schema(classes=["olcGlobal"]), Vendor.OPENLDAP, Confidence.PROBABLE),
    (schema(classes=["ads-base", "metaTop"]), Vendor.APACHEDS, Confidence.PROBABLE),
    (schema("nsds5replica"), Vendor.DS_389, Confidence.PROBABLE),
    (schema("ipaUniqueID", classes=["ipaObject"]), Vendor.DS_389, Confidence.PROBABLE),
    (schema("GUID", classes=["ncpServer", "ndsLoginProperties"]), Vendor.NOVELL_EDIRECTORY, Confidence.GUESS),
    (schema("GUID", "nspmAD2K8Syntax", "xdasConfiguration", classes=["ncpServer", "ndsLoginProperties"]), Vendor.NETIQ_EDIRECTORY, Confidence.GUESS),
    (schema("ds-sync-state"), Vendor.OPENDS, Confidence.GUESS),
    (schema("ds-sync-state", "etag"), Vendor.OPENDJ, Confidence.PROBABLE),
    (schema("ds-sync-state", definition="( 1.3.6.1.4.1.36733.2.1 NAME 'x' )"), Vendor.OPENDJ, Confidence.PROBABLE),
    (schema("ds-sync-state", definition="( 2.16.840.1.113894.1 NAME 'x' )"), Vendor.ORACLE_OUD, Confidence.PROBABLE),
    (schema("ds-sync-state", definition="( 1.3.6.1.4.1.30221.1 NAME 'x' )"), None, Confidence.NONE),
    (schema(definition="( 1.1 NAME 'x' X-DS-USE 'internal' )"), Vendor.ORACLE_DSEE, Confidence.PROBABLE),
    (schema("msDS-UserAccountDisabled", classes=["msDS-BindableObject"]), Vendor.AD_LDS, Confidence.PROBABLE),
    (schema("userAccountControl", "nTSecurityDescriptor", classes=["domainDNS"]), Vendor.AD_DS, Confidence.PROBABLE),
    (schema("userAccountControl", classes=["domainDNS"]), None, Confidence.NONE),
    (schema("vdPrivilege", "vdsSyncState"), Vendor.RADIANTONE, Confidence.PROBABLE),
    (schema("x", IBMAttributeTypes=["( 1.0 DBNAME( 'x' ) )"]), Vendor.IBM, Confidence.PROBABLE),
    (schema("cn"), None, Confidence.NONE),
]  # fmt: skip


@pytest.mark.parametrize(
    "root_dse", [None, {"objectClass": ["top"], "subschemaSubentry": ["cn=x"]}]
)
@pytest.mark.parametrize(("known", "vendor", "confidence"), SCHEMAS)
def test_a_schema_alone(root_dse, known, vendor, confidence):
    found = identify(root_dse, known)
    assert (found.vendor, found.confidence) == (vendor, confidence)


@pytest.mark.parametrize(("known", "vendor", "confidence"), SCHEMAS)
def test_a_schema_never_outweighs_the_root_dse(known, vendor, confidence):
    shown = identify({"supportedLDAPVersion": ["3"], "namingContexts": ["dc=x"]}, known)
    assert shown.vendor is None
    assert bool(shown.against) == (vendor is not None)
    named = identify(strings("Nobody", "1"), known)
    assert named.vendor is None
    other = identify(strings("Radiant Logic, Inc.", "RadiantOne 7"), known)
    assert other.vendor is Vendor.RADIANTONE
    assert bool(other.against) == (vendor not in {None, Vendor.RADIANTONE})


def test_a_schema_settles_a_family():
    assert identify(NETSCAPE, schema("nsBackendSuffix")).vendor is Vendor.DS_389
    dsee = schema(definition="( 1.1 NAME 'x' X-DS-USE 'internal' )")
    assert identify(NETSCAPE, dsee).vendor is Vendor.ORACLE_DSEE
    assert identify(NETSCAPE, schema("cn")).vendor is None
    assert identify(FAMILY, schema("ds-sync-state", "etag")).vendor is Vendor.OPENDJ
    assert identify(FAMILY, schema("cn")).vendor is None


def test_a_schema_confirms():
    found = identify({"objectClass": ["OpenLDAProotDSE"]}, schema(classes=["olcGlobal"]))
    assert found.evidence[1] == "the schema defines olcGlobal"
    assert not found.against


def test_empty_and_nul_values_are_nothing_said():
    assert identify({"vendorName": [], "vendorVersion": ["\0"]}).vendor is None
    hidden = {"objectClass": ["top"], "namingContexts": [""]}
    assert identify(hidden, schema(classes=["olcGlobal"])).vendor is Vendor.OPENLDAP


# The administrator's word.
def test_the_administrator_names_the_product():
    found = identify({}, named=Vendor.ISODE)
    assert (found.vendor, found.confidence) == (Vendor.ISODE, Confidence.NAMED)
    assert found.supported
    assert found.against == ()
    assert found.traits.delta.value == "changelog"
    contradicted = identify({"objectClass": ["OpenLDAProotDSE"]}, named="389ds")
    assert contradicted.vendor is Vendor.DS_389
    assert "OpenLDAP" in contradicted.against[0]
    unknown = identify(strings("Nobody", "1"), named="openldap")
    assert unknown.against[0] == "vendorName is 'Nobody'"
    with pytest.raises(ValueError, match="nonsense"):
        identify({}, named="nonsense")


def test_an_identification_is_a_value():
    found = identify({"objectClass": ["OpenLDAProotDSE"]})
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found) == hash(identify({"objectclass": [b"OpenLDAProotDSE"]}))
    assert str(identify({})).startswith("unknown directory: ")
