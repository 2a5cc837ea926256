"""The hostile servers do what they are for, seen by a client that is not ours."""

from __future__ import annotations

import socket
import subprocess
import threading

import pytest

from _launchers import hostile
from _launchers.hostile import HostileServer, ber, message, result
from _launchers.proxy import Proxy
from _launchers.waiting import eventually

BIND_REQUEST = bytes.fromhex("300c020101600702010304008000")
SEARCH_REQUEST = message(
    2,
    ber(
        hostile.SEARCH,
        ber(0x04, b"dc=example,dc=com"),
        ber(0x0A, b"\x02"),
        ber(0x0A, b"\x00"),
        ber(0x02, b"\x00"),
        ber(0x02, b"\x00"),
        ber(0x01, b"\x00"),
        ber(0x87, b"objectClass"),
        ber(0x30),
    ),
)
START_TLS = message(1, ber(hostile.EXTENDED, ber(0x80, b"1.3.6.1.4.1.1466.20037")))
BIND_SUCCESS = message(1, result(0x61))


def talk(server, *requests, seconds=5.0, count=None):
    """Send the requests one by one, then return what came until the end (or ``count`` octets)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        for request in requests:
            connection.sendall(request)
        answer = b""
        while count is None or len(answer) < count:
            octets = connection.recv(65536)
            if not octets:
                break
            answer += octets
        return answer


@pytest.fixture
def serve():
    servers = []

    def start(script):
        servers.append(HostileServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def ldapsearch(server, *options):
    return subprocess.run(
        ["ldapsearch", "-x", "-LLL", "-o", "nettimeout=2", "-H", server.url, *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"LDAPNOINIT": "1", "PATH": "/usr/bin:/bin"},
    )


@pytest.mark.parametrize(
    ("length", "head"), [(127, "047f"), (128, "048180"), (70000, "0483011170")]
)
def test_lengths(length, head):
    assert ber(0x04, b"x" * length)[: len(head) // 2] == bytes.fromhex(head)


def test_message_ids_are_positive():
    assert message(128, b"")[2:6] == bytes.fromhex("02020080")


def test_a_refused_start_tls_leaves_the_rest_working(serve):
    server = serve(hostile.refuse_start_tls(52))
    refusal = ldapsearch(server, "-ZZ")
    assert refusal.returncode != 0
    assert "Server is unavailable" in refusal.stderr
    assert hostile.BIND not in {request.operation for request in server.requests}
    assert ldapsearch(server, "-b", "dc=x").returncode == 0


def test_a_pretended_start_tls_speaks_no_tls(serve):
    server = serve(hostile.pretend_start_tls)
    assert ldapsearch(server, "-ZZ", "-D", "cn=admin", "-w", "Very-Secret").returncode != 0
    assert b"Very-Secret" not in server.received
    # What follows the answer to StartTLS is a TLS record or the end, never a bind.
    assert [request.operation for request in server.requests] == [hostile.EXTENDED]
    start_tls, rest = server.received[:31], server.received[31:]
    assert start_tls.endswith(b"1.3.6.1.4.1.1466.20037")
    assert rest[:2] in (b"", b"\x16\x03")


def test_garbage(serve):
    answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert talk(serve(hostile.garbage()), BIND_REQUEST, count=len(answer)) == answer
    greeting = serve(hostile.garbage(b"220 ready", greet=True))
    assert talk(greeting, count=9) == b"220 ready"


@pytest.mark.parametrize("half", [False, True])
def test_closing_mid_search(serve, half):
    server = serve(hostile.close_mid_search(3, in_the_middle_of_one=half))
    answer = talk(server, BIND_REQUEST, SEARCH_REQUEST)
    assert answer.startswith(BIND_SUCCESS)
    assert answer.count(b"uid=u") == 3
    assert message(2, result(0x65)) not in answer
    found = ldapsearch(server, "-b", "dc=example,dc=com")
    assert found.returncode != 0
    assert found.stdout.count("dn: ") == (2 if half else 3)


def test_silence(serve):
    with pytest.raises(TimeoutError):
        talk(serve(hostile.silence()), BIND_REQUEST, seconds=0.2)
    later = serve(hostile.silence(after_bind=True))
    assert talk(later, BIND_REQUEST, count=len(BIND_SUCCESS)) == BIND_SUCCESS
    with pytest.raises(TimeoutError):
        talk(later, BIND_REQUEST, SEARCH_REQUEST, seconds=0.2)


@pytest.mark.parametrize(
    ("script", "sign"),
    [
        (hostile.huge_length(), bytes.fromhex("30847fffffff")),
        (hostile.huge_length(8), bytes.fromhex("30887fffffffffffffff")),
        (hostile.broken_length(), bytes.fromhex("307e0402636e")),
        (hostile.deep_nesting(300), bytes.fromhex("30043002300030")[:6]),
        (hostile.never_ending_entry(), bytes.fromhex("64843ffffff0040178")),
        (hostile.wrong_message_id(), bytes.fromhex("020203ea64")),
        (hostile.disconnect_with_notice(), b"1.3.6.1.4.1.1466.20036"),
        (hostile.refer("ldap://elsewhere/dc=x"), b"ldap://elsewhere/dc=x"),
    ],
)
def test_answers_to_a_search(serve, script, sign):
    server = serve(script)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(BIND_REQUEST + SEARCH_REQUEST)
        answer = b""
        while sign not in answer:
            octets = connection.recv(65536)
            assert octets, answer
            answer += octets
    assert answer.startswith(BIND_SUCCESS)


def test_a_referral_is_understood_by_others(serve):
    found = ldapsearch(serve(hostile.refer("ldap://127.0.0.1:9/dc=x")), "-b", "dc=x")
    assert "ldap://127.0.0.1:9/dc=x" in found.stdout + found.stderr
    bound = ldapsearch(serve(hostile.refer("ldap://127.0.0.1:9/dc=x", bind=True)), "-b", "dc=x")
    assert bound.returncode != 0


def test_nothing_is_left(serve):
    before = threading.active_count()
    server = serve(hostile.silence(after_bind=True))
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(BIND_REQUEST)
        assert connection.recv(65536) == BIND_SUCCESS
        server.close()
        assert connection.recv(1) == b""
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


@pytest.fixture
def echo(serve):
    def script(conversation):
        while octets := conversation.receive():
            conversation.send(octets)

    return serve(script)


@pytest.fixture
def proxy(echo):
    with Proxy("127.0.0.1", echo.port) as line:
        yield line


def connect(line, seconds=5.0):
    return socket.create_connection(("127.0.0.1", line.port), timeout=seconds)


def test_the_proxy_passes_octets(proxy):
    with connect(proxy) as connection:
        connection.sendall(b"hello")
        assert connection.recv(10) == b"hello"


@pytest.mark.parametrize("direction", ["requests", "answers"])
def test_the_line_is_cut_at_an_octet(proxy, echo, direction):
    proxy.cut_after(7, direction)
    answer = talk(proxy, b"0123456789")
    assert answer == b"0123456"[: len(answer)]
    passed = b"0123456" if direction == "requests" else b"0123456789"
    eventually(lambda: echo.received == passed)
    if direction == "answers":
        assert answer == b"0123456"
    proxy.mend()
    assert talk(proxy, b"0123456789", count=10) == b"0123456789"


def test_the_line_can_be_reset(proxy):
    proxy.cut_after(0, reset=True)
    with connect(proxy) as connection:
        connection.sendall(b"hello")
        with pytest.raises(ConnectionResetError):
            connection.recv(10)


def test_the_line_can_be_held(proxy):
    with connect(proxy, 0.3) as connection:
        proxy.pause()
        connection.sendall(b"hello")
        with pytest.raises(TimeoutError):
            connection.recv(10)
        proxy.resume()
        connection.settimeout(5)
        assert connection.recv(10) == b"hello"


def test_the_line_can_be_broken_and_mended(proxy):
    with connect(proxy) as connection:
        connection.sendall(b"hello")
        assert connection.recv(10) == b"hello"
        proxy.refuse()
        assert connection.recv(10) == b""
    with connect(proxy) as connection:
        assert connection.recv(10) == b""
    proxy.mend()
    assert talk(proxy, b"hello", count=5) == b"hello"
