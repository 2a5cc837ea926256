"""Which values of an expression are guarded, and which structure is followed."""

from __future__ import annotations

import pytest

from ldapconnector.expressions import Expression
from ldapconnector.mapping import escape_value
from ldapconnector.mapping._names import guard


@pytest.mark.parametrize(
    ("text", "guarded", "rdn_type"),
    [
        (
            'Join("", "CN=", Word([upn], 1, "@"), ",DC=lab")',
            'Join("", "CN=", LdapNameValue(Word([upn], 1, "@")), ",DC=lab")',
            "CN",
        ),
        (
            'Join(",", Append("uid=", [a]), "dc=x")',
            'Join(",", Append("uid=", LdapNameValue([a])), "dc=x")',
            "uid",
        ),
        ('Join("=", "cn", [a])', 'Join("=", "cn", LdapNameValue([a]))', ""),
        (
            'Join("", "cn=", [a], " ", [b], ",", [parent])',
            'Join("", "cn=", LdapNameValue([a]), " ", LdapNameValue([b]), ",", [parent])',
            "cn",
        ),
        (
            'Join("", "cn=", [a], ",", "ou=", Switch([b], "x", "k", "v"), ",dc=y")',
            (
                'Join("", "cn=", LdapNameValue([a]), ",", "ou=", '
                'LdapNameValue(Switch([b], "x", "k", "v")), ",dc=y")'
            ),
            "cn",
        ),
        (
            'IIF([a]="1", Append("cn=", [b]), Prepend("cn=", [c]))',
            'IIF([a]="1", Append("cn=", LdapNameValue([b])), Prepend("cn=", LdapNameValue([c])))',
            "cn",
        ),
        (
            'Switch([a], Append("cn=", [b]), "k", Append("uid=", [b]))',
            'Switch([a], Append("cn=", LdapNameValue([b])), "k", Append("uid=", LdapNameValue([b])))',
            "",
        ),
        (
            'SelectUniqueValue(Append("cn=", [b]), Append("cn=", [c]))',
            'SelectUniqueValue(Append("cn=", LdapNameValue([b])), Append("cn=", LdapNameValue([c])))',
            "cn",
        ),
        (
            'ToLower(Join("", "CN=", [a], ",DC=x"), )',
            'ToLower(Join("", "CN=", LdapNameValue([a]), ",DC=x"), )',
            "CN",
        ),
        (
            'Join("", "cn=a\\,b=", [a], ",dc=x")',
            'Join("", "cn=a\\,b=", LdapNameValue([a]), ",dc=x")',
            "cn",
        ),
        ("[distinguishedName]", "[distinguishedName]", ""),
        ('"cn=fixed,dc=x"', '"cn=fixed,dc=x"', "cn"),
    ],
)
def test_values_behind_an_equals_sign_are_guarded(text: str, guarded: str, rdn_type: str) -> None:
    found = guard(Expression.parse(text))
    assert str(found.expression) == guarded
    assert found.rdn_type == rdn_type
    assert found.guarded
    assert not found.hidden


@pytest.mark.parametrize("function", ["StripSpaces", "Trim"])
def test_a_function_around_the_whole_name_hides_it(function: str) -> None:
    found = guard(Expression.parse(f'{function}(Join("", "cn=", [a], ",dc=x"))'))
    assert found.hidden == function
    assert not found.guarded


@pytest.mark.parametrize(
    ("value", "written"),
    [("Doe, Jane", "Doe\\, Jane"), (" a ", "\\ a\\ "), ("#1", "\\#1"), ("plain", "plain")],
)
def test_escaping(value: str, written: str) -> None:
    assert escape_value(value) == written
