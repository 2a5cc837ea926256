"""Killed at any moment, a cycle loses no link and doubles no account.

The run is cut off before or after each single call to the connector and the store in turn;
then it is begun anew with what is on disk. tests/servers does the same to real processes.
"""

from __future__ import annotations

import pytest

from ldapconnector.entries import Entry
from ldapconnector.mapping import AttributeMapping, Computed, Direct, NumberRange
from ldapconnector.planning import DeprovisioningPolicy, Flow, ProvisioningRules
from ldapconnector.provisioning import Provisioner, SqliteLinks


class Killed(BaseException):
    """Stands for the end of the process."""


class Fuse:
    """Burns through at its call number ``at``, before or after the call."""

    def __init__(self, at, *, after):
        self.at, self.after, self.calls = at, after, 0

    def wrap(self, function):
        def call(*arguments, **options):
            self.calls += 1
            mine = self.calls == self.at
            if mine and not self.after:
                raise Killed
            result = function(*arguments, **options)
            if mine:
                raise Killed
            return result

        return call


class Fused:
    """An object whose named methods share a fuse."""

    def __init__(self, inner, fuse, names):
        self._inner = inner
        for name in names:
            setattr(self, name, fuse.wrap(getattr(inner, name)))

    def __getattr__(self, name):
        return getattr(self._inner, name)


class OneByOne(Fused):
    """Sends each change of a batch through the fuse."""

    def export_all(self, changes, *, assertion_for=None):
        from ldapconnector.directory import Applied
        from ldapconnector.errors import DirectoryError

        for change in changes:
            try:
                self.export(change, assertion=assertion_for and assertion_for(change))
            except DirectoryError as error:
                yield Applied(change, error)
            else:
                yield Applied(change)


WRITES = ("export", "set_password", "read")
STORES = ("put", "remove", "intend", "settle", "reserve")


def rules(kit, *, matching):
    more = [
        AttributeMapping(target="manager", source=Direct("manager")),
        AttributeMapping(
            target="userPassword", source=Computed("RandomString(9, 1, 1, 1, 1)"), apply="creation"
        ),
    ]
    without = ()
    if not matching:
        more.append(AttributeMapping(target="mail", source=Direct("mail")))
        without = ("mail",)
    return ProvisioningRules(
        mappings=kit.mappings(*more, without=without),
        deprovisioning=DeprovisioningPolicy(
            disable=Flow.set("employeeType", "left"), delete=Flow.delete()
        ),
        numbers=[NumberRange(attribute="employeeNumber", first=1, last=99)],
    )


def run(kit, directory, path, given, users, fuse=None, *, together=False):  # noqa: PLR0917
    connector = (kit.batch_connector if together else kit.connector)(directory)
    with SqliteLinks(path) as links:
        store = links
        if fuse is not None:
            connector = OneByOne(connector, fuse, (*WRITES, "read_all") if together else WRITES)
            store = Fused(links, fuse, STORES)
        provisioner = Provisioner(connector, given, links=store)
        list(provisioner.apply(provisioner.plan(users)))


def scene(kit):
    from ldapconnector.directory import MemoryDirectory

    people = Entry(kit.people, {"objectClass": "organizationalUnit", "ou": "people"})
    return MemoryDirectory.like("openldap", suffix=kit.suffix, entries=[people])


@pytest.mark.parametrize("together", [False, True], ids=["anchors one by one", "together"])
@pytest.mark.parametrize("matching", [True, False], ids=["matching", "no matching rule"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_creation_can_be_cut_off_anywhere(kit, tmp_path, matching, after, together):
    users = [kit.person(1, manager="id-2"), kit.person(2), kit.person(3)]
    given = rules(kit, matching=matching)
    at = 0
    while True:
        at += 1
        directory, path, fuse = scene(kit), tmp_path / f"{at}.db", Fuse(at, after=after)
        try:
            run(kit, directory, path, given, users, fuse, together=together)
        except Killed:
            pass
        else:
            break
        for _ in range(2):
            run(kit, directory, path, given, users, together=together)
        entries = [one for one in directory.search(kit.people) if one.first("uid")]
        assert len(entries) == 3, at
        assert all(one.get("userPassword") for one in entries), at
        assert len({one.first("employeeNumber") for one in entries}) == 3, at
        with SqliteLinks(path) as links:
            assert set(links.links()) == {"id-1", "id-2", "id-3"}
            assert not links.intents()
            assert not any(one.pending for one in links.links().values())
            connector = kit.connector(directory)
            assert Provisioner(connector, given, links=links).plan(users).empty
    assert at > 15


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_leaving_and_coming_back_can_be_cut_off_anywhere(kit, tmp_path, after):
    given = rules(kit, matching=True)
    users = [kit.person(1), kit.person(2), kit.person(3, mailNickname="other")]
    leaving = [
        {**users[0], "accountEnabled": False},
        {"id": "id-2", "@removed": {"reason": "deleted"}},
        {**users[2], "mailNickname": "renamed"},
    ]
    at = 0
    while True:
        at += 1
        directory, path, fuse = scene(kit), tmp_path / f"{at}.db", Fuse(at, after=after)
        run(kit, directory, path, given, users)
        try:
            run(kit, directory, path, given, leaving, fuse)
        except Killed:
            pass
        else:
            break
        run(kit, directory, path, given, leaving)
        run(kit, directory, path, given, leaving[:1] + leaving[2:])
        names = {one.first("uid") for one in directory.search(kit.people)} - {None}
        assert names == {"user1", "renamed"}, at
        assert directory.read(f"uid=user1,{kit.people}").text("employeeType") == ("left",)
        back = [users[0], leaving[2]]
        run(kit, directory, path, given, back)
        assert "employeeType" not in directory.read(f"uid=user1,{kit.people}"), at
        with SqliteLinks(path) as links:
            assert set(links.links()) == {"id-1", "id-3"}
    assert at > 8
