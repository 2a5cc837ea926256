"""One full cycle in a process of its own, to be killed: a line on stdout for each request.

Arguments: the file of the links, the number of users, the round. Configuration comes as TOML
on stdin. In each round another part of the users changes.
"""

from __future__ import annotations

import sys

from ldapconnector import Configuration, LdapConnector, Provisioner
from ldapconnector.provisioning import AuditRecord, SqliteLinks

__all__ = ["TOML", "people"]

TOML = """
[connection]
url = "{url}"
binding = {{ kind = "simple", user = "{user}", password = "env:LDAP_PASSWORD" }}
allow_cleartext_credentials = true
timeouts = {{ connect = 10, read = 30 }}

[object_type]
structural_class = "inetOrgPerson"
anchor = "{anchor}"

[[mappings]]
target = "-dn-"
expression = 'Join("", "uid=", [mailNickname], ",{people}")'

[[mappings]]
target = "objectClass"
constant = ["inetOrgPerson"]
apply = "creation"

[[mappings]]
target = "cn"
source = "displayName"

[[mappings]]
target = "sn"
source = "surname"

[[mappings]]
target = "mail"
source = "mail"
matching_precedence = 1

[[mappings]]
target = "manager"
source = "manager"

[[mappings]]
target = "telephoneNumber"
source = "phones"

[[mappings]]
target = "userPassword"
expression = 'Redact(RandomString(16, 3, 3, 3, 3, ""))'
apply = "creation"

[[numbers]]
attribute = "employeeNumber"
first = 1
last = 9999

[deprovisioning]
disable = {{ kind = "set", attribute = "employeeType", value = "left" }}
delete = "delete"

[guard]
maximum = 5000
percent = 100.0
empty_source = false
"""


def people(count: int, turn: int) -> list[dict[str, object]]:
    """Return the users of a round: names, references and states move from round to round."""
    return [
        {
            "id": f"id-{number}",
            "accountEnabled": (number + turn) % 5 != 0 or turn == 0,
            "mailNickname": f"user{number}" if (number + turn) % 3 else f"renamed{number}",
            "displayName": f"Zoë {number} of {turn // 2}",
            "surname": "O'Neil, Jr.",
            "mail": f"user{number}@example.com",
            "manager": f"id-{(number * 7 + turn) % count}",
            "phones": [f"+49 30 {number}", f"+49 30 {turn}99"],
        }
        for number in range(count)
    ]


def main(path: str, count: str, turn: str) -> None:
    """Run one cycle."""

    def told(notice: object) -> None:
        if isinstance(notice, AuditRecord):
            print(notice.step, notice.done, flush=True)  # noqa: T201 -- the parent counts lines

    configuration = Configuration.loads(sys.stdin.read())
    with SqliteLinks(path) as links, LdapConnector(configuration.connector) as connector:
        provisioner = Provisioner(connector, configuration.rules, links=links, observer=told)
        users = people(int(count), int(turn))
        for outcome in provisioner.apply(provisioner.plan(users)):
            if outcome.error is not None:
                print("error", outcome, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
