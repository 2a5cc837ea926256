"""The result codes of LDAP and what they mean in plain words (RFC 4511, appendix A)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import attrs

from ldapconnector.errors import (
    BindRefused,
    DirectoryError,
    EntryExists,
    EntryNotFound,
    InvalidValue,
    LimitExceeded,
    NamingViolation,
    NotAllowed,
    NotLeaf,
    ReferralReturned,
    SchemaViolation,
    ServerBusy,
)

__all__ = ["MEANINGS", "Meaning", "ResultCode", "meaning_of", "result_name"]


class ResultCode(IntEnum):
    """The result codes of LDAP (RFC 4511, 4.1.9 and the IANA registry).

    >>> ResultCode(32).name
    'NO_SUCH_OBJECT'
    """

    SUCCESS = 0
    OPERATIONS_ERROR = 1
    PROTOCOL_ERROR = 2
    TIME_LIMIT_EXCEEDED = 3
    SIZE_LIMIT_EXCEEDED = 4
    COMPARE_FALSE = 5
    COMPARE_TRUE = 6
    AUTH_METHOD_NOT_SUPPORTED = 7
    STRONGER_AUTH_REQUIRED = 8
    REFERRAL = 10
    ADMIN_LIMIT_EXCEEDED = 11
    UNAVAILABLE_CRITICAL_EXTENSION = 12
    CONFIDENTIALITY_REQUIRED = 13
    SASL_BIND_IN_PROGRESS = 14
    NO_SUCH_ATTRIBUTE = 16
    UNDEFINED_ATTRIBUTE_TYPE = 17
    INAPPROPRIATE_MATCHING = 18
    CONSTRAINT_VIOLATION = 19
    ATTRIBUTE_OR_VALUE_EXISTS = 20
    INVALID_ATTRIBUTE_SYNTAX = 21
    NO_SUCH_OBJECT = 32
    ALIAS_PROBLEM = 33
    INVALID_DN_SYNTAX = 34
    ALIAS_DEREFERENCING_PROBLEM = 36
    INAPPROPRIATE_AUTHENTICATION = 48
    INVALID_CREDENTIALS = 49
    INSUFFICIENT_ACCESS_RIGHTS = 50
    BUSY = 51
    UNAVAILABLE = 52
    UNWILLING_TO_PERFORM = 53
    LOOP_DETECT = 54
    SORT_CONTROL_MISSING = 60
    OFFSET_RANGE_ERROR = 61
    NAMING_VIOLATION = 64
    OBJECT_CLASS_VIOLATION = 65
    NOT_ALLOWED_ON_NON_LEAF = 66
    NOT_ALLOWED_ON_RDN = 67
    ENTRY_ALREADY_EXISTS = 68
    OBJECT_CLASS_MODS_PROHIBITED = 69
    AFFECTS_MULTIPLE_DSAS = 71
    VIRTUAL_LIST_VIEW_ERROR = 76
    OTHER = 80
    CANCELED = 118
    NO_SUCH_OPERATION = 119
    TOO_LATE = 120
    CANNOT_CANCEL = 121
    ASSERTION_FAILED = 122
    AUTHORIZATION_DENIED = 123
    SYNC_REFRESH_REQUIRED = 4096


def result_name(code: int) -> str:
    """Return the code's name as the RFC writes it.

    >>> result_name(21), result_name(999)
    ('invalidAttributeSyntax', 'result code 999')
    """
    try:
        first, *rest = ResultCode(code).name.lower().split("_")
    except ValueError:
        return f"result code {code}"
    return first + "".join(
        {"dn": "DN", "rdn": "RDN", "dsas": "DSAs"}.get(part, part.capitalize()) for part in rest
    )


@attrs.frozen
class Meaning:
    """What to tell: the kind of error, what it means, what to do."""

    kind: type[DirectoryError]
    explanation: str
    next_step: str = ""


MEANINGS: Final[dict[int, Meaning]] = {
    ResultCode.OPERATIONS_ERROR: Meaning(
        DirectoryError,
        "The server could not carry this out in the present state of the connection",
        "Active Directory answers so to a search before a bind; else read the server's message.",
    ),
    ResultCode.PROTOCOL_ERROR: Meaning(
        DirectoryError,
        "The server does not understand the request, or does not have this operation",
        "Compare what the root DSE offers (supportedExtension, supportedControl).",
    ),
    ResultCode.TIME_LIMIT_EXCEEDED: Meaning(
        LimitExceeded,
        "The server's time limit ended the operation early; what came is a part",
        "Search a smaller container, index the attributes of the filter, or let the server's "
        "administrator raise the limit for this account.",
    ),
    ResultCode.SIZE_LIMIT_EXCEEDED: Meaning(
        LimitExceeded,
        "There are more entries than the server gives for one search; what came is a part",
        "Read in pages (page_size). Where pages do not help, the limit itself must be raised for "
        "this account: size.prtotal in OpenLDAP, nsslapd-pagedsizelimit and nsslapd-sizelimit "
        "in 389 Directory Server, ds-rlim-size-limit in OpenDJ, MaxPageSize in AD LDS.",
    ),
    ResultCode.ADMIN_LIMIT_EXCEEDED: Meaning(
        LimitExceeded,
        "The server would have to look through more entries than it may; what came is a part",
        "Index the attributes of the filter, or raise the limit: nsslapd-lookthroughlimit in "
        "389 Directory Server, limits size.unchecked in OpenLDAP, ds-rlim-lookthrough-limit in "
        "OpenDJ.",
    ),
    ResultCode.AUTH_METHOD_NOT_SUPPORTED: Meaning(
        BindRefused,
        "The server does not offer this kind of bind",
        "Choose a binding that it offers: supportedSASLMechanisms of the root DSE lists those "
        "besides the simple one. EXTERNAL is mostly offered only on a secured line with a "
        "client certificate.",
    ),
    ResultCode.STRONGER_AUTH_REQUIRED: Meaning(
        NotAllowed,
        "The server demands a stronger bind, or a secured line, for this",
        'Use security "ldaps" or "starttls", or the binding kerberos.',
    ),
    ResultCode.REFERRAL: Meaning(
        ReferralReturned,
        "The server does not hold this name and points to other servers. Referrals are never "
        "followed, since that would hand the credentials to whoever is named",
        "If the place is right, give that server as the host of a partition of its own.",
    ),
    ResultCode.UNAVAILABLE_CRITICAL_EXTENSION: Meaning(
        NotAllowed,
        "The server does not have a control that the request depends on",
        "Switch the control off in the profile's controls, or leave it to what the server "
        "advertises.",
    ),
    ResultCode.CONFIDENTIALITY_REQUIRED: Meaning(
        NotAllowed,
        "The server accepts this on a secured line only",
        'Use security "starttls" on this port, or "ldaps".',
    ),
    ResultCode.SASL_BIND_IN_PROGRESS: Meaning(
        BindRefused,
        "The server wants the bind to go on, and this kind of bind has no further step",
        "Give an authorization_id where the server needs one.",
    ),
    ResultCode.NO_SUCH_ATTRIBUTE: Meaning(
        InvalidValue,
        "The entry does not have the attribute, or not the value, that should be removed",
        "Read the entry again: somebody else may have changed it meanwhile.",
    ),
    ResultCode.UNDEFINED_ATTRIBUTE_TYPE: Meaning(
        SchemaViolation,
        "The server's schema has no such attribute",
        "Correct its name, or load the schema that defines it into the server.",
    ),
    ResultCode.INAPPROPRIATE_MATCHING: Meaning(
        InvalidValue,
        "The attribute has no matching rule for this comparison",
        "Replace all values of the attribute instead of adding or removing single ones.",
    ),
    ResultCode.CONSTRAINT_VIOLATION: Meaning(
        InvalidValue,
        "A value breaks a constraint of its attribute",
        "Read the server's message: a second value of a single-valued attribute, a value that "
        "must be unique, a length, or the password policy.",
    ),
    ResultCode.ATTRIBUTE_OR_VALUE_EXISTS: Meaning(
        EntryExists,
        "The entry has this value already, or the request names it twice; the server compares "
        "by the attribute's matching rule, mostly without regard to case and spaces",
        "Read the entry again, or send each value once.",
    ),
    ResultCode.INVALID_ATTRIBUTE_SYNTAX: Meaning(
        InvalidValue,
        "A value does not have the form that its attribute demands",
        "Look the attribute's syntax up in the schema; many syntaxes refuse an empty value.",
    ),
    ResultCode.NO_SUCH_OBJECT: Meaning(
        EntryNotFound,
        "There is no such entry, or this account may not see it",
        "Check the name, and the rights of the account.",
    ),
    ResultCode.ALIAS_PROBLEM: Meaning(DirectoryError, "An alias points to nothing"),
    ResultCode.INVALID_DN_SYNTAX: Meaning(
        NamingViolation,
        "The server does not take this for a DN",
        "Build DNs with DN.build, which escapes values; an unknown attribute type or a NUL "
        "character is refused too.",
    ),
    ResultCode.ALIAS_DEREFERENCING_PROBLEM: Meaning(
        DirectoryError, "An alias could not be followed, or may not be"
    ),
    ResultCode.INAPPROPRIATE_AUTHENTICATION: Meaning(
        BindRefused,
        "This kind of bind is not possible for this account, or not at all",
        "The account may have no password; or the server refuses to let nobody in (an anonymous "
        "bind).",
    ),
    ResultCode.INVALID_CREDENTIALS: Meaning(
        BindRefused,
        "The name or the password is wrong, or the account may not log in; the server does not "
        "tell which",
        "Check the DN of the account (not its login name, for most products), then the password.",
    ),
    ResultCode.INSUFFICIENT_ACCESS_RIGHTS: Meaning(
        NotAllowed,
        "The account has no right to do this",
        "Grant it in the server's access rules, or bind as another account.",
    ),
    ResultCode.BUSY: Meaning(
        ServerBusy, "The server has too much to do right now", "Try again later."
    ),
    ResultCode.UNAVAILABLE: Meaning(
        ServerBusy,
        "The server is shutting down, or a part of it is off-line",
        "Try again later, or on another replica.",
    ),
    ResultCode.UNWILLING_TO_PERFORM: Meaning(
        NotAllowed,
        "The server will not do this",
        "Read the server's message: a read-only replica, a rule of a plug-in or overlay, an "
        "attribute that it maintains itself, or a password over an unsecured line.",
    ),
    ResultCode.LOOP_DETECT: Meaning(
        DirectoryError, "The server went round in circles (aliases or referrals)"
    ),
    ResultCode.SORT_CONTROL_MISSING: Meaning(
        DirectoryError, "A virtual list view needs a sort control beside it"
    ),
    ResultCode.OFFSET_RANGE_ERROR: Meaning(
        DirectoryError, "The place in the virtual list view is outside of the list"
    ),
    ResultCode.NAMING_VIOLATION: Meaning(
        NamingViolation,
        "The name is not possible here: its attribute, its place, or it contradicts the entry",
        "The value of the naming attribute must be in the entry; to change it, rename the entry.",
    ),
    ResultCode.OBJECT_CLASS_VIOLATION: Meaning(
        SchemaViolation,
        "The entry would break the rules of its object classes: a mandatory attribute is "
        "missing, or one is not allowed",
        "Compare with schema.must(classes) and schema.may(classes).",
    ),
    ResultCode.NOT_ALLOWED_ON_NON_LEAF: Meaning(
        NotLeaf,
        "The entry has entries below it",
        "Delete those first; deleting whole trees must be asked for.",
    ),
    ResultCode.NOT_ALLOWED_ON_RDN: Meaning(
        NamingViolation,
        "The value that names the entry cannot be removed by a modification",
        "Rename the entry instead.",
    ),
    ResultCode.ENTRY_ALREADY_EXISTS: Meaning(
        EntryExists,
        "There is an entry of this name",
        "Match users to the entries that are there before creating new ones.",
    ),
    ResultCode.OBJECT_CLASS_MODS_PROHIBITED: Meaning(
        SchemaViolation,
        "The structural object class of an entry cannot be changed",
        "Delete the entry and add it anew with the other class; auxiliary classes can change.",
    ),
    ResultCode.AFFECTS_MULTIPLE_DSAS: Meaning(
        NotAllowed,
        "The new place belongs to another database or server",
        "Add the entry there and delete it here.",
    ),
    ResultCode.VIRTUAL_LIST_VIEW_ERROR: Meaning(
        DirectoryError,
        "The virtual list view failed",
        "The server may need a view (index) for this sort order; or read without one.",
    ),
    ResultCode.OTHER: Meaning(
        DirectoryError,
        "The server failed in a way that LDAP has no word for",
        "Read the server's message, and its log.",
    ),
    ResultCode.ASSERTION_FAILED: Meaning(
        DirectoryError,
        "The entry no longer meets the condition under which the change was to be made",
        "Read the entry again and plan anew.",
    ),
    ResultCode.AUTHORIZATION_DENIED: Meaning(
        BindRefused,
        "The account may not act as the one that authorization_id names",
        "Grant it in the server, or leave authorization_id empty.",
    ),
    ResultCode.SYNC_REFRESH_REQUIRED: Meaning(
        DirectoryError,
        "The server has lost track of the changes since the last refresh",
        "Run a full import.",
    ),
}

_UNKNOWN: Final = Meaning(
    DirectoryError, "The server answered with a result that is not in the standard"
)


def meaning_of(code: int) -> Meaning:
    """Return what a code means by itself.

    >>> meaning_of(68).explanation
    'There is an entry of this name'
    """
    return MEANINGS.get(code, _UNKNOWN)
