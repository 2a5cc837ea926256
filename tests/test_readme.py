"""The README is true: its numbers, its commands, its links. Its code runs in tests/docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_first_example_has_twelve_lines():
    block = re.search(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[1]
    code = [line for line in block.splitlines() if line.strip()]
    assert 10 <= len(code) <= 16


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", TEXT))
def test_links_lead_somewhere(target):
    assert target.startswith("https://") or (ROOT / target).exists()


@pytest.mark.parametrize("command", re.findall(r"^\$ make (\w+)", TEXT, re.MULTILINE))
def test_commands_exist(command):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{command}:", makefile, re.MULTILINE)


def test_the_mistake_is_shown_as_the_library_shows_it():
    from ldapconnector import Expression, ExpressionSyntaxError

    with pytest.raises(ExpressionSyntaxError) as caught:
        Expression.parse("ToLowr([mail])")
    assert str(caught.value).strip() in TEXT


def test_every_supported_product_is_named():
    from ldapconnector.vendors import Vendor, traits_of

    table = TEXT.partition("## Which products")[2].partition("\n## ")[0].lower()
    for vendor in Vendor:
        if vendor.supported:
            words = set(re.findall(r"[a-z0-9]+", traits_of(vendor).name.lower()))
            telling = words - {"directory", "server", "microsoft", "ad"}
            assert any(word in table for word in telling), vendor


def test_the_ratios_are_those_of_the_benchmarks():
    measured = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    table = TEXT.partition("## How fast")[2].partition("\n## ")[0]
    ratios = re.findall(r"\| ([\d.]+)", table)
    assert ratios
    for ratio in ratios:
        assert re.search(rf"(?<![\d.]){re.escape(ratio)}(?![\d.])", measured), ratio


def test_two_commands_and_the_ratios_are_there():
    assert re.findall(r"^\$ make (\w+)", TEXT, re.MULTILINE) == ["demo", "test"]
    assert "docs/benchmarks.md" in TEXT
    assert "MIT" in TEXT
