r"""The named Unicode blocks and general categories that ``\p{...}`` of .NET knows.

Source: Microsoft Learn, "Character classes in regular expressions", Supported Unicode
general categories and Supported named blocks.
"""

from __future__ import annotations

import difflib
from typing import Final

CATEGORIES: Final = frozenset(
    "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So "  # noqa: SIM905
    "Z Zs Zl Zp C Cc Cf Cs Co Cn".split()
)

_TABLE: Final = """
0000-007F IsBasicLatin; 0080-00FF IsLatin-1Supplement; 0100-017F IsLatinExtended-A;
0180-024F IsLatinExtended-B; 0250-02AF IsIPAExtensions; 02B0-02FF IsSpacingModifierLetters;
0300-036F IsCombiningDiacriticalMarks; 0370-03FF IsGreek; 0370-03FF IsGreekandCoptic;
0400-04FF IsCyrillic; 0500-052F IsCyrillicSupplement; 0530-058F IsArmenian; 0590-05FF IsHebrew;
0600-06FF IsArabic; 0700-074F IsSyriac; 0780-07BF IsThaana; 0900-097F IsDevanagari;
0980-09FF IsBengali; 0A00-0A7F IsGurmukhi; 0A80-0AFF IsGujarati; 0B00-0B7F IsOriya;
0B80-0BFF IsTamil; 0C00-0C7F IsTelugu; 0C80-0CFF IsKannada; 0D00-0D7F IsMalayalam;
0D80-0DFF IsSinhala; 0E00-0E7F IsThai; 0E80-0EFF IsLao; 0F00-0FFF IsTibetan;
1000-109F IsMyanmar; 10A0-10FF IsGeorgian; 1100-11FF IsHangulJamo; 1200-137F IsEthiopic;
13A0-13FF IsCherokee; 1400-167F IsUnifiedCanadianAboriginalSyllabics; 1680-169F IsOgham;
16A0-16FF IsRunic; 1700-171F IsTagalog; 1720-173F IsHanunoo; 1740-175F IsBuhid;
1760-177F IsTagbanwa; 1780-17FF IsKhmer; 1800-18AF IsMongolian; 1900-194F IsLimbu;
1950-197F IsTaiLe; 19E0-19FF IsKhmerSymbols; 1D00-1D7F IsPhoneticExtensions;
1E00-1EFF IsLatinExtendedAdditional; 1F00-1FFF IsGreekExtended; 2000-206F IsGeneralPunctuation;
2070-209F IsSuperscriptsandSubscripts; 20A0-20CF IsCurrencySymbols;
20D0-20FF IsCombiningDiacriticalMarksforSymbols; 20D0-20FF IsCombiningMarksforSymbols;
2100-214F IsLetterlikeSymbols; 2150-218F IsNumberForms; 2190-21FF IsArrows;
2200-22FF IsMathematicalOperators; 2300-23FF IsMiscellaneousTechnical; 2400-243F IsControlPictures;
2440-245F IsOpticalCharacterRecognition; 2460-24FF IsEnclosedAlphanumerics;
2500-257F IsBoxDrawing; 2580-259F IsBlockElements; 25A0-25FF IsGeometricShapes;
2600-26FF IsMiscellaneousSymbols; 2700-27BF IsDingbats;
27C0-27EF IsMiscellaneousMathematicalSymbols-A; 27F0-27FF IsSupplementalArrows-A;
2800-28FF IsBraillePatterns; 2900-297F IsSupplementalArrows-B;
2980-29FF IsMiscellaneousMathematicalSymbols-B; 2A00-2AFF IsSupplementalMathematicalOperators;
2B00-2BFF IsMiscellaneousSymbolsandArrows; 2E80-2EFF IsCJKRadicalsSupplement;
2F00-2FDF IsKangxiRadicals; 2FF0-2FFF IsIdeographicDescriptionCharacters;
3000-303F IsCJKSymbolsandPunctuation; 3040-309F IsHiragana; 30A0-30FF IsKatakana;
3100-312F IsBopomofo; 3130-318F IsHangulCompatibilityJamo; 3190-319F IsKanbun;
31A0-31BF IsBopomofoExtended; 31F0-31FF IsKatakanaPhoneticExtensions;
3200-32FF IsEnclosedCJKLettersandMonths; 3300-33FF IsCJKCompatibility;
3400-4DBF IsCJKUnifiedIdeographsExtensionA; 4DC0-4DFF IsYijingHexagramSymbols;
4E00-9FFF IsCJKUnifiedIdeographs; A000-A48F IsYiSyllables; A490-A4CF IsYiRadicals;
AC00-D7AF IsHangulSyllables; D800-DB7F IsHighSurrogates; DB80-DBFF IsHighPrivateUseSurrogates;
DC00-DFFF IsLowSurrogates; E000-F8FF IsPrivateUse; E000-F8FF IsPrivateUseArea;
F900-FAFF IsCJKCompatibilityIdeographs; FB00-FB4F IsAlphabeticPresentationForms;
FB50-FDFF IsArabicPresentationForms-A; FE00-FE0F IsVariationSelectors;
FE20-FE2F IsCombiningHalfMarks; FE30-FE4F IsCJKCompatibilityForms;
FE50-FE6F IsSmallFormVariants; FE70-FEFF IsArabicPresentationForms-B;
FF00-FFEF IsHalfwidthandFullwidthForms; FFF0-FFFF IsSpecials
"""

BLOCKS: Final = {
    name: (int(first, 16), int(last, 16))
    for limits, name in (pair.split() for pair in _TABLE.split(";"))
    for first, _, last in (limits.partition("-"),)
}
"""From a block's .NET name to its first and last code point."""

_LAST: Final = 0x10FFFF


def members(name: str, *, negated: bool) -> str | None:
    r"""Return what stands inside of a character class for ``\p{name}`` or ``\P{name}``.

    Args:
        name: a general category or a block, spelt as .NET does (case matters).
        negated: whether it is ``\P``.

    Returns:
        the class members, or ``None`` where .NET knows no such name.
    """
    if name in CATEGORIES:
        return f"\\{'P' if negated else 'p'}{{{name}}}"
    limits = BLOCKS.get(name)
    if limits is None:
        return None
    first, last = limits
    if not negated:
        return _range(first, last)
    return (_range(0, first - 1) if first else "") + _range(last + 1, _LAST)


def _range(first: int, last: int) -> str:
    return f"\\U{first:08x}-\\U{last:08x}"


def nearest(name: str) -> str:
    """Return the known name that looks most like `name`, or an empty text."""
    known = {known.casefold(): known for known in (*BLOCKS, *CATEGORIES)}
    found = difflib.get_close_matches(name.casefold(), known, n=1)
    return known[found[0]] if found else ""
