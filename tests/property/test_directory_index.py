"""Laws of the index that planning asks: names are found as comparing all of them finds them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ldapconnector.entries import Entry
from ldapconnector.names import DN
from ldapconnector.planning import Comparer, DirectoryIndex
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()
VALUES = ["a", "A", " a ", "a  b", "A B", r"a\, b", r"\41", "#040161", '"a"', "a=b", "", "é", "É"]
AVAS = st.tuples(st.sampled_from(["cn", "CN ", "2.5.4.3", "uid"]), st.sampled_from(VALUES)).map(
    "=".join
)
RDNS = st.lists(AVAS, min_size=1, max_size=2).map("+".join)
NAMES = st.lists(RDNS, max_size=1).flatmap(
    lambda own: st.sampled_from([",".join([*own, *above]) for above in ([], ["dc=x"], ["DC = X"])])
)


@given(st.lists(NAMES, max_size=8), NAMES)
@settings(max_examples=300)
def test_a_name_is_found_however_it_is_written(names: list[str], asked: str) -> None:
    entries = [Entry.from_wire(name, {}) for name in names]
    index = DirectoryIndex(entries, anchor="entryUUID", comparer=Comparer(SCHEMA))
    by_name = {DN.parse(entry.dn_text): entry for entry in entries}
    for name in (*names, asked):
        assert index.by_dn(DN.parse(name)) is by_name.get(DN.parse(name))


MAILS = st.lists(st.sampled_from([b"a@x", b"A@X", b" a@x", b"b@x", b"\xff"]), max_size=3)


@given(st.lists(st.dictionaries(st.sampled_from(["mail", "MAIL", "sn"]), MAILS), max_size=6))
def test_a_value_is_found_in_every_entry_that_has_it_by_rule(given_values) -> None:
    entries = [Entry(f"uid=e{number},dc=x", one) for number, one in enumerate(given_values)]
    index = DirectoryIndex(entries, anchor="entryUUID", comparer=Comparer(SCHEMA))
    for value in (b"a@x", b"A@x", b"b@x", b"\xff", b"none"):
        wanted = SCHEMA.equality_key("mail", value)
        assert index.by_value("mail", value) == tuple(
            entry
            for entry in entries
            if wanted in [SCHEMA.equality_key("mail", one) for one in entry.get("mail", ())]
        )
