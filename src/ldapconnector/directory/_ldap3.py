"""Loads ldap3, which costs a third of a second, when it is first needed."""

from __future__ import annotations

import functools
import warnings
from types import ModuleType

__all__ = ["load_ldap3"]


@functools.cache
def load_ldap3() -> ModuleType:
    """Return the module.

    ldap3 2.9.1 asks pyasn1 for two names that pyasn1 0.6 renamed; under ``python -W error``
    that would end the import, so those two warnings, and no others, are kept back here.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"(tagMap|typeMap) is deprecated", DeprecationWarning)
        import ldap3  # noqa: PLC0415
        import ldap3.protocol.sasl.sasl  # noqa: PLC0415

    return ldap3
