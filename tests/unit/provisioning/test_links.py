"""Both link stores keep the same promises."""

from __future__ import annotations

import contextlib
import sqlite3

import attrs
import pytest

from ldapconnector.errors import PlanStale, UsageError
from ldapconnector.names import DN
from ldapconnector.planning import DeprovisioningPolicy, Flow, Link, ProvisioningRules
from ldapconnector.provisioning import LinkStore, MemoryLinks, Provisioner, SqliteLinks

JANE = Link(
    source="1",
    anchor=bytes(range(16)),
    dn="uid=jane,dc=x",
    display="Zoë \udcff",
    managed=False,
    disabled=True,
    pending=("password", "references"),
)


@pytest.fixture(params=["memory", "sqlite"])
def links(request, tmp_path):
    if request.param == "memory":
        yield MemoryLinks()
        return
    with SqliteLinks(tmp_path / "links.db") as opened:
        yield opened


def test_it_is_a_link_store(links):
    assert isinstance(links, LinkStore)


def test_a_link_comes_back_as_it_was(links):
    links.put(JANE)
    assert links.get("1") == JANE
    assert links.links() == {"1": JANE}
    links.remove("1")
    assert links.get("1") is None
    links.remove("1")


def test_a_link_settles_the_intent_of_its_user(links):
    links.intend("1", DN.parse("uid=jane,dc=x"))
    links.intend("2", DN.parse("uid=omar,dc=x"))
    assert links.intents()["1"] == DN.parse("UID=jane,DC=x")
    links.put(JANE)
    assert set(links.intents()) == {"2"}
    links.settle("2")
    assert not links.intents()


def test_numbers_are_handed_out_once_and_for_all(links):
    links.reserve("uidNumber", 7, "1")
    links.reserve("uidnumber", 7, "1")
    with pytest.raises(PlanStale, match="another user"):
        links.reserve("uidNumber", 7, "2")
    with pytest.raises(PlanStale, match="has 7"):
        links.reserve("uidNumber", 8, "1")
    links.put(JANE)
    links.remove("1")
    assert dict(links.allocations()["uidnumber"].numbers) == {"1": 7}


def test_notes(links):
    assert links.noted("cycle") == ""
    links.note("cycle", "{}")
    links.note("cycle", "[]")
    assert links.noted("cycle") == "[]"
    links.note("cycle", "")
    assert links.noted("cycle") == ""


def test_together_is_all_or_nothing(tmp_path):
    with SqliteLinks(tmp_path / "links.db") as links:

        def half():
            with links.together():
                links.put(JANE)
                with links.together():
                    links.intend("2", DN.parse("uid=omar,dc=x"))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            half()
        assert links.get("1") is None
        assert not links.intents()


def test_what_was_stored_is_there_after_reopening(tmp_path):
    with SqliteLinks(tmp_path / "links.db") as links:
        links.put(JANE)
        links.reserve("uidNumber", 7, "1")
    with SqliteLinks(tmp_path / "links.db") as links:
        assert links.get("1") == JANE
        assert links.allocations()["uidnumber"].numbers["1"] == 7


def test_another_file_is_refused(tmp_path):
    (tmp_path / "text.db").write_text("nothing of ours, and long enough to be read as a header")
    with pytest.raises(UsageError, match=r"text\.db"):
        SqliteLinks(tmp_path / "text.db")


def test_a_later_version_is_refused(tmp_path):
    later = sqlite3.connect(tmp_path / "later.db")
    later.execute("PRAGMA user_version = 99")
    later.close()
    with pytest.raises(UsageError, match="later version"):
        SqliteLinks(tmp_path / "later.db")


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoices (number INTEGER)")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="something else"):
        SqliteLinks(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_told_in_words(tmp_path):
    path = tmp_path / "links.db"
    with SqliteLinks(path) as links:
        for number in range(200):
            links.put(attrs.evolve(JANE, source=str(number)))
    octets = path.read_bytes()
    path.write_bytes(octets[:4096] + b"\xff" * (len(octets) - 4096))
    with pytest.raises(UsageError, match=r"links\.db.*damaged"), SqliteLinks(path) as links:
        links.links()


def test_a_file_that_another_process_keeps_is_told_in_words(tmp_path):
    path = tmp_path / "links.db"
    with SqliteLinks(path, wait=0.0) as links:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UsageError, match="locked"):
                links.put(JANE)
            with pytest.raises(UsageError, match="locked"):
                links.note("cycle", "x")
        links.put(JANE)
        assert links.get("1") == JANE


# One store, one job --------------------------------------------------------------------------------


def test_a_store_takes_no_second_job(links, connector, rules):
    Provisioner(connector, rules, links=links, job="employees")
    Provisioner(connector, rules, links=links, job="employees")
    with pytest.raises(UsageError, match=r"belongs to the job 'employees'.* a store of its own"):
        Provisioner(connector, rules, links=links, job="guests")
    with pytest.raises(UsageError, match="give it job='employees'"):
        Provisioner(connector, rules, links=links)
    assert links.noted("job") == "employees"


def test_the_users_of_another_job_are_not_deprovisioned(links, connector, directory, kit):
    rules = ProvisioningRules(
        mappings=kit.mappings(), deprovisioning=DeprovisioningPolicy(delete=Flow.delete())
    )
    provisioner = Provisioner(connector, rules, links=links, job="employees")
    provisioner.full_cycle([kit.person(1)])
    with pytest.raises(UsageError, match="Two jobs over one store"):
        Provisioner(connector, rules, links=links, job="guests").full_cycle([kit.person(2)])
    assert directory.read(f"uid=user1,{kit.people}") is not None
    assert set(links.links()) == {"id-1"}


def test_a_job_without_a_name_leaves_no_mark(links, connector, rules):
    Provisioner(connector, rules, links=links)
    assert not links.noted("job")


def test_a_store_that_no_job_claimed_is_adopted_with_its_links(tmp_path, connector, rules, kit):
    path = tmp_path / "links.db"
    users = [kit.person(1)]
    with SqliteLinks(path) as links:
        Provisioner(connector, rules, links=links).full_cycle(users)
    with SqliteLinks(path) as links:
        provisioner = Provisioner(connector, rules, links=links, job="employees")
        assert provisioner.plan(users).empty
    with SqliteLinks(path) as links, pytest.raises(UsageError, match="'employees'"):
        Provisioner(connector, rules, links=links, job="guests")


def test_a_job_can_be_given_a_new_name(links, connector, rules):
    Provisioner(connector, rules, links=links, job="employees")
    links.note("job", "people")
    Provisioner(connector, rules, links=links, job="people")


def test_restarting_and_comparing_rules_stay_within_the_job(links, connector, rules, kit):
    provisioner = Provisioner(connector, rules, links=links, job="employees")
    provisioner.full_cycle([kit.person(1)])
    provisioner.restart()
    assert links.noted("job") == "employees"
    assert provisioner.compare_rules([kit.person(1)], rules) == ()


def test_the_name_of_a_job_is_a_text(links, connector, rules):
    with pytest.raises(UsageError, match="the job"):
        Provisioner(connector, rules, links=links, job=5)
