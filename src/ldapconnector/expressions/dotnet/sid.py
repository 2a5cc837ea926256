"""Security identifiers of Windows: from their octets to their text."""

from __future__ import annotations

from typing import Final

__all__ = ["string_from_sid"]

_REVISION: Final = 1
_HEAD: Final = 8
_MOST: Final = 15


def string_from_sid(octets: bytes) -> str:
    """Return the text of a security identifier.

    Args:
        octets: the binary SID: revision, count, six octets of authority (big-endian), and
            `count` times four octets of sub-authority (little-endian).

    Returns:
        ``S-1-`` and the numbers, joined by hyphens.

    Raises:
        ValueError: the octets are no SID of revision 1.

    Source: Microsoft Open Specifications [MS-DTYP] 2.4.2.

    Example:
        >>> string_from_sid(bytes.fromhex("010100000000000512000000"))
        'S-1-5-18'
    """
    if len(octets) < _HEAD:
        raise ValueError(f"a SID has at least {_HEAD} octets, not {len(octets)}")
    revision, count = octets[0], octets[1]
    if revision != _REVISION:
        raise ValueError(f"a SID of revision {revision} is unknown; only revision 1 exists")
    if count > _MOST:
        raise ValueError(f"a SID has at most {_MOST} sub-authorities, not {count}")
    if len(octets) != _HEAD + 4 * count:
        raise ValueError(
            f"a SID of {count} sub-authorities has {_HEAD + 4 * count} octets, not {len(octets)}"
        )
    authority = int.from_bytes(octets[2:8], "big")
    shown = str(authority) if authority < 1 << 32 else f"0x{authority:012X}"
    numbers = [
        str(int.from_bytes(octets[start : start + 4], "little"))
        for start in range(_HEAD, len(octets), 4)
    ]
    return "-".join(["S", str(revision), shown, *numbers])
