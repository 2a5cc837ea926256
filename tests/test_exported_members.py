"""What a room offers is what its ``__all__`` says: complete, sorted, and there."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import types
from pathlib import Path

import pytest

import ldapconnector

ROOMS = sorted(
    f"ldapconnector.{found.name}" for found in pkgutil.iter_modules(ldapconnector.__path__)
)


def isort_style(name):
    """Constants, then classes, then functions, as ruff's RUF022 sorts them."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name.casefold(), name


@pytest.mark.parametrize("name", ["ldapconnector", *ROOMS])
def test_all_is_sorted_and_every_name_is_there(name):
    module = importlib.import_module(name)
    assert list(module.__all__) == sorted(set(module.__all__), key=isort_style)
    for member in module.__all__:
        assert getattr(module, member) is not None, member
        assert not member.startswith("_")


@pytest.mark.parametrize("name", ROOMS)
def test_all_is_complete(name):
    module = importlib.import_module(name)
    own = {
        member
        for member, value in vars(module).items()
        if not member.startswith("_")
        and not isinstance(value, types.ModuleType)
        and str(getattr(value, "__module__", "")).startswith("ldapconnector")
        # A single-module room also imports from the rooms left of it.
        and (hasattr(module, "__path__") or value.__module__ == name)
    }
    assert own <= set(module.__all__)


@pytest.mark.parametrize("name", ROOMS)
def test_exported_members_are_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for member in module.__all__:
        value = getattr(module, member)
        if isinstance(value, type | types.FunctionType):
            assert value.__doc__, f"{name}.{member} has no docstring"


def test_the_lazy_names_are_the_typed_names_are_the_exported_names():
    source = Path(ldapconnector.__file__).read_text(encoding="utf-8")
    blocks = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    typed = {
        (alias.name, statement.module)
        for block in blocks
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert {name for name, _ in typed} == set(ldapconnector.__all__)
    for name, room in typed:
        assert getattr(ldapconnector, name) is getattr(importlib.import_module(room), name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Conectr"):
        _ = ldapconnector.Conectr
    assert set(ldapconnector.__all__) <= set(dir(ldapconnector))
