"""The codec against pyasn1 with ldap3's ASN.1 module, both ways, and against damaged octets."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ldapconnector.directory import Control, Scope, _requests
from ldapconnector.directory import controls as _controls
from ldapconnector.directory._ber import (
    integer,
    octets,
    read_header,
    read_integer,
    sequence,
    text,
    wrap,
)
from ldapconnector.directory._responses import (
    Names,
    WireEntry,
    WireResult,
    decode_controls,
    decode_entries,
    decode_intermediate,
    decode_reference,
    decode_result,
    frames,
    missing,
)
from ldapconnector.directory._wire import Wire
from ldapconnector.entries import Add, Delete, Entry, Modification, ModificationType, Modify, Rename
from ldapconnector.errors import ConnectionFailed, UsageError
from ldapconnector.names import (
    AVA,
    DN,
    RDN,
    And,
    Approx,
    Equal,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Or,
    Present,
    Substring,
)

LIMIT = 1 << 24
ids = st.integers(1, 2**31 - 1)
blobs = st.binary(max_size=10) | st.binary(min_size=126, max_size=300)
descriptions = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,6}(;[a-z]{1,4})?", fullmatch=True)
dns = st.lists(
    st.builds(
        AVA, st.sampled_from(["cn", "ou", "dc"]), st.text("ab, =+é", min_size=1, max_size=6)
    ).map(lambda ava: RDN((ava,))),
    max_size=4,
).map(lambda rdns: DN(tuple(rdns)))
compared = st.sampled_from([Equal, Approx, GreaterOrEqual, LessOrEqual])
# ldap3's module cannot decode And, Or and Not: those are compared octet for octet below
items = (
    st.builds(lambda kind, name, value: kind(name, value), compared, descriptions, blobs)
    | st.builds(Present, descriptions)
    | st.builds(
        Substring,
        attribute=descriptions,
        initial=blobs,
        middle=st.lists(blobs.filter(bool), max_size=2).map(tuple),
        final=blobs.filter(bool),
    )
    | st.builds(
        Extensible,
        attribute=descriptions,
        rule=st.none() | st.just("caseExactMatch"),
        value=blobs,
        dn=st.booleans(),
    )
)
attributes = st.dictionaries(
    descriptions, st.lists(blobs, min_size=1, max_size=4).map(tuple), max_size=5
)
controls = st.lists(
    st.builds(
        Control,
        oid=st.sampled_from(["1.2.3", "1.2.840.113556.1.4.319"]),
        critical=st.booleans(),
        value=st.none() | blobs,
    ),
    max_size=2,
).map(tuple)
results = st.builds(
    WireResult,
    code=st.sampled_from([0, 1, 4, 10, 32, 53, 80, 119, 4096]),
    matched_dn=st.text(max_size=5),
    diagnostic=st.text(max_size=5),
    referrals=st.lists(st.text("abc:/", min_size=1, max_size=9), max_size=2).map(tuple),
    controls=controls,
)


@pytest.fixture(scope="module")
def asn1() -> Any:
    """ldap3's ASN.1 module with pyasn1's decoder and encoder."""
    from ldap3.protocol import rfc4511
    from pyasn1.codec.ber import decoder, encoder

    class Asn1:
        spec = rfc4511

        @staticmethod
        def decode(data: bytes) -> Any:
            value, rest = decoder.decode(data, asn1Spec=rfc4511.LDAPMessage())
            assert rest == b""
            return value

        @staticmethod
        def encode(value: Any) -> bytes:
            return encoder.encode(value)

    return Asn1


def filter_of(value: Any) -> Filter:
    """Rebuild our filter from pyasn1's."""
    kind = value.getName()
    inner = value[kind]
    match kind:
        case "present":
            return Present(bytes(inner).decode())
        case "substringFilter":
            parts = [(one.getName(), bytes(one.getComponent())) for one in inner["substrings"]]
            return Substring(
                attribute=bytes(inner["type"]).decode(),
                initial=dict(parts).get("initial", b""),
                middle=tuple(octets for name, octets in parts if name == "any"),
                final=dict(parts).get("final", b""),
            )
        case "extensibleMatch":
            rule, attribute = inner["matchingRule"], inner["type"]
            return Extensible(
                attribute=bytes(attribute).decode() if attribute.isValue else None,
                rule=bytes(rule).decode() if rule.isValue else None,
                value=bytes(inner["matchValue"]),
                dn=bool(inner["dnAttributes"]),
            )
        case _:
            classes = {
                "equalityMatch": Equal,
                "greaterOrEqual": GreaterOrEqual,
                "lessOrEqual": LessOrEqual,
                "approxMatch": Approx,
            }
            return classes[kind](
                bytes(inner["attributeDesc"]).decode(), bytes(inner["assertionValue"])
            )


# ---------------------------------------------------------------- our requests, read by pyasn1


@given(ids, dns, st.sampled_from(Scope), items)
def test_pyasn1_reads_our_search_request(asn1, number, base, scope, filter_):
    names = ["cn", "*", "userCertificate;binary"]
    operation = _requests.search(str(base), scope, filter_, names, size_limit=number, time_limit=7)
    value = asn1.decode(_requests.message(number, operation))
    request = value["protocolOp"]["searchRequest"]
    assert int(value["messageID"]) == number
    assert bytes(request["baseObject"]).decode() == str(base)
    assert int(request["scope"]) == scope
    assert (int(request["sizeLimit"]), int(request["timeLimit"])) == (number, 7)
    assert [bytes(name).decode() for name in request["attributes"]] == names
    assert filter_of(request["filter"]) == filter_


@given(ids, controls)
def test_pyasn1_reads_our_controls(asn1, number, sent):
    value = asn1.decode(_requests.message(number, _requests.change(Delete("cn=a")), sent))
    assert read_controls(value) == sent


simple = st.recursive(
    st.builds(Filter.equal, st.sampled_from(["cn", "sn"]), st.text("ab", min_size=1, max_size=3)),
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts)))
    ),
    max_leaves=8,
)


@given(simple)
def test_our_filters_are_octet_for_octet_those_of_ldap3(filter_):
    from ldap3.operation.search import compile_filter, parse_filter
    from pyasn1.codec.ber import encoder

    parsed = parse_filter(str(filter_), None, False, None, None, False)
    assert encoder.encode(compile_filter(parsed.elements[0])) == _requests.encode_filter(filter_)


def test_the_true_and_false_filters_are_those_of_rfc_4526():
    assert _requests.encode_filter(Filter.TRUE) == bytes.fromhex("a000")
    assert _requests.encode_filter(Filter.FALSE) == bytes.fromhex("a100")


def test_a_filter_nested_too_deeply_is_refused():
    filter_ = Filter.present("cn")
    for _ in range(101):
        filter_ = ~filter_
    with pytest.raises(UsageError, match="deeper than 100"):
        _requests.encode_filter(filter_)


def read_controls(value: Any) -> tuple[Control, ...]:
    if not value["controls"].isValue:
        return ()
    return tuple(
        Control(
            oid=bytes(one["controlType"]).decode(),
            critical=bool(one["criticality"]),
            value=bytes(one["controlValue"]) if one["controlValue"].isValue else None,
        )
        for one in value["controls"]
    )


@given(ids, dns, attributes)
def test_pyasn1_reads_our_add_request(asn1, number, dn, values):
    entry = Entry(dn, values)
    request = asn1.decode(_requests.message(number, _requests.change(Add(entry))))
    add = request["protocolOp"]["addRequest"]
    assert bytes(add["entry"]).decode() == str(dn)
    read = {
        bytes(one["type"]).decode(): sorted(map(bytes, one["vals"])) for one in add["attributes"]
    }
    assert read == {name: sorted(found) for name, found in entry.items()}


@given(
    ids,
    dns,
    st.lists(
        st.builds(
            Modification,
            operation=st.sampled_from(
                [ModificationType.ADD, ModificationType.DELETE, ModificationType.REPLACE]
            ),
            attribute=descriptions,
            values=st.lists(blobs, max_size=3).map(tuple),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_pyasn1_reads_our_modify_request(asn1, number, dn, steps):
    value = asn1.decode(_requests.message(number, _requests.change(Modify(dn, tuple(steps)))))
    request = value["protocolOp"]["modifyRequest"]
    assert bytes(request["object"]).decode() == str(dn)
    for sent, read in zip(steps, request["changes"], strict=True):
        assert str(sent.operation) == str(read["operation"].prettyPrint())
        assert bytes(read["modification"]["type"]).decode() == sent.attribute
        assert tuple(map(bytes, read["modification"]["vals"])) == sent.values


@given(ids, dns, dns, st.booleans())
def test_pyasn1_reads_our_rename_and_delete_requests(asn1, number, dn, superior, old):
    assume(dn)
    rename = Rename(dn=dn, new_rdn=RDN.of(("cn", "z")), new_superior=superior, delete_old_rdn=old)
    value = asn1.decode(_requests.message(number, _requests.change(rename)))
    request = value["protocolOp"]["modDNRequest"]
    assert bytes(request["entry"]).decode() == str(dn)
    assert bytes(request["newrdn"]) == b"cn=z"
    assert bytes(request["newSuperior"]).decode() == str(superior)
    assert bool(request["deleteoldrdn"]) is old
    value = asn1.decode(_requests.message(number, _requests.change(Delete(dn))))
    assert bytes(value["protocolOp"]["delRequest"]).decode() == str(dn)


@given(st.integers(-(2**62), 2**62))
def test_integers_round_trip_in_their_shortest_form(value):
    encoded = integer(value)
    tag, start, stop = read_header(encoded, 0, len(encoded))
    assert (tag, read_integer(encoded, start, stop)) == (2, value)
    assert stop - start == 1 or encoded[start : start + 2] not in {b"\x00\x00", b"\xff\xff"}


# ---------------------------------------------------------------- pyasn1's answers, read by us


def stretched(data: bytes, draw: Any) -> bytes:
    """Encode again with lengths in long forms and leading zeros, as a server may."""
    out = bytearray()
    position = 0
    while position < len(data):
        tag, start, stop = read_header(data, position, len(data))
        content = data[start:stop]
        if tag & 0x20:
            content = stretched(content, draw)
        short = len(content).to_bytes(max(1, (len(content).bit_length() + 7) // 8), "big")
        form = draw(st.integers(0, 6))
        if form == 0 and len(content) < 128:
            out += bytes((tag, len(content))) + content
        else:
            length = bytes(form % 5) + short
            out += bytes((tag, 0x80 | len(length))) + length + content
        position = stop
    return bytes(out)


def entry_message(asn1: Any, number: int, dn: str, values: dict[str, tuple[bytes, ...]]) -> bytes:
    spec = asn1.spec
    entry = spec.SearchResultEntry()
    entry["object"] = dn.encode()
    entry["attributes"] = spec.PartialAttributeList()
    for index, (name, found) in enumerate(values.items()):
        one = spec.PartialAttribute()
        one["type"] = name
        one["vals"] = spec.Vals()
        for place, value in enumerate(found):
            one["vals"][place] = value
        entry["attributes"][index] = one
    message = spec.LDAPMessage()
    message["messageID"] = number
    message["protocolOp"] = spec.ProtocolOp()
    message["protocolOp"]["searchResEntry"] = entry
    return asn1.encode(message)


def result_message(asn1: Any, number: int, result: WireResult) -> bytes:
    spec = asn1.spec
    done = spec.SearchResultDone()
    done["resultCode"] = result.code
    done["matchedDN"] = result.matched_dn.encode()
    done["diagnosticMessage"] = result.diagnostic.encode()
    if result.referrals:
        done["referral"] = spec.Referral()
        for index, url in enumerate(result.referrals):
            done["referral"][index] = url.encode()
    message = spec.LDAPMessage()
    message["messageID"] = number
    message["protocolOp"] = spec.ProtocolOp()
    message["protocolOp"]["searchResDone"] = done
    if result.controls:
        message["controls"] = spec.Controls()
        for index, control in enumerate(result.controls):
            one = spec.Control()
            one["controlType"] = control.oid
            one["criticality"] = control.critical
            if control.value is not None:
                one["controlValue"] = control.value
            message["controls"][index] = one
    return asn1.encode(message)


@given(st.data(), ids, dns, attributes)
def test_we_read_entries_of_pyasn1_in_every_form_of_length(asn1, data, number, dn, values):
    message = stretched(entry_message(asn1, number, str(dn), values), data.draw)
    ((frame,), position) = frames(message, LIMIT)
    assert position == len(message)
    assert frame[:2] == (number, 0x64)
    (entry,) = decode_entries(message, [frame], Names(), WireEntry)
    assert entry == (str(dn), values)


@given(ids, dns, attributes)
def test_we_read_entries_as_ldap3_does(asn1, number, dn, values):
    from ldap3.utils.asn1 import decode_message_fast

    message = entry_message(asn1, number, str(dn), values)
    theirs = decode_message_fast(message)
    ((frame,), _) = frames(message, LIMIT)
    (entry,) = decode_entries(message, [frame], Names(), WireEntry)
    assert theirs["messageID"] == frame[0]
    assert theirs["payload"][0][3].decode() == entry.dn
    listed = {
        name[3].decode(): tuple(value[3] for value in found[3])
        for name, found in (attribute[3] for attribute in theirs["payload"][1][3])
    }
    assert listed == entry.attributes


@given(st.data(), ids, results)
def test_we_read_results_of_pyasn1_in_every_form_of_length(asn1, data, number, result):
    assume(all(control.value != b"" for control in result.controls))
    message = stretched(result_message(asn1, number, result), data.draw)
    ((frame,), position) = frames(message, LIMIT)
    assert position == len(message)
    assert frame[:2] == (number, 0x65)
    assert decode_result(message, frame) == result


@given(st.lists(st.tuples(ids, dns, attributes), max_size=5), st.data())
def test_a_stream_cut_anywhere_gives_the_same_messages(asn1, listed, data):
    stream = b"".join(entry_message(asn1, number, str(dn), found) for number, dn, found in listed)
    cut = data.draw(st.integers(0, len(stream)))
    first, position = frames(stream[:cut], LIMIT)
    rest = stream[position:]
    lacking = missing(stream[position:cut], 0, LIMIT)
    assert 0 <= lacking <= len(stream) - cut or cut == position
    second, end = frames(rest, LIMIT)
    assert len(first) + len(second) == len(listed)
    assert position + end == len(stream)


# ---------------------------------------------------------------- damaged octets


class Reel:
    """A socket that plays what was recorded, in pieces, and then ends."""

    def __init__(self, stream: bytes, piece: int) -> None:
        self.stream, self.piece, self.position = stream, piece, 0

    def settimeout(self, seconds: float | None) -> None: ...

    def setsockopt(self, *arguments: int) -> None: ...

    def sendall(self, data: bytes) -> None: ...

    def recv(self, size: int) -> bytes:
        piece = self.stream[self.position : self.position + min(size, self.piece)]
        self.position += len(piece)
        return piece


SPLICED = [b"", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x1f\x81", b"\x04\x85\x01", b"\xff"]


@given(
    st.data(),
    st.lists(st.tuples(dns, attributes), min_size=1, max_size=4),
    results,
    st.integers(1, 400),
)
def test_damaged_streams_raise_only_our_errors_and_stay_bounded(asn1, data, listed, result, piece):
    stream = bytearray(b"".join(entry_message(asn1, 1, str(dn), found) for dn, found in listed))
    stream += result_message(asn1, 1, result)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream) - 1))
        match data.draw(st.integers(0, 3)):
            case 0:
                stream[at] = data.draw(st.integers(0, 255))
            case 1:
                del stream[at : at + data.draw(st.integers(1, 9))]
            case 2:
                stream[at:at] = data.draw(st.sampled_from(SPLICED) | st.binary(max_size=4))
            case _:
                stream[at:at] = stream[at : at + 20]
        assume(stream)
    _play(bytes(stream), piece)


@given(st.binary(max_size=600), st.integers(1, 600))
@example(b"HTTP/1.1 400 Bad Request\r\n\r\n", 600)
@example(bytes.fromhex("300c02010165070a010004000400"), 3)
@example(b"\x30\x83" + b"\xff" * 30, 600)
@example(b"\x30\x0a\x02\x01\x01\x64\x05\x04\x81\x00\x30\x00\x00", 600)
def test_random_octets_raise_only_our_errors(stream, piece):
    _play(stream, piece)


def _play(stream: bytes, piece: int) -> None:
    reel = Reel(stream, piece)
    wire = Wire(reel, next_message_id=1, max_message_bytes=1 << 16)
    items = []
    try:
        items = list(wire.search("", Scope.SUBTREE, Filter.TRUE, ["*"]))
    except ConnectionFailed:
        with pytest.raises(ConnectionFailed):  # and it stays so
            wire.send(_requests.search("", Scope.BASE, Filter.TRUE, []))
    # Values are slices of what came: nothing was made that the server did not send.
    size = sum(
        len(value)
        for item in items
        if isinstance(item, WireEntry)
        for values in item.attributes.values()
        for value in values
    )
    assert size <= len(stream)
    assert sum(map(len, wire._parts)) <= len(stream)


@given(st.binary(max_size=60), st.sampled_from([0x64, 0x65, 0x73, 0x79]))
def test_decoders_of_random_content_raise_only_our_errors(content, tag):
    frame = (1, tag, 0, len(content), len(content))
    for decode in (
        lambda: decode_entries(content, [frame], Names(), WireEntry),
        lambda: decode_result(content, frame),
        lambda: decode_reference(content, frame),
        lambda: decode_intermediate(content, frame),
        lambda: decode_controls(content, (1, tag, 0, 0, len(content))),
        lambda: _controls.sync_info(content),
        *(
            lambda oid=oid, read=read: read([Control(oid=oid, value=content)])
            for oid, read in [
                (_controls.PAGED_RESULTS, _controls.paged_cookie),
                (_controls.SORT_RESPONSE, _controls.sort_result),
                (_controls.VLV_RESPONSE, _controls.vlv_response),
                (_controls.SYNC_STATE, _controls.sync_state),
                (_controls.SYNC_DONE, _controls.sync_done),
            ]
        ),
    ):
        try:
            decode()
        except ConnectionFailed as error:
            assert error.operation == "decode"


def test_a_hostile_length_is_refused_before_its_content_is_awaited():
    reel = Reel(b"\x30\x84\x7f\xff\xff\xff" + b"x" * 50, 10)
    wire = Wire(reel, max_message_bytes=1000)
    with pytest.raises(ConnectionFailed, match="longer than the limit of 1000 octets"):
        list(wire.search("", Scope.SUBTREE, Filter.TRUE, ["*"]))
    assert reel.position <= 20


def test_an_indefinite_length_is_refused():
    with pytest.raises(ConnectionFailed, match="indefinite"):
        list(Wire(Reel(b"\x30\x80" + bytes(20), 99)).search("", Scope.BASE, Filter.TRUE, []))


def test_an_attribute_that_comes_twice_is_joined():
    one = sequence(text("cn"), b"\x31\x03" + octets(b"a"))
    two = sequence(text("cn"), b"\x31\x03" + octets(b"b"))
    content = text("cn=a") + sequence(one, two)
    (entry,) = decode_entries(content, [(1, 0x64, 0, len(content), 0)], Names(), WireEntry)
    assert entry.attributes == {"cn": (b"a", b"b")}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_values_of_every_size_around_the_forms_of_length_arrive(count):
    """A set of 128 octets has the length 81 80, which looks like a short one of 129."""
    for size in (*range(270), *range(65_530, 65_540)):
        values = tuple(bytes([number]) * size for number in range(count))
        listed = wrap(0x31, b"".join(map(octets, values)))
        content = text("cn=a") + sequence(sequence(text("cn"), listed))
        (entry,) = decode_entries(content, [(1, 0x64, 0, len(content), 0)], Names(), WireEntry)
        assert entry.attributes == {"cn": values}


def test_attributes_without_values_are_kept_only_for_types_only():
    content = text("cn=a") + sequence(sequence(text("cn"), b"\x31\x00"))
    frame = (1, 0x64, 0, len(content), 0)
    (entry,) = decode_entries(content, [frame], Names(), WireEntry)
    assert entry.attributes == {}
    (entry,) = decode_entries(content, [frame], Names(), WireEntry, empty=True)
    assert entry.attributes == {"cn": ()}


def test_the_memory_of_attribute_names_is_bounded():
    names = Names()
    for number in range(10_000):
        assert names[b"x%d" % number] == f"x{number}"
    assert len(names) <= 4096


def test_a_timeout_says_how_long_it_waited():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire = Wire(ours, read_timeout=0.01)
        with pytest.raises(ConnectionFailed, match=r"no answer within 0\.01 seconds"):
            list(wire.search("", Scope.BASE, Filter.TRUE, []))
