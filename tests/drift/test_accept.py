"""Accepting a drift: afterwards the same sample is none, and what chance explains has stayed."""

from __future__ import annotations

import drifting
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from strategies import BATCHES

from schemagen.drift.accept import updated
from schemagen.drift.compare import Baseline
from schemagen.drift.declared import declared_stream
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.ksqldb.dialect import parse_script
from schemagen.profile.paths import ITEMS
from schemagen.schema.build import build_schema
from schemagen.schema.maps import MapPolicy, collapse_maps
from schemagen.schema.results import save_results
from schemagen.schema.shape import copied, shape
from schemagen.workspace.acceptance import acceptance


def accept(base, messages, queries=""):
    """Give the updated schema, and what the next drift compares with."""
    fresh = drifting.evidence(messages)
    collapsed = copied([fresh.profile.root])
    collapse_maps(collapsed, MapPolicy())
    root = updated(fresh, collapsed, base.known, base.evidence, MapPolicy(), prune=True).root
    schema = build_schema(root, drifting.TOPIC, collapsed)
    known = shape(schema, fresh.profile.root)
    options = StreamOptions(drifting.STREAM, drifting.TOPIC)
    statement = stream_ddl(known, fresh.profile.root, options).statement
    script = [statement, *parse_script(queries, "queries.sql")]
    return schema, Baseline(["new"], declared_stream(statement, script), known, fresh)


def many(count, /, **message):
    return [dict(message) for _ in range(count)]


def test_what_is_surely_gone_goes_and_what_is_new_comes():
    base = drifting.baseline(many(300, a="x", gone=1))
    schema, _ = accept(base, many(300, a="x", new=1))
    assert sorted(schema["properties"]) == ["a", "new"]


def test_of_a_surely_emptied_object_no_field_stays():
    base = drifting.baseline(many(300, a="x", o={"b": 1, "c": 2}))
    schema, accepted = accept(base, many(300, a="x", o={}))
    assert not schema["properties"]["o"].get("properties")
    assert drifting.drift(accepted, many(300, a="x", o={})).findings == []


def test_a_rare_field_that_the_sample_lacks_stays_and_is_not_required():
    base = drifting.baseline(many(290, a="x") + many(10, a="x", rare={"b": 1}))
    schema, _ = accept(base, many(30, a="x"))
    assert sorted(schema["properties"]) == ["a", "rare"]
    assert schema["required"] == ["a"]
    assert schema["properties"]["rare"]["properties"]["b"]["type"] == "integer"


def test_what_was_surely_gone_is_known_until_it_is_removed_or_comes_again(tmp_path):
    file = tmp_path / "t.schema.json"

    def infer(messages, *, prune=False):
        fresh = drifting.evidence(messages)
        accept = None
        if file.exists():
            accept = acceptance(fresh, MapPolicy(), file, prune=prune)
        return save_results(fresh, MapPolicy(), file, accept)

    infer(many(300, a="x", b=1, c={"d": 1}, e=[{"f": 1}]))
    lacking = many(300, a="x", e=[{"g": 1}])
    assert infer(lacking).gone == [("b",), ("c",), ("e", ITEMS, "f")]
    # The evidence beside it no longer knows them, and a third sample finds the same.
    again = infer(lacking)
    assert again.gone == [("b",), ("c",), ("e", ITEMS, "f")]
    assert again.schema["x-schemagen"]["gone"] == ["b", "c", "e[].f"]
    assert infer(many(300, a="x", b=2, e=[{"g": 1}])).gone == [("c",), ("e", ITEMS, "f")]
    pruned = infer(lacking, prune=True)
    assert list(pruned.schema["properties"]) == ["a", "e"]
    assert "x-schemagen" not in pruned.schema


def kept(rare, **options):
    """Commit an update that kept a field though its sample lacked it."""
    base = drifting.baseline(many(290, a="x") + many(10, a="x", rare=rare))
    _, accepted = accept(base, many(30, a="x"), **options)
    assert "rare" not in accepted.evidence.profile.root.fields
    return accepted


@pytest.mark.parametrize(
    ("rare", "back", "kind", "place"),
    [
        ({"b": 1}, {"b": "text"}, "drops", "rare.b"),
        ({"b": 1}, "text", "drops", "rare"),
        ({"b": 1}, {"b": 1.5}, "alters", "rare.b"),
        ("x", ["x"], "alters", "rare"),
        ("x", 1, "wider", "rare"),
        ("x", {"b": 1}, "wider", "rare"),
        (1, 2**40, "wider", "rare"),
        (1.5, "2.5", "wider", "rare"),
        ({"b": "x"}, {"b": 1}, "wider", "rare.b"),
        ({"b": 1}, {"b": 1, "c": 2}, "misses", "rare.c"),
    ],
)
def test_what_was_kept_and_comes_back_as_something_else_is_told(rare, back, kind, place):
    found = drifting.drift(kept(rare), many(290, a="x") + many(10, a="x", rare=back))
    assert drifting.said(found) == [(kind, place)]


@pytest.mark.parametrize("rare", [{"b": 1}, "x", 1, 1.5, [1]])
def test_what_was_kept_and_comes_back_as_it_was_is_no_news(rare):
    found = drifting.drift(kept(rare), many(290, a="x") + many(10, a="x", rare=rare))
    assert (found.findings, found.remarks) == ([], [])


def test_what_was_kept_and_comes_back_as_what_a_rule_can_not_match_blinds_it():
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE rare = 'x';"
    found = drifting.drift(kept("x", queries=query), many(30, a="x", rare={"b": 1}))
    finding = drifting.only(found)
    assert (str(finding.kind), finding.place) == ("blinds", "rare")
    assert [each.name for each in finding.blinded] == ["FOUND"]


def test_a_rule_that_needs_what_was_only_kept_is_named_while_it_stays_away():
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE rare->b = 1;"
    found = drifting.drift(kept({"b": 1}, queries=query), many(300, a="x"))
    assert found.findings == []
    (remark,) = found.remarks
    assert remark.startswith("1 detection can't match without `rare`, which is in the schema and")
    assert drifting.drift(kept({"b": 1}), many(300, a="x")).remarks == []


def test_so_it_is_where_the_sample_of_the_update_had_nulls_only():
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE rare = 1;"
    base = drifting.baseline(many(290, a="x") + many(10, a="x", rare=1))
    _, accepted = accept(base, many(30, a="x", rare=None), query)
    (remark,) = drifting.drift(accepted, many(300, a="x")).remarks
    assert remark.startswith("1 detection can't match without `rare`, which is in the schema and")
    assert drifting.drift(accepted, many(300, a="x", rare=1)).remarks == []


def test_of_many_such_fields_those_that_most_detections_need_are_named():
    fields = {f"r{n}": 1 for n in range(12)}
    query = "".join(
        f"CREATE STREAM F{n} AS SELECT * FROM EVENTS WHERE r11 = 1 AND r{n} = 1;" for n in range(12)
    )
    base = drifting.baseline(many(290, a="x") + many(10, a="x", **fields))
    _, accepted = accept(base, many(30, a="x"), query)
    remarks = drifting.drift(accepted, many(300, a="x")).remarks
    assert len(remarks) == 9
    assert remarks[0].startswith("12 detections can't match without `r11`")
    assert remarks[-1] == "The same is true of 4 more fields."


def test_without_evidence_the_schema_tells_which_kinds_are_new():
    base = drifting.baseline(many(300, a="x", n=1, f=1.5))
    blind = Baseline(base.names, base.declared, shape(drifting.schema_of(base.evidence), None))
    assert drifting.drift(blind, many(300, a="x", n=1, f=2)).findings == []
    rare = many(299, a="x", n=1, f=1.5) + many(1, a=1, n=1, f=1.5)
    assert drifting.drift(blind, rare).findings == []
    found = drifting.drift(blind, many(300, a=1, n="7", f=1.5))
    assert drifting.said(found) == [("wider", "a"), ("wider", "n")]


def test_a_kind_that_may_come_again_stays():
    base = drifting.baseline(many(290, a="x") + many(10, a=1))
    assert "integer" in accept(base, many(30, a="x"))[0]["properties"]["a"]["type"]
    assert accept(base, many(3_000, a="x"))[0]["properties"]["a"]["type"] == "string"


def test_a_map_stays_one():
    old = [{"m": {f"192.0.2.{n}": n}} for n in range(200)]
    base = drifting.baseline(old)
    schema, _ = accept(base, old[:3])
    assert "additionalProperties" in schema["properties"]["m"]


def test_without_evidence_nothing_is_surely_gone():
    base = drifting.baseline(many(300, a="x", gone=1))
    blind = Baseline(base.names, base.declared, shape(drifting.schema_of(base.evidence), None))
    schema, _ = accept(blind, many(300, a="x"))
    assert sorted(schema["properties"]) == ["a", "gone"]


MESSAGES = BATCHES.map(lambda messages: messages or [{}])


@given(MESSAGES, MESSAGES)
def test_the_accepted_sample_is_valid_and_no_drift(before, after):
    base = drifting.baseline([{"k": 1, **message} for message in before])
    fresh = [{"k": 1, **message} for message in after]
    schema, accepted = accept(base, fresh)
    validator = Draft202012Validator(schema)
    assert all(validator.is_valid(message) for message in fresh)
    found = drifting.drift(accepted, fresh)
    # Arrays among other kinds have no faithful type, and a name may be none of ksqlDB's.
    assert {str(f.kind) for f in found.findings} <= {"alters", "misses"}
