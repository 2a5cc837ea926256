"""An OpenLDAP with many entries, loaded offline, for the benchmarks of import and export."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ldapconnector.testing import start_openldap

SUFFIX = "dc=example,dc=com"
PEOPLE = f"ou=people,{SUFFIX}"
ADMIN = f"cn=admin,{SUFFIX}"
PASSWORD = "secret"
FILTER = "(objectClass=inetOrgPerson)"

# slapd's 16 are meant for more processors than a benchmark has: they fight for the one write lock.
_THREADS = 2 * (os.cpu_count() or 1)

_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit unlimited
threads {threads}
database mdb
suffix {suffix}
rootdn {admin}
rootpw {password}
directory {folder}/db
maxsize 8589934592
dbnosync
index objectClass,uid eq
"""

_BASE = """dn: {suffix}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: {people}
objectClass: organizationalUnit
ou: people

"""

_PERSON = """dn: uid=user{n},{people}
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: inetOrgPerson
uid: user{n}
cn: User Number {n}
sn: Number{n}
givenName: User
mail: user{n}@example.com
telephoneNumber: +1 555 {n:07d}
title: Engineer {title}
ou: people
employeeNumber: {n}
description: A person with a description of some ordinary length, number {n}
l: Springfield
departmentNumber: {department}

"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def slapd(entries: int) -> Iterator[int]:
    """Load so many people of 12 attributes (15 values), start slapd, and yield its port."""
    path = shutil.which("slapd", path="/usr/sbin:/usr/local/sbin:/usr/libexec:/usr/bin")
    if path is None:
        sys.exit("slapd is not installed (Debian package: slapd)")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "db").mkdir()
        configuration = folder / "slapd.conf"
        names = {"folder": folder, "suffix": SUFFIX, "admin": ADMIN, "password": PASSWORD}
        names["threads"] = _THREADS
        configuration.write_text(_CONFIGURATION.format(**names))
        data = folder / "data.ldif"
        with data.open("w") as file:
            file.write(_BASE.format(suffix=SUFFIX, people=PEOPLE))
            for n in range(entries):
                file.write(_PERSON.format(n=n, people=PEOPLE, title=n % 17, department=n % 100))
        slapadd = str(Path(path).with_name("slapadd"))
        subprocess.run([slapadd, "-q", "-f", configuration, "-l", data], check=True)
        data.unlink()
        port = _free_port()
        server = subprocess.Popen(
            [path, "-f", configuration, "-h", f"ldap://127.0.0.1:{port}/", "-d", "none"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _await(port)
            yield port
        finally:
            server.terminate()
            server.wait()


def _await(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("slapd does not start")


@contextmanager
def logged_slapd() -> Iterator[int]:
    """Start the OpenLDAP of the tests, with its overlays and access log, and yield its port."""
    server = start_openldap(SUFFIX)
    try:
        assert (server.admin_dn, server.admin_password, server.people) == (ADMIN, PASSWORD, PEOPLE)
        yield server.port
    finally:
        server.stop()
