"""The system's own LDAP tools, as an eye that shares nothing with the code under test."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from ldapconnector.testing import DirectoryServer

__all__ = ["Seen", "ToolResult", "clean", "missing", "run_ldapmodify", "run_ldapsearch", "run_tool"]

_LIMIT: Final = 60
_NO_SUCH_OBJECT: Final = 32


@attrs.frozen
class Seen:
    """An entry as ldapsearch shows it, attribute names as the server spells them."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]]

    def text(self, name: str) -> tuple[str, ...]:
        """Return the values of an attribute as text; the name's case does not matter."""
        wanted = name.casefold()
        return tuple(
            value.decode()
            for found, values in self.attributes.items()
            if found.casefold() == wanted
            for value in values
        )


@attrs.frozen
class ToolResult:
    """How a tool ended: its exit status is the LDAP result code of the server."""

    code: int
    output: str
    errors: str


def missing() -> str:
    """Return why the tools cannot be used, or an empty string."""
    return (
        "" if shutil.which("ldapsearch") else "ldapsearch (Debian package: ldap-utils) is not here"
    )


def run_tool(
    tool: str,
    server: DirectoryServer,
    *arguments: str,
    text: str | None = None,
    bind: tuple[str, str] | None = None,
    url: str = "",
) -> ToolResult:
    """Run an LDAP tool as the administrator, or as ``bind`` (name, password).

    An empty name in ``bind`` is anonymous. On ``ldaps`` the server's certificate is verified.
    """
    name, password = bind or (server.admin_dn, server.admin_password)
    credentials = ["-D", name, "-w", password] if name else []
    trust = [] if server.ca_file is None else ["-o", f"TLS_CACERT={server.ca_file}"]
    # The tools shall not read what this machine has in ldap.conf.
    environment = {**os.environ, "LDAPNOINIT": "1", "LC_ALL": "C"}
    done = subprocess.run(
        [
            *(tool, "-x", "-H", url or server.url, "-o", "nettimeout=10"),
            *(*trust, *credentials, *arguments),
        ],
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=_LIMIT,
        check=False,
    )
    return ToolResult(done.returncode, done.stdout, done.stderr)


def run_ldapsearch(
    server: DirectoryServer,
    base: str = "",
    filter_text: str = "(objectClass=*)",
    attributes: Iterable[str] = (),
    *,
    scope: str = "sub",
    bind: tuple[str, str] | None = None,
    url: str = "",
    manage: bool = False,
) -> tuple[Seen, ...]:
    """Return the entries that ldapsearch finds below ``base`` (the server's ``people``).

    ``manage`` shows referral objects as the entries that they are (RFC 3296).

    A base that does not exist gives none; every other failure is an AssertionError.
    """
    result = run_tool(
        "ldapsearch",
        server,
        *("-LLL", "-o", "ldif-wrap=no", "-s", scope, "-b", base or server.people),
        *(["-M"] if manage else []),
        *(filter_text, *attributes),
        bind=bind,
        url=url,
    )
    if result.code == _NO_SUCH_OBJECT:
        return ()
    assert result.code == 0, result.errors
    return tuple(_entries(result.output))


def _entries(ldif: str) -> Iterable[Seen]:
    for block in ldif.split("\n\n"):
        values: dict[str, list[bytes]] = {}
        for line in block.splitlines():
            if line and not line.startswith("#"):
                name, _, rest = line.partition(":")
                value = base64.b64decode(rest[2:]) if rest[:1] == ":" else rest[1:].encode()
                values.setdefault(name, []).append(value)
        if dn := values.pop("dn", None):
            yield Seen(dn[0].decode(), {name: tuple(found) for name, found in values.items()})


def run_ldapmodify(
    server: DirectoryServer, ldif: str, *, bind: tuple[str, str] | None = None
) -> ToolResult:
    """Apply LDIF changes; records without ``changetype`` are added."""
    return run_tool("ldapmodify", server, "-a", text=ldif, bind=bind)


def clean(server: DirectoryServer) -> None:
    """Remove every entry below the containers ``people`` and ``groups``, and keep those."""
    for container in dict.fromkeys((server.people, server.groups)):
        found = run_ldapsearch(server, container, attributes=["1.1"], manage=True)
        # Servers return parents before their children, by and large; -c goes on after the rest.
        names = [
            f"{seen.dn}\n" for seen in reversed(found) if seen.dn.casefold() != container.casefold()
        ]
        if names:
            # -M: referral objects themselves (RFC 3296) instead of where they point.
            removed = run_tool("ldapdelete", server, "-M", "-c", text="".join(names))
            if removed.code:
                run_tool("ldapdelete", server, "-M", "-c", "-r", text="".join(names))
    left = len(run_ldapsearch(server, attributes=["1.1"], manage=True)) - 1
    assert left <= 0, f"{left} entries are left below {server.people}"
