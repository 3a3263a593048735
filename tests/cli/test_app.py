"""The application as a whole."""

from __future__ import annotations

import json
import os
import pty
import resource
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from schemagen import __version__
from schemagen.cli.app import Commands

# Without the hidden names of a version before.
COMMANDS = [name for name, command in Commands().items() if not command.hidden]


def test_the_version(run):
    assert run("--version").out.strip() == f"schemagen {__version__}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run, command):
    result = run(command, "--help")
    assert result.code == 0
    assert "Example" in result.out
    assert f"schemagen {command}" in result.out


def test_the_list_of_commands_is_cut_off_nowhere_on_a_small_screen(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, commands = run("--help").out.split("Commands:\n")
    lines = commands.split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == COMMANDS
    assert all(line.endswith(".") and not line.endswith("..") for line in lines)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_screen_of_80_columns(run, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    text = run(*filter(None, [command]), "--help").out
    assert [line for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_what_an_option_takes_and_not_its_type_in_python(run, command):
    text = run(command, "--help").out
    for kind in ("<str>", "<int>", "range>", "<path>"):
        assert kind not in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command, request):
    assert f"schemagen {command}" in (request.config.rootpath / "README.md").read_text()


def test_ctrl_c_while_the_program_is_being_loaded_is_told_in_a_word(run, monkeypatch):
    class Loading(ModuleType):
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "schemagen.cli.app", Loading("schemagen.cli.app"))
    result = run("--version")
    assert (result.code, result.err) == (130, "Interrupted.\n")


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_outputs_are_no_error(events, tmp_path, closed, jobs):
    path = events(*[{"a": n} for n in range(1000)])
    program = "from schemagen.cli import main; main()"
    arguments = f"infer t --from {path} --jobs {jobs} --progress"
    script = f"{sys.executable} -c '{program}' {arguments} {closed}"
    subprocess.run(script, shell=True, cwd=tmp_path, check=True)
    evidence = json.loads((tmp_path / "schemas" / "t.evidence.json").read_text())
    assert evidence["profile"]["messages"] == 1000


def test_help_needs_little_time():
    program = (
        "from schemagen.cli import main; import sys; sys.argv = ['schemagen', '--help']; main()"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    loaded = subprocess.run(
        [sys.executable, "-c", "import schemagen.cli.app, sys; print(*sys.modules)"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert not {"orjson", "sqlglot", "genson", "confluent_kafka", "jsonschema", "rich", "duckdb",
                "sigma"} & set(loaded)  # fmt: skip
    assert used < 2  # the real bound is in the benchmark; this catches a heavy import


def test_the_module_runs_as_the_command_does(tmp_path):
    command = [sys.executable, "-m", "schemagen", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout == f"schemagen {__version__}\n"


def test_a_command_loads_what_it_needs_and_no_other_command():
    program = (
        "import sys; from schemagen.cli import main; sys.argv = ['schemagen', 'rules', '--help']\n"
        "try: main()\n"
        "finally: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    loaded = set(done.stdout.decode().splitlines()[-1].split())
    assert "schemagen.cli.rules" in loaded
    assert not loaded & {"schemagen.cli.drift", "schemagen.cli.infer", "sqlglot", "sigma", "rich"}


def on_a_terminal(*arguments, **environment):
    """Run `schemagen` with a terminal for all it writes, and give what comes there."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from schemagen.cli import main; main()", *map(str, arguments)],
        stdin=its, stdout=its, stderr=its,
        env=os.environ | {"TERM": "xterm-256color", "NO_COLOR": ""} | environment,
    )  # fmt: skip
    os.close(its)
    written = b""
    try:
        while part := os.read(ours, 65536):
            written += part
    except OSError:  # how Linux says that nobody has the other end
        pass
    os.close(ours)
    assert process.wait() == 0, written
    return written.decode()


def test_no_command_writes_an_escape_sequence_where_colours_are_not_wanted(tmp_path):
    """The demo runs all that read and report, and each shows its progress."""
    samples = Path(__file__).parents[2] / "samples"
    arguments = ("demo", "--samples", samples, "--out-dir", tmp_path)
    assert "\x1b" not in on_a_terminal(*arguments, NO_COLOR="1", FORCE_COLOR="1")
    assert "\x1b" not in on_a_terminal(*arguments, "--no-color")


def test_a_terminal_gets_colours(events, tmp_path):
    arguments = ("infer", "t", "--from", events({"a": 1}), "--schema", tmp_path / "t.schema.json")
    assert "\x1b[1mt: 1 message, 1 field\x1b[0m" in on_a_terminal(*arguments)


def test_a_reader_that_is_gone_is_no_finding(events, tmp_path):
    program = "from schemagen.cli import main; main()"
    theirs, ours = os.pipe()
    os.close(theirs)
    result = subprocess.run(
        [sys.executable, "-c", program, "infer", "t", "--from", events({"a": 1})],
        stdout=ours, stderr=subprocess.PIPE, cwd=tmp_path, check=False,
    )  # fmt: skip
    os.close(ours)
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    script = f"{sys.executable} -c 'from schemagen.cli import main; main()' --help | true"
    result = subprocess.run(
        script, shell=True, capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert "Traceback" not in result.stderr
