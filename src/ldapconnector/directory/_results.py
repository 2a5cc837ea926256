"""Results as typed errors, explained in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from ldapconnector.directory._password_policy import (
    PasswordPolicyError,
    password_policy_answer,
)
from ldapconnector.directory._protocol import Control
from ldapconnector.directory._result_codes import (
    MEANINGS,
    Meaning,
    ResultCode,
    meaning_of,
    result_name,
)
from ldapconnector.directory._result_messages import meaning_of_message
from ldapconnector.errors import BindRefused, DirectoryError, InvalidValue, NotAllowed, TlsFailed

__all__ = ["ResultCode", "result_error", "result_name"]


def result_error(
    code: int,
    *,
    operation: str = "",
    dn: str = "",
    diagnostic: str = "",
    matched_dn: str = "",
    referrals: Sequence[str] = (),
    controls: Sequence[Control] = (),
) -> DirectoryError:
    """Return the typed error for a result other than success.

    Args:
        code: the result code.
        operation: what was tried, such as ``bind`` or ``add``.
        dn: the entry concerned.
        diagnostic: the server's own message; the line's end that some put behind it is cut.
        matched_dn: the nearest entry that exists, where the server told it.
        referrals: addresses that a referral named.
        controls: of the answer; that of a password policy says why it refused.

    >>> error = result_error(
    ...     21, operation="add", dn="cn=a", diagnostic="objectClass: value #0 invalid per syntax"
    ... )
    >>> type(error).__name__
    'SchemaViolation'
    >>> error.explanation
    'The server does not know the object class that is value number 0 (counted from 0) of objectClass'
    """
    diagnostic = diagnostic.rstrip("\r\n\0 ")
    said = meaning_of_message(code, diagnostic)
    meaning = said or meaning_of(code)
    answer = password_policy_answer(controls)
    if answer is not None and answer.error is not None and not _is_vague(answer.error, code, said):
        refused = InvalidValue if answer.error.is_about_the_value else NotAllowed
        meaning = Meaning(refused, answer.error.explanation, answer.error.next_step)
    kind: type[DirectoryError] = meaning.kind
    explanation, next_step = meaning.explanation, meaning.next_step
    if operation == "bind" and kind in {NotAllowed, InvalidValue, DirectoryError}:
        kind = BindRefused
    elif operation != "bind" and kind is BindRefused:
        kind = NotAllowed
    if operation == "starttls":
        kind = TlsFailed
    if code == ResultCode.NO_SUCH_OBJECT and operation in {"add", "rename"}:
        explanation = "The entry above the new one does not exist"
        if matched_dn:
            explanation += f"; the nearest that does is {matched_dn!r}"
        next_step = "Add the missing parents first (the provisioning hierarchy does so)."
    return kind(
        operation=operation,
        dn=dn,
        code=code,
        diagnostic=diagnostic,
        explanation=explanation,
        next_step=next_step,
        matched_dn=matched_dn,
        referrals=referrals,
        message=result_name(code) if code not in MEANINGS else "",
    )


def _is_vague(error: PasswordPolicyError, code: int, said: Meaning | None) -> bool:
    """Tell whether the rest of an answer says more than what the policy says.

    389 Directory Server calls a disabled account "locked", and a password that one has no
    right to change "not to be changed by the policy".
    """
    if error is PasswordPolicyError.ACCOUNT_LOCKED:
        return said is not None
    not_ours = error is PasswordPolicyError.PASSWORD_MOD_NOT_ALLOWED
    return not_ours and code == ResultCode.INSUFFICIENT_ACCESS_RIGHTS
