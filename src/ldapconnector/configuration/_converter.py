"""The converter between the plain data of a file and our values.

Strict where a silent conversion would hide a mistake (``port = "389"``), helpful where
there is only one thing that can be meant (one text for a list of texts).
"""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_unstructure_fn

from ldapconnector._checked import (
    default_of,
    field_faults,
    hints_of,
    in_order,
    in_words,
    relation_faults,
    shown,
)
from ldapconnector.configuration._faults import did_you_mean, faults_of, unknown_keys
from ldapconnector.errors import ConfigurationError, Fault, NameSyntaxError, UsageError
from ldapconnector.expressions import Expression
from ldapconnector.mapping import (
    DISTINGUISHED_NAME,
    DN_TARGET,
    EXPORT_PASSWORD,
    OBJECT_FILTER,
    AttributeMapping,
    Computed,
    Constant,
    Direct,
    NoSource,
    NumberRange,
    ScopeGroup,
    ScopeOperator,
    Source,
    UniquenessRule,
    bare_attribute,
)
from ldapconnector.names import DN, Filter, attribute_name
from ldapconnector.planning import Flow, FlowKind
from ldapconnector.profile import (
    Anonymous,
    Binding,
    ConnectionProfile,
    External,
    Kerberos,
    SimpleBind,
)
from ldapconnector.secret import Secret
from ldapconnector.vendors import Vendor

__all__ = ["converter"]

#: What stands in the file as a text and is parsed.
_PARSED: Final[Mapping[type, Callable[[str], Any]]] = {
    DN: DN.parse,
    Filter: Filter.parse,
    Path: str,  # the profile's own converters make and check it
    ScopeOperator: ScopeOperator.parse,
}
_BINDINGS: Final[Mapping[str, type[Binding]]] = {
    cls.kind: cls for cls in (Anonymous, SimpleBind, Kerberos, External)
}
#: What somebody writes who has the wizard before them.
_WIZARD: Final = {
    "basic": "The wizard's Basic is 'simple' here.",
    "ssl": 'SSL is no binding here: set security = "ldaps".',
    "tls": 'TLS is no binding here: set security = "starttls".',
}
_SOURCES: Final = ("source", "constant", "expression")
#: Targets that are no attributes of a directory.
_VIRTUAL_TARGETS: Final = frozenset({DISTINGUISHED_NAME, DN_TARGET, EXPORT_PASSWORD, OBJECT_FILTER})


def _fault(message: str, hint: str = "", path: str = "$") -> ConfigurationError:
    return ConfigurationError([Fault(path=path, message=message, hint=hint)])


def _strictly(cls: type, *also: type) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not cls and type(value) not in also:
            raise _fault(f"must be {in_words(cls)}, not {shown(value)}")
        return value

    return structure


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _fault(f"must be a text, not {shown(value)}")
    return value


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _fault(f"must be a table, not {shown(value)}")
    return value


def _parsed(parse: Callable[[str], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, _: parse(_text(value))


def _secret(value: Any, _: Any) -> Secret:
    # A password of digits is a number in the file; anything but a text is refused unseen.
    return Secret.parse(value if isinstance(value, str) else "")


def _enumerated(value: Any, cls: type[enum.StrEnum]) -> enum.StrEnum:
    text = _text(value)
    for member in cls:
        if member.value.casefold() == text.casefold():
            return member
    known = [member.value for member in cls]
    raise _fault(f"{text!r} is none of {', '.join(known)}.", did_you_mean(text, known))


def _literal(value: Any, kind: Any) -> Any:
    known = get_args(kind)
    if value not in known:
        raise _fault(
            f"{value!r} is none of {', '.join(map(str, known))}.",
            did_you_mean(str(value), map(str, known)),
        )
    return value


def _is_union_of(member: type) -> Callable[[Any], bool]:
    def check(kind: Any) -> bool:
        return get_origin(kind) in {Union, types.UnionType} and member in get_args(kind)

    return check


def _binding(value: Any, _: Any) -> Binding | None:
    if value is None:
        return None
    fields = dict(_table(value))
    kind = fields.pop("kind", None)
    cls = _BINDINGS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        known = ", ".join(_BINDINGS)
        if kind is None:
            raise _fault(f"is missing; one of {known}", path="$.kind")
        raise _fault(
            f"{shown(kind) if not isinstance(kind, str) else repr(kind)} is none of {known}.",
            _WIZARD.get(str(kind).lower()) or did_you_mean(str(kind), _BINDINGS),
            path="$.kind",
        )
    return converter().structure(fields, cls)


def _texts_or_text(value: Any, kind: Any) -> Any:
    if value is None and type(None) in get_args(kind):
        return None
    if isinstance(value, list):
        return tuple(converter().structure(value, tuple[str, ...]))
    return _text(value)


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _is_set(kind: Any) -> bool:
    return kind is frozenset or get_origin(kind) is frozenset


def _is_set_of_text(kind: Any) -> bool:
    return _is_set(kind) and get_args(kind) == (str,)


def _is_tuple_of_text(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[:1] == (str,)


def _is_other_collection(kind: Any) -> bool:
    return get_origin(kind) in {tuple, frozenset} and get_args(kind)[:1] != (str,)


def _tuple_of_text(value: Any, _: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return _items(value, str)


def _collection(value: Any, kind: Any) -> Any:
    items = _items([value] if isinstance(value, str) else value, get_args(kind)[0])
    return items if get_origin(kind) is tuple else frozenset(items)


def _items(value: Any, kind: Any) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise _fault(f"must be a list, not {shown(value)}")
    faults: list[Fault] = []
    out = []
    for index, item in enumerate(value):
        try:
            out.append(converter().structure(item, kind))
        except Exception as error:  # noqa: BLE001 -- every fault is reported, whatever raised it
            faults += faults_of(error, f"$[{index}]")
    if faults:
        raise ConfigurationError(faults)
    return tuple(out)


def _mapping(value: Any, _: Any) -> AttributeMapping:
    """Structure a mapping, whose source stands there as ``source``, ``constant``, ``expression``."""
    fields = dict(_table(value))
    faults: list[Fault] = []
    given = {name: fields.pop(name) for name in _SOURCES if name in fields}
    source: Source = NoSource()
    if len(given) > 1:
        faults.append(
            Fault(path=f"$.{list(given)[1]}", message=f"contradicts {next(iter(given))}; keep one")
        )
    for name, what in given.items():
        try:
            source = _source(name, what)
        except Exception as error:  # noqa: BLE001 -- as above
            faults += faults_of(error, f"$.{name}")
    target = fields.get("target")
    if isinstance(target, str):
        faults += [Fault(path="$.target", message=said) for said in _no_target(target)]
    try:
        mapping: AttributeMapping = _plain(AttributeMapping)(fields, AttributeMapping)
    except Exception as error:  # noqa: BLE001 -- as above
        found = list(faults_of(error))
        faults = [*found, *faults]
    if faults:
        raise ConfigurationError(in_order(AttributeMapping, faults))
    return attrs.evolve(mapping, source=source)


def _numbers(value: Any, kind: Any) -> NumberRange:
    found: NumberRange = _plain(NumberRange)(value, kind)
    for message in _no_target(found.attribute) if found.attribute else ("is empty",):
        raise _fault(message, path="$.attribute")
    return found


def _group(value: Any, kind: Any) -> ScopeGroup:
    found: ScopeGroup = _plain(ScopeGroup)(value, kind)
    if not found.clauses:
        message = "is empty; a group without a clause would hold for everybody"
        raise _fault(message, path="$.clauses")
    return found


def _no_target(name: str) -> Iterator[str]:
    """Yield what is wrong with the name of a target attribute; the empty one is told elsewhere."""
    bare = bare_attribute(name)
    if bare and bare not in _VIRTUAL_TARGETS:
        try:
            attribute_name(bare)
        except NameSyntaxError as error:
            yield error.message


def _source(name: str, value: Any) -> Source:
    if name == "source":
        if not _text(value):
            raise _fault("is empty; name a source attribute")
        return Direct(value)
    if name == "expression":
        return Computed(Expression.parse(_text(value)))
    if isinstance(value, (bool, int)):
        raise _fault(f'must be a text; write "{shown(value)}"')
    return Constant(_texts_or_text(value, None))


def _connection(value: Any, _: Any) -> ConnectionProfile:
    """Structure a profile; ``url`` stands for hosts, port and security."""
    fields = dict(_table(value))
    if "url" in fields:
        also = sorted({"hosts", "security", "port"} & set(fields))
        if also:
            raise _fault(f"contradicts {', '.join(also)}; keep one", path="$.url")
        start_tls = fields.pop("start_tls", False)
        if not isinstance(start_tls, bool):
            raise _fault(f"must be true or false, not {shown(start_tls)}", path="$.start_tls")
        reached = ConnectionProfile.from_url(_text(fields.pop("url")), start_tls=start_tls)
        fields["hosts"] = list(reached.hosts)
        fields["security"] = reached.security.value
        if reached.port is not None:
            fields["port"] = reached.port
    profile: ConnectionProfile = _plain(ConnectionProfile)(fields, ConnectionProfile)
    return profile


def _flow(value: Any, _: Any) -> Flow:
    """Structure a flow; its kind alone is enough where it needs nothing else."""
    if isinstance(value, str):
        return Flow(kind=FlowKind(_enumerated(value, FlowKind)))
    flow: Flow = _plain(Flow)(_table(value), Flow)
    return flow


def _uniqueness(value: Any, _: Any) -> UniquenessRule:
    """Structure a rule: one attribute, or a list of them that are unique together."""
    given = _texts_or_text(value, None)
    rule = UniquenessRule(given)
    faults = [
        Fault(path="$" if isinstance(given, str) else f"$[{index}]", message=message)
        for index, name in enumerate(rule.attributes)
        for message in _no_target(name)
    ]
    if faults:
        raise ConfigurationError(faults)
    return rule


def _unstructure_uniqueness(rule: UniquenessRule) -> str | list[str]:
    return rule.attributes[0] if len(rule.attributes) == 1 else list(rule.attributes)


def _plain(cls: type) -> Callable[[Any, Any], Any]:
    """Return what structures a table as ``cls``, and reports every fault at once.

    Each field is structured and checked by itself, so that a fault does not hide another; then
    what fields must fulfil together, as far as they are right.
    """

    def structure(value: Any, _: Any) -> Any:
        table, good, faults = _table(value), dict[str, Any](), list[Fault]()
        for field in attrs.fields(cls):
            if field.name in table:
                try:
                    wanted = hints_of(cls)[field.name]
                    given = converter().structure(table[field.name], wanted)
                except Exception as error:  # noqa: BLE001 -- every fault is reported, whatever raised it
                    faults += faults_of(error, f"$.{field.name}")
                else:
                    faults += field_faults(cls, field.name, given, good)
            elif field.default is attrs.NOTHING:
                faults.append(Fault(path=f"$.{field.name}", message="is missing"))
            else:
                good[field.name] = default_of(field)
        faults = [
            *in_order(cls, [*faults, *relation_faults(cls, good)]),
            *unknown_keys(cls, set(table) - {field.name for field in attrs.fields(cls)}),
        ]
        if faults:
            raise ConfigurationError(faults)
        return cls(**good)

    return structure


def _reference(secret: Secret) -> str:
    if secret.reference is None:
        raise UsageError(
            "a secret that was given by its value is not written to a file; "
            "give it by reference, as Secret.env(NAME) or Secret.file(PATH)"
        )
    return secret.reference


def _unstructure_binding(binding: Binding) -> dict[str, Any]:
    fields = make_dict_unstructure_fn(type(binding), converter(), _cattrs_omit_if_default=True)(
        binding
    )
    return {"kind": binding.kind, **fields}


def _unstructure_mapping(mapping: AttributeMapping) -> dict[str, Any]:
    fields = make_dict_unstructure_fn(AttributeMapping, converter(), _cattrs_omit_if_default=True)(
        attrs.evolve(mapping, source=NoSource())
    )
    fields.pop("source", None)
    source: dict[str, Any] = {}
    match mapping.source:
        case Direct(attribute=attribute):
            source = {"source": attribute}
        case Constant(value=value):
            source = {"constant": value if isinstance(value, str) else list(value)}
        case Computed(expression=expression):
            source = {"expression": str(expression)}
    return {"target": fields.pop("target"), **source, **fields}


def _unstructure_flow(flow: Flow) -> str | dict[str, Any]:
    if flow.kind is not FlowKind.SET:
        return flow.kind.value
    fields: dict[str, Any] = make_dict_unstructure_fn(
        Flow, converter(), _cattrs_omit_if_default=True
    )(flow)
    return fields


@cache
def converter() -> cattrs.Converter:
    """Return the one converter, made when it is first needed."""
    made = cattrs.Converter(omit_if_default=True)
    scalars: tuple[tuple[type, tuple[type, ...]], ...] = (
        (str, ()),
        (int, ()),
        (bool, ()),
        (float, (int,)),
    )
    for kind, also in scalars:
        made.register_structure_hook(kind, _strictly(kind, *also))
    made.register_structure_hook(enum.StrEnum, _enumerated)
    made.register_structure_hook_factory(attrs.has, _plain)
    for kind, parse in _PARSED.items():
        made.register_structure_hook(kind, _parsed(parse))
    made.register_unstructure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, tuple(_PARSED)), str
    )
    made.register_structure_hook(Secret, _secret)
    made.register_unstructure_hook(Secret, _reference)
    made.register_structure_hook_func(_is_literal, _literal)
    made.register_structure_hook_func(_is_tuple_of_text, _tuple_of_text)
    made.register_structure_hook_func(_is_other_collection, _collection)
    made.register_structure_hook_func(
        _is_set_of_text,
        lambda value, _: frozenset(_tuple_of_text(value, None)),
    )
    made.register_structure_hook_func(_is_union_of(tuple[str, ...]), _texts_or_text)
    made.register_structure_hook_func(_is_union_of(SimpleBind), _binding)
    made.register_structure_hook(AttributeMapping, _mapping)
    made.register_structure_hook(ConnectionProfile, _connection)
    made.register_structure_hook(Flow, _flow)
    made.register_structure_hook_func(_is_union_of(Direct), lambda value, _: value)
    made.register_structure_hook_func(
        _is_union_of(Vendor), lambda value, _: _enumerated(value, Vendor) if value != "" else ""
    )
    made.register_structure_hook(UniquenessRule, _uniqueness)
    made.register_structure_hook(NumberRange, _numbers)
    made.register_structure_hook(ScopeGroup, _group)
    made.register_unstructure_hook(UniquenessRule, _unstructure_uniqueness)
    for cls in _BINDINGS.values():
        made.register_unstructure_hook(cls, _unstructure_binding)
    made.register_unstructure_hook(AttributeMapping, _unstructure_mapping)
    made.register_unstructure_hook(Flow, _unstructure_flow)
    made.register_unstructure_hook_func(
        _is_set,
        lambda value: sorted(made.unstructure(item) for item in value),
    )
    return made
