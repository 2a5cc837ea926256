import subprocess
import sys

import pytest

from ldapconnector.expressions.dotnet import casing, regex
from ldapconnector.expressions.dotnet._regex_case import same_letters


def found(pattern, text):
    marked = regex.substitute(pattern, text, "\u2980$&\u2981", timeout=10)
    return [piece.partition("\u2981")[0] for piece in marked.split("\u2980")[1:]]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"(?'a'x)\k'a'", "xx", ["xx"]),
        (r"(?<a>x)\<a>", "xx", ["xx"]),
        (r"(?<a>x)|(?<a>y)", "xy", ["x", "y"]),
        (r"\k<2>(?<2>a)", "a", []),
        (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\10", "abcdefghijj", ["abcdefghijj"]),
        (r"(a)\10", "a\b", ["a\b"]),
        (r"(?i)straße", "STRAßE STRASSE", ["STRAßE"]),
        (r"a(?i)b|c", "aB C c A", ["aB", "C", "c"]),
        (r"(?:(?i)a)a", "Aa AA", ["Aa"]),
        (r"(?i)[a-c-[b]]+x", "aBCx Ax", ["Cx", "Ax"]),
        (r"(?i)[^k-m]+", "jKk\u212alMn", ["j", "n"]),
        (r"(?i)isik", "ISIK ışık İSİK iſik IS\u0130K isi\u212a", ["ISIK", "isi\u212a"]),
        (r"(?i)γιαννης", "ΓΙΑΝΝΗΣ γιαννης ΓΙΑΝΝΗς", ["γιαννης", "ΓΙΑΝΝΗς"]),
        (r"(?i)[а-я]+é", "ПРИВЕТÉ", ["ПРИВЕТÉ"]),
        (r"(?i)[\u0000-\uffff]", "Ǆ", ["Ǆ"]),
        (r"(?i)ǆ", "Ǆǅǆ", ["Ǆ", "ǅ", "ǆ"]),
        (r"(?i)(a)\1", "aA", ["aA"]),
        (r"(?i:a)(?-i:b)", "Ab AB", ["Ab"]),
        (r"(?x) a\ b # a comment" + "\n c", "a bc", ["a bc"]),
        (r"(?x: a b ) c", "ab c", ["ab c"]),
        (r"a(?# a comment)+", "aaa", ["aaa"]),
        (r"(?s).+", "a\nb", ["a\nb"]),
        (r".+", "a\nb\rc", ["a", "b\rc"]),
        (r"(?m)^b$", "a\nb\nc", ["b"]),
        (r"^b$", "a\nb\nc", []),
        (r"b$", "b\n", ["b"]),
        (r"b\Z", "b\n", ["b"]),
        (r"b\z", "b\n", []),
        (r"\Ab", "bb", ["b"]),
        (r"\Ga", "aaba", ["a", "a"]),
        (r"(?:\G|x)a", "aabxaa", ["a", "a", "xa", "a"]),
        (r"(?>a+)b", "aab", ["aab"]),
        (r"(?>a+)ab", "aab", []),
        (r"(?<=a{1,2}|b+)c", "aac bbc c", ["c", "c"]),
        (r"(?(?=a)ab|cd)", "ab cd", ["ab", "cd"]),
        (r"(?(?!a)cd|ab)", "ab cd", ["ab", "cd"]),
        (r"(?(a)ab)", "ab", ["ab", ""]),
        (r"(?(b)ab|x)", "ab x", ["x"]),
        (r"[a-z-[aeiou]]+", "hello", ["h", "ll"]),
        (r"[\w-[\d_]]+", "a1b_c", ["a", "b", "c"]),
        (r"[^a-z-[X]]+", "abXYZ", ["YZ"]),
        (r"[a-z-[b-y-[m]]]+", "abmyz", ["a", "m", "z"]),
        (r"[]a]+", "]a", ["]a"]),
        (r"[^]a]+", "]ab", ["b"]),
        (r"[a\-z]+", "a-z m", ["a-z"]),
        (r"[a-]+", "a-b", ["a-"]),
        (r"[-a]+", "a-b", ["a-"]),
        (r"[+--]+", "+,-.", ["+,-"]),
        (r"[[a]+", "[a]", ["[a"]),
        (r"[&&||~~]+", "a&&|~", ["&&|~"]),
        (r"[\b\e\x41\u0042\103\cD]+", "\b\x1bABC\x04", ["\b\x1bABC\x04"]),
        (r"[\W\d]+", "a1 !b", ["1 !"]),
        (r"[\S\n]+", "a b\nc", ["a", "b\nc"]),
        (r"[^\s\d]+", "ab 1c", ["ab", "c"]),
        (r"\D+\d\s\S\W\w", "xx1 a-b", ["xx1 a-b"]),
        (r"\d+", "12٣४", ["12٣४"]),
        (r"\w+", "été_ا\u0301\u203f", ["été_ا\u0301\u203f"]),
        (r"\s+", "a\u00a0\u2003\u2028\x85b\x1cc", ["\u00a0\u2003\u2028\x85"]),
        (r"\b\w", "a\u200db c", ["a", "c"]),
        (r"\p{Lu}\P{Lu}\p{IsCyrillic}[\P{IsBasicLatin}-[ж]]", "AaДé AaДж", ["AaДé"]),
        (r"(?i)\p{Lu}", "aB", ["B"]),
        (r"(?i)[\p{Lu}x]", "aBxX", ["B", "x", "X"]),
        (r"(?i)[^\p{Lu}x]", "aBxX", ["a"]),
        (r"(?n)(a)(?<n>b)\k<n>", "abb", ["abb"]),
        (r"a{2}b{1,}c{0,1}d{,2}", "aabbcd{,2}", ["aabbcd{,2}"]),
        (r"a{x}{", "a{x}{", ["a{x}{"]),
        (r"a??b+?c*?", "abbc", ["ab", "b"]),
        (r"^*a", "aa", ["a", "a"]),
        (r"(?=a)*b", "b", ["b"]),
        (r"a|", "ab", ["a", "", ""]),
        (r"", "ab", ["", "", ""]),
        (r"|a", "ab", ["", "", ""]),
        (r"\x20\.\[\#\ \-", " .[# -", [" .[# -"]),
        (r"()\1b", "b", ["b"]),
        (r"😀+", "😀😀", ["😀😀"]),
    ],
)
def test_syntax_means_what_it_means_in_dotnet(pattern, text, expected):
    assert found(pattern, text) == expected


@pytest.mark.parametrize(
    ("pattern", "reason", "position"),
    [
        ("(?<a-b>x)", "balancing group", 1),
        ("x(?<-b>x)", "balancing group", 2),
        ("(?'a-b'x)", "balancing group", 1),
        (r"(a\1)", "from inside", 3),
        ("a**", "follows another", 3),
        ("a*+", "follows another", 3),
        ("a{2}{3}", "follows another", 5),
        ("*a", "follows nothing", 1),
        ("a|+", "follows nothing", 3),
        ("(?i)*", "follows nothing", 5),
        ("a{3,2}", "more at least", 2),
        ("a{99999999999}", "counts to", 2),
        ("(a", "is not closed", 1),
        ("a)", "closes nothing", 2),
        ("[a", "is not closed", 1),
        ("[]", "is not closed", 1),
        ("(?#a", "comment", 1),
        ("[z-a]", "backwards", 4),
        (r"[a-\d]", "range cannot end", 4),
        ("[a-[b]c]", "last thing", 7),
        ("[[:alpha:]]", "not of .NET", 2),
        (r"\p{IsGreeek}", "did you mean IsGreek", 1),
        (r"\p{lu}", "did you mean Lu", 1),
        (r"\pL", "in braces", 1),
        (r"\q", "no escape", 1),
        (r"\x4", "2 hexadecimal", 1),
        (r"\u004g", "4 hexadecimal", 1),
        (r"\c!", "control letter", 1),
        ("a\\", "escapes nothing", 2),
        (r"\1", "no group '1'", 1),
        (r"\k<x>", "no group 'x'", 1),
        (r"\k", "needs a group's name", 1),
        (r"\kx", "needs a group's name", 1),
        ("(?<0>a)", "number 0", 1),
        ("(?<1a>a)", "cannot begin with a digit", 1),
        ("(?<>a)", "needs letters", 1),
        ("(?<a", "needs letters", 1),
        ("(?P<a>b)", "does not know", 1),
        ("(?|a)", "does not know", 1),
        ("(?", "does not know", 1),
        ("(?(1)a)", "group 1", 3),
        ("(?(a)b|c|d)", "two branches", 1),
        ("(?(?<a>x)b)", "cannot test", 3),
        ("(" * 51 + ")" * 51, "nested deeper", 51),
        ("[a-[b-" * 30 + "[c" + "]" * 61, "nested deeper", None),
        ("(?:a{1000}){1000}", "repeated too often", 1),
        ("(?:(?:(?:a{100}){100}){100}){100}", "repeated too often", None),
    ],
)
def test_refusal_names_reason_and_position(pattern, reason, position):
    with pytest.raises(ValueError, match=reason) as caught:
        regex.compile_pattern(pattern)
    if position is not None:
        assert f"at position {position} of the pattern" in str(caught.value)


def test_patterns_are_bounded_in_length_and_weight():
    with pytest.raises(ValueError, match="10000 at most"):
        regex.compile_pattern("a" * 10_001)
    with pytest.raises(ValueError, match="repeats too much"):
        regex.compile_pattern("a{30000}b{30000}")


def test_ignoring_case_is_bounded():
    ranges = "".join(f"\\u{start:04x}-\\u{start + 1999:04x}" for start in range(0x100, 0x200))
    with pytest.raises(ValueError, match="too many letters to ignore their case"):
        regex.compile_pattern(f"(?i)[{ranges}]")
    assert regex.matches(f"[{ranges}]", "\u0200", timeout=5)


def test_letters_are_the_same_when_their_lower_case_is():
    letters = [letter for letter in map(chr, range(0x110000)) if letter.upper() != letter.lower()]
    together = {}
    for letter in letters:
        together.setdefault(casing.to_lower(letter), []).append(letter)
    for letter in letters:
        assert same_letters(letter) == "".join(together[casing.to_lower(letter)])


def test_groups_are_numbered_unnamed_first():
    compiled = regex.compile_pattern(r"((?<One>abc)\d+)?(?<Two>xyz)(.*)(?<7>x)?")
    assert compiled.numbers == {"One": 3, "Two": 4}
    assert compiled.slots == {0, 1, 2, 3, 4, 7}
    assert regex.compile_pattern(r"(?<2>a)(?<x>b)(c)").numbers == {"x": 3}


def test_compiled_patterns_are_remembered():
    assert regex.compile_pattern("remembered") is regex.compile_pattern("remembered")
    assert regex.compile_pattern.cache_info().maxsize == 256


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?:a?){30}a{30}b", "a" * 20_000),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 20_000),
        ("(?=(a+)+b)", "a" * 20_000),
        (r"(a)\1*" * 50 + "b", "a" * 20_000),
        ("(a{1,1000}){1,50}b", "a" * 30),
    ],
)
def test_catastrophic_patterns_stop(pattern, text):
    for call in (
        lambda: regex.substitute(pattern, text, "x", timeout=0.05),
        lambda: regex.matches(pattern, text, timeout=0.05),
        lambda: regex.match_group(pattern, text, "0", timeout=0.05),
        lambda: regex.replace_group(pattern, text, "0", "", timeout=0.05),
    ):
        with pytest.raises(TimeoutError, match=r"took longer than 0\.05 s"):
            call()


def test_time_limit_counts_all_matches_together():
    text = ("a" * 25 + "c ") * 2000
    with pytest.raises(TimeoutError):
        regex.substitute("(a|aa)+b|(?:a?){20}a{20}c", text, "", timeout=0.05)


def test_long_literals_do_not_stall_the_engine():
    pattern = "a" * 4500 + "b" + "a" * 4500
    assert not regex.matches(pattern, "a" * 20_000, timeout=5)
    assert regex.matches(pattern, "a" + pattern, timeout=5)
    assert regex.matches("(?i)" + pattern[:8000], pattern.upper(), timeout=5)


def test_result_is_bounded():
    with pytest.raises(ValueError, match="over 10000000 characters"):
        regex.substitute(".", "a" * 20_000, "$_", timeout=10)
    with pytest.raises(ValueError, match="over 10000000 characters"):
        regex.replace_group("(.)", "a" * 20_000, "1", "b" * 10_000, timeout=10)


def test_work_without_a_time_limit_is_small():
    cheap = regex.compile_pattern("(a+)@(.*)")
    assert cheap.limit("x" * 20, 1.0) is None
    assert cheap.limit("x" * 2000, 1.0) == 1.0
    assert cheap.limit("x" * 20, 0.01) == 0.01
    assert regex.compile_pattern("(a+)+").limit("x", 1.0) == 1.0
    assert regex.compile_pattern("(?:a|b){2}").limit("x", 1.0) == 1.0


@pytest.mark.parametrize(
    ("pattern", "text", "group", "expected"),
    [
        (r"(?<a>\d)(x)?", "b1", "a", "1"),
        (r"(?<a>\d)(x)?", "b1", "1", None),
        (r"(?<a>\d)(x)?", "b1", "0", "1"),
        (r"(?<a>\d)(x)?", "b", "a", None),
        (r"(?<a>.)(?<a>.)", "xy", "a", "y"),
        (r"(?<a>)x", "x", "a", ""),
    ],
)
def test_group_of_the_first_match(pattern, text, group, expected):
    assert regex.match_group(pattern, text, group, timeout=1) == expected


@pytest.mark.parametrize("group", ["b", "", "3", "-1", "²", "٣"])
def test_unknown_group_is_refused(group):
    with pytest.raises(ValueError, match="no group"):
        regex.match_group("(?<a>x)", "x", group, timeout=1)
    with pytest.raises(ValueError, match="known: a"):
        regex.replace_group("(?<a>x)", "x", group, "", timeout=1)


@pytest.mark.parametrize(
    ("pattern", "text", "group", "replacement", "expected"),
    [
        (r"(?<d>\d)x", "1x2y3x", "d", "$0", "$0x2y$0x"),
        (r"(?<d>\d)?x", "1xx", "d", "-", "-xx"),
        (r"x(?=(?<d>\d))", "x1x2", "d", "-", "x-x-"),
        (r"(?<=(?<d>\d))x", "1x", "d", "-", "-x"),
        (r"(?=(?<all>.+))x", "xx1", "all", "-", "-"),
        (r"(?<e>)a", "aa", "e", "-", "-a-a"),
        (r"none(?<e>)", "aa", "e", "-", "aa"),
    ],
)
def test_only_the_groups_text_is_replaced(pattern, text, group, replacement, expected):
    assert regex.replace_group(pattern, text, group, replacement, timeout=1) == expected


def test_many_matches_fit_into_the_time_limit():
    text = "ab " * 100_000
    assert len(regex.substitute("a(b) ?", text, "$1$_"[:2], timeout=5)) == 100_000
    assert regex.substitute("(?:a|b)+ ", text, "", timeout=5) == ""


def test_native_and_own_substitution_agree():
    for replacement in ("", "x", "$1", "${n}-$2", "\\1\\g<g1>\\\\", "$0$3", "{}"):
        pattern, text = r"(a)(?<n>b)?", "ab a \\ b"
        direct = regex.substitute(pattern, text, replacement, timeout=1)
        compiled = regex.compile_pattern(pattern)
        parts, template = regex._replacement_of(compiled, replacement)
        assert template is not None
        assert regex._substitute(compiled, text, parts, 1.0) == direct


def test_regex_package_is_loaded_with_the_first_pattern_only():
    code = (
        "import sys\n"
        "from ldapconnector.expressions.dotnet import regex, dates, casing, diacritics, sid\n"
        "assert 'regex' not in sys.modules\n"
        "regex.compile_pattern('a')\n"
        "assert 'regex' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
