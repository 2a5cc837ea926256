"""A connection that somebody opened and bound with ldap3, as a directory."""

from __future__ import annotations

import contextlib
import logging
import ssl
from typing import Any, Final

import attrs

from ldapconnector.directory._ldap3_socket import Ldap3Socket
from ldapconnector.directory._session import LdapDirectory
from ldapconnector.directory._signed_socket import SignedSocket
from ldapconnector.directory._wire import Wire
from ldapconnector.errors import ConnectionFailed, UsageError
from ldapconnector.profile import Address, Anonymous, ConnectionProfile, RetryPolicy, Security

__all__ = ["from_ldap3"]

_log: Final = logging.getLogger("ldapconnector.directory")

_PORT: Final = 389  # of a local socket, which has none
_THREADED: Final = "ASYNC"
_USABLE: Final = frozenset({"SYNC", "SAFE_SYNC", _THREADED})
_WHY_NOT: Final = {
    "RESTARTABLE": "it repeats writes whose answer was lost; connect() reconnects by itself",
    "SAFE_RESTARTABLE": "it repeats writes whose answer was lost; connect() reconnects by itself",
    "REUSABLE": "it spreads the pages of a search over several connections; open one for each "
    "worker instead",
    "MOCK_SYNC": "it has no server; use MemoryDirectory.like(...)",
    "MOCK_ASYNC": "it has no server; use MemoryDirectory.like(...)",
    "LDIF": "it has no server; see Plan.to_ldif()",
}


def from_ldap3(connection: Any, profile: ConnectionProfile | None = None) -> LdapDirectory:
    """Return a directory on a connection that you opened and bound with ldap3.

    For a bind that a profile does not know, such as DIGEST-MD5, and for programs that have a
    connection already. Everything works as on a connection of our own, except that a lost one
    stays lost: nobody here could bind again. Requests go over the connection's socket directly,
    also under the security layer of DIGEST-MD5 (``"sign"``). With the strategy ASYNC, possible on
    plain lines only, a thread of ldap3 reads that socket: then answers come through ldap3, at its speed, and those to a search
    all together unless it is paged.

    The directory takes the connection over: use it no more, and closing the directory unbinds it.

    Args:
        connection: an ``ldap3.Connection`` with the strategy SYNC, SAFE_SYNC or ASYNC.
        profile: what there is to know besides: ``timeouts``, ``controls``,
            ``password_attribute``, ``allow_cleartext_credentials`` and the like. Its hosts and
            its security become those of the connection; nobody binds or tries again.

    Raises:
        UsageError: it is no such connection, it is not open, or its strategy cannot be used.

    >>> import ldap3
    >>> from_ldap3(ldap3.Connection(ldap3.Server("ldap.example.com")))
    Traceback (most recent call last):
    ldapconnector.errors.UsageError: the ldap3 connection is not open: call its bind() first
    """
    strategy = getattr(connection, "strategy_type", None)
    if strategy is None:
        raise UsageError(f"from_ldap3 takes an ldap3.Connection, not {type(connection).__name__}")
    if strategy not in _USABLE:
        why = _WHY_NOT.get(strategy, "it streams, which only persistent searches need")
        raise UsageError(f"a directory cannot use the ldap3 strategy {strategy}: {why}")
    if connection.closed or connection.socket is None:
        raise UsageError("the ldap3 connection is not open: call its bind() first")
    signed = bool(connection._digest_md5_kis)
    if signed and strategy == _THREADED:
        raise UsageError(
            "under a SASL security layer the ldap3 strategy ASYNC loses answers; bind with SYNC"
        )
    secured = isinstance(connection.socket, ssl.SSLSocket)
    if secured and strategy == _THREADED:
        raise UsageError(
            "with the ldap3 strategy ASYNC two threads use one TLS session, which OpenSSL does not "
            "allow; bind with SYNC"
        )
    if secured and connection.socket.context.verify_mode is ssl.CERT_NONE:
        _log.warning(
            "%s: ldap3 did not verify the server's certificate; give its Tls validate=CERT_REQUIRED",
            connection.server.host,
        )
    security = Security.PLAIN
    if secured:
        security = Security.STARTTLS if connection.tls_started else Security.LDAPS
    server = connection.server
    address = Address("localhost" if server.ipc else server.host, server.port or _PORT)
    profile = attrs.evolve(
        profile or ConnectionProfile(hosts=str(address)),
        hosts=(str(address),),
        port=None,
        security=security,
        binding=Anonymous(),
        retry=RetryPolicy(attempts=1),
        partitions=(),
    )
    return LdapDirectory(profile, _Borrowed(connection, profile))


class _Borrowed:
    """The connection of a session that cannot be opened again."""

    bind_warning = ""

    def __init__(self, connection: Any, profile: ConnectionProfile) -> None:
        self._connection = connection
        self._profile = profile
        self.closed = False
        timeouts = profile.timeouts
        sock: Any = connection.socket
        if connection.strategy_type == _THREADED:
            sock = Ldap3Socket(connection)
        elif connection._digest_md5_kis:
            sock = SignedSocket(
                sock,
                our_key=connection._digest_md5_kic,
                their_key=connection._digest_md5_kis,
                sent=connection._digest_md5_sec_num,
            )
        self._wire = Wire(
            sock,
            next_message_id=connection.server.next_message_id,
            read_timeout=timeouts.read,
            write_timeout=timeouts.write,
        )

    @property
    def address(self) -> Address | None:
        return None if self._connection.closed else self._profile.addresses[0]

    @property
    def certificate(self) -> bytes:
        sock = self._connection.socket
        return (isinstance(sock, ssl.SSLSocket) and sock.getpeercert(binary_form=True)) or b""

    def ready(self) -> Wire:
        if self.closed:
            raise UsageError("the directory is closed; connect again")
        if not self._wire.stands():
            raise ConnectionFailed(
                f"the connection to {self._profile.hosts[0]} broke",
                operation="exchange",
                explanation="It was opened with ldap3, so nobody here can bind again",
                next_step="Open and bind another one, and call from_ldap3 with it.",
            )
        return self._wire

    def wait(self, retry: int) -> None:
        del retry  # there is a single try

    def busy(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def close(self) -> None:
        self.closed = True
        with contextlib.suppress(Exception):  # the server may be gone
            self._connection.unbind()
