"""The certificate that a server shows, for a person to confirm."""

from __future__ import annotations

import base64
import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import attrs

from ldapconnector.directory._line import dial, resolve, start_tls
from ldapconnector.directory._tls import secure, thumbprint
from ldapconnector.errors import ConfigurationError, Fault
from ldapconnector.profile import ConnectionProfile, Security

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["Certificate", "read_certificate", "server_certificate"]

_LINE: Final = 64  # RFC 7468, 2


@attrs.frozen(kw_only=True)
class Certificate:
    """A server's certificate.

    Attributes:
        sha256: the SHA-256 thumbprint, 64 hexadecimal digits, as ``tls.pinned_sha256`` takes it.
        pem: the certificate itself, as ``tls.ca_file`` takes it.
        subject: whose it is, as an RFC 4514 name.
        issuer: who signed it; the subject itself where it is self-signed.
        names: the host names and IP addresses that it is for.
        serial: its number, in hexadecimal.
        valid_from, valid_until: aware times; None where the extra ``certificates`` is absent,
            as the texts above are empty then.
    """

    sha256: str
    pem: str = attrs.field(repr=False)
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    serial: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def self_signed(self) -> bool:
        """Whether nobody else vouches for it."""
        return bool(self.subject) and self.subject == self.issuer

    def __str__(self) -> str:
        rows = {
            "subject": self.subject,
            "issuer": "itself (self-signed)" if self.self_signed else self.issuer,
            "for": ", ".join(self.names),
            "valid": " to ".join(
                f"{when:%Y-%m-%d %H:%M}" for when in (self.valid_from, self.valid_until) if when
            ),
            "serial": self.serial,
            "SHA-256": ":".join(textwrap.wrap(self.sha256.upper(), 2)),
        }
        return "\n".join(f"{name:<8} {value}" for name, value in rows.items() if value)


def server_certificate(profile: ConnectionProfile) -> Certificate:
    """Return the certificate that the first host of a profile shows, without believing it.

    Nothing is sent but the TLS greeting (and StartTLS before it): no name, no password, no
    client certificate.

    Raises:
        ConnectionFailed, TlsFailed: there is no certificate to look at.
        ConfigurationError: the extra ``certificates`` is not installed, or the profile's line
            is not secured.
    """
    if profile.security is Security.PLAIN:
        fault = Fault(
            path="$.security",
            message='a plain line shows no certificate; use "ldaps" or "starttls"',
        )
        raise ConfigurationError([fault])
    _need_cryptography()
    address = profile.addresses[0]
    sock = dial(address, resolve(address), profile.timeouts.connect)
    if profile.security is Security.STARTTLS:
        try:
            start_tls(sock, address, profile.timeouts.connect)
        except BaseException:
            sock.close()
            raise
    settings = attrs.evolve(
        profile.tls, client_certificate=None, client_key=None, client_key_password=None
    )
    secured = secure(sock, settings, address, verify=False)
    secured.socket.close()
    return read_certificate(secured.certificate)


def _need_cryptography() -> None:
    try:
        import cryptography.x509  # noqa: F401, PLC0415  an extra
    except ImportError as error:
        raise ConfigurationError(
            [
                Fault(
                    path="$.tls",
                    message="showing a certificate needs the extra of the name certificates, which "
                    f"cannot be loaded ({error}). Install it: "
                    "pip install 'ldapconnector[certificates]'.",
                )
            ]
        ) from None


def read_certificate(der: bytes) -> Certificate:
    """Return what a DER certificate says.

    Without the extra ``certificates`` that is its thumbprint only.
    """
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode("ascii"), _LINE))
    pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
    try:
        from cryptography import x509  # noqa: PLC0415  an extra
    except ImportError:
        return Certificate(sha256=thumbprint(der), pem=pem)
    certificate = x509.load_der_x509_certificate(der)
    return Certificate(
        sha256=thumbprint(der),
        pem=pem,
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=_names(certificate),
        serial=f"{certificate.serial_number:x}",
        valid_from=certificate.not_valid_before_utc.astimezone(UTC),
        valid_until=certificate.not_valid_after_utc.astimezone(UTC),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509  # noqa: PLC0415  an extra

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    names = found.get_values_for_type(x509.DNSName)
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*map(str, names), *map(str, addresses))
