"""Names and filters made from what is none: refused where they are made, in words."""

from __future__ import annotations

import pytest

from ldapconnector.errors import NameSyntaxError, UsageError
from ldapconnector.names import (
    AVA,
    DN,
    RDN,
    And,
    AttributeDescription,
    Equal,
    Filter,
    Not,
    Or,
    Present,
    Substring,
)

PRESENT = Filter.present("cn")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DN("dc=x"), "a DN: a sequence of RDNs is meant, not str; DN.parse reads a text"),
        (lambda: DN(None), "not NoneType"),
        (lambda: DN(["cn=a"]), "str is in it"),
        (lambda: DN(("cn=a",)), "str is in it"),
        (lambda: RDN("cn=a"), "RDN.parse reads a text, RDN.of takes pairs"),
        (lambda: RDN(None), "not NoneType"),
        (lambda: RDN.of("cn", "a"), r'a pair \(type, value\), as \("cn", "Jane"\); not \'cn\''),
        (lambda: RDN.of(("cn", 5)), "the value of cn in a name is a text, not int"),
        (lambda: RDN.parse(None), "not NoneType"),
        (lambda: DN.build(("cn",), "dc=x"), "a pair"),
        (lambda: DN.build(("cn", "a", "b"), "dc=x"), "a pair"),
        (lambda: DN.build(("cn", "a"), None), "a pair"),
        (lambda: DN.build(("cn", None)), "not NoneType; write str"),
        (lambda: DN.build(("cn", ["a"])), "not list"),
        (lambda: DN.build((5, "a")), "an attribute type is a text, not int"),
        (lambda: DN.parse("dc=x").child("cn=a"), "only the last part may be a parent's DN"),
        (lambda: AVA(None, "a"), "not NoneType"),
        (lambda: AVA("cn", b""), "never empty"),
        (lambda: AttributeDescription.parse(["cn"]), "a text, not list"),
        (lambda: Filter.equal("uid", 5), "write str"),
        (lambda: Filter.equal("uid", None), "a text or octets, not NoneType"),
        (lambda: Filter.equal("uid", ["a"]), "Filter.any_of for several values"),
        (lambda: Filter.equal(None, "a"), "an attribute description is a text, not NoneType"),
        (lambda: Filter.at_least("uidNumber", 5), "not int"),
        (lambda: Filter.present(5), "not int"),
        (lambda: Filter.substring("cn", middle=[None]), "not NoneType"),
        (lambda: Filter.all_of("(a=b)"), "a sequence of filters is meant, not str"),
        (lambda: Filter.any_of(["(a=b)"]), "str is in it; Filter.parse reads a text"),
        (lambda: PRESENT & "(a=b)", "str is in it; Filter.parse reads a text"),
        (lambda: PRESENT | None, "NoneType is in it"),
        (lambda: And(None), "not NoneType"),
        (lambda: Or("(a=b)"), "not str"),
        (lambda: Not("(a=b)"), "what is negated is a filter, not str"),
        (lambda: Equal("cn", "a"), "octets, not str; Filter.equal takes text"),
        (lambda: Substring(attribute="cn", initial="a"), "octets, not str"),
        (lambda: Substring(attribute="cn", middle=("a",)), "str is in it"),
        (lambda: PRESENT.matches(None), "an entry is a mapping"),
        (lambda: PRESENT.matches([]), "an entry is a mapping"),
    ],
)
def test_the_wrong_kind(make, message):
    with pytest.raises(UsageError, match=message):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Equal("cn=*)(a", b"x"),
        lambda: Present("*"),
        lambda: Filter.equal("u id", "x"),
        lambda: Filter.parse("(cn::=a)"),
        lambda: Filter.parse("cn=a)"),
        lambda: Filter.parse("cn=a(b"),
        lambda: Filter.parse("(cn=a\0b)"),
        lambda: DN.parse("cn=a\0b"),
        lambda: DN.parse('cn="a\0b"'),
    ],
)
def test_what_would_be_another_name_or_filter_when_it_is_written(make):
    with pytest.raises(NameSyntaxError):
        make()


# Made from numbers: such a text cannot stand in a file.
LONE = chr(0xD800)


@pytest.mark.parametrize(
    ("make", "position"),
    [
        (lambda: DN.parse(f"cn=a{LONE}"), 4),
        (lambda: DN.parse(f"cn=\\,é{LONE}"), 6),
        (lambda: DN.build(("cn", LONE)), 0),
        (lambda: Filter.parse(f"(cn={LONE})"), 4),
        (lambda: Filter.equal("cn", f"ab{LONE}"), 2),
    ],
)
def test_half_of_a_surrogate_pair(make, position):
    with pytest.raises(NameSyntaxError, match="half of a surrogate pair") as caught:
        make()
    str(caught.value).encode()  # can be printed
    assert caught.value.position == position


def test_octets_that_are_no_utf_8_still_pass():
    dn = DN.parse(r"cn=a\FFb")
    assert DN.parse(str(dn)) == dn
    assert Filter.equal("cn", dn.rdn.avas[0].value).value == b"a\xffb"


def test_several_ways_to_write_several():
    avas = [AVA("cn", "a"), AVA("sn", "b")]
    assert RDN(avas).avas == tuple(avas)
    assert DN([RDN(avas)]) == DN.parse("sn=b+cn=a")
    assert hash(And([PRESENT])) == hash(And((PRESENT,)))
    assert str(Filter.substring("cn", middle="ab")) == "(cn=*ab*)"
    assert str(Filter.all_of(iter([PRESENT]))) == "(cn=*)"
