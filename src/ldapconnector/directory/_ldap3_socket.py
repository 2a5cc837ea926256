"""The slow path: a connection whose socket a thread of ldap3 reads (its strategy ASYNC).

:class:`Ldap3Socket` gives the wire engine a socket all the same. What it sends goes out as it is;
what comes back are the octets of the messages that ldap3's thread has read and decoded, at ldap3's
speed. So both paths behave alike, as the engine does.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any, Final

from ldapconnector.directory._ber import read_integer
from ldapconnector.directory._ldap3 import load_ldap3
from ldapconnector.directory._requests import ABANDON
from ldapconnector.directory._responses import frames

__all__ = ["Ldap3Socket"]

_LOOK_EVERY: Final = 0.1  # seconds


class Ldap3Socket:
    """Sends messages and receives whole answers, with the methods of a socket.

    Args:
        connection: an ``ldap3.Connection``, open and bound, with the strategy ASYNC. From now
            on it answers nobody else.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._strategy = connection.strategy
        self._asked: deque[int] = deque()  # message ids whose answers are to come, oldest first
        self._given_up: set[int] = set()
        self._timeout: float | None = None
        encode = load_ldap3().utils.asn1.encode
        self._strategy.decode_response = lambda message: _with_octets(message, encode(message))
        connection.fast_decoder = False  # the other one of ldap3 does not call decode_response

    def settimeout(self, seconds: float | None) -> None:
        """Wait so long for an answer: None for ever, 0 not at all."""
        self._timeout = seconds

    def setsockopt(self, level: int, option: int, value: int) -> None:
        """Set an option of the socket below."""
        self._connection.socket.setsockopt(level, option, value)

    def sendall(self, data: bytes) -> None:
        """Send requests.

        Raises:
            OSError: the connection broke.
        """
        for message_id, tag, start, stop, _ in frames(data, len(data))[0]:
            if tag == ABANDON:
                given_up = read_integer(data, start, stop)
                if given_up in self._asked:  # otherwise it is answered, and waits to be read
                    self._asked.remove(given_up)
                    self._given_up.add(given_up)
            else:
                self._strategy._add_event_for_message(message_id)
                self._asked.append(message_id)
        with self._strategy.async_lock:
            for message_id in self._given_up:  # what came after all must not pile up
                self._strategy._responses.pop(message_id, None)
        if self._connection.closed:
            raise ConnectionResetError("the server closed the connection")
        self._connection.socket.sendall(data)

    def recv(self, _size: int) -> bytes:
        """Return the messages that answer the oldest request.

        Returns:
            Nothing where the connection has ended.

        Raises:
            BlockingIOError: nothing was asked, and nothing comes by itself.
            TimeoutError: no answer came in time.
        """
        if not self._asked:
            if self._connection.closed:
                return b""
            raise BlockingIOError
        oldest = self._asked[0]
        if not self._is_answered(self._strategy._get_event_for_message(oldest)):
            return b""
        self._asked.popleft()
        *answers, _complete = self._strategy._get_response(oldest, 0)
        return b"".join(answer["octets"] for answer in answers)

    def _is_answered(self, event: threading.Event) -> bool:
        """Wait for an answer; False when the connection ended, which no event of ldap3 tells."""
        ends = time.monotonic() + (
            threading.TIMEOUT_MAX if self._timeout is None else self._timeout
        )
        while not event.wait(max(0.0, min(_LOOK_EVERY, ends - time.monotonic()))):
            if self._connection.closed:
                return event.is_set()
            if time.monotonic() >= ends:
                raise TimeoutError
        return True


def _with_octets(message: Any, octets: bytes) -> dict[str, Any]:
    """Return what the thread asks of an answer, with the answer itself."""
    kind = message["protocolOp"].getName()
    name = None
    if kind == "extendedResp":
        name = message["protocolOp"].getComponent()["responseName"]
    return {
        "type": kind,
        "octets": octets,
        "responseName": str(name) if name is not None and name.hasValue() else "",
        "result": None,
    }
