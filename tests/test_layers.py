"""The arrows between the rooms: complete in pyproject.toml, kept, and able to fail."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("importlinter", reason="import-linter is not installed (extra dev)")

ROOT = Path(__file__).resolve().parents[1]

# What each room may import: everything that stands left of it in its chain.
_NAMES = ("errors", "secret", "names")
_SCHEMA = (*_NAMES, "entries", "schema")
_DIRECTORY = (*_SCHEMA, "vendors", "profile", "directory")
_PLANNING = (*_SCHEMA, "vendors", "expressions", "mapping", "planning")
ARROWS = {
    "errors": (),
    "secret": ("errors",),
    "names": ("errors", "secret"),
    "entries": _NAMES,
    "schema": (*_NAMES, "entries"),
    "vendors": _SCHEMA,
    "expressions": ("errors",),
    "mapping": (*_SCHEMA, "expressions"),
    "profile": _NAMES,
    "directory": tuple(room for room in _DIRECTORY if room != "directory"),
    "connector": _DIRECTORY,
    "planning": tuple(room for room in _PLANNING if room != "planning"),
    "configuration": (*_PLANNING, "profile"),
    "provisioning": (*{*_PLANNING, *_DIRECTORY}, "connector", "configuration"),
    "testing": (*{*_PLANNING, *_DIRECTORY}, "connector", "configuration", "provisioning"),
}


def contracts():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {found["id"]: found for found in settings["tool"]["importlinter"]["contracts"]}


def rooms(names):
    return {name.removeprefix("ldapconnector.") for name in names}


def lint(folder, *arguments):
    # Only this interpreter's own tool, and only the tree in `folder`.
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    return subprocess.run(
        [
            *(
                sys.executable,
                "-c",
                "from importlinter.cli import lint_imports_command as run; run()",
            ),
            *("--no-cache", *arguments),
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_no_room_looks_into_a_private_module_of_another():
    package = ROOT / "src/ldapconnector"
    rooms = set(ARROWS)
    found = set()
    for path in package.rglob("*.py"):
        here = path.relative_to(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            library, _, inside = node.module.partition(".")
            if library != "ldapconnector" or inside.split(".")[0] not in rooms:
                continue
            room, *steps = inside.split(".")
            taken = [*steps, *(name.name for name in node.names)]
            if room != Path(here.parts[0]).stem and any(one.startswith("_") for one in taken):
                found.add(here.as_posix())
    assert not found


def test_every_room_is_in_the_table():
    found = {
        path.stem
        for path in (ROOT / "src/ldapconnector").iterdir()
        if not path.name.startswith("_") and (path.suffix == ".py" or path.is_dir())
    }
    assert found == set(ARROWS)


@pytest.mark.parametrize("room", sorted(ARROWS))
def test_the_contract_of_a_room_is_its_row(room):
    forbidden = set(ARROWS) - set(ARROWS[room]) - {room}
    found = contracts().get(room)
    if not forbidden:
        assert found is None
        return
    assert rooms(found["source_modules"]) == {room}
    assert rooms(found["forbidden_modules"]) == forbidden
    assert "ignore_imports" not in found
    assert not found.get("allow_indirect_imports", False)


@pytest.mark.parametrize(
    ("contract", "free"), [("ldap3", {"directory"}), ("lark", set()), ("cattrs", {"configuration"})]
)
def test_a_library_is_kept_out_of_every_other_room(contract, free):
    assert rooms(contracts()[contract]["source_modules"]) == set(ARROWS) - free


def test_the_arrows_are_kept():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the sources, to plant violations in."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "_planted.py")
    )
    return folder


def package_rooms():
    return [room for room in ARROWS if (ROOT / "src/ldapconnector" / room).is_dir()]


def direct_violations():
    for room in package_rooms():
        for other in sorted(set(ARROWS) - set(ARROWS[room]) - {room})[:1]:
            yield room, {room: f"import ldapconnector.{other}"}


@pytest.mark.parametrize(
    ("contract", "plants"),
    [
        *direct_violations(),
        ("expressions", {"expressions": "from ldapconnector.names import DN"}),
        ("planning", {"planning": "def late():\n    import ldapconnector.directory"}),
        (
            "planning",
            {
                "planning": "import ldapconnector.mapping._planted",
                "mapping": "import ldapconnector.directory",
            },
        ),
        ("ldap3", {"connector": "def late():\n    import ldap3.core.exceptions"}),
        ("ldap3", {"entries": "from pyasn1.codec.ber import decoder"}),
        ("lark", {"expressions": "import lark"}),
        ("lark", {"mapping": "from lark.exceptions import LarkError"}),
        ("cattrs", {"planning": "import cattrs.gen"}),
        ("cattrs", {"names": "def late():\n    from cattrs import Converter"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_planted_violation_is_found(tree, contract, plants):
    planted = [tree / "src/ldapconnector" / room / "_planted.py" for room in plants]
    try:
        for path, text in zip(planted, plants.values(), strict=True):
            path.write_text(text + "\n", encoding="utf-8")
        result = lint(tree, "--contract", contract)
    finally:
        for path in planted:
            path.unlink(missing_ok=True)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 broken" in result.stdout
    assert "_planted" in result.stdout
