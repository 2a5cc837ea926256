"""A real OpenLDAP for tests: a throw-away slapd in a temporary folder, on loopback.

It starts in about a third of a second, as any user, and needs the Debian package ``slapd``
(or the same of another system). Overlays that the installation lacks are left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import attrs

from ldapconnector.errors import ConnectionFailed
from ldapconnector.testing._certificates import Certificates
from ldapconnector.testing._daemon import Daemon, on_free_ports, remove_folder, speaks_ldap
from ldapconnector.testing._server import DirectoryServer

__all__ = ["openldap_missing", "start_openldap"]

_PROGRAMS: Final = "/usr/sbin:/usr/local/sbin:/usr/libexec:/usr/lib/openldap:/usr/local/libexec"
_SCHEMAS: Final = ("/etc/ldap/schema", "/etc/openldap/schema", "/usr/local/etc/openldap/schema")
_MODULES: Final = (
    *("/usr/lib/ldap", "/usr/lib64/openldap", "/usr/lib/openldap"),
    *("/usr/libexec/openldap", "/usr/local/libexec/openldap"),
)
_OVERLAYS: Final = (
    *("syncprov", "memberof", "refint", "ppolicy", "accesslog"),
    *("unique", "dynlist", "sssvlv", "deref"),
)
_PASSWORD: Final = "secret"  # noqa: S105  of a server that only this machine can reach
_USER_PASSWORD: Final = "alicepw"  # noqa: S105


@attrs.frozen(kw_only=True)
class _Installation:
    slapd: str
    schemas: Path
    modules: Path | None

    def has(self, module: str) -> bool:
        return self.modules is not None and any(self.modules.glob(f"{module}.*"))


@attrs.frozen(kw_only=True)
class _Options:
    suffix: str
    empty: bool
    accesslog: bool
    size_limit: int
    verify_client: str
    certificates: Certificates | None
    certificate: str

    @property
    def seeds(self) -> str:
        """Where the accounts stand that the tests bind with."""
        return f"ou=staff,{self.suffix}"


def openldap_missing() -> str:
    """Return why OpenLDAP cannot be started here, or an empty string where it can.

    >>> openldap_missing() in ("", "slapd (Debian package: slapd) is not installed")
    True
    """
    if _find_installation() is None:
        return "slapd (Debian package: slapd) is not installed"
    return ""


def start_openldap(
    suffix: str = "dc=example,dc=com",
    *,
    empty: bool = False,
    accesslog: bool = True,
    size_limit: int = 500,
    certificates: Certificates | None = None,
    certificate: str = "server",
    verify_client: str = "try",
    environment: Mapping[str, str] | None = None,
) -> DirectoryServer:
    """Start a slapd of its own and return it when it answers.

    Its tree: ``ou=people`` and ``ou=groups`` (empty), ``ou=policies`` with the default
    password policy, and ``ou=staff`` with the accounts that tests bind with: ``alice``
    (ordinary), ``ext`` (who the client certificate is), ``locked`` (by the password policy).

    Args:
        suffix: the naming context; its first RDN must be a ``dc``.
        empty: nothing but the suffix entry itself.
        accesslog: record every write below ``cn=accesslog``; without it slapd is faster.
        size_limit: entries that anybody but the administrator gets from one search.
        certificates: turns on ``ldaps`` and StartTLS.
        certificate: which of ``certificates`` the server shows: ``server``, ``wrong_name``,
            ``expired`` or ``unknown_ca``.
        verify_client: slapd's TLSVerifyClient: ``never``, ``allow``, ``try`` or ``demand``.
        environment: added for the server; KRB5_CONFIG and KRB5_KTNAME turn on GSSAPI.

    Returns:
        The server. ``extra`` has ``ldapi_url``, ``config_dn`` and ``config_password`` (of
        ``cn=config``), ``locked_dn`` (password as the user's) and ``accesslog_dn`` (or empty).

    Raises:
        ConnectionFailed: it is not installed or does not start; the message says why.
    """
    installation = _find_installation()
    if installation is None:
        raise ConnectionFailed(f"{openldap_missing()}.", operation="start")
    options = _Options(
        suffix=suffix,
        empty=empty,
        accesslog=accesslog and installation.has("accesslog"),
        size_limit=size_limit,
        verify_client=verify_client,
        certificates=certificates,
        certificate=certificate,
    )

    def start(ports: tuple[int, ...]) -> DirectoryServer:
        # Short, since the path of a local socket may have 107 characters at most.
        folder = Path(tempfile.mkdtemp(prefix="slapd-"))
        try:
            return _start(installation, options, folder, ports, environment)
        except BaseException:
            remove_folder(folder)
            raise

    return on_free_ports(1 if certificates is None else 2, start)


def _find_installation() -> _Installation | None:
    slapd = shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:{_PROGRAMS}")
    schemas = next((Path(path) for path in _SCHEMAS if Path(path).is_dir()), None)
    if slapd is None or schemas is None:
        return None
    modules = next((Path(path) for path in _MODULES if Path(path).is_dir()), None)
    return _Installation(slapd=slapd, schemas=schemas, modules=modules)


def _start(
    installation: _Installation,
    options: _Options,
    folder: Path,
    ports: tuple[int, ...],
    environment: Mapping[str, str] | None,
) -> DirectoryServer:
    for name in ("db", "accesslog", "slapd.d"):
        (folder / name).mkdir()
    slapd = _usable_program(installation.slapd, folder)
    configuration = folder / "slapd.conf"
    configuration.write_text(
        "\n".join(_configuration(installation, options, folder)) + "\n", encoding="utf-8"
    )
    data = folder / "base.ldif"
    data.write_text("\n\n".join(_base_entries(options)) + "\n", encoding="utf-8")
    loaded = subprocess.run(  # noqa: S603  slapd itself
        [slapd, "-T", "add", "-q", "-f", configuration, "-b", options.suffix, "-l", data],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if loaded.returncode:
        raise ConnectionFailed(
            f"slapadd refused the base entries: {loaded.stderr.strip()}", operation="start"
        )
    ldapi = f"ldapi://{quote(str(folder / 'ldapi'), safe='')}"
    urls = [f"ldap://127.0.0.1:{ports[0]}", *(f"ldaps://127.0.0.1:{port}" for port in ports[1:])]
    listen = " ".join(f"{url}/" for url in [*urls, ldapi])
    # -d: in the foreground.
    command = [slapd, "-F", str(folder / "slapd.d"), "-h", listen, "-d", "none"]
    daemon = Daemon(
        # With -f beside -F, slapd converts the file to cn=config, which must be empty then.
        [*command, "-f", str(configuration)],
        again=command,
        folder=folder,
        ready=lambda: speaks_ldap(ports[0]),
        ports=ports,
        environment=environment,
    )
    suffix = options.suffix
    return DirectoryServer(
        product="OpenLDAP",
        url=urls[0],
        tls_url=urls[1] if len(urls) > 1 else "",
        suffix=suffix,
        people=suffix if options.empty else f"ou=people,{suffix}",
        groups=suffix if options.empty else f"ou=groups,{suffix}",
        admin_dn=f"cn=admin,{suffix}",
        admin_password=_PASSWORD,
        user_dn="" if options.empty else f"uid=alice,{options.seeds}",
        user_password="" if options.empty else _USER_PASSWORD,
        certificates=options.certificates,
        folder=folder,
        extra={
            "ldapi_url": ldapi,
            "config_dn": "cn=admin,cn=config",
            "config_password": _PASSWORD,
            "locked_dn": "" if options.empty else f"uid=locked,{options.seeds}",
            "accesslog_dn": "cn=accesslog" if options.accesslog else "",
        },
        daemon=daemon,
    )


def _usable_program(slapd: str, folder: Path) -> str:
    """Return a slapd that may write to ``folder``.

    The AppArmor profile of Ubuntu confines the installed program, by its path, to its own
    folders; a copy elsewhere is not confined.
    """
    if not Path("/etc/apparmor.d/usr.sbin.slapd").exists():
        return slapd
    return str(shutil.copy(slapd, str(folder / "slapd")))


def _configuration(installation: _Installation, options: _Options, folder: Path) -> Iterator[str]:
    suffix = options.suffix
    admin = f"cn=admin,{suffix}"
    overlays = [name for name in _OVERLAYS if installation.has(name)]
    # Before OpenLDAP 2.5 the schema of ppolicy was a file.
    for schema in ("core", "cosine", "nis", "inetorgperson", "dyngroup", "ppolicy"):
        file = installation.schemas / f"{schema}.schema"
        if file.exists():
            yield f"include {file}"
    yield f"pidfile {folder}/slapd.pid"
    if installation.modules is not None:
        yield f"modulepath {installation.modules}"
    for module in ("back_mdb", *overlays):
        if installation.has(module):
            yield f"moduleload {module}"
    if options.certificates is not None:
        shown = getattr(options.certificates, options.certificate)
        yield f"TLSCACertificateFile {options.certificates.ca}"
        yield f"TLSCertificateFile {shown.certificate}"
        yield f"TLSCertificateKeyFile {shown.key}"
        yield f"TLSVerifyClient {options.verify_client}"
    yield "sasl-host localhost"
    yield "sasl-secprops none"
    # The client certificate and Kerberos principals become entries.
    yield f'authz-regexp "^cn=([^,]+),ou=people,o=example$" "uid=$1,{options.seeds}"'
    yield f'authz-regexp "^uid=([^,]+),cn=gssapi,cn=auth$" "uid=$1,{options.seeds}"'
    yield f'authz-regexp "^uid=([^,]+),cn=[^,]*,cn=gssapi,cn=auth$" "uid=$1,{options.seeds}"'
    yield f"sizelimit {options.size_limit}"
    yield 'access to dn.base="" by * read'
    yield 'access to dn.subtree="cn=Subschema" by * read'

    yield "database config"
    yield 'rootdn "cn=admin,cn=config"'
    yield f"rootpw {_PASSWORD}"

    if options.accesslog:
        yield "database mdb"
        yield 'suffix "cn=accesslog"'
        yield f"directory {folder}/accesslog"
        yield f'rootdn "{admin}"'
        yield "maxsize 268435456"
        yield "index reqStart,reqEnd,reqType,entryCSN,objectClass eq"
        yield "dbnosync"

    yield "database mdb"
    yield f'suffix "{suffix}"'
    yield f'rootdn "{admin}"'
    yield f"rootpw {_PASSWORD}"
    yield f"directory {folder}/db"
    yield "maxsize 1073741824"
    yield "dbnosync"
    yield "index objectClass,entryUUID,entryCSN,uid,uidNumber,gidNumber,member,memberUid eq"
    yield "index cn,sn,mail eq,sub"
    yield "index createTimestamp,modifyTimestamp eq"
    yield "access to attrs=userPassword by self write by anonymous auth by * none"
    yield f'access to dn.subtree="ou=private,{suffix}" by users read by * none'
    yield "access to * by self write by * read"
    yield from _overlays(overlays, options)


def _overlays(overlays: list[str], options: _Options) -> Iterator[str]:
    settings = {
        "syncprov": ["syncprov-checkpoint 100 10", "syncprov-sessionlog 1000"],
        "accesslog": [
            "logdb cn=accesslog",
            "logops writes",
            "logsuccess TRUE",
            "logold (objectClass=*)",
        ],
        "memberof": ["memberof-dangling ignore", "memberof-refint TRUE"],
        "refint": ["refint_attributes member uniqueMember manager owner seeAlso"],
        "ppolicy": [
            f'ppolicy_default "cn=default,ou=policies,{options.suffix}"',
            "ppolicy_use_lockout",
        ],
        "unique": [f'unique_uri "ldap:///ou=people,{options.suffix}?uid?sub"'],
        "dynlist": ["dynlist-attrset groupOfURLs memberURL member"],
    }
    for name in overlays:
        if name == "accesslog" and not options.accesslog:
            continue
        if name == "unique" and options.empty:
            continue
        yield f"overlay {name}"
        yield from settings.get(name, [])


def _base_entries(options: _Options) -> Iterator[str]:
    suffix = options.suffix
    label = suffix.partition(",")[0].partition("=")[2]
    yield (
        f"dn: {suffix}\nobjectClass: dcObject\nobjectClass: organization\n"
        f"dc: {label}\no: {label.capitalize()}"
    )
    if options.empty:
        return
    for name in ("people", "groups", "policies", "staff"):
        yield f"dn: ou={name},{suffix}\nobjectClass: organizationalUnit\nou: {name}"
    yield (
        f"dn: cn=default,ou=policies,{suffix}\nobjectClass: device\nobjectClass: pwdPolicy\n"
        "cn: default\npwdAttribute: userPassword\npwdMinLength: 5\npwdCheckQuality: 1\n"
        "pwdLockout: TRUE\npwdMaxFailure: 5\npwdLockoutDuration: 300\npwdInHistory: 3\n"
        "pwdAllowUserChange: TRUE"
    )
    yield (
        f"dn: uid=alice,{options.seeds}\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\n"
        "objectClass: shadowAccount\nuid: alice\ncn: Alice Example\nsn: Example\n"
        "mail: alice@example.com\nuidNumber: 10001\ngidNumber: 10001\n"
        f"homeDirectory: /home/alice\nloginShell: /bin/bash\nuserPassword: {_USER_PASSWORD}"
    )
    yield (
        f"dn: uid=ext,{options.seeds}\nobjectClass: inetOrgPerson\nuid: ext\n"
        "cn: External Person\nsn: Person"
    )
    yield (
        f"dn: uid=locked,{options.seeds}\nobjectClass: inetOrgPerson\nuid: locked\n"
        f"cn: Locked Person\nsn: Person\nuserPassword: {_USER_PASSWORD}\n"
        # "Locked by the administrator", draft-behera-ldap-password-policy, 5.3.3.
        "pwdAccountLockedTime: 000001010000Z"
    )
