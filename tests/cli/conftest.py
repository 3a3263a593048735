"""Running the command line inside the test process."""

from __future__ import annotations

import json
import sys

import pytest

from schemagen.cli import main


class Run:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def run(capfd, monkeypatch, tmp_path):
    """Run `schemagen` with arguments in an empty folder; exit code, output and errors come back."""
    monkeypatch.chdir(tmp_path)
    for name in ("SCHEMAGEN_BOOTSTRAP_SERVERS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    limit = sys.getrecursionlimit()

    def schemagen(*arguments, stdin=None):
        monkeypatch.setattr(sys, "argv", ["schemagen", *map(str, arguments)])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", stdin)
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code or 0
        finally:
            sys.setrecursionlimit(limit)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Run(code, out, err)

    return schemagen


@pytest.fixture
def events(tmp_path):
    """Write events to an NDJSON file; texts and bytes stand as they are."""

    def write(*messages, name="events.ndjson"):
        lines = [
            m
            if isinstance(m, bytes)
            else m.encode()
            if isinstance(m, str)
            else json.dumps(m).encode()
            for m in messages
        ]
        path = tmp_path / name
        path.write_bytes(b"\n".join(lines) + b"\n")
        return path

    return write
