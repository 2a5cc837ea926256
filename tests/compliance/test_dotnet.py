"""What Microsoft's pages print for .NET, against what this library gives.

Each case file groups its cases by the page that they come from; ``basis`` says whether
the page prints the very result (documented) or the rule that gives it (rule).
"""

import datetime as dt
import json
from pathlib import Path

import pytest

from ldapconnector.expressions.dotnet import casing, dates, regex

CASES = Path(__file__).parent / "dotnet"


def cases(name):
    groups = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return [
        pytest.param(case, id=f"{group['source'].rpartition('/')[2]}-{number}")
        for group in groups
        for number, case in enumerate(group["cases"], 1)
    ]


def moment(text):
    """The written value as .NET would hold it: kind and all seven digits."""
    zone = "K" if text[-1] == "Z" or text[-6] in "+-" else ""
    if text[-6] in "+-":
        local = moment(text[:-6])
        sign = -1 if text[-6] == "-" else 1
        offset = dt.timedelta(hours=int(text[-5:-3]), minutes=int(text[-2:])) * sign
        return local.replace(tzinfo=dt.timezone(offset, text[-6:]))
    return dates.parse_exact(text, f"yyyy-MM-ddTHH:mm:ss.FFFFFFF{zone}")


@pytest.mark.parametrize("case", cases("date_formats"))
def test_date_is_written_as_documented(case):
    if case.get("error"):
        with pytest.raises(ValueError, match="date format"):
            dates.format_date(moment(case["value"]), case["format"], case["culture"])
    else:
        written = dates.format_date(moment(case["value"]), case["format"], case["culture"])
        assert written == case["expected"]


def kind(moment):
    if moment.tzinfo is None:
        return "Unspecified"
    return "Utc" if moment.tzinfo is dt.timezone.utc else "Local"  # noqa: UP017


@pytest.mark.parametrize("case", cases("parse_exact"))
def test_exact_date_is_read_as_documented(case):
    arguments = (case["text"], case["format"])
    if case.get("error"):
        with pytest.raises(ValueError):  # noqa: PT011 - the reasons differ
            dates.parse_exact(*arguments, styles=case["styles"], culture=case["culture"])
    else:
        found = dates.parse_exact(*arguments, styles=case["styles"], culture=case["culture"])
        written = dates.format_date(found, "yyyy-MM-ddTHH:mm:ss.FFFFFFF")
        assert (written, kind(found)) == (case["expected"], case["kind"])


@pytest.mark.parametrize("case", cases("cdate"))
def test_cdate_reads_as_documented(case):
    if case.get("error"):
        with pytest.raises(ValueError, match="is no date"):
            dates.parse_cdate(case["text"])
    else:
        found = dates.parse_cdate(case["text"])
        assert (dates.format_date(found, "s"), kind(found)) == (case["expected"], "Utc")


@pytest.mark.parametrize("case", cases("date_add"))
def test_date_add_counts_as_documented(case):
    added = dates.date_add(case["interval"], case["number"], dates.parse_cdate(case["date"]))
    assert dates.format_date(added, "M/d/yyyy") == case["expected"]


@pytest.mark.parametrize("case", cases("date_diff"))
def test_date_diff_counts_as_documented(case):
    first, second = dates.parse_cdate(case["first"]), dates.parse_cdate(case["second"])
    assert dates.date_diff(case["interval"], first, second) == case["expected"]


@pytest.mark.parametrize("case", cases("regex"))
def test_pattern_behaves_as_documented(case):
    pattern = case["pattern"]
    if case.get("error"):
        with pytest.raises(ValueError, match="no group"):
            regex.compile_pattern(pattern)
    elif "unsupported" in case:
        with pytest.raises(ValueError, match=case["unsupported"]):
            regex.compile_pattern(pattern)
    elif "replacement" in case:
        replaced = regex.substitute(pattern, case["text"], case["replacement"], timeout=10)
        assert replaced == case["expected"]
    else:
        # Each match is marked, so that the marks show what matched and in which order.
        marked = regex.substitute(pattern, case["text"], "\u2980$&\u2981", timeout=10)
        found = [piece.partition("\u2981")[0] for piece in marked.split("\u2980")[1:]]
        assert found == case["matches"]
        assert regex.matches(pattern, case["text"], timeout=10) is bool(case["matches"])


@pytest.mark.parametrize("case", cases("title_case"))
def test_title_case_is_as_documented(case):
    assert casing.title_case(case["text"], case.get("separators")) == case["expected"]
