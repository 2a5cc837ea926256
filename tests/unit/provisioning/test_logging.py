"""What happens is in the log unless somebody else watches: structured, and without secrets."""

from __future__ import annotations

import logging

import pytest

from ldapconnector.mapping import AttributeMapping, Computed
from ldapconnector.planning import ProvisioningRules
from ldapconnector.provisioning import Provisioner

PASSWORD = AttributeMapping(target="userPassword", source=Computed('Redact("hunter2")'))


@pytest.fixture
def records(connector, kit, caplog):
    caplog.set_level(logging.DEBUG, "ldapconnector")
    rules = ProvisioningRules(mappings=kit.mappings(PASSWORD))
    provisioner = Provisioner(connector, rules)
    people = [kit.person(1), kit.person(2, surname=None)]
    list(provisioner.apply(provisioner.plan(people)))
    return [one for one in caplog.records if one.name == "ldapconnector.provisioning"]


def events(records, name):
    return [one for one in records if one.event == name]


def test_plans_and_their_ends_are_information(records):
    (made,) = events(records, "PlanMade")
    (ended,) = events(records, "ApplyFinished")
    assert made.levelno == ended.levelno == logging.INFO
    assert made.digest == ended.digest
    assert made.getMessage() == f"plan {made.digest[:12]}: 1 create, 1 fault, 0 unchanged"
    assert ended.getMessage().endswith("finished: 1 Failure, 1 Success")
    assert events(records, "ApplyStarted")[0].total == 2


def test_a_failed_user_is_a_warning_and_the_others_are_details(records):
    failed, done = sorted(events(records, "OutcomeReady"), key=lambda one: -one.levelno)
    assert (failed.levelno, failed.source, failed.result) == (logging.WARNING, "id-2", "Failure")
    assert "sn" in failed.error
    assert (done.levelno, done.kind, done.result) == (logging.DEBUG, "Create", "Success")
    assert done.dn.startswith("uid=user1,")
    assert {failed.finished, done.finished} == {1, 2}


def test_each_request_is_a_detail(records):
    requests = events(records, "AuditRecord")
    assert [one.step for one in requests] == ["create", "password"]
    assert all(one.done and one.levelno == logging.DEBUG for one in requests)


def test_no_secret_is_in_any_record(records):
    for record in records:
        assert "hunter2" not in record.getMessage() + str(vars(record))
