"""What a product is like: the facts on which a connector's defaults rest."""

from __future__ import annotations

import enum
import re
from typing import Final

import attrs

from ldapconnector.vendors._vendor import Vendor

__all__ = [
    "Certainty",
    "DeltaKind",
    "DisableTraits",
    "Fingerprint",
    "PagingKind",
    "PasswordEncoding",
    "PasswordStep",
    "PasswordTraits",
    "Traits",
    "VendorStrings",
]


class DeltaKind(enum.StrEnum):
    """How a product tells what changed since the last import.

    The values are those of ``connector.DeltaMethod``.
    """

    NONE = "none"
    ACCESS_LOG = "accesslog"
    CHANGE_LOG = "changelog"
    USN = "usn"
    TIMESTAMP = "timestamp"


class PagingKind(enum.StrEnum):
    """How a long search is cut into pages. The values are those of ``connector.Paging``."""

    SIMPLE = "simple"
    VLV = "vlv"
    NONE = "none"


class PasswordEncoding(enum.StrEnum):
    """How a new password is written as a value."""

    TEXT = "text"
    """UTF-8, as ``userPassword`` takes it."""
    QUOTED_UTF16 = "quoted_utf16"
    """In double quotes, UTF-16 little-endian, as ``unicodePwd`` takes it."""


class PasswordStep(enum.StrEnum):
    """One step of creating an account with a password."""

    CREATE = "create"
    """Add the entry without a password."""
    CREATE_WITH_PASSWORD = "create_with_password"  # noqa: S105 -- a step, no secret
    """Add the entry with the password among its values."""
    CREATE_DISABLED = "create_disabled"
    """Add the entry without a password and disabled."""
    SET_PASSWORD = "set_password"  # noqa: S105 -- a step, no secret
    """Replace the password attribute, in an operation of its own."""
    ENABLE = "enable"
    """Write the enabled value of the disable convention."""


class Certainty(enum.StrEnum):
    """How sure the facts of a product are."""

    TESTED = "tested"
    """Exercised by this project's tests against a running server."""
    CAPTURED = "captured"
    """Read from answers of real servers; not exercised here."""
    DOCUMENTED = "documented"
    """Taken from the maker's or Microsoft's documentation only."""
    ASSUMED = "assumed"
    """No answer of a real server was found; the best guess."""


@attrs.frozen(kw_only=True)
class PasswordTraits:
    """How passwords are set.

    Attributes:
        attribute: the attribute to replace.
        alternatives: other attributes that a deployment may use.
        encoding: how the value is written.
        needs_encryption: whether the server refuses a password on a plain connection.
        modify_extension: whether the Password Modify operation (RFC 3062) is known to be
            offered; the root DSE of the server at hand decides.
        change: whether users can change their own with the old one (Microsoft's "Set and
            Change"); otherwise only an administrator sets them ("Set only").
        steps: the order in which an account with a password comes into being.
        caveat: what to know about it.
    """

    attribute: str = "userPassword"
    alternatives: tuple[str, ...] = ()
    encoding: PasswordEncoding = PasswordEncoding.TEXT
    needs_encryption: bool = False
    modify_extension: bool = False
    change: bool = True
    steps: tuple[PasswordStep, ...] = (PasswordStep.CREATE_WITH_PASSWORD,)
    caveat: str = ""


@attrs.frozen(kw_only=True)
class DisableTraits:
    """How an account is disabled.

    Attributes:
        attribute: the attribute that is written; empty where no convention is known.
        disabled: its value for a disabled account.
        enabled: its value for an enabled one; None removes the attribute.
        caveat: what it really does, and what it needs.
    """

    attribute: str = ""
    disabled: str = ""
    enabled: str | None = None
    caveat: str = ""


@attrs.frozen(kw_only=True)
class Traits:
    """The declared facts of one product.

    Attributes:
        vendor: the product; None for a directory that is not known.
        name: what it is called in print.
        supported: whether provisioning into it is supported.
        refusal: why not, and what to use instead; empty for supported ones.
        anchor: the attribute that identifies an entry for ever, through renames and moves.
        anchor_binary: whether its values are octets rather than text.
        anchor_caveat: what the anchor needs, such as a version or a plug-in.
        microsoft_anchor: the anchor of Microsoft's Generic LDAP connector, ``dn`` or an attribute.
        delta: how changes are found.
        change_log: the base of the change log by default; empty where there is none.
        delta_watermark: the attribute whose value marks how far an import came.
        delta_sees_deletes: whether deleted entries are reported.
        delta_caveat: what must be switched on, and what the method cannot see.
        paging: how long searches are cut into pages.
        password: how passwords are set.
        disable: how accounts are disabled.
        lock_attribute: the attribute that tells of an account locked after failures; may be empty.
        user_classes: structural classes for people, the usual one first.
        naming_attribute: the usual attribute of a person's RDN.
        ask_by_name: attributes of the root DSE that ``*`` and ``+`` do not return.
        announces_true_false: whether it announces the absolute true and false filters (feature
            1.3.6.1.4.1.4203.1.5.3) that Microsoft's connector asks for.
        quirks: what else differs from the standards.
        certainty: how sure all this is.
        sources: where the facts come from.
    """

    vendor: Vendor | None
    name: str
    supported: bool = True
    refusal: str = ""
    anchor: str = "dn"
    anchor_binary: bool = False
    anchor_caveat: str = ""
    microsoft_anchor: str = "dn"
    delta: DeltaKind = DeltaKind.TIMESTAMP
    change_log: str = ""
    delta_watermark: str = "modifyTimestamp"
    delta_sees_deletes: bool = False
    delta_caveat: str = ""
    paging: PagingKind = PagingKind.SIMPLE
    password: PasswordTraits = PasswordTraits()
    disable: DisableTraits = DisableTraits()
    lock_attribute: str = ""
    user_classes: tuple[str, ...] = ("inetOrgPerson",)
    naming_attribute: str = "uid"
    ask_by_name: tuple[str, ...] = ()
    announces_true_false: bool = False
    quirks: tuple[str, ...] = ()
    certainty: Certainty = Certainty.ASSUMED
    sources: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class VendorStrings:
    """One way in which a product names itself in ``vendorName`` and ``vendorVersion``.

    Both patterns are searched without regard to case. Never is ``vendorName`` alone taken for
    a maker of several products.

    Attributes:
        product: the name in print of what answers so.
        name: a pattern of vendorName.
        version: a pattern of vendorVersion; its group ``v`` is the version number.
        name_alone: whether vendorName tells the product where vendorVersion is hidden.
        version_alone: whether vendorVersion does where vendorName is hidden.
    """

    product: str
    name: str
    version: str
    name_alone: bool = False
    version_alone: bool = False

    def match(self, name: str, version: str) -> re.Match[str] | None:
        """Return the match that tells the version; None where the strings are others."""
        named = re.search(self.name, name, re.IGNORECASE)
        versioned = re.search(self.version, version, re.IGNORECASE)
        if name and version:
            return versioned if named else None
        if name:
            return named if self.name_alone else None
        return versioned if self.version_alone else None


@attrs.frozen(kw_only=True)
class Fingerprint:
    """What a product gives away.

    Attributes:
        strings: how it names itself.
        schema: names of which all are defined in its schema and, together, in no other's.
    """

    strings: tuple[VendorStrings, ...] = ()
    schema: tuple[frozenset[str], ...] = ()


#: Microsoft's technical reference, the source that all product files share.
GENERIC_LDAP: Final = (
    "https://learn.microsoft.com/en-us/microsoft-identity-manager/reference/"
    "microsoft-identity-manager-2016-connector-genericldap"
)
