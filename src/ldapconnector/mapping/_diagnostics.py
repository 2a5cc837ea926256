"""What is wrong, or looks wrong, about rules, with the place."""

from __future__ import annotations

from enum import StrEnum

import attrs

__all__ = ["MappingDiagnostic", "Severity"]


class Severity(StrEnum):
    """How bad it is."""

    #: It cannot work, for anybody or for those it concerns.
    ERROR = "error"
    #: It works, and probably not as meant.
    WARNING = "warning"
    #: Worth knowing.
    INFO = "info"


@attrs.frozen(kw_only=True)
class MappingDiagnostic:
    """One thing about the rules that their author should know.

    Attributes:
        severity: how bad it is.
        code: the kind, stable and in kebab case, such as ``must-not-mapped``.
        path: where, as a JSONPath such as ``$.mappings[3].expression``.
        message: what is wrong and what would be right.
        hint: a suggestion ("did you mean ..."), or an empty text.
        target: the target attribute concerned, or an empty text.

    >>> print(MappingDiagnostic(severity="error", code="x", path="$.mappings[0]", message="Wrong."))
    error: $.mappings[0]: Wrong.
    """

    severity: Severity = attrs.field(converter=Severity)
    code: str
    path: str
    message: str
    hint: str = ""
    target: str = ""

    def __str__(self) -> str:
        return f"{self.severity}: {self.path}: {self.message}" + (
            f" {self.hint}" if self.hint else ""
        )
