"""From mapped users and a directory's index to a plan: pure, without any input or output."""

from ldapconnector.planning._deprovisioning import (
    Account,
    AccountState,
    Decision,
    DecisionAction,
    Event,
    classify,
    decide,
    is_soft_deleted,
)
from ldapconnector.planning._limits import DeletionGuard
from ldapconnector.planning._policy import DeprovisioningPolicy, Flow, FlowKind
from ldapconnector.planning._rules import (
    NumberRange,
    ParentClass,
    ProvisioningRules,
    UniqueAttribute,
)

__all__ = [
    "Account",
    "AccountState",
    "Decision",
    "DecisionAction",
    "DeletionGuard",
    "DeprovisioningPolicy",
    "Event",
    "Flow",
    "FlowKind",
    "NumberRange",
    "ParentClass",
    "ProvisioningRules",
    "UniqueAttribute",
    "classify",
    "decide",
    "is_soft_deleted",
]
