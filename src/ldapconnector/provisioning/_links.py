"""What is remembered between cycles, behind a small protocol: links, numbers, begun creations.

An implementation is a few functions over any storage with transactions. The order in which
:class:`~ldapconnector.provisioning.Provisioner` calls them is what makes a cycle safe to kill:
an intent is stored before an entry is created, the link (with the steps still to do) right
after, so a creation that was cut short is found again by its name and finished, never done
twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol, final, runtime_checkable

from ldapconnector._given import of_kind
from ldapconnector.errors import PlanStale, UsageError
from ldapconnector.mapping import Allocation
from ldapconnector.names import DN
from ldapconnector.planning import Link

__all__ = ["LinkStore", "MemoryLinks"]

_JOB: Final = "job"  # what the name of the job is noted under


@runtime_checkable
class LinkStore(Protocol):
    """Remembers which account belongs to which user, for one job.

    A job is one source into one target under one set of rules. What a complete source does not
    give is missing for the job that the store belongs to, so two jobs over one store would take
    each other's users for gone. A job that has a name (``Provisioner(..., job=...)``) notes it in
    its store, and every other job is refused there.
    """

    def links(self) -> Mapping[str, Link]:
        """Return all links by source anchor."""
        ...

    def get(self, source: str) -> Link | None:
        """Return the link of a user, or None."""
        ...

    def put(self, link: Link) -> None:
        """Store a link, new or changed, and forget the intent of its user in the same step."""
        ...

    def remove(self, source: str) -> None:
        """Forget a link. Neither object is touched, and no number is handed out again."""
        ...

    def intend(self, source: str, dn: DN) -> None:
        """Remember that an entry of this name is about to be created for this user."""
        ...

    def settle(self, source: str) -> None:
        """Forget an intent: the entry was certainly not created."""
        ...

    def intents(self) -> Mapping[str, DN]:
        """Return the creations that were begun and neither linked nor settled."""
        ...

    def allocations(self) -> Mapping[str, Allocation]:
        """Return the numbers handed out so far, by attribute in lower case."""
        ...

    def reserve(self, attribute: str, number: int, source: str) -> None:
        """Hand a number out for good.

        Raises:
            PlanStale: another user has it already, or this user another number.
        """
        ...

    def note(self, key: str, value: str) -> None:
        """Store a text under a key, such as the state of the cycle; an empty one removes it."""
        ...

    def noted(self, key: str) -> str:
        """Return the text under a key, or an empty one."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Make what happens inside durable in one step, or not at all."""
        ...


@final
class MemoryLinks:
    """Links in memory: for tests, examples, and directories that are matched anew each time.

    Args:
        links: links to start with.

    >>> links = MemoryLinks()
    >>> links.put(Link(source="1", anchor=b"5a5ee2b6", dn="uid=jane,dc=x"))
    >>> links.get("1").dn
    'uid=jane,dc=x'
    """

    def __init__(self, links: Mapping[str, Link] | None = None) -> None:
        self._links = dict(links or {})
        self._intents: dict[str, DN] = {}
        self._numbers: dict[str, dict[str, int]] = {}
        self._notes: dict[str, str] = {}

    def links(self) -> Mapping[str, Link]:
        """Return all links by source anchor."""
        return dict(self._links)

    def get(self, source: str) -> Link | None:
        """Return the link of a user, or None."""
        return self._links.get(source)

    def put(self, link: Link) -> None:
        """Store a link and forget the intent of its user."""
        self._links[link.source] = link
        self._intents.pop(link.source, None)

    def remove(self, source: str) -> None:
        """Forget a link; its numbers stay handed out."""
        self._links.pop(source, None)

    def intend(self, source: str, dn: DN) -> None:
        """Remember that an entry is about to be created."""
        self._intents[source] = dn

    def settle(self, source: str) -> None:
        """Forget an intent."""
        self._intents.pop(source, None)

    def intents(self) -> Mapping[str, DN]:
        """Return the creations that were begun and not confirmed."""
        return dict(self._intents)

    def allocations(self) -> Mapping[str, Allocation]:
        """Return the numbers handed out so far."""
        return {name: Allocation(numbers=given) for name, given in self._numbers.items()}

    def reserve(self, attribute: str, number: int, source: str) -> None:
        """Hand a number out for good."""
        given = self._numbers.setdefault(attribute.lower(), {})
        check_reservation(attribute, number, source, given)
        given[source] = number

    def note(self, key: str, value: str) -> None:
        """Store a text under a key."""
        if value:
            self._notes[key] = value
        else:
            self._notes.pop(key, None)

    def noted(self, key: str) -> str:
        """Return the text under a key, or an empty one."""
        return self._notes.get(key, "")

    @contextmanager
    def together(self) -> Iterator[None]:
        """Do nothing more: memory is not durable anyway."""
        yield

    def __repr__(self) -> str:
        return f"MemoryLinks({len(self._links)} links)"


def claim(store: LinkStore, job: str) -> None:
    """Make a store that of a job, or refuse it to another one.

    A store that no job claimed yet, such as one of an earlier version, goes to the first job that
    has a name.

    Raises:
        UsageError: it belongs to another job, or to one with a name where this one has none.

    >>> links = MemoryLinks()
    >>> claim(links, "employees")
    >>> claim(links, "guests")
    Traceback (most recent call last):
    ldapconnector.errors.UsageError: the store of links belongs to the job 'employees', and this \
is the job 'guests'. Two jobs over one store take each other's users for gone: give each a store \
of its own. If it is the same job under a new name, say so once: links.note("job", 'guests')
    """
    of_kind(str, job, "the job", "a name")
    owner = store.noted(_JOB)
    if job and not owner:
        with store.together():  # two processes may come at the same time
            owner = store.noted(_JOB)
            if not owner:
                store.note(_JOB, job)
    if owner in {"", job}:
        return
    if not job:
        raise UsageError(
            f"the store of links belongs to the job {owner!r}, and this Provisioner says no job. "
            f"If it is that job, give it job={owner!r}; otherwise give it a store of its own"
        )
    raise UsageError(
        f"the store of links belongs to the job {owner!r}, and this is the job {job!r}. Two jobs "
        "over one store take each other's users for gone: give each a store of its own. If it is "
        f'the same job under a new name, say so once: links.note("job", {job!r})'
    )


def check_reservation(attribute: str, number: int, source: str, given: Mapping[str, int]) -> None:
    """Refuse a number that is somebody else's, or a second one for the same user.

    Raises:
        PlanStale: as above.
    """
    own = given.get(source)
    if own is not None and own != number:
        raise PlanStale(
            f"{attribute} {number} was planned for {source}, who has {own} meanwhile; plan again"
        )
    if own is None and number in given.values():
        raise PlanStale(
            f"{attribute} {number} was planned for {source} and went to another user meanwhile; "
            "plan again"
        )
