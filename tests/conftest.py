from __future__ import annotations

import os

from hypothesis import settings

# How long an example takes says more about the machine than about the code; and a change is judged
# by the same examples as the one before it. The thorough profile looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_terminal_summary(terminalreporter):
    """Say loudly that the real broker was not there: a green run without it proves less."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if "realkafka" in getattr(report, "keywords", {})
    ]
    if not skipped:
        return
    reason = skipped[0].longrepr
    text = reason[2] if isinstance(reason, tuple) else str(reason)
    terminalreporter.section("REAL KAFKA NOT TESTED", sep="!", red=True, bold=True)
    terminalreporter.line(
        f"{len(skipped)} tests against the real Apache Kafka did not run: {text}", red=True
    )
    terminalreporter.line("SCHEMAGEN_REQUIRE_REALKAFKA=1 makes this a failure.", red=True)
