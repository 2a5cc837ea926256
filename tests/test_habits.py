"""Habits of the ecosystem: logging, typing marker, picklable and hashable values."""

from __future__ import annotations

import ast
import logging
import pickle
import pkgutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import ldapconnector
from ldapconnector.mapping import AttributeMapping, Direct
from ldapconnector.planning import Plan, ProvisioningRules
from ldapconnector.profile import ConnectionProfile, ConnectorConfiguration

PACKAGE = Path(ldapconnector.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()


def test_the_root_logger_of_the_library_is_silent():
    handlers = logging.getLogger("ldapconnector").handlers
    assert any(isinstance(one, logging.NullHandler) for one in handlers)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_loggers_have_the_library_s_name_and_nothing_prints(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called.endswith("getLogger"):
            (argument,) = node.args
            named = argument.value if isinstance(argument, ast.Constant) else ast.unparse(argument)
            assert named == "__name__" or str(named).startswith("ldapconnector"), named
        assert called not in ("logging.basicConfig", "logging.info", "logging.warning"), path
        if called == "print":
            assert path.name == "_guardian.py", path  # a program of its own


def test_importing_everything_warns_of_nothing_and_has_no_side_effect():
    names = [
        found.name
        for found in pkgutil.walk_packages([str(PACKAGE)], "ldapconnector.")
        # The first is a program; hypothesis and pytest are not everybody's.
        if not found.name.endswith(("._guardian", ".strategies", ".pytest_plugin"))
    ]
    assert len(names) > 100
    code = f"import importlib\nfor name in {names!r}: importlib.import_module(name)"
    done = subprocess.run(
        [
            *(sys.executable, "-W", "error"),
            *("-W", "ignore:tagMap is deprecated:DeprecationWarning"),
            *("-W", "ignore:typeMap is deprecated:DeprecationWarning", "-c", code),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


VALUES = [
    ldapconnector.DN.parse("cn=a,dc=x"),
    ldapconnector.Filter.parse("(&(cn=a)(!(b=*)))"),
    ldapconnector.Entry("cn=a,dc=x", {"cn": ["a", "b"]}),
    ldapconnector.Expression.parse("ToLower([mail])"),
    AttributeMapping(target="mail", source=Direct("mail")),
    ConnectorConfiguration(connection=ConnectionProfile(hosts="ldap.example.com")),
    ProvisioningRules(mappings=[AttributeMapping(target="mail", source=Direct("mail"))]),
    Plan(unchanged=3),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_pickle_and_equal_ones_have_one_hash(value):
    again = pickle.loads(pickle.dumps(value))
    assert again == value
    assert hash(again) == hash(value)
    assert {again, value} == {value}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_cannot_be_changed(value):
    name = next(iter(attrs.fields_dict(type(value))), "root") if attrs.has(type(value)) else "text"
    with pytest.raises((AttributeError, attrs.exceptions.FrozenInstanceError, TypeError)):
        setattr(value, name, None)
