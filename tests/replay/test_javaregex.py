"""Java's regular expressions, translated for Python; expectations are Java 17's."""

from __future__ import annotations

import pytest

from schemagen.replay.javaregex import (
    BOUNDARY_REMARK,
    CATEGORY_REMARK,
    JavaSyntaxError,
    UntranslatableError,
    translate,
)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        # The six line terminators, and the pair.
        ("a.c", "a\nc", None),
        ("a.c", "a\rc", None),
        ("a.c", "a\u0085c", None),
        ("a.c", "a\u2028c", None),
        ("a.c", "a\x0bc", "a\x0bc"),
        ("(?s)a.c", "a\nc", "a\nc"),
        ("(?d)a.c", "a\rc", "a\rc"),
        ("(?d)a.c", "a\nc", None),
        ("a$", "a", "a"),
        ("a$", "a\n", "a"),
        ("a$", "a\r\n", "a"),
        ("a$", "a\u2028", "a"),
        ("a$", "a\n\n", None),
        ("a\\r$", "a\r\n", None),
        ("(?m)a$", "a\nb", "a"),
        ("(?m)a$", "a\r\nb", "a"),
        ("(?m)a\\r$", "a\r\nb", None),
        ("(?m)^b", "a\nb", "b"),
        ("(?m)^b", "a\r\nb", "b"),
        ("(?m)^b", "a\u0085b", "b"),
        ("(?m)^\\n", "a\r\nb", None),
        ("(?m)^", "", None),
        ("^", "", ""),
        ("^b", "a\nb", None),
        ("a\\Z", "a\n", "a"),
        ("a\\z", "a\n", None),
        ("a\\z", "a", "a"),
        ("\\Ab", "ab", None),
        ("\\Ra", "\r\na", "\r\na"),
        # ASCII classes; ignoring case is ASCII too.
        ("\\d", "\u0661", None),
        ("\\w+", "aé", "a"),
        ("\\s", "\u00a0", None),
        ("\\h", "\u00a0", "\u00a0"),
        ("\\W", "é", "é"),
        ("(?i)É", "é", None),
        ("(?iu)É", "é", "é"),
        ("(?i)k", "\u212a", None),
        ("(?i)ABC", "xabc", "abc"),
        ("\\bé", "é", "é"),
        ("\\bb", "éb", None),
        # Flags up to the end of their group.
        ("a(?i)b", "aB", "aB"),
        ("a(?i)b", "AB", None),
        ("(a(?i)b)c", "aBC", None),
        ("(a(?i)b)c", "aBc", "aBc"),
        ("a(?i)b|c", "C", "C"),
        ("(?i:a)b", "Ab", "Ab"),
        ("(?i:a)b", "AB", None),
        ("(?i)a(?-i)b", "Ab", "Ab"),
        ("(?i)a(?-i)b", "AB", None),
        ("(?x) a b # comment\n c", "abc", "abc"),
        ("(?i)[a-c]+", "ABCD", "ABC"),
        ("(?i)(a)\\1", "aA", "aA"),
        # Quantifiers
        ("a++a", "aaa", None),
        ("a*+b", "aab", "aab"),
        ("(?>a+)a", "aaa", None),
        ("a{2}", "aaa", "aa"),
        ("a{2,}?", "aaa", "aa"),
        ("a{1,2}+a", "aa", None),
        ("a+?", "aaa", "a"),
        # Classes
        ("[a-c&&[^b]]+", "acb", "ac"),
        ("[a-z&&[def]]+", "xdefy", "def"),
        ("[^a-z&&[def]]+", "defxy", "xy"),
        ("[a-c[x-z]]+", "axb1", "axb"),
        ("[^a[b]]+", "abc", "c"),
        ("[\\w&&[^\\d]]+", "12ab3", "ab"),
        ("[\\D]+", "1a2", "a"),
        ("[]a]+", "a]", "a]"),
        ("[\\]a]+", "a]", "a]"),
        ("[a-]+", "-a", "-a"),
        ("[a\\-z]+", "-az", "-az"),
        ("[.$^*]+", "*.^$", "*.^$"),
        ("[\\p{Alpha}]+", "1ab", "ab"),
        ("\\p{Lower}+", "Aab", "ab"),
        ("\\P{Digit}+", "1ab", "ab"),
        ("\\p{Lu}", "aÉ", "É"),
        ("\\p{IsL}", "1é", "é"),
        ("\\pL", "1é", "é"),
        ("[\\Qa-z\\E]+", "b-za", "-za"),
        # Escapes
        ("\\x41\\u0042\\x{1F600}\\0103", "AB\U0001f600C", "AB\U0001f600C"),
        ("\\uD83D\\uDE00", "\U0001f600", "\U0001f600"),
        ("\\t\\e\\cA", "\t\x1b\x01", "\t\x1b\x01"),
        ("\\Q.*\\E+", "x.***", ".***"),
        ("\\Qa|b", "a|b", "a|b"),
        ("a\\/b\\-c", "a/b-c", "a/b-c"),
        ("]}", "]}", "]}"),
        # Groups
        ("(?<year>\\d{4})-\\k<year>", "2020-2020", "2020-2020"),
        ("(a)(b)\\2", "abb", "abb"),
        ("(a)\\11", "aa1", "aa1"),
        ("(?<=a|bc)d", "bcd", "d"),
        ("(?<!a|bc)d", "bcd xd", "d"),
        ("(?=.*b)a", "ab", "a"),
        ("(?!ab)a", "abac", "a"),
        ("(?:a|ab)c", "abc", "abc"),
        ("a||b", "b", ""),
        ("$", "a", ""),
        ("(^)*a", "a", "a"),
    ],
)
def test_find_gives_what_java_finds(pattern, text, expected):
    found = translate(pattern).regex.search(text)
    assert (found and found[0]) == expected


@pytest.mark.parametrize(
    "pattern",
    ["a(", "a)", "*a", "a**", "a{", "{1}", "a{2,1}", "[a", "[z-a]", "\\y", "(?<n>a)(?<n>b)",
     "\\k<n>", "(?z)a", "(?P<n>a)", "\\", "[a-\\d]", "\\x1", "a{,2}"],
)  # fmt: skip
def test_what_java_refuses_is_refused(pattern):
    with pytest.raises(JavaSyntaxError):
        translate(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["\\X", "(?U)a", "\\p{IsGreek}", "\\p{javaLowerCase}", "\\N{LATIN SMALL LETTER A}",
     "(?<=a{1,3})b", "\\b{g}", "\\uD83D"],
)  # fmt: skip
def test_what_python_has_not_is_refused_and_not_approximated(pattern):
    with pytest.raises(UntranslatableError):
        translate(pattern)


def test_what_may_differ_is_remarked():
    assert translate("a\\b").remarks == (BOUNDARY_REMARK,)
    assert translate("\\p{Lu}").remarks == (CATEGORY_REMARK,)
    assert translate("(?i)[a-z]+\\.exe$").remarks == ()
