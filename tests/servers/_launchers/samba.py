"""Samba as an Active Directory domain controller, a throw-away one on loopback.

Provisioning a domain takes ten seconds, so the fresh domain is kept, for the next start on
this machine, in a file of the temporary folder that only its owner can write to.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ldapconnector.testing import DirectoryServer, make_certificates
from ldapconnector.testing._daemon import Daemon, remove_folder, speaks_ldap

from . import ldap_utils

__all__ = ["missing", "require", "start_samba"]

_REALM: Final = "SAMDOM.EXAMPLE.COM"
_SUFFIX: Final = "DC=samdom,DC=example,DC=com"
_PASSWORD: Final = "Passw0rd!"
_USER_PASSWORD: Final = "alicepw"
_PATH: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"
# Samba's ports are fixed, so each instance has a loopback address of its own.
_LDAP, _LDAPS, _KERBEROS = 389, 636, 88
_PROVISION_LIMIT: Final = 240


def missing() -> str:
    """Return why no domain controller can be started here, or an empty string."""
    for program, package in {"samba": "samba-ad-dc", "samba-tool": "samba"}.items():
        if shutil.which(program, path=_PATH) is None:
            return f"{program} (Debian package: {package}) is not installed"
    if not Path("/usr/share/samba/setup").is_dir():
        return "Samba's provisioning (Debian package: samba-ad-provision) is not installed"
    if os.geteuid() != 0:
        return "a Samba domain controller is started by root only"
    if _free_address() is None:
        return f"Samba needs port {_LDAP} of a loopback address, and another server has all of them"
    return ldap_utils.missing()


def require() -> None:
    """Skip the test where no domain controller can be started, and say why."""
    if reason := missing():
        pytest.skip(reason)


def start_samba() -> DirectoryServer:
    """Start a domain controller of the domain SAMDOM (LDAP and Kerberos only).

    ``extra`` has ``krb5_conf``, for KRB5_CONFIG; the user is ``alice`` in ``CN=Users``.
    """
    address = _free_address()
    assert address is not None, missing()
    folder = Path(tempfile.mkdtemp(prefix="samba-"))
    try:
        return _start(folder, address)
    except BaseException:
        remove_folder(folder)
        raise


def _free_address() -> str | None:
    """Return a loopback address whose LDAP port is free, or None."""
    source = random.SystemRandom()
    for _ in range(20):
        address = f"127.66.{source.randrange(256)}.{source.randrange(1, 255)}"
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, _LDAP))
            return address
    return None


def _run(*command: str | Path, folder: Path) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": _PATH, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=_PROVISION_LIMIT,
        check=False,
    )
    assert done.returncode == 0, f"{command[:3]} failed: {(done.stdout + done.stderr)[-2000:]}"


def _configuration(domain: Path, folder: Path, address: str) -> Iterator[str]:
    yield "[global]"
    yield "netbios name = DC1"
    yield "workgroup = SAMDOM"
    yield f"realm = {_REALM}"
    yield "server role = active directory domain controller"
    yield "server services = ldap, kdc"
    yield f"interfaces = {address}/8"
    yield "bind interfaces only = yes"
    yield f"private dir = {domain}/private"
    yield f"binddns dir = {domain}/bind-dns"
    yield f"cache directory = {domain}/cache"
    yield f"lock directory = {domain}"
    yield f"state directory = {domain}/state"
    yield f"pid directory = {folder}/run"
    yield f"ncalrpc dir = {folder}/run/ncalrpc"
    yield f"ntp signd socket directory = {folder}/run/ntp_signd"
    yield f"winbindd socket directory = {folder}/run/winbindd"
    yield f"log file = {folder}/samba.log"
    # Tests of simple binds without TLS need this; the real default refuses them.
    yield "ldap server require strong auth = no"
    yield "tls enabled = yes"
    yield f"tls keyfile = {folder}/tls/server.key"
    yield f"tls certfile = {folder}/tls/server.pem"
    yield f"tls cafile = {folder}/tls/ca.pem"
    yield "idmap_ldb:use rfc2307 = yes"


def _start(folder: Path, address: str) -> DirectoryServer:
    with tarfile.open(_domain()) as archive:
        archive.extractall(folder, filter="fully_trusted")
    (folder / "run").mkdir()
    (folder / "tls").mkdir()
    certificates = make_certificates(folder / "tls", extra_addresses=[address])
    configuration = folder / "smb.conf"
    configuration.write_text(
        "\n".join(_configuration(folder / "dc", folder, address)) + "\n", encoding="utf-8"
    )
    krb5_conf = folder / "krb5.conf"
    krb5_conf.write_text(
        f"""[libdefaults]
 default_realm = {_REALM}
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {_REALM} = {{
  kdc = {address}:{_KERBEROS}
 }}
[domain_realm]
 localhost = {_REALM}
 .samdom.example.com = {_REALM}
""",
        encoding="ascii",
    )
    samba = shutil.which("samba", path=_PATH)
    assert samba is not None
    daemon = Daemon(
        [samba, "-i", "-M", "single", f"--configfile={configuration}", "--debug-stdout"],
        folder=folder,
        ready=lambda: speaks_ldap(_LDAP, address),
        host=address,
        ports=[_LDAP, _LDAPS],
        limit=60,
    )
    server = DirectoryServer(
        product="Samba AD",
        url=f"ldap://{address}:{_LDAP}",
        tls_url=f"ldaps://{address}:{_LDAPS}",
        suffix=_SUFFIX,
        people=f"OU=people,{_SUFFIX}",
        groups=f"OU=groups,{_SUFFIX}",
        admin_dn=f"CN=Administrator,CN=Users,{_SUFFIX}",
        admin_password=_PASSWORD,
        user_dn=f"CN=Alice Example,CN=Users,{_SUFFIX}",
        user_password=_USER_PASSWORD,
        certificates=certificates,
        folder=folder,
        extra={"krb5_conf": str(krb5_conf), "realm": _REALM},
        daemon=daemon,
    )
    units = "\n".join(
        f"dn: OU={name},{_SUFFIX}\nobjectClass: organizationalUnit\nou: {name}\n"
        for name in ("people", "groups")
    )
    added = ldap_utils.run_ldapmodify(server, units)
    if added.code:
        server.stop()
        raise AssertionError(f"Samba refused the base entries: {added.errors}")
    return server


def _domain() -> Path:
    """Return the archive of a fresh domain, made when this machine has none yet."""
    version = subprocess.run(
        ["samba", "--version"],
        env={**os.environ, "PATH": _PATH},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[-1]
    kept = Path(tempfile.gettempdir()) / f"ldapconnector-samba-{os.geteuid()}-{version}.tar"
    with contextlib.suppress(OSError):
        found = kept.lstat()
        if found.st_uid == os.geteuid() and not found.st_mode & 0o022 and kept.is_file():
            return kept
        kept.unlink()
    with tempfile.TemporaryDirectory(prefix="samba-domain-") as name:
        folder = Path(name)
        _provision(folder)
        archive = folder / "domain.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(folder / "dc", "dc")
        archive.chmod(0o600)
        # Another worker may make it at the same time: the last one wins, whole.
        handed = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.move(archive, handed)
        handed.replace(kept)
    return kept


def _provision(folder: Path) -> None:
    (folder / "empty.conf").touch()
    _run(
        *("samba-tool", "domain", "provision", "--configfile=empty.conf", "--targetdir=dc"),
        *(f"--realm={_REALM}", "--domain=SAMDOM", "--server-role=dc", "--dns-backend=NONE"),
        *(f"--adminpass={_PASSWORD}", "--use-rfc2307", "--host-name=dc1"),
        *("--host-ip=127.0.0.1", "--plaintext-secrets"),
        folder=folder,
    )
    # Simple passwords for the tests' users.
    (folder / "smb.conf").write_text(
        "\n".join(_configuration(folder / "dc", folder, "127.0.0.1")) + "\n", encoding="utf-8"
    )
    database = ("--configfile=smb.conf", "-H", f"tdb://{folder}/dc/private/sam.ldb")
    _run(
        *("samba-tool", "domain", "passwordsettings", "set", *database, "--complexity=off"),
        *("--min-pwd-length=0", "--min-pwd-age=0", "--history-length=0"),
        folder=folder,
    )
    _run(
        *("samba-tool", "user", "create", "alice", _USER_PASSWORD, *database),
        *("--given-name=Alice", "--surname=Example", "--mail-address=alice@example.com"),
        *("--uid=alice", "--uid-number=10001", "--gid-number=10001"),
        *("--login-shell=/bin/bash", "--unix-home=/home/alice"),
        folder=folder,
    )
    _run("samba-tool", "spn", "add", "ldap/localhost", "DC1$", *database, folder=folder)
