"""A session with a real server.

The line is opened and secured by the standard library, ldap3 binds, and requests and entries
go through the wire engine. Reading survives a lost connection; writing never repeats itself.
"""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from ldapconnector.directory._bind import Bound, bind
from ldapconnector.directory._extended import PASSWORD_MODIFY, password_modify
from ldapconnector.directory._line import open_line
from ldapconnector.directory._password_policy import PASSWORD_POLICY, password_policy_request
from ldapconnector.directory._protocol import (
    Applied,
    Control,
    EntryControls,
    Finished,
    Intermediate,
    Receiver,
    Scope,
)
from ldapconnector.directory._responses import (
    WireDone,
    WireIntermediate,
    WireReference,
    WireResult,
)
from ldapconnector.directory._results import ResultCode, result_error
from ldapconnector.directory._retry import Hosts, Pace, is_worth_repeating
from ldapconnector.directory._root_dse import read_root_dse, read_schema
from ldapconnector.directory._wire import Wire, can_use_wire
from ldapconnector.directory.controls import assertion as assertion_control
from ldapconnector.entries import Entry, Modification, Modify
from ldapconnector.errors import (
    ConfigurationError,
    ConnectionFailed,
    DirectoryError,
    Fault,
    NotAllowed,
    ReferralReturned,
    ServerBusy,
    TlsFailed,
    UnknownOutcome,
    UsageError,
)
from ldapconnector.names import DN, Filter
from ldapconnector.profile import Address, ConnectionProfile, Security
from ldapconnector.vendors import identify

if TYPE_CHECKING:
    from ldapconnector.entries import Change
    from ldapconnector.schema import Schema
    from ldapconnector.secret import Secret

__all__ = ["LdapDirectory", "connect"]

_log: Final = logging.getLogger("ldapconnector.directory")

_EVERYTHING: Final = Filter.present("objectClass")

Result = TypeVar("Result")


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
    session = LdapDirectory(profile, clock=clock, sleep=sleep, chance=chance)
    session._open()
    return session


class LdapDirectory:
    """An open directory on a real server; made by :func:`connect`.

    For one thread at a time; open one per worker.

    Args:
        profile: where and how.
        clock, sleep, chance: as in :func:`connect`.
    """

    def __init__(
        self,
        profile: ConnectionProfile,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.profile: Final = profile
        self._hosts = Hosts(
            profile.addresses, fail_back_after=profile.retry.fail_back_after, clock=clock
        )
        self._pace = Pace(policy=profile.retry, sleep=sleep, chance=chance)
        self._bound: Bound | None = None
        self._wire: Wire | None = None
        self._root_dse: Entry | None = None
        self._schema: Schema | None = None
        self._under_way = 0
        self._closed = False

    # ------------------------------------------------------------ what it is

    @property
    def address(self) -> Address | None:
        """The host that is used now; None while there is no connection."""
        return None if self._bound is None else self._bound.line.address

    @property
    def certificate(self) -> bytes:
        """The server's certificate, DER; empty on a line that is not secured."""
        if self._bound is None or self._bound.line.secured is None:
            return b""
        return self._bound.line.secured.certificate

    @property
    def bind_warning(self) -> str:
        """What the password policy said although the bind succeeded; mostly empty."""
        return "" if self._bound is None else self._bound.warning

    @property
    def root_dse(self) -> Entry:
        """The root DSE, read when it is first asked for."""
        if self._root_dse is None:
            self._root_dse = self._reading(
                "read the root DSE", lambda: read_root_dse(self._plain_search)
            )
        return self._root_dse

    @property
    def schema(self) -> Schema:
        """The schema, read when it is first asked for.

        Raises:
            EntryNotFound: the server shows none.
        """
        if self._schema is None:
            root_dse = self.root_dse
            self._schema = self._reading(
                "read the schema", lambda: read_schema(self._plain_search, root_dse)
            )
        return self._schema

    def _plain_search(
        self, base: str, filter_: Filter, scope: Scope, attributes: Sequence[str]
    ) -> Iterator[Entry]:
        return self._search_once(
            self._ready(),
            base,
            filter_,
            scope,
            attributes,
            page_size=None,
            size_limit=0,
            time_limit=0,
            controls=(),
            receive=None,
        )

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

            try:
                found = self._search_once(
                    self._ready(),
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
                with contextlib.closing(found), self._busy():
                    for entry in found:
                        yielded = True
                        yield entry
            except (ConnectionFailed, ServerBusy) as error:
                retries += 1
                if yielded or told or retries >= self.profile.retry.attempts:
                    raise _about(error, "search", str(base), partial=yielded) from error
                self._pace.sleep(self.profile.retry.delay(retries - 1, chance=self._pace.chance()))
            else:
                return

    @contextlib.contextmanager
    def _busy(self) -> Iterator[None]:
        """Keep the connection while something is under way on it."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

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
        references: list[str] = []
        with contextlib.closing(found):
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
        try:
            found = list(self.search(dn, scope=Scope.BASE, attributes=attributes))
        except DirectoryError as error:
            if error.code == ResultCode.NO_SUCH_OBJECT:
                return None
            raise
        return found[0] if found else None

    # ------------------------------------------------------------ writing

    def apply(self, change: Change, *, assertion: Filter | None = None) -> None:
        """Carry out one change; see :meth:`Directory.apply`."""
        controls = [] if assertion is None else [assertion_control(assertion)]
        wire = self._ready()
        result = wire.apply(change, controls)
        if result.code:
            raise _error(result, _verb(change), str(change.dn))

    def apply_all(self, changes: Iterable[Change]) -> Iterator[Applied]:
        """Carry out many changes, pipelined; see :meth:`Directory.apply_all`.

        When the connection breaks, those under way are an ``UnknownOutcome`` each, and those
        not sent yet a ``ConnectionFailed``.
        """
        outcomes = self._ready().apply_all(changes)
        with self._busy():
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
        self._check_confidential()
        name = str(dn)
        password = identify(self.root_dse).traits.password
        attribute = self.profile.password_attribute or password.attribute
        extensions = {oid.lower() for oid in self.root_dse.text("supportedExtension")}
        if attribute.lower() == "unicodepwd":
            self.apply(_password_change(name, attribute, _quoted(new), old and _quoted(old)))
            return
        if attribute.lower() == "userpassword" and PASSWORD_MODIFY in extensions:
            try:
                self._modify_password(name, new, old)
            except NotAllowed as error:
                if not _wants_the_attribute(error):
                    raise
            else:
                return
        value = new.reveal().encode()
        before = None if old is None else old.reveal().encode()
        self.apply(_password_change(name, attribute, value, before))

    def _modify_password(self, name: str, new: Secret, old: Secret | None) -> None:
        wire = self._ready()
        request = password_modify(name, new.reveal(), None if old is None else old.reveal())
        advertised = PASSWORD_POLICY in self.root_dse.text("supportedControl")
        ask = self.profile.controls.wants("password_policy", advertised=advertised)
        message_id = wire.send(request, [password_policy_request()] if ask else [])
        try:
            result = wire.collect(message_id)
        except ConnectionFailed as error:
            raise UnknownOutcome(
                f"the answer was lost: {error.message}",
                operation="set password",
                dn=name,
                next_step="Set the password again; it does no harm to set it twice.",
            ) from error
        if result.code:
            raise _error(result, "set password", name)

    def _check_confidential(self) -> None:
        plain = self.profile.security is Security.PLAIN
        if plain and not self.profile.allow_cleartext_credentials:
            fault = Fault(
                path="$.security",
                message="a password set over an unsecured line can be read by everyone on it. "
                'Use security "ldaps" or "starttls", or set allow_cleartext_credentials.',
            )
            raise ConfigurationError([fault])

    # ------------------------------------------------------------ the connection

    def _reading(self, operation: str, work: Callable[[], Result]) -> Result:
        try:
            return self._pace.repeat(work)
        except (ConnectionFailed, ServerBusy) as error:
            raise _about(error, operation, "", partial=False) from error

    def _ready(self) -> Wire:
        """Return the engine of a connection that stands, opening another one if need be."""
        if self._closed:
            raise UsageError("the directory is closed; connect again")
        if self._wire is not None and self._bound is not None:
            if self._wire.stands():
                if not self._under_way:
                    self._fail_back(self._bound.line.address)
                return self._wire
            _log.info("the connection to %s broke; connecting again", self.address)
            self._hosts.failed(self._bound.line.address)
            self._drop()
        return self._open()

    def _open(self) -> Wire:
        wire = self._pace.repeat(self._open_any)
        if self._bound is not None and self._bound.warning:
            _log.warning("%s: %s", self.address, self._bound.warning)
        return wire

    def _open_any(self) -> Wire:
        """Open a connection to the first host that can be reached."""
        failures: list[DirectoryError] = []
        for address in self._hosts.in_order():
            try:
                return self._open_one(address)
            except (ConnectionFailed, ServerBusy, TlsFailed) as error:
                self._hosts.failed(address)
                failures.append(error)
                _log.info("%s cannot be used: %s", address, error)
        if len(failures) == 1:
            raise failures[0]
        # What waiting cannot mend is told as such.
        first = next((one for one in failures if not is_worth_repeating(one)), failures[0])
        kind = TlsFailed if isinstance(first, TlsFailed) else ConnectionFailed
        raise kind(
            "none of the hosts can be used: " + "; ".join(_short(one) for one in failures),
            operation="connect",
            explanation=first.explanation,
            next_step=first.next_step,
        ) from first

    def _open_one(self, address: Address) -> Wire:
        wire = self._adopt(bind(self.profile, open_line(self.profile, address)))
        self._hosts.reached(address)
        _log.debug("connected to %s", address)
        return wire

    def _adopt(self, bound: Bound) -> Wire:
        """Work on this connection from now on."""
        if not can_use_wire(bound.connection):  # no binding of ours leads there
            bound.line.close()
            raise ConnectionFailed("the connection has a SASL layer of its own", operation="bind")
        timeouts = self.profile.timeouts
        bound.wire.set_timeouts(read=timeouts.read, write=timeouts.write)
        self._drop()
        self._bound, self._wire = bound, bound.wire
        return bound.wire

    def _fail_back(self, current: Address) -> None:
        """Go back to a host that stands before the present one, where it answers again."""
        for address in self._hosts.better_than(current):
            try:
                self._open_one(address)
            except DirectoryError as error:
                self._hosts.failed(address)
                _log.info("%s is not back yet: %s", address, error)
            else:
                _log.info("back on %s", address)
                return

    def _drop(self) -> None:
        if self._bound is not None:
            bound, self._bound, self._wire = self._bound, None, None
            bound.connection.strategy.close()
            bound.line.close()

    def close(self) -> None:
        """Unbind and close. Closing twice does nothing."""
        self._closed = True
        if self._bound is not None:
            with contextlib.suppress(Exception):  # the server may be gone
                self._bound.line.socket.settimeout(self.profile.timeouts.connect)
                self._bound.connection.unbind()
        self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # A forgotten session must not leave its socket to the garbage collector's warning.
        with contextlib.suppress(Exception):
            self._drop()

    def __repr__(self) -> str:
        where = self.address or " ".join(map(str, self.profile.addresses))
        return f"<LdapDirectory {where}{' closed' if self._closed else ''}>"


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


def _short(error: DirectoryError) -> str:
    return error.message or error.explanation


def _verb(change: Change) -> str:
    return type(change).__name__.lower()


def _quoted(secret: Secret) -> bytes:
    """Return a password as unicodePwd wants it (MS-ADTS 3.1.1.3.1.5)."""
    return f'"{secret.reveal()}"'.encode("utf-16-le")


def _password_change(name: str, attribute: str, new: bytes, old: bytes | None) -> Modify:
    if old is None:
        steps = [Modification.replace(attribute, (new,))]
    else:
        steps = [Modification.delete(attribute, (old,)), Modification.add(attribute, (new,))]
    return Modify(DN.of(name), tuple(steps))


def _wants_the_attribute(error: NotAllowed) -> bool:
    """Tell whether a server that refused the password modify operation takes the attribute.

    389 Directory Server wants a secured line for the operation, and only for the operation; the
    profile allows an unsecured one, or we would not have come so far. ApacheDS changes
    passwords by it and does not set the first one.
    """
    first = "no existing password" in error.diagnostic
    return first or error.code == ResultCode.CONFIDENTIALITY_REQUIRED
