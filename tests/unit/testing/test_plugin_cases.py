"""Case files and fixtures as pytest runs them for a user of the library."""

from __future__ import annotations

import sys

import pytest

pytest_plugins = ["pytester"]

GOOD = """
[[expressions]]
name = "lower case"
expression = 'ToLower([mail])'
inputs = { mail = "A@B" }
result = "a@b"
"""
BAD = """
[[expressions]]
name = "wrong on purpose"
expression = 'ToLower([mail])'
inputs = { mail = "A@B" }
result = "A@B"
"""


@pytest.fixture
def run(pytester):
    """Run pytest on the folder, in a process of its own as users do."""

    def start(*arguments):
        return pytester.run(
            sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *arguments
        )

    return start


def test_a_case_file_is_collected_and_its_failure_explains(pytester, run):
    pytester.path.joinpath("users.ldapcases.toml").write_text(GOOD + BAD, encoding="utf-8")
    result = run("-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "users.ldapcases.toml::lower case PASSED*",
            "users.ldapcases.toml::wrong on purpose FAILED*",
            "wrong on purpose (users.ldapcases.toml $.expressions[[]1[]])",
            '  expected: "A@B"',
            '       got: "a@b"',
            '    ToLower([[]mail[]])  = "a@b"',
            '    └─ source: [[]mail[]]  = "A@B"',
        ]
    )
    result.stdout.no_fnmatch_line("*_cases.py:*")


def test_a_faulty_case_file_is_a_collection_error_with_all_faults(pytester, run):
    pytester.path.joinpath("users.ldapcases.toml").write_text(
        "[[expressions]]\nexpression = '[a]'\n[[expressions]]\nresult = 1\n", encoding="utf-8"
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*$.expressions[[]0[]]*", "*$.expressions[[]1[]]*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_setting_names_other_files(pytester, run):
    pytester.makeini("[pytest]\nldapconnector_cases = mappings_*.toml\n")
    pytester.path.joinpath("mappings_users.toml").write_text(GOOD, encoding="utf-8")
    pytester.path.joinpath("users.ldapcases.toml").write_text(BAD, encoding="utf-8")
    run().assert_outcomes(passed=1)


def test_the_decorator_runs_each_case_as_a_test(pytester, run):
    pytester.path.joinpath("mappings.toml").write_text(GOOD + BAD, encoding="utf-8")
    pytester.makepyfile(
        test_mappings="""
        from ldapconnector.testing import expression_cases

        @expression_cases("mappings.toml")
        def test_ours(case):
            case.check()
        """
    )
    result = run("-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "test_mappings.py::test_ours[[]lower case[]] PASSED*",
            "test_mappings.py::test_ours[[]wrong on purpose[]] FAILED*",
            "*CaseFailed: wrong on purpose (mappings.toml $.expressions[[]1[]])",
            'E*got: "a@b"',
        ]
    )


def test_the_memory_directory_is_what_the_test_asks_for(pytester, run):
    pytester.makepyfile(
        """
        import pytest

        def test_default(memory_directory):
            assert memory_directory.personality.vendor == "openldap"
            assert memory_directory.read("dc=example,dc=com")

        @pytest.mark.memory_directory("adlds", suffix="cn=app,dc=contoso,dc=lab")
        def test_marked(memory_directory):
            assert memory_directory.personality.vendor == "adlds"
            assert memory_directory.read("cn=app,dc=contoso,dc=lab")

        @pytest.mark.parametrize("memory_directory", ["openldap", "389ds"], indirect=True)
        def test_each(memory_directory):
            assert memory_directory.personality.vendor in ("openldap", "389ds")
        """
    )
    run("--strict-markers").assert_outcomes(passed=4)


def test_a_contract_is_collected_from_its_subclass_only(pytester, run):
    pytester.makepyfile(
        """
        from ldapconnector.testing import ConnectorContract

        class TestMine(ConnectorContract):
            def make_connector(self):
                return object()
        """
    )
    result = run()
    assert result.parseoutcomes()["failed"] == len(_checks())
    result.stdout.fnmatch_lines(
        ["*C1: object lacks capabilities, discover*", "*to mend: add them*"]
    )


def _checks():
    from ldapconnector.testing import ConnectorContract

    return ConnectorContract.checks()


def test_the_plugin_costs_nothing_where_it_is_not_used(pytester):
    """pytest loads it wherever the library is installed."""
    code = (
        "import sys, ldapconnector.testing.pytest_plugin\n"
        "heavy = [name for name in sys.modules if name.split('.')[0] in "
        "('attrs', 'attr', 'lark', 'ldap3', 'cattrs', 'regex', 'hypothesis', 'cryptography')]\n"
        "print(sorted(heavy))"
    )
    result = pytester.run(sys.executable, "-c", code)
    result.stdout.fnmatch_lines(["[[][]]"])
