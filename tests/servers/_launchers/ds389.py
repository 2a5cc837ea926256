"""389 Directory Server as a throw-away instance.

Its files are made from the package's template, so neither dscreate nor systemd is needed and
nothing is written outside of the instance's folder.
"""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from ldapconnector.testing import Certificates, DirectoryServer
from ldapconnector.testing._daemon import Daemon, on_free_ports, remove_folder, speaks_ldap

from . import ldap_utils
from .pkcs12 import write_pkcs12

__all__ = ["missing", "require", "start_ds389"]

_SHARE: Final = Path("/usr/share/dirsrv")
_ETC: Final = Path("/etc/dirsrv")
_SUFFIX: Final = "dc=example,dc=com"
_ADMIN: Final = "cn=Directory Manager"
_PASSWORD: Final = "Secret123"
_USER_PASSWORD: Final = "alicepw1"
_PLUGINS: Final = frozenset(
    {
        "cn=memberof plugin,cn=plugins,cn=config",
        "cn=retro changelog plugin,cn=plugins,cn=config",
        "cn=referential integrity postoperation,cn=plugins,cn=config",
        "cn=attribute uniqueness,cn=plugins,cn=config",
        "cn=content synchronization,cn=plugins,cn=config",
        "cn=usn,cn=plugins,cn=config",
    }
)


def missing() -> str:
    """Return why 389 DS cannot be started here, or an empty string."""
    if _program("ns-slapd") is None or not (_SHARE / "data/template-dse.ldif").exists():
        return "389 Directory Server (Debian package: 389-ds-base) is not installed"
    if _program("certutil") is None:
        return "certutil (Debian package: libnss3-tools) is not installed"
    if os.geteuid() != 0:
        return "389 Directory Server is started by root only"
    return ldap_utils.missing()


def require() -> None:
    """Skip the test where 389 DS cannot be started, and say why."""
    if reason := missing():
        pytest.skip(reason)


def start_ds389(
    certificates: Certificates, *, environment: Mapping[str, str] | None = None
) -> DirectoryServer:
    """Start a 389 DS: retro changelog, MemberOf, referential integrity, uid unique, entryUUID.

    ``ou=staff`` has the accounts ``alice``, ``ext`` (who the client certificate is) and
    ``locked`` (by nsAccountLock; ``extra["locked_dn"]``, password as the user's).
    """

    def start(ports: tuple[int, ...]) -> DirectoryServer:
        folder = Path(tempfile.mkdtemp(prefix="ds389-"))
        try:
            return _start(certificates, folder, ports, environment)
        except BaseException:
            remove_folder(folder)
            raise

    return on_free_ports(2, start)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")


def _start(
    certificates: Certificates,
    folder: Path,
    ports: tuple[int, ...],
    environment: Mapping[str, str] | None,
) -> DirectoryServer:
    plain, tls = ports
    configuration = folder / "conf"
    for name in ("conf/schema", "db", "log", "lock", "run", "ldif", "bak", "tmp", "inst"):
        (folder / name).mkdir(parents=True)
    # The other schema files are read from /usr/share.
    shutil.copy(_ETC / "schema/99user.ldif", configuration / "schema")
    shutil.copy(_ETC / "config/slapd-collations.conf", configuration)
    # A client certificate is the entry that (cn=<CN of its subject>) finds in the whole suffix.
    (configuration / "certmap.conf").write_text(
        "certmap default default\ndefault:DNComps\ndefault:FilterComps cn\n", encoding="ascii"
    )
    _key_database(certificates, configuration)
    # Two blank lines in a row would end ns-slapd without a word.
    (configuration / "dse.ldif").write_text(
        "\n\n".join(_dse(folder, plain, tls)) + "\n\n", encoding="utf-8"
    )
    slapd = _program("ns-slapd")
    assert slapd is not None
    daemon = Daemon(
        # Without a pid file of its own it would change the mode of /dev/null. -d: in the
        # foreground.
        [slapd, "-D", str(configuration), "-i", str(folder / "run/slapd.pid"), "-d", "0"],
        folder=folder,
        ready=lambda: speaks_ldap(plain),
        ports=ports,
        environment=environment,
        limit=60,
        grace=20,
    )
    server = DirectoryServer(
        product="389 Directory Server",
        url=f"ldap://127.0.0.1:{plain}",
        tls_url=f"ldaps://127.0.0.1:{tls}",
        suffix=_SUFFIX,
        people=f"ou=people,{_SUFFIX}",
        groups=f"ou=groups,{_SUFFIX}",
        admin_dn=_ADMIN,
        admin_password=_PASSWORD,
        user_dn=f"uid=alice,ou=staff,{_SUFFIX}",
        user_password=_USER_PASSWORD,
        certificates=certificates,
        folder=folder,
        extra={
            "changelog_dn": "cn=changelog",
            "locked_dn": f"uid=locked,ou=staff,{_SUFFIX}",
        },
        daemon=daemon,
    )
    added = ldap_utils.run_ldapmodify(server, "\n\n".join(_base_entries()) + "\n")
    if added.code:
        server.stop()
        raise AssertionError(f"389 DS refused the base entries: {added.errors}")
    return server


def _key_database(certificates: Certificates, configuration: Path) -> None:
    """Make the NSS database of keys, with an empty password."""
    write_pkcs12(certificates, configuration / "server.p12", name="Server-Cert", password="once")
    (configuration / "pw").touch(mode=0o600)
    for command in (
        ["certutil", "-N", "-d", "sql:.", "-f", "pw"],
        ["pk12util", "-i", "server.p12", "-d", "sql:.", "-k", "pw", "-W", "once"],
        [
            *("certutil", "-A", "-d", "sql:.", "-f", "pw", "-n", "test-ca"),
            *("-t", "CT,,", "-a", "-i", str(certificates.ca)),
        ],
    ):
        subprocess.run(command, cwd=configuration, check=True, capture_output=True, timeout=60)


def _dse(folder: Path, plain: int, tls: int) -> Iterator[str]:
    """Yield the entries of cn=config as LDIF blocks."""
    configuration = folder / "conf"
    values = {
        "schema_dir": configuration / "schema",
        "lock_dir": folder / "lock",
        "tmp_dir": folder / "tmp",
        "cert_dir": configuration,
        "ldif_dir": folder / "ldif",
        "bak_dir": folder / "bak",
        "run_dir": folder / "run",
        "inst_dir": folder / "inst",
        "log_dir": folder / "log",
        "config_dir": configuration,
        "db_dir": folder / "db",
        "db_home_dir": folder / "db",
        "db_lib": "bdb",
        "fqdn": "localhost",
        "ds_port": plain,
        "ds_user": getpass.getuser(),
        "ds_suffix": _SUFFIX,
        "rootdn": _ADMIN,
        "ds_passwd": f"{{CLEAR}}{_PASSWORD}",
        "ldapi_enabled": "on",
        "ldapi": folder / "ldapi",
        "ldapi_autobind": "on",
    }
    for name in ("template-dse.ldif", "template-sasl.ldif"):
        text = (_SHARE / "data" / name).read_text(encoding="utf-8")
        for key, value in values.items():
            text = text.replace(f"%{key}%", str(value))
        text = "\n".join(line.rstrip() for line in text.splitlines() if line[:1] != "#")
        for block in text.split("\n\n"):
            if block.strip():
                yield _adapted(block.strip("\n"), plain, tls)
    yield from _own_configuration(folder)


def _adapted(block: str, plain: int, tls: int) -> str:
    dn = block.partition("\n")[0].partition(":")[2].strip().casefold()
    if dn == "cn=config":
        return f"""{block}
nsslapd-listenhost: 127.0.0.1
nsslapd-securelistenhost: 127.0.0.1
nsslapd-secureport: {tls}
nsslapd-security: on
nsslapd-ssl-check-hostname: off
nsslapd-defaultnamingcontext: {_SUFFIX}
passwordStorageScheme: SSHA512
nsslapd-rootpwstoragescheme: SSHA512
nsslapd-enable-upgrade-hash: off
nsslapd-sizelimit: 500
nsslapd-errorlog-logbuffering: off
nsslapd-ndn-cache-enabled: off
nsslapd-threadnumber: 8
nsslapd-maxdescriptors: 1024"""
    if dn not in _PLUGINS:
        return block
    block = block.replace("nsslapd-pluginenabled: off", "nsslapd-pluginenabled: on")
    if dn.startswith("cn=memberof"):
        block += "\nmemberofautoaddoc: nsMemberOf"
    if dn.startswith("cn=retro"):
        block += "\nnsslapd-attribute: nsuniqueid:targetUniqueId"
    return block


def _own_configuration(folder: Path) -> Iterator[str]:
    yield """dn: cn=entryuuid_syntax,cn=plugins,cn=config
objectClass: top
objectClass: nsSlapdPlugin
cn: entryuuid_syntax
nsslapd-pluginPath: libentryuuid-syntax-plugin
nsslapd-pluginInitfunc: entryuuid_syntax_plugin_init
nsslapd-pluginType: syntax
nsslapd-pluginEnabled: on"""
    yield """dn: cn=entryuuid,cn=plugins,cn=config
objectClass: top
objectClass: nsSlapdPlugin
cn: entryuuid
nsslapd-pluginPath: libentryuuid-plugin
nsslapd-pluginInitfunc: entryuuid_plugin_init
nsslapd-pluginType: betxnpreoperation
nsslapd-pluginEnabled: on"""
    yield """dn: cn=entryUUID,cn=default indexes,cn=config,cn=ldbm database,cn=plugins,cn=config
objectClass: top
objectClass: nsIndex
cn: entryUUID
nsSystemIndex: false
nsIndexType: eq
nsIndexType: pres"""
    escaped = _SUFFIX.replace("=", r"\3D").replace(",", r"\2C")
    yield f"""dn: cn={escaped},cn=mapping tree,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsMappingTree
cn: {_SUFFIX}
nsslapd-state: backend
nsslapd-backend: userroot"""
    # Small caches: the automatic sizes would take most of a gigabyte.
    yield f"""dn: cn=userroot,cn=ldbm database,cn=plugins,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsBackendInstance
cn: userroot
nsslapd-suffix: {_SUFFIX}
nsslapd-cachesize: -1
nsslapd-cachememsize: 8388608
nsslapd-dncachememsize: 4194304"""
    yield f"""dn: cn=bdb,cn=config,cn=ldbm database,cn=plugins,cn=config
objectClass: top
objectClass: extensibleObject
cn: bdb
nsslapd-cache-autosize: 0
nsslapd-dbcachesize: 8388608
nsslapd-db-home-directory: {folder}/db
nsslapd-db-durable-transaction: off
nsslapd-import-cache-autosize: 0"""


def _base_entries() -> Iterator[str]:
    yield f"""dn: {_SUFFIX}
objectClass: top
objectClass: domain
dc: example
aci: (targetattr!="userPassword")(version 3.0; acl "anyone reads"; allow (read,search,compare) userdn="ldap:///anyone";)
aci: (targetattr="userPassword || mail || telephoneNumber")(version 3.0; acl "self writes"; allow (write) userdn="ldap:///self";)"""
    for name in ("people", "groups", "staff"):
        yield f"dn: ou={name},{_SUFFIX}\nobjectClass: organizationalUnit\nou: {name}"
    yield f"""dn: uid=alice,ou=staff,{_SUFFIX}
objectClass: inetOrgPerson
objectClass: posixAccount
objectClass: shadowAccount
uid: alice
cn: Alice Example
sn: Example
mail: alice@example.com
uidNumber: 10001
gidNumber: 10001
homeDirectory: /home/alice
loginShell: /bin/bash
userPassword: {_USER_PASSWORD}"""
    yield f"""dn: uid=ext,ou=staff,{_SUFFIX}
objectClass: inetOrgPerson
uid: ext
cn: External Person
cn: ext
sn: Person"""
    yield f"""dn: uid=locked,ou=staff,{_SUFFIX}
objectClass: inetOrgPerson
uid: locked
cn: Locked Person
sn: Person
userPassword: {_USER_PASSWORD}
nsAccountLock: true"""
