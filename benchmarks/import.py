"""Full import from OpenLDAP, against ldap3, python-ldap and bonsai in the same run.

Run: python benchmarks/import.py [entries] [rounds] [--million]

All readers take turns, and the best of the rounds counts; ldap3 gets one round, since it takes
longer than all others together. Read the ratios, not the absolute numbers; on a busy machine
server and reader compete for the processors, and the last column, the reader's own processor
time, tells more. Every reader counts what it read, and the counts must agree. With --million the memory of streaming a million
entries is measured as well.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from _slapd import ADMIN, FILTER, PASSWORD, PEOPLE, slapd

from ldapconnector.connector import ImportStream, Paging, Selection, full_import
from ldapconnector.directory import LdapDirectory, connect
from ldapconnector.entries import FullImport
from ldapconnector.names import Filter
from ldapconnector.profile import ConnectionProfile, SimpleBind

PAGE = 1000
Reader = Callable[[], int]


def session(port: int) -> LdapDirectory:
    return connect(
        ConnectionProfile(
            hosts=f"127.0.0.1:{port}",
            security="plain",
            binding=SimpleBind(ADMIN, PASSWORD),
            allow_cleartext_credentials=True,
        )
    )


def selection(paging: Paging = Paging.SIMPLE) -> Selection:
    return Selection(
        containers=(PEOPLE,), filter=Filter.parse(FILTER), page_size=PAGE, paging=paging
    )


def ours_streaming(port: int, paging: Paging) -> int:
    with session(port) as directory:
        stream = ImportStream(directory, selection(paging), reconnect=lambda: directory)
        count = sum(1 for _ in stream)
    assert stream.end is not None
    assert stream.end.reason is None
    return count


def ours_reading(port: int) -> int:
    count = 0
    with session(port) as directory:
        for entry in ImportStream(directory, selection()):
            count += bool(entry["UID"] and entry.first("mail") and entry.dn)
    return count


def ours_retained(port: int) -> int:
    with session(port) as directory:
        found = full_import(ImportStream(directory, selection()), selection())
    assert isinstance(found, FullImport)
    return len(found.entries)


def ldap3_default(port: int) -> int:
    import ldap3

    server = ldap3.Server("127.0.0.1", port)
    connection = ldap3.Connection(server, ADMIN, PASSWORD, auto_bind=True)
    found = connection.extend.standard.paged_search(
        PEOPLE, FILTER, attributes="*", paged_size=PAGE, generator=True
    )
    count = sum(1 for _ in found)
    connection.unbind()
    return count


def python_ldap_streaming(port: int) -> int:
    import ldap

    connection = ldap.initialize(f"ldap://127.0.0.1:{port}")
    connection.simple_bind_s(ADMIN, PASSWORD)
    search = connection.search_ext(PEOPLE, ldap.SCOPE_SUBTREE, FILTER, ["*"])
    count = 0
    while True:
        kind, data = connection.result(search, all=0)
        if kind == ldap.RES_SEARCH_RESULT:
            break
        count += len(data)
    connection.unbind_s()
    return count


def python_ldap_paged(port: int) -> int:
    import ldap
    from ldap.controls import SimplePagedResultsControl

    connection = ldap.initialize(f"ldap://127.0.0.1:{port}")
    connection.simple_bind_s(ADMIN, PASSWORD)
    page = SimplePagedResultsControl(criticality=True, size=PAGE, cookie="")
    count = 0
    while True:
        search = connection.search_ext(
            PEOPLE, ldap.SCOPE_SUBTREE, FILTER, ["*"], serverctrls=[page]
        )
        _, data, _, controls = connection.result3(search)
        count += len(data)
        page.cookie = controls[0].cookie
        if not page.cookie:
            break
    connection.unbind_s()
    return count


def bonsai_paged(port: int) -> int:
    import bonsai

    client = bonsai.LDAPClient(f"ldap://127.0.0.1:{port}")
    client.set_credentials("SIMPLE", user=ADMIN, password=PASSWORD)
    with client.connect() as connection:
        scope = bonsai.LDAPSearchScope.SUBTREE
        found = connection.paged_search(PEOPLE, scope, FILTER, page_size=PAGE)
        return sum(1 for _ in found)


def bonsai_whole(port: int) -> int:
    import bonsai

    client = bonsai.LDAPClient(f"ldap://127.0.0.1:{port}")
    client.set_credentials("SIMPLE", user=ADMIN, password=PASSWORD)
    with client.connect() as connection:
        return len(connection.search(PEOPLE, bonsai.LDAPSearchScope.SUBTREE, FILTER))


def best_of(
    readers: dict[str, Reader], rounds: int, entries: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the least seconds of each reader, by the clock and of the processor."""
    best: dict[str, float] = {}
    work: dict[str, float] = {}
    for number in range(rounds):
        for name, read in readers.items():
            if number and name.startswith("ldap3"):
                continue
            worked, started = time.process_time(), time.perf_counter()
            count = read()
            seconds, used = time.perf_counter() - started, time.process_time() - worked
            assert count == entries, (name, count)
            best[name] = min(best.get(name, seconds), seconds)
            work[name] = min(work.get(name, used), used)
    return best, work


def resident() -> float:
    """Memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def sampled(stream: ImportStream) -> Iterator[float]:
    for number, _ in enumerate(stream):
        if number % 5000 == 0:
            yield resident()


def memory(entries: int) -> None:
    with slapd(entries) as port, session(port) as directory:
        list(ImportStream(directory, selection_of_one()))
        for resume in (False, True):
            before = resident()
            started = time.perf_counter()
            reconnect = (lambda: directory) if resume else None
            stream = ImportStream(directory, selection(), reconnect=reconnect)
            most = max(sampled(stream))
            seconds = time.perf_counter() - started
            assert stream.end is not None
            print(
                f"\nstreaming {stream.end.entries:,} entries{', resumable' if resume else ''}: "
                f"{most - before:+.1f} MiB at most, {seconds:.1f} s"
            )


def selection_of_one() -> Selection:
    return Selection(containers=(PEOPLE,), filter=Filter.equal("uid", "user1"))


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    entries = numbers[0] if numbers else 100_000
    rounds = numbers[1] if len(numbers) > 1 else 5
    with slapd(entries) as port:
        readers: dict[str, Reader] = {
            "ours, typed, streaming, one search": lambda: ours_streaming(port, Paging.NONE),
            "python-ldap, streaming": lambda: python_ldap_streaming(port),
            "ours, typed, streaming, pages": lambda: ours_streaming(port, Paging.SIMPLE),
            "python-ldap, pages": lambda: python_ldap_paged(port),
            "ours, pages, names parsed, values read": lambda: ours_reading(port),
            "ours, pages, FullImport (all kept)": lambda: ours_retained(port),
            "bonsai, pages": lambda: bonsai_paged(port),
            "bonsai, one search (all kept)": lambda: bonsai_whole(port),
            "ldap3, default, pages": lambda: ldap3_default(port),
        }
        best, work = best_of(readers, rounds, entries)
    slowest = best["ldap3, default, pages"]
    print(f"\nfull import of {entries:,} entries, best of {rounds} rounds")
    head = ("entries/s", "to ldap3", "to python-ldap", "to bonsai", "CPU us/entry")
    print(f"{'reader':<40}" + "".join(f"{word:>16}" for word in head))
    theirs = best["python-ldap, streaming"]
    bonsai = min(best["bonsai, pages"], best["bonsai, one search (all kept)"])
    for name, seconds in sorted(best.items(), key=lambda item: item[1]):
        print(
            f"{name:<40}{entries / seconds:>16,.0f}{slowest / seconds:>16.1f}"
            f"{theirs / seconds:>16.2f}{bonsai / seconds:>16.2f}{work[name] / entries * 1e6:>16.1f}"
        )
    if "--million" in sys.argv:
        memory(1_000_000)


if __name__ == "__main__":
    main()
