"""The elements of a directory schema as values (RFC 4512, section 4.1)."""

from __future__ import annotations

import enum

import attrs

__all__ = [
    "AttributeType",
    "ClassKind",
    "DitContentRule",
    "DitStructureRule",
    "Element",
    "Finding",
    "FindingCode",
    "LdapSyntax",
    "MatchingRule",
    "MatchingRuleUse",
    "NameForm",
    "ObjectClass",
    "Usage",
]


class ClassKind(enum.StrEnum):
    """What an object class is for (RFC 4512, 2.4).

    >>> ClassKind("auxiliary") is ClassKind.AUXILIARY
    True
    """

    ABSTRACT = "abstract"
    STRUCTURAL = "structural"
    AUXILIARY = "auxiliary"


class Usage(enum.StrEnum):
    """Whom the values of an attribute serve (RFC 4512, 4.1.2).

    >>> Usage.USER_APPLICATIONS.operational, Usage.DSA_OPERATION.operational
    (False, True)
    """

    USER_APPLICATIONS = "userApplications"
    DIRECTORY_OPERATION = "directoryOperation"
    DISTRIBUTED_OPERATION = "distributedOperation"
    DSA_OPERATION = "dSAOperation"

    @property
    def operational(self) -> bool:
        """Whether a search returns it only when it is asked for by name or with ``+``."""
        return self is not Usage.USER_APPLICATIONS


@attrs.frozen(kw_only=True, slots=False)
class Element:
    """What all definitions of a schema have in common.

    Attributes:
        oid: the number, or the text that stands in its place (389 Directory Server
            publishes such as ``nsAccountLock-oid``).
        names: short names in their order; the first one is what a person sees.
        description: the text of ``DESC``.
        obsolete: whether it is marked ``OBSOLETE``.
        definition: the text as the server published it.
    """

    oid: str
    names: tuple[str, ...] = ()
    description: str = ""
    obsolete: bool = False
    definition: str = attrs.field(default="", eq=False, repr=False)

    @property
    def name(self) -> str:
        """The first name, or the number where there is none.

        >>> Element(oid="2.5.4.3", names=("cn", "commonName")).name
        'cn'
        """
        return self.names[0] if self.names else self.oid

    @property
    def extensions(self) -> dict[str, tuple[str, ...]]:
        """The ``X-`` extensions of the definition, by their name in upper case.

        >>> Element(oid="1.1", definition="( 1.1 X-ORIGIN 'RFC 4512' )").extensions
        {'X-ORIGIN': ('RFC 4512',)}
        """
        from ldapconnector.schema._reader import read_extensions  # noqa: PLC0415 -- a cycle

        return read_extensions(self.definition)


@attrs.frozen(kw_only=True, slots=False)
class AttributeType(Element):
    """An attribute type (RFC 4512, 4.1.2), with what it inherits already filled in.

    Attributes:
        superior: the attribute type it is a subtype of, as it is written, or None.
        equality, ordering, substring: names or numbers of the matching rules, or None.
        syntax: the number of the syntax; None where neither it nor a superior says one.
        length: the suggested upper bound of a value in characters (or octets), or None.
        single_value: whether an entry holds at most one value.
        collective: whether the values are shared by the entries of a subtree (RFC 3671).
        no_user_modification: whether only the server writes it.
        usage: whom the values serve.

    >>> mail = AttributeType(oid="0.9.2342.19200300.100.1.3", names=("mail", "rfc822Mailbox"))
    >>> mail.name, mail.operational
    ('mail', False)
    """

    superior: str | None = None
    equality: str | None = None
    ordering: str | None = None
    substring: str | None = None
    syntax: str | None = None
    length: int | None = None
    single_value: bool = False
    collective: bool = False
    no_user_modification: bool = False
    usage: Usage = Usage.USER_APPLICATIONS

    @property
    def operational(self) -> bool:
        """Whether a search returns it only when it is asked for."""
        return self.usage is not Usage.USER_APPLICATIONS


@attrs.frozen(kw_only=True, slots=False)
class ObjectClass(Element):
    """An object class (RFC 4512, 4.1.1), as it is defined: without what it inherits.

    ``Schema.must`` and ``Schema.may`` add what the superior classes ask and allow.

    Attributes:
        superiors: the classes it extends, as they are written.
        kind: structural unless the definition says otherwise.
        must: attributes that an entry of the class needs.
        may: attributes that it can have.

    >>> ObjectClass(oid="2.5.6.6", names=("person",), must=("sn", "cn")).kind
    <ClassKind.STRUCTURAL: 'structural'>
    """

    superiors: tuple[str, ...] = ()
    kind: ClassKind = ClassKind.STRUCTURAL
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, slots=False)
class MatchingRule(Element):
    """A matching rule that the server knows (RFC 4512, 4.1.3).

    Attributes:
        syntax: the number of the syntax of the value that is compared with.
    """

    syntax: str | None = None


@attrs.frozen(kw_only=True, slots=False)
class MatchingRuleUse(Element):
    """The attributes that a matching rule can be used with (RFC 4512, 4.1.4).

    Attributes:
        applies: attribute types, as they are written. ``oid`` is that of the rule.
    """

    applies: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, slots=False)
class LdapSyntax(Element):
    """A syntax that the server knows (RFC 4512, 4.1.5)."""


@attrs.frozen(kw_only=True, slots=False)
class DitContentRule(Element):
    """What entries of one structural class may contain besides (RFC 4512, 4.1.6).

    Attributes:
        auxiliary: auxiliary classes that such an entry can have.
        must: further attributes that it needs.
        may: further attributes that it can have.
        precluded: attributes that it cannot have (``NOT``). ``oid`` is that of the class.
    """

    auxiliary: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    precluded: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, slots=False)
class DitStructureRule(Element):
    """Which entries can stand below which (RFC 4512, 4.1.7.1). ``oid`` is the rule's number.

    Attributes:
        form: the name form that it governs.
        superiors: the numbers of the rules of the entries above.
    """

    form: str = ""
    superiors: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, slots=False)
class NameForm(Element):
    """Which attributes name the entries of a structural class (RFC 4512, 4.1.7.2).

    Attributes:
        object_class: the structural class.
        must: attributes that the RDN has.
        may: attributes that it can have besides.
    """

    object_class: str = ""
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


class FindingCode(enum.StrEnum):
    """What is wrong with a definition.

    >>> FindingCode.UNREADABLE.lost, FindingCode.REPAIRED.lost
    (True, False)
    """

    UNREADABLE = "unreadable"
    REPAIRED = "repaired"
    DUPLICATE = "duplicate"
    UNDEFINED = "undefined"
    CYCLE = "cycle"

    @property
    def lost(self) -> bool:
        """Whether the definition is missing from the schema because of it."""
        return self is FindingCode.UNREADABLE


@attrs.frozen(kw_only=True, slots=False)
class Finding:
    """One thing that is wrong in a schema. The schema is usable all the same.

    Attributes:
        code: what kind of fault; only ``UNREADABLE`` loses a definition.
        kind: the attribute of the subschema entry, such as ``attributeTypes``.
        name: the element concerned, or an empty string where it has none.
        message: what is wrong and how it was read.
        definition: the text as the server published it.

    >>> print(Finding(code=FindingCode.UNDEFINED, kind="objectClasses", name="person",
    ...               message="MAY names 'shoeSize', which is not defined"))
    objectClasses person: MAY names 'shoeSize', which is not defined
    """

    code: FindingCode
    kind: str
    name: str = ""
    message: str = ""
    definition: str = attrs.field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.message}"
