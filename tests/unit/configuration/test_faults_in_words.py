"""What a configuration says to somebody who made a common mistake, and what it keeps to itself."""

from __future__ import annotations

import pytest

from ldapconnector.configuration import Configuration
from ldapconnector.errors import ConfigurationError

HOSTS = '[connection]\nhosts = ["x"]\n'
BINDING = HOSTS + "[connection.binding]\n"


def faults(text):
    with pytest.raises(ConfigurationError) as caught:
        Configuration.loads(text)
    return {fault.path: fault for fault in caught.value.faults}


@pytest.mark.parametrize("section", ["source", "object_type", "scoping", "deprovisioning", "guard"])
@pytest.mark.parametrize(("value", "shown"), [("[1]", "a list"), ('"x"', "a text"), ("5", "5")])
def test_a_section_of_the_wrong_shape(section, value, shown):
    found = faults(f"{section} = {value}\n{HOSTS}")
    assert found[f"$.{section}"].message == f"must be a table, not {shown}"


@pytest.mark.parametrize("name", ["mappings", "product", "page_size"])
def test_a_key_that_slipped_into_the_table_before_it(name):
    assert "before the first [table]" in faults(f"{HOSTS}{name} = 1")[f"$.connection.{name}"].hint


@pytest.mark.parametrize(
    ("kind", "hint"), [("Basic", "'simple'"), ("SSL", '"ldaps"'), ("tls", '"starttls"')]
)
def test_the_wizards_word_for_a_binding(kind, hint):
    assert hint in faults(f'{BINDING}kind = "{kind}"')["$.connection.binding.kind"].hint


def test_nothing_is_known_where_nothing_can_stand():
    found = faults(f'{BINDING}kind = "anonymous"\npassword = "hunter2"')
    assert found["$.connection.binding.password"].hint == "nothing can stand here; remove it"


@pytest.mark.parametrize("value", ["48151623", '"48151623"', '["48151623"]', "{ is = 48151623 }"])
def test_a_password_in_the_file_is_refused_unseen(value):
    found = faults(f'{BINDING}kind = "simple"\nuser = "cn=a"\npassword = {value}')
    fault = found["$.connection.binding.password"]
    assert "env:NAME" in fault.message
    assert "48151623" not in str(fault)


@pytest.mark.parametrize(
    "connection", ['hosts = ["jane:48151623@x"]', 'url = "ldaps://jane:48151623@x"']
)
def test_a_password_in_an_address_is_refused_unseen(connection):
    (fault,) = faults(f"[connection]\n{connection}").values()
    assert "@x" in str(fault)
    assert "48151623" not in str(fault)


def test_start_tls_is_true_or_false():
    found = faults('[connection]\nurl = "ldap://x"\nstart_tls = "false"')
    assert found["$.connection.start_tls"].message == "must be true or false, not a text"


@pytest.mark.parametrize("field", ["import_containers", "export_containers"])
def test_a_container_outside_of_its_partition(field):
    found = faults(
        f'{HOSTS}[[connection.partitions]]\ndn = "dc=x"\n{field} = ["ou=a,DC=X", "dc=y"]'
    )
    (path,) = found
    assert path == f"$.connection.partitions[0].{field}[1]"
    assert "'dc=y' does not lie in the partition 'dc=x'" in found[path].message


def test_a_file_that_is_no_utf_8(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_bytes(b'base = "\xff"')
    with pytest.raises(ConfigurationError, match="no UTF-8, from byte 8 on") as caught:
        Configuration.load(path)
    assert caught.value.source == str(path)
