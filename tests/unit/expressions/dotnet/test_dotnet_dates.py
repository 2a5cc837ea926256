import datetime as dt
import pickle

import pytest

from ldapconnector.expressions.dotnet import dates
from ldapconnector.expressions.dotnet._cultures import _CULTURES, culture_of

UTC = dt.timezone.utc  # noqa: UP017


def test_seventh_digit_survives_reading_writing_arithmetic_and_pickling():
    moment = dates.parse_cdate("2023-01-01T00:00:00.1234567Z")
    assert dates.format_date(moment, "fffffff") == "1234567"
    assert dates.format_date(pickle.loads(pickle.dumps(moment)), "fffffff") == "1234567"
    assert dates.format_date(dates.date_add("m", 1, moment), "MM fffffff") == "02 1234567"
    assert dates.to_filetime(moment) % 10 == 7
    assert dates.to_filetime(dates.from_filetime(dates.to_filetime(moment))) % 10 == 7


@pytest.mark.parametrize("digits", ["1", "1234567", "12345678", "123456789012"])
def test_digits_beyond_ticks_are_dropped(digits):
    moment = dates.parse_cdate(f"2023-01-01T00:00:00.{digits}Z")
    assert dates.format_date(moment, "fffffff") == digits[:7].ljust(7, "0")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "1601-01-01T00:00:00.0000000Z"),
        (1, "1601-01-01T00:00:00.0000001Z"),
        (116_444_736_000_000_000, "1970-01-01T00:00:00.0000000Z"),
        (2_650_467_743_999_999_999, "9999-12-31T23:59:59.9999999Z"),
    ],
)
def test_filetime_keeps_its_whole_range(number, text):
    moment = dates.from_filetime(number)
    assert dates.format_date(moment, "o") == text
    assert dates.to_filetime(moment) == number


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (0x7FFF_FFFF_FFFF_FFFF, "never"),
        (2_650_467_744_000_000_000, "1601 and 9999"),
        (-1, "1601 and 9999"),
    ],
)
def test_filetime_outside_of_the_calendar_is_refused(number, reason):
    with pytest.raises(ValueError, match=reason):
        dates.from_filetime(number)


def test_filetime_of_an_earlier_date_is_refused():
    with pytest.raises(ValueError, match="1600 is before 1601"):
        dates.to_filetime(dt.datetime(1600, 12, 31, tzinfo=UTC))


def test_filetime_of_a_local_time_counts_in_utc():
    berlin = dt.timezone(dt.timedelta(hours=2))
    local = dt.datetime(2024, 7, 1, 2, tzinfo=berlin)
    assert dates.to_filetime(local) == dates.to_filetime(dt.datetime(2024, 7, 1, tzinfo=UTC))


@pytest.mark.parametrize("interval", ["", "D D", "mm", "year", "wwww"])
def test_unknown_interval_is_refused_with_what_is_known(interval):
    moment = dates.parse_cdate("2024-01-01")
    with pytest.raises(ValueError, match="n is minutes"):
        dates.date_add(interval, 1, moment)
    with pytest.raises(ValueError, match="no interval"):
        dates.date_diff(interval, moment, moment)


def test_interval_names_ignore_case_as_in_visual_basic():
    moment = dates.parse_cdate("2024-01-01")
    assert dates.date_add("YYYY", 1, moment) == dates.date_add("yyyy", 1, moment)


@pytest.mark.parametrize(
    ("interval", "number"), [("yyyy", 8000), ("m", -30_000), ("d", 10**9), ("s", -(10**13))]
)
def test_leaving_the_calendar_is_refused(interval, number):
    with pytest.raises(ValueError, match="years 1 to 9999"):
        dates.date_add(interval, number, dates.parse_cdate("2024-01-01"))


def test_day_and_hour_differences_are_cut_not_counted_by_the_calendar():
    late, early = dates.parse_cdate("2024-01-01 23:00"), dates.parse_cdate("2024-01-02 01:00")
    assert dates.date_diff("d", late, early) == 0
    assert dates.date_diff("h", late, early) == 2
    assert dates.date_diff("d", early, late) == 0


def test_calendar_weeks_begin_on_sunday():
    saturday, sunday = dates.parse_cdate("2024-01-06"), dates.parse_cdate("2024-01-07")
    assert dates.date_diff("ww", saturday, sunday) == 1
    assert dates.date_diff("w", saturday, sunday) == 0


def test_difference_takes_a_zoneless_date_as_utc():
    naive = dates.parse_exact("2024-01-01", "yyyy-MM-dd")
    assert dates.date_diff("h", naive, dates.parse_cdate("2024-01-01T01:00:00Z")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "tomorrow",
        "2024-13-01",
        "2024-02-30",
        "24:00",
        "2024-01-01T25:00",
        "1/1/2024 13 PM",
        "2024-01-01+15:00",
        "2024-01-01+01:60",
        "Sun, 01 Jan 2024",
        "Foo 1, 2024",
        "Xyz, 1 Jan 2024",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٤-٠١-٠١",
        "9" * 500,
        "03/01/2009T10:00:00",
        "2024-1/2",
        "0000-01-01",
        "2024-01-01T10:00:60",
    ],
)
def test_cdate_refuses_what_is_no_date(text):
    with pytest.raises(ValueError, match=r"is no date|is empty"):
        dates.parse_cdate(text)


def test_cdate_points_from_compact_timestamps_to_their_format():
    with pytest.raises(ValueError, match=r'FormatDateTime.*"yyyyMMddHHmmss.fZ"'):
        dates.parse_cdate("20150123105347.1Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/2/24", "2024-01-02T00:00:00"),
        ("1/2/50", "1950-01-02T00:00:00"),
        ("12-31-2024 12:00 AM", "2024-12-31T00:00:00"),
        ("12/31/2024 12 PM", "2024-12-31T12:00:00"),
        ("2024-06", "2024-06-01T00:00:00"),
        ("June 2024", "2024-06-01T00:00:00"),
        ("15-Jun-2024 7:5", "2024-06-15T07:05:00"),
        ("2024 Jun 15", "2024-06-15T00:00:00"),
        ("  2024-06-15T10:00:00.5+0530  ", "2024-06-15T04:30:00"),
        ("2024-06-15 10:00 p.m.", "2024-06-15T22:00:00"),
        ("2024-06-15T10:00:00 UTC", "2024-06-15T10:00:00"),
        ("2024-06-15T10:00:00-14", "2024-06-16T00:00:00"),
    ],
)
def test_cdate_reads_the_usual_forms(text, expected):
    assert dates.format_date(dates.parse_cdate(text), "s") == expected


@pytest.mark.parametrize(
    ("text", "format_", "reason"),
    [
        ("", "yyyy", "empty"),
        ("2024", "", "format is empty"),
        ("2024x", "yyyy", "left over"),
        ("24", "yyyy", "4 digits"),
        ("2024-06-31", "yyyy-MM-dd", "day"),
        ("2024 13 PM", "yyyy hh tt", "12-hour"),
        ("2024 1 AM PM", "yyyy h tt tt", "AM and PM|AM or PM|is expected"),
        ("2024 13 AM", "yyyy HH tt", "contradict"),
        ("2024-06-15 Mon", "yyyy-MM-dd ddd", "is no"),
        ("2024 2023", "yyyy yyyy", "two different values"),
        ("2024 +01:00 +02:00", "yyyy zzz zzz", "two different time zones"),
        ("2024 +15:00", "yyyy zzz", "14 hours"),
        ("2024 +01:99", "yyyy zzz", "59 minutes"),
        ("2024 24", "yyyy yy", "two different values"),
        ("0001-01-01 +14:00", "yyyy-MM-dd zzz", "1 to 9999"),
        ("06-15", "MM-dd", "no year"),
        ("2024", "x", "no standard date format"),
        ("2024", "yyyy 'x", "not closed"),
        ("2024:", "yyyyK", "left over"),
        ("2024 Z", "yyyy zzz", "offset such as"),
    ],
)
def test_exact_reading_says_what_is_wrong(text, format_, reason):
    with pytest.raises(ValueError, match=reason):
        dates.parse_exact(text, format_)


def test_missing_parts_come_from_the_present():
    now = dt.datetime(2024, 5, 17, 12, tzinfo=UTC)
    read = [
        dates.format_date(dates.parse_exact(text, format_, now=now), "s")
        for text, format_ in (("13:45", "HH:mm"), ("06", "MM"), ("03", "dd"))
    ]
    assert read == ["2024-05-17T13:45:00", "2024-06-01T00:00:00", "2024-01-03T00:00:00"]


@pytest.mark.parametrize(
    ("text", "format_", "expected"),
    [
        ("2024-06-15", "yyyy-MM-dd.FFF", "2024-06-15T00:00:00"),
        ("2024-06-15.25", "yyyy-MM-dd.FFF", "2024-06-15T00:00:00.25"),
        ("2024 GMT", "yyyy GMT", "2024-01-01T00:00:00"),
        ("2024 gmt", "yyyy Z", "2024-01-01T00:00:00"),
        ("2024+1", "yyyyz", "2023-12-31T23:00:00"),
        ("2024+0100", "yyyyzzz", "2023-12-31T23:00:00"),
        ("2024", "yyyyK", "2024-01-01T00:00:00"),
        ("1p2024", "htyyyy", "2024-01-01T13:00:00"),
        ("2024 A.D.", "yyyy g", "2024-01-01T00:00:00"),
        ("june 2024", "MMMM yyyy", "2024-06-01T00:00:00"),
        ("2024yx", "yyyy\\y'x'", "2024-01-01T00:00:00"),
        ("  2024 ", "'  'yyyy  ", "2024-01-01T00:00:00"),
    ],
)
def test_exact_reading_of_special_pieces(text, format_, expected):
    found = dates.parse_exact(text, format_)
    assert dates.format_date(found, "yyyy-MM-ddTHH:mm:ss.FFFFFFF") == expected


def test_kinds_print_as_in_dotnet():
    for styles, suffix in (
        ("None", ""),
        ("AssumeUniversal", "+00:00"),
        ("AssumeLocal", "+00:00"),
        ("AssumeUniversal, AdjustToUniversal", "Z"),
    ):
        moment = dates.parse_exact("2024", "yyyy", styles=styles)
        assert dates.format_date(moment, "%K") == suffix


@pytest.mark.parametrize("styles", ["RoundTripKinds", "AllowWhite", "Utc"])
def test_unknown_styles_are_named(styles):
    with pytest.raises(ValueError, match="no DateTimeStyles name"):
        dates.parse_exact("2024", "yyyy", styles=styles)


def test_styles_take_the_enumeration_prefix():
    dates.parse_exact(" 2024", "yyyy", styles="DateTimeStyles.AllowLeadingWhite")


def test_unknown_culture_gets_a_suggestion():
    with pytest.raises(ValueError, match="did you mean en-US"):
        dates.format_date(dates.parse_cdate("2024-01-01"), "D", "en-UX")


@pytest.mark.parametrize("culture", _CULTURES, ids=lambda culture: culture.name or "invariant")
def test_every_culture_is_complete_and_reads_what_it_writes(culture):
    assert [len(x) for x in (culture.months, culture.days)] == [12, 7]
    assert [len(x) for x in (culture.short_months, culture.short_days)] == [12, 7]
    assert culture_of(culture.name.upper().replace("-", "_")) is culture
    for month in range(1, 13):
        moment = dt.datetime(2024, month, 28, 15, 4, 5)  # noqa: DTZ001
        for format_ in ("D", "G", "F", "ddd dd MMM yyyy HH:mm:ss", "dddd d MMMM yyyy H:m:s"):
            text = dates.format_date(moment, format_, culture.name)
            found = dates.parse_exact(text, format_, culture=culture.name)
            expected = moment.replace(hour=0, minute=0, second=0) if format_ == "D" else moment
            assert found == expected


def test_long_input_is_bounded_and_shortened_in_messages():
    moment = dates.parse_cdate("2024-01-01")
    with pytest.raises(ValueError, match="1000 are the most"):
        dates.format_date(moment, "x" * 1001)
    long = "x" * 1_000_000
    for call in (
        lambda: dates.parse_cdate(long),
        lambda: dates.parse_exact(long, "yyyy"),
        lambda: dates.parse_exact("2024", "yyyy", styles=long),
        lambda: dates.parse_exact("2024", "yyyy", culture=long),
        lambda: dates.date_add(long, 1, moment),
    ):
        with pytest.raises(ValueError, match=r"xxx\.\.\.'") as caught:
            call()
        assert len(str(caught.value)) < 1000
