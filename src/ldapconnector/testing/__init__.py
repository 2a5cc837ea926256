"""For users' own tests: real and imitated directories, and checks of what is written for them.

Nothing here needs pytest unless it is used from pytest, and names load when they are first
used: pytest imports this package wherever the library is installed.

* cases of expressions and mappings in a file: :func:`expression_cases`, :func:`load_cases`
* assertions that show what differs: :func:`assert_entry_equal`, :func:`assert_plan`, ...
* the tests that a connector of one's own has to pass: :class:`ConnectorContract`
* a real OpenLDAP: :func:`start_openldap`, and certificates, good and bad, for it
* strategies for Hypothesis: ``ldapconnector.testing.strategies``
* fixtures for pytest: ``ldapconnector.testing.pytest_plugin``

>>> from ldapconnector.testing import openldap_missing, start_openldap
>>> if not openldap_missing():
...     with start_openldap() as server:
...         print(server.suffix)
... else:
...     print("dc=example,dc=com")
dc=example,dc=com
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ldapconnector.testing._assertions import (
        assert_entries_equal,
        assert_entry_equal,
        assert_plan,
        assert_planned,
        assert_plans_equal,
    )
    from ldapconnector.testing._case_files import load_cases
    from ldapconnector.testing._cases import (
        Case,
        CaseFailed,
        Expected,
        ExpressionCase,
        MappingCase,
        Surroundings,
    )
    from ldapconnector.testing._certificates import Certificates, KeyPair, make_certificates
    from ldapconnector.testing._contract import ConnectorContract
    from ldapconnector.testing._contract_base import ContractBroken, Violation
    from ldapconnector.testing._decorator import expression_cases
    from ldapconnector.testing._openldap import openldap_missing, start_openldap
    from ldapconnector.testing._server import DirectoryServer

__all__ = [
    "Case",
    "CaseFailed",
    "Certificates",
    "ConnectorContract",
    "ContractBroken",
    "DirectoryServer",
    "Expected",
    "ExpressionCase",
    "KeyPair",
    "MappingCase",
    "Surroundings",
    "Violation",
    "assert_entries_equal",
    "assert_entry_equal",
    "assert_plan",
    "assert_planned",
    "assert_plans_equal",
    "expression_cases",
    "load_cases",
    "make_certificates",
    "openldap_missing",
    "start_openldap",
]

_MODULES = {
    "_assertions": [
        "assert_entries_equal",
        "assert_entry_equal",
        "assert_plan",
        "assert_planned",
        "assert_plans_equal",
    ],
    "_case_files": ["load_cases"],
    "_cases": ["Case", "CaseFailed", "Expected", "ExpressionCase", "MappingCase", "Surroundings"],
    "_certificates": ["Certificates", "KeyPair", "make_certificates"],
    "_contract": ["ConnectorContract"],
    "_contract_base": ["ContractBroken", "Violation"],
    "_decorator": ["expression_cases"],
    "_openldap": ["openldap_missing", "start_openldap"],
    "_server": ["DirectoryServer"],
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _HOMES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
