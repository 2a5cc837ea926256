"""What a check looks at, and how it says what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from ldapconnector.expressions import nodes as ast
from ldapconnector.expressions._diagnostic import AttributeShape, Diagnostic, Severity
from ldapconnector.expressions._signature import Function
from ldapconnector.expressions._tree import Bound

__all__ = ["Subject"]


@attrs.frozen(kw_only=True)
class Subject:
    """What is checked, and what is known about its surroundings."""

    text: str
    root: ast.Node
    own: Mapping[str, Function]
    source: Mapping[str, AttributeShape] | None
    target: AttributeShape | None
    bound: Mapping[int, Bound]

    def finding(
        self, node: ast.Node, severity: Severity, code: str, message: str, hint: str = ""
    ) -> Diagnostic:
        """Build a finding at a node."""
        line, column = ast.locate(self.text, node.span[0])
        return Diagnostic(
            code=code,
            severity=severity,
            message=message,
            hint=hint,
            line=line,
            column=column,
            text=self.text,
        )

    def calls(self) -> Iterator[tuple[ast.Call, Bound]]:
        """Yield the calls whose arguments are possible."""
        for node in ast.find_all(self.root, ast.Call):
            bound = self.bound.get(id(node))
            if bound is not None:
                yield node, bound
