"""Planning: users against a directory's index, ours against the same job written by hand.

Run ``python benchmarks/planning.py [USERS]`` (100,000 by default). The job of a daily cycle:
every user has an account, one in a thousand or one in a hundred changed. Each user is linked, checked for leaving,
mapped to ten attributes (two of them by expressions) and compared; what differs becomes a
change with the values before and after. The hand-written function does exactly that, for
exactly these mappings, on plain dictionaries.

In a case of its own ten new users come in: they are matched by mail, and the names that they
get must be free. Both sides look through the import for that, and each round gets a fresh one.

One core is measured in processor time, readers in turns, the best of several rounds counts.
Spread runs are measured by the clock: a process pool, and a Dask cluster on loopback where
Dask is installed (``pip install dask distributed``). Read the ratios.
"""

from __future__ import annotations

import gc
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from ldapconnector.entries import Entry
from ldapconnector.mapping import Apply, AttributeMapping, Computed, Constant, Direct
from ldapconnector.planning import (
    DirectoryIndex,
    Link,
    Planner,
    ProvisioningRules,
    Situation,
)
from ldapconnector.schema import Schema

ROUNDS = 7
CHANGED = (1000, 100)  # one in so many
NEW = 10

ALIAS = 'ToLower(Word([userPrincipalName], 1, "@"), )'
MAPPINGS = [
    AttributeMapping(
        target="-dn-",
        source=Computed(f'Join("", "uid=", {ALIAS}, ",ou=people,dc=example,dc=com")'),
        apply=Apply.CREATION,
    ),
    AttributeMapping(
        target="objectClass",
        source=Constant(("inetOrgPerson", "posixAccount")),
        apply=Apply.CREATION,
    ),
    AttributeMapping(target="cn", source=Direct("displayName")),
    AttributeMapping(target="sn", source=Direct("surname")),
    AttributeMapping(target="givenName", source=Direct("givenName")),
    AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1),
    AttributeMapping(target="uid", source=Computed(ALIAS)),
    AttributeMapping(target="homeDirectory", source=Computed(f'Join("/", "/home", {ALIAS})')),
    AttributeMapping(target="uidNumber", source=Direct("uidNumber")),
    AttributeMapping(target="gidNumber", source=Constant("10000")),
    AttributeMapping(target="departmentNumber", source=Direct("department")),
    AttributeMapping(target="title", source=Direct("jobTitle")),
]


def user(number: int, every: int) -> dict[str, Any]:
    return {
        "id": f"id-{number}",
        "accountEnabled": True,
        "deletedDateTime": None,
        "userPrincipalName": f"User{number}@example.com",
        "displayName": f"Given Name{number}",
        "surname": f"Name{number}",
        "givenName": "Given",
        "mail": f"user{number}@example.com",
        "uidNumber": str(20000 + number),
        "department": f"D{number % 40}",
        "jobTitle": "Director" if number % every == 0 else "Engineer",
    }


def attributes(number: int) -> dict[str, tuple[bytes, ...]]:
    return {
        "objectClass": (b"inetOrgPerson", b"posixAccount"),
        "cn": (b"Given Name%d" % number,),
        "sn": (b"Name%d" % number,),
        "givenName": (b"Given",),
        "mail": (b"user%d@example.com" % number,),
        "uid": (b"user%d" % number,),
        "homeDirectory": (b"/home/user%d" % number,),
        "uidNumber": (b"%d" % (20000 + number),),
        "gidNumber": (b"10000",),
        "departmentNumber": (b"D%d" % (number % 40),),
        "title": (b"Engineer",),
        "entryUUID": (b"uuid-%d" % number,),
    }


class Scene:
    """A population, in the shapes that both sides want."""

    def __init__(self, count: int, every: int = CHANGED[-1], *, new: int = 0) -> None:
        self.users = [user(number, every) for number in range(count + new)]
        wire = [attributes(number) for number in range(count)]
        names = [f"uid=user{number},ou=people,dc=example,dc=com" for number in range(count)]
        self.wire = list(zip(names, wire, strict=True))
        self.planner = Planner(
            ProvisioningRules(mappings=MAPPINGS, structural_class="inetOrgPerson"),
            Schema.standard(),
        )
        self.links = {
            f"id-{number}": Link(source=f"id-{number}", anchor=b"uuid-%d" % number)
            for number in range(count)
        }
        self.imported()
        self.anchors = {source: link.anchor for source, link in self.links.items()}
        self.by_anchor = {one["entryUUID"][0]: (name, one) for name, one in self.wire}

    def imported(self) -> None:
        """Take the directory anew, as the import of a cycle does."""
        entries = [Entry.from_wire(name, one) for name, one in self.wire]
        index = DirectoryIndex(entries, anchor="entryUUID", comparer=self.planner.comparer)
        index.by_anchor(b"")  # both sides start with an index
        self.situation = Situation(index=index, links=self.links)

    def ours(self) -> int:
        """Plan with this library."""
        return len(self.planner.plan(self.users, self.situation))

    def by_hand(self) -> int:
        """Plan with the function written for it."""
        return len(by_hand(self.users, self.anchors, self.by_anchor))


def by_hand(users, anchors, by_anchor):
    """The same job for these mappings, as one would write it."""
    changes, seen, new = [], set(), []
    for position, user in enumerate(users):
        source = user["id"]
        if source in seen:
            raise ValueError(source)
        seen.add(source)
        anchor = anchors.get(source)
        if user.get("accountEnabled") is False or "@removed" in user:
            changes.append((position, source, "other", (), ()))
            continue
        if user.get("deletedDateTime"):
            changes.append((position, source, "leave", (), ()))
            continue
        name, entry = by_anchor[anchor] if anchor is not None else (None, {})
        alias = user["userPrincipalName"].partition("@")[0].lower()
        wanted = {
            "cn": user["displayName"],
            "sn": user["surname"],
            "givenName": user["givenName"],
            "mail": user["mail"],
            "uid": alias,
            "homeDirectory": "/home/" + alias,
            "uidNumber": user["uidNumber"],
            "gidNumber": "10000",
            "departmentNumber": user["department"],
            "title": user["jobTitle"],
        }
        modifications, values = [], []
        for attribute, text in wanted.items():
            if not text:
                continue
            after = (text.encode(),)
            before = entry.get(attribute, ())
            if before == after or {one.lower() for one in before} == {text.lower().encode()}:
                continue
            modifications.append(("replace" if before else "add", attribute, after))
            values.append((attribute, before, after, "mapping of " + attribute))
        if name is None:
            new.append((position, source, alias, values))
        elif modifications:
            changes.append((position, source, "update", (name, modifications), values))
    if new:
        changes += new_by_hand(new, by_anchor)
    gone = anchors.keys() - seen
    changes.extend((len(users), source, "leave", (), ()) for source in gone)
    return changes


def new_by_hand(new, by_anchor):
    """What users without an account need: matched by mail, or created under a free name."""
    by_mail = {
        mail.lower(): name for name, entry in by_anchor.values() for mail in entry.get("mail", ())
    }
    taken = {name.lower() for name, _ in by_anchor.values()}
    for position, source, alias, values in new:
        entry = {attribute: after for attribute, _, after, _ in values}
        entry["objectClass"] = (b"inetOrgPerson", b"posixAccount")
        name = f"uid={alias},ou=people,dc=example,dc=com"
        found = by_mail.get(entry["mail"][0].lower())
        if found is not None:
            yield (position, source, "link", found, values)
        elif name in taken:
            yield (position, source, "fault", name, values)
        else:
            taken.add(name)
            yield (position, source, "create", (name, entry), values)


def best(before: Callable[[], object], *functions: Callable[[], object]) -> list[float]:
    """Return the best processor time of each, in seconds; they take turns.

    What is done before each of them is not measured.
    """
    times = [float("inf")] * len(functions)
    for _ in range(ROUNDS):
        for place, function in enumerate(functions):
            before()
            gc.collect()
            start = time.process_time()
            function()
            times[place] = min(times[place], time.process_time() - start)
    return times


def one_core(sizes: list[int]) -> None:
    print("| users | changed | new | by hand | ours | ratio | ours per user |")
    print("|---|---|---|---|---|---|---|")
    cases = [(CHANGED[0], 0), (CHANGED[0], NEW), (CHANGED[1], 0)]
    for (every, new), size in itertools.product(cases, sizes):
        scene = Scene(size, every, new=new)
        changed = -(-size // every)
        assert scene.ours() == scene.by_hand() == changed + new
        hand, ours = best(scene.imported, scene.by_hand, scene.ours)
        print(
            f"| {size:,} | {changed:,} | {new} | {size / hand / 1000:,.0f}k/s "
            f"| {size / ours / 1000:,.0f}k/s | {hand / ours:.2f} | {ours / size * 1e6:.2f} us |"
        )


def part(count: int, start: int, stop: int) -> tuple[int, float]:
    """Plan a shard in a worker that reads its own part of the users and of the directory."""
    scene = _scene(count)
    users = scene.users[start:stop]
    situation = Situation(index=scene.situation.index, links=scene.situation.links, complete=False)
    began = time.perf_counter()
    found = len(scene.planner.plan(users, situation))
    return found, time.perf_counter() - began


_SCENES: dict[int, Scene] = {}


def _scene(count: int) -> Scene:
    """Build a worker's data once, as a worker that reads its own files would."""
    if count not in _SCENES:
        _SCENES[count] = Scene(count)
    return _SCENES[count]


@contextmanager
def dask() -> Iterator[Executor | None]:
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError:
        yield None
        return
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


def spread(count: int) -> None:
    new = count // 5
    daily, first = Scene(count), Scene(new)
    empty = DirectoryIndex([], anchor="entryUUID", comparer=first.planner.comparer)
    jobs = [
        (daily.planner, daily.users, daily.situation),
        (first.planner, first.users, Situation(index=empty)),
    ]
    alone = []
    times = []
    for planner, users, situation in jobs:
        start = time.perf_counter()
        alone.append(planner.plan(users, situation).digest)
        times.append(time.perf_counter() - start)
    print(
        f"\n| spread over | same digests | daily, {count:,} users | each worker reads its own "
        f"| first load, {new:,} new users |"
    )
    print("|---|---|---|---|---|")
    print(f"| one process | | {times[0]:.2f} s | {times[0]:.2f} s | {times[1]:.2f} s |")
    with ProcessPoolExecutor(2) as pool:
        _spread_line("2 processes", jobs, alone, pool, count)
    with dask() as executor:
        if executor is None:
            print("| Dask is not installed | | | | |")
        else:
            _spread_line("Dask, 2 workers on loopback", jobs, alone, executor, count)


def _spread_line(name, jobs, alone, executor: Executor, count: int) -> None:
    bounds = [0, count // 2, count]
    pieces = list(zip(*itertools.pairwise(bounds), strict=True))
    list(executor.map(part, [count] * 2, *pieces))  # builds the workers' data
    own = max(seconds for _, seconds in executor.map(part, [count] * 2, *pieces))
    digests, times = [], []
    for planner, users, situation in jobs:
        start = time.perf_counter()
        digests.append(planner.plan(users, situation, executor=executor, shard=2000).digest)
        times.append(time.perf_counter() - start)
    same = "yes" if digests == alone else "NO"
    print(f"| {name} | {same} | {times[0]:.2f} s | {own:.2f} s | {times[1]:.2f} s |")


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    one_core([wanted // 10, wanted // 2, wanted])
    spread(wanted)
