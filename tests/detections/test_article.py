"""The article's detection: the same statement from Sigma, and a better one by default."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemagen.choices import Matching
from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.binding import Binder, BindOptions
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.envelope import AlertSource
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.rules import load_rules
from schemagen.ksqldb.dialect import columns, parse_script, write, write_script
from schemagen.ksqldb.types import Field, Struct
from schemagen.replay.engine import Replay
from schemagen.replay.results import Event

ROOT = Path(__file__).parents[2]
RULE = ROOT / "samples" / "rules" / "antivirus_or_firewall_enumeration.yml"
ARTICLE = parse_script((ROOT / "tests" / "ksqldb" / "fixtures" / "article.sql").read_text())
COLUMNS = Struct(tuple(Field(c.name, c.quoted, c.type) for c in columns(ARTICLE[0])))


def compiled(matching):
    (rule,) = load_rules([RULE]).rules
    pipeline = load_pipeline("winlogbeat-security").without_conditions()
    bound = Binder([pipeline], COLUMNS, None, BindOptions(matching=matching)).bind(rule)
    origin = AlertSource("WINLOGEVENTS", "wineventlogs", ColumnIndex(COLUMNS, None))
    options = AlertOptions("WINDOWS_ALERTS", "windows_alerts", matching=matching)
    return detection_statements([bound], origin, options)


def without_comments(statement):
    copy = statement.copy()
    for node in copy.walk():
        node.comments = None
    return copy


def test_with_like_it_is_the_articles_second_statement():
    (statement,) = compiled(Matching.LIKE)
    (again,) = parse_script(write(statement))
    assert without_comments(again) == without_comments(ARTICLE[1])


def fires(matching, command, parent=None):
    sql = write_script([ARTICLE[0], *compiled(matching)])
    data = {"CommandLine": command} | ({} if parent is None else {"ParentProcessName": parent})
    event = Event("wineventlogs", {"winlog": {"event_data": data}}, "t", 0, 0)
    return bool(Replay(sql, "test").run([event]).fired())


SECOND_BRANCH = "x Win32_Process AvastUI.exe AvastSvc.exe FortiWF.exe xagt.exe fcappdb.exe"
FIRST_BRANCH = "wmic path AntiVirusProduct get displayName,productState"


@pytest.mark.parametrize(
    ("command", "parent", "like"),
    [
        (SECOND_BRANCH, "C:\\cmd.exe", True),
        (FIRST_BRANCH, "C:\\cmd.exe", True),
        (SECOND_BRANCH + " AntiVirusProduct", None, False),
        (FIRST_BRANCH, None, False),
        (FIRST_BRANCH.upper(), "C:\\cmd.exe", False),
        (FIRST_BRANCH.replace(" ", "\n"), "C:\\cmd.exe", False),
        (SECOND_BRANCH.replace(" ", "\n").lower(), None, False),
    ],
)
def test_by_default_it_also_fires_without_a_parent_in_other_case_and_over_lines(
    command, parent, like
):
    assert fires(Matching.SAFE, command, parent)
    assert fires(Matching.LIKE, command, parent) == like


@pytest.mark.parametrize("matching", list(Matching))
def test_neither_fires_for_what_the_rule_leaves_out(matching):
    assert not fires(matching, FIRST_BRANCH, "C:\\pycharm64.exe")
    assert not fires(matching, SECOND_BRANCH.replace("xagt.exe", ""), "C:\\cmd.exe")
