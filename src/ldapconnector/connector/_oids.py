"""Names of the object identifiers that a root DSE lists.

Sources: the RFCs named beside them, Microsoft's MS-ADTS 3.1.1.3.4, and the vendors' own
documentation.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["Advertised", "advertised"]

_NAMES: Final = {
    # controls
    "1.2.840.113556.1.4.319": "simple paged results (RFC 2696)",
    "1.2.840.113556.1.4.417": "show deleted",
    "1.2.840.113556.1.4.473": "server-side sort (RFC 2891)",
    "1.2.840.113556.1.4.474": "server-side sort, answer (RFC 2891)",
    "1.2.840.113556.1.4.528": "change notification",
    "1.2.840.113556.1.4.529": "extended DN",
    "1.2.840.113556.1.4.619": "lazy commit",
    "1.2.840.113556.1.4.801": "security descriptor flags",
    "1.2.840.113556.1.4.802": "range option",
    "1.2.840.113556.1.4.805": "tree delete",
    "1.2.840.113556.1.4.841": "directory synchronisation (DirSync)",
    "1.2.840.113556.1.4.1338": "verify name",
    "1.2.840.113556.1.4.1339": "domain scope",
    "1.2.840.113556.1.4.1340": "search options",
    "1.2.840.113556.1.4.1413": "permissive modify",
    "1.2.840.113556.1.4.1504": "attribute scoped query",
    "1.2.840.113556.1.4.1852": "user quota",
    "1.2.840.113556.1.4.1907": "shutdown notification",
    "1.2.840.113556.1.4.1948": "range retrieval without error",
    "1.2.840.113556.1.4.1974": "force update",
    "1.2.840.113556.1.4.2026": "DN input",
    "1.2.840.113556.1.4.2064": "show recycled",
    "1.2.840.113556.1.4.2065": "show deactivated links",
    "1.2.840.113556.1.4.2066": "password policy hints (deprecated)",
    "1.2.840.113556.1.4.2090": "DirSync with extended DN",
    "1.2.840.113556.1.4.2204": "tree delete with batch size",
    "1.2.840.113556.1.4.2205": "statistics with bounds",
    "1.2.840.113556.1.4.2206": "search hints",
    "1.2.840.113556.1.4.2211": "expected entry count",
    "1.2.840.113556.1.4.2239": "password policy hints",
    "1.2.840.113556.1.4.2255": "set owner",
    "1.2.840.113556.1.4.2256": "bypass quota",
    "1.3.6.1.1.12": "assertion (RFC 4528)",
    "1.3.6.1.1.13.1": "pre-read (RFC 4527)",
    "1.3.6.1.1.13.2": "post-read (RFC 4527)",
    "1.3.6.1.1.21.2": "transaction (RFC 5805)",
    "1.3.6.1.1.22": "don't use copy (RFC 6171)",
    "1.3.6.1.4.1.42.2.27.8.5.1": "password policy (draft-behera)",
    "1.3.6.1.4.1.42.2.27.9.5.2": "get effective rights",
    "1.3.6.1.4.1.42.2.27.9.5.8": "account usability",
    "1.3.6.1.4.1.1466.29539.12": "chaining loop detection",
    "1.3.6.1.4.1.4203.1.9.1.1": "content synchronisation (RFC 4533)",
    "1.3.6.1.4.1.4203.1.9.1.2": "content synchronisation, state (RFC 4533)",
    "1.3.6.1.4.1.4203.1.9.1.3": "content synchronisation, done (RFC 4533)",
    "1.3.6.1.4.1.4203.1.10.1": "subentries (RFC 3672)",
    "1.3.6.1.4.1.4203.1.10.2": "no-op",
    "1.3.6.1.4.1.4203.666.5.12": "relax rules",
    "1.3.6.1.4.1.4203.666.5.16": "dereference",
    "1.3.6.1.4.1.7628.5.101.1": "subentries (old)",
    "1.3.6.1.4.1.26027.1.5.2": "replication repair",
    "1.2.826.0.1.3344810.2.3": "matched values (RFC 3876)",
    "2.16.840.1.113730.3.4.2": "ManageDsaIT (RFC 3296)",
    "2.16.840.1.113730.3.4.3": "persistent search",
    "2.16.840.1.113730.3.4.4": "password expired",
    "2.16.840.1.113730.3.4.5": "password expiring",
    "2.16.840.1.113730.3.4.7": "entry change notification",
    "2.16.840.1.113730.3.4.9": "virtual list view",
    "2.16.840.1.113730.3.4.10": "virtual list view, answer",
    "2.16.840.1.113730.3.4.12": "proxied authorization (old)",
    "2.16.840.1.113730.3.4.13": "replication update information",
    "2.16.840.1.113730.3.4.14": "search on specific database",
    "2.16.840.1.113730.3.4.15": "authorization response (RFC 3829)",
    "2.16.840.1.113730.3.4.16": "authorization request (RFC 3829)",
    "2.16.840.1.113730.3.4.17": "real attributes only",
    "2.16.840.1.113730.3.4.18": "proxied authorization (RFC 4370)",
    "2.16.840.1.113730.3.4.19": "virtual attributes only",
    "2.16.840.1.113730.3.4.20": "use one backend",
    # extensions
    "1.2.840.113556.1.4.1781": "fast bind",
    "1.2.840.113556.1.4.2212": "batched requests",
    "1.3.6.1.1.8": "cancel (RFC 3909)",
    "1.3.6.1.1.21.1": "start transaction (RFC 5805)",
    "1.3.6.1.1.21.3": "end transaction (RFC 5805)",
    "1.3.6.1.4.1.1466.20036": "notice of disconnection",
    "1.3.6.1.4.1.1466.20037": "StartTLS",
    "1.3.6.1.4.1.1466.101.119.1": "dynamic refresh (RFC 2589)",
    "1.3.6.1.4.1.4203.1.11.1": "password modify (RFC 3062)",
    "1.3.6.1.4.1.4203.1.11.3": "who am I (RFC 4532)",
    "1.3.6.1.4.1.26027.1.6.1": "password policy state",
    "2.16.840.1.113719.1.27.100.31": "get bind DN",
    "2.16.840.1.113730.3.5.3": "replication, start (389)",
    "2.16.840.1.113730.3.5.4": "replication, response (389)",
    "2.16.840.1.113730.3.5.5": "replication, end (389)",
    "2.16.840.1.113730.3.5.6": "replication, entry (389)",
    "2.16.840.1.113730.3.5.7": "bulk import, start (389)",
    "2.16.840.1.113730.3.5.8": "bulk import, end (389)",
    "2.16.840.1.113730.3.5.9": "digest authentication calculation (389)",
    "2.16.840.1.113730.3.5.12": "replication, start with protocol 9 (389)",
    "2.16.840.1.113730.3.6.5": "clean all RUV (389)",
    "2.16.840.1.113730.3.6.6": "clean all RUV, abort (389)",
    "2.16.840.1.113730.3.6.7": "clean all RUV, greatest CSN (389)",
    "2.16.840.1.113730.3.6.8": "clean all RUV, status (389)",
    # features
    "1.3.6.1.1.14": "increment (RFC 4525)",
    "1.3.6.1.4.1.4203.1.5.1": "all operational attributes (RFC 3673)",
    "1.3.6.1.4.1.4203.1.5.2": "attributes by object class (RFC 4529)",
    "1.3.6.1.4.1.4203.1.5.3": "absolute true and false filters (RFC 4526)",
    "1.3.6.1.4.1.4203.1.5.4": "language tags (RFC 3866)",
    "1.3.6.1.4.1.4203.1.5.5": "language ranges (RFC 3866)",
    # capabilities of the Active Directory family
    "1.2.840.113556.1.4.800": "Active Directory",
    "1.2.840.113556.1.4.1670": "Active Directory 2003",
    "1.2.840.113556.1.4.1791": "integrity of messages",
    "1.2.840.113556.1.4.1851": "AD LDS (ADAM)",
    "1.2.840.113556.1.4.1880": "AD LDS, digest bind",
    "1.2.840.113556.1.4.1920": "partial secrets (read-only)",
    "1.2.840.113556.1.4.1935": "Active Directory 2008",
    "1.2.840.113556.1.4.2080": "Active Directory 2008 R2",
    "1.2.840.113556.1.4.2237": "Active Directory 2012",
}


@attrs.frozen(order=True)
class Advertised:
    """Something that a root DSE lists by its object identifier.

    Attributes:
        oid: the identifier.
        name: what it is called; empty where this library has no name for it.

    >>> str(Advertised("1.3.6.1.1.12", "assertion (RFC 4528)"))
    '1.3.6.1.1.12  assertion (RFC 4528)'
    """

    oid: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.oid}  {self.name}".rstrip()


def advertised(oid: str) -> Advertised:
    """Return an identifier with its name.

    >>> advertised("1.2.840.113556.1.4.319").name
    'simple paged results (RFC 2696)'
    """
    return Advertised(oid, _NAMES.get(oid, ""))
