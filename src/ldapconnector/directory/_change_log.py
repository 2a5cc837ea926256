"""The change logs that a memory directory keeps, in the two shapes that servers have.

``cn=accesslog`` as OpenLDAP's overlay accesslog writes it (slapo-accesslog; the forms of
``reqMod`` were read from slapd 2.5.13), and ``cn=changelog`` of draft-good-ldap-changelog-04
as 389 Directory Server and its relatives write it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs

from ldapconnector.entries import (
    Add,
    Change,
    Delete,
    Entry,
    ModificationType,
    Modify,
    Rename,
    write_ldif,
)
from ldapconnector.names import DN

__all__ = ["LOG_DEFINITIONS", "LogKind", "Written", "log_entry", "log_root"]

_DN_SYNTAX: Final = "1.3.6.1.4.1.1466.115.121.1.12"
_TEXT: Final = "1.3.6.1.4.1.1466.115.121.1.15"


class LogKind(StrEnum):
    """The shape of a change log."""

    NONE = "none"
    ACCESS_LOG = "accesslog"
    CHANGE_LOG = "changelog"

    @property
    def base(self) -> DN:
        """Where the log lies."""
        return DN.parse("cn=accesslog" if self is LogKind.ACCESS_LOG else "cn=changelog")


def _requests() -> Iterator[str]:
    octets = "EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40"
    time = (
        "EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch "
        "SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE"
    )
    name = f"EQUALITY distinguishedNameMatch SYNTAX {_DN_SYNTAX} SINGLE-VALUE"
    text = f"EQUALITY caseIgnoreMatch SYNTAX {_TEXT} SINGLE-VALUE"
    number = (
        "EQUALITY integerMatch ORDERING integerOrderingMatch "
        "SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE"
    )
    truth = "EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE"
    uuid = "EQUALITY UUIDMatch SYNTAX 1.3.6.1.1.16.1 SINGLE-VALUE"
    for at, named, form in (
        (1, "reqDN", name),
        (2, "reqStart", time),
        (3, "reqEnd", time),
        (4, "reqType", text),
        (5, "reqSession", text),
        (6, "reqAuthzID", name),
        (7, "reqResult", number),
        (16, "reqMod", octets),
        (17, "reqOld", octets),
        (18, "reqNewRDN", name),
        (19, "reqDeleteOldRDN", truth),
        (20, "reqNewSuperior", name),
        (31, "reqEntryUUID", uuid),
        (33, "reqNewDN", name),
    ):
        yield f"( 1.3.6.1.4.1.4203.666.11.5.1.{at} NAME '{named}' {form} )"


def _audit_classes() -> Iterator[str]:
    for at, named, rest in (
        (0, "auditContainer", "SUP top STRUCTURAL MAY ( cn $ reqStart $ reqEnd )"),
        (
            1,
            "auditObject",
            (
                "SUP top STRUCTURAL MUST ( reqStart $ reqType $ reqSession ) "
                "MAY ( reqDN $ reqAuthzID $ reqEnd $ reqResult $ reqEntryUUID )"
            ),
        ),
        (3, "auditWriteObject", "SUP auditObject STRUCTURAL"),
        (5, "auditAdd", "SUP auditWriteObject STRUCTURAL MUST reqMod"),
        (8, "auditDelete", "SUP auditWriteObject STRUCTURAL MAY reqOld"),
        (9, "auditModify", "SUP auditWriteObject STRUCTURAL MAY ( reqOld $ reqMod )"),
        (
            10,
            "auditModRDN",
            (
                "SUP auditWriteObject STRUCTURAL MUST ( reqNewRDN $ reqDeleteOldRDN ) "
                "MAY ( reqNewSuperior $ reqMod $ reqOld $ reqNewDN )"
            ),
        ),
    ):
        yield f"( 1.3.6.1.4.1.4203.666.11.5.2.{at} NAME '{named}' {rest} )"


def _change_numbers() -> Iterator[str]:
    for at, named, form in (
        (
            5,
            "changeNumber",
            (
                "EQUALITY integerMatch ORDERING integerOrderingMatch "
                "SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE"
            ),
        ),
        (6, "targetDn", f"EQUALITY distinguishedNameMatch SYNTAX {_DN_SYNTAX} SINGLE-VALUE"),
        (7, "changeType", f"EQUALITY caseIgnoreMatch SYNTAX {_TEXT} SINGLE-VALUE"),
        (8, "changes", "EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40"),
        (9, "newRdn", f"EQUALITY distinguishedNameMatch SYNTAX {_DN_SYNTAX} SINGLE-VALUE"),
        (10, "deleteOldRdn", "EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7"),
        (11, "newSuperior", f"EQUALITY distinguishedNameMatch SYNTAX {_DN_SYNTAX}"),
        (77, "changeTime", f"EQUALITY caseIgnoreMatch SYNTAX {_TEXT} SINGLE-VALUE"),
    ):
        yield f"( 2.16.840.1.113730.3.1.{at} NAME '{named}' {form} )"
    yield f"( targetUniqueId-oid NAME 'targetUniqueId' EQUALITY caseIgnoreMatch SYNTAX {_TEXT} )"


#: The definitions that each kind of log needs.
LOG_DEFINITIONS: Final[Mapping[LogKind, Mapping[str, tuple[str, ...]]]] = {
    LogKind.NONE: {},
    LogKind.ACCESS_LOG: {
        "attributeTypes": (
            *_requests(),
            (
                "( 1.3.6.1.4.1.4203.666.11.5.1.32 NAME 'minCSN' EQUALITY CSNMatch "
                "SYNTAX 1.3.6.1.4.1.4203.666.11.2.1 NO-USER-MODIFICATION USAGE dSAOperation )"
            ),
        ),
        "objectClasses": tuple(_audit_classes()),
    },
    LogKind.CHANGE_LOG: {
        "attributeTypes": tuple(_change_numbers()),
        "objectClasses": (
            (
                "( 2.16.840.1.113730.3.2.1 NAME 'changeLogEntry' SUP top STRUCTURAL "
                "MUST ( targetDn $ changeTime $ changeNumber $ changeType ) "
                "MAY ( changes $ newRdn $ deleteOldRdn $ newSuperior $ targetUniqueId ) )"
            ),
        ),
    },
}


@attrs.frozen(kw_only=True)
class Written:
    """A change that happened.

    Attributes:
        change: what was asked for.
        before, after: the entry; None where there is none.
        number: counts the changes from 1.
        time: when.
        by: who.
        anchor: the attribute that identifies the entry.
        sequence: the change's CSN, where the product has one.
    """

    change: Change
    before: Entry | None
    after: Entry | None
    number: int
    time: datetime
    by: str
    anchor: str
    sequence: bytes

    @property
    def identity(self) -> tuple[bytes, ...]:
        """The anchor's value."""
        entry = self.after or self.before
        return () if entry is None else entry.get(self.anchor, ())


def log_root(kind: LogKind) -> Entry:
    """Return the entry at the top of a log."""
    if kind is LogKind.ACCESS_LOG:
        return Entry(kind.base, {"objectClass": "auditContainer", "cn": "accesslog"})
    return Entry(kind.base, {"objectClass": ["top", "applicationProcess"], "cn": "changelog"})


def log_entry(kind: LogKind, written: Written) -> Entry:
    """Return the entry that records a change."""
    return _audit(written) if kind is LogKind.ACCESS_LOG else _numbered(written)


def _audit(written: Written) -> Entry:
    # Microseconds make the name unique, as they do in slapd; the number keeps them apart
    # where the clock stands still.
    micro = (written.time.microsecond + written.number) % 1_000_000
    start = written.time.strftime("%Y%m%d%H%M%S") + f".{micro:06d}Z"
    attributes: dict[str, str | tuple[bytes, ...]] = {
        "reqStart": start,
        "reqEnd": start,
        "reqSession": "1",
        "reqDN": str(written.change.dn),
        "reqResult": "0",
        "reqEntryUUID": written.identity,
        "entryCSN": (written.sequence,) if written.sequence else (),
    }
    if written.by:
        attributes["reqAuthzID"] = written.by
    match written.change:
        case Add():
            kind, type_ = "auditAdd", "add"
            attributes["reqMod"] = tuple(
                name.encode() + b":+ " + value
                for name, values in (written.after or {}).items()
                for value in values
            )
        case Delete():
            kind, type_ = "auditDelete", "delete"
        case Modify(modifications=modifications):
            kind, type_ = "auditModify", "modify"
            signs = {
                ModificationType.ADD: b":+",
                ModificationType.DELETE: b":-",
                ModificationType.REPLACE: b":=",
                ModificationType.INCREMENT: b":#",
            }
            attributes["reqMod"] = tuple(
                dict.fromkeys(
                    one.attribute.encode() + signs[one.operation] + (b" " + value if value else b"")
                    for one in modifications
                    for value in one.values or (b"",)
                )
            )
        case Rename() as change:
            kind, type_ = "auditModRDN", "modrdn"
            attributes["reqNewRDN"] = str(change.new_rdn)
            attributes["reqDeleteOldRDN"] = "TRUE" if change.delete_old_rdn else "FALSE"
            attributes["reqNewDN"] = str(change.new_dn)
            if change.new_superior is not None:
                attributes["reqNewSuperior"] = str(change.new_superior)
    name = DN.build(("reqStart", start), LogKind.ACCESS_LOG.base)
    return Entry(name, {"objectClass": kind, "reqType": type_, **attributes})


def _numbered(written: Written) -> Entry:
    attributes: dict[str, str | tuple[bytes, ...]] = {
        "changeNumber": str(written.number),
        "targetDn": str(written.change.dn),
        "changeTime": written.time.strftime("%Y%m%d%H%M%SZ"),
        "targetUniqueId": written.identity,
    }
    match written.change:
        case Add():
            attributes["changeType"] = "add"
            attributes["changes"] = (_body(written.after),) if written.after else ()
        case Delete():
            attributes["changeType"] = "delete"
        case Modify() as change:
            attributes["changeType"] = "modify"
            attributes["changes"] = (_body(change),)
        case Rename() as change:
            attributes["changeType"] = "modrdn"
            attributes["newRdn"] = str(change.new_rdn)
            attributes["deleteOldRdn"] = "TRUE" if change.delete_old_rdn else "FALSE"
            if change.new_superior is not None:
                attributes["newSuperior"] = str(change.new_superior)
    name = DN.build(("changeNumber", str(written.number)), LogKind.CHANGE_LOG.base)
    return Entry(name, {"objectClass": ["top", "changeLogEntry"], **attributes})


def _body(record: Entry | Modify) -> bytes:
    """Return the LDIF of a record without its head, as the attribute ``changes`` has it."""
    lines = write_ldif([record], version=False).splitlines()
    kept = [line for line in lines if not line.startswith("#")]
    start = next(
        at for at, line in enumerate(kept) if at and not line.startswith((" ", "changetype:"))
    )
    return ("\n".join(kept[start:]) + "\n").encode()
