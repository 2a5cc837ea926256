"""The memory directory answers as the real servers do, for the same random operations.

Each history is carried out against the real server and against a memory directory built
from what that server says of itself. Result codes must agree operation by operation, and
the entries at the end, and what random filters find among them. For OpenLDAP the messages must agree, too.
"""

import random
import re

import pytest

from ldapconnector.directory import MemoryDirectory, connect
from ldapconnector.entries import Add, Delete, Entry, Modification, Modify, Rename
from ldapconnector.errors import DirectoryError
from ldapconnector.names import DN, RDN, Filter
from ldapconnector.profile import ConnectionProfile

HISTORIES = 60
STEPS = 30
FILTERS = 40
OPERATIONS_ERROR = 1

UIDS = ["ann", "Ann", "bob", "c,d", "e é"]
VALUES = {
    "cn": ["Ann", "ann  ", "Bob B", "é", ""],
    "sn": ["A", "a", "B"],
    "mail": ["a@x", "A@X", "b@x", "c@x"],
    "title": ["one", "two"],
    "description": ["  x  y ", "x y", "z"],
    "preferredLanguage": ["en", "fr"],
    "uidNumber": ["1", "01", "x", "2"],
    "gidNumber": ["1", "2"],
    "homeDirectory": ["/home/a", "/HOME/A"],
    "uid": ["ann", "bob", "zoe"],
    "nonsense": ["1"],
    "entryUUID": ["5a5ee2b6-0d5e-103d-8a2f-8b2f4f4c2a11"],
    "objectClass": ["inetOrgPerson", "posixAccount", "person", "top", "nonsense"],
}
CLASSES = [
    ["inetOrgPerson"],
    ["top", "person", "organizationalPerson", "inetOrgPerson"],
    ["inetOrgPerson", "posixAccount"],
    ["posixAccount"],
    ["inetOrgPerson", "nonsense"],
    ["person"],
]


class History:
    """A random history below one container, the same for the same seed."""

    def __init__(self, seed, container, naming, left_out):
        self.random = random.Random(seed)
        self.container = container
        self.naming = naming
        self.names = [DN.build((naming, uid), container) for uid in UIDS]
        self.units = [DN.build(("ou", "x"), container), DN.build(("ou", "y"), container)]
        self.names += [DN.build((naming, "bob"), unit) for unit in self.units]
        self.attributes = sorted(set(VALUES) - left_out)

    def values(self, name):
        count = self.random.choice([0, 1, 1, 1, 2])
        return self.random.sample(VALUES[name], min(count, len(VALUES[name])))

    def entry(self):
        choose = self.random
        if choose.random() < 0.2:
            unit = choose.choice(self.units)
            return Entry(unit, {"objectClass": "organizationalUnit", "ou": unit.rdn.avas[0].value})
        dn = choose.choice(self.names)
        classes = choose.choices(CLASSES, [6, 2, 3, 1, 1, 1])[0]
        attributes = {"objectClass": classes, "cn": "Ann", "sn": "A"}
        if choose.random() < 0.8:
            attributes[self.naming] = dn.rdn.avas[0].value
        if "posixAccount" in classes and choose.random() < 0.8:
            attributes.update(uidNumber="1", gidNumber="1", homeDirectory="/home/a")
        for name in choose.sample(self.attributes, 2):
            if name != "objectClass" and choose.random() < 0.5:
                attributes[name] = self.values(name)
        if choose.random() < 0.1:
            del attributes["sn"]
        return Entry(dn, attributes)

    def change(self):
        choose = self.random
        kind = choose.choices(["add", "delete", "modify", "rename"], [4, 1, 6, 2])[0]
        if kind == "add":
            return Add(self.entry())
        dn = choose.choice(self.names + self.units)
        if kind == "delete":
            return Delete(dn)
        if kind == "rename":
            new = choose.choice(self.names + self.units)
            return Rename(
                dn=dn,
                new_rdn=RDN.of(("ou" if dn in self.units else self.naming, new.rdn.avas[0].value)),
                new_superior=choose.choice([None, None, self.container, *self.units]),
                delete_old_rdn=choose.random() < 0.7,
            )
        make = [Modification.add, Modification.delete, Modification.replace]
        modifications = []
        for name in choose.sample(self.attributes, choose.choice([1, 1, 2])):
            values = self.values(name)
            how = choose.choice(make)
            if how is Modification.add and not values:
                values = VALUES[name][:1]
            modifications.append(how(name, values))
        return Modify(dn, tuple(modifications))

    def filter(self, *, whole, depth=2):
        """Return a random filter; ``whole`` tries what servers read each in their own way."""
        choose = self.random
        kind = choose.choice(["and", "or", "not"]) if depth and choose.random() < 0.4 else "item"
        if kind == "not":
            return ~self.filter(whole=whole, depth=depth - 1)
        if kind in {"and", "or"}:
            count = choose.choice([0, 1, 2] if whole else [1, 2])
            parts = [self.filter(whole=whole, depth=depth - 1) for _ in range(count)]
            return Filter.all_of(parts) if kind == "and" else Filter.any_of(parts)
        # entryUUID has other values there.
        name = choose.choice(
            [*(name for name in self.attributes if name != "entryUUID"), "name", "ou"]
        )
        value = choose.choice(VALUES.get(name, VALUES["cn"]))
        ways = ["equal", "equal", "present"]
        how = choose.choice([*ways, "initial", "middle", "least", "most"] if whole else ways)
        if how == "equal":
            return Filter.equal(name, value)
        if how in {"least", "most"}:
            return (Filter.at_least if how == "least" else Filter.at_most)(name, value)
        if how == "present" or not value.strip():
            return Filter.present(name)
        if how == "initial":
            return Filter.substring(name, initial=value[0])
        return Filter.substring(name, middle=[value[-1]])

    def changes(self):
        return [self.change() for _ in range(STEPS)]


def outcome(directory, change):
    try:
        directory.apply(change)
    except DirectoryError as error:
        # Which of two equal values slapd calls the second one depends on how it sorts them.
        return error.code, re.sub(r"#\d+ (?=provided more)", "# ", error.diagnostic)
    return 0, ""


def found(directory, container, filter_):
    try:
        return {entry.dn for entry in directory.search(container, filter_, attributes=["1.1"])}
    except DirectoryError as error:
        return error.code


def content(directory, container):
    return {
        str(entry.dn).lower(): {name.lower(): sorted(values) for name, values in entry.items()}
        for entry in directory.search(container)
    }


def run(server, personality, *, messages, naming="uid", left_out=frozenset()):
    profile = ConnectionProfile.from_url(
        server.url,
        user=server.admin_dn,
        password=server.admin_password,
        allow_cleartext_credentials=True,
    )
    disagreements = []
    applied = searched = 0
    with connect(profile) as real:
        for seed in range(HISTORIES):
            if len(disagreements) > 5:  # enough to see what is wrong
                break
            container = DN.build(("ou", f"history{seed}"), server.suffix)
            top = Entry(container, {"objectClass": "organizationalUnit", "ou": f"history{seed}"})
            memory = MemoryDirectory.like(personality, suffix=server.suffix)
            memory = MemoryDirectory(
                root_dse=real.root_dse,
                schema=real.schema,
                personality=memory.personality,
                entries=[real.read(server.suffix)],
            )
            real.apply(Add(top))
            memory.apply(Add(top))
            history = History(seed, container, naming, left_out)
            for step, change in enumerate(history.changes()):
                here, there = outcome(memory, change), outcome(real, change)
                got, wanted = (here, there) if messages else (here[0], there[0])
                applied += 1
                if there[0] == OPERATIONS_ERROR:
                    break  # the server itself failed; its state is no measure
                if got != wanted:
                    disagreements.append((seed, step, change, got, wanted))
                    break
            else:
                here, there = content(memory, container), content(real, container)
                if here != there:
                    disagreements.append((seed, "content", here, there))
                for _ in range(FILTERS):
                    filter_ = history.filter(whole=messages)
                    here = found(memory, container, filter_)
                    there = found(real, container, filter_)
                    searched += 1
                    if here != there:
                        disagreements.append((seed, str(filter_), here, there))
    return applied, searched, disagreements


def told(disagreements):
    return "\n".join("\n    ".join(map(str, one)) for one in disagreements)


def test_as_openldap(slapd_contoso):
    applied, searched, disagreements = run(slapd_contoso, "openldap", messages=True)
    assert not disagreements, told(disagreements)
    assert applied > 0.9 * HISTORIES * STEPS
    assert searched > 0.9 * HISTORIES * FILTERS


@pytest.mark.timeout(120)
def test_as_389(ds389):
    # A plug-in wants uid to be unique in the whole tree; entryUUID is written by another one,
    # which takes a value that an Add brings along.
    applied, searched, disagreements = run(
        ds389, "389ds", messages=False, naming="cn", left_out={"uid", "entryUUID"}
    )
    assert not disagreements, told(disagreements)
    assert applied > 0.9 * HISTORIES * STEPS
    assert searched > 0.9 * HISTORIES * FILTERS
