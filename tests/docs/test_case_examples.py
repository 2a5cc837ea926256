"""The cases that the documentation shows are read, and come out as it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ldapconnector.testing import load_cases

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "linux-openldap.ldapcases.toml"


@pytest.mark.parametrize("case", load_cases(EXAMPLE), ids=str)
def test_the_example_file(case):
    case.check()


def test_the_file_of_the_how_to(tmp_path):
    page = (DOCS / "how-to" / "test-mappings.md").read_text(encoding="utf-8")
    text = re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1]
    shutil.copy(DOCS / "examples" / "linux-openldap.toml", tmp_path)
    (tmp_path / "mappings.ldapcases.toml").write_text(text, encoding="utf-8")
    cases = load_cases(tmp_path / "mappings.ldapcases.toml")
    assert len(cases) == 3
    for case in cases:
        case.check()
