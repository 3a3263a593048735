"""What each modifier means, end to end: rule and events in, alerts of the emitted SQL out.

Every line is a rule's value, the values of a field that it must match, and those that it must not;
each is asked of the statement, run by the replay, and of an independent matcher.
"""

from __future__ import annotations

import pytest
import sigma_matcher
import yaml
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.binding import Binder, BindOptions
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.envelope import AlertSource
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.rules import load_rules
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.ksqldb.dialect import write_script
from schemagen.profile.profile import Profile
from schemagen.replay.engine import Replay
from schemagen.replay.results import Event
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape

MISSING = object()
ID = "5f0c7c3e-5d2f-4c87-9a55-2f2f6e1b7a01"

# modifiers of the field, value, what must match, what must not
TABLE = [
    ("", "Cmd.exe", ["cmd.exe", "CMD.EXE", "Cmd.exe"], ["cmd.ex", "xcmd.exe", "", None, MISSING]),
    ("", ["one", "two"], ["ONE", "two"], ["three", "onetwo", MISSING]),
    ("", "", [""], ["x", " ", None, MISSING]),
    ("", "a*", ["a", "abc", "A\nb", "a%"], ["ba", "", MISSING]),
    ("", "*c", ["c", "abC", "a\nc"], ["cb", "", MISSING]),
    ("", "*b*", ["b", "abc", "\nB\n"], ["ac", "", MISSING]),
    ("", "a*c", ["ac", "abc", "a\n\nc", "AXC"], ["a", "c", "acb", "bac", MISSING]),
    ("", "a?c", ["abc", "a\nc", "a_c", "A%C"], ["ac", "abbc", MISSING]),
    ("", "a\\*c", ["a*c", "A*C"], ["abc", "a\\*c", "ac"]),
    ("", "a\\?c", ["a?c"], ["abc", "a\\?c"]),
    ("", "C:\\Windows\\x", ["c:\\windows\\X"], ["c:windowsx", "c:\\\\windows\\\\x"]),
    ("", "100%", ["100%"], ["100", "1000", "100x"]),
    ("", "a_b", ["a_b", "A_B"], ["axb", "ab"]),
    ("", "it's", ["it's", "IT'S"], ["its", "it''s"]),
    ("", "${jndi:x}", ["${jndi:x}", "${JNDI:X}"], ["jndi:x", "$ {jndi:x}"]),
    ("", "größe", ["größe", "GRÖßE"], ["grosse", "größen"]),
    ("contains", "evil", ["evil", "x EVIL y", "a\nevil\nb"], ["ev il", "", None, MISSING]),
    ("contains", ["%x%", "_y_"], ["a%X%b", "a_y_b"], ["axb", "ayb", MISSING]),
    ("contains", "a*b", ["xaYbz", "xa\nbz", "ab"], ["ba", "a", MISSING]),
    ("contains|all", ["one", "two"], ["two one", "ONETWO", "one\ntwo"], ["one", "two", MISSING]),
    ("startswith", "ab", ["ab", "ABc", "ab\n"], ["b", "xab", "", MISSING]),
    ("endswith", "\\cmd.exe", ["c:\\CMD.exe", "\n\\cmd.exe"], ["cmd.exe", "\\cmd.exe ", ""]),
    ("endswith", ["bc", "yz"], ["abC", "xyz", "bc"], ["bcd", "c", "z", MISSING]),
    ("cased", "Abc", ["Abc"], ["abc", "ABC", MISSING]),
    ("contains|cased", "Abc", ["xAbcx", "\nAbc"], ["xabcx", "ABC"]),
    ("startswith|cased", "Ab", ["Abc"], ["abc"]),
    ("endswith|cased", "bC", ["abC"], ["abc"]),
    ("re", "^a.c$", ["abc"], ["Abc", "xabc", "abcd", "", MISSING]),
    ("re", "a\\d+b", ["xa12by"], ["ab", "aXb", MISSING]),
    ("re|i", "^A.C$", ["abc", "ABC"], ["abcd", MISSING]),
    ("re|s", "a.b", ["a\nb", "axb"], ["ab"]),
    ("re", "a.b", ["axb"], ["a\nb"]),
    ("re|m", "^b$", ["a\nb\nc", "b"], ["ab", "abc"]),
    ("re", "o'x", ["o'x"], ["ox"]),
    ("cidr", "192.0.2.0/24", ["192.0.2.1", "192.0.2.255"], ["192.0.3.1", "192.0.2", "x", MISSING]),
    ("cidr", "198.51.100.128/25", ["198.51.100.128", "198.51.100.200"], ["198.51.100.127", ""]),
    ("cidr", "10.0.0.0/9", ["10.0.0.1", "10.127.255.255"], ["10.128.0.0", "110.0.0.1"]),
    ("cidr", "2001:db8::/32", ["2001:db8::1", "2001:0DB8:0:0:0:0:0:1"], ["2001:db9::1", "::1"]),
    ("base64", "dir", ["ZGly", "zgly"], ["dir", "ZGlyZGly"]),
    ("base64|contains", "dir", ["xxZGlyxx", "xxzglyxx"], ["dir", "ZGl"]),
    ("base64offset|contains", "foobar", ["xZm9vYmFyx", "Zvb2Jhc", "mb29iYX"], ["foobar", "Zm9v"]),
    ("wide|base64offset|contains", "dir", ["ZABpAHIA"], ["ZGly"]),
    ("windash|contains", " -enc ", ["x -enc y", "x /ENC y", "x \u2013enc y"], ["x enc y", "-enc"]),
    ("exists", True, ["x", ""], [None, MISSING]),
    ("exists", False, [None, MISSING], ["x", ""]),
    ("", None, [None, MISSING], ["x", "null", ""]),
    ("", 5, [5], [4, 50, None, MISSING]),
    ("", [5, 7], [5, 7], [6, None, MISSING]),
    ("", "5", [5], [55, None, MISSING]),
    ("", 5, ["5"], ["05", "55", "x", MISSING]),
    ("gt", 5, [6, 100], [5, 4, -1, None, MISSING]),
    ("gte", 5, [5, 6], [4, None, MISSING]),
    ("lt", 5, [4, -3], [5, 6, None, MISSING]),
    ("lte", 5, [5, 4], [6, None, MISSING]),
    ("gt", 1.5, [1.75, 2.0], [1.5, 0.5, None, MISSING]),
    ("", True, [True], [False, None, MISSING]),
    ("", False, [False], [True, None, MISSING]),
    ("", "x", [["x"], ["a", "X"]], [["a"], [], None, MISSING]),
    ("contains", "x", [["axb"], ["a", "bX"]], [["a", "b"], [], MISSING]),
    ("endswith", "b", [["xab", "c"]], [["bc"], [], MISSING]),
]  # fmt: skip

CASES = [
    pytest.param(modifiers, value, yes, no, id=f"{number:02}-{modifiers or 'plain'}")
    for number, (modifiers, value, yes, no) in enumerate(TABLE)
]


def rule_of(detection):
    return {
        "title": "Case",
        "id": ID,
        "status": "test",
        "logsource": {"category": "test"},
        "detection": detection,
        "level": "low",
    }


def fired(rule, messages, folder):
    """Which of the messages the emitted statement alerts on."""
    (folder / "rule.yml").write_text(yaml.safe_dump(rule, allow_unicode=True), encoding="utf-8")
    (loaded,) = load_rules([folder / "rule.yml"]).rules
    profile = Profile()
    profile.add(messages)
    made = stream_ddl(
        shape(build_schema(profile.root, "t"), profile.root),
        profile.root,
        StreamOptions("EVENTS", "t"),
    )
    bound = Binder([load_pipeline("none")], made.columns, profile.root, BindOptions()).bind(loaded)
    assert bound.deployable, bound.reasons
    origin = AlertSource("EVENTS", "t", ColumnIndex(made.columns, profile.root))
    statements = detection_statements([bound], origin, AlertOptions("ALERTS", "alerts"))
    replay = Replay(write_script([made.statement, *statements]), "case")
    events = [Event("t", message, "case", n) for n, message in enumerate(messages)]
    result = replay.run(events)
    assert not [each for each in result.findings if each.fatal or each.kind == "error"]
    return set(result.fired().get(ID, ()))


def messages_of(values):
    return [{"pad": "p"} | ({} if v is MISSING else {"f": v}) for v in values]


def asked(rule, values, folder):
    """What statement and matcher say; JSON null can't be told from a missing key in ksqlDB."""
    messages = messages_of(values)
    seen = [{k: v for k, v in message.items() if v is not None} for message in messages]
    oracle = {n for n, message in enumerate(seen) if sigma_matcher.matches(rule, message)}
    return fired(rule, messages, folder), oracle


@pytest.mark.parametrize(("modifiers", "value", "yes", "no"), CASES)
def test_a_value_matches_what_sigma_says(modifiers, value, yes, no, tmp_path):
    key = f"f|{modifiers}" if modifiers else "f"
    rule = rule_of({"selection": {key: value}, "condition": "selection"})
    expected = set(range(len(yes)))
    assert asked(rule, [*yes, *no], tmp_path) == (expected, expected)


@pytest.mark.parametrize(("modifiers", "value", "yes", "no"), CASES)
def test_not_of_it_matches_all_the_others_missing_ones_too(modifiers, value, yes, no, tmp_path):
    key = f"f|{modifiers}" if modifiers else "f"
    rule = rule_of(
        {"base": {"pad": "p"}, "selection": {key: value}, "condition": "base and not selection"}
    )
    expected = set(range(len(yes), len(yes) + len(no)))
    assert asked(rule, [*yes, *no], tmp_path) == (expected, expected)


def test_the_table_is_large_enough():
    assert sum(len(yes) + len(no) for _, _, yes, no in TABLE) >= 200


TEXT = st.sampled_from(
    ["a", "b", "ab", "A", "a%", "_", "a\nb", "", "it's", "\\", "${a}", "ä", "a b"]
)
WILD = st.sampled_from(["*", "a*", "*b", "?", "a?b", "*a*", "\\*"])
MATCH = st.one_of(
    st.tuples(st.just(""), st.one_of(TEXT, WILD, st.lists(TEXT, min_size=1, max_size=3))),
    st.tuples(
        st.sampled_from(["contains", "startswith", "endswith", "contains|cased"]),
        TEXT.filter(bool),
    ),
    st.tuples(st.just("contains|all"), st.lists(TEXT.filter(bool), min_size=2, max_size=3)),
    st.tuples(st.sampled_from(["re", "re|i"]), st.sampled_from(["a", "^b", "a.b", "[ab]$"])),
    st.tuples(st.just("exists"), st.booleans()),
    st.tuples(st.just(""), st.none()),
)
SELECTION = st.dictionaries(st.sampled_from(["f", "g"]), MATCH, min_size=1, max_size=2)
CONDITION = st.sampled_from(
    [
        "s1 and not s2",
        "s1 or s2",
        "not s1 and s2",
        "1 of s*",
        "all of s*",
        "not 1 of s*",
        "s1 or not s2",
        "not (s1 and s2)",
    ]
)
EVENT = st.fixed_dictionaries(
    {"pad": st.just("p")}, optional={"f": st.one_of(TEXT, st.none()), "g": TEXT}
)


def selection_of(drawn):
    return {f"{f}|{m}" if m else f: value for f, (m, value) in drawn.items()}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(SELECTION, SELECTION, CONDITION, st.lists(EVENT, min_size=1, max_size=8))
def test_random_rules_and_events_agree_with_the_matcher(tmp_path, one, two, condition, messages):
    rule = rule_of(
        {
            "base": {"pad": "p"},
            "s1": selection_of(one),
            "s2": selection_of(two),
            "condition": f"base and ({condition})",
        }
    )
    # Both fields were seen, so that no rule is blind.
    messages = [*messages, {"pad": "p", "f": "x", "g": "y"}]
    seen = [{k: v for k, v in message.items() if v is not None} for message in messages]
    try:
        oracle = {n for n, message in enumerate(seen) if sigma_matcher.matches(rule, message)}
    except sigma_matcher.RuleError:
        reject()
    assert fired(rule, messages, tmp_path) == oracle
