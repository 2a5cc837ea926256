"""Account discovery: whose is each account that is there already?

Microsoft sorts into local, unassigned and assigned, by direct mappings and the first
matching attribute only. Here every matching rule counts, with expressions and combinations,
and what is unclear is told apart: an account that several users match, and accounts of which
one user matches several.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

import attrs

from ldapconnector.mapping._match import MatchKind, match_by_index
from ldapconnector.mapping._match_index import MatchIndex
from ldapconnector.mapping._required import safe_cell
from ldapconnector.names import DN

__all__ = ["AccountReport", "AccountState", "DiscoveredAccount", "discover_accounts"]


class AccountState(StrEnum):
    """Whose an account is."""

    #: No source user matches it.
    LOCAL = "local"
    #: A source user matches it, who is not assigned.
    UNASSIGNED = "unassigned"
    #: An assigned source user matches it.
    ASSIGNED = "assigned"
    #: A source user matches it and others as well.
    AMBIGUOUS = "ambiguous"
    #: Several source users match it.
    DUPLICATE = "duplicate"


@attrs.frozen(kw_only=True)
class DiscoveredAccount:
    """One account of the directory.

    Attributes:
        dn: its name.
        state: whose it is.
        users: the source anchors of the users concerned, sorted.
        precedence: the matching rule that found it, None where none did.
        text: the reason in words.
    """

    dn: DN
    state: AccountState
    users: tuple[str, ...] = ()
    precedence: int | None = None
    text: str = ""


@attrs.frozen(kw_only=True)
class AccountReport:
    """Every account of the directory, sorted.

    Attributes:
        accounts: in the order of the directory.
        unmatched: source anchors of users who match nothing and would get a new account.
        unknown: source anchors of users who have no value to match by.
        faulty: source anchors of users whose matching expression failed.
    """

    accounts: tuple[DiscoveredAccount, ...]
    unmatched: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    faulty: tuple[str, ...] = ()

    def count(self) -> dict[AccountState, int]:
        """Return how many accounts are in each state, every state included."""
        counts = dict.fromkeys(AccountState, 0)
        for account in self.accounts:
            counts[account.state] += 1
        return counts

    def of(self, state: AccountState) -> tuple[DiscoveredAccount, ...]:
        """Return the accounts in one state."""
        return tuple(account for account in self.accounts if account.state is state)

    def csv(self) -> str:
        """Return the accounts as CSV with a header."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(["dn", "state", "users", "matching precedence", "reason"])
        for one in self.accounts:
            writer.writerow(
                [
                    safe_cell(str(one.dn)),
                    one.state.value,
                    safe_cell(" ".join(one.users)),
                    "" if one.precedence is None else one.precedence,
                    safe_cell(one.text),
                ]
            )
        return out.getvalue()


def discover_accounts(
    users: Sequence[Mapping[str, object]],
    index: MatchIndex,
    *,
    assigned: Collection[str] | None = None,
    source_anchor: str = "id",
) -> AccountReport:
    """Sort every account of an import by its owner.

    Args:
        users: every user of the source, assigned or not.
        index: the accounts, with the matching rules.
        assigned: the source anchors of assigned users; None takes all for assigned.
        source_anchor: the source attribute that identifies a user.

    >>> from ldapconnector.entries import Entry
    >>> from ldapconnector.mapping import (
    ...     AttributeMapping, CompiledMatching, Direct, MatchIndex, ObjectMapping)
    >>> mail = AttributeMapping(target="mail", source=Direct("mail"), matching_precedence=1)
    >>> index = MatchIndex(
    ...     [Entry("uid=a,dc=x", {"mail": "a@x"}), Entry("uid=root,dc=x", {"uid": "root"})],
    ...     CompiledMatching(ObjectMapping(mappings=[mail])))
    >>> report = discover_accounts([{"id": "1", "mail": "a@x"}], index)
    >>> [(str(one.dn), one.state.value) for one in report.accounts]
    [('uid=a,dc=x', 'assigned'), ('uid=root,dc=x', 'local')]
    """
    outcomes = match_by_index(users, index, source_anchor=source_anchor)
    anchors = [str(user.get(source_anchor, "")) for user in users]
    one: dict[DN, list[tuple[str, int | None, str]]] = defaultdict(list)
    several: dict[DN, list[tuple[str, str]]] = defaultdict(list)
    left: dict[MatchKind, list[str]] = defaultdict(list)
    for anchor, outcome in zip(anchors, outcomes, strict=True):
        if outcome.kind is MatchKind.AMBIGUOUS:
            for dn in outcome.dns:
                several[dn].append((anchor, outcome.text))
        elif outcome.entry is not None:
            one[outcome.entry.dn].append((anchor, outcome.precedence, outcome.text))
        else:
            # New users who claim each other's matching value have no account either.
            kind = MatchKind.NONE if outcome.kind is MatchKind.SHARED else outcome.kind
            left[kind].append(anchor)
    is_assigned = None if assigned is None else frozenset(assigned)
    return AccountReport(
        accounts=tuple(
            _account(entry.dn, one.get(entry.dn, []), several.get(entry.dn, []), is_assigned)
            for entry in index.entries
        ),
        unmatched=tuple(left[MatchKind.NONE]),
        unknown=tuple(left[MatchKind.NO_VALUE]),
        faulty=tuple(left[MatchKind.FAULT]),
    )


def _account(
    dn: DN,
    claims: Sequence[tuple[str, int | None, str]],
    unclear: Sequence[tuple[str, str]],
    assigned: frozenset[str] | None,
) -> DiscoveredAccount:
    users = tuple(sorted({claim[0] for claim in claims} | {claim[0] for claim in unclear}))
    precedence = claims[0][1] if claims else None
    if len(users) > 1:
        state = AccountState.DUPLICATE
        text = f"users {', '.join(users)} all match this account"
    elif unclear:
        state, text = AccountState.AMBIGUOUS, unclear[0][1]
    elif not claims:
        state, text = AccountState.LOCAL, "no source user matches this account"
    elif assigned is None or users[0] in assigned:
        state, text = AccountState.ASSIGNED, claims[0][2]
    else:
        state, text = AccountState.UNASSIGNED, claims[0][2]
    return DiscoveredAccount(dn=dn, state=state, users=users, precedence=precedence, text=text)
