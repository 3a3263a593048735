"""Which types and names are chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import BATCHES

from schemagen.ksqldb.choose import ColumnPolicy, choose_columns
from schemagen.ksqldb.deserializer import Effect, judge
from schemagen.ksqldb.names import needs_quotes
from schemagen.ksqldb.reader import RowReader
from schemagen.ksqldb.types import parse_type, render
from schemagen.profile.profile import Profile
from schemagen.schema.maps import MapPolicy, collapse_maps


def root_of(messages, **maps):
    profile = Profile()
    profile.add(messages)
    collapse_maps(profile.root, MapPolicy(**maps))
    return profile.root


def choose(*messages, maps=(), **policy):
    return choose_columns(root_of(list(messages), force=list(maps)), ColumnPolicy(**policy))


def type_for(*values, **policy):
    (field,) = choose(*({"v": value} for value in values), **policy).columns.fields
    return render(field.type)


def remarks(choice):
    return {(remark.path[-1], remark.what) for remark in choice.remarks}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True], "BOOLEAN"),
        ([1], "BIGINT"),
        ([2**31], "BIGINT"),
        ([2**64 - 1], "DECIMAL(20, 0)"),
        ([10**25], "VARCHAR"),
        ([1.5], "DOUBLE"),
        ([1, 1.5], "DOUBLE"),
        ([2**53 + 1, 1.5], "VARCHAR"),
        (["x"], "VARCHAR"),
        (["7"], "VARCHAR"),
        (["x", 1], "VARCHAR"),
        ([True, 1], "VARCHAR"),
        ([{"a": 1}, "x"], "VARCHAR"),
        ([[1], 1], "VARCHAR"),
        ([[1], {"a": 1}], "VARCHAR"),
        ([None], "VARCHAR"),
        ([[]], "ARRAY<VARCHAR>"),
        ([{}], "MAP<VARCHAR, VARCHAR>"),
        ([[1, 2]], "ARRAY<BIGINT>"),
        ([[1, "x"]], "ARRAY<VARCHAR>"),
        ([[[1], []]], "ARRAY<ARRAY<BIGINT>>"),
        ([[{"a": 1}, {"b": "x"}]], "ARRAY<STRUCT<a BIGINT, b VARCHAR>>"),
        ([{"a": 1}], "STRUCT<a BIGINT>"),
        ([{"a": 1}, None], "STRUCT<a BIGINT>"),
    ],
)
def test_the_first_type_that_keeps_every_value_is_chosen(values, expected):
    assert type_for(*values) == expected


def test_fitting_integers_are_int_only_when_asked_for():
    assert type_for(1, fit_integers=True) == "INT"
    assert type_for(2**31, fit_integers=True) == "BIGINT"


@given(BATCHES)
def test_the_chosen_types_drop_no_record_and_alter_only_arrays_mixed_with_other_kinds(messages):
    root = root_of(messages, min_keys=2, max_presence=1.0, min_new=0.0)
    columns = choose_columns(root, ColumnPolicy()).columns
    for loss in judge(columns, root):
        assert loss.effect is Effect.ALTERS
        assert "array" in loss.cause
    reader = RowReader(columns)
    for message in messages:
        reader.read(message)
        for steps in reader.altered:
            value = message
            for step in steps:
                value = value[step]
            assert isinstance(value, list)


def test_maps_are_declared_map_and_kept_as_text_where_no_map_keeps_all():
    assert type_for({"a": 1}, {"b": 2}, maps=["v"]) == "MAP<VARCHAR, BIGINT>"
    assert type_for({"a": 1}, {"b": [2]}, maps=["v"]) == "VARCHAR"


def test_names_are_quoted_only_where_needed_or_everywhere():
    message = {"@timestamp": 1, "group": 1, "plain": 1, "x-y": 1}
    quoted = {f.name: f.quoted for f in choose(message).columns.fields}
    assert quoted == {"@timestamp": True, "group": True, "plain": False, "x-y": True}
    assert all(f.quoted for f in choose(message, quote_all=True).columns.fields)


def test_keys_that_differ_only_in_case_are_both_kept_and_quoted():
    choice = choose({"ProcessID": 1, "ProcessId": "x"})
    assert [(f.name, f.quoted, render(f.type)) for f in choice.columns.fields] == [
        ("ProcessID", True, "BIGINT"),
        ("ProcessId", True, "VARCHAR"),
    ]
    assert remarks(choice) == {("ProcessID", "quoted"), ("ProcessId", "quoted")}


@pytest.mark.parametrize("name", ["it's", "a;b", "a--b", "a\u202eb"])
def test_a_name_on_which_other_tools_break_is_declared_and_said_to_be_fragile(name):
    choice = choose({name: "x"})
    assert [field.name for field in choice.columns.fields] == [name]
    assert (name, "fragile") in remarks(choice)


def test_a_key_in_capitals_is_typed_for_the_spellings_that_it_reads_too():
    choice = choose({"ID": 1}, {"id": "text"})
    assert {f.name: render(f.type) for f in choice.columns.fields} == {
        "ID": "VARCHAR",
        "id": "VARCHAR",
    }


def test_a_spelling_that_is_left_out_still_makes_the_other_one_quoted():
    choice = choose({"ProcessID": 1, "ProcessId": "x"}, exclude=["ProcessId"])
    assert [(f.name, f.quoted) for f in choice.columns.fields] == [("ProcessID", True)]


@pytest.mark.parametrize(
    "key", ["", " x", "x\t", "a`b", "${x}", "a\nb", "\ud800", "ROWTIME", "rowoffset", "\x1b[0m"]
)
def test_a_key_that_can_be_no_name_is_left_out_with_the_reason(key):
    choice = choose({key: 1, "ok": 1})
    assert [f.name for f in choice.columns.fields] == ["ok"]
    assert remarks(choice) == {(key, "left out")}


def test_an_object_without_any_usable_key_is_a_map():
    assert type_for({"": 1, " ": 2}) == "MAP<VARCHAR, BIGINT>"


def test_a_key_of_a_thousand_characters_is_kept():
    (field,) = choose({"k" * 1000: 1}).columns.fields
    assert len(field.name) == 1000


def test_globs_choose_the_fields():
    message = {"a": {"x": 1, "y": 1}, "b": 1, "c": {"x": 1}}

    def names(**policy):
        return render_columns(choose(message, **policy))

    assert names(include=["a.*"]) == ["a STRUCT<x BIGINT, y BIGINT>"]
    assert names(include=["a"]) == ["a STRUCT<x BIGINT, y BIGINT>"]
    assert names(include=["*.x"]) == ["a STRUCT<x BIGINT>", "c STRUCT<x BIGINT>"]
    assert names(exclude=["a.y", "c"]) == ["a STRUCT<x BIGINT>", "b BIGINT"]


def render_columns(choice):
    return [f"{f.name} {render(f.type)}" for f in choice.columns.fields]


def test_rare_fields_can_be_left_out():
    messages = [{"a": 1}] * 99 + [{"a": 1, "rare": 1}]
    choice = choose(*messages, min_presence=0.02)
    assert render_columns(choice) == ["a BIGINT"]
    assert remarks(choice) == {("rare", "left out")}


def test_below_the_depth_objects_are_kept_as_their_text():
    choice = choose({"a": {"b": {"c": 1}}}, depth=2)
    assert render_columns(choice) == ["a STRUCT<b VARCHAR>"]
    assert remarks(choice) == {("b", "too deep")}


def test_hints_win_and_unused_ones_are_reported():
    hints = {"a.b": parse_type("MAP<VARCHAR, VARCHAR>"), "gone": parse_type("INT")}
    choice = choose({"a": {"b": {"c": 1}}}, hints=hints)
    assert render_columns(choice) == ["a STRUCT<b MAP<VARCHAR, VARCHAR>>"]
    assert remarks(choice) == {("b", "hint"), ("gone", "hint unused")}


def test_widening_is_explained_with_counts():
    (remark,) = choose({"v": 1}, {"v": "x"}, {"v": "y"}).remarks
    assert (remark.what, remark.why) == ("widened", "to VARCHAR: integer in 1, text in 2")


@given(BATCHES)
def test_every_column_has_a_name_that_can_be_written(messages):
    for field in choose_columns(root_of(messages), ColumnPolicy()).columns.fields:
        assert field.quoted or not needs_quotes(field.name)
