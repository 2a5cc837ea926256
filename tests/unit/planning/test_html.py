"""The page of a plan: self-contained, escaped, redacted, and it says what the plan says."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ldapconnector.entries import Add, Entry
from ldapconnector.names import DN
from ldapconnector.planning import Action, Hold, Plan, PlannedChange, Step, StepKind, ValueChange

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Page(HTMLParser):
    """What a browser would see: tags, attributes and text."""

    VOID = frozenset({"meta", "br", "rect"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())


def item(number, action, **options):
    return PlannedChange(
        source=f"id-{number}",
        label=f"User {number}",
        action=action,
        dn=DN.parse(f"uid=user{number},dc=x"),
        **options,
    )


@pytest.fixture
def plan():
    values = (
        ValueChange(
            attribute="cn",
            before=(b"old", b"kept"),
            after=(b"new", b"kept"),
            origin="[displayName]",
        ),
        ValueChange(
            attribute="secret", before=(b"hunter1",), after=(b"hunter2",), confidential=True
        ),
    )
    return Plan(
        items=(
            item(1, Action.CREATE, values=values, steps=(Step(StepKind.PASSWORD),)),
            item(2, Action.UPDATE, values=values, match="mail = user2@x"),
            item(3, Action.DELETE, reason="hard-deleted", rule="D7"),
            item(4, Action.FAULT, faults=("sn: is missing",), notes=("look at it",)),
            item(5, Action.SKIP, reason="out of scope"),
        ),
        parents=(Add(Entry("ou=new,dc=x", {"objectClass": "organizationalUnit"})),),
        holds=(Hold(rule="G2", reason="1 account would be deleted"),),
        unchanged=7,
        managed=9,
        users=12,
    )


def test_the_page_says_what_the_plan_says(plan):
    page = Page(plan.to_html(title="Contoso"))
    for words in (
        "Contoso",
        f"Plan {plan.digest[:12]}",
        "12 users of the source",
        "G2 1 account would be deleted",
        f"plan.release(digest='{plan.digest[:12]}')",
        "Deleted (1)",
        "hard-deleted (D7)",
        "sn: is missing",
        "look at it",
        "out of scope",
        "found by mail = user2@x",
        "[displayName]",
        "ou=new,dc=x",
        "which no plan holds",
    ):
        assert words in page.text, words
    assert page.text.index("Deleted (1)") < page.text.index("Created (1)")


def test_charts_have_their_numbers_as_text(plan):
    text = plan.to_html()
    labels = re.findall(r'aria-label="([^"]*)"', text)
    assert labels == [
        "create 1; update 1; delete 1; skip 1; fault 1; unchanged 7",
        "cn 2; secret 2",
    ]
    widths = [float(one) for one in re.findall(r'<rect [^>]*width="([\d.]+)"', text)]
    assert widths[5] == pytest.approx(7 * widths[0], rel=0.01)


def test_only_what_differs_is_marked(plan):
    text = plan.to_html()
    assert '<td class="old"><span>old</span><br>kept</td>' in text
    assert '<td class="new"><span>new</span><br>kept</td>' in text


def test_confidential_values_are_withheld(plan):
    text = plan.to_html()
    assert "hunter" not in text
    assert "(withheld)" in text


def test_hostile_values_stay_text():
    values = (ValueChange(attribute=HOSTILE, after=(HOSTILE.encode(),), origin=HOSTILE),)
    hostile = PlannedChange(
        source=HOSTILE,
        label=HOSTILE,
        action=Action.UPDATE,
        dn=DN.build(("cn", HOSTILE)),
        values=values,
        reason=HOSTILE,
        notes=(HOSTILE,),
        faults=(HOSTILE,),
        match=HOSTILE,
    )
    plan = Plan(
        items=(hostile, PlannedChange(source=HOSTILE, action=Action.DELETE)),
        holds=(Hold(rule=HOSTILE, reason=HOSTILE),),
        anchor=HOSTILE,
    )
    for shown in (plan, plan.release(digest=plan.digest, by=HOSTILE, why=HOSTILE)):
        page = Page(shown.to_html(title=HOSTILE))
        assert not {"script", "img"} & set(page.tags)
        assert not [name for name, _ in page.attributes if name.startswith("on")]
        assert page.text.count("alert(1)") >= 8


def test_nothing_is_loaded(plan):
    text = plan.to_html()
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not {name for name, _ in page.attributes} & {"src", "href", "srcset", "data"}
    assert "url(" not in text
    assert "default-src 'none'" in text


def test_a_long_plan_is_cut_and_says_so():
    plan = Plan(items=tuple(item(number, Action.SKIP, reason="r") for number in range(5)))
    page = Page(plan.to_html(limit=2))
    assert "Skipped, for a reason (5)" in page.text
    assert "and 3 more" in page.text
    assert "User 2" not in page.text


def test_an_empty_plan_is_a_page_too():
    assert "Nothing would be written." in Page(Plan(unchanged=3).to_html()).text


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_renders_it(tmp_path):
    """The picture of the documentation, taken anew: a page that is cut off would be blank."""
    path = Path(__file__).parents[3] / "docs" / "examples" / "plan_page.py"
    spec = importlib.util.spec_from_file_location("plan_page", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    (tmp_path / "plan.html").write_text(example.made().to_html(), encoding="utf-8")
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            f"--user-data-dir={tmp_path / 'profile'}",
            *("--dump-dom", f"file://{tmp_path / 'plan.html'}"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "Held back" in done.stdout
    assert done.stdout.count("<rect") >= 10
