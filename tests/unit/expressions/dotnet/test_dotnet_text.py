import json
import sys
import unicodedata

import pytest

from ldapconnector.expressions.dotnet import casing, diacritics, sid


@pytest.mark.parametrize(
    ("text", "upper"),
    [
        ("straße", "STRAßE"),
        ("ﬁn", "ﬁN"),
        ("ŉ", "ŉ"),
        ("ΐ", "ΐ"),
        ("ᾳ", "ᾼ"),
        ("ǆ", "Ǆ"),
        ("ı", "ı"),
        ("ÿ", "Ÿ"),
        ("άέ", "ΆΈ"),
        ("𐐨", "𐐀"),
    ],
)
def test_upper_case_is_one_to_one(text, upper):
    assert casing.to_upper(text) == upper


@pytest.mark.parametrize(
    ("text", "lower"),
    [("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"), ("İ", "İ"), ("ẞ", "ß"), ("ǅ", "ǆ"), ("ÀÉ", "àé")],
)
def test_lower_case_is_one_to_one(text, lower):
    assert casing.to_lower(text) == lower


def test_length_never_changes():
    text = "".join(map(chr, range(sys.maxunicode + 1)))
    assert len(casing.to_upper(text)) == len(casing.to_lower(text, "en")) == len(text)


@pytest.mark.parametrize("culture", ["tr", "tr-TR", "az", "az-Latn-AZ", "TR_tr"])
def test_turkic_cultures_keep_the_dot(culture):
    assert casing.to_upper("istanbul ıl", culture) == "İSTANBUL IL"
    assert casing.to_lower("İSTANBUL IL", culture) == "istanbul ıl"
    assert casing.title_case("istanbul ışık", None, culture) == "İstanbul Işık"


@pytest.mark.parametrize(
    "culture", ["lt", "lt-LT", "el", "el-GR", "en-US", "de", "zh-Hant-TW", "es-419"]
)
def test_other_cultures_use_the_simple_mappings(culture):
    assert casing.to_upper("iìάς", culture) == "IÌΆΣ"
    assert casing.to_lower("IÌΆΣ", culture) == "iìάσ"
    assert casing.to_upper("ı", culture) == "I"
    assert casing.to_lower("İ", culture) == "i"


@pytest.mark.parametrize(
    ("culture", "meant"),
    [("turkish", "'tr'"), ("Azerbaijan", "'az'"), ("greek", "'el'")],
)
def test_unknown_culture_gets_a_suggestion(culture, meant):
    with pytest.raises(ValueError, match=f"no culture name; did you mean {meant}"):
        casing.to_upper("x", culture)


@pytest.mark.parametrize("culture", ["q", "??", "xx-YY", "en US!", "en" + "-abcde" * 20])
def test_unknown_culture_is_refused(culture):
    with pytest.raises(ValueError, match="is no culture name"):
        casing.to_lower("x", culture)


@pytest.mark.parametrize(
    ("text", "titled"),
    [
        ("o'neill", "O'Neill"),
        ("1abc abc1def", "1Abc Abc1def"),
        ("a_b+c=d$e©f", "A_B+C=D$E©F"),
        ("ÉMILE ZOLA", "Émile Zola"),
        ("ǆep ﬁn ßa", "ǅep ﬁn ßa"),
        ("e\u0301cole", "E\u0301cole"),
        ("line\none\ttab", "Line\nOne\tTab"),
        ("日本 語a", "日本 語a"),
        ("", ""),
    ],
)
def test_title_case_parts_words_as_dotnet_does_and_at_apostrophes(text, titled):
    assert casing.title_case(text) == titled


@pytest.mark.parametrize(
    ("text", "separators", "titled"),
    [
        ("PINTO-DE'SILVA", "-", "Pinto-De'silva"),
        ("PINTO-DE'SILVA", "", "Pinto-de'silva"),
        ("maria anna", "-", "Maria anna"),
        ("axbxc", "x", "AxBxC"),
    ],
)
def test_only_given_separators_part_words(text, separators, titled):
    assert casing.title_case(text, separators) == titled


def test_dutch_digraph_rises_as_a_whole():
    assert casing.title_case("ijsland dijk", None, "nl-NL") == "IJsland Dijk"
    assert casing.title_case("ijsland", None, "en") == "Ijsland"


def test_diacritics_are_those_of_the_documented_table(shared):
    rows = json.loads((shared / "reference/normalize_diacritics_table.json").read_text("utf-8"))
    assert len(rows["rows"]) == 261
    for row in rows["rows"]:
        assert diacritics.normalize(row["char"]) == row["normalized"]
        assert diacritics.normalize(f"x{row['char']}y") == f"x{row['normalized']}y"


@pytest.mark.parametrize("text", ["đþðœĦŋ", "plain", "", "日本", unicodedata.normalize("NFD", "ü")])
def test_what_the_table_lacks_stays(text):
    assert diacritics.normalize(text) == text


def test_longest_row_wins():
    assert diacritics.normalize("e\u030a\u0304, ē\u0302") == "e, e"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("010100000000000000000000", "S-1-0-0"),
        ("01020000000000052000000020020000", "S-1-5-32-544"),
        (
            "010500000000000515000000dc7b9a4f3aa0b3c1e7d20c5bf4010000",
            "S-1-5-21-1335524316-3249774650-1527567079-500",
        ),
        ("0100000000000005", "S-1-5"),
        ("010101000000000001000000", "S-1-0x010000000000-1"),
    ],
)
def test_sid_text(octets, text):
    assert sid.string_from_sid(bytes.fromhex(octets)) == text


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        ("", "at least 8"),
        ("0201000000000005ff000000", "revision 2"),
        ("0110000000000005", "at most 15"),
        ("010200000000000520000000", "16 octets, not 12"),
        ("01010000000000052000000000", "12 octets, not 13"),
    ],
)
def test_broken_sid_is_refused(octets, reason):
    with pytest.raises(ValueError, match=reason):
        sid.string_from_sid(bytes.fromhex(octets))
