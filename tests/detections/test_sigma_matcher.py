"""The oracle itself: every decision of it, by example and by law."""

from __future__ import annotations

import base64
import itertools
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR, SigmaCondition
from sigma.rule import SigmaDetectionItem, SigmaDetections
from sigma.types import SigmaString, SpecialChars
from sigma_matcher import Condition, find, matches
from sigma_patterns import RuleError, Wild, base64_parts, like, parse, windash

REAL_RULES = Path(__file__).parents[3] / "shared" / "data" / "sigma" / "rules"


def hit(item, event, **options):
    rule = {"detection": {"s": item, "condition": "s"}}
    plain = matches(rule, event, **options)
    negated = matches({"detection": {"s": item, "condition": "not s"}}, event, **options)
    assert negated is not plain
    return plain


def b64(text, encoding="utf-8"):
    return base64.b64encode(text.encode(encoding)).decode()


EVENT = {
    "text": "C:\\Windows\\Cmd.exe",
    "lines": "first\nSecond line\r\nthird",
    "empty": "",
    "null": None,
    "number": 4688,
    "float": 1.5,
    "digits": "4688",
    "flag": True,
    "tags": ["Red", "blue", 7, None],
    "none": [],
    "object": {"inner": "x", "deep": {"er": 1}},
    "people": [{"name": "ann", "age": 5}, {"name": "bob"}],
    "dotted.key": "d",
    "ip": "10.1.2.3",
    "ip6": "FE80:0:0:0::1",
    "zoned": "fe80::1%4",
    "mapped": "::ffff:10.1.2.3",
    "same": "c:\\windows\\CMD.EXE",
    "part": "cmd",
    "head": "c:\\",
    "tail": ".exe",
}

YES = [
    # Plain values
    ("text", "c:\\windows\\cmd.exe"),
    ("text", "C:\\Windows\\\\Cmd.exe"),
    ("text", ["nope", "*cmd*"]),
    ("text", "*"),
    ("text", "?:\\\\*\\\\???.EXE"),
    ("lines", "first*third"),
    ("lines", "first?second line*"),
    ("empty", ""),
    ("empty", "*"),
    ("number", 4688),
    ("number", 4688.0),
    ("number", "4688"),
    ("number", "46*"),
    ("digits", 4688),
    ("float", 1.5),
    ("float", "1.5"),
    ("flag", True),
    ("flag", "TRUE"),
    ("flag", "t*"),
    ("tags", "red"),
    ("tags", ["x", "BLUE"]),
    ("tags", 7),
    ("object.inner", "X"),
    ("object.deep.er", 1),
    ("people.name", "BOB"),
    ("people.age", 5),
    ("dotted.key", "D"),
    # Null and existence
    ("missing", None),
    ("null", None),
    ("missing", ["x", None]),
    ("people.none", None),
    ("missing|exists", False),
    ("null|exists", True),
    ("empty|exists", True),
    ("none|exists", True),
    ("object|exists", True),
    ("people.age|exists", True),
    # Placement
    ("text|contains", "windows"),
    ("text|contains", ["nope", "CMD"]),
    ("text|contains", ""),
    ("empty|contains", ""),
    ("text|startswith", "c:\\win"),
    ("text|endswith", "\\cmd.exe"),
    ("text|contains|all", ["windows", "cmd", ".exe"]),
    ("text|contains", "win*md"),
    ("text|startswith", "?:"),
    ("lines|contains", "LINE"),
    ("number|contains", "68"),
    ("number|startswith", 46),
    ("tags|contains|all", ["re", "lu"]),
    ("text|startswith|endswith", "windows"),
    # Case
    ("text|cased", "C:\\Windows\\Cmd.exe"),
    ("text|contains|cased", "Cmd"),
    ("text|cased|endswith", "Cmd.exe"),
    # Regular expressions
    ("text|re", "Win.*\\.exe$"),
    ("text|re|i", "^c:"),
    ("lines|re", "Second"),
    ("lines|re|m", "^Second line"),
    ("lines|re|s", "first.Second"),
    ("lines|re|i|s|m", "^second.*third$"),
    ("text|re|ignorecase", "CMD"),
    ("number|re", "^46"),
    ("text|re", ["nope", "Cmd"]),
    ("text|re|all", ["Cmd", "Win"]),
    ("tags|re", "^b.+e$"),
    # Networks
    ("ip|cidr", "10.0.0.0/8"),
    ("ip|cidr", ["192.168.0.0/16", "10.1.2.3/32"]),
    ("ip6|cidr", "fe80::/10"),
    ("zoned|cidr", "fe80::/64"),
    # Numbers
    ("number|gt", 4687),
    ("number|gte", 4688),
    ("number|lt", 4688.5),
    ("number|lte", 4688),
    ("digits|gt", 4687),
    ("float|lt", 2),
    ("tags|gt", 6),
    # Difference
    ("text|neq", "x"),
    ("missing|neq", "x"),
    ("null|neq", 5),
    ("number|neq", 4689),
    ("text|contains|neq", ["q", "y"]),
    ("text|contains|all|neq", ["cmd", "nope"]),
    ("ip|cidr|neq", "192.168.0.0/16"),
    ("text|fieldref|neq", "part"),
    # References
    ("text|fieldref", "same"),
    ("same|fieldref", ["nope", "text"]),
    ("text|fieldref|contains", "part"),
    ("text|fieldref|startswith", "head"),
    ("text|fieldref|endswith", "tail"),
    ("number|fieldref", "digits"),
    ("tags|fieldref", "tags"),
]

NO = [
    ("text", "cmd.exe"),
    ("text", "c:\\windows\\cmd?exe?"),
    ("text", "c:\\windows\\cmd\\*exe"),
    ("text", ""),
    ("missing", "*"),
    ("missing", ""),
    ("null", "*"),
    ("null", ""),
    ("empty", "?"),
    ("empty", None),
    ("number", 4689),
    ("number", "04688"),
    ("digits", 468),
    ("flag", 1),
    ("flag", "1"),
    ("number", True),
    ("float", 1),
    ("tags", "green"),
    ("none", "*"),
    ("none", None),
    ("tags", None),
    ("object", "*"),
    ("object.other", "*"),
    ("people.age", None),
    ("text", None),
    ("TEXT", "*"),
    ("missing|exists", True),
    ("null|exists", False),
    ("text|contains|all", ["cmd", "nope"]),
    ("text|startswith", "windows"),
    ("text|endswith", "windows"),
    ("missing|contains", ""),
    ("null|contains", ""),
    ("text|cased", "c:\\windows\\cmd.exe"),
    ("text|contains|cased", "cmd"),
    ("text|re", "cmd"),
    ("lines|re", "first.Second"),
    ("lines|re", "^Second"),
    ("null|re", ".*"),
    ("missing|re", ".*"),
    ("text|re|all", ["Cmd", "nope"]),
    ("ip|cidr", "10.2.0.0/16"),
    ("ip|cidr", "fe80::/10"),
    ("ip6|cidr", "0.0.0.0/0"),
    ("mapped|cidr", "10.0.0.0/8"),
    ("text|cidr", "0.0.0.0/0"),
    ("number|cidr", "0.0.0.0/0"),
    ("missing|cidr", "0.0.0.0/0"),
    ("number|gt", 4688),
    ("text|gt", 0),
    ("flag|gt", 0),
    ("missing|lt", 5),
    ("null|lt", 5),
    ("empty|lt", 5),
    ("text|neq", "*cmd*"),
    ("tags|neq", "red"),
    ("number|neq", 4688),
    ("text|fieldref", "part"),
    ("missing|fieldref", "missing"),
    ("null|fieldref", "null"),
    ("text|fieldref", "missing"),
    ("text|fieldref|cased", "same"),
    ("text|fieldref|startswith", "tail"),
]


@pytest.mark.parametrize(("key", "value"), YES)
def test_it_matches(key, value):
    assert hit({key: value}, EVENT)


@pytest.mark.parametrize(("key", "value"), NO)
def test_it_does_not_match(key, value):
    assert not hit({key: value}, EVENT)


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


def test_maps_are_all_and_lists_of_maps_are_any():
    assert hit({"a": 1, "b": 2}, {"a": 1, "b": 2})
    assert not hit({"a": 1, "b": 2}, {"a": 1})
    assert hit([{"a": 1, "b": 2}, {"c": 3}], {"c": 3})
    assert not hit([{"a": 1, "b": 2}, {"c": 3}], {"a": 1})


def test_keywords_are_looked_for_in_the_given_fields():
    options = {"keyword_fields": ("message", "data.text")}
    event = {"message": "the EVIL service", "data": {"text": "line\nbad*"}, "other": "worse"}
    assert hit(["nope", "evil"], event, **options)
    assert hit("e*service", event, **options)
    assert hit("bad\\*", event, **options)
    assert not hit("worse", event, **options)
    assert not hit("evil", event)
    assert hit({"|all": ["evil", "bad"]}, event, **options)
    assert not hit({"|all": ["evil", "worse"]}, event, **options)
    assert hit({"|re": "^the .* service$"}, event, **options)
    assert hit({"|startswith": "the"}, event, **options)
    assert not hit({"|startswith": "evil"}, event, **options)
    assert hit(["x", {"other": "worse"}], event, **options)
    assert hit(77, {"message": "a 1774"}, **options)


def test_the_look_up_decides_where_fields_are():
    def lookup(name):
        return {"Image": ["a.exe", "b.exe"], "Null": [None]}.get(name, [])

    assert hit({"Image": "B.EXE"}, {}, lookup=lookup)
    assert not hit({"Image": None}, {}, lookup=lookup)
    assert hit({"Null": None, "Null|exists": True, "Gone|exists": False}, {}, lookup=lookup)
    assert not hit({"Other": "x"}, {"Other": "x"}, lookup=lookup)


def test_a_field_is_found_by_key_by_path_and_through_arrays():
    event = {"a.b": 1, "a": {"b": 2, "c.d": [{"e": 3}, {"e": [4]}, 5]}}
    assert find(event, "a.b") == [1, 2]
    assert find(event, "a.c.d.e") == [3, [4]]
    assert find(event, "a.x") == find(event, "a.b.x") == find(event, "") == []


@pytest.mark.parametrize(
    "detection",
    [
        None,
        {},
        {"s": {"a": 1}},
        {"s": {"a": 1}, "condition": []},
        {"s": {"a": 1}, "condition": 5},
        {"s": {"a": 1}, "condition": ""},
        {"s": {"a": 1}, "condition": "t"},
        {"s": {"a": 1}, "condition": "s or t"},
        {"s": {"a": 1}, "condition": "s s"},
        {"s": {"a": 1}, "condition": "(s"},
        {"s": {"a": 1}, "condition": "s)"},
        {"s": {"a": 1}, "condition": "not"},
        {"s": {"a": 1}, "condition": "s AND s"},
        {"s": {"a": 1}, "condition": "2 of s"},
        {"s": {"a": 1}, "condition": "1 of t*"},
        {"s": {"a": 1}, "condition": "s | count() > 5"},
        {"_s": {"a": 1}, "condition": "1 of them"},
        {"s": {}, "condition": "s"},
        {"s": [], "condition": "s"},
        {"s": {"a": []}, "condition": "s"},
        {"s": {"a": {"b": 1}}, "condition": "s"},
        {"s": {"a": [[1]]}, "condition": "s"},
        {"s": {5: 1}, "condition": "s"},
        {"s": {"a|nope": 1}, "condition": "s"},
        {"s": {"a|hour": 1}, "condition": "s"},
        {"s": {"a|contains": None}, "condition": "s"},
        {"s": {"a|exists": "true"}, "condition": "s"},
        {"s": {"|exists": True}, "condition": "s"},
        {"s": None, "condition": "s"},
        {"s": {"a|i": "x"}, "condition": "s"},
        {"s": {"a|re|contains": "x"}, "condition": "s"},
        {"s": {"a|contains|re": "x"}, "condition": "s"},
        {"s": {"a|re": "("}, "condition": "s"},
        {"s": {"a|re": 5}, "condition": "s"},
        {"s": {"a|re|cidr": "x"}, "condition": "s"},
        {"s": {"a|cidr": "10.0.0.1/8"}, "condition": "s"},
        {"s": {"a|cidr": "x"}, "condition": "s"},
        {"s": {"a|gt": "5"}, "condition": "s"},
        {"s": {"a|gt": True}, "condition": "s"},
        {"s": {"a|fieldref": 5}, "condition": "s"},
        {"s": {"a|base64": "a*"}, "condition": "s"},
    ],
)
def test_a_rule_without_a_meaning_is_refused_whatever_the_event(detection):
    for event in ({}, {"a": 1}):
        with pytest.raises(RuleError):
            matches({"detection": detection}, event)


@pytest.mark.realdata
@pytest.mark.skipif(not REAL_RULES.is_dir(), reason="the real rules are not there")
def test_every_real_rule_has_a_meaning_and_matches_no_empty_event():
    matched = []
    for file in REAL_RULES.rglob("*.yml"):
        rule = yaml.load(file.read_bytes(), yaml.CSafeLoader)
        if matches(rule, {}, keyword_fields=("message",)):
            matched.append(file.name)
    # Both halves of this one are about what is missing.
    assert len(matched) <= 3, matched


# Conditions


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("t", True),
        ("not t", False),
        ("not not t", True),
        ("t or t and f", True),
        ("(t or t) and f", False),
        ("f and f or t", True),
        ("not f and f", False),
        ("not (f and f)", True),
        ("f or not f and t", True),
        ("1 of x_*", True),
        ("any of x_*", True),
        ("all of x_*", False),
        ("not 1 of x_*", False),
        ("not all of x_*", True),
        ("1 of them", True),
        ("all of them", False),
        ("1 of _h*", True),
        ("1 of f", False),
        ("1 of x_f and t", False),
        ("(((t)))", True),
        ("all of t*", True),
        ("all", True),
        (["f", "t"], True),
        (["f", "f"], False),
    ],
)
def test_conditions_bind_as_the_specification_says(condition, expected):
    names = {"t": 1, "f": 2, "x_t": 1, "x_f": 2, "_h": 1, "all": 1, "t1": 1}
    detection = {name: {"a": value} for name, value in names.items()}
    assert matches({"detection": {**detection, "condition": condition}}, {"a": 1}) is expected


def test_what_is_hidden_is_not_among_them():
    detection = {"s": {"a": 2}, "_h": {"a": 1}, "condition": "1 of them"}
    assert not matches({"detection": detection}, {"a": 1})


NAMES = ["sel", "sel_a", "sel_b", "filter_x", "other"]
OPERANDS = st.sampled_from([*NAMES, "1 of sel*", "all of sel_*", "1 of them", "all of filter_*"])
CONDITIONS = st.recursive(
    OPERANDS,
    lambda inner: st.one_of(
        inner.map(lambda c: f"not {c}" if " " not in c else f"not ({c})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda c: f"({c})"),
    ),
    max_leaves=6,
)


def evaluate(tree, truth):
    if isinstance(tree, ConditionNOT):
        return not evaluate(tree.args[0], truth)
    if isinstance(tree, ConditionAND | ConditionOR):
        link = all if isinstance(tree, ConditionAND) else any
        return link(evaluate(part, truth) for part in tree.args)
    return truth[tree.field]


@given(CONDITIONS)
def test_conditions_mean_what_pysigmas_grammar_makes_of_them(condition):
    detections = SigmaDetections.from_dict(
        {**{name: {name: 1} for name in NAMES}, "condition": condition}
    )
    tree = SigmaCondition(condition, detections).parse()
    for bits in itertools.product([False, True], repeat=len(NAMES)):
        truth = dict(zip(NAMES, bits, strict=True))
        assert Condition(condition, truth).value() == evaluate(tree, truth)


# Texts

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


@given(st.dictionaries(st.sampled_from("abc"), st.none() | st.text("xy", max_size=2), max_size=3))
def test_not_is_the_opposite_and_all_is_each(event):
    for value in ("x", "x*", None):
        hit({"a": value}, event)
    one, other = hit({"a|contains": "x"}, event), hit({"a|contains": "y"}, event)
    assert hit({"a|contains": ["x", "y"]}, event) == (one or other)
    assert hit({"a|contains|all": ["x", "y"]}, event) == (one and other)
    assert hit({"a|contains|neq": ["x", "y"]}, event) != (one or other)
