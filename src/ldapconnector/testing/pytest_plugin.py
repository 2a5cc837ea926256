"""Fixtures and case files for pytest. pytest finds them by itself where this library is installed.

``memory_directory`` is a directory without a server, of any product; ``real_openldap`` an
OpenLDAP of the test's own::

    @pytest.mark.memory_directory("adlds", suffix="cn=app,dc=contoso,dc=lab")
    def test_plan(memory_directory):
        connector = LdapConnector(configuration, directory=memory_directory)

    def test_sign_in(real_openldap):
        profile = ConnectionProfile.from_url(real_openldap.tls_url, ...)

Files that match the setting ``ldapconnector_cases`` (by default ``*.ldapcases.toml`` and
``*.ldapcases.json``) are collected as tests, one for each case.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ldapconnector.directory import MemoryDirectory
    from ldapconnector.testing import Case, Certificates, DirectoryServer

__all__ = [
    "memory_directory",
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_configure",
    "real_openldap",
]

_PATTERNS = ["*.ldapcases.toml", "*.ldapcases.json"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that says which files hold cases."""
    parser.addini(
        "ldapconnector_cases",
        "names of files with expression and mapping cases",
        type="args",
        default=_PATTERNS,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "memory_directory(product, suffix=..., entries=...): which directory the fixture "
        "memory_directory imitates; the arguments of MemoryDirectory.like",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file of cases."""
    patterns = parent.config.getini("ldapconnector_cases")
    if any(fnmatch(file_path.name, pattern) for pattern in patterns):
        made: pytest.Collector = _CaseFile.from_parent(parent, path=file_path)
        return made
    return None


class _CaseFile(pytest.File):
    """A file, as pytest collects it."""

    def collect(self) -> Iterable[_CaseItem]:
        from ldapconnector.errors import ConfigurationError  # noqa: PLC0415
        from ldapconnector.testing import load_cases  # noqa: PLC0415

        try:
            cases = load_cases(self.path)
        except ConfigurationError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            yield _CaseItem.from_parent(self, name=case.name, case=case)


class _CaseItem(pytest.Item):
    """One case, as pytest runs it."""

    def __init__(self, *, case: Case, **options: Any) -> None:
        super().__init__(**options)
        self.case = case

    def runtest(self) -> None:
        self.case.check()

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,
    ) -> Any:
        """Show what the case says, without the frames of this library."""
        from ldapconnector.testing import CaseFailed  # noqa: PLC0415

        if isinstance(excinfo.value, CaseFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style=style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


@pytest.fixture
def memory_directory(request: pytest.FixtureRequest) -> Iterator[MemoryDirectory]:
    """A directory in memory: an OpenLDAP with ``dc=example,dc=com`` unless it is told otherwise.

    The marker ``memory_directory`` names product, suffix and entries for one test; indirect
    parametrisation names several products for the same test::

        @pytest.mark.parametrize("memory_directory", ["openldap", "389ds"], indirect=True)
    """
    from ldapconnector.directory import MemoryDirectory  # noqa: PLC0415

    marker = request.node.get_closest_marker("memory_directory")
    options: dict[str, Any] = dict(marker.kwargs) if marker else {}
    product = options.pop("product", marker.args[0] if marker and marker.args else "openldap")
    with MemoryDirectory.like(getattr(request, "param", product), **options) as directory:
        yield directory


@pytest.fixture(scope="session")
def _openldap_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates | None:
    """What the server needs for TLS; None where the extra ``certificates`` is absent."""
    from ldapconnector.testing import make_certificates  # noqa: PLC0415  only when it is used

    if importlib.util.find_spec("cryptography") is None:
        return None
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def real_openldap(_openldap_certificates: Certificates | None) -> Iterator[DirectoryServer]:
    """A fresh OpenLDAP on loopback, with ``ou=people`` and ``ou=groups`` empty.

    It starts in about a fifth of a second and ends with the test. The test is skipped where
    slapd is not installed. See :func:`ldapconnector.testing.start_openldap` for what it has.
    """
    from ldapconnector.testing import openldap_missing, start_openldap  # noqa: PLC0415

    if reason := openldap_missing():
        pytest.skip(reason)
    with start_openldap(certificates=_openldap_certificates) as server:
        yield server
