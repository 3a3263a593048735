from __future__ import annotations

import os
import sys

import pytest
from hypothesis import settings
from junit_schema import REQUIRE, JUnitSchemaUnavailableError, junit_schema

# No test reads what another run left, or leaves anything in the folder of who runs it.
os.environ["SCHEMAGEN_CACHE"] = "0"
if "PYTEST_XDIST_WORKER" in os.environ:
    # Processes side by side are told of a terminal, but what commands write goes into pipes.
    os.environ.pop("COLUMNS", None)

# How long an example takes says more about the machine than about the code; and a change is judged
# by the same examples as the one before it. The thorough profile looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


_RECURSION = sys.getrecursionlimit()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call():
    """Let each test begin with Python's own limit: commands that ran before it have raised it."""
    sys.setrecursionlimit(_RECURSION)


@pytest.fixture(scope="session")
def junit_xsd():
    # Half a second that only the tests that need it pay for.
    import xmlschema  # noqa: PLC0415

    try:
        return xmlschema.XMLSchema(junit_schema())
    except JUnitSchemaUnavailableError as error:
        if os.environ.get(REQUIRE):
            raise
        pytest.skip(str(error))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Divide the tests by files, but keep together what shares a server."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - not where one process runs all

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            folder = nodeid.split("/")[1]
            return folder if folder in _SHARING else super()._split_scope(nodeid)

    # What takes longest begins, not what has the most tests.
    config.option.loadscopereorder = False
    return Scheduling(config, log)


_SHARING = ("accelerator", "browser", "realkafka", "spark")
"""The folders of tests that start a server, or build what is tested, once for all of them."""

_LONGEST = (*_SHARING, "test_wheels.py", "test_realrules.py")
"""What must begin at once, so that no process runs it alone at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with what takes longest."""
    items.sort(key=lambda item: not any(part in _LONGEST for part in item.path.parts))


# What a machine may lack, by the marker of the tests that need it: its names, how to require it.
_LACKING = {
    "realkafka": ("REAL KAFKA", "the real Apache Kafka", "SCHEMAGEN_REQUIRE_REALKAFKA"),
    "junitschema": ("JUNIT SCHEMA", "the schema of JUnit XML", REQUIRE),
    "browser": ("BROWSER", "a real browser", "SCHEMAGEN_REQUIRE_BROWSER"),
    "accelerator": ("ACCELERATOR", "the accelerator's jar", "SCHEMAGEN_REQUIRE_ACCELERATOR"),
    "spark": ("SPARK", "Spark", "SCHEMAGEN_REQUIRE_SPARK"),
    "compiled": ("COMPILED PROFILER", "the compiled profiler", "SCHEMAGEN_REQUIRE_COMPILED"),
}


def pytest_terminal_summary(terminalreporter):
    """Say loudly what was not there: a green run without it proves less."""
    for marker, (title, what, variable) in _LACKING.items():
        skipped = [
            report
            for report in terminalreporter.stats.get("skipped", [])
            if marker in getattr(report, "keywords", {})
        ]
        if not skipped:
            continue
        reason = skipped[0].longrepr
        text = reason[2] if isinstance(reason, tuple) else str(reason)
        terminalreporter.section(f"{title} NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests against {what} did not run: {text}", red=True)
        terminalreporter.line(f"{variable}=1 makes this a failure.", red=True)
