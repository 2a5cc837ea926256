"""What a directory is to the rest of the library: a protocol and a few frozen values.

Everything right of this room talks to a :class:`Directory`, so that a real server, the
memory directory and a recording are interchangeable. RFC 4511 gives the vocabulary.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

import attrs

from ldapconnector.errors import DirectoryError

if TYPE_CHECKING:
    from ldapconnector.entries import Change, Entry
    from ldapconnector.names import DN, Filter
    from ldapconnector.schema import Schema
    from ldapconnector.secret import Secret

__all__ = [
    "Applied",
    "BatchReader",
    "Control",
    "Directory",
    "EntryControls",
    "Finished",
    "Intermediate",
    "Receiver",
    "Scope",
    "SearchEvent",
]


class Scope(enum.IntEnum):
    """How far below its base a search looks (RFC 4511, 4.5.1.2); the values are the wire's.

    >>> Scope.SUBTREE.name, int(Scope.SUBTREE)
    ('SUBTREE', 2)
    """

    BASE = 0
    ONE_LEVEL = 1
    SUBTREE = 2


@attrs.frozen(kw_only=True)
class Control:
    """A control that goes with a request or comes with an answer (RFC 4511, 4.1.11).

    Attributes:
        oid: the control's type, dotted decimal.
        critical: whether the server must refuse the request when it does not know the control.
        value: the encoded value, or None where the control has none.

    >>> Control(oid="1.2.840.113556.1.4.417", critical=True)
    Control(oid='1.2.840.113556.1.4.417', critical=True, value=None)
    """

    oid: str
    critical: bool = False
    value: bytes | None = None


@attrs.frozen(kw_only=True)
class EntryControls:
    """Controls that came with one entry of a search; told right before that entry is yielded.

    Attributes:
        dn: the entry's name as the server wrote it.
        controls: for instance the sync state control of RFC 4533.
    """

    dn: str
    controls: tuple[Control, ...]


@attrs.frozen(kw_only=True)
class Intermediate:
    """An intermediate response (RFC 4511, 4.13), in its place between the entries.

    Attributes:
        oid: the response's name, or an empty string.
        value: its encoded value, or None.
    """

    oid: str
    value: bytes | None


@attrs.frozen(kw_only=True)
class Finished:
    """How a search (or one page of it) ended; told before an error of that result is raised.

    Attributes:
        code: the LDAP result code; 0 is success.
        matched_dn: the nearest entry that exists, where the server told it.
        diagnostic: the server's own message.
        controls: the controls of the final answer, such as a VLV response or a sync cookie.
        referrals: addresses of continuation references and referrals; never followed.
    """

    code: int
    matched_dn: str = ""
    diagnostic: str = ""
    controls: tuple[Control, ...] = ()
    referrals: tuple[str, ...] = ()


SearchEvent = EntryControls | Intermediate | Finished

#: Receives what a search says besides its entries, in the order of the wire.
Receiver = Callable[[SearchEvent], None]


@attrs.frozen
class Applied:
    """What became of one change.

    Attributes:
        change: the change that was sent.
        error: None when the server said success. Otherwise why not; an
            :class:`~ldapconnector.errors.UnknownOutcome` when the answer was lost.
    """

    change: Change
    error: DirectoryError | None = None

    @property
    def ok(self) -> bool:
        """Whether the server confirmed the change."""
        return self.error is None


@runtime_checkable
class Directory(Protocol):
    """An open directory: read it, change it, close it.

    One directory serves one thread at a time; open one per worker. All values that go in
    and come out are frozen and may be shared.
    """

    @property
    def root_dse(self) -> Entry:
        """The root DSE with the operational attributes that the server tells."""
        ...

    @property
    def schema(self) -> Schema:
        """The schema, read from the server when it is first asked for."""
        ...

    def search(
        self,
        base: DN | str,
        filter: Filter = ...,  # noqa: A002  the field's word
        *,
        scope: Scope = Scope.SUBTREE,
        attributes: Sequence[str] = ("*",),
        page_size: int | None = None,
        size_limit: int = 0,
        time_limit: int = 0,
        controls: Sequence[Control] = (),
        receive: Receiver | None = None,
    ) -> Iterator[Entry]:
        """Yield the entries as they arrive.

        A result that is not complete is never silent: after its entries the iterator raises
        :class:`~ldapconnector.errors.LimitExceeded` for a size, time or administrative limit,
        :class:`~ldapconnector.errors.ReferralReturned` where the server named other servers,
        and the typed error of any other result code but success.

        Args:
            base: where to search; the empty name with ``Scope.BASE`` is the root DSE.
            filter: which entries (RFC 4511, 4.5.1.7); every entry by default.
            scope: how far below the base.
            attributes: descriptions to return; ``"*"`` all user attributes, ``"+"`` the
                operational ones, ``"1.1"`` none (RFC 4511, 4.5.1.8).
            page_size: entries a page by simple paged results (RFC 2696); None asks for
                everything at once.
            size_limit: how many entries the server may send in all; 0 is no limit of ours.
            time_limit: seconds the server may take; 0 is no limit of ours.
            controls: further controls of the request.
            receive: is told of controls on entries, intermediate responses and the end.

        Raises:
            DirectoryError: as above, typed by its result code.
            ConnectionFailed: the connection was lost; the entries so far are partial.
        """
        ...

    def read(self, dn: DN | str, attributes: Sequence[str] = ("*",)) -> Entry | None:
        """Return one entry, or None where there is none.

        Args:
            dn: the entry's name.
            attributes: descriptions to read; ``*`` for the user attributes, ``+`` for the
                operational ones (RFC 3673).

        Raises:
            DirectoryError: for any other result than success and noSuchObject.
        """
        ...

    def apply(self, change: Change, *, assertion: Filter | None = None) -> None:
        """Carry out one change and wait for the answer.

        Args:
            change: an Add, Modify, Rename or Delete.
            assertion: a condition the entry must meet (RFC 4528), checked by the server in
                the same step.

        Raises:
            DirectoryError: the server refused, typed by its result code.
            UnknownOutcome: the answer was lost; the change may or may not have happened.
        """
        ...

    def apply_all(
        self,
        changes: Iterable[Change],
        *,
        assertion_for: Callable[[Change], Filter | None] | None = None,
    ) -> Iterator[Applied]:
        """Carry out many changes, pipelined, and yield what became of each.

        Changes to names that depend on one another (the same name, a parent and its child,
        the names of a rename) wait for one another in the order given; all others may be
        answered in any order. A change that fails does not stop the others.

        Args:
            changes: read as they are needed.
            assertion_for: gives the ``assertion`` of a change, as in :meth:`apply`; asked
                when the change is about to be sent.
        """
        ...

    def set_password(self, dn: DN | str, new: Secret, *, old: Secret | None = None) -> None:
        """Set a password, or change it where ``old`` is given.

        Args:
            dn: the entry whose password it is.
            new: the password to be; it never appears in logs and messages.
            old: the password so far, for a user who changes their own.

        Raises:
            DirectoryError: the server refused, typed by its result code.
            UnknownOutcome: the answer was lost.
        """
        ...

    def close(self) -> None:
        """Unbind and close. Closing twice does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...


@runtime_checkable
class BatchReader(Protocol):
    """A directory or connector that reads many entries by name in one go.

    Where a network lies between, that costs its latency once instead of once for each entry. It
    is no part of :class:`Directory` and of ``Connector``: what lacks it is asked entry by entry.
    """

    def read_all(
        self, names: Sequence[DN | str], attributes: Sequence[str] = ...
    ) -> tuple[Entry | None, ...]:
        """Return what ``read`` gives for each name, in the order of the names.

        Args:
            names: DNs or their texts.
            attributes: as in ``read``.

        Returns:
            As many as there are names; None where there is no such entry.

        Raises:
            DirectoryError: one of them could not be read. A partial answer is never returned.
        """
        ...
