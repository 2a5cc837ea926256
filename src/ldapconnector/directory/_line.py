"""A line to a server: resolved, connected, secured. Nothing confidential passes before.

Each step is a function of its own, so that a check of the connection can name and time them.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence
from typing import Any, Final

import attrs

from ldapconnector.directory._extended import START_TLS, extended
from ldapconnector.directory._results import result_error
from ldapconnector.directory._tls import Secured, secure
from ldapconnector.directory._wire import Wire
from ldapconnector.errors import ConnectionFailed, TlsFailed
from ldapconnector.profile import Address, ConnectionProfile, Security

__all__ = ["Line", "Place", "dial", "open_line", "resolve", "secure_line"]

_LONGEST_HANDSHAKE_MESSAGE: Final = 64 * 1024
_CLOSED_NOW: Final = "The server closes every connection there"


@attrs.frozen
class Place:
    """One resolved address of a host.

    Attributes:
        family: IPv4 or IPv6, as the socket module has it.
        where: what ``socket.connect`` takes.
    """

    family: socket.AddressFamily
    where: tuple[Any, ...]

    def __str__(self) -> str:
        return str(Address(str(self.where[0]), int(self.where[1])))


@attrs.frozen(eq=False, kw_only=True)
class Line:
    """A connected socket, secured where the profile says so.

    Attributes:
        address: the host and port of the profile.
        socket: for everything from now on.
        secured: the TLS session, None on a plain line.
    """

    address: Address
    socket: socket.socket
    secured: Secured | None = None

    def close(self) -> None:
        """Close it; closing twice does nothing."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def resolve(address: Address) -> tuple[Place, ...]:
    """Return where a host is, in the order in which the system would try.

    Raises:
        ConnectionFailed: its name is not known.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConnectionFailed(
            f"the name {address.host!r} cannot be resolved: {reason}",
            operation="resolve",
            next_step="Check how the host is written, and the name service of this machine.",
        ) from error
    places = [Place(family, where) for family, _, _, _, where in found]
    return tuple(dict.fromkeys(places))


def dial(address: Address, places: Sequence[Place], timeout: float) -> socket.socket:
    """Connect to the first place that answers.

    Args:
        address: named in errors.
        places: where to try, in this order.
        timeout: seconds for all of them together.

    Raises:
        ConnectionFailed: none did.
    """
    deadline = time.monotonic() + timeout
    failures: list[tuple[Place, OSError]] = []
    for index, place in enumerate(places):
        share = max(0.05, (deadline - time.monotonic()) / (len(places) - index))
        sock = socket.socket(place.family, socket.SOCK_STREAM)
        try:
            sock.settimeout(share)
            sock.connect(place.where)
            # Small requests would wait for the acknowledgement of the one before.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.settimeout(timeout)
        except OSError as error:
            sock.close()
            failures.append((place, error))
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    told = "; ".join(dict.fromkeys(f"{place}: {_reason(error)}" for place, error in failures))
    explanation, next_step = _explain_failure([error for _, error in failures])
    raise ConnectionFailed(
        f"no connection to {address} ({told})",
        operation="connect",
        explanation=explanation,
        next_step=next_step,
    ) from failures[-1][1]


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror or str(error)).lower()


def _explain_failure(errors: Sequence[OSError]) -> tuple[str, str]:
    if any(isinstance(error, ConnectionRefusedError) for error in errors):
        return (
            "The machine is there, and nobody listens on this port",
            "Check the port, and whether the server runs and listens on this address.",
        )
    if any(isinstance(error, TimeoutError) for error in errors):
        return (
            "Nothing came back: the machine is off, or a firewall drops the packets",
            "Check the address, and the firewalls between here and there.",
        )
    return "The machine cannot be reached from here", "Check the address and the network."


def secure_line(profile: ConnectionProfile, address: Address, sock: socket.socket) -> Line:
    """Secure a connected socket as the profile says; it is closed when that fails.

    Raises:
        TlsFailed: it cannot be secured. There is no falling back to a plain line.
        ConfigurationError: a file of the TLS settings cannot be used.
    """
    if profile.security is Security.PLAIN:
        return Line(address=address, socket=sock)
    operation = "tls"
    if profile.security is Security.STARTTLS:
        operation = "starttls"
        try:
            start_tls(sock, address, profile.timeouts.connect)
        except BaseException:
            sock.close()
            raise
    secured = secure(sock, profile.tls, address, operation=operation)
    return Line(address=address, socket=secured.socket, secured=secured)


def start_tls(sock: socket.socket, address: Address, timeout: float) -> None:
    """Ask the server to begin TLS (RFC 4511, 4.14).

    What the server sends beside its answer came over the unsecured line, so it is an attack
    or a fault; none of it is kept.

    Raises:
        TlsFailed: it refuses, or does not answer.
    """
    wire = Wire(sock, read_timeout=timeout, max_message_bytes=_LONGEST_HANDSHAKE_MESSAGE)
    try:
        result = wire.collect(wire.send(extended(START_TLS)))
    except ConnectionFailed as error:
        raise TlsFailed(
            f"{address}: {error.message}",
            operation="starttls",
            explanation="The server did not answer the request to begin TLS",
            next_step='Check the port; on 636 the security is mostly "ldaps".',
        ) from error
    if result.code:
        refused = result_error(
            result.code,
            operation="starttls",
            diagnostic=result.diagnostic,
            referrals=result.referrals,
        )
        raise TlsFailed(
            f"{address} refuses to begin TLS",
            operation="starttls",
            code=result.code,
            diagnostic=result.diagnostic,
            explanation=refused.explanation
            + ". Nothing was sent on, since the line would not be secured",
            next_step='Turn TLS on in the server, or use "ldaps" where it has that. If the server '
            "has StartTLS, somebody on the line may be taking it away.",
        )
    if wire.has_more:
        raise TlsFailed(
            f"{address} sends more than its answer before TLS begins",
            operation="starttls",
            explanation="Somebody on the line may be putting words into the server's mouth",
            next_step="Look at who is between here and the server.",
        )


def open_line(profile: ConnectionProfile, address: Address) -> Line:
    """Resolve, connect and secure.

    Raises:
        ConnectionFailed, TlsFailed, ConfigurationError: as the steps do.
    """
    sock = dial(address, resolve(address), profile.timeouts.connect)
    return secure_line(profile, address, sock)
