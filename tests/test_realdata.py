"""The promise, kept on real events: no record dropped, no value altered, every message valid.

Reads the events that lie beside the checkout; they are not part of it.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.ksqldb.dialect import parse_script
from schemagen.ksqldb.reader import RowReader
from schemagen.profile.codec import profile_to_json
from schemagen.profile.profile import Profile
from schemagen.schema.build import build_schema
from schemagen.schema.maps import MapPolicy, collapse_maps
from schemagen.schema.shape import copied, shape
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("SCHEMAGEN_REALDATA", BESIDE))
FILES = sorted([*DATA.glob("winlogbeat/*.ndjson"), *DATA.glob("other/*.ndjson")])

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FILES, reason="the real events are not beside the checkout"),
]


def messages_of(path):
    decoder = Decoder()
    source = FileSource([str(path)])
    return [message for batch in source.batches() for message in decoder.decode(batch)]


def profiled(messages):
    profile = Profile()
    for start in range(0, len(messages), 500):
        profile.add(messages[start : start + 500])
    return profile


def as_bytes(profile):
    return json.dumps(profile_to_json(profile), sort_keys=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_ddl_of_real_events_loses_nothing(path):
    messages = messages_of(path)
    evidence = profiled(messages)
    collapsed = copied([evidence.root])
    collapse_maps(collapsed, MapPolicy())
    schema = build_schema(collapsed, path.stem)

    validator = Draft202012Validator(schema)
    assert all(validator.is_valid(message) for message in messages)

    made = stream_ddl(shape(schema, evidence.root), evidence.root, StreamOptions("S", path.stem))
    assert len(parse_script(made.sql())) == 1
    assert made.proof.dropped_at_most == 0

    reader = RowReader(made.columns)
    altered = 0
    for message in messages:
        reader.read(message)  # raises where ksqlDB would drop the record
        for steps in reader.altered:
            value = message
            for step in steps:
                value = value[step]
            assert isinstance(value, list), "only arrays mixed with other kinds have no type"
            altered += 1
    assert altered == made.proof.altered


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_division_and_order_of_real_events_do_not_show(path):
    messages = messages_of(path)
    whole = as_bytes(profiled(messages))
    rng = random.Random(11)

    def shuffled(value):
        if isinstance(value, dict):
            items = [(key, shuffled(inner)) for key, inner in value.items()]
            rng.shuffle(items)
            return dict(items)
        return [shuffled(inner) for inner in value] if isinstance(value, list) else value

    pieces = [[] for _ in range(4)]
    for message in messages:
        rng.choice(pieces).append(shuffled(message))
    merged = Profile()
    for piece in rng.sample(pieces, 4):
        rng.shuffle(piece)
        merged.merge(profiled(piece))
    assert as_bytes(merged) == whole
