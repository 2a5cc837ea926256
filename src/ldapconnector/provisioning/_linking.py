"""What becomes of the links while a plan is applied."""

from __future__ import annotations

from typing import final

import attrs

from ldapconnector.planning import Action, Event, Link, PlannedChange
from ldapconnector.provisioning._links import LinkStore
from ldapconnector.provisioning._work import Work

__all__ = ["Linking"]


@final
class Linking:
    """Keeps the links of users as their accounts are.

    Args:
        store: where they are kept.
        object_type: what the accounts are, by the rules.
    """

    def __init__(self, store: LinkStore, object_type: str) -> None:
        self._store = store
        self._object_type = object_type

    def let_go(self, item: PlannedChange) -> None:
        """Do to the link what a skipped item asks for."""
        link = self._store.get(item.source)
        if link is None:
            return
        if item.rule == "D1":
            self._store.remove(item.source)
        elif item.stop_managing:
            self._store.put(attrs.evolve(link, managed=False))

    def will_disable(self, work: Work) -> None:
        """Remember the disabling before it is done, so that a return finds it ours."""
        link = self._store.get(work.item.source)
        if link is not None and not link.disabled:
            self._store.put(attrs.evolve(link, disabled=True))

    def remember(self, work: Work) -> None:
        """Store the link as it is after the change."""
        item = work.item
        before = self._store.get(item.source)
        # A user who is away stays disabled by us, whatever else of the account changes.
        away = item.event not in {None, Event.RESTORED}
        stays = away and before is not None and before.disabled
        # What a creation that was cut off still needs may have to wait for the return.
        done = {step.kind.value for step in item.steps}
        left = () if before is None else before.pending
        self.put(
            work,
            pending=tuple(kind for kind in left if kind not in done),
            disabled=stays or item.action is Action.DISABLE,
            managed=not item.stop_managing,
        )

    def put(
        self,
        work: Work,
        *,
        pending: tuple[str, ...] = (),
        disabled: bool = False,
        managed: bool = True,
    ) -> None:
        """Store the link of an account; one that did not change is not written."""
        if work.anchor is None:
            return
        before = self._store.get(work.item.source)
        link = Link(
            source=work.item.source,
            anchor=work.anchor,
            dn="" if work.dn is None else str(work.dn),
            display=work.item.label,
            object_type=self._object_type,
            managed=managed,
            disabled=disabled,
            pending=pending,
        )
        if link != before:
            self._store.put(link)
