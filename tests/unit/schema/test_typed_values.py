"""Syntaxes: octets to Python and back (RFC 4517, section 3; [MS-DTYP])."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ldapconnector.errors import InvalidValue, UsageError
from ldapconnector.names import DN
from ldapconnector.schema import (
    Schema,
    bytes_to_sid,
    datetime_to_filetime,
    filetime_to_datetime,
    format_generalized_time,
    parse_generalized_time,
    sid_to_bytes,
)

RFC = "1.3.6.1.4.1.1466.115.121.1."
LARGE = "1.2.840.113556.1.4.906"
OCTETS = RFC + "40"


def of(syntax, name="a"):
    number = RFC + syntax if syntax.isdigit() else syntax
    return Schema.parse({"attributeTypes": [f"( 1.1 NAME '{name}' SYNTAX '{number}' )"]})


GUID = uuid.UUID("01020304-0506-0708-090a-0b0c0d0e0f10")
MOMENT = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("syntax", "octets", "value"),
    [
        ("7", b"TRUE", True),
        ("7", b"FALSE", False),
        ("BOOLEAN", b"TRUE", True),
        ("27", b"-42", -42),
        (LARGE, b"9223372036854775807", 2**63 - 1),
        ("24", b"20260131235959Z", MOMENT),
        ("24", b"20260131235959.25Z", MOMENT.replace(microsecond=250_000)),
        ("53", b"260131235959Z", MOMENT),
        ("12", b"cn=a,dc=x", DN.parse("cn=a,dc=x")),
        ("12", b"", DN()),
        ("34", b"cn=a", DN.parse("cn=a")),
        ("34", b"cn=a#'01'B", (DN.parse("cn=a"), "'01'B")),
        ("1.3.6.1.1.16.1", b"01020304-0506-0708-090a-0b0c0d0e0f10", GUID),
        ("15", "Zoë".encode(), "Zoë"),
        ("26", b"a@x", "a@x"),
        ("38", b"2.5.4.3", "2.5.4.3"),
        ("6", b"'01'B", "'01'B"),
        ("41", rb"one$two\24\5Cthree", ("one", "two$\\three")),
        ("40", b"\x00\xff", b"\x00\xff"),
        ("28", b"\xff\xd8", b"\xff\xd8"),
        ("OctetString", b"\xff", b"\xff"),
        ("1.2.3.4", b"\xff", b"\xff"),
        ("1.2.840.113556.1.4.903", b"B:4:FF00:cn=a", (b"\xff\x00", DN.parse("cn=a"))),
        ("1.2.840.113556.1.4.904", b"S:3:a:b:cn=a", ("a:b", DN.parse("cn=a"))),
    ],
)
def test_there_and_back(syntax, octets, value):
    schema = of(syntax)
    found = schema.decode("A;x", octets)
    assert found == value
    assert type(found) is type(value)
    assert schema.encode("a", value) == octets
    assert schema.encode("a", octets) == octets


@pytest.mark.parametrize(
    ("name", "syntax", "octets", "value"),
    [
        ("objectGUID", OCTETS, bytes.fromhex("0403020106050807090a0b0c0d0e0f10"), GUID),
        ("objectSid", OCTETS, sid_to_bytes("S-1-5-21-1-2-3-500"), "S-1-5-21-1-2-3-500"),
        ("accountExpires", LARGE, b"116444736000000000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("accountExpires", LARGE, b"9223372036854775807", 2**63 - 1),
        ("pwdLastSet", LARGE, b"0", 0),
        ("pwdLastSet", LARGE, b"-1", -1),
        ("lastLogon", LARGE, b"9223372036854775806", 2**63 - 2),
        ("uSNChanged", LARGE, b"5", 5),
    ],
)
def test_types_that_the_name_tells(name, syntax, octets, value):
    schema = of(syntax, name)
    assert schema.decode(name.upper(), octets) == value
    assert schema.encode(name, value) == octets


def test_a_guid_is_taken_as_text():
    assert of(OCTETS, "objectGUID").encode("objectGUID", str(GUID)) == GUID.bytes_le


def test_unknown_attributes_stay_octets():
    schema = Schema.parse({})
    assert schema.decode("a", b"\xff") == b"\xff"
    assert schema.encode("a", "ä") == "ä".encode()
    assert schema.encode("a", b"x") == b"x"
    with pytest.raises(UsageError, match="not known, so text or octets"):
        schema.encode("a", 5)


def test_lenient_reading_and_canonical_writing():
    assert of("7").decode("a", b"true") is True
    assert of("7").encode("a", "true") == b"TRUE"
    assert of("27").encode("a", "007") == b"7"
    assert of("27").decode("a", b"007") == 7
    assert of("24").encode("a", "2026013123Z") == b"20260131230000Z"


@pytest.mark.parametrize(
    ("syntax", "octets"),
    [
        ("7", b"yes"),
        ("27", b"1_000"),
        ("27", b"9" * 5000),
        ("24", b"20260230000000Z"),
        ("24", b"20260131235959"),
        ("24", b"00000000000000Z"),
        ("24", "２０２６0131235959Z".encode()),
        ("24", b"20260131235959+0160"),
        ("24", b"99991231235959-0100"),
        ("53", b"x"),
        ("12", b"nonsense"),
        ("34", b"nonsense#'01'B"),
        ("15", b"\xff"),
        ("1.3.6.1.1.16.1", b"0102030405060708090a0b0c0d0e0f10"),
        ("1.2.840.113556.1.4.903", b"B:2:FF00:cn=a"),
        ("1.2.840.113556.1.4.903", b"x"),
        ("1.2.840.113556.1.4.904", b"S:9:ab:cn=a"),
        ("1.2.840.113556.1.4.904", b"x"),
    ],
)
def test_values_that_break_their_syntax(syntax, octets):
    with pytest.raises(InvalidValue, match="'a' is not of the syntax") as caught:
        of(syntax).decode("a", octets)
    assert caught.value.operation == "decode"
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("syntax", "value"),
    [
        ("7", 1),
        ("7", "maybe"),
        ("27", True),
        ("27", "x"),
        ("27", 1.5),
        ("24", "tomorrow"),
        ("24", 5),
        ("24", datetime(2026, 1, 1)),  # noqa: DTZ001 -- refused for that
        ("53", datetime(1900, 1, 1, tzinfo=UTC)),
        ("12", 5),
        ("34", (DN(), "bits")),
        ("15", 5),
        ("40", 5),
        ("41", 5),
        ("1.3.6.1.1.16.1", 5),
        ("1.2.840.113556.1.4.903", 5),
        ("1.2.840.113556.1.4.904", 5),
        ("27", b"x"),
    ],
)
def test_objects_that_are_no_value(syntax, value):
    with pytest.raises(UsageError, match="cannot be a value of 'a'"):
        of(syntax).encode("a", value)


@pytest.mark.parametrize(
    ("name", "syntax", "value"),
    [
        ("objectGUID", OCTETS, 5),
        ("objectSid", OCTETS, 5),
        ("objectSid", OCTETS, "S-1-x"),
        ("pwdLastSet", LARGE, "x"),
        ("pwdLastSet", LARGE, True),
        ("pwdLastSet", LARGE, datetime(2026, 1, 1)),  # noqa: DTZ001 -- refused for that
    ],
)
def test_objects_that_the_name_refuses(name, syntax, value):
    with pytest.raises(UsageError):
        of(syntax, name).encode(name, value)


@pytest.mark.parametrize("octets", [b"", b"\x01", b"\x02\x00" + bytes(6), b"\x01\x01" + bytes(6)])
def test_octets_that_are_no_sid(octets):
    with pytest.raises(ValueError, match="no security identifier"):
        bytes_to_sid(octets)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "S-1",
        "S-2-5-1",
        "X-1-5",
        "S-1-5-4294967296",
        "S-1--5",
        "S-1-" + "9" * 20,
        "S-1" + "-1" * 17,
    ],
)
def test_texts_that_are_no_sid(text):
    with pytest.raises(ValueError, match=r"S-1|security|large"):
        sid_to_bytes(text)


def test_a_value_of_a_substituted_syntax():
    schema = Schema.parse(
        {
            "attributeTypes": ["( 1.1 NAME 'a' SYNTAX 1.9 )"],
            "ldapSyntaxes": [f"( 1.9 DESC 'Duration' X-SUBST '{RFC}27' )"],
        }
    )
    assert schema.decode("a", b"5") == 5
    assert schema.syntax("a").name == "Integer"
    assert schema.syntax("b") is None


def test_generalized_times():
    assert parse_generalized_time("20261231235960Z").isoformat() == "2027-01-01T00:00:00+00:00"
    assert parse_generalized_time("2026013123.5Z").minute == 30
    assert parse_generalized_time("202601312359.25Z").second == 15
    assert parse_generalized_time("20260131000000-0130").isoformat().startswith("2026-01-31T01:30")
    east = datetime(2026, 1, 31, 1, tzinfo=timezone(timedelta(hours=1)))
    assert format_generalized_time(east) == "20260131000000Z"
    assert format_generalized_time(east.replace(microsecond=500)) == "20260131000000.0005Z"
    early = datetime(33, 4, 5, tzinfo=UTC)
    assert parse_generalized_time(format_generalized_time(early)) == early


def test_file_times():
    assert (
        datetime_to_filetime(filetime_to_datetime(133_000_000_000_000_000))
        == 133_000_000_000_000_000
    )
    assert filetime_to_datetime(0) is filetime_to_datetime(2**63 - 1) is None
    with pytest.raises(OverflowError):
        filetime_to_datetime(2**62)


@pytest.mark.parametrize(
    ("attribute", "octets", "valid"),
    [
        ("nisNetgroupTriple", b"(a,b,c)", True),
        ("nisNetgroupTriple", b"(,,)", True),
        ("nisNetgroupTriple", b"(a,b)", False),
        ("nisNetgroupTriple", b"a", False),
        ("nisNetgroupTriple", b"(" + b"," * 20_000, False),
        ("bootParameter", b"a=b:c", True),
        ("bootParameter", b"a=b", False),
        ("bootParameter", b"a=" * 20_000, False),
    ],
)
def test_validity_is_decided_in_one_pass(attribute, octets, valid):
    assert Schema.standard().syntax(attribute).valid(octets) is valid
