"""The sample of user code is right for mypy and for pyright, and wrong code is found."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WRONG = """
from ldapconnector import DN, Expression, Plan

number: int = DN.parse("cn=a").depth
text: int = Expression.parse("[a]").text
Plan().release(digest=5)
DN.parse(5)
"""


def check(tool, *arguments):
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", tool, *arguments],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    if tool == "pyright" and "Unexpected error" in done.stdout + done.stderr:
        pytest.skip("pyright cannot get its Node.js here")
    return done


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(WRONG, encoding="utf-8")
    return str(path)


def test_mypy_accepts_the_sample():
    done = check("mypy", "--strict", str(HERE / "api.py"))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["linux_users", "plan_page", "sql_connector"])
def test_mypy_accepts_the_examples(name):
    done = check("mypy", "--strict", str(HERE.parents[1] / "docs" / "examples" / f"{name}.py"))
    assert done.returncode == 0, done.stdout


def test_mypy_finds_wrong_code(wrong):
    done = check("mypy", "--strict", wrong)
    assert "Found 3 errors" in done.stdout, done.stdout


def test_pyright_accepts_the_sample():
    done = check("pyright", "--pythonpath", sys.executable, str(HERE / "api.py"))
    assert done.returncode == 0, done.stdout
    assert "0 errors, 0 warnings" in done.stdout


def test_pyright_finds_wrong_code(wrong):
    done = check("pyright", "--pythonpath", sys.executable, wrong)
    assert "3 errors" in done.stdout, done.stdout
