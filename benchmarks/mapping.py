"""A whole object mapping for many users, against the same written by hand.

Run: python benchmarks/mapping.py [users]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from ldapconnector.entries import Entry
from ldapconnector.mapping import (
    AttributeMapping,
    CompiledMappings,
    CompiledMatching,
    Computed,
    Constant,
    Direct,
    MatchIndex,
    ObjectMapping,
    ScopeClause,
    ScopeGroup,
    ScopingFilter,
    match_by_index,
)
from ldapconnector.schema import Schema

REPEATS = 5

RULES = ObjectMapping(
    mappings=[
        AttributeMapping(target="cn", source=Direct("displayName")),
        AttributeMapping(target="sn", source=Direct("surname")),
        AttributeMapping(target="mail", source=Direct("userPrincipalName"), matching_precedence=1),
        AttributeMapping(
            target="uid", source=Computed('ToLower(Word([userPrincipalName], 1, "@"), )')
        ),
        AttributeMapping(target="uidNumber", source=Direct("uidNumber")),
        AttributeMapping(
            target="homeDirectory",
            source=Computed('Join("/", "/home", ToLower(Word([userPrincipalName], 1, "@"), ))'),
        ),
        AttributeMapping(target="gidNumber", source=Constant("10000")),
    ]
)


def users_of(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"id-{number}",
            "displayName": f"Name {number}",
            "surname": f"Surname {number}",
            "userPrincipalName": f"User{number}@example.com",
            "uidNumber": str(100_000 + number),
            "department": "Sales" if number % 3 else "IT",
        }
        for number in range(count)
    ]


def by_hand(user: dict[str, Any]) -> dict[str, tuple[bytes, ...] | None]:
    """What a careful person writes for these rules: null, lists and other types included."""
    upn = user.get("userPrincipalName")
    alias = None if upn is None else upn.split("@", 1)[0].lower()
    out: dict[str, tuple[bytes, ...] | None] = {}
    for target, value in (
        ("cn", user.get("displayName")),
        ("sn", user.get("surname")),
        ("mail", upn),
        ("uid", alias),
        ("uidnumber", user.get("uidNumber")),
        ("homedirectory", None if alias is None else "/home/" + alias),
    ):
        if value is None or value == "":
            out[target] = None
        elif isinstance(value, str):
            out[target] = (value.encode(),)
        elif isinstance(value, list):
            out[target] = tuple(str(one).encode() for one in value)
        else:
            out[target] = (str(value).encode(),)
    out["gidnumber"] = (b"10000",)
    return out


def unrolled(user: dict[str, Any]) -> dict[str, tuple[bytes, ...] | None]:
    """The same for text only, as fast as Python goes."""
    name, surname, number = user.get("displayName"), user.get("surname"), user.get("uidNumber")
    upn = user.get("userPrincipalName")
    alias = upn.split("@", 1)[0].lower() if upn else None
    return {
        "cn": (name.encode(),) if name else None,
        "sn": (surname.encode(),) if surname else None,
        "mail": (upn.encode(),) if upn else None,
        "uid": (alias.encode(),) if alias else None,
        "uidnumber": (number.encode(),) if number else None,
        "homedirectory": (f"/home/{alias}".encode(),) if alias else None,
        "gidnumber": (b"10000",),
    }


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    users = users_of(count)
    schema = Schema.standard()
    compiled = CompiledMappings(RULES, schema=schema)
    assert compiled.octets(users[0]) == by_hand(users[0]) == unrolled(users[0])
    matching = CompiledMatching(RULES, schema=schema)
    index = MatchIndex(
        [
            Entry.from_wire(f"uid={n},dc=x", {"mail": (f"user{n}@example.com".encode(),)})
            for n in range(count)
        ],
        matching,
    )
    clause = ScopeClause(attribute="department", operator="EQUALS", operands="Sales")
    scoping = ScopingFilter(groups=[ScopeGroup(clauses=[clause])])
    held = [by_hand(user) for user in users]
    names = {"uidnumber": "uidNumber", "homedirectory": "homeDirectory", "gidnumber": "gidNumber"}
    entries = [{names.get(key, key): value for key, value in one.items()} for one in held]

    def each(work: Callable[[dict[str, Any]], object]) -> Callable[[], None]:
        def run() -> None:
            for user in users:
                work(user)

        return run

    def compare_by_hand() -> None:
        for user, now in zip(users, held, strict=True):
            assert by_hand(user) == now

    def compare() -> None:
        same = compiled.same
        for user, now in zip(users, entries, strict=True):
            assert same(user, now.get, "")

    jobs: dict[str, Callable[[], object]] = {
        "by hand": each(by_hand),
        "by hand, text only, unrolled": each(unrolled),
        "compiled, bare octets": each(compiled.octets),
        "compiled, mapped users": each(lambda user: compiled.map(user, creating=False)),
        "by hand, compared": compare_by_hand,
        "compiled, compared": compare,
        "scope": each(scoping.holds),
        "match against an index": lambda: match_by_index(users, index),
    }
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(REPEATS):
        for name, work in jobs.items():
            best[name] = min(best[name], timed(work))
    limit = best["by hand"]
    print(f"{count:,} users, best of {REPEATS} interleaved runs")
    for name, seconds in best.items():
        print(f"{name:32} {count / seconds:12,.0f} users/s   {limit / seconds:5.2f} x by hand")


if __name__ == "__main__":
    main()
