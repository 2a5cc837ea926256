"""A plan as JSON, and back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from ldapconnector.entries import (
    Add,
    Change,
    Delete,
    Entry,
    Modification,
    ModificationType,
    Modify,
    Rename,
)
from ldapconnector.errors import ConfigurationError, Fault, LdapConnectorError
from ldapconnector.names import DN, RDN
from ldapconnector.planning._changes import Action, PlannedChange, Step, StepKind
from ldapconnector.planning._deprovisioning import Event
from ldapconnector.planning._plan import Hold, Plan, Release
from ldapconnector.planning._values import ValueChange

__all__ = ["canonical", "dump", "read"]

_FORMAT: Final = "ldapconnector plan 1"
#: What messages call the document.
_SOURCE: Final = "the saved plan"
#: Stands for a confidential value: its place stays, its content does not.
_WITHHELD: Final[dict[str, Any]] = {"withheld": True}
#: The octets that a withheld value has after a plan was read back; no server takes NUL in text.
WITHHELD_OCTETS: Final = b"\x00(withheld)"


def canonical(plan: Plan) -> Iterator[str]:
    """Yield, piece by piece, the text that the digest is taken of: JSON with sorted names."""
    write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
    yield f'{{"anchor":{write(plan.anchor)},"items":['
    comma = ""
    for item in plan.items:
        if item.writes or item.action is Action.LINK:
            yield comma + write(_item(item))
            comma = ","
    yield f'],"parents":{write(_parents(plan))}}}'


def dump(plan: Plan, *, indent: int | None) -> str:
    """Return the plan as JSON; see :meth:`Plan.to_json`."""
    write = json.JSONEncoder(ensure_ascii=False, indent=indent).encode
    head = _head(plan)
    if indent is not None:
        return write({**head, "items": [_item(item) for item in plan.items]})
    # Item by item: the document of many users takes several times the memory of its text.
    items = ", ".join([write(_item(item)) for item in plan.items])
    return f'{write(head)[:-1]}, "items": [{items}]}}'


def _head(plan: Plan) -> dict[str, Any]:
    released = plan.released
    return {
        "format": _FORMAT,
        "digest": plan.digest,
        "anchor": plan.anchor,
        "users": plan.users,
        "managed": plan.managed,
        "unchanged": plan.unchanged,
        "holds": [{"rule": hold.rule, "reason": hold.reason} for hold in plan.holds],
        "released": released
        and {
            "digest": released.digest,
            "only": None if released.only is None else sorted(released.only),
            "by": released.by,
            "why": released.why,
        },
        "parents": _parents(plan),
    }


def _parents(plan: Plan) -> list[dict[str, Any]]:
    return [_change(parent, frozenset()) for parent in plan.parents]


def _item(item: PlannedChange) -> dict[str, Any]:
    hidden = item.confidential
    document: dict[str, Any] = {
        "source": item.source,
        "label": item.label,
        "action": item.action.value,
        "reason": item.reason,
        "rule": item.rule,
        "event": item.event and item.event.value,
        "dn": None if item.dn is None else _text(str(item.dn)),
        "anchor": None if item.anchor is None else _octets(item.anchor),
        "steps": [
            {
                "kind": step.kind.value,
                "change": None if step.change is None else _change(step.change, hidden),
            }
            for step in item.steps
        ],
        "values": [_value(value) for value in item.values],
        "faults": list(item.faults),
        "notes": list(item.notes),
        "match": item.match,
        "stop_managing": item.stop_managing,
        "numbers": [list(pair) for pair in item.numbers],
    }
    return {name: value for name, value in document.items() if value}


def _value(value: ValueChange) -> dict[str, Any]:
    document = {
        "attribute": value.attribute,
        "before": _values(value.before, value.confidential),
        "after": _values(value.after, value.confidential),
        "origin": value.origin,
        "confidential": value.confidential,
        "reference": value.reference,
    }
    return {name: one for name, one in document.items() if one}


def _values(values: Iterable[bytes], confidential: bool) -> list[Any]:
    return [_WITHHELD if confidential else _octets(value) for value in values]


def _octets(value: bytes) -> Any:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _text(value: str) -> Any:
    return _octets(value.encode("utf-8", "surrogateescape"))


def _change(change: Change, hidden: frozenset[str]) -> dict[str, Any]:
    document: dict[str, Any] = {"dn": _text(str(change.dn))}
    match change:
        case Add():
            document["add"] = [
                {"attribute": name, "values": _values(values, name.lower() in hidden)}
                for name, values in change.entry.items()
            ]
        case Delete():
            document["delete"] = True
        case Modify():
            document["modify"] = [
                {
                    "operation": one.operation.value,
                    "attribute": one.attribute,
                    "values": _values(one.values, one.attribute.lower() in hidden),
                }
                for one in change.modifications
            ]
        case Rename():
            document["rename"] = {
                "new_rdn": _text(str(change.new_rdn)),
                "new_superior": None
                if change.new_superior is None
                else _text(str(change.new_superior)),
                "delete_old_rdn": change.delete_old_rdn,
            }
    return document


# Reading -----------------------------------------------------------------------------------------


class _Reader:
    """Reads a document and collects every fault with its path."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fail(self, path: str, message: str) -> None:
        self.faults.append(Fault(path=path, message=message))

    def attempt(self, path: str, build: Callable[[], Any]) -> Any:
        try:
            return build()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.fail(path, _in_words(error))
            return None

    def each(
        self, document: Mapping[str, Any], name: str, build: Callable[[Any], Any]
    ) -> list[Any]:
        """Read every part of a list."""
        parts = document.get(name, ())
        if not isinstance(parts, (list, tuple)):
            self.fail(f"$.{name}", f"must be a list, not {type(parts).__name__}")
            return []
        return [
            self.attempt(f"$.{name}[{number}]", partial(build, one))
            for number, one in enumerate(parts)
        ]


def _in_words(error: Exception) -> str:
    if isinstance(error, KeyError) and not isinstance(error, LdapConnectorError):
        return f"{error} is missing"
    if isinstance(error, (AttributeError, TypeError)):
        # What Python says of it is about this library's insides.
        return "a part of it is not of the kind that a saved plan has there"
    return str(error)


def read(text: str) -> Plan:
    """Read a plan; see :meth:`Plan.from_json`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(
            [Fault(path="$", message=f"this is no JSON: {error}")], _SOURCE
        ) from None
    if not isinstance(document, Mapping) or document.get("format") != _FORMAT:
        raise ConfigurationError(
            [Fault(path="$.format", message=f"expected {_FORMAT!r}; this is no saved plan")],
            _SOURCE,
        )
    reader = _Reader()
    items = reader.each(document, "items", _read_item)
    parents = reader.each(document, "parents", _read_change)
    plan = None
    if not reader.faults:
        plan = reader.attempt("$", lambda: _read_plan(document, items, parents))
    if plan is None:
        raise ConfigurationError(reader.faults, _SOURCE)
    if plan.digest != document.get("digest"):
        raise ConfigurationError(
            [
                Fault(
                    path="$.digest",
                    message="the content is not what this digest was taken of; the plan was "
                    "changed after it was saved. Plan again",
                )
            ],
            _SOURCE,
        )
    return plan  # type: ignore[no-any-return]


def _read_plan(document: Mapping[str, Any], items: list[Any], parents: list[Any]) -> Plan:
    released = document.get("released")
    return Plan(
        items=tuple(items),
        parents=tuple(parents),
        holds=tuple(Hold(rule=one["rule"], reason=one["reason"]) for one in document["holds"]),
        unchanged=int(document["unchanged"]),
        managed=int(document["managed"]),
        users=int(document["users"]),
        anchor=document["anchor"],
        released=None
        if not released
        else Release(
            digest=released["digest"],
            only=None if released["only"] is None else frozenset(released["only"]),
            by=released.get("by", ""),
            why=released.get("why", ""),
        ),
    )


def _read_item(document: Mapping[str, Any]) -> PlannedChange:
    event, dn, anchor = document.get("event"), document.get("dn"), document.get("anchor")
    return PlannedChange(
        source=document["source"],
        label=document.get("label", ""),
        action=Action(document["action"]),
        reason=document.get("reason", ""),
        rule=document.get("rule", ""),
        event=None if event is None else Event(event),
        dn=None if dn is None else DN.parse(_read_text(dn)),
        anchor=None if anchor is None else _read_octets(anchor),
        steps=tuple(
            Step(
                StepKind(step["kind"]),
                None if step.get("change") is None else _read_change(step["change"]),
            )
            for step in document.get("steps", ())
        ),
        values=tuple(
            ValueChange(
                attribute=value["attribute"],
                before=tuple(map(_read_octets, value.get("before", ()))),
                after=tuple(map(_read_octets, value.get("after", ()))),
                origin=value.get("origin", ""),
                confidential=value.get("confidential", False),
                reference=value.get("reference", False),
            )
            for value in document.get("values", ())
        ),
        faults=tuple(document.get("faults", ())),
        notes=tuple(document.get("notes", ())),
        match=document.get("match", ""),
        stop_managing=document.get("stop_managing", False),
        numbers=tuple((str(name), int(number)) for name, number in document.get("numbers", ())),
    )


def _read_octets(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if value == _WITHHELD:
        return WITHHELD_OCTETS
    return base64.b64decode(value["base64"], validate=True)


def _read_text(value: Any) -> str:
    return _read_octets(value).decode("utf-8", "surrogateescape")


def _read_change(document: Mapping[str, Any]) -> Change:
    dn = DN.parse(_read_text(document["dn"]))
    if "add" in document:
        attributes = {
            one["attribute"]: [_read_octets(value) for value in one["values"]]
            for one in document["add"]
        }
        return Add(Entry(dn, attributes))
    if "delete" in document:
        return Delete(dn)
    if "modify" in document:
        return Modify(
            dn,
            tuple(
                Modification(
                    operation=ModificationType(one["operation"]),
                    attribute=one["attribute"],
                    values=tuple(map(_read_octets, one["values"])),
                )
                for one in document["modify"]
            ),
        )
    rename = document["rename"]
    superior = rename["new_superior"]
    return Rename(
        dn=dn,
        new_rdn=RDN.parse(_read_text(rename["new_rdn"])),
        new_superior=None if superior is None else DN.parse(_read_text(superior)),
        delete_old_rdn=rename["delete_old_rdn"],
    )
