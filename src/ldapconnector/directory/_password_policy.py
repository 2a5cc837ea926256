"""What a server says about a password and its policy (draft-behera-ldap-password-policy-10)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import attrs

from ldapconnector.directory._ber import element, elements, read_integer
from ldapconnector.directory._protocol import Control
from ldapconnector.errors import ConnectionFailed

__all__ = [
    "PASSWORD_POLICY",
    "PasswordPolicyAnswer",
    "PasswordPolicyError",
    "password_policy_answer",
    "password_policy_request",
]

PASSWORD_POLICY: Final = "1.3.6.1.4.1.42.2.27.8.5.1"  # noqa: S105  an OID
_NETSCAPE_EXPIRED: Final = "2.16.840.1.113730.3.4.4"
_NETSCAPE_EXPIRING: Final = "2.16.840.1.113730.3.4.5"
_SEQUENCE: Final = 0x30
_WARNING: Final = 0xA0
_ERROR: Final = 0x81
_SECONDS_LEFT: Final = 0x80


class PasswordPolicyError(IntEnum):
    """Why the policy refuses (section 6.2); the numbers are the wire's."""

    PASSWORD_EXPIRED = 0
    ACCOUNT_LOCKED = 1
    CHANGE_AFTER_RESET = 2
    PASSWORD_MOD_NOT_ALLOWED = 3
    MUST_SUPPLY_OLD_PASSWORD = 4
    INSUFFICIENT_PASSWORD_QUALITY = 5
    PASSWORD_TOO_SHORT = 6
    PASSWORD_TOO_YOUNG = 7
    PASSWORD_IN_HISTORY = 8
    PASSWORD_TOO_LONG = 9

    @property
    def is_about_the_value(self) -> bool:
        """Whether another password would do."""
        return self >= PasswordPolicyError.INSUFFICIENT_PASSWORD_QUALITY

    @property
    def explanation(self) -> str:
        """The same in plain words."""
        return _TEXTS[self][0]

    @property
    def next_step(self) -> str:
        """What to do about it."""
        return _TEXTS[self][1]


_TEXTS: Final = {
    PasswordPolicyError.PASSWORD_EXPIRED: (
        "The password of the account has expired",
        "Set a new password for it.",
    ),
    PasswordPolicyError.ACCOUNT_LOCKED: (
        "The account is locked after too many wrong passwords, or by an administrator",
        "Wait until the lock ends, or let an administrator unlock it (pwdAccountLockedTime).",
    ),
    PasswordPolicyError.CHANGE_AFTER_RESET: (
        "The password was set by an administrator and must be changed before anything else",
        "Change it once as that account, or set one that need not be changed (pwdReset).",
    ),
    PasswordPolicyError.PASSWORD_MOD_NOT_ALLOWED: (
        "The password policy lets nobody change this password",
        "Set it as an administrator, or change the policy (pwdAllowUserChange).",
    ),
    PasswordPolicyError.MUST_SUPPLY_OLD_PASSWORD: (
        "The password policy wants the old password beside the new one",
        "Give the old one too, or set the password as an administrator.",
    ),
    PasswordPolicyError.INSUFFICIENT_PASSWORD_QUALITY: (
        "The password is too simple for the server's password policy",
        "Make passwords more varied, as the policy asks (pwdCheckQuality).",
    ),
    PasswordPolicyError.PASSWORD_TOO_SHORT: (
        "The password is shorter than the server's password policy allows",
        "Make passwords longer (pwdMinLength).",
    ),
    PasswordPolicyError.PASSWORD_TOO_YOUNG: (
        "The password was changed a short while ago and cannot be changed again yet",
        "Wait, or set it as an administrator (pwdMinAge).",
    ),
    PasswordPolicyError.PASSWORD_IN_HISTORY: (
        "The password was used before, and the policy does not allow it again",
        "Choose another one (pwdInHistory).",
    ),
    PasswordPolicyError.PASSWORD_TOO_LONG: (
        "The password is longer than the server's password policy allows",
        "Choose a shorter one (pwdMaxLength).",
    ),
}


@attrs.frozen(kw_only=True)
class PasswordPolicyAnswer:
    """What the policy says.

    Attributes:
        error: why it refuses; None where it does not.
        expires_in: seconds until the password expires, where it told.
        grace_logins: how often one can still log in with the expired password, where it told.
    """

    error: PasswordPolicyError | None = None
    expires_in: int | None = None
    grace_logins: int | None = None

    @property
    def warning(self) -> str:
        """What to tell a person although all went well; empty for nothing."""
        if self.error is not None:
            return f"{self.error.explanation}. {self.error.next_step}"
        if self.grace_logins is not None:
            return f"The password has expired; {self.grace_logins} more logins are allowed."
        if self.expires_in is not None:
            return f"The password expires in {self.expires_in // 86400} days."
        return ""


def password_policy_request() -> Control:
    """Ask what the policy says about this request."""
    return Control(oid=PASSWORD_POLICY)


def password_policy_answer(controls: Sequence[Control]) -> PasswordPolicyAnswer | None:
    """Read the policy's answer; None where there is none that can be read.

    >>> answer = password_policy_answer(
    ...     [Control(oid=PASSWORD_POLICY, value=bytes.fromhex("3003810101"))]
    ... )
    >>> answer.error
    <PasswordPolicyError.ACCOUNT_LOCKED: 1>
    """
    for control in controls:
        value = control.value or b""
        if control.oid == PASSWORD_POLICY:
            try:
                return _decode(value)
            except (ConnectionFailed, ValueError):
                return None  # it explains something; it must not hide what it explains
        if control.oid == _NETSCAPE_EXPIRED:
            return PasswordPolicyAnswer(error=PasswordPolicyError.PASSWORD_EXPIRED)
        if control.oid == _NETSCAPE_EXPIRING and value.isdigit():
            return PasswordPolicyAnswer(expires_in=int(value))
    return None


def _decode(value: bytes) -> PasswordPolicyAnswer:
    _, start, stop = element(value, 0, len(value), _SEQUENCE)
    error: PasswordPolicyError | None = None
    expires_in: int | None = None
    grace_logins: int | None = None
    for part in elements(value, start, stop):
        if part.tag == _ERROR:
            error = PasswordPolicyError(read_integer(value, part.start, part.stop))
        elif part.tag == _WARNING:
            for told in elements(value, part.start, part.stop):
                number = read_integer(value, told.start, told.stop)
                if told.tag == _SECONDS_LEFT:
                    expires_in = number
                else:
                    grace_logins = number
    return PasswordPolicyAnswer(error=error, expires_in=expires_in, grace_logins=grace_logins)
