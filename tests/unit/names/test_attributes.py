"""Attribute descriptions and string preparation."""

import pytest

from ldapconnector.errors import NameSyntaxError
from ldapconnector.names import AttributeDescription, prepare


def test_description():
    described = AttributeDescription.parse("userCertificate;binary;x-a")
    assert (described.type, described.options) == ("userCertificate", ("binary", "x-a"))
    assert described == AttributeDescription.parse("USERCERTIFICATE;X-A;binary")
    assert str(described) == "userCertificate;binary;x-a"
    assert len({described, AttributeDescription.parse("usercertificate;x-a;binary")}) == 1


@pytest.mark.parametrize(
    ("text", "position"), [("", 0), ("1", 0), ("a b", 0), ("cn;", 3), ("cn;x;a b", 5), ("1.02", 0)]
)
def test_wrong_description(text, position):
    with pytest.raises(NameSyntaxError) as caught:
        AttributeDescription.parse(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("  A   b ", "a b"),
        ("A\tb\nc", "a b c"),
        ("a\u00a0b", "a b"),
        ("so\u00adft", "soft"),
        ("zero\u200bwidth", "zerowidth"),
        ("\ufb01n", "fin"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("İ", "i̇"),
        ("e\u0301", "\u00e9"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_prepare(text, prepared):
    assert prepare(text) == prepared


def test_prepare_may_keep_case():
    assert prepare(" Ab  C", fold_case=False) == "Ab C"
    assert prepare("É", fold_case=False) == "É"


def test_the_last_range_of_active_directory():
    parsed = AttributeDescription.parse("member;range=1500-*")
    assert (parsed.type, parsed.options) == ("member", ("range=1500-*",))
    with pytest.raises(NameSyntaxError):
        AttributeDescription.parse("member;lang-*")
