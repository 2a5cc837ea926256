"""Directories on connections that ldap3 opened: the engine on their socket, or through ldap3."""

from __future__ import annotations

import logging
import ssl

import attrs
import ldap3
import pytest

from _launchers.proxy import Proxy
from _profiles import profile_of
from ldapconnector import ConnectorConfiguration
from ldapconnector.connector import LdapConnector, discover
from ldapconnector.directory import LdapDirectory, Scope, connect, from_ldap3
from ldapconnector.entries import (
    Add,
    Delete,
    DeltaImport,
    Entry,
    FullImport,
    Modification,
    Modify,
    Rename,
)
from ldapconnector.errors import (
    ConfigurationError,
    ConnectionFailed,
    EntryExists,
    LimitExceeded,
    NotLeaf,
    ReferralReturned,
    UnknownOutcome,
    UsageError,
)
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.profile import ConnectionProfile, ObjectType, Partition, Security, Timeouts
from ldapconnector.secret import Secret
from ldapconnector.vendors import Vendor

ALLOWED = ConnectionProfile(hosts="ignored", security="plain", allow_cleartext_credentials=True)
KINDS = ["sync", "safe sync", "ldaps", "starttls", "signed", "async"]


@pytest.fixture(scope="module")
def server(slapd):
    """The OpenLDAP of the session; whoever binds as alice by DIGEST-MD5 may write."""
    config = ldap3.Connection(
        ldap3.Server(slapd.host, slapd.port, get_info=ldap3.NONE),
        slapd.extra["config_dn"],
        slapd.extra["config_password"],
        auto_bind=True,
        raise_exceptions=True,
    )
    config.search("cn=config", "(olcSuffix=*)", attributes=["olcSuffix"])
    databases = [entry["dn"] for entry in config.response]
    mapping = f'{{0}}"^uid=([^,]+),.*cn=digest-md5,cn=auth$" "uid=$1,ou=staff,{slapd.suffix}"'
    rule = f'{{0}}to * by dn.exact="{slapd.user_dn}" manage by * break'
    config.modify("cn=config", {"olcAuthzRegexp": [(ldap3.MODIFY_ADD, [mapping])]})
    for database in databases:
        config.modify(
            database,
            {
                "olcAccess": [(ldap3.MODIFY_ADD, [rule])],
                "olcLimits": [(ldap3.MODIFY_ADD, [f'dn.exact="{slapd.user_dn}" size=unlimited'])],
            },
        )
    yield slapd
    config.modify("cn=config", {"olcAuthzRegexp": [(ldap3.MODIFY_DELETE, ["{0}"])]})
    for database in databases:
        config.modify(
            database,
            {
                "olcAccess": [(ldap3.MODIFY_DELETE, ["{0}"])],
                "olcLimits": [(ldap3.MODIFY_DELETE, [])],
            },
        )
    config.unbind()


def opened(server, kind="sync", *, port=None, **settings):
    """Return a connection as a user of ldap3 makes it, with ldap3's own defaults."""
    secure = "ldaps" in kind
    tls = ldap3.Tls(validate=ssl.CERT_NONE)  # whom we talk to is no matter of these tests
    at = ldap3.Server(
        "localhost" if port is None else "127.0.0.1",
        port or (server.tls_port if secure else server.port),
        use_ssl=secure,
        tls=tls,
        get_info=ldap3.NONE,
    )
    if kind == "signed":
        settings.update(
            authentication=ldap3.SASL,
            sasl_mechanism=ldap3.DIGEST_MD5,
            sasl_credentials=(None, "alice", server.user_password, None, "sign"),
        )
    else:
        settings.update(user=server.admin_dn, password=server.admin_password)
    strategy = {"safe sync": ldap3.SAFE_SYNC}.get(kind, ldap3.SYNC)
    if kind.startswith("async"):
        strategy = ldap3.ASYNC
    connection = ldap3.Connection(at, **{"client_strategy": strategy, **settings})
    connection.open()
    if kind == "starttls":
        connection.start_tls()
    connection.bind()
    return connection


@pytest.fixture(params=KINDS)
def directory(request, server, clean_slapd):
    with from_ldap3(opened(server, request.param), ALLOWED) as found:
        yield found


def person(number, parent, **attributes):
    dn = DN.build(("cn", f"Person, {number}"), parent)
    return Entry(
        dn,
        {"objectClass": "person", "cn": f"Person, {number}", "sn": "x" * number, **attributes},
    )


def test_entries_are_read_together(directory, server):
    people = [person(number, server.people) for number in range(1, 81)]
    assert all(one.ok for one in directory.apply_all([Add(one) for one in people]))
    names = [one.dn for one in people]
    names.insert(40, DN.build(("cn", "nobody"), server.people))
    found = directory.read_all(names, ["sn"])
    assert found[40] is None
    assert [one.dn for one in found if one] == [one.dn for one in people]
    assert [len(one["sn"][0]) for one in found if one] == list(range(1, 81))
    assert directory.read(names[0], ["sn"]) == found[0]


def test_what_it_is_and_what_it_knows(directory, server):
    assert isinstance(directory, LdapDirectory)
    with connect(profile_of(server, "plain")) as ours:
        # Not the mechanisms: they depend on how strong the line is.
        leave_out = "supportedSASLMechanisms"
        assert directory.root_dse.without(leave_out) == ours.root_dse.without(leave_out)
        assert directory.schema.definitions() == ours.schema.definitions()
    secured = directory.profile.security is not Security.PLAIN
    assert bool(directory.certificate) == secured
    assert directory.bind_warning == ""
    assert str(directory.address).startswith("localhost:")
    directory.close()
    directory.close()
    with pytest.raises(UsageError, match="closed"):
        directory.read("")
    assert directory.address is None


def test_writes_in_their_order_and_pages(directory, server):
    people = [person(number, server.people) for number in range(1, 58)]
    people[2] = person(3, server.people, description="d" * 70_000)  # more than one signed packet
    first, second, third = (entry.dn for entry in people[:3])
    renamed = DN.build(("cn", "Renamed"), server.people)
    changes = [
        *map(Add, people),
        Modify(first, (Modification.replace("description", b"a:b  replace "),)),
        Rename(dn=second, new_rdn=RDN.of(("cn", "Renamed"))),
        Delete(people[3].dn),
        Add(people[4]),
        Delete(server.people),
    ]
    outcomes = {}
    for applied in directory.apply_all(changes):
        outcomes.setdefault(applied.change, []).append(type(applied.error))
    refused = {changes[-2]: EntryExists, changes[-1]: NotLeaf}
    none = type(None)
    assert outcomes == {
        change: [none, EntryExists] if change == changes[-2] else [refused.get(change, none)]
        for change in changes
    }

    found = {
        entry.dn: entry
        for entry in directory.search(
            server.people, Filter.present("cn"), scope=Scope.ONE_LEVEL, page_size=10
        )
    }
    assert set(found) == {first, renamed, third, *(entry.dn for entry in people[4:])}
    assert found[first]["description"] == (b"a:b  replace ",)
    assert found[third]["description"] == (b"d" * 70_000,)
    assert directory.read(second) is None


def test_an_abandoned_search_leaves_nothing_behind(directory, server):
    for page_size in (3, None):
        entries = directory.search(server.suffix, page_size=page_size)
        assert next(entries).dn == DN.parse(server.suffix)
        entries.close()
        assert directory.read(server.people) is not None


def test_what_is_refused_is_typed(directory, server):
    entry = person(1, server.people)
    directory.apply(Add(entry))
    with pytest.raises(EntryExists, match="Person"):
        directory.apply(Add(entry))
    with pytest.raises(LimitExceeded) as limit:
        list(directory.search(server.suffix, size_limit=2))
    assert limit.value.code == 4
    directory.apply(Delete(entry.dn), assertion=Filter.equal("sn", "x"))
    with pytest.raises(Exception, match=r"122|assertion"):
        directory.apply(Delete(server.people), assertion=Filter.equal("ou", "others"))


def test_a_referral_is_reported_and_not_followed(directory, server):
    directory.apply(
        Add(
            Entry(
                f"ou=elsewhere,{server.people}",
                {
                    "objectClass": ["referral", "extensibleObject"],
                    "ou": "elsewhere",
                    "ref": "ldap://127.0.0.1:9/ou=elsewhere,dc=example,dc=com",
                },
            )
        )
    )
    with pytest.raises(ReferralReturned) as error:
        directory.apply(Delete(f"cn=a,ou=elsewhere,{server.people}"))
    assert "127.0.0.1:9" in str(error.value.referrals)
    with pytest.raises(ReferralReturned):
        list(directory.search(server.people))


def test_a_password_is_set(directory, server):
    entry = person(1, server.people)
    directory.apply(Add(entry))
    directory.set_password(entry.dn, Secret.of("correct horse"))
    who = ldap3.Connection(
        ldap3.Server(server.host, server.port, get_info=ldap3.NONE), str(entry.dn), "correct horse"
    )
    assert who.bind()
    who.unbind()


def test_a_password_needs_leave_for_a_plain_line(server):
    with (
        from_ldap3(opened(server)) as directory,
        pytest.raises(ConfigurationError, match=r"\$\.security"),
    ):
        directory.set_password(server.user_dn, Secret.of("a long password"))


def test_imports_full_and_delta(directory, server):
    """Paging, controls on entries and in answers, and large answers."""
    configuration = ConnectorConfiguration(
        connection=attrs.evolve(directory.profile, partitions=[Partition(dn=server.people)]),
        object_type=ObjectType(structural_class="person"),
    )
    people = [person(number, server.people) for number in range(1, 30)]
    assert all(applied.ok for applied in directory.apply_all(map(Add, people)))
    connector = LdapConnector(configuration, directory)
    full = connector.full_import()
    assert isinstance(full, FullImport)
    assert {entry.dn for entry in full.entries} == {entry.dn for entry in people}
    assert full.watermark is not None
    directory.apply(Delete(people[0].dn))
    directory.apply(Modify(people[1].dn, (Modification.replace("sn", "new"),)))
    delta = connector.delta_import(full.watermark)
    assert isinstance(delta, DeltaImport)
    assert len(delta.changes) == 2


@pytest.mark.parametrize("kind", ["sync", "signed", "async"])
def test_a_lost_connection_stays_lost(server, clean_slapd, kind):
    with Proxy(server.host, server.port) as proxy:
        directory = from_ldap3(opened(server, kind, port=proxy.port), ALLOWED)
        assert directory.read(server.people) is not None
        proxy.close()
        with pytest.raises(ConnectionFailed, match=r"broke|closed|ldap3") as first:
            directory.read(server.people)
        with pytest.raises(ConnectionFailed, match="call from_ldap3") as error:
            directory.apply(Delete(f"cn=a,{server.people}"))
        assert not isinstance(error.value, UnknownOutcome)
        assert not isinstance(first.value, UnknownOutcome)
        directory.close()


@pytest.mark.parametrize("kind", ["sync", "signed", "async"])
def test_a_write_whose_answer_is_lost_is_unknown(server, clean_slapd, kind):
    entries = [person(number, server.people) for number in range(1, 40)]
    with Proxy(server.host, server.port) as proxy:
        proxy.cut_after(400)
        directory = from_ldap3(opened(server, kind, port=proxy.port), ALLOWED)
        outcomes = [type(applied.error) for applied in directory.apply_all(map(Add, entries))]
        directory.close()
    assert len(outcomes) == len(entries)
    assert UnknownOutcome in outcomes


def test_a_server_that_never_answers_is_given_up(server):
    profile = attrs.evolve(ALLOWED, timeouts=Timeouts(read=0.2))
    for kind in ("sync", "signed", "async"):
        with Proxy(server.host, server.port) as proxy:
            directory = from_ldap3(opened(server, kind, port=proxy.port), profile)
            proxy.pause()
            with pytest.raises(ConnectionFailed, match=r"no answer|no response"):
                directory.read(server.people)
            proxy.resume()
            directory.close()


def test_a_local_socket(server):
    """SASL EXTERNAL over ldapi, as administrators of slapd bind."""
    at = ldap3.Server(server.extra["ldapi_url"], get_info=ldap3.NONE)
    connection = ldap3.Connection(
        at, authentication=ldap3.SASL, sasl_mechanism=ldap3.EXTERNAL, sasl_credentials=""
    )
    assert connection.bind()
    with from_ldap3(connection, ALLOWED) as directory:
        assert discover(directory).identification.vendor is Vendor.OPENLDAP


# ---------------------------------------------------------------- what is not taken


@pytest.mark.parametrize(
    ("strategy", "why"),
    [
        (ldap3.RESTARTABLE, "repeats writes"),
        (ldap3.SAFE_RESTARTABLE, "repeats writes"),
        (ldap3.REUSABLE, "pages"),
        (ldap3.MOCK_SYNC, "MemoryDirectory"),
        (ldap3.MOCK_ASYNC, "MemoryDirectory"),
        (ldap3.LDIF, "no server"),
        (ldap3.ASYNC_STREAM, "streams"),
    ],
)
def test_other_strategies_are_refused_with_the_reason(strategy, why):
    connection = ldap3.Connection(
        ldap3.Server("localhost"), client_strategy=strategy, pool_name="p"
    )
    with pytest.raises(UsageError, match=why):
        from_ldap3(connection)


def test_two_threads_on_one_tls_session_are_refused(server):
    connection = opened(server, "async ldaps")
    with pytest.raises(UsageError, match="bind with SYNC"):
        from_ldap3(connection)
    connection.unbind()


def test_a_signed_line_that_ldap3_reads_is_refused(server):
    connection = opened(server, "signed", client_strategy=ldap3.ASYNC)
    with pytest.raises(UsageError, match="loses answers"):
        from_ldap3(connection)
    connection.unbind()


def test_what_is_no_connection_is_refused():
    with pytest.raises(UsageError, match=r"not str"):
        from_ldap3("ldap://localhost")
    with pytest.raises(UsageError, match=r"bind\(\) first"):
        from_ldap3(ldap3.Connection(ldap3.Server("localhost")))


def test_a_certificate_that_nobody_verified_is_told(server, caplog):
    at = ldap3.Server("localhost", server.tls_port, use_ssl=True, get_info=ldap3.NONE)
    connection = ldap3.Connection(at, server.admin_dn, server.admin_password, auto_bind=True)
    with caplog.at_level(logging.WARNING), from_ldap3(connection):
        assert "did not verify" in caplog.text


def test_a_packet_that_was_changed_ends_the_connection(server):
    connection = opened(server, "signed")
    connection._digest_md5_kis = bytes(16)
    with from_ldap3(connection) as directory, pytest.raises(ConnectionFailed, match="signature"):
        directory.read(server.people)
