"""One good file, and every mistake at every place of it: told at once, each at its place."""

from __future__ import annotations

import copy
import itertools

import pytest

from ldapconnector.configuration import Configuration
from ldapconnector.errors import ConfigurationError, UsageError

GOOD = {
    "connection": {
        "hosts": ["a.example.com", "b.example.com:1636"],
        "port": 636,
        "security": "ldaps",
        "binding": {"kind": "simple", "user": "cn=admin,dc=x", "password": "env:PW"},
        "allow_cleartext_credentials": False,
        "tls": {
            "pinned_sha256": ["ab" * 32],
            "minimum_version": "1.2",
            "server_name": "a",
            "client_certificate": "/x/c.pem",
            "client_key": "/x/k.pem",
            "client_key_password": "env:KP",
        },
        "timeouts": {"connect": 10, "read": 120.0, "write": 60},
        "retry": {"attempts": 4, "first_delay": 0.5, "factor": 2.0, "jitter": 0.5},
        "attribute_aliases": ["userCertificate;binary"],
        "change_log_dn": "cn=changelog",
        "password_attribute": "userPassword",
        "controls": {"paged_results": "auto", "assertion": "never"},
        "partitions": [
            {
                "dn": "dc=x",
                "import_containers": ["ou=a,dc=x"],
                "port": 1636,
                "binding": {"kind": "kerberos", "service_host": "h"},
            }
        ],
    },
    "product": "openldap",
    "object_type": {
        "structural_class": "inetOrgPerson",
        "auxiliary_classes": ["posixAccount"],
        "anchor": "entryUUID",
        "attributes": [{"name": "cn", "single_value": True}],
        "filter": "(objectClass=person)",
    },
    "delta_method": "auto",
    "paging": "auto",
    "page_size": 500,
    "hierarchy": [{"attribute": "ou", "object_class": "organizationalUnit"}],
    "source": {"object": "User", "anchor": "id"},
    "actions": ["create", "update"],
    "mappings": [
        {"target": "-dn-", "expression": 'Join("", "uid=", [alias], ",dc=x")'},
        {"target": "mail", "source": "mail", "matching_precedence": 1, "apply": "always"},
        {"target": "gidNumber", "constant": "10"},
        {"target": "_distinguishedName", "source": "mail"},
    ],
    "scoping": {"groups": [{"clauses": [{"attribute": "a", "operator": "IS NULL"}]}]},
    "deprovisioning": {"disable": {"kind": "set", "attribute": "flag", "value": "TRUE"}},
    "guard": {"maximum": 500, "percent": 10, "jump": 50, "protected": ["cn=admin,dc=x"]},
    "base": "dc=x",
    "unique": ["mail", ["sn", "givenName"]],
    "numbers": [{"attribute": "uidNumber", "first": 1000, "last": 2000}],
}


def nodes(value, path=()):
    yield path, value
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from nodes(inner, (*path, key))


def written(path):
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


def with_value(document, path, value):
    document = copy.deepcopy(document)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


def faults(document):
    try:
        Configuration.from_dict(document)
    except ConfigurationError as error:
        return {fault.path: fault for fault in error.faults}
    return {}


NODES = [(path, value) for path, value in nodes(GOOD) if path]
LEAVES = [(path, value) for path, value in NODES if not isinstance(value, (dict, list))]
OTHER = (None, True, 5, 1.5, "zzz", [], {}, [None], {"zz": 1})

#: What is right in kind and wrong all the same.
WRONG = {
    "$.connection.hosts[0]": "a b",
    "$.connection.hosts[1]": "dc=x,,",
    "$.connection.port": 70000,
    "$.connection.security": "tls",
    "$.connection.binding.user": "",
    "$.connection.binding.password": "hunter2",
    "$.connection.tls.pinned_sha256[0]": "ab",
    "$.connection.tls.minimum_version": "1.0",
    "$.connection.tls.client_certificate": "",
    "$.connection.tls.client_key": "a\0b",
    "$.connection.tls.server_name": "a b",
    "$.connection.timeouts.connect": 0,
    "$.connection.timeouts.read": float("inf"),
    "$.connection.timeouts.write": float("nan"),
    "$.connection.retry.attempts": 0,
    "$.connection.retry.jitter": 2.0,
    "$.connection.attribute_aliases[0]": "userCertificate",
    "$.connection.change_log_dn": "changelog",
    "$.connection.password_attribute": "user password",
    "$.connection.controls.assertion": "maybe",
    "$.connection.partitions[0].dn": "x",
    "$.connection.partitions[0].import_containers[0]": "ou=a,dc=y",
    "$.connection.partitions[0].port": -1,
    "$.connection.partitions[0].binding.service_host": "a/b",
    "$.product": "openldp",
    "$.object_type.structural_class": "",
    "$.object_type.auxiliary_classes[0]": "a b",
    "$.object_type.anchor": "a b",
    "$.object_type.attributes[0].name": "",
    "$.object_type.filter": "(cn=a",
    "$.delta_method": "guess",
    "$.page_size": 0,
    "$.hierarchy[0].attribute": "o u",
    "$.source.anchor": "",
    "$.actions[0]": "make",
    "$.mappings[0].target": "a b",
    "$.mappings[0].expression": "ToLowr([a])",
    "$.mappings[1].source": "",
    "$.mappings[1].matching_precedence": -1,
    "$.mappings[2].target": "",
    "$.scoping.groups[0].clauses[0].operator": "IS",
    "$.scoping.groups[0].clauses": [],
    "$.deprovisioning.disable.kind": "sett",
    "$.guard.maximum": -1,
    "$.guard.percent": 101,
    "$.guard.jump": float("nan"),
    "$.guard.protected[0]": "b",
    "$.base": "b",
    "$.unique[0]": "a b",
    "$.unique[1][1]": "a b",
    "$.numbers[0].attribute": "",
}
PATHS = {written(path): path for path, _ in NODES}


def test_the_file_is_good():
    assert faults(GOOD) == {}


@pytest.mark.parametrize(("path", "value"), NODES, ids=[written(path) for path, _ in NODES])
def test_a_value_of_another_kind(path, value):
    for other in OTHER:
        # Nothing but our own error, and no word of Python in it.
        for fault in faults(with_value(GOOD, path, other)).values():
            for word in ("NoneType", "attribute '", "argument", "not supported", "validator"):
                assert word not in fault.message
    found = faults(with_value(GOOD, path, {"zz": 1}))
    assert found
    assert all(one.startswith(written(path)) for one in found)


@pytest.mark.parametrize("path", WRONG)
def test_a_value_that_is_wrong(path):
    found = faults(with_value(GOOD, PATHS[path], WRONG[path]))
    assert list(found) == [path]
    assert "hunter2" not in str(found[path])


def overlap(one, other):
    return one.startswith(other) or other.startswith(one)


@pytest.mark.parametrize("path", WRONG)
def test_a_fault_hides_no_other(path):
    document = with_value(GOOD, PATHS[path], WRONG[path])
    for other, wrong in WRONG.items():
        # Of two faults in one part, one may be what the other is judged by.
        part = {path.rpartition(".")[0], other.rpartition(".")[0]}
        judged = {"$.connection.partitions[0]", "$.deprovisioning.disable", "$.numbers[0]"} & part
        if not overlap(path, other) and not (len(part) == 1 and judged):
            found = faults(with_value(document, PATHS[other], wrong))
            assert {path, other} <= set(found), other


def test_all_of_them_in_one_report():
    document = GOOD
    left_out = {"$.connection.partitions[0].import_containers[0]"}
    for path, wrong in WRONG.items():
        if path not in left_out:
            document = with_value(document, PATHS[path], wrong)
    found = set(faults(document))
    missing = [path for path in WRONG if path not in left_out | found]
    # The clauses were emptied after one of them was made wrong.
    assert missing == ["$.scoping.groups[0].clauses[0].operator"]


@pytest.mark.parametrize("path", [path for path, value in NODES if isinstance(value, dict)])
def test_a_key_that_is_not_known(path):
    found = faults(with_value(GOOD, (*path, "unknownKey"), 1))
    assert list(found) == [f"{written(path)}.unknownKey"]
    assert list(faults(with_value(GOOD, (*path, 5), 1))) == [f"{written(path)}.5"]


def test_what_fields_break_together_is_told_beside_the_rest():
    document = copy.deepcopy(GOOD)
    document["connection"]["security"] = "plain"
    del document["connection"]["tls"]["client_certificate"]
    document["connection"]["timeouts"]["connect"] = 0
    document["page_size"] = 0
    assert list(faults(document)) == [
        "$.connection.binding",
        "$.connection.tls.client_key",
        "$.connection.timeouts.connect",
        "$.page_size",
    ]


def test_what_rests_on_a_fault_is_not_told():
    document = copy.deepcopy(GOOD)
    document["connection"]["security"] = "plain"
    document["connection"]["allow_cleartext_credentials"] = "yes"
    assert list(faults(document)) == ["$.connection.allow_cleartext_credentials"]


@pytest.mark.parametrize(
    ("text", "form", "message"),
    [
        ('{"base": "dc=x", "base": "dc=y"}', "json", "base stands twice in one object"),
        ("[" * 100_000, "json", "nested too deep"),
        ("a = " + "[" * 100_000, "toml", "nested too deep"),
        ("[1]", "json", "must be a table"),
    ],
)
def test_a_text_that_is_no_configuration(text, form, message):
    with pytest.raises(ConfigurationError, match=message):
        Configuration.loads(text, form)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: Configuration.load(None), "a path, not NoneType"),
        (lambda: Configuration.loads(b""), "a text, not bytes; Configuration.load reads a file"),
        (lambda: Configuration.loads("", "yaml"), "'yaml' is no format"),
        (lambda: Configuration.from_dict(None), "must be a table"),
    ],
)
def test_what_is_no_text(ask, message):
    with pytest.raises(UsageError, match=message):
        ask()


def test_a_file_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text('[connection]\nhosts = ["x"]\n', encoding="utf-8-sig")
    assert Configuration.load(path).connector.connection.hosts == ("x",)


def test_a_guard_that_is_not_limited_by_a_number():
    for pair in itertools.product(("maximum", "tolerated", "jump"), (float("inf"), "5", True)):
        document = with_value(GOOD, ("guard", pair[0]), pair[1])
        assert list(faults(document)) == [f"$.guard.{pair[0]}"]
