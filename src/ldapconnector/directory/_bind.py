"""The bind: ldap3 authenticates on a line that is open and secured already."""

from __future__ import annotations

from typing import Any, Final

import attrs

from ldapconnector.directory._kerberos import negotiate
from ldapconnector.directory._ldap3 import load_ldap3
from ldapconnector.directory._line import Line
from ldapconnector.directory._password_policy import PASSWORD_POLICY, password_policy_answer
from ldapconnector.directory._protocol import Control
from ldapconnector.directory._responses import WireResult
from ldapconnector.directory._results import ResultCode, result_error, result_name
from ldapconnector.directory._tls import certificate_refused, is_certificate_refused
from ldapconnector.directory._wire import Wire
from ldapconnector.errors import BindRefused, ConnectionFailed, DirectoryError
from ldapconnector.profile import (
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
        wire: the engine that reads its answers.
        warning: what the password policy says although the bind succeeded; mostly empty.
    """

    line: Line
    connection: Any
    wire: Wire
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
        wire = Wire(line.socket, read_timeout=profile.timeouts.connect)
        connection = _connection(profile, line, wire)
        controls = _bind(profile, line, connection)
    except BaseException:
        line.close()
        raise
    answer = password_policy_answer(controls)
    return Bound(
        line=line,
        connection=connection,
        wire=wire,
        warning="" if answer is None else answer.warning,
    )


def _connection(profile: ConnectionProfile, line: Line, wire: Wire) -> Any:
    """Make an ldap3 connection on the socket that we opened and secured.

    ldap3 sends; the wire engine reads the answers, since ldap3 believes any length, and stumbles
    over a referral and over what is malformed.
    """
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
    server.next_message_id = wire.next_message_id  # ldap3's counter is that of all connections
    connection.socket = line.socket
    connection.closed = False
    connection.listening = True
    connection.strategy._outstanding = {}
    connection.strategy._get_response = lambda message_id, _timeout: [
        _as_ldap3_has_it(wire.answer_to(message_id)),
        "RESPONSE_FROM_SERVER_COMPLETE",
    ]
    return connection


def _as_ldap3_has_it(result: WireResult) -> dict[str, Any]:
    return {
        "result": result.code,
        "description": result_name(result.code),
        "dn": result.matched_dn,
        "message": result.diagnostic,
        "referrals": list(result.referrals),
        "saslCreds": result.value,
        "type": "bindResponse",
        "controls": result.controls,
    }


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
    except (ldap3.core.exceptions.LDAPExceptionError, ConnectionFailed, OSError) as error:
        raise _broken(error, line, name) from error
    finally:
        # ldap3 keeps the last request, password and all.
        connection.request = None
        connection.password = None
    result = connection.result or {}
    if result.get("result") != ResultCode.SUCCESS:
        raise _refused(connection, binding, name)
    connection.bound = True
    return tuple(result["controls"])


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


def _refused(connection: Any, binding: object, name: str) -> DirectoryError:
    result = connection.result or {}
    error = result_error(
        int(result.get("result", ResultCode.OTHER)),
        operation="bind",
        dn=name,
        diagnostic=str(result.get("message") or ""),
        matched_dn=str(result.get("dn") or ""),
        referrals=result.get("referrals", ()),
        controls=result.get("controls", ()),
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
    return error


def _broken(error: BaseException, line: Line, name: str) -> DirectoryError:
    text = str(error.args[0]) if error.args else type(error).__name__
    text = text.removeprefix("socket sending error")
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
    timed_out = "timed out" in text or "no answer within" in text
    explanation = "The connection broke before the bind was answered"
    next_step = "Look at the server's log."
    if line.secured is not None and not timed_out:
        explanation = (
            "The server ended the secured connection before it answered anything. That is how a "
            "server looks, with TLS 1.3, that demands a client certificate or does not accept ours"
        )
        next_step += " If it demands one, give tls.client_certificate."
    return ConnectionFailed(
        f"{line.address}: {text}",
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
