"""What a running test server is: where it listens, who may do what, and how to end it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import attrs

from ldapconnector.testing._certificates import Certificates
from ldapconnector.testing._daemon import Daemon

__all__ = ["DirectoryServer"]


@attrs.frozen(kw_only=True, eq=False)
class DirectoryServer:
    """A directory server that runs for the tests, on loopback; ``with`` ends it.

    Attributes:
        product: which one, such as ``OpenLDAP``.
        url: its plain address, ``ldap://127.0.0.1:PORT``; StartTLS works on it where there
            are ``certificates``.
        tls_url: its ``ldaps`` address, or an empty string.
        suffix: the naming context, as text.
        people, groups: the containers for test data, empty at first. Where the whole suffix is
            empty, both are the suffix.
        admin_dn, admin_password: may do everything below the suffix.
        user_dn, user_password: an ordinary account, outside of ``people``.
        certificates: what the server uses and trusts, and the bad ones beside them.
        folder: everything that it writes.
        extra: what only this product has, by name.
        daemon: its process.
    """

    product: str
    url: str
    tls_url: str = ""
    suffix: str
    people: str
    groups: str
    admin_dn: str
    admin_password: str = attrs.field(repr=False)
    user_dn: str = ""
    user_password: str = attrs.field(default="", repr=False)
    certificates: Certificates | None = attrs.field(default=None, repr=False)
    folder: Path = attrs.field(repr=False)
    extra: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    daemon: Daemon = attrs.field(repr=False)

    @property
    def host(self) -> str:
        """The address it listens on."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The TCP port of ``url``."""
        return urlsplit(self.url).port or 389

    @property
    def tls_port(self) -> int:
        """The TCP port of ``tls_url``, 0 where there is none."""
        return (urlsplit(self.tls_url).port or 636) if self.tls_url else 0

    @property
    def ca_file(self) -> Path | None:
        """The authority that signed the server's certificate."""
        return None if self.certificates is None else self.certificates.ca

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self.daemon.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it in order and remove its folder."""
        self.daemon.close()

    def kill(self) -> None:
        """End it at once, as a crash would; :meth:`restart` brings it back with its data."""
        self.daemon.kill()

    def restart(self) -> None:
        """End it where it runs, and start it on the same ports with the same data."""
        self.daemon.stop()
        self.daemon.start()

    def pause(self) -> None:
        """Let it hang: connections stay open and nothing is answered."""
        self.daemon.pause()

    def resume(self) -> None:
        """Let it go on after :meth:`pause`."""
        self.daemon.resume()
