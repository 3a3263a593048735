"""`schemagen merge`."""

from __future__ import annotations

import json


def test_parts_merged_are_the_whole(run, events, tmp_path):
    messages = [{f"k{i % 5}": i, "list": [{"x": i}]} for i in range(60)]
    run("infer", "--from", events(*messages), "t", "--schema", "whole/t.schema.json")
    for part in range(3):
        path = events(*messages[part::3], name=f"part{part}.ndjson")
        run("infer", "--from", path, "t", "--schema", f"part{part}/t.schema.json")
    parts = [f"part{part}/t.evidence.json" for part in (2, 0, 1)]
    result = run("merge", *parts, "--schema", "merged/t.schema.json")
    assert result.code == 0
    whole, merged = (tmp_path / name for name in ("whole", "merged"))
    assert (merged / "t.schema.json").read_bytes() == (whole / "t.schema.json").read_bytes()
    profiles = [json.loads((f / "t.evidence.json").read_text())["profile"] for f in (whole, merged)]
    assert profiles[0] == profiles[1]


def test_the_order_of_the_parts_does_not_show(run, events, tmp_path):
    for part, message in (("a", {"x": 1}), ("b", {"y": "z"})):
        run("infer", "--from", events(message, name=part), "t", "--schema", f"{part}.schema.json")
    run("merge", "a.evidence.json", "b.evidence.json", "--schema", "ab/t.schema.json")
    run("merge", "b.evidence.json", "a.evidence.json", "--schema", "ba/t.schema.json")
    for name in ("t.schema.json", "t.evidence.json"):
        assert (tmp_path / "ab" / name).read_bytes() == (tmp_path / "ba" / name).read_bytes()


def test_evidence_of_several_topics_needs_a_name(run, events):
    run("infer", "--from", events({"a": 1}), "one")
    run("infer", "--from", events({"a": 1}), "two")
    files = ["schemas/one.evidence.json", "schemas/two.evidence.json"]
    result = run("merge", *files)
    assert result.code == 2
    assert "one, two" in result.err
    assert run("merge", *files, "--topic", "both").code == 0


def test_a_file_that_is_named_twice_would_count_twice(run, events, tmp_path):
    run("infer", "--from", events({"a": 1}), "t")
    file = "schemas/t.evidence.json"
    (tmp_path / "link.evidence.json").symlink_to(tmp_path / file)
    for again in (file, "schemas", "link.evidence.json"):
        result = run("merge", file, again, "--schema", "merged/t.schema.json")
        assert result.code == 2
        assert f"{'schemas/t' if again == 'schemas' else again.split('.')[0]}" in result.err
        assert "named twice" in result.err
    assert not (tmp_path / "merged").exists()


def test_what_is_no_evidence_is_refused(run, events):
    result = run("merge", events({"a": 1}))
    assert result.code == 2
    assert "not an evidence file" in result.err
