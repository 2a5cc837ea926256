"""Cases from a file as the parameters of a test."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ldapconnector.errors import UsageError
from ldapconnector.testing._case_files import load_cases

__all__ = ["expression_cases"]

_Test = TypeVar("_Test", bound=Callable[..., Any])


def expression_cases(
    path: Path | str, *, functions: Mapping[str, Callable[..., Any]] | None = None
) -> Callable[[_Test], _Test]:
    """Run a pytest test once for each case of a file; the test takes ``case``.

    The same file can be run without a line of Python: pytest collects files that are called
    ``*.ldapcases.toml`` or ``*.ldapcases.json``.

    Args:
        path: the file; a relative one is looked for beside the test's module.
        functions: own functions of the expressions.

    Raises:
        ConfigurationError: the file has faults; all of them are told.
        UsageError: the test takes no argument ``case``.

    Example::

        from ldapconnector.testing import expression_cases

        @expression_cases("mappings.toml")
        def test_our_mappings(case):
            case.check()
    """

    def decorate(test: _Test) -> _Test:
        import pytest  # noqa: PLC0415 -- only who uses this needs pytest

        if "case" not in inspect.signature(test).parameters:
            raise UsageError(
                f"{test.__qualname__} takes no argument 'case'; write def {test.__name__}(case) "
                "and call case.check() in it"
            )
        beside = Path(inspect.getfile(test)).parent
        cases = load_cases(beside / path, functions=functions)
        mark = pytest.mark.parametrize("case", [pytest.param(one, id=one.name) for one in cases])
        decorated: _Test = mark(test)
        return decorated

    return decorate
