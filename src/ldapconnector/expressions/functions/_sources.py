"""Where the functions are documented."""

from typing import Final

__all__ = ["CLOUD_SYNC", "CUSTOMIZE", "GRAPH", "REFERENCE"]

REFERENCE: Final = (
    "https://learn.microsoft.com/entra/identity/app-provisioning/"
    "functions-for-customizing-application-data"
)
CLOUD_SYNC: Final = (
    "https://learn.microsoft.com/entra/identity/hybrid/cloud-sync/reference-expressions"
)
CUSTOMIZE: Final = (
    "https://learn.microsoft.com/entra/identity/app-provisioning/customize-application-attributes"
)
GRAPH: Final = (
    "https://learn.microsoft.com/graph/api/synchronization-synchronizationschema-functions"
)
