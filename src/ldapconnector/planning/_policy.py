"""What happens to an account whose user leaves: the deprovisioning page as a value.

Source: "Configure how deprovisioning works" of the on-premises LDAP tutorial, "How
application provisioning works" and "Skip deletion of user accounts that go out of scope"
(Microsoft Entra documentation).
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from ldapconnector.errors import UsageError

__all__ = ["DeprovisioningPolicy", "Flow", "FlowKind"]


class FlowKind(StrEnum):
    """The three choices of the deprovisioning page, and one of ours."""

    #: Leave the account as it is.
    NONE = "none"
    #: Delete the account.
    DELETE = "delete"
    #: Write one attribute.
    SET = "set"
    #: Disable the account as the directory product does it (``Traits``); our addition.
    PRODUCT = "product"


@attrs.frozen(kw_only=True)
class Flow:
    """What a disable or delete flow does to the account.

    Build one with :meth:`none`, :meth:`delete`, :meth:`set` or :meth:`product`.

    Attributes:
        kind: what is done.
        attribute: with ``set``, the attribute that is written; else empty.
        value: with ``set``, its value while the account is disabled. ``TRUE`` and ``FALSE``
            are the Boolean syntax of LDAP (RFC 4517, 3.3.3).
        restored: with ``set``, its value when the user comes back; None removes the
            attribute, save for a Boolean, which is turned round.

    >>> Flow.set("loginDisabled", "TRUE").when_restored
    'FALSE'
    >>> Flow.set("employeeType", "left").when_restored is None
    True
    """

    kind: FlowKind = attrs.field(default=FlowKind.NONE, converter=FlowKind)
    attribute: str = ""
    value: str = ""
    restored: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.kind is FlowKind.SET and not (self.attribute and self.value):
            raise UsageError(
                "the flow 'set' needs an attribute and a value, as in "
                'attribute = "employeeType", value = "left"'
            )
        if self.kind is not FlowKind.SET and (self.attribute or self.value or self.restored):
            raise UsageError(
                f"the flow {str(self.kind)!r} takes no attribute and no value; "
                "only the flow 'set' does"
            )

    @classmethod
    def none(cls) -> Flow:
        """Leave the account as it is."""
        return cls(kind=FlowKind.NONE)

    @classmethod
    def delete(cls) -> Flow:
        """Delete the account."""
        return cls(kind=FlowKind.DELETE)

    @classmethod
    def set(cls, attribute: str, value: str, *, restored: str | None = None) -> Flow:
        """Write one attribute."""
        return cls(kind=FlowKind.SET, attribute=attribute, value=value, restored=restored)

    @classmethod
    def product(cls) -> Flow:
        """Disable the account by the convention of the directory product."""
        return cls(kind=FlowKind.PRODUCT)

    @property
    def when_restored(self) -> str | None:
        """The value of :attr:`attribute` when the user comes back; None removes it."""
        if self.restored is not None:
            return self.restored
        turned = {"true": "false", "false": "true", "TRUE": "FALSE", "FALSE": "TRUE"}
        return turned.get(self.value)

    def __str__(self) -> str:
        if self.kind is FlowKind.SET:
            return f"set {self.attribute} = {self.value}"
        return str(self.kind)


def _flow(value: Flow | FlowKind | str) -> Flow:
    if isinstance(value, Flow):
        return value
    if value not in list(FlowKind):
        raise UsageError(
            f"{value!r} is no flow; give a Flow, or one of {', '.join(FlowKind)} as its kind"
        )
    return Flow(kind=FlowKind(value))


@attrs.frozen(kw_only=True)
class DeprovisioningPolicy:
    """What is done when a user leaves. By default nothing is.

    Attributes:
        disable: the disable flow: the user was unassigned, fell out of scope, was
            soft-deleted or disabled at the source. Its kind alone is enough, as ``"delete"``,
            where it needs nothing else.
        delete: the delete flow: the user was hard-deleted at the source.
        skip_out_of_scope_deletions: ``SkipOutOfScopeDeletions`` of the service: users who
            are unassigned or out of scope are left alone. Users who are soft-deleted,
            hard-deleted or disabled at the source are not spared by it.
        manage_after_unassignment: whether a user who was unassigned is still managed, so
            that a later hard deletion reaches the account. False as in the service, which
            stops managing after the disable; True lifts that limit.
        absent_means_deleted: what a linked user means who is missing from a complete source
            without a word about why. False takes the user for unassigned (the disable
            flow), True for hard-deleted (the delete flow).

    >>> DeprovisioningPolicy(disable=Flow.delete()).disable.kind
    <FlowKind.DELETE: 'delete'>
    """

    disable: Flow = attrs.field(factory=Flow.none, converter=_flow)
    delete: Flow = attrs.field(factory=Flow.none, converter=_flow)
    skip_out_of_scope_deletions: bool = False
    manage_after_unassignment: bool = False
    absent_means_deleted: bool = False
