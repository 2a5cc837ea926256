"""A long search in pages: simple paged results, VLV with server sort, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ldapconnector.connector._protocol import Paging
from ldapconnector.connector._selection import Selection
from ldapconnector.directory import Directory, Finished, SearchEvent, controls
from ldapconnector.entries import Entry
from ldapconnector.errors import LimitExceeded
from ldapconnector.names import DN

__all__ = ["choose_paging", "search_container"]

_SORTED_BY: Final = "cn"  # where the anchor is the DN, which no server sorts by


def choose_paging(supported_controls: Iterable[str]) -> Paging:
    """Choose the best way that a server offers in its root DSE's ``supportedControl``.

    >>> choose_paging(["1.2.840.113556.1.4.473", "2.16.840.1.113730.3.4.9"])
    <Paging.VLV: 'vlv'>
    """
    offered = set(supported_controls)
    if controls.PAGED_RESULTS in offered:
        return Paging.SIMPLE
    if {controls.VLV, controls.SORT} <= offered:
        return Paging.VLV
    return Paging.NONE


def search_container(directory: Directory, selection: Selection, base: DN) -> Iterator[Entry]:
    """Yield the selected entries of one container; by VLV an entry may come twice.

    Raises:
        DirectoryError: as :meth:`~ldapconnector.directory.Directory.search`.
        LimitExceeded: with the operation ``page``: the server goes round in circles.
    """
    if selection.paging is Paging.VLV:
        return _by_vlv(directory, selection, base)
    return directory.search(
        base,
        selection.filter,
        attributes=selection.requested,
        page_size=selection.pages,
        controls=selection.controls,
    )


class _View:
    """Reads the server's answers about its sorted list."""

    def __init__(self) -> None:
        self.response: controls.VlvResponse | None = None

    def __call__(self, event: SearchEvent) -> None:
        if isinstance(event, Finished):
            self.response = controls.vlv_response(event.controls)


def _by_vlv(directory: Directory, selection: Selection, base: DN) -> Iterator[Entry]:
    """Walk through the sorted list (draft-ietf-ldapext-ldapv3-vlv-09).

    The list may become shorter between two pages. Then everything behind has moved up by as
    much at most, so the walk goes back by as much from where this page began; entries that come
    twice are joined later.
    """
    sort = controls.sort_by(_SORTED_BY if selection.by_name else selection.anchor)
    offset, count, context = 1, 0, None
    stalls = 0
    while True:
        view = _View()
        page = controls.vlv_by_offset(offset, selection.page_size - 1, count=count, context=context)
        came = 0
        for entry in directory.search(
            base,
            selection.filter,
            attributes=selection.requested,
            controls=(*selection.controls, sort, page),
            receive=view,
        ):
            came += 1
            yield entry
        response = view.response
        if response is None or response.code != 0:
            why = "no VLV response" if response is None else f"VLV result {response.code}"
            raise LimitExceeded(
                f"the server answers a page with {why}",
                operation="page",
                dn=str(base),
                next_step="Choose another way of paging in the configuration.",
            )
        shrunk = max(0, count - response.count) if count else 0
        count, context = response.count, response.context
        following = max(1, offset - shrunk) if shrunk else offset + came
        stalls = stalls + 1 if following <= offset else 0
        offset = following
        if offset > count or (came == 0 and not shrunk):
            return
        if stalls > 100:
            raise LimitExceeded(
                "the list becomes shorter faster than it is read", operation="page", dn=str(base)
            )
