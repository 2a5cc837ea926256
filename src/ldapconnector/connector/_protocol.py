"""What the provisioning cycle needs of a system it provisions into.

:class:`~ldapconnector.connector.LdapConnector` is one implementation; a connector for
another system implements the same protocol and is checked by the contract tests of
``ldapconnector.testing``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import attrs

if TYPE_CHECKING:
    from ldapconnector.connector._discovery import Discovery
    from ldapconnector.directory import Applied
    from ldapconnector.entries import (
        Change,
        DeltaImport,
        Entry,
        FullImport,
        FullImportNeeded,
        PartialImport,
        Watermark,
    )
    from ldapconnector.names import DN, Filter
    from ldapconnector.secret import Secret

__all__ = ["Anchor", "Capabilities", "Connector", "DeltaMethod", "Paging"]


class DeltaMethod(enum.StrEnum):
    """How changes since the last import are found.

    >>> DeltaMethod.TIMESTAMP.sees_deletes, DeltaMethod.ACCESS_LOG.sees_deletes
    (False, True)
    """

    NONE = "none"
    ACCESS_LOG = "accesslog"
    CHANGE_LOG = "changelog"
    USN = "usn"
    TIMESTAMP = "timestamp"
    SYNC = "syncrepl"

    @property
    def sees_deletes(self) -> bool:
        """Whether a deleted entry is reported; where not, only a full import finds it."""
        return self not in (DeltaMethod.NONE, DeltaMethod.TIMESTAMP)


class Paging(enum.StrEnum):
    """How a long search is cut into pages."""

    SIMPLE = "simple"
    VLV = "vlv"
    NONE = "none"


@attrs.frozen(kw_only=True)
class Capabilities:
    """What a connector can do, so that a cycle asks only for that.

    Attributes:
        delta: the method of delta import; ``NONE`` means that each import is a full one.
        paging: how full imports are cut into pages.
        anchor: the attribute that identifies an entry, or ``dn``.
        assertions: whether an export can carry a condition that the system itself checks
            (RFC 4528); otherwise the entry is read again before it is written.
        set_password: whether passwords can be set.
        tree_delete: whether an entry with entries below it can be deleted in one step.
        page_size: entries a page.

    >>> Capabilities(delta=DeltaMethod.TIMESTAMP).delta.sees_deletes
    False
    """

    delta: DeltaMethod = DeltaMethod.NONE
    paging: Paging = Paging.NONE
    anchor: str = "dn"
    assertions: bool = False
    set_password: bool = True
    tree_delete: bool = False
    page_size: int = 500


@attrs.frozen
class Anchor:
    """An entry named by its anchor instead of its DN.

    Attributes:
        attribute: such as ``entryUUID`` or ``objectGUID``.
        value: the octets as the server sends them.

    >>> Anchor("entryUUID", b"5a5ee2b6-0d5e-103d-8a2f-8b2f4f4c2a11").attribute
    'entryUUID'
    """

    attribute: str
    value: bytes


@runtime_checkable
class Connector(Protocol):
    """A system that accounts are provisioned into."""

    @property
    def capabilities(self) -> Capabilities:
        """What this connector can do."""
        ...

    def discover(self) -> Discovery:
        """Return what the system says about itself: product, schema, features, warnings."""
        ...

    def full_import(
        self, attributes: Sequence[str] | None = None, *, operational: bool = False
    ) -> FullImport | PartialImport:
        """Read every entry of the configured object type.

        Args:
            attributes: descriptions to read; None reads those that the configuration
                selects. The anchor always comes along.
            operational: whether the operational attributes come too.

        Returns:
            A ``FullImport`` when every entry was seen; otherwise a ``PartialImport`` with the
            reason, from which no deletion can follow.

        Raises:
            DirectoryError: nothing could be read at all.
        """
        ...

    def delta_import(self, watermark: Watermark) -> DeltaImport | FullImportNeeded:
        """Read what changed since ``watermark``.

        Returns:
            A ``DeltaImport`` with the new watermark, or ``FullImportNeeded`` with the reason
            when the changes since then cannot be told completely.
        """
        ...

    def find(
        self, filters: Sequence[Filter], attributes: Sequence[str] | None = None
    ) -> tuple[tuple[Entry, ...], ...]:
        """Return, for each filter, the entries it matches, in the order of ``filters``.

        Filters are asked in batches; an entry that several of them match comes in each.

        Args:
            filters: one for each thing that is looked for.
            attributes: descriptions to read; None for those that are configured.

        Returns:
            As many tuples as there are filters, empty where nothing matches.

        Raises:
            DirectoryError: an answer was refused or incomplete. A partial answer is never
                returned, since "not found" would create a second account.
        """
        ...

    def read(
        self, name: DN | str | Anchor, attributes: Sequence[str] | None = None
    ) -> Entry | None:
        """Return one entry by its name or anchor, or None where there is none.

        Args:
            name: a DN or its text, or an :class:`Anchor`.
            attributes: descriptions to read; None for those that are configured.

        Raises:
            DirectoryError: the system refused, or several entries have this anchor.
        """
        ...

    def export(self, change: Change, *, assertion: Filter | None = None) -> None:
        """Carry out one change.

        Args:
            change: an Add, Modify, Rename or Delete.
            assertion: a condition that the entry must still meet, where
                ``capabilities.assertions``.

        Raises:
            DirectoryError: refused, typed by its reason.
            UnknownOutcome: the answer was lost: read the entry again before repeating.
        """
        ...

    def export_all(
        self,
        changes: Iterable[Change],
        *,
        assertion_for: Callable[[Change], Filter | None] | None = None,
    ) -> Iterator[Applied]:
        """Carry out many changes, as fast as the system allows, and yield what became of each.

        Changes to names that depend on one another wait for one another.

        Args:
            changes: read as they are needed.
            assertion_for: gives the ``assertion`` of a change, as in :meth:`export`.
        """
        ...

    def set_password(self, dn: DN | str, new: Secret) -> None:
        """Set the password of an entry.

        Args:
            dn: the entry whose password it is.
            new: the password to be.

        Raises:
            DirectoryError: refused, typed by its reason.
        """
        ...
