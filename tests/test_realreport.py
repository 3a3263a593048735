"""The page of real events with Sigma's rules for Windows: how large it is, how long it takes.

Reads the rules and events that lie beside the checkout; they are not part of it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from reporting import page_data

from schemagen.profile.collect import collect
from schemagen.project.model import TopicConfig
from schemagen.report.page.files import written_report
from schemagen.report.page.model import TopicReport, TopicRules
from schemagen.sources.files import FileSource
from schemagen.workspace.files import inferred_files, map_reasons
from schemagen.workspace.rules import bind_rules
from schemagen.workspace.stream import choose

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("SCHEMAGEN_REALDATA", BESIDE))
RULES = DATA / "sigma" / "rules" / "windows"
EVENTS = sorted(map(str, DATA.glob("winlogbeat/*.ndjson")))

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not (RULES.is_dir() and EVENTS), reason="the real events are not beside the checkout"
    ),
]

MOST_BYTES = 2_000_000
MOST_SECONDS = 10
"""Of one processor, for the page alone."""


def test_the_page_of_all_rules_is_small_and_quickly_written():
    # Binding the rules takes most of the time; what is measured is what comes after it.
    evidence = collect(FileSource(EVENTS), "winlogbeat")
    topic = TopicConfig(name="winlogbeat", rules=(RULES,))
    files = inferred_files(evidence, topic, Path.cwd())
    found = bind_rules(files, choose(files))
    assert len(found.bound) > 1_000
    rules = TopicRules(found.bound, found.correlations, found.loaded.problems, found.remarks())
    report = TopicReport(
        topic=topic.name, root=files.shape, maps=map_reasons(files), evidence=evidence, rules=rules
    )
    start = time.process_time()
    text = written_report(report, "html")
    assert time.process_time() - start < MOST_SECONDS
    assert len(text.encode()) < MOST_BYTES
    data = page_data(text)
    assert len(data["rules"]) == len(found.bound)
    assert len(data["cells"]) > 300
