"""Rules that tests write to files, and what comes of loading them."""

from __future__ import annotations

import uuid

import yaml

from schemagen.detections.rules import load_rules

GOOD = """\
title: Whoami
id: 502b42de-4306-40b4-9596-6f590c81f073
status: test
level: medium
tags:
  - attack.discovery
  - attack.t1033
logsource:
  category: process_creation
  product: windows
fields:
  - Image
  - CommandLine
detection:
  selection:
    Image|endswith: \\whoami.exe
  condition: selection
"""


def rule(title="T", rule_id=None, **changes):
    data = {
        "title": title,
        "id": rule_id or str(uuid.uuid4()),
        "logsource": {"product": "windows", "category": "process_creation"},
        "detection": {"selection": {"Image": "x"}, "condition": "selection"},
    }
    data.update(changes)
    return {key: value for key, value in data.items() if value is not ...}


def write(path, *documents):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "---\n".join(
        document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False)
        for document in documents
    )
    path.write_text(text, encoding="utf-8")
    return path


def load(tmp_path, *documents):
    return load_rules([write(tmp_path / "rule.yml", *documents)])


def problem(tmp_path, *documents):
    result = load(tmp_path, *documents)
    (only,) = result.problems
    assert bool(result.rules) == only.remark
    return only
