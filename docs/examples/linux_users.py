"""Provision the users of an Entra tenant as Linux accounts, from the first plan to the last.

    python docs/examples/linux_users.py                       in memory, no server needed
    python docs/examples/linux_users.py ldap://127.0.0.1:389  in a real OpenLDAP

The second form replaces one line of ``linux-openldap.toml``, its ``url``, and takes the
password of ``cn=admin,dc=contoso,dc=lab`` from the environment variable LDAP_PASSWORD.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ldapconnector import (
    Configuration,
    DirectoryError,
    LdapConnector,
    LdapConnectorError,
    MemoryDirectory,
    Outcome,
    Provisioner,
    connect,
)
from ldapconnector.entries import write_ldif
from ldapconnector.planning import Action
from ldapconnector.provisioning import Result

HERE = Path(__file__).parent
SUFFIX = "dc=contoso,dc=lab"


def main(url: str = "") -> None:
    text = (HERE / "linux-openldap.toml").read_text(encoding="utf-8")
    if url:
        text = re.sub(r"(?m)^url = .*$", f"url = {json.dumps(url)}", text)
    configuration = Configuration.loads(text, source="linux-openldap.toml")
    users = json.loads((HERE / "users.json").read_text(encoding="utf-8"))["value"]

    directory = (
        connect(configuration.connector.connection)
        if url
        else MemoryDirectory.like("openldap", suffix=SUFFIX, change_log=True)
    )
    with directory:
        connector = LdapConnector(configuration.connector, directory=directory)
        provisioner = Provisioner(connector, configuration.rules)

        heading("What is there")
        print(connector.discover())

        heading("What the rules' author should know")
        print(*provisioner.check(users), sep="\n")

        heading(f"The plan for {len(users)} users")
        plan = provisioner.plan(users)
        print(plan.to_text())

        heading("Applied")
        report(provisioner.apply(plan))

        heading("Two of the entries")
        names = [f"CN=soconnor,{SUFFIX}", f"CN=mking,{SUFFIX}"]
        entries = [entry for name in names if (entry := directory.read(name))]
        print(write_ldif([entry.without("userPassword") for entry in entries], version=False))

        heading("Planned again: nothing is left to do")
        again = provisioner.plan(users)
        print(again.to_text())

        heading("Somebody leaves, somebody is disabled, somebody marries")
        changed = [dict(user) for user in users if user["mailNickname"] != "lholm"]
        by_alias = {user["mailNickname"]: user for user in changed}
        by_alias["kmensah"]["accountEnabled"] = False
        by_alias["acote"].update(surname="Tremblay", displayName="Anaïs Tremblay")
        plan = provisioner.plan(changed)
        print(plan.to_text())
        report(provisioner.apply(plan))

        heading("Half of the tenant is missing: the guard holds the plan")
        plan = provisioner.plan(changed[::2])
        print(plan.to_text())
        report(provisioner.apply(plan))


def heading(text: str) -> None:
    print(f"\n== {text} ==\n")


def report(outcomes: Iterable[Outcome]) -> None:
    """Count the outcomes, and show what failed though the plan saw no fault in it."""
    kept = list(outcomes)
    counts = Counter(f"{outcome.kind} {outcome.result}" for outcome in kept)
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    for outcome in kept:
        if outcome.result is Result.FAILURE and outcome.action is not Action.FAULT:
            print(f"  {outcome}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (LdapConnectorError, DirectoryError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
