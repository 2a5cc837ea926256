"""Entries, changes, import results and LDIF: frozen values."""

from ldapconnector.entries._changes import (
    Add,
    Change,
    Delete,
    Modification,
    ModificationType,
    Modify,
    Rename,
    apply_change,
)
from ldapconnector.entries._entry import Entry, Values
from ldapconnector.entries._imports import (
    AccessLogWatermark,
    ChangeLogWatermark,
    DeltaImport,
    EntryDeleted,
    EntryRenamed,
    EntryWritten,
    FullImport,
    FullImportNeeded,
    PartialImport,
    PartialReason,
    SyncWatermark,
    TimestampWatermark,
    UsnWatermark,
    Watermark,
)
from ldapconnector.entries._ldif import read_ldif, write_ldif

__all__ = [
    "AccessLogWatermark",
    "Add",
    "Change",
    "ChangeLogWatermark",
    "Delete",
    "DeltaImport",
    "Entry",
    "EntryDeleted",
    "EntryRenamed",
    "EntryWritten",
    "FullImport",
    "FullImportNeeded",
    "Modification",
    "ModificationType",
    "Modify",
    "PartialImport",
    "PartialReason",
    "Rename",
    "SyncWatermark",
    "TimestampWatermark",
    "UsnWatermark",
    "Values",
    "Watermark",
    "apply_change",
    "read_ldif",
    "write_ldif",
]
