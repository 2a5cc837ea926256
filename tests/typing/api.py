"""What a user of the library writes, for type checkers; checked by them and never run.

Where a type is lost, ``assert_type`` fails in mypy and in pyright.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, assert_type

from ldapconnector import (
    DN,
    Add,
    AttributeMapping,
    Configuration,
    ConnectionProfile,
    Connector,
    ConnectorConfiguration,
    Delete,
    DeletionGuard,
    DeprovisioningPolicy,
    Directory,
    DirectoryError,
    Discovery,
    Entry,
    EvaluationContext,
    Expression,
    ExpressionSyntaxError,
    Filter,
    FullImport,
    Identification,
    Ignored,
    LdapConnector,
    MemoryDirectory,
    Outcome,
    PartialImport,
    Plan,
    Provisioner,
    ProvisioningRules,
    Schema,
    Secret,
    Vendor,
    connect,
    discover,
    identify,
)
from ldapconnector.connector import Anchor, Capabilities
from ldapconnector.directory import Applied
from ldapconnector.entries import Change, DeltaImport, FullImportNeeded, Watermark
from ldapconnector.mapping import Apply, Computed, Direct, load_graph
from ldapconnector.planning import Flow, PlannedChange
from ldapconnector.profile import SimpleBind
from ldapconnector.provisioning import CycleReport, Notice, OutcomeReady, Progress, SqliteLinks
from ldapconnector.testing import ConnectorContract, assert_plan, expression_cases


def names() -> None:
    dn = DN.parse("uid=jane,dc=example")
    assert_type(dn.parent, DN | None)
    assert_type(dn.is_under("dc=example"), bool)
    both = Filter.equal("uid", "jane") & Filter.present("mail")
    assert_type(str(both), str)
    entry = Entry(dn, {"cn": "Jane", "mail": ["a@x", b"b@x"]})
    assert_type(entry["cn"], tuple[bytes, ...])
    assert_type(entry.first("cn"), str | None)
    assert_type(both.matches(entry, Schema.standard()), bool)


def expressions() -> str | None:
    try:
        expression = Expression.parse("ToLower([mail])")
    except ExpressionSyntaxError as error:
        assert_type(error.line, int)
        assert_type(error.expected, tuple[str, ...])
        raise
    context = EvaluationContext(now=datetime(2026, 1, 1, tzinfo=UTC), parameters={"a": "b"})
    result = expression.evaluate({"mail": "A@x"}, context=context)
    assert_type(result, str | tuple[str, ...] | Ignored | None)
    assert_type(expression.attributes, frozenset[str])
    return result if isinstance(result, str) else None


def directories(url: str) -> Iterator[Entry]:
    profile = ConnectionProfile(
        hosts=["ldap.example.com"], binding=SimpleBind("cn=admin", Secret.env("PASSWORD"))
    )
    with connect(profile) as directory:
        found = discover(directory)
        assert_type(found, Discovery)
        assert_type(found.identification, Identification)
        assert_type(found.identification.vendor, Vendor | None)
        assert_type(identify(directory.root_dse, directory.schema), Identification)
        try:
            directory.apply(Add(Entry("cn=a,dc=x", {"objectClass": "device", "cn": "a"})))
        except DirectoryError as error:
            assert_type(error.code, int | None)
            assert_type(error.dn, str)
        yield from directory.search("dc=x", Filter.parse("(cn=*)"), attributes=["cn"])
    memory: Directory = MemoryDirectory.like(Vendor.OPENLDAP, suffix="dc=x")
    memory.apply(Delete(DN.parse("cn=a,dc=x")))


def rules() -> ProvisioningRules:
    return ProvisioningRules(
        mappings=[
            AttributeMapping(target="-dn-", source=Computed("[dn]"), apply=Apply.CREATION),
            AttributeMapping(target="cn", source=Direct("displayName"), matching_precedence=1),
        ],
        deprovisioning=DeprovisioningPolicy(disable=Flow.set("employeeType", "left")),
        guard=DeletionGuard(maximum=5, protected=("cn=admin,dc=x",)),
        unique=("mail",),
    )


def provision(path: Path, users: list[dict[str, object]]) -> None:
    configuration = Configuration.load(path)
    assert_type(configuration.connector, ConnectorConfiguration)
    connector: Connector = LdapConnector(configuration.connector)
    imported = connector.full_import()
    assert_type(imported, FullImport | PartialImport)
    if isinstance(imported, PartialImport):
        assert_type(imported.detail, str)
        return
    provisioner = Provisioner(
        connector, configuration.rules, links=SqliteLinks("links.db"), observer=Progress(then=told)
    )
    with ProcessPoolExecutor() as executor:
        plan = provisioner.plan(users, imported=imported, executor=executor)
    assert_type(plan, Plan)
    assert_type(plan.summary().create, int)
    for item in plan:
        assert_type(item, PlannedChange)
    if plan.held:
        plan = plan.release(digest=plan.digest, only={"id-1"}, by="ada")
    for outcome in provisioner.apply(Plan.from_json(plan.to_json()), users=users):
        assert_type(outcome, Outcome)
        assert_type(outcome.ok, bool)
    Path("plan.html").write_text(plan.to_html(title="x"), encoding="utf-8")
    assert_type(provisioner.full_cycle(users, review=lambda plan: plan), CycleReport)
    assert_plan(plan, create=1, held=False)


def told(notice: Notice) -> None:
    if isinstance(notice, OutcomeReady):
        assert_type(notice.outcome, Outcome)


def graph(text: str) -> list[str]:
    document = load_graph(text)
    return [mapping.attribute for mapping in document.users().mapping.mappings]


class OwnConnector:
    """The protocol, as its author writes it: no base class."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(anchor="entryUUID")

    def discover(self) -> Discovery:
        return Discovery(root_dse=Entry("", {}), schema=Schema.standard())

    def full_import(
        self, attributes: Sequence[str] | None = None, *, operational: bool = False
    ) -> FullImport | PartialImport:
        return FullImport(entries=())

    def delta_import(self, watermark: Watermark) -> DeltaImport | FullImportNeeded:
        return FullImportNeeded("there is no log")

    def find(
        self, filters: Sequence[Filter], attributes: Sequence[str] | None = None
    ) -> tuple[tuple[Entry, ...], ...]:
        return tuple(() for _ in filters)

    def read(
        self, name: DN | str | Anchor, attributes: Sequence[str] | None = None
    ) -> Entry | None:
        return None

    def export(self, change: Change, *, assertion: Filter | None = None) -> None:
        return None

    def export_all(self, changes: object, *, assertion_for: object = None) -> Iterator[Applied]:
        return iter(())

    def set_password(self, dn: DN | str, new: Secret) -> None:
        return None


fits: Connector = OwnConnector()
make: Callable[[], Connector] = OwnConnector


class TestOwnConnector(ConnectorContract):
    def make_connector(self) -> Connector:
        return OwnConnector()

    def sample(self, number: int) -> Entry:
        return Entry(f"cn={number},dc=x", {"objectClass": "device", "cn": str(number)})


if TYPE_CHECKING:  # there is no such file

    @expression_cases("mappings.toml")
    def test_ours(case: object) -> None:
        """A decorated test keeps its type."""

    assert_type(test_ours(None), None)
