"""Would a server take this entry? Asked before the server is (RFC 4512, section 2.4).

Each problem says in plain words what is wrong, and carries the result code and the message
that OpenLDAP answers in that case, so that a memory directory can answer the same.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import attrs

from ldapconnector.entries import Entry
from ldapconnector.errors import nearest
from ldapconnector.schema._model import AttributeType, ClassKind, DitContentRule, ObjectClass
from ldapconnector.schema._syntaxes import Syntax

if TYPE_CHECKING:
    from ldapconnector.schema._schema import Schema

__all__ = ["CheckMemory", "Problem", "ProblemCode", "check_entry"]


class ProblemCode(enum.StrEnum):
    """What an entry breaks."""

    NO_CLASS = "no_object_class"
    UNKNOWN_CLASS = "unknown_object_class"
    OBSOLETE_CLASS = "obsolete_object_class"
    NO_STRUCTURAL_CLASS = "no_structural_class"
    SEVERAL_STRUCTURAL_CLASSES = "several_structural_classes"
    CLASS_NOT_ALLOWED = "class_not_allowed"
    MISSING_ATTRIBUTE = "missing_attribute"
    UNKNOWN_ATTRIBUTE = "unknown_attribute"
    ATTRIBUTE_NOT_ALLOWED = "attribute_not_allowed"
    OBSOLETE_ATTRIBUTE = "obsolete_attribute"
    SEVERAL_VALUES = "several_values"
    DUPLICATE_VALUE = "duplicate_value"
    INVALID_VALUE = "invalid_value"
    NOT_WRITABLE = "not_writable"
    BINARY_OPTION = "binary_option"
    NAMING = "naming"


@attrs.frozen(kw_only=True)
class Problem:
    """One reason why a server would refuse an entry.

    Attributes:
        code: what kind of problem.
        attribute: the attribute concerned; ``objectClass`` where the classes are wrong.
        message: what is wrong, in plain words.
        result_code: the LDAP result code that a server answers (RFC 4511, 4.1.9).
        diagnostic: the message that OpenLDAP sends with it.

    >>> problem = Problem(code=ProblemCode.SEVERAL_VALUES, attribute="gidNumber",
    ...                   message="takes one value, here are 2", result_code=19)
    >>> print(problem)
    gidNumber: takes one value, here are 2
    """

    code: ProblemCode
    attribute: str
    message: str
    result_code: int
    diagnostic: str = ""

    def __str__(self) -> str:
        return f"{self.attribute}: {self.message}"


UNDEFINED_TYPE = 17
CONSTRAINT = 19
VALUE_EXISTS = 20
INVALID_SYNTAX = 21
INVALID_NAME = 34
NAMING_VIOLATION = 64
CLASS_VIOLATION = 65

_OBJECT_CLASS = "objectClass"
_BINARY = "X-BINARY-TRANSFER-REQUIRED"


@attrs.frozen
class _Attribute:
    """What a check needs to know of an attribute description."""

    known: AttributeType
    described: str
    syntax: Syntax | None
    line: frozenset[str]
    lacks_binary: bool


@attrs.frozen
class _Classes:
    """What a check needs to know of a set of object classes."""

    problems: tuple[Problem, ...]
    asked: tuple[tuple[str, str] | Problem, ...]
    allowed: frozenset[str]
    known: bool
    rule: DitContentRule | None
    precluded: frozenset[str]


@attrs.frozen
class CheckMemory:
    """What earlier checks against one schema found out; many entries are of few kinds."""

    attributes: dict[str, _Attribute | None] = attrs.field(factory=dict)
    classes: dict[tuple[str, ...], _Classes] = attrs.field(factory=dict)
    #: For each shape of an entry in which nothing but a value can be wrong: the attributes. A
    #: shape is whether the entry is added, the types of its RDN, its classes and its names.
    sound: dict[tuple[object, ...], tuple[_Attribute, ...]] = attrs.field(factory=dict)

    def note(self, schema: Schema, shape: tuple[object, ...], entry: Entry) -> None:
        """Remember the shape of an entry without problems."""
        if len(self.sound) >= _REMEMBERED:
            self.sound.clear()
        found = (self.attribute(schema, name) for name in entry)
        self.sound[shape] = tuple(one for one in found if one is not None)

    def attribute(self, schema: Schema, name: str) -> _Attribute | None:
        """Return the facts of an attribute, None where it is not defined."""
        if name not in self.attributes:
            known = schema.attribute(name)
            if len(self.attributes) >= _REMEMBERED:
                self.attributes.clear()
            self.attributes[name] = (
                None
                if known is None
                else _Attribute(
                    known,
                    _described(known, name),
                    # Classes that are not defined are told by name.
                    None if known.name == _OBJECT_CLASS else schema.syntax(name),
                    frozenset(above.lower() for above in _line(schema, known)),
                    _lacks_binary(schema, known, name),
                )
            )
        return self.attributes[name]

    def of_classes(self, schema: Schema, classes: tuple[str, ...]) -> _Classes:
        """Return the facts of the values of ``objectClass``."""
        found = self.classes.get(classes)
        if found is None:
            if len(self.classes) >= _REMEMBERED:
                self.classes.clear()
            structural = schema.structural_class(classes)
            rule = schema.content_rule(structural) if structural else None
            precluded = rule.precluded if rule else ()
            found = self.classes[classes] = _Classes(
                tuple(_classes(schema, classes)),
                tuple(_asked(schema, classes, rule)),
                frozenset(name.lower() for name in schema.must(classes) | schema.may(classes)),
                any(map(schema.object_class, classes)),
                rule,
                frozenset(map(schema.number_of_attribute, precluded)),
            )
        return found


_REMEMBERED = 4096


def check_entry(
    schema: Schema, memory: CheckMemory, entry: Entry, *, adding: bool
) -> tuple[Problem, ...]:
    """Return the problems of an entry; see ``Schema.check``."""
    shape = (
        adding,
        tuple([ava.type for ava in entry.dn.rdn.avas]) if entry.dn else (),
        entry.get(_OBJECT_CLASS),
        *entry,
    )
    sound = memory.sound.get(shape)
    if sound is not None:
        return (
            *chain.from_iterable(
                _values(schema, facts, name, values, adding=adding)
                for facts, (name, values) in zip(sound, entry.items(), strict=True)
                # Nothing but its syntax can be wrong with a single value.
                if len(values) > 1 or (facts.syntax and not facts.syntax.valid(values[0]))
            ),
            *_naming(schema, entry, adding=adding),
        )
    problems = _problems(schema, memory, entry, adding=adding)
    if not problems:
        memory.note(schema, shape, entry)
    return problems


def _problems(
    schema: Schema, memory: CheckMemory, entry: Entry, *, adding: bool
) -> tuple[Problem, ...]:
    classes = memory.of_classes(schema, entry.object_classes)
    return (
        *_types_and_values(schema, memory, entry, adding=adding),
        *classes.problems,
        *_naming(schema, entry, adding=adding),
        *_name_form(schema, entry),
        *_content_rule(schema, memory, classes, entry, adding=adding),
        *_missing(schema, memory, classes, entry, adding=adding),
        *_not_allowed(schema, memory, classes, entry),
    )


def _close(name: str, known: Iterator[str]) -> str:
    found = nearest(name, known, cutoff=0.75)
    return f"; did you mean {found!r}?" if found else ""


def _types_and_values(
    schema: Schema, memory: CheckMemory, entry: Entry, *, adding: bool
) -> Iterator[Problem]:
    for name, values in entry.items():
        facts = memory.attribute(schema, name)
        if facts is None:
            meant = _close(name, (n for a in schema.attribute_types for n in a.names))
            yield Problem(
                code=ProblemCode.UNKNOWN_ATTRIBUTE,
                attribute=name,
                message=f"the schema does not define this attribute{meant}",
                result_code=UNDEFINED_TYPE,
                diagnostic=f"{name}: attribute type undefined",
            )
            continue
        if adding and facts.known.no_user_modification:
            yield Problem(
                code=ProblemCode.NOT_WRITABLE,
                attribute=name,
                message="only the server writes this attribute",
                result_code=CONSTRAINT,
                diagnostic=f"{facts.known.name}: no user modification allowed",
            )
        if facts.lacks_binary:
            yield Problem(
                code=ProblemCode.BINARY_OPTION,
                attribute=name,
                message=f"values of this syntax are written as {facts.known.name};binary",
                result_code=UNDEFINED_TYPE,
                diagnostic=f"{facts.known.name}: requires ;binary transfer",
            )
        if facts.known.name == _OBJECT_CLASS:
            yield from _unknown_classes(schema, entry)
        yield from _values(schema, facts, name, values, adding=adding)


def _lacks_binary(schema: Schema, known: AttributeType, name: str) -> bool:
    """Tell whether the server wants ``;binary`` with this attribute, and says so (RFC 4522)."""
    if known.syntax is None or ";binary" in name.lower():
        return False
    published = schema.published_syntax(known.syntax)
    # Extensions are read from the definition's text each time; nearly no syntax has this one.
    if published is None or _BINARY not in published.definition.upper():
        return False
    return published.extensions.get(_BINARY, ()) == ("TRUE",)


def _values(
    schema: Schema, facts: _Attribute, name: str, values: tuple[bytes, ...], *, adding: bool
) -> Iterator[Problem]:
    if facts.syntax is not None:
        for index, value in enumerate(values):
            if not facts.syntax.valid(value):
                yield Problem(
                    code=ProblemCode.INVALID_VALUE,
                    attribute=name,
                    message=f"{_shown(value)} is not of the syntax {facts.syntax.name}",
                    result_code=INVALID_SYNTAX,
                    diagnostic=f"{facts.described}: value #{index} invalid per syntax",
                )
    if len(values) > 1:
        if facts.known.single_value:
            yield Problem(
                code=ProblemCode.SEVERAL_VALUES,
                attribute=name,
                message=f"takes one value, here are {len(values)}",
                result_code=CONSTRAINT,
                diagnostic=f"{facts.known.name}: multiple values provided"
                if adding
                else f"attribute '{facts.known.name}' cannot have multiple values",
            )
        seen: dict[object, int] = {}
        for index, value in enumerate(values):
            first = seen.setdefault(schema.equality_key(name, value), index)
            if first != index:
                yield Problem(
                    code=ProblemCode.DUPLICATE_VALUE,
                    attribute=name,
                    message=f"{_shown(value)} equals {_shown(values[first])} by its matching rule",
                    result_code=VALUE_EXISTS,
                    diagnostic=f"{facts.described}: value #{first} provided more than once",
                )


def _shown(value: bytes) -> str:
    """Return a value for a message, shortened."""
    text = value[:60].decode("utf-8", "backslashreplace")
    return repr(text) + ("..." if len(value) > 60 else "")


def _classes(schema: Schema, named: tuple[str, ...]) -> Iterator[Problem]:
    if not named:
        yield Problem(
            code=ProblemCode.NO_CLASS,
            attribute=_OBJECT_CLASS,
            message="an entry has at least one object class",
            result_code=CLASS_VIOLATION,
            diagnostic="no objectClass attribute",
        )
        return
    found = [known for known in map(schema.object_class, named) if known is not None]
    for known in found:
        if known.obsolete:
            yield Problem(
                code=ProblemCode.OBSOLETE_CLASS,
                attribute=_OBJECT_CLASS,
                message=f"the object class {known.name!r} is obsolete",
                result_code=CLASS_VIOLATION,
                diagnostic=f"objectClass '{known.name}' is OBSOLETE",
            )
    if len(found) == len(named):
        yield from _structure(schema, found)


def _unknown_classes(schema: Schema, entry: Entry) -> Iterator[Problem]:
    for index, name in enumerate(entry.object_classes):
        if schema.object_class(name) is None:
            meant = _close(name, (n for c in schema.object_classes for n in c.names))
            yield Problem(
                code=ProblemCode.UNKNOWN_CLASS,
                attribute=_OBJECT_CLASS,
                message=f"the schema does not define the object class {name!r}{meant}",
                result_code=INVALID_SYNTAX,
                diagnostic=f"objectClass: value #{index} invalid per syntax",
            )


def _structure(schema: Schema, found: list[ObjectClass]) -> Iterator[Problem]:
    structural = schema.structural_classes(known.name for known in found)
    if not structural:
        listed = ", ".join(f"{known.name!r} ({known.kind})" for known in found)
        yield Problem(
            code=ProblemCode.NO_STRUCTURAL_CLASS,
            attribute=_OBJECT_CLASS,
            message=f"an entry needs one structural object class; here are only {listed}",
            result_code=CLASS_VIOLATION,
            diagnostic="no structural object class provided",
        )
        return
    if len(structural) > 1:
        yield Problem(
            code=ProblemCode.SEVERAL_STRUCTURAL_CLASSES,
            attribute=_OBJECT_CLASS,
            message=f"{structural[0]!r} and {structural[1]!r} are both structural and neither "
            "extends the other; an entry has one structural object class",
            result_code=CLASS_VIOLATION,
            diagnostic=f"invalid structural object class chain ({structural[0]}/{structural[1]})",
        )


def _present(schema: Schema, memory: CheckMemory, entry: Entry, *, adding: bool) -> set[str]:
    """Return the lower-case names of what the entry has, supertypes among them."""
    present: set[str] = set()
    for name in entry:
        facts = memory.attribute(schema, name)
        present.add(name.lower())
        if facts is not None:
            # A subtype serves wherever its supertype is asked for.
            present |= facts.line
    if adding and entry.dn:
        # A server adds what the entry's name says.
        for ava in entry.dn.rdn:
            facts = memory.attribute(schema, ava.type)
            if facts is not None:
                present |= facts.line
    return present


def _content_rule(
    schema: Schema, memory: CheckMemory, classes: _Classes, entry: Entry, *, adding: bool
) -> Iterator[Problem]:
    rule = classes.rule
    if rule is None:
        return
    if rule.must:
        present = _present(schema, memory, entry, adding=adding)
        for attribute in rule.must:
            known = schema.attribute(attribute)
            name = known.name if known else attribute
            if name.lower() not in present:
                yield Problem(
                    code=ProblemCode.MISSING_ATTRIBUTE,
                    attribute=name,
                    message=f"the content rule {rule.name!r} needs a value of {name!r}",
                    result_code=CLASS_VIOLATION,
                    diagnostic=f"content rule '{rule.name}' requires attribute '{name}'",
                )
    for name in entry:
        if schema.number_of_attribute(name) in classes.precluded:
            yield Problem(
                code=ProblemCode.ATTRIBUTE_NOT_ALLOWED,
                attribute=name,
                message=f"the content rule {rule.name!r} does not allow this attribute",
                result_code=CLASS_VIOLATION,
                diagnostic=f"content rule '{rule.name}' precluded attribute '{name}'",
            )


def _missing(
    schema: Schema, memory: CheckMemory, classes: _Classes, entry: Entry, *, adding: bool
) -> Iterator[Problem]:
    present = _present(schema, memory, entry, adding=adding)
    for asked in classes.asked:
        if isinstance(asked, Problem):
            yield asked
            continue
        owner, name = asked
        if name.lower() not in present:
            yield Problem(
                code=ProblemCode.MISSING_ATTRIBUTE,
                attribute=name,
                message=f"the object class {owner!r} needs a value of {name!r}",
                result_code=CLASS_VIOLATION,
                diagnostic=f"object class '{owner}' requires attribute '{name}'",
            )


def _asked(
    schema: Schema, classes: tuple[str, ...], rule: DitContentRule | None
) -> Iterator[tuple[str, str] | Problem]:
    """Yield each mandatory attribute with the class that a server names for it, in its order.

    OpenLDAP goes through the classes as the entry lists them, passes over those that another
    one extends, and for each through what it inherits first. A class that the content rule does
    not allow is met on the way.
    """
    structural = set(schema.structural_classes(classes))
    wanted = {name.lower(): name for name in schema.must(classes)}
    for attribute in rule.must if rule else ():
        known = schema.attribute(attribute)
        wanted.pop((known.name if known else attribute).lower(), None)
    auxiliary = {
        above.lower()
        for name in (rule.auxiliary if rule else ())
        for above in schema.superclasses(name)
    }
    for name in classes:
        known_class = schema.object_class(name)
        if known_class is None or (
            known_class.kind is ClassKind.STRUCTURAL
            and structural
            and known_class.name not in structural
        ):
            continue
        if (
            rule is not None
            and known_class.kind is ClassKind.AUXILIARY
            and known_class.name.lower() not in auxiliary
        ):
            yield Problem(
                code=ProblemCode.CLASS_NOT_ALLOWED,
                attribute=_OBJECT_CLASS,
                message=f"the content rule {rule.name!r} does not allow the auxiliary class "
                f"{known_class.name!r}",
                result_code=CLASS_VIOLATION,
                diagnostic=f"class '{known_class.name}' not allowed by content rule '{rule.name}'",
            )
        for above in reversed(schema.superclasses(known_class.name)):
            asking = schema.object_class(above)
            for attribute in asking.must if asking else ():
                defined = schema.attribute(attribute)
                spelled = wanted.pop((defined.name if defined else attribute).lower(), None)
                if spelled is not None:
                    yield known_class.name, spelled
    # What an alias with an option asks for.
    for _, spelled in sorted(wanted.items()):
        yield schema.structural_class(classes) or classes[0], spelled


def _not_allowed(
    schema: Schema, memory: CheckMemory, classes: _Classes, entry: Entry
) -> Iterator[Problem]:
    if not classes.known:
        return  # no class is known: said already
    for name in entry:
        facts = memory.attribute(schema, name)
        if facts is None:
            continue
        if facts.known.obsolete:
            yield Problem(
                code=ProblemCode.OBSOLETE_ATTRIBUTE,
                attribute=name,
                message="this attribute is obsolete",
                result_code=CLASS_VIOLATION,
                diagnostic=f"attribute '{facts.known.name}' is OBSOLETE",
            )
        if (
            facts.known.operational
            # Servers take it in every entry; a class whose superior is not defined lacks it.
            or facts.known.name == _OBJECT_CLASS
            or name.lower() in classes.allowed
            or not classes.allowed.isdisjoint(facts.line)
            or schema.number_of_attribute(name) in classes.precluded  # said already
        ):
            continue
        yield Problem(
            code=ProblemCode.ATTRIBUTE_NOT_ALLOWED,
            attribute=name,
            message="none of the object classes "
            + ", ".join(map(repr, entry.object_classes))
            + " allows this attribute",
            result_code=CLASS_VIOLATION,
            diagnostic=f"attribute '{facts.known.name}' not allowed",
        )


def _line(schema: Schema, known: AttributeType) -> Iterator[str]:
    """Yield an attribute type's name and those of its superiors."""
    seen: set[str] = set()
    above: AttributeType | None = known
    while above is not None and above.name not in seen:
        seen.add(above.name)
        yield above.name
        above = schema.attribute(above.superior) if above.superior else None


def _described(known: AttributeType, name: str) -> str:
    """Return the attribute's first name with the options of ``name``."""
    _, semicolon, options = name.partition(";")
    return known.name + semicolon + options


def _naming(schema: Schema, entry: Entry, *, adding: bool) -> Iterator[Problem]:
    for ava in entry.dn.rdn if entry.dn else ():
        known = schema.attribute(ava.type)
        if known is None:
            yield Problem(
                code=ProblemCode.NAMING,
                attribute=ava.type,
                message="the schema does not define this attribute of the entry's name",
                result_code=INVALID_NAME,
                diagnostic="invalid DN",
            )
            continue
        if known.operational:
            yield Problem(
                code=ProblemCode.NAMING,
                attribute=ava.type,
                message="an operational attribute cannot name an entry",
                result_code=NAMING_VIOLATION,
                diagnostic=f"naming attribute '{ava.type}' is operational",
            )
            continue
        if not isinstance(ava.value, str):
            continue  # given in BER: only the server knows what it encodes
        wanted = schema.equality_key(known.name, ava.octets)
        if any(
            schema.equality_key(known.name, value) == wanted for value in entry.get(ava.type, ())
        ):
            continue
        held = [value for name in entry if schema.attribute(name) is known for value in entry[name]]
        if any(schema.equality_key(known.name, value) == wanted for value in held):
            continue
        if adding and not (held and known.single_value):
            continue  # the server adds the value
        if adding:
            diagnostic = (
                f"value of single-valued naming attribute '{ava.type}' conflicts with value "
                "present in entry"
            )
        elif held:
            diagnostic = f"value of naming attribute '{ava.type}' is not present in entry"
        else:
            diagnostic = f"naming attribute '{ava.type}' is not present in entry"
        yield Problem(
            code=ProblemCode.NAMING,
            attribute=ava.type,
            message=f"the entry's name says {ava.value!r}, which is not among its values",
            result_code=NAMING_VIOLATION,
            diagnostic=diagnostic,
        )


def _name_form(schema: Schema, entry: Entry) -> Iterator[Problem]:
    """Check the name against the name forms of the structural class, where it has any."""
    if not schema.name_forms or not entry.dn:
        return
    structural = schema.structural_class(entry.object_classes)
    forms = [form for form in schema.name_forms_of(structural or "") if not form.obsolete]
    if not forms:
        return
    named = {schema.number_of_attribute(ava.type) for ava in entry.dn.rdn}
    for form in forms:
        must = set(map(schema.number_of_attribute, form.must))
        if must <= named <= must | set(map(schema.number_of_attribute, form.may)):
            return
    wanted = " or ".join(" and ".join(form.must) for form in forms)
    yield Problem(
        code=ProblemCode.NAMING,
        attribute=entry.dn.rdn.avas[0].type,
        message=f"entries of the class {structural!r} are named by {wanted}",
        result_code=NAMING_VIOLATION,
    )
