"""The cycle: plan, apply, outcomes, links, quarantine."""

from ldapconnector.provisioning._cycle import (
    CycleKind,
    CycleReport,
    CycleState,
    OnDemandReport,
    OnDemandStep,
)
from ldapconnector.provisioning._escrow import EscrowEntry, after_failure, is_due
from ldapconnector.provisioning._links import LinkStore, MemoryLinks
from ldapconnector.provisioning._logging import log_notice
from ldapconnector.provisioning._outcomes import (
    ApplyFinished,
    ApplyStarted,
    AuditRecord,
    Kind,
    Notice,
    Observer,
    Outcome,
    OutcomeReady,
    PlanMade,
    Result,
    StepOutcome,
)
from ldapconnector.provisioning._progress import Progress
from ldapconnector.provisioning._provisioner import Provisioner
from ldapconnector.provisioning._quarantine import (
    CycleCounts,
    Quarantine,
    QuarantineReason,
    check_may_run,
    judge,
)
from ldapconnector.provisioning._sqlite import SqliteLinks

__all__ = [
    "ApplyFinished",
    "ApplyStarted",
    "AuditRecord",
    "CycleCounts",
    "CycleKind",
    "CycleReport",
    "CycleState",
    "EscrowEntry",
    "Kind",
    "LinkStore",
    "MemoryLinks",
    "Notice",
    "Observer",
    "OnDemandReport",
    "OnDemandStep",
    "Outcome",
    "OutcomeReady",
    "PlanMade",
    "Progress",
    "Provisioner",
    "Quarantine",
    "QuarantineReason",
    "Result",
    "SqliteLinks",
    "StepOutcome",
    "after_failure",
    "check_may_run",
    "is_due",
    "judge",
    "log_notice",
]
