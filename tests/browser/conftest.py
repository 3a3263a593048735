from __future__ import annotations

import importlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
import reporting

from schemagen.cli import main

SAMPLES = Path(__file__).parents[2] / "samples"
FLAGS = [
    # A container's root has no sandbox, and nothing but the page is to be asked.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _unavailable(reason):
    if os.environ.get("SCHEMAGEN_REQUIRE_BROWSER") == "1":
        pytest.fail(f"a browser is required but not available: {reason}")
    pytest.skip(f"a browser is not available: {reason}")


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests."""
    try:
        playwright = importlib.import_module("playwright.sync_api")
    except ImportError:
        _unavailable("Playwright is not installed (pip install -e '.[browser]')")
    programs = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    program = next(programs, None)
    if program is None:
        _unavailable("there is no chromium on the PATH")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def _commands(folder, monkeypatch, *commands):
    monkeypatch.chdir(folder)
    for command in commands:
        monkeypatch.setattr("sys.argv", ["schemagen", *command.split()])
        with suppress(SystemExit):
            main()


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Write the report of the samples, with a replay, a drift and a history."""
    folder = tmp_path_factory.mktemp("samples")
    for name in ("schemagen.toml", "rules", "wineventlogs.ndjson", "wineventlogs-later.ndjson"):
        (folder / name).symlink_to(SAMPLES / name)
    with pytest.MonkeyPatch.context() as patch:
        _commands(
            folder,
            patch,
            "infer wineventlogs --from wineventlogs.ndjson --quiet",
            "infer wineventlogs --from wineventlogs-later.ndjson --schema later.schema.json -q",
            "report wineventlogs --events wineventlogs.ndjson --evidence later.evidence.json "
            "--history schemas/*.evidence.json --history *.evidence.json --quiet",
        )
    return folder / "wineventlogs.report.html"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """Write the report of a topic whose names attack the page."""
    folder = tmp_path_factory.mktemp("hostile")
    reporting.write_project(folder, reporting.hostile_messages(), reporting.hostile_rules())
    with pytest.MonkeyPatch.context() as patch:
        _commands(folder, patch, "infer t --from events.ndjson -q", "report t --quiet")
    return folder / "t.report.html"


class Watched:
    """A page that is watched: what it asks for, and what goes wrong in it."""

    def __init__(self, page):
        self.page = page
        self.errors, self.requests, self.dialogs = [], [], []
        page.on("console", lambda message: self.errors.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture
def opened(chromium):
    """Open a file in a window of its own; nothing may go wrong in it until the test ends."""
    contexts, pages = [], []

    def open_file(file, width=1440, height=900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        watched = Watched(context.new_page())
        pages.append(watched)
        watched.page.set_default_timeout(10_000)
        watched.page.goto(file.as_uri())
        return watched.page

    yield open_file
    for watched in pages:
        assert watched.errors == watched.dialogs == []
        assert all(url.startswith("file:") for url in watched.requests)
        assert len(watched.requests) == 1
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def shot(tmp_path_factory):
    """Keep a picture: CI names the folder, elsewhere it is thrown away."""
    named = os.environ.get("SCHEMAGEN_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page, name, *, whole=False):
        file = folder / f"{name}.png"
        page.screenshot(path=file, full_page=whole)
        assert file.stat().st_size > 10_000

    return keep
