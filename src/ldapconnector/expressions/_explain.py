"""What an expression did with one object: a tree that a person reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from ldapconnector.errors import EvaluationError
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._run import Run
from ldapconnector.expressions._tree import REDACTED, Prepared, Trace
from ldapconnector.expressions._values import Ignored, Result, is_true

__all__ = ["Explanation", "Step", "explain"]

#: Longest text of a node and of a value in the printed tree, in characters.
_WIDTH: Final = 60


@attrs.frozen(kw_only=True)
class Step:
    """One node of the expression and what became of it.

    Attributes:
        text: the node, as the service renders it; ``[Redact]`` for a confidential constant.
        role: the parameter that it is given for; empty at the top.
        evaluated: whether it was evaluated at all: a branch that is not taken is not.
        value: what it gave; ``[Redact]`` where that is confidential.
        failed: whether the evaluation failed here.
        redacted: whether the value is confidential and hidden.
        note: what was decided here, such as the branch that was taken; else empty.
        steps: the arguments.
    """

    text: str
    role: str = ""
    evaluated: bool
    value: Result = None
    failed: bool = False
    redacted: bool = False
    note: str = ""
    steps: tuple[Step, ...] = ()

    def walk(self) -> Iterator[Step]:
        """Yield this step and all below it."""
        yield self
        for step in self.steps:
            yield from step.walk()

    @property
    def shown(self) -> str:
        """The value as the printed tree has it."""
        if not self.evaluated:
            return "not evaluated"
        if self.failed:
            return "failed"
        if self.redacted:
            return REDACTED
        if self.value is None:
            return "no value"
        if isinstance(self.value, Ignored):
            return str(self.value)
        value = self.value if isinstance(self.value, str) else list(self.value)
        return _short(json.dumps(value, ensure_ascii=False))


@attrs.frozen(kw_only=True)
class Explanation:
    """How an expression came to its value. Holds nothing that ``Redact`` hides.

    Attributes:
        root: the whole expression as a tree of steps.
        value: the result; ``[Redact]`` where it is confidential; None after an error.
        error: why the evaluation failed, or None.

    Printed, it is a tree::

        ToLower(Word([upn], 1, "@"))  = "ada"
        └─ source: Word([upn], 1, "@")  = "Ada"
           ├─ String: [upn]  = "Ada@example.org"
           ├─ WordNumber: 1  = "1"
           └─ delimiters: "@"  = "@"
    """

    root: Step
    value: Result
    error: EvaluationError | None = None

    def __str__(self) -> str:
        lines = list(_lines(self.root, "", ""))
        if self.error is not None:
            lines.append(f"error: {self.error.message}")
        return "\n".join(lines)


def _lines(step: Step, head: str, rest: str) -> Iterator[str]:
    role = f"{step.role}: " if step.role else ""
    note = f"  ({step.note})" if step.note else ""
    shown = f"= {step.shown}" if step.evaluated and not step.failed else f"({step.shown})"
    yield f"{head}{role}{_short(step.text)}  {shown}{note}"
    for position, below in enumerate(step.steps):
        last = position == len(step.steps) - 1
        yield from _lines(
            below, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")
        )


def _short(text: str) -> str:
    flat = " ".join(text.split()) if "\n" in text else text
    return flat if len(flat) <= _WIDTH else flat[: _WIDTH - 1] + "…"


def explain(prepared: Prepared, attributes: Mapping[str, object], run: Run) -> Explanation:
    """Evaluate step by step and keep what every node gave."""
    trace: Trace = {}
    error: EvaluationError | None = None
    value: Result = None
    try:
        value = prepared.evaluate(attributes, run, trace)
    except EvaluationError as failure:
        error = failure.with_traceback(None)
    if value is not None and id(prepared.root) in prepared.confidential:
        value = value if isinstance(value, Ignored) else REDACTED
    root = _step(prepared, prepared.root, "", trace, below=False)
    return Explanation(root=root, value=value, error=error)


def _step(prepared: Prepared, node: ast.Node, role: str, trace: Trace, *, below: bool) -> Step:
    arguments = _arguments(prepared, node)
    if _decided_in_secret(prepared, node, arguments):
        return _veiled(prepared, node, role, trace)
    within = below or (isinstance(node, ast.Call) and node.name == "Redact")
    steps = tuple(
        _step(prepared, argument, name, trace, below=within)
        for name, argument in arguments
        if not isinstance(argument, ast.Omitted)
    )
    evaluated = id(node) in trace
    found = trace.get(id(node))
    failed = isinstance(found, EvaluationError)
    value = None if isinstance(found, EvaluationError) else found
    secret = id(node) in prepared.confidential
    redacted = secret and evaluated and not failed and not isinstance(value, Ignored)
    return Step(
        text=_text(node, prepared, within=below),
        role=role,
        evaluated=evaluated,
        value=REDACTED if redacted else value,
        failed=failed,
        redacted=redacted,
        note=_note(node, arguments, trace) if evaluated and not failed else "",
        steps=steps,
    )


def _decided_in_secret(
    prepared: Prepared, node: ast.Node, arguments: list[tuple[str, ast.Node]]
) -> bool:
    """Tell a choice by a confidential value: the branch that was taken would betray it."""
    choosing = isinstance(node, ast.Call) and node.name in {"IIF", "Switch"}
    return choosing and id(arguments[0][1]) in prepared.confidential


def _veiled(prepared: Prepared, node: ast.Node, role: str, trace: Trace) -> Step:
    """Show a choice without its branches."""
    found = trace.get(id(node))
    return Step(
        text=_text(node, prepared, within=False),
        role=role,
        evaluated=id(node) in trace,
        failed=isinstance(found, EvaluationError),
        value=REDACTED,
        redacted=True,
        note="chosen by a confidential value",
    )


def _text(node: ast.Node, prepared: Prepared, *, within: bool) -> str:
    """Render a node; constants inside a Redact are as confidential as its value."""
    if within and isinstance(node, ast.Text | ast.Number):
        return REDACTED
    if isinstance(node, ast.Call):
        inside = within or node.name == "Redact"
        inner = ", ".join(_text(child, prepared, within=inside) for child in node.arguments)
        return f"{node.name}({inner})"
    if isinstance(node, ast.Comparison):
        left = _text(node.left, prepared, within=within)
        return f"{left}{node.operator}{_text(node.right, prepared, within=within)}"
    return ast.render(node)


def _arguments(prepared: Prepared, node: ast.Node) -> list[tuple[str, ast.Node]]:
    if isinstance(node, ast.Comparison):
        return [("left", node.left), ("right", node.right)]
    if not isinstance(node, ast.Call):
        return []
    bound = prepared.calls[id(node)]
    function = bound.function
    named = []
    for position, argument in enumerate(bound.arguments):
        name = function.parameter(position).name
        if function.name == "Switch" and not function.own and position >= _FIRST_KEY:
            name = "key" if position % 2 == 0 else "value"
        named.append((name, argument))
    return named


_FIRST_KEY: Final = 2
_CHOOSING: Final = frozenset({"Coalesce", "IIF", "SelectUniqueValue", "Switch"})


def _note(node: ast.Node, arguments: list[tuple[str, ast.Node]], trace: Trace) -> str:
    """Say which branch was taken."""
    if not isinstance(node, ast.Call) or node.name not in _CHOOSING:
        return ""
    reached = [position for position, (_, one) in enumerate(arguments) if id(one) in trace]
    last = reached[-1] if reached else 0
    if node.name == "IIF":
        holds = _holds(arguments, trace)
        return f"the condition {'holds' if holds else 'does not hold'}"
    if node.name == "Switch":
        values = [position for position in reached if position > 1 and position % 2]
        if values:
            return f"key {(values[-1] - 1) // 2} matches"
        matched = _matched(arguments, trace)
        return f"key {matched} matches" if matched else "no key matches: the default"
    if node.name == "Coalesce":
        return f"argument {last + 1} has a value" if trace.get(id(node)) is not None else "none"
    return f"rule {last + 1} is free"


def _holds(arguments: list[tuple[str, ast.Node]], trace: Trace) -> bool:
    value = trace.get(id(arguments[0][1]))
    return not isinstance(value, Ignored | EvaluationError) and is_true(value)


def _matched(arguments: list[tuple[str, ast.Node]], trace: Trace) -> int:
    """Return the number of the key whose omitted value was taken, or 0."""
    source = trace.get(id(arguments[0][1])) or ""
    for position in range(_FIRST_KEY, len(arguments) - 1, 2):
        key = arguments[position][1]
        value = "" if isinstance(key, ast.Omitted) else trace.get(id(key), source)
        if (value or "") == source and isinstance(arguments[position + 1][1], ast.Omitted):
            return position // 2
    return 0
