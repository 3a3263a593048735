"""Known events are told by their fields, and their pipeline with them."""

from __future__ import annotations

import pytest

from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.pipelines.recognised import KNOWN, recognise
from schemagen.profile.profile import Profile

WINLOGBEAT = {"winlog": {"channel": "Security", "event_id": 4688, "event_data": {"a": "b"}}}
WINLOGBEAT6 = {"log_name": "Security", "event_id": 4688, "event_data": {"a": "b"}}
FLAT = {"Channel": "Security", "EventID": 4688, "CommandLine": "x"}
CLOUDTRAIL = {"eventSource": "s3.amazonaws.com", "eventName": "Get", "awsRegion": "eu-west-1"}


def pipelines(*messages):
    profile = Profile()
    profile.add([*messages])
    return [known.pipeline for known in recognise(profile.root)]


@pytest.mark.parametrize(("message", "pipeline"), [
    (WINLOGBEAT, "winlogbeat"),
    ({"winlog": {"channel": "x"}, "event": {"code": "1"}}, "winlogbeat"),
    ({"winlog.channel": "x", "winlog.event_id": 1}, "winlogbeat"),
    (WINLOGBEAT6, "winlogbeat6"),
    (FLAT, "flat"),
    ({"Channel": "x", "EventId": 1}, "flat"),
    (CLOUDTRAIL, "cloudtrail"),
    ({"_path": "dns", "uid": "C1", "id.orig_h": "192.0.2.1", "id.resp_h": "192.0.2.2"}, "zeek"),
    ({"@stream": "dns", "uid": "C1", "id_orig_h": "192.0.2.1", "id_resp_h": "192.0.2.2"}, "zeek"),
    ({"_path": "dns", "uid": "C1", "id": {"orig_h": "x", "resp_h": "y"}}, "zeek"),
    ({"uid": "C1", "id.orig_h": "192.0.2.1", "id.resp_h": "192.0.2.2", "query": "x"}, "zeek"),
])  # fmt: skip
def test_events_of_one_kind(message, pipeline):
    assert pipelines(message) == [pipeline]


@pytest.mark.parametrize("message", [
    {},
    {"message": "x"},
    {"winlog": "text"},
    {"winlog": {"channel": "x"}},
    {"EventID": 1},
    {"eventSource": "x", "eventName": "y"},
    {"uid": "C1", "id": "F1"},
    {"a": WINLOGBEAT},
])  # fmt: skip
def test_what_tells_nothing_is_no_guess(message):
    assert pipelines(message) == []


def test_mixed_agents_need_both():
    assert pipelines(WINLOGBEAT, WINLOGBEAT6) == ["winlogbeat", "winlogbeat6"]


def test_every_pipeline_that_is_recognised_can_be_loaded():
    for known in KNOWN:
        assert load_pipeline(known.pipeline).name == known.pipeline
