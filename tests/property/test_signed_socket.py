"""The signing layer: what goes in on one side comes out on the other, or nothing does."""

from __future__ import annotations

import hashlib
import hmac
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldapconnector.directory._signed_socket import SignedSocket

CLIENT, SERVER = b"c" * 16, b"s" * 16


class Pipe:
    """A socket that keeps what is sent, and gives what it is told in pieces."""

    def __init__(self, pieces=()):
        self.sent = b""
        self.pieces = list(pieces)

    def sendall(self, data):
        self.sent += data

    def recv(self, _size):
        return self.pieces.pop(0) if self.pieces else b""


def signed(*writes, first=0):
    pipe = Pipe()
    sender = SignedSocket(pipe, our_key=SERVER, their_key=CLIENT, sent=first)
    for data in writes:
        sender.sendall(data)
    return pipe.sent


def received(octets, cuts=()):
    bounds = [0, *sorted({cut % (len(octets) + 1) for cut in cuts}), len(octets)]
    pieces = [octets[a:b] for a, b in itertools.pairwise(bounds) if a < b]
    reader = SignedSocket(Pipe(pieces), our_key=CLIENT, their_key=SERVER)
    found = b""
    while data := reader.recv(1000):
        found += data
    return found


@given(
    st.lists(st.binary(min_size=1, max_size=100_000), min_size=1, max_size=4),
    st.lists(st.integers(min_value=0), max_size=8),
    st.integers(min_value=0, max_value=2**31),
)
def test_everything_arrives_however_it_is_cut(writes, cuts, first):
    assert received(signed(*writes, first=first), cuts) == b"".join(writes)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_no_octet_can_be_changed(plain, data):
    packet = signed(plain)
    place = data.draw(st.integers(0, len(packet) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda octet: octet != packet[place]))
    changed = packet[:place] + bytes([other]) + packet[place + 1 :]
    try:
        found = received(changed)
    except OSError:
        return
    assert place < 4  # the length says that more is to come
    assert found == b""


def test_a_packet_has_the_form_of_the_rfc():
    """RFC 2831, 2.3: the octets, ten of the HMAC-MD5, the version, the number."""
    mac = hmac.new(SERVER, bytes(4) + b"ab", hashlib.md5).digest()[:10]
    assert signed(b"ab") == bytes([0, 0, 0, 18]) + b"ab" + mac + b"\0\1" + bytes(4)


def test_packets_are_counted():
    one, two, three = signed(b"1"), signed(b"2", first=1), signed(b"3", first=2)
    assert received(one + two + three) == b"123"
    for wrong in (one + three, one + one, two + one):
        with pytest.raises(OSError, match="missing or came twice"):
            received(wrong)


def test_a_length_is_bounded():
    for length in (0, 15, 0x1000000, 0xFFFFFFFF):
        with pytest.raises(OSError, match="impossible"):
            received(length.to_bytes(4, "big") + bytes(20))


def test_long_writes_become_packets_that_every_server_takes():
    octets = signed(b"x" * 100_000)
    lengths = []
    while octets:
        lengths.append(int.from_bytes(octets[:4], "big"))
        octets = octets[4 + lengths[-1] :]
    assert max(lengths) <= 65536
    assert len(lengths) == 4
