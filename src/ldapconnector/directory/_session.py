"""A session with a real server.

The line is opened and secured by the standard library, ldap3 binds, and requests and entries
go through the wire engine. Reading survives a lost connection; writing never repeats itself.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from ldapconnector.directory._password_policy import PASSWORD_POLICY, password_policy_request
from ldapconnector.directory._passwords import (
    PasswordChange,
    offers_operation,
    password_attribute,
    takes_attribute_instead,
)
from ldapconnector.directory._protocol import (
    Applied,
    Control,
    EntryControls,
    Finished,
    Intermediate,
    Receiver,
    Scope,
)
from ldapconnector.directory._reconnecting import Reconnecting
from ldapconnector.directory._responses import (
    WireDone,
    WireIntermediate,
    WireReference,
    WireResult,
)
from ldapconnector.directory._results import ResultCode, result_error
from ldapconnector.directory._root_dse import read_root_dse, read_schema
from ldapconnector.directory._wire import Wire
from ldapconnector.directory.controls import assertion as assertion_control
from ldapconnector.entries import Entry
from ldapconnector.errors import (
    ConfigurationError,
    ConnectionFailed,
    DirectoryError,
    Fault,
    NotAllowed,
    ReferralReturned,
    ServerBusy,
    UnknownOutcome,
    UsageError,
)
from ldapconnector.names import DN, Filter
from ldapconnector.profile import Address, ConnectionProfile, Security

if TYPE_CHECKING:
    from ldapconnector.entries import Change
    from ldapconnector.schema import Schema
    from ldapconnector.secret import Secret

__all__ = ["LdapDirectory", "connect"]

_EVERYTHING: Final = Filter.present("objectClass")


def connect(
    profile: ConnectionProfile,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    chance: Callable[[], float] = random.random,
) -> LdapDirectory:
    """Open a session: resolve, connect, secure, bind.

    The hosts of the profile are tried in order; when none can be reached, all of them again as
    often as ``profile.retry`` says. What waiting cannot mend, such as a wrong password or a
    certificate that is not believed, is told at once.

    Args:
        profile: where and how.
        clock: seconds of a clock that never goes back, for tests.
        sleep: waits, for tests.
        chance: a random number from 0 to 1, for tests.

    Returns:
        The open directory; close it, or use it in a ``with``.

    Raises:
        ConnectionFailed: no host can be reached.
        TlsFailed: the line cannot be secured; nothing confidential was sent.
        BindRefused: the server does not accept the credentials.
        ConfigurationError: a file or an extra that the profile names is missing.
    """
    if not isinstance(profile, ConnectionProfile):
        raise UsageError(
            f"connect takes a ConnectionProfile, not {type(profile).__name__}: write "
            'ConnectionProfile.from_url("ldaps://HOST", ...), or take configuration.connector'
            ".connection"
        )
    connection = Reconnecting(profile, clock=clock, sleep=sleep, chance=chance)
    connection.open()
    return LdapDirectory(profile, connection)


class Connection(Protocol):
    """What a session works on: one connection at a time."""

    @property
    def address(self) -> Address | None:
        """The host that is used now; None while there is no connection."""

    @property
    def certificate(self) -> bytes:
        """The server's certificate, DER; empty on a line that is not secured."""

    @property
    def bind_warning(self) -> str:
        """What the password policy said although the bind succeeded."""

    @property
    def closed(self) -> bool:
        """Whether it was closed for good."""

    def ready(self) -> Wire:
        """Return the engine of a connection that stands.

        Raises:
            UsageError: it was closed.
            ConnectionFailed: there is none.
        """
        ...

    def busy(self) -> AbstractContextManager[None]:
        """Keep the connection while something is under way on it."""
        ...

    def wait(self, retry: int) -> None:
        """Wait before a retry; 0 is the first one."""

    def close(self) -> None:
        """Unbind and close for good. Closing twice does nothing."""


class LdapDirectory:
    """An open directory on a real server; made by :func:`connect` or :func:`from_ldap3`.

    For one thread at a time; open one per worker.
    """

    def __init__(self, profile: ConnectionProfile, connection: Connection) -> None:
        self.profile: Final = profile
        self._connection = connection
        self._root_dse: Entry | None = None
        self._schema: Schema | None = None

    # ------------------------------------------------------------ what it is

    @property
    def address(self) -> Address | None:
        """The host that is used now; None while there is no connection."""
        return self._connection.address

    @property
    def certificate(self) -> bytes:
        """The server's certificate, DER; empty on a line that is not secured."""
        return self._connection.certificate

    @property
    def bind_warning(self) -> str:
        """What the password policy said although the bind succeeded; mostly empty."""
        return self._connection.bind_warning

    @property
    def root_dse(self) -> Entry:
        """The root DSE, read when it is first asked for."""
        if self._root_dse is None:
            self._root_dse = read_root_dse(self._searching)
        return self._root_dse

    @property
    def schema(self) -> Schema:
        """The schema, read when it is first asked for.

        Raises:
            EntryNotFound: the server shows none.
        """
        if self._schema is None:
            self._schema = read_schema(self._searching, self.root_dse)
        return self._schema

    def _searching(
        self, base: str, filter_: Filter, scope: Scope, attributes: Sequence[str]
    ) -> Iterator[Entry]:
        return self.search(base, filter_, scope=scope, attributes=attributes)

    # ------------------------------------------------------------ reading

    def search(
        self,
        base: DN | str,
        filter: Filter = _EVERYTHING,  # noqa: A002  the field's word
        *,
        scope: Scope = Scope.SUBTREE,
        attributes: Sequence[str] = ("*",),
        page_size: int | None = None,
        size_limit: int = 0,
        time_limit: int = 0,
        controls: Sequence[Control] = (),
        receive: Receiver | None = None,
    ) -> Iterator[Entry]:
        """Yield the entries as they arrive; see :meth:`Directory.search`.

        A connection that breaks before the first entry is opened again and the search
        repeated, as often as ``profile.retry`` says; later it is an error, since what was
        yielded cannot be taken back.
        """
        retries = 0
        while True:
            yielded = told = False

            def tell(event: EntryControls | Intermediate | Finished) -> None:
                nonlocal told
                told = True
                if receive is not None:
                    receive(event)

            # Connecting has retries of its own, which are not multiplied by those of the search.
            wire = self._connection.ready()
            try:
                found = self._search_once(
                    wire,
                    str(base),
                    filter,
                    scope,
                    attributes,
                    page_size=page_size,
                    size_limit=size_limit,
                    time_limit=time_limit,
                    controls=controls,
                    receive=tell,
                )
                with contextlib.closing(found), self._connection.busy():
                    for entry in found:
                        yielded = True
                        yield entry
            except (ConnectionFailed, ServerBusy) as error:
                retries += 1
                if yielded or told or retries >= self.profile.retry.attempts:
                    if receive is not None and error.code is not None:
                        receive(Finished(code=error.code, diagnostic=error.diagnostic))
                    raise _about(error, "search", str(base), partial=yielded) from error
                self._connection.wait(retries - 1)
            else:
                return

    def _search_once(
        self,
        wire: Wire,
        base: str,
        filter_: Filter,
        scope: Scope,
        attributes: Sequence[str],
        *,
        page_size: int | None,
        size_limit: int,
        time_limit: int,
        controls: Sequence[Control],
        receive: Receiver | None,
    ) -> Generator[Entry, None, None]:
        found: Any  # a generator of entries and what comes between them
        if page_size:
            found = wire.paged(
                base,
                scope,
                filter_,
                attributes,
                page_size=page_size,
                controls=controls,
                make=Entry.from_wire,
                size_limit=size_limit,
                time_limit=time_limit,
            )
        else:
            found = wire.search(
                base,
                scope,
                filter_,
                attributes,
                controls=controls,
                make=Entry.from_wire,
                size_limit=size_limit,
                time_limit=time_limit,
            )
        with contextlib.closing(found):
            yield from self._entries(found, base, receive)

    def _entries(
        self, found: Iterable[Any], base: str, receive: Receiver | None = None
    ) -> Iterator[Entry]:
        """Yield the entries of a search; tell of the rest, and raise unless it is complete."""
        references: list[str] = []
        for item in found:
            if type(item) is Entry:
                yield item
            elif type(item) is WireDone:
                self._finish(item.result, base, tuple(references), receive)
            elif type(item) is WireReference:
                references += item.referrals
            elif receive is not None:
                if type(item) is WireIntermediate:
                    receive(Intermediate(oid=item.oid, value=item.value))
                elif type(item) is EntryControls:
                    receive(item)

    @staticmethod
    def _finish(
        result: WireResult, base: str, references: tuple[str, ...], receive: Receiver | None
    ) -> None:
        """Tell how the search ended, and raise unless it is complete."""
        referrals = (*references, *result.referrals)
        if receive is not None and result.code not in {ResultCode.BUSY, ResultCode.UNAVAILABLE}:
            receive(
                Finished(
                    code=result.code,
                    matched_dn=result.matched_dn,
                    diagnostic=result.diagnostic,
                    controls=result.controls,
                    referrals=referrals,
                )
            )
        if result.code:
            raise _error(result, "search", base, referrals=referrals)
        if references:
            raise ReferralReturned(
                operation="search",
                dn=base,
                explanation="A part of the tree is on other servers, and is not in the result. "
                "Referrals are never followed, since that would hand the credentials to whoever "
                "is named",
                next_step="Read that part with a partition of its own, or ask for the referral "
                "objects themselves (ManageDsaIT).",
                referrals=references,
            )

    def read(self, dn: DN | str, attributes: Sequence[str] = ("*",)) -> Entry | None:
        """Return one entry, or None where there is none; see :meth:`Directory.read`."""
        return _only(self.search(dn, scope=Scope.BASE, attributes=attributes))

    def read_all(
        self, names: Sequence[DN | str], attributes: Sequence[str] = ("*",)
    ) -> tuple[Entry | None, ...]:
        """Return many entries by name, pipelined; see :class:`BatchReader`.

        A connection that breaks is opened again and all of them are read again, as often as
        ``profile.retry`` says.
        """
        bases = [str(name) for name in names]
        retries = 0
        while True:
            answers = self._connection.ready().read_all(
                bases, _EVERYTHING, attributes, make=Entry.from_wire
            )
            try:
                with contextlib.closing(answers), self._connection.busy():
                    return tuple(
                        _only(self._entries(found, base))
                        for base, found in zip(bases, answers, strict=True)
                    )
            except (ConnectionFailed, ServerBusy) as error:
                retries += 1
                if retries >= self.profile.retry.attempts:
                    raise _about(error, "read", error.dn, partial=False) from error
                self._connection.wait(retries - 1)

    # ------------------------------------------------------------ writing

    def apply(self, change: Change, *, assertion: Filter | None = None) -> None:
        """Carry out one change; see :meth:`Directory.apply`."""
        result = self._connection.ready().apply(change, _controls(assertion))
        if result.code:
            raise _error(result, _verb(change), str(change.dn))

    def apply_all(
        self,
        changes: Iterable[Change],
        *,
        assertion_for: Callable[[Change], Filter | None] | None = None,
    ) -> Iterator[Applied]:
        """Carry out many changes, pipelined; see :meth:`Directory.apply_all`.

        When the connection breaks, those under way are an ``UnknownOutcome`` each, and those
        not sent yet a ``ConnectionFailed``.
        """
        outcomes = self._connection.ready().apply_all(
            changes,
            controls_for=assertion_for and (lambda change: _controls(assertion_for(change))),
        )
        with self._connection.busy():
            for change, outcome in outcomes:
                if isinstance(outcome, DirectoryError):
                    yield Applied(change, outcome)
                elif outcome.code:
                    yield Applied(change, _error(outcome, _verb(change), str(change.dn)))
                else:
                    yield Applied(change)

    def set_password(self, dn: DN | str, new: Secret, *, old: Secret | None = None) -> None:
        """Set or change a password; see :meth:`Directory.set_password`.

        By the password modify operation (RFC 3062) where the server has it; by ``unicodePwd``
        on AD LDS; else by the password attribute of the profile or of the product.

        Raises:
            UsageError: the line is not secured, and the profile does not allow that.
        """
        if self.profile.security is Security.PLAIN and not self.profile.allow_cleartext_credentials:
            fault = Fault(
                path="$.security",
                message="a password set over an unsecured line can be read by everyone on it. "
                'Use security "ldaps" or "starttls", or set allow_cleartext_credentials.',
            )
            raise ConfigurationError([fault])
        change = PasswordChange(name=str(dn), new=new, old=old)
        attribute = self.profile.password_attribute or password_attribute(self.root_dse)
        if offers_operation(self.root_dse, attribute):
            try:
                self._modify_password(change)
            except NotAllowed as error:
                if not takes_attribute_instead(error):
                    raise
            else:
                return
        self.apply(change.by_attribute(attribute))

    def _modify_password(self, change: PasswordChange) -> None:
        wire = self._connection.ready()
        advertised = PASSWORD_POLICY in self.root_dse.text("supportedControl")
        ask = self.profile.controls.wants("password_policy", advertised=advertised)
        message_id = wire.send(change.by_operation(), [password_policy_request()] if ask else [])
        try:
            result = wire.collect(message_id)
        except ConnectionFailed as error:
            raise UnknownOutcome(
                f"the answer was lost: {error.message}",
                operation="set password",
                dn=change.name,
                next_step="Set the password again; it does no harm to set it twice.",
            ) from error
        if result.code:
            raise _error(result, "set password", change.name)

    # ------------------------------------------------------------ life

    def close(self) -> None:
        """Unbind and close. Closing twice does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        where = self.address or " ".join(map(str, self.profile.addresses))
        return f"<LdapDirectory {where}{' closed' if self._connection.closed else ''}>"


def _only(found: Iterable[Entry]) -> Entry | None:
    """Return what a search at one name found; None where there is no such entry."""
    try:
        entries = list(found)
    except DirectoryError as error:
        if error.code == ResultCode.NO_SUCH_OBJECT:
            return None
        raise
    return entries[0] if entries else None


def _error(
    result: WireResult, operation: str, dn: str, *, referrals: tuple[str, ...] | None = None
) -> DirectoryError:
    return result_error(
        result.code,
        operation=operation,
        dn=dn,
        diagnostic=result.diagnostic,
        matched_dn=result.matched_dn,
        referrals=result.referrals if referrals is None else referrals,
        controls=result.controls,
    )


def _about(error: DirectoryError, operation: str, dn: str, *, partial: bool) -> DirectoryError:
    """Say which search failed, and whether a part of it was handed out."""
    error.operation, error.dn = operation, dn
    error._arguments.update(operation=operation, dn=dn)
    if partial:
        error.explanation = "The entries so far are a part of the result"
        error._arguments["explanation"] = error.explanation
    return error


def _controls(assertion: Filter | None) -> list[Control]:
    return [] if assertion is None else [assertion_control(assertion)]


def _verb(change: Change) -> str:
    return type(change).__name__.lower()
