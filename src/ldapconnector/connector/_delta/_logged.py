"""Delta import from a log: what the access log and the change log have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from ldapconnector.connector._delta._present import TreeMovesError, present_state
from ldapconnector.connector._delta._replay import LogRecord, Replay, Step
from ldapconnector.connector._delta._strategy import Strategy, explain
from ldapconnector.entries import DeltaImport, FullImportNeeded
from ldapconnector.errors import LimitExceeded, NameSyntaxError

if TYPE_CHECKING:
    from ldapconnector.entries import Watermark

__all__ = ["LogStrategy", "ReadingLog"]

_ATTEMPTS: Final = 10


class ReadingLog(NamedTuple):
    """The records behind a watermark, and the watermark behind them."""

    records: list[LogRecord]
    watermark: Watermark


class LogStrategy(Strategy):
    """Reads which entries changed from a log, and what they are now from the directory."""

    #: The attribute whose values the log identifies entries by, None where it tells names only.
    identity: str | None = None

    @abstractmethod
    def check(self, since: Watermark) -> FullImportNeeded | None:
        """Return why the log cannot answer, or None."""

    @abstractmethod
    def read_log(self, since: Watermark) -> ReadingLog:
        """Return the records behind ``since``, in the order in which they happened.

        Raises:
            LimitExceeded: the server does not hand out all of them.
            NameSyntaxError: one of them has a name that is none.
        """

    def changes(self, since: Watermark) -> DeltaImport | FullImportNeeded:
        """Replay the log, and read what the entries in it are now."""
        refused = self.check(since)
        if refused is not None:
            return refused
        for _ in range(_ATTEMPTS):
            log = self._read_whole(since)
            if isinstance(log, FullImportNeeded):
                return log
            replay = Replay()
            replay.feed_all(log.records)
            try:
                found = present_state(
                    self.directory, self.selection, replay, self.identity, own=self.own is None
                )
            except TreeMovesError:
                continue
            if self.selection.by_name and replay.has_renames:
                later = self._read_whole(log.watermark)
                if isinstance(later, FullImportNeeded):
                    return later
                if _loses_names(replay, later.records):
                    continue
            return DeltaImport(changes=found.in_order(), watermark=log.watermark, sees_deletes=True)
        return FullImportNeeded(
            "entries that were renamed are not found: they were moved to where this account may not "
            "read, or are renamed faster than they can be read"
        )

    def _read_whole(self, since: Watermark) -> ReadingLog | FullImportNeeded:
        try:
            log = self.read_log(since)
        except LimitExceeded as error:
            return FullImportNeeded(f"the log cannot be read completely: {explain(error)}")
        except NameSyntaxError as error:
            return FullImportNeeded(f"the log has a name that cannot be read: {error}")
        # It may have been trimmed while it was read.
        return self.check(since) or log


def _loses_names(replay: Replay, later: Iterable[LogRecord]) -> bool:
    """Tell whether what a log renamed has gone since; its old names must be told before that.

    The next log knows such an entry only by the name that it had last. With an anchor that
    does not matter; by names alone, the former one would stay for ever.
    """
    gone = (record for record in later if record.step in {Step.DELETE, Step.RENAME})
    return any(replay.has_renamed(record.dn) for record in gone)
