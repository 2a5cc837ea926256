"""A message that the troubleshooting page explains is one that this library can show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
SOURCES = " ".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "src" / "ldapconnector").rglob("*.py")
)
# Texts that the formatter broke into two literals are one text.
JOINED = " ".join(re.sub(r'"\s*\n\s*f?"', "", SOURCES).split())


def quoted():
    own = PAGE.partition("## What this library says")[2]
    yield from re.findall(r"^\*\*`([^`]+)`\*\*", own, re.MULTILINE)
    connection = PAGE.partition("## What the connection says")[2].partition("\n## ")[0]
    yield from re.findall(r"^\| \*([^*]+)\*", connection, re.MULTILINE)


@pytest.mark.parametrize("message", list(quoted()))
def test_the_message_exists(message):
    for part in message.replace("ToLowr", "…").split("…"):
        words = part.strip()
        assert words.lower() in JOINED.lower(), words
