"""What a plan does with one account."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import attrs

from ldapconnector.entries import Change
from ldapconnector.names import DN
from ldapconnector.planning._deprovisioning import Event
from ldapconnector.planning._values import ValueChange

__all__ = ["Action", "Link", "PlannedChange", "Step", "StepKind"]


@attrs.frozen(kw_only=True)
class Link:
    """Which account belongs to which user: an object connection, in Microsoft's words.

    Attributes:
        source: the source anchor, such as the user's object id.
        anchor: the value of the target's anchor attribute.
        dn: the entry's name when it was last seen; for people, never for identification.
        display: a name for people.
        object_type: the target object type.
        managed: False after the user was unassigned and the account was let go.
        disabled: whether this library disabled the account.
        pending: steps of the account's creation that were not confirmed yet.
    """

    source: str
    anchor: bytes
    dn: str = ""
    display: str = ""
    object_type: str = "User"
    managed: bool = True
    disabled: bool = False
    pending: tuple[str, ...] = ()


class Action(StrEnum):
    """What happens to one account."""

    CREATE = "create"
    UPDATE = "update"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"
    #: An account was matched and needs no change; only the link is new.
    LINK = "link"
    #: Nothing is done, for a reason.
    SKIP = "skip"
    #: Nothing can be done until somebody mends something.
    FAULT = "fault"


#: Counted together by the guard, as the service counts them.
REMOVALS: Final = frozenset({Action.DISABLE, Action.DELETE})
WRITES: Final = frozenset(
    {Action.CREATE, Action.UPDATE, Action.ENABLE, Action.DISABLE, Action.DELETE}
)


class StepKind(StrEnum):
    """The steps of a change, in the order in which they are taken."""

    RENAME = "rename"
    CREATE = "create"
    PASSWORD = "password"  # noqa: S105 -- the name of a step
    MODIFY = "modify"
    ENABLE = "enable"
    DISABLE = "disable"
    REFERENCES = "references"
    DELETE = "delete"


@attrs.frozen
class Step:
    """One request to the directory.

    Attributes:
        kind: what it is for.
        change: the request; None for a password, which no plan ever holds.
    """

    kind: StepKind
    change: Change | None = None


@attrs.frozen(kw_only=True)
class PlannedChange:
    """What a plan does with one account, and why.

    Attributes:
        source: the source anchor of the user.
        label: a name for people.
        action: what happens.
        reason: why, in words.
        rule: the rule that decided, such as ``D5`` of deprovisioning; empty where none did.
        event: what happened to the user, where it is a leaving or a return.
        dn: the entry's name before the change; of a new entry the name it gets.
        anchor: the entry's anchor; None for a new entry.
        steps: the requests, in order.
        values: each attribute before and after, with the origin of its values.
        faults: why nothing can be done.
        notes: what a person should know besides, such as an unresolved reference.
        match: how the account was found: ``link``, or the matching attribute and value.
        stop_managing: whether the account is let go once the change succeeded.
        numbers: numbers that the allocator gives: pairs of attribute and number.
    """

    source: str
    label: str = ""
    action: Action
    reason: str = ""
    rule: str = ""
    event: Event | None = None
    dn: DN | None = None
    anchor: bytes | None = None
    steps: tuple[Step, ...] = ()
    values: tuple[ValueChange, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    match: str = ""
    stop_managing: bool = False
    numbers: tuple[tuple[str, int], ...] = ()

    @property
    def writes(self) -> bool:
        """Whether the change sends anything to the directory."""
        return self.action in WRITES

    @property
    def removal(self) -> bool:
        """Whether the guard counts it: a delete or a disable."""
        return self.action in REMOVALS

    @property
    def new_dn(self) -> DN | None:
        """The entry's name afterwards; None after a delete."""
        name = self.dn
        for step in self.steps:
            if step.kind is StepKind.DELETE:
                return None
            if step.kind is StepKind.RENAME:
                name = step.change.new_dn  # type: ignore[union-attr]
        return name

    @property
    def confidential(self) -> frozenset[str]:
        """The lower-case names of the attributes whose values are never shown."""
        return frozenset(value.attribute.lower() for value in self.values if value.confidential)
