"""Delta import from ``cn=changelog`` (draft-good-ldap-changelog-04 and its descendants).

389 Directory Server and its relatives, OpenDJ, OpenDS, Oracle DSEE, IBM, Isode and RadiantOne
have one. Its attributes differ a little, so they are looked for by name: an entry's identity
is ``targetUniqueId`` or ``targetEntryUUID``, in the form of an ``nsUniqueId`` or of a UUID, or
not told at all; then entries are followed by their names.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from ldapconnector.connector._delta._logged import LogStrategy, ReadingLog
from ldapconnector.connector._delta._replay import LogRecord, Step
from ldapconnector.connector._delta._strategy import fingerprint
from ldapconnector.connector._protocol import DeltaMethod
from ldapconnector.directory import Scope
from ldapconnector.entries import ChangeLogWatermark, Entry, FullImportNeeded, Watermark
from ldapconnector.errors import DirectoryError, EntryNotFound, NameSyntaxError, NotAllowed
from ldapconnector.names import DN, Filter

if TYPE_CHECKING:
    from ldapconnector.connector._selection import Selection
    from ldapconnector.directory import Directory

__all__ = ["ChangeLog"]

_STEPS: Final = {
    "add": Step.ADD,
    "modify": Step.MODIFY,
    "modrdn": Step.RENAME,
    "moddn": Step.RENAME,
    "delete": Step.DELETE,
}
_ATTRIBUTES: Final = (
    "changeNumber",
    "changeType",
    "targetDn",
    "newRdn",
    "newSuperior",
    "targetUniqueId",
    "targetEntryUUID",
    "changeInitiatorsName",
    "changes",
)
#: Where the log tells an entry's identity.
_IDENTITIES: Final = ("targetUniqueId", "targetEntryUUID")
_NS_UNIQUE_ID: Final = re.compile(rb"(?:[0-9a-fA-F]{8}-){3}[0-9a-fA-F]{8}")
_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class ChangeLog(LogStrategy):
    """Reads the change log that the root DSE names."""

    method = DeltaMethod.CHANGE_LOG
    cannot_see: ClassVar[tuple[str, ...]] = (
        (
            "changes that the log was trimmed of (nsslapd-changelogmaxage); this is noticed, and a "
            "full import asked for"
        ),
        "changes that plug-ins make without writing them to the log",
        "who deleted an entry: own deletions are reported as any others",
    )
    needs = (
        "the retro changelog plug-in (389, DSEE) or replication with the external change log "
        "(OpenDJ, OpenDS), so that the root DSE names changeLog, firstChangeNumber and "
        "lastChangeNumber; read access to it; best with 'nsslapd-attribute: "
        "nsuniqueid:targetUniqueId', so that entries are identified"
    )
    knows_author = True

    def __init__(
        self,
        directory: Directory,
        selection: Selection,
        *,
        own: DN | None = None,
        log: DN | str | None = None,
    ) -> None:
        super().__init__(directory, selection, own=own)
        self._log = None if log is None else DN.of(log)

    @property
    def log(self) -> DN:
        """The change log's name."""
        if self._log is None:
            self._log = DN.parse(self._facts().first("changeLog") or "cn=changelog")
        return self._log

    def _facts(self) -> Entry:
        """Read the numbers anew: they are operational, and no server tells them unasked."""
        wanted = ("changeLog", "firstChangeNumber", "lastChangeNumber")
        return self.directory.read("", wanted) or Entry("", {})

    def prepare(self) -> None:
        """Note the last change number."""
        last = self._facts().first("lastChangeNumber")
        if last is None:
            raise DirectoryError(
                "the root DSE names no lastChangeNumber: there is no change log",
                operation="import",
                next_step="Switch the change log on, or choose another method of delta import.",
            )
        self._start = ChangeLogWatermark(
            server=fingerprint(self.directory, self.log), number=int(last)
        )

    def check(self, since: Watermark) -> FullImportNeeded | None:
        """Tell whether the log still reaches back to the watermark."""
        if not isinstance(since, ChangeLogWatermark):
            return FullImportNeeded("the watermark is not one of a change log")
        facts = self._facts()
        first, last = facts.first("firstChangeNumber"), facts.first("lastChangeNumber")
        if last is None:
            return FullImportNeeded("there is no change log (any more)")
        if fingerprint(self.directory, self.log) != since.server:
            return FullImportNeeded("the watermark belongs to another server, or to an older log")
        if int(last) < since.number:
            return FullImportNeeded(
                f"the log ends at {last}, the watermark is {since.number}: the log began anew"
            )
        if first is not None and int(first) > since.number + 1:
            return FullImportNeeded(
                f"the log was trimmed: it begins at {first}, the watermark is {since.number}"
            )
        return None

    def read_log(self, since: Watermark) -> ReadingLog:
        """Return the records behind the watermark, in the order of their numbers."""
        if not isinstance(since, ChangeLogWatermark):
            raise TypeError("check() comes first")
        found: dict[int, LogRecord | None] = {}
        identity = None
        for entry in self._entries(since.number + 1):
            number = int(entry.first("changeNumber") or 0)
            if number <= since.number:
                continue
            found[number] = self._record(entry)
            told = _identity(entry)
            if told is not None and identity is None:
                identity = self._attribute_of(told)
        self.identity = identity
        records = [record for _, record in sorted(found.items()) if record is not None]
        newest = max(found, default=since.number)
        return ReadingLog(records, ChangeLogWatermark(server=since.server, number=newest))

    def _attribute_of(self, identity: bytes) -> str:
        """Return the attribute that holds what the log tells; the form gives it away."""
        if _NS_UNIQUE_ID.fullmatch(identity):
            return "nsUniqueId"
        anchor = self.selection.anchor
        return anchor if anchor.lower().endswith("entryuuid") else "entryUUID"

    def _entries(self, number: int) -> Iterator[Entry]:
        try:
            yield from self.directory.search(
                self.log,
                Filter.at_least("changeNumber", str(number)),
                scope=Scope.ONE_LEVEL,
                attributes=_ATTRIBUTES,
                page_size=self.selection.pages,
            )
        except (EntryNotFound, NotAllowed) as error:
            raise DirectoryError(
                f"the change log {str(self.log)!r} cannot be read: {error}",
                operation="import",
                code=error.code,
                next_step="Give the connector's account the right to read the change log.",
            ) from error

    def _record(self, entry: Entry) -> LogRecord | None:
        # Whatever a type that is not known does: what the entry is now is read.
        step = _STEPS.get((entry.first("changeType") or "").lower(), Step.MODIFY)
        dn = DN.parse(entry.first("targetDn") or "")
        if not any(dn.is_under(root) for root in self.selection.roots):
            return None
        new_dn = None
        if step is Step.RENAME:
            superior = entry.first("newSuperior")
            parent = DN.parse(superior) if superior else dn.parent or DN()
            new_dn = DN.build(*DN.parse(entry.first("newRdn") or "").rdns, parent)
        return LogRecord(
            step=step,
            dn=dn,
            new_dn=new_dn,
            identity=_identity(entry),
            own=self.own is not None and self._author(entry) == self.own,
        )

    def _author(self, entry: Entry) -> DN | None:
        told = entry.first("changeInitiatorsName")
        if told is None:
            for changes in entry.get("changes", ()):
                told = ldif_value(changes, ("modifiersName", "creatorsName")) or told
        try:
            return DN.parse(told) if told else None
        except NameSyntaxError:
            return None


def _identity(entry: Entry) -> bytes | None:
    """Return what identifies the target; None for a value of a form that is not known."""
    told = [value for name in _IDENTITIES for value in entry.get(name, ())]
    known = [value for value in told if _NS_UNIQUE_ID.fullmatch(value) or _UUID.fullmatch(value)]
    return known[0] if known else None


_FOLDED: Final = re.compile(rb"\r?\n ")


def ldif_value(changes: bytes, names: Sequence[str]) -> str | None:
    r"""Return an attribute's last value from the LDIF of a log record.

    Read by LDIF's grammar (RFC 2849): a line is a name, a colon and a value, or a name, two
    colons and base64; continued lines begin with a space. So a value that looks like a line
    of LDIF is no such line.

    >>> ldif_value(b"replace: modifiersname\nmodifiersname: cn=a,\n dc=x\n-\n", ["modifiersName"])
    'cn=a,dc=x'
    """
    wanted = {name.lower().encode() for name in names}
    found = None
    for line in _FOLDED.sub(b"", changes.rstrip(b"\0")).splitlines():
        name, colon, value = line.partition(b":")
        if not colon or name.lower() not in wanted:
            continue
        if value.startswith(b":"):
            try:
                value = base64.b64decode(value[1:].strip(), validate=True)
            except binascii.Error:
                continue
        found = value.strip().decode("utf-8", "surrogateescape")
    return found
