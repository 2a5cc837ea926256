"""LDIF, the text form of entries and changes (RFC 2849)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from ldapconnector._given import of_kind, wrong_kind
from ldapconnector.entries._changes import (
    Add,
    Change,
    Delete,
    Modification,
    ModificationType,
    Modify,
    Rename,
)
from ldapconnector.entries._entry import Entry
from ldapconnector.errors import NameSyntaxError, UsageError
from ldapconnector.names import DN, RDN, attribute_name

__all__ = ["read_ldif", "write_ldif"]

_WIDTH: Final = 76
# RFC 2849: SAFE-STRING. A trailing space is not excluded there, but does not survive editors.
_SAFE: Final = re.compile(
    rb"(?:[\x01-\x09\x0b\x0c\x0e-\x1f!-9;\x3d-\x7f][\x01-\x09\x0b\x0c\x0e-\x7f]*)?"
)


def write_ldif(records: Iterable[Entry | Change], *, version: bool = True) -> str:
    """Return entries and changes as LDIF.

    Args:
        records: an Entry becomes a content record, a change a change record.
        version: whether the text starts with ``version: 1``.

    Raises:
        UsageError: something else is among the records, or one record is given alone.

    >>> print(write_ldif([Entry("cn=Zoë,dc=x", {"cn": "Zoë"})], version=False), end="")
    dn:: Y249Wm/DqyxkYz14
    # cn=Zoë,dc=x
    cn:: Wm/Dqw==
    # Zoë
    """
    if isinstance(records, (str, Entry, Add, Delete, Modify, Rename)):
        raise wrong_kind("what is written", "a sequence of entries and changes", records)
    blocks = ["version: 1"] if version else []
    blocks += ["\n".join(_record(record)) for record in records]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _record(record: Entry | Change) -> Iterator[str]:
    if not isinstance(record, (Entry, Add, Delete, Modify, Rename)):
        raise wrong_kind("a record of LDIF", "an Entry or a change", record)
    yield from _line("dn", str(record.dn).encode("utf-8", "surrogateescape"))
    if isinstance(record, Entry):
        yield from _content(record)
    elif isinstance(record, Add):
        yield "changetype: add"
        yield from _content(record.entry)
    elif isinstance(record, Delete):
        yield "changetype: delete"
    elif isinstance(record, Rename):
        yield "changetype: modrdn"
        yield from _line("newrdn", str(record.new_rdn).encode("utf-8", "surrogateescape"))
        yield f"deleteoldrdn: {int(record.delete_old_rdn)}"
        if record.new_superior is not None:
            superior = str(record.new_superior).encode("utf-8", "surrogateescape")
            yield from _line("newsuperior", superior)
    else:
        yield "changetype: modify"
        for modification in record.modifications:
            yield f"{modification.operation}: {modification.attribute}"
            for value in modification.values:
                yield from _line(modification.attribute, value)
            yield "-"


def _content(entry: Entry) -> Iterator[str]:
    for name, values in entry.items():
        for value in values:
            yield from _line(name, value)


def _line(name: str, value: bytes) -> Iterator[str]:
    if _SAFE.fullmatch(value) and not value.endswith(b" "):
        yield from _folded(f"{name}: {value.decode()}" if value else f"{name}:")
        return
    yield from _folded(f"{name}:: {base64.b64encode(value).decode()}")
    try:
        readable = value.decode()
    except UnicodeDecodeError:
        return
    # A comment for the person who reads; RFC 2849 lets readers skip it.
    if readable.isprintable() and len(readable) <= _WIDTH:
        yield f"# {readable}"


def _folded(line: str) -> Iterator[str]:
    yield line[:_WIDTH]
    for start in range(_WIDTH, len(line), _WIDTH - 1):
        yield " " + line[start : start + _WIDTH - 1]


def read_ldif(text: str) -> Iterator[Entry | Change]:
    r"""Read LDIF: content records become entries, change records become changes.

    Values by URL (``attribute:< file:...``) are refused: reading a text opens no file. So are
    controls. A byte order mark is passed over.

    Args:
        text: LDIF, with line ends of any system.

    Raises:
        UsageError: with the number of the line that cannot be read.
        NameSyntaxError: a name in it is none; the number of the line is in the message.

    >>> [record.dn for record in read_ldif("dn: cn=a,dc=x\nchangetype: delete\n")]
    [DN('cn=a,dc=x')]
    """
    of_kind(str, text, "LDIF", "a text", "decode octets first")
    for block in _blocks(text.removeprefix("\ufeff")):
        fields = [_field(number, line) for number, line in block]
        if fields and fields[0][1].lower() == "version":
            if _text(fields[0]) != "1":
                raise UsageError(f"line {fields[0][0]}: LDIF of version 1 is read (RFC 2849)")
            fields = fields[1:]
        if fields:
            yield _read(fields)


_Field = tuple[int, str, bytes]


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    block: list[tuple[int, str]] = []
    comment = False
    for number, line in enumerate(re.split(r"\r?\n", text), start=1):
        if line.startswith(" "):
            if comment:
                continue
            if not block:
                raise UsageError(f"line {number}: a continuation without a line before it")
            first, begun = block[-1]
            block[-1] = first, begun + line[1:]
            continue
        comment = line.startswith("#")
        if comment:
            continue
        if line:
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _field(number: int, line: str) -> _Field:
    if line == "-":
        return number, "-", b""
    name, colon, rest = line.partition(":")
    if not colon or not name:
        raise UsageError(f"line {number}: expected 'name: value'")
    _named(number, attribute_name, name)
    if rest.startswith("<"):
        raise UsageError(f"line {number}: values by URL are not read; put the value itself there")
    if not rest.startswith(":"):
        return number, name, rest.lstrip(" ").encode("utf-8", "surrogateescape")
    try:
        return number, name, base64.b64decode(rest[1:].strip(" "), validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"line {number}: the value after '::' is no base64") from None


def _text(field: _Field) -> str:
    return field[2].decode("utf-8", "surrogateescape")


Name = TypeVar("Name")


def _named(number: int, parse: Callable[[str], Name], text: str) -> Name:
    """Read a name; an error says in which line."""
    try:
        return parse(text)
    except NameSyntaxError as error:
        raise NameSyntaxError(
            f"line {number}: {error.message}", text=error.text, position=error.position
        ) from None


def _read(fields: list[_Field]) -> Entry | Change:
    head, rest = fields[0], fields[1:]
    if head[1].lower() != "dn":
        raise UsageError(f"line {head[0]}: a record starts with 'dn:'")
    dn = _named(head[0], DN.parse, _text(head))
    if rest and rest[0][1].lower() == "control":
        raise UsageError(f"line {rest[0][0]}: controls in LDIF are not supported")
    if not rest or rest[0][1].lower() != "changetype":
        return _entry(dn, rest)
    kind, body = _text(rest[0]).lower(), rest[1:]
    match kind:
        case "add":
            return Add(_entry(dn, body))
        case "delete":
            if body:
                raise UsageError(f"line {body[0][0]}: a delete ends with its changetype")
            return Delete(dn)
        case "modify":
            return Modify(dn, tuple(_modifications(body)))
        case "modrdn" | "moddn":
            return _rename(dn, rest[0][0], body)
    raise UsageError(f"line {rest[0][0]}: unknown changetype {kind!r}")


def _entry(dn: DN, fields: list[_Field]) -> Entry:
    attributes: dict[str, list[bytes]] = {}
    for number, name, value in fields:
        if name == "-":
            raise UsageError(f"line {number}: '-' ends a modification, and this is none")
        if name.lower() == "changetype":
            raise UsageError(f"line {number}: 'changetype:' stands right below 'dn:'")
        attributes.setdefault(name, []).append(value)
    return Entry(dn, attributes)


def _modifications(fields: list[_Field]) -> Iterator[Modification]:
    at = 0
    while at < len(fields):
        number, operation, _ = fields[at]
        attribute = _text(fields[at])
        try:
            kind = ModificationType(operation.lower())
        except ValueError:
            raise UsageError(
                f"line {number}: expected 'add:', 'delete:', 'replace:' or 'increment:'"
            ) from None
        _named(number, attribute_name, attribute)
        values = []
        at += 1
        while at < len(fields) and fields[at][1] != "-":
            if fields[at][1].lower() != attribute.lower():
                raise UsageError(f"line {fields[at][0]}: expected a value of {attribute}, or '-'")
            values.append(fields[at][2])
            at += 1
        at += 1
        yield Modification(operation=kind, attribute=attribute, values=tuple(values))


def _rename(dn: DN, number: int, fields: list[_Field]) -> Rename:
    given = {field[1].lower(): (field[0], _text(field)) for field in fields}
    _, kept = given.get("deleteoldrdn", (number, ""))
    if "newrdn" not in given or kept not in {"0", "1"}:
        raise UsageError(f"line {number}: a rename needs 'newrdn:' and 'deleteoldrdn: 0' or '1'")
    for line, name, _ in fields:
        if name.lower() not in {"newrdn", "deleteoldrdn", "newsuperior"}:
            raise UsageError(f"line {line}: {name!r} is no part of a rename")
    line, rdn = given["newrdn"]
    superior = given.get("newsuperior")
    return Rename(
        dn=dn,
        new_rdn=_named(line, RDN.parse, rdn),
        new_superior=None if superior is None else _named(superior[0], DN.parse, superior[1]),
        delete_old_rdn=kept == "1",
    )
