"""Filters from text (RFC 4515, section 3), by recursive descent with a bound on the depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ldapconnector.errors import NameSyntaxError
from ldapconnector.names._attributes import TYPE, AttributeDescription
from ldapconnector.names._filter import (
    And,
    Approx,
    Equal,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Or,
    Present,
    Substring,
)

__all__ = ["FilterParser"]

# Deeper than any filter that a person or a program of ours writes, and far from Python's limit.
_DEEPEST: Final = 100
# What a value of a filter cannot hold as it is; "*" is the matter of substrings.
_ESCAPED_IN_VALUES: Final = "()\0"
_NEEDS_CARE: Final = re.compile(r"[\\()\0]")


class FilterParser:
    """RFC 4515, section 3, by recursive descent with a bound on the depth."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Filter:
        self._spaces()
        # Nearly every tool lets the outermost parentheses be left out; so do we.
        found = self._filter(0) if self._peek() == "(" else self._item(len(self._text))
        self._spaces()
        if self._at < len(self._text):
            raise self._error("the filter ends here, but text follows")
        return found

    def _filter(self, depth: int) -> Filter:
        if depth > _DEEPEST:
            raise self._error(f"the filter is nested deeper than {_DEEPEST}")
        self._expect("(")
        self._spaces()
        operator = self._peek()
        found: Filter
        if operator in {"&", "|"}:
            self._at += 1
            parts = tuple(self._list(depth))
            found = And(parts) if operator == "&" else Or(parts)
        elif operator == "!":
            self._at += 1
            self._spaces()
            found = Not(self._filter(depth + 1))
            self._spaces()
        else:
            end = self._text.find(")", self._at)
            if end < 0:
                raise self._error("this parenthesis is never closed")
            found = self._item(end)
        self._expect(")")
        return found

    def _list(self, depth: int) -> Iterator[Filter]:
        self._spaces()
        while self._peek() == "(":
            yield self._filter(depth + 1)
            self._spaces()

    def _item(self, end: int) -> Filter:
        start = self._at
        text = self._text[start:end]
        found = re.match(r"\s*([^=<>~:()&|!\s]*)\s*(:[^=]*:=|:=|>=|<=|~=|=)", text)
        if not found:
            raise self._error("expected attribute=value, or '(' with '&', '|' or '!'")
        attribute, operator = found.groups()
        self._at = start + found.end()
        value = text[found.end() :]
        if operator.startswith(":"):
            result = self._extensible(attribute, operator, value, start)
        else:
            name = self._attribute(attribute, start)
            if operator == "=":
                result = self._equality(name, value)
            else:
                kind = {">=": GreaterOrEqual, "<=": LessOrEqual, "~=": Approx}[operator]
                result = kind(name, self._value(value, self._at))
        self._at = end
        return result

    def _attribute(self, text: str, start: int) -> str:
        try:
            return str(AttributeDescription.parse(text))
        except NameSyntaxError as error:
            self._at = start + error.position
            raise self._error(error.message) from None

    def _equality(self, name: str, value: str) -> Filter:
        if value == "*":
            return Present(name)
        if "*" not in value:
            return Equal(name, self._value(value, self._at))
        pieces, at = [], self._at
        for piece in value.split("*"):
            pieces.append(self._value(piece, at))
            at += len(piece) + 1
        if not any(pieces):
            return Present(name)
        return Substring(
            attribute=name,
            initial=pieces[0],
            middle=tuple(piece for piece in pieces[1:-1] if piece),
            final=pieces[-1],
        )

    def _extensible(self, attribute: str, operator: str, value: str, start: int) -> Filter:
        dn, rule = False, None
        for word in operator[1:-2].split(":") if len(operator) > len(":=") else ():
            if word.lower() == "dn" and not dn and rule is None:
                dn = True
            elif rule is None and TYPE.fullmatch(word):
                rule = word
            else:
                raise self._error(f"{word!r} is no matching rule")
        if not attribute and rule is None:
            self._at = start
            raise self._error("an extensible match names an attribute, a matching rule, or both")
        return Extensible(
            attribute=self._attribute(attribute, start) if attribute else None,
            rule=rule,
            value=self._value(value, self._at),
            dn=dn,
        )

    def _value(self, text: str, at: int) -> bytes:
        if not _NEEDS_CARE.search(text):
            return text.encode("utf-8", "surrogateescape")
        out, index = bytearray(), 0
        while index < len(text):
            character = text[index]
            if character == "\\":
                pair = text[index + 1 : index + 3]
                if not re.fullmatch("[0-9A-Fa-f]{2}", pair):
                    self._at = at + index
                    raise self._error("a backslash stands before two hexadecimal digits")
                out.append(int(pair, 16))
                index += 3
                continue
            if character in _ESCAPED_IN_VALUES:
                self._at = at + index
                raise self._error(f"{character!r} is written '\\{ord(character):02x}' in a value")
            out += character.encode("utf-8", "surrogateescape")
            index += 1
        return bytes(out)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _spaces(self) -> None:
        while self._peek().isspace():
            self._at += 1

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            raise self._error(f"expected {character!r}")
        self._at += 1

    def _error(self, message: str) -> NameSyntaxError:
        return NameSyntaxError(message, text=self._text, position=self._at)
