"""What a cycle remembers and reports."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final

import attrs

from ldapconnector.errors import UsageError
from ldapconnector.planning import History, Plan
from ldapconnector.provisioning._escrow import EscrowEntry
from ldapconnector.provisioning._outcomes import Outcome, Result
from ldapconnector.provisioning._quarantine import Quarantine

__all__ = [
    "CycleKind",
    "CycleReport",
    "CycleState",
    "OnDemandReport",
    "OnDemandStep",
    "fingerprint",
    "user_digest",
]

_FORMAT: Final = 1


class CycleKind(StrEnum):
    """Which users a cycle looks at."""

    FULL = "full"
    DELTA = "delta"


@attrs.frozen(kw_only=True)
class CycleState:
    """What is remembered from one cycle to the next, besides the links.

    Attributes:
        watermark: how far the source was read: the caller's text, such as a delta link.
        rules: the fingerprint of the rules of the last full cycle.
        history: what the guard remembers.
        escrow: users who failed, by source anchor.
        quarantine: None for a healthy job.
    """

    watermark: str = ""
    rules: str = ""
    history: History = attrs.field(factory=History)
    escrow: Mapping[str, EscrowEntry] = attrs.field(factory=dict)
    quarantine: Quarantine | None = None

    def to_json(self) -> str:
        """Return the state as JSON."""
        quarantine = self.quarantine
        return json.dumps(
            {
                "format": _FORMAT,
                "watermark": self.watermark,
                "rules": self.rules,
                "users": self.history.users,
                "removals": list(self.history.removals),
                "escrow": [_escrow(entry) for entry in self.escrow.values()],
                "quarantine": quarantine
                and {
                    "reason": quarantine.reason.value,
                    "since": quarantine.since.isoformat(),
                    "next_run": quarantine.next_run.isoformat(),
                    "detail": quarantine.detail,
                },
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> CycleState:
        """Read a state; an empty text is the state before the first cycle.

        Raises:
            UsageError: the text is no state, or one of a later version of this library.

        >>> CycleState.from_json("") == CycleState()
        True
        """
        if not text:
            return cls()
        try:
            return cls._read(json.loads(text))
        except (ValueError, TypeError, LookupError) as error:
            raise UsageError(
                f"the state of the last cycle cannot be read ({type(error).__name__}: {error}); "
                "bring back the store's backup, or call restart(), which keeps the links"
            ) from error

    @classmethod
    def _read(cls, read: Any) -> CycleState:
        if read["format"] != _FORMAT:
            raise ValueError(f"its format is {read['format']!r}, and {_FORMAT} is known here")
        quarantine = read["quarantine"]
        entries = [_escrowed(one) for one in read["escrow"]]
        return cls(
            watermark=read["watermark"],
            rules=read["rules"],
            history=History(users=read["users"], removals=tuple(read["removals"])),
            escrow={entry.source: entry for entry in entries},
            quarantine=None
            if quarantine is None
            else Quarantine(
                reason=quarantine["reason"],
                since=datetime.fromisoformat(quarantine["since"]),
                next_run=datetime.fromisoformat(quarantine["next_run"]),
                detail=quarantine["detail"],
            ),
        )


def _escrow(entry: EscrowEntry) -> dict[str, Any]:
    return {
        "source": entry.source,
        "failures": entry.failures,
        "first": entry.first.isoformat(),
        "next_try": None if entry.next_try is None else entry.next_try.isoformat(),
        "error": entry.error,
        "digest": entry.digest,
    }


def _escrowed(read: Mapping[str, Any]) -> EscrowEntry:
    next_try = read["next_try"]
    return EscrowEntry(
        source=read["source"],
        failures=read["failures"],
        first=datetime.fromisoformat(read["first"]),
        next_try=None if next_try is None else datetime.fromisoformat(next_try),
        error=read["error"],
        digest=read["digest"],
    )


@attrs.frozen(kw_only=True)
class CycleReport:
    """What a cycle did.

    Attributes:
        kind: full or delta.
        started, finished: by the provisioner's clock.
        plan: what was planned.
        outcomes: one for each item of the plan.
        waiting: users in escrow who were not tried in this cycle.
        state: what is remembered now.
    """

    kind: CycleKind
    started: datetime
    finished: datetime
    plan: Plan = attrs.field(repr=False)
    outcomes: tuple[Outcome, ...] = attrs.field(repr=False)
    waiting: tuple[EscrowEntry, ...] = ()
    state: CycleState = attrs.field(repr=False)

    @property
    def counts(self) -> Counter[Result]:
        """How many users had each result."""
        return Counter(outcome.result for outcome in self.outcomes)

    @property
    def quarantined(self) -> bool:
        """Whether the job is in quarantine now."""
        return self.state.quarantine is not None

    def __str__(self) -> str:
        parts = [f"{count} {result}" for result, count in sorted(self.counts.items())]
        parts.append(f"{self.plan.unchanged} unchanged")
        if self.waiting:
            parts.append(f"{len(self.waiting)} in escrow")
        staged = sum(outcome.staged for outcome in self.outcomes)
        if staged:
            parts.append(f"{staged} held back by the guard")
        quarantine = self.state.quarantine
        text = f"{self.kind} cycle: {', '.join(parts)}"
        return text if quarantine is None else f"{text}; in quarantine: {quarantine.detail}"


@attrs.frozen(kw_only=True)
class OnDemandStep:
    """One of the five steps of provisioning on demand.

    Attributes:
        name: as the portal names it.
        result: how it ended.
        text: what was found, in words.
        details: names and values, such as each attribute before and after.
    """

    name: str
    result: Result
    text: str
    details: tuple[tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True)
class OnDemandReport:
    """Provisioning of a single user, step by step.

    Attributes:
        steps: up to five: test the connection, import the user, determine scope, match,
            perform the action. The steps after a failed one are missing.
        outcome: what became of the user; None where nothing was tried.
        plan: what was planned.
    """

    steps: tuple[OnDemandStep, ...]
    outcome: Outcome | None = None
    plan: Plan | None = attrs.field(default=None, repr=False)

    def to_text(self) -> str:
        """Return the steps for a person."""
        lines = []
        for number, step in enumerate(self.steps, start=1):
            lines.append(f"{number}. {step.name}: {step.result}. {step.text}".rstrip())
            width = max((len(name) for name, _ in step.details), default=0)
            lines += [f"     {name:<{width}}  {value}" for name, value in step.details]
        return "\n".join(lines) + "\n"


# Fingerprints --------------------------------------------------------------------------------------


def fingerprint(value: object) -> str:
    """Identify a value by its content: the SHA-256 of its canonical form, in hexadecimal.

    >>> fingerprint({"b": 1, "a": {2, 1}}) == fingerprint({"a": {1, 2}, "b": 1})
    True
    """
    text = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(_plain, value), key=json.dumps)
    if attrs.has(type(value)):
        fields = {
            field.name: _plain(getattr(value, field.name))
            for field in attrs.fields(type(value))
            if field.eq
        }
        return {"": type(value).__name__, **fields}
    if isinstance(value, Iterable):
        return [_plain(one) for one in value]
    return str(value)


def user_digest(user: Mapping[str, Any]) -> str:
    """Identify the source attributes of a user."""
    return fingerprint(user)[:32]
