"""What can be said of an expression before any value is seen.

Each rule is a function that yields findings; their codes are listed in docs/expressions.md
with the source of each. Errors are certain; warnings are what Microsoft documents as
unsupported or what hardly ever does what its author means.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from ldapconnector.errors import EvaluationError, ExpressionTypeError
from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._check_subject import Subject
from ldapconnector.expressions._check_types import check_literals, check_result
from ldapconnector.expressions._check_values import bare_passwords, unescaped_values
from ldapconnector.expressions._context import DEFAULT
from ldapconnector.expressions._diagnostic import AttributeShape, Diagnostic, Severity
from ldapconnector.expressions._dialect import suggest
from ldapconnector.expressions._resolve import bind, lookup
from ldapconnector.expressions._run import Run
from ldapconnector.expressions._signature import Function
from ldapconnector.expressions._tree import Bound, prepare
from ldapconnector.expressions._values import number
from ldapconnector.expressions.functions._sources import CLOUD_SYNC, GRAPH

__all__ = ["check"]

#: Longest expression that the service takes. Source: known-issues.md.
_SERVICE_LIMIT: Final = 10_000


def check(
    text: str,
    root: ast.Node,
    *,
    own: Mapping[str, Function],
    source: Mapping[str, AttributeShape] | None,
    target: AttributeShape | None,
) -> tuple[Diagnostic, ...]:
    """Return all findings in the order of the text, the same one once."""
    bound: dict[int, Bound] = {}
    found: list[Diagnostic] = []
    for node in ast.find_all(root, ast.Call):
        try:
            function = lookup(text, node, own)
            bound[id(node)] = Bound(function=function, arguments=bind(text, node, function))
        except ExpressionTypeError as error:
            found.append(_of_error(error))
            if len(found) >= _ENOUGH:
                break
    subject = Subject(text=text, root=root, own=own, source=source, target=target, bound=bound)
    if not found:
        try:
            prepare(text, root, own)
        except ExpressionTypeError as error:
            found.append(_of_error(error))
    for rule in _RULES:
        found.extend(itertools.islice(rule(subject), _ENOUGH))
    told = {(one.line, one.column) for one in found if one.severity == "error"}
    found.extend(itertools.islice(_constants(subject, told), _ENOUGH))
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda one: (one.line, one.column, _ORDER[one.severity])))


#: Findings of one rule that are reported; who has more knows what to do.
_ENOUGH: Final = 50
_ORDER: Final = {"error": 0, "warning": 1, "info": 2}


def _of_error(error: ExpressionTypeError) -> Diagnostic:
    message = error.message
    if message.startswith("there is no function"):
        code = "unknown-function"
    elif "nested" in message:
        code = "select-unique-value-nested"
    elif error.function == "SelectUniqueValue":
        code = "select-unique-value-rules"
    elif error.function == "Switch":
        code = "switch-pairs"
    elif "bare word" in message:
        code = "bare-word"
    else:
        code = "argument-count"
    return Diagnostic(
        code=code,
        severity="error",
        message=message,
        hint=error.hint,
        line=error.line,
        column=error.column,
        text=error.text,
    )


def _length(subject: Subject) -> Iterator[Diagnostic]:
    if len(subject.text) > _SERVICE_LIMIT:
        yield subject.finding(
            subject.root,
            "warning",
            "too-long",
            f"the expression has {len(subject.text):,} characters"
            f" and the service takes {_SERVICE_LIMIT:,}",
        )


def _spelling(subject: Subject) -> Iterator[Diagnostic]:
    for node in ast.find_all(subject.root, ast.Call):
        if node.written and node.written != node.name:
            yield subject.finding(
                node,
                "warning",
                "function-case",
                f"the function is spelled {node.name}, here {node.written}",
                f"write {node.name}",
            )


def _attributes(subject: Subject) -> Iterator[Diagnostic]:
    known = subject.source
    if known is None:
        return
    folded = {name.casefold(): name for name in known}
    for node in ast.find_all(subject.root, ast.Attribute):
        if node.name in known or node.name.split(".", 1)[0] in known:
            continue
        same = folded.get(node.name.casefold(), "")
        near = same or suggest(node.name, known)
        hint = f"did you mean [{near}]?" if near else ""
        if same:
            hint += " Attribute names are case-sensitive."
        yield subject.finding(
            node,
            "error",
            "unknown-attribute",
            f"the source has no attribute {node.name}",
            hint,
        )


def _null_checks(subject: Subject) -> Iterator[Diagnostic]:
    """Find the forms that the reference calls unsupported, though it uses them elsewhere."""
    for node, bound in subject.calls():
        if bound.function.name == "IIF" and not bound.function.own:
            condition = bound.arguments[0]
            asked = isinstance(condition, ast.Call) and condition.name in _NULL_QUESTIONS
            empty = isinstance(condition, ast.Comparison) and any(
                isinstance(side, ast.Text) and not side.value
                for side in (condition.left, condition.right)
            )
            if asked or empty:
                yield subject.finding(
                    node,
                    "warning",
                    "iif-null-check",
                    "the reference calls IIF on a null or empty attribute unsupported, though"
                    " Microsoft's own default mappings rely on it",
                    'the form it recommends: Switch([a], [a], "", "value for none")',
                )
        if bound.function.name == "Switch" and not bound.function.own:
            source = bound.arguments[0]
            if isinstance(source, ast.Call) and source.name in _NULL_QUESTIONS:
                yield subject.finding(
                    node,
                    "warning",
                    "switch-null-check",
                    f"the reference warns of {source.name} as the source of Switch",
                    'the form it recommends: Switch([a], [a], "", "value for none")',
                )


_NULL_QUESTIONS: Final = frozenset({"IsNothing", "IsNull", "IsNullOrEmpty", "IsPresent"})


def _branches(subject: Subject) -> Iterator[Diagnostic]:
    for node, bound in subject.calls():
        if bound.function.name == "Switch" and len(bound.arguments) <= _SWITCH_HEAD:
            yield subject.finding(
                node,
                "warning",
                "switch-keys",
                "Switch has no key: the result is always the default",
                "after the default, keys and values come in pairs",
            )
        if bound.function.name == "IIF" and len(bound.arguments) < _IIF_ARGUMENTS:
            yield subject.finding(
                node,
                "warning",
                "iif-branch",
                "IIF has no value for one of its branches; the result is then no value",
            )


_IIF_ARGUMENTS: Final = 3
_SWITCH_HEAD: Final = 2


def _select(subject: Subject) -> Iterator[Diagnostic]:
    target = subject.target
    root = subject.root
    if not isinstance(root, ast.Call) or root.name != "SelectUniqueValue":
        return
    if target is not None and target.matching:
        yield subject.finding(
            root,
            "error",
            "select-unique-value-matching",
            f"{target.name} is a matching attribute, and SelectUniqueValue cannot be used for one",
            "match by an attribute that does not depend on what the target holds",
        )


def _indexes(subject: Subject) -> Iterator[Diagnostic]:
    """Find positions below 1: the language counts from 1."""
    for _node, bound in subject.calls():
        name = bound.function.name
        if bound.function.own or name not in _POSITIONS:
            continue
        at, severity, code, message = _POSITIONS[name]
        index = bound.arguments[at] if at < len(bound.arguments) else None
        if not isinstance(index, ast.Number | ast.Text):
            continue
        amount = number(str(index.value))
        if amount is not None and amount < 1:
            yield subject.finding(
                index, severity, code, message.format(index.value), "write 1 for the first"
            )


#: Function -> which argument is a position, and what is said of one below 1.
_POSITIONS: Final[dict[str, tuple[int, Severity, str, str]]] = {
    "InStr": (2, "error", "instr-start", "InStr counts from 1; it cannot start at {}"),
    "Item": (
        1,
        "error",
        "item-index",
        "Item counts values from 1; index {} is always out of range",
    ),
    "Mid": (1, "warning", "mid-start", "Mid counts from 1; a start of {} gives the whole text"),
    "Word": (1, "warning", "word-number", 'Word counts from 1; word {} is always ""'),
}


def _decisions(subject: Subject) -> Iterator[Diagnostic]:
    """Name the decisions of this library that the expression leans on."""
    for text in ast.find_all(subject.root, ast.Text):
        escape = _KEPT.search(text.written.replace("\\\\", "")) if text.written else None
        if escape:
            yield subject.finding(
                text,
                "info",
                "escape-kept",
                f"{escape[0]} is no escape: the backslash stays, as Microsoft's examples need",
                "write \\\\ for a backslash to be sure",
            )
    for node, bound in subject.calls():
        function = bound.function
        if function.own:
            continue
        if function.name == "FormatDateTime" and len(node.arguments) == _OLD_FORM:
            yield subject.finding(
                node,
                "info",
                "format-date-time-form",
                "this is the older form without dateTimeStyles",
                "the reference has FormatDateTime(source, , inputFormat, outputFormat)",
            )
        if function.name == "Mid" and len(bound.arguments) < _OLD_FORM:
            yield subject.finding(
                node,
                "info",
                "mid-length",
                "the reference requires a length; without one the rest of the text is given",
            )
        if function.source in (CLOUD_SYNC, GRAPH):
            yield subject.finding(
                node,
                "info",
                "older-function",
                f"{function.name} is not in the current reference, only in an older list",
                function.source,
            )


_KEPT: Final = re.compile(r'\\[^"\\]')
_OLD_FORM: Final = 3


def _types(subject: Subject) -> Iterator[Diagnostic]:
    for node, bound in subject.calls():
        for culprit, severity, code, message, hint in check_literals(
            node, bound, subject.own, subject.source
        ):
            yield subject.finding(culprit, severity, code, message, hint)
    if subject.target is not None:
        for culprit, severity, code, message, hint in check_result(
            subject.root, subject.target, subject.own, subject.source
        ):
            yield subject.finding(culprit, severity, code, message, hint)


def _constants(subject: Subject, told: Collection[tuple[int, int]]) -> Iterator[Diagnostic]:
    """Evaluate what needs no attribute: if that fails, it always fails.

    What another rule has found, at the places ``told``, is not told a second time.
    """
    failed = {
        id(node)
        for node in ast.walk(subject.root)
        if ast.locate(subject.text, node.span[0]) in told
    }
    run = Run(_FIXED)
    for node, bound in reversed(list(subject.calls())):
        if any(id(below) in failed for below in ast.walk(node)) or node.depth > _FOLDED:
            continue
        if not all(isinstance(below, _CONSTANT) for below in ast.walk(node)):
            continue
        known = [subject.bound.get(id(call)) for call in ast.find_all(node, ast.Call)]
        if not all(one is not None and one.function.pure for one in known):
            continue
        try:
            prepare(subject.text, node, subject.own).evaluate({}, run)
        except ExpressionTypeError:
            continue
        except EvaluationError as error:
            failed.add(id(node))
            if run.regex_left <= 0:
                return  # too slow to tell
            shown = f"{error.argument} = {error.value!r}: " if error.argument else ""
            yield subject.finding(
                node,
                "error",
                "always-fails",
                f"{bound.function.name} always fails here: {shown}{error.message}",
            )


_CONSTANT: Final = (ast.Call, ast.Text, ast.Number, ast.Omitted, ast.Token, ast.Comparison)
_FOLDED: Final = 5
_FIXED: Final = attrs.evolve(DEFAULT, now=datetime(2000, 1, 1, tzinfo=UTC), regex_timeout=0.2)

_RULES: Final[tuple[Any, ...]] = (
    _length,
    _spelling,
    _attributes,
    _null_checks,
    _branches,
    _select,
    _indexes,
    unescaped_values,
    bare_passwords,
    _decisions,
    _types,
)
