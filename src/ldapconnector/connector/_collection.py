"""Account collection: the accounts of a directory as CSV or JSON.

Before accounts are matched, the tutorials ask for a list of those that exist. A value that is
not text is written in base64; passwords are left out unless they are named.
"""

from __future__ import annotations

import csv
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TextIO

from ldapconnector.entries import Entry

__all__ = ["write_accounts_csv", "write_accounts_json"]

_SECRET: Final = frozenset({"userpassword", "unicodepwd", "nspmpassword", "authpassword"})
_UNPRINTABLE: Final = {*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D}


def _text(value: bytes) -> str | None:
    """Return a value as text, None where it is none."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return None if any(ord(character) in _UNPRINTABLE for character in text) else text


def write_accounts_csv(
    entries: Iterable[Entry],
    file: TextIO,
    attributes: Sequence[str],
    *,
    separator: str = "|",
) -> int:
    r"""Write one line for each entry: its name and the chosen attributes.

    Args:
        entries: read one by one; an import's stream will do.
        file: opened with ``newline=""``.
        attributes: the columns behind ``dn``.
        separator: stands between the values of one attribute; where a value holds it, a
            backslash stands before it there, and before a backslash.

    Returns:
        How many entries were written.

    >>> import io
    >>> people = [Entry("uid=a,dc=x", {"uid": "a", "mail": ["a@x", "b@x"], "photo": b"\xff"})]
    >>> file = io.StringIO()
    >>> write_accounts_csv(people, file, ["uid", "mail", "photo", "sn"])
    1
    >>> print(file.getvalue(), end="")
    dn,uid,mail,photo,sn
    "uid=a,dc=x",a,a@x|b@x,base64:/w==,
    """
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["dn", *attributes])
    count = 0
    for entry in entries:
        count += 1
        cells = (
            separator.join(_cell(value, separator) for value in entry.get(name, ()))
            for name in attributes
        )
        table.writerow([entry.dn_text, *cells])
    return count


def _cell(value: bytes, separator: str) -> str:
    text = _text(value)
    if text is None:
        return f"base64:{b64encode(value).decode()}"
    return text.replace("\\", "\\\\").replace(separator, "\\" + separator)


def write_accounts_json(
    entries: Iterable[Entry], file: TextIO, attributes: Sequence[str] | None = None
) -> int:
    r"""Write a JSON array with one object for each entry.

    Args:
        entries: read one by one; an import's stream will do.
        file: for text.
        attributes: those to write; None for all but passwords.

    Returns:
        How many entries were written.

    >>> import sys
    >>> people = [Entry("uid=a,dc=x", {"uid": "a", "userPassword": "secret", "photo": b"\xff"})]
    >>> write_accounts_json(people, sys.stdout)
    [
    {"dn": "uid=a,dc=x", "attributes": {"uid": ["a"], "photo": [{"base64": "/w=="}]}}
    ]
    1
    """
    file.write("[")
    count = 0
    for entry in entries:
        count += 1
        listed = dict(_chosen(entry, attributes))
        line = json.dumps({"dn": entry.dn_text, "attributes": listed}, ensure_ascii=False)
        file.write(f"{',' if count > 1 else ''}\n{line}")
    file.write("\n]\n")
    return count


def _chosen(entry: Entry, attributes: Sequence[str] | None) -> Iterator[tuple[str, list[Any]]]:
    names = attributes
    if names is None:
        names = [name for name in entry if name.partition(";")[0].lower() not in _SECRET]
    for name in names:
        yield name, [_json(value) for value in entry.get(name, ())]


def _json(value: bytes) -> str | dict[str, str]:
    text = _text(value)
    return {"base64": b64encode(value).decode()} if text is None else text
