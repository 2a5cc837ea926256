"""A directory's schema: what its entries may contain and how their values compare."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast, final

from ldapconnector._given import mapping_of, of_kind, wrong_kind
from ldapconnector.entries import Entry
from ldapconnector.names import RDN, FilterItem
from ldapconnector.schema._assembly import (
    IBM_ATTRIBUTE_TYPES,
    indexed,
    read_elements,
    subtypes_of,
    with_inheritance,
    with_lengths,
)
from ldapconnector.schema._check import CheckMemory, Problem, check_entry
from ldapconnector.schema._comparison import (
    asserted_of,
    equality_of,
    ordering_of,
    rule_of,
    substring_of,
)
from ldapconnector.schema._findings import findings_of
from ldapconnector.schema._matching import Rule, rule_for
from ldapconnector.schema._model import (
    AttributeType,
    ClassKind,
    DitContentRule,
    DitStructureRule,
    Element,
    Finding,
    LdapSyntax,
    MatchingRule,
    MatchingRuleUse,
    NameForm,
    ObjectClass,
)
from ldapconnector.schema._reader import KINDS
from ldapconnector.schema._requirements import requirements_of, superclasses_of
from ldapconnector.schema._syntaxes import Syntax, syntax_of
from ldapconnector.schema._typed import decode_value, encode_value

__all__ = ["Schema"]

_FOLDED: Final = cast("Rule", rule_for("caseIgnoreMatch"))
_KEPT: Final = {kind.lower(): kind for kind in [*KINDS, IBM_ATTRIBUTE_TYPES]}


def _text(value: str | bytes) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        raise wrong_kind("a name or a definition of a schema", "a text or octets", value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _names(classes: Iterable[str | bytes]) -> Iterator[str]:
    """Return names of object classes as text; an entry has them as octets."""
    if isinstance(classes, (str, bytes)) or not isinstance(classes, Iterable):
        hint = 'write ["person"] for a single one'
        raise wrong_kind("the argument classes", "a sequence of names", classes, hint)
    return (name if type(name) is str else _text(name) for name in classes)


@final
class Schema:
    """The schema of a directory, read from its subschema entry (RFC 4512, section 4.2).

    A schema is a value: it does not change, it can be compared, hashed and pickled. Names of
    attributes and classes are found by any of their names, by number, and without regard to
    case; options (``userCertificate;binary``) are ignored where they are not part of a name.

    It satisfies :class:`ldapconnector.names.MatchingSchema`, so filters and differences are
    evaluated by matching rule.

    >>> schema = Schema.parse({
    ...     "attributeTypes": ["( 2.5.4.3 NAME ( 'cn' 'commonName' ) EQUALITY caseIgnoreMatch"
    ...                        " SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )"],
    ...     "objectClasses": ["( 2.5.6.0 NAME 'top' ABSTRACT )",
    ...                       "( 2.5.6.14 NAME 'device' SUP top MUST commonName )"],
    ... })
    >>> schema.must(["device"])
    frozenset({'cn'})
    >>> schema.equality_key("CN", b"Jane  DOE")
    'jane doe'
    """

    __slots__ = (
        "_aliases",
        "_attributes",
        "_by_kind",
        "_chains",
        "_checking",
        "_classes",
        "_compares",
        "_content",
        "_equality",
        "_findings",
        "_forms",
        "_naming",
        "_ordering",
        "_raw",
        "_requirements",
        "_rules",
        "_substring",
        "_subtypes",
        "_syntaxes",
        "_uses",
    )

    def __init__(
        self, definitions: Mapping[str, Sequence[str]], aliases: Iterable[str] = ()
    ) -> None:
        """Read the definitions; :meth:`parse` takes them as they come."""
        self._raw = {kind: tuple(texts) for kind, texts in definitions.items()}
        self._aliases = tuple(aliases)
        findings: list[Finding] = []
        self._by_kind: dict[str, tuple[Element, ...]] = {
            kind: tuple(read_elements(kind, self._raw.get(kind, ()), findings)) for kind in KINDS
        }
        attributes = cast("tuple[AttributeType, ...]", self._by_kind["attributeTypes"])
        attributes = with_lengths(attributes, self._raw.get(IBM_ATTRIBUTE_TYPES, ()), findings)
        self._attributes = indexed("attributeTypes", attributes, findings)
        attributes = with_inheritance(attributes, self._attributes, findings)
        self._by_kind["attributeTypes"] = attributes
        self._classes = indexed("objectClasses", self.object_classes, findings)
        self._rules = indexed("matchingRules", self.matching_rules, findings)
        self._uses = indexed("matchingRuleUse", self.matching_rule_uses, [])
        self._syntaxes = indexed("ldapSyntaxes", self.syntaxes, findings)
        self._content = indexed("dITContentRules", self.content_rules, findings)
        self._forms = indexed("nameForms", self.name_forms, findings)
        # A directory that publishes no rule at all (Active Directory, eDirectory) still compares.
        self._compares = any(attribute.equality for attribute in attributes)
        self._findings: tuple[Finding, ...] = tuple(findings)
        # What was once worked out; filled on demand, each entry always with the same value.
        self._chains: dict[str, tuple[str, ...]] = {}
        self._requirements: dict[
            tuple[frozenset[str], bool, bool], tuple[frozenset[str], frozenset[str]]
        ] = {}
        self._equality: dict[str, Callable[[bytes], Hashable]] = {}
        self._naming: dict[str, tuple[str, Callable[[bytes], Hashable]]] = {}
        self._checking = CheckMemory()
        self._ordering: dict[str, Callable[[bytes], Any] | None] = {}
        self._substring: dict[str, Callable[[bytes], str | bytes]] = {}
        self._subtypes: dict[str, frozenset[str]] | None = None

    @classmethod
    def parse(cls, subschema_attributes: Mapping[str, Sequence[str | bytes]]) -> Schema:
        """Read a subschema entry. A bad definition becomes a finding and never an error.

        Args:
            subschema_attributes: the entry's attributes, names in any case, values as text or
                octets: ``attributeTypes``, ``objectClasses``, ``ldapSyntaxes``,
                ``matchingRules``, ``matchingRuleUse``, ``dITContentRules``,
                ``dITStructureRules``, ``nameForms`` and IBM's ``IBMAttributeTypes``. Others
                are ignored.

        Returns:
            The schema; what could not be read is in :attr:`problems`.

        Raises:
            UsageError: it is no mapping of names to texts or octets.

        >>> schema = Schema.parse({"objectClasses": ["nonsense", "( 2.5.6.0 NAME 'top' ABSTRACT )"]})
        >>> schema.object_class("TOP").oid, len(schema.problems)
        ('2.5.6.0', 1)
        """
        definitions: dict[str, list[str]] = {}
        for name, values in mapping_of(subschema_attributes, "a subschema entry").items():
            of_kind(str, name, "a name in a subschema entry", "a text")
            kind = _KEPT.get(name.partition(";")[0].lower())
            if kind is not None:
                listed = [values] if isinstance(values, (str, bytes)) else values
                if not isinstance(listed, Iterable):
                    raise wrong_kind(f"the value of {name}", "a sequence of definitions", values)
                definitions.setdefault(kind, []).extend(map(_text, listed))
        return cls(definitions)

    @classmethod
    def standard(cls) -> Schema:
        """Return the schema that most directories share, for tests and memory directories.

        The core of RFC 4512 and 4519, cosine (RFC 4524), inetOrgPerson (RFC 2798), NIS
        (RFC 2307), and the operational attributes that OpenLDAP publishes, among them those of
        the password policy.

        >>> schema = Schema.standard()
        >>> sorted(schema.must(["inetOrgPerson"]))
        ['cn', 'objectClass', 'sn']
        """
        from ldapconnector.schema._standard import STANDARD  # noqa: PLC0415 -- only on demand

        return cls(STANDARD)

    def with_aliases(self, *descriptions: str) -> Schema:
        """Return a schema in which these attribute descriptions are attributes of their own.

        Some servers accept an attribute only with an option that the schema does not tell
        (RFC 4522). Each description is then required or allowed where its type is.

        Args:
            descriptions: such as ``userCertificate;binary``.

        >>> schema = Schema.standard().with_aliases("userCertificate;binary")
        >>> "userCertificate;binary" in schema.may(["inetOrgPerson"])
        True
        """
        return Schema(self._raw, (*self._aliases, *descriptions))

    # What is defined ----------------------------------------------------------------------

    @property
    def attribute_types(self) -> tuple[AttributeType, ...]:
        """All attribute types, in the order of their definitions."""
        return cast("tuple[AttributeType, ...]", self._by_kind["attributeTypes"])

    @property
    def object_classes(self) -> tuple[ObjectClass, ...]:
        """All object classes."""
        return cast("tuple[ObjectClass, ...]", self._by_kind["objectClasses"])

    @property
    def syntaxes(self) -> tuple[LdapSyntax, ...]:
        """All syntaxes that the server publishes."""
        return cast("tuple[LdapSyntax, ...]", self._by_kind["ldapSyntaxes"])

    @property
    def matching_rules(self) -> tuple[MatchingRule, ...]:
        """All matching rules that the server publishes."""
        return cast("tuple[MatchingRule, ...]", self._by_kind["matchingRules"])

    @property
    def matching_rule_uses(self) -> tuple[MatchingRuleUse, ...]:
        """For each matching rule the attributes that it can be used with."""
        return cast("tuple[MatchingRuleUse, ...]", self._by_kind["matchingRuleUse"])

    @property
    def content_rules(self) -> tuple[DitContentRule, ...]:
        """All DIT content rules."""
        return cast("tuple[DitContentRule, ...]", self._by_kind["dITContentRules"])

    @property
    def structure_rules(self) -> tuple[DitStructureRule, ...]:
        """All DIT structure rules."""
        return cast("tuple[DitStructureRule, ...]", self._by_kind["dITStructureRules"])

    @property
    def name_forms(self) -> tuple[NameForm, ...]:
        """All name forms."""
        return cast("tuple[NameForm, ...]", self._by_kind["nameForms"])

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Everything that is wrong in the schema: unreadable, repaired, duplicate, undefined."""
        return self._findings + findings_of(self)

    @property
    def operational(self) -> tuple[AttributeType, ...]:
        """The attribute types that a search returns only on request."""
        return tuple(attribute for attribute in self.attribute_types if attribute.operational)

    def attribute(self, name: str) -> AttributeType | None:
        """Return the attribute type of a name, number or description; None where unknown.

        >>> Schema.standard().attribute("commonName").name
        'cn'
        """
        found = self._attributes.get(name.lower())
        if found is None and ";" in name:
            found = self._attributes.get(name.partition(";")[0].lower())
        return found

    def object_class(self, name: str) -> ObjectClass | None:
        """Return the object class of a name or number; None where unknown."""
        return self._classes.get(name.lower())

    def matching_rule(self, name: str) -> MatchingRule | None:
        """Return the matching rule of a name or number; None where it is not published."""
        return self._rules.get(name.lower())

    def matching_rule_use(self, name: str) -> MatchingRuleUse | None:
        """Return what a matching rule can be used with; None where it is not published."""
        return self._uses.get(name.lower())

    def content_rule(self, structural: str) -> DitContentRule | None:
        """Return the DIT content rule of a structural class; None where it has none."""
        known = self.object_class(structural)
        found = self._content.get(known.oid.lower() if known else structural.lower())
        return None if found is None or found.obsolete else found

    def name_forms_of(self, structural: str) -> tuple[NameForm, ...]:
        """Return the name forms of a structural class."""
        known = self.object_class(structural)
        if known is None:
            return ()
        spelled = {name.lower() for name in (*known.names, known.oid)}
        return tuple(form for form in self.name_forms if form.object_class.lower() in spelled)

    def syntax(self, attribute: str) -> Syntax | None:
        """Return the syntax that an attribute's values follow; None where it is not known.

        >>> Schema.standard().syntax("uidNumber").name
        'Integer'
        """
        known = self.attribute(attribute)
        if known is None or known.syntax is None:
            return None
        return self._syntax_by_number(known.syntax)

    def published_syntax(self, number: str) -> LdapSyntax | None:
        """Return the server's own description of a syntax; None where it publishes none."""
        return self._syntaxes.get(number.lower())

    def _syntax_by_number(self, number: str) -> Syntax | None:
        found = syntax_of(number)
        if found is None:
            published = self._syntaxes.get(number.lower())
            # OpenDJ: a syntax of its own that stands for a standard one.
            stands_for = published.extensions.get("X-SUBST", ()) if published else ()
            found = syntax_of(stands_for[0]) if stands_for else None
        return found

    # What a class asks and allows ----------------------------------------------------------

    def superclasses(self, name: str) -> tuple[str, ...]:
        """Return a class and all classes above it, nearest first, ``top`` last.

        A class that is not defined stands for itself; a cycle is cut. A structural class
        without a superior is a subclass of ``top`` (RFC 4512, 2.4.2).

        >>> Schema.standard().superclasses("inetOrgPerson")
        ('inetOrgPerson', 'organizationalPerson', 'person', 'top')
        """
        chain = self._chains.get(name)
        if chain is None:
            chain = self._chains[name] = superclasses_of(self, name)
        return chain

    def structural_class(self, classes: Iterable[str | bytes]) -> str | None:
        """Return the most specific structural class among ``classes``; None without exactly one.

        >>> schema = Schema.standard()
        >>> schema.structural_class(["top", "person", "inetOrgPerson", "posixAccount"])
        'inetOrgPerson'
        >>> schema.structural_class(["posixAccount"]) is None
        True
        """
        found = self.structural_classes(classes)
        return found[0] if len(found) == 1 else None

    def structural_classes(self, classes: Iterable[str | bytes]) -> tuple[str, ...]:
        """Return the structural classes that no other one of ``classes`` extends.

        An entry has exactly one; none or several break the schema (RFC 4512, 2.4.2).
        """
        named = dict.fromkeys(
            known.name
            for known in map(self.object_class, _names(classes))
            if known is not None and known.kind is ClassKind.STRUCTURAL
        )
        above = {
            superior for name in named for superior in self.superclasses(name) if superior != name
        }
        return tuple(name for name in named if name not in above)

    def must(self, classes: Iterable[str | bytes]) -> frozenset[str]:
        """Return the attributes that an entry of these classes needs.

        Args:
            classes: values of ``objectClass``, names or numbers, as text or octets; unknown
                ones are passed over.

        Returns:
            First names of the attribute types, with those of all superior classes and of the
            DIT content rule of the structural class (RFC 4512, 4.1.6).

        Raises:
            UsageError: ``classes`` is one text instead of several.
        """
        return self._required(classes, operational=False, extensible=False)[0]

    def may(
        self,
        classes: Iterable[str | bytes],
        *,
        operational: bool = False,
        extensible: bool = False,
    ) -> frozenset[str]:
        """Return the attributes that an entry of these classes can have and does not need.

        Args:
            classes: values of ``objectClass``. With ``extensibleObject`` among them every
                attribute of the schema is allowed (RFC 4512, 4.3).
            operational: True adds the attributes that only a request by name returns.
            extensible: True adds every user attribute, whatever the classes (the wizard's
                "include extensible attributes in schema").
        """
        return self._required(classes, operational=operational, extensible=extensible)[1]

    def _required(
        self, classes: Iterable[str | bytes], *, operational: bool, extensible: bool
    ) -> tuple[frozenset[str], frozenset[str]]:
        key = (frozenset(name.lower() for name in _names(classes)), operational, extensible)
        found = self._requirements.get(key)
        if found is None:
            found = self._requirements[key] = requirements_of(self, *key)
        return found

    def check(self, entry: Entry, *, adding: bool = False) -> tuple[Problem, ...]:
        """Return everything about ``entry`` that a server with this schema would refuse.

        Args:
            entry: the entry as it would be after the operation.
            adding: True checks what a client sends to create it: attributes that only the
                server writes are refused, and the values of the name may be left out, for
                the server adds them.

        Returns:
            The problems, in the order in which a server would meet them; empty when the
            entry is right.

        >>> entry = Entry("cn=jane,dc=example", {"objectClass": "person", "cn": "jane"})
        >>> print(*Schema.standard().check(entry))
        sn: the object class 'person' needs a value of 'sn'
        """
        of_kind(Entry, entry, "what is checked", "an Entry")
        return check_entry(self, self._checking, entry, adding=adding)

    # How values compare ----------------------------------------------------------------------

    def names_of(self, attribute: str) -> frozenset[str]:
        """Return the lower-case names of an attribute type and of its subtypes.

        A filter on ``name`` selects ``cn`` and ``sn`` as well (RFC 4511, 4.5.1.7). An unknown
        attribute stands for itself.

        >>> "sn" in Schema.standard().names_of("NAME")
        True
        """
        if self._subtypes is None:
            self._subtypes = subtypes_of(self.attribute_types, self._attributes)
        lowered = attribute.lower()
        known = self.attribute(lowered)
        if known is None:
            return frozenset({lowered})
        return self._subtypes[known.name.lower()]

    def understands(self, attribute: str, item: FilterItem, value: bytes | None = None) -> bool:
        """Tell whether a filter item can be evaluated; where not, it is Undefined.

        Source: RFC 4511, 4.5.1.7. Where the schema publishes no matching rule at all, as
        that of Active Directory, the server has them all the same.

        >>> schema = Schema.standard()
        >>> schema.understands("uidNumber", "equality", b"x"), schema.understands("foo", "present")
        (False, False)
        """
        known = self.attribute(attribute)
        if known is None:
            return False
        if item == "present":
            return True
        if self._compares and getattr(known, item) is None:
            return False
        if value is None:
            return True
        if known.name.lower() == "objectclass":
            return self.object_class(_text(value)) is not None
        syntax = self.syntax(attribute)
        return syntax is None or syntax.valid(value)

    def equality_key(self, attribute: str, value: bytes) -> Hashable:
        """Return ``value`` as the EQUALITY rule of ``attribute`` compares it.

        Two values are equal by rule exactly when their keys are. Where the rule or the
        attribute is unknown, or the value breaks its syntax, the key is the octets.

        Args:
            attribute: a name, number or description.
            value: the octets.

        >>> schema = Schema.standard()
        >>> schema.equality_key("uidNumber", b"007") == schema.equality_key("uidNumber", b"7")
        True
        """
        rule = self._equality.get(attribute)
        if rule is None:
            rule = self._equality[attribute] = equality_of(self, attribute)
        return rule(value)

    def ordering_key(self, attribute: str, value: bytes) -> Any | None:
        """Return ``value`` as the ORDERING rule compares it; None where there is none.

        >>> schema = Schema.standard()
        >>> schema.ordering_key("uidNumber", b"9") < schema.ordering_key("uidNumber", b"10")
        True
        """
        if attribute not in self._ordering:
            self._ordering[attribute] = ordering_of(self, attribute)
        rule = self._ordering[attribute]
        return None if rule is None else rule(value)

    def substring_key(self, attribute: str, value: bytes) -> str | bytes:
        """Return ``value``, or a piece of one, as the SUBSTR rule compares it."""
        rule = self._substring.get(attribute)
        if rule is None:
            rule = self._substring[attribute] = substring_of(self, attribute)
        return rule(value)

    def asserted_key(self, rule: str, attribute: str) -> Callable[[bytes], Hashable] | None:
        """Return how a rule that an extensible match names compares values of an attribute.

        Args:
            rule: the name or number of a rule of equality.
            attribute: a name, number or description.

        Returns:
            The comparison; None where the rule is not known here or does not apply to the
            attribute: it is for values of another kind, and ``matchingRuleUse`` does not say
            that it can be used with it.

        >>> key = Schema.standard().asserted_key("caseExactMatch", "cn")
        >>> key(b"Jane  Doe"), Schema.standard().asserted_key("caseExactMatch", "uidNumber")
        ('Jane Doe', None)
        """
        return asserted_of(self, rule, attribute)

    def naming_key(self, attribute: str, value: bytes) -> tuple[str, Hashable]:
        """Return one ``type=value`` of a name as names are compared.

        Args:
            attribute: the type as it is written.
            value: the octets.

        Returns:
            The number of the type, and the value by its EQUALITY rule; where the type or its
            rule is unknown, as caseIgnoreMatch has it.

        >>> Schema.standard().naming_key("commonName", b"Jane DOE")
        ('2.5.4.3', 'jane doe')
        """
        found = self._naming.get(attribute)
        if found is None:
            known = self.attribute(attribute)
            if known is None:
                (ava,) = RDN.of((attribute, value.decode("utf-8", "surrogateescape"))).avas
                return ava.key
            rule = rule_of(self, attribute, known.equality) or _FOLDED
            found = self._naming[attribute] = (known.oid.lower(), rule.bind_equality(self))
        number, key = found
        return number, key(value)

    def number_of(self, name: str) -> str:
        """Return the number of a class, attribute type or rule; ``name`` itself if unknown.

        >>> Schema.standard().number_of("person")
        '2.5.6.6'
        """
        lowered = name.lower()
        found = self._classes.get(lowered) or self._attributes.get(lowered)
        return found.oid if found is not None else name

    def number_of_attribute(self, name: str) -> str:
        """Return the number of an attribute type in lower case; its name if unknown.

        >>> Schema.standard().number_of_attribute("commonName")
        '2.5.4.3'
        """
        known = self.attribute(name)
        return (known.oid if known else name).lower()

    # Typed values ------------------------------------------------------------------------------

    def decode(self, attribute: str, value: bytes) -> object:
        """Return a value as a Python object, by the syntax of its attribute.

        Args:
            attribute: a name, number or description.
            value: the octets.

        Returns:
            ``str``, ``int``, ``bool``, aware ``datetime``, ``uuid.UUID``, ``DN``, tuples of
            these for compound syntaxes; the octets themselves where the attribute or its
            syntax is unknown. See :mod:`ldapconnector.schema` for the table.

        Raises:
            InvalidValue: the value breaks the syntax.

        >>> schema = Schema.standard()
        >>> schema.decode("uidNumber", b"1000"), schema.decode("cn", "Zoë".encode())
        (1000, 'Zoë')
        """
        known = self.attribute(attribute)
        return decode_value(known, self.syntax(attribute), attribute, value)

    def encode(self, attribute: str, value: object) -> bytes:
        """Return the octets of a Python object, by the syntax of the attribute.

        Args:
            attribute: a name, number or description.
            value: what :meth:`decode` would return; text and octets that follow the syntax
                are taken as well.

        Raises:
            UsageError: the object cannot be a value of this attribute.

        >>> Schema.standard().encode("uidNumber", 1000)
        b'1000'
        """
        known = self.attribute(attribute)
        return encode_value(known, self.syntax(attribute), attribute, value)

    # A value among values ----------------------------------------------------------------------

    def definitions(self) -> dict[str, tuple[str, ...]]:
        """Return the definitions as they were read, for saving: ``parse`` reads them again.

        Definitions that could not be read are among them.
        """
        return dict(self._raw)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The attribute descriptions that :meth:`with_aliases` added."""
        return self._aliases

    def __iter__(self) -> Iterator[Element]:
        """Iterate over all elements."""
        for elements in self._by_kind.values():
            yield from elements

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schema):
            return NotImplemented
        return self._raw == other._raw and self._aliases == other._aliases

    def __hash__(self) -> int:
        return hash((tuple(sorted(self._raw.items())), self._aliases))

    def __reduce__(self) -> tuple[Any, ...]:
        return Schema, (self._raw, self._aliases)

    def __repr__(self) -> str:
        return (
            f"<Schema of {len(self.attribute_types)} attribute types and "
            f"{len(self.object_classes)} object classes>"
        )
