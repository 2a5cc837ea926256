"""Attributes that come in ranges (MS-ADTS 3.1.1.3.1.3.3), made whole.

Active Directory, AD LDS and Samba answer ``member;range=0-1499`` where an attribute has more
values than they send at once. The rest is asked for range by range, until ``-*`` says that it
was the last.
"""

from __future__ import annotations

import re
from typing import Final

from ldapconnector.directory import Directory
from ldapconnector.entries import Entry
from ldapconnector.errors import LimitExceeded

__all__ = ["RangeReader"]

_RANGE: Final = re.compile(r"(?i)(.+);range=(\d+)-(\d+|\*)")


class RangeReader:
    """Completes entries; one for each import, since it remembers which names are no ranges."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        #: Names that are known to be no ranges, spelled as they came.
        self.plain: set[str] = set()

    def whole(self, entry: Entry) -> Entry | None:
        """Return ``entry`` with each range completed; itself where there is none.

        Returns:
            None when the entry disappeared meanwhile.

        Raises:
            LimitExceeded: with the operation ``range``: the server repeats itself.
        """
        if self.plain.issuperset(entry):
            return entry
        found = {name: match for name in entry if (match := _RANGE.fullmatch(name))}
        if not found:
            self.plain.update(entry)
            return entry
        attributes = {name: entry[name] for name in entry if name not in found}
        for name, match in found.items():
            values = self._rest(entry, entry[name], match)
            if values is None:
                return None
            attributes[match[1]] = values
        return Entry.from_wire(entry.dn_text, attributes)

    def _rest(
        self, entry: Entry, values: tuple[bytes, ...], match: re.Match[str]
    ) -> tuple[bytes, ...] | None:
        kind, last = match[1], match[3]
        collected = list(values)
        while last != "*":
            following = int(last) + 1
            page = self._directory.read(entry.dn_text, [f"{kind};range={following}-*"])
            if page is None:
                return None
            answers = [
                (more, page[name])
                for name in page
                if (more := _RANGE.fullmatch(name)) and more[1].lower() == kind.lower()
            ]
            if not answers:  # the attribute became shorter meanwhile
                break
            more, found = answers[0]
            if int(more[2]) != following or not found:
                raise LimitExceeded(
                    f"{kind}: the server was asked for the values from {following} on, and "
                    f"sends those from {more[2]} on",
                    operation="range",
                    dn=entry.dn_text,
                )
            collected += found
            last = more[3]
        return tuple(dict.fromkeys(collected))
