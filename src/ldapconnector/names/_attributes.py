"""Attribute descriptions (RFC 4512, 2.5) and the names under which one type is known."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import attrs

from ldapconnector._given import wrong_kind
from ldapconnector.errors import NameSyntaxError

__all__ = ["AttributeDescription", "attribute_name", "checked_type", "type_key"]

# Underscores are not in RFC 4512; every directory product lets them in all the same.
TYPE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*|(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
# "=" and the star are not in it either: Active Directory's ``member;range=1500-*``.
_OPTION: Final = re.compile(r"[A-Za-z0-9_=-]+|range=[0-9]+-\*", re.IGNORECASE)

# RFC 4514, section 3, and RFC 4519: the naming attributes that go by several names.
_ALIASES: Final = {
    alias.lower(): names[0]
    for names in (
        ("name", "2.5.4.41"),
        ("cn", "commonName", "2.5.4.3"),
        ("sn", "surname", "2.5.4.4"),
        ("serialnumber", "2.5.4.5"),
        ("c", "countryName", "2.5.4.6"),
        ("l", "localityName", "2.5.4.7"),
        ("st", "stateOrProvinceName", "2.5.4.8"),
        ("street", "streetAddress", "2.5.4.9"),
        ("o", "organizationName", "2.5.4.10"),
        ("ou", "organizationalUnitName", "2.5.4.11"),
        ("title", "2.5.4.12"),
        ("givenname", "gn", "2.5.4.42"),
        ("dc", "domainComponent", "0.9.2342.19200300.100.1.25"),
        ("uid", "userid", "0.9.2342.19200300.100.1.1"),
        ("mail", "rfc822Mailbox", "0.9.2342.19200300.100.1.3"),
    )
    for alias in names
}


def type_key(name: str) -> str:
    """Return the one name under which an attribute type is compared in a DN.

    >>> type_key("commonName"), type_key("2.5.4.3"), type_key("employeeNumber")
    ('cn', 'cn', 'employeenumber')
    """
    lowered = name.lower()
    return _ALIASES.get(lowered, lowered)


def checked_type(name: str, text: str = "") -> None:
    """Refuse what is no attribute type.

    Args:
        name: the supposed type.
        text: what it is a part of, for the message.

    Raises:
        NameSyntaxError: it is no name and no dotted number.
        UsageError: it is no text.
    """
    if not isinstance(name, str):
        raise wrong_kind("an attribute type", "a text", name)
    if not TYPE.fullmatch(name):
        raise NameSyntaxError(
            f"{name!r} is no attribute type: a name of letters, digits and hyphens that starts "
            "with a letter, or a dotted number",
            text=text or name,
        )


_NAME: Final = re.compile(r"[^\s:\x00-\x1f\x7f]+")


def attribute_name(text: str) -> str:
    """Return ``text`` if it can name an attribute in an entry or a change.

    That is more than RFC 4512 allows: some servers have names with a dot or a bracket in them,
    and an import must not stop at one. What would end a name, in LDIF or for a reader, cannot
    be in it.

    Raises:
        NameSyntaxError: it is empty, or has a space, a colon or a control character in it.
        UsageError: it is no text.

    >>> attribute_name("userCertificate;binary"), attribute_name("x.y[1]")
    ('userCertificate;binary', 'x.y[1]')
    """
    if isinstance(text, str):
        return _checked_name(text)
    raise wrong_kind("the name of an attribute", "a text", text)


@lru_cache(maxsize=4096)
def _checked_name(text: str) -> str:
    if not _NAME.fullmatch(text) or text.startswith(";") or text.endswith(";"):
        raise NameSyntaxError(
            f"{text!r} is no name of an attribute: it is empty, or has a space or a colon in it",
            text=text,
        )
    return text


@attrs.frozen(eq=False)
class AttributeDescription:
    """An attribute type and its options, such as ``userCertificate;binary``.

    Two descriptions are equal when their types are, without regard to case, and they
    have the same options in whatever order (RFC 4512, 2.5).

    Attributes:
        type: a name or a dotted number, as it was written.
        options: in the order in which they were written.
    """

    type: str
    options: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> AttributeDescription:
        """Read ``type[;option]*``.

        Raises:
            NameSyntaxError: the text is no attribute description.
            UsageError: it is no text.

        >>> AttributeDescription.parse("userCertificate;binary").options
        ('binary',)
        """
        if isinstance(text, str):
            return _parsed(text)
        raise wrong_kind("an attribute description", "a text", text)

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What decides equality: the type in lower case and the sorted options."""
        return self.type.lower(), tuple(sorted(option.lower() for option in self.options))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AttributeDescription):
            return NotImplemented
        return self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return ";".join([self.type, *self.options]) if self.options else self.type


# A directory has a few hundred of them, and each stands in many entries, changes and filters.
@lru_cache(maxsize=4096)
def _parsed(text: str) -> AttributeDescription:
    kind, *options = text.split(";")
    checked_type(kind, text)
    position = len(kind) + 1
    for option in options:
        if not _OPTION.fullmatch(option):
            raise NameSyntaxError(
                f"{option!r} is no attribute option: letters, digits and hyphens",
                text=text,
                position=position,
            )
        position += len(option) + 1
    return AttributeDescription(kind, tuple(options))
