"""The connector's configuration as a value."""

from __future__ import annotations

import pickle

import pytest

from ldapconnector.errors import ConfigurationError
from ldapconnector.names import Filter
from ldapconnector.profile import (
    ConnectionProfile,
    ConnectorConfiguration,
    HierarchyLevel,
    ObjectType,
    Partition,
    SelectedAttribute,
)

PROFILE = ConnectionProfile(
    hosts="a", partitions=[Partition(dn="dc=com"), Partition(dn="ou=x,dc=com")]
)


def test_the_most_specific_partition_wins():
    configuration = ConnectorConfiguration(connection=PROFILE)
    found = [
        configuration.partition_of(dn) for dn in ("cn=a,ou=x,dc=com", "cn=a,ou=y,dc=com", "dc=org")
    ]
    assert [part and str(part.dn) for part in found] == ["ou=x,dc=com", "dc=com", None]


def test_an_object_type_reads_names_and_filters_from_text():
    kind = ObjectType(
        structural_class="inetOrgPerson",
        auxiliary_classes=["posixAccount"],
        attributes=["cn", SelectedAttribute(name="Mail", single_value=True)],
        filter="(employeeType=staff)",
    )
    assert kind.object_classes == ("inetOrgPerson", "posixAccount")
    assert kind.attribute_names == ("cn", "Mail")
    assert kind.single_valued == {"mail"}
    assert kind.filter == Filter.equal("employeeType", "staff")


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigurationError) as error:
        ConnectorConfiguration(
            connection=PROFILE,
            delta_method="guess",
            paging="slow",
            page_size=0,
        )
    assert [fault.path for fault in error.value.faults] == [
        "$.delta_method",
        "$.paging",
        "$.page_size",
    ]


def test_an_attribute_is_selected_once():
    with pytest.raises(ConfigurationError) as error:
        ObjectType(attributes=["cn", "CN"], anchor="a b")
    assert [fault.path for fault in error.value.faults] == ["$.anchor", "$.attributes[1]"]


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_holds_something(size):
    with pytest.raises(ConfigurationError, match="page_size"):
        ConnectorConfiguration(connection=PROFILE, page_size=size)


def test_it_is_hashable_and_picklable():
    configuration = ConnectorConfiguration(
        connection=PROFILE,
        hierarchy=[HierarchyLevel(attribute="ou", object_class="organizationalUnit")],
    )
    assert pickle.loads(pickle.dumps(configuration)) == configuration
    assert hash(configuration) == hash(pickle.loads(pickle.dumps(configuration)))
