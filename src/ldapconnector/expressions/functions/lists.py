"""Functions over lists: split, join, pick, count."""

from __future__ import annotations

from typing import Final

from ldapconnector.expressions._signature import (
    Kind,
    integer,
    optional,
    repeated,
    text,
    values,
)
from ldapconnector.expressions._values import LIST_LIMIT, ArgumentError, joined
from ldapconnector.expressions.dotnet.white_space import trim, words
from ldapconnector.expressions.functions._define import builtin
from ldapconnector.expressions.functions._sources import CLOUD_SYNC

__all__ = ["FUNCTIONS"]


@builtin(
    "Join",
    text("separator"),
    repeated(values("source")),
    example=('Join(", ", "", "Doe", "John")', "Doe, John"),
)
def join(separator: str | None, *sources: tuple[str, ...]) -> str:
    """Join texts and the values of lists; empty ones are skipped, blanks are not."""
    return joined(separator or "", [item for source in sources for item in source if item])


@builtin(
    "Split",
    values("source"),
    optional(text("delimiter")),
    result=Kind.LIST,
    null_to_null=True,
    example=('Split("inetOrgPerson, posixAccount", ",")', "inetOrgPerson; posixAccount"),
)
def split(source: tuple[str, ...], delimiter: str | None) -> tuple[str, ...] | None:
    """Split into a list; white space around each value is removed.

    Without a delimiter the text is split at white space, as .NET does.
    """
    parts: list[str] = []
    for item in source:
        if delimiter and item.count(delimiter) > LIST_LIMIT:
            raise ArgumentError("source", f"the result has more than {LIST_LIMIT:,} values")
        parts.extend(item.split(delimiter) if delimiter else words(item))
    if len(parts) > LIST_LIMIT:
        raise ArgumentError("source", f"the result has more than {LIST_LIMIT:,} values")
    return tuple(map(trim, parts)) or None


@builtin(
    "Item",
    values("attribute"),
    integer("index"),
    example=('Item(Split("a@b", "@"), 2)', "b"),
)
def item(source: tuple[str, ...], index: int) -> str:
    """Give one value of a list, counted from 1; an error where the list is shorter."""
    if not 1 <= index <= len(source):
        count = f"{len(source)} value" + ("" if len(source) == 1 else "s")
        start = "; values are counted from 1" if index < 1 else ""
        raise ArgumentError("index", f"the list has {count}{start}")
    return source[index - 1]


@builtin(
    "Count",
    values("attribute"),
    result=Kind.INTEGER,
    example=('Count(Split("a,b,c", ","))', "3"),
)
def count(source: tuple[str, ...]) -> str:
    """Count the values; 0 for no value."""
    return str(len(source))


@builtin(
    "RemoveDuplicates",
    values("attribute"),
    result=Kind.LIST,
    null_to_null=True,
    example=('RemoveDuplicates(Split("a,b,a", ","))', "a; b"),
)
def remove_duplicates(source: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the first of equal values, with regard to case, in the given order."""
    return tuple(dict.fromkeys(source))


@builtin(
    "Contains",
    values("attribute"),
    text("search"),
    result=Kind.INTEGER,
    source=CLOUD_SYNC,
    example=('Contains(Split("smtp:a@x,SMTP:b@x", ","), "SMTP:")', "2"),
)
def contains(source: tuple[str, ...], sought: str | None) -> str:
    """Give the position of the first value that contains a text, from 1; 0 where none does."""
    if sought is None:
        return "0"
    return str(next((n for n, value in enumerate(source, 1) if sought in value), 0))


FUNCTIONS: Final = (join, split, item, count, remove_duplicates, contains)
