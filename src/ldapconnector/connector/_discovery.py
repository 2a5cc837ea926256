"""Discovery: what a directory says about itself, as one value that can be saved and compared.

Only what the server said is kept: the root DSE, the schema's definitions and the certificate.
Everything else follows from them, here and in ``vendors``, so a saved discovery answers as the
live one does, and profits from what a later version of this library knows.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import attrs

from ldapconnector._given import wrong_kind
from ldapconnector.connector._differences import Difference, differences
from ldapconnector.connector._discovery_json import discovery_from_json, discovery_to_json
from ldapconnector.connector._oids import Advertised, advertised
from ldapconnector.connector._protocol import Capabilities, DeltaMethod, Paging
from ldapconnector.directory import Certificate, Directory, read_certificate
from ldapconnector.directory.controls import ASSERTION, PAGED_RESULTS, SORT, TREE_DELETE, VLV
from ldapconnector.entries import Entry
from ldapconnector.errors import ConfigurationError, EntryNotFound, Fault, NameSyntaxError, nearest
from ldapconnector.names import DN
from ldapconnector.profile import (
    ConnectionProfile,
    ConnectorConfiguration,
    ObjectType,
    Partition,
    SelectedAttribute,
)
from ldapconnector.schema import Schema
from ldapconnector.vendors import Identification, Suggestions, Vendor, identify, suggest

__all__ = ["Discovery", "discover"]

_LINE: Final = 88
# Naming contexts that hold no people, by their last RDN's text in lower case.
_ADMINISTRATIVE: Final = frozenset(
    {
        *("cn=config", "cn=schema", "cn=monitor", "cn=subschema", "cn=accesslog", "cn=changelog"),
        *("cn=configuration", "cn=pwdpolicy", "cn=ibmpolicies", "cn=localhost", "o=ipaca"),
        *("ou=schema", "ou=config", "cn=deleted objects", "cn=tasks", "cn=backups"),
        *("cn=admin data", "cn=ads-truststore", "dc=replicationchanges"),
    }
)
_ADMINISTRATIVE_OF_ROOT: Final = (
    *("configurationNamingContext", "schemaNamingContext", "configContext", "monitorContext"),
    *("changeLog", "ibm-configurationnamingcontext", "netscapemdsuffix"),
)


@attrs.frozen(kw_only=True, slots=False)
class Discovery:
    """What a directory says about itself.

    Attributes:
        root_dse: its root DSE.
        schema: its schema, with the profile's attribute aliases; empty where none can be read.
        certificate: what it showed; None on a line that is not secured.
        product: the product's name where the administrator gave it; empty to go by evidence.
        schema_error: why the schema cannot be read; empty where it was.

    >>> from ldapconnector.directory import MemoryDirectory
    >>> found = discover(MemoryDirectory.like("openldap", suffix="dc=example,dc=com"))
    >>> found.identification.product, found.suggested.anchor
    ('OpenLDAP', 'entryUUID')
    >>> Discovery.from_json(found.to_json()) == found
    True
    """

    root_dse: Entry
    schema: Schema
    certificate: Certificate | None = None
    product: str = attrs.field(default="")
    schema_error: str = ""

    @product.validator
    def _check_product(self, _: attrs.Attribute[str], value: str) -> None:
        if value and value not in list(Vendor):
            near = nearest(value, Vendor)
            fault = Fault(
                path="$.product",
                message=f"{value!r} is none of {', '.join(Vendor)}.",
                hint=f"Did you mean {near}?" if near else "",
            )
            raise ConfigurationError([fault])

    # ------------------------------------------------------------ what follows from it

    @cached_property
    def identification(self) -> Identification:
        """Which product it is, with the evidence."""
        return identify(self.root_dse, self.schema, named=self.product or None)

    @cached_property
    def suggested(self) -> Suggestions:
        """Settings that suit this directory; each can be overruled."""
        return suggest(self.identification, self.root_dse, self.schema)

    @cached_property
    def naming_contexts(self) -> tuple[DN, ...]:
        """The roots of what the server holds. eDirectory names the empty DN: everything."""
        return tuple(_dns(text.rstrip("\0") for text in self.root_dse.text("namingContexts")))

    @cached_property
    def partitions(self) -> tuple[DN, ...]:
        """The naming contexts that may hold people: not those of logs, schema, configuration."""
        told = {
            dn for name in _ADMINISTRATIVE_OF_ROOT for dn in _dns(self.root_dse.text(name)) if dn
        }
        return tuple(
            context
            for context in self.naming_contexts
            if context not in told and str(context).lower() not in _ADMINISTRATIVE
        )

    @property
    def sasl_mechanisms(self) -> tuple[str, ...]:
        """The kinds of SASL bind that are offered, on a line like the one that was used."""
        return self.root_dse.text("supportedSASLMechanisms")

    @cached_property
    def controls(self) -> tuple[Advertised, ...]:
        """The controls that are advertised, by identifier and name."""
        return self._listed("supportedControl")

    @cached_property
    def extensions(self) -> tuple[Advertised, ...]:
        """The extended operations that are advertised."""
        return self._listed("supportedExtension")

    @cached_property
    def features(self) -> tuple[Advertised, ...]:
        """The features that are advertised (RFC 3674)."""
        return self._listed("supportedFeatures")

    def _listed(self, attribute: str) -> tuple[Advertised, ...]:
        return tuple(sorted(advertised(oid) for oid in set(self.root_dse.text(attribute))))

    def offers(self, oid: str) -> bool:
        """Tell whether a control, extension or feature is advertised.

        Args:
            oid: its identifier.
        """
        return any(oid == one.oid for one in (*self.controls, *self.extensions, *self.features))

    @cached_property
    def features_found(self) -> tuple[Advertised, ...]:
        """Of the features that Microsoft's connector asks for, those that are advertised."""
        return tuple(map(advertised, self.suggested.features_found))

    @cached_property
    def features_missing(self) -> tuple[Advertised, ...]:
        """Of the features that Microsoft's connector asks for, those that are not advertised.

        A warning only: several products have them and do not say so.
        """
        return tuple(map(advertised, self.suggested.features_missing))

    @cached_property
    def capabilities(self) -> Capabilities:
        """What a connector with the suggested settings can do here."""
        return Capabilities(
            delta=DeltaMethod(str(self.suggested.delta)),
            paging=Paging(str(self.suggested.paging)),
            anchor=self.suggested.anchor,
            assertions=self.offers(ASSERTION),
            tree_delete=self.offers(TREE_DELETE),
        )

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know before going on."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        if not self.root_dse:
            yield "the server shows no root DSE to this account, so much has to be guessed"
        if self.schema_error:
            yield (
                f"the schema cannot be read, so nothing is checked before it is written: "
                f"{self.schema_error}"
            )
        yield from self.suggested.warnings
        for feature in self.features_missing:
            yield f"not advertised, though Microsoft's connector asks for it: {feature}"
        if not self.offers(PAGED_RESULTS) and not (self.offers(VLV) and self.offers(SORT)):
            yield (
                "no way to read in pages is advertised: each search must fit into the server's "
                "size limit"
            )
        lost = [finding for finding in self.schema.problems if finding.code.lost]
        if lost:
            yield (
                f"{len(lost)} definition{'' if len(lost) == 1 else 's'} of the schema cannot be "
                f"read and {'is' if len(lost) == 1 else 'are'} left out; the first: {lost[0]}"
            )

    # ------------------------------------------------------------ using it

    def configuration(
        self, profile: ConnectionProfile, *, auxiliary_classes: tuple[str, ...] = ()
    ) -> ConnectorConfiguration:
        """Return a configuration with the suggested settings, to start from.

        Args:
            profile: how the directory is reached; its own partitions are kept where it has any.
            auxiliary_classes: for the entries, such as ``posixAccount``.
        """
        suggested = self.suggested
        classes = (*suggested.user_classes[:1], *auxiliary_classes)
        single = {name.lower() for name in suggested.single_valued}
        password = self.identification.traits.password.attribute.lower()
        names = [name for name in sorted(self.schema.must(classes)) if name != "objectClass"]
        allowed = {name.lower() for name in self.schema.may(classes)}
        names += [
            name
            for name in suggested.single_valued
            if name.lower() in allowed and name not in names and name.lower() != password
        ]
        if not profile.partitions:
            found = tuple(Partition(dn=context) for context in self.partitions)
            profile = attrs.evolve(profile, partitions=found)
        return ConnectorConfiguration(
            connection=profile,
            object_type=ObjectType(
                structural_class=classes[0] if classes else "inetOrgPerson",
                auxiliary_classes=auxiliary_classes,
                anchor=suggested.anchor,
                attributes=[
                    SelectedAttribute(name=name, single_value=name.lower() in single)
                    for name in names
                ],
            ),
            product=self.product,
        )

    def compare(self, other: Discovery) -> tuple[Difference, ...]:
        """Return what is different in ``other``, a later discovery or another server.

        What changes by itself (clocks, counters, serial numbers) is left out.
        """
        return differences(self, other)

    def to_json(self) -> str:
        """Return it as JSON text, for a file beside the configuration or for tests offline."""
        return discovery_to_json(
            root_dse=self.root_dse,
            schema=self.schema,
            certificate=self.certificate,
            product=self.product,
            schema_error=self.schema_error,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what :meth:`to_json` wrote.

        Raises:
            ConfigurationError: it is not such a text; every fault with its path.
        """
        return cls(**discovery_from_json(text))

    def save(self, path: Path | str) -> None:
        """Write it to a file."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read it from a file.

        Raises:
            ConfigurationError: the file does not hold a discovery.
        """
        return cls.from_json(Path(path).read_text(encoding="utf-8"))

    def __str__(self) -> str:
        return "\n".join(_shown(self))


def _dns(texts: Iterable[str]) -> Iterator[DN]:
    """Yield those that are DNs; a server may write anything."""
    for text in texts:
        with contextlib.suppress(NameSyntaxError):
            yield DN.parse(text)


def _shown(found: Discovery) -> Iterator[str]:
    """Yield the lines of the readable form."""
    suggested, schema = found.suggested, found.schema
    counts = (
        f"{len(schema.attribute_types)} attribute types, {len(schema.object_classes)} object "
        f"classes, {len(schema.problems)} findings"
    )
    anchor = f"{suggested.anchor} (Microsoft's connector: {suggested.microsoft_anchor})"
    certificate = "" if found.certificate is None else str(found.certificate)
    rows = [
        ("product", str(found.identification).partition(": ")[0]),
        ("because", _wrapped("; ", found.identification.evidence)),
        ("naming contexts", "\n".join(str(dn) or '"", everything' for dn in found.naming_contexts)),
        ("schema", counts),
        ("SASL binds", _wrapped(", ", found.sasl_mechanisms)),
        ("controls", _wrapped(", ", _names(found.controls))),
        ("extensions", _wrapped(", ", _names(found.extensions))),
        ("certificate", certificate),
        ("suggested", "object class " + ", ".join(suggested.user_classes[:3])),
        ("", f"anchor       {anchor}"),
        ("", f"named by     {suggested.naming_attribute}"),
        ("", f"delta import {suggested.delta} {suggested.change_log}".rstrip()),
        ("", f"paging       {suggested.paging}"),
        ("single value", _wrapped(", ", suggested.single_valued)),
        ("warnings", "\n".join(_wrapped(" ", warning.split()) for warning in found.warnings)),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        for index, line in enumerate(value.splitlines()):
            yield f"{'' if index else name:<{width}}  {line}"


def _names(listed: Iterable[Advertised]) -> list[str]:
    """Return names where there are any, then bare identifiers."""
    return sorted(one.name for one in listed if one.name) + [
        one.oid for one in listed if not one.name
    ]


def _wrapped(separator: str, parts: Iterable[str]) -> str:
    """Join the parts into lines, broken between parts only."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(separator) + len(part) <= _LINE:
            lines[-1] += separator + part
        else:
            if lines:
                lines[-1] += separator.rstrip()
            lines.append(part)
    return "\n".join(lines)


def discover(
    directory: Directory, *, product: str = "", profile: ConnectionProfile | None = None
) -> Discovery:
    """Ask a directory what it is.

    Args:
        directory: open.
        product: its name, as ``Vendor`` has it, where the evidence is not to decide.
        profile: whose attribute aliases are added to the schema; by default the one that the
            directory was connected with.

    Raises:
        UsageError: ``directory`` is none.
        ConfigurationError: there is no product of that name.
        DirectoryError: the directory is gone. That it shows no root DSE or no schema is told
            in the discovery's warnings.
    """
    if isinstance(directory, (types.NoneType, str, ConnectionProfile)):
        raise wrong_kind("what is discovered", "an open directory", directory, "connect(profile)")
    if profile is None:
        profile = getattr(directory, "profile", None)
    root_dse = directory.root_dse
    schema_error = ""
    try:
        schema = directory.schema
    except EntryNotFound as error:
        schema, schema_error = Schema.parse({}), error.message
    if profile is not None and profile.attribute_aliases:
        schema = schema.with_aliases(*profile.attribute_aliases)
    shown = getattr(directory, "certificate", b"")
    return Discovery(
        root_dse=root_dse,
        schema=schema,
        certificate=read_certificate(shown) if shown else None,
        product=product,
        schema_error=schema_error,
    )
