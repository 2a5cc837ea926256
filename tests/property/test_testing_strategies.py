"""What the strategies promise, on what they draw."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ldapconnector.directory import MemoryDirectory
from ldapconnector.entries import Add
from ldapconnector.errors import EvaluationError, ExpressionTypeError
from ldapconnector.expressions import Expression
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.schema import Schema
from ldapconnector.testing import assert_entry_equal, strategies

BASE = "dc=example,dc=com"


@given(strategies.dns(base=BASE))
def test_dns_are_below_their_base_and_survive_their_text(dn):
    assert dn.is_under(BASE, strict=True)
    assert DN.parse(str(dn)) == dn


@given(strategies.rdns())
def test_rdns_survive_their_text(rdn):
    assert RDN.parse(str(rdn)) == rdn


@given(strategies.filters())
def test_filters_survive_their_text(wanted):
    assert Filter.parse(str(wanted)) == wanted


@settings(max_examples=40)
@given(strategies.entries())
def test_entries_are_accepted_by_a_directory(entry):
    assert Schema.standard().check(entry) == ()
    with MemoryDirectory.like("openldap", suffix=BASE) as directory:
        directory.apply(Add(entry))
        assert_entry_equal(directory.read(entry.dn), entry, schema=directory.schema)


@settings(max_examples=15)  # each draws and reads a whole schema
@given(st.data())
def test_schemas_are_sound_and_entries_of_them_are_accepted(data):
    schema = data.draw(strategies.schemas())
    assert not schema.problems
    entry = data.draw(strategies.entries(classes=["customPerson"], schema=schema))
    assert schema.check(entry) == ()


@given(strategies.users())
def test_users_have_the_shape_of_graph(user):
    assert json.loads(json.dumps(user)) == user
    assert user["id"]
    assert user["userPrincipalName"].endswith("@contoso.com")


@given(strategies.expressions(), strategies.users())
def test_expressions_parse_and_give_the_same_each_time(expression, user):
    assert Expression.parse(str(expression)) == expression

    def result():
        try:
            return expression.evaluate(user)
        except (EvaluationError, ExpressionTypeError) as error:
            return str(error)

    assert result() == result()
