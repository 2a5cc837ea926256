"""Users, rules and directories of these tests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ldapconnector.entries import Entry
from ldapconnector.mapping import AttributeMapping, Computed, Constant, Direct
from ldapconnector.planning import (
    Comparer,
    DirectoryIndex,
    Link,
    Planner,
    ProvisioningRules,
    Situation,
)
from ldapconnector.schema import Schema

SCHEMA = Schema.standard()
BASE = "ou=people,dc=x"


def person(number, **values):
    return {
        "id": f"id-{number}",
        "accountEnabled": True,
        "mailNickname": f"user{number}",
        "displayName": f"User {number}",
        "surname": f"Name{number}",
        "mail": f"user{number}@x.org",
        **values,
    }


def account(number, **values):
    return Entry(
        f"uid=user{number},{BASE}",
        {
            "objectClass": "inetOrgPerson",
            "uid": f"user{number}",
            "cn": f"User {number}",
            "sn": f"Name{number}",
            "mail": f"user{number}@x.org",
            "entryUUID": f"uuid-{number}",
            **values,
        },
    )


def link(number, **values):
    return Link(source=f"id-{number}", anchor=b"uuid-%d" % number, **values)


def rules(*more, without=(), **fields):
    made = [
        AttributeMapping(
            target="-dn-",
            source=Computed(f'Join("", "uid=", [mailNickname], ",{BASE}")'),
            apply="creation",
        ),
        AttributeMapping(
            target="objectClass", source=Constant(("inetOrgPerson",)), apply="creation"
        ),
        AttributeMapping(target="uid", source=Direct("mailNickname"), apply="creation"),
        AttributeMapping(target="cn", source=Direct("displayName")),
        AttributeMapping(target="sn", source=Direct("surname")),
        AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1),
    ]
    kept = [one for one in made if one.target not in without]
    return ProvisioningRules(mappings=[*kept, *more], **fields)


def situation(entries=(), links=(), *, partial="", **fields):
    index = DirectoryIndex(entries, anchor="entryUUID", comparer=Comparer(SCHEMA), partial=partial)
    return Situation(index=index, links={one.source: one for one in links}, **fields)


def plan(users, given=None, *, entries=(), links=(), options=None, **fields):
    return Planner(given or rules(), SCHEMA).plan(
        users, situation(entries, links, **fields), **(options or {})
    )


@pytest.fixture
def kit():
    """What tests of this room share."""
    return SimpleNamespace(
        person=person,
        account=account,
        link=link,
        rules=rules,
        situation=situation,
        plan=plan,
        schema=SCHEMA,
        base=BASE,
    )
