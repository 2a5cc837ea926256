"""Connecting to Samba (in the place of the Active Directory family) and to ApacheDS."""

from __future__ import annotations

import pytest

from _profiles import profile_of
from ldapconnector.connector import check_connection
from ldapconnector.directory import connect
from ldapconnector.entries import Add, Delete, Entry, Modification, Modify
from ldapconnector.errors import BindRefused, DirectoryError, LimitExceeded
from ldapconnector.names import Filter
from ldapconnector.profile import SimpleBind
from ldapconnector.secret import Secret

NORMAL_ACCOUNT, DISABLED = 512, 2


def account(server, name, control):
    values = {
        "objectClass": "user",
        "sAMAccountName": name,
        "userAccountControl": str(control),
    }
    return Entry(f"CN={name},{server.people}", values)


# ---------------------------------------------------------------- Samba


@pytest.mark.parametrize("security", ["starttls", "ldaps"])
def test_samba_takes_a_dn_and_a_principal_name(samba, security):
    with connect(profile_of(samba, security)) as directory:
        entry = directory.read(samba.user_dn, ["userPrincipalName", "sAMAccountName"])
        assert entry is not None
        realm = samba.extra["realm"].lower()
    name = entry.first("userPrincipalName") or f"{entry.first('sAMAccountName')}@{realm}"
    connect(profile_of(samba, security, user=name, password=samba.user_password)).close()


def test_a_password_is_set_as_active_directory_wants_it(clean_samba):
    server = clean_samba
    with connect(profile_of(server)) as directory:
        entry = account(server, "jane", NORMAL_ACCOUNT | DISABLED)
        directory.apply(Add(entry))
        directory.set_password(entry.dn, Secret.of("Correct-Horse-7"))
        enable = Modification.replace("userAccountControl", str(NORMAL_ACCOUNT))
        directory.apply(Modify(entry.dn, (enable,)))
        jane = profile_of(server, user=str(entry.dn), password="Correct-Horse-7")
        connect(jane).close()


@pytest.mark.parametrize(
    ("control", "password", "told"),
    [
        (NORMAL_ACCOUNT, "wrong", "password is wrong"),
        (NORMAL_ACCOUNT | DISABLED, "Correct-Horse-7", "disabled"),
    ],
)
def test_the_reasons_of_active_directory_are_told(clean_samba, control, password, told):
    server = clean_samba
    entry = account(server, "jane", NORMAL_ACCOUNT | DISABLED)
    with connect(profile_of(server)) as directory:
        directory.apply(Add(entry))
        directory.set_password(entry.dn, Secret.of("Correct-Horse-7"))
        step = Modification.replace("userAccountControl", str(control))
        directory.apply(Modify(entry.dn, (step,)))
    with pytest.raises(BindRefused, match=told):
        connect(profile_of(server, user=str(entry.dn), password=password))


def test_an_account_that_must_change_its_password(clean_samba):
    server = clean_samba
    entry = account(server, "jane", NORMAL_ACCOUNT | DISABLED)
    with connect(profile_of(server)) as directory:
        directory.apply(Add(entry))
        directory.set_password(entry.dn, Secret.of("Correct-Horse-7"))
        steps = (
            Modification.replace("userAccountControl", str(NORMAL_ACCOUNT)),
            Modification.replace("pwdLastSet", "0"),
        )
        directory.apply(Modify(entry.dn, steps))
    with pytest.raises(BindRefused, match="must be changed"):
        connect(profile_of(server, user=str(entry.dn), password="Correct-Horse-7"))


def test_samba_is_checked(samba):
    report = check_connection(profile_of(samba))
    assert report.step("bind").result.value == "ok"
    assert "Samba" in report.step("root DSE").detail
    assert report.step("schema").result.value == "ok"


# ---------------------------------------------------------------- ApacheDS


@pytest.mark.parametrize("security", ["plain", "starttls", "ldaps"])
def test_apacheds_by_name_and_password(apacheds, security):
    with connect(profile_of(apacheds, security)) as directory:
        entry = directory.read(apacheds.user_dn, ["mail"])
        assert entry is not None
        assert entry.first("mail") == "alice@example.com"
    with pytest.raises(BindRefused):
        connect(profile_of(apacheds, security, user=apacheds.user_dn, password="wrong"))


def test_apacheds_is_written_and_paged(clean_apacheds):
    server = clean_apacheds
    with connect(profile_of(server)) as directory:
        for n in range(7):
            values = {"objectClass": "inetOrgPerson", "uid": f"u{n}", "cn": "x", "sn": "x"}
            directory.apply(Add(Entry(f"uid=u{n},{server.people}", values)))
        people = Filter.equal("objectClass", "inetOrgPerson")
        assert len(list(directory.search(server.people, people, page_size=3))) == 7
        with pytest.raises(LimitExceeded):
            list(directory.search(server.people, people, size_limit=3))
        dn = f"uid=u0,{server.people}"
        for password in ("the first password", "a new password"):
            directory.set_password(dn, Secret.of(password))
            connect(profile_of(server, binding=SimpleBind(dn, password))).close()
        with pytest.raises(DirectoryError) as error:
            directory.apply(Delete(server.people))
        assert error.value.code == 66


def test_apacheds_is_checked(apacheds):
    report = check_connection(profile_of(apacheds), probe_container=apacheds.people)
    assert report.step("bind").result.value == "ok"
    assert report.step("write probe").result.value == "ok", str(report)
