"""A throw-away Kerberos realm (MIT) on loopback, with keytabs and tickets."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs
import pytest

from ldapconnector.testing._daemon import Daemon, on_free_ports, remove_folder

__all__ = ["Realm", "missing", "require", "start_kdc"]

_REALM: Final = "EXAMPLE.COM"
_PATH: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"
_USERS: Final = {"alice": "alicepw", "ext": "extpw"}


@attrs.frozen(kw_only=True, eq=False)
class Realm:
    """A Kerberos realm that runs for the tests.

    Attributes:
        name: ``EXAMPLE.COM``.
        address: of the KDC, ``127.0.0.1:PORT``.
        krb5_conf: for KRB5_CONFIG of everybody who takes part.
        server_keytab: of ``ldap/localhost``.
        user_keytab: of ``alice``, who can get tickets without a password.
        users: passwords by user.
        folder: everything that it writes.
        daemon: its process.
    """

    name: str
    address: str
    krb5_conf: Path
    server_keytab: Path
    user_keytab: Path
    users: Mapping[str, str]
    folder: Path = attrs.field(repr=False)
    daemon: Daemon = attrs.field(repr=False)

    @property
    def server_environment(self) -> dict[str, str]:
        """What an LDAP server needs to accept tickets."""
        return {"KRB5_CONFIG": str(self.krb5_conf), "KRB5_KTNAME": f"FILE:{self.server_keytab}"}

    def client_environment(self, cache: Path) -> dict[str, str]:
        """Return what a client needs whose tickets are in ``cache``."""
        return {"KRB5_CONFIG": str(self.krb5_conf), "KRB5CCNAME": f"FILE:{cache}"}

    def get_ticket(self, cache: Path, user: str = "alice") -> dict[str, str]:
        """Get a ticket for ``user`` by password; return the client's environment."""
        environment = self.client_environment(cache)
        subprocess.run(
            ["kinit", f"{user}@{self.name}"],
            input=f"{self.users[user]}\n",
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return environment

    def stop(self) -> None:
        """End it and remove its folder."""
        self.daemon.close()


def missing() -> str:
    """Return why no realm can be started here, or an empty string."""
    packages = {
        "krb5kdc": "krb5-kdc",
        "kdb5_util": "krb5-kdc",
        "kadmin.local": "krb5-admin-server",
        "kinit": "krb5-user",
    }
    for program, package in packages.items():
        if shutil.which(program, path=_PATH) is None:
            return f"{program} (Debian package: {package}) is not installed"
    return ""


def require() -> None:
    """Skip the test where no realm can be started, and say why."""
    if reason := missing():
        pytest.skip(reason)


def start_kdc() -> Realm:
    """Start the realm EXAMPLE.COM: users ``alice`` and ``ext``, service ``ldap/localhost``."""

    def start(ports: tuple[int, ...]) -> Realm:
        folder = Path(tempfile.mkdtemp(prefix="kdc-"))
        try:
            return _start(folder, ports[0])
        except BaseException:
            remove_folder(folder)
            raise

    return on_free_ports(1, start)


def _start(folder: Path, port: int) -> Realm:
    address = f"127.0.0.1:{port}"
    (folder / "krb5.conf").write_text(
        f"""[libdefaults]
 default_realm = {_REALM}
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 default_ccache_name = FILE:{folder}/ccache
[realms]
 {_REALM} = {{
  kdc = {address}
 }}
[domain_realm]
 localhost = {_REALM}
""",
        encoding="ascii",
    )
    (folder / "kdc.conf").write_text(
        f"""[kdcdefaults]
 kdc_listen = {address}
 kdc_tcp_listen = {address}
[realms]
 {_REALM} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/kadm5.acl
  max_life = 10h 0m 0s
  supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
 }}
[logging]
 kdc = FILE:{folder}/krb5kdc.log
""",
        encoding="ascii",
    )
    environment = {
        "KRB5_CONFIG": str(folder / "krb5.conf"),
        "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
        "PATH": _PATH,
    }
    realm_files = {"server": folder / "ldap.keytab", "user": folder / "alice.keytab"}

    def run(*command: str, text: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=text,
            env={**os.environ, **environment, **extra},
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    created = run("kdb5_util", "create", "-s", "-r", _REALM, "-P", "masterpw")
    assert created.returncode == 0, created.stderr
    orders = [f"addprinc -pw {password} {user}" for user, password in _USERS.items()]
    orders += [
        "addprinc -randkey ldap/localhost",
        f"ktadd -k {realm_files['server']} ldap/localhost",
        f"ktadd -norandkey -k {realm_files['user']} alice",
    ]
    done = run("kadmin.local", "-r", _REALM, text="\n".join(orders) + "\n")
    assert all(file.exists() for file in realm_files.values()), done.stderr

    def ready() -> bool:
        user = ("-k", "-t", str(realm_files["user"]), "alice")
        return run("kinit", *user, KRB5CCNAME=f"FILE:{folder}/probe").returncode == 0

    kdc = shutil.which("krb5kdc", path=_PATH)
    assert kdc is not None
    daemon = Daemon(
        [kdc, "-n", "-r", _REALM], folder=folder, ready=ready, ports=[port], environment=environment
    )
    return Realm(
        name=_REALM,
        address=address,
        krb5_conf=folder / "krb5.conf",
        server_keytab=realm_files["server"],
        user_keytab=realm_files["user"],
        users=dict(_USERS),
        folder=folder,
        daemon=daemon,
    )
