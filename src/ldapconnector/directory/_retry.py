"""Which host next, and whether to try again: failover, fail-back and bounded retries.

Sans I/O: the clock, the waiting and the chance are arguments.

1. Hosts are tried in the profile's order.
2. A host that could not be reached stands behind the others for ``fail_back_after`` seconds.
3. After that it is tried first again, also by a session that works on a later host meanwhile
   (fail-back), but only between two operations.
4. Only what is safe to repeat is repeated: connecting, and reading nothing of which was handed
   out yet. A write is not, and neither is what failed for a reason that repeating cannot mend
   (a wrong password above all, which would lock the account).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import attrs

from ldapconnector.errors import ConnectionFailed, DirectoryError, ServerBusy
from ldapconnector.profile import Address, RetryPolicy

__all__ = ["Hosts", "Pace", "is_worth_repeating"]

_log: Final = logging.getLogger("ldapconnector.directory.retry")

Result = TypeVar("Result")


class Hosts:
    """The hosts of a profile, and which of them failed when.

    >>> time = 0.0
    >>> hosts = Hosts([Address("a", 389), Address("b", 389)], fail_back_after=60, clock=lambda: time)
    >>> hosts.failed(Address("a", 389))
    >>> [address.host for address in hosts.in_order()]
    ['b', 'a']
    >>> time = 61.0
    >>> [address.host for address in hosts.in_order()]
    ['a', 'b']
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        *,
        fail_back_after: float,
        clock: Callable[[], float],
    ) -> None:
        self._addresses = tuple(addresses)
        self._wait = fail_back_after
        self._clock = clock
        self._failed: dict[Address, float] = {}

    def in_order(self) -> tuple[Address, ...]:
        """Return all hosts, those that failed a short while ago last."""
        return tuple(sorted(self._addresses, key=self._is_avoided))

    def failed(self, address: Address) -> None:
        """Note that a host cannot be reached."""
        self._failed[address] = self._clock()

    def reached(self, address: Address) -> None:
        """Note that a host can be reached."""
        self._failed.pop(address, None)

    def better_than(self, address: Address) -> tuple[Address, ...]:
        """Return the hosts that stand before this one and may be tried again."""
        before = self._addresses[: self._addresses.index(address)]
        return tuple(host for host in before if not self._is_avoided(host))

    def _is_avoided(self, address: Address) -> bool:
        since = self._failed.get(address)
        return since is not None and self._clock() - since < self._wait


def is_worth_repeating(error: DirectoryError) -> bool:
    """Tell whether the same request may succeed later.

    >>> is_worth_repeating(ConnectionFailed("gone")), is_worth_repeating(DirectoryError(code=49))
    (True, False)
    """
    return isinstance(error, ConnectionFailed | ServerBusy)


@attrs.frozen(kw_only=True)
class Pace:
    """Repeats what is safe to repeat, with growing waits.

    Attributes:
        policy: how often and how long.
        sleep: waits for so many seconds.
        chance: gives a random number from 0 to 1.
    """

    policy: RetryPolicy
    sleep: Callable[[float], None]
    chance: Callable[[], float]

    def repeat(
        self,
        work: Callable[[], Result],
        *,
        may_repeat: Callable[[DirectoryError], bool] = is_worth_repeating,
    ) -> Result:
        """Do ``work``, again after errors that may pass, and return what it returns.

        Raises:
            DirectoryError: the last one; it is not worth repeating, or was repeated enough.
        """
        for retry in range(self.policy.attempts - 1):
            try:
                return work()
            except DirectoryError as error:
                if not may_repeat(error):
                    raise
                wait = self.policy.delay(retry, chance=self.chance())
                _log.info("trying again in %.1f seconds: %s", wait, error)
                self.sleep(wait)
        return work()
