"""The connection profile: where a directory is and how to reach it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import attrs

from ldapconnector._checked import below, checked, relation
from ldapconnector._given import of_kind
from ldapconnector.errors import ConfigurationError, Fault, NameSyntaxError
from ldapconnector.names import DN, AttributeDescription
from ldapconnector.profile._addresses import Address, are_hosts, is_port, parse_host
from ldapconnector.profile._bindings import (
    Anonymous,
    Binding,
    External,
    Kerberos,
    SimpleBind,
    WizardBinding,
)
from ldapconnector.profile._checks import choice, fault, name_or_empty, texts
from ldapconnector.profile._limits import Controls, RetryPolicy, Timeouts
from ldapconnector.profile._partition import Partition
from ldapconnector.profile._tls import Security, TlsSettings
from ldapconnector.secret import Secret

__all__ = ["Address", "ConnectionProfile"]


def _security(value: Security | str) -> Security:
    return choice(Security, value)


def _partitions(values: Iterable[Partition]) -> tuple[Partition, ...]:
    return tuple(values)


def _name(value: DN | str | None) -> DN | None:
    return None if value is None or value == "" else DN.of(value)


@checked
@attrs.frozen(kw_only=True)
class ConnectionProfile:
    """Everything that the wizard asks on its pages Connectivity, Global and Partitions.

    Attributes:
        hosts: one or more, tried in this order: ``name``, ``name:port``, ``[::1]:port``. The
            first that can be reached is used; see ``retry.fail_back_after``.
        port: for hosts that name none; None for 636 with LDAPS and 389 otherwise.
        security: how the line is secured.
        binding: who binds.
        tls: which certificates are believed and shown.
        allow_cleartext_credentials: let a password pass over a line that is not secured. Also
            needed on loopback.
        timeouts: how long to wait.
        retry: how often what is safe is tried again.
        attribute_aliases: attribute descriptions with options, which no schema publishes, such
            as ``userCertificate;binary`` (RFC 4522).
        include_operational_attributes: the wizard's box, kept with the other answers. Here it
            changes nothing: the schema always has the operational attributes, and an import
            reads them with ``operational=True``.
        include_extensible_attributes: mappings may write every attribute in every entry, as
            extensibleObject allows (RFC 4512, 4.3); ``Provisioner.check`` then says nothing
            against it.
        change_log_dn: where the change log is; None for the product's own place.
        password_attribute: empty for the product's own, mostly ``userPassword``.
        controls: which controls are used.
        partitions: what is read and written; empty for all naming contexts.

    Raises:
        ConfigurationError: with everything that is wrong, each with its path.

    >>> profile = ConnectionProfile(hosts=["ldap1.example.com", "ldap2.example.com:1636"])
    >>> [str(address) for address in profile.addresses]
    ['ldap1.example.com:636', 'ldap2.example.com:1636']
    >>> ConnectionProfile(
    ...     hosts="localhost", security="plain", binding=SimpleBind("cn=admin", "pw")
    ... )
    Traceback (most recent call last):
    ldapconnector.errors.ConfigurationError: 1 fault in the configuration
      $.binding: a simple bind over an unsecured line shows the password to everyone on it. \
Use security "ldaps" or "starttls", or set allow_cleartext_credentials.
    """

    hosts: tuple[str, ...] = attrs.field(converter=texts)
    port: int | None = attrs.field(default=None, validator=is_port)
    security: Security = attrs.field(default=Security.LDAPS, converter=_security)
    binding: Binding = attrs.field(factory=Anonymous)
    tls: TlsSettings = attrs.field(factory=TlsSettings)
    allow_cleartext_credentials: bool = False
    timeouts: Timeouts = attrs.field(factory=Timeouts)
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)
    attribute_aliases: tuple[str, ...] = attrs.field(default=(), converter=texts)
    include_operational_attributes: bool = False
    include_extensible_attributes: bool = False
    change_log_dn: DN | None = attrs.field(default=None, converter=_name)
    password_attribute: str = attrs.field(default="", validator=name_or_empty)
    controls: Controls = attrs.field(factory=Controls)
    partitions: tuple[Partition, ...] = attrs.field(default=(), converter=_partitions)

    @hosts.validator
    def _check_hosts(self, field: attrs.Attribute[Any], values: tuple[str, ...]) -> None:
        if not values:
            raise fault("is empty; name at least one host")
        are_hosts(self, field, values)

    @attribute_aliases.validator
    def _check_aliases(self, _: attrs.Attribute[Any], values: tuple[str, ...]) -> None:
        faults = []
        for index, alias in enumerate(values):
            try:
                description = AttributeDescription.parse(alias)
            except NameSyntaxError as error:
                faults.append(Fault(path=f"$[{index}]", message=error.message))
            else:
                if not description.options:
                    message = (
                        f"{alias!r} has no option; an alias is one like userCertificate;binary"
                    )
                    faults.append(Fault(path=f"$[{index}]", message=message))
        if faults:
            raise ConfigurationError(faults)

    @relation("security", "binding", "allow_cleartext_credentials")
    def _password_in_the_clear(self) -> Iterator[Fault]:
        plain = self.security is Security.PLAIN
        if plain and self.binding.sends_password and not self.allow_cleartext_credentials:
            yield Fault(
                path="$.binding",
                message="a simple bind over an unsecured line shows the password to everyone on "
                'it. Use security "ldaps" or "starttls", or set allow_cleartext_credentials.',
            )

    @relation("security", "binding")
    def _certificate_in_the_clear(self) -> Iterator[Fault]:
        if isinstance(self.binding, External) and self.security is Security.PLAIN:
            yield Fault(
                path="$.binding",
                message="external shows a client certificate, so the line must be secured: "
                'security "ldaps" or "starttls"',
            )

    @relation("binding", "tls")
    def _certificate_to_show(self) -> Iterator[Fault]:
        if isinstance(self.binding, External) and self.tls.client_certificate is None:
            yield Fault(
                path="$.tls.client_certificate", message="is needed for the binding external"
            )

    @relation("security", "binding", "allow_cleartext_credentials", "tls", "partitions")
    def _partitions_reached_otherwise(self) -> Iterator[Fault]:
        if any(
            [
                *ConnectionProfile._password_in_the_clear(self),
                *ConnectionProfile._certificate_in_the_clear(self),
                *ConnectionProfile._certificate_to_show(self),
            ]
        ):
            return  # it would be said of each partition again
        for index, partition in enumerate(self.partitions):
            try:
                ConnectionProfile(
                    hosts="localhost",
                    binding=partition.binding or self.binding,
                    security=partition.security or self.security,
                    tls=partition.tls or self.tls,
                    allow_cleartext_credentials=self.allow_cleartext_credentials,
                )
            except ConfigurationError as error:
                yield from below(error, f"$.partitions[{index}]")

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The hosts with their ports, in the order in which they are tried."""
        port = self.security.default_port if self.port is None else self.port
        return tuple(parse_host(host, port) for host in self.hosts)

    def for_partition(self, partition: Partition) -> Self:
        """Return the profile by which a partition is reached."""
        if not partition.connects_otherwise:
            return self
        own: dict[str, Any] = {
            "binding": partition.binding,
            "security": partition.security,
            "tls": partition.tls,
        }
        if partition.hosts:
            own["hosts"] = partition.hosts
        if partition.port is not None or partition.hosts or partition.security is not None:
            own["port"] = partition.port
        chosen = {key: value for key, value in own.items() if value is not None or key == "port"}
        return attrs.evolve(self, partitions=(), **chosen)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        user: str = "",
        password: Secret | str | None = None,
        start_tls: bool = False,
        ca_file: Path | str | None = None,
        **settings: Any,
    ) -> Self:
        """Return the profile for ``ldap://host:port`` or ``ldaps://host:port``.

        Args:
            url: scheme, host and port only (RFC 4516 has more, which belongs elsewhere).
            user, password: for a simple bind; without them nobody binds, unless ``settings``
                has a ``binding``.
            start_tls: secure an ``ldap`` address by StartTLS.
            ca_file: the authorities to believe, short for ``tls=TlsSettings(ca_file=...)``.
            settings: further fields of the profile.

        Raises:
            ConfigurationError: it is no such address, or the profile is not possible.

        >>> profile = ConnectionProfile.from_url("ldap://127.0.0.1:3389", start_tls=True)
        >>> profile.security.value, str(profile.addresses[0])
        ('starttls', '127.0.0.1:3389')
        """
        of_kind(str, url, "an address", "a text")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _no_url(f"{url!r} is no address: {error}") from None
        if parts.scheme.lower() not in {"ldap", "ldaps"} or not parts.hostname:
            hint = "give ldap://HOST:PORT or ldaps://HOST:PORT"
            raise _no_url(f"{_without_password(url)!r} is no LDAP address; {hint}")
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise _no_url(
                f"{_without_password(url)!r} has more than scheme, host and port; give the rest "
                "as fields of the profile"
            )
        security = Security.LDAPS if parts.scheme.lower() == "ldaps" else Security.PLAIN
        if start_tls:
            if security is Security.LDAPS:
                raise _no_url("StartTLS is for ldap:// addresses; ldaps:// is secured already")
            security = Security.STARTTLS
        if user:
            if password is None:
                raise ConfigurationError(
                    [Fault(path="$.password", message=f"is missing for the user {user!r}")]
                )
            settings.setdefault("binding", SimpleBind(user, password))
        if ca_file is not None:
            settings.setdefault("tls", TlsSettings(ca_file=ca_file))
        host = unquote(parts.hostname)
        return cls(
            hosts=(f"[{host}]" if ":" in host else host,), port=port, security=security, **settings
        )

    @classmethod
    def from_wizard(
        cls,
        *,
        host: str,
        binding: WizardBinding | str,
        port: int | None = None,
        user: str = "",
        password: Secret | str | None = None,
        realm: str = "",
        tls: TlsSettings | None = None,
        **settings: Any,
    ) -> Self:
        """Return the profile for the answers of the wizard's page Connectivity.

        As there, SSL and TLS bind by name and password without a client certificate, and by
        SASL EXTERNAL with one; without either they bind as nobody.

        Args:
            host, port, user, password, realm: the answers of the same names.
            binding: Anonymous, Basic, SSL, TLS or Kerberos, in any case.
            tls: certificates, for SSL and TLS.
            settings: further fields of the profile; Basic needs
                ``allow_cleartext_credentials``.

        Raises:
            ConfigurationError: an answer is missing or contradicts another.

        >>> ConnectionProfile.from_wizard(
        ...     host="ldap.example.com", binding="SSL", user="cn=admin", password="pw"
        ... ).security
        <Security.LDAPS: 'ldaps'>
        """
        kind = _wizard_binding(binding)
        tls = TlsSettings() if tls is None else tls
        security = {WizardBinding.SSL: Security.LDAPS, WizardBinding.TLS: Security.STARTTLS}.get(
            kind, Security.PLAIN
        )
        who: Binding = Anonymous()
        if kind is WizardBinding.KERBEROS:
            who = Kerberos(principal=user, realm=realm)
        elif kind is not WizardBinding.ANONYMOUS:
            if security is not Security.PLAIN and tls.client_certificate is not None:
                who = External()
            elif user or kind is WizardBinding.BASIC:
                who = SimpleBind(user, Secret.of("") if password is None else password)
        return cls(hosts=(host,), port=port, security=security, binding=who, tls=tls, **settings)


def _wizard_binding(word: str) -> WizardBinding:
    of_kind(str, word, "the wizard's binding", "a text")
    for known in WizardBinding:
        if known.value.casefold() == word.casefold():
            return known
    try:
        return choice(WizardBinding, word)
    except ConfigurationError as error:
        raise ConfigurationError(below(error, "$.binding")) from None


def _no_url(message: str) -> ConfigurationError:
    return ConfigurationError([Fault(path="$.url", message=message)])


def _without_password(url: str) -> str:
    """Drop what stands before an ``@``; somebody may have written a password there."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url
