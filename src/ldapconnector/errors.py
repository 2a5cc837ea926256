"""Every error that this library raises, in one hierarchy.

The first question about an error is *who must act*, so the hierarchy answers it::

    LdapConnectorError
    ├── UsageError (ValueError)      you: mend the input
    │   ├── ConfigurationError       .faults, each with its path
    │   ├── ExpressionError
    │   │   ├── ExpressionSyntaxError   .line .column .expected .hint
    │   │   ├── ExpressionTypeError
    │   │   └── EvaluationError         .function .argument .value .position
    │   ├── MappingError
    │   └── NameSyntaxError          a DN, RDN, attribute description or filter
    ├── DirectoryError               the server: .operation .dn .code .diagnostic .explanation
    │   ├── ConnectionFailed, TlsFailed, BindRefused, ReferralReturned
    │   ├── EntryNotFound, EntryExists, NotAllowed, SchemaViolation, InvalidValue,
    │   │   NamingViolation, NotLeaf, LimitExceeded, ServerBusy
    │   └── UnknownOutcome           nobody knows yet whether the write happened
    └── HeldBack                     the guard: PlanHeld, PlanStale, Quarantined

Each message says what, where, why and what to do next. Errors can be pickled, so
that they survive the way back from a worker process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import attrs

__all__ = [
    "BindRefused",
    "ConfigurationError",
    "ConnectionFailed",
    "DirectoryError",
    "EntryExists",
    "EntryNotFound",
    "EvaluationError",
    "ExpressionError",
    "ExpressionSyntaxError",
    "ExpressionTypeError",
    "Fault",
    "HeldBack",
    "InvalidValue",
    "LdapConnectorError",
    "LimitExceeded",
    "MappingError",
    "NameSyntaxError",
    "NamingViolation",
    "NotAllowed",
    "NotLeaf",
    "PlanHeld",
    "PlanStale",
    "Quarantined",
    "ReferralReturned",
    "SchemaViolation",
    "ServerBusy",
    "TlsFailed",
    "UnknownOutcome",
    "UsageError",
    "caret",
    "nearest",
]


def _rebuild(cls: type[LdapConnectorError], arguments: dict[str, Any]) -> LdapConnectorError:
    return cls(**arguments)


class LdapConnectorError(Exception):
    """Base of every error of this library.

    Subclasses take keyword arguments, keep them as attributes of the same name, and
    compose the text that a person reads. That is what makes them picklable.
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self._arguments = {"message": message, **details}
        for name, value in details.items():
            setattr(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        # The state carries what was added later: notes, attributes of the caller's own.
        return _rebuild, (type(self), self._arguments), dict(vars(self))


class UsageError(LdapConnectorError, ValueError):
    """The caller's input is wrong; mending it is the only way on."""


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that is wrong in a configuration or an input document.

    Attributes:
        path: where, as a JSONPath such as ``$.mappings[3].expression``.
        message: what is wrong and what would be right.
        hint: a suggestion ("did you mean ..."), or an empty string.
    """

    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f" {self.hint}" if self.hint else "")


class ConfigurationError(UsageError):
    """A configuration is wrong. All of its faults are reported at once.

    Attributes:
        faults: every fault, in the order of the document.
        source: the file or document that was read, or an empty string.
    """

    faults: tuple[Fault, ...]
    source: str

    def __init__(self, faults: Iterable[Fault], source: str = "") -> None:
        found = tuple(faults)
        count = f"{len(found)} fault" + ("" if len(found) == 1 else "s")
        head = f"{source}: {count}" if source else f"{count} in the configuration"
        super().__init__("\n  ".join([head, *map(str, found)]), faults=found, source=source)
        self._arguments = {"faults": found, "source": source}


class ExpressionError(UsageError):
    """An expression cannot be parsed, checked or evaluated."""


class ExpressionSyntaxError(ExpressionError):
    """The text is not an expression.

    Attributes:
        text: the whole expression.
        line, column: where, both counted from 1.
        expected: what could have stood there, in plain words, sorted.
        hint: a suggestion such as ``did you mean ToLower?``, or an empty string.
    """

    text: str
    line: int
    column: int
    expected: tuple[str, ...]
    hint: str

    def __init__(
        self,
        message: str,
        *,
        text: str,
        line: int,
        column: int,
        expected: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        super().__init__(
            message, text=text, line=line, column=column, expected=tuple(expected), hint=hint
        )

    def __str__(self) -> str:
        parts = [
            f"line {self.line}, column {self.column}: {self.message}",
            caret(self.text, self.line, self.column),
        ]
        if self.expected:
            parts.append("expected: " + ", ".join(self.expected))
        if self.hint:
            parts.append("hint: " + self.hint)
        return "\n".join(parts)


class ExpressionTypeError(ExpressionError):
    """The expression is well formed but can never work: wrong count or kind of arguments.

    Attributes:
        text: the whole expression.
        line, column: where, both counted from 1.
        function: the function concerned, or an empty string.
        hint: a suggestion, or an empty string.
    """

    text: str
    line: int
    column: int
    function: str
    hint: str

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        line: int = 1,
        column: int = 1,
        function: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, text=text, line=line, column=column, function=function, hint=hint)

    def __str__(self) -> str:
        parts = [f"line {self.line}, column {self.column}: {self.message}"]
        if self.text:
            parts.append(caret(self.text, self.line, self.column))
        if self.hint:
            parts.append("hint: " + self.hint)
        return "\n".join(parts)


class EvaluationError(ExpressionError):
    """The expression failed on these values.

    Attributes:
        function: the function that failed, or an empty string.
        argument: the name of the argument that it refused, or an empty string.
        value: that argument's value as text, ``[Redact]`` where it is confidential.
        text: the whole expression, or an empty string.
        line, column: where the function stands, both counted from 1.
        candidates: for SelectUniqueValue, every value that was tried and is taken.
    """

    function: str
    argument: str
    value: str
    text: str
    line: int
    column: int
    candidates: tuple[str, ...]

    def __init__(
        self,
        message: str,
        *,
        function: str = "",
        argument: str = "",
        value: str = "",
        text: str = "",
        line: int = 1,
        column: int = 1,
        candidates: Sequence[str] = (),
    ) -> None:
        super().__init__(
            message,
            function=function,
            argument=argument,
            value=value,
            text=text,
            line=line,
            column=column,
            candidates=tuple(candidates),
        )

    @property
    def position(self) -> tuple[int, int]:
        """Line and column of the function, both counted from 1."""
        return self.line, self.column

    def __str__(self) -> str:
        where = f"{self.function}, " if self.function else ""
        what = f"argument {self.argument} = {self.value!r}: " if self.argument else ""
        parts = [f"{where}line {self.line}, column {self.column}: {what}{self.message}"]
        if self.text:
            parts.append(caret(self.text, self.line, self.column))
        return "\n".join(parts)


def caret(text: str, line: int, column: int, *, width: int = 100) -> str:
    r"""Return the line of ``text`` with a caret under ``column``, shortened around it.

    Args:
        text: the whole expression or document.
        line, column: counted from 1; positions past the end point behind the last character.
        width: longest line shown, in characters.

    >>> print(caret("ToLowr([mail])", 1, 1))
        ToLowr([mail])
        ^
    """
    lines = text.splitlines() or [""]
    shown = lines[min(line, len(lines)) - 1]
    # A tab would move the caret away from its character on a terminal.
    shown = shown.replace("\t", " ")
    at = min(max(column - 1, 0), len(shown))
    start = max(0, min(at - width // 2, len(shown) - width))
    end = min(len(shown), start + width)
    left, right = ("…" if start else ""), ("…" if end < len(shown) else "")
    return f"    {left}{shown[start:end]}{right}\n    {' ' * (at - start + len(left))}^"


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the name of ``known`` that comes closest, without regard to case, or an empty string.

    Args:
        name: what was written.
        known: what may be meant; where two differ in case only, the later one is suggested.
        cutoff: how alike the two must be, from 0 to 1.

    >>> nearest("givenname", ["sn", "givenName"]), nearest("colour", ["sn"])
    ('givenName', '')
    """
    import difflib  # noqa: PLC0415

    spelled = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), spelled, 1, cutoff)
    return spelled[found[0]] if found else ""


class MappingError(UsageError):
    """A mapping, scoping filter or matching rule cannot work.

    Attributes:
        target: the target attribute concerned, or an empty string.
        path: where it stands in the rules, such as ``$.mappings[2]``, or an empty string.
    """

    target: str
    path: str

    def __init__(self, message: str, *, target: str = "", path: str = "") -> None:
        super().__init__(message, target=target, path=path)


class NameSyntaxError(UsageError):
    """A text is no DN, RDN, attribute description or filter (RFC 4512, 4514, 4515).

    Attributes:
        text: what was given.
        position: where it goes wrong, in characters from 0.
    """

    text: str
    position: int

    def __init__(self, message: str, *, text: str = "", position: int = 0) -> None:
        super().__init__(message, text=text, position=position)

    def __str__(self) -> str:
        return f"{self.message}\n{caret(self.text, 1, self.position + 1)}"


class DirectoryError(LdapConnectorError):
    """The directory refused, failed, or could not be reached.

    Attributes:
        operation: what was tried: ``connect``, ``bind``, ``search``, ``add``, ...
        dn: the entry concerned, or an empty string.
        code: the LDAP result code (RFC 4511, 4.1.9), or None where no answer came.
        diagnostic: the server's own message, as it was sent.
        explanation: the same in plain words.
        next_step: what to do about it.
        matched_dn: the nearest entry that exists, where the server told it.
        referrals: the addresses that a referral named; never followed.
    """

    operation: str
    dn: str
    code: int | None
    diagnostic: str
    explanation: str
    next_step: str
    matched_dn: str
    referrals: tuple[str, ...]

    def __init__(
        self,
        message: str = "",
        *,
        operation: str = "",
        dn: str = "",
        code: int | None = None,
        diagnostic: str = "",
        explanation: str = "",
        next_step: str = "",
        matched_dn: str = "",
        referrals: Sequence[str] = (),
    ) -> None:
        super().__init__(
            message,
            operation=operation,
            dn=dn,
            code=code,
            diagnostic=diagnostic,
            explanation=explanation,
            next_step=next_step,
            matched_dn=matched_dn,
            referrals=tuple(referrals),
        )

    def __str__(self) -> str:
        subject = " ".join(filter(None, [self.operation, self.dn and f"of {self.dn!r}"]))
        what = self.message or self.explanation or "failed"
        text = f"{subject}: {what}" if subject else what
        told = [] if self.code is None else [f"result code {self.code}"]
        if self.diagnostic and self.diagnostic not in text:
            told.append(f"the server says: {self.diagnostic}")
        if told:
            text += f" ({'; '.join(told)})"
        if self.explanation and self.explanation not in text:
            text += f". {self.explanation}"
        if self.next_step:
            text += f" Next: {self.next_step}"
        return text


class ConnectionFailed(DirectoryError):
    """No connection: the name does not resolve, nobody listens, or the line broke."""


class TlsFailed(DirectoryError):
    """The connection could not be secured; nothing confidential was sent."""


class BindRefused(DirectoryError):
    """The directory does not accept these credentials."""


class ReferralReturned(DirectoryError):
    """The server points elsewhere. Referrals are reported and never followed."""


class EntryNotFound(DirectoryError):
    """No such entry (or no right to see it)."""


class EntryExists(DirectoryError):
    """An entry of this name, or a value like this one, exists already."""


class NotAllowed(DirectoryError):
    """The account has no right to do this."""


class SchemaViolation(DirectoryError):
    """The entry would break the schema: object classes, mandatory or allowed attributes."""


class InvalidValue(DirectoryError):
    """A value breaks its syntax or a constraint of its attribute."""


class NamingViolation(DirectoryError):
    """The name is not possible: its syntax, its attribute, or its place in the tree."""


class NotLeaf(DirectoryError):
    """The entry has entries below it."""


class LimitExceeded(DirectoryError):
    """A size, time or administrative limit ended the operation early: the result is partial."""


class ServerBusy(DirectoryError):
    """The server cannot serve right now; the same request may succeed later."""


class UnknownOutcome(DirectoryError):
    """The connection was lost before the answer came: the write may or may not have happened.

    Read the entry again before repeating anything.
    """


class HeldBack(LdapConnectorError):
    """Nothing is broken: the library holds work back until a person decides."""


class PlanHeld(HeldBack):
    """The guard holds this plan.

    Attributes:
        digest: the digest of the plan that is held; releasing it names this digest.
        reasons: why, in plain words.
    """

    digest: str
    reasons: tuple[str, ...]

    def __init__(self, message: str, *, digest: str = "", reasons: Sequence[str] = ()) -> None:
        super().__init__(message, digest=digest, reasons=tuple(reasons))


class PlanStale(HeldBack):
    """The entry changed after the plan was made; this change is not applied.

    Attributes:
        dn: the entry concerned.
    """

    dn: str

    def __init__(self, message: str, *, dn: str = "") -> None:
        super().__init__(message, dn=dn)


class Quarantined(HeldBack):
    """The job is in quarantine.

    Attributes:
        reason: the code of the reason, as Microsoft names it where it does.
    """

    reason: str

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message, reason=reason)

    @classmethod
    def because(cls, reason: str, message: str) -> Self:
        """Build the error from its reason code."""
        return cls(message, reason=reason)
