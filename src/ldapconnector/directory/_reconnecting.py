"""One connection at a time, opened again when it breaks: failover, fail-back, closing."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Final

from ldapconnector.directory._bind import Bound, bind
from ldapconnector.directory._line import open_line
from ldapconnector.directory._retry import Hosts, Pace, is_worth_repeating
from ldapconnector.directory._wire import Wire
from ldapconnector.errors import (
    ConnectionFailed,
    DirectoryError,
    ServerBusy,
    TlsFailed,
    UsageError,
)
from ldapconnector.profile import Address, ConnectionProfile

__all__ = ["Reconnecting"]

_log: Final = logging.getLogger("ldapconnector.directory")


class Reconnecting:
    """The connection of a session.

    Args:
        profile: where and how.
        clock: seconds of a clock that never goes back.
        sleep: waits for so many seconds.
        chance: gives a random number from 0 to 1.
    """

    def __init__(
        self,
        profile: ConnectionProfile,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        chance: Callable[[], float],
    ) -> None:
        self._profile = profile
        self._hosts = Hosts(
            profile.addresses, fail_back_after=profile.retry.fail_back_after, clock=clock
        )
        self._pace = Pace(policy=profile.retry, sleep=sleep, chance=chance)
        self._under_way = 0
        self._closed = False
        self._bound: Bound | None = None

    @property
    def address(self) -> Address | None:
        """The host that is used now; None while there is no connection."""
        return None if self._bound is None else self._bound.line.address

    @property
    def certificate(self) -> bytes:
        """The server's certificate, DER; empty on a line that is not secured."""
        secured = None if self._bound is None else self._bound.line.secured
        return b"" if secured is None else secured.certificate

    @property
    def bind_warning(self) -> str:
        """What the password policy said although the bind succeeded."""
        return "" if self._bound is None else self._bound.warning

    @property
    def closed(self) -> bool:
        """Whether it was closed for good."""
        return self._closed

    def wait(self, retry: int) -> None:
        """Wait before a retry; 0 is the first one."""
        self._pace.sleep(self._profile.retry.delay(retry, chance=self._pace.chance()))

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Keep the connection while something is under way on it."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def ready(self) -> Wire:
        """Return the engine of a connection that stands, opening another one if need be.

        Raises:
            UsageError: it was closed.
            ConnectionFailed, TlsFailed, BindRefused: as :meth:`open`.
        """
        if self._closed:
            raise UsageError("the directory is closed; connect again")
        if self._bound is None:
            return self.open()
        if self._bound.wire.stands():
            if not self._under_way:
                self._fail_back(self._bound.line.address)
            return self._bound.wire
        _log.info("the connection to %s broke; connecting again", self.address)
        self._hosts.failed(self._bound.line.address)
        self._drop()
        return self.open()

    def open(self) -> Wire:
        """Open a connection to the first host that can be reached, trying as the policy says.

        Raises:
            ConnectionFailed: no host can be reached.
            TlsFailed: no line can be secured.
            BindRefused: the server does not accept the credentials.
        """
        wire = self._pace.repeat(self._open_any)
        if self.bind_warning:
            _log.warning("%s: %s", self.address, self.bind_warning)
        return wire

    def _open_any(self) -> Wire:
        failures: list[DirectoryError] = []
        for address in self._hosts.in_order():
            try:
                return self._open_one(address)
            except (ConnectionFailed, ServerBusy, TlsFailed) as error:
                self._hosts.failed(address)
                failures.append(error)
                _log.info("%s cannot be used: %s", address, error)
        if len(failures) == 1:
            raise failures[0]
        # What waiting cannot mend is told as such.
        first = next((one for one in failures if not is_worth_repeating(one)), failures[0])
        kind = TlsFailed if isinstance(first, TlsFailed) else ConnectionFailed
        raise kind(
            "none of the hosts can be used: "
            + "; ".join(one.message or one.explanation for one in failures),
            operation="connect",
            explanation=first.explanation,
            next_step=first.next_step,
        ) from first

    def _open_one(self, address: Address) -> Wire:
        wire = self.adopt(bind(self._profile, open_line(self._profile, address)))
        self._hosts.reached(address)
        _log.debug("connected to %s", address)
        return wire

    def adopt(self, bound: Bound) -> Wire:
        """Work on this connection from now on."""
        timeouts = self._profile.timeouts
        bound.wire.set_timeouts(read=timeouts.read, write=timeouts.write)
        self._drop()
        self._bound = bound
        return bound.wire

    def _fail_back(self, current: Address) -> None:
        """Go back to a host that stands before the present one, where it answers again."""
        for address in self._hosts.better_than(current):
            try:
                self._open_one(address)
            except DirectoryError as error:
                self._hosts.failed(address)
                _log.info("%s is not back yet: %s", address, error)
            else:
                _log.info("back on %s", address)
                return

    def _drop(self) -> None:
        if self._bound is not None:
            bound, self._bound = self._bound, None
            bound.connection.strategy.close()
            bound.line.close()

    def close(self) -> None:
        """Unbind and close for good. Closing twice does nothing."""
        self._closed = True
        if self._bound is not None:
            with contextlib.suppress(Exception):  # the server may be gone
                self._bound.line.socket.settimeout(self._profile.timeouts.connect)
                self._bound.connection.unbind()
        self._drop()

    def __del__(self) -> None:
        # A forgotten session must not leave its socket to the garbage collector's warning.
        with contextlib.suppress(Exception):
            self._drop()
