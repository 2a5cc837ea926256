"""How a password is set: by which operation, on which attribute, in which form."""

from __future__ import annotations

import attrs

from ldapconnector.directory._extended import PASSWORD_MODIFY, password_modify
from ldapconnector.directory._results import ResultCode
from ldapconnector.entries import Entry, Modification, Modify
from ldapconnector.errors import NotAllowed
from ldapconnector.names import DN
from ldapconnector.secret import Secret
from ldapconnector.vendors import identify

__all__ = ["PasswordChange", "offers_operation", "password_attribute", "takes_attribute_instead"]


def password_attribute(root_dse: Entry) -> str:
    """Return the product's password attribute.

    >>> password_attribute(Entry("", {"supportedCapabilities": "1.2.840.113556.1.4.1851"}))
    'unicodePwd'
    """
    return identify(root_dse).traits.password.attribute


def offers_operation(root_dse: Entry, attribute: str) -> bool:
    """Tell whether the password modify operation (RFC 3062) is there for this attribute."""
    return attribute.lower() == "userpassword" and PASSWORD_MODIFY in root_dse.text(
        "supportedExtension"
    )


def takes_attribute_instead(error: NotAllowed) -> bool:
    """Tell whether a server that refused the operation takes the attribute.

    389 Directory Server wants a secured line for the operation, and only for the operation; the
    profile allows an unsecured one, or we would not have come so far. ApacheDS changes
    passwords by it and does not set the first one.
    """
    first = "no existing password" in error.diagnostic
    return first or error.code == ResultCode.CONFIDENTIALITY_REQUIRED


@attrs.frozen(kw_only=True)
class PasswordChange:
    """A new password for an account.

    Attributes:
        name: the account's DN.
        new: the password.
        old: the one before, where the account changes its own.
    """

    name: str
    new: Secret
    old: Secret | None = None

    def by_operation(self) -> bytes:
        """Return the password modify request."""
        old = None if self.old is None else self.old.reveal()
        return password_modify(self.name, self.new.reveal(), old)

    def by_attribute(self, attribute: str) -> Modify:
        """Return the modification: replace as an administrator, delete and add as oneself."""
        quoted = attribute.lower() == "unicodepwd"
        new = _octets(self.new, quoted=quoted)
        if self.old is None:
            steps = [Modification.replace(attribute, (new,))]
        else:
            old = _octets(self.old, quoted=quoted)
            steps = [Modification.delete(attribute, (old,)), Modification.add(attribute, (new,))]
        return Modify(DN.of(self.name), tuple(steps))


def _octets(secret: Secret, *, quoted: bool) -> bytes:
    """Return a password as its attribute wants it (unicodePwd: MS-ADTS 3.1.1.3.1.5)."""
    if quoted:
        return f'"{secret.reveal()}"'.encode("utf-16-le")
    return secret.reveal().encode()
