"""Messages of servers that say more than their result code.

Sources: Microsoft, the sub-codes of AcceptSecurityContext; and the messages of OpenLDAP 2.5,
389 Directory Server 2.3, Samba 4.17 and ApacheDS 2.0 as they were observed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import attrs

from ldapconnector.directory._result_codes import Meaning
from ldapconnector.errors import (
    BindRefused,
    DirectoryError,
    EntryExists,
    InvalidValue,
    NamingViolation,
    NotAllowed,
    SchemaViolation,
)

__all__ = ["meaning_of_message"]


@attrs.frozen
class _Message:
    """A message of a server that says more than its code; ``{0}``.. are its groups."""

    codes: frozenset[int]
    pattern: re.Pattern[str]
    meaning: Meaning


def _message(
    codes: int | Iterable[int],
    pattern: str,
    kind: type[DirectoryError],
    explanation: str,
    next_step: str = "",
) -> _Message:
    known = frozenset([codes] if isinstance(codes, int) else codes)
    return _Message(
        known, re.compile(pattern, re.IGNORECASE), Meaning(kind, explanation, next_step)
    )


_LOCKED: Final = "The account is locked after too many wrong passwords, or by an administrator"
_UNLOCK: Final = "Wait until the lock ends, or let an administrator unlock it."
_TOO_SIMPLE: Final = "The password does not satisfy the server's password policy"
_MORE_VARIED: Final = "Make passwords longer or more varied, as the policy asks."


def _ad_logon(data: str, explanation: str, next_step: str) -> _Message:
    pattern = rf"AcceptSecurityContext error, data {data}\b"
    return _message(49, pattern, BindRefused, explanation, next_step)


#: The first that fits is told.
_MESSAGES: Final[tuple[_Message, ...]] = (
    # OpenLDAP, schema
    _message(
        21,
        r"^objectClass: value #(\d+) invalid per syntax",
        SchemaViolation,
        "The server does not know the object class that is value number {0} (counted from 0) of "
        "objectClass",
        "Correct the name of the class, or load the schema that defines it into the server.",
    ),
    _message(
        21,
        r"^(\S+): value #(\d+) invalid per syntax",
        InvalidValue,
        "Value number {1} (counted from 0) of {0} does not have the form that its syntax demands",
        "Look the syntax of {0} up in the schema; many syntaxes refuse an empty value.",
    ),
    _message(
        17,
        r"^(\S+): attribute type undefined",
        SchemaViolation,
        "The server's schema has no attribute {0}",
        "Correct its name, or load the schema that defines it into the server.",
    ),
    _message(
        65,
        r"object class '([^']+)' requires attribute '([^']+)'",
        SchemaViolation,
        "The class {0} demands the attribute {1}, which the entry lacks or would lose",
        "Map a value to {1}, or give it a default.",
    ),
    _message(
        65,
        r"attribute '([^']+)' not allowed",
        SchemaViolation,
        "None of the entry's object classes allows the attribute {0}",
        "Add the auxiliary class that allows {0}, or do not map it.",
    ),
    _message(
        65,
        r"no structural object ?class",
        SchemaViolation,
        "Every entry needs a structural object class, and this one names auxiliary or abstract "
        "classes only",
        "Add a structural class such as inetOrgPerson, or account beside posixAccount.",
    ),
    _message(
        65,
        r"invalid structural object ?class chain \((\S+?)/(\S+?)\)",
        SchemaViolation,
        "{0} and {1} are both structural and neither is derived from the other, so no entry can "
        "have both",
        "Keep one of them.",
    ),
    _message(
        65,
        r"unrecogni[sz]ed objectClass '([^']+)'",
        SchemaViolation,
        "The server does not know the object class {0}",
        "Correct the name of the class, or load the schema that defines it into the server.",
    ),
    _message(
        65,
        r"missing attribute \"([^\"]+)\" required by object class \"([^\"]+)\"",
        SchemaViolation,
        "The class {1} demands the attribute {0}, which the entry lacks or would lose",
        "Map a value to {0}, or give it a default.",
    ),
    _message(
        65,
        r"attribute \"([^\"]+)\" not allowed",
        SchemaViolation,
        "None of the entry's object classes allows the attribute {0}",
        "Add the auxiliary class that allows {0}, or do not map it.",
    ),
    _message(
        65,
        r"unknown object class \"([^\"]+)\"",
        SchemaViolation,
        "The server does not know the object class {0}",
        "Correct the name of the class, or load the schema that defines it into the server.",
    ),
    _message(
        {19, 65},
        r"attribute '([^']+)' cannot have multiple values",
        InvalidValue,
        "The attribute {0} takes one value, and would have several",
        'Replace its value instead of adding one, or treat it as single value ("single_value").',
    ),
    _message(
        {19, 65},
        r"single-valued attribute \"([^\"]+)\" has multiple values",
        InvalidValue,
        "The attribute {0} takes one value, and would have several",
        'Replace its value instead of adding one, or treat it as single value ("single_value").',
    ),
    _message(
        {19, 53, 65},
        r"(\S+?):? no user modification allowed",
        NotAllowed,
        "The attribute {0} is maintained by the server itself",
        "Do not map it.",
    ),
    _message(
        64,
        r"value of (?:single-valued )?naming attribute '([^']+)' (?:is not present|conflicts)",
        NamingViolation,
        "The entry's name says another value of {0} than the entry would have",
        "Leave {0} out of modifications, and rename the entry to change it.",
    ),
    _message(
        65,
        r"value of naming attribute",
        NamingViolation,
        "The entry's name and its naming attribute contradict one another",
        "Leave the naming attribute out of modifications, and rename the entry to change it.",
    ),
    # uniqueness
    _message(
        19,
        r"some attributes not unique|same attribute value already exists",
        EntryExists,
        "Another entry has a value that the server keeps unique",
        "Match users to the entries that are there, or make the value unique (SelectUniqueValue).",
    ),
    # password policy
    _message(
        {19, 53},
        r"password (?:fails quality|is (?:too short|not being changed)|too short|in history)|"
        r"invalid password syntax|within password minimum age|password must be|"
        r"passwords? with storage scheme",
        InvalidValue,
        _TOO_SIMPLE,
        _MORE_VARIED,
    ),
    _message(
        {19, 53},
        r"0000052D|SvcErr: DSID-031A12D2|SvcErr: DSID-031A1248",
        InvalidValue,
        _TOO_SIMPLE + ", or the line is not secured",
        _MORE_VARIED + " Active Directory takes passwords on a secured line only.",
    ),
    _message(
        {53, 49, 19},
        r"account inactivated|account (?:is )?(?:disabled|inactive)|nsAccountLock",
        BindRefused,
        "The account is disabled",
        "Let the server's administrator activate it (nsAccountLock in 389 Directory Server).",
    ),
    _message(
        {19, 49, 53},
        r"exceed password retry limit|account (?:is )?(?:temporarily |permanently )?locked",
        BindRefused,
        _LOCKED,
        _UNLOCK,
    ),
    _message(
        {49, 53},
        r"password (?:has )?expired",
        BindRefused,
        "The password of the account has expired",
        "Set a new password for it.",
    ),
    # Active Directory family: AcceptSecurityContext error, data XXX (a Win32 error, hexadecimal)
    _ad_logon("525", "There is no such account", "Check the user's name."),
    _ad_logon("52e", "The name is known and the password is wrong", "Check the password."),
    _ad_logon(
        "530", "The account may not log in at this time", "Look at the account's logon hours."
    ),
    _ad_logon(
        "531", "The account may not log in from this machine", "Look at its allowed workstations."
    ),
    _ad_logon("532", "The password of the account has expired", "Set a new password for it."),
    _ad_logon("533", "The account is disabled", "Let an administrator enable it."),
    _ad_logon(
        "568",
        "The account is in too many groups for a logon",
        "Use an account with fewer group memberships.",
    ),
    _ad_logon("701", "The account has expired", "Let an administrator prolong it."),
    _ad_logon(
        "773",
        "The password must be changed before the first logon",
        "Set a password that need not be changed for this service account.",
    ),
    _ad_logon("775", _LOCKED, _UNLOCK),
    _ad_logon(
        "80090346",
        "The server demands channel binding, which this bind did not offer",
        "Bind with Kerberos, with the extra certificates installed.",
    ),
    _message(
        8,
        r"integrity checking|LDAP_STRONG_AUTH_REQUIRED|BindSimple: Transport encryption required",
        NotAllowed,
        "The server demands signed or encrypted messages",
        'Use security "ldaps" or "starttls".',
    ),
    _message(
        1,
        r"successful bind must be completed",
        NotAllowed,
        "The server answers nobody without a bind",
        "Use a binding other than anonymous.",
    ),
    _message(
        {48, 49, 53},
        r"anonymous (?:bind|access|operations?)[^.]*(?:disallow|not allowed|disabled|required)",
        BindRefused,
        "The server does not let nobody in (anonymous binds are switched off)",
        "Use a binding other than anonymous.",
    ),
    _message(
        53,
        r"unauthenticated bind|\(DN\) (?:with|without) (?:no )?password",
        BindRefused,
        "The server refuses a bind with a name and an empty password",
        "Give the password.",
    ),
    _message(
        {49, 80},
        r"GSSAPI.*(?:key table|keytab|credentials were (?:supplied|unavailable))",
        BindRefused,
        "The server cannot accept Kerberos tickets: it has no key of its own",
        "Give the server a keytab with the key of ldap/HOST (KRB5_KTNAME in its environment).",
    ),
    _message(
        53,
        r"no global superior knowledge|shadow context; no update referral",
        NamingViolation,
        "The server has no database for this name, or holds a read-only copy of it",
        "Compare the name with the naming contexts of the root DSE.",
    ),
)


def meaning_of_message(code: int, diagnostic: str) -> Meaning | None:
    """Return what a server's message means; None where it says nothing that is known.

    >>> meaning_of_message(17, "foo: attribute type undefined").explanation
    "The server's schema has no attribute foo"
    """
    if not diagnostic:
        return None
    for known in _MESSAGES:
        if code in known.codes and (found := known.pattern.search(diagnostic)):
            groups = found.groups()
            return Meaning(
                known.meaning.kind,
                known.meaning.explanation.format(*groups),
                known.meaning.next_step.format(*groups),
            )
    return None
