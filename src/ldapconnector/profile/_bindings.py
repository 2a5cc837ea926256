"""Who we are to the directory: the kinds of bind (RFC 4513).

Microsoft's wizard asks one question, Binding, for two things: how the line is secured and
who binds. Here they are two, ``security`` and ``binding`` of a
:class:`~ldapconnector.profile.ConnectionProfile`; :class:`WizardBinding` has the wizard's
five words, and ``ConnectionProfile.from_wizard`` translates them.
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import ClassVar, Final, TypeAlias

import attrs

from ldapconnector._checked import checked
from ldapconnector.profile._checks import fault
from ldapconnector.secret import Secret

__all__ = ["Anonymous", "Binding", "External", "Kerberos", "SimpleBind", "WizardBinding"]

_FORBIDDEN_IN_HOSTS: Final = frozenset("/@ \t\r\n\0")


def path_of(text: str) -> Path:
    """Return a path; the empty one would be the working directory."""
    if not text or "\0" in text:
        raise fault("has a NUL in it, which no path has" if text else "is empty; name a file")
    return Path(text)


def optional_path(value: Path | str | None) -> Path | None:
    """Accept text for an optional path."""
    return path_of(value) if isinstance(value, str) else value


def _secret(value: Secret | str) -> Secret:
    return Secret.of(value) if isinstance(value, str) else value


@checked
@attrs.frozen
class Anonymous:
    """Nobody: what the directory shows to everyone (RFC 4513, 5.1.1).

    Attributes:
        kind: ``anonymous``, the name of this binding in a configuration file.

    >>> Anonymous().kind
    'anonymous'
    """

    kind: ClassVar[str] = "anonymous"

    @property
    def sends_password(self) -> bool:
        """Whether the bind itself carries a password."""
        return False


@checked
@attrs.frozen
class SimpleBind:
    """A name and a password (RFC 4513, 5.1.3).

    Attributes:
        user: the DN of the account; AD LDS also takes a user principal name.
        password: shown to nobody; text becomes a :class:`~ldapconnector.secret.Secret`.
            It must not be empty: such a bind succeeds on many servers as nobody (5.1.2).
        kind: ``simple``, the name of this binding in a configuration file.

    >>> SimpleBind("cn=admin,dc=example,dc=com", "open sesame")
    SimpleBind(user='cn=admin,dc=example,dc=com', password=Secret(***))
    """

    kind: ClassVar[str] = "simple"

    user: str = attrs.field()
    password: Secret = attrs.field(converter=_secret)

    @user.validator
    def _check_user(self, _: attrs.Attribute[str], value: str) -> None:
        if not value:
            raise fault("is empty; name the account's DN, or use anonymous")

    @property
    def sends_password(self) -> bool:
        """Whether the bind itself carries a password."""
        return True


@checked
@attrs.frozen(kw_only=True)
class Kerberos:
    """A Kerberos ticket: SASL GSSAPI (RFC 4752). Needs the extra ``kerberos``.

    Only authentication: it puts no protection around the messages, TLS does.

    Attributes:
        principal: whose ticket, such as ``svc-sync`` or ``svc-sync@EXAMPLE.COM``; empty for
            the default one of the credential cache.
        realm: added to a principal that names none, and to the service's name; empty for the
            default realm of the system's Kerberos configuration.
        keytab: a file with the principal's key, to get the ticket from; None for a ticket
            that is there already (``kinit``).
        service_host: the host in the service's name ``ldap/HOST``; empty for the host of the
            profile. An IP address has no service name, so there it is needed.
        authorization_id: act as somebody else, ``dn:...`` or ``u:...``; empty for oneself.
        kind: ``kerberos``, the name of this binding in a configuration file.

    >>> Kerberos(principal="svc-sync", realm="EXAMPLE.COM").full_principal
    'svc-sync@EXAMPLE.COM'
    """

    kind: ClassVar[str] = "kerberos"

    principal: str = ""
    realm: str = ""
    keytab: Path | None = attrs.field(default=None, converter=optional_path)
    service_host: str = attrs.field(default="")
    authorization_id: str = ""

    @service_host.validator
    def _check_service_host(self, _: attrs.Attribute[str], value: str) -> None:
        if _FORBIDDEN_IN_HOSTS & set(value):
            raise fault(f"{value!r} is no host name; give only the HOST of ldap/HOST@REALM")

    @property
    def full_principal(self) -> str:
        """The principal with its realm, where either is known."""
        if not self.principal or "@" in self.principal or not self.realm:
            return self.principal
        return f"{self.principal}@{self.realm}"

    @property
    def sends_password(self) -> bool:
        """Whether the bind itself carries a password."""
        return False


@checked
@attrs.frozen(kw_only=True)
class External:
    """Whoever the client certificate of the TLS settings is: SASL EXTERNAL (RFC 4513, 5.2.3).

    Attributes:
        authorization_id: act as somebody else, ``dn:...`` or ``u:...``; empty for oneself.
        kind: ``external``, the name of this binding in a configuration file.
    """

    kind: ClassVar[str] = "external"

    authorization_id: str = ""

    @property
    def sends_password(self) -> bool:
        """Whether the bind itself carries a password."""
        return False


Binding: TypeAlias = Anonymous | SimpleBind | Kerberos | External


class WizardBinding(enum.StrEnum):
    """The five answers to the wizard's question "Binding".

    Source: Microsoft, "Generic LDAP connector technical reference", page Connectivity.

    >>> WizardBinding("SSL").name
    'SSL'
    """

    ANONYMOUS = "Anonymous"
    BASIC = "Basic"
    SSL = "SSL"
    TLS = "TLS"
    KERBEROS = "Kerberos"
