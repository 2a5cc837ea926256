"""Values that end up where they do harm: unescaped in a name, or as a password in a log."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._check_subject import Subject
from ldapconnector.expressions._diagnostic import Diagnostic

__all__ = ["bare_passwords", "unescaped_values"]

#: The end of a text after which the value of a name component follows.
_BEFORE_VALUE: Final = re.compile(r"(?:^|[,+;])\s*(?:[A-Za-z][A-Za-z0-9-]*|[0-9.]+)\s*=\s*$")
#: In the text of the expression every backslash of the pattern is written twice.
_SAFE_FORM: Final = r'Replace(x, , "([\\\\,+\"<>;=#])", , "\\$1", , )'
#: Functions whose result cannot hold a character that a name must escape.
_HARMLESS: Final = frozenset(
    {"BitAnd", "ConvertToUTF8Hex", "Count", "DateDiff", "Guid", "InStr", "NumFromDate"}
)


def unescaped_values(subject: Subject) -> Iterator[Diagnostic]:
    """Find values that are put into a distinguished name as they are (RFC 4514, 2.4)."""
    if _is_no_name(subject):
        return
    for _node, bound in subject.calls():
        name = bound.function.name
        if name == "Join":
            separator, *pieces = bound.arguments
            adjacent = isinstance(separator, ast.Text) and separator.value == ""
        elif name in {"Append", "Prepend"}:
            pieces, adjacent = list(bound.arguments), True
        elif name == "Replace":
            pieces, adjacent = _template(bound.arguments), True
        else:
            continue
        if not adjacent:
            continue
        for before, value in itertools.pairwise(pieces):
            if not isinstance(before, ast.Text) or not _BEFORE_VALUE.search(before.value):
                continue
            if _may_break_a_name(value):
                yield subject.finding(
                    value,
                    "warning",
                    "dn-unescaped",
                    f"a value is put behind {before.value!r} as it is: a comma, plus or quote"
                    " in it would make another name (RFC 4514)",
                    f"escape it: {_SAFE_FORM.replace('x', ast.render(value), 1)}",
                )


def _is_no_name(subject: Subject) -> bool:
    """Whether the target holds no names, and nothing in the expression looks like one."""
    target = subject.target
    if target is None or target.is_dn:
        return False
    return not any(_COMPONENT.search(text.value) for text in ast.find_all(subject.root, ast.Text))


#: A component of the kind that only names have.
_COMPONENT: Final = re.compile(r"(?:^|,)\s*(?:dc|ou|cn|o|uid)\s*=", re.IGNORECASE)


def _template(arguments: tuple[ast.Node, ...]) -> list[ast.Node]:
    """Return what a template puts before its source, and the source."""
    if len(arguments) <= _TEMPLATE:
        return []
    old, template = arguments[1], arguments[_TEMPLATE]
    if not isinstance(old, ast.Text) or not isinstance(template, ast.Text) or not old.value:
        return []
    before, found, _ = template.value.partition(old.value)
    return [ast.Text(before), arguments[0]] if found else []


_TEMPLATE: Final = 6


def _may_break_a_name(node: ast.Node) -> bool:
    if isinstance(node, ast.Text | ast.Number | ast.Omitted):
        return False
    if isinstance(node, ast.Call):
        if node.name in _HARMLESS:
            return False
        if node.name == "Replace":
            return not _escapes(node)
        if node.name in {"ToLower", "ToUpper", "Redact", "CStr", "StripSpaces"}:
            return any(map(_may_break_a_name, node.arguments))
        if node.name == "IIF":
            return any(map(_may_break_a_name, node.arguments[1:]))
    return True


def _escapes(call: ast.Call) -> bool:
    """Whether a Replace treats the comma, which is what breaks names in practice."""
    return any(
        isinstance(argument, ast.Text) and "," in argument.value for argument in call.arguments[1:3]
    )


_SECRET_NAME: Final = re.compile(r"password|passwd|pwd|secret|unicodepwd|credential", re.IGNORECASE)
#: Password policy and its dates are no passwords.
_NOT_SECRET: Final = re.compile(
    r"password(policies|policy|lastset|neverexpires|expir|mustchange|changed)|forcechange"
    r"|pwdlastset|lastpassword|badpwd|badpassword|pwdpolicy",
    re.IGNORECASE,
)


def _secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _NOT_SECRET.search(name)


def bare_passwords(subject: Subject) -> Iterator[Diagnostic]:
    covered = {
        id(below)
        for call in ast.find_all(subject.root, ast.Call)
        if call.name == "Redact"
        for below in ast.walk(call)
    }
    target = subject.target
    if target is not None and _secret(target.name) and not covered:
        yield subject.finding(
            subject.root,
            "warning",
            "password-unredacted",
            f"the value of {target.name} would appear in logs and explanations",
            f"write Redact({_brief(subject.root)})",
        )
        return
    for node in ast.find_all(subject.root, ast.Attribute):
        if _secret(node.name) and id(node) not in covered:
            yield subject.finding(
                node,
                "warning",
                "password-unredacted",
                f"the value of [{node.name}] would appear in logs and explanations",
                f"write Redact([{node.name}])",
            )


def _brief(node: ast.Node) -> str:
    text = ast.render(node)
    return text if len(text) <= _BRIEF else text[: _BRIEF - 1] + "…"


_BRIEF: Final = 60
