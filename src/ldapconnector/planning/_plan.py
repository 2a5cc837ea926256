"""A plan: everything that would be written, as a value that can be read, saved and compared."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from ldapconnector.entries import Add
from ldapconnector.errors import PlanHeld, UsageError
from ldapconnector.planning._changes import Action, PlannedChange

if TYPE_CHECKING:
    from ldapconnector.planning._compare import PlanDifference

__all__ = ["Hold", "Plan", "Release", "Summary"]


@attrs.frozen(kw_only=True)
class Hold:
    """One reason why the guard holds deletes and disables back.

    Attributes:
        rule: the number of the rule, such as ``G1``; see the head of ``_guard.py``.
        reason: why, in words, with the numbers.
    """

    rule: str
    reason: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.reason}"


@attrs.frozen(kw_only=True)
class Release:
    """A person's word that what the guard held may go.

    Attributes:
        digest: the digest of the plan that was looked at.
        only: the source anchors of the users that are released; None releases all.
        by: who said so; for the audit.
        why: the reason given; for the audit.
    """

    digest: str
    only: frozenset[str] | None = None
    by: str = ""
    why: str = ""


@attrs.frozen(kw_only=True)
class Summary:
    """How many accounts a plan changes, and how.

    Attributes:
        create, update, enable, disable, delete, link, skip, fault: numbers of accounts.
        unchanged: accounts that need nothing.
        staged: deletes and disables that the guard holds.
    """

    create: int = 0
    update: int = 0
    enable: int = 0
    disable: int = 0
    delete: int = 0
    link: int = 0
    skip: int = 0
    fault: int = 0
    unchanged: int = 0
    staged: int = 0

    def __str__(self) -> str:
        parts = [f"{getattr(self, action)} {action}" for action in Action if getattr(self, action)]
        parts.append(f"{self.unchanged} unchanged")
        if self.staged:
            parts.append(f"{self.staged} held back")
        return ", ".join(parts)


@attrs.frozen(kw_only=True)
class Plan:
    """Everything that a cycle would do. Applying it does exactly this, or says why not.

    A plan holds no password, and its text forms show no confidential value. Other values
    that ``Redact`` hides are in the value itself, since they are to be written: keep a
    pickled plan as you keep the accounts' data, and a saved one by :meth:`to_json`.

    Attributes:
        items: one for each account that is changed, linked, skipped for a reason, or at
            fault, in the order of the users; accounts that need nothing are only counted.
        parents: entries that are made first, because new accounts lie below them.
        holds: why the guard holds deletes and disables back; empty where it does not.
        unchanged: the number of accounts that need nothing.
        managed: the number of accounts that the rules manage; what percentages refer to.
        users: the number of users that the source gave.
        anchor: the target's anchor attribute.
        released: what a person released.
    """

    items: tuple[PlannedChange, ...] = attrs.field(default=(), repr=False)
    parents: tuple[Add, ...] = ()
    holds: tuple[Hold, ...] = ()
    unchanged: int = 0
    managed: int = 0
    users: int = 0
    anchor: str = "dn"
    released: Release | None = None

    @property
    def changes(self) -> tuple[PlannedChange, ...]:
        """The items that write to the directory. Empty when everything is as it should be."""
        return tuple(item for item in self.items if item.writes)

    @property
    def faults(self) -> tuple[PlannedChange, ...]:
        """The users for whom nothing can be done until somebody mends something."""
        return tuple(item for item in self.items if item.action is Action.FAULT)

    @property
    def empty(self) -> bool:
        """Whether nothing would be written."""
        return not self.parents and not any(item.writes for item in self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[PlannedChange]:
        return iter(self.items)

    def __bool__(self) -> bool:
        return not self.empty

    def find(self, source: str) -> PlannedChange | None:
        """Return what is planned for a user; None where that is nothing."""
        return next((item for item in self.items if item.source == source), None)

    @cached_property
    def digest(self) -> str:
        """Identify the content: the SHA-256 of the changes, in hexadecimal.

        Who released what is not part of it, and neither are confidential values: they are
        in no saved plan, and a plan read back has the digest of the plan that was saved.
        """
        from ldapconnector.planning._json import canonical  # noqa: PLC0415 -- a cycle

        digest = hashlib.sha256()
        for piece in canonical(self):
            digest.update(piece.encode())
        return digest.hexdigest()

    # What the guard holds --------------------------------------------------------------------

    @property
    def held(self) -> bool:
        """Whether some delete or disable is held back."""
        return bool(self.staged)

    @property
    def staged(self) -> tuple[PlannedChange, ...]:
        """The deletes and disables that are held back."""
        return tuple(item for item in self.items if self.is_staged(item)) if self.holds else ()

    def is_staged(self, item: PlannedChange) -> bool:
        """Tell whether one item is held back."""
        release = self.released
        free = release is not None and (release.only is None or item.source in release.only)
        return bool(self.holds) and item.removal and not free

    def release(
        self,
        *,
        digest: str,
        only: Collection[str] | None = None,
        by: str = "",
        why: str = "",
    ) -> Plan:
        """Return the plan with held deletes and disables set free.

        Args:
            digest: the digest of this plan, whole or its first 12 characters or more, which
                shows that the person looked at this plan and no other.
            only: the source anchors of the users to set free; None sets all free.
            by: who releases; for the audit.
            why: the reason; for the audit.

        Raises:
            PlanHeld: the digest is another plan's.
            UsageError: ``only`` names somebody whom the guard does not hold.
        """
        if len(digest) < 12 or not self.digest.startswith(digest):
            raise PlanHeld(
                f"the release names the plan {digest[:12]!r} and this plan is "
                f"{self.digest[:12]!r}; look at this plan and release it by its own digest",
                digest=self.digest,
                reasons=tuple(map(str, self.holds)),
            )
        chosen = None if only is None else frozenset(only)
        if chosen is not None:
            before = self.released.only if self.released else frozenset()
            unknown = chosen - {item.source for item in self.items if item.removal}
            if unknown:
                raise UsageError(
                    f"the guard holds nobody called {', '.join(sorted(unknown))} in this plan; "
                    "name source anchors of its deletes and disables"
                )
            chosen = None if before is None else chosen | before
        released = Release(digest=self.digest, only=chosen, by=by, why=why)
        return attrs.evolve(self, released=released)

    def raise_if_held(self) -> None:
        """Raise where something is held back.

        Raises:
            PlanHeld: with the digest that a release has to name.
        """
        staged = self.staged
        if staged:
            raise PlanHeld(
                f"the guard holds {len(staged)} deletes and disables back: "
                + "; ".join(map(str, self.holds))
                + f". Look at them, then plan.release(digest={self.digest[:12]!r})",
                digest=self.digest,
                reasons=tuple(map(str, self.holds)),
            )

    def compare(self, other: Plan) -> tuple[PlanDifference, ...]:
        """Return the users for whom another plan does something else.

        With the plan under other rules this says what a change of a mapping does to whom;
        see ``Provisioner.compare_rules``.
        """
        from ldapconnector.planning._compare import compare_plans  # noqa: PLC0415 -- a cycle

        return compare_plans(self, other)

    # How it looks --------------------------------------------------------------------------------

    def summary(self) -> Summary:
        """Count the accounts by what happens to them."""
        counts = Counter(item.action.value for item in self.items)
        return Summary(**counts, unchanged=self.unchanged, staged=len(self.staged))

    def to_text(self, *, values: bool = False) -> str:
        """Return the plan for a person.

        Args:
            values: whether every value of new and deleted entries is listed, too; values of
                other changes always are. Confidential ones never are.
        """
        from ldapconnector.planning._text import render  # noqa: PLC0415 -- a cycle

        return render(self, values=values)

    def to_ldif(self) -> str:
        """Return the requests as LDIF change records; confidential values are withheld."""
        from ldapconnector.planning._text import ldif  # noqa: PLC0415 -- a cycle

        return ldif(self)

    def to_html(self, *, title: str = "Provisioning plan", limit: int = 1000) -> str:
        """Return the plan as one self-contained page: a summary, charts, each change.

        The page needs no network and no script. Values of users and entries are escaped,
        confidential ones are withheld.

        Args:
            title: the heading.
            limit: the most accounts that are listed of each kind; all of them are counted.

        >>> page = Plan(unchanged=3).to_html(title="Contoso")
        >>> "<h1>Contoso</h1>" in page, "<script" in page
        (True, False)
        """
        from ldapconnector.planning._html import render_html  # noqa: PLC0415 -- a cycle

        return render_html(self, title=title, limit=limit)

    def to_csv(self) -> str:
        """Return one row for each attribute that changes, or each item without any."""
        from ldapconnector.planning._text import csv_rows  # noqa: PLC0415 -- a cycle

        return csv_rows(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the plan as JSON, which :meth:`from_json` reads.

        Confidential values are withheld; ``Provisioner.apply(plan, users=...)`` maps them
        anew from the users.
        """
        from ldapconnector.planning._json import dump  # noqa: PLC0415 -- a cycle

        return dump(self, indent=indent)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read a plan that :meth:`to_json` wrote.

        Raises:
            ConfigurationError: the text is no plan, or its content is not what its digest
                says: somebody changed it.
        """
        from ldapconnector.planning._json import read  # noqa: PLC0415 -- a cycle

        return read(text)
