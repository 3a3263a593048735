"""The field that could be the event time of a stream."""

from __future__ import annotations

import pytest

from schemagen.ksqldb.choose import choose_columns
from schemagen.profile.profile import Profile
from schemagen.project import TopicConfig
from schemagen.workspace.columns import column_policy
from schemagen.workspace.event_time import proposed_event_time

WHEN, LATER = "2025-03-11T08:01:12.603Z", "2025-03-12T08:01:12Z"


def proposed(*messages):
    profile = Profile()
    profile.add([*messages])
    columns = choose_columns(profile.root, column_policy(TopicConfig("t")), profile.root).columns
    return proposed_event_time(columns.fields, profile.root)


@pytest.mark.parametrize(("message", "name"), [
    ({"@timestamp": WHEN, "n": 1}, "@timestamp"),
    ({"created": WHEN, "eventTime": LATER}, "eventTime"),
    ({"time": WHEN, "@timestamp": WHEN}, "@timestamp"),
    ({"Timestamp": WHEN}, "Timestamp"),
    ({"ts": 1_741_680_072_603}, "ts"),
    ({"created": WHEN}, "created"),
])  # fmt: skip
def test_the_likeliest_by_its_name(message, name):
    assert proposed(message) == name


@pytest.mark.parametrize("messages", [
    [{"a": "x"}],
    [{"a": WHEN, "b": WHEN}],
    [{"id": 1_741_680_072_603}],
    [{"ts": 1_741_680_072}],
    [{"@timestamp": WHEN}, {"n": 1}],
    [{"@timestamp": WHEN}, {"@timestamp": None}],
    [{"@timestamp": WHEN}, {"@timestamp": "soon"}],
    [{"@timestamp": WHEN}, {"@timestamp": "2025-03-11 08:01:12"}],
    [{"event": {"created": WHEN}}],
])  # fmt: skip
def test_nothing_that_is_not_sure(messages):
    assert proposed(*messages) is None
