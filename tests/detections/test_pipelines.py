"""Loading pipelines: our own, installed ones, files; and what is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sigma.collection import SigmaCollection
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline, QueryPostprocessingItem
from sigma.processing.postprocessing import EmbedQueryTransformation
from sigma.processing.transformations import SetStateTransformation

from schemagen.detections.pipelines import (
    SigmaPipeline,
    builtin_names,
    installed_names,
    load_pipeline,
    sigma,
)
from schemagen.errors import InputError

RULE = """
title: T
logsource: {category: process_creation, product: windows}
fields: [User, Image]
detection:
  s:
    Image|endswith: \\x.exe
  condition: s
"""


def test_the_names_of_our_own_and_of_installed_pipelines_are_known():
    assert {"winlogbeat", "winlogbeat6", "winlogbeat7", "flat", "none"} <= set(builtin_names())
    assert {"sysmon", "windows-audit", "windows-logsources"} <= set(installed_names())


def test_an_installed_pipeline_is_found_and_alters_rules():
    pipeline = load_pipeline("windows-audit")
    assert isinstance(pipeline, SigmaPipeline)
    rule = SigmaCollection.from_yaml(RULE).rules[0]
    pipeline.apply(rule)
    assert rule.logsource.service == "security"
    assert rule.detection.detections["s"].detection_items[0].field == "NewProcessName"


@pytest.mark.parametrize(
    ("name", "events"), [("sysmon", "sysmon 1"), ("windows-audit", "security")]
)
def test_an_installed_pipeline_may_narrow_the_log_source_for_ours(name, events):
    rule = SigmaCollection.from_yaml(RULE).rules[0]
    load_pipeline(name).apply(rule)
    resolution = load_pipeline("winlogbeat").resolve(rule.logsource)
    assert [one.name for one in resolution.alternatives] == [events]


def test_installed_pipelines_are_not_mixed_up_whatever_was_imported_before():
    # In a process of its own, for what this one has imported. pySigma's decorator keeps one object
    # for all pipelines, and its own look-up imports test pipelines after those of packages.
    code = """
from sigma.pipelines.sysmon import sysmon_pipeline
import sigma.pipelines.test
from schemagen.detections.pipelines import load_pipeline
print(load_pipeline("sysmon").pipeline.name)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (
        "Generic Log Sources to Sysmon Transformation\n",
        "",
    )


PIPELINE = """
name: mine
priority: 5
vars: {admins: [root, "ad*"]}
transformations:
  - id: rename
    type: field_name_mapping
    mapping: {Image: exe}
  - type: value_placeholders
    include: [admins]
"""


def write(tmp_path, text, name="p.yml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_pipeline_file_is_read_and_applied(tmp_path):
    pipeline = load_pipeline(write(tmp_path, PIPELINE))
    rule = SigmaCollection.from_yaml(
        RULE.replace("Image|endswith: \\x.exe", "Image|expand: '%admins%'")
    ).rules[0]
    pipeline.apply(rule)
    (item,) = rule.detection.detections["s"].detection_items
    assert item.field == "exe"
    assert [str(value) for value in item.value] == ["root", "ad*"]


def test_placeholders_may_come_from_a_file(tmp_path):
    values_file = tmp_path / "admins.txt"
    values_file.write_text("alice\nbob\n", encoding="utf-8")
    inner = f"{{type: file_placeholders, path: {values_file}, include: [admins]}}"
    for text in (
        f"transformations: [{inner}]",
        f"transformations: [{{type: nest, items: [{inner}]}}]",
    ):
        pipeline = load_pipeline(write(tmp_path, text))
        rule = SigmaCollection.from_yaml(
            RULE.replace("Image|endswith: \\x.exe", "User|expand: '%admins%'")
        ).rules[0]
        pipeline.apply(rule)
        (item,) = rule.detection.detections["s"].detection_items
        assert [str(value) for value in item.value] == ["alice", "bob"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("postprocessing: [{type: embed, prefix: x}]", "postprocessing"),
        ("finalizers: [{type: concat}]", "finalizers"),
        (
            "transformations: [{type: query_expression_placeholders, expression: '{field} in x'}]",
            "query_expression_placeholders",
        ),
        ("transformations: [{type: http_placeholders, url: 'http://x'}]", "http_placeholders"),
        ("transformations: [{type: command_placeholders, cmd: id}]", "command_placeholders"),
        (
            "transformations: [{type: nest, items: [{type: command_placeholders, cmd: id}]}]",
            "command_placeholders",
        ),
        ("allowed_backends: [splunk]", "made for splunk"),
    ],
)
def test_what_can_not_work_here_is_refused_by_name(tmp_path, text, what):
    with pytest.raises(InputError, match=what):
        load_pipeline(write(tmp_path, text))


def test_a_pipeline_that_allows_us_is_taken(tmp_path):
    assert load_pipeline(write(tmp_path, "allowed_backends: [splunk, ksqldb]"))


def test_an_installed_pipeline_that_can_not_work_here_is_refused(monkeypatch):
    pipeline = ProcessingPipeline(
        items=[ProcessingItem(SetStateTransformation("a", "b"))],
        postprocessing_items=[QueryPostprocessingItem(EmbedQueryTransformation(prefix="x"))],
    )
    monkeypatch.setattr(
        "schemagen.detections.pipelines.installed_pipelines", lambda: {"odd": lambda: pipeline}
    )
    with pytest.raises(InputError, match="postprocessing"):
        load_pipeline("odd")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "[]",
        "a: [",
        "a: 1\n---\nb: 2\n",
        "transformations: 5",
        "transformations: [5]",
        "transformations: [{type: nope}]",
        "transformations: [{type: field_name_mapping}]",
        "transformations: {a: b}",
        "transformations: [{type: set_state, key: a, val: b, rule_conditions: [{type: nope}]}]",
        "unknown: 1",
        "vars: 5\nfinalizers: 7",
        "title: r\nlogsource: {product: x}\ndetection: {s: {a: 1}, condition: s}",
        "a: &a [*a]",
    ],
)
def test_a_file_that_is_no_pipeline_is_a_usage_error(tmp_path, text):
    path = write(tmp_path, text)
    with pytest.raises(InputError, match="pipeline") as caught:
        load_pipeline(path)
    assert path in caught.value.what


def test_a_file_that_is_not_text_is_a_usage_error(tmp_path):
    (tmp_path / "p.yml").write_bytes(b"\xff")
    with pytest.raises(InputError, match="UTF-8"):
        load_pipeline(str(tmp_path / "p.yml"))


def test_broken_yaml_is_told_with_its_place(tmp_path):
    with pytest.raises(InputError, match=r"line 2, column \d+"):
        load_pipeline(write(tmp_path, "a: 1\nb: *x\n"))


@pytest.mark.parametrize("spec", ["nope.yml", "./nope", "some/where.yaml"])
def test_a_missing_pipeline_file_is_told(spec):
    with pytest.raises(InputError, match="no pipeline file"):
        load_pipeline(spec)


def test_a_folder_is_no_pipeline(tmp_path):
    with pytest.raises(InputError, match="folder"):
        load_pipeline(f"{tmp_path}/")


@pytest.mark.parametrize(
    ("spec", "near"),
    [
        ("winlogbeats", "winlogbeat"),
        ("Winlogbeat", "winlogbeat"),
        ("windows_audit", "windows-audit"),
        ("qqqqqq", "path of a pySigma pipeline file"),
        ("", "winlogbeat"),
    ],
)
def test_an_unknown_name_is_told_with_the_near_ones(spec, near):
    with pytest.raises(InputError, match="There is no pipeline") as caught:
        load_pipeline(spec)
    assert near in caught.value.hint


def test_the_backends_name_is_the_one_that_pipelines_allow():
    assert sigma.BACKEND == "ksqldb"
