"""The way to a session step by step, for a check that tells which step fails."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator, Sequence

import attrs

from ldapconnector.directory._bind import bind
from ldapconnector.directory._line import Line, Place, dial, resolve, secure_line
from ldapconnector.directory._protocol import Scope
from ldapconnector.directory._reconnecting import Reconnecting
from ldapconnector.directory._root_dse import read_root_dse
from ldapconnector.directory._session import LdapDirectory
from ldapconnector.directory._wire import Wire
from ldapconnector.entries import Entry
from ldapconnector.errors import DirectoryError
from ldapconnector.names import Filter
from ldapconnector.profile import Address, ConnectionProfile

__all__ = ["Opening"]


class Opening:
    """Opens a session with one host: :meth:`resolve`, :meth:`dial`, :meth:`secure`, :meth:`bind`.

    The steps come in this order, each once. One that fails closes what was open.

    Args:
        profile: where and how; its other hosts are not tried.
        address: the host.
    """

    def __init__(self, profile: ConnectionProfile, address: Address) -> None:
        # The session that comes of it goes to this host only, too.
        self._profile = attrs.evolve(profile, hosts=(str(address),), partitions=())
        self._address = address
        self._places: tuple[Place, ...] = ()
        self._socket: socket.socket | None = None
        self._line: Line | None = None

    def resolve(self) -> tuple[str, ...]:
        """Return where the host is.

        Raises:
            ConnectionFailed: its name is not known.
        """
        self._places = resolve(self._address)
        return tuple(map(str, self._places))

    def dial(self) -> str:
        """Connect, and return the address that answered.

        Raises:
            ConnectionFailed: none did.
        """
        self._socket = dial(self._address, self._places, self._profile.timeouts.connect)
        host, port, *_ = self._socket.getpeername()
        return str(Address(str(host), int(port)))

    def secure(self) -> tuple[str, bytes]:
        """Secure the line as the profile says.

        Returns:
            The version of TLS and the server's certificate, DER; both empty on a plain line.

        Raises:
            TlsFailed: it cannot be secured.
            ConfigurationError: a file of the TLS settings cannot be used.
        """
        if self._socket is None:
            raise AssertionError("dial() comes first")
        self._line = secure_line(self._profile, self._address, self._socket)
        secured = self._line.secured
        return ("", b"") if secured is None else (secured.version, secured.certificate)

    def root_dse(self) -> Entry | None:
        """Read the root DSE before anybody binds; some servers tell it only then, or only later."""
        wire = Wire(self._secured().socket, read_timeout=self._profile.timeouts.connect)

        def search(
            base: str, filter_: Filter, scope: Scope, attributes: Sequence[str]
        ) -> Iterator[Entry]:
            for item in wire.search(base, scope, filter_, attributes, make=Entry.from_wire):
                if isinstance(item, Entry):
                    yield item

        try:
            return read_root_dse(search)
        except DirectoryError:
            return None

    def bind(self) -> LdapDirectory:
        """Bind, and return the session.

        Raises:
            BindRefused: the server does not accept the credentials.
            TlsFailed: it does not accept our certificate.
            ConnectionFailed: the line broke.
        """
        profile = self._profile
        connection = Reconnecting(
            profile, clock=time.monotonic, sleep=time.sleep, chance=random.random
        )
        connection.adopt(bind(profile, self._secured()))
        return LdapDirectory(profile, connection)

    def _secured(self) -> Line:
        if self._line is None:
            raise AssertionError("secure() comes first")
        return self._line
