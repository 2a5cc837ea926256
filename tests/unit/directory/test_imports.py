"""What importing and connecting loads, and under which warnings."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("room", ["profile", "directory", "connector"])
def test_a_room_loads_no_heavy_library(room):
    code = (
        f"import sys, ldapconnector.{room}\n"
        "print(sorted({'ldap3', 'pyasn1', 'cattrs', 'lark', 'regex', 'cryptography', 'gssapi'}"
        " & set(sys.modules)))"
    )
    done = run(code)
    assert done.stdout.strip() == "[]", done.stderr


def test_ldap3_can_be_loaded_where_warnings_are_errors():
    done = run(
        "import warnings\n"
        "from ldapconnector.directory._ldap3 import load_ldap3\n"
        "before = list(warnings.filters)\n"
        "load_ldap3()\n"
        "assert list(warnings.filters) == before\n"
        "print('loaded')"
    )
    assert done.stdout.strip() == "loaded", done.stderr
