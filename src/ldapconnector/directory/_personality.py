"""How each product shows itself, for the memory directory that imitates it.

One :class:`Personality` a product: its root DSE, the operational attributes that it keeps,
the attributes and classes of its own, and the result codes and messages with which it
refuses. The facts are those of ``docs/directories.md``; messages were read from running
servers where one runs in our tests, and are empty for the others.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final

import attrs

from ldapconnector.directory._change_log import LOG_DEFINITIONS, LogKind
from ldapconnector.directory._results import ResultCode
from ldapconnector.entries import Entry
from ldapconnector.errors import UsageError, nearest
from ldapconnector.names import DN
from ldapconnector.schema import Problem, ProblemCode, Schema
from ldapconnector.vendors import Vendor

__all__ = ["Messages", "Personality", "personality_of"]

_GRAVEYARD: Final = "Deleted Objects"
_TEXT: Final = "1.3.6.1.4.1.1466.115.121.1.15"
_NAME: Final = "1.3.6.1.4.1.1466.115.121.1.12"
_BOOLEAN: Final = "1.3.6.1.4.1.1466.115.121.1.7"
_OCTETS: Final = "1.3.6.1.4.1.1466.115.121.1.40"
_INTEGER: Final = "1.3.6.1.4.1.1466.115.121.1.27"
_UUID: Final = "1.3.6.1.1.16.1"
_TIME: Final = "1.3.6.1.4.1.1466.115.121.1.24"
_READ_ONLY: Final = "SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation"


@attrs.frozen(kw_only=True)
class Messages:
    """The diagnostic messages of a product; ``{attribute}`` and the like are filled in."""

    no_context: str = ""
    not_leaf: str = ""
    naming_value: str = ""
    no_values: str = ""
    below_itself: str = ""
    no_superior: str = ""
    unmodifiable: str = ""
    value_exists: str = ""
    no_such_value: str = ""
    no_such_attribute: str = ""
    structural_change: str = ""
    wrong_old_password: str = ""


class AnchorForm(StrEnum):
    """How a product writes an entry's immutable identifier."""

    UUID = "uuid"
    NETSCAPE = "netscape"
    GUID = "guid"
    NONE = "none"


class Stamps(StrEnum):
    """Which names a product's time stamps have."""

    STANDARD = "standard"
    ACTIVE_DIRECTORY = "active directory"


@attrs.frozen(kw_only=True)
class Personality:
    """How one product behaves.

    Attributes:
        vendor: the product.
        root: what its root DSE holds besides the naming contexts.
        definitions: subschema attributes of its own, added to the standard ones.
        lacks: standard operational attributes that it does not have.
        anchors: its identifying attributes and their forms.
        stamps_like: the names of its time stamps.
        log: the kind of change log that it can keep.
        password_attribute: where a password goes.
        hashes_passwords: whether a password written in clear is stored as a hash.
        structural_class_fixed: whether an entry keeps its structural class for ever.
        request_first: whether a request is checked before it is looked for the entry.
        checked_in_requests: what is looked for in a request by itself.
        adds_superclasses: whether an entry gets the superior classes of those it names.
        pretty_names: whether names are shown with the attribute types as the schema has them.
        plain_filters: whether filters know no subtypes and are never Undefined.
        uses_schema_messages: whether the schema's own wording is the product's.
        codes: result codes for faulty entries that are not OpenLDAP's.
        messages: what it says when it refuses.
    """

    vendor: Vendor
    root: Mapping[str, tuple[str, ...]]
    definitions: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    lacks: tuple[str, ...] = ()
    anchors: Mapping[str, AnchorForm] = attrs.field(factory=dict)
    stamps_like: Stamps = Stamps.STANDARD
    log: LogKind = LogKind.CHANGE_LOG
    password_attribute: str = "userPassword"  # noqa: S105 -- the name of an attribute
    hashes_passwords: bool = False
    structural_class_fixed: bool = True
    uses_schema_messages: bool = False
    request_first: bool = False
    checked_in_requests: frozenset[ProblemCode] = frozenset(ProblemCode)
    adds_superclasses: bool = False
    pretty_names: bool = False
    plain_filters: bool = False
    no_context_code: int = ResultCode.NO_SUCH_OBJECT
    rdn_code: int = ResultCode.NOT_ALLOWED_ON_RDN
    unknown_attribute_code: int = ResultCode.OBJECT_CLASS_VIOLATION
    unmodifiable_code: int = ResultCode.CONSTRAINT_VIOLATION
    codes: Mapping[ProblemCode, int] = attrs.field(factory=dict)
    messages: Messages = Messages()

    def root_dse(self, suffix: DN) -> Entry:
        """Return the root DSE of a server that holds ``suffix``."""
        contexts = [str(suffix), *self.root.get("namingContexts", ())]
        return Entry("", {**self.root, "namingContexts": contexts})

    def schema(self) -> Schema:
        """Return the standard schema with what the product adds."""
        return _schema(self.vendor)

    def suffix_entry(self, suffix: DN) -> Entry:
        """Return the entry of a naming context.

        Raises:
            UsageError: no standard class is named by the suffix's attribute.
        """
        ava = suffix.rdn.avas[0]
        made = _SUFFIXES.get(ava.type.lower())
        if made is None:
            raise UsageError(
                f"no entry can be made for the suffix {str(suffix)!r}: it starts with one of "
                + ", ".join(_SUFFIXES)
            )
        return Entry(suffix, {"objectClass": made[0], ava.type: ava.octets, **made[1]})

    def stamps(
        self,
        entry: Entry,
        *,
        schema: Schema,
        new_uuid: uuid.UUID | None,
        now: datetime,
        sequence: int,
        by: str,
    ) -> dict[str, tuple[bytes, ...]]:
        """Return the operational attributes that the server writes with a change.

        Args:
            entry: the entry as it will be.
            schema: tells the structural class.
            new_uuid: the identifier of a new entry; None for an entry that has one.
            now: the time of the change.
            sequence: counts the server's changes.
            by: who changes.
        """
        time = now.strftime("%Y%m%d%H%M%SZ").encode()
        out: dict[str, tuple[bytes, ...]] = {}
        if new_uuid is not None:
            for name, form in self.anchors.items():
                out[name] = (_anchor(new_uuid, form),)
        who = (by.encode(),) if by else ()
        if self.stamps_like is Stamps.ACTIVE_DIRECTORY:
            time = now.strftime("%Y%m%d%H%M%S.0Z").encode()
            out["whenChanged"], out["uSNChanged"] = (time,), (b"%d" % sequence,)
            if new_uuid is not None:
                out["whenCreated"], out["uSNCreated"] = (time,), (b"%d" % sequence,)
            return out
        out["modifyTimestamp"], out["modifiersName"] = (time,), who
        if new_uuid is not None:
            out["createTimestamp"], out["creatorsName"] = (time,), who
        if self.vendor is Vendor.OPENLDAP:
            out["entryCSN"] = (self.csn(now, sequence),)
            structural = schema.structural_class(entry.object_classes)
            out["structuralObjectClass"] = (structural.encode(),) if structural else ()
        return out

    def csn(self, now: datetime, sequence: int) -> bytes:
        """Return the change sequence number of a change; empty where the product has none."""
        if self.vendor is not Vendor.OPENLDAP:
            return b""
        stamp = now.strftime("%Y%m%d%H%M%S.%f")
        return f"{stamp}Z#{sequence & 0xFFFFFF:06x}#000#000000".encode()

    @property
    def computed_names(self) -> frozenset[str]:
        """The names, in lower case, of what :meth:`computed` returns."""
        if self.stamps_like is Stamps.ACTIVE_DIRECTORY:
            return frozenset({"distinguishedname", "name"})
        return frozenset({"entrydn", "hassubordinates", "subschemasubentry"})

    def computed(
        self, entry: Entry, *, has_children: bool, subschema: str
    ) -> dict[str, tuple[bytes, ...]]:
        """Return the operational attributes that are computed when they are asked for."""
        name = str(entry.dn).encode("utf-8", "surrogateescape")
        if self.stamps_like is Stamps.ACTIVE_DIRECTORY:
            return {"distinguishedName": (name,), "name": (entry.dn.rdn.avas[0].octets,)}
        out: dict[str, tuple[bytes, ...]] = {
            "entryDN": (name,),
            "hasSubordinates": (b"TRUE" if has_children else b"FALSE",),
        }
        if subschema:
            out["subschemaSubentry"] = (subschema.encode(),)
        return out

    @property
    def keeps_tombstones(self) -> bool:
        """Whether a deleted entry can still be found, by the control "show deleted"."""
        return self.stamps_like is Stamps.ACTIVE_DIRECTORY

    def graveyard(self, context: DN) -> Entry:
        """Return the container of a naming context's tombstones; it counts as one itself."""
        dn = DN.build(("cn", _GRAVEYARD), context)
        return Entry(dn, {"objectClass": ["top", "container"], "isDeleted": "TRUE"})

    def tombstone(self, entry: Entry, context: DN, *, sequence: int) -> Entry:
        """Return what is left of a deleted entry, as Active Directory leaves it."""
        guid = uuid.UUID(bytes_le=entry["objectGUID"][0])
        ava = entry.dn.rdn.avas[0]
        name = ava.octets.decode("utf-8", "surrogateescape") + f"\nDEL:{guid}"
        return Entry(
            DN.build((ava.type, name), ("cn", _GRAVEYARD), context),
            {
                "objectClass": entry["objectClass"],
                "objectGUID": entry["objectGUID"],
                "isDeleted": "TRUE",
                "lastKnownParent": str(entry.dn.parent or DN()),
                "uSNChanged": str(sequence),
            },
        )

    def code_of(self, problem: Problem) -> int:
        """Return the result code with which the product refuses a faulty entry."""
        return self.codes.get(problem.code, problem.result_code)

    def message_of(self, problem: Problem) -> str:
        """Return the diagnostic message with which the product refuses a faulty entry."""
        return problem.diagnostic if self.uses_schema_messages else ""


def _anchor(value: uuid.UUID, form: AnchorForm) -> bytes:
    if form is AnchorForm.GUID:
        return value.bytes_le
    if form is AnchorForm.NETSCAPE:
        digits = value.hex
        return "-".join(digits[at : at + 8] for at in range(0, 32, 8)).encode()
    return str(value).encode()


_SUFFIXES: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]]] = {
    "dc": (("top", "organization", "dcObject"), {"o": "example"}),
    "o": (("top", "organization"), {}),
    "ou": (("top", "organizationalUnit"), {}),
    "c": (("top", "country"), {}),
    "l": (("top", "locality"), {}),
    "cn": (("top", "applicationProcess"), {}),
}


def _attribute(oid: str, name: str, syntax: str, rest: str = "SINGLE-VALUE") -> str:
    return f"( {oid} NAME '{name}' {_EQUALITY[syntax]} SYNTAX {syntax} {rest} )"


_EQUALITY: Final = {
    _TEXT: "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch",
    _NAME: "EQUALITY distinguishedNameMatch",
    _BOOLEAN: "EQUALITY booleanMatch",
    _OCTETS: "EQUALITY octetStringMatch",
    _INTEGER: "EQUALITY integerMatch ORDERING integerOrderingMatch",
    _UUID: "EQUALITY UUIDMatch ORDERING UUIDOrderingMatch",
    _TIME: "EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch",
}

_PAGING: Final = "1.2.840.113556.1.4.319"
_ASSERTION: Final = "1.3.6.1.1.12"
_PASSWORD_MODIFY: Final = "1.3.6.1.4.1.4203.1.11.1"  # noqa: S105 -- the OID of an operation
_ALL_OPERATIONAL: Final = "1.3.6.1.4.1.4203.1.5.1"
_TRUE_FALSE: Final = "1.3.6.1.4.1.4203.1.5.3"

_NETSCAPE_ID: Final = _attribute("2.16.840.1.113730.3.1.542", "nsUniqueId", _TEXT, _READ_ONLY)
_NETSCAPE_LOCK: Final = _attribute(
    "2.16.840.1.113730.3.1.610", "nsAccountLock", _TEXT, "SINGLE-VALUE USAGE directoryOperation"
)
_ENTRY_UUID: Final = _attribute("1.3.6.1.1.16.4", "entryUUID", _UUID, _READ_ONLY)
_OPENDS_DISABLED: Final = _attribute(
    "1.3.6.1.4.1.26027.1.1.166",
    "ds-pwp-account-disabled",
    _BOOLEAN,
    "SINGLE-VALUE USAGE directoryOperation",
)
_EDIRECTORY: Final[Mapping[str, tuple[str, ...]]] = {
    "attributeTypes": (
        _attribute("2.16.840.1.113719.1.1.4.1.501", "GUID", _OCTETS, _READ_ONLY),
        _attribute("2.16.840.1.113719.1.1.4.1.40", "loginDisabled", _BOOLEAN),
    ),
    # There every person can log in: the class stands between top and person.
    "objectClasses": (
        (
            "( 2.16.840.1.113719.1.1.6.1.33 NAME 'ndsLoginProperties' SUP top ABSTRACT "
            "MAY loginDisabled )"
        ),
        (
            "( 2.5.6.6 NAME 'person' SUP ndsLoginProperties STRUCTURAL MUST ( sn $ cn ) "
            "MAY ( userPassword $ telephoneNumber $ seeAlso $ description ) )"
        ),
    ),
}


def _oids(**lists: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in lists.items()}


_OPENLDAP: Final = Personality(
    vendor=Vendor.OPENLDAP,
    root=_oids(
        objectClass=["top", "OpenLDAProotDSE"],
        structuralObjectClass=["OpenLDAProotDSE"],
        configContext=["cn=config"],
        subschemaSubentry=["cn=Subschema"],
        supportedLDAPVersion=["3"],
        supportedControl=[_PAGING, _ASSERTION],
        supportedExtension=["1.3.6.1.4.1.1466.20037", _PASSWORD_MODIFY],
        supportedFeatures=[
            "1.3.6.1.1.14",
            _ALL_OPERATIONAL,
            "1.3.6.1.4.1.4203.1.5.2",
            _TRUE_FALSE,
        ],
    ),
    anchors={"entryUUID": AnchorForm.UUID},
    log=LogKind.ACCESS_LOG,
    uses_schema_messages=True,
    request_first=True,
    pretty_names=True,
    no_context_code=ResultCode.UNWILLING_TO_PERFORM,
    rdn_code=ResultCode.NAMING_VIOLATION,
    unknown_attribute_code=ResultCode.UNDEFINED_ATTRIBUTE_TYPE,
    messages=Messages(
        no_context="no global superior knowledge",
        not_leaf="subordinate objects must be deleted first",
        naming_value="value of naming attribute '{attribute}' is not present in entry",
        no_values="modify/add operation requires values",
        no_superior="new superior not found",
        below_itself="cannot place an entry below itself",
        unmodifiable="{attribute}: no user modification allowed",
        value_exists="modify/add: {attribute}: value #{index} already exists",
        no_such_value="modify/delete: {attribute}: no such value",
        no_such_attribute="modify/delete: {attribute}: no such attribute",
        structural_change=(
            "structural object class modification from '{old}' to '{new}' not allowed"
        ),
        wrong_old_password="unwilling to verify old password",  # noqa: S106 -- a message
    ),
)

_DS_389: Final = Personality(
    vendor=Vendor.DS_389,
    root=_oids(
        objectClass=["top"],
        vendorName=["389 Project"],
        vendorVersion=["389-Directory/2.3.1 B2025.016.1616"],
        subschemaSubentry=["cn=schema"],
        supportedLDAPVersion=["2", "3"],
        supportedControl=[_PAGING],
        supportedExtension=[
            "1.3.6.1.4.1.1466.20037",
            _PASSWORD_MODIFY,
            "2.16.840.1.113730.3.6.5",
        ],
        supportedFeatures=[_ALL_OPERATIONAL],
    ),
    definitions={"attributeTypes": (_NETSCAPE_ID, _NETSCAPE_LOCK)},
    anchors={"nsUniqueId": AnchorForm.NETSCAPE, "entryUUID": AnchorForm.UUID},
    hashes_passwords=True,
    structural_class_fixed=False,
    checked_in_requests=frozenset({ProblemCode.DUPLICATE_VALUE}),
    adds_superclasses=True,
    plain_filters=True,
    codes={
        ProblemCode.UNKNOWN_ATTRIBUTE: ResultCode.OBJECT_CLASS_VIOLATION,
        ProblemCode.UNKNOWN_CLASS: ResultCode.OBJECT_CLASS_VIOLATION,
        ProblemCode.NAMING: ResultCode.NOT_ALLOWED_ON_RDN,
        ProblemCode.SEVERAL_VALUES: ResultCode.OBJECT_CLASS_VIOLATION,
    },
)

_AD_LDS: Final = Personality(
    vendor=Vendor.AD_LDS,
    root=_oids(
        configurationNamingContext=["CN=Configuration,CN={0B3C2E0A-0000-4000-8000-000000000001}"],
        serverName=["CN=LDS1$INSTANCE1,CN=Servers,CN=Default-First-Site-Name,CN=Sites"],
        dsServiceName=["CN=NTDS Settings,CN=LDS1$INSTANCE1,CN=Servers"],
        subschemaSubentry=["CN=Aggregate,CN=Schema,CN=Configuration"],
        supportedCapabilities=[
            "1.2.840.113556.1.4.1851",
            "1.2.840.113556.1.4.1670",
            "1.2.840.113556.1.4.1880",
        ],
        highestCommittedUSN=["4096"],
        supportedLDAPVersion=["3", "2"],
        supportedControl=[_PAGING, "1.2.840.113556.1.4.417", "1.2.840.113556.1.4.805"],
    ),
    definitions={
        "attributeTypes": (
            _attribute("1.2.840.113556.1.4.2", "objectGUID", _OCTETS, _READ_ONLY),
            _attribute("1.2.840.113556.1.2.19", "uSNCreated", _INTEGER, _READ_ONLY),
            _attribute("1.2.840.113556.1.2.120", "uSNChanged", _INTEGER, _READ_ONLY),
            _attribute("1.2.840.113556.1.2.2", "whenCreated", _TIME, _READ_ONLY),
            _attribute("1.2.840.113556.1.2.3", "whenChanged", _TIME, _READ_ONLY),
            _attribute("2.5.4.49", "distinguishedName", _NAME, _READ_ONLY),
            _attribute("1.2.840.113556.1.2.48", "isDeleted", _BOOLEAN),
            _attribute("1.2.840.113556.1.4.781", "lastKnownParent", _NAME),
            _attribute("1.2.840.113556.1.4.656", "userPrincipalName", _TEXT),
            _attribute("1.2.840.113556.1.4.1853", "msDS-UserAccountDisabled", _BOOLEAN),
            _attribute("1.2.840.113556.1.4.90", "unicodePwd", _OCTETS),
        ),
        "objectClasses": (
            # Microsoft's person has no mandatory surname, as that of RFC 4519 does.
            (
                "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST cn MAY ( sn $ serialNumber $ "
                "seeAlso $ telephoneNumber $ userPassword $ description ) )"
            ),
            (
                # There it extends user, and with it everything that an account has.
                "( 2.16.840.1.113730.3.2.2 NAME 'inetOrgPerson' SUP user STRUCTURAL MAY ( audio "
                "$ businessCategory $ carLicense $ departmentNumber $ employeeNumber "
                "$ employeeType $ homePhone $ homePostalAddress $ initials $ jpegPhoto "
                "$ labeledURI $ mobile $ o $ pager $ photo $ preferredLanguage $ roomNumber "
                "$ secretary $ userCertificate $ userPKCS12 $ userSMIMECertificate "
                "$ x500uniqueIdentifier ) )"
            ),
            (
                "( 1.2.840.113556.1.3.23 NAME 'container' SUP top STRUCTURAL MUST cn "
                "MAY description )"
            ),
            (
                "( 1.2.840.113556.1.5.244 NAME 'msDS-BindableObject' SUP top AUXILIARY "
                "MAY ( unicodePwd $ msDS-UserAccountDisabled ) )"
            ),
            (
                "( 1.2.840.113556.1.5.9 NAME 'user' SUP organizationalPerson STRUCTURAL "
                "MAY ( userPrincipalName $ displayName $ mail $ givenName $ uid $ manager "
                "$ unicodePwd $ msDS-UserAccountDisabled ) )"
            ),
        ),
    },
    lacks=("entryUUID", "entryDN", "entryCSN", "contextCSN", "hasSubordinates"),
    anchors={"objectGUID": AnchorForm.GUID},
    stamps_like=Stamps.ACTIVE_DIRECTORY,
    log=LogKind.NONE,
    password_attribute="unicodePwd",  # noqa: S106 -- the name of an attribute
    hashes_passwords=True,
)

_APACHEDS: Final = Personality(
    vendor=Vendor.APACHEDS,
    log=LogKind.NONE,  # it has none that lasts
    root=_oids(
        objectClass=["top", "extensibleObject"],
        vendorName=["Apache Software Foundation"],
        vendorVersion=["2.0.0.AM26"],
        entryUUID=["f290425c-8272-4e62-8a67-92b06f38dbf5"],
        subschemaSubentry=["cn=schema"],
        supportedLDAPVersion=["3"],
        supportedControl=[_PAGING],
        supportedExtension=["1.3.6.1.4.1.1466.20037", _PASSWORD_MODIFY],
        supportedFeatures=[_ALL_OPERATIONAL, "1.3.6.1.1.14"],
    ),
    anchors={"entryUUID": AnchorForm.UUID},
)

_IBM: Final = Personality(
    vendor=Vendor.IBM,
    root=_oids(
        vendorname=["International Business Machines (IBM)"],
        vendorversion=["6.3.1"],
        ibmdirectoryversion=["6.3.1"],
        subschemaSubentry=["cn=schema"],
        supportedLDAPVersion=["2", "3"],
        supportedControl=[_PAGING],
    ),
    definitions={
        "attributeTypes": (
            _attribute("1.3.18.0.2.4.1780", "ibm-entryUuid", _UUID, _READ_ONLY),
            _attribute(
                "ibm-pwdAccountLocked-oid",  # its number is in no source of ours
                "ibm-pwdAccountLocked",
                _BOOLEAN,
                "SINGLE-VALUE USAGE directoryOperation",
            ),
        )
    },
    anchors={"ibm-entryUuid": AnchorForm.UUID},
)

_ISODE: Final = Personality(
    vendor=Vendor.ISODE,
    root=_oids(
        vendorName=["Isode Limited"],
        subschemaSubentry=["cn=schema"],
        supportedLDAPVersion=["3"],
        supportedControl=[_PAGING],
    ),
)


def _edirectory(vendor: Vendor, name: str, version: str) -> Personality:
    return Personality(
        vendor=vendor,
        root=_oids(
            vendorName=[name],
            vendorVersion=[version],
            dsaName=["cn=SERVER,o=system"],
            directoryTreeName=["TREE"],
            subschemaSubentry=["cn=schema"],
            supportedLDAPVersion=["3"],
            supportedGroupingTypes=["2.16.840.1.113719.1.27.103.8"],
            supportedControl=[_PAGING],
            supportedFeatures=[_ALL_OPERATIONAL, "2.16.840.1.113719.1.27.99.1"],
        ),
        definitions=_EDIRECTORY,
        log=LogKind.NONE,
        anchors={"GUID": AnchorForm.GUID},
        hashes_passwords=True,
    )


def _opends(vendor: Vendor, name: str, version: str) -> Personality:
    return Personality(
        vendor=vendor,
        root=_oids(
            objectClass=["top", "ds-root-dse"],
            vendorName=[name],
            vendorVersion=[version],
            entryUUID=["d41d8cd9-8f00-3204-a980-0998ecf8427e"],
            subschemaSubentry=["cn=schema"],
            supportedLDAPVersion=["2", "3"],
            supportedControl=[_PAGING, _ASSERTION],
            supportedExtension=["1.3.6.1.4.1.1466.20037", _PASSWORD_MODIFY],
            supportedFeatures=[_ALL_OPERATIONAL, _TRUE_FALSE],
        ),
        definitions={"attributeTypes": (_OPENDS_DISABLED,)},
        anchors={"entryUUID": AnchorForm.UUID},
        hashes_passwords=True,
    )


_ORACLE_DSEE: Final = Personality(
    vendor=Vendor.ORACLE_DSEE,
    root=_oids(
        objectClass=["top"],
        vendorName=["Sun Microsystems, Inc."],
        vendorVersion=["Sun-Directory-Server/7.0"],
        dataversion=["020261122090416"],
        subschemaSubentry=["cn=schema"],
        supportedLDAPVersion=["2", "3"],
        supportedControl=[_PAGING],
        supportedExtension=[_PASSWORD_MODIFY],
    ),
    definitions={"attributeTypes": (_NETSCAPE_ID, _NETSCAPE_LOCK)},
    anchors={"nsUniqueId": AnchorForm.NETSCAPE},
    hashes_passwords=True,
)

_RADIANTONE: Final = Personality(
    vendor=Vendor.RADIANTONE,
    root=_oids(
        objectClass=["top"],
        vendorname=["Radiant Logic, Inc."],
        vendorversion=["RadiantOne 7.4"],
        serverType=["VDS"],
        subschemaSubentry=["cn=schema"],
        supportedLDAPVersion=["3"],
        supportedControl=[_PAGING],
        supportedFeatures=[_TRUE_FALSE],
    ),
    definitions={"attributeTypes": (_NETSCAPE_LOCK,)},
    anchors={"entryUUID": AnchorForm.UUID},
)

_PERSONALITIES: Final[Mapping[Vendor, Personality]] = {
    one.vendor: one
    for one in (
        _OPENLDAP,
        _AD_LDS,
        _DS_389,
        _APACHEDS,
        _IBM,
        _ISODE,
        _edirectory(
            Vendor.NETIQ_EDIRECTORY,
            "NetIQ Corporation",
            "LDAP Agent for NetIQ eDirectory 9.1.4 (40105.09)",
        ),
        _edirectory(
            Vendor.NOVELL_EDIRECTORY,
            "Novell, Inc.",
            "LDAP Agent for Novell eDirectory 8.8 SP4 (20217.05)",
        ),
        _opends(Vendor.OPENDJ, "ForgeRock AS.", "OpenDJ 3.0.0"),
        _opends(Vendor.OPENDS, "Sun Microsystems, Inc.", "OpenDS Directory Server 2.2.1"),
        _ORACLE_DSEE,
        _RADIANTONE,
    )
}


def personality_of(product: Vendor | str) -> Personality:
    """Return the personality of a product, named by its :class:`Vendor` or its text.

    Raises:
        UsageError: there is none of this name.
    """
    try:
        return _PERSONALITIES[Vendor(product)]
    except (KeyError, ValueError):
        known = ", ".join(_PERSONALITIES)
        near = nearest(str(product), _PERSONALITIES)
        hint = f". Did you mean {near}?" if near else ""
        raise UsageError(
            f"no memory directory behaves as {str(product)!r}; one of: {known}{hint}"
        ) from None


@cache
def _schema(vendor: Vendor) -> Schema:
    """Parse once a product: a schema is a value, and tests open many directories."""
    personality = personality_of(vendor)
    merged = {name: list(texts) for name, texts in Schema.standard().definitions().items()}
    own = [*personality.definitions.items(), *LOG_DEFINITIONS[personality.log].items()]
    merged["attributeTypes"] = [
        text
        for text in merged["attributeTypes"]
        if not any(f"'{name}'" in text for name in personality.lacks)
    ]
    for name, texts in own:
        # What the product defines itself takes the place of the standard definition.
        numbers = {text.split()[1] for text in texts}
        kept = [text for text in merged.get(name, ()) if text.split()[1] not in numbers]
        merged[name] = [*kept, *texts]
    return Schema.parse(merged)
