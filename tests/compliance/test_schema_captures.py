"""Schemas of real directories: nothing is lost, and python-ldap's reader agrees."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from ldapconnector.schema import FindingCode, Schema
from ldapconnector.schema._reader import KINDS, tolerant

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "captures" / "directories"
if not FOLDER.is_dir():
    pytest.skip("../shared (captures of directories) is not here", allow_module_level=True)


def subschemas():
    for path in sorted(FOLDER.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))["subschema"]
        if found:
            yield pytest.param(found, id=path.stem)


every_subschema = pytest.mark.parametrize("subschema", list(subschemas()))


def definitions(subschema):
    for kind, texts in subschema.items():
        if kind in KINDS:
            for text in texts:
                yield kind, text


@every_subschema
def test_no_definition_is_lost(subschema):
    schema = Schema.parse(subschema)
    assert [f for f in schema.problems if f.code is FindingCode.UNREADABLE] == []
    expected = [text for kind in KINDS for text in subschema.get(kind, ())]
    assert [element.definition for element in schema] == expected
    assert Schema.parse(schema.definitions()) == schema


@every_subschema
def test_octets_give_the_same_schema(subschema):
    octets = {
        kind: [text.encode() for text in texts]
        for kind, texts in subschema.items()
        if isinstance(texts, list)
    }
    assert Schema.parse(octets) == Schema.parse(subschema)


@every_subschema
def test_both_readers_agree_wherever_the_quick_one_answers(subschema):
    quick = 0
    for kind, text in definitions(subschema):
        element = KINDS[kind][0](text)
        if element is not None:
            quick += 1
            assert (element, []) == tolerant(kind, text)
    assert quick


@every_subschema
def test_every_word_of_a_definition_is_found_again(subschema):
    """A crude reader of its own: names, numbers and listed attributes stand in the element."""
    schema = Schema.parse(subschema)
    for element in schema:
        bare = re.sub(
            r"(?s)(?:DESC|X-\S+)\s+(?:\([^)]*\)|'.*?'(?=\s|\)|E))", " ", element.definition
        )
        named = re.search(r"NAME\s+(?:'([^']*)'|\(([^)]*)\))", bare)
        names = re.findall(r"[^\s']+", (named[1] or named[2]) if named else "")
        assert list(element.names) == names
        assert bare.split()[1 if bare.startswith("( ") else 0].lstrip("(") == element.oid
        for keyword in ("must", "may"):
            listed = re.search(rf"\b{keyword.upper()}\s*(?:\(([^)]*)\)|([^\s()]+))", bare)
            if hasattr(element, keyword):
                words = re.findall(r"[^\s$]+", (listed[1] or listed[2] or "") if listed else "")
                assert list(getattr(element, keyword)) == words


@every_subschema
def test_each_class_has_its_requirements(subschema):
    schema = Schema.parse(subschema)
    for known in schema.object_classes:
        must, may = schema.must([known.name]), schema.may([known.name])
        assert not must & may
        for name in known.must:
            spelled = schema.attribute(name)
            assert (spelled.name if spelled else name) in must


# python-ldap stops at an apostrophe within a text or right before a keyword.
@every_subschema
def test_must_and_may_agree_with_python_ldap(subschema):
    ldap_schema = pytest.importorskip("ldap.schema", reason="python-ldap is not installed")
    octets = {
        kind: [text.encode() for text in texts]
        for kind, texts in subschema.items()
        if isinstance(texts, list)
    }
    try:
        oracle = ldap_schema.SubSchema(octets, check_uniqueness=0)
    except ValueError as error:
        pytest.skip(f"python-ldap cannot read it: {str(error)[:60]}")
    schema = Schema.parse(subschema)
    # By number, for python-ldap answers so; where one number has two classes it knows one.
    numbers = Counter(known.oid for known in schema.object_classes)
    alone = [known for known in schema.object_classes if numbers[known.oid] == 1]
    for known in alone:
        must, may = oracle.attribute_types([known.oid], raise_keyerror=0)
        mine = schema.must([known.oid]), schema.may([known.oid])
        assert (by_number(schema, mine[0]), by_number(schema, mine[1])) == (set(must), set(may))
    assert len(alone) >= len(schema.object_classes) - 2


def by_number(schema, names):
    found = {name: schema.attribute(name) for name in names}
    return {known.oid if known else name for name, known in found.items()}
