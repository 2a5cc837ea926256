"""Who leaves, and what follows: from a user and the policy to a decision with its reason.

The rules, in the order in which they are asked. Tests and the page "Deprovisioning" cite
them by their numbers; the page's table is checked against :func:`decide`.

D1. No account: there is nothing to deprovision. (A user who is disabled at the source is
    never created; that is decided where accounts are created.)
D2. An account that is no longer managed, because its user was unassigned before, is left
    alone, unless the user comes back or ``manage_after_unassignment`` says otherwise.
D3. ``skip_out_of_scope_deletions`` spares users who are unassigned or out of scope.
D4. A hard-deleted user takes the delete flow, if deletes are not switched off.
D5. Any other user who leaves takes the disable flow.
D6. A flow that deletes needs the action delete, a flow that writes the action update.
D7. An account that is in the wanted state already is left alone.
D8. A user who comes back has the account enabled, if it was disabled by us.

Source: "How application provisioning works", section "Deprovisioning", and the
deprovisioning page of the on-premises LDAP tutorial (Microsoft Entra documentation).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import attrs

from ldapconnector.mapping import ObjectAction
from ldapconnector.planning._policy import DeprovisioningPolicy, Flow, FlowKind

__all__ = [
    "Account",
    "AccountState",
    "Decision",
    "DecisionAction",
    "Event",
    "classify",
    "decide",
    "is_soft_deleted",
]

#: A soft-deleted user becomes a hard-deleted one after so long.
_RESTORABLE: Final = timedelta(days=30)
_ALL_ACTIONS: Final = frozenset(ObjectAction)


class Event(StrEnum):
    """What happened to the user, seen from the account."""

    UNASSIGNED = "unassigned"
    OUT_OF_SCOPE = "out of scope"
    SOFT_DELETED = "soft-deleted"
    DISABLED_AT_SOURCE = "disabled at source"
    HARD_DELETED = "hard-deleted"
    RESTORED = "restored"


class AccountState(StrEnum):
    """What is found in the directory."""

    ABSENT = "absent"
    ACTIVE = "active"
    DISABLED = "disabled"


@attrs.frozen(kw_only=True)
class Account:
    """What :func:`decide` has to know of the account.

    Attributes:
        state: whether it is there, and whether the flow's effect is on it.
        managed: False after its user was unassigned and the account was let go.
        disabled_by_us: whether the link remembers that we disabled it.
    """

    state: AccountState = attrs.field(default=AccountState.ACTIVE, converter=AccountState)
    managed: bool = True
    disabled_by_us: bool = True


class DecisionAction(StrEnum):
    """What is done to the account."""

    NONE = "none"
    DISABLE = "disable"
    ENABLE = "enable"
    DELETE = "delete"


@attrs.frozen(kw_only=True)
class Decision:
    """What follows from an event.

    Attributes:
        action: what is done to the account.
        rule: the number of the rule that decided, such as ``D4``.
        reason: the same in words.
        flow: the flow that says how, where the action is disable or enable.
        stop_managing: whether the account is let go after the action succeeded.
    """

    action: DecisionAction
    rule: str
    reason: str
    flow: Flow | None = None
    stop_managing: bool = False


def decide(
    event: Event,
    account: Account,
    policy: DeprovisioningPolicy,
    *,
    actions: Collection[ObjectAction] = _ALL_ACTIONS,
) -> Decision:
    """Decide what happens to an account when its user leaves or comes back.

    Args:
        event: what happened to the user.
        account: what is known of the account.
        policy: the deprovisioning page.
        actions: the target object actions that are switched on.

    Returns:
        The action, with the number of the rule (see the head of this module) and the reason.

    >>> policy = DeprovisioningPolicy(disable=Flow.set("loginDisabled", "TRUE"))
    >>> decided = decide(Event.OUT_OF_SCOPE, Account(), policy)
    >>> decided.action, decided.rule
    (<DecisionAction.DISABLE: 'disable'>, 'D5')
    >>> decide(Event.HARD_DELETED, Account(), policy).reason
    'the delete flow is none: hard-deleted users keep their accounts'
    """
    decided = _decide(Event(event), account, policy, actions)
    if (
        event is Event.UNASSIGNED
        and account.state is not AccountState.ABSENT
        and not policy.manage_after_unassignment
        and decided.action is not DecisionAction.DELETE
    ):
        return attrs.evolve(decided, stop_managing=True)
    return decided


def _decide(
    event: Event, account: Account, policy: DeprovisioningPolicy, actions: Collection[ObjectAction]
) -> Decision:
    if account.state is AccountState.ABSENT:
        return _none("D1", "there is no account")
    if event is Event.RESTORED:
        return _restored(account, policy, actions)
    if not account.managed and not policy.manage_after_unassignment:
        return _none("D2", "the account is not managed any more since its user was unassigned")
    out = event in (Event.UNASSIGNED, Event.OUT_OF_SCOPE)
    if out and policy.skip_out_of_scope_deletions:
        return _none("D3", f"{event}, and skip_out_of_scope_deletions leaves such users alone")
    if event is Event.HARD_DELETED:
        if ObjectAction.DELETE not in actions:
            return _none("D6", "the action delete is switched off")
        if policy.delete.kind is FlowKind.NONE:
            return _none("D4", "the delete flow is none: hard-deleted users keep their accounts")
        return _by_flow("D4", event, policy.delete, account, actions)
    if policy.disable.kind is FlowKind.NONE:
        return _none("D5", f"{event}, and the disable flow is none")
    return _by_flow("D5", event, policy.disable, account, actions)


def _by_flow(
    rule: str, event: Event, flow: Flow, account: Account, actions: Collection[ObjectAction]
) -> Decision:
    name = "delete flow" if rule == "D4" else "disable flow"
    if flow.kind is FlowKind.DELETE:
        if ObjectAction.DELETE not in actions:
            return _none("D6", "the action delete is switched off")
        return Decision(
            action=DecisionAction.DELETE, rule=rule, reason=f"{event}: the {name} deletes"
        )
    if ObjectAction.UPDATE not in actions:
        return _none("D6", "the action update is switched off, and disabling is an update")
    if account.state is AccountState.DISABLED:
        return _none("D7", f"{event}, and the account is disabled already")
    return Decision(
        action=DecisionAction.DISABLE, rule=rule, reason=f"{event}: the {name} disables", flow=flow
    )


def _restored(
    account: Account, policy: DeprovisioningPolicy, actions: Collection[ObjectAction]
) -> Decision:
    if account.state is AccountState.ACTIVE:
        return _none("D7", "restored, and the account is active")
    if not account.disabled_by_us:
        return _none("D8", "the account is disabled, but not by us: it stays so")
    if ObjectAction.UPDATE not in actions:
        return _none("D6", "the action update is switched off, and enabling is an update")
    writes = (FlowKind.SET, FlowKind.PRODUCT)
    flow = next((f for f in (policy.disable, policy.delete) if f.kind in writes), None)
    if flow is None:
        return _none("D8", "restored, but no flow says how an account is enabled")
    return Decision(
        action=DecisionAction.ENABLE, rule="D8", reason="restored: the user is back", flow=flow
    )


def _none(rule: str, reason: str) -> Decision:
    return Decision(action=DecisionAction.NONE, rule=rule, reason=reason)


def is_soft_deleted(event: Event | None) -> bool:
    """Return the synthetic source attribute ``isSoftDeleted``.

    True for whoever leaves, in whatever way; False for who is simply there or comes back.

    >>> is_soft_deleted(Event.UNASSIGNED), is_soft_deleted(None), is_soft_deleted(Event.RESTORED)
    (True, False, False)
    """
    return event is not None and event is not Event.RESTORED


def classify(
    user: Mapping[str, Any],
    *,
    assigned: bool = True,
    in_scope: bool = True,
    now: datetime | None = None,
) -> Event | None:
    """Say which event a user of the source stands for; None for one who is simply there.

    The strongest event wins: hard-deleted, soft-deleted, unassigned, out of scope,
    disabled at source.

    Args:
        user: in Microsoft Graph's shape. ``@removed`` with the reason ``deleted`` is a hard
            deletion and with ``changed`` a soft one, as delta queries write them;
            ``deletedDateTime`` is the time of a soft deletion; ``accountEnabled`` false is a
            user who is disabled.
        assigned: whether the user is assigned to the application.
        in_scope: whether the user passes the scoping filters.
        now: turns a soft deletion of 30 days and more into a hard one; None leaves it soft.

    >>> classify({"accountEnabled": False})
    <Event.DISABLED_AT_SOURCE: 'disabled at source'>
    >>> classify({"accountEnabled": False, "@removed": {"reason": "deleted"}})
    <Event.HARD_DELETED: 'hard-deleted'>
    """
    removed = user.get("@removed")
    if removed is not None:
        reason = removed.get("reason") if isinstance(removed, Mapping) else removed
        return Event.HARD_DELETED if reason == "deleted" else Event.SOFT_DELETED
    deleted = user.get("deletedDateTime")
    if deleted:
        return Event.HARD_DELETED if _expired(deleted, now) else Event.SOFT_DELETED
    if not assigned:
        return Event.UNASSIGNED
    if not in_scope:
        return Event.OUT_OF_SCOPE
    if _false(user.get("accountEnabled")):
        return Event.DISABLED_AT_SOURCE
    return None


def _false(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() == "false")


def _expired(deleted: object, now: datetime | None) -> bool:
    if now is None:
        return False
    if isinstance(deleted, str):
        try:
            deleted = datetime.fromisoformat(deleted.strip())
        except ValueError:
            return False
    if not isinstance(deleted, datetime):
        return False
    if deleted.tzinfo is None:
        deleted = deleted.replace(tzinfo=UTC)
    return now - deleted >= _RESTORABLE
