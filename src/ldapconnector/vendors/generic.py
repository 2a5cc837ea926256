"""A directory that is none of the known products: what LDAP itself promises."""

from typing import Final

from ldapconnector.vendors._traits import Certainty, DisableTraits, Traits

TRAITS: Final = Traits(
    vendor=None,
    name="LDAP directory",
    supported=False,
    anchor="dn",
    anchor_caveat="choose entryUUID (RFC 4530) where the schema defines it.",
    delta_caveat="timestamps never tell of deletes: a full import is needed from time to time.",
    disable=DisableTraits(caveat="no convention is known: name one, or delete or move instead."),
    certainty=Certainty.DOCUMENTED,
    sources=("RFC 4510 to 4519", "RFC 2696", "RFC 3062"),
)
