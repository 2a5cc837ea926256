"""What is different between two discoveries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from ldapconnector.connector._discovery import Discovery
    from ldapconnector.schema import Element, Schema

__all__ = ["Difference", "differences"]

#: Attributes of the root DSE that change by themselves.
_RESTLESS: Final = frozenset(
    {
        *("currenttime", "highestcommittedusn", "lastchangenumber", "firstchangenumber"),
        *("lastexternalchangelogcookie", "dataversion", "modifytimestamp", "createtimestamp"),
        *("entrycsn", "contextcsn", "entryuuid", "etag", "dsaname", "alive", "healthy"),
        *("connections", "currentconnections", "totalconnections", "inops", "outops"),
        *("inbytes", "outbytes", "abandonops", "addentryops", "bindsecurityerrors", "chainings"),
        *("compareops", "errors", "extendedops", "inops", "listops", "modifyentryops"),
        *("modifyrdnops", "onelevelsearchops", "readops", "referralsreturned", "removeentryops"),
        *("repupdatesin", "repupdatesout", "searchops", "securityerrors", "simpleauthbinds"),
        *("strongauthbinds", "unauthbinds", "wholesubtreesearchops", "slaveupdatesin"),
    }
)
#: Told by name below.
_TOLD: Final = frozenset(
    {
        *("supportedcontrol", "supportedextension", "supportedfeatures"),
        *("supportedsaslmechanisms", "namingcontexts"),
    }
)
_FIELDS_LEFT_OUT: Final = frozenset({"definition", "description"})


@attrs.frozen
class Difference:
    """One thing that is different.

    Attributes:
        subject: what, such as ``naming contexts`` or ``attribute type mail``.
        before: as it was; empty where it is new.
        after: as it is; empty where it is gone.

    >>> str(Difference("control", "", "1.3.6.1.1.12  assertion (RFC 4528)"))
    'control: new: 1.3.6.1.1.12  assertion (RFC 4528)'
    """

    subject: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.subject}: new: {self.after}" if self.after else f"{self.subject}: new"
        if not self.after:
            return f"{self.subject}: gone: {self.before}"
        return f"{self.subject}: {self.before} -> {self.after}"


def differences(before: Discovery, after: Discovery) -> tuple[Difference, ...]:
    """Return what is different, the weighty things first."""
    return tuple(_all(before, after))


def _all(before: Discovery, after: Discovery) -> Iterator[Difference]:
    yield from _values("product", before.identification.product, after.identification.product)
    yield from _values(
        "version", before.identification.version or "", after.identification.version or ""
    )
    for subject, old, new in (
        ("naming context", before.naming_contexts, after.naming_contexts),
        ("SASL mechanism", before.sasl_mechanisms, after.sasl_mechanisms),
        ("control", before.controls, after.controls),
        ("extension", before.extensions, after.extensions),
        ("feature", before.features, after.features),
    ):
        yield from _members(subject, map(str, old), map(str, new))
    for name in sorted({*map(str.lower, before.root_dse), *map(str.lower, after.root_dse)}):
        if name not in _RESTLESS | _TOLD and name.partition(";")[0] not in _RESTLESS:
            old_text = ", ".join(sorted(before.root_dse.text(name)))
            new_text = ", ".join(sorted(after.root_dse.text(name)))
            yield from _values(f"root DSE {name}", old_text, new_text)
    yield from _values(
        "certificate",
        "" if before.certificate is None else before.certificate.sha256,
        "" if after.certificate is None else after.certificate.sha256,
    )
    yield from _schemas(before.schema, after.schema)


def _values(subject: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(subject, before, after)


def _members(subject: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Difference]:
    old, new = set(before), set(after)
    yield from (Difference(subject, one, "") for one in sorted(old - new))
    yield from (Difference(subject, "", one) for one in sorted(new - old))


def _schemas(before: Schema, after: Schema) -> Iterator[Difference]:
    yield from _elements("attribute type", before.attribute_types, after.attribute_types)
    yield from _elements("object class", before.object_classes, after.object_classes)


def _elements(
    subject: str, before: Iterable[Element], after: Iterable[Element]
) -> Iterator[Difference]:
    old, new = _by_oid(before), _by_oid(after)
    for oid in sorted(old.keys() | new.keys()):
        was, now = old.get(oid), new.get(oid)
        if was is None or now is None:
            yield Difference(subject, was.name if was else "", now.name if now else "")
            continue
        changed = [
            (field.name, getattr(was, field.name), getattr(now, field.name))
            for field in attrs.fields(type(was))
            if field.name not in _FIELDS_LEFT_OUT
            and getattr(was, field.name) != getattr(now, field.name, None)
        ]
        for name, left, right in changed:
            yield Difference(f"{subject} {was.name}, {name}", _text(left), _text(right))


def _by_oid(elements: Iterable[Element]) -> Mapping[str, Element]:
    return {element.oid: element for element in elements}


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
