"""The cycle: plan, apply, outcomes, links, quarantine."""

from ldapconnector.provisioning._links import LinkStore, MemoryLinks
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
from ldapconnector.provisioning._provisioner import Provisioner

__all__ = [
    "ApplyFinished",
    "ApplyStarted",
    "AuditRecord",
    "Kind",
    "LinkStore",
    "MemoryLinks",
    "Notice",
    "Observer",
    "Outcome",
    "OutcomeReady",
    "PlanMade",
    "Provisioner",
    "Result",
    "StepOutcome",
]
