"""What happens when the line breaks: failover, fail-back, repeats, and unknown outcomes."""

from __future__ import annotations

import socket

import pytest

from _launchers.hostile import (
    BIND,
    EXTENDED,
    SEARCH,
    HostileServer,
    broken_length,
    close_mid_search,
    deep_nesting,
    disconnect_with_notice,
    entry,
    garbage,
    huge_length,
    message,
    refer,
    result,
    silence,
    wrong_message_id,
)
from _launchers.proxy import Proxy
from _profiles import profile_of
from ldapconnector.directory import connect
from ldapconnector.directory._wire import WINDOW
from ldapconnector.entries import Add, Delete, Entry, Modification, Modify
from ldapconnector.errors import (
    BindRefused,
    ConnectionFailed,
    DirectoryError,
    ReferralReturned,
    ServerBusy,
    TlsFailed,
    UnknownOutcome,
)
from ldapconnector.names import DN, Filter
from ldapconnector.profile import ConnectionProfile, RetryPolicy, SimpleBind, Timeouts
from ldapconnector.secret import Secret

ADD, MODIFY = 0x68, 0x66
SEARCH_DONE, ADD_ANSWER = 0x65, 0x69


class Waits:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now = 0.0
        self.waited = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.waited.append(seconds)
        self.now += seconds

    @property
    def arguments(self):
        return {"clock": self.clock, "sleep": self.sleep, "chance": lambda: 0.0}


@pytest.fixture
def waits():
    return Waits()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def to(*servers, **settings):
    """Return a profile for hostile servers or proxies."""
    settings.setdefault("timeouts", Timeouts(connect=2, read=2))
    settings.setdefault("retry", RetryPolicy(attempts=1))
    return ConnectionProfile(
        hosts=[f"127.0.0.1:{getattr(server, 'port', server)}" for server in servers],
        security="plain",
        allow_cleartext_credentials=True,
        **settings,
    )


def admin(server):
    return SimpleBind(server.admin_dn, server.admin_password)


# ---------------------------------------------------------------- failover


def test_the_first_host_that_answers_is_used(slapd, waits):
    profile = to(free_port(), slapd, free_port(), binding=admin(slapd))
    with connect(profile, **waits.arguments) as directory:
        assert directory.address.port == slapd.port
        assert directory.read(slapd.suffix) is not None
    assert waits.waited == []


def test_when_no_host_answers_all_are_tried_again_with_growing_waits(waits):
    first, second = free_port(), free_port()
    profile = to(first, second, retry=RetryPolicy(attempts=4, first_delay=1, factor=3))
    with pytest.raises(ConnectionFailed, match="none of the hosts") as error:
        connect(profile, **waits.arguments)
    assert waits.waited == [1, 3, 9]
    assert f":{first}" in str(error.value)
    assert f":{second}" in str(error.value)
    assert "nobody listens" in str(error.value)


def test_a_name_that_does_not_resolve_is_named():
    profile = ConnectionProfile(hosts="no-such-host.invalid", retry=RetryPolicy(attempts=1))
    with pytest.raises(ConnectionFailed, match=r"no-such-host\.invalid"):
        connect(profile)


def test_a_wrong_password_is_tried_once_and_nowhere_else(slapd, waits):
    with Proxy(slapd.host, slapd.port) as first, Proxy(slapd.host, slapd.port) as second:
        profile = to(
            first,
            second,
            binding=SimpleBind(slapd.user_dn, "wrong"),
            retry=RetryPolicy(attempts=5),
        )
        with pytest.raises(BindRefused):
            connect(profile, **waits.arguments)
        assert (first.connections, second.connections) == (1, 0)
    assert waits.waited == []


def test_a_server_that_is_shutting_down_is_passed_over(slapd):
    def unavailable(conversation):
        for request in conversation.requests():
            conversation.send(message(request.message_id, result(0x61, 52, "shutting down")))

    with HostileServer(unavailable) as leaving:
        directory = connect(to(leaving, slapd, binding=admin(slapd)))
        assert directory.address.port == slapd.port
        directory.close()


def test_the_session_goes_on_with_another_host_and_comes_back(slapd, waits):
    with Proxy(slapd.host, slapd.port) as first, Proxy(slapd.host, slapd.port) as second:
        profile = to(first, second, binding=admin(slapd), retry=RetryPolicy(fail_back_after=60))
        with connect(profile, **waits.arguments) as directory:

            def used():
                assert directory.read(slapd.suffix) is not None
                return directory.address.port

            assert used() == first.port
            first.refuse()
            assert used() == second.port
            first.mend()
            assert used() == second.port  # not yet
            waits.now = 61
            assert used() == first.port
            first.refuse()
            assert used() == second.port
            waits.now = 122
            assert used() == second.port  # the first one is still away
            first.mend()
            waits.now = 183
            assert used() == first.port


def test_a_search_that_is_under_way_keeps_its_connection(slapd, waits):
    with Proxy(slapd.host, slapd.port) as first, Proxy(slapd.host, slapd.port) as second:
        first.refuse()
        profile = to(first, second, binding=admin(slapd))
        with connect(profile, **waits.arguments) as directory:
            search = directory.search(slapd.suffix, attributes=["1.1"], page_size=2)
            next(search)
            first.mend()
            waits.now = 1000
            assert directory.read(slapd.suffix) is not None
            assert directory.address.port == second.port
            assert list(search)
            assert directory.read(slapd.suffix) is not None
            assert directory.address.port == first.port


def test_a_host_whose_certificate_is_bad_is_passed_over_and_named(slapd, start_slapd, waits):
    expired = start_slapd(certificate="expired", empty=True)
    profile = profile_of(
        slapd, hosts=[f"127.0.0.1:{expired.tls_port}", f"127.0.0.1:{slapd.tls_port}"]
    )
    with connect(profile, **waits.arguments) as directory:
        assert directory.address.port == slapd.tls_port
    alone = profile_of(
        slapd,
        hosts=[f"127.0.0.1:{expired.tls_port}", f"127.0.0.1:{free_port()}"],
        retry=RetryPolicy(attempts=3),
    )
    # Waiting mends no certificate.
    with pytest.raises(TlsFailed, match="has expired"):
        connect(alone, **waits.arguments)
    assert waits.waited == []


# ---------------------------------------------------------------- reading


def test_reading_survives_a_lost_connection(slapd):
    with Proxy(slapd.host, slapd.port) as proxy:
        with connect(to(proxy, binding=admin(slapd))) as directory:
            for _ in range(3):
                proxy.drop()
                assert directory.read(slapd.suffix) is not None
            proxy.drop()
            assert directory.root_dse
            proxy.drop()
            assert directory.schema.object_class("person") is not None
        assert proxy.connections == 6


def test_entries_that_are_read_together_come_in_the_order_of_their_names(slapd):
    names = [slapd.people, f"uid=nobody,{slapd.people}", slapd.suffix, slapd.people.upper(), ""]
    with connect(to(slapd, binding=admin(slapd))) as directory:
        found = directory.read_all([DN.of(one) for one in names] * 40, ["entryUUID"])
        assert found == tuple(directory.read(one, ["entryUUID"]) for one in names) * 40
        assert [one is None for one in found[:5]] == [False, True, False, False, False]
        assert directory.read_all([]) == ()


def test_reading_together_survives_a_lost_connection(slapd):
    with Proxy(slapd.host, slapd.port) as proxy:
        with connect(to(proxy, binding=admin(slapd))) as directory:
            proxy.drop()
            assert all(directory.read_all([slapd.people, slapd.suffix]))
        assert proxy.connections == 2


def test_reading_together_breaks_in_the_middle_and_is_repeated_only_so_often(waits):
    lines = []

    def script(conversation):
        lines.append(conversation)
        for number, request in enumerate(conversation.serve()):
            if number == 2 and len(lines) < lasting:
                return
            found = entry("uid=a,dc=x", uid=["a"])
            done = message(request.message_id, result(SEARCH_DONE))
            conversation.send(message(request.message_id, found) + done)

    names = ["uid=a,dc=x"] * 5
    lasting = 3
    with HostileServer(script) as server:
        profile = to(server, retry=RetryPolicy(attempts=3, first_delay=1))
        with connect(profile, **waits.arguments) as directory:
            assert [str(one.dn) for one in directory.read_all(names)] == names
            assert waits.waited == [1, 2]
    lines.clear()
    lasting = 99
    with HostileServer(script) as server:
        profile = to(server, retry=RetryPolicy(attempts=3, first_delay=1))
        with connect(profile, **waits.arguments) as directory:
            with pytest.raises(ConnectionFailed) as error:
                directory.read_all(names)
            assert error.value.operation == "read"
        assert server.connections == 3


@pytest.mark.parametrize(
    ("code", "kind"), [(50, DirectoryError), (3, DirectoryError), (10, ReferralReturned)]
)
def test_one_refusal_among_entries_that_are_read_together_is_told(code, kind):
    def script(conversation):
        for number, request in enumerate(conversation.serve()):
            done = result(SEARCH_DONE, code if number == 1 else 0, "no")
            conversation.send(message(request.message_id, done))

    with HostileServer(script) as server, connect(to(server)) as directory:
        with pytest.raises(kind) as error:
            directory.read_all(["cn=a", "cn=b", "cn=c"])
        assert error.value.dn == "cn=b"
        assert directory.read_all(["cn=d"]) == (None,)


def test_a_server_that_dies_in_the_middle_of_a_search(start_slapd):
    server = start_slapd(size_limit=5000)
    with connect(profile_of(server, "plain")) as directory:
        people = (
            Add(
                Entry(
                    f"uid=u{n},{server.people}",
                    {"objectClass": "inetOrgPerson", "uid": f"u{n}", "cn": "x", "sn": "x" * 900},
                )
            )
            for n in range(3000)
        )
        assert all(outcome.ok for outcome in directory.apply_all(people))
        search = directory.search(server.people, page_size=500)
        seen = [next(search) for _ in range(700)]
        server.kill()
        with pytest.raises(ConnectionFailed, match="part of the result") as error:
            seen.extend(search)
        assert 700 <= len(seen) < 3000
        assert error.value.operation == "search"
        server.restart()
        assert directory.read(server.suffix) is not None


@pytest.mark.parametrize("cut", [False, True])
def test_entries_before_the_end_are_handed_out_and_the_rest_is_an_error(cut):
    with HostileServer(close_mid_search(3, in_the_middle_of_one=cut)) as server:
        with connect(to(server, retry=RetryPolicy(attempts=3, first_delay=0))) as directory:
            seen = []
            with pytest.raises(ConnectionFailed, match="part of the result"):
                seen.extend(directory.search("dc=example,dc=com"))
            assert len(seen) == (2 if cut else 3)
        # What was handed out cannot be taken back, so it was not repeated.
        assert server.connections == 1


def test_a_search_that_broke_before_its_first_entry_is_repeated(waits):
    attempts = []

    def script(conversation):
        attempts.append(conversation)
        for request in conversation.serve():
            if len(attempts) < 3:
                return
            found = entry("uid=a,dc=x", uid=["a"])
            done = message(request.message_id, result(SEARCH_DONE))
            conversation.send(message(request.message_id, found) + done)

    with HostileServer(script) as server:
        profile = to(server, retry=RetryPolicy(attempts=4, first_delay=1))
        with connect(profile, **waits.arguments) as directory:
            assert [str(found.dn) for found in directory.search("dc=x")] == ["uid=a,dc=x"]
    assert waits.waited == [1, 2]


def test_a_search_is_repeated_only_so_often(waits):
    def script(conversation):
        for _ in conversation.serve():
            return

    with HostileServer(script) as server:
        profile = to(server, retry=RetryPolicy(attempts=3, first_delay=1))
        with connect(profile, **waits.arguments) as directory, pytest.raises(ConnectionFailed):
            list(directory.search("dc=x"))
        assert server.connections == 3
    assert waits.waited == [1, 2]


def test_retries_of_connecting_are_not_multiplied_by_those_of_reading(slapd, waits):
    with Proxy(slapd.host, slapd.port) as proxy:
        profile = to(proxy, binding=admin(slapd), retry=RetryPolicy(attempts=3, first_delay=1))
        with connect(profile, **waits.arguments) as directory:
            proxy.refuse()
            with pytest.raises(ConnectionFailed):
                directory.read(slapd.suffix)
            with pytest.raises(ConnectionFailed):
                _ = directory.root_dse
    assert waits.waited == [1, 2, 1, 2]


def test_a_busy_server_is_asked_again(waits):
    answers = [51, 51, 0]

    def script(conversation):
        for request in conversation.serve():
            conversation.send(message(request.message_id, result(SEARCH_DONE, answers.pop(0))))

    with (
        HostileServer(script) as server,
        connect(to(server, retry=RetryPolicy(attempts=3)), **waits.arguments) as directory,
    ):
        assert list(directory.search("dc=x")) == []
    assert len(waits.waited) == 2


def test_a_server_that_stays_busy_is_told_as_such(waits):
    def script(conversation):
        for request in conversation.serve():
            conversation.send(message(request.message_id, result(SEARCH_DONE, 51, "later")))

    with (
        HostileServer(script) as server,
        connect(to(server, retry=RetryPolicy(attempts=2)), **waits.arguments) as directory,
        pytest.raises(ServerBusy, match="later"),
    ):
        list(directory.search("dc=x"))


@pytest.mark.parametrize(
    "script",
    [
        silence(),
        garbage(),
        refer("ldap://elsewhere.example.com", bind=True),
    ],
)
def test_a_bind_that_is_not_answered_properly(script):
    with HostileServer(script) as server:
        profile = to(server, binding=SimpleBind("cn=admin", "pw"), timeouts=Timeouts(connect=0.3))
        with pytest.raises((ConnectionFailed, ReferralReturned)) as error:
            connect(profile)
        assert error.value.operation == "bind"


@pytest.mark.parametrize(
    "script",
    [
        silence(after_bind=True),
        huge_length(),
        broken_length(),
        deep_nesting(),
        wrong_message_id(),
        disconnect_with_notice(),
    ],
)
def test_a_search_that_is_not_answered_properly(script):
    with (
        HostileServer(script) as server,
        connect(to(server, timeouts=Timeouts(connect=2, read=0.3))) as directory,
    ):
        with pytest.raises(ConnectionFailed) as error:
            list(directory.search("dc=x"))
        assert error.value.operation == "search"


def test_a_notice_of_disconnection_says_why():
    with (
        HostileServer(disconnect_with_notice(52, "maintenance")) as server,
        connect(to(server)) as directory,
        pytest.raises(ConnectionFailed, match="maintenance"),
    ):
        list(directory.search("dc=x"))


def test_a_referral_is_never_followed_with_credentials():
    with HostileServer(silence()) as elsewhere, HostileServer(refer(elsewhere.url)) as server:
        with connect(to(server, binding=SimpleBind("cn=admin", "hunter2"))) as directory:
            with pytest.raises(ReferralReturned) as error:
                list(directory.search("dc=x"))
            assert error.value.referrals == (elsewhere.url,)
            assert "partition" in error.value.next_step
        assert elsewhere.connections == 0


# ---------------------------------------------------------------- writing


def person(server, uid):
    values = {"objectClass": "inetOrgPerson", "uid": uid, "cn": uid, "sn": uid}
    return Entry(DN.build(("uid", uid), server.people), values)


def test_a_write_whose_answer_is_lost_is_an_unknown_outcome_and_not_repeated(start_slapd):
    server = start_slapd()
    timeouts = Timeouts(connect=5, read=0.5)
    with connect(profile_of(server, "plain", timeouts=timeouts)) as directory:
        server.pause()
        with pytest.raises(UnknownOutcome, match="before repeating") as error:
            directory.apply(Add(person(server, "jane")))
        assert error.value.dn == f"uid=jane,{server.people}"
        server.resume()
        # It happened after all: this is why it must be read before it is repeated.
        (found,) = directory.search(server.people, Filter.equal("uid", "jane"))
        assert found.first("cn") == "jane"


def test_a_write_is_sent_once():
    def script(conversation):
        for request in conversation.serve():
            if request.operation != SEARCH:
                return
            told = entry("", supportedExtension=["1.3.6.1.4.1.4203.1.11.1"])
            done = message(request.message_id, result(SEARCH_DONE))
            conversation.send(message(request.message_id, told) + done)

    with HostileServer(script) as server:
        profile = to(server, retry=RetryPolicy(attempts=5, first_delay=0))
        with connect(profile) as directory:
            with pytest.raises(UnknownOutcome):
                directory.apply(Modify("cn=a", (Modification.replace("sn", "b"),)))
            with pytest.raises(UnknownOutcome, match="set it twice"):
                directory.set_password("cn=a", Secret.of("x"))
        sent = [request.operation for request in server.requests]
    assert (sent.count(MODIFY), sent.count(EXTENDED)) == (1, 1)


def test_a_connection_that_the_server_ended_is_noticed_before_a_write(slapd):
    """An idle connection is closed by many servers; a write on it would be lost for nothing."""
    with Proxy(slapd.host, slapd.port) as proxy:
        with connect(to(proxy, binding=admin(slapd))) as directory:
            proxy.drop()
            with pytest.raises(DirectoryError) as error:
                directory.apply(Delete(f"uid=nobody,{slapd.people}"))
            assert error.value.code == 32
        assert proxy.connections == 2


def test_the_outcome_of_many_writes_is_told_for_each(slapd):
    def script(conversation):
        answered = 0
        for request in conversation.serve():
            if request.operation == ADD:
                answered += 1
                if answered == 3:
                    return
                conversation.send(message(request.message_id, result(ADD_ANSWER)))

    # More than are under way at once, so that some are never sent.
    changes = [Add(person(slapd, f"u{n}")) for n in range(300)]
    with HostileServer(script) as server, connect(to(server)) as directory:
        outcomes = list(directory.apply_all(changes))
    kinds = [type(outcome.error) for outcome in outcomes]
    assert {str(outcome.change.dn) for outcome in outcomes} == {str(c.dn) for c in changes}
    assert kinds.count(type(None)) == 2
    assert set(kinds) == {type(None), UnknownOutcome, ConnectionFailed}
    # Those not sent are told apart from those whose answer is lost.
    assert 1 <= kinds.count(UnknownOutcome) <= WINDOW


def test_a_server_that_takes_nothing_more_is_given_up(slapd):
    """The write timeout: the server's window is full and it reads no more."""

    def script(conversation):
        for request in conversation.requests():
            if request.operation == BIND:
                conversation.send(message(request.message_id, result(0x61)))
                break
        import threading

        threading.Event().wait(5)

    values = {"objectClass": "person", "cn": "a", "sn": "x" * 30_000_000}
    with HostileServer(script) as server:
        profile = to(server, timeouts=Timeouts(connect=2, read=60, write=0.3))
        with connect(profile) as directory, pytest.raises(UnknownOutcome):
            directory.apply(Add(Entry("cn=a,dc=x", values)))
