"""What a stranger does: build, install into an empty environment, run the README's code.

For each Python that is present. Where no package can be fetched, the tests skip.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

# One worker builds for all.
pytestmark = pytest.mark.xdist_group("wheel")

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def interpreter(version):
    """Return a Python of this version that works, or None."""
    roots = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    found = [path for root in roots for path in sorted(root.glob(f"{version}.*/bin/python"))]
    for candidate in (shutil.which(f"python{version}"), *found):
        if candidate is None:
            continue
        asked = [candidate, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)
        if done.stdout.strip() == version:
            return candidate
    return None


def run(*command, cwd=None, **environment):
    return subprocess.run(
        command,
        cwd=cwd,
        # A variable that makes the source tree importable would spoil the test.
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )


def installed(python, folder, *packages):
    """Return the Python of a new environment with the packages, and nothing else."""
    made = run(python, "-m", "venv", str(folder))
    assert made.returncode == 0, made.stderr
    inside = str(folder / "bin" / "python")
    done = run(
        *(inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--retries", "1", *packages),
    )
    if "No matching distribution" in done.stderr or "NewConnectionError" in done.stderr:
        pytest.skip("no packages can be fetched here")
    assert done.returncode == 0, done.stderr
    return inside


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("built")
    python = installed(sys.executable, folder / "builder", "hatchling")
    # From a copy of what is committed or will be: no leftover of the work tree gets in.
    done = run(python, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (source,) = (folder / "unpacked").iterdir()
    done = run(python, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=source)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return source, wheel


def test_the_wheel_holds_the_package_and_nothing_else(built):
    _, wheel = built
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "ldapconnector/py.typed" in names
    assert "ldapconnector/expressions/grammar.lark" in names
    assert all(name.startswith(("ldapconnector/", "ldapconnector-")) for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_the_sdist_holds_what_is_needed_to_test_and_document(built):
    source, _ = built
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "mkdocs.yml", "docs/index.md", "tests"):
        assert (source / name).exists(), name


@pytest.mark.parametrize("version", VERSIONS)
def test_the_readme_runs_from_the_wheel_in_an_empty_environment(version, built, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    source, wheel = built
    inside = installed(python, tmp_path / "empty", str(wheel))
    work = tmp_path / "work"
    shutil.copytree(source / "docs" / "examples", work / "docs" / "examples")
    text = (source / "README.md").read_text(encoding="utf-8")
    code = "\n".join(BLOCK.findall(text))
    (work / "readme.py").write_text(code, encoding="utf-8")
    done = run(
        *(inside, "-W", "error"),
        # As for our own tests: ldap3 uses two names that pyasn1 renamed.
        *("-W", "ignore::DeprecationWarning:ldap3", "readme.py"),
        cwd=work,
        PYTHONUTF8="1",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == ["22 create, 2 skip, 4 fault, 0 unchanged", "True"]
    assert "cn=Zoe Cote,ou=people,dc=example" in done.stdout
