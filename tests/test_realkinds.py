"""NEVER and RARE by kinds of events, on real events and rules, against a count of its own.

Reads the rules and events that lie beside the checkout; they are not part of it.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from schemagen.detections.binding import Binder, BindOptions
from schemagen.detections.bound import Status
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.rules import load_rules
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.profile.kinds import EventKinds
from schemagen.profile.profile import Profile
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("SCHEMAGEN_REALDATA", BESIDE))
RULES = DATA / "sigma" / "rules"
EVENTS = sorted(map(str, DATA.glob("winlogbeat/[!w]*.ndjson")))
PIPELINE = load_pipeline("winlogbeat7")

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not (RULES.is_dir() and EVENTS), reason="the real events are not beside the checkout"
    ),
]


@pytest.fixture(scope="module")
def events():
    """Give channel and event id of every event as they stand in the files, and its data's keys."""
    lines = [line for file in EVENTS for line in Path(file).read_text().splitlines()]
    found = [json.loads(line)["winlog"] for line in lines]
    return [(one["channel"].lower(), int(one["event_id"]), one.get("event_data", {}))
            for one in found]  # fmt: skip


@pytest.fixture(scope="module")
def bound():
    fields = (("winlog", "channel"), ("winlog", "event_id"))
    profile, decoder = Profile(EventKinds(fields)), Decoder()
    for batch in FileSource(EVENTS).batches():
        profile.add(decoder.decode(batch))
    joined = shape(build_schema(profile.root, "winlogbeat"), profile.root)
    made = stream_ddl(joined, profile.root, StreamOptions("EVENTS", "winlogbeat"))
    binder = Binder([PIPELINE], made.columns, profile.root, BindOptions(), profile.kinds)
    return [binder.bind(rule) for rule in load_rules([RULES]).rules]


def sources(rule):
    """Give the channels and ids of a rule's log source: any of them, and no ids for all."""
    for alternative in PIPELINE.resolve(rule.logsource).alternatives:
        values = {each.field: each.values for each in alternative.conditions}
        yield [each.lower() for each in values["Channel"]] if "Channel" in values else None, values


def of_source(rule, channel, number):
    return any(
        (channels is None or channel in channels)
        and ("EventID" not in values or number in values["EventID"])
        for channels, values in sources(rule)
    )


def asks_for(rule, number):
    """Evaluate a rule's condition as its YAML has it, of nothing but the event id."""
    document = next(iter(yaml.safe_load_all(rule.path.read_text())))
    detection = dict(document["detection"])
    condition = detection.pop("condition")
    may = {name: may_hold(part, number) for name, part in detection.items()}
    must = {name: must_hold(part, number) for name, part in detection.items()}
    texts = condition if isinstance(condition, list) else [condition]
    return any(evaluated(text, may, must) for text in texts)


def may_hold(part, number):
    if isinstance(part, list):
        return any(may_hold(each, number) for each in part)
    if not isinstance(part, dict) or "EventID" not in part:
        return True
    ids = part["EventID"] if isinstance(part["EventID"], list) else [part["EventID"]]
    return number in [int(each) for each in ids]


def must_hold(part, number):
    return isinstance(part, dict) and part.keys() == {"EventID"} and may_hold(part, number)


def evaluated(condition, may, must):
    def named(match):
        word, quantity, pattern = match["word"], match["of"], match["pattern"]
        if quantity is None and word in {"and", "or", "not", "(", ")"}:
            return word
        names = [word] if quantity is None else fitting(pattern, may)
        how = "any" if quantity in {"1", "any"} else "all"
        return f"Part({how}([may[n] for n in {names}]), {how}([must[n] for n in {names}]))"

    text = re.sub(
        r"(?P<of>1|any|all) of (?P<pattern>[\w*]+)|(?P<word>[\w-]+|[()])", named, condition
    )
    text = text.replace(" and ", " & ").replace(" or ", " | ").replace("not ", "~")
    return eval(text, {"Part": Part, "may": may, "must": must}).may


def fitting(pattern, names):
    if pattern == "them":
        return [name for name in names if not name.startswith("_")]
    return [name for name in names if re.fullmatch(pattern.replace("*", ".*"), name)]


class Part:
    def __init__(self, may, must):
        self.may, self.must = may, must

    def __and__(self, other):
        return Part(self.may and other.may, self.must and other.must)

    def __or__(self, other):
        return Part(self.may or other.may, self.must or other.must)

    def __invert__(self):
        return Part(not self.must, not self.may)


def test_a_rule_is_never_just_where_no_event_is_of_a_kind_that_it_is_about(bound, events):
    kinds = Counter((channel, number) for channel, number, _ in events)
    wrong, statuses = [], Counter()
    for each in bound:
        if not PIPELINE.resolve(each.rule.logsource).alternatives:
            continue
        own = [kind for kind in kinds if of_source(each.rule, *kind)]
        about = sum(kinds[kind] for kind in own if asks_for(each.rule, kind[1]))
        statuses[each.status] += 1
        if each.deployable and (about == 0) != (each.status is Status.NEVER):
            wrong.append((each.rule.title, each.status, about))
        if each.sight is not None and each.sight.events != about:
            wrong.append((each.rule.title, each.sight.events, about))
        if not about and each.status is Status.UNBOUND:
            assert any("No sampled event can have been" in reason for reason in each.reasons)
    assert wrong == []
    assert statuses[Status.NEVER] >= 25
    assert statuses[Status.BOUND] > 1_000


def test_rare_is_judged_within_the_kinds_of_a_rule(bound, events):
    rare = [each for each in bound if each.status is Status.RARE]
    for each in rare:
        own = [data for channel, number, data in events if of_source(each.rule, channel, number)]
        (field, *_) = [one.name for one in each.fields if one.needed and f"`{one.name}`" in str(
            each.reasons)]  # fmt: skip
        assert sum(field in data for data in own) < len(own) / 1_000
    # Of 3,902 events 3 tell of a share that was accessed, and all of these have its name.
    titles = {each.rule.title: each for each in bound}
    share = titles["Possible PetitPotam Coerce Authentication Attempt"]
    assert (share.status, share.sight.visible, share.sight.events) == (Status.BOUND, 3, 3)
