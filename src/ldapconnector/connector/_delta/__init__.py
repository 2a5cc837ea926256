"""Delta import: one module for each method, chosen by what the server offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ldapconnector.connector._delta._accesslog import AccessLog
from ldapconnector.connector._delta._changelog import ChangeLog
from ldapconnector.connector._delta._strategy import Strategy
from ldapconnector.connector._delta._syncrepl import ContentSync
from ldapconnector.connector._delta._timestamp import Timestamp
from ldapconnector.connector._delta._usn import Usn
from ldapconnector.connector._protocol import DeltaMethod

__all__ = [
    "STRATEGIES",
    "AccessLog",
    "ChangeLog",
    "ContentSync",
    "Strategy",
    "Timestamp",
    "Usn",
]

#: The strategy of each method; ``NONE`` has none.
STRATEGIES: Final[Mapping[DeltaMethod, type[Strategy]]] = {
    strategy.method: strategy for strategy in (AccessLog, ChangeLog, Usn, Timestamp, ContentSync)
}
