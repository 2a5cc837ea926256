"""Laws of names, filters, entries and LDIF, for any value."""

from hypothesis import given
from hypothesis import strategies as st

from ldapconnector.entries import Entry, read_ldif, write_ldif
from ldapconnector.errors import NameSyntaxError
from ldapconnector.names import (
    AVA,
    DN,
    RDN,
    And,
    Equal,
    Extensible,
    Filter,
    GreaterOrEqual,
    Not,
    Or,
    Present,
    Substring,
    prepare,
)

types = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True) | st.sampled_from(
    ["cn", "commonName", "2.5.4.3", "uid", "dc"]
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", " ", "a,b", "#1", " a ", 'q"', "a+b=c;d<e>\\", "\x00", "é", "a\nb"]
)
octets = st.binary(max_size=8)
values = texts | octets.filter(bool) | octets.map(lambda b: b.decode("utf-8", "surrogateescape"))
rdns = st.lists(st.builds(AVA, types, values), min_size=1, max_size=3).map(
    lambda avas: RDN(tuple(avas))
)
dns = st.lists(rdns, max_size=4).map(lambda parts: DN(tuple(parts)))
descriptions = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,6}(;[a-z]{1,4})?", fullmatch=True)
filters = st.recursive(
    st.builds(Equal, descriptions, octets)
    | st.builds(GreaterOrEqual, descriptions, octets)
    | st.builds(Present, descriptions)
    | st.builds(
        Substring,
        attribute=descriptions,
        initial=octets,
        middle=st.lists(octets.filter(bool), max_size=2).map(tuple),
        final=octets.filter(bool),
    )
    | st.builds(Extensible, attribute=descriptions, value=octets, dn=st.booleans()),
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts)))
    ),
    max_leaves=8,
)
entries = st.builds(
    Entry, dns, st.dictionaries(descriptions, st.lists(octets, max_size=3), max_size=4)
)


@given(dns)
def test_a_dn_survives_its_text(dn):
    text = str(dn)
    again = DN.parse(text)
    assert again == dn
    assert str(again) == text
    assert [ava.octets for rdn in again.rdns for ava in rdn] == [
        ava.octets for rdn in dn.rdns for ava in rdn
    ]


@given(dns, dns)
def test_under_is_a_prefix_of_keys(upper, lower):
    joined = DN(lower.rdns + upper.rdns)
    assert joined.is_under(upper)
    assert upper.is_under(joined) == (not lower)
    assert joined.moved(upper, DN()) == lower


@given(st.text(max_size=30))
def test_any_text_is_a_dn_or_our_error(text):
    try:
        dn = DN.parse(text)
    except NameSyntaxError as error:
        assert 0 <= error.position <= len(text)
        assert str(error)
    else:
        assert DN.parse(str(dn)) == dn


@given(st.text(alphabet="()&|!=*<>~:\\ab1. ", max_size=20))
def test_any_text_is_a_filter_or_our_error(text):
    try:
        filter_ = Filter.parse(text)
    except NameSyntaxError as error:
        assert 0 <= error.position <= len(text)
    else:
        assert Filter.parse(str(filter_)) == filter_


@given(filters)
def test_a_filter_survives_its_text(filter_):
    assert Filter.parse(str(filter_)) == filter_


@given(filters, entries)
def test_not_true_is_not_both(filter_, entry):
    assert not (filter_.matches(entry) and (~filter_).matches(entry))


@given(filters, filters, entries)
def test_de_morgan(left, right, entry):
    assert (~(left & right)).matches(entry) == (~left | ~right).matches(entry)
    assert (~(left | right)).matches(entry) == (~left & ~right).matches(entry)


@given(st.text())
def test_prepare_is_idempotent(text):
    once = prepare(text)
    assert prepare(once) == once


@given(st.lists(entries, max_size=3))
def test_entries_survive_ldif(given_entries):
    written = [entry for entry in given_entries if entry.dn and len(entry)]
    assert list(read_ldif(write_ldif(written))) == written
