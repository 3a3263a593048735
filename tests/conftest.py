from __future__ import annotations

import os

from hypothesis import settings

# How long an example takes says more about the machine than about the code; and a change is judged
# by the same examples as the one before it. The thorough profile looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


# Marker → what is not there when tests with it are skipped, and what makes that a failure.
_LARGE = {
    "realkafka": ("the real Apache Kafka", "SCHEMAGEN_REQUIRE_REALKAFKA"),
    "spark": ("Spark", "SCHEMAGEN_REQUIRE_SPARK"),
}


def pytest_terminal_summary(terminalreporter):
    """Say loudly what large thing was not there: a green run without it proves less."""
    for marker, (name, variable) in _LARGE.items():
        skipped = [
            report
            for report in terminalreporter.stats.get("skipped", [])
            if marker in getattr(report, "keywords", {})
        ]
        if not skipped:
            continue
        reason = skipped[0].longrepr
        text = reason[2] if isinstance(reason, tuple) else str(reason)
        title = f"{name.removeprefix('the ').replace('Apache ', '')} not tested".upper()
        terminalreporter.section(title, sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests against {name} did not run: {text}", red=True)
        terminalreporter.line(f"{variable}=1 makes this a failure.", red=True)
