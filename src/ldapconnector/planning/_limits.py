"""The limits of the deletion guard, as a value. What they mean stands in ``_guard.py``."""

from __future__ import annotations

import math
from typing import Any

import attrs

from ldapconnector.errors import UsageError
from ldapconnector.names import DN, Filter

__all__ = ["DeletionGuard"]


def _dns(values: tuple[DN | str, ...]) -> tuple[DN, ...]:
    return tuple(DN.of(value) for value in values)


def _filter(value: Filter | str | None) -> Filter | None:
    return Filter.parse(value) if isinstance(value, str) else value


def _no_number(value: object) -> bool:
    return isinstance(value, bool) or not isinstance(value, (int, float))


def _number(_: Any, field: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and (_no_number(value) or not 0 <= value < math.inf):
        raise UsageError(f"{field.name} is {value!r}: it is a number from 0, or none to switch off")


def _share(_: Any, field: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and (_no_number(value) or not 0 <= value <= 100):
        raise UsageError(f"{field.name} is {value!r}: it is a share from 0 to 100")


@attrs.frozen(kw_only=True)
class DeletionGuard:
    """How much may leave in one plan before a person is asked.

    Deletes and disables are counted together, as the service's accidental deletion
    prevention counts them. A limit that is None is off; ``DeletionGuard.off()`` switches
    off everything but the protected entries.

    Attributes:
        maximum: the largest number of deletes and disables; 500 is the service's default.
        percent: the largest share of the managed accounts, 0 to 100.
        tolerated: so many never break ``percent`` or ``jump``: one of five is a fifth of a
            small directory, and everyday life.
        empty_source: whether an empty source holds every delete and disable.
        shrunken_source: a source that lost more than this share of its users since the last
            cycle, 0 to 100, holds every delete and disable.
        jump: more than so many times the largest number of the remembered cycles holds
            every delete and disable; needs at least one remembered cycle.
        protected: entries that are never changed by deprovisioning, whatever is released.
            The account that the connector binds as is always among them.
        protected_filter: further such entries, by a filter.

    >>> DeletionGuard(protected=("cn=admin,dc=example",)).protected
    (DN('cn=admin,dc=example'),)
    """

    maximum: int | None = attrs.field(default=500, validator=_number)
    percent: float | None = attrs.field(default=10.0, validator=_share)
    tolerated: int = attrs.field(default=3, validator=_number)
    empty_source: bool = True
    shrunken_source: float | None = attrs.field(default=50.0, validator=_share)
    jump: float | None = attrs.field(default=10.0, validator=_number)
    protected: tuple[DN, ...] = attrs.field(default=(), converter=_dns)
    protected_filter: Filter | None = attrs.field(default=None, converter=_filter)

    @classmethod
    def off(cls) -> DeletionGuard:
        """Return a guard without limits. A partial import still deletes nothing."""
        return cls(maximum=None, percent=None, empty_source=False, shrunken_source=None, jump=None)
