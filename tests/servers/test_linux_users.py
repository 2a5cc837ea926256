"""The POSIX tutorial end to end against a real slapd, watched by ldapsearch.

Nothing of this library looks at the result: what must be there is computed here by hand
from the tutorial's mappings, and what is there is what OpenLDAP's own tool shows.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from _launchers.ldap_utils import run_ldapmodify, run_ldapsearch, run_tool
from ldapconnector import Configuration, LdapConnector, Provisioner
from ldapconnector.planning import Action
from ldapconnector.provisioning import Result

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SUFFIX = "dc=contoso,dc=lab"
NUMBER = "extension_0f4b6c1e2d3a4b5c9d8e7f6a5b4c3d2e_uidNumber"
# Without a surname, without a number, one of two with the same mail, disabled, a guest.
LEFT_OUT = {"sukarno", "nhaddad", "rsmith", "rsmith2", "dscully", "guest"}


@pytest.fixture
def users():
    return json.loads((EXAMPLES / "users.json").read_text(encoding="utf-8"))["value"]


def alias(user):
    return user["mailNickname"]


@pytest.fixture
def configuration(slapd_contoso, monkeypatch):
    monkeypatch.setenv("LDAP_PASSWORD", slapd_contoso.admin_password)
    text = (EXAMPLES / "linux-openldap.toml").read_text(encoding="utf-8")
    one_line, count = re.subn(r"(?m)^url = .*$", f'url = "{slapd_contoso.url}"', text)
    assert count == 1
    return Configuration.loads(one_line)


@pytest.fixture
def connector(configuration):
    with LdapConnector(configuration.connector) as opened:
        yield opened


@pytest.fixture
def provisioner(connector, configuration):
    return Provisioner(connector, configuration.rules)


def expected(user):
    name = alias(user)
    return {
        "objectclass": {"inetOrgPerson", "posixAccount", "shadowAccount"},
        # The DN says CN=<alias> and cn is mapped from displayName: OpenLDAP keeps both.
        "cn": {name, user["displayName"]},
        "sn": {user["surname"]},
        "mail": {user["mail"]},
        "uid": {name.lower()},
        "uidnumber": {str(user[NUMBER])},
        "gidnumber": {"10000"},
        "homedirectory": {f"/home/{name.lower()}"},
    }


def seen(server):
    """What ldapsearch shows: every entry below the suffix, passwords by their presence."""
    found = {}
    for entry in run_ldapsearch(server, SUFFIX, "(objectClass=inetOrgPerson)"):
        name = re.match(r"CN=([^,]+),", entry.dn, re.IGNORECASE)[1]
        attributes = {
            key.lower(): {value.decode() for value in values}
            for key, values in entry.attributes.items()
        }
        assert attributes.pop("userpassword"), f"{name} has no initial password"
        found[name] = attributes
    return found


def should_be(users):
    return {alias(user): expected(user) for user in users if alias(user) not in LEFT_OUT}


def actions(plan):
    return {item.dn.rdn.avas[0].value: item.action for item in plan.changes}


def test_create_update_disable_delete(slapd_contoso, provisioner, users):
    plan = provisioner.plan(users)
    assert seen(slapd_contoso) == {}, "planning writes nothing"
    outcomes = list(provisioner.apply(plan))
    assert len(outcomes) == len(users)
    assert seen(slapd_contoso) == should_be(users)

    again = provisioner.plan(users)
    assert again.empty
    assert actions(again) == {}

    # Somebody marries; somebody is disabled at the source.
    by_alias = {alias(user): user for user in users}
    by_alias["acote"].update(surname="Tremblay", displayName="Anaïs Tremblay")
    by_alias["kmensah"]["accountEnabled"] = False
    plan = provisioner.plan(users)
    assert actions(plan) == {"acote": Action.UPDATE, "kmensah": Action.DISABLE}
    list(provisioner.apply(plan))
    wanted = should_be(users)
    wanted["kmensah"]["shadowexpire"] = {"1"}
    assert seen(slapd_contoso) == wanted
    assert provisioner.plan(users).empty

    # He comes back.
    by_alias["kmensah"]["accountEnabled"] = True
    plan = provisioner.plan(users)
    assert actions(plan) == {"kmensah": Action.ENABLE}
    list(provisioner.apply(plan))
    assert seen(slapd_contoso) == should_be(users)

    # Somebody is deleted for good at the source.
    removed = {"id": by_alias["lholm"]["id"], "@removed": {"reason": "deleted"}}
    users[users.index(by_alias["lholm"])] = removed
    plan = provisioner.plan(users)
    assert actions(plan) == {"lholm": Action.DELETE}
    list(provisioner.apply(plan))
    users.remove(removed)
    assert seen(slapd_contoso) == should_be(users)
    assert provisioner.plan(users).empty


def test_the_initial_password_is_a_password(slapd_contoso, provisioner, users):
    list(provisioner.apply(provisioner.plan(users[:1])))
    dn = f"CN={alias(users[0])},{SUFFIX}"
    (entry,) = run_ldapsearch(slapd_contoso, dn, attributes=["userPassword"])
    refused = run_tool("ldapwhoami", slapd_contoso, bind=(entry.dn, "not the password"))
    assert refused.code == 49  # a password is there, and it is another one


def test_one_user_never_stops_the_others(slapd_contoso, provisioner, users):
    """A lack, a duplicate, a broken DN, a refused write: each is that user's own outcome."""
    users[0]["userPrincipalName"] = "broken,name@contoso.com"
    users[1][NUMBER] = "not a number"
    # Somebody else's entry stands where this user's should be; only the server knows.
    taken = alias(users[2])
    done = run_ldapmodify(
        slapd_contoso, f"dn: cn={taken},{SUFFIX}\nobjectClass: device\ncn: {taken}\n"
    )
    assert done.code == 0, done.errors
    outcomes = {outcome.source: outcome for outcome in provisioner.apply(provisioner.plan(users))}
    failed = {source for source, outcome in outcomes.items() if outcome.result is Result.FAILURE}
    left_out = {user["id"] for user in users if alias(user) in LEFT_OUT - {"dscully", "guest"}}
    assert failed == left_out | {user["id"] for user in users[:3]}
    assert all(str(outcomes[one]) for one in failed)
    wanted = should_be(users[3:])
    assert seen(slapd_contoso) == wanted


def test_the_demo(slapd_contoso, monkeypatch):
    """``make demo URL=...`` as its reader runs it."""
    monkeypatch.setenv("LDAP_PASSWORD", slapd_contoso.admin_password)
    script = str(EXAMPLES / "linux_users.py")
    real, memory = (
        subprocess.run(
            [sys.executable, "-W", "error", script, *arguments],
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        for arguments in ([slapd_contoso.url], [])
    )
    assert real.returncode == 0, real.stderr
    assert memory.returncode == 0, memory.stderr
    sections = re.findall(r"(?m)^== (.*) ==$", real.stdout)
    assert len(sections) == 8
    assert sections == re.findall(r"(?m)^== (.*) ==$", memory.stdout)

    def shown(text):
        # Anchors differ, and so do the digests of plans that name them.
        return re.sub(r"\b[0-9a-f]{12}\b", "digest", text.partition("== The plan")[2])

    assert shown(real.stdout) == shown(memory.stdout)
