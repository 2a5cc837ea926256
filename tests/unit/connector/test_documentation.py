"""The examples of docs/connecting.md and docs/discovery.md hold."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from ldapconnector.directory._root_dse import ROOT_DSE_ATTRIBUTES
from ldapconnector.vendors import Vendor, traits_of

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("page", ["connecting.md", "discovery.md"])
def test_the_examples_of_a_page(page):
    tried = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert tried.attempted >= 3
    assert tried.failed == 0


def test_the_root_dse_is_asked_for_what_each_product_hides():
    asked = {name.lower() for name in ROOT_DSE_ATTRIBUTES}
    for vendor in Vendor:
        hidden = {name.lower() for name in traits_of(vendor).ask_by_name}
        assert hidden <= asked, vendor
