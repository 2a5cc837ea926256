"""The SASL security layer of DIGEST-MD5 with integrity: every packet is signed (RFC 2831, 2.3).

ldap3 negotiates the keys. Its own reader loses the second of two packets that arrive together, as
the last entry of a search and its result do, so the packets are read here.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
from typing import Final

__all__ = ["SignedSocket"]

_LENGTH: Final = 4  # octets, before each packet
_MAC: Final = 10  # octets of the HMAC; the rest of it is cut off
_KIND: Final = b"\x00\x01"  # version of the layer
_COUNT: Final = 4  # octets, the packet's number
_TRAILER: Final = _MAC + len(_KIND) + _COUNT
_LONGEST_PACKET: Final = 0xFFFFFF  # RFC 2831, 2.1.1, maxbuf
_LONGEST_WRITE: Final = 0x8000  # within the 64 KiB that a server takes which says nothing


class SignedSocket:
    """Signs what is sent and checks what comes, with the methods of a socket.

    Args:
        sock: connected, with the bind behind it.
        our_key: Kic, signs what we send.
        their_key: Kis, has signed what the server sends.
        sent: packets that were sent in this layer before.
    """

    def __init__(
        self, sock: socket.socket, *, our_key: bytes, their_key: bytes, sent: int = 0
    ) -> None:
        self._socket = sock
        self._our_key = our_key
        self._their_key = their_key
        self._sent = sent
        self._received: int | None = None  # ldap3 does not count what it read before
        self._packets = b""

    def settimeout(self, seconds: float | None) -> None:
        """Wait so long; see ``socket.settimeout``."""
        self._socket.settimeout(seconds)

    def setsockopt(self, level: int, option: int, value: int) -> None:
        """Set an option of the socket below."""
        self._socket.setsockopt(level, option, value)

    def sendall(self, data: bytes) -> None:
        """Sign and send.

        Raises:
            OSError: the connection broke.
        """
        packets: list[bytes] = []
        for start in range(0, len(data), _LONGEST_WRITE):
            part = data[start : start + _LONGEST_WRITE]
            number = self._sent.to_bytes(_COUNT, "big")
            length = (len(part) + _TRAILER).to_bytes(_LENGTH, "big")
            packets += length, part, _mac(self._our_key, number, part), _KIND, number
            self._sent += 1
        self._socket.sendall(b"".join(packets))

    def recv(self, size: int) -> bytes:
        """Return what the next packets carry, once one of them is whole.

        Args:
            size: octets that are read from the socket at a time.

        Raises:
            BlockingIOError, TimeoutError: no packet is whole yet.
            OSError: the connection broke, or a packet is not what the server signed.
        """
        while True:
            if plain := self._take():
                return plain
            chunk = self._socket.recv(size)
            if not chunk:
                return b""
            self._packets += chunk

    def _take(self) -> bytes:
        """Return what the whole packets carry, and keep the rest."""
        parts: list[bytes] = []
        position = 0
        while len(self._packets) - position >= _LENGTH:
            start = position + _LENGTH
            length = int.from_bytes(self._packets[position:start], "big")
            if not _TRAILER <= length <= _LONGEST_PACKET:
                raise OSError(f"a signed packet of {length} octets is impossible")
            end = start + length
            if len(self._packets) < end:
                break
            parts.append(self._checked(self._packets[start:end]))
            position = end
        self._packets = self._packets[position:]
        return b"".join(parts)

    def _checked(self, packet: bytes) -> bytes:
        plain, trailer = packet[:-_TRAILER], packet[-_TRAILER:]
        number = trailer[-_COUNT:]
        expected = _mac(self._their_key, number, plain) + _KIND + number
        count = int.from_bytes(number, "big")
        if not hmac.compare_digest(trailer, expected):
            raise OSError("the signature of a packet is wrong; somebody may have changed it")
        if self._received is not None and count != self._received + 1:
            raise OSError("a signed packet is missing or came twice")
        self._received = count
        return plain


def _mac(key: bytes, number: bytes, plain: bytes) -> bytes:
    return hmac.new(key, number + plain, hashlib.md5).digest()[:_MAC]
