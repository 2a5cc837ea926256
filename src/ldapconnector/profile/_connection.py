"""The connection profile: where a directory is and how to reach it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

import attrs

from ldapconnector.errors import ConfigurationError, Fault, NameSyntaxError
from ldapconnector.names import DN, AttributeDescription
from ldapconnector.profile._bindings import (
    Anonymous,
    Binding,
    External,
    Kerberos,
    SimpleBind,
    WizardBinding,
)
from ldapconnector.profile._checks import choice, texts
from ldapconnector.profile._limits import Controls, RetryPolicy, Timeouts
from ldapconnector.profile._partition import Partition
from ldapconnector.profile._tls import Security, TlsSettings
from ldapconnector.secret import Secret

__all__ = ["Address", "ConnectionProfile"]

_LARGEST_PORT: Final = 65535


@attrs.frozen
class Address:
    """A host and a TCP port.

    Attributes:
        host: a DNS name or an IP address.
        port: 1 to 65535.

    >>> str(Address("::1", 389))
    '[::1]:389'
    """

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _security(value: Security | str) -> Security:
    return choice(Security, value, "security")


def _partitions(values: Iterable[Partition]) -> tuple[Partition, ...]:
    return tuple(values)


def _name(value: DN | str | None) -> DN | None:
    return None if value is None or value == "" else DN.of(value)


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
    port: int | None = None
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
    password_attribute: str = ""
    controls: Controls = attrs.field(factory=Controls)
    partitions: tuple[Partition, ...] = attrs.field(default=(), converter=_partitions)

    def __attrs_post_init__(self) -> None:
        faults = [*self._faults_of_hosts(), *self._faults_of_binding(), *self._faults_of_names()]
        for index, partition in enumerate(self.partitions):
            if partition.connects_otherwise and not faults:
                try:
                    self.for_partition(partition)
                except ConfigurationError as error:
                    faults += [
                        attrs.evolve(fault, path=f"$.partitions[{index}]{fault.path[1:]}")
                        for fault in error.faults
                    ]
        if faults:
            raise ConfigurationError(faults)

    def _faults_of_hosts(self) -> Iterable[Fault]:
        if not self.hosts:
            yield Fault(path="$.hosts", message="is empty; name at least one host")
        for index, host in enumerate(self.hosts):
            try:
                _parse_host(host, 0)
            except ValueError as error:
                yield Fault(path=f"$.hosts[{index}]", message=str(error))
        if self.port is not None and not _is_port(self.port):
            yield Fault(
                path="$.port",
                message=f"{self.port!r} is no TCP port, which is a whole number from 1 to 65535",
            )

    def _faults_of_binding(self) -> Iterable[Fault]:
        plain = self.security is Security.PLAIN
        if plain and self.binding.sends_password and not self.allow_cleartext_credentials:
            yield Fault(
                path="$.binding",
                message="a simple bind over an unsecured line shows the password to everyone on "
                'it. Use security "ldaps" or "starttls", or set allow_cleartext_credentials.',
            )
        if isinstance(self.binding, External):
            if plain:
                yield Fault(
                    path="$.binding",
                    message="external shows a client certificate, so the line must be secured: "
                    'security "ldaps" or "starttls"',
                )
            if self.tls.client_certificate is None:
                yield Fault(
                    path="$.tls.client_certificate", message="is needed for the binding external"
                )

    def _faults_of_names(self) -> Iterable[Fault]:
        for index, alias in enumerate(self.attribute_aliases):
            try:
                description = AttributeDescription.parse(alias)
            except NameSyntaxError as error:
                yield Fault(path=f"$.attribute_aliases[{index}]", message=error.message)
            else:
                if not description.options:
                    yield Fault(
                        path=f"$.attribute_aliases[{index}]",
                        message=f"{alias!r} has no option; an alias is one like "
                        "userCertificate;binary",
                    )

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The hosts with their ports, in the order in which they are tried."""
        port = self.security.default_port if self.port is None else self.port
        return tuple(_parse_host(host, port) for host in self.hosts)

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
    for known in WizardBinding:
        if known.value.casefold() == word.casefold():
            return known
    return choice(WizardBinding, word, "binding")


def _no_url(message: str) -> ConfigurationError:
    return ConfigurationError([Fault(path="$.url", message=message)])


def _is_port(value: object) -> bool:
    return isinstance(value, int) and 0 < value <= _LARGEST_PORT


def _without_password(url: str) -> str:
    """Drop what stands before an ``@``; somebody may have written a password there."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url


def _parse_host(text: str, port: int) -> Address:
    """Split ``name``, ``name:port``, ``[::1]``, ``[::1]:port`` and ``::1``."""
    if "@" in text:
        raise ValueError(
            f"'…@{text.rpartition('@')[2]}' is no host; a name and a password belong in the binding"
        )
    host, rest = text.strip(), ""
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is no host; an IPv6 address is written [::1]:389")
        rest = rest[1:]
    elif host.count(":") == 1:
        host, _, rest = host.partition(":")
    if not host or "/" in host or any(character.isspace() for character in host):
        raise ValueError(
            f"{text!r} is no host; write a name or an address, with :PORT behind it if need be"
        )
    if rest:
        if not rest.isascii() or not rest.isdigit() or not 0 < int(rest) <= _LARGEST_PORT:
            raise ValueError(f"{rest!r} in {text!r} is no TCP port, which is 1 to 65535")
        port = int(rest)
    return Address(host, port)
