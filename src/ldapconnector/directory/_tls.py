"""TLS by the standard library: verified, named, and explained when it fails.

The verification of the standard library is used, not ldap3's: it knows IP addresses in
certificates, on every version of Python.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import attrs

from ldapconnector.errors import ConfigurationError, Fault, TlsFailed
from ldapconnector.profile import Address, TlsSettings, TlsVersion

__all__ = ["Secured", "client_context", "is_certificate_refused", "secure", "thumbprint"]

_MINIMUM: Final = {
    TlsVersion.V1_2: ssl.TLSVersion.TLSv1_2,
    TlsVersion.V1_3: ssl.TLSVersion.TLSv1_3,
}
# X509_V_ERR_* of OpenSSL: what it means, and what to do.
_UNKNOWN_CA: Final = (
    "The server's certificate is signed by an authority that is not believed",
    (
        "Give the PEM file of that authority as tls.ca_file, or pin the certificate by its "
        "thumbprint (server_certificate shows it) after comparing it with the server's."
    ),
)
_WRONG_NAME: Final = (
    "The server's certificate is for another name",
    (
        "Use a host name that the certificate has (server_certificate shows them), or give it as "
        "tls.server_name if you know that this is the right server."
    ),
)
_VERIFICATION: Final = {
    9: (
        "The server's certificate is not valid yet",
        "Compare the clocks of this machine and of the one that made the certificate.",
    ),
    10: (
        "The server's certificate has expired",
        "Renew it on the server; also compare this machine's clock.",
    ),
    18: (
        "The server's certificate is signed by itself, by nobody else",
        (
            "Give this certificate as tls.ca_file, or pin it by its thumbprint "
            "(server_certificate shows it) after comparing it with the server's."
        ),
    ),
    19: _UNKNOWN_CA,
    20: _UNKNOWN_CA,
    21: _UNKNOWN_CA,
    62: _WRONG_NAME,
    64: _WRONG_NAME,
}
_NO_TLS: Final = (
    "The server does not speak TLS there",
    'Check the port and the security: "ldaps" is mostly on 636, "starttls" on 389.',
)
_OLD_TLS: Final = (
    "The server and this client have no version of TLS in common",
    "Let the server speak TLS 1.2 or newer; tls.minimum_version may ask for too much.",
)
_OUR_CERTIFICATE: Final = (
    "The server demands a client certificate, or does not accept ours",
    "Give one as tls.client_certificate that an authority of the server has signed.",
)
_REASONS: Final = {
    "WRONG_VERSION_NUMBER": _NO_TLS,
    "HTTP_REQUEST": _NO_TLS,
    "RECORD_LAYER_FAILURE": _NO_TLS,
    "PACKET_LENGTH_TOO_LONG": _NO_TLS,
    "UNSUPPORTED_PROTOCOL": _OLD_TLS,
    "TLSV1_ALERT_PROTOCOL_VERSION": _OLD_TLS,
    "NO_PROTOCOLS_AVAILABLE": _OLD_TLS,
    "NO_SHARED_CIPHER": _OLD_TLS,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": _OUR_CERTIFICATE,
    "SSL/TLS_ALERT_HANDSHAKE_FAILURE": _OUR_CERTIFICATE,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _OUR_CERTIFICATE,
    "SSLV3_ALERT_BAD_CERTIFICATE": _OUR_CERTIFICATE,
    "SSL/TLS_ALERT_BAD_CERTIFICATE": _OUR_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _OUR_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _OUR_CERTIFICATE,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": _OUR_CERTIFICATE,
    "TLSV1_ALERT_UNKNOWN_CA": _OUR_CERTIFICATE,
    "TLSV1_ALERT_DECRYPT_ERROR": _OUR_CERTIFICATE,
}


@attrs.frozen(eq=False, kw_only=True)
class Secured:
    """A socket behind a TLS handshake.

    Attributes:
        socket: for everything from now on.
        certificate: the server's, DER.
        version: such as ``TLSv1.3``.
        cipher: such as ``TLS_AES_256_GCM_SHA384``.
    """

    socket: ssl.SSLSocket
    certificate: bytes
    version: str
    cipher: str


def thumbprint(certificate: bytes) -> str:
    """Return the SHA-256 thumbprint of a DER certificate, in hexadecimal.

    >>> thumbprint(b"")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(certificate).hexdigest()


def client_context(settings: TlsSettings, *, verify: bool = True) -> ssl.SSLContext:
    """Return the context for these settings.

    Args:
        settings: of the profile.
        verify: False to look at a certificate without believing it.

    Raises:
        ConfigurationError: a file of the settings cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = _MINIMUM[settings.minimum_version]
    pinned_only = bool(settings.pinned_sha256) and settings.ca_file is None
    if not verify or pinned_only or settings.dangerously_accept_any_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.ca_file is not None:
        with _file_of("$.tls.ca_file", str(settings.ca_file)):
            context.load_verify_locations(cafile=settings.ca_file)
        # What stands in the file is believed, also a server's own certificate.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if settings.client_certificate is not None:
        password = settings.client_key_password
        with _file_of("$.tls.client_certificate", str(settings.client_certificate)):
            context.load_cert_chain(
                settings.client_certificate,
                settings.client_key,
                # Without one OpenSSL would ask on the terminal.
                password=lambda: "" if password is None else password.reveal(),
            )
    return context


@contextlib.contextmanager
def _file_of(path: str, name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # ssl.SSLError is one
        reason = getattr(error, "reason", None) or error.strerror or str(error)
        fault = Fault(
            path=path,
            message=f"{name!r} cannot be used: {reason}",
            hint="It must be a PEM file; a key may need client_key_password.",
        )
        raise ConfigurationError([fault]) from None


def secure(
    sock: socket.socket,
    settings: TlsSettings,
    address: Address,
    *,
    verify: bool = True,
    operation: str = "tls",
) -> Secured:
    """Negotiate TLS and return the secured socket; ``sock`` is closed when that fails.

    Args:
        sock: connected; its timeout bounds each step of the handshake.
        settings: whom to believe.
        address: the host whose name is sent and looked for.
        verify: False to look at a certificate without believing it; send nothing then.
        operation: named in errors.

    Raises:
        TlsFailed: it did not succeed; nothing confidential was sent.
        ConfigurationError: a file of the settings cannot be used.
    """
    name = settings.server_name or address.host
    try:
        context = client_context(settings, verify=verify)
        # The handshake is called by itself, so that the socket can be closed when it fails.
        wrapped = context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
    try:
        wrapped.do_handshake()
        certificate = wrapped.getpeercert(binary_form=True) or b""
        if verify:
            _check_pin(certificate, settings, address, operation)
    except OSError as error:
        wrapped.close()
        raise _explained(error, settings, address, name, operation) from error
    except BaseException:
        wrapped.close()
        raise
    cipher = wrapped.cipher()
    return Secured(
        socket=wrapped,
        certificate=certificate,
        version=wrapped.version() or "",
        cipher=cipher[0] if cipher else "",
    )


def _check_pin(certificate: bytes, settings: TlsSettings, address: Address, operation: str) -> None:
    found = thumbprint(certificate)
    if settings.pinned_sha256 and found not in settings.pinned_sha256:
        raise TlsFailed(
            f"{address} shows a certificate that is not the pinned one",
            operation=operation,
            explanation=f"Its SHA-256 thumbprint is {found}",
            next_step="If the server's certificate was renewed, compare with the server and set "
            "tls.pinned_sha256 anew; if not, somebody else may be on the line.",
        )


def is_certificate_refused(error: BaseException | None) -> bool:
    """Tell whether an error, or what caused it, is the server's refusal of our certificate.

    With TLS 1.3 it comes only with the first answer after the handshake.
    """
    while error is not None:
        reason = getattr(error, "reason", None)
        text = f"{reason or ''} {error}".upper().replace(" ", "_")
        if any(key in text for key, value in _REASONS.items() if value is _OUR_CERTIFICATE):
            return True
        error = error.__cause__ or error.__context__
    return False


def certificate_refused(address: Address, operation: str, detail: str) -> TlsFailed:
    """Return the error for a server that does not accept our certificate, or wants one."""
    return TlsFailed(
        f"{address} ends the secured connection: {detail}",
        operation=operation,
        explanation=_OUR_CERTIFICATE[0],
        next_step=_OUR_CERTIFICATE[1],
    )


def _explained(
    error: OSError, settings: TlsSettings, address: Address, name: str, operation: str
) -> TlsFailed:
    reason = getattr(error, "reason", None) or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        known = _VERIFICATION.get(error.verify_code)
        explanation, next_step = known or (
            "The server's certificate cannot be verified",
            "Look at it with server_certificate.",
        )
        what = error.verify_message.rstrip(".")
        if known is _WRONG_NAME:
            explanation += f" than {name!r}"
        if known is _UNKNOWN_CA and settings.ca_file is not None:
            explanation += f" (not one of {settings.ca_file})"
    elif isinstance(error, TimeoutError):
        what = "no answer to the TLS greeting in time"
        explanation, next_step = _NO_TLS
    elif isinstance(error, (ConnectionError, ssl.SSLEOFError)):
        what = "the server ends the connection instead of negotiating TLS"
        explanation = "The server does not speak TLS there, or demands a client certificate"
        next_step = _NO_TLS[1]
    else:
        what = str(reason or error).replace("_", " ").lower()
        explanation, next_step = _REASONS.get(
            str(reason), ("TLS could not be negotiated", "Look at the server's TLS settings.")
        )
    return TlsFailed(
        f"{address}: {what}", operation=operation, explanation=explanation, next_step=next_step
    )
