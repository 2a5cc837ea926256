"""Every Python block of the documentation and the README runs, and prints what the page says.

The blocks of a page run in order and share their names, in an empty folder that has the
repository's ``docs`` in it. A block that is marked ``text`` right below a Python block is its
output; ``...`` stands for what differs from run to run. ``<!-- setup`` to ``-->`` is code that a
reader need not see, and ``<!-- not run: why -->`` right above a block leaves it out. Blocks that
want a real server have ``real_profile()`` in their setup; without slapd the page is skipped.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shutil
import sys
import types
from pathlib import Path

import pytest

from ldapconnector.profile import ConnectionProfile, SimpleBind, TlsSettings

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(
    r"(?P<note><!-- not run: [^>]+ -->\s*\n)?"
    r"^(?P<indent>[ ]*)```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=indent)```[ ]*$"
    r"|^<!-- setup\n(?P<setup>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)


def blocks(page):
    """Yield each Python block with its line and its expected output."""
    text = page.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    for index, match in enumerate(found):
        line = text.count("\n", 0, match.start("setup" if match["setup"] else "code")) + 1
        if match["setup"]:
            yield line, match["setup"], None
            continue
        if match["language"] != "python" or match["note"]:
            continue
        after = found[index + 1] if index + 1 < len(found) else None
        expected = None
        if after and after["language"] == "text" and not text[match.end() : after.start()].strip():
            expected = dedented(after)
        yield line, dedented(match), expected


def dedented(match):
    cut = len(match["indent"])
    return "".join(line[cut:] if line.strip() else line for line in match["code"].splitlines(True))


def run(code, names, page, line):
    if code.lstrip().startswith(">>>"):
        test = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), line)
        report = io.StringIO()
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        runner.run(test, out=report.write, clear_globs=False)
        names.update(test.globs)
        assert not runner.failures, report.getvalue()
        return ""
    out = io.StringIO()
    # The line numbers of a traceback are those of the page.
    compiled = compile("\n" * (line - 1) + code, str(page), "exec")
    with contextlib.redirect_stdout(out):
        exec(compiled, names)
    return out.getvalue()


@pytest.fixture
def real_profile(request):
    """Return what a page calls to get the profile of a real OpenLDAP."""

    def profile():
        server = request.getfixturevalue("real_openldap")
        return ConnectionProfile(
            hosts=server.host,
            port=server.tls_port,
            tls=TlsSettings(ca_file=server.ca_file),
            binding=SimpleBind(server.admin_dn, server.admin_password),
        )

    return profile


@pytest.mark.parametrize(
    "page", [page for page in PAGES if list(blocks(page))], ids=lambda page: page.stem
)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, real_profile):
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    monkeypatch.chdir(tmp_path)
    module = types.ModuleType("page_of_documentation")  # where classes of a page are pickled from
    monkeypatch.setitem(sys.modules, module.__name__, module)
    names = vars(module)
    names["real_profile"] = real_profile
    checker = doctest.OutputChecker()
    for line, code, expected in blocks(page):
        printed = run(code, names, page, line)
        if expected is not None:
            assert checker.check_output(expected, printed, doctest.ELLIPSIS), (
                f"{page.name}, line {line}, prints\n{printed}\ninstead of\n{expected}"
            )


def test_pages_have_blocks():
    """A collector that collects nothing would be content with anything."""
    assert sum(len(list(blocks(page))) for page in PAGES) >= 20
