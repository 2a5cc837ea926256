"""Delta import from OpenLDAP's access log (slapo-accesslog(5)).

Entries are identified by ``reqEntryUUID``, and the watermark is made of the CSNs that the
server gives to its changes, one for each server of a replicated set. The client's clock plays
no part, and neither does the server's own: a CSN orders changes by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from ldapconnector.connector._delta._logged import LogStrategy, ReadingLog
from ldapconnector.connector._delta._replay import LogRecord, Step
from ldapconnector.connector._delta._strategy import fingerprint
from ldapconnector.connector._protocol import DeltaMethod
from ldapconnector.directory import Scope
from ldapconnector.entries import AccessLogWatermark, Entry, FullImportNeeded, Watermark
from ldapconnector.errors import DirectoryError, EntryNotFound, NotAllowed
from ldapconnector.names import DN, Filter

if TYPE_CHECKING:
    from ldapconnector.connector._selection import Selection
    from ldapconnector.directory import Directory

__all__ = ["AccessLog"]

_STEPS: Final = {
    "add": Step.ADD,
    "modify": Step.MODIFY,
    "modrdn": Step.RENAME,
    "delete": Step.DELETE,
}
_WRITES: Final = Filter.equal("objectClass", "auditWriteObject")
_PURGED: Final = "the log was purged of changes since the watermark"
_ATTRIBUTES: Final = (
    "reqStart",
    "reqType",
    "reqDN",
    "reqNewDN",
    "reqNewRDN",
    "reqNewSuperior",
    "reqEntryUUID",
    "reqAuthzID",
    "entryCSN",
)


class AccessLog(LogStrategy):
    """Reads ``cn=accesslog``."""

    method = DeltaMethod.ACCESS_LOG
    cannot_see: ClassVar[tuple[str, ...]] = (
        "changes that the log was purged of (logpurge); this is noticed, and a full import asked for",
        "operations that logops leaves out; it must log all writes",
        (
            "what slapd's own overlays change, since they do not log it: memberOf values, and "
            "references that refint removes or renames"
        ),
    )
    needs = (
        "the overlay accesslog on the database, with 'logops writes' and 'logsuccess TRUE'; "
        "the overlay syncprov on the database or on the log, for contextCSN; "
        "read access to cn=accesslog, and no size limit there"
    )
    knows_author = True
    identity = "entryUUID"

    def __init__(
        self,
        directory: Directory,
        selection: Selection,
        *,
        own: DN | None = None,
        log: DN | str = "cn=accesslog",
    ) -> None:
        super().__init__(directory, selection, own=own)
        self.log = DN.of(log)

    def prepare(self) -> None:
        """Note the newest CSN of each server, and where the log begins."""
        root = self._root()
        if root is None:
            raise DirectoryError(
                f"there is no access log {str(self.log)!r}, or no right to read it",
                operation="import",
                dn=str(self.log),
                next_step="Set up slapo-accesslog, grant read access to its database, or choose "
                "another method of delta import.",
            )
        self._start = AccessLogWatermark(
            server=self._server(), csns=self._newest(), log_begins=_begins(root)
        )

    def _root(self) -> Entry | None:
        try:
            return self.directory.read(self.log, ("minCSN",))
        except NotAllowed:
            return None

    def _server(self) -> str:
        # The log's own root has no identity; the database that is logged has.
        return fingerprint(self.directory, self.selection.roots[0])

    # ------------------------------------------------------------ the log

    def check(self, since: Watermark) -> FullImportNeeded | None:
        """Tell whether the log still reaches back to the watermark."""
        if not isinstance(since, AccessLogWatermark):
            return FullImportNeeded("the watermark is not one of an access log")
        root = self._root()
        if root is None:
            return FullImportNeeded(
                f"there is no access log {str(self.log)!r}, or no right to read it"
            )
        if self._server() != since.server:
            return FullImportNeeded("the watermark belongs to another server")
        begins = _begins(root)
        if not begins:
            return None if self._reaches(since) else FullImportNeeded(_PURGED)
        if not since.log_begins:
            # It was empty. slapd sets minCSN to the first record, and after a purge to the last
            # one that was purged: only then is there no record of it.
            whole = all(self._any(Filter.equal("entryCSN", csn)) for csn in begins)
            return None if whole else FullImportNeeded(_PURGED)
        reached = _by_server(since.csns)
        for server, oldest in _by_server(begins).items():
            if oldest > reached.get(server, oldest):
                return FullImportNeeded(f"{_PURGED}: it begins at {oldest}")
        return None

    def _reaches(self, since: AccessLogWatermark) -> bool:
        """Tell whether a log without minCSN (before OpenLDAP 2.5) is as old as the watermark."""
        if not self._any(Filter.present("entryCSN")):
            return not since.log_begins
        return bool(since.csns) and self._any(Filter.at_most("entryCSN", max(since.csns)))

    def _any(self, wanted: Filter) -> bool:
        """Tell whether the log has a record of this kind."""
        found = self.directory.search(
            self.log,
            _WRITES & wanted,
            scope=Scope.ONE_LEVEL,
            attributes=("1.1",),
            page_size=self.selection.pages and 1,
        )
        return next(iter(found), None) is not None

    def read_log(self, since: Watermark) -> ReadingLog:
        """Return the records behind the watermark, in the order in which they happened."""
        if not isinstance(since, AccessLogWatermark):
            raise TypeError("check() comes first")
        reached = _by_server(since.csns)
        newest = dict(reached)
        root = self._root()
        begins = _begins(root) if root is not None else ()
        condition: Filter = _WRITES & Filter.equal("reqResult", "0")
        if reached:
            # A CSN begins with its time, so the oldest of them bounds the search; what another
            # server of the set has written is told apart below.
            condition &= Filter.at_least("entryCSN", min(reached.values()))
        found: list[tuple[str, LogRecord]] = []
        for entry in self.directory.search(
            self.log,
            condition,
            scope=Scope.ONE_LEVEL,
            attributes=_ATTRIBUTES,
            page_size=self.selection.pages,
        ):
            csn = entry.first("entryCSN") or ""
            server = _server_of(csn)
            if csn <= reached.get(server, ""):
                continue
            newest[server] = max(csn, newest.get(server, ""))
            record = self._record(entry)
            if record is not None:
                found.append((entry.first("reqStart") or "", record))
        found.sort(key=lambda item: item[0])
        watermark = AccessLogWatermark(
            server=since.server, csns=tuple(sorted(newest.values())), log_begins=begins
        )
        return ReadingLog([record for _, record in found], watermark)

    def _record(self, entry: Entry) -> LogRecord | None:
        step = _STEPS.get(entry.first("reqType") or "")
        if step is None:
            return None
        dn = DN.parse(entry.first("reqDN") or "")
        if not any(dn.is_under(root) for root in self.selection.roots):
            return None
        new_dn = None
        if step is Step.RENAME:
            new_dn = _new_name(entry, dn)
        identity = entry.first("reqEntryUUID")
        return LogRecord(
            step=step,
            dn=dn,
            new_dn=new_dn,
            identity=identity.encode() if identity else None,
            own=self._is_own(entry.first("reqAuthzID")),
        )

    def _is_own(self, author: str | None) -> bool:
        return self.own is not None and bool(author) and DN.parse(author or "") == self.own

    # ------------------------------------------------------------ CSNs

    def _newest(self) -> tuple[str, ...]:
        """Return the newest CSN of each server: contextCSN, or what the log holds."""
        newest: dict[str, str] = {}
        for dn in (self.log, *self.selection.roots):
            try:
                entry = self.directory.read(dn, ("contextCSN",))
            except NotAllowed:
                continue
            for csn in entry.text("contextCSN") if entry else ():
                server = _server_of(csn)
                newest[server] = max(csn, newest.get(server, ""))
        return tuple(sorted((newest or _by_server(self._logged())).values()))

    def _logged(self) -> Iterator[str]:
        try:
            for entry in self.directory.search(
                self.log,
                _WRITES,
                scope=Scope.ONE_LEVEL,
                attributes=("entryCSN",),
                page_size=self.selection.pages,
            ):
                yield from entry.text("entryCSN")
        except EntryNotFound:
            return


def _server_of(csn: str) -> str:
    """Return the server's id: ``time#count#server#modification``.

    >>> _server_of("20261122190112.123456Z#000000#001#000000")
    '001'
    """
    parts = csn.split("#")
    return parts[2] if len(parts) > 2 else ""


def _by_server(csns: Iterable[str]) -> dict[str, str]:
    """Return the newest CSN of each server; CSNs of one server order as texts."""
    newest: dict[str, str] = {}
    for csn in csns:
        server = _server_of(csn)
        newest[server] = max(csn, newest.get(server, ""))
    return newest


def _begins(root: Entry) -> tuple[str, ...]:
    return tuple(sorted(root.text("minCSN")))


def _new_name(entry: Entry, dn: DN) -> DN:
    told = entry.first("reqNewDN")
    if told:
        return DN.parse(told)
    superior = entry.first("reqNewSuperior")  # before OpenLDAP 2.5
    parent = DN.parse(superior) if superior is not None else dn.parent or DN()
    return DN.build(*DN.parse(entry.first("reqNewRDN") or "").rdns, parent)
