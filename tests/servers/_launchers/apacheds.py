"""Apache Directory Server as a throw-away instance."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ldapconnector.testing import Certificates, DirectoryServer
from ldapconnector.testing._daemon import Daemon, on_free_ports, remove_folder, speaks_ldap

from . import ldap_utils
from .pkcs12 import write_pkcs12

__all__ = ["missing", "require", "start_apacheds"]

_ETC: Final = Path("/etc/apacheds")
_DEFAULTS: Final = Path("/etc/default/apacheds")
_JARS: Final = Path("/usr/share/java")
# What the package's own class path forgets, as far as it is here.
_MORE_JARS: Final = (
    *("caffeine", "commons-lang3", "commons-collections4", "commons-text", "commons-codec"),
    *("antlr", "bcpkix", "bcutil"),
)
_SUFFIX: Final = "dc=example,dc=com"
_ADMIN: Final = "uid=admin,ou=system"
_PASSWORD: Final = "secret"
_USER_PASSWORD: Final = "alicepw"


def missing() -> str:
    """Return why ApacheDS cannot be started here, or an empty string."""
    if shutil.which("java") is None:
        return "java (Debian package: openjdk-17-jre-headless) is not installed"
    if not _DEFAULTS.exists():
        return "ApacheDS (Debian package: apacheds) is not installed"
    if not os.access(_ETC / "config.ldif", os.R_OK):
        return f"{_ETC}/config.ldif can be read by root only"
    return ldap_utils.missing()


def require() -> None:
    """Skip the test where ApacheDS cannot be started, and say why."""
    if reason := missing():
        pytest.skip(reason)


def start_apacheds(certificates: Certificates) -> DirectoryServer:
    """Start an ApacheDS with the partition dc=example,dc=com; takes some seven seconds."""

    def start(ports: tuple[int, ...]) -> DirectoryServer:
        folder = Path(tempfile.mkdtemp(prefix="apacheds-"))
        try:
            return _start(certificates, folder, ports)
        except BaseException:
            remove_folder(folder)
            raise

    return on_free_ports(2, start)


def _start(certificates: Certificates, folder: Path, ports: tuple[int, ...]) -> DirectoryServer:
    plain, tls = ports
    instance = folder / "instance"
    for name in ("conf", "log", "run", "cache", "partitions"):
        (instance / name).mkdir(parents=True)
    store = instance / "conf/server.p12"
    write_pkcs12(certificates, store, name="server", password=_PASSWORD)
    (instance / "conf/config.ldif").write_text(_configuration(store, plain, tls), encoding="utf-8")
    logging = instance / "conf/log4j.properties"
    logging.write_text("\n".join(_log_settings()) + "\n", encoding="utf-8")
    class_path = ["/usr/share/apacheds/lib/*", *(f"{_JARS}/{n}.jar" for n in _MORE_JARS)]
    java = shutil.which("java")
    assert java is not None
    daemon = Daemon(
        [
            *(java, "-Djava.awt.headless=true", "-Xmx256m", "-XX:+UseSerialGC"),
            *("-XX:TieredStopAtLevel=1", "-Xshare:auto", f"-Djava.io.tmpdir={folder}"),
            # Without these two lists the root DSE offers fewer than the product does.
            f"-Dapacheds.controls={_default('ADS_CONTROLS')}",
            f"-Dapacheds.extendedOperations={_default('ADS_EXTENDED_OPERATIONS')}",
            *(f"-Dlog4j.configuration=file:{logging}", f"-Dapacheds.log.dir={instance}/log"),
            *("-cp", ":".join(class_path), "org.apache.directory.server.UberjarMain"),
            f"{instance}/",
        ],
        folder=folder,
        ready=lambda: speaks_ldap(plain),
        ports=ports,
        limit=120,
        grace=15,
    )
    server = DirectoryServer(
        product="ApacheDS",
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
        daemon=daemon,
    )
    added = ldap_utils.run_ldapmodify(server, "\n\n".join(_base_entries()) + "\n")
    if added.code:
        server.stop()
        raise AssertionError(f"ApacheDS refused the base entries: {added.errors}")
    return server


def _configuration(store: Path, plain: int, tls: int) -> str:
    text = (_ETC / "config.ldif").read_text(encoding="utf-8")
    key_store = f"ads-keystoreFile: {store}\nads-certificatePassword: {_PASSWORD}"
    for pattern, replacement in (
        (r"ads-transportaddress: .*", "ads-transportaddress: 127.0.0.1"),
        (r"ads-systemport: 10389", f"ads-systemport: {plain}"),
        (r"ads-systemport: 10636", f"ads-systemport: {tls}"),
        (r"ads-saslHost: .*", "ads-saslHost: localhost"),
        (r"ads-saslPrincipal: .*", "ads-saslPrincipal: ldap/localhost@EXAMPLE.COM"),
        (
            r"ads-searchBaseDN: ou=users,ou=system",
            f"ads-searchBaseDN: ou=staff,{_SUFFIX}\n{key_store}",
        ),
    ):
        # Backslashes in a replacement would be read as references.
        text = re.sub(rf"(?im)^{pattern}$", replacement.replace("\\", r"\\"), text)
    return text


def _log_settings() -> Iterator[str]:
    for line in (_ETC / "log4j.properties").read_text(encoding="utf-8").splitlines():
        if line.startswith("log4j.rootCategory"):
            yield "log4j.rootCategory=WARN, stdout"
        elif not line.startswith("log4j.appender.R"):
            yield line


def _default(name: str) -> str:
    """Return a variable of the package's shell script of defaults."""
    text = _DEFAULTS.read_text(encoding="utf-8").replace("\\\n", "")
    found = re.search(rf'^{name}="([^"]*)"', text, re.MULTILINE)
    return found[1] if found else ""


def _base_entries() -> Iterator[str]:
    for name in ("people", "groups", "staff"):
        yield f"dn: ou={name},{_SUFFIX}\nobjectClass: organizationalUnit\nou: {name}"
    yield f"""dn: uid=alice,ou=staff,{_SUFFIX}
objectClass: inetOrgPerson
uid: alice
cn: Alice Example
sn: Example
mail: alice@example.com
userPassword: {_USER_PASSWORD}"""
