"""SASL GSSAPI (RFC 4752) by the package gssapi; authentication only.

ldap3 carries the messages. Its own Kerberos code is not used: it cannot name a service in
another realm, refuses servers that offer no security layer at all, and cannot read a keytab.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ldapconnector.errors import BindRefused, ConfigurationError, Fault

if TYPE_CHECKING:
    from ldapconnector.directory._line import Line
    from ldapconnector.profile import Kerberos

__all__ = ["negotiate"]

_NO_SECURITY_LAYER: Final = 1
_LAYERS_OCTETS: Final = 4


def negotiate(
    binding: Kerberos, line: Line, exchange: Callable[[bytes], tuple[int, bytes]]
) -> None:
    """Carry the tokens of a GSSAPI bind to and fro until both sides are content.

    Args:
        binding: whose ticket for which service.
        line: to the server; a certificate on it is bound to the bind (RFC 5929).
        exchange: sends a token and returns the result code and the server's token. It raises
            for any code but success and saslBindInProgress.

    Raises:
        ConfigurationError: the extra ``kerberos`` is not installed, or the keytab is missing.
        BindRefused: there is no ticket, or the server does not play by the rules.
    """
    gssapi = _load()
    try:
        context = gssapi.SecurityContext(
            name=_service(gssapi, binding, line),
            mech=gssapi.MechType.kerberos,
            creds=_credentials(gssapi, binding),
            channel_bindings=_channel_bindings(line),
            usage="initiate",
        )
        token = context.step(None) or b""
        while True:
            _, answer = exchange(token)
            if context.complete:
                break
            token = context.step(answer) or b""
        layers = context.unwrap(answer).message
        if len(layers) != _LAYERS_OCTETS:
            raise BindRefused(
                "the server's last token is malformed (RFC 4752, 3.3)", operation="bind"
            )
        if not layers[0] & _NO_SECURITY_LAYER:
            raise BindRefused(
                "the server demands a SASL security layer, which is not supported",
                operation="bind",
                next_step='Use security "ldaps" or "starttls", and let the server accept that '
                "instead of a layer.",
            )
        chosen = bytes([_NO_SECURITY_LAYER, 0, 0, 0]) + binding.authorization_id.encode()
        exchange(context.wrap(chosen, False).message)
    except gssapi.exceptions.GSSError as error:
        raise _explained(error, binding, line) from error


def _load() -> Any:
    try:
        import gssapi  # noqa: PLC0415  an extra
    except ImportError as error:
        fault = Fault(
            path="$.binding",
            message=f"kerberos needs the extra of that name, which cannot be loaded ({error}). "
            "Install it: pip install 'ldapconnector[kerberos]' (it builds against the headers "
            "of MIT Kerberos, Debian package libkrb5-dev).",
        )
        raise ConfigurationError([fault]) from None
    return gssapi


def _service(gssapi: Any, binding: Kerberos, line: Line) -> Any:
    host = binding.service_host or line.address.host
    if binding.realm:
        # The three parts of the name: service, host, realm.
        return gssapi.Name(f"ldap/{host}@{binding.realm}", gssapi.NameType.kerberos_principal)
    return gssapi.Name(f"ldap@{host}", gssapi.NameType.hostbased_service)


def _credentials(gssapi: Any, binding: Kerberos) -> Any:
    """Return credentials; None stands for the default ones."""
    name = None
    if binding.full_principal:
        name = gssapi.Name(binding.full_principal, gssapi.NameType.kerberos_principal)
    if binding.keytab is not None:
        if not Path(binding.keytab).is_file():
            fault = Fault(path="$.binding.keytab", message=f"there is no file {binding.keytab}")
            raise ConfigurationError([fault])
        # A cache of its own in memory: the user's tickets are left alone.
        key = hashlib.sha256(f"{binding.keytab}\0{binding.full_principal}".encode()).hexdigest()
        store = {"client_keytab": str(binding.keytab), "ccache": f"MEMORY:ldapconnector-{key}"}
        return gssapi.Credentials(name=name, usage="initiate", store=store)
    if name is not None:
        return gssapi.Credentials(name=name, usage="initiate")
    return None


def _channel_bindings(line: Line) -> Any:
    """Bind the ticket to the server's certificate, where that can be computed (RFC 5929, 4.1)."""
    if line.secured is None:
        return None
    with contextlib.suppress(ImportError):
        from cryptography import x509  # noqa: PLC0415  an extra
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from gssapi.raw import ChannelBindings  # noqa: PLC0415

        algorithm = x509.load_der_x509_certificate(
            line.secured.certificate
        ).signature_hash_algorithm
        if algorithm is None or algorithm.name in {"md5", "sha1"}:
            algorithm = hashes.SHA256()
        digest = hashes.Hash(algorithm)
        digest.update(line.secured.certificate)
        return ChannelBindings(application_data=b"tls-server-end-point:" + digest.finalize())
    return None


def _explained(error: Any, binding: Kerberos, line: Line) -> BindRefused:
    text = str(error).replace("\n", " ").strip()
    lowered = text.lower()
    service = f"ldap/{binding.service_host or line.address.host}"
    explanation, next_step = (
        "Kerberos did not give a ticket for the service",
        "Try kinit and kvno on this machine.",
    )
    if "no credentials" in lowered or "no kerberos credentials" in lowered:
        explanation = "There is no Kerberos ticket to log in with"
        next_step = "Get one with kinit, or give a keytab."
    elif "expired" in lowered:
        explanation, next_step = "The Kerberos ticket has expired", "Get a new one with kinit."
    elif "not found in kerberos database" in lowered:
        explanation = f"The realm knows no service {service}"
        next_step = "Check the host's name (the service's, not an address), or give service_host."
    elif "cannot contact" in lowered or "cannot find kdc" in lowered:
        explanation = "The Kerberos server (KDC) of the realm does not answer"
        next_step = "Check the realm in the profile and in krb5.conf, and the network."
    elif "clock skew" in lowered:
        explanation = "The clocks of this machine and of the Kerberos server differ too much"
        next_step = "Set the clock."
    elif "key table" in lowered or "keytab" in lowered:
        explanation = "The keytab has no key for this principal, or cannot be read"
        next_step = "Compare with klist -k."
    return BindRefused(text, operation="bind", explanation=explanation, next_step=next_step)
