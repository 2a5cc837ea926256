"""How long to wait, how often to try again, and which controls to use."""

from __future__ import annotations

import enum
from typing import Final

import attrs

from ldapconnector._checked import checked
from ldapconnector.profile._checks import at_least, at_most, choice, more_than

__all__ = ["Controls", "RetryPolicy", "Timeouts", "Use"]

# A week, in seconds: whoever means to wait for ever has a mistake in the unit.
_LONGEST: Final = 604_800
_WAITS: Final = [more_than(0), at_most(_LONGEST)]


@checked
@attrs.frozen(kw_only=True)
class Timeouts:
    """How long to wait, in seconds; 0 is refused, since it would mean "not at all".

    The wizard has one timeout of 180 seconds, for the first connection only.

    Attributes:
        connect: to connect, to negotiate TLS and to bind, each of them, with one host; the
            system's name service has a limit of its own.
        read: without a single octet from the server while an answer is awaited.
        write: until the server takes (a part of) a request.

    >>> Timeouts(read=30)
    Timeouts(connect=10.0, read=30.0, write=60.0)
    """

    connect: float = attrs.field(default=10.0, converter=float, validator=_WAITS)
    read: float = attrs.field(default=120.0, converter=float, validator=_WAITS)
    write: float = attrs.field(default=60.0, converter=float, validator=_WAITS)


@checked
@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often what is safe to repeat is tried again: connecting, and reading.

    A write is never repeated by this policy: when its answer is lost, nobody knows whether it
    happened. Between tries the client waits ``first_delay * factor**n`` seconds, at most
    ``longest_delay``, shortened at random by up to ``jitter`` of it, so that many clients do
    not come back at the same moment.

    Attributes:
        attempts: how often in all; 1 never repeats.
        first_delay: seconds before the second try.
        factor: by which each wait is longer than the one before.
        longest_delay: seconds that a wait may last at most.
        jitter: the part of a wait that chance may take away, 0 to 1.
        fail_back_after: seconds after which a host that could not be reached is tried again
            before the hosts that stand behind it.

    >>> policy = RetryPolicy()
    >>> [policy.delay(n, chance=0.0) for n in range(4)]
    [0.5, 1.0, 2.0, 4.0]
    >>> policy.delay(1, chance=1.0)
    0.5
    """

    attempts: int = attrs.field(default=4, validator=at_least(1))
    first_delay: float = attrs.field(
        default=0.5, converter=float, validator=[at_least(0), at_most(_LONGEST)]
    )
    factor: float = attrs.field(
        default=2.0, converter=float, validator=[at_least(1), at_most(1000)]
    )
    longest_delay: float = attrs.field(
        default=15.0, converter=float, validator=[at_least(0), at_most(_LONGEST)]
    )
    jitter: float = attrs.field(default=0.5, converter=float, validator=[at_least(0), at_most(1)])
    fail_back_after: float = attrs.field(
        default=60.0, converter=float, validator=[at_least(0), at_most(_LONGEST)]
    )

    def delay(self, retry: int, *, chance: float) -> float:
        """Return the seconds to wait before a retry.

        Args:
            retry: 0 for the first one.
            chance: a random number from 0 to 1.
        """
        longest = min(self.longest_delay, self.first_delay * self.factor**retry)
        return longest * (1 - self.jitter * chance)


class Use(enum.StrEnum):
    """Whether a control is used."""

    #: Where the server advertises it.
    AUTO = "auto"
    #: Even where the server does not advertise it (some do not, and have it).
    ALWAYS = "always"
    NEVER = "never"


def _use(value: Use | str) -> Use:
    return choice(Use, value)


@checked
@attrs.frozen(kw_only=True)
class Controls:
    """Which controls are used: the switches of the wizard's page Global.

    Attributes:
        paged_results: 1.2.840.113556.1.4.319 (RFC 2696), to read in pages.
        virtual_list_view: 2.16.840.1.113730.3.4.9, to read in pages where the first is absent.
        show_deleted: 1.2.840.113556.1.4.417, to see deletions by USN.
        tree_delete: 1.2.840.113556.1.4.805, to delete an entry with everything below it; used
            only when it is asked for.
        assertion: 1.3.6.1.1.12 (RFC 4528), to write only while the entry is as it was planned.
        password_policy: 1.3.6.1.4.1.42.2.27.8.5.1, to learn why a password is refused.

    >>> Controls(assertion=Use.NEVER).wants("assertion", advertised=True)
    False
    """

    paged_results: Use = attrs.field(default=Use.AUTO, converter=_use)
    virtual_list_view: Use = attrs.field(default=Use.AUTO, converter=_use)
    show_deleted: Use = attrs.field(default=Use.AUTO, converter=_use)
    tree_delete: Use = attrs.field(default=Use.AUTO, converter=_use)
    assertion: Use = attrs.field(default=Use.AUTO, converter=_use)
    password_policy: Use = attrs.field(default=Use.AUTO, converter=_use)

    def wants(self, name: str, *, advertised: bool) -> bool:
        """Tell whether to use a control, given whether the server advertises it.

        Args:
            name: of the attribute of this class.
            advertised: whether the root DSE names its OID.
        """
        use: Use = getattr(self, name)
        return use is Use.ALWAYS or (use is Use.AUTO and advertised)
