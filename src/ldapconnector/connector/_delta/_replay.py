"""A server's log of changes, replayed to the entries it concerns and the names they had.

Pure: log records in, :class:`Touched` out. The log says *which* entries changed and how they
were called; what they are now is read from the directory. So values in the log are never
interpreted, and a colon, a space or the word ``replace`` in one means nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import attrs

from ldapconnector.names import DN

__all__ = ["LogRecord", "Replay", "Step", "Touched"]


class Step(enum.Enum):
    """What a log record tells."""

    ADD = "add"
    MODIFY = "modify"
    RENAME = "rename"
    DELETE = "delete"


@attrs.frozen(kw_only=True)
class LogRecord:
    """One record of a server's log.

    Attributes:
        step: what happened.
        dn: the entry's name when it happened.
        new_dn: its name afterwards, for a rename.
        identity: the value of the attribute that identifies it, where the log tells.
        own: whether this connector did it.
    """

    step: Step
    dn: DN
    new_dn: DN | None = None
    identity: bytes | None = None
    own: bool = False


@attrs.define(kw_only=True, eq=False)
class Touched:
    """An entry that the log mentions.

    Attributes:
        names: every name it had since the watermark, as far as is known; the last is the
            latest. The first is the one it had at the watermark, unless it was added since.
        identity: as the log tells it.
        renames: the (old, new) pairs of its own renames, in order.
        added: whether it was added since the watermark.
        deleted: whether it was deleted.
        own: whether this connector made all of these changes.
    """

    names: list[DN]
    identity: bytes | None = None
    renames: list[tuple[DN, DN]] = attrs.field(factory=list)
    added: bool = False
    deleted: bool = False
    own: bool = True

    @property
    def dn(self) -> DN:
        """The latest name."""
        return self.names[-1]

    def call(self, dn: DN) -> None:
        """Note a name."""
        if dn != self.names[-1]:
            self.names.append(dn)


class Replay:
    """Follows entries through a log by their identity and by their names.

    >>> replay = Replay()
    >>> a, b = DN.parse("cn=a,ou=x"), DN.parse("cn=a,ou=y")
    >>> replay.feed(LogRecord(step=Step.RENAME, dn=a.parent, new_dn=b.parent))
    >>> replay.feed(LogRecord(step=Step.DELETE, dn=b))
    >>> [(list(map(str, one.names)), one.deleted) for one in replay.touched]
    [(['ou=x', 'ou=y'], False), (['cn=a,ou=x', 'cn=a,ou=y'], True)]
    """

    def __init__(self) -> None:
        self.touched: list[Touched] = []
        self._identified: dict[bytes, Touched] = {}
        self._named: dict[DN, Touched] = {}
        self._renames: list[tuple[DN, DN]] = []

    def feed_all(self, records: Iterable[LogRecord]) -> None:
        """Take records in the order in which they happened."""
        for record in records:
            self.feed(record)

    def feed(self, record: LogRecord) -> None:
        """Take the next record."""
        one = self._find(record)
        one.own = one.own and record.own
        one.call(record.dn)
        match record.step:
            case Step.DELETE:
                one.deleted = True
                self._forget(record.dn, one)
            case Step.RENAME if record.new_dn is not None:
                self._rename(one, record.dn, record.new_dn)
            case _:
                # The same identity again after a deletion: the entry was restored.
                one.deleted = False
                self._named[record.dn] = one

    def _find(self, record: LogRecord) -> Touched:
        one = self._identified.get(record.identity) if record.identity else None
        if one is None and record.step is not Step.ADD:
            one = self._named.get(record.dn)
            if one is not None and record.identity and one.identity not in {None, record.identity}:
                one = None
        if one is None:
            names = [record.dn] if record.step is Step.ADD else self.names_of(record.dn)
            one = Touched(names=names, added=record.step is Step.ADD)
            self.touched.append(one)
        if record.identity and one.identity is None:
            one.identity = record.identity
            self._identified[record.identity] = one
        return one

    def names_of(self, dn: DN) -> list[DN]:
        """Return the names that an entry had, which is called ``dn`` now, the oldest first.

        Only what containers above it were called is looked at, so the entry itself must not
        be among :attr:`touched`.
        """
        names = [dn]
        for old, new in reversed(self._renames):
            if names[0].is_under(new):
                names.insert(0, names[0].moved(new, old))
        return names

    @property
    def has_renames(self) -> bool:
        """Whether the log renames anything."""
        return bool(self._renames)

    def has_renamed(self, dn: DN) -> bool:
        """Tell whether ``dn`` is called so, or lies where it lies, since a rename of the log."""
        return any(dn.is_under(new) for _, new in self._renames)

    def _rename(self, one: Touched, old: DN, new: DN) -> None:
        self._forget(old, one)
        one.renames.append((old, new))
        one.call(new)
        self._named[new] = one
        self._renames.append((old, new))
        # What lies below is renamed with it, and the log has no records of that.
        below = [(dn, other) for dn, other in self._named.items() if dn.is_under(old, strict=True)]
        for dn, other in below:
            self._forget(dn, other)
            other.call(dn.moved(old, new))
            self._named[other.dn] = other

    def _forget(self, dn: DN, one: Touched) -> None:
        if self._named.get(dn) is one:
            del self._named[dn]
