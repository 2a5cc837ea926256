"""Waiting for what another process or thread does soon."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["eventually"]


def eventually(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return as soon as ``condition()`` holds; fail when it does not hold in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not happen within {seconds:g} s"
        time.sleep(0.01)
