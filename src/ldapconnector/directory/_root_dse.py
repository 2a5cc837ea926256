"""The root DSE and the subschema: what a server says about itself (RFC 4512, 4.2 and 5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ldapconnector.directory._protocol import Scope
from ldapconnector.entries import Entry
from ldapconnector.errors import DirectoryError, EntryNotFound
from ldapconnector.names import Filter

if TYPE_CHECKING:
    from ldapconnector.schema import Schema

__all__ = ["ROOT_DSE_ATTRIBUTES", "SUBSCHEMA_ATTRIBUTES", "read_root_dse", "read_schema"]

#: ``*`` and ``+`` alone lose a product each: 389 Directory Server keeps its vendor from both,
#: DSEE does not know ``+``, the others have attributes that are told only when they are named.
ROOT_DSE_ATTRIBUTES: Final = (
    "*",
    "+",
    # every product (RFC 4512, RFC 3045)
    *("objectClass", "structuralObjectClass", "namingContexts", "subschemaSubentry"),
    *("supportedControl", "supportedExtension", "supportedFeatures", "supportedLDAPVersion"),
    *("supportedSASLMechanisms", "altServer", "vendorName", "vendorVersion", "fullVendorVersion"),
    *("configContext", "monitorContext", "entryUUID", "defaultNamingContext"),
    # change logs
    *("changeLog", "firstChangeNumber", "lastChangeNumber", "lastExternalChangelogCookie"),
    # Active Directory and AD LDS
    *("supportedCapabilities", "rootDomainNamingContext", "schemaNamingContext"),
    *("configurationNamingContext", "serverName", "dsServiceName", "highestCommittedUSN"),
    *("isGlobalCatalogReady", "domainFunctionality", "forestFunctionality"),
    *("domainControllerFunctionality", "currentTime"),
    # eDirectory
    *("dsaName", "directoryTreeName", "supportedGroupingTypes"),
    # IBM
    *("ibmdirectoryversion", "ibm-serverId", "ibm-configurationnamingcontext"),
    *("ibm-supportedCapabilities", "ibm-enabledCapabilities"),
    # 389 Directory Server and DSEE
    *("netscapemdsuffix", "dataversion", "nsBackendSuffix"),
    # RadiantOne, and those that are refused
    *("serverType", "orcldirectoryversion"),
)

SUBSCHEMA_ATTRIBUTES: Final = (
    *("objectClasses", "attributeTypes", "ldapSyntaxes", "matchingRules", "matchingRuleUse"),
    *("dITContentRules", "dITStructureRules", "nameForms"),
    *("IBMAttributeTypes", "extendedAttributeInfo", "extendedClassInfo"),
    *("objectClass", "cn", "createTimestamp", "modifyTimestamp"),
)

_ANYTHING: Final = Filter.present("objectClass")
_SUBSCHEMA: Final = Filter.equal("objectClass", "subschema")
#: Where the subschema is when the root DSE does not tell.
_USUAL_PLACES: Final = ("cn=Subschema", "cn=schema")

Search = Callable[[str, Filter, Scope, Sequence[str]], Iterator[Entry]]


def read_root_dse(search: Search) -> Entry:
    """Return the root DSE; without attributes where the server shows none.

    Args:
        search: searches by base, filter, scope and attributes.

    Raises:
        DirectoryError: the server refuses to tell, or is gone.
    """
    # To the end, so that no answer is left on the connection.
    found = list(search("", _ANYTHING, Scope.BASE, ROOT_DSE_ATTRIBUTES))
    return found[0] if found else Entry("", {})


def read_schema(search: Search, root_dse: Entry) -> Schema:
    """Return the schema that governs the naming contexts.

    Raises:
        EntryNotFound: none can be read.
        DirectoryError: the server is gone.
    """
    from ldapconnector.schema import Schema  # noqa: PLC0415  only when a schema is wanted

    places = root_dse.text("subschemaSubentry") or _USUAL_PLACES
    refused: DirectoryError | None = None
    for place in places:
        # RFC 4512, 4.4 has the filter on the class; some servers find nothing by it.
        for filter_ in (_SUBSCHEMA, _ANYTHING):
            try:
                found = list(search(place, filter_, Scope.BASE, SUBSCHEMA_ATTRIBUTES))
            except DirectoryError as error:
                if error.code is None:
                    raise
                refused = error
                break
            for entry in found:
                if "objectClasses" in entry or "attributeTypes" in entry:
                    return Schema.parse(entry)
    raise EntryNotFound(
        f"the schema cannot be read at {' or '.join(map(repr, places))}",
        operation="search",
        code=None if refused is None else refused.code,
        diagnostic="" if refused is None else refused.diagnostic,
        explanation="Without it nothing can be checked before it is written",
        next_step="Let the account read the subschema entry, which RFC 4512 (4.4) asks servers "
        "to show.",
    )
