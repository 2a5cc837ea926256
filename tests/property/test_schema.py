"""Laws of schemas, keys and typed values, for any input."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from ldapconnector.entries import Entry
from ldapconnector.names import DN
from ldapconnector.schema import (
    Finding,
    Schema,
    bytes_to_sid,
    datetime_to_filetime,
    filetime_to_datetime,
    format_generalized_time,
    parse_generalized_time,
    sid_to_bytes,
)
from ldapconnector.schema._reader import KINDS, tolerant

STANDARD = Schema.standard()

words = st.sampled_from(["'a b'", "\t", "\n"]) | st.sampled_from(
    [
        "NAME",
        "DESC",
        "SUP",
        "MUST",
        "MAY",
        "SYNTAX",
        "STRUCTURAL",
        "USAGE",
        "X-ORIGIN",
        "OBSOLETE",
        "EQUALITY",
        "AUX",
        "NOT",
        "X-",
        "name",
        "NAME'",
        "'cn'",
        "'it's'",
        "''",
        '"x"',
        "cn",
        "2.5.4.3",
        "{64}",
        "1.3{5}",
        "(",
        ")",
        "$",
        "'",
        '"',
        "\\27",
        "é",
        "\x00",
    ]
)
garbage = st.lists(words, max_size=14).map(" ".join) | st.text(max_size=40)
framed = garbage.map(lambda text: f"( 1.2 {text} )") | garbage
kinds = st.sampled_from([*KINDS, "IBMAttributeTypes", "cn"])
subschemas = st.dictionaries(
    kinds,
    st.lists(framed | framed.map(str.encode) | st.binary(max_size=20), max_size=4),
    max_size=5,
)

names = st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True)
quoted = st.text(st.characters(exclude_characters="'\\", exclude_categories=["Cs"]), max_size=8)


@st.composite
def attribute_types(draw):
    fields = [f"1.{draw(st.integers(1, 9))}"]
    fields += [f"NAME '{draw(names)}'"] if draw(st.booleans()) else []
    fields += [f"DESC '{draw(quoted)}'"] if draw(st.booleans()) else []
    fields += ["OBSOLETE"] if draw(st.booleans()) else []
    fields += [f"SUP {draw(names)}"] if draw(st.booleans()) else []
    fields += [f"EQUALITY {draw(names)}"] if draw(st.booleans()) else []
    fields += [f"SYNTAX 1.{draw(st.integers(1, 9))}{{7}}"] if draw(st.booleans()) else []
    fields += ["SINGLE-VALUE"] if draw(st.booleans()) else []
    fields += [f"X-A '{draw(quoted)}'"] if draw(st.booleans()) else []
    blank = draw(st.sampled_from([" ", "  ", "\n "]))
    return f"({blank}{blank.join(fields)}{blank})"


@given(subschemas)
def test_no_garbage_ever_raises(subschema):
    schema = Schema.parse(subschema)
    assert all(isinstance(finding, Finding) and str(finding) for finding in schema.problems)
    given_ = sum(len(values) for kind, values in subschema.items() if kind in KINDS)
    lost = sum(1 for f in schema.problems if f.code.lost and f.kind in KINDS)
    assert sum(1 for _ in schema) + lost == given_
    assert Schema.parse(schema.definitions()) == schema
    assert pickle.loads(pickle.dumps(schema)) == schema
    for element in schema:
        assert element.oid
        assert isinstance(element.extensions, dict)
    for known in schema.object_classes:
        assert schema.superclasses(known.name)
        assert not schema.must([known.name]) & schema.may([known.name])
    schema.check(Entry("cn=a", {"objectClass": "a", "cn": ["b", "B"]}))
    schema.names_of("cn")
    schema.equality_key("cn", b"a")


@given(attribute_types())
def test_both_readers_agree(text):
    element = KINDS["attributeTypes"][0](text)
    if element is not None:
        assert (element, []) == tolerant("attributeTypes", text)
        assert element.extensions == tolerant("attributeTypes", text)[0].extensions


TEXTUAL = ["cn", "mail", "homeDirectory", "telephoneNumber", "postalAddress", "x121Address"]
texts = st.text(max_size=12) | st.sampled_from(["ﬁ", "İ", "ß", "ǆ", "\u0345", "ΐ", "a\u0300", "¨"])


@given(st.sampled_from(TEXTUAL), texts)
@example("cn", "\u1e9e")
@example("telephoneNumber", "A\u00b4")
def test_keys_of_texts_are_stable(attribute, text):
    value = text.encode("utf-8", "surrogatepass")
    key = STANDARD.equality_key(attribute, value)
    again = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    assert STANDARD.equality_key(attribute, again) == key


EVERY = sorted(known.name for known in STANDARD.attribute_types)


@given(st.sampled_from(EVERY), st.binary(max_size=20), st.binary(max_size=20))
def test_keys_of_any_octets(attribute, left, right):
    mine, other = (STANDARD.equality_key(attribute, value) for value in (left, right))
    assert hash(mine) == hash(STANDARD.equality_key(attribute, left))
    if left == right:
        assert mine == other
    keys = [STANDARD.ordering_key(attribute, value) for value in (left, right)]
    if None not in keys:
        assert (keys[0] < keys[1]) + (keys[0] == keys[1]) + (keys[0] > keys[1]) == 1
    assert isinstance(STANDARD.substring_key(attribute, left), (str, bytes))


@given(st.sampled_from(EVERY), st.binary(max_size=20))
def test_what_is_valid_can_be_decoded_and_encoded(attribute, octets):
    syntax = STANDARD.syntax(attribute)
    if syntax is None or not syntax.valid(octets):
        return
    try:
        value = STANDARD.decode(attribute, octets)
    except ValueError:
        return
    except Exception as error:  # noqa: BLE001 -- only our own error may come
        assert type(error).__name__ == "InvalidValue"
        return
    written = STANDARD.encode(attribute, value)
    assert STANDARD.decode(attribute, written) == value
    assert syntax.valid(written)


@given(st.integers(-(10**30), 10**30))
def test_integers(number):
    octets = STANDARD.encode("uidNumber", number)
    assert STANDARD.decode("uidNumber", octets) == number
    assert STANDARD.equality_key("uidNumber", octets) == number


moments = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 -- hypothesis adds the zone
    timezones=st.timezones(),
)


@given(moments)
def test_times(moment):
    text = format_generalized_time(moment)
    assert parse_generalized_time(text) == moment.astimezone(UTC)


@given(moments.filter(lambda moment: moment.year > 1601))
def test_file_times(moment):
    assert filetime_to_datetime(datetime_to_filetime(moment)) == moment.astimezone(UTC)


@given(st.integers(0, 2**48 - 1), st.lists(st.integers(0, 2**32 - 1), max_size=15))
def test_security_identifiers(authority, parts):
    text = "-".join(map(str, ["S", 1, authority, *parts]))
    assert bytes_to_sid(sid_to_bytes(text)) == text


plain = st.text('abcXYZ 019,+=\\#"é', min_size=1, max_size=6)


@given(
    st.lists(st.tuples(st.sampled_from(["cn", "ou", "uid", "dc"]), plain), min_size=1, max_size=3)
)
def test_names_that_are_equal_have_equal_keys(pairs):
    dn = DN.build(*pairs)
    upper = DN.build(*((kind.upper(), value.upper()) for kind, value in pairs))
    key = STANDARD.equality_key("member", str(dn).encode())
    assert (dn == upper) == (key == STANDARD.equality_key("member", str(upper).encode()))


simple = st.text("abcXYZ 019.@_-=", min_size=1, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(["cn", "ou", "2.5.4.3", "shoe"]), simple), max_size=3))
def test_the_quick_way_with_names_agrees_with_the_parser(pairs):
    quick = ", ".join(f" {kind} = {value} " for kind, value in pairs)
    # An escape sends the whole name to the parser.
    slow = ",".join(
        f"{kind}=" + "".join(f"\\{ord(c):02x}" for c in value.strip(" ")) for kind, value in pairs
    )
    keys = (STANDARD.equality_key("member", name.encode()) for name in (quick, slow))
    assert len(set(keys)) == 1
