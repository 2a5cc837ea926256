"""The pipelined engine on real connections that ldap3 opened."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import ldap3
import pytest

from ldapconnector.directory import Scope
from ldapconnector.directory import controls as _controls
from ldapconnector.directory._responses import WireDone, WireEntry
from ldapconnector.directory._wire import Wire, can_use_wire
from ldapconnector.entries import Add, Delete, Entry, Modification, Modify, Rename
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.testing import DirectoryServer


@pytest.fixture(params=["plain", "ldaps", "starttls"])
def connection(request, slapd: DirectoryServer) -> Iterator[ldap3.Connection]:
    tls = ldap3.Tls(validate=ssl.CERT_NONE)  # whom we talk to is no matter of this test
    secure = request.param == "ldaps"
    server = ldap3.Server(
        "localhost",
        slapd.tls_port if secure else slapd.port,
        use_ssl=secure,
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=5,
    )
    connection = ldap3.Connection(
        server, slapd.admin_dn, slapd.admin_password, receive_timeout=10, auto_referrals=False
    )
    connection.open()
    if request.param == "starttls":
        assert connection.start_tls()
    assert connection.bind()
    yield connection
    connection.unbind()


def test_writes_and_pages_and_ldap3_take_turns(connection, clean_slapd):
    people = clean_slapd.people
    assert can_use_wire(connection)
    wire = Wire.of(connection, read_timeout=10)
    names = [DN.build(("cn", f"Person, {number}"), people) for number in range(57)]
    adds = [
        Add(Entry(dn, {"objectClass": "person", "cn": dn.rdn.avas[0].value, "sn": "x" * number}))
        for number, dn in enumerate(names, 1)
    ]
    changes = [
        *adds,
        Modify(names[0], (Modification.replace("description", b"a:b  replace "),)),
        Rename(dn=names[1], new_rdn=RDN.of(("cn", "Renamed"))),
        Delete(names[2]),
    ]
    assert [answer.code for _, answer in wire.apply_all(changes)] == [0] * 60

    pages = wire.paged(people, Scope.ONE_LEVEL, Filter.present("cn"), ["*"], page_size=10)
    found = [next(pages)]
    # Another request of ours between two pages, and one of ldap3 after the last.
    assert not wire.idle
    assert wire.extended("1.3.6.1.4.1.4203.1.11.3").value == b"dn:" + clean_slapd.admin_dn.encode()
    found += pages
    assert wire.idle
    assert connection.search(people, "(objectClass=*)", ldap3.BASE)
    assert isinstance(found[-1], WireDone)
    assert found.pop().result.code == 0
    entries = {DN.parse(one.dn): one.attributes for one in found if isinstance(one, WireEntry)}
    assert set(entries) == {*names[:1], *names[3:], DN.build(("cn", "Renamed"), people)}
    assert entries[names[0]]["description"] == (b"a:b  replace ",)


def test_an_assertion_is_checked_by_the_server(connection, clean_slapd):
    wire = Wire.of(connection, read_timeout=10)
    dn = DN.build(("cn", "a"), clean_slapd.people)
    assert wire.apply(Add(Entry(dn, {"objectClass": "person", "cn": "a", "sn": "b"}))).code == 0
    told = [_controls.assertion(Filter.equal("sn", "other"))]
    assert wire.apply(Delete(dn), told).code == 122
    told = [_controls.assertion(Filter.equal("sn", "b"))]
    assert wire.apply(Delete(dn), told).code == 0


@pytest.mark.parametrize(
    "text",
    [
        "(cn=alpha)",
        "(cn=al*p*a)",
        "(cn=*)",
        "(cn~=alpha)",
        "(uidNumber>=1)",
        "(uidNumber<=7)",
        "(!(cn=beta))",
        "(&(cn=alpha)(|(sn=x)(sn=y)))",
        "(cn:caseExactMatch:=alpha)",
        "(ou:dn:=people)",
        "(&)",
    ],
)
def test_every_kind_of_filter_is_understood(slapd, clean_slapd, text):
    server = ldap3.Server(slapd.host, slapd.port, get_info=ldap3.NONE)
    opened = ldap3.Connection(server, slapd.admin_dn, slapd.admin_password, auto_bind=True)
    wire = Wire.of(opened, read_timeout=10)
    entry = Entry(
        DN.build(("cn", "alpha"), slapd.people),
        {
            "objectClass": ["person", "posixAccount"],
            "cn": "alpha",
            "sn": "x",
            "uid": "alpha",
            "uidNumber": "7",
            "gidNumber": "7",
            "homeDirectory": "/",
        },
    )
    try:
        assert wire.apply(Add(entry)).code == 0
        found = list(wire.search(str(entry.dn), Scope.BASE, Filter.parse(text), ["1.1"]))
        assert [type(item) for item in found] == [WireEntry, WireDone]
    finally:
        opened.unbind()
