"""Reports of topics that tests make, and names that attack whoever shows them."""

from __future__ import annotations

import json
import re

import yaml
from rule_writing import rule

CLOSING = "</script><script>alert(1)</script>"
COMMENT = "<!--<script>"
TURNED = "safe\u202eexe.fdp"
LONG = "n" * 10_000
QUOTES = "\"'><img src=x onerror=alert(1)>"
TEMPLATE = "{{ 7 * 7 }}{% raw %}"
HOSTILE = [
    CLOSING,
    COMMENT,
    TURNED,
    LONG,
    QUOTES,
    TEMPLATE,
    "\u2028\u2029\x07",
    "javascript:alert(1)",
]
"""Names as hostile as keys, titles and kinds of events can be."""

PROJECT = """\
[topics.t]
rules = ["rules"]
event_time = "@timestamp"
"""

_TAGS = ["attack.execution", "attack.t1059.001"]


def message(number, **more):
    return {
        "@timestamp": f"2025-03-11T08:{number // 60:02}:{number % 60:02}.000Z",
        "winlog": {
            "channel": "Security",
            "event_id": "4688" if number % 2 else "4624",
            "event_data": {"NewProcessName": "C:\\a.exe", "CommandLine": f"whoami /{number}"},
        },
    } | more


def write_project(folder, messages, documents, later=()):
    """Write a topic `t` with its rules into a folder: events.ndjson, later.ndjson, rules/."""
    (folder / "rules").mkdir()
    (folder / "schemagen.toml").write_text(PROJECT, encoding="utf-8")
    for name, events in (("events", messages), ("later", later)):
        lines = "".join(json.dumps(each) + "\n" for each in events)
        (folder / f"{name}.ndjson").write_text(lines, encoding="utf-8")
    for number, each in enumerate(documents):
        text = yaml.safe_dump(each, sort_keys=False, allow_unicode=True)
        (folder / "rules" / f"{number}.yml").write_text(text, encoding="utf-8")


def some_rules():
    """Make a rule that fires, one whose field is missing, and one that is of no technique."""
    return [
        rule("Whoami", "00000000-0000-4000-8000-000000000001", tags=_TAGS, level="high",
             detection={"s": {"CommandLine|contains": "whoami"}, "condition": "s"}),
        rule("Signed", "00000000-0000-4000-8000-000000000002", tags=["attack.t1218"],
             detection={"s": {"Signature": "x"}, "condition": "s"}),
        rule("Untagged", "00000000-0000-4000-8000-000000000003",
             detection={"s": {"CommandLine": "nothing"}, "condition": "s"}),
    ]  # fmt: skip


def hostile_rules():
    """Make rules of which title, tags, field and log source attack the page."""
    return [
        rule(f"{text[:9_000]} {number}", tags=["attack.t1059", f"attack.{CLOSING}"], level="low",
             logsource={"product": CLOSING, "category": TURNED},
             detection={"s": {f"field{text[:60]}": "x"}, "condition": "s"})
        for number, text in enumerate(HOSTILE)
    ]  # fmt: skip


def hostile_messages():
    """Make messages of which keys and kinds of events attack the page."""
    return [
        message(number, **{text: {CLOSING: 1}})
        | {"winlog": {"channel": text[:120], "event_id": "1"}}
        for number, text in enumerate(HOSTILE * 3)
    ]


def page_data(text):
    """Read the data that a page has in itself."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1])
