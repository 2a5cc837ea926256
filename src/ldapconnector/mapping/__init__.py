"""From users to values: attribute mappings, scoping filters and matching rules, all of them pure."""

from ldapconnector.mapping._accounts import (
    AccountReport,
    AccountState,
    DiscoveredAccount,
    discover_accounts,
)
from ldapconnector.mapping._checks import check_mappings
from ldapconnector.mapping._compile import (
    PASSWORD_ATTRIBUTES,
    SOFT_DELETED,
    CompiledMappings,
    with_soft_deleted,
)
from ldapconnector.mapping._diagnostics import MappingDiagnostic, Severity
from ldapconnector.mapping._flow import flow
from ldapconnector.mapping._graph_json import GraphDocument, GraphMapping, load_graph, to_graph
from ldapconnector.mapping._mapped import (
    MappedTarget,
    MappedUser,
    MappedValue,
    MappedValues,
    MappingFault,
    Origin,
)
from ldapconnector.mapping._match import MatchKind, MatchOutcome, match_by_index, match_by_lookup
from ldapconnector.mapping._match_index import MatchIndex
from ldapconnector.mapping._matching import (
    CompiledMatching,
    MatchCriterion,
    MatchRule,
    MatchRules,
)
from ldapconnector.mapping._names import escape_value
from ldapconnector.mapping._rdn import RdnValue, rdn_conflicts
from ldapconnector.mapping._required import MissingValue, RequiredReport, required_report, safe_cell
from ldapconnector.mapping._rules import (
    DISTINGUISHED_NAME,
    DN_TARGET,
    ECMA2HOST_PREFIX,
    EXPORT_PASSWORD,
    OBJECT_FILTER,
    Apply,
    AttributeMapping,
    Computed,
    Constant,
    Direct,
    FlowBehavior,
    FlowType,
    NoSource,
    ObjectAction,
    ObjectMapping,
    Source,
    bare_attribute,
)
from ldapconnector.mapping._scoping import (
    ClauseResult,
    ScopeClause,
    ScopeDecision,
    ScopeGroup,
    ScopeOperator,
    ScopingFilter,
)
from ldapconnector.mapping._uniqueness import (
    Allocation,
    Collision,
    NumberRange,
    UniquenessRule,
    allocate,
    find_collisions,
)

__all__ = [
    "DISTINGUISHED_NAME",
    "DN_TARGET",
    "ECMA2HOST_PREFIX",
    "EXPORT_PASSWORD",
    "OBJECT_FILTER",
    "PASSWORD_ATTRIBUTES",
    "SOFT_DELETED",
    "AccountReport",
    "AccountState",
    "Allocation",
    "Apply",
    "AttributeMapping",
    "ClauseResult",
    "Collision",
    "CompiledMappings",
    "CompiledMatching",
    "Computed",
    "Constant",
    "Direct",
    "DiscoveredAccount",
    "FlowBehavior",
    "FlowType",
    "GraphDocument",
    "GraphMapping",
    "MappedTarget",
    "MappedUser",
    "MappedValue",
    "MappedValues",
    "MappingDiagnostic",
    "MappingFault",
    "MatchCriterion",
    "MatchIndex",
    "MatchKind",
    "MatchOutcome",
    "MatchRule",
    "MatchRules",
    "MissingValue",
    "NoSource",
    "NumberRange",
    "ObjectAction",
    "ObjectMapping",
    "Origin",
    "RdnValue",
    "RequiredReport",
    "ScopeClause",
    "ScopeDecision",
    "ScopeGroup",
    "ScopeOperator",
    "ScopingFilter",
    "Severity",
    "Source",
    "UniquenessRule",
    "allocate",
    "bare_attribute",
    "check_mappings",
    "discover_accounts",
    "escape_value",
    "find_collisions",
    "flow",
    "load_graph",
    "match_by_index",
    "match_by_lookup",
    "rdn_conflicts",
    "required_report",
    "safe_cell",
    "to_graph",
    "with_soft_deleted",
]
