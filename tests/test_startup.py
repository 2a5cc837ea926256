"""Importing the library costs next to nothing and changes nothing."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import pytest

import ldapconnector

ROOMS = sorted(
    f"ldapconnector.{found.name}" for found in pkgutil.iter_modules(ldapconnector.__path__)
)
HEAVY = {
    *("ldap3", "pyasn1", "lark", "cattrs", "cattr", "regex"),
    *("cryptography", "gssapi", "pytest", "hypothesis", "tqdm"),
}


def run(code, *options):
    # -P: nothing of the working directory; warnings are errors as for a strict user.
    done = subprocess.run(
        [sys.executable, "-P", *options, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", ["ldapconnector", *ROOMS])
def test_an_import_loads_no_heavy_library(name):
    code = f"import json, sys, {name}; print(json.dumps(sorted(sys.modules)))"
    loaded = {module.partition(".")[0] for module in json.loads(run(code, "-W", "error"))}
    assert loaded & HEAVY == set()


def test_the_package_alone_loads_no_room():
    code = "import json, sys, ldapconnector; print(json.dumps(sorted(sys.modules)))"
    loaded = {module for module in json.loads(run(code)) if module.startswith("ldapconnector.")}
    assert loaded == set()


def test_every_public_name_can_be_had_where_warnings_are_errors():
    code = "import ldapconnector as l; print(all(getattr(l, n) is not None for n in l.__all__))"
    assert run(code, "-W", "error") == "True\n"


def test_ldap3_can_be_loaded_where_warnings_are_errors():
    # ldap3 2.9.1 uses names that pyasn1 0.6 deprecates; the edge must not let that out.
    code = (
        "from ldapconnector import ConnectionProfile, connect\n"
        "from ldapconnector.errors import ConnectionFailed\n"
        "try:\n"
        "    connect(ConnectionProfile.from_url('ldap://127.0.0.1:1'))\n"
        "except ConnectionFailed:\n"
        "    print('refused')\n"
    )
    assert run(code, "-W", "error") == "refused\n"


def test_nothing_is_logged_until_somebody_listens():
    code = "import logging, ldapconnector; logging.getLogger('ldapconnector.x').warning('word')"
    assert run(code) == ""
