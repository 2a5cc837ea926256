"""What the contract of a connector stands on: the author's part, and how it is run."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import attrs

from ldapconnector.connector import Anchor, Connector
from ldapconnector.entries import (
    Add,
    Change,
    Entry,
    FullImport,
    Modification,
    ModificationType,
    Modify,
    Rename,
)
from ldapconnector.errors import DirectoryError, LdapConnectorError
from ldapconnector.mapping import Apply, AttributeMapping, Computed, Constant, Direct
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.planning import DeprovisioningPolicy, Flow, ProvisioningRules
from ldapconnector.provisioning import Provisioner
from ldapconnector.schema import Schema
from ldapconnector.testing._assertions import assert_entry_equal

__all__ = ["Contract", "ContractBroken", "Violation", "broken"]


class ContractBroken(AssertionError):
    """A connector breaks a rule of the contract. The text tells the rule and what to mend."""


@attrs.frozen
class Violation:
    """A rule that a connector breaks.

    Attributes:
        check: the name of the test.
        message: what is wrong and what to mend.
    """

    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.message}"


def broken(rule: str, found: str, mend: str) -> ContractBroken:
    """Return the failure of a rule."""
    return ContractBroken(f"{rule}: {found}\n  to mend: {mend}")


class Contract:
    """The frame around the rules; see ``ConnectorContract``."""

    text_attribute: ClassVar[str] = "sn"
    optional_attribute: ClassVar[str] = "description"
    can_rename: ClassVar[bool] = True
    added_by_system: ClassVar[frozenset[str]] = frozenset()

    connector: Connector

    # What the author says ----------------------------------------------------------------------

    def make_connector(self) -> Connector:
        """Return a connector of a system that holds no account yet."""
        raise NotImplementedError(f"{type(self).__name__} must say make_connector(self)")

    def sample(self, number: int) -> Entry:
        """Return the entry of an account, a different one for each number.

        Args:
            number: from 0.
        """
        raise NotImplementedError(f"{type(self).__name__} must say sample(self, number)")

    def close(self) -> None:
        """End what :meth:`make_connector` opened. By default the connector's own ``close``."""
        getattr(self.connector, "close", lambda: None)()

    # How it is run -----------------------------------------------------------------------------

    def setup_method(self) -> None:
        """Open a connector for one test."""
        self.connector = self.make_connector()

    def teardown_method(self) -> None:
        """Close it."""
        self.close()

    @classmethod
    def checks(cls) -> tuple[str, ...]:
        """Return the names of the tests, in their order."""
        return tuple(name for name in dir(cls) if name.startswith("test_"))

    @classmethod
    def violations(cls) -> tuple[Violation, ...]:
        """Run every test and return what is broken: the contract without pytest."""
        return tuple(cls._violations())

    @classmethod
    def _violations(cls) -> Iterator[Violation]:
        for name in cls.checks():
            contract = cls()
            contract.setup_method()
            try:
                check: Callable[[], None] = getattr(contract, name)
                check()
            except AssertionError as failure:
                yield Violation(name, str(failure))
            except Exception as error:  # noqa: BLE001 -- whatever a broken connector raises
                frame = traceback.extract_tb(error.__traceback__)[-1]
                place = f"{frame.filename}:{frame.lineno} in {frame.name}"
                text = f"{type(error).__name__}: {error}\n  at {place}"
                yield Violation(name, text)
            finally:
                contract.teardown_method()

    # Helpers -----------------------------------------------------------------------------------

    @property
    def _schema(self) -> Schema:
        return self.connector.discover().schema

    @property
    def _anchored(self) -> bool:
        return self.connector.capabilities.anchor.lower() not in {"dn", "-dn-"}

    def _added(self, *numbers: int) -> list[Entry]:
        entries = [self.sample(number) for number in numbers]
        for entry in entries:
            self.connector.export(Add(entry))
        return entries

    def _read(self, name: DN | Anchor, rule: str) -> Entry:
        entry = self.connector.read(name)
        if entry is None:
            raise broken(
                rule,
                f"read({name}) gives None, and the entry was written",
                "read must see what export has written",
            )
        return entry

    def _same(self, actual: Entry | None, expected: Entry, rule: str, mend: str) -> None:
        try:
            assert_entry_equal(actual, expected, schema=self._schema, ignore=self._unasked)
        except AssertionError as failure:
            raise broken(rule, str(failure), mend) from None

    @property
    def _unasked(self) -> set[str]:
        """What a system may add by itself: the anchor, and superior object classes."""
        return {"objectClass", self.connector.capabilities.anchor, *self.added_by_system}

    def _refused(
        self,
        change: Change,
        kind: type[DirectoryError],
        rule: str,
        *,
        or_as: tuple[type[DirectoryError], ...] = (),
    ) -> None:
        """Export something that must be refused as ``kind``."""
        what = f"{type(change).__name__} of {change.dn}"
        try:
            self.connector.export(change)
        except (kind, *or_as):
            return
        except LdapConnectorError as error:
            raise broken(
                rule,
                f"{what} raises {type(error).__name__}",
                f"raise ldapconnector.errors.{kind.__name__}",
            ) from error
        except Exception as error:
            raise broken(
                rule,
                f"{what} raises {type(error).__module__}.{type(error).__name__}: {error}",
                f"catch the system's own errors and raise ldapconnector.errors.{kind.__name__} "
                "from them, so that a cycle knows what happened",
            ) from error
        raise broken(rule, f"{what} is accepted", f"raise ldapconnector.errors.{kind.__name__}")

    def _found(self, wanted: Filter) -> tuple[Entry, ...]:
        answers = self.connector.find([wanted])
        if len(answers) != 1:
            raise broken(
                "C10",
                f"find of one filter gives {len(answers)} answers",
                "return one tuple of entries for each filter, also an empty one",
            )
        return answers[0]

    def _imported(self) -> FullImport:
        result = self.connector.full_import()
        if not isinstance(result, FullImport):
            raise broken(
                "C12",
                f"full_import gives {result!r}",
                "return FullImport where every entry was seen. PartialImport with its "
                "reason is for reads that were cut short",
            )
        return result

    @property
    def _names(self) -> str:
        """The attribute that names the samples."""
        return self.sample(0).dn.rdn.avas[0].type

    def _cycle(
        self, provisioner: Provisioner, users: list[dict[str, Any]], actions: list[str]
    ) -> None:
        plan = provisioner.plan(users)
        if [str(item.action) for item in plan.items] != actions:
            raise broken(
                "C16",
                f"expected a plan of {', '.join(actions)}:\n{plan.to_text()}",
                "see what read, find and full_import answer",
            )
        for outcome in provisioner.apply(plan):
            if not outcome.ok:
                raise broken("C16", str(outcome), "this export was refused and must not be")

    def _rules(self) -> ProvisioningRules:
        """Map each sample from a user that holds its values one by one."""
        sample = self.sample(0)
        classes = sample.object_classes
        names = [name for name in sample if name.lower() != "objectclass"]
        mappings = [
            AttributeMapping(target="-dn-", source=Computed("[dn]"), apply=Apply.CREATION),
            AttributeMapping(target="objectClass", source=Constant(classes), apply=Apply.CREATION),
            *(
                AttributeMapping(
                    target=name,
                    source=Direct("text" if name == self.text_attribute else name),
                    matching_precedence=1 if name == self._names else None,
                )
                for name in names
            ),
        ]
        return ProvisioningRules(
            mappings=mappings,
            deprovisioning=DeprovisioningPolicy(delete=Flow.delete()),
        )

    def _user(self, number: int) -> dict[str, Any]:
        entry = self.sample(number)
        values = {name: list(entry.text(name)) for name in entry}
        user: dict[str, Any] = {
            name: found[0] if len(found) == 1 else found for name, found in values.items()
        }
        return {
            **user,
            "id": f"id-{number}",
            "accountEnabled": True,
            "dn": str(entry.dn),
            "text": user[self.text_attribute],
        }

    def _replace(self, dn: DN, value: str) -> Modify:
        modification = Modification(
            operation=ModificationType.REPLACE,
            attribute=self.text_attribute,
            values=(value.encode(),),
        )
        return Modify(dn, (modification,))

    def _rename(self, entry: Entry) -> Rename:
        ava = entry.dn.rdn.avas[0]
        return Rename(dn=entry.dn, new_rdn=RDN.of((ava.type, f"{ava.octets.decode()}-renamed")))

    def _named(self, entry: Entry) -> Filter:
        return Filter.equal(self._names, entry[self._names][0])
