"""The guard: deletes and disables that look like an accident wait for a person.

The commonest accident of this field is a read that failed, was cut short, or came back
empty, and was taken as "they are all gone". The guard is the last of four defences: an
import says by its type whether it is complete; a partial one plans no removal at all; the
source can say that it is not complete; and then the numbers are looked at. The rules, by
their numbers; tests cite them:

G1. *Deletes and disables count together*, as the service's accidental deletion prevention
    counts them; whoever disables everybody has locked everybody out.
G2. *Maximum.* More than ``maximum`` removals in one plan hold all of them. Not only the
    excess: which of them are the accident is not known.
G3. *Share.* More than ``percent`` of the managed accounts do so too, unless there are no
    more than ``tolerated``.
G4. *Empty source.* A source without a single user holds every removal.
G5. *Shrunken source.* A source that lost more than ``shrunken_source`` percent of its users
    since the last cycle does so too, unless it lost no more than ``tolerated``.
G6. *Jump.* More than ``jump`` times the largest number of the remembered cycles does so
    too, unless there are no more than ``tolerated``.
G7. *Protected entries* (the account that the connector binds as, given names, a filter) are
    never deleted or disabled; no release changes that.
G8. *Partial import.* What an incomplete read of the directory did not find may exist. No
    removal is planned from it and no account is created from it; no release changes that.
G9. *Only removals wait.* Creates and updates of a held plan are applied; what is held comes
    out as a staged outcome, and as long as it is not released a later plan contains it anew.
G10. *A release names what was looked at.* It carries the plan's digest, so it fits this plan
    only, and it may name single users.

Source: "Accidental deletions prevention in the provisioning service" (Microsoft Entra
documentation) for G1 and G2; the other rules are ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from ldapconnector.entries import Entry
from ldapconnector.names import MatchingSchema
from ldapconnector.planning._limits import DeletionGuard
from ldapconnector.planning._plan import Hold

__all__ = ["History", "evaluate", "is_protected"]


@attrs.frozen(kw_only=True)
class History:
    """What the guard remembers of earlier cycles.

    Attributes:
        users: how many users the source gave in the last cycle; None before the first.
        removals: how many deletes and disables the last cycles carried out, the newest last.
    """

    users: int | None = None
    removals: tuple[int, ...] = ()

    def after(self, *, users: int | None, removals: int, remembered: int = 10) -> History:
        """Return the history after another cycle.

        Args:
            users: what the source gave.
            removals: what was carried out.
            remembered: how many cycles are remembered.

        >>> History().after(users=100, removals=2).after(users=99, removals=1)
        History(users=99, removals=(2, 1))
        """
        return History(users=users, removals=(*self.removals, removals)[-remembered:])


def evaluate(
    guard: DeletionGuard,
    *,
    removals: int,
    managed: int,
    users: int | None,
    history: History,
) -> tuple[Hold, ...]:
    """Return why the removals of a plan must wait; empty where they need not.

    Args:
        guard: the limits.
        removals: the deletes and disables of the plan (G1).
        managed: how many accounts the rules manage.
        users: how many users the source gave; None where it gave changes only.
        history: the last cycles.

    >>> guard = DeletionGuard(maximum=10)
    >>> for hold in evaluate(guard, removals=12, managed=1000, users=988, history=History()):
    ...     print(hold)
    G2: 12 accounts would be deleted or disabled, and the maximum is 10
    """
    if not removals:
        return ()
    return tuple(_holds(guard, removals, managed, users, history))


def _holds(
    guard: DeletionGuard, removals: int, managed: int, users: int | None, history: History
) -> Iterator[Hold]:
    accounts = f"{removals} account{'' if removals == 1 else 's'}"
    would = f"{accounts} would be deleted or disabled"
    if guard.maximum is not None and removals > guard.maximum:
        yield Hold(rule="G2", reason=f"{would}, and the maximum is {guard.maximum}")
    many = removals > guard.tolerated
    if guard.percent is not None and many and removals * 100 > guard.percent * managed:
        share = f"{removals * 100 / managed:.1f} %" if managed else "more than all"
        yield Hold(
            rule="G3",
            reason=f"{would}, {share} of {managed}, and the limit is {guard.percent:g} %",
        )
    if guard.empty_source and users == 0:
        yield Hold(rule="G4", reason=f"the source gave no user at all, and {would}")
    if guard.shrunken_source is not None and users is not None and history.users:
        lost = history.users - users
        if lost > guard.tolerated and lost * 100 > guard.shrunken_source * history.users:
            yield Hold(
                rule="G5",
                reason=f"the source gave {history.users} users last time and {users} now; "
                f"the limit is a loss of {guard.shrunken_source:g} %",
            )
    if guard.jump is not None and history.removals and many:
        largest = max(history.removals)
        if removals > guard.jump * max(largest, 1):
            yield Hold(
                rule="G6",
                reason=f"{would}; in the last {len(history.removals)} cycles it was "
                f"{largest} at most",
            )


def is_protected(guard: DeletionGuard, entry: Entry, schema: MatchingSchema | None = None) -> str:
    """Return why deprovisioning may not touch an entry; empty where it may (G7).

    >>> guard = DeletionGuard(protected=("cn=admin,dc=x",))
    >>> is_protected(guard, Entry("CN=Admin,DC=x", {"cn": "Admin"}))
    'G7: the entry is protected by its name'
    """
    if guard.protected and entry.dn in guard.protected:
        return "G7: the entry is protected by its name"
    if guard.protected_filter is not None and guard.protected_filter.matches(entry, schema):
        return f"G7: the entry is protected by the filter {guard.protected_filter}"
    return ""
