"""One value of a rule against one value of an event: what is written, and what it matches."""

from __future__ import annotations

import pytest
from compiling import fires, predicate

from schemagen.detections import predicates
from schemagen.detections.values import Wildcard, pattern


@pytest.mark.parametrize(
    ("detection", "written"),
    [
        ({"S": "A\\b"}, r"LCASE(S) = 'a\b'"),
        ({"S": ["A", "b"]}, "LCASE(S) IN ('a', 'b')"),
        ({"S|contains": "It's"}, "INSTR(LCASE(S), 'it''s') > 0"),
        ({"S|startswith": "AB"}, "SUBSTRING(LCASE(S), 1, 2) = 'ab'"),
        ({"S|endswith": "\U0001f600X"}, "SUBSTRING(LCASE(S), -3) = '\U0001f600x'"),
        ({"S|contains|cased": "Ab"}, "INSTR(S, 'Ab') > 0"),
        ({"S": "*"}, "S IS NOT NULL"),
        ({"S": "a*B?"}, r"REGEXP_EXTRACT('(?s)\Aa.*b.\z', LCASE(S)) IS NOT NULL"),
        ({"S": "*a?b*"}, "REGEXP_EXTRACT('(?s)a.b', LCASE(S)) IS NOT NULL"),
        ({"S|contains": "a${b}"}, "INSTR(LCASE(S), CONCAT('a$', '{b}')) > 0"),
        ({"S": ["a", "${b"]}, "LCASE(S) = 'a' OR LCASE(S) = CONCAT('$', '{b')"),
        ({"S": "a\nb"}, r"REGEXP_EXTRACT('(?s)\Aa\x{a}b\z', LCASE(S)) IS NOT NULL"),
        ({"S": None}, "S IS NULL"),
        ({"S|exists": True}, "S IS NOT NULL"),
        ({"S|exists": False}, "S IS NULL"),
        ({"S": 4688}, "LCASE(S) = '4688'"),
        ({"S": ["4624", 4625]}, "LCASE(S) IN ('4624', '4625')"),
        ({"N": 4688}, "N = 4688"),
        ({"N": "4688"}, "N = 4688"),
        ({"N": [1, "2", -3]}, "N IN (1, -3) OR N = 2"),
        ({"N|gt": 5}, "N > 5"),
        ({"N": "46*"}, "SUBSTRING(LCASE(CAST(N AS VARCHAR)), 1, 2) = '46'"),
        ({"B": "TRUE"}, "B = TRUE"),
        ({"B": "t*"}, "B = TRUE"),
        ({"B": True}, "B = TRUE"),
        ({"S": True}, "LCASE(S) = 'true'"),
        ({"D": 1.5}, "D = 1.5"),
        ({"M.some.key": "x"}, "LCASE(M['some.key']) = 'x'"),
        ({"R.X": "x"}, "LCASE(R->X) = 'x'"),
        ({"R.x.y": "x"}, "LCASE(R->`x.y`) = 'x'"),
        ({"J.a.b-c": "x"}, None),
        ({"A": "x"}, "ARRAY_LENGTH(FILTER(A, ITEM => LCASE(ITEM) = 'x')) > 0"),
        ({"RA.V|lt": 3}, "ARRAY_LENGTH(FILTER(RA, ITEM => ITEM->V < 3)) > 0"),
        ({"A": None}, "A IS NULL"),
        ({"S|fieldref": "T"}, "LCASE(S) = LCASE(T)"),
        ({"S|re": "a.b"}, "REGEXP_EXTRACT('(?d)a.b', S) IS NOT NULL"),
        ({"S|re|i": "a"}, "REGEXP_EXTRACT('(?iu)a', S) IS NOT NULL"),
    ],
)
def test_each_modifier_is_written_in_the_form_that_ksqldb_evaluates_safely(detection, written):
    if written is None:
        written = (
            "LCASE(CASE WHEN IS_JSON_STRING(J) = TRUE THEN "
            "NULLIF(EXTRACTJSONFIELD(J, '$.a[\"b-c\"]'), 'null') END) = 'x'"
        )
    assert predicate(detection) == written


@pytest.mark.parametrize(
    ("detection", "event", "expected"),
    [
        ({"S|contains": "needle"}, {"S": "a\nNEEDLE\r\nb"}, True),
        ({"S": "a*b"}, {"S": "a\n\nb"}, True),
        ({"S|contains": "100%_"}, {"S": "is 100%_ sure"}, True),
        ({"S|contains": "100%_"}, {"S": "is 100x_ sure"}, False),
        ({"S|endswith": "abc"}, {"S": "c"}, False),
        ({"S|endswith": "abc"}, {"S": "abc"}, True),
        ({"S|startswith": "abc"}, {"S": "ab"}, False),
        ({"S": "x\\*y"}, {"S": "x*y"}, True),
        ({"S": "x\\*y"}, {"S": "xzy"}, False),
        ({"S|contains": "ΑΣ"}, {"S": "ασβ"}, True),
        ({"S|contains": "\u03c3"}, {"S": "ΑΣ"}, True),
        ({"S|contains": "É"}, {"S": "café"}, True),
        ({"S": "\U0001f600?"}, {"S": "\U0001f600\U0001f601"}, True),
        ({"S": ""}, {"S": ""}, True),
        ({"S": ""}, {}, False),
        ({"S": None}, {}, True),
        ({"S": None}, {"S": None}, True),
        ({"S": None}, {"S": ""}, False),
        ({"S|gt": 5}, {"S": "abc"}, False),
        ({"S|gt": 5}, {"S": " 6.5 "}, True),
        ({"S|gt": 5}, {"S": "1e400d"}, False),
        ({"S|cidr": "10.0.0.0/8"}, {"S": "10.1.2.3"}, True),
        ({"S|cidr": "10.0.0.0/8"}, {"S": "10.1.2.3.4"}, False),
        ({"S|cidr": "fe80::/10"}, {"S": "FE80:0:0:0::1%eth0"}, True),
        ({"S|base64offset|contains": "foobar"}, {"S": "eGZvb2Jhcg=="}, True),
        ({"S|wide|base64offset|contains": "ping"}, {"S": "cABpAG4AZwA="}, True),
        ({"S|base64": "a\\*"}, {"S": "YSo="}, True),
        ({"S|windash|contains": " -enc"}, {"S": "powershell \u2013enc x"}, True),
        ({"A|contains|all": ["a", "b"]}, {"A": ["xa", None, "bx"]}, True),
        ({"A": "a"}, {"A": [None]}, False),
        ({"RA.K": "k"}, {"RA": [None, {"V": 1}, {"K": "K"}]}, True),
        ({"M.k": "v"}, {"M": {"K": "v"}}, False),
        ({"S|fieldref|endswith": "T"}, {"S": "abc"}, False),
        ({"S|fieldref|endswith": "T"}, {"S": "abc", "T": "BC"}, True),
        ({"S|fieldref|contains": "T"}, {"S": "abc", "T": ""}, True),
        ({"a": {"S|contains": "x"}, "condition": "not a"}, {}, True),
        ({"a": {"A": "x"}, "condition": "not a"}, {"A": None}, True),
        ({"a": {"S|gt": 5}, "condition": "not a"}, {"S": "abc"}, True),
        ({"a": {"B": True}, "condition": "not a"}, {"B": None}, True),
        ({"S|neq": "x"}, {}, True),
    ],
)
def test_an_event_matches_as_sigma_says(detection, event, expected):
    assert fires(detection, event) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"a": {"b-c": "X"}}', True), ('{"a": 1}', False), ("no JSON", False), ("", False)],
)
def test_json_text_is_looked_into_and_other_text_does_no_harm(text, expected):
    detection = {"J.a.b-c": "x"}
    columns = "J VARCHAR, S VARCHAR"
    assert fires(detection, {"J": text}, columns) is expected
    negated = {"selection": detection, "condition": "not selection"}
    assert fires(negated, {"J": text}, columns) is not expected


def test_long_lists_of_parts_become_one_expression():
    values = [f"part{n}\\tool(x)" for n in range(predicates.MANY_VALUES + 1)]
    written = predicate({"S|contains": values})
    assert written.count("REGEXP_EXTRACT") == 1
    assert "INSTR" not in written
    assert fires({"S|contains": values}, {"S": "run PART7\\TOOL(X) now"})
    assert not fires({"S|contains": values}, {"S": "run part7 now"})


def test_expressions_are_split_before_a_constant_is_too_long():
    values = [f"{n:05}" + "x" * 100 for n in range(2000)]
    written = predicate({"S|contains": values})
    assert written.count("REGEXP_EXTRACT") > 1
    assert max(map(len, written.split("REGEXP_EXTRACT"))) < 65_535


def test_thousands_of_values_are_one_in():
    values = [f"value{n}" for n in range(4432)]
    written = predicate({"S": values})
    assert written.startswith("LCASE(S) IN ('value0', 'value1'")
    assert fires({"S": values}, {"S": "VALUE4431"})


def test_no_text_of_a_rule_gets_out_of_its_literal():
    hostile = "x'); DROP STREAM EVENTS; -- ${env:HOME}"
    assert predicate({"S": hostile}) == (
        "LCASE(S) = CONCAT('x''); drop stream events; -- $', '{env:home}')"
    )


def test_a_pattern_joins_what_can_be_joined():
    assert pattern(
        [Wildcard.MANY, "a", "b", Wildcard.MANY, Wildcard.MANY, ""], cased=False
    ).tokens == (
        Wildcard.MANY,
        "ab",
        Wildcard.MANY,
    )
