"""The names that others build on, called as they are written in the architecture's contract."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ldapconnector import (
    DN,
    Configuration,
    ConnectionProfile,
    Connector,
    ConnectorConfiguration,
    DeletionGuard,
    DeprovisioningPolicy,
    Directory,
    Entry,
    EvaluationContext,
    Expression,
    ExpressionSyntaxError,
    Filter,
    Ignored,
    LdapConnector,
    MemoryDirectory,
    Outcome,
    Plan,
    Provisioner,
    ProvisioningRules,
    Schema,
    Vendor,
    connect,
    discover,
    identify,
)

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"


def test_expression():
    expression = Expression.parse('ToLower(Word([userPrincipalName], 1, "@"), )')
    user = {"userPrincipalName": "Jane.Doe@contoso.com"}
    assert expression.evaluate(user) == "jane.doe"
    assert expression.compile()(user) == "jane.doe"
    assert expression.attributes == frozenset({"userPrincipalName"})
    assert str(expression) == 'ToLower(Word([userPrincipalName], 1, "@"), )'
    assert Expression.from_graph(expression.to_graph()) == expression
    assert "jane.doe" in str(expression.explain(user))
    assert isinstance(expression.check(source=None, target=None), tuple)
    with pytest.raises(ExpressionSyntaxError) as caught:
        Expression.parse("ToLower([a]")
    error = caught.value
    assert (error.line, error.column) == (1, 12)
    assert error.expected
    assert isinstance(error.hint, str)
    assert "^" in str(error)


def test_evaluation_context():
    context = EvaluationContext(
        now=datetime(2026, 11, 22, 12, tzinfo=UTC),
        random=random.Random(7),
        is_taken=lambda value: value == "jane",
        parameters={"DomainFQDN": "contoso.com"},
        functions={},
    )
    unique = Expression.parse('SelectUniqueValue("jane", "jane1")')
    assert unique.evaluate({}, context=context) == "jane1"
    assert Expression.parse("Now()").evaluate({}, context=context) == "11/22/2026 12:00:00 PM"
    joined = Expression.parse('Append("x@", %DomainFQDN%)')
    assert joined.evaluate({}, context=context) == "x@contoso.com"
    nothing = Expression.parse("IgnoreFlowIfNullOrEmpty([mail])").evaluate({"mail": ""})
    assert isinstance(nothing, Ignored)
    assert Expression.parse('Split("a,b", ",")').evaluate({}) == ("a", "b")
    assert Expression.parse("[missing]").evaluate({}) is None


def test_schema_and_identify():
    schema = Schema.parse(
        {
            "attributeTypes": [b"( 2.5.4.3 NAME 'cn' EQUALITY caseIgnoreMatch )"],
            "objectClasses": ["( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )", "( nonsense"],
        }
    )
    assert schema.must(["top"]) == frozenset({"objectClass"})
    assert schema.may(["top"]) == frozenset()
    assert len(schema.problems) >= 1
    assert isinstance(schema.check(Entry("cn=a", {"objectClass": "top", "cn": "a"})), tuple)
    found = identify({"OBJECTCLASS": [b"top", b"OpenLDAProotDSE"]}, schema)
    assert found.vendor is Vendor.OPENLDAP
    assert found.supported
    assert found.evidence
    assert found.traits.anchor == "entryUUID"
    assert isinstance(found.against, tuple)
    assert found.confidence is not None
    assert found.version is None or isinstance(found.version, str)
    unknown = identify({"vendorName": ["Nobody"]})
    assert unknown.vendor is None


def test_vendor():
    assert {vendor.name for vendor in Vendor} == {
        *("OPENLDAP", "AD_LDS", "DS_389", "APACHEDS", "IBM", "ISODE"),
        *("NETIQ_EDIRECTORY", "NOVELL_EDIRECTORY", "OPENDJ", "OPENDS", "ORACLE_DSEE"),
        *("RADIANTONE", "AD_DS", "SAMBA_AD", "ORACLE_OUD"),
    }


def test_names():
    dn = DN.parse(r"cn=a\,b+uid=#0401AB,ou=people,dc=example")
    assert str(dn) == r"cn=a\,b+uid=#0401ab,ou=people,dc=example"
    assert dn == DN.parse(r"UID=#0401ab+CN=A\2Cb, OU=People, DC=example")
    assert dn.parent == DN.build(("ou", "people"), DN.parse("dc=example"))
    assert dn.is_under(DN.parse("dc=example"))
    avas = dn.rdns[0].avas
    assert [(ava.type, ava.value) for ava in avas] == [("cn", "a,b"), ("uid", b"\x04\x01\xab")]
    filter_ = Filter.equal("uid", "a*") & Filter.present("mail")
    assert str(filter_) == r"(&(uid=a\2a)(mail=*))"
    assert Filter.parse(str(filter_)) == filter_
    assert filter_.matches(Entry("uid=x", {"uid": "A*", "mail": "x"}), Schema.standard())


def test_directory_to_outcomes(monkeypatch):
    monkeypatch.setenv("LDAP_PASSWORD", "secret")
    configuration = Configuration.load(EXAMPLES / "linux-openldap.toml")
    assert isinstance(configuration.connector, ConnectorConfiguration)
    assert isinstance(configuration.connector.connection, ConnectionProfile)
    assert isinstance(configuration.rules, ProvisioningRules)
    assert isinstance(configuration.rules.deprovisioning, DeprovisioningPolicy)
    assert isinstance(configuration.rules.guard, DeletionGuard)
    users = json.loads((EXAMPLES / "users.json").read_text(encoding="utf-8"))["value"]
    with MemoryDirectory.like("openldap", suffix="dc=contoso,dc=lab") as directory:
        assert isinstance(directory, Directory)
        found = discover(directory)
        assert found.identification.vendor is Vendor.OPENLDAP
        assert found.root_dse == directory.root_dse
        assert found.schema == directory.schema
        connector = LdapConnector(configuration.connector, directory=directory)
        assert isinstance(connector, Connector)
        provisioner = Provisioner(connector, configuration.rules)
        plan = provisioner.plan(users)
        assert isinstance(plan, Plan)
        assert not plan.held
        assert plan.summary().create == 22
        assert plan.to_ldif()
        assert Plan.from_json(plan.to_json()).digest == plan.digest
        outcomes = list(provisioner.apply(plan))
        assert all(isinstance(outcome, Outcome) for outcome in outcomes)
        assert provisioner.plan(users).empty


def test_connect_is_a_function():
    assert callable(connect)
