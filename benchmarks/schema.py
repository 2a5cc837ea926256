"""Schemas: reading a whole subschema, ours against python-ldap's.

Run ``python benchmarks/schema.py [FOLDER]``. FOLDER holds JSON files, each with a subschema entry
under ``subschema`` (or as the whole file); without one the schemas of a directory that is running
here are not at hand, so the standard schema, ten times over, stands in. python-ldap comes with
``pip install python-ldap`` and is left out where it is missing.

Ours reads every definition to its last word, resolves what attribute types inherit, and builds
the indexes; ``+ findings`` also checks every name that one definition takes from another. Readers
take turns, the best of several rounds counts. Read the ratios.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ldapconnector.schema import Schema

ROUNDS = 15
# What both readers know.
KINDS = (
    "attributeTypes",
    "objectClasses",
    "ldapSyntaxes",
    "matchingRules",
    "matchingRuleUse",
    "dITContentRules",
    "dITStructureRules",
    "nameForms",
)

Subschema = dict[str, list[bytes]]


def subschemas(folder: Path | None) -> Iterator[tuple[str, Subschema]]:
    if folder is None:
        standard = Schema.standard().definitions()
        yield (
            "standard x 10",
            {kind: [text.encode() for text in texts] * 10 for kind, texts in standard.items()},
        )
        return
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        found = document.get("subschema", document)
        if found and any(kind in found for kind in KINDS):
            octets = {kind: [text.encode() for text in found.get(kind, ())] for kind in KINDS}
            yield path.stem, octets


def best(jobs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the least processor time of each job in seconds; jobs take turns."""
    times = dict.fromkeys(jobs, float("inf"))
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            gc.collect()
            start = time.process_time()
            job()
            times[name] = min(times[name], time.process_time() - start)
    return times


def oracle() -> Callable[[Subschema], object] | None:
    try:
        from ldap.schema import SubSchema
    except ImportError:
        return None
    # Without its check of uniqueness, which some real directories fail.
    return lambda octets: SubSchema(octets, check_uniqueness=0)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    peer = oracle()
    print(f"{'schema':24}{'definitions':>12}{'lost':>6}{'ours':>10}{'+ findings':>12}{'python-ldap':>14}{'ratio':>8}")  # fmt: skip
    total: list[float] = []
    for name, octets in subschemas(folder):
        count = sum(map(len, octets.values()))
        lost = sum(finding.code.lost for finding in Schema.parse(octets).problems)
        jobs: dict[str, Callable[[], object]] = {
            "ours": lambda octets=octets: Schema.parse(octets),
            "findings": lambda octets=octets: Schema.parse(octets).problems,
        }
        if peer is not None:
            try:
                peer(octets)
                jobs["peer"] = lambda octets=octets: peer(octets)
            except ValueError:
                pass
        times = best(jobs)
        ratio = times["peer"] / times["ours"] if "peer" in times else None
        if ratio is not None and count >= 100:
            total.append(ratio)
        theirs = f"{times['peer'] * 1e3:11.2f} ms" if "peer" in times else "cannot read"
        shown = f"{ratio:8.2f}" if ratio else f"{'-':>8}"
        print(f"{name:24}{count:12}{lost:6}{times['ours'] * 1e3:7.2f} ms{times['findings'] * 1e3:9.2f} ms{theirs:>14}{shown}")  # fmt: skip
    if total:
        total.sort()
        print(f"\nratio, schemas of 100 definitions and more: worst {total[0]:.2f}, median {total[len(total) // 2]:.2f}, best {total[-1]:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
