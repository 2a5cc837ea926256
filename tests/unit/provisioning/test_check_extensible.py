"""The wizard's box "include extensible attributes" reaches the check of the rules."""

from __future__ import annotations

import pytest

from ldapconnector import Configuration, LdapConnector, MemoryDirectory, Provisioner

RULES = """
base = "dc=example,dc=com"
[connection]
hosts = ["localhost"]
include_extensible_attributes = {box}
[object_type]
structural_class = "inetOrgPerson"
[[mappings]]
target = "-dn-"
expression = 'Join("", "uid=", [id], ",dc=example,dc=com")'
[[mappings]]
target = "loginShell"
source = "shell"
"""


@pytest.mark.parametrize(("box", "said"), [("false", True), ("true", False)])
def test_extensible_attributes(box, said):
    configuration = Configuration.loads(RULES.format(box=box))
    directory = MemoryDirectory.like("openldap")
    found = Provisioner(
        LdapConnector(configuration.connector, directory=directory), configuration.rules
    ).check()
    against = [one for one in found if one.target == "loginShell"]
    assert bool(against) is said
