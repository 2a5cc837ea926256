"""Filters: text, building, and the three truth values."""

import pickle

import pytest

from ldapconnector.entries import Entry
from ldapconnector.errors import NameSyntaxError
from ldapconnector.names import Extensible, Filter, Present, Substring

JANE = Entry(
    "uid=jane,ou=People,dc=example",
    {
        "objectClass": ["top", "inetOrgPerson"],
        "cn": ["Jane Doe", "Jane  Q. Doe"],
        "uidNumber": "1042",
        "userAccountControl": "514",
        "cn;lang-fr": "Jeanne",
        "jpegPhoto": b"\xff\xd8",
        "description": "a (b) * c \\ d",
    },
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("(cn=Babs Jensen)", None),
        ("(!(cn=Tim Howes))", None),
        ("(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))", None),
        ("(o=univ*of*mich*)", None),
        ("(seeAlso=)", None),
        ("(cn:caseExactMatch:=Fred Flintstone)", None),
        ("(cn:=Betty Rubble)", None),
        ("(sn:dn:2.4.6.8.10:=Barney Rubble)", None),
        ("(o:dn:=Ace Industry)", None),
        ("(:1.2.3:=Wilma Flintstone)", None),
        ("(:DN:2.4.6.8.10:=Dino)", "(:dn:2.4.6.8.10:=Dino)"),
        (r"(o=Parens R Us \28for all your parenthetical needs\29)", None),
        (r"(cn=*\2A*)", r"(cn=*\2a*)"),
        (r"(filename=C:\5cMyFile)", None),
        (r"(bin=\00\00\00\04)", None),
        (r"(sn=Lu\c4\8di\c4\87)", "(sn=Lučić)"),
        ("(&)", None),
        ("(|)", None),
        ("uid=jane", "(uid=jane)"),
        (" ( & (a=1) ( b>=2 )\n(c~=3) ) ", "(&(a=1)(b>=2 )(c~=3))"),
        ("(cn=**)", "(cn=*)"),
        ("(cn;lang-fr=x)", None),
    ],
)
def test_text(text, canonical):
    filter_ = Filter.parse(text)
    assert str(filter_) == (canonical or text)
    assert Filter.parse(str(filter_)) == filter_


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("(", 1),
        ("(cn=a", 1),
        ("(&(cn=a)", 8),
        ("(cn=a)(b=c)", 6),
        (r"(cn=a\2)", 5),
        ("(cn=(a)", 4),
        ("(c n=a)", 1),
        ("(:=x)", 1),
        ("(1a=x)", 1),
        ("(!)", 2),
        ("(cn:a:b:=x)", 9),
    ],
)
def test_a_wrong_filter_is_told_where(text, position):
    with pytest.raises(NameSyntaxError) as caught:
        Filter.parse(text)
    assert caught.value.position == position


def test_depth_is_bounded():
    with pytest.raises(NameSyntaxError, match="deeper than"):
        Filter.parse("(!" * 5000 + "(a=b)" + ")" * 5000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(cn=jane doe)", True),
        ("(CN=JANE  DOE)", True),
        ("(cn=jane)", False),
        ("(cn=jane*)", True),
        ("(cn=*q.*)", True),
        ("(cn=*e*e)", True),
        ("(cn=jane doe*doe)", False),
        ("(uidNumber>=999)", True),
        ("(uidNumber<=999)", False),
        ("(mail=*)", False),
        ("(!(mail=*))", True),
        ("(|(mail=*)(uidNumber=1042))", True),
        ("(&(cn=*)(mail=*))", False),
        ("(&)", True),
        ("(|)", False),
        ("(cn;lang-fr=jeanne)", True),
        ("(cn=jeanne)", True),  # a description without options selects all (RFC 4512, 2.5.3)
        ("(cn;lang-de=*)", False),
        (r"(jpegPhoto=\ff\d8)", True),
        (r"(description=a \28b\29 \2a c \5c d)", True),
        ("(userAccountControl:1.2.840.113556.1.4.803:=2)", True),
        ("(userAccountControl:1.2.840.113556.1.4.803:=18)", False),
        ("(userAccountControl:1.2.840.113556.1.4.804:=18)", True),
        ("(ou:dn:=people)", True),
        ("(ou:=people)", False),
        ("(uidNumber~=1042)", True),
    ],
)
def test_matches(text, expected):
    assert Filter.parse(text).matches(JANE) is expected


def test_undefined_is_neither_true_nor_false():
    unknown = Filter.parse("(cn:1.2.3.4:=x)")
    assert not unknown.matches(JANE)
    assert not (~unknown).matches(JANE)
    assert (unknown | Filter.TRUE).matches(JANE)
    assert not (unknown & Filter.TRUE).matches(JANE)
    assert not Filter.parse("(uidNumber:1.2.840.113556.1.4.803:=x)").matches(JANE)


def test_a_schema_decides_names_and_keys():
    class Exact:
        def names_of(self, attribute):
            return frozenset({"cn", "sn", "name"} if attribute == "name" else {attribute.lower()})

        def understands(self, attribute, item, value=None):
            return attribute != "nonsense"

        def equality_key(self, attribute, value):
            return value

        def ordering_key(self, attribute, value):
            return None

        def substring_key(self, attribute, value):
            return value

    assert Filter.equal("name", "Jane Doe").matches(JANE, Exact())
    assert not Filter.equal("name", "jane doe").matches(JANE, Exact())
    assert not Filter.at_least("cn", "A").matches(JANE, Exact())
    assert not (~Filter.at_least("cn", "A")).matches(JANE, Exact())
    assert Filter.substring("cn", initial="Jane").matches(JANE, Exact())
    for undefined in (Filter.present("nonsense"), Filter.equal("nonsense;x", "1")):
        assert not undefined.matches(JANE, Exact())
        assert not (~undefined).matches(JANE, Exact())


def test_builders_escape_by_not_being_text():
    hostile = "*)(uid=*))(|(uid=*"
    filter_ = Filter.equal("uid", hostile)
    assert Filter.parse(str(filter_)) == filter_
    assert filter_.matches({"uid": [hostile.encode()]})
    assert not filter_.matches({"uid": [b"x"]})
    with pytest.raises(NameSyntaxError):
        Filter.equal("uid)(x", "1")
    with pytest.raises(NameSyntaxError, match="at least one part"):
        Filter.substring("cn")
    with pytest.raises(NameSyntaxError, match="empty"):
        Filter.substring("cn", middle=["a", ""])


def test_combination_is_flat_and_tells_its_attributes():
    a, b, c = (Filter.present(name) for name in "abc")
    assert str(a & b & c) == "(&(a=*)(b=*)(c=*))"
    assert str(a | b | c) == "(|(a=*)(b=*)(c=*))"
    assert Filter.all_of([a]) is a
    assert Filter.any_of([]) == Filter.FALSE
    assert Filter.all_of([]) == Filter.TRUE
    assert (~(a & Filter.at_most("B", "1")) | Extensible(attribute="C", value=b"x")).attributes == {
        "a",
        "b",
        "c",
    }


def test_values_travel_and_compare():
    filter_ = Filter.parse("(&(cn=a*b*c)(!(uid=x)))")
    assert pickle.loads(pickle.dumps(filter_)) == filter_
    assert len({filter_, Filter.parse(str(filter_))}) == 1
    assert isinstance(Filter.parse("(cn=*)"), Present)
    assert Filter.parse("(cn=a*)") == Substring(attribute="cn", initial=b"a")
