"""Rules match what the events really hold, however they write it; or say why they can't."""

from __future__ import annotations

import pytest
from inferring import alerts_on, rule_of, work

from schemagen.detections.bound import Status

# -- several values, in columns of one type ---------------------------------------------------


MIXED = [
    ({"v": "foo"}, ["foo", ["foo"], ["a", "foo"], "bar", ["bar"], "[foo"], [0, 1, 2]),
    ({"v|startswith": "foo"}, ["foo1", ["foo1"], ["a", "foo1"], "xfoo", ["xfoo"]], [0, 1, 2]),
    ({"v|endswith": "foo"}, ["1foo", ["1foo"], ["1foo", "b"], "foox", ["foox"]], [0, 1, 2]),
    ({"v|contains": "foo"}, ["1foo1", ["1foo1"], ["a", "b"]], [0, 1]),
    ({"v|contains": "a, b"}, ["a, b", ["a", "b"]], [0]),
    ({"v|startswith": "["}, ["[x", ["x"]], [0]),
    ({"v|re": "^foo$"}, ["foo", ["foo"], ["a", "foo"], "xfoo", ["xfoo"]], [0, 1, 2]),
    (
        {"v|cidr": "10.0.0.0/8"},
        ["10.1.1.1", ["10.1.1.1"], ["::1", "10.1.1.1"], "1.1.1.1"],
        [0, 1, 2],
    ),
    ({"v": 5}, ["5", [5], [1, 5], "6", [6], 5], [0, 1, 2, 5]),
    ({"v|gt": 5}, ["6", [6], [1, 6], "1", [1]], [0, 1, 2]),
    ({"v": ""}, ["", [""], "x", ["x"]], [0, 1]),
    ({"v|exists": True}, ["a", ["a"], None], [0, 1]),
    ({"v": None}, ["a", ["a"], None], [2]),
    ({"v": ""}, ["", [], "x", ["x"]], [0]),
    ({"v": "*"}, ["a", [], ["a"], None], [0, 2]),
    ({"v|neq": ""}, ["", [], "x", ["x"]], [1, 2, 3]),
    ({"v": "foo"}, [[["foo"]], [["a", "foo"], "b"], ["b", ["foo"]], "x", [["x"]]], [0, 1, 2]),
    ({"v|endswith": "foo"}, [[["1foo", "a"]], [[["1foo"]]], "x", [["foox"]], [[]]], [0, 1]),
]


@pytest.mark.parametrize(("detection", "values", "matching"), MIXED)
def test_text_in_some_events_and_an_array_in_others(tmp_path, detection, values, matching):
    assert alerts_on(tmp_path, [{"v": value} for value in values], detection) == matching


def test_a_filter_by_an_element_leaves_out_what_has_it(tmp_path):
    events = [{"k": 1, "v": value} for value in ("good", ["good"], ["bad"], ["good", "bad"])]
    detection = {"s": {"k": 1}, "f": {"v": "good"}, "condition": "s and not f"}
    assert alerts_on(tmp_path, events, detection) == [2]


@pytest.mark.parametrize("wanted", [{"v": "a, b"}, {"v|contains": "a, b"}, {"v|startswith": "a, "}])
def test_what_an_array_in_text_can_not_tell_is_said(tmp_path, wanted):
    bound = work(tmp_path, [{"v": "x"}, {"v": ["y"]}], rule_of(wanted)).one()
    assert bound.remarks == (
        "`v`: arrays are read as `[a, b]`, and what holds `, ` is not found in them.",
    )
    bound = work(tmp_path, [{"v": ["x"]}, {"v": ["y"]}], rule_of(wanted)).one()
    assert not bound.remarks


def test_two_fields_are_compared_element_by_element(tmp_path):
    events = [{"v": value, "u": "a"} for value in ("a", ["a"], ["b", "a"], "b", ["b"])]
    assert alerts_on(tmp_path, events, {"v|fieldref": "u"}) == [0, 1, 2]


JSON_TEXT = [
    ({"u.tags": "foo"}, [{"tags": "foo"}, {"tags": ["a", "foo"]}, {"tags": ["a"]}], [0, 1]),
    ({"u.l.n": "foo"}, [{"l": {"n": "foo"}}, {"l": [{"n": "x"}, {"n": "foo"}]}, {"l": []}], [0, 1]),
    ({"u.l.n": 5}, [{"l": [{"n": 5}]}, {"l": [{"n": "5"}]}, {"l": [{"n": 55}]}], [0, 1]),
    ({"u.n": "foo"}, [{"n": "foo"}, [{"n": "foo"}], [{"n": "x"}, {"n": "foo"}], []], [0, 1, 2]),
    ({"u.a.b": "foo"}, [{"a.b": "foo"}, {"a": {"b": "foo"}}, {"a": "foo"}], [0, 1]),
    ({"u.Name": "foo"}, [{"name": "foo"}, {"NAME": "foo"}, {"names": "foo"}], [0, 1]),
    ({"u.n|gt": 5}, [{"n": 6}, {"n": [1, 6]}, {"n": 5}, {"n": None}], [0, 1]),
]


@pytest.mark.parametrize(("detection", "values", "matching"), JSON_TEXT)
def test_arrays_in_objects_that_are_kept_as_json_text(tmp_path, detection, values, matching):
    # Text in one event makes the column JSON text in all.
    events = [{"u": value} for value in [*values, "text", "[text]", '{"half']]
    assert alerts_on(tmp_path, events, detection) == matching


IN_TEXTS = [
    ({"log.level": "warn"}, ['{"level":"warn"}', '{"level":"info"}', "level: warn"], [0]),
    ({"log.a.b": "x"}, ['{"a":{"b":"x"}}', '{"a.b":"x"}', '{"a":"x"}'], [0, 1]),
    ({"log.tags": "x"}, ['{"tags":["a","x"]}', '{"tags":"x"}', '{"tags":[]}'], [0, 1]),
    ({"log.n|gt": 5}, ['{"n":6}', '{"n":5}', '{"n":null}', "{"], [0]),
    ({"log.m": None, "k": 1}, ['{"n":6}', '{"m":5}', "", None], [0, 2, 3]),
    ({"log.level": "warn"}, [{"level": "warn"}, '{"level":"warn"}', '{"level":"x"}'], [0, 1]),
]


@pytest.mark.parametrize(("detection", "values", "matching"), IN_TEXTS)
def test_a_rule_reads_inside_texts_that_are_json_objects(tmp_path, detection, values, matching):
    events = [{"k": 1, "log": value} for value in values]
    if "log.m" in detection:
        events.append({"k": 2, "log": '{"m":1}'})
    assert alerts_on(tmp_path, events, detection) == matching


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "events"),
    [
        (
            "log.level",
            [{"log.level": "ERROR"}, {"log": {"level": "error"}}, {"log": {"level": "x"}}],
        ),
        ("a.b.c", [{"a.b": {"c": "error"}}, {"a": {"b.c": "error"}}, {"a": {"b": {"c": "y"}}}]),
        ("ThreatName", [{"Threat Name": "error"}, {"threatname": "ERROR"}, {"Threat": "error"}]),
        ("Threat_Name", [{"Threat Name": "error"}, {"ThreatName": "error"}, {"Name": "error"}]),
        ("d.Image", [{"d": {"Image": "error"}}, {"d": {"image": "error"}}, {"Image": "error"}]),
    ],
)
def test_every_form_of_a_name_is_read(tmp_path, name, events):
    assert alerts_on(tmp_path, events, {name: "error"}) == [0, 1]
    both = {"s": {"k": 1}, "f": {name: "error"}, "condition": "s and not f"}
    assert alerts_on(tmp_path, [{"k": 1, **one} for one in events], both) == [2]


def test_of_two_spellings_in_one_object_each_keeps_its_value(tmp_path):
    events = [{"Image": "x", "image": "y"}, {"Image": "y", "image": "z"}, {"image": "x"}]
    assert alerts_on(tmp_path, events, {"Image": "x"}) == [0, 2]


def test_no_column_is_added_beside_one_that_differs_by_a_blank(tmp_path):
    found = work(tmp_path, [{"Threat Name": "x"}], rule_of({"ThreatName": "x"}), missing=True)
    assert found.one().status is Status.BOUND
    assert "ThreatName VARCHAR" not in found.sql


# -- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [4688, "4688", 4688.0])
def test_a_number_is_one_however_it_is_written(tmp_path, wanted):
    values = [4688, "4688", 4688.0, "04688", 4688.5, "x", "4688 "]
    events = [{"id": value} for value in values]
    assert alerts_on(tmp_path, events, {"id": wanted}) == [0, 1, 2]


@pytest.mark.parametrize(
    ("detection", "values", "matching"),
    [
        ({"n": 2**53 + 1}, [2**53 + 1, 2**53], [0]),
        ({"n": [7, 2**53 + 1]}, [2**53 + 1, 2**53, 7], [0, 2]),
        ({"n|gte": 2**53 + 1}, [2**53 + 1, 2**53], [0]),
        ({"n": [1, 2**64 - 1]}, [2**64 - 1, 1, 2], [0, 1]),
        ({"n": str(2**64 - 1)}, [2**64 - 1, 1], [0]),
        ({"n": 2**64 - 1}, [str(2**64 - 1), "x"], [0]),
        ({"n|neq": 2**64 - 1}, [2**64 - 1, 1], [1]),
        ({"n": 1000}, [1e3, "x", 1000], [0, 2]),
        ({"n": -(2**63)}, [-(2**63), 1], [0]),
        ({"n|neq": -(2**63)}, [-(2**63), 1], [1]),
        ({"n": str(-(2**63))}, [-(2**63), 1], [0]),
        ({"n": [5, -(2**63)]}, [-(2**63), 5, 1], [0, 1]),
        ({"n": 2**53}, [2**53, 2**53 + 1, str(2**53 + 1), 1.5, 2**53 + 0.0], [0, 4]),
        ({"n": 2**53 + 2}, [2**53 + 1, "x", 2**53 + 2, 2**53 + 3, 1.5, 2**53 + 2.0], [2, 5]),
        ({"n|gt": 2**53}, [2**53, 2**53 + 1, str(2**53 + 1), "x", 2**62, 1e300], [1, 2, 4, 5]),
        ({"n|lte": 2**53}, [2**53, 2**53 + 1, str(2**53 + 1), "x", 2**62, 1e300], [0]),
        ({"n": 10**19}, [1e19, "x", 10**19, 10**19 + 1], [0, 2]),
        ({"n": 1e300}, [1e300, 1.5], [0]),
        ({"n": 1e300}, [1e300, "x", 1e299], [0]),
        ({"n": -2.5e-7}, [-2.5e-7, "x", 2.5e-7], [0]),
        ({"n": 0}, [0, "x", 0.0, -0.0, 0.5], [0, 2, 3]),
        ({"n|gte": 2 * 10**19}, [1.5e19, 2e19, 0.5], [1]),
    ],
)
def test_integers_are_those_of_the_rule(tmp_path, detection, values, matching):
    assert alerts_on(tmp_path, [{"n": value} for value in values], detection) == matching


@pytest.mark.parametrize("wanted", [2**53 + 1, str(2**53 + 1), 2**63 + 1, 10**300 + 1])
def test_a_double_is_not_its_neighbour(tmp_path, wanted):
    seen = [{"n": 2**53}, {"n": 0.5}, {"n": 2.0**63}]
    bound = work(tmp_path, seen, rule_of({"n": wanted})).one()
    assert bound.status is Status.TYPE_CLASH
    assert bound.reasons == ("any: `n`: the rule wants a number that no DOUBLE holds.",)


# -- keywords ---------------------------------------------------------------------------------


WINLOG = {"channel": "Application", "event_id": 1}


def winlog(message, **data):
    return {"message": message, "winlog": {**WINLOG, "event_data": data}}


APPLICATION = {"logsource": {"product": "windows", "service": "application"}}


@pytest.mark.parametrize(
    ("keywords", "matching"),
    [
        (["evil thing"], [0, 1]),
        (["EVIL THING", "spare"], [0, 1, 2]),
        ({"|all": ["evil", "thing"]}, [0, 1]),
        ({"|all": ["evil", "spare"]}, []),
        ({"|startswith": ["an evil"]}, [0, 1]),
        ({"|startswith": ["evil"]}, []),
        ({"|endswith": ["thing"]}, [0, 1]),
        ({"|re": "^an (evil|x) thing$"}, [0, 1]),
        ({"|cased|contains": ["Evil"]}, []),
        (["evil*thing"], [0, 1]),
        # Across the border of two values nothing is one text.
        (["thing*spare"], []),
        (["spare\u00a6"], []),
        ([4625], [3]),
    ],
)
def test_keywords_are_looked_for_in_the_texts_of_a_windows_event(tmp_path, keywords, matching):
    events = [
        winlog("an evil thing", a="x", b="y", c="z", d="w"),
        winlog("x", a="an evil thing"),
        winlog("spare", a="x"),
        winlog("id 4625", a="x"),
        winlog(None),
    ]
    rule = rule_of({"keywords": keywords, "condition": "keywords"}, **APPLICATION)
    found = work(tmp_path, events, rule, pipelines=["winlogbeat"])
    assert found.one().status is Status.BOUND
    assert found.fired(*events).get("rule", []) == matching


@pytest.mark.parametrize(
    ("keywords", "matching"),
    [
        ({"|windash|contains": " /enc"}, [0]),
        ({"|windash|contains": [" /enc", " /nop"]}, [0, 1]),
        ({"|windash|contains|all": [" /enc", " /w"]}, [0]),
        ({"|wide|base64offset|contains": "evil"}, [2]),
        ({"|base64offset|contains|all": ["e\0v\0i\0l\0"]}, [2]),
    ],
)
def test_one_keyword_stands_for_several_texts(tmp_path, keywords, matching):
    events = [winlog("x -w -enc y"), winlog("x", a="a \u2013nop b"), winlog("ZQB2AGkAbAA=")]
    rule = rule_of({"keywords": keywords, "condition": "keywords"}, **APPLICATION)
    found = work(tmp_path, events, rule, pipelines=["winlogbeat"])
    assert found.fired(*events).get("rule", []) == matching


def test_a_filter_by_keywords_filters(tmp_path):
    events = [winlog("failed to load"), winlog("failed to load, timed out"), winlog("x", a="x")]
    detection = {"k": ["failed"], "f": ["timed out"], "condition": "k and not f"}
    found = work(tmp_path, events, rule_of(detection, **APPLICATION), pipelines=["winlogbeat"])
    assert found.fired(*events) == {"rule": [0]}


@pytest.mark.parametrize("condition", ["k", "s or k", "s and not k"])
def test_without_a_column_to_look_in_keywords_are_not_false_in_silence(tmp_path, condition):
    rule = rule_of({"s": {"a": "x"}, "k": ["evil"], "condition": condition})
    found = work(tmp_path, [{"a": "x"}], rule)
    assert found.one().status is Status.UNSUPPORTED
    assert "`keywords`" in found.one().reasons[0]
    assert work(tmp_path, [{"a": "x"}], rule, keywords=["a"]).one().status is Status.BOUND


def test_keywords_are_looked_for_in_maps_and_numbers_where_these_are_named(tmp_path):
    events = [
        {"m": {"a": "evil"}},
        {"n": 4625},
        {"t": ["x", "evil"]},
        {"d": 1.5},
        {"m": {"b": "x"}},
    ]
    detection = {"k": ["evil", 4625], "condition": "k"}
    assert alerts_on(tmp_path, events, detection, keywords=["*"]) == [0, 1, 2]


# -- what the columns lack ------------------------------------------------------------------


def test_a_filter_on_a_field_that_the_columns_lack_is_not_no_filter(tmp_path):
    detection = {
        "selection": {"id": 16403},
        "filter_main": {"RemoteName|contains": ".com/"},
        "condition": "selection and not 1 of filter_*",
    }
    seen = [{"id": 16403}]
    found = work(tmp_path, seen, rule_of(detection))
    one = found.one()
    assert (one.status, one.deployable) == (Status.UNFILTERED, False)
    (reason,) = one.reasons
    assert reason == (
        "`RemoteName` is not in the columns: `filter_main` can't be evaluated, and the rule would "
        "match what it means to leave out."
    )
    assert "ALERTS" not in found.sql
    declared = work(tmp_path, seen, rule_of(detection), missing=True)
    assert declared.one().status is Status.BOUND
    microsoft = {"id": 16403, "RemoteName": "https://download.microsoft.com/x.cab"}
    assert declared.fired(microsoft, {"id": 16403, "RemoteName": "http://x.top/"}) == {"rule": [1]}


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("a", Status.BOUND),
        ("a or missing", Status.BOUND),
        ("a and not missing", Status.UNFILTERED),
        ("a and not (missing or b)", Status.UNFILTERED),
        ("a and not (missing and b)", Status.UNFILTERED),
        ("not missing", Status.UNFILTERED),
        ("a and null", Status.UNFILTERED),
        ("a and absent", Status.UNFILTERED),
        ("a and reference", Status.UNBOUND),
        ("a and not reference", Status.UNFILTERED),
        ("a and not null", Status.UNBOUND),
        ("a and not (not missing)", Status.UNBOUND),
        ("a or (b and missing and not missing)", Status.BOUND),
    ],
)
def test_what_makes_a_rule_match_more_than_it_should(tmp_path, condition, status):
    detection = {
        "a": {"a": "x"},
        "b": {"a": "y"},
        "missing": {"nowhere": "x"},
        "null": {"nowhere": None},
        "absent": {"nowhere|exists": False},
        "reference": {"a|fieldref": "nowhere"},
        "condition": condition,
    }
    assert work(tmp_path, [{"a": "x"}], rule_of(detection)).one().status is status


def test_of_a_branch_that_is_lost_the_remark_says_what_can_no_longer_match(tmp_path):
    detection = {
        "whole": {"nowhere": "x", "a": "x"},
        "part": [{"nowhere": "x"}, {"a": "y"}],
        "kept": {"a": "z"},
        "condition": "1 of them",
    }
    found = work(tmp_path, [{"a": "x"}], rule_of(detection)).one()
    assert found.status is Status.BOUND
    assert found.remarks == (
        "`nowhere` is not in the columns: `whole` can never match.",
        "`nowhere` is not in the columns: a part of `part` can never match.",
    )


def test_of_several_kinds_of_events_those_are_left_out_whose_filter_is_void(tmp_path):
    seen = [
        {"winlog": {"channel": channel, "event_id": number, "event_data": data}}
        for channel, number, data in (
            ("Microsoft-Windows-Sysmon/Operational", 1, {"Image": "x", "CommandLine": "y"}),
            ("Security", 4688, {"NewProcessName": "x"}),
        )
    ]
    detection = {"s": {"Image": "x"}, "f": {"CommandLine": "good"}, "condition": "s and not f"}
    logsource = {"product": "windows", "category": "process_creation"}
    rule = rule_of(detection, logsource=logsource)
    sysmon_only = [
        seen[0],
        {"winlog": {**seen[1]["winlog"], "event_data": {"NewProcessName": "x"}}},
    ]
    found = work(tmp_path, sysmon_only, rule, pipelines=["winlogbeat"]).one()
    # `CommandLine` is one column for both kinds.
    assert (found.status, found.sources) == (Status.BOUND, ("sysmon 1", "security 4688"))
    detection = {"s": {"Image": "x"}, "f": {"ParentImage": "x"}, "condition": "s and not f"}
    seen[0]["winlog"]["event_data"]["ParentImage"] = "p"
    found = work(tmp_path, seen, rule_of(detection, logsource=logsource), pipelines=["winlogbeat"])
    assert found.one().sources == ("sysmon 1",)
    assert any(
        "security 4688" in remark and "`ParentImage`" in remark for remark in found.one().remarks
    )


# -- places of Windows events -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "place"),
    [
        ("wmi", "user_data"),
        ("applocker", "user_data"),
        ("terminalservices-localsessionmanager", "user_data"),
        ("printservice-admin", "user_data"),
        ("printservice-operational", "user_data"),
        ("application", "event_data"),
        ("openssh", "event_data"),
    ],
)
def test_a_field_is_added_where_the_log_writes_it(tmp_path, service, place):
    logsource = {"product": "windows", "service": service}
    rule = rule_of({"process": "x"}, logsource=logsource)
    # The Elastic Common Schema has an object of the name at the top.
    seen = [{"winlog": WINLOG, "process": {"name": "x"}}]
    found = work(tmp_path, seen, rule, pipelines=["winlogbeat"], missing=True)
    (field,) = [one for one in found.one().fields if one.name == "process"]
    assert [one.path for one in field.references] == [("winlog", place, "process")]


@pytest.mark.parametrize(
    ("service", "channel"),
    [
        ("smbclient-connectivity", "Microsoft-Windows-SmbClient/Connectivity"),
        ("smbserver-connectivity", "Microsoft-Windows-SMBServer/Connectivity"),
    ],
)
def test_the_channels_of_smb_connectivity_are_known(tmp_path, service, channel):
    event = {"winlog": {"channel": channel, "event_id": 1, "event_data": {"a": "x"}}}
    rule = rule_of({"a": "x"}, logsource={"product": "windows", "service": service})
    found = work(tmp_path, [event], rule, pipelines=["winlogbeat"])
    assert found.fired(event) == {"rule": [0]}


# -- what can't be expressed, and what fails ----------------------------------------------------


@pytest.mark.parametrize(
    ("detection", "why"),
    [
        ({"a|minute|gte": 30}, "minute"),
        ({"a|hour": 3}, "hour"),
        ({"a|re": "^[[:alpha:]]+$"}, "[:alpha:]"),
        ({"a|re": "[^[:digit:]x]"}, "[:digit:]"),
    ],
)
def test_what_would_be_miscompiled_is_refused(tmp_path, detection, why):
    found = work(tmp_path, [{"a": "x"}], rule_of(detection)).one()
    assert found.status is Status.UNSUPPORTED
    assert why in found.reasons[0]


def test_a_sigma_at_the_end_of_a_word_is_a_sigma(tmp_path):
    events = [{"a": "C:\\Users\\γιωργος\\x"}, {"a": "ΓΙΩΡΓΟΣ"}, {"a": "γιωργο"}]
    for written in ("ΓΙΩΡΓΟΣ", "γιωργος", "γιωργοσ"):
        assert alerts_on(tmp_path, events, {"a|contains": written}) == [0, 1]


DROP = {
    "name": "mine",
    "priority": 10,
    "transformations": [
        {
            "type": "drop_detection_item",
            "field_name_conditions": [{"type": "include_fields", "fields": ["Useless"]}],
        }
    ],
}


@pytest.mark.parametrize(
    ("detection", "matching"),
    [
        ({"s": {"Useless": 1, "user": "bob"}, "condition": "s"}, [0]),
        ({"s": [{"Useless": 1}, {"user": "bob"}], "condition": "s"}, [0]),
        ({"s": {"Useless": 1}, "b": {"user": "bob"}, "condition": "s or b"}, [0]),
        ({"s": {"Useless": 1}, "b": {"user": "bob"}, "condition": "s and b"}, [0]),
        ({"s": {"Useless": 1}, "b": {"user": "bob"}, "condition": "b and not s"}, [0]),
        ({"s_a": {"Useless": 1}, "s_b": {"user": "bob"}, "condition": "1 of s_*"}, [0]),
        ({"s_a": {"Useless": 1}, "s_b": {"user": "bob"}, "condition": "all of s_*"}, [0]),
        ({"s": {"Useless": 1}, "b": {"user": "bob"}, "condition": "not (s or b)"}, [1]),
        ({"s": {"Useless": 1}, "condition": "s"}, None),
        ({"s": {"Useless": [1, 2]}, "condition": "s"}, None),
        ({"s": {"Useless": 1}, "condition": "not s"}, None),
        ({"a": {"Useless": 1}, "b": {"Useless": 2}, "condition": "a or b"}, None),
    ],
)
def test_a_selection_that_a_pipeline_empties_is_taken_out(tmp_path, detection, matching):
    other = rule_of({"user": "eve"}, "another")
    events = [{"user": "bob", "Useless": 1}, {"user": "eve"}]
    found = work(tmp_path, events, rule_of(detection), other, pipelines=[DROP])
    fired = found.fired(*events)
    assert fired["another"] == [1]
    assert fired.get("rule") == matching
    if matching is None:
        assert found.bound["rule"].status is Status.UNSUPPORTED
        assert "leave nothing" in found.bound["rule"].reasons[0]


def test_no_rule_stops_the_others_whatever_it_raises(tmp_path, monkeypatch):
    from schemagen.detections.event_kinds import KindBinder  # noqa: PLC0415 - its only user

    bind = KindBinder.bind

    def broken(self, conditions, alternative):
        if conditions[0].value.to_plain() == "boom":
            raise ZeroDivisionError("by nothing")
        return bind(self, conditions, alternative)

    monkeypatch.setattr(KindBinder, "bind", broken)
    rules = [rule_of({"a": "boom"}), rule_of({"a": "x"}, "another")]
    found = work(tmp_path, [{"a": "x"}], *rules)
    assert found.bound["rule"].status is Status.UNSUPPORTED
    (reason,) = found.bound["rule"].reasons
    assert all(part in reason for part in ("0.yml:1", "ZeroDivisionError"))
    assert found.fired({"a": "x"}) == {"another": [0]}


@pytest.mark.parametrize("key", ["tags", "fields"])
def test_a_rule_that_no_alert_can_carry_stops_no_other(tmp_path, key):
    rules = [
        rule_of({"a": "x"}, **{key: ["attack." + "x" * 70_000]}),
        rule_of({"a": "x"}, "another"),
    ]
    found = work(tmp_path, [{"a": "x"}], *rules)
    assert found.bound["rule"].status is Status.UNSUPPORTED
    assert found.fired({"a": "x"}) == {"another": [0]}


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
def test_a_field_that_is_named_twice_is_shown_once(tmp_path, layout):
    rule = rule_of({"a": "x"}, fields=["a", "a", "b"])
    found = work(tmp_path, [{"a": "x", "b": "y"}], rule, layout=layout)
    assert found.sql.count("'a' :=") == (layout != "streams")
    assert found.fired({"a": "x"}) == {"rule": [0]}
