"""Full imports from a scripted directory: what is partial, what is dropped, what comes twice."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ldapconnector.connector import (
    ContainerFinished,
    EntriesRead,
    ImportStream,
    Paging,
    Restarted,
    Selection,
    full_import,
    write_accounts_csv,
    write_accounts_json,
)
from ldapconnector.connector._delta import STRATEGIES
from ldapconnector.connector._delta._replay import LogRecord, Replay, Step
from ldapconnector.directory import Control, Finished, controls
from ldapconnector.directory._ber import enumerated, integer, sequence
from ldapconnector.entries import (
    AccessLogWatermark,
    ChangeLogWatermark,
    DeltaImport,
    Entry,
    EntryDeleted,
    EntryRenamed,
    EntryWritten,
    FullImport,
    PartialImport,
    PartialReason,
    RoutedWatermark,
    SyncWatermark,
    TimestampWatermark,
    UsnWatermark,
    apply_delta,
    dump_watermark,
    load_watermark,
)
from ldapconnector.errors import (
    ConnectionFailed,
    DirectoryError,
    EntryNotFound,
    LimitExceeded,
    NotAllowed,
    ReferralReturned,
    ServerBusy,
    UsageError,
)
from ldapconnector.names import DN


def entry(number: int, **more: object) -> Entry:
    values = {"cn": f"e{number}", "entryUUID": str(number), **more}
    return Entry(f"cn=e{number},dc=x", values)


class Scripted:
    """A directory whose searches yield what they are told, and then raise it."""

    def __init__(self, *runs: list[Entry | DirectoryError], reads: dict[str, Entry] | None = None):
        self.runs = list(runs)
        self.reads = reads or {}
        self.asked: list[dict] = []

    def search(self, base, wanted=None, **options) -> Iterator[Entry]:
        self.asked.append({"base": base, **options})
        for item in self.runs.pop(0):
            if isinstance(item, DirectoryError):
                raise item
            yield item

    def read(self, dn, attributes=("*",)):
        return self.reads[attributes[0]]


def run(directory: Scripted, **more: object) -> FullImport | PartialImport:
    selection = Selection(**{"containers": ("dc=x",), "anchor": "entryUUID", **more})
    return full_import(ImportStream(directory, selection), selection)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LimitExceeded("x", code=4), PartialReason.SIZE_LIMIT),
        (LimitExceeded("x", code=3), PartialReason.TIME_LIMIT),
        (LimitExceeded("x", code=11), PartialReason.ADMINISTRATIVE_LIMIT),
        (LimitExceeded("x", operation="page"), PartialReason.PAGING_LOOP),
        (ConnectionFailed("x"), PartialReason.CONNECTION_LOST),
        (ReferralReturned("x"), PartialReason.REFERRAL),
        (NotAllowed("x"), PartialReason.CONTAINER_REFUSED),
        (EntryNotFound("x"), PartialReason.CONTAINER_REFUSED),
        (ServerBusy("x"), PartialReason.SERVER_ERROR),
    ],
)
def test_every_error_makes_it_partial_with_its_reason(error, reason):
    found = run(Scripted([entry(1), error]))
    assert isinstance(found, PartialImport)
    assert found.reason is reason
    assert len(found.entries) == 1
    assert "dc=x" in found.detail


def test_other_containers_are_read_after_one_that_is_refused():
    directory = Scripted([NotAllowed("no")], [entry(1)])
    found = run(directory, containers=("ou=a,dc=x", "ou=b,dc=x"))
    assert found.reason is PartialReason.CONTAINER_REFUSED
    assert len(found.entries) == 1


def test_nothing_more_is_read_over_a_lost_connection():
    directory = Scripted([ConnectionFailed("gone")])
    run(directory, containers=("ou=a,dc=x", "ou=b,dc=x"))
    assert len(directory.asked) == 1


def test_an_empty_directory_is_a_full_import():
    assert isinstance(run(Scripted([])), FullImport)


def test_an_entry_that_comes_twice_is_kept_as_it_came_last():
    found = run(Scripted([entry(1), entry(2), entry(1, sn="new")]))
    assert isinstance(found, FullImport)
    assert [one.first("sn") for one in found.entries] == ["new", None]


def test_entries_outside_of_the_containers_are_dropped():
    inside = Entry("cn=a,ou=in,dc=x", {"entryUUID": "a"})
    outside = Entry("cn=b,ou=out,dc=x", {"entryUUID": "b"})
    found = run(Scripted([inside, outside]), containers=("ou=in,dc=x",), searched=("dc=x",))
    assert found.entries == (inside,)


def test_a_restart_after_a_lost_connection_doubles_nothing():
    lost = Scripted([entry(1), entry(2), ConnectionFailed("gone")])
    again = Scripted([entry(2), entry(3), entry(1)])
    selection = Selection(containers=("dc=x",), anchor="entryUUID")
    told = []
    stream = ImportStream(lost, selection, reconnect=lambda: again, observe=told.append)
    assert [one.first("cn") for one in stream] == ["e1", "e2", "e3"]
    assert stream.end.reason is None
    assert stream.directory is again
    assert [type(event) for event in told if isinstance(event, Restarted)] == [Restarted]


def test_a_connection_that_breaks_again_and_again_gives_up():
    def broken():
        return Scripted([entry(1), ConnectionFailed("gone")])

    selection = Selection(containers=("dc=x",))
    stream = ImportStream(broken(), selection, reconnect=broken, attempts=2)
    assert len(list(stream)) == 1
    assert stream.end.reason is PartialReason.CONNECTION_LOST


def test_an_import_can_be_cancelled():
    directory = Scripted([entry(number) for number in range(5000)])
    selection = Selection(containers=("dc=x",))
    told = []
    stream = ImportStream(
        directory, selection, observe=told.append, cancelled=lambda: len(told) > 2
    )
    assert len(list(stream)) == 2000
    assert stream.end.reason is PartialReason.CANCELLED
    assert [event.entries for event in told if isinstance(event, EntriesRead)] == [1000, 2000]
    assert isinstance(told[-1], ContainerFinished)


def test_an_iteration_that_stops_early_is_no_complete_import():
    stream = ImportStream(Scripted([entry(1), entry(2)]), Selection(containers=("dc=x",)))
    iterator = iter(stream)
    next(iterator)
    iterator.close()
    assert stream.end.reason is PartialReason.CANCELLED
    stream = ImportStream(Scripted([]), Selection(containers=("dc=x",)))
    stream.close()
    assert stream.end.reason is PartialReason.CANCELLED


# ---------------------------------------------------------------- ranges, views


def test_ranges_are_read_to_their_end():
    first = entry(1, **{"member;range=0-1": ["a", "b"]})
    reads = {
        "member;range=2-*": entry(1, **{"member;range=2-3": ["c", "d"]}),
        "member;range=4-*": entry(1, **{"member;range=4-*": ["e"]}),
    }
    (found,) = run(Scripted([first], reads=reads)).entries
    assert found.text("member") == ("a", "b", "c", "d", "e")
    assert "member;range=0-1" not in found


def test_a_range_that_never_advances_makes_it_partial():
    first = entry(1, **{"member;range=0-1": ["a", "b"]})
    reads = {"member;range=2-*": entry(1, **{"member;range=0-1": ["a", "b"]})}
    found = run(Scripted([first], reads=reads))
    assert found.reason is PartialReason.PAGING_LOOP


def test_an_entry_that_vanishes_between_two_ranges_is_left_out():
    first = entry(1, **{"member;range=0-1": ["a", "b"]})
    assert run(Scripted([first, entry(2)], reads={"member;range=2-*": None})).entries == (entry(2),)


class View(Scripted):
    """A sorted list behind the VLV control, which may shrink between two pages."""

    def __init__(self, numbers: list[int], *, shrink_after: int = 10**6) -> None:
        super().__init__()
        self.numbers, self.shrink_after = numbers, shrink_after

    def search(self, base, wanted=None, *, controls: tuple[Control, ...], receive, **options):
        self.asked.append({"base": base})
        (view,) = [one for one in controls if one.oid == "2.16.840.1.113730.3.4.9"]
        offset, after = self._wanted(view.value)
        if len(self.asked) > self.shrink_after:
            del self.numbers[:2]
            self.shrink_after = 10**6
        for number in self.numbers[offset - 1 : offset + after]:
            yield entry(number)
        value = sequence(integer(offset), integer(len(self.numbers)), enumerated(0))
        told = Control(oid="2.16.840.1.113730.3.4.10", value=value)
        receive(Finished(code=0, controls=(told,)))

    @staticmethod
    def _wanted(value: bytes) -> tuple[int, int]:
        # 30 len | 02 01 before | 02 01 after | a0 len 02 01 offset ...
        return value[12], value[7]


def test_a_virtual_list_is_read_to_its_end():
    found = run(View(list(range(23))), paging=Paging.VLV, page_size=5)
    assert len(found.entries) == 23


def test_a_virtual_list_that_shrinks_on_the_way_loses_nothing():
    found = run(View(list(range(23)), shrink_after=2), paging=Paging.VLV, page_size=5)
    assert {int(one.first("entryUUID")) for one in found.entries} == set(range(23))


def test_a_server_without_a_view_makes_it_partial():
    class Blind(Scripted):
        def search(self, base, wanted=None, *, receive, **options):
            receive(Finished(code=0))
            return iter([entry(1)])

    found = run(Blind(), paging=Paging.VLV)
    assert found.reason is PartialReason.PAGING_LOOP


def test_the_view_response_of_a_real_message_is_read():
    value = bytes.fromhex("300a020105020200c80a0100")
    response = controls.vlv_response([Control(oid=controls.VLV_RESPONSE, value=value)])
    assert (response.position, response.count, response.code) == (5, 200, 0)


# ---------------------------------------------------------------- watermarks and deltas

MARKS = [
    AccessLogWatermark(server="s", csns=("1#0#000#0", "2#0#001#0"), log_begins=("0#0#000#0",)),
    ChangeLogWatermark(server="s", number=7),
    UsnWatermark(server="s", usn=9),
    TimestampWatermark(server="s", time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    SyncWatermark(server="s", cookies=(("dc=x", b"\x00\xffcookie"),)),
    RoutedWatermark(parts=(("dc=x", ChangeLogWatermark(server="s", number=7)),)),
]


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: type(mark).__name__)
def test_watermarks_are_kept_as_text(mark):
    assert load_watermark(dump_watermark(mark)) == mark


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nonsense",
        '{"method": "other", "server": "s"}',
        '{"method": "usn", "server": 5, "usn": 1}',
        '{"method": "usn", "server": "s"}',
        '{"method": "usn", "server": "s", "usn": "x"}',
        '{"method": "changelog", "server": "s", "number": 1, "more": 2}',
        '{"method": "syncrepl", "server": "s", "cookies": [["dc=x", "!"]]}',
        '{"method": "timestamp", "server": "s", "time": "yesterday"}',
        '{"method": "routed", "parts": {"dc=x": {}}}',
    ],
)
def test_anything_else_is_no_watermark(text):
    with pytest.raises(UsageError, match="full import"):
        load_watermark(text)


def test_names_may_be_exchanged():
    """Two entries take one another's name: applied by anchor, in any order."""
    one = Entry("cn=a,dc=x", {"entryUUID": "1"})
    two = Entry("cn=b,dc=x", {"entryUUID": "2"})
    changes = (
        EntryRenamed(anchor=b"1", old_dn=one.dn, entry=one.moved(two.dn)),
        EntryRenamed(anchor=b"2", old_dn=two.dn, entry=two.moved(one.dn)),
    )
    delta = DeltaImport(changes=changes, watermark=MARKS[1], sees_deletes=True)
    after = apply_delta([one, two], delta, anchor="entryUUID")
    assert {(str(e.dn), e.first("entryUUID")) for e in after} == {
        ("cn=b,dc=x", "1"),
        ("cn=a,dc=x", "2"),
    }


def test_a_deletion_known_by_name_alone_is_applied():
    one = Entry("cn=a,dc=x", {"entryUUID": "1"})
    new = Entry("cn=a,dc=x", {"entryUUID": "2"})
    changes = (
        EntryDeleted(anchor=None, dn=one.dn),
        EntryWritten(anchor=b"2", entry=new),
    )
    delta = DeltaImport(changes=changes, watermark=MARKS[1], sees_deletes=True)
    assert apply_delta([one], delta, anchor="entryUUID") == (new,)


def test_every_method_says_what_it_cannot_see_and_needs():
    for strategy in STRATEGIES.values():
        assert strategy.cannot_see
        assert strategy.needs


# ---------------------------------------------------------------- replaying a log


def replayed(*records: tuple[str, str, str | None, bytes | None]) -> list[tuple[list[str], bool]]:
    replay = Replay()
    for step, dn, new, identity in records:
        replay.feed(
            LogRecord(
                step=Step(step),
                dn=DN.parse(dn),
                new_dn=DN.parse(new) if new else None,
                identity=identity,
            )
        )
    return [(list(map(str, one.names)), one.deleted) for one in replay.touched]


@pytest.mark.parametrize("identity", [None, b"1"])
def test_a_rename_then_a_delete_is_one_entry(identity):
    found = replayed(
        ("rename", "cn=a,ou=x", "cn=b,ou=x", identity), ("delete", "cn=b,ou=x", None, identity)
    )
    assert found == [(["cn=a,ou=x", "cn=b,ou=x"], True)]


@pytest.mark.parametrize(("first", "second"), [(None, None), (b"1", b"2")])
def test_a_delete_then_an_add_of_the_same_name_are_two_entries(first, second):
    found = replayed(("delete", "cn=a", None, first), ("add", "cn=a", None, second))
    assert found == [(["cn=a"], True), (["cn=a"], False)]


def test_names_follow_the_containers_above_them():
    found = replayed(
        ("modify", "cn=a,ou=x", None, None),
        ("rename", "ou=x", "ou=y", None),
        ("rename", "ou=y", "ou=z", None),
        ("modify", "cn=a,ou=z", None, None),
        ("modify", "cn=new,ou=z", None, None),
    )
    assert found[0] == (["cn=a,ou=x", "cn=a,ou=y", "cn=a,ou=z"], False)
    assert found[2] == (["cn=new,ou=x", "cn=new,ou=y", "cn=new,ou=z"], False)


def test_an_identity_is_believed_over_a_name():
    found = replayed(
        ("modify", "cn=a", None, b"1"),
        ("modify", "cn=a", None, b"2"),
        ("modify", "cn=b", None, b"1"),
    )
    assert found == [(["cn=a", "cn=b"], False), (["cn=a"], False)]


# ---------------------------------------------------------------- account collection


def test_values_survive_a_round_trip_through_csv_and_json():
    values = ["a|b", "back\\slash", "line\nbreak", 'quote"', "é", " "]
    people = [Entry("cn=a\\, b,dc=x", {"cn": values, "photo": b"\x00\xff"})]
    file = io.StringIO(newline="")
    assert write_accounts_csv(people, file, ["cn", "photo"]) == 1
    import csv

    file.seek(0)
    header, line = list(csv.reader(file))
    assert header == ["dn", "cn", "photo"]
    import re

    cells = [re.sub(r"\\(.)", r"\1", cell) for cell in re.split(r"(?<!\\)\|", line[1])]
    assert cells == values
    assert line[2] == "base64:AP8="
    file = io.StringIO()
    assert write_accounts_json(iter(people), file, ["cn", "photo"]) == 1
    (found,) = json.loads(file.getvalue())
    assert found == {
        "dn": people[0].dn_text,
        "attributes": {"cn": values, "photo": [{"base64": "AP8="}]},
    }


def test_passwords_are_left_out_unless_they_are_named():
    person = Entry("cn=a", {"userPassword": "secret", "unicodePwd;x": "secret", "cn": "a"})
    file = io.StringIO()
    write_accounts_json([person], file)
    assert "secret" not in file.getvalue()
    write_accounts_json([person], file, ["userPassword"])
    assert "secret" in file.getvalue()


def test_no_accounts_are_an_empty_list():
    file = io.StringIO()
    assert write_accounts_json([], file) == 0
    assert json.loads(file.getvalue()) == []
