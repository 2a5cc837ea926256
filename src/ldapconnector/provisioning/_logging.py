"""Notices as records of the log, for applications that watch logs rather than values."""

from __future__ import annotations

import logging
from typing import Final

from ldapconnector.provisioning._outcomes import (
    ApplyFinished,
    ApplyStarted,
    AuditRecord,
    Notice,
    OutcomeReady,
    PlanMade,
    Result,
)

__all__ = ["log_notice"]

_log: Final = logging.getLogger("ldapconnector.provisioning")
_LOUD: Final = frozenset({Result.FAILURE, Result.WARNING})


def log_notice(notice: Notice) -> None:
    """Write a notice to the logger ``ldapconnector.provisioning``; the default observer.

    Plans and their ends are written as INFO, users who failed as WARNING, everybody else and
    each single request as DEBUG. What a record says is in its attributes too, for structured
    logs: ``event``, ``digest``, and, where they apply, ``source``, ``kind``, ``result``,
    ``dn``, ``step``, ``done``, ``error``, ``finished``, ``total``.

    >>> provisioner_options = {"observer": log_notice}
    """
    event = {"event": type(notice).__name__}
    match notice:
        case PlanMade():
            extra = {**event, "digest": notice.digest}
            _log.info("plan %s: %s", notice.digest[:12], notice.summary, extra=extra)
        case ApplyStarted():
            numbers = {**event, "digest": notice.digest, "total": notice.total}
            _log.info("plan %s: applying", notice.digest[:12], extra=numbers)
        case AuditRecord():
            if _log.isEnabledFor(logging.DEBUG):
                _request(notice, event)
        case OutcomeReady():
            level = logging.WARNING if notice.outcome.result in _LOUD else logging.DEBUG
            if _log.isEnabledFor(level):
                _outcome(notice, level, event)
        case ApplyFinished():
            counts = ", ".join(f"{count} {result}" for result, count in notice.counts)
            how = "stopped" if notice.cancelled else "finished"
            extra = {**event, "digest": notice.digest}
            _log.info("plan %s: %s: %s", notice.digest[:12], how, counts or "nobody", extra=extra)


def _request(notice: AuditRecord, event: dict[str, str]) -> None:
    extra = {
        **event,
        "digest": notice.digest,
        "source": notice.source,
        "step": notice.step,
        "dn": notice.dn,
        "done": notice.done,
        "error": notice.error,
    }
    end = "done" if notice.done else f"not done: {notice.error}"
    _log.debug("%s of %s: %s", notice.step, notice.dn, end, extra=extra)


def _outcome(notice: OutcomeReady, level: int, event: dict[str, str]) -> None:
    outcome = notice.outcome
    extra = {
        **event,
        "source": outcome.source,
        "kind": outcome.kind.value,
        "result": outcome.result.value,
        "dn": "" if outcome.dn is None else str(outcome.dn),
        "error": "" if outcome.error is None else str(outcome.error),
        "finished": notice.finished,
        "total": notice.total,
    }
    _log.log(level, "%s", outcome, extra=extra)
