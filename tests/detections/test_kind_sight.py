"""What a rule is about and how much of it it can see, told by kinds of events."""

from __future__ import annotations

import pytest
from compiling import loaded, settings

from schemagen.detections.bound import Status
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.profile.kinds import EventKinds
from schemagen.profile.profile import Profile
from schemagen.report.console import plain_text
from schemagen.report.rules import rules_report, rules_text, sees
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape
from schemagen.workspace.rules import topic_binder

WINLOGBEAT = (("winlog", "channel"), ("winlog", "event_id"))
PROCESS_CREATION = {"product": "windows", "category": "process_creation"}
SECURITY = {"product": "windows", "service": "security"}


def event(channel, number, **data):
    return {"winlog": {"channel": channel, "event_id": number, "event_data": data}}


SYSMON = "Microsoft-Windows-Sysmon/Operational"
EVENTS = [
    *[event("Security", 4624, LogonType="3", Image="x")] * 2_000,
    *[event("security", "4688", NewProcessName="a", CommandLine="b")] * 6,
    *[event(SYSMON, 1, Image="a", CommandLine="b", OriginalFileName="c")] * 3,
    event(SYSMON, 1, Image="a"),
]


def bind(detection, logsource, events=EVENTS, fields=WINLOGBEAT, **more):
    profile = Profile(EventKinds(fields, more.pop("most", 500)))
    profile.add(events)
    made = shape(build_schema(profile.root, "t"), profile.root)
    columns = stream_ddl(made, profile.root, StreamOptions("S", "t")).columns
    topic = settings(pipelines=tuple(more.pop("pipelines", ("winlogbeat",))))
    binder = topic_binder(topic, columns, profile.root, kinds=profile.kinds)
    return binder.bind(loaded(detection, logsource=logsource))


def sight(bound):
    return bound.status, (bound.sight.visible, bound.sight.events)


def test_the_events_of_the_log_source_and_how_many_have_what_the_rule_needs():
    found = bind({"CommandLine": "b"}, PROCESS_CREATION)
    assert sight(found) == (Status.BOUND, (9, 10))
    assert sees(found) == "Sees 9 of 10 process creation events, 90.0%."
    assert found.sight.kinds == (f"{SYSMON}\n1", "security\n4688")
    # Event 4688 has no original file name, and is a process creation nevertheless.
    assert sight(bind({"OriginalFileName": "c"}, PROCESS_CREATION)) == (Status.BOUND, (3, 10))


def test_no_event_of_the_log_source_is_never_whatever_is_common_elsewhere():
    pipe = {"product": "windows", "category": "pipe_created"}
    found = bind({"Image": "a"}, pipe)
    assert sight(found) == (Status.NEVER, (0, 0))
    assert found.reasons == ("No sampled event can have been of its kind (sysmon 17 18).",)
    assert sees(found) == ""


def test_rare_is_a_share_of_the_kinds_of_the_rule_not_of_the_topic():
    assert bind({"OriginalFileName": "c"}, PROCESS_CREATION).status is Status.BOUND
    many = [event(SYSMON, 1, Image="a")] * 3_000
    found = bind({"OriginalFileName": "c"}, PROCESS_CREATION, [*EVENTS, *many])
    assert sight(found) == (Status.RARE, (3, 3_010))
    assert "`OriginalFileName` is in 0.100% of the sampled events of sysmon 1." in found.reasons


@pytest.mark.parametrize(
    ("asked", "events"),
    [
        (4624, 2_000),
        ("4624", 2_000),
        ([4624, 4688], 2_006),
        ("46*", 2_006),
        ("468?", 6),
        (4625, 0),
    ],
)
def test_what_a_rule_itself_asks_of_the_kind_fields_counts(asked, events):
    found = bind({"EventID": asked}, SECURITY)
    assert found.sight.events == events
    assert (found.status is Status.NEVER) == (events == 0)


@pytest.mark.parametrize(
    ("asked", "events"),
    [
        ({"EventID|gt": 4624}, 6),
        ({"EventID|gte": 4624.0}, 2_006),
        ({"EventID|lt": 4624}, 0),
        ({"EventID|gt": 9_000}, 0),
        ({"EventID|re": "^46(24|99)$"}, 2_000),
        ({"EventID|re": "^9"}, 0),
        ({"EventID|neq": 4624}, 6),
        ({"EventID|gt|neq": 4624}, 2_000),
        ({"EventID|exists": True}, 2_006),
        ({"EventID|exists": False}, 0),
        ({"EventID": None}, 0),
        ({"EventID": [None, 4688]}, 6),
        ({"EventID": True}, 0),
        ({"EventID|contains": ["99", "88"]}, 6),
        ({"Channel|re": "(?i)^sec"}, 2_006),
        ({"Channel|cased": "security"}, 6),
        ({"Channel|windash": "-"}, 0),
        ({"EventID|fieldref": "LogonType"}, 2_006),
    ],
)
def test_whatever_a_rule_asks_of_the_kind_fields_by_counts(asked, events):
    found = bind(asked, SECURITY)
    assert found.sight.events == events
    assert (found.status is Status.NEVER) == (events == 0)


def test_a_rule_that_leaves_kinds_out_is_about_the_others():
    detection = {
        "one": {"EventID|startswith": "46"},
        "two": {"EventID": 4624},
        "condition": "one and not two",
    }
    assert sight(bind(detection, SECURITY)) == (Status.BOUND, (6, 6))
    detection["condition"] = "two and not one"
    assert bind(detection, SECURITY).status is Status.NEVER


def test_a_rule_that_never_is_says_what_it_asks_for():
    found = bind({"EventID": 4625}, SECURITY)
    (reason,) = found.reasons
    assert reason == (
        "No sampled event can have been of its kind (security): none of 2,006 has the "
        "winlog.channel and winlog.event_id that it asks for."
    )


def test_a_rule_that_lacks_its_fields_because_no_such_event_was_seen_says_so():
    found = bind({"PipeName": "x"}, {"product": "windows", "category": "pipe_created"})
    assert found.status is Status.UNBOUND
    assert any("No sampled event can have been of its kind" in each for each in found.reasons)


def test_without_kinds_everything_is_as_it_was():
    found = bind({"CommandLine": "b"}, PROCESS_CREATION, fields=())
    assert (found.status, found.sight, sees(found)) == (Status.BOUND, None, "")
    assert bind({"EventID": 4625}, SECURITY, fields=()).status is Status.BOUND


def test_agents_that_are_mixed_each_have_their_own_fields():
    other = [{"log_name": "Security", "event_id": 4625, "event_data": {"LogonType": "3"}}] * 5
    pipelines = ("winlogbeat", "winlogbeat6")
    found = bind({"EventID": 4625}, SECURITY, [*EVENTS, *other], pipelines=pipelines)
    assert sight(found) == (Status.BOUND, (5, 5))
    found = bind({"LogonType": "3"}, SECURITY, [*EVENTS, *other], pipelines=pipelines)
    assert found.sight.visible == 2_005


def test_kinds_that_are_counted_together_may_be_any():
    numbers = [event("Security", number, LogonType="3") for number in range(50)]
    assert bind({"EventID": 4625}, SECURITY, numbers, most=10).status is Status.BOUND
    assert bind({"EventID": 4625}, SECURITY, numbers, most=100).status is Status.NEVER


def test_events_of_another_channel_are_of_another_kind_whatever_their_number():
    found = bind({"Image": "a"}, PROCESS_CREATION, [event("System", 1, Image="a")] * 9)
    assert found.status is Status.NEVER


def test_kinds_told_by_one_field_narrow_what_they_can():
    channel = (("winlog", "channel"),)
    found = bind({"CommandLine": "b"}, PROCESS_CREATION, fields=channel)
    assert sight(found) == (Status.BOUND, (9, 2_010))
    system = {"product": "windows", "service": "system"}
    assert sight(bind({"Image": "x"}, system, fields=channel)) == (Status.NEVER, (0, 0))


def test_without_a_pipeline_all_kinds_are_meant():
    events = [{"what": "login", "ip": "x"}] * 3 + [{"what": "upload", "size": "y"}] * 2
    logsource = {"category": "test"}
    more = {"events": events, "fields": (("what",),), "pipelines": ("none",)}
    assert sight(bind({"ip": "x"}, logsource, **more)) == (Status.BOUND, (3, 5))
    assert sight(bind({"what": "login", "ip": "x"}, logsource, **more)) == (Status.BOUND, (3, 3))
    assert bind({"what": "delete"}, logsource, **more).status is Status.NEVER


def test_reports_say_what_a_rule_sees():
    found = [bind({"CommandLine": "b"}, PROCESS_CREATION)]
    assert "Sees 9 of 10 process creation events, 90.0%." in plain_text(rules_text(found))
    report = rules_report(found, [])["rules"][0]["sees"]
    assert report == {"visible": 9, "events": 10, "kinds": [f"{SYSMON} 1", "security 4688"]}
