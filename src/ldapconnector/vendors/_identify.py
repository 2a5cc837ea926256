"""Which product is this? Answered from evidence, with the doubts that remain.

The rules, in their order; tests cite the numbers:

1. ``vendorName`` and ``vendorVersion`` are read together. A product of the list, or one of
   the refused ones, is taken at its word.
2. A known look-alike (proxies, Domino, PingDirectory ...) is named and left unsupported, and so
   is any vendor string that names nobody: it outranks every structural hint.
3. Without a vendor string the root DSE's structure decides: capabilities of the Active
   Directory family, object classes, arcs of controls and extended operations, attributes.
4. A root DSE that shows a family only (Netscape's, eDirectory, OpenDS's) is settled by the
   schema, or left undecided with the candidates named.
5. A schema alone decides only where the root DSE is hidden, and never against it: several
   servers serve a copy of OpenLDAP's or 389's schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from ldapconnector._given import of_kind
from ldapconnector.schema import Schema
from ldapconnector.vendors._by_schema import by_schema
from ldapconnector.vendors._by_strings import by_strings
from ldapconnector.vendors._by_structure import by_structure
from ldapconnector.vendors._evidence import Answer, Confidence, Facts
from ldapconnector.vendors._products import traits_of
from ldapconnector.vendors._traits import Traits
from ldapconnector.vendors._vendor import Vendor

__all__ = ["Identification", "identify"]


@attrs.frozen(kw_only=True)
class Identification:
    """What is known about the product behind a root DSE.

    Attributes:
        vendor: the product, None where none is recognised.
        product: its name in print, with the brand it answers under; for a look-alike that is
            not supported its name, too.
        version: the version as the server tells it, None where it does not.
        confidence: how sure the answer is.
        evidence: what speaks for it, in plain words.
        against: what speaks against it, or for something else.
        candidates: where only a family is certain, its members, likeliest first.
        traits: the facts of the product, or those of LDAP in general.

    >>> found = identify({"objectClass": ["top", "OpenLDAProotDSE"]})
    >>> found.vendor, found.supported, found.traits.anchor
    (<Vendor.OPENLDAP: 'openldap'>, True, 'entryUUID')
    >>> print(found)
    OpenLDAP (certain): the root DSE has the object class OpenLDAProotDSE
    """

    vendor: Vendor | None
    product: str = ""
    version: str | None = None
    confidence: Confidence = Confidence.NONE
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    candidates: tuple[Vendor, ...] = ()
    traits: Traits = attrs.field(repr=False)

    @property
    def supported(self) -> bool:
        """Whether it is one of the twelve products. Others can be used generically."""
        return self.vendor is not None and self.vendor.supported

    def __str__(self) -> str:
        what = " ".join(filter(None, [self.product or "unknown directory", self.version]))
        text = f"{what} ({self.confidence})" if self.vendor else what
        if self.vendor and not self.supported:
            text += ", not supported"
        if self.evidence:
            text += ": " + "; ".join(self.evidence)
        if self.against:
            text += ". Against it: " + "; ".join(self.against)
        return text


def identify(
    root_dse: Mapping[str, Sequence[str | bytes]] | None,
    schema: Schema | None = None,
    *,
    named: Vendor | str | None = None,
) -> Identification:
    """Return the product behind a root DSE.

    Args:
        root_dse: its attributes, names in any case, values as text or octets; empty or None
            where the server hides it. Ask for ``*``, ``+`` and the names that
            ``Traits.ask_by_name`` lists: some products answer only to those.
        schema: the subschema; it settles doubts and stands in for a hidden root DSE.
        named: the product, where the administrator knows better. What the evidence says
            otherwise is then in ``against``.

    Returns:
        The identification; ``vendor`` is None where no product is recognised, which a
        generic configuration can serve all the same.

    Raises:
        UsageError: ``root_dse`` is no mapping, or ``schema`` no Schema.
        ValueError: ``named`` is no product's value.

    >>> print(identify({"vendorName": ["ForgeRock AS."], "vendorVersion": ["OpenDJ 2.5.0"]}))
    OpenDJ 2.5.0 (certain): vendorName is 'ForgeRock AS.'; vendorVersion is 'OpenDJ 2.5.0'
    >>> identify({"vendorName": ["LLDAP"], "isGlobalCatalogReady": ["false"]}).vendor is None
    True
    """
    facts = Facts.of({} if root_dse is None else root_dse)
    if schema is not None:
        of_kind(Schema, schema, "a schema", "a Schema", "Schema.parse reads a subschema entry")
    found = by_strings(facts) or by_structure(facts, schema)
    if found is not None and schema is not None:
        found = _weighed(found, schema)
    if found is None and facts.hidden and schema is not None:
        found = by_schema(schema)
    if found is None:
        found = Answer(None, evidence=("nothing that one of the known products shows",))
        found = found if schema is None else _weighed(found, schema)
    if named is not None:
        found = _overruled(found, Vendor(named))
    return _identification(found)


def _identification(found: Answer) -> Identification:
    traits = traits_of(found.vendor)
    return Identification(
        vendor=found.vendor,
        product=found.product or (traits.name if found.vendor else ""),
        version=found.version,
        confidence=found.confidence,
        evidence=found.evidence,
        against=found.against,
        candidates=found.candidates,
        traits=traits,
    )


def _weighed(found: Answer, schema: Schema) -> Answer:
    """Add what the schema says to an answer that the root DSE gave; never change it."""
    other = by_schema(schema)
    if other is None or other.vendor is None or set(other.evidence) <= set(found.evidence):
        return found
    if other.vendor is found.vendor or {other.vendor, found.vendor} in _FAMILIES:
        return attrs.evolve(found, evidence=(*found.evidence, other.evidence[0]))
    note = (
        f"the schema is like that of {traits_of(other.vendor).name} ({other.evidence[0]}), "
        "but a schema does not outweigh the root DSE"
    )
    return attrs.evolve(found, against=(*found.against, note))


_FAMILIES: Final = (
    {Vendor.NETIQ_EDIRECTORY, Vendor.NOVELL_EDIRECTORY},
    {Vendor.OPENDJ, Vendor.OPENDS},
    {Vendor.AD_DS, Vendor.SAMBA_AD},
    {Vendor.OPENDS, Vendor.ORACLE_OUD},
)


def _overruled(found: Answer, named: Vendor) -> Answer:
    """Take the administrator's word, and keep what the evidence says otherwise."""
    against: tuple[str, ...] = found.against
    if found.vendor is not None and found.vendor is not named:
        seen = traits_of(found.vendor).name
        against = (f"it looks like {seen}: {'; '.join(found.evidence)}",)
    elif found.vendor is None:
        against = (*found.evidence, *found.against) if found.product else ()
    return Answer(
        named,
        version=found.version,
        confidence=Confidence.NAMED,
        evidence=("the administrator named it",),
        against=against,
    )
