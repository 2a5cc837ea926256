"""Certificates for the test servers, made on the spot and good for nothing else."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["Certificates", "KeyPair", "make_certificates"]


@attrs.frozen
class KeyPair:
    """The PEM files of one certificate and its private key."""

    certificate: Path
    key: Path


@attrs.frozen(kw_only=True)
class Certificates:
    """The PEM files that a test of TLS needs, good and bad.

    Attributes:
        ca: the authority that signed all of them but ``bad_client``.
        other_ca: an authority that no server here trusts.
        server: for localhost, 127.0.0.1 and ::1.
        wrong_name: for wrong.example.net.
        expired: as ``server``, until yesterday.
        unknown_ca: as ``server``, signed by ``other_ca``.
        client: subject ``O=Example, OU=people, CN=ext``.
        bad_client: the same subject, signed by ``other_ca``.
    """

    ca: Path
    other_ca: Path
    server: KeyPair
    wrong_name: KeyPair
    expired: KeyPair
    unknown_ca: KeyPair
    client: KeyPair
    bad_client: KeyPair


def make_certificates(folder: Path, *, extra_addresses: Iterable[str] = ()) -> Certificates:
    """Make all of them in ``folder``; takes some 20 ms.

    Args:
        folder: an existing folder that only the caller can write to.
        extra_addresses: IP addresses that the server's certificates name besides loopback.

    Raises:
        ImportError: the package ``cryptography`` is absent (extra ``certificates``).
    """
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415  heavy, and optional

    authority = _Authority.create("Test CA")
    other = _Authority.create("Another CA")
    names = ("localhost", "127.0.0.1", "::1", *extra_addresses)
    server_use, client_use = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    client = (("O", "Example"), ("OU", "people"), ("CN", "ext"))

    def server(
        name: str, signer: _Authority, *, names: Iterable[str] = names, days: int = 30
    ) -> KeyPair:
        subject = (("O", "Example"), ("CN", "localhost"))
        return signer.issue(folder / name, subject, server_use, names=names, days=days)

    return Certificates(
        ca=authority.write(folder / "ca.pem"),
        other_ca=other.write(folder / "other-ca.pem"),
        server=server("server", authority),
        wrong_name=server("wrong-name", authority, names=["wrong.example.net"]),
        expired=server("expired", authority, days=-1),
        unknown_ca=server("unknown-ca", other),
        client=authority.issue(folder / "client", client, client_use),
        bad_client=other.issue(folder / "bad-client", client, client_use),
    )


@attrs.frozen
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, name: str) -> _Authority:
        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name((("O", "Example"), ("CN", name)))
        usage = x509.KeyUsage(
            key_cert_sign=True,
            crl_sign=True,
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = (
            _builder(subject, subject, key.public_key(), days=30)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    def write(self, path: Path) -> Path:
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path

    def issue(
        self,
        path: Path,
        subject: Iterable[tuple[str, str]],
        usage: x509.ObjectIdentifier,
        *,
        names: Iterable[str] = (),
        days: int = 30,
    ) -> KeyPair:
        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        key = ec.generate_private_key(ec.SECP256R1())
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            _builder(_name(subject), self.certificate.subject, key.public_key(), days=days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(issuer_key, critical=False)
        )
        if alternatives := [_general_name(name) for name in names]:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(alternatives), critical=False
            )
        certificate = builder.sign(self.key, hashes.SHA256())
        pair = KeyPair(path.with_suffix(".pem"), path.with_suffix(".key"))
        pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        pair.key.touch(mode=0o600)
        pair.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pair


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int
) -> x509.CertificateBuilder:
    """Begin a certificate that is valid from forty days ago until ``days`` from now."""
    from cryptography import x509  # noqa: PLC0415

    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=40))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(parts: Iterable[tuple[str, str]]) -> x509.Name:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    types = {
        "O": NameOID.ORGANIZATION_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "CN": NameOID.COMMON_NAME,
    }
    return x509.Name([x509.NameAttribute(types[kind], value) for kind, value in parts])


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509  # noqa: PLC0415

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
