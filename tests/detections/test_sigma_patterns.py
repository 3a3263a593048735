"""The oracle's texts: escapes, wildcards, dashes and encodings."""

from __future__ import annotations

import base64
import itertools
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaString, SpecialChars
from sigma_matcher import matches
from sigma_patterns import RuleError, Wild, base64_parts, like, parse, windash


def hit(item, event, **options):
    rule = {"detection": {"s": item, "condition": "s"}}
    plain = matches(rule, event, **options)
    negated = matches({"detection": {"s": item, "condition": "not s"}}, event, **options)
    assert negated is not plain
    return plain


def b64(text, encoding="utf-8"):
    return base64.b64encode(text.encode(encoding)).decode()


@pytest.mark.parametrize(
    ("value", "same_as"),
    [
        ("a\\b", "a\\b"),
        ("a\\\\b", "a\\b"),
        ("a\\*b", "a*b"),
        ("a\\?b", "a?b"),
        ("a\\\\\\*b", "a\\*b"),
        ("a\\\\\\b", "a\\\\b"),
        ("a\\\\\\\\b", "a\\\\b"),
        ("a\\", "a\\"),
        ("a%_'\"${x}", "a%_'\"${x}"),
        ("ÄÖ", "äö"),
        ("\u212a", "k"),
    ],
)
def test_escapes_and_odd_characters_stand_for(value, same_as):
    assert hit({"f": value}, {"f": same_as})
    assert not hit({"f": value}, {"f": same_as + "x"})


def test_a_back_slash_before_a_wildcard_needs_one_more():
    assert hit({"f": "a\\\\*"}, {"f": "a\\anything"})
    assert not hit({"f": "a\\\\*"}, {"f": "a*"})


@pytest.mark.parametrize("dash", "-/\u2013\u2014\u2015")
def test_windash_takes_any_dash_where_a_flag_begins(dash):
    item = {"f|windash|contains": " -enc-x "}
    assert hit(item, {"f": f"ps {dash}ENC-x yes"})
    assert hit(item, {"f": f"ps {dash}enc/x yes"}) is False
    assert hit({"f|contains|windash|all": [" /a", " \u2014b"]}, {"f": f"x {dash}a {dash}b"})
    assert hit({"f|windash": "-f"}, {"f": f"{dash}f"})
    assert hit({"f|windash": "--f"}, {"f": f"-{dash}f"})
    assert not hit({"f|windash": "- f"}, {"f": "/ f"})


def test_base64_is_of_the_bytes():
    assert hit({"f|base64": "foo bar"}, {"f": b64("foo bar")})
    assert hit({"f|base64|contains": "é"}, {"f": "x" + b64("é")})
    assert hit({"f|base64": "a\\*b"}, {"f": b64("a*b")})
    assert hit({"f|base64": "foo bar"}, {"f": b64("foo bar").lower()})
    assert not hit({"f|base64|cased": "foo bar"}, {"f": b64("foo bar").lower()})


@given(st.binary(max_size=7), st.text(min_size=2, max_size=8), st.binary(max_size=7))
def test_base64_of_a_part_is_found_wherever_the_part_stands(before, value, after):
    whole = base64.b64encode(before + value.encode() + after).decode()
    parts = base64_parts(value.encode())
    assert parts[len(before) % 3] in whole
    assume(parse(value) == [*value])
    assert hit({"f|base64offset|contains": value}, {"f": whole})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("wide", b"c\0m\0d\0"),
        ("utf16le", b"c\0m\0d\0"),
        ("utf16be", b"\0c\0m\0d"),
        ("utf16", b"\xff\xfec\0m\0d\0"),
    ],
)
def test_wide_texts_are_encoded_before_base64(name, data):
    code = base64.b64encode(data).decode()
    assert hit({f"f|{name}|base64": "cmd"}, {"f": code})
    assert hit({f"f|{name}|base64offset|contains": "cmd"}, {"f": code})
    assert hit({f"f|{name}|contains": "cmd"}, {"f": f"<{data.decode('latin-1')}>"})


def test_each_dash_is_encoded():
    for dash in "-/\u2013":
        assert hit({"f|windash|wide|base64": "-a"}, {"f": b64(f"{dash}a", "utf-16-le")})


def test_placeholders_are_filled_in_or_the_rule_is_refused():
    item = {"f|expand": "%who%@\\%x"}
    options = {"placeholders": {"who": ["ann", "b*"]}}
    assert hit(item, {"f": "ANN@%x"}, **options)
    assert hit(item, {"f": "bob@%x"}, **options)
    assert not hit(item, {"f": "cy@%x"}, **options)
    assert hit({"f": "%who%"}, {"f": "%WHO%"}, **options)
    with pytest.raises(RuleError, match="placeholder who"):
        hit(item, {})


ROUGH = st.text(alphabet="aAbBß*?\\\n%_- /", max_size=10)


@given(ROUGH)
def test_values_are_read_as_pysigma_reads_them(value):
    special = {SpecialChars.WILDCARD_MULTI: Wild.MANY, SpecialChars.WILDCARD_SINGLE: Wild.ONE}
    expected = []
    for part in SigmaString(value).s:
        expected += [special[part]] if isinstance(part, SpecialChars) else list(part)
    assert parse(value) == expected


@given(ROUGH, st.text(alphabet="aAbBß*?\\\n%_- /", max_size=12), st.booleans())
def test_patterns_match_as_the_same_regular_expression(value, text, cased):
    pattern = parse(value)
    regex = "".join(
        {Wild.MANY: ".*", Wild.ONE: "."}.get(token) or re.escape(token) for token in pattern
    )
    flags = re.DOTALL if cased else re.DOTALL | re.IGNORECASE
    assert like(pattern, text, cased=cased) == bool(re.fullmatch(regex, text, flags))


@given(st.text(alphabet="ab-/ *", max_size=8))
def test_dashes_are_where_pysigma_has_them(value):
    item = SigmaDetectionItem.from_mapping("f|windash", value)
    texts = {str(one) for one in item.value[0].values}
    tokens = windash(parse(value))
    spelled = itertools.product(*([t.value] if isinstance(t, Wild) else sorted(t) for t in tokens))
    assert texts == {"".join(chars) for chars in spelled}


@given(st.text(alphabet="abc -", min_size=1, max_size=8))
def test_plain_values_are_encoded_as_pysigma_encodes_them(value):
    for name in ("base64", "wide|base64", "utf16be|base64"):
        (code,) = SigmaDetectionItem.from_mapping(f"f|{name}", value).value
        assert hit({f"f|{name}|cased": value}, {"f": str(code)})
    (parts,) = SigmaDetectionItem.from_mapping("f|base64offset", value).value
    assert [str(part) for part in parts.values] == base64_parts(value.encode())
