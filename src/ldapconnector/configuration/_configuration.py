"""One file that holds everything the wizard and the portal ask."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import attrs

from ldapconnector._given import of_kind, wrong_kind
from ldapconnector.errors import ConfigurationError, Fault, UsageError
from ldapconnector.mapping import (
    AttributeMapping,
    NumberRange,
    ObjectAction,
    ObjectMapping,
    ScopingFilter,
    UniquenessRule,
)
from ldapconnector.names import DN
from ldapconnector.planning import (
    DeletionGuard,
    DeprovisioningPolicy,
    ParentClass,
    ProvisioningRules,
)
from ldapconnector.profile import (
    ConnectionProfile,
    ConnectorConfiguration,
    DeltaChoice,
    HierarchyLevel,
    ObjectType,
    PagingChoice,
)
from ldapconnector.vendors import Vendor

__all__ = ["Configuration"]

Format = Literal["toml", "json"]


class _TwiceError(ValueError):
    """A key stands twice in one object."""


def _table_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise _TwiceError(f"{', '.join(twice)} stands twice in one object")
    return table


def _not_empty(_: Any, __: attrs.Attribute[Any], value: str) -> None:
    if not value:
        raise UsageError("must not be empty")


@attrs.frozen(kw_only=True)
class SourceSettings:
    """What is known of the source: the section ``[source]``.

    Attributes:
        object: the kind of source object.
        anchor: the attribute that identifies a source object.
        null_attributes: those whose switch of "flow null values" is on.
        binary_attributes: those whose text is base64.
        reference_attributes: those that name other source objects.
    """

    object: str = attrs.field(default="User", validator=_not_empty)
    anchor: str = attrs.field(default="id", validator=_not_empty)
    null_attributes: frozenset[str] = frozenset()
    binary_attributes: frozenset[str] = frozenset()
    reference_attributes: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Document:
    """The file, section by section. The wizard's pages come first, then the portal's."""

    connection: ConnectionProfile
    product: Vendor | Literal[""] = ""
    object_type: ObjectType = attrs.field(factory=ObjectType)
    delta_method: DeltaChoice = "auto"
    paging: PagingChoice = "auto"
    page_size: int = attrs.field(
        default=500, validator=attrs.fields(ConnectorConfiguration).page_size.validator
    )
    hierarchy: tuple[HierarchyLevel, ...] = ()
    source: SourceSettings = attrs.field(factory=SourceSettings)
    actions: tuple[ObjectAction, ...] = tuple(ObjectAction)
    mappings: tuple[AttributeMapping, ...] = ()
    scoping: ScopingFilter = attrs.field(factory=ScopingFilter)
    deprovisioning: DeprovisioningPolicy = attrs.field(factory=DeprovisioningPolicy)
    guard: DeletionGuard = attrs.field(factory=DeletionGuard)
    base: DN | None = None
    unique: tuple[UniquenessRule, ...] = ()
    numbers: tuple[NumberRange, ...] = attrs.field(
        default=(), validator=attrs.fields(ProvisioningRules).numbers.validator
    )
    delete_old_rdn: bool = True


@attrs.frozen(kw_only=True)
class Configuration:
    """Everything that the wizard and the portal ask, as one value.

    Attributes:
        connector: where the directory is and what of it is provisioned.
        rules: who gets which account, and what happens when somebody leaves.

    >>> configuration = Configuration.loads('''
    ... [connection]
    ... url = "ldaps://ldap.example.com"
    ... binding = { kind = "simple", user = "cn=admin,dc=example", password = "env:LDAP_PASSWORD" }
    ...
    ... [[mappings]]
    ... target = "-dn-"
    ... expression = 'Join("", "uid=", [mailNickname], ",dc=example")'
    ... apply = "creation"
    ... ''')
    >>> configuration.connector.connection.hosts, configuration.rules.mappings.mappings[0].attribute
    (('ldap.example.com',), '-dn-')
    """

    connector: ConnectorConfiguration
    rules: ProvisioningRules

    @classmethod
    def load(cls, path: str | Path) -> Configuration:
        """Read a TOML or JSON file, told apart by its ending.

        Raises:
            ConfigurationError: every fault of the file at once, each with its path.
            OSError: the file cannot be read.
        """
        if not isinstance(path, (str, Path)):
            raise wrong_kind("the place of a configuration", "a path", path)
        path = Path(path)
        kind: Format = "json" if path.suffix.lower() == ".json" else "toml"
        try:
            text = path.read_text(encoding="utf-8-sig")  # some editors begin with such a mark
        except UnicodeDecodeError as error:
            fault = Fault(path="$", message=f"this is no UTF-8, from byte {error.start} on")
            raise ConfigurationError([fault], str(path)) from None
        return cls.loads(text, kind, source=str(path))

    @classmethod
    def loads(cls, text: str, format: Format = "toml", *, source: str = "") -> Configuration:  # noqa: A002
        r"""Read the text of a configuration.

        Args:
            text: TOML or JSON.
            format: which of them.
            source: what to call the text in messages.

        Raises:
            ConfigurationError: every fault at once, each with its path.

        >>> Configuration.loads('[connection]\nurl = "ldap://localhost"\nprot = 389')
        Traceback (most recent call last):
        ldapconnector.errors.ConfigurationError: 1 fault in the configuration
          $.connection.prot: is not known here. did you mean 'port'?
        """
        of_kind(str, text, "a configuration", "a text", "Configuration.load reads a file")
        if format not in get_args(Format):
            raise UsageError(f"{format!r} is no format of a configuration: toml or json")
        try:
            if format == "json":
                data = json.loads(text, object_pairs_hook=_table_once)
            else:
                data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, json.JSONDecodeError, _TwiceError) as error:
            fault = Fault(path="$", message=f"this is no {format.upper()}: {error}")
        except RecursionError:
            fault = Fault(path="$", message="is nested too deep")
        else:
            return cls.from_dict(data, source=source)
        raise ConfigurationError([fault], source)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, source: str = "") -> Configuration:
        """Build from plain data: texts, numbers, booleans, lists and tables.

        Args:
            data: as the file has it.
            source: what to call the data in messages.

        Raises:
            ConfigurationError: every fault at once, each with its path.
        """
        from ldapconnector.configuration._converter import converter  # noqa: PLC0415
        from ldapconnector.configuration._faults import faults_of  # noqa: PLC0415

        if not isinstance(data, Mapping):
            raise ConfigurationError([Fault(path="$", message="must be a table")], source)
        try:
            document = converter().structure(dict(data), Document)
            return cls._of(document)
        except Exception as error:  # noqa: BLE001 -- every fault is reported, whatever raised it
            faults = tuple(faults_of(error))
        raise ConfigurationError(faults, source)

    @classmethod
    def _of(cls, document: Document) -> Configuration:
        connector = ConnectorConfiguration(
            connection=document.connection,
            object_type=document.object_type,
            product=str(document.product),
            delta_method=document.delta_method,
            paging=document.paging,
            page_size=document.page_size,
            hierarchy=document.hierarchy,
        )
        settings = document.source
        mappings = ObjectMapping(
            mappings=document.mappings,
            source_object=settings.object,
            actions=frozenset(document.actions),
            source_null_attributes=settings.null_attributes,
            binary_attributes=settings.binary_attributes,
            reference_attributes=settings.reference_attributes,
            source_anchor=settings.anchor,
        )
        rules = ProvisioningRules(
            mappings=mappings,
            scoping=document.scoping,
            deprovisioning=document.deprovisioning,
            guard=document.guard,
            structural_class=document.object_type.structural_class,
            auxiliary_classes=document.object_type.auxiliary_classes,
            base=document.base,
            hierarchy=tuple(
                ParentClass(rdn=level.attribute, object_class=level.object_class)
                for level in document.hierarchy
            ),
            unique=document.unique,
            numbers=document.numbers,
            delete_old_rdn=document.delete_old_rdn,
        )
        return cls(connector=connector, rules=rules)

    def _document(self) -> Document:
        connector, rules = self.connector, self.rules
        mappings = rules.mappings
        return Document(
            connection=connector.connection,
            product=Vendor(connector.product) if connector.product else "",
            object_type=connector.object_type,
            delta_method=connector.delta_method,
            paging=connector.paging,
            page_size=connector.page_size,
            hierarchy=connector.hierarchy,
            source=SourceSettings(
                object=mappings.source_object,
                anchor=mappings.source_anchor,
                null_attributes=mappings.source_null_attributes,
                binary_attributes=mappings.binary_attributes,
                reference_attributes=mappings.reference_attributes,
            ),
            actions=tuple(action for action in ObjectAction if action in mappings.actions),
            mappings=mappings.mappings,
            scoping=rules.scoping,
            deprovisioning=rules.deprovisioning,
            guard=rules.guard,
            base=rules.base,
            unique=rules.unique,
            numbers=rules.numbers,
            delete_old_rdn=rules.delete_old_rdn,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that :meth:`from_dict` reads; what has its default is left out.

        Raises:
            UsageError: a secret was given by its value. Secrets are never written out.
        """
        from ldapconnector.configuration._converter import converter  # noqa: PLC0415

        plain: dict[str, Any] = converter().unstructure(self._document())
        return plain

    def to_json(self) -> str:
        """Return the configuration as JSON.

        Raises:
            UsageError: a secret was given by its value.
        """
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_toml(self) -> str:
        """Return the configuration as TOML; needs the extra ``toml``.

        Raises:
            UsageError: a secret was given by its value, or the extra is not installed.
        """
        try:
            import tomli_w  # noqa: PLC0415
        except ModuleNotFoundError:
            raise UsageError(
                "writing TOML needs the extra 'toml': pip install 'ldapconnector[toml]'. "
                "to_json() needs nothing"
            ) from None
        return tomli_w.dumps(self.to_dict(), multiline_strings=False)
