"""One file for everything: read, written, and every fault of it at once."""

import pickle
from pathlib import Path

import pytest

from ldapconnector.configuration import Configuration
from ldapconnector.errors import ConfigurationError, UsageError
from ldapconnector.mapping import Apply, Computed, Constant, Direct, NoSource, ObjectAction
from ldapconnector.names import DN, Filter
from ldapconnector.planning import FlowKind
from ldapconnector.profile import Security, SimpleBind
from ldapconnector.secret import Secret

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "linux-openldap.toml"

WHOLE = """
product = "389ds"
delta_method = "timestamp"
paging = "simple"
page_size = 250
actions = ["create", "update"]
base = "ou=people,dc=example"
unique = ["uid", ["ou", "employeeNumber"]]
delete_old_rdn = false
hierarchy = [{ attribute = "ou", object_class = "organizationalUnit" }]

[connection]
hosts = ["ldap1.example.com", "ldap2.example.com:1636"]
security = "LDAPS"
binding = { kind = "external", authorization_id = "dn:cn=sync" }
attribute_aliases = ["userCertificate;binary"]
change_log_dn = "cn=changelog"
timeouts = { connect = 5, read = 30.5 }
retry = { attempts = 2 }
controls = { paged_results = "always" }

[connection.tls]
ca_file = "ca.pem"
client_certificate = "client.pem"

[[connection.partitions]]
dn = "dc=example"
import_containers = "ou=people,dc=example"
binding = { kind = "simple", user = "cn=reader", password = "file:/run/secrets/reader" }

[object_type]
structural_class = "person"
auxiliary_classes = "posixAccount"
anchor = "nsUniqueId"
filter = "(!(cn=test*))"
attributes = [{ name = "cn", single_value = true }, { name = "mail" }]

[source]
anchor = "objectId"
null_attributes = ["mail"]

[[numbers]]
attribute = "uidNumber"
first = 20000
last = 59999

[[mappings]]
target = "-dn-"
expression = 'Join("", "cn=", [displayName])'
apply = "creation"

[[mappings]]
target = "objectClass"
constant = ["top", "person"]

[[mappings]]
target = "mail"
source = "mail"
default = "nobody@example.com"
matching_precedence = 1
flow_null = true
flow_type = "ValueAddOnly"

[[mappings]]
target = "description"

[scoping]
assigned_only = true
groups = [
    { clauses = [{ attribute = "department", operator = "EQUALS", operands = "Sales" }] },
    { name = "b", clauses = [{ attribute = "level", operator = "Greater_Than", operands = "3" }] },
]

[deprovisioning]
disable = "product"
delete = { kind = "set", attribute = "employeeType", value = "gone" }
skip_out_of_scope_deletions = true

[guard]
maximum = 7
percent = 2.5
protected = ["cn=admin,dc=example"]
protected_filter = "(cn=svc-*)"
"""


def test_the_example_of_the_tutorial():
    configuration = Configuration.load(EXAMPLE)
    connection = configuration.connector.connection
    assert connection.hosts == ("127.0.0.1",)
    assert connection.security is Security.PLAIN
    assert isinstance(connection.binding, SimpleBind)
    mappings = configuration.rules.mappings
    dn, *_, password = mappings.mappings
    assert (dn.attribute, dn.apply) == ("-dn-", Apply.CREATION)
    assert isinstance(dn.source, Computed)
    assert password.attribute == "userPassword"
    assert mappings.target("gidNumber")[0].source == Constant("10000")
    assert mappings.target("mail")[0].matching_precedence == 1
    assert configuration.rules.object_classes == (
        "inetOrgPerson",
        "posixAccount",
        "shadowAccount",
    )
    assert configuration.rules.deprovisioning.delete.kind is FlowKind.DELETE
    assert configuration.rules.guard.maximum == 5


def test_every_section():
    configuration = Configuration.loads(WHOLE)
    connector, rules = configuration.connector, configuration.rules
    assert connector.product == "389ds"
    assert (connector.delta_method, connector.page_size) == ("timestamp", 250)
    assert connector.connection.timeouts.read == 30.5
    assert connector.connection.tls.ca_file == Path("ca.pem")
    assert connector.connection.change_log_dn == DN.parse("cn=changelog")
    partition = connector.connection.partitions[0]
    assert partition.import_containers == (DN.parse("ou=people,dc=example"),)
    assert partition.binding.password.reference == "file:/run/secrets/reader"
    assert connector.object_type.filter == ~Filter.substring("cn", initial="test")
    assert connector.object_type.single_valued == {"cn"}
    assert rules.base == DN.parse("ou=people,dc=example")
    assert [str(rule) for rule in rules.unique] == ["uid", "ou + employeeNumber"]
    assert rules.numbers[0].first == 20000
    assert rules.mappings.actions == {ObjectAction.CREATE, ObjectAction.UPDATE}
    assert rules.mappings.source_anchor == "objectId"
    assert rules.mappings.source_null_attributes == {"mail"}
    _, classes, mail, nothing = rules.mappings.mappings
    assert classes.source == Constant(("top", "person"))
    assert (mail.source, mail.default, mail.flow_null) == (
        Direct("mail"),
        "nobody@example.com",
        True,
    )
    assert nothing.source == NoSource()
    assert rules.scoping.assigned_only
    assert rules.scoping.holds({"department": "Sales", "level": 1})
    assert not rules.scoping.holds({"department": "IT", "level": 3})
    assert rules.deprovisioning.disable.kind is FlowKind.PRODUCT
    assert rules.deprovisioning.delete.value == "gone"
    assert rules.guard.protected == (DN.parse("cn=admin,dc=example"),)
    assert rules.hierarchy[0].object_class == "organizationalUnit"
    assert not rules.delete_old_rdn


@pytest.mark.parametrize("text", [WHOLE, EXAMPLE.read_text(encoding="utf-8")])
def test_written_and_read_again_it_is_the_same(text, tmp_path):
    configuration = Configuration.loads(text)
    assert Configuration.loads(configuration.to_json(), "json") == configuration
    toml = tmp_path / "written.toml"
    toml.write_text(configuration.to_toml(), encoding="utf-8")
    assert Configuration.load(toml) == configuration
    json = tmp_path / "written.json"
    json.write_text(configuration.to_json(), encoding="utf-8")
    assert Configuration.load(json) == configuration
    assert pickle.loads(pickle.dumps(configuration)) == configuration


def test_a_secret_is_written_by_reference_or_not_at_all(monkeypatch):
    monkeypatch.setenv("LDAP_PASSWORD", "hunter2")
    configuration = Configuration.load(EXAMPLE)
    assert configuration.connector.connection.binding.password.reveal() == "hunter2"
    for text in (configuration.to_json(), configuration.to_toml(), repr(configuration)):
        assert "hunter2" not in text
    assert "env:LDAP_PASSWORD" in configuration.to_json()
    import attrs

    connection = attrs.evolve(
        configuration.connector.connection, binding=SimpleBind("cn=x", Secret.of("hunter2"))
    )
    given = attrs.evolve(
        configuration, connector=attrs.evolve(configuration.connector, connection=connection)
    )
    with pytest.raises(UsageError, match="by reference") as caught:
        given.to_json()
    assert "hunter2" not in str(caught.value)


WRONG = """
product = "openldp"
page_size = "many"
page_sise = 3
delta_method = "acceslog"
actions = ["craete"]
unique = [[]]

[connection]
url = "ldap://127.0.0.1:389"
prot = 3
binding = { kind = "simpel", user = "cn=admin", password = "hunter2" }

[connection.timeouts]
connect = "5"

[object_type]
filter = "(cn="

[[mappings]]
target = "cn"
expression = 'ToLowr([mail])'
aply = "creation"

[[mappings]]
source = "x"
constant = 5

[[mappings]]
target = "gidNumber"
apply = "creatoin"

[scoping]
groups = [
  { clauses = [
    { attribute = "a", operator = "EQULS", operands = "x" },
    { attribute = "a", operator = "EQUALS" },
  ] },
]

[deprovisioning]
disable = "sett"
delete = { kind = "set" }

[guard]
percent = 700
protected = ["cn=a,b"]
"""


def test_all_faults_of_a_file_at_once_with_their_paths():
    with pytest.raises(ConfigurationError) as caught:
        Configuration.loads(WRONG, source="wrong.toml")
    faults = {}
    for fault in caught.value.faults:
        faults[fault.path] = f"{faults.get(fault.path, '')} {fault.message} {fault.hint}"
    expected = {
        "$.product": "'openldap'",
        "$.page_size": "a whole number",
        "$.page_sise": "'page_size'",
        "$.delta_method": "'accesslog'",
        "$.actions[0]": "'create'",
        "$.unique[0]": "at least one attribute",
        "$.connection.prot": "'port'",
        "$.connection.binding.kind": "'simple'",
        "$.connection.timeouts.connect": "a number",
        "$.object_type.filter": "never closed",
        "$.mappings[0].expression": "ToLower",
        "$.mappings[0].aply": "'apply'",
        "$.mappings[1].target": "is missing",
        "$.mappings[1].constant": "contradicts source",
        "$.mappings[2].apply": "'creation'",
        "$.scoping.groups[0].clauses[0].operator": "EQUALS",
        "$.scoping.groups[0].clauses[1]": "needs an operand",
        "$.deprovisioning.disable": "'set'",
        "$.deprovisioning.delete": "an attribute and a value",
        "$.guard.protected[0]": "expected '='",
    }
    missing = {path for path in expected if expected[path] not in faults.get(path, "")}
    assert not missing, str(caught.value)
    assert str(caught.value).startswith(f"wrong.toml: {len(caught.value.faults)} faults")
    assert "hunter2" not in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("[connection", "$", "this is no TOML"),
        ("", "$.connection", "is missing"),
        ('connection = "x"', "$.connection", "a table"),
        ("[connection]", "$.connection.hosts", "is missing"),
        ('[connection]\nurl = "http://x"', "$.connection.url", "no LDAP address"),
        ('[connection]\nurl = "ldap://x"\nport = 3', "$.connection.url", "contradicts port"),
        (
            (
                '[connection]\nurl = "ldap://x"\n'
                'binding = { kind = "simple", user = "cn=a", password = "env:P" }'
            ),
            "$.connection.binding",
            "allow_cleartext_credentials",
        ),
        (
            (
                '[connection]\nurl = "ldaps://x"\n'
                'binding = { kind = "simple", user = "cn=a", password = "hunter2" }'
            ),
            "$.connection.binding.password",
            "by reference",
        ),
        (
            '[connection]\nurl = "ldap://x"\n[[mappings]]\ntarget = "gidNumber"\nconstant = 5',
            "$.mappings[0].constant",
            'write "5"',
        ),
    ],
)
def test_one_fault(text, path, words):
    with pytest.raises(ConfigurationError) as caught:
        Configuration.loads(text)
    assert [fault.path for fault in caught.value.faults] == [path], str(caught.value)
    assert words in caught.value.faults[0].message
    assert "hunter2" not in str(caught.value)


def test_plain_data_that_is_no_table():
    with pytest.raises(ConfigurationError, match="must be a table"):
        Configuration.loads("[]", "json")
    with pytest.raises(ConfigurationError, match="this is no JSON"):
        Configuration.loads("{", "json")
