"""Adds, modifications and deletions on OpenLDAP, against ldap3, python-ldap and bonsai.

Run: python benchmarks/export.py [operations] [rounds] [--logged]

An add has 12 attributes with 15 values, a modification replaces three attributes. All writers take
turns with so many operations of each kind in each round (10,000 in 3 rounds unless told), and the
best round counts. ldap3 and bonsai do a fifth of the operations, since they take longer than all
others together. Read the ratios. Every writer checks that the server confirmed each operation. The
server has no overlays; with --logged it is the one of the tests, with access log, memberof, refint,
ppolicy and unique, which takes longer for each write.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence

from _slapd import ADMIN, PASSWORD, PEOPLE, logged_slapd, slapd

from ldapconnector.directory import LdapDirectory, connect
from ldapconnector.entries import Add, Change, Delete, Entry, Modification, Modify
from ldapconnector.profile import ConnectionProfile, SimpleBind

WINDOW = 100  # of python-ldap, which leaves the pipelining to its caller
Writer = Callable[[int], dict[str, float]]


def names(count: int) -> list[str]:
    return [f"uid=new{number},{PEOPLE}" for number in range(count)]


def values(number: int) -> dict[str, list[str]]:
    return {
        "objectClass": ["top", "person", "organizationalPerson", "inetOrgPerson"],
        "uid": [f"new{number}"],
        "cn": [f"New Person {number}"],
        "sn": [f"Person {number}"],
        "givenName": ["New"],
        "mail": [f"new{number}@example.com"],
        "telephoneNumber": [f"+1 555 {number:07d}"],
        "title": [f"Engineer {number % 17}"],
        "ou": ["people"],
        "employeeNumber": [str(number)],
        "description": [f"A person with a description of ordinary length, number {number}"],
        "l": ["Springfield"],
    }


CHANGED = {"title": "Manager", "telephoneNumber": "+1 555 0100", "l": "Shelbyville"}


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def session(port: int) -> LdapDirectory:
    return connect(
        ConnectionProfile(
            hosts=f"127.0.0.1:{port}",
            security="plain",
            binding=SimpleBind(ADMIN, PASSWORD),
            allow_cleartext_credentials=True,
        )
    )


def ours(port: int, count: int) -> dict[str, float]:
    with session(port) as directory:

        def write(changes: Iterable[Change]) -> None:
            assert all(applied.ok for applied in directory.apply_all(changes))

        listed = names(count)
        step = tuple(Modification.replace(name, value) for name, value in CHANGED.items())
        return {
            "add": timed(lambda: write(Add(Entry(dn, values(n))) for n, dn in enumerate(listed))),
            "modify": timed(lambda: write(Modify(dn, step) for dn in listed)),
            "delete": timed(lambda: write(Delete(dn) for dn in listed)),
        }


def ours_one_by_one(port: int, count: int) -> dict[str, float]:
    with session(port) as directory:

        def write(changes: Iterable[Change]) -> None:
            for change in changes:
                directory.apply(change)

        listed = names(count)
        step = tuple(Modification.replace(name, value) for name, value in CHANGED.items())
        return {
            "add": timed(lambda: write(Add(Entry(dn, values(n))) for n, dn in enumerate(listed))),
            "modify": timed(lambda: write(Modify(dn, step) for dn in listed)),
            "delete": timed(lambda: write(Delete(dn) for dn in listed)),
        }


def ldap3_sync(port: int, count: int) -> dict[str, float]:
    import ldap3

    server = ldap3.Server("127.0.0.1", port)
    connection = ldap3.Connection(server, ADMIN, PASSWORD, auto_bind=True)
    listed = names(count)

    def add() -> None:
        for number, dn in enumerate(listed):
            assert connection.add(dn, attributes=values(number))

    def modify() -> None:
        for dn in listed:
            steps = {name: [(ldap3.MODIFY_REPLACE, [value])] for name, value in CHANGED.items()}
            assert connection.modify(dn, steps)

    def delete() -> None:
        for dn in listed:
            assert connection.delete(dn)

    found = {"add": timed(add), "modify": timed(modify), "delete": timed(delete)}
    connection.unbind()
    return found


def python_ldap(port: int, count: int, window: int) -> dict[str, float]:
    import ldap

    connection = ldap.initialize(f"ldap://127.0.0.1:{port}")
    connection.simple_bind_s(ADMIN, PASSWORD)
    listed = names(count)

    def run(send: Callable[[int], int]) -> None:
        under_way: list[int] = []
        for number in range(count):
            under_way.append(send(number))
            if len(under_way) == window:
                connection.result(under_way.pop(0))
        for message in under_way:
            connection.result(message)

    def add(number: int) -> int:
        listing: Sequence[tuple[str, list[bytes]]] = [
            (name, [value.encode() for value in given]) for name, given in values(number).items()
        ]
        return connection.add_ext(listed[number], listing)

    def modify(number: int) -> int:
        steps = [(ldap.MOD_REPLACE, name, [value.encode()]) for name, value in CHANGED.items()]
        return connection.modify_ext(listed[number], steps)

    found = {
        "add": timed(lambda: run(add)),
        "modify": timed(lambda: run(modify)),
        "delete": timed(lambda: run(lambda number: connection.delete_ext(listed[number]))),
    }
    connection.unbind_s()
    return found


def bonsai_sync(port: int, count: int) -> dict[str, float]:
    import bonsai

    client = bonsai.LDAPClient(f"ldap://127.0.0.1:{port}")
    client.set_credentials("SIMPLE", user=ADMIN, password=PASSWORD)
    listed = names(count)
    with client.connect() as connection:
        entries = []
        for number, dn in enumerate(listed):
            entry = bonsai.LDAPEntry(dn)
            for name, given in values(number).items():
                entry[name] = given
            entries.append(entry)

        def add() -> None:
            for entry in entries:
                assert connection.add(entry)

        def modify() -> None:
            for entry in entries:
                for name, value in CHANGED.items():
                    entry.change_attribute(name, bonsai.LDAPModOp.REPLACE, value)
                assert entry.modify()

        def delete() -> None:
            for dn in listed:
                assert connection.delete(dn)

        return {"add": timed(add), "modify": timed(modify), "delete": timed(delete)}


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    count = numbers[0] if numbers else 10_000
    rounds = numbers[1] if len(numbers) > 1 else 3
    server = logged_slapd() if "--logged" in sys.argv else slapd(1)
    few = max(1, count // 5)
    best: dict[str, dict[str, float]] = {}
    with server as port:
        writers: dict[str, tuple[int, Callable[[int], dict[str, float]]]] = {
            "ours, pipelined (window 64)": (count, lambda many: ours(port, many)),
            "python-ldap, pipelined (window 100)": (
                count,
                lambda many: python_ldap(port, many, WINDOW),
            ),
            "ours, one by one": (count, lambda many: ours_one_by_one(port, many)),
            "python-ldap, one by one": (count, lambda many: python_ldap(port, many, 1)),
            "bonsai": (few, lambda many: bonsai_sync(port, many)),
            "ldap3, synchronous": (few, lambda many: ldap3_sync(port, many)),
        }
        for _ in range(rounds):
            for name, (many, write) in writers.items():
                for kind, seconds in write(many).items():
                    rates = best.setdefault(name, {})
                    rates[kind] = max(rates.get(kind, 0.0), many / seconds)
    slowest = best["ldap3, synchronous"]
    theirs = best["python-ldap, pipelined (window 100)"]
    print(f"\n{count:,} operations of each kind a round, best of {rounds} rounds")
    head = "".join(f"{kind + '/s':>12}{'to ldap3':>10}{'to p-ldap':>10}" for kind in slowest)
    print(f"{'writer':<38}{head}")
    for name, rates in best.items():
        columns = "".join(
            f"{rate:>12,.0f}{rate / slowest[kind]:>10.1f}{rate / theirs[kind]:>10.2f}"
            for kind, rate in rates.items()
        )
        print(f"{name:<38}{columns}")


if __name__ == "__main__":
    main()
