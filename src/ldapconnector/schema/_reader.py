"""From the text of a definition to its element.

Each kind has two readers. The quick one is a single regular expression for the order of
fields that RFC 4512 prescribes; where it does not match, the tolerant one of ``_tokens``
takes over. Tests check that both agree wherever the quick one answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

from ldapconnector.schema._model import (
    AttributeType,
    ClassKind,
    DitContentRule,
    DitStructureRule,
    Element,
    LdapSyntax,
    MatchingRule,
    MatchingRuleUse,
    NameForm,
    ObjectClass,
    Usage,
)
from ldapconnector.schema._tokens import Fields, read_fields

__all__ = ["KINDS", "Read", "read", "read_extensions", "tolerant"]

#: An element and what had to be forgiven to read it; no element where nothing can be read.
Read: TypeAlias = "tuple[Element | None, list[str]]"

_E = TypeVar("_E", bound=Element)

# A word in capitals may be a keyword whose value was forgotten: left to the tolerant reader.
_NOT_KEYWORD: Final = r"(?![A-Z][A-Z_-]+[\s()$])"
_WORD: Final = rf"{_NOT_KEYWORD}([^\s()'\"$]+)"
_TEXT: Final = r"'([^'\\]*)'"
_OID: Final = rf"\(\s*{_WORD}"
_NAME: Final = rf"(?:\s+NAME\s+(?:{_TEXT}|\(\s*((?:'[^'\\]*'\s*)+)\)))?"
_DESC: Final = rf"(?:\s+DESC\s+{_TEXT})?(\s+OBSOLETE)?"
_WORDS: Final = rf"(?:\s+{_WORD}|\s*\(([^()'\"]*)\))"
_REST: Final = r"(?:\s+X-[\w-]+\s+(?:'[^'\\]*'|\((?:\s*'[^'\\]*')*\s*\)))*\s*\)\s*"
_HEAD: Final = _OID + _NAME + _DESC

_ATTRIBUTE: Final = re.compile(
    _HEAD
    + rf"(?:\s+SUP\s+{_WORD})?(?:\s+EQUALITY\s+{_WORD})?(?:\s+ORDERING\s+{_WORD})?"
    + rf"(?:\s+SUBSTR\s+{_WORD})?"
    + r"(?:\s+SYNTAX\s+(?P<quote>'?)([0-9.]+)(?:\{([0-9]{1,18})\})?(?P=quote))?"
    + r"(\s+SINGLE-VALUE)?(\s+COLLECTIVE)?(\s+NO-USER-MODIFICATION)?"
    + r"(?:\s+USAGE\s+(userApplications|directoryOperation|distributedOperation|dSAOperation))?"
    + _REST
).fullmatch
_KIND: Final = r"(?:\s+(ABSTRACT|STRUCTURAL|AUXILIARY))?"
# OpenDJ and OpenDS also put the kind before the superior, and the description after both.
_CLASS: Final = re.compile(
    _HEAD
    + rf"{_KIND}(?:\s+SUP{_WORDS})?{_KIND}(?:\s+DESC\s+{_TEXT})?"
    + rf"(?:\s+MUST{_WORDS})?(?:\s+MAY{_WORDS})?"
    + _REST
).fullmatch
_RULE: Final = re.compile(_HEAD + r"(?:\s+SYNTAX\s+([0-9.]+))?" + _REST).fullmatch
_RULE_USE: Final = re.compile(_HEAD + rf"(?:\s+APPLIES{_WORDS})?" + _REST).fullmatch
_SYNTAX: Final = re.compile(_HEAD + _REST).fullmatch
_NAME_FORM: Final = re.compile(
    _HEAD + rf"\s+OC\s+{_WORD}(?:\s+MUST{_WORDS})?(?:\s+MAY{_WORDS})?" + _REST
).fullmatch
_STRUCTURE_RULE: Final = re.compile(
    _HEAD + rf"\s+FORM\s+{_WORD}(?:\s+SUP{_WORDS})?" + _REST
).fullmatch
_CONTENT_RULE: Final = re.compile(
    _HEAD
    + rf"(?:\s+AUX{_WORDS})?(?:\s+MUST{_WORDS})?(?:\s+MAY{_WORDS})?(?:\s+NOT{_WORDS})?"
    + _REST
).fullmatch

_QUOTED: Final = re.compile(_TEXT).findall
_BOUND: Final = re.compile(r"([^{}]*)(?:\{([0-9]*)\}?)?")
# More digits than a bound can have; Python refuses to convert thousands of them.
_DIGITS: Final = 18
_USAGES: Final = {usage.value: usage for usage in Usage}
_USAGES_FOLDED: Final = {usage.value.lower(): usage for usage in Usage}
_KINDS_OF_CLASS: Final = {kind.value.upper(): kind for kind in ClassKind}


def _listed(one: str | None, several: str | None) -> tuple[str, ...]:
    if one:
        return (one,)
    return tuple(several.replace("$", " ").split()) if several else ()


def _names(one: str | None, several: str | None) -> tuple[str, ...]:
    if one is not None:
        return (one,)
    return tuple(_QUOTED(several)) if several else ()


def _trusted(element: type[_E], values: dict[str, object]) -> _E:
    """Build an element from values that are known to be right; a third of the usual cost."""
    made = object.__new__(element)
    made.__dict__.update(values)
    return made


def _quick_attribute(text: str) -> AttributeType | None:
    found = _ATTRIBUTE(text)
    if found is None:
        return None
    (
        oid,
        one,
        several,
        description,
        obsolete,
        superior,
        equality,
        ordering,
        substring,
        _,
        syntax,
        length,
        single,
        collective,
        frozen,
        usage,
    ) = found.groups()
    return _trusted(
        AttributeType,
        {
            "oid": oid,
            "names": (one,) if one is not None else _names(None, several),
            "description": description or "",
            "obsolete": obsolete is not None,
            "definition": text,
            "superior": superior,
            "equality": equality,
            "ordering": ordering,
            "substring": substring,
            "syntax": syntax,
            "length": int(length) if length else None,
            "single_value": single is not None,
            "collective": collective is not None,
            "no_user_modification": frozen is not None,
            "usage": _USAGES[usage] if usage else Usage.USER_APPLICATIONS,
        },
    )


def _quick_class(text: str) -> ObjectClass | None:
    found = _CLASS(text)
    if found is None:
        return None
    (
        oid,
        one,
        several,
        description,
        obsolete,
        early,
        sup,
        sups,
        kind,
        late,
        must,
        musts,
        may,
        mays,
    ) = found.groups()
    if (early and kind) or (late is not None and description is not None):
        return None
    kind = kind or early
    description = description or late
    return _trusted(
        ObjectClass,
        {
            "oid": oid,
            "names": _names(one, several),
            "description": description or "",
            "obsolete": obsolete is not None,
            "definition": text,
            "superiors": _listed(sup, sups),
            "kind": _KINDS_OF_CLASS[kind] if kind else ClassKind.STRUCTURAL,
            "must": _listed(must, musts),
            "may": _listed(may, mays),
        },
    )


def _quick_rule(text: str) -> MatchingRule | None:
    found = _RULE(text)
    if found is None:
        return None
    oid, one, several, description, obsolete, syntax = found.groups()
    return _trusted(
        MatchingRule,
        {
            "oid": oid,
            "names": _names(one, several),
            "description": description or "",
            "obsolete": obsolete is not None,
            "definition": text,
            "syntax": syntax,
        },
    )


def _quick_rule_use(text: str) -> MatchingRuleUse | None:
    found = _RULE_USE(text)
    if found is None:
        return None
    oid, one, several, description, obsolete, applies, several_applies = found.groups()
    return _trusted(
        MatchingRuleUse,
        {
            "oid": oid,
            "names": _names(one, several),
            "description": description or "",
            "obsolete": obsolete is not None,
            "definition": text,
            "applies": _listed(applies, several_applies),
        },
    )


def _quick_syntax(text: str) -> LdapSyntax | None:
    found = _SYNTAX(text)
    if found is None:
        return None
    oid, one, several, description, obsolete = found.groups()
    return _trusted(
        LdapSyntax,
        {
            "oid": oid,
            "names": _names(one, several),
            "description": description or "",
            "obsolete": obsolete is not None,
            "definition": text,
        },
    )


def _quick_content_rule(text: str) -> DitContentRule | None:
    found = _CONTENT_RULE(text)
    if found is None:
        return None
    oid, one, several, description, obsolete, *lists = found.groups()
    auxiliary, must, may, precluded = (
        _listed(lists[index], lists[index + 1]) for index in range(0, 8, 2)
    )
    return _trusted(
        DitContentRule,
        {
            "oid": oid,
            "names": _names(one, several),
            "description": description or "",
            "obsolete": obsolete is not None,
            "definition": text,
            "auxiliary": auxiliary,
            "must": must,
            "may": may,
            "precluded": precluded,
        },
    )


def _quick_name_form(text: str) -> NameForm | None:
    found = _NAME_FORM(text)
    if found is None:
        return None
    oid, one, several, description, obsolete, structural, must, musts, may, mays = found.groups()
    return _trusted(
        NameForm,
        {
            "oid": oid,
            "names": _names(one, several),
            "description": description or "",
            "obsolete": obsolete is not None,
            "definition": text,
            "object_class": structural,
            "must": _listed(must, musts),
            "may": _listed(may, mays),
        },
    )


def _quick_structure_rule(text: str) -> DitStructureRule | None:
    found = _STRUCTURE_RULE(text)
    if found is None:
        return None
    oid, one, several, description, obsolete, form, sup, sups = found.groups()
    return _trusted(
        DitStructureRule,
        {
            "oid": oid,
            "names": _names(one, several),
            "description": description or "",
            "obsolete": obsolete is not None,
            "definition": text,
            "form": form,
            "superiors": _listed(sup, sups),
        },
    )


def _head(fields: Fields, text: str) -> dict[str, object]:
    names = tuple(name for name in fields.all("NAME") if name)
    oid = fields.oid
    if not oid:
        oid = names[0] if names else ""
        fields.repairs.append(f"it has no number; {oid!r} stands in its place")
    return {
        "oid": oid,
        "names": names,
        "description": fields.one("DESC") or "",
        "obsolete": "OBSOLETE" in fields.values,
        "definition": text,
    }


def _built(element: Callable[..., _E], fields: Fields, text: str, **values: object) -> _E | None:
    head = _head(fields, text)
    if not head["oid"]:
        return None
    return element(**head, **values)


def _bound(text: str | None) -> tuple[str | None, int | None]:
    """Split ``1.3.6.1{64}`` into number and bound."""
    found = _BOUND.match(text) if text else None
    if found is None:
        return None, None
    return found[1] or None, int(found[2]) if found[2] and len(found[2]) <= _DIGITS else None


def _attribute(fields: Fields, text: str) -> AttributeType | None:
    syntax, length = _bound(fields.one("SYNTAX"))
    said = fields.one("USAGE")
    usage = _USAGES_FOLDED.get((said or "userApplications").lower())
    if usage is None:
        fields.repairs.append(f"{said!r} is no usage; read as userApplications")
    return _built(
        AttributeType,
        fields,
        text,
        superior=fields.one("SUP"),
        equality=fields.one("EQUALITY"),
        ordering=fields.one("ORDERING"),
        substring=fields.one("SUBSTR"),
        syntax=syntax,
        length=length,
        single_value="SINGLE-VALUE" in fields.values,
        collective="COLLECTIVE" in fields.values,
        no_user_modification="NO-USER-MODIFICATION" in fields.values,
        usage=usage or Usage.USER_APPLICATIONS,
    )


def _class(fields: Fields, text: str) -> ObjectClass | None:
    kinds = [kind for word, kind in _KINDS_OF_CLASS.items() if word in fields.values]
    if len(kinds) > 1:
        fields.repairs.append(f"it is of several kinds; read as {kinds[0]}")
    return _built(
        ObjectClass,
        fields,
        text,
        superiors=fields.all("SUP"),
        kind=kinds[0] if kinds else ClassKind.STRUCTURAL,
        must=fields.all("MUST"),
        may=fields.all("MAY"),
    )


def _matching_rule(fields: Fields, text: str) -> MatchingRule | None:
    return _built(MatchingRule, fields, text, syntax=fields.one("SYNTAX"))


def _matching_rule_use(fields: Fields, text: str) -> MatchingRuleUse | None:
    return _built(MatchingRuleUse, fields, text, applies=fields.all("APPLIES"))


def _syntax(fields: Fields, text: str) -> LdapSyntax | None:
    return _built(LdapSyntax, fields, text)


def _content_rule(fields: Fields, text: str) -> DitContentRule | None:
    return _built(
        DitContentRule,
        fields,
        text,
        auxiliary=fields.all("AUX"),
        must=fields.all("MUST"),
        may=fields.all("MAY"),
        precluded=fields.all("NOT"),
    )


def _structure_rule(fields: Fields, text: str) -> DitStructureRule | None:
    return _built(
        DitStructureRule,
        fields,
        text,
        form=fields.one("FORM") or "",
        superiors=fields.all("SUP"),
    )


def _name_form(fields: Fields, text: str) -> NameForm | None:
    return _built(
        NameForm,
        fields,
        text,
        object_class=fields.one("OC") or "",
        must=fields.all("MUST"),
        may=fields.all("MAY"),
    )


#: For each attribute of a subschema entry: its quick reader and its tolerant one.
KINDS: Final[
    dict[str, tuple[Callable[[str], Element | None], Callable[[Fields, str], Element | None]]]
] = {
    "attributeTypes": (_quick_attribute, _attribute),
    "objectClasses": (_quick_class, _class),
    "ldapSyntaxes": (_quick_syntax, _syntax),
    "matchingRules": (_quick_rule, _matching_rule),
    "matchingRuleUse": (_quick_rule_use, _matching_rule_use),
    "dITContentRules": (_quick_content_rule, _content_rule),
    "dITStructureRules": (_quick_structure_rule, _structure_rule),
    "nameForms": (_quick_name_form, _name_form),
}


def tolerant(kind: str, text: str) -> Read:
    """Read one definition token by token.

    Args:
        kind: the attribute of the subschema entry that it is a value of.
        text: the definition.
    """
    fields = read_fields(text)
    if fields is None:
        return None, ["it is no definition: '(' and a number or a name are expected"]
    element = KINDS[kind][1](fields, text)
    return element, fields.repairs


def read(kind: str, text: str) -> Read:
    """Read one definition, quickly where it is written as RFC 4512 prescribes.

    >>> element, repairs = read("attributeTypes", "( 2.5.4.3 NAME 'cn' SUP name )")
    >>> element.name, element.superior, repairs
    ('cn', 'name', [])
    """
    element = KINDS[kind][0](text)
    return (element, []) if element is not None else tolerant(kind, text)


def read_extensions(text: str) -> dict[str, tuple[str, ...]]:
    """Return the ``X-`` extensions of a definition."""
    fields = read_fields(text)
    if fields is None:
        return {}
    return {
        keyword: tuple(values)
        for keyword, values in fields.values.items()
        if keyword.startswith("X-")
    }
