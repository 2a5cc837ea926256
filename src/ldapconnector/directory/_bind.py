"""The bind: ldap3 authenticates on a line that is open and secured already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs

from ldapconnector.directory._kerberos import negotiate
from ldapconnector.directory._ldap3 import load_ldap3
from ldapconnector.directory._line import Line
from ldapconnector.directory._password_policy import PASSWORD_POLICY, password_policy_answer
from ldapconnector.directory._protocol import Control
from ldapconnector.directory._results import ResultCode, result_error
from ldapconnector.directory._tls import certificate_refused, is_certificate_refused
from ldapconnector.errors import BindRefused, ConnectionFailed, DirectoryError
from ldapconnector.profile import (
    Anonymous,
    ConnectionProfile,
    External,
    Kerberos,
    SimpleBind,
    Use,
)

__all__ = ["Bound", "bind"]

_CONTINUE: Final = frozenset({ResultCode.SUCCESS, ResultCode.SASL_BIND_IN_PROGRESS})


@attrs.frozen(eq=False, kw_only=True)
class Bound:
    """A line on which somebody is bound.

    Attributes:
        line: below it.
        connection: the ``ldap3.Connection``.
        warning: what the password policy says although the bind succeeded; mostly empty.
    """

    line: Line
    connection: Any
    warning: str = ""


def bind(profile: ConnectionProfile, line: Line) -> Bound:
    """Bind as the profile says; the line is closed when that fails.

    Raises:
        BindRefused: the server does not accept it.
        TlsFailed: the server does not accept our certificate.
        ConnectionFailed: the line broke.
        UsageError: a secret or an extra is missing.
    """
    try:
        connection = _connection(profile, line)
        controls = _bind(profile, line, connection)
    except BaseException:
        line.close()
        raise
    answer = password_policy_answer(controls)
    return Bound(line=line, connection=connection, warning="" if answer is None else answer.warning)


def _connection(profile: ConnectionProfile, line: Line) -> Any:
    """Make an ldap3 connection and hand it the socket that we opened and secured."""
    ldap3 = load_ldap3()
    server = ldap3.Server(
        line.address.host,
        port=line.address.port,
        get_info=ldap3.NONE,
        allowed_referral_hosts=[],
    )
    binding = profile.binding
    options: dict[str, Any] = {"authentication": ldap3.ANONYMOUS}
    if isinstance(binding, SimpleBind):
        options = {
            "authentication": ldap3.SIMPLE,
            "user": binding.user,
            "password": _password(binding),
        }
    elif isinstance(binding, External):
        # Without credentials, even empty ones, OpenLDAP waits for another step.
        options = {
            "authentication": ldap3.SASL,
            "sasl_mechanism": ldap3.EXTERNAL,
            "sasl_credentials": binding.authorization_id.encode(),
        }
    elif isinstance(binding, Kerberos):
        options = {"authentication": ldap3.SASL, "sasl_mechanism": ldap3.GSSAPI}
    connection = ldap3.Connection(
        server,
        client_strategy=ldap3.SYNC,
        auto_bind=ldap3.AUTO_BIND_NONE,
        auto_referrals=False,
        auto_range=False,
        check_names=False,
        raise_exceptions=True,
        **options,
    )
    line.socket.settimeout(profile.timeouts.connect)
    connection.socket = line.socket
    connection.closed = False
    connection.listening = True
    connection.strategy._outstanding = {}
    return connection


def _password(binding: SimpleBind) -> str:
    password = binding.password.reveal()
    if not password:
        raise BindRefused(
            "the password is empty",
            operation="bind",
            dn=binding.user,
            explanation="A bind with a name and an empty password succeeds on many servers as "
            "nobody (RFC 4513, 5.1.2), so it is not even sent",
            next_step="Give the password, or use the binding anonymous.",
        )
    return password


def _bind(profile: ConnectionProfile, line: Line, connection: Any) -> tuple[Control, ...]:
    """Bind and return the controls of the answer."""
    ldap3 = load_ldap3()
    binding = profile.binding
    name = binding.user if isinstance(binding, SimpleBind) else ""
    try:
        if isinstance(binding, Kerberos):
            _bind_kerberos(binding, line, connection)
        else:
            ask = isinstance(binding, SimpleBind) and (
                profile.controls.password_policy is not Use.NEVER
            )
            controls = [(PASSWORD_POLICY, False, None)] if ask else None
            connection.bind(read_server_info=False, controls=controls)
    except ldap3.core.exceptions.LDAPOperationResult:
        raise _refused(connection, binding, name) from None
    except (ldap3.core.exceptions.LDAPExceptionError, OSError) as error:
        raise _broken(error, profile, line, name) from error
    finally:
        # ldap3 keeps the last request, password and all.
        connection.request = None
        connection.password = None
    result = connection.result or {}
    if result.get("result") != ResultCode.SUCCESS:
        raise _refused(connection, binding, name)
    connection.bound = True
    return _controls(result)


def _bind_kerberos(binding: Kerberos, line: Line, connection: Any) -> None:
    send: Any = load_ldap3().protocol.sasl.sasl.send_sasl_negotiation

    def exchange(token: bytes) -> tuple[int, bytes]:
        result = send(connection, None, token)
        if result["result"] not in _CONTINUE:
            raise _refused(connection, binding, "")
        return result["result"], result.get("saslCreds") or b""

    connection.sasl_in_progress = True
    try:
        negotiate(binding, line, exchange)
    finally:
        connection.sasl_in_progress = False


def _controls(result: dict[str, Any]) -> tuple[Control, ...]:
    return tuple(
        Control(oid=oid, critical=bool(told.get("criticality")), value=told.get("value"))
        for oid, told in (result.get("controls") or {}).items()
        if isinstance(told.get("value"), bytes | None)
    )


def _refused(connection: Any, binding: object, name: str) -> DirectoryError:
    result = connection.result or {}
    error = result_error(
        int(result.get("result", ResultCode.OTHER)),
        operation="bind",
        dn=name,
        diagnostic=str(result.get("message") or ""),
        matched_dn=str(result.get("dn") or ""),
        referrals=_texts(result.get("referrals")),
        controls=_controls(result),
    )
    if isinstance(binding, External) and error.code == ResultCode.INVALID_CREDENTIALS:
        error = BindRefused(
            operation="bind",
            code=error.code,
            diagnostic=error.diagnostic,
            explanation="The server finds no account that the client certificate stands for",
            next_step="Compare the certificate's subject with the server's mapping: authz-regexp "
            "in OpenLDAP, certmap.conf in 389 Directory Server.",
        )
    if isinstance(binding, Anonymous) and isinstance(error, BindRefused) and not error.next_step:
        error.next_step = "Use a binding other than anonymous."
    return error


def _texts(values: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(map(str, values or ()))


def _broken(
    error: BaseException, profile: ConnectionProfile, line: Line, name: str
) -> DirectoryError:
    text = str(error.args[0]) if error.args else type(error).__name__
    text = text.removeprefix("error receiving data: ").removeprefix("socket sending error")
    if line.secured is not None:
        alert = error if is_certificate_refused(error) else _alert(line)
        if is_certificate_refused(alert):
            return certificate_refused(line.address, "bind", str(alert))
    if "SASLprep" in text:
        return BindRefused(
            "the password has characters that no password may have (RFC 4013)",
            operation="bind",
            dn=name,
            next_step="Set another password for the account.",
        )
    timed_out = isinstance(error, TimeoutError) or "timed out" in text
    why = f"no answer within {profile.timeouts.connect:g} seconds" if timed_out else text
    explanation = "The connection broke before the bind was answered"
    next_step = "Look at the server's log."
    if line.secured is not None and not timed_out:
        explanation = (
            "The server ended the secured connection before it answered anything. That is how a "
            "server looks, with TLS 1.3, that demands a client certificate or does not accept ours"
        )
        next_step += " If it demands one, give tls.client_certificate."
    return ConnectionFailed(
        f"{line.address}: {why}",
        operation="bind",
        dn=name,
        explanation=explanation,
        next_step=next_step,
    )


def _alert(line: Line) -> OSError | None:
    """Return what the server said last on a secured line that broke while we were sending."""
    try:
        line.socket.settimeout(0)
        line.socket.recv(1)
    except OSError as error:
        return error
    return None
