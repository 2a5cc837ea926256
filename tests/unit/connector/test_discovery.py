"""Discovery as a value: what follows from it, saving, loading, comparing. No server needed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ldapconnector.connector import Discovery, discover
from ldapconnector.directory import Certificate, MemoryDirectory
from ldapconnector.entries import Entry
from ldapconnector.errors import ConfigurationError, EntryNotFound
from ldapconnector.names import DN
from ldapconnector.profile import ConnectionProfile, Partition
from ldapconnector.schema import Schema
from ldapconnector.vendors import Vendor

TWELVE = [vendor for vendor in Vendor if vendor.supported]
CERTIFICATE = Certificate(
    sha256="ab" * 32,
    pem="-----BEGIN CERTIFICATE-----\n",
    subject="CN=ldap.example.com",
    issuer="CN=CA",
    names=("ldap.example.com",),
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    valid_until=datetime(2027, 1, 1, tzinfo=UTC),
)
PROFILE = ConnectionProfile(hosts="ldap.example.com")


def a_discovery(**changes):
    fields = {
        "root_dse": Entry(
            "",
            {
                "objectClass": ["top", "OpenLDAProotDSE"],
                "namingContexts": ["dc=example,dc=com", "cn=accesslog"],
                "supportedControl": ["1.2.840.113556.1.4.319", "1.3.6.1.1.12"],
                "supportedFeatures": ["1.3.6.1.4.1.4203.1.5.1"],
                "supportedSASLMechanisms": ["GSSAPI"],
            },
        ),
        "schema": Schema.standard(),
    }
    return Discovery(**{**fields, **changes})


@pytest.mark.parametrize("vendor", TWELVE)
def test_every_product_is_discovered_as_itself(vendor):
    found = discover(MemoryDirectory.like(vendor, suffix="dc=example,dc=com"))
    # Isode M-Vault shows nothing by which it could be known.
    if vendor is not Vendor.ISODE:
        assert found.identification.vendor is vendor
    assert DN.parse("dc=example,dc=com") in found.partitions
    assert found.suggested.user_classes
    assert found.schema.attribute(found.suggested.anchor) or found.suggested.anchor == "dn"
    assert Discovery.from_json(found.to_json()) == found
    assert str(found)


def test_the_administrator_can_name_the_product():
    directory = MemoryDirectory.like(Vendor.ISODE, suffix="o=example")
    found = discover(directory, product="isode-mvault")
    assert found.identification.vendor is Vendor.ISODE
    assert Discovery.from_json(found.to_json()).identification.vendor is Vendor.ISODE


def test_a_product_that_does_not_exist_is_refused_with_a_suggestion():
    with pytest.raises(ConfigurationError, match="Did you mean isode-mvault"):
        discover(MemoryDirectory.like("openldap"), product="isode-vault")


def test_what_is_advertised_has_names():
    found = a_discovery()
    assert [str(one) for one in found.controls] == [
        "1.2.840.113556.1.4.319  simple paged results (RFC 2696)",
        "1.3.6.1.1.12  assertion (RFC 4528)",
    ]
    assert found.offers("1.3.6.1.1.12")
    assert not found.offers("1.2.3")
    assert found.sasl_mechanisms == ("GSSAPI",)


def test_a_mandatory_feature_that_is_missing_is_a_warning_only():
    found = a_discovery()
    assert [one.oid for one in found.features_found] == ["1.3.6.1.4.1.4203.1.5.1"]
    assert [one.oid for one in found.features_missing] == ["1.3.6.1.4.1.4203.1.5.3"]
    assert any("1.3.6.1.4.1.4203.1.5.3" in warning for warning in found.warnings)


def test_capabilities_are_those_of_the_suggested_settings():
    capabilities = a_discovery().capabilities
    assert capabilities.anchor == "entryUUID"
    assert capabilities.delta.value == "accesslog"
    assert capabilities.paging.value == "simple"
    assert capabilities.assertions
    assert not capabilities.tree_delete


def test_logs_and_configuration_are_no_partitions():
    found = a_discovery(
        root_dse=Entry(
            "",
            {
                "namingContexts": [
                    "DC=example,DC=com",
                    "cn=config",
                    "CN=Schema,CN=Configuration,CN={1}",
                    "CN=Configuration,CN={1}",
                    "cn=changelog",
                    "ou=schema",
                ],
                "configurationNamingContext": "CN=Configuration,CN={1}",
                "schemaNamingContext": "CN=Schema,CN=Configuration,CN={1}",
                "changeLog": "cn=changelog",
            },
        )
    )
    assert found.partitions == (DN.parse("dc=example,dc=com"),)
    assert len(found.naming_contexts) == 6


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [([""], ("",)), (["\0"], ("",)), (["not a name", "dc=x"], ("dc=x",)), ([], ())],
)
def test_strange_naming_contexts(contexts, expected):
    found = a_discovery(root_dse=Entry("", {"namingContexts": contexts}))
    assert tuple(map(str, found.naming_contexts)) == expected
    assert str(found)


def test_a_hidden_root_dse_and_a_hidden_schema_are_warnings():
    found = Discovery(root_dse=Entry("", {}), schema=Schema.parse({}), schema_error="not shown")
    assert found.identification.vendor is None
    assert any("no root DSE" in warning for warning in found.warnings)
    assert any("not shown" in warning for warning in found.warnings)
    assert any("read in pages" in warning for warning in found.warnings)


def test_a_directory_that_shows_no_schema_is_discovered_all_the_same():
    class Blind:
        root_dse = Entry("", {"namingContexts": "dc=x"})

        @property
        def schema(self):
            raise EntryNotFound("the schema cannot be read")

    found = discover(Blind())
    assert found.schema_error == "the schema cannot be read"
    assert found.partitions == (DN.parse("dc=x"),)


def test_the_profiles_aliases_are_in_the_schema():
    directory = MemoryDirectory.like("openldap")
    profile = ConnectionProfile(hosts="a", attribute_aliases=["userCertificate;binary"])
    found = discover(directory, profile=profile)
    assert found.schema.aliases == ("userCertificate;binary",)
    assert Discovery.from_json(found.to_json()).schema.aliases == found.schema.aliases


# ---------------------------------------------------------------- a configuration to start from


def test_the_suggested_configuration_can_be_used():
    configuration = a_discovery().configuration(PROFILE, auxiliary_classes=("posixAccount",))
    kind = configuration.object_type
    assert kind.object_classes == ("inetOrgPerson", "posixAccount")
    assert kind.anchor == "entryUUID"
    assert {"cn", "sn", "uid", "uidNumber", "gidNumber", "homeDirectory"} <= set(
        kind.attribute_names
    )
    assert {"cn", "sn", "mail"} <= kind.single_valued
    assert "userPassword" not in kind.attribute_names
    assert "objectClass" not in kind.attribute_names
    assert [str(part.dn) for part in configuration.connection.partitions] == ["dc=example,dc=com"]


def test_chosen_partitions_are_kept():
    chosen = ConnectionProfile(hosts="a", partitions=[Partition(dn="dc=chosen")])
    assert a_discovery().configuration(chosen).connection == chosen


# ---------------------------------------------------------------- saving and loading


@pytest.mark.parametrize("certificate", [None, CERTIFICATE])
def test_it_is_saved_and_loaded(tmp_path, certificate):
    found = a_discovery(certificate=certificate, product="openldap", schema_error="why")
    found.save(tmp_path / "directory.json")
    assert Discovery.load(tmp_path / "directory.json") == found


def test_octets_that_are_no_text_survive():
    root_dse = Entry("", {"netscapemdsuffix": "cn=x", "dsaGuid": b"\xff\xfe\x00"})
    found = a_discovery(root_dse=root_dse)
    assert Discovery.from_json(found.to_json()).root_dse == root_dse


def test_every_capture_is_saved_and_loaded(shared):
    for path in sorted((shared / "captures/directories").glob("*.json")):
        document = json.loads(path.read_text())
        root_dse = Entry("", document.get("root_dse") or {})
        subschema = document.get("subschema") or {}
        found = Discovery(
            root_dse=root_dse,
            schema=Schema.parse({k: v for k, v in subschema.items() if isinstance(v, list)}),
        )
        again = Discovery.from_json(found.to_json())
        assert again == found, path.name
        assert again.identification == found.identification, path.name
        assert found.compare(again) == (), path.name
        assert str(found), path.name
        assert found.configuration(PROFILE).object_type.structural_class, path.name


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d.update(format="something else"), "$"),
        (lambda d: d.update(version=99), "$.version"),
        (lambda d: d.update(surprise=1), "$.surprise"),
        (lambda d: d.update(root_dse=[]), "$.root_dse"),
        (lambda d: d["root_dse"].update(objectClass="top"), "$.root_dse.objectClass"),
        (lambda d: d["root_dse"].update(objectClass=[1]), "$.root_dse.objectClass[0]"),
        (lambda d: d["root_dse"].update(x=[{"base64": "!"}]), "$.root_dse.x[0]"),
        (lambda d: d["schema"].update(objectClasses=[None]), "$.schema.objectClasses[0]"),
        (lambda d: d.update(aliases="a"), "$.aliases"),
        (lambda d: d.update(product=7), "$.product"),
        (lambda d: d.update(certificate=[]), "$.certificate"),
        (lambda d: d["certificate"].update(sha256=1), "$.certificate.sha256"),
        (lambda d: d["certificate"].update(names=[1]), "$.certificate.names[0]"),
        (lambda d: d["certificate"].update(valid_from="soon"), "$.certificate.valid_from"),
    ],
)
def test_a_document_that_is_none_is_refused_with_the_path(change, path):
    document = json.loads(a_discovery(certificate=CERTIFICATE).to_json())
    change(document)
    with pytest.raises(ConfigurationError) as error:
        Discovery.from_json(json.dumps(document))
    assert path in [fault.path for fault in error.value.faults]


def test_all_faults_are_told_at_once():
    document = json.loads(a_discovery(certificate=CERTIFICATE).to_json())
    document.update(product=7, aliases=[1], extra=True)
    with pytest.raises(ConfigurationError) as error:
        Discovery.from_json(json.dumps(document))
    assert [fault.path for fault in error.value.faults] == ["$.extra", "$.aliases[0]", "$.product"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7"])
def test_text_that_is_no_document_is_refused(text):
    with pytest.raises(ConfigurationError):
        Discovery.from_json(text)


# ---------------------------------------------------------------- comparing


def told(before, after):
    return [str(difference) for difference in before.compare(after)]


def test_nothing_is_different_from_itself():
    assert a_discovery().compare(a_discovery()) == ()


def test_what_moves_by_itself_is_left_out():
    def at(**values):
        return a_discovery(root_dse=Entry("", {"vendorName": "x", **values}))

    before = at(currentTime="20260101000000Z", highestCommittedUSN="1", lastChangeNumber="4")
    after = at(currentTime="20260102000000Z", highestCommittedUSN="9", lastChangeNumber="8")
    assert before.compare(after) == ()


def test_what_is_different_is_told():
    before = a_discovery(certificate=CERTIFICATE)
    after = a_discovery(
        root_dse=Entry(
            "",
            {
                "objectClass": ["top", "OpenLDAProotDSE"],
                "namingContexts": ["dc=example,dc=com", "dc=other"],
                "supportedControl": ["1.3.6.1.1.12", "1.2.840.113556.1.4.805"],
                "supportedFeatures": ["1.3.6.1.4.1.4203.1.5.1"],
                "supportedSASLMechanisms": ["GSSAPI", "EXTERNAL"],
                "altServer": "ldap://b",
            },
        ),
    )
    assert told(before, after) == [
        "naming context: gone: cn=accesslog",
        "naming context: new: dc=other",
        "SASL mechanism: new: EXTERNAL",
        "control: gone: 1.2.840.113556.1.4.319  simple paged results (RFC 2696)",
        "control: new: 1.2.840.113556.1.4.805  tree delete",
        "root DSE altserver: new: ldap://b",
        f"certificate: gone: {'ab' * 32}",
    ]


def test_a_changed_schema_is_told_by_element_and_field():
    def schema(*attributes):
        return a_discovery(schema=Schema.parse({"attributeTypes": attributes}))

    before = schema(
        "( 1.1.1 NAME 'shoeSize' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )",
        "( 1.1.2 NAME 'hatSize' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )",
    )
    after = schema(
        "( 1.1.1 NAME 'shoeSize' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
        "( 1.1.3 NAME 'gloveSize' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )",
    )
    assert told(before, after) == [
        "attribute type shoeSize, single_value: False -> True",
        "attribute type: gone: hatSize",
        "attribute type: new: gloveSize",
    ]


def test_differences_are_the_mirror_of_the_way_back():
    openldap = discover(MemoryDirectory.like("openldap"))
    other = discover(MemoryDirectory.like(Vendor.DS_389))
    there, back = openldap.compare(other), other.compare(openldap)
    assert there
    assert {(one.before, one.after) for one in there} == {(one.after, one.before) for one in back}
