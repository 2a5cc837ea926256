"""Root DSEs and schemas of real directories come out as the product that they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ldapconnector.schema import Schema
from ldapconnector.vendors import identify

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "captures" / "directories"
if not FOLDER.is_dir():
    pytest.skip("../shared (captures of directories) is not here", allow_module_level=True)

CAPTURES = [
    pytest.param(json.loads(path.read_text(encoding="utf-8")), id=path.stem)
    for path in sorted(FOLDER.glob("*.json"))
]
SPELLINGS = {
    "as captured": lambda root: root,
    "lower case": lambda root: {name.lower(): values for name, values in root.items()},
    "upper case": lambda root: {name.upper(): values for name, values in root.items()},
    "octets": lambda root: {name: [v.encode() for v in values] for name, values in root.items()},
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("capture", CAPTURES)
def test_capture(capture, spelling):
    root = SPELLINGS[spelling](capture["root_dse"] or {})
    schema = Schema.parse(capture["subschema"]) if capture["subschema"] else None
    found = identify(root, schema)
    expected = capture["expected"]
    acceptable = capture.get("acceptable") or [expected["vendor"]]
    assert found.vendor in acceptable
    assert found.vendor not in (capture.get("must_not_be") or [])
    if found.vendor == expected["vendor"]:
        assert found.supported == expected["supported"]
    assert found.evidence


@pytest.mark.parametrize("capture", CAPTURES)
def test_the_root_dse_alone_never_misleads(capture):
    """With less to go by the answer is the same, or unknown; never another product."""
    found = identify(capture["root_dse"])
    acceptable = capture.get("acceptable") or [capture["expected"]["vendor"]]
    assert found.vendor is None or found.vendor in acceptable


@pytest.mark.parametrize("capture", CAPTURES)
def test_a_hidden_vendor_string_never_misleads(capture):
    """Without its name a product is itself, of its family, or unknown."""
    root = {
        name: values
        for name, values in (capture["root_dse"] or {}).items()
        if name.lower() not in {"vendorname", "vendorversion"}
    }
    if capture["expected"]["vendor"] is None or not root:
        pytest.skip("nothing is left that could be one of the products")
    schema = Schema.parse(capture["subschema"]) if capture["subschema"] else None
    found = identify(root, schema)
    families = [
        {"netiq-edirectory", "novell-edirectory"},
        {"opendj", "opends"},
        {"ad-ds", "samba-ad"},
    ]
    right = capture["vendor"]
    family = next((family for family in families if right in family), {right})
    assert found.vendor is None or found.vendor in family


def test_the_table_of_the_documentation_is_true():
    page = Path(__file__).resolve().parents[2] / "docs" / "directories.md"
    table = page.read_text(encoding="utf-8").partition("## Captures identified")[2]
    rows = {}
    for line in table.splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            rows[cells[0]] = cells[3], cells[4]
    for parameter in CAPTURES:
        (capture,) = parameter.values
        schema = Schema.parse(capture["subschema"]) if capture["subschema"] else None
        found = identify(capture["root_dse"], schema)
        answer = found.vendor.value if found.vendor else "unknown"
        assert rows[parameter.id] == (answer, found.confidence.value)
