"""Hypothesis strategies: names, filters, entries, users, schemas and expressions.

Importing this module imports Hypothesis, so it is not imported by the package::

    from ldapconnector.testing import strategies

    @given(strategies.users())
    def test_our_mappings_give_every_user_a_name(user):
        assert compiled.map(user, creating=True).dn is not None
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st

from ldapconnector.entries import Entry
from ldapconnector.expressions import Expression, Function, Kind, functions
from ldapconnector.names import AVA, DN, RDN, Filter
from ldapconnector.schema import AttributeType, Schema

__all__ = ["dns", "entries", "expressions", "filters", "rdns", "schemas", "users", "values"]

_TYPES: Final = ("cn", "uid", "ou", "o", "dc", "l", "commonName", "2.5.4.3")
#: What breaks programs that join texts.
_AWKWARD: Final = (
    *(" ", " a ", "a,b", "#1", "a+b", 'say "hi"', "a\\b", "a;b", "<a>", "a=b", "*", "(a)"),
    *("Müller", "Zoë Côté", "Łukasz", "O'Connor", "Ñandú", "İstanbul", "ß", "北京", "a\u0301"),
)
_NO_SURROGATES: Final = st.characters(exclude_categories=["Cs"])


def values(*, max_size: int = 20) -> st.SearchStrategy[str]:
    """Texts such as people's names, with what is awkward in a DN, a filter or a comparison.

    Args:
        max_size: longest text, in characters.
    """
    plain = st.text(string.ascii_letters + " -", min_size=1, max_size=max_size)
    return st.one_of(plain, st.sampled_from(_AWKWARD), st.text(_NO_SURROGATES, max_size=max_size))


def rdns(*, types: Sequence[str] = _TYPES) -> st.SearchStrategy[RDN]:
    """RDNs of one to three values.

    Args:
        types: the attribute types to choose from.
    """
    return st.lists(
        st.builds(AVA, st.sampled_from(types), values().filter(bool)), min_size=1, max_size=3
    ).map(lambda avas: RDN(tuple(avas)))


@st.composite
def _dns_below(draw: st.DrawFn, base: DN, types: Sequence[str], depth: int) -> DN:
    below = draw(st.lists(rdns(types=types), min_size=1, max_size=depth))
    return DN((*below, *base.rdns))


def dns(
    *, base: DN | str = "", types: Sequence[str] = _TYPES, max_depth: int = 4
) -> st.SearchStrategy[DN]:
    """DNs below a base.

    Args:
        base: what they are below; they are never the base itself.
        types: the attribute types to choose from.
        max_depth: the most RDNs below the base.
    """
    return _dns_below(DN.of(base), types, max_depth)


def filters(
    *, attributes: Sequence[str] = ("cn", "sn", "mail", "uid")
) -> st.SearchStrategy[Filter]:
    """Filters over some attributes, nested up to a few levels.

    Args:
        attributes: the names to choose from.
    """
    names = st.sampled_from(attributes)
    leaves = st.one_of(
        st.builds(Filter.equal, names, values()),
        st.builds(Filter.present, names),
        st.builds(Filter.at_least, names, values()),
        st.builds(Filter.at_most, names, values()),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda one: ~one),
            st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
        ),
        max_leaves=6,
    )


@st.composite
def entries(
    draw: st.DrawFn,
    *,
    base: DN | str = "dc=example,dc=com",
    classes: Sequence[str] = ("inetOrgPerson",),
    naming: str = "cn",
    schema: Schema | None = None,
) -> Entry:
    """Entries that a schema finds nothing wrong with, directly below a base.

    Every mandatory attribute has a value, some of the optional ones have.

    Args:
        base: their parent.
        classes: the structural class and, if wanted, auxiliary ones.
        naming: the attribute of the RDN; one that the classes allow.
        schema: the standard one by default.
    """
    schema = schema or Schema.standard()
    must = sorted(schema.must(classes) - {"objectClass"})
    optional = [name for name in sorted(schema.may(classes)) if _text_like(schema, name)]
    chosen = draw(st.lists(st.sampled_from(optional), max_size=4, unique=True)) if optional else []
    attributes: dict[str, Any] = {"objectClass": list(classes)}
    for name in dict.fromkeys([*must, naming, *chosen]):
        kind = schema.attribute(name)
        most = 1 if kind is None or kind.single_value or name == naming else 2
        drawn = draw(st.lists(_valid(schema, name), min_size=1, max_size=most))
        unique = {schema.equality_key(name, value.encode()): value for value in drawn}
        attributes[name] = list(unique.values())
    dn = DN.build((naming, attributes[naming][0]), DN.of(base))
    return Entry(dn, attributes)


def _text_like(schema: Schema, name: str) -> bool:
    kind = schema.attribute(name)
    return kind is not None and not kind.no_user_modification and kind.syntax in _SYNTAXES


_DIRECTORY_STRING: Final = "1.3.6.1.4.1.1466.115.121.1.15"
_IA5_STRING: Final = "1.3.6.1.4.1.1466.115.121.1.26"
_INTEGER: Final = "1.3.6.1.4.1.1466.115.121.1.27"
_SYNTAXES: Final = (_DIRECTORY_STRING, _IA5_STRING, _INTEGER)


def _valid(schema: Schema, name: str) -> st.SearchStrategy[str]:
    """Values of an attribute's syntax that survive its matching rule."""
    kind: AttributeType | None = schema.attribute(name)
    syntax = _DIRECTORY_STRING if kind is None else kind.syntax
    if syntax == _INTEGER:
        return st.integers(0, 2**31 - 1).map(str)
    if syntax == _IA5_STRING:
        return st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
    return values().filter(lambda text: bool(text.strip()) and "\x00" not in text)


_LETTERS: Final = string.ascii_lowercase


@st.composite
def users(draw: st.DrawFn, *, domain: str = "contoso.com") -> dict[str, Any]:
    """Users in the shape of Microsoft Graph, with names as awkward as real ones.

    Optional attributes may be null or missing; ``id`` and ``userPrincipalName`` never are.

    Args:
        domain: what follows the ``@`` of their names.
    """
    alias = draw(st.text(_LETTERS, min_size=1, max_size=10))
    given = draw(values().filter(str.strip))
    surname = draw(values().filter(str.strip))
    user: dict[str, Any] = {
        "id": str(draw(st.uuids())),
        "accountEnabled": draw(st.booleans()),
        "userPrincipalName": f"{alias}@{domain}",
        "mailNickname": alias,
        "displayName": f"{given} {surname}",
        "givenName": given,
        "surname": surname,
        "userType": draw(st.sampled_from(["Member", "Member", "Guest"])),
    }
    for name in ("mail", "department", "jobTitle", "preferredLanguage", "telephoneNumber"):
        presence = draw(st.sampled_from(["value", "null", "missing"]))
        if presence != "missing":
            text = f"{alias}@{domain}" if name == "mail" else draw(values())
            user[name] = text if presence == "value" else None
    return user


@st.composite
def schemas(draw: st.DrawFn, *, max_size: int = 5) -> Schema:
    """The standard schema with own attributes and a structural class ``customPerson``.

    The own attributes are called ``custom0``, ``custom1``, …; the class is below
    inetOrgPerson, requires some of them and allows the others.

    Args:
        max_size: the most own attributes.
    """
    count = draw(st.integers(1, max_size))
    definitions = {name: list(texts) for name, texts in Schema.standard().definitions().items()}
    by_name = {name.lower(): name for name in definitions}
    attribute_types = definitions[by_name["attributetypes"]]
    must: list[str] = []
    may: list[str] = []
    for number in range(count):
        syntax, rule = draw(
            st.sampled_from(
                [
                    (_DIRECTORY_STRING, "caseIgnoreMatch"),
                    (_DIRECTORY_STRING, "caseExactMatch"),
                    (_IA5_STRING, "caseIgnoreIA5Match"),
                    (_INTEGER, "integerMatch"),
                ]
            )
        )
        single = " SINGLE-VALUE" if draw(st.booleans()) else ""
        attribute_types.append(
            f"( 1.3.6.1.4.1.99999.1.{number} NAME 'custom{number}' EQUALITY {rule} "
            f"SYNTAX {syntax}{single} )"
        )
        (must if draw(st.booleans()) else may).append(f"custom{number}")
    lists = "".join(
        f" {word} ( {' $ '.join(names)} )"
        for word, names in (("MUST", must), ("MAY", may))
        if names
    )
    definitions[by_name["objectclasses"]].append(
        f"( 1.3.6.1.4.1.99999.2.1 NAME 'customPerson' SUP inetOrgPerson STRUCTURAL{lists} )"
    )
    return Schema.parse(definitions)


@st.composite
def _calls(draw: st.DrawFn, inner: st.SearchStrategy[str], names: Sequence[str]) -> str:
    found: Function = functions()[draw(st.sampled_from(names))]
    count = draw(st.integers(found.least, found.least + 2))
    count = count if found.most is None else min(count, found.most)
    if found.name == "Switch":
        count = 2 + 2 * draw(st.integers(1, 2))  # pairs of key and value
    parts = []
    for position in range(count):
        parameter = found.parameter(position)
        if parameter.kind is Kind.CHOICE:
            parts.append(_quoted(draw(st.sampled_from(parameter.choices))))
        elif parameter.kind is Kind.INTEGER:
            parts.append(str(draw(st.integers(1, 4))))
        else:
            parts.append(draw(inner))
    return f"{found.name}({', '.join(parts)})"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


#: Functions whose results depend on nothing but their arguments, and that take any text.
_STEADY: Final = (
    *("Append", "Coalesce", "IIF", "Join", "NormalizeDiacritics", "Not", "Redact"),
    *("RemoveDuplicates", "StripSpaces", "Switch", "ToLower", "ToUpper", "IsNullOrEmpty"),
    *("IsPresent", "IsString", "Trim", "Left", "Right", "Word", "Len", "CStr"),
)


def expressions(
    *,
    attributes: Sequence[str] = ("displayName", "mail", "userPrincipalName"),
    names: Sequence[str] | None = None,
) -> st.SearchStrategy[Expression]:
    """Expressions that parse; on some users they fail, as real ones do.

    Args:
        attributes: the source attributes to read.
        names: the functions to call; by default those whose result is the same each time.
    """
    chosen = [name for name in names or _STEADY if name in functions()]
    leaves = st.one_of(
        st.sampled_from(attributes).map(lambda name: f"[{name}]"),
        values(max_size=8).map(_quoted),
    )
    texts = st.recursive(leaves, lambda inner: _calls(inner, chosen), max_leaves=5)
    return texts.map(Expression.parse)
