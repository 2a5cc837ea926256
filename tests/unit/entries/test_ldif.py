"""LDIF (RFC 2849): what is written is read back, and the reader names the line."""

import base64

import pytest

from ldapconnector.entries import (
    Add,
    Delete,
    Entry,
    Modification,
    Modify,
    Rename,
    read_ldif,
    write_ldif,
)
from ldapconnector.errors import NameSyntaxError, UsageError
from ldapconnector.names import DN, RDN

RECORDS = [
    Entry("cn=Zoë,dc=x", {"cn": "Zoë", "description": ["", " led", "trail ", ":c", "<d", "a\nb"]}),
    Add(Entry("cn=a,dc=x", {"cn": "a", "photo": bytes(range(256))})),
    Modify(
        "cn=a,dc=x",
        (
            Modification.add("mail", ["1", "2"]),
            Modification.delete("sn"),
            Modification.replace("replace", "replace"),
            Modification.increment("n", 2),
        ),
    ),
    Rename(dn="cn=a,dc=x", new_rdn=RDN.of(("cn", "b,c")), new_superior=DN.parse("ou=é,dc=x")),
    Rename(dn="cn=a,dc=x", new_rdn=RDN.of(("cn", "b")), delete_old_rdn=False),
    Delete("cn=" + "long " * 40 + "end,dc=x"),
]


def test_round_trip():
    text = write_ldif(RECORDS)
    assert text.startswith("version: 1\n\ndn:: ")
    assert all(len(line) <= 76 for line in text.splitlines())
    assert text.isascii() or "# " in text
    assert list(read_ldif(text)) == RECORDS


def test_nothing():
    assert write_ldif([], version=False) == ""
    assert list(read_ldif("")) == []


def test_folding_comments_and_line_ends():
    text = (
        "version: 1\r\n\r\n# a comment\r\n  that goes on\r\ndn: cn=a,d\r\n c=x\r\ncn: a\r\n b\r\n"
    )
    assert list(read_ldif(text)) == [Entry("cn=a,dc=x", {"cn": "ab"})]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cn: a", "line 1: a record starts"),
        (" x", "line 1: a continuation"),
        ("dn: cn=a\nwhat", "line 2: expected 'name: value'"),
        ("dn: cn=a\nphoto:< file:///etc/passwd", "line 2: values by URL"),
        ("dn: cn=a\ncn:: %%%", "line 2: the value after '::'"),
        ("dn: cn=a\nchangetype: eat", "line 2: unknown changetype"),
        ("dn: cn=a\nchangetype: modify\nkill: x", "line 3: expected 'add:'"),
        ("dn: cn=a\nchangetype: modify\nadd: x\ny: 1", "line 4: expected a value of x"),
        ("dn: cn=a\nchangetype: modrdn\nnewrdn: cn=b", "line 2: a rename needs"),
        ("dn: cn=a\nchangetype: delete\ncn: a", "line 3: a delete ends"),
        ("version: 2\ndn: cn=a", "line 1: LDIF of version 1"),
        ("dn: cn=a\ncontrol: 1.2.3 true\nchangetype: delete", "line 2: controls"),
    ],
)
def test_the_reader_names_the_line(text, words):
    with pytest.raises(UsageError, match=words):
        list(read_ldif(text))


def test_a_wrong_name():
    with pytest.raises(NameSyntaxError):
        list(read_ldif("dn: what"))


def test_base64_name():
    encoded = base64.b64encode("cn=é".encode()).decode()
    assert [str(record.dn) for record in read_ldif(f"dn:: {encoded}\ncn: x")] == ["cn=é"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dn: cn=a\nc n: a\n", "line 2: 'c n' is no name of an attribute"),
        ("version: 1\n\ndn: foo\n", "line 3: expected '='"),
        ("dn: cn=a\ncn: a\n-\n", "line 3: '-' ends a modification"),
        ("dn: cn=a\ncn: a\nchangetype: delete\n", "line 3: 'changetype:' stands right below 'dn:'"),
        ("dn: cn=a\nchangetype: modify\nadd: a b\na b: x\n-\n", "line 3|line 4"),
        (
            "dn: cn=a\nchangetype: modrdn\nnewrdn: cn=b\ndeleteoldrdn: 1\ncn: x\n",
            "line 5: 'cn' is no part of a rename",
        ),
        (
            "dn: cn=a\nchangetype: modrdn\nnewrdn: b\ndeleteoldrdn: 1\n",
            "line 3: expected '='",
        ),
        (
            "dn: cn=a\nchangetype: modrdn\nnewrdn: cn=b\ndeleteoldrdn: 1\nnewsuperior: x\n",
            "line 5: expected '='",
        ),
    ],
)
def test_every_fault_says_its_line(text, message):
    with pytest.raises(UsageError, match=message):
        list(read_ldif(text))


def test_a_byte_order_mark_is_passed_over():
    (entry,) = read_ldif("\ufeffdn: cn=a\ncn: a\n")
    assert entry["cn"] == (b"a",)
