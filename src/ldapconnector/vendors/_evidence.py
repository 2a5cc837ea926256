"""What identification works with: a root DSE as facts, and an answer in the making."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

import attrs

from ldapconnector._given import mapping_of, of_kind, wrong_kind
from ldapconnector.vendors._vendor import Vendor

__all__ = ["Answer", "Confidence", "Facts"]


class Confidence(enum.StrEnum):
    """How sure an identification is."""

    CERTAIN = "certain"
    """The server names itself, or shows what no other product shows."""
    PROBABLE = "probable"
    """The structure of the root DSE, or the schema, speaks for it; nothing speaks against."""
    GUESS = "guess"
    """One of several candidates; see ``candidates``."""
    NAMED = "named"
    """The administrator said so."""
    NONE = "none"
    """No product is recognised."""


def _text(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    raise wrong_kind("a value of a root DSE", "a text or octets", value)


@attrs.frozen
class Facts:
    """A root DSE whose names are in lower case and whose values are text."""

    values: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, root_dse: Mapping[str, Sequence[str | bytes]]) -> Facts:
        values: dict[str, tuple[str, ...]] = {}
        for name, given in mapping_of(root_dse, "a root DSE").items():
            listed = [given] if isinstance(given, (str, bytes)) else given
            if not isinstance(listed, Iterable):
                raise wrong_kind(f"the value of {name} in a root DSE", "a sequence", given)
            lowered = of_kind(str, name, "a name in a root DSE", "a text").lower()
            values[lowered] = values.get(lowered, ()) + tuple(map(_text, listed))
        return cls(values)

    def first(self, name: str) -> str:
        """Return the first value without NULs and blanks around it, or an empty text."""
        found = self.values.get(name, ())
        return found[0].strip("\0 \t\r\n") if found else ""

    def has(self, *names: str) -> bool:
        """Tell whether any of these attributes is shown, also with options."""
        return any(name in self.values for name in names)

    def lowered(self, name: str) -> frozenset[str]:
        return frozenset(value.strip().lower() for value in self.values.get(name, ()))

    @property
    def numbers(self) -> frozenset[str]:
        """All controls, extended operations, features and capabilities announced."""
        return frozenset(
            value.strip()
            for name in (
                "supportedcontrol",
                "supportedextension",
                "supportedfeatures",
                "supportedcapabilities",
                "supportedgroupingtypes",
                "ibm-supportedcapabilities",
                "ibm-enabledcapabilities",
                "ibm-supportedacimechanisms",
            )
            for value in self.values.get(name, ())
        )

    def below(self, *arcs: str) -> str:
        """Return one announced number below one of these arcs, or an empty text."""
        found = sorted(
            n for n in self.numbers if any(n == a or n.startswith(a + ".") for a in arcs)
        )
        return found[0] if found else ""

    @property
    def classes(self) -> frozenset[str]:
        return self.lowered("objectclass") | self.lowered("structuralobjectclass")

    @property
    def hidden(self) -> bool:
        """Whether the root DSE shows nothing that could tell products apart."""
        said = {name for name, values in self.values.items() if any(v.strip("\0 ") for v in values)}
        return said <= {"objectclass", "subschemasubentry", "entrydn"} and (
            self.lowered("objectclass") <= {"top", "extensibleobject"}
        )


@attrs.frozen
class Answer:
    """What a rule concludes; the fields are those of ``Identification``."""

    vendor: Vendor | None
    product: str = ""
    version: str | None = None
    confidence: Confidence = Confidence.NONE
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    candidates: tuple[Vendor, ...] = ()
