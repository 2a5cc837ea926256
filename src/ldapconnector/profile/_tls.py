"""How the line is secured."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from ldapconnector._checked import checked, relation
from ldapconnector.errors import ConfigurationError, Fault
from ldapconnector.profile._addresses import is_name
from ldapconnector.profile._bindings import optional_path
from ldapconnector.profile._checks import choice
from ldapconnector.secret import Secret

__all__ = ["Security", "TlsSettings", "TlsVersion"]

_THUMBPRINT: Final = re.compile(r"[0-9a-f]{64}")


class Security(enum.StrEnum):
    """How the line to the server is secured.

    >>> Security.LDAPS.default_port, Security.STARTTLS.default_port
    (636, 389)
    """

    #: Not at all: everything can be read and altered on its way.
    PLAIN = "plain"
    #: TLS from the first octet; the wizard's "SSL".
    LDAPS = "ldaps"
    #: TLS after the StartTLS operation (RFC 4511, 4.14); the wizard's "TLS".
    STARTTLS = "starttls"

    @property
    def default_port(self) -> int:
        """636 for LDAPS, else 389."""
        return 636 if self is Security.LDAPS else 389


class TlsVersion(enum.StrEnum):
    """The oldest version of TLS that is spoken; nothing before 1.2 can be chosen."""

    V1_2 = "1.2"
    V1_3 = "1.3"


def _thumbprints(values: Iterable[str] | str) -> tuple[str, ...]:
    """Accept ``AB:CD:...``, blanks and upper case, as tools print it."""
    given = (values,) if isinstance(values, str) else tuple(values)
    return tuple(re.sub(r"[\s:]", "", value).lower().removeprefix("sha256") for value in given)


def _are_thumbprints(_: Any, __: attrs.Attribute[Any], values: tuple[str, ...]) -> None:
    faults = [
        Fault(
            path=f"$[{index}]",
            message=f"{value!r} is no SHA-256 thumbprint: 64 hexadecimal digits",
        )
        for index, value in enumerate(values)
        if not _THUMBPRINT.fullmatch(value)
    ]
    if faults:
        raise ConfigurationError(faults)


def _version(value: TlsVersion | str) -> TlsVersion:
    return choice(TlsVersion, value)


def _secret(value: Secret | str | None) -> Secret | None:
    return Secret.of(value) if isinstance(value, str) else value


@checked
@attrs.frozen(kw_only=True)
class TlsSettings:
    """Which server certificates are believed, and which one we show.

    By default a certificate must be signed by an authority of the system's store, be valid
    today, and name the host; TLS 1.2 is the oldest version spoken; the host's name is sent
    (SNI) so that a server with several certificates can choose.

    Attributes:
        ca_file: PEM file of the authorities to believe, instead of the system's store.
        pinned_sha256: SHA-256 thumbprints, in hexadecimal, of certificates to believe. With
            ``ca_file`` both conditions must hold; without it the thumbprint alone decides,
            so name, issuer and validity are not looked at.
        minimum_version: the oldest version of TLS.
        server_name: the name to send and to look for in the certificate; empty for the host
            that is connected to.
        client_certificate: PEM file of the certificate that we show, None for none.
        client_key: PEM file of its key; None where it stands in the same file.
        client_key_password: what the key is encrypted with.
        dangerously_accept_any_certificate: verify nothing. Whoever is on the line can then
            read the password and answer as he likes.

    >>> TlsSettings(pinned_sha256="AB:" * 31 + "AB").pinned_sha256[0][:8]
    'abababab'
    """

    ca_file: Path | None = attrs.field(default=None, converter=optional_path)
    pinned_sha256: tuple[str, ...] = attrs.field(
        default=(), converter=_thumbprints, validator=_are_thumbprints
    )
    minimum_version: TlsVersion = attrs.field(default=TlsVersion.V1_2, converter=_version)
    server_name: str = attrs.field(default="", validator=is_name)
    client_certificate: Path | None = attrs.field(default=None, converter=optional_path)
    client_key: Path | None = attrs.field(default=None, converter=optional_path)
    client_key_password: Secret | None = attrs.field(default=None, converter=_secret)
    dangerously_accept_any_certificate: bool = False

    @relation("client_key", "client_certificate")
    def _key_of_a_certificate(self) -> Iterator[Fault]:
        if self.client_key is not None and self.client_certificate is None:
            yield Fault(path="$.client_key", message="needs client_certificate, which is not set")

    @relation("dangerously_accept_any_certificate", "pinned_sha256", "ca_file")
    def _nothing_or_something(self) -> Iterator[Fault]:
        if self.dangerously_accept_any_certificate and (self.pinned_sha256 or self.ca_file):
            yield Fault(
                path="$.dangerously_accept_any_certificate",
                message="contradicts ca_file and pinned_sha256; remove one of them",
            )
