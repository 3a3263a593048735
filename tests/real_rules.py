"""The real rules bound to the real events that lie beside the checkout, once for all tests."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from made_events import made_events

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
from schemagen.replay.events import read_events
from schemagen.replay.results import Event
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("SCHEMAGEN_REALDATA", BESIDE))
RULES = DATA / "sigma" / "rules"
TOPIC = "events"
_TOPICS = {
    "winlogbeat7": ("winlogbeat/[!w]*.ndjson", "windows"),
    "winlogbeat6": ("winlogbeat/winlogbeat6*.ndjson", "windows"),
    "cloudtrail": ("other/cloudtrail*.ndjson", "cloud"),
}
"""The events of each pipeline, and the folder of the rules about them."""


def is_there():
    return RULES.is_dir() and all(list(DATA.glob(files)) for files, _ in _TOPICS.values())


@cache
def real_topic(pipeline):
    return RealTopic(pipeline, *_TOPICS[pipeline])


@dataclass(frozen=True)
class RealTopic:
    """Real events of one pipeline, and the real rules about them."""

    pipeline: str
    pattern: str
    folder: str

    @cached_property
    def files(self):
        return sorted(map(str, DATA.glob(self.pattern)))

    @cached_property
    def events(self):
        events, unreadable = read_events(self.files, TOPIC)
        assert not unreadable
        return events

    @cached_property
    def made(self):
        """Events that are made for the rules: three each."""
        messages = made_events(self.statements("bundle", accelerated=True), random.Random(1))
        return [Event(TOPIC, message, "made", n) for n, message in enumerate(messages)]

    @cached_property
    def stream(self):
        profile, decoder = Profile(), Decoder()
        for batch in FileSource(self.files).batches():
            profile.add(decoder.decode(batch))
        joined = shape(build_schema(profile.root, TOPIC), profile.root)
        return stream_ddl(joined, profile.root, StreamOptions("EVENTS", TOPIC)), profile.root

    @cached_property
    def loaded(self):
        return load_rules([RULES])

    @cached_property
    def all_bound(self):
        """All rules there are, those about other events, too."""
        made, evidence = self.stream
        binder = Binder([load_pipeline(self.pipeline)], made.columns, evidence, BindOptions())
        return [binder.bind(rule) for rule in self.loaded.rules]

    @cached_property
    def bound(self):
        return [rule for rule in self.all_bound if self.folder in rule.rule.path.parts]

    @cached_property
    def deployed(self):
        return {rule.rule.id for rule in self.bound if rule.deployable}

    @cache  # noqa: B019 - a topic lives as long as the tests
    def statements(self, layout, *, accelerated=False):
        return self.statements_of(self.bound, layout, accelerated=accelerated)

    def statements_of(self, bound, layout, *, accelerated=False):
        made, evidence = self.stream
        origin = AlertSource("EVENTS", TOPIC, ColumnIndex(made.columns, evidence))
        options = AlertOptions("ALERTS", "alerts", layout=layout, accelerated=accelerated)
        return [made.statement, *detection_statements(bound, origin, options)]

    def replay(self, statements, events, jar=None):
        replay = Replay(write_script(statements), self.pipeline)
        replay.jar = jar
        result = replay.run(events)
        assert not [finding.what for finding in result.findings if finding.fatal]
        assert not result.dropped
        return result
