"""A plan as one page for people: no network, no script, no confidential value.

Everything that comes from users or directories is escaped where it enters the page, and a
content security policy forbids the page to load or run anything at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from typing import Final

from ldapconnector.planning._changes import Action, PlannedChange, StepKind
from ldapconnector.planning._plan import Plan
from ldapconnector.planning._values import ValueChange

__all__ = ["render_html"]

#: Section titles, in the order in which a reader should look: what is dangerous comes first.
_SECTIONS: Final = {
    Action.DELETE: "Deleted",
    Action.DISABLE: "Disabled",
    Action.FAULT: "At fault: nothing is done until somebody mends something",
    Action.CREATE: "Created",
    Action.UPDATE: "Updated",
    Action.ENABLE: "Enabled again",
    Action.LINK: "Linked to an account that needs no change",
    Action.SKIP: "Skipped, for a reason",
}
_MOST_ATTRIBUTES: Final = 8
_BAR_HEIGHT: Final = 22
_BAR_GAP: Final = 8
_NAMES_WIDTH: Final = 140
_BARS_WIDTH: Final = 380
_COUNTS_WIDTH: Final = 60

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #fbfbfa; --card: #fff; --ink: #1c1e21; --soft: #5d646d;
  --line: #e2e4e8; --old: #fdecea; --new: #e7f5ec; --warn: #fff4d6; --warn-line: #e0b84c;
  --create: #2e8b57; --update: #3b6fb6; --enable: #2a9d9d; --disable: #c77d0a; --delete: #c0392b;
  --fault: #8e3b8e; --link: #7a828c; --skip: #9aa1aa; --unchanged: #c9ced6; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181b; --card: #1f2226; --ink: #e8eaed;
  --soft: #9aa1ab; --line: #33383f; --old: #46211e; --new: #173a26; --warn: #3a3015;
  --warn-line: #8a6d1f; --unchanged: #4a515b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.25rem 4rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0; }
code, .dn { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: .86em; overflow-wrap: anywhere; }
.soft { color: var(--soft); } header p { margin: .25rem 0 0; }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.25rem 0; padding: 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-top: 3px solid
  var(--kind); border-radius: 6px; padding: .45rem .9rem .55rem; min-width: 6.5rem; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.held { background: var(--warn); border: 1px solid var(--warn-line); border-radius: 6px;
  padding: .8rem 1rem; margin: 1rem 0; } .held p { margin: .3rem 0; } .held ul { margin: .3rem 0; padding-left: 1.2rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem;
  align-items: start; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .8rem 1rem; } figcaption { font-weight: 600; margin-bottom: .5rem; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 13px; }
section { margin-top: 1.75rem; } section > h2 { border-bottom: 2px solid var(--kind);
  padding-bottom: .3rem; margin-bottom: .5rem; } h2 .soft { font-weight: normal; }
details, .item { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  margin: .35rem 0; } summary, .item { padding: .45rem .8rem; } summary { cursor: pointer; }
summary .dn, .item .dn { color: var(--soft); margin-left: .5rem; }
details > div { padding: 0 .8rem .7rem; } p.why { margin: .2rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .92em; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-top: 1px solid
  var(--line); overflow-wrap: anywhere; } th { font-weight: 600; color: var(--soft); border: 0; }
th:first-child { width: 17%; } th:last-child { width: 37%; }
td.old span { background: var(--old); } td.new span { background: var(--new); }
td span { border-radius: 3px; padding: 0 .25rem; box-decoration-break: clone;
  -webkit-box-decoration-break: clone; }
.badge { background: var(--warn); border: 1px solid var(--warn-line); border-radius: 9px;
  font-size: .78em; padding: 0 .5em; margin-left: .4rem;
  white-space: nowrap; }
.fault { color: var(--fault); }
@media (prefers-color-scheme: dark) { .fault { color: #d68bd6; } }
@media (max-width: 40rem) { body { padding: 1rem .6rem 3rem; } table { font-size: .85em; }
  th:first-child { width: 24%; } th:last-child { width: 30%; } td, th { padding: .2rem .25rem; } }
@media print { body { max-width: none; padding: 0; } details > div { display: block; } }
"""


def render_html(plan: Plan, *, title: str, limit: int) -> str:
    """Return the page."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style></head><body>",
            *_head(plan, title),
            *_held(plan),
            *_charts(plan),
            *_parents(plan),
            *_sections(plan, limit),
            "</body></html>\n",
        ]
    )


def _head(plan: Plan, title: str) -> Iterator[str]:
    yield f"<header><h1>{escape(title)}</h1>"
    yield (
        f'<p class="soft">Plan <code>{plan.digest[:12]}</code> · {plan.users} users of the source '
        f"· {plan.managed} managed accounts · anchor <code>{escape(plan.anchor)}</code></p></header>"
    )
    yield '<ul class="tiles">'
    for name, count in _counts(plan):
        yield f'<li style="--kind: var(--{name})"><b>{count}</b>{name}</li>'
    if plan.staged:
        yield f'<li style="--kind: var(--warn-line)"><b>{len(plan.staged)}</b>held back</li>'
    yield "</ul>"
    if plan.empty:
        yield "<p>Nothing would be written.</p>"


def _counts(plan: Plan) -> Iterator[tuple[str, int]]:
    summary = plan.summary()
    for action in Action:
        if count := getattr(summary, action.value):
            yield action.value, count
    yield "unchanged", summary.unchanged


def _held(plan: Plan) -> Iterator[str]:
    if plan.held:
        yield '<div class="held" role="alert"><h2>Held back</h2>'
        yield f"<p>{len(plan.staged)} deletes and disables wait for a person, because:</p><ul>"
        yield from (
            f"<li><b>{escape(hold.rule)}</b> {escape(hold.reason)}</li>" for hold in plan.holds
        )
        yield "</ul><p>Everything else of this plan is applied. To let them go, once they were "
        yield f"looked at: <code>plan.release(digest={plan.digest[:12]!r})</code></p></div>"
    elif plan.released is not None:
        who = plan.released.by or "somebody"
        why = f": {plan.released.why}" if plan.released.why else ""
        yield f'<div class="held"><p>Released by {escape(who)}{escape(why)}</p></div>'


# Charts ------------------------------------------------------------------------------------------


def _charts(plan: Plan) -> Iterator[str]:
    yield '<div class="charts">'
    yield from _bars("Accounts by what happens to them", list(_counts(plan)), by_kind=True)
    touched = Counter(
        value.attribute for item in plan.changes for value in item.values if item.values
    )
    if touched:
        common = touched.most_common(_MOST_ATTRIBUTES)
        yield from _bars("Attributes that change most often", common, by_kind=False)
    yield "</div>"


def _bars(caption: str, rows: list[tuple[str, int]], *, by_kind: bool) -> Iterator[str]:
    """Yield horizontal bars with their names and numbers, so that colour says nothing alone."""
    most = max((count for _, count in rows), default=0) or 1
    width = _NAMES_WIDTH + _BARS_WIDTH + _COUNTS_WIDTH
    height = len(rows) * (_BAR_HEIGHT + _BAR_GAP)
    label = "; ".join(f"{name} {count}" for name, count in rows)
    yield f"<figure><figcaption>{escape(caption)}</figcaption>"
    yield f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
    for index, (name, count) in enumerate(rows):
        top = index * (_BAR_HEIGHT + _BAR_GAP)
        middle = top + _BAR_HEIGHT / 2 + 4.5
        length = max(count * _BARS_WIDTH / most, 2 if count else 0)
        shown = name if len(name) <= 19 else f"{name[:18]}…"
        fill = f"var(--{name})" if by_kind else "var(--update)"
        yield (
            f'<text x="{_NAMES_WIDTH - 10}" y="{middle}" text-anchor="end">{escape(shown)}</text>'
            f'<rect x="{_NAMES_WIDTH}" y="{top}" width="{length:.1f}" height="{_BAR_HEIGHT}" '
            f'rx="3" style="fill: {fill}"/>'
            f'<text x="{_NAMES_WIDTH + length + 8:.1f}" y="{middle}">{count}</text>'
        )
    yield "</svg></figure>"


# Items -------------------------------------------------------------------------------------------


def _parents(plan: Plan) -> Iterator[str]:
    if plan.parents:
        yield '<section style="--kind: var(--create)"><h2>Made first, because accounts lie below</h2>'
        for parent in plan.parents:
            yield f'<div class="item"><span class="dn">{escape(str(parent.dn))}</span></div>'
        yield "</section>"


def _sections(plan: Plan, limit: int) -> Iterator[str]:
    for action, title in _SECTIONS.items():
        items = [item for item in plan.items if item.action is action]
        if not items:
            continue
        yield f'<section style="--kind: var(--{action})"><h2>{title} '
        yield f'<span class="soft">({len(items)})</span></h2>'
        shown: list[str] = []
        for item in items[:limit]:
            body = list(_body(item))
            # Of many new accounts a reader wants the list first, and what is the same as for
            # the one before was read already.
            opened = item.action is not Action.CREATE and body != shown
            yield from _item(plan, item, body, opened=opened)
            shown = body
        if len(items) > limit:
            yield f'<p class="soft">… and {len(items) - limit} more; plan.to_csv() has them all.</p>'
        yield "</section>"


def _item(plan: Plan, item: PlannedChange, body: list[str], *, opened: bool) -> Iterator[str]:
    badge = '<span class="badge">held back</span>' if plan.is_staged(item) else ""
    name = "" if item.dn is None else f'<span class="dn">{escape(str(item.dn))}</span>'
    head = f"<b>{escape(item.label or item.source)}</b>{badge}{name}"
    if not body:
        yield f'<div class="item">{head}</div>'
        return
    yield f"<details{' open' if opened else ''}><summary>{head}</summary><div>"
    yield from body
    yield "</div></details>"


def _body(item: PlannedChange) -> Iterator[str]:
    said = [item.reason + (f" ({item.rule})" if item.rule else "")] if item.reason else []
    if item.match not in {"", "none"} and item.action is not Action.CREATE:
        said.append(f"found by {item.match}")
    if said:
        yield f'<p class="why soft">{escape("; ".join(said))}</p>'
    yield from (f'<p class="why fault">{escape(fault)}</p>' for fault in item.faults)
    yield from (f'<p class="why">{escape(note)}</p>' for note in item.notes)
    if any(step.kind is StepKind.RENAME for step in item.steps):
        yield f'<p class="why">renamed to <span class="dn">{escape(str(item.new_dn))}</span></p>'
    if item.values:
        yield "<table><thead><tr><th>attribute</th><th>before</th><th>after</th>"
        yield "<th>origin</th></tr></thead><tbody>"
        yield from map(_row, item.values)
        yield "</tbody></table>"
    if any(step.kind is StepKind.PASSWORD for step in item.steps):
        yield '<p class="why soft">then an initial password, which no plan holds</p>'


def _row(value: ValueChange) -> str:
    return (
        f"<tr><td>{escape(value.attribute)}</td>"
        f'<td class="old">{_cell(value, value.before, value.after)}</td>'
        f'<td class="new">{_cell(value, value.after, value.before)}</td>'
        f"<td><code>{escape(value.origin)}</code></td></tr>"
    )


def _cell(value: ValueChange, values: tuple[bytes, ...], others: tuple[bytes, ...]) -> str:
    """Return values, those marked that the other side does not have."""
    if not values:
        return "-"
    texts = [(escape(value.shown((one,))), one in others) for one in values]
    return "<br>".join(text if same else f"<span>{text}</span>" for text, same in texts)
