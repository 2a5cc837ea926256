"""Requests and answers on a connection that is open, secured and bound.

Several operations may be under way at once: each answer goes to the one that waits for it.
Where ldap3 shares the connection, message ids come from its counter, so that the two never
use one twice (RFC 4511, 4.1.1.1).

What the server sends is bounded: a message by ``max_message_bytes``, nesting by the fixed
shape of each answer, and what waits for a reader by one page where the search is paged.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from ldapconnector.directory import _requests
from ldapconnector.directory import controls as _controls
from ldapconnector.directory._pipeline import Order, Ticket
from ldapconnector.directory._protocol import Control, EntryControls, Scope
from ldapconnector.directory._responses import (
    EXTENDED_RESPONSE,
    INTERMEDIATE,
    SEARCH_DONE,
    SEARCH_ENTRY,
    SEARCH_REFERENCE,
    Frame,
    Maker,
    Names,
    WireDone,
    WireEntry,
    WireIntermediate,
    WireReference,
    WireResult,
    decode_controls,
    decode_entries,
    decode_intermediate,
    decode_reference,
    decode_result,
    frames,
    missing,
)
from ldapconnector.errors import ConnectionFailed, DirectoryError, LimitExceeded, UnknownOutcome

if TYPE_CHECKING:
    from ldapconnector.entries import Change
    from ldapconnector.names import Filter

__all__ = ["MAX_MESSAGE_BYTES", "WINDOW", "Wire"]

_log: Final = logging.getLogger("ldapconnector.directory.wire")

#: The longest message that is read: a group of a million members takes about half of it.
MAX_MESSAGE_BYTES: Final = 128 * 1024 * 1024

#: How many writes, or reads by name, are under way at once.
WINDOW: Final = 64

_READ: Final = 256 * 1024
_RUN: Final = 64  # entries decoded at a time: few enough to stay in the processor's cache
_NOTICE_OF_DISCONNECTION: Final = "1.3.6.1.4.1.1466.20036"
_MOST_EMPTY_PAGES: Final = 1000  # in a row; AD sends some where a filter matches little

Made = TypeVar("Made")
_Batch = tuple[bytes, list[Frame]]


class Wire:
    """Requests and answers on a socket, pipelined.

    Not for two threads at a time. After a :class:`~ldapconnector.errors.ConnectionFailed`
    every further use raises it again.

    Args:
        sock: connected and bound; a ``socket.socket`` or an ``ssl.SSLSocket``.
        next_message_id: gives ids that nobody else uses on this connection, such as
            ``connection.server.next_message_id`` of ldap3; or the first of ids that are
            counted up.
        read_timeout: seconds without a single octet before the connection counts as lost;
            None waits for ever.
        write_timeout: seconds until the server must have taken (a part of) a request; None
            for the same as ``read_timeout``.
        max_message_bytes: a longer message breaks the connection.
        window: writes, or reads by name, that may be under way at once, at most.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        next_message_id: Callable[[], int] | int = 1,
        read_timeout: float | None = None,
        write_timeout: float | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        window: int = WINDOW,
    ) -> None:
        self._socket = sock
        if isinstance(next_message_id, int):
            next_message_id = iter(range(next_message_id, 2**31)).__next__
        self._next_id = next_message_id
        self._timeout = read_timeout
        self._write_timeout = read_timeout if write_timeout is None else write_timeout
        self._strays = 0  # messages that nobody waited for
        self._limit = max_message_bytes
        self._window = window
        self._names = Names()
        self._parts: list[bytes] = []  # of the message that is not whole yet
        self._missing = 0
        self._inbox: dict[int, list[_Batch]] = {}
        self._lost: str | None = None
        sock.settimeout(read_timeout)
        with contextlib.suppress(OSError):  # a Unix socket knows no such option
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def has_more(self) -> bool:
        """Whether octets came that nobody waited for, or that are no whole message yet."""
        return bool(self._parts) or self._strays > 0

    def stands(self) -> bool:
        """Tell without waiting whether the connection still stands, as far as this side knows.

        A server ends idle connections; a request sent then would be lost, and nobody would
        know whether it was carried out.
        """
        if self._lost is not None:
            return False
        self._socket.settimeout(0)
        try:
            chunk = self._socket.recv(_READ)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError as error:
            self._lost = f"the connection broke: {error}"
            return False
        finally:
            with contextlib.suppress(OSError):
                self._socket.settimeout(self._timeout)
        try:
            self._take(chunk)
        except ConnectionFailed:
            return False
        return self._lost is None

    # ------------------------------------------------------------ single requests

    def send(self, operation: bytes, controls: Sequence[Control] = ()) -> int:
        """Send one request and return its message id; fetch the answer with :meth:`collect`.

        Args:
            operation: a protocolOp, as the functions of ``_requests`` encode them.
            controls: of the request.

        Raises:
            ConnectionFailed: it could not be sent (wholly).
        """
        message_id, encoded = self._register(operation, controls)
        self._write(encoded)
        return message_id

    def collect(self, message_id: int) -> WireResult:
        """Wait for the result of a request that has one answer.

        Raises:
            ConnectionFailed: the connection was lost before the answer came.
        """
        try:
            for data, found in self._batches(message_id):
                for frame in found:
                    if frame[1] != INTERMEDIATE:
                        return decode_result(data, frame)
        except ConnectionFailed as error:
            self._lost = self._lost or error.message
            raise
        finally:
            self._inbox.pop(message_id, None)
        raise AssertionError("unreachable: answers never end without an error")

    def answer_to(self, message_id: int) -> WireResult:
        """Wait for the result of a request that ldap3 sent, under an id that it took.

        Raises:
            ConnectionFailed: the connection was lost before the answer came.
        """
        self._inbox.setdefault(message_id, [])
        return self.collect(message_id)

    def next_message_id(self) -> int:
        """Return an id that no request on this connection has."""
        return self._next_id()

    def set_timeouts(self, *, read: float | None, write: float | None) -> None:
        """Wait longer, or less long, from now on; see the class."""
        self._timeout, self._write_timeout = read, write
        self._socket.settimeout(read)

    def apply(self, change: Change, controls: Sequence[Control] = ()) -> WireResult:
        """Carry out one change.

        Raises:
            ConnectionFailed: it was not sent.
            UnknownOutcome: it was sent, and the answer was lost.
        """
        self._check()
        operation = _requests.change(change)
        try:
            return self.collect(self.send(operation, controls))
        except ConnectionFailed as error:
            raise _unknown(change, error) from error

    def apply_all(
        self,
        changes: Iterable[Change],
        *,
        controls_for: Callable[[Change], Sequence[Control]] | None = None,
    ) -> Iterator[tuple[Change, WireResult | DirectoryError]]:
        """Carry out many changes and yield what became of each, as the answers come.

        Up to a window of requests are under way, and the next ones are encoded meanwhile. Changes
        to names that depend on one another wait for one another (see ``_pipeline``).

        When the connection is lost, those under way yield an
        :class:`~ldapconnector.errors.UnknownOutcome` and all others a
        :class:`~ldapconnector.errors.ConnectionFailed`: these were not sent. An error of
        ``changes`` itself is raised after the answers to those under way.

        Args:
            changes: read as they are needed, at most four windows ahead.
            controls_for: gives the controls of a change.
        """
        order = Order()
        source = _Source(changes)
        window = self._window
        under_way: dict[int, Ticket] = {}
        prepared: deque[tuple[int, Ticket, bytes]] = deque()
        outcomes: list[tuple[Change, WireResult | DirectoryError]] = []
        try:
            while True:
                # The server comes first: what is ready is sent before the outcomes are handed
                # out, and the next requests are encoded while it works on these.
                if not prepared:
                    self._prepare(prepared, order, source, window, controls_for)
                try:
                    self._send_prepared(prepared, under_way, window)
                    yield from outcomes
                    outcomes = []
                    self._prepare(prepared, order, source, window, controls_for)
                    if not under_way:
                        if prepared:
                            continue
                        break
                    answers = self._answers(under_way)
                except ConnectionFailed as error:
                    self._lost = self._lost or error.message
                    yield from outcomes
                    for ticket in under_way.values():
                        order.finish(ticket)
                        yield ticket.change, _unknown(ticket.change, error)
                    break
                for message_id, result in answers:
                    ticket = under_way.pop(message_id)
                    order.finish(ticket)
                    outcomes.append((ticket.change, result))
        finally:
            for message_id in (*under_way, *(number for number, _, _ in prepared)):
                self._inbox.pop(message_id, None)
        if self._lost is not None:
            for _, ticket, _ in prepared:
                order.finish(ticket)
                yield ticket.change, self._not_sent(ticket.change)
            yield from self._none_sent(order, source)
        source.check()

    def _prepare(
        self,
        prepared: deque[tuple[int, Ticket, bytes]],
        order: Order,
        source: _Source,
        window: int,
        controls_for: Callable[[Change], Sequence[Control]] | None,
    ) -> None:
        """Encode changes that may start, up to a window of them."""
        while len(prepared) < window and self._lost is None:
            ticket = order.take()
            if ticket is None:
                if len(order) >= 4 * window or not source.pull_into(order):
                    return
                continue
            try:
                controls = controls_for(ticket.change) if controls_for else ()
                operation = _requests.change(ticket.change)
            except Exception as error:  # noqa: BLE001  raised again after the answers
                source.stop(error)
                order.finish(ticket)
                continue
            message_id, encoded = self._register(operation, controls)
            prepared.append((message_id, ticket, encoded))

    def _send_prepared(
        self,
        prepared: deque[tuple[int, Ticket, bytes]],
        under_way: dict[int, Ticket],
        window: int,
    ) -> None:
        batch: list[bytes] = []
        while prepared and len(under_way) < window:
            message_id, ticket, encoded = prepared.popleft()
            under_way[message_id] = ticket
            batch.append(encoded)
        if batch:
            self._write(b"".join(batch))

    def _answers(self, under_way: dict[int, Ticket]) -> list[tuple[int, WireResult]]:
        """Wait for one result at least of the requests under way, and return those at hand."""
        found: list[tuple[int, WireResult]] = []
        while not found:
            for message_id in [known for known in under_way if self._inbox[known]]:
                for data, batch in self._inbox.pop(message_id):
                    found += [
                        (message_id, decode_result(data, frame))
                        for frame in batch
                        if frame[1] != INTERMEDIATE
                    ]
            if not found:
                self._check()
                self._receive()
        return found

    def _none_sent(
        self, order: Order, source: _Source
    ) -> Iterator[tuple[Change, WireResult | DirectoryError]]:
        while True:
            while ticket := order.take():
                order.finish(ticket)
                yield ticket.change, self._not_sent(ticket.change)
            if not source.pull_into(order):
                return

    def _not_sent(self, change: Change) -> ConnectionFailed:
        return ConnectionFailed(
            f"not sent: {self._lost}", operation=_verb(change), dn=str(change.dn)
        )

    def abandon(self, message_id: int) -> None:
        """Ask the server to stop an operation, and drop what it still answers (4.11).

        A write may be carried out all the same.
        """
        if self._inbox.pop(message_id, None) is not None and self._lost is None:
            request = _requests.message(self._next_id(), _requests.abandon(message_id))
            with contextlib.suppress(ConnectionFailed):
                self._write(request)

    # ------------------------------------------------------------ searches

    def search(
        self,
        base: str | bytes,
        scope: Scope,
        filter: Filter,  # noqa: A002  the field's word
        attributes: Sequence[str],
        *,
        size_limit: int = 0,
        time_limit: int = 0,
        types_only: bool = False,
        controls: Sequence[Control] = (),
        make: Maker[Made] = WireEntry,  # type: ignore[assignment]
    ) -> Iterator[Made | EntryControls | WireReference | WireIntermediate | WireDone]:
        """Search without pages and yield what comes, in the order of the wire.

        Args:
            base, scope, filter, attributes, size_limit, time_limit, types_only: as RFC 4511,
                4.5.1 has them; limits of 0 are none.
            controls: of the request.
            make: builds an entry from its DN and its attributes.

        Yields:
            What ``make`` returns for each entry, preceded by an ``EntryControls`` where the
            entry has controls; references and intermediate responses in their places; a
            ``WireDone`` at the end. Its code says whether the search is complete.

        Raises:
            ConnectionFailed: the connection was lost, or the server sends no LDAP.
        """
        operation = _requests.search(
            base,
            scope,
            filter,
            attributes,
            size_limit=size_limit,
            time_limit=time_limit,
            types_only=types_only,
        )
        message_id = self.send(operation, controls)
        try:
            for data, found in self._batches(message_id):
                for item in self._decode(data, found, make, types_only):
                    if type(item) is WireDone:
                        self._inbox.pop(message_id, None)
                        yield item
                        return
                    yield item
        except ConnectionFailed as error:
            self._lost = self._lost or error.message
            raise
        finally:
            self.abandon(message_id)

    def paged(
        self,
        base: str | bytes,
        scope: Scope,
        filter: Filter,  # noqa: A002
        attributes: Sequence[str],
        *,
        page_size: int,
        size_limit: int = 0,
        time_limit: int = 0,
        controls: Sequence[Control] = (),
        critical: bool = True,
        make: Maker[Made] = WireEntry,  # type: ignore[assignment]
    ) -> Iterator[Made | EntryControls | WireReference | WireIntermediate | WireDone]:
        """Search by simple paged results (RFC 2696).

        The next page is asked for before this one is decoded, so the server works meanwhile.
        One page of octets is kept. Yields and raises as :meth:`search`; only the last page's
        ``WireDone`` is yielded.

        Args:
            page_size: entries a page.
            critical: whether a server without paging must refuse instead of ignoring it.

        Raises:
            ConnectionFailed: as :meth:`search`.
            LimitExceeded: with the operation ``page``: the server goes round in circles.
        """
        operation = _requests.search(
            base, scope, filter, attributes, size_limit=size_limit, time_limit=time_limit
        )
        page = _controls.paged_results(page_size, b"", critical=critical)
        message_id = self.send(operation, (*controls, page))
        guard = _LoopGuard()
        try:
            while True:
                batches, result = self._page(message_id)
                self._inbox.pop(message_id, None)
                cookie = _controls.paged_cookie(result.controls) if result.code == 0 else b""
                if cookie:
                    guard.check(cookie, batches)
                    page = _controls.paged_results(page_size, cookie, critical=critical)
                    message_id = self.send(operation, (*controls, page))
                for data, found in batches:
                    for item in self._decode(data, found, make, False):
                        if type(item) is not WireDone:
                            yield item
                if not cookie:
                    yield WireDone(result)
                    return
        except ConnectionFailed as error:
            self._lost = self._lost or error.message
            raise
        finally:
            self.abandon(message_id)

    def read_all(
        self,
        names: Sequence[str],
        filter: Filter,  # noqa: A002
        attributes: Sequence[str],
        *,
        make: Maker[Made] = WireEntry,  # type: ignore[assignment]
    ) -> Generator[
        list[Made | EntryControls | WireReference | WireIntermediate | WireDone], None, None
    ]:
        """Search at each of these names for itself alone, with a window of searches under way.

        Args:
            names: the bases.
            filter, attributes, make: as in :meth:`search`.

        Yields:
            What :meth:`search` would yield for each name, in their order.

        Raises:
            ConnectionFailed: as :meth:`search`.
        """
        for start in range(0, len(names), self._window):
            requests = [
                self._register(_requests.search(name, Scope.BASE, filter, attributes), ())
                for name in names[start : start + self._window]
            ]
            try:
                self._write(b"".join(encoded for _, encoded in requests))
                for message_id, _ in requests:
                    batches, _ = self._page(message_id)
                    self._inbox.pop(message_id, None)
                    yield [
                        item
                        for data, found in batches
                        for item in self._decode(data, found, make, False)
                    ]
            except ConnectionFailed as error:
                self._lost = self._lost or error.message
                raise
            finally:
                for message_id, _ in requests:
                    self.abandon(message_id)

    def _page(self, message_id: int) -> tuple[list[_Batch], WireResult]:
        """Collect the answers to one search or page, not decoded, and its result."""
        collected: list[_Batch] = []
        for data, found in self._batches(message_id):
            collected.append((data, found))
            if found[-1][1] == SEARCH_DONE:
                return collected, decode_result(data, found[-1])
        raise AssertionError("unreachable: answers never end without an error")

    def _decode(
        self, data: bytes, found: list[Frame], make: Maker[Made], empty: bool
    ) -> Iterator[Made | EntryControls | WireReference | WireIntermediate | WireDone]:
        run: list[Frame] = []
        for frame in found:
            if frame[1] == SEARCH_ENTRY and frame[3] == frame[4]:
                run.append(frame)
                if len(run) < _RUN:
                    continue
                yield from decode_entries(data, run, self._names, make, empty=empty)
                run = []
                continue
            if run:
                yield from decode_entries(data, run, self._names, make, empty=empty)
                run = []
            if frame[1] == SEARCH_ENTRY:
                told = decode_controls(data, frame)
                ((dn, attributes),) = decode_entries(
                    data, [frame], self._names, WireEntry, empty=empty
                )
                yield EntryControls(dn=dn, controls=told)
                yield make(dn, attributes)
            elif frame[1] == SEARCH_REFERENCE:
                yield decode_reference(data, frame)
            elif frame[1] == INTERMEDIATE:
                yield decode_intermediate(data, frame)
            else:
                yield WireDone(decode_result(data, frame))
        if run:
            yield from decode_entries(data, run, self._names, make, empty=empty)

    # ------------------------------------------------------------ the socket

    def _register(self, operation: bytes, controls: Sequence[Control]) -> tuple[int, bytes]:
        message_id = self._next_id()
        encoded = _requests.message(message_id, operation, controls)
        self._inbox[message_id] = []
        return message_id, encoded

    def _write(self, encoded: bytes) -> None:
        self._check()
        try:
            if self._write_timeout != self._timeout:
                self._socket.settimeout(self._write_timeout)
            self._socket.sendall(encoded)
            if self._write_timeout != self._timeout:
                self._socket.settimeout(self._timeout)
        except OSError as error:
            self._fail(f"sending failed: {error}")

    def _batches(self, message_id: int) -> Iterator[_Batch]:
        """Yield the answers to one request, as many at a time as there are; never ends."""
        while True:
            waiting = self._inbox[message_id]
            if waiting:
                self._inbox[message_id] = []
                yield from waiting
            else:
                self._check()
                self._receive()

    def _receive(self) -> None:
        """Read once, and hand out the messages that are whole."""
        try:
            chunk = self._socket.recv(_READ)
        except TimeoutError:
            self._fail(f"no answer within {self._timeout:g} seconds")
        except BlockingIOError:  # SO_RCVTIMEO of the system, which ldap3 sets
            self._fail("no answer within the time limit of the socket")
        except OSError as error:
            self._fail(f"reading failed: {error}")
        self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        """Take in what was read, and hand out the messages that are whole."""
        if not chunk:
            self._fail("the server closed the connection")
        self._parts.append(chunk)
        if len(chunk) < self._missing:
            self._missing -= len(chunk)
            return
        data = b"".join(self._parts) if len(self._parts) > 1 else chunk
        found, position = frames(data, self._limit)
        rest = data[position:]
        self._parts = [rest] if rest else []
        self._missing = missing(rest, 0, self._limit) if rest else 0
        if found:
            self._deliver(data, found)

    def _deliver(self, data: bytes, found: list[Frame]) -> None:
        ids = {frame[0] for frame in found}
        for message_id in ids:
            mine = found if len(ids) == 1 else [frame for frame in found if frame[0] == message_id]
            if message_id == 0:
                self._unsolicited(data, mine)
            elif message_id in self._inbox:  # otherwise abandoned
                self._inbox[message_id].append((data, mine))
            else:
                self._strays += 1

    def _unsolicited(self, data: bytes, found: list[Frame]) -> None:
        """Read notices (4.4); what came before them is still handed out."""
        for frame in found:
            if frame[1] != EXTENDED_RESPONSE:
                continue
            notice = decode_result(data, frame)
            if notice.oid == _NOTICE_OF_DISCONNECTION:
                why = notice.diagnostic or "no reason given"
                self._lost = f"the server ends the connection: {why} (result code {notice.code})"
            else:
                _log.info("unsolicited notification %s: %s", notice.oid, notice.diagnostic)

    def _check(self) -> None:
        if self._lost is not None:
            self._fail(self._lost)

    def _fail(self, why: str) -> NoReturn:
        self._lost = why
        raise ConnectionFailed(
            why,
            operation="exchange",
            next_step="Connect again. A search can be repeated; before a write is repeated, "
            "read its entry.",
        )


class _Source:
    """Reads changes when they are needed and keeps an error of their iterator for the end."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes = iter(changes)
        self._error: Exception | None = None
        self._ended = False

    def pull_into(self, order: Order) -> bool:
        if self._ended:
            return False
        try:
            order.add(next(self._changes))
        except StopIteration:
            self._ended = True
            return False
        except Exception as error:  # noqa: BLE001  raised again by check()
            self.stop(error)
            return False
        return True

    def stop(self, error: Exception) -> None:
        self._ended = True
        self._error = self._error or error

    def check(self) -> None:
        if self._error is not None:
            raise self._error


class _LoopGuard:
    """Notices a server whose pages repeat.

    An unchanged cookie alone proves nothing (389 Directory Server never changes it); the same
    cookie with the same first entry, or with no entry at all, does.
    """

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._empty = 0

    def check(self, cookie: bytes, batches: list[_Batch]) -> None:
        first = b""
        for data, found in batches:
            for _, tag, start, stop, _ in found:
                if tag == SEARCH_ENTRY:
                    first = data[start:stop]
                    break
            if first:
                break
        mark = hash((cookie, first))
        self._empty = 0 if first else self._empty + 1
        if mark in self._seen or self._empty > _MOST_EMPTY_PAGES:
            raise LimitExceeded(
                "the server sends the same page again and again",
                operation="page",
                next_step="Report it to the server's vendor; read without pages, or by VLV.",
            )
        self._seen.add(mark)


def _verb(change: Change) -> str:
    return type(change).__name__.lower()


def _unknown(change: Change, error: ConnectionFailed) -> UnknownOutcome:
    return UnknownOutcome(
        f"the answer was lost: {error.message}",
        operation=_verb(change),
        dn=str(change.dn),
        next_step="Read the entry before repeating anything.",
    )
