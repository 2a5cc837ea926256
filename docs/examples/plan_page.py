"""Write a plan as a page for people: the one that the documentation shows as a picture.

python docs/examples/plan_page.py plan.html
"""

import json
import sys
from pathlib import Path

from ldapconnector import Configuration, LdapConnector, MemoryDirectory, Plan, Provisioner

HERE = Path(__file__).parent


def made() -> Plan:
    """Plan for a tenant in which somebody married, somebody was renamed and eight left."""
    configuration = Configuration.load(HERE / "linux-openldap.toml")
    users = json.loads((HERE / "users.json").read_text(encoding="utf-8"))["value"]
    with MemoryDirectory.like("openldap", suffix="dc=contoso,dc=lab") as directory:
        connector = LdapConnector(configuration.connector, directory=directory)
        provisioner = Provisioner(connector, configuration.rules)
        list(provisioner.apply(provisioner.plan(users[:20])))
        users[1].update(surname="Lindqvist", displayName="Björn Lindqvist")
        users[7]["userPrincipalName"] = "leyla@contoso.com"
        left = {3, 4, 5, 6, 9, 10, 11, 12}
        return provisioner.plan([user for at, user in enumerate(users) if at not in left])


def main(path: str = "plan.html") -> None:
    page = made().to_html(title="Contoso: Linux accounts")
    Path(path).write_text(page, encoding="utf-8")
    print(f"open {path} in a browser")


if __name__ == "__main__":
    main(*sys.argv[1:])
