"""Every binding, on every kind of line, against OpenLDAP and 389 Directory Server."""

from __future__ import annotations

import pytest

from _launchers.hostile import HostileServer, silence
from _profiles import profile_of
from ldapconnector.directory import Directory, LdapDirectory, Scope, connect
from ldapconnector.entries import Add, Delete, Entry, Modification, Modify, Rename
from ldapconnector.errors import (
    BindRefused,
    ConfigurationError,
    DirectoryError,
    EntryExists,
    EntryNotFound,
    InvalidValue,
    LimitExceeded,
    NamingViolation,
    NotAllowed,
    NotLeaf,
    ReferralReturned,
    SchemaViolation,
    TlsFailed,
    UsageError,
)
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.profile import External, SimpleBind, TlsSettings
from ldapconnector.secret import Secret

LINES = ["plain", "starttls", "ldaps"]
SERVERS = ["slapd", "ds389"]


@pytest.fixture(params=SERVERS)
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=SERVERS)
def clean(request):
    return request.getfixturevalue(f"clean_{request.param}")


def person(server, uid, **attributes):
    values = {"objectClass": "inetOrgPerson", "uid": uid, "cn": uid, "sn": uid, **attributes}
    return Entry(DN.build(("uid", uid), server.people), values)


def who(directory, server):
    """Tell who is bound by what he can see: only the administrator sees passwords."""
    seen = directory.read(server.extra["locked_dn"], ["cn", "userPassword"])
    return "admin" if seen is not None and "userPassword" in seen else "other"


# ---------------------------------------------------------------- bindings


@pytest.mark.parametrize("security", LINES)
def test_a_name_and_a_password(server, security):
    with connect(profile_of(server, security)) as directory:
        assert isinstance(directory, Directory)
        assert who(directory, server) == "admin"
        assert bool(directory.certificate) == (security != "plain")
    with connect(profile_of(server, security, user="user")) as directory:
        assert who(directory, server) == "other"


@pytest.mark.parametrize("security", LINES)
def test_nobody(server, security):
    with connect(profile_of(server, security, user="")) as directory:
        assert directory.read(server.user_dn, ["cn"]) is not None
        with pytest.raises(DirectoryError) as error:
            directory.apply(Delete(server.user_dn))
        assert error.value.code in {8, 50}
        assert isinstance(error.value, NotAllowed)


@pytest.mark.parametrize("security", ["starttls", "ldaps"])
def test_a_client_certificate(server, security, certificates):
    tls = TlsSettings(
        ca_file=certificates.ca,
        client_certificate=certificates.client.certificate,
        client_key=certificates.client.key,
    )
    profile = profile_of(server, security, binding=External(), tls=tls, hosts="localhost")
    with connect(profile) as directory:
        own = server.user_dn.replace("uid=alice", "uid=ext")
        step = Modification.replace("mail", "ext@example.com")  # allowed to oneself only
        directory.apply(Modify(own, (step,)))
        with pytest.raises(NotAllowed):
            directory.apply(Modify(server.user_dn, (step,)))


def test_a_client_certificate_of_nobody_is_refused(ds389, certificates):
    tls = TlsSettings(
        ca_file=certificates.ca,
        client_certificate=certificates.client.certificate,
        client_key=certificates.client.key,
    )
    own = ds389.user_dn.replace("uid=alice", "uid=ext")
    with connect(profile_of(ds389)) as directory:
        # The server looks for (cn=ext).
        directory.apply(Modify(own, (Modification.delete("cn", "ext"),)))
        try:
            with pytest.raises(BindRefused, match="client certificate stands for"):
                connect(profile_of(ds389, "ldaps", binding=External(), tls=tls))
        finally:
            directory.apply(Modify(own, (Modification.add("cn", "ext"),)))


def test_a_certificate_that_is_not_for_clients_is_refused(ds389, certificates):
    tls = TlsSettings(
        ca_file=certificates.ca,
        client_certificate=certificates.server.certificate,
        client_key=certificates.server.key,
    )
    with pytest.raises(TlsFailed, match="client certificate"):
        connect(profile_of(ds389, "ldaps", binding=External(), tls=tls))


@pytest.mark.parametrize("password", ["wrong", "Alicepw", " "])
def test_a_wrong_password(server, password):
    with pytest.raises(BindRefused, match="wrong") as error:
        connect(profile_of(server, "starttls", user=server.user_dn, password=password))
    assert error.value.code == 49
    assert error.value.dn == server.user_dn


def test_an_account_that_is_not_there(server):
    with pytest.raises(BindRefused) as error:
        connect(profile_of(server, user=f"cn=nobody,{server.suffix}", password="x"))
    # 389 Directory Server tells that there is no such entry, OpenLDAP does not.
    assert error.value.code in {32, 49}


def test_a_locked_account(slapd):
    with pytest.raises(BindRefused, match="locked") as error:
        connect(profile_of(slapd, user=slapd.extra["locked_dn"], password=slapd.user_password))
    assert "unlock" in error.value.next_step


def test_a_disabled_account(ds389):
    with pytest.raises(BindRefused, match="The account is disabled") as error:
        connect(profile_of(ds389, user=ds389.extra["locked_dn"], password=ds389.user_password))
    assert "nsAccountLock" in error.value.next_step


def test_an_empty_password_is_not_even_sent():
    with HostileServer(silence()) as listening:
        profile = profile_of_hostile(listening, binding=SimpleBind("cn=admin", ""))
        with pytest.raises(BindRefused, match="empty"):
            connect(profile)
        assert listening.received == b""


def profile_of_hostile(listening, **settings):
    from ldapconnector.profile import ConnectionProfile, RetryPolicy

    return ConnectionProfile.from_url(
        listening.url,
        retry=RetryPolicy(attempts=1),
        allow_cleartext_credentials=True,
        **settings,
    )


def test_a_secret_is_asked_for_when_it_is_needed(server, monkeypatch):
    binding = SimpleBind(server.admin_dn, Secret.env("LDAP_TEST_PASSWORD"))
    profile = profile_of(server, binding=binding)
    with pytest.raises(UsageError, match="LDAP_TEST_PASSWORD"):
        connect(profile)
    monkeypatch.setenv("LDAP_TEST_PASSWORD", server.admin_password)
    with connect(profile) as directory:
        assert who(directory, server) == "admin"


def test_a_password_that_must_be_changed_is_told(clean_slapd):
    server = clean_slapd
    dn = f"uid=novice,{server.people}"
    policy = f"cn=default,ou=policies,{server.suffix}"
    with connect(profile_of(server)) as directory:
        directory.apply(Add(person(server, "novice", userPassword="welcome")))
        directory.apply(Modify(dn, (Modification.replace("pwdReset", "TRUE"),)))
        directory.apply(Modify(policy, (Modification.replace("pwdMustChange", "TRUE"),)))
        try:
            with connect(profile_of(server, user=dn, password="welcome")) as novice:
                assert "must be changed" in novice.bind_warning
                with pytest.raises(NotAllowed):
                    list(novice.search(server.suffix))
        finally:
            directory.apply(Modify(policy, (Modification.replace("pwdMustChange"),)))


def test_nothing_of_the_password_stays_behind(server):
    with connect(profile_of(server)) as directory:
        connection = directory._connection._bound.connection
        assert server.admin_password not in repr(vars(connection))
        assert server.admin_password not in repr(directory)


# ---------------------------------------------------------------- reading


def test_the_root_dse_and_the_schema(server):
    with connect(profile_of(server)) as directory:
        assert server.suffix in directory.root_dse.text("namingContexts")
        must = directory.schema.must(["inetOrgPerson", "posixAccount", "shadowAccount"])
        assert {"cn", "sn", "uid", "uidNumber", "gidNumber", "homeDirectory"} <= must
        assert directory.root_dse is directory.root_dse
        assert directory.schema is directory.schema


def test_389_tells_its_vendor_only_when_asked_by_name(ds389):
    with connect(profile_of(ds389)) as directory:
        assert directory.root_dse.first("vendorName") == "389 Project"
        assert directory.root_dse.first("changelog") == "cn=changelog"


def test_read_gives_one_entry_or_none(server):
    with connect(profile_of(server)) as directory:
        entry = directory.read(server.user_dn, ["mail"])
        assert entry is not None
        assert entry.dn == DN.parse(server.user_dn)
        assert dict(entry) == {"mail": (b"alice@example.com",)}
        assert directory.read(f"cn=nobody,{server.suffix}") is None
        with pytest.raises(NamingViolation):
            directory.read("no dn at all")


def test_search_by_scope_filter_and_attributes(server):
    with connect(profile_of(server)) as directory:
        found = list(
            directory.search(
                server.suffix, Filter.equal("uid", "alice"), attributes=["cn", "entryDN"]
            )
        )
        assert [entry.dn for entry in found] == [DN.parse(server.user_dn)]
        below = directory.search(server.suffix, scope=Scope.ONE_LEVEL, attributes=["1.1"])
        assert DN.parse(server.people) in {entry.dn for entry in below}
        with pytest.raises(EntryNotFound):
            list(directory.search(f"ou=nowhere,{server.suffix}"))


def test_a_truncated_result_is_never_silent(clean):
    server = clean
    with connect(profile_of(server)) as directory:
        outcomes = directory.apply_all(Add(person(server, f"u{n}")) for n in range(20))
        assert all(outcome.ok for outcome in outcomes)
        seen = []
        with pytest.raises(LimitExceeded, match="part"):
            seen.extend(directory.search(server.people, size_limit=5))
        assert len(seen) == 5
        people = Filter.equal("objectClass", "inetOrgPerson")
        assert len(list(directory.search(server.people, people, page_size=3))) == 20


def test_a_limit_of_the_server_is_named_with_its_settings(clean_slapd):
    server = clean_slapd
    with connect(profile_of(server)) as directory:
        assert all(
            outcome.ok
            for outcome in directory.apply_all(Add(person(server, f"u{n}")) for n in range(510))
        )
    with connect(profile_of(server, user="user")) as directory:
        seen = []
        with pytest.raises(LimitExceeded, match="prtotal"):
            seen.extend(directory.search(server.people, attributes=["1.1"], page_size=100))
        assert len(seen) == 500


def test_a_referral_is_told_and_never_followed(start_slapd):
    server = start_slapd()
    with HostileServer(silence()) as elsewhere, connect(profile_of(server)) as directory:
        address = f"{elsewhere.url}/ou=away,{server.people}"
        directory.apply(
            Add(
                Entry(
                    f"ou=away,{server.people}",
                    {"objectClass": ["referral", "extensibleObject"], "ref": address},
                )
            )
        )
        directory.apply(Add(person(server, "here")))
        seen = []
        with pytest.raises(ReferralReturned) as error:
            seen.extend(directory.search(server.people, attributes=["1.1"]))
        assert [str(entry.dn) for entry in seen[1:]] == [f"uid=here,{server.people}"]
        assert error.value.referrals[0].startswith(elsewhere.url)
        with pytest.raises(ReferralReturned):
            directory.apply(Delete(f"cn=x,ou=away,{server.people}"))
        with pytest.raises(ReferralReturned):
            directory.read(f"cn=x,ou=away,{server.people}")
        assert elsewhere.connections == 0


# ---------------------------------------------------------------- writing


def test_every_kind_of_change(clean):
    server = clean
    with connect(profile_of(server)) as directory:
        dn = f"uid=jane,{server.people}"
        directory.apply(Add(person(server, "jane", mail=["jane@example.com"])))
        directory.apply(Modify(dn, (Modification.add("title", "Engineer"),)))
        directory.apply(Rename(dn=dn, new_rdn=RDN.of(("uid", "jane.doe"))))
        entry = directory.read(f"uid=jane.doe,{server.people}", ["title", "uid"])
        assert entry is not None
        assert (entry.first("title"), entry.first("uid")) == ("Engineer", "jane.doe")
        directory.apply(Delete(f"uid=jane.doe,{server.people}"))
        assert directory.read(f"uid=jane.doe,{server.people}") is None


@pytest.mark.parametrize(
    ("change", "kind", "told"),
    [
        (lambda s: Add(person(s, "x", objectClass="nonsense")), SchemaViolation, "object class"),
        (lambda s: Add(person(s, "x", sn=())), SchemaViolation, "demands the attribute sn"),
        (lambda s: Add(person(s, "x", nonsense="1")), SchemaViolation, "nonsense"),
        (lambda s: Add(person(s, "x", uidNumber="1")), SchemaViolation, "uidNumber"),
        (
            lambda s: Modify(s.user_dn, (Modification.replace("uidNumber", "many"),)),
            InvalidValue,
            "form",
        ),
        (
            lambda s: Modify(s.user_dn, (Modification.add("uidNumber", "7"),)),
            InvalidValue,
            "one value",
        ),
        (
            lambda s: Modify(s.user_dn, (Modification.delete("sn"),)),
            SchemaViolation,
            "demands the attribute sn",
        ),
        (
            lambda s: Modify(s.user_dn, (Modification.delete("mail", "b@example.com"),)),
            InvalidValue,
            "should be removed",
        ),
        (
            lambda s: Modify(s.user_dn, (Modification.add("mail", "ALICE@example.com"),)),
            EntryExists,
            "already",
        ),
        (
            lambda s: Modify(s.user_dn, (Modification.replace("uid", "bob"),)),
            NamingViolation,
            "(?i)rename",
        ),
        (
            lambda s: Add(Entry(s.people, {"objectClass": "organizationalUnit", "ou": "people"})),
            EntryExists,
            "of this name",
        ),
        (lambda s: Delete(s.suffix), NotLeaf, "below it"),
        (lambda s: Delete(f"uid=nobody,{s.people}"), EntryNotFound, "no such entry"),
        (
            lambda s: Add(Entry(f"uid=x,ou=no,{s.people}", person(s, "x"))),
            EntryNotFound,
            "entry above.*'ou=people,dc=example,dc=com'",
        ),
    ],
)
def test_what_is_refused_is_typed_and_explained(clean, change, kind, told):
    with connect(profile_of(clean)) as directory:
        with pytest.raises(kind, match=told) as error:
            directory.apply(change(clean))
        assert error.value.code
        assert error.value.explanation
        assert error.value.operation in {"add", "modify", "delete"}
        assert "\n" not in str(error.value)


def test_a_name_outside_of_every_naming_context(slapd):
    outside = pytest.raises(NamingViolation, match="no database for this name")
    with connect(profile_of(slapd)) as directory, outside:
        directory.apply(Add(Entry("uid=x,dc=elsewhere", person(slapd, "x"))))


def test_a_change_with_a_condition(clean_slapd):
    server = clean_slapd
    with connect(profile_of(server)) as directory:
        directory.apply(Add(person(server, "jane", title="Clerk")))
        change = Modify(f"uid=jane,{server.people}", (Modification.replace("title", "Chief"),))
        with pytest.raises(DirectoryError, match="no longer meets") as error:
            directory.apply(change, assertion=Filter.equal("title", "Boss"))
        assert error.value.code == 122
        directory.apply(change, assertion=Filter.equal("title", "Clerk"))


def test_a_condition_that_a_server_cannot_check_is_refused(clean_ds389):
    server = clean_ds389
    with connect(profile_of(server)) as directory:
        with pytest.raises(NotAllowed, match="control"):
            directory.apply(Delete(server.user_dn), assertion=Filter.present("cn"))
        assert directory.read(server.user_dn) is not None


def test_each_of_many_changes_has_its_condition(clean_slapd):
    server = clean_slapd
    names = [f"uid=u{number},{server.people}" for number in range(40)]
    conditions = {
        Modify(name, (Modification.replace("title", "Clerk"),)): Filter.equal(
            "uid", "u0" if number % 2 else f"u{number}"
        )
        for number, name in enumerate(names)
    }
    with connect(profile_of(server)) as directory:
        added = directory.apply_all(Add(person(server, f"u{number}")) for number in range(40))
        assert all(one.ok for one in added)
        outcomes = directory.apply_all(conditions, assertion_for=conditions.get)
        refused = {str(one.change.dn): one.error for one in outcomes if not one.ok}
    assert set(refused) == set(names[1::2])
    assert {error.code for error in refused.values()} == {122}


def test_many_changes_go_on_after_one_that_fails(clean):
    server = clean
    good = [Add(person(server, f"u{n}")) for n in range(6)]
    bad = Add(person(server, "broken", sn=()))
    with connect(profile_of(server)) as directory:
        outcomes = {
            str(outcome.change.dn): outcome.error
            for outcome in directory.apply_all([*good[:3], bad, *good[3:]])
        }
    assert isinstance(outcomes.pop(f"uid=broken,{server.people}"), SchemaViolation)
    assert set(outcomes.values()) == {None}
    assert len(outcomes) == 6


@pytest.mark.parametrize("security", LINES)
def test_a_password_is_set_and_changed(clean, security):
    server = clean
    dn = f"uid=jane,{server.people}"
    with connect(profile_of(server, security)) as directory:
        directory.apply(Add(person(server, "jane")))
        directory.set_password(dn, Secret.of("first password"))
    if security == "plain" and server.product.startswith("389"):
        return  # changing one's own is refused there on an unsecured line
    with connect(profile_of(server, security, user=dn, password="first password")) as directory:
        directory.set_password(dn, Secret.of("second password"), old=Secret.of("first password"))
    connect(profile_of(server, security, user=dn, password="second password")).close()


def test_a_password_that_the_policy_refuses_is_explained(clean_slapd):
    server = clean_slapd
    dn = f"uid=jane,{server.people}"
    with connect(profile_of(server)) as directory:
        directory.apply(Add(person(server, "jane", userPassword="long enough")))
    with connect(profile_of(server, user=dn, password="long enough")) as directory:
        with pytest.raises(InvalidValue, match=r"shorter|simple") as error:
            directory.set_password(dn, Secret.of("abc"))
        assert "abc" not in str(error.value)
        with pytest.raises(InvalidValue, match="used before"):
            directory.set_password(dn, Secret.of("long enough"))


def test_another_password_attribute_is_written_as_it_is(clean_slapd):
    server = clean_slapd
    with connect(profile_of(server, password_attribute="description")) as directory:
        directory.apply(Add(person(server, "jane")))
        directory.set_password(f"uid=jane,{server.people}", Secret.of("as it is"))
        entry = directory.read(f"uid=jane,{server.people}", ["description"])
        assert entry is not None
        assert entry.first("description") == "as it is"


def test_a_password_never_goes_over_a_plain_line_unasked(slapd):
    profile = profile_of(slapd, "plain", user="", allow_cleartext_credentials=False)
    with connect(profile) as directory, pytest.raises(ConfigurationError, match="unsecured"):
        directory.set_password(slapd.user_dn, Secret.of("hunter2"))


# ---------------------------------------------------------------- life


def test_closing_twice_does_nothing_and_a_closed_directory_says_so(server):
    directory = connect(profile_of(server))
    assert isinstance(directory, LdapDirectory)
    directory.close()
    directory.close()
    with pytest.raises(UsageError, match="closed"):
        directory.read(server.suffix)


def test_a_forgotten_directory_leaves_no_socket_behind(server):
    import gc

    connect(profile_of(server))
    gc.collect()  # a ResourceWarning would be an error
