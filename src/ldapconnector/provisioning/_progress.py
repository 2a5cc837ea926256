"""Progress for people: a bar where tqdm is installed, lines of the log otherwise."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, final

from ldapconnector.provisioning._outcomes import (
    ApplyFinished,
    ApplyStarted,
    Notice,
    Observer,
    OutcomeReady,
    PlanMade,
    Result,
)

__all__ = ["Progress"]

_log: Final = logging.getLogger("ldapconnector.progress")


@final
class Progress:
    """An observer that shows how far applying a plan is.

    Where tqdm is installed it draws a bar; otherwise it writes to the logger
    ``ldapconnector.progress``, at most one line every ``interval``. Each record carries what
    it says as attributes too (``digest``, ``finished``, ``total``, ``failed``).

    Args:
        bar: makes a bar: called with ``total``, ``desc`` and ``unit``, it has ``update``,
            ``set_postfix_str`` and ``close``. None takes tqdm where it is installed.
        interval: between two lines of the log, by the time of the notices.
        then: another observer, which is told everything as well.

    >>> progress = Progress()
    >>> callable(progress)
    True
    """

    def __init__(
        self,
        *,
        bar: Callable[..., Any] | None = None,
        interval: timedelta = timedelta(seconds=5),
        then: Observer | None = None,
    ) -> None:
        self._make = bar or _tqdm()
        self._interval = interval
        self._then = then
        self._bar: Any = None
        self._failed = 0
        self._spoke: datetime | None = None
        self._digest = ""

    def __call__(self, notice: Notice) -> None:
        """Show one notice, and hand it on."""
        match notice:
            case PlanMade():
                self._say("plan %s: %s", notice.digest[:12], notice.summary, digest=notice.digest)
            case ApplyStarted():
                self._begin(notice)
            case OutcomeReady():
                self._advance(notice)
            case ApplyFinished():
                self._end(notice)
            case _:
                pass  # single requests are for the audit
        if self._then is not None:
            self._then(notice)

    def _begin(self, notice: ApplyStarted) -> None:
        self._failed, self._spoke, self._digest = 0, notice.time, notice.digest
        if self._make is not None:
            name = notice.digest[:12]
            self._bar = self._make(total=notice.total, desc=f"plan {name}", unit="user")
        self._say(
            "plan %s: applying to %d users",
            notice.digest[:12],
            notice.total,
            digest=notice.digest,
            finished=0,
            total=notice.total,
        )

    def _advance(self, notice: OutcomeReady) -> None:
        if notice.outcome.result is Result.FAILURE:
            self._failed += 1
        if self._bar is not None:
            if self._failed:
                self._bar.set_postfix_str(f"{self._failed} failed")
            self._bar.update(1)
            return
        if self._spoke is not None and notice.time - self._spoke < self._interval:
            return
        self._spoke = notice.time
        self._say(
            "plan %s: %d of %d users, %d failed",
            self._digest[:12],
            notice.finished,
            notice.total,
            self._failed,
            digest=self._digest,
            finished=notice.finished,
            total=notice.total,
            failed=self._failed,
        )

    def _end(self, notice: ApplyFinished) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        counts = ", ".join(f"{count} {result}" for result, count in notice.counts) or "nobody"
        self._say(
            "plan %s: %s: %s",
            notice.digest[:12],
            "stopped" if notice.cancelled else "finished",
            counts,
            digest=notice.digest,
            failed=self._failed,
        )

    def _say(self, text: str, *arguments: object, **extra: object) -> None:
        if self._bar is None:
            _log.info(text, *arguments, extra=extra)


def _tqdm() -> Callable[..., Any] | None:
    """Return tqdm's bar where it is installed; it is no dependency."""
    if importlib.util.find_spec("tqdm") is None:
        return None
    made: Callable[..., Any] = importlib.import_module("tqdm.auto").tqdm
    return made
