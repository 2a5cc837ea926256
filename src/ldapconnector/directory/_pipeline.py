"""Which of many changes may be under way at the same time.

A server may carry out requests that are sent one after the other in any order (RFC 4511,
3.1). So a change waits for every earlier one whose outcome it could depend on. Two changes
depend on one another when a name of the one equals, or lies above or below, a name of the
other; a Rename has two names.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import TYPE_CHECKING

import attrs

from ldapconnector.entries import Rename

if TYPE_CHECKING:
    from ldapconnector.entries import Change

__all__ = ["Order", "Ticket"]

_Key = tuple[Hashable, ...]


@attrs.define(eq=False)
class Ticket:
    """A change in the queue.

    Attributes:
        change: what is to be done.
        names: the keys of its names, root first.
        waits_for: how many earlier changes must finish before this one may start.
        followers: later changes that wait for this one.
    """

    change: Change
    names: tuple[_Key, ...]
    waits_for: int = 0
    followers: list[Ticket] = attrs.field(factory=list)


class Order:
    """Hands out changes in an order that keeps dependent ones apart.

    >>> from ldapconnector.entries import Delete
    >>> order = Order()
    >>> for dn in ["cn=a,ou=x", "ou=x", "cn=b,ou=y"]:
    ...     order.add(Delete(dn))
    >>> first, second = order.take(), order.take()
    >>> str(first.change.dn), str(second.change.dn), order.take()
    ('cn=a,ou=x', 'cn=b,ou=y', None)
    >>> order.finish(first)
    >>> str(order.take().change.dn)
    'ou=x'
    """

    def __init__(self) -> None:
        self._ready: deque[Ticket] = deque()
        self._named: dict[_Key, set[Ticket]] = {}
        self._below: dict[_Key, set[Ticket]] = {}
        self._unfinished = 0

    def __len__(self) -> int:
        """How many changes are not finished."""
        return self._unfinished

    def add(self, change: Change) -> None:
        """Queue a change behind those added before."""
        names: tuple[_Key, ...] = (change.dn.key,)
        if isinstance(change, Rename):
            names += (change.new_dn.key,)
        ticket = Ticket(change, names)
        earlier: set[Ticket] = set()
        for name in names:
            earlier |= self._below.get(name, set())
            for depth in range(len(name) + 1):
                earlier |= self._named.get(name[:depth], set())
        for other in earlier:
            other.followers.append(ticket)
        ticket.waits_for = len(earlier)
        for name in names:
            self._named.setdefault(name, set()).add(ticket)
            for depth in range(len(name)):
                self._below.setdefault(name[:depth], set()).add(ticket)
        self._unfinished += 1
        if not earlier:
            self._ready.append(ticket)

    def take(self) -> Ticket | None:
        """Return a change that may start now, None where all must wait."""
        return self._ready.popleft() if self._ready else None

    def finish(self, ticket: Ticket) -> None:
        """Let those go on that waited for this change."""
        self._unfinished -= 1
        for name in ticket.names:
            _forget(self._named, name, ticket)
            for depth in range(len(name)):
                _forget(self._below, name[:depth], ticket)
        for follower in ticket.followers:
            follower.waits_for -= 1
            if not follower.waits_for:
                self._ready.append(follower)


def _forget(table: dict[_Key, set[Ticket]], name: _Key, ticket: Ticket) -> None:
    tickets = table.get(name)
    if tickets is not None:
        tickets.discard(ticket)
        if not tickets:
            del table[name]
