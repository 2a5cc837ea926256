"""Check a connection step by step, each with its time, its result and what to do."""

from __future__ import annotations

import contextlib
import enum
import secrets
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import attrs

from ldapconnector.connector._discovery import Discovery, discover
from ldapconnector.directory import (
    Certificate,
    LdapDirectory,
    Opening,
    Scope,
    read_certificate,
    server_certificate,
)
from ldapconnector.entries import Add, Delete, Entry
from ldapconnector.errors import (
    DirectoryError,
    EntryNotFound,
    LdapConnectorError,
    LimitExceeded,
    ReferralReturned,
    UnknownOutcome,
)
from ldapconnector.names import DN, Filter
from ldapconnector.profile import Address, Anonymous, ConnectionProfile, Partition, Security
from ldapconnector.schema import Schema
from ldapconnector.vendors import identify

__all__ = ["ConnectionReport", "Step", "StepResult", "check_connection"]

_LINE: Final = 80
_EXPIRES_SOON: Final = timedelta(days=30)
_ANYTHING: Final = Filter.present("objectClass")
#: Structural classes that need nothing but a cn, the commonest first.
_PROBE_CLASSES: Final = ("organizationalRole", "applicationProcess", "device", "container")

Result = TypeVar("Result")


class StepResult(enum.StrEnum):
    """How a step ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    #: Not tried, since it needs one that failed.
    SKIPPED = "skipped"


@attrs.frozen(kw_only=True)
class Step:
    """One step of the check.

    Attributes:
        name: what was done, such as ``resolve`` or ``partition dc=example,dc=com``.
        result: how it ended.
        seconds: how long it took; 0 where it was skipped.
        detail: what was found, or what went wrong.
        next_step: what to do; mostly empty where it went well.
        error: what was raised; None where nothing was.
    """

    name: str
    result: StepResult
    seconds: float = attrs.field(default=0.0, eq=False)
    detail: str = ""
    next_step: str = ""
    error: LdapConnectorError | None = attrs.field(default=None, eq=False, repr=False)

    def __str__(self) -> str:
        return f"{self.result:<7} {self.name}: {self.detail}".rstrip(": ")


@attrs.frozen(kw_only=True)
class ConnectionReport:
    """What a check found.

    Attributes:
        steps: in the order in which they were done.
        certificate: the one that the server showed; None on a plain line, or where none came.
        discovery: what the directory says about itself; None where it could not be asked.
    """

    steps: tuple[Step, ...]
    certificate: Certificate | None = None
    discovery: Discovery | None = attrs.field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether every step succeeded; warnings are no failures."""
        return all(step.result in {StepResult.OK, StepResult.WARNING} for step in self.steps)

    @property
    def failed(self) -> tuple[Step, ...]:
        """The steps that failed."""
        return tuple(step for step in self.steps if step.result is StepResult.FAILED)

    def step(self, name: str) -> Step:
        """Return the first step of this name, or whose name starts so.

        Raises:
            KeyError: there is none.
        """
        for step in self.steps:
            if step.name == name or step.name.startswith(f"{name} "):
                return step
        raise KeyError(name)

    def __str__(self) -> str:
        width = max(len(step.name) for step in self.steps)
        lines = []
        for step in self.steps:
            took = "" if step.result is StepResult.SKIPPED else f"{step.seconds * 1000:.1f} ms"
            head = f"{step.result:<7}  {step.name:<{width}}  {took:>10}  "
            told = textwrap.wrap(step.detail, _LINE) or [""]
            told += textwrap.wrap(f"-> {step.next_step}", _LINE) if step.next_step else []
            lines.append((head + told[0]).rstrip())
            lines += [" " * len(head) + line for line in told[1:]]
        return "\n".join(lines)


def check_connection(
    profile: ConnectionProfile,
    *,
    probe_container: DN | str | None = None,
    clock: Callable[[], float] = time.perf_counter,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ConnectionReport:
    """Try a profile step by step. Nothing is raised: what goes wrong stands in the report.

    Each host is resolved, connected, secured and bound to; then, on the first that let us in,
    the root DSE, the schema and each partition are read.

    Args:
        profile: where and how.
        probe_container: also add an entry below this one, read it and remove it again.
        clock: seconds, to measure with.
        now: the time, to compare the certificate's validity with.

    Returns:
        The report; ``str`` of it is made for people.
    """
    check = _Check(profile, clock, now)
    try:
        check.hosts()
        check.directory(None if probe_container is None else DN.of(probe_container))
    finally:
        check.close()
    return ConnectionReport(
        steps=tuple(check.steps), certificate=check.certificate, discovery=check.discovery
    )


class _Check:
    """The steps, and what they found on the way."""

    def __init__(
        self,
        profile: ConnectionProfile,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._profile = profile
        self._clock = clock
        self._now = now
        self._session: LdapDirectory | None = None
        self.steps: list[Step] = []
        self.certificate: Certificate | None = None
        self.discovery: Discovery | None = None

    def close(self) -> None:
        if self._session is not None:
            self._session.close()

    # ------------------------------------------------------------ steps

    def _step(self, name: str, work: Callable[[], tuple[Result, str]]) -> Result | None:
        """Do one step and note how it went; None where it failed."""
        began = self._clock()
        try:
            result, detail = work()
        except LdapConnectorError as error:
            self._fail(name, began, error)
            return None
        self._note(name, StepResult.OK, began, detail)
        return result

    def _fail(self, name: str, began: float, error: LdapConnectorError, more: str = "") -> None:
        detail, next_step = _told(error)
        self.steps.append(
            Step(
                name=name,
                result=StepResult.FAILED,
                seconds=self._clock() - began,
                detail=detail + more,
                next_step=next_step,
                error=error,
            )
        )

    def _note(
        self,
        name: str,
        result: StepResult,
        began: float | None = None,
        detail: str = "",
        next_step: str = "",
    ) -> None:
        self.steps.append(
            Step(
                name=name,
                result=result,
                seconds=0.0 if began is None else self._clock() - began,
                detail=detail,
                next_step=next_step,
            )
        )

    def _skip(self, *names: str) -> None:
        for name in names:
            self._note(name, StepResult.SKIPPED)

    # ------------------------------------------------------------ hosts

    def hosts(self) -> None:
        """Check every host up to the bind; keep the first session."""
        for address in self._profile.addresses:
            session = self._host(address)
            if self._session is None:
                self._session = session
            elif session is not None:
                session.close()

    def _host(self, address: Address) -> LdapDirectory | None:
        suffix = f" {address}" if len(self._profile.addresses) > 1 else ""
        opening = Opening(self._profile, address)
        plain = self._profile.security is Security.PLAIN
        names = ["resolve", "connect", "bind"] if plain else ["resolve", "connect", "tls", "bind"]
        rest = [f"{name}{suffix}" for name in names]
        reached = (
            self._says(rest.pop(0), lambda: ", ".join(opening.resolve()))
            and self._says(rest.pop(0), opening.dial)
            and (bool(opening.secure()) if plain else self._tls(rest.pop(0), address, opening))
        )
        if not reached:
            self._skip(*rest)
            return None
        told = opening.root_dse()
        session = self._step(rest.pop(), lambda: (opening.bind(), self._who()))
        if session is None:
            if told:
                self._note(
                    f"root DSE before the bind{suffix}",
                    StepResult.OK,
                    self._clock(),
                    f"{identify(told)}; offers the SASL binds "
                    + (", ".join(told.text("supportedSASLMechanisms")) or "none"),
                )
        elif session.bind_warning:
            self._note(f"password{suffix}", StepResult.WARNING, self._clock(), session.bind_warning)
        return session

    def _says(self, name: str, work: Callable[[], str]) -> bool:
        return self._step(name, lambda: (True, work())) is not None

    def _tls(self, name: str, address: Address, opening: Opening) -> bool:
        began = self._clock()
        try:
            version, shown = opening.secure()
        except LdapConnectorError as error:
            # Whose certificate it is helps more than that it is not believed.
            with contextlib.suppress(LdapConnectorError):
                alone = attrs.evolve(self._profile, hosts=(str(address),), partitions=())
                self.certificate = self.certificate or server_certificate(alone)
            whose = "" if self.certificate is None else f" [{_summary(self.certificate)}]"
            self._fail(name, began, error, whose)
            return False
        certificate = read_certificate(shown)
        self.certificate = self.certificate or certificate
        result, next_step = StepResult.OK, ""
        if self._profile.tls.dangerously_accept_any_certificate:
            result = StepResult.WARNING
            next_step = "The certificate is not verified: anybody can be on the line."
        elif certificate.valid_until is not None:
            left = certificate.valid_until - self._now()
            if left < _EXPIRES_SOON:
                result = StepResult.WARNING
                next_step = f"The certificate expires in {left.days} days: renew it on the server."
        self._note(name, result, began, f"{version}, {_summary(certificate)}", next_step)
        return True

    def _who(self) -> str:
        binding = self._profile.binding
        if isinstance(binding, Anonymous):
            return "as nobody (anonymous)"
        user = getattr(binding, "user", "") or getattr(binding, "full_principal", "")
        return f"as {user}" if user else f"by {binding.kind}"

    # ------------------------------------------------------------ the directory

    def directory(self, probe_container: DN | None) -> None:
        """Read what the directory says about itself, and each partition."""
        session = self._session
        if session is None:
            self._skip("root DSE", "schema", "partitions")
            if probe_container is not None:
                self._skip("write probe")
            return
        known = self._says("root DSE", lambda: str(identify(session.root_dse)))
        schema = self._step("schema", lambda: (session.schema, _extent(session.schema)))
        if known:
            with contextlib.suppress(DirectoryError):
                self.discovery = discover(session, profile=self._profile)
        partitions = self._profile.partitions
        if not partitions and self.discovery is not None:
            partitions = tuple(Partition(dn=context) for context in self.discovery.partitions)
        if not partitions:
            self._skip("partitions")
        for partition in partitions:
            self._partition(session, partition)
        if probe_container is not None:
            classes = () if schema is None else tuple(one.name for one in schema.object_classes)
            self._says("write probe", lambda: _probe(session, probe_container, classes))

    def _partition(self, session: LdapDirectory, partition: Partition) -> None:
        name = f"partition {partition.dn}"
        if not partition.connects_otherwise:
            began = self._clock()
            try:
                detail = _read_partition(session, partition)
            except ReferralReturned as error:
                self._note(name, StepResult.WARNING, began, *_told(error))
            except LdapConnectorError as error:
                self._fail(name, began, error)
            else:
                self._note(name, StepResult.OK, began, detail)
            return
        profile = self._profile.for_partition(partition)

        def elsewhere() -> str:
            address = profile.addresses[0]
            opening = Opening(profile, address)
            opening.resolve()
            opening.dial()
            opening.secure()
            with opening.bind() as other:
                return f"{_read_partition(other, partition)} (at {address})"

        self._says(name, elsewhere)


def _extent(schema: Schema) -> str:
    return (
        f"{len(schema.attribute_types)} attribute types, {len(schema.object_classes)} object "
        f"classes, {len(schema.problems)} findings"
    )


def _told(error: LdapConnectorError) -> tuple[str, str]:
    """Return what went wrong, and what to do."""
    if not isinstance(error, DirectoryError):
        return str(error), ""
    parts = [part for part in (error.message, error.explanation) if part]
    if error.code is not None:
        parts.append(f"result code {error.code}")
    if error.diagnostic:
        parts.append(f"the server says: {error.diagnostic}")
    return "; ".join(parts), error.next_step


def _summary(certificate: Certificate) -> str:
    if not certificate.subject:
        return f"certificate SHA-256 {certificate.sha256}"
    until = "" if certificate.valid_until is None else f" until {certificate.valid_until:%Y-%m-%d}"
    names = f" for {', '.join(certificate.names)}" if certificate.names else ""
    issuer = "itself" if certificate.self_signed else certificate.issuer
    return f"certificate of {certificate.subject}{names}, signed by {issuer},{until}".rstrip(",")


def _read_partition(session: LdapDirectory, partition: Partition) -> str:
    """Read the root of a partition and of each chosen container, and see what is below."""
    counts = []
    for container in partition.import_containers or (partition.dn,):
        if session.read(container, ["1.1"]) is None:
            raise EntryNotFound(
                operation="search",
                dn=str(container),
                explanation="There is no such entry, or this account may not see it",
                next_step="Check the name, and the rights of the account.",
            )
        seen = more = 0
        try:
            for _ in session.search(
                container, _ANYTHING, scope=Scope.ONE_LEVEL, attributes=["1.1"], size_limit=2
            ):
                seen += 1
        except LimitExceeded:
            more = 1
        what = "nothing" if not seen else f"{seen}{' or more' if more else ''} entries"
        label = f"{container}: " if partition.import_containers else ""
        counts.append(f"{label}readable, {what} right below")
    return "; ".join(counts)


def _probe(session: LdapDirectory, container: DN, classes: tuple[str, ...]) -> str:
    """Add an entry, read it, and remove it again."""
    known = {name.lower() for name in classes}
    class_ = next((name for name in _PROBE_CLASSES if name.lower() in known), _PROBE_CLASSES[0])
    name = f"ldapconnector-probe-{secrets.token_hex(4)}"
    dn = container.child(("cn", name))
    try:
        session.apply(Add(Entry(dn, {"objectClass": class_, "cn": name})))
        seen = session.read(dn, ["1.1"]) is not None
    except UnknownOutcome:
        with contextlib.suppress(DirectoryError):
            session.apply(Delete(dn))
        raise
    try:
        session.apply(Delete(dn))
    except DirectoryError as error:
        raise type(error)(
            f"the probe entry could be added and not removed: {error.message}",
            operation="delete",
            dn=str(dn),
            code=error.code,
            diagnostic=error.diagnostic,
            explanation=error.explanation,
            next_step=f"Remove {dn} by hand, and let the account delete entries.",
        ) from error
    read = "read" if seen else "not visible to this account"
    return f"an entry ({class_}) was added, {read}, and removed"
