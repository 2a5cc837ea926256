"""How a text of unknown length stands in a message."""

from __future__ import annotations

from typing import Final

_MOST: Final = 80


def shown(text: str) -> str:
    """Return a text for a message: quoted, and shortened where it is long."""
    return repr(text if len(text) <= _MOST else text[: _MOST - 3] + "...")
