"""Servers that misbehave on purpose.

They listen on loopback, serve each connection in a thread of its own, and remember what
clients sent, so that a test can prove what a client did *not* send. Their LDAP is written here
by hand (RFC 4511), since the code under test must not check itself.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Final, final

import attrs

from ._listener import CHUNK, Listener

__all__ = [
    "BIND",
    "EXTENDED",
    "SEARCH",
    "UNBIND",
    "Conversation",
    "HostileServer",
    "Request",
    "Script",
    "ber",
    "broken_length",
    "close_mid_search",
    "deep_nesting",
    "disconnect_with_notice",
    "entry",
    "garbage",
    "huge_length",
    "message",
    "never_ending_entry",
    "pretend_start_tls",
    "refer",
    "refuse_start_tls",
    "result",
    "silence",
    "wrong_message_id",
]

# The tags of the requests (RFC 4511, 4.2 to 4.14); an answer's tag is its request's plus one.
BIND: Final = 0x60
UNBIND: Final = 0x42
SEARCH: Final = 0x63
EXTENDED: Final = 0x77

_SEARCH_ENTRY: Final = 0x64
_SEARCH_DONE: Final = 0x65
_BIND_ANSWER: Final = 0x61
_EXTENDED_ANSWER: Final = 0x78
_SEQUENCE: Final = 0x30


def ber(tag: int, *contents: bytes) -> bytes:
    """Return one BER element of definite length."""
    body = b"".join(contents)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def message(message_id: int, operation: bytes) -> bytes:
    """Return an LDAPMessage."""
    octets = message_id.to_bytes(message_id.bit_length() // 8 + 1, "big")
    return ber(_SEQUENCE, ber(0x02, octets), operation)


def result(tag: int, code: int = 0, text: str = "", *extra: bytes) -> bytes:
    """Return an operation that consists of an LDAPResult."""
    return ber(tag, ber(0x0A, bytes([code])), ber(0x04), ber(0x04, text.encode()), *extra)


def entry(dn: str, **attributes: Sequence[str]) -> bytes:
    """Return a SearchResultEntry."""
    listed = [
        ber(
            _SEQUENCE, ber(0x04, name.encode()), ber(0x31, *(ber(0x04, v.encode()) for v in values))
        )
        for name, values in attributes.items()
    ]
    return ber(_SEARCH_ENTRY, ber(0x04, dn.encode()), ber(_SEQUENCE, *listed))


@attrs.frozen
class Request:
    """One request: its message id, the tag of its operation, and the operation's contents."""

    message_id: int
    operation: int
    contents: bytes


@final
class Conversation:
    """One connection, as a script sees it."""

    def __init__(self, connection: socket.socket, server: HostileServer) -> None:
        self._connection = connection
        self._server = server
        self._buffer = b""

    def send(self, octets: bytes) -> None:
        """Send octets as they are."""
        self._connection.sendall(octets)

    def receive(self) -> bytes:
        """Return what comes next, empty at the end."""
        octets = self._connection.recv(CHUNK)
        self._server.remember(octets)
        return octets

    def requests(self) -> Iterator[Request]:
        """Yield requests until the client leaves or speaks no LDAP."""
        while True:
            while (found := _split(self._buffer)) is None:
                octets = self.receive()
                if not octets:
                    return
                self._buffer += octets
            request, self._buffer = found
            self._server.requests.append(request)
            if request.operation == UNBIND:
                return
            yield request

    def serve(self) -> Iterator[Request]:
        """Answer binds with success and yield every other request."""
        for request in self.requests():
            if request.operation == BIND:
                self.send(message(request.message_id, result(_BIND_ANSWER)))
            else:
                yield request

    def wait_for_the_end(self) -> None:
        """Read until the client goes, and answer nothing."""
        while self.receive():
            pass


def _split(buffer: bytes) -> tuple[Request, bytes] | None:
    """Return the first request of ``buffer`` and the rest; None where it is incomplete."""
    whole = _element(buffer)
    if whole is None:
        return None
    _, body, rest = whole
    number = _element(body)
    assert number is not None
    operation = _element(number[2])
    assert operation is not None
    return Request(int.from_bytes(number[1], "big"), operation[0], operation[1]), rest


def _element(octets: bytes) -> tuple[int, bytes, bytes] | None:
    if len(octets) < 2:
        return None
    length, start = octets[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(octets[2:start], "big")
    if len(octets) < start + length:
        return None
    return octets[0], octets[start : start + length], octets[start + length :]


Script = Callable[[Conversation], None]


@final
class HostileServer(Listener):
    """A server that follows ``script`` on each connection and closes it at the script's end.

    Attributes:
        requests: every request that was understood.
        received: every octet that came.
    """

    def __init__(self, script: Script) -> None:
        self.requests: list[Request] = []
        self._received: list[bytes] = []
        self._script = script
        super().__init__()

    @property
    def received(self) -> bytes:
        """Every octet that clients sent."""
        return b"".join(self._received)

    def remember(self, octets: bytes) -> None:
        """Add to ``received``."""
        self._received.append(octets)

    def _serve(self, connection: socket.socket) -> None:
        self._script(Conversation(connection, self))


def refuse_start_tls(code: int = 52) -> Script:
    """StartTLS is answered by a refusal (52 unavailable); all else works in the clear."""

    def script(conversation: Conversation) -> None:
        for request in conversation.serve():
            if request.operation == EXTENDED:
                refusal = result(_EXTENDED_ANSWER, code, "TLS is not here today")
                conversation.send(message(request.message_id, refusal))
            else:
                conversation.send(message(request.message_id, result(_SEARCH_DONE)))

    return script


def pretend_start_tls(conversation: Conversation) -> None:
    """StartTLS is answered by success, but LDAP in the clear goes on instead of TLS."""
    for request in conversation.serve():
        conversation.send(message(request.message_id, result(_EXTENDED_ANSWER)))
        conversation.send(message(request.message_id + 1, result(_BIND_ANSWER)))
        conversation.wait_for_the_end()


def garbage(octets: bytes = b"HTTP/1.1 400 Bad Request\r\n\r\n", *, greet: bool = False) -> Script:
    """Every request is answered by ``octets``; with ``greet`` they come before any request."""

    def script(conversation: Conversation) -> None:
        if greet:
            conversation.send(octets)
        while conversation.receive():
            conversation.send(octets)

    return script


def _answer_search(answer: Callable[[int], bytes], *, leave: bool = False) -> Script:
    """Serve binds; a search gets ``answer`` (of its message id), then the end or silence."""

    def script(conversation: Conversation) -> None:
        for request in conversation.serve():
            conversation.send(answer(request.message_id))
            if leave:
                return
            conversation.wait_for_the_end()

    return script


def _people(message_id: int, count: int) -> bytes:
    return b"".join(
        message(message_id, entry(f"uid=u{n},dc=example,dc=com", uid=[f"u{n}"], cn=[f"User {n}"]))
        for n in range(count)
    )


def close_mid_search(entries: int = 3, *, in_the_middle_of_one: bool = False) -> Script:
    """A search gets some entries, or the last one cut in half, and then the line is closed."""

    def answer(message_id: int) -> bytes:
        octets = _people(message_id, entries)
        return octets[:-10] if in_the_middle_of_one else octets

    return _answer_search(answer, leave=True)


def silence(*, after_bind: bool = False) -> Script:
    """Nothing is ever answered, or nothing but a bind."""

    def script(conversation: Conversation) -> None:
        if after_bind:
            for _ in conversation.serve():
                pass
        else:
            conversation.wait_for_the_end()

    return script


def huge_length(octets: int = 4) -> Script:
    """A search is answered by the head of a message that claims the greatest possible length."""
    head = bytes([_SEQUENCE, 0x80 | octets, 0x7F]) + b"\xff" * (octets - 1)
    return _answer_search(lambda message_id: head + ber(0x02, bytes([message_id])))


def broken_length() -> Script:
    """A search is answered by an entry in which an inner length exceeds its container."""

    def answer(message_id: int) -> bytes:
        dn = ber(0x04, b"dc=example,dc=com")
        attributes = bytes([_SEQUENCE, 0x7E]) + b"\x04\x02cn"
        return message(message_id, ber(_SEARCH_ENTRY, dn, attributes))

    return _answer_search(answer)


def deep_nesting(depth: int = 20000) -> Script:
    """A search is answered by a message of correct lengths whose sequences nest ``depth`` deep."""

    def answer(message_id: int) -> bytes:
        inner = b""
        for _ in range(depth):
            inner = ber(_SEQUENCE, inner)
        return message(message_id, ber(_SEARCH_ENTRY, ber(0x04, b"dc=x"), inner))

    return _answer_search(answer)


def never_ending_entry() -> Script:
    """A search is answered by one entry that claims 1 GiB and comes in small pieces."""

    def script(conversation: Conversation) -> None:
        for request in conversation.serve():
            head = ber(0x02, bytes([request.message_id])) + b"\x64\x84\x3f\xff\xff\xf0"
            conversation.send(b"\x30\x84\x3f\xff\xff\xff" + head)
            while True:
                conversation.send(b"\x04\x01x" * 100)

    return script


def wrong_message_id(offset: int = 1000) -> Script:
    """A search is answered under the id of a request that nobody made."""

    def answer(message_id: int) -> bytes:
        other = message_id + offset
        return _people(other, 1) + message(other, result(_SEARCH_DONE))

    return _answer_search(answer)


def disconnect_with_notice(code: int = 52, text: str = "shutting down") -> Script:
    """A search is answered by the notice of disconnection (RFC 4511, 4.4.1), then the end."""
    name = ber(0x8A, b"1.3.6.1.4.1.1466.20036")
    return _answer_search(
        lambda _: message(0, result(_EXTENDED_ANSWER, code, text, name)), leave=True
    )


def refer(url: str, *, bind: bool = False) -> Script:
    """A search (or the bind) is answered by a referral (result code 10) to ``url``."""
    place = ber(0xA3, ber(0x04, url.encode()))

    def script(conversation: Conversation) -> None:
        requests = conversation.requests() if bind else conversation.serve()
        for request in requests:
            answer = _BIND_ANSWER if request.operation == BIND else _SEARCH_DONE
            conversation.send(message(request.message_id, result(answer, 10, "", place)))

    return script
