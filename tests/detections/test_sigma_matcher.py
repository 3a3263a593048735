"""The oracle itself: every decision of it, by example and by law."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sigma_matcher import find, matches
from sigma_patterns import RuleError

REAL_RULES = Path(__file__).parents[3] / "shared" / "data" / "sigma" / "rules"


def hit(item, event, **options):
    rule = {"detection": {"s": item, "condition": "s"}}
    plain = matches(rule, event, **options)
    negated = matches({"detection": {"s": item, "condition": "not s"}}, event, **options)
    assert negated is not plain
    return plain


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
    assert matched == []


@given(st.dictionaries(st.sampled_from("abc"), st.none() | st.text("xy", max_size=2), max_size=3))
def test_not_is_the_opposite_and_all_is_each(event):
    for value in ("x", "x*", None):
        hit({"a": value}, event)
    one, other = hit({"a|contains": "x"}, event), hit({"a|contains": "y"}, event)
    assert hit({"a|contains": ["x", "y"]}, event) == (one or other)
    assert hit({"a|contains|all": ["x", "y"]}, event) == (one and other)
    assert hit({"a|contains|neq": ["x", "y"]}, event) != (one or other)
