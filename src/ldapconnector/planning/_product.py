"""What disabling an account writes: one attribute, by the policy or by the product."""

from __future__ import annotations

import attrs

from ldapconnector.entries import Entry
from ldapconnector.planning._diff import Comparer
from ldapconnector.planning._policy import Flow, FlowKind
from ldapconnector.planning._values import ValueChange
from ldapconnector.vendors import PasswordStep, Traits

__all__ = ["Effect", "created_disabled", "effect_of"]


@attrs.frozen(kw_only=True)
class Effect:
    """One attribute that says whether an account is disabled.

    Attributes:
        attribute: such as ``nsAccountLock``.
        value: its value while the account is disabled.
        restored: its value when it is enabled again; None removes the attribute.
        origin: the flow, for people.
    """

    attribute: str
    value: bytes
    restored: bytes | None
    origin: str = ""

    def is_on(self, entry: Entry, comparer: Comparer) -> bool:
        """Tell whether the account is disabled in this way."""
        current = comparer.values(entry, self.attribute)
        if not current:
            return False
        key = comparer.facts(self.attribute).key
        return key(self.value) in {key(value) for value in current}

    def done(self, entry: Entry, comparer: Comparer) -> ValueChange:
        """Return the change that disables."""
        return ValueChange(
            attribute=self.attribute,
            before=comparer.values(entry, self.attribute),
            after=(self.value,),
            origin=self.origin,
        )

    def undone(self, entry: Entry, comparer: Comparer) -> ValueChange:
        """Return the change that enables again."""
        return ValueChange(
            attribute=self.attribute,
            before=comparer.values(entry, self.attribute),
            after=() if self.restored is None else (self.restored,),
            origin=f"{self.origin}, undone",
        )


def effect_of(flow: Flow, traits: Traits | None) -> Effect | None:
    """Return what a flow writes; None where it writes nothing, or nothing is known."""
    if flow.kind is FlowKind.SET:
        restored = flow.when_restored
        return Effect(
            attribute=flow.attribute,
            value=flow.value.encode(),
            restored=None if restored is None else restored.encode(),
            origin=f"flow: {flow}",
        )
    if flow.kind is FlowKind.PRODUCT and traits is not None and traits.disable.attribute:
        convention = traits.disable
        return Effect(
            attribute=convention.attribute,
            value=convention.disabled.encode(),
            restored=None if convention.enabled is None else convention.enabled.encode(),
            origin=f"flow: as {traits.name} disables",
        )
    return None


def created_disabled(traits: Traits | None) -> Effect | None:
    """Return how an account is created that gets its password before it is enabled.

    None where the product takes a password for an active account; see ``PasswordTraits``.
    """
    if traits is None or PasswordStep.CREATE_DISABLED not in traits.password.steps:
        return None
    effect = effect_of(Flow.product(), traits)
    if effect is None:
        return None
    return attrs.evolve(effect, origin=f"{traits.name} enables an account once it has a password")
