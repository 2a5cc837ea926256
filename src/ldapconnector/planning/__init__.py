"""From mapped users and a directory's index to a plan: pure, without any input or output."""

from ldapconnector.planning._changes import Action, Link, PlannedChange, Step, StepKind
from ldapconnector.planning._compare import PlanDifference
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
from ldapconnector.planning._diff import Comparer, Difference, diff
from ldapconnector.planning._guard import History
from ldapconnector.planning._index import DirectoryIndex
from ldapconnector.planning._json import WITHHELD_OCTETS
from ldapconnector.planning._limits import DeletionGuard
from ldapconnector.planning._plan import Hold, Plan, Release, Summary
from ldapconnector.planning._planner import Planner, Situation
from ldapconnector.planning._policy import DeprovisioningPolicy, Flow, FlowKind
from ldapconnector.planning._rules import ParentClass, ProvisioningRules
from ldapconnector.planning._text import redacted
from ldapconnector.planning._values import WITHHELD, ValueChange

__all__ = [
    "WITHHELD",
    "WITHHELD_OCTETS",
    "Account",
    "AccountState",
    "Action",
    "Comparer",
    "Decision",
    "DecisionAction",
    "DeletionGuard",
    "DeprovisioningPolicy",
    "Difference",
    "DirectoryIndex",
    "Event",
    "Flow",
    "FlowKind",
    "History",
    "Hold",
    "Link",
    "ParentClass",
    "Plan",
    "PlanDifference",
    "PlannedChange",
    "Planner",
    "ProvisioningRules",
    "Release",
    "Situation",
    "Step",
    "StepKind",
    "Summary",
    "ValueChange",
    "classify",
    "decide",
    "diff",
    "is_soft_deleted",
    "redacted",
]
