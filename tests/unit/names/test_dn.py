"""The rules of ``names/_dn.py``, by number, and what a wrong name is told."""

import pickle

import pytest

from ldapconnector.errors import NameSyntaxError
from ldapconnector.names import AVA, DN, RDN


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        # RFC 4514, section 4
        ("UID=jsmith,DC=example,DC=net", "UID=jsmith,DC=example,DC=net"),
        (
            "OU=Sales+CN=J.  Smith,DC=example,DC=net",
            "OU=Sales+CN=J.  Smith,DC=example,DC=net",
        ),
        (
            r"CN=James \"Jim\" Smith\, III,DC=example,DC=net",
            r"CN=James \"Jim\" Smith\, III,DC=example,DC=net",
        ),
        (r"CN=Before\0dAfter,DC=example,DC=net", r"CN=Before\0DAfter,DC=example,DC=net"),
        ("1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=#04024869"),
        (r"CN=Lu\C4\8Di\C4\87", "CN=Lučić"),
        # what servers and people write
        ("", ""),
        ("  ", ""),
        ("cn = a b , dc = x", "cn=a b,dc=x"),
        (r"cn=a\2Cb", r"cn=a\,b"),
        ('cn="a, b",dc=x', r"cn=a\, b,dc=x"),
        ("cn=,dc=x", "cn=,dc=x"),
        (r"cn=\ a\ ,dc=x", r"cn=\ a\ ,dc=x"),
        (r"cn=a\=b", "cn=a=b"),
        (r"cn=\#1", r"cn=\#1"),
        (r"cn=\FF\FE", r"cn=\FF\FE"),
        ("OID.2.5.4.3=x", "2.5.4.3=x"),
        ("ms_ds=x", "ms_ds=x"),
    ],
)
def test_parse_and_canonical_text(text, canonical):
    dn = DN.parse(text)
    assert str(dn) == canonical
    assert DN.parse(canonical) == dn  # rule 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("cn=Jane Doe,dc=x", "CN=jane  doe , DC=X"),  # rule 2
        ("commonName=a", "2.5.4.3=A"),
        ("cn=a\\,b", "cn=a\\2Cb"),
        ("cn=a+uid=b", "uid=b+cn=a"),  # rule 3
        ("cn=Stra\u00dfe", "cn=STRASSE"),
        ("cn=#04024869", "cn=hi"),  # rule 4
    ],
)
def test_equal_by_rule(left, right):
    assert DN.parse(left) == DN.parse(right)
    assert hash(DN.parse(left)) == hash(DN.parse(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [("cn=a", "uid=a"), ("cn=a,dc=x", "cn=a"), ("cn=#04024869", "cn=#04024868"), ("cn=a", "")],
)
def test_different(left, right):
    assert DN.parse(left) != DN.parse(right)


def test_hexadecimal_value_is_octets():
    assert DN.parse("cn=#04024869").rdn.avas[0].value == bytes.fromhex("04024869")
    assert DN.parse(r"cn=\#04").rdn.avas[0].value == "#04"


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("cn", 2, "expected '='"),
        ("cn=Doe, Jane,dc=x", 12, r"'\,'"),
        ("cn=a;b", 4, r"'\;'"),
        ("cn=a<b", 4, r"'\<'"),
        (r"cn=a\z", 4, "backslash"),
        ("cn=a\\", 4, "backslash"),
        ("=x", 0, "attribute type"),
        ("cn=#0", 3, "hexadecimal"),
        ("cn=a,,dc=x", 5, "attribute type"),
        ("cn=a,", 5, "attribute type"),
        ('cn="a', 3, "never closed"),
        ("1.02=x", 3, "expected '='"),
    ],
)
def test_a_wrong_name_is_told_where(text, position, words):
    with pytest.raises(NameSyntaxError) as caught:
        DN.parse(text)
    assert caught.value.position == position
    assert words in str(caught.value)
    assert caught.value.text == text


def test_build_escapes_nothing_and_everything():
    dn = DN.build(("cn", " Doe, Jane + Co; <#>\\ "), ("ou", "a=b"), "dc=x")
    assert str(dn) == r"cn=\ Doe\, Jane \+ Co\; \<#\>\\\ ,ou=a=b,dc=x"
    assert DN.parse(str(dn)).rdn.avas[0].value == " Doe, Jane + Co; <#>\\ "
    with pytest.raises(NameSyntaxError, match="last part"):
        DN.build("dc=x", ("cn", "a"))
    with pytest.raises(NameSyntaxError, match="attribute type"):
        DN.build(("c n", "a"))


def test_family():
    dn = DN.parse("cn=a,ou=b,dc=c")
    assert dn.parent == DN.parse("ou=b,dc=c")
    assert DN().parent is None
    assert [str(one) for one in dn.ancestors()] == ["ou=b,dc=c", "dc=c"]
    assert dn.depth == 3
    assert bool(dn)
    assert not DN()
    assert dn.is_under("")
    assert dn.is_under(dn)
    assert not dn.is_under(dn, strict=True)
    assert not DN.parse("dc=c").is_under(dn)
    assert str(dn.moved(DN.parse("ou=b,dc=c"), DN.parse("ou=z"))) == "cn=a,ou=z"
    assert str(dn.child(("uid", "x,y"))) == r"uid=x\,y,cn=a,ou=b,dc=c"
    with pytest.raises(NameSyntaxError, match="no RDN"):
        _ = DN().rdn


def test_rdn():
    assert RDN.parse("cn=a+uid=b") == RDN.of(("uid", "B"), ("cn", "A"))
    with pytest.raises(NameSyntaxError, match="exactly one"):
        RDN.parse("cn=a,dc=x")
    with pytest.raises(NameSyntaxError, match="at least one"):
        RDN(())


def test_key_by_uses_the_rule_that_is_given():
    def exact(attribute, value):
        return value

    assert DN.parse("cn=A").key_by(exact) != DN.parse("cn=a").key_by(exact)
    assert DN.parse("commonName=a").key_by(exact) == DN.parse("cn=a").key_by(exact)


def test_values_are_frozen_and_travel():
    dn = DN.parse(r"cn=a\,b+uid=c,dc=x")
    assert pickle.loads(pickle.dumps(dn)) == dn
    with pytest.raises(AttributeError):
        dn.rdns = ()
    assert AVA("cn", "x") != "cn=x"
