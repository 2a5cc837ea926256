"""The pipelined engine against a scripted server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from ldapconnector.directory import Control, EntryControls, Scope
from ldapconnector.directory import controls as _controls
from ldapconnector.directory._ber import (
    elements,
    enumerated,
    integer,
    octets,
    sequence,
    text,
    wrap,
)
from ldapconnector.directory._pipeline import Order
from ldapconnector.directory._requests import message
from ldapconnector.directory._responses import (
    WireDone,
    WireEntry,
    WireIntermediate,
    WireReference,
    WireResult,
    frames,
)
from ldapconnector.directory._wire import Wire
from ldapconnector.entries import Add, Delete, Entry, Modification, Modify, Rename
from ldapconnector.errors import ConnectionFailed, LimitExceeded, UnknownOutcome
from ldapconnector.names import RDN, Filter

EVERYTHING = Filter.present("objectClass")


class Request:
    """One message that the client sent."""

    def __init__(self, data: bytes, frame: tuple[int, int, int, int, int]) -> None:
        self.id, self.tag, start, stop, end = frame
        self.content = data[start:stop]
        self.rest = data[stop:end]

    @property
    def dn(self) -> str:
        if self.tag == 0x4A:
            return self.content.decode()
        first = elements(self.content, 0, len(self.content))[0]
        return self.content[first.start : first.stop].decode()


class Script:
    """A socket whose other end is a function from requests to the octets of answers."""

    def __init__(self, answer: Callable[[Request], bytes]) -> None:
        self.answer = answer
        self.sent: list[Request] = []
        self.waiting = b""
        self.timeouts: list[float | None] = []
        self.reads = 0

    def settimeout(self, seconds: float | None) -> None:
        self.timeouts.append(seconds)

    def setsockopt(self, *arguments: int) -> None: ...

    def sendall(self, data: bytes) -> None:
        for frame in frames(data, 1 << 30)[0]:
            request = Request(data, frame)
            self.sent.append(request)
            self.waiting += self.answer(request)

    def recv(self, size: int) -> bytes:
        self.reads += 1
        chunk, self.waiting = self.waiting[:size], self.waiting[size:]
        return chunk


def entry(number: int, dn: str, told: Iterable[Control] = (), **attributes: list[str]) -> bytes:
    listed = [
        sequence(text(name), wrap(0x31, b"".join(map(text, values))))
        for name, values in attributes.items()
    ]
    return message(number, wrap(0x64, text(dn) + sequence(*listed)), tuple(told))


def result(number: int, tag: int = 0x65, code: int = 0, told: Iterable[Control] = ()) -> bytes:
    return message(number, wrap(tag, enumerated(code) + text("") + text("why")), tuple(told))


def done(request: Request) -> bytes:
    """Answer any write with success."""
    return result(request.id, request.tag + 1 if request.tag != 0x4A else 0x6B)


def notice(name: str = "1.3.6.1.4.1.1466.20036") -> bytes:
    content = enumerated(52) + text("") + text("going down") + text(name, 0x8A)
    return message(0, wrap(0x78, content))


def search(wire: Wire, **options: object) -> list[object]:
    return list(wire.search("dc=x", Scope.SUBTREE, EVERYTHING, ["*"], **options))


def test_a_search_yields_everything_in_the_order_of_the_wire():
    state = Control(oid="1.2.3", value=b"s")

    def answer(request):
        return (
            entry(request.id, "cn=a", cn=["a"])
            + message(request.id, wrap(0x73, text("ldap://other/dc=x")))
            + entry(request.id, "cn=b", [state], cn=["b", "B"])
            + message(request.id, wrap(0x79, text("1.2.9", 0x80) + octets(b"v", 0x81)))
            + result(request.id, code=4)
        )

    wire = Wire(Script(answer))
    assert search(wire) == [
        WireEntry("cn=a", {"cn": (b"a",)}),
        WireReference(("ldap://other/dc=x",)),
        EntryControls(dn="cn=b", controls=(state,)),
        WireEntry("cn=b", {"cn": (b"b", b"B")}),
        WireIntermediate(oid="1.2.9", value=b"v"),
        WireDone(WireResult(code=4, diagnostic="why")),
    ]


def test_make_builds_the_entries():
    script = Script(lambda request: entry(request.id, "cn=a", cn=["a"]) + result(request.id))
    found = search(Wire(script), make=Entry.from_wire)
    assert found[0] == Entry("cn=a", {"cn": "a"})


def test_answers_are_sorted_by_their_ids():
    def answer(request):
        if request.tag == 0x63:
            return entry(request.id, "cn=a") + entry(request.id, "cn=b")
        return entry(1, "cn=c") + done(request) + result(1)

    wire = Wire(Script(answer), next_message_id=1)
    searching = wire.search("dc=x", Scope.SUBTREE, EVERYTHING, ["*"])
    names = [next(searching).dn]
    assert wire.apply(Delete("cn=z")).code == 0
    names += [item.dn for item in searching if isinstance(item, WireEntry)]
    assert names == ["cn=a", "cn=b", "cn=c"]


def paged(cookies: list[bytes], entries: list[list[str]]) -> Callable[[Request], bytes]:
    """Answer a paged search with these pages."""
    pages = iter(zip(cookies, entries, strict=True))

    def answer(request):
        if request.tag != 0x63:
            return b""
        cookie, names = next(pages)
        told = Control(oid=_controls.PAGED_RESULTS, value=sequence(integer(0), octets(cookie)))
        return b"".join(entry(request.id, name) for name in names) + result(request.id, told=[told])

    return answer


def page_through(wire: Wire) -> Iterator[object]:
    return wire.paged("dc=x", Scope.SUBTREE, EVERYTHING, ["*"], page_size=2)


def test_the_next_page_is_asked_for_before_this_one_is_decoded():
    script = Script(paged([b"1", b"2", b""], [["cn=a", "cn=b"], ["cn=c", "cn=d"], ["cn=e"]]))
    pages = page_through(Wire(script))
    assert next(pages).dn == "cn=a"
    assert len(script.sent) == 2
    rest = list(pages)
    assert [item.dn for item in rest[:-1]] == ["cn=b", "cn=c", "cn=d", "cn=e"]
    assert isinstance(rest[-1], WireDone)
    assert [request.tag for request in script.sent] == [0x63] * 3


def test_a_cookie_that_never_changes_is_fine_while_the_entries_do():
    script = Script(paged([b"x", b"x", b""], [["cn=a"], ["cn=b"], ["cn=c"]]))
    assert len(list(page_through(Wire(script)))) == 4


@pytest.mark.parametrize(
    ("cookies", "entries"),
    [
        ([b"x"] * 3, [["cn=a"], ["cn=a"], ["cn=a"]]),
        ([b"x"] * 3, [["cn=a"], [], []]),
        ([b"x", b"y", b"x", b"y"], [["cn=a"], ["cn=b"], ["cn=a"], ["cn=b"]]),
        ([b"%d" % number for number in range(2000)], [[] for _ in range(2000)]),
    ],
)
def test_a_server_that_goes_round_in_circles_is_noticed(cookies, entries):
    with pytest.raises(LimitExceeded, match="same page again") as caught:
        list(page_through(Wire(Script(paged(cookies, entries)))))
    assert caught.value.operation == "page"


def test_a_page_that_fails_ends_the_search_with_its_code():
    told = Control(oid=_controls.PAGED_RESULTS, value=sequence(integer(0), octets(b"more")))
    script = Script(
        lambda request: entry(request.id, "cn=a") + result(request.id, code=4, told=[told])
    )
    found = list(page_through(Wire(script)))
    assert [type(item) for item in found] == [WireEntry, WireDone]
    assert found[-1].result.code == 4


def test_an_iteration_that_stops_early_abandons_the_page_under_way():
    script = Script(paged([b"1", b"2"], [["cn=a", "cn=b"], ["cn=c"]]))
    wire = Wire(script)
    pages = page_through(wire)
    next(pages)
    pages.close()
    assert script.sent[-1].tag == 0x50
    assert int.from_bytes(script.sent[-1].content, "big") == script.sent[-2].id
    # What the server still says of it goes to nobody.
    script.answer = done
    assert wire.apply(Delete("cn=a")).code == 0
    assert wire._inbox == {}


def test_a_search_that_is_read_to_its_end_is_not_abandoned():
    script = Script(lambda request: result(request.id))
    search(Wire(script))
    assert [request.tag for request in script.sent] == [0x63]


def test_a_notice_of_disconnection_is_told_after_what_came_before_it():
    script = Script(lambda request: entry(request.id, "cn=a") + notice())
    searching = Wire(script).search("dc=x", Scope.SUBTREE, EVERYTHING, ["*"])
    assert next(searching).dn == "cn=a"
    with pytest.raises(ConnectionFailed, match=r"going down \(result code 52\)"):
        next(searching)


def test_other_unsolicited_notifications_change_nothing():
    script = Script(lambda request: notice("1.2.3") + result(request.id))
    assert len(search(Wire(script))) == 1


def test_a_lost_connection_stays_lost():
    wire = Wire(Script(lambda request: b""))
    with pytest.raises(ConnectionFailed, match="closed the connection"):
        search(wire)
    with pytest.raises(ConnectionFailed, match="closed the connection"):
        wire.apply(Delete("cn=a"))


def test_a_message_of_megabytes_in_small_pieces_is_read_in_linear_time():
    value = "x" * 4_000_000

    class Slow(Script):
        def recv(self, size: int) -> bytes:
            return super().recv(min(size, 16_384))

    script = Slow(lambda request: entry(request.id, "cn=a", cn=[value]) + result(request.id))
    joined = 0
    wire = Wire(script)
    receive = wire._receive

    def counting() -> None:
        nonlocal joined
        receive()
        joined += len(wire._parts) == 1

    wire._receive = counting
    found = search(wire)
    assert found[0].attributes["cn"] == (value.encode(),)
    assert joined <= 2


# ---------------------------------------------------------------- writes


class Backwards(Script):
    """Answers searches only when it is read, the latest first."""

    def __init__(self, answer: Callable[[Request], bytes]) -> None:
        super().__init__(self.keep)
        self.held: list[Request] = []
        self.most = 0
        self.give = answer

    def keep(self, request: Request) -> bytes:
        if request.tag == 0x63:
            self.held.append(request)
        return b""

    def recv(self, size: int) -> bytes:
        self.most = max(self.most, len(self.held))
        if not self.waiting and self.held:
            self.waiting = self.give(self.held.pop())
        return super().recv(size)


def found_at(request: Request) -> bytes:
    if request.dn == "cn=absent":
        return result(request.id, code=32)
    return entry(request.id, request.dn, cn=[request.dn]) + result(request.id)


def read_all(wire: Wire, names: list[str]) -> Iterator[list[object]]:
    return wire.read_all(names, EVERYTHING, ["cn"])


def test_entries_are_read_together_and_come_in_the_order_of_their_names():
    script = Backwards(found_at)
    names = ["cn=a", "cn=absent", "cn=b", "cn=c", "cn=d", "cn=e", "cn=f"]
    found = list(read_all(Wire(script, window=3), names))
    assert script.most == 3
    assert [len(part) for part in found] == [2, 1, 2, 2, 2, 2, 2]
    assert found[1] == [WireDone(WireResult(code=32, diagnostic="why"))]
    assert [part[0].dn for part in found if len(part) == 2] == [
        one for one in names if one != "cn=absent"
    ]
    assert not any(request.tag == 0x50 for request in script.sent)


def test_a_line_that_breaks_while_entries_are_read_together_is_lost():
    wire = Wire(Script(lambda request: b"" if request.dn == "cn=b" else found_at(request)))
    found = read_all(wire, ["cn=a", "cn=b", "cn=c"])
    assert next(found)[0] == WireEntry("cn=a", {"cn": (b"cn=a",)})
    with pytest.raises(ConnectionFailed, match="closed the connection"):
        next(found)
    assert not wire.stands()


def test_reading_together_that_stops_early_abandons_what_is_under_way():
    script = Backwards(found_at)
    wire = Wire(script, window=3)
    found = read_all(wire, ["cn=a", "cn=b", "cn=c", "cn=d"])
    next(found)
    found.close()
    assert [request.tag for request in script.sent].count(0x50) == 2
    (again,) = read_all(wire, ["cn=e"])
    assert again[0] == WireEntry("cn=e", {"cn": (b"cn=e",)})


def test_apply_answers_with_the_result():
    wire = Wire(Script(lambda request: result(request.id, 0x69, 68)))
    answer = wire.apply(Add(Entry("cn=a", {"cn": "a"})))
    assert (answer.code, answer.diagnostic) == (68, "why")


def test_a_write_whose_answer_is_lost_has_an_unknown_outcome():
    wire = Wire(Script(lambda request: b""))
    with pytest.raises(UnknownOutcome, match="answer was lost") as caught:
        wire.apply(Delete("cn=a"))
    assert (caught.value.operation, caught.value.dn) == ("delete", "cn=a")


def test_a_write_that_cannot_be_sent_any_more_is_no_unknown_outcome():
    wire = Wire(Script(lambda request: b""))
    wire._lost = "gone"
    with pytest.raises(ConnectionFailed, match="gone"):
        wire.apply(Delete("cn=a"))


class Holding(Script):
    """Answers writes only when it is read, the latest first, and knows the most under way."""

    def __init__(self) -> None:
        super().__init__(self.keep)
        self.held: list[Request] = []
        self.most = 0
        self.together: list[set[str]] = []

    def keep(self, request: Request) -> bytes:
        self.held.append(request)
        self.most = max(self.most, len(self.held))
        return b""

    def recv(self, size: int) -> bytes:
        self.together.append({request.dn for request in self.held})
        self.waiting += done(self.held.pop()) if self.held else b""
        return super().recv(size)


def test_no_more_than_the_window_is_under_way():
    script = Holding()
    changes = [Delete(f"cn={number},dc=x") for number in range(50)]
    outcomes = list(Wire(script, window=8).apply_all(changes))
    assert {change for change, answer in outcomes if answer.code == 0} == set(changes)
    assert script.most == 8


def test_dependent_names_are_never_under_way_together():
    def step(dn: str) -> Modify:
        return Modify(dn, (Modification.replace("cn", "x"),))

    changes = [
        Add(Entry("ou=a,dc=x", {"ou": "a"})),
        Add(Entry("cn=1,ou=a,dc=x", {"cn": "1"})),
        step("CN=1, OU=A,dc=x"),
        Rename(dn="cn=1,ou=a,dc=x", new_rdn=RDN.of(("cn", "2"))),
        step("cn=2,ou=a,dc=x"),
        Add(Entry("ou=b,dc=x", {"ou": "b"})),
        Delete("cn=2,ou=a,dc=x"),
        Delete("ou=a,dc=x"),
    ]
    script = Holding()
    outcomes = list(Wire(script).apply_all(changes))
    order = [changes.index(change) for change, _ in outcomes]
    assert sorted(order) == list(range(8))
    chain = [number for number in order if number != 5]
    assert chain == sorted(chain)
    assert all(len(names) <= 2 for names in script.together)
    assert {"ou=a,dc=x", "ou=b,dc=x"} in script.together


def test_a_change_that_fails_does_not_stop_the_others():
    wire = Wire(Script(lambda request: result(request.id, 0x6B, 32 if "2" in request.dn else 0)))
    outcomes = dict(wire.apply_all([Delete(f"cn={number}") for number in range(4)]))
    assert [answer.code for answer in outcomes.values()] == [0, 0, 32, 0]


def test_each_change_gets_its_own_controls():
    wire = Wire(script := Script(done))
    told = _controls.assertion(Filter.equal("cn", "a"))
    changes = [Delete("cn=a"), Delete("cn=b")]
    list(
        wire.apply_all(changes, controls_for=lambda change: [told] if "a" in str(change.dn) else [])
    )
    assert told.value in script.sent[0].rest
    assert script.sent[1].rest == b""


def test_a_lost_connection_gives_each_change_its_outcome():
    script = Holding()
    answered = 0

    def recv(size: int) -> bytes:
        nonlocal answered
        answered += 1
        return b"" if answered > 3 else Holding.recv(script, size)

    script.recv = recv
    changes = [Delete(f"cn={number}") for number in range(20)]
    outcomes = list(Wire(script, window=4).apply_all(iter(changes)))
    assert len(outcomes) == 20
    kinds = [type(answer) for _, answer in outcomes]
    assert kinds == [WireResult] * 3 + [UnknownOutcome] * 4 + [ConnectionFailed] * 13
    sent = {request.dn for request in script.sent}
    assert {str(change.dn) for change, answer in outcomes if type(answer) is ConnectionFailed} == {
        str(change.dn) for change in changes
    } - sent


def test_an_error_of_the_source_is_raised_after_the_answers():
    def changes() -> Iterator[Delete]:
        yield Delete("cn=a")
        raise ZeroDivisionError

    outcomes = Wire(Script(done)).apply_all(changes())
    assert next(outcomes)[1].code == 0
    with pytest.raises(ZeroDivisionError):
        next(outcomes)


def test_changes_are_read_no_further_ahead_than_four_windows():
    read = 0

    def changes() -> Iterator[Delete]:
        nonlocal read
        for number in range(1000):
            read += 1
            yield Delete(f"cn={number},ou=same" if number else "ou=same")

    outcomes = Wire(Script(done), window=2).apply_all(changes())
    next(outcomes)
    assert read <= 8


def test_the_order_of_unrelated_changes_is_kept():
    order = Order()
    for number in range(5):
        order.add(Delete(f"cn={number}"))
    assert [str(order.take().change.dn) for _ in range(5)] == [f"cn={n}" for n in range(5)]
    assert len(order) == 5


def test_ids_come_from_the_function_that_is_given():
    ids = iter([70, 90])
    script = Script(lambda request: result(request.id))
    wire = Wire(script, next_message_id=ids.__next__, read_timeout=5)
    search(wire)
    search(wire)
    assert [request.id for request in script.sent] == [70, 90]
    assert script.timeouts == [5]
