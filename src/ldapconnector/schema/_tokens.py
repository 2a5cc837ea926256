r"""The tolerant reader: one definition of a schema, token by token.

RFC 4512 says how a definition is written; directories write it in their own ways. What is
forgiven here, each met in a real directory:

- a syntax in quotes (Active Directory), a name without quotes;
- no blank before ``)`` or after ``MAY``, a keyword right after a closing quote (OpenDJ);
- an apostrophe inside a quoted text (eDirectory: ``'New Object's DS Rights'``), double quotes
  (OpenLDAP), escapes ``\27`` and ``\5c``;
- fields in another order, names instead of numbers, a number missing altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

__all__ = ["Fields", "read_fields"]

#: Keywords that stand alone.
FLAGS: Final = frozenset(
    {
        "ABSTRACT",
        "AUXILIARY",
        "COLLECTIVE",
        "NO-USER-MODIFICATION",
        "OBSOLETE",
        "SINGLE-VALUE",
        "STRUCTURAL",
    }
)
#: Keywords that a value or a list of values follows.
VALUED: Final = frozenset(
    {
        "ACCESS-CLASS",
        "APPLIES",
        "AUX",
        "DBNAME",
        "DESC",
        "EQUALITY",
        "FORM",
        "LENGTH",
        "MAY",
        "MUST",
        "NAME",
        "NOT",
        "OC",
        "ORDERING",
        "SUBSTR",
        "SUP",
        "SYNTAX",
        "USAGE",
    }
)
KEYWORDS: Final = FLAGS | VALUED

# A quote closes a text only where something can follow it: a list's end, a keyword, the next
# text. So an apostrophe within the text stays part of it.
_CLOSING: Final = re.compile(
    r"'(?=\s*(?:\)|'|\$|\Z|X-|(?:"
    + "|".join(sorted(KEYWORDS, key=len, reverse=True))
    + r")(?![\w-])))"
)
_PLAIN_CLOSING: Final = re.compile(r"'(?=[\s)]|\Z)")
_ANY_CLOSING: Final = re.compile("'")
_WORD: Final = re.compile(r"[^\s()'\"$]+")
_ESCAPE: Final = re.compile(r"\\(27|5[cC])")
_UNESCAPED: Final = {"27": "'", "5c": "\\", "5C": "\\"}


@attrs.frozen
class Token:
    """One token: a parenthesis, ``$``, a word or a quoted text."""

    text: str
    quoted: bool = False


@attrs.define
class Fields:
    """What a definition says, field by field, before it is understood.

    Attributes:
        oid: the first word, or an empty string where there is none.
        values: for each keyword its values; for a flag an empty list.
        repairs: what had to be forgiven, in plain words.
    """

    oid: str = ""
    values: dict[str, list[str]] = attrs.field(factory=dict)
    repairs: list[str] = attrs.field(factory=list)

    def one(self, keyword: str) -> str | None:
        """Return the first value of ``keyword``, None where it has none."""
        found = self.values.get(keyword)
        return found[0] if found else None

    def all(self, keyword: str) -> tuple[str, ...]:
        """Return all values of ``keyword``."""
        return tuple(self.values.get(keyword, ()))


def unescape(text: str) -> str:
    r"""Resolve the two escapes of RFC 4512, 4.1: ``\27`` and ``\5c``.

    >>> unescape(r"New Object\27s DS Rights")
    "New Object's DS Rights"
    """
    return _ESCAPE.sub(lambda found: _UNESCAPED[found[1]], text) if "\\" in text else text


def tokens(text: str, repairs: list[str]) -> Iterator[Token]:
    """Cut a definition into tokens; never fails.

    >>> [token.text for token in tokens("( 1.1 NAME 'a' MAY( b $ c))", [])]
    ['(', '1.1', 'NAME', 'a', 'MAY', '(', 'b', '$', 'c', ')', ')']
    """
    at, end = 0, len(text)
    patterns = [_CLOSING, _PLAIN_CLOSING, _ANY_CLOSING]
    while at < end:
        character = text[at]
        if character.isspace():
            at += 1
        elif character in "()$":
            yield Token(character)
            at += 1
        elif character == "'":
            at += 1
            found = None
            # What is not found from here on is not found further on either: asked for once.
            while patterns and (found := patterns[0].search(text, at)) is None:
                patterns.pop(0)
            stop = found.start() if found else end
            inside = text[at:stop]
            if not found:
                # The last parenthesis belongs to the definition, not to the text.
                inside = inside.rstrip()
                stop = end - 1 if inside.endswith(")") else end
                inside = text[at:stop].rstrip()
                repairs.append("a quoted text is never closed; it was read up to the end")
                yield Token(unescape(inside), quoted=True)
                at = stop
                continue
            if "'" in inside:
                repairs.append(f"an apostrophe stands unescaped in {inside!r}")
            yield Token(unescape(inside), quoted=True)
            at = stop + 1
        elif character == '"':
            stop = text.find('"', at + 1)
            if stop < 0:
                stop = end
                repairs.append("a double quote is never closed; the rest was left out")
            else:
                repairs.append("a text stands in double quotes instead of single ones")
            yield Token(text[at + 1 : stop], quoted=True)
            at = stop + 1
        else:
            found = _WORD.match(text, at)
            assert found is not None  # noqa: S101 -- every other character was handled above
            yield Token(found[0])
            at = found.end()


def read_fields(text: str) -> Fields | None:
    """Read one definition into its fields; None where the text is no definition at all.

    Args:
        text: such as ``( 2.5.4.3 NAME 'cn' SUP name )``.

    >>> fields = read_fields("( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )")
    >>> fields.oid, fields.all("NAME"), fields.one("SUP")
    ('2.5.4.3', ('cn', 'commonName'), 'name')
    """
    fields = Fields()
    stream = list(tokens(text, fields.repairs))
    if not stream or stream[0].quoted or stream[0].text != "(":
        return None
    at = 1
    first = stream[at] if at < len(stream) else None
    if first is not None and first.text not in "()$" and _keyword(first) is None:
        fields.oid = first.text
        at += 1
    while at < len(stream):
        token = stream[at]
        if not token.quoted and token.text == ")":
            if at + 1 < len(stream):
                fields.repairs.append("something follows the closing parenthesis; it was left out")
            break
        at = _field(stream, at, fields)
    else:
        fields.repairs.append("the closing parenthesis is missing")
    return fields if fields.oid or fields.values else None


def _keyword(token: Token) -> str | None:
    """Return the keyword that a token is; known ones in any case, others in capitals only."""
    if token.quoted:
        return None
    upper = token.text.upper()
    if upper in KEYWORDS or upper.startswith("X-"):
        return upper
    return None


def _starts_field(token: Token) -> bool:
    """Tell whether a token that stands where a value is expected starts a field instead."""
    return not token.quoted and (token.text in KEYWORDS or token.text.startswith("X-"))


def _field(stream: list[Token], at: int, fields: Fields) -> int:
    """Read one keyword with its values; return where the next one starts."""
    token = stream[at]
    keyword = _keyword(token)
    if keyword is None:
        if token.text == "(" and not token.quoted:
            _, at = _list(stream, at, fields)
            fields.repairs.append("a list stands where a keyword should; it was left out")
            return at
        fields.repairs.append(f"{token.text!r} is no keyword; it was left out")
        return at + 1
    at += 1
    if keyword in FLAGS:
        if keyword in fields.values:
            fields.repairs.append(f"{keyword} stands twice")
        fields.values[keyword] = []
        return at
    values: list[str] = []
    if at < len(stream) and stream[at].text == "(" and not stream[at].quoted:
        values, at = _list(stream, at, fields)
    elif at < len(stream) and (
        stream[at].quoted or (stream[at].text not in "()$" and not _starts_field(stream[at]))
    ):
        values = [stream[at].text]
        at += 1
        # A list whose parentheses were forgotten: MAY cn $ sn
        while at + 1 < len(stream) and stream[at].text == "$" and not stream[at].quoted:
            if stream[at + 1].text in "()$":
                break
            values.append(stream[at + 1].text)
            at += 2
    else:
        fields.repairs.append(f"{keyword} has no value")
    # SYNTAX 1.2.3 {64}: the bound is a token of its own.
    if keyword == "SYNTAX" and at < len(stream) and stream[at].text.startswith("{"):
        values = [value + stream[at].text for value in values]
        at += 1
    if keyword in fields.values:
        fields.repairs.append(f"{keyword} stands twice; the first one holds")
    else:
        fields.values[keyword] = values
    return at


def _list(stream: list[Token], at: int, fields: Fields) -> tuple[list[str], int]:
    """Read ``( a $ b )`` or ``( 'a' 'b' )`` that starts at ``at``."""
    values: list[str] = []
    at += 1
    while at < len(stream):
        token = stream[at]
        if not token.quoted:
            if token.text == ")":
                return values, at + 1
            if token.text == "$":
                at += 1
                continue
            if token.text == "(":
                fields.repairs.append("a list stands within a list; both were read as one")
                at += 1
                continue
        values.append(token.text)
        at += 1
    fields.repairs.append("a list is never closed")
    return values, at
