"""The documentation is built without a warning, and its pages fetch nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# One worker builds for all.
pytestmark = pytest.mark.xdist_group("site")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for name in ("mkdocs", "material", "mkdocstrings"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed (extra docs); make docs installs it")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_page_is_there(site):
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    built = {path.relative_to(site) for path in site.rglob("*.html")}
    assert {page.with_suffix(".html") for page in pages} <= built


def test_nothing_is_fetched_from_elsewhere(site):
    loading = re.compile(
        r'<(?:script|img|iframe|link)\b[^>]*(?:src|href)="(https?:)?//', re.IGNORECASE
    )
    for page in site.rglob("*.html"):
        assert not loading.search(page.read_text(encoding="utf-8")), page
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text(encoding="utf-8"), style


def test_every_public_name_is_in_the_reference(site):
    import ldapconnector

    for room in sorted(set(ldapconnector._HOMES.values()) | {"testing"} - {"secret"}):
        module = importlib.import_module(f"ldapconnector.{room}")
        page = "ldapconnector" if room == "secret" else room
        text = (site / "reference" / f"{page}.html").read_text(encoding="utf-8")
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, type) and value.__doc__:
                assert f'id="ldapconnector.{room}.{name}"' in text, f"{room}.{name}"
