"""Which users lack what: the report on required attributes, before anything is provisioned."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from ldapconnector.mapping._compile import CompiledMappings
from ldapconnector.mapping._mapped import MappedUser
from ldapconnector.names import type_key

if TYPE_CHECKING:
    from ldapconnector.schema import Schema

__all__ = ["MissingValue", "RequiredReport", "required_report"]


@attrs.frozen(kw_only=True)
class MissingValue:
    """A mandatory attribute that a user would be created without.

    Attributes:
        source_anchor, display: the user.
        target: the mandatory attribute.
        sources: the source attributes that its mapping reads and this user lacks; empty
            where nothing maps it, or where the user has them all and the result is empty.
        reason: the same in words.
    """

    source_anchor: str
    display: str
    target: str
    sources: tuple[str, ...]
    reason: str


@attrs.frozen(kw_only=True)
class RequiredReport:
    """What a set of users lacks.

    Attributes:
        checked: how many users were looked at.
        missing: in the order of the users, then of the attributes.
    """

    checked: int
    missing: tuple[MissingValue, ...]

    @property
    def users(self) -> tuple[str, ...]:
        """The source anchors of the users who lack something."""
        return tuple(dict.fromkeys(one.source_anchor for one in self.missing))

    def csv(self) -> str:
        """Return the report as CSV with a header."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(["source anchor", "display name", "target", "missing sources", "reason"])
        for one in self.missing:
            writer.writerow(
                [
                    *map(safe_cell, (one.source_anchor, one.display, one.target)),
                    safe_cell(" ".join(one.sources)),
                    safe_cell(one.reason),
                ]
            )
        return out.getvalue()


def safe_cell(text: str) -> str:
    """Return a cell of a CSV report that no spreadsheet takes for a formula.

    A dash by itself, which stands for no value, is left alone.

    >>> safe_cell("=1+1"), safe_cell("Jane"), safe_cell("-")
    ("'=1+1", 'Jane', '-')
    """
    return "'" + text if text[:1] in _FORMULA and text != "-" else text


_FORMULA: Final = frozenset({"=", "+", "-", "@", "\t", "\r"})


def required_report(
    users: Iterable[Mapping[str, object]],
    compiled: CompiledMappings,
    *,
    schema: Schema,
    object_classes: Collection[str],
    optional: Collection[str] = (),
) -> RequiredReport:
    """Find the users who could not be created, since a mandatory attribute would be missing.

    Args:
        users: source objects.
        compiled: the mappings.
        schema: knows what the classes require.
        object_classes: the classes that a new entry will have; where the mappings give
            ``objectClass``, its values count too.
        optional: attributes that something else provides, such as a number range.

    >>> from ldapconnector.mapping import AttributeMapping, Direct
    >>> from ldapconnector.schema import Schema
    >>> schema = Schema.standard()
    >>> maps = [AttributeMapping(target=n, source=Direct(s)) for n, s in
    ...         (("cn", "displayName"), ("sn", "surname"))]
    >>> report = required_report([{"id": "1", "displayName": "Madonna"}], CompiledMappings(maps),
    ...     schema=schema, object_classes=["person"])
    >>> [(one.target, one.sources) for one in report.missing]
    [('sn', ('surname',))]
    """
    provided = {name.lower() for name in optional}
    missing: list[MissingValue] = []
    checked = 0
    for user in users:
        checked += 1
        mapped = compiled.map(user, creating=True)
        classes = {*object_classes, *_classes(mapped)}
        present = _present(mapped)
        for name in sorted(schema.must(classes)):
            known = schema.attribute(name)
            names = {name.lower(), *(one.lower() for one in (known.names if known else ()))}
            if not names & (present | provided) and name.lower() != "objectclass":
                missing.append(_missing(name, names, user, mapped, compiled))
    return RequiredReport(checked=checked, missing=tuple(missing))


def _classes(mapped: MappedUser) -> list[str]:
    values = mapped.values.octets.get("objectclass") or ()
    return [value.decode("utf-8", "replace") for value in values]


def _present(mapped: MappedUser) -> set[str]:
    present = {name.partition(";")[0] for name, values in mapped.values.octets.items() if values}
    if mapped.dn:
        for ava in mapped.dn.rdn:
            present |= {ava.type.lower(), type_key(ava.type)}
    if mapped.password is not None:
        present.add("userpassword")
    return present


def _missing(
    name: str,
    names: set[str],
    user: Mapping[str, object],
    mapped: MappedUser,
    compiled: CompiledMappings,
) -> MissingValue:
    found = next(
        (
            one
            for one in compiled.mappings.mappings
            if one.attribute.partition(";")[0].lower() in names
        ),
        None,
    )
    lacking: tuple[str, ...] = ()
    if found is None:
        reason = f"nothing maps {name}, which the object classes require"
    else:
        lacking = tuple(sorted(one for one in found.sources if user.get(one) in (None, "", [])))
        fault = next((one for one in mapped.faults if one.target == found.target), None)
        if fault is not None:
            reason = fault.message
        elif lacking:
            reason = f"{name} comes from {found.source}, and the user has no {', '.join(lacking)}"
        else:
            reason = f"{name} comes from {found.source}, which gives nothing for this user"
    return MissingValue(
        source_anchor=mapped.source_anchor,
        display=mapped.display,
        target=name,
        sources=lacking,
        reason=reason,
    )
