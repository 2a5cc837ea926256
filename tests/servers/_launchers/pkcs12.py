"""Key stores for servers that want PKCS #12 instead of PEM."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate

from ldapconnector.testing import Certificates

__all__ = ["write_pkcs12"]


def write_pkcs12(certificates: Certificates, path: Path, *, name: str, password: str) -> None:
    """Write the server's certificate, its key and its authority as ``path``."""
    key = load_pem_private_key(certificates.server.key.read_bytes(), None)
    store = pkcs12.serialize_key_and_certificates(
        name.encode(),
        key,  # type: ignore[arg-type]  # an EC key, as make_certificates makes them
        load_pem_x509_certificate(certificates.server.certificate.read_bytes()),
        [load_pem_x509_certificate(certificates.ca.read_bytes())],
        BestAvailableEncryption(password.encode()),
    )
    path.write_bytes(store)
