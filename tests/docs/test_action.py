"""The action's shell steps, run with what GitHub's runner would give them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from action_runner import Runner
from ci_files import action
from documents import ROOT, check

SAMPLES = ROOT / "samples"
INSTALL, COMPARE = "Install schemagen", "Sample and compare"
COMMENT, FAIL = "Comment on the pull request", "Fail on what matters"

# Records how it was called, and leaves of each command what the action goes on with.
PROGRAM = r"""
import json, os, sys
from pathlib import Path

with Path(os.environ["CALLS"]).open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\n")
arguments = dict(zip(sys.argv[1:], sys.argv[2:], strict=False))
if sys.argv[1] == "infer":
    print("::error::a name from the topic")
    sys.exit(int(os.environ.get("INFER_ENDS", "0")))
if sys.argv[1] == "report":
    for option in ("--out", "--navigator"):
        Path(arguments[option]).write_text("A page or a layer")
    sys.exit(int(os.environ.get("REPORT_ENDS", "0")))
form, end = arguments["--format"], int(os.environ.get("DRIFT_ENDS", "0"))
if end < 2:
    found = {"totals": {"findings": 3 * end, "failing": end}}
    text = {"json": json.dumps(found), "github": "::warning file=stream.sql::A warning\n"}
    text["markdown"] = "<!-- schemagen drift wineventlogs -->\n## A report\n"
    report = text.get(form, f"A report as {form}\n")
    if "--out" in arguments:
        Path(arguments["--out"]).write_text(report)
    else:
        print(report)
    if "--plan" in arguments:
        Path(arguments["--plan"]).write_text("CREATE OR REPLACE\n")
sys.exit(end)
"""

GH = r"""
import json, os, sys
from pathlib import Path

body = [text.partition("@")[2] for text in sys.argv if text.startswith("body=@")]
call = {"arguments": sys.argv[1:], "token": os.environ["GH_TOKEN"]}
call["body"] = Path(body[0]).read_text(encoding="utf-8") if body else ""
with Path(os.environ["CALLS"]).open("a") as calls:
    calls.write(json.dumps(call) + "\n")
if "--jq" in sys.argv:
    print(os.environ.get("COMMENTS", ""), end="")
"""


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(0o755)


class Stubbed:
    """The action with a program in schemagen's place that records how it is called."""

    def __init__(self, folder, pull_request=""):
        self.runner = Runner(
            folder, action_path=ROOT, path=str(folder / "bin"), pull_request=pull_request
        )
        self.calls_file = folder / "calls"
        binaries = self.runner.temporary / "schemagen-venv" / "bin"
        program(binaries / "schemagen", PROGRAM)
        (binaries / "python").symlink_to(sys.executable)
        program(folder / "bin" / "gh", GH)

    def run(self, environment=None, **inputs):
        environment = {"CALLS": str(self.calls_file), **(environment or {})}
        return self.runner.run([COMPARE, COMMENT, FAIL], environment, **inputs)

    @property
    def calls(self):
        return [json.loads(line) for line in self.calls_file.read_text("utf-8").splitlines()]

    @property
    def drifts(self):
        return [call for call in self.calls if call[0] == "drift"]


@pytest.fixture
def stubbed(tmp_path):
    return Stubbed(tmp_path)


@pytest.fixture
def on_pull_request(tmp_path):
    return Stubbed(tmp_path, pull_request="17")


EVERYTHING = {
    "topic": "wineventlogs",
    "config": "schemagen.toml",
    "bootstrap_servers": "one:9092,two:9092",
    "properties": "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n",
    "kafka_config": "client.properties",
    "since": "1d",
    "until": "2025-03-11T12:00:00Z",
    "max_messages": "500",
    "sample_options": "--strategy=tail\n\n--partition=3\n",
    "against": ".git#origin/main:stream.sql\r\nschemas/a b.schema.json\n",
    "rules": "rules/windows\nrules/linux",
    "stream": "WINLOGEVENTS",
    "fail_on": "drops,alters",
    "confidence": "99%",
    "plan": "true",
    "html": "true",
    "history": "evidence/*.json\nold/*.json\n",
}


# --- how it calls schemagen ----------------------------------------------------------------------


def test_the_topic_is_sampled_once_and_every_report_rests_on_that(stubbed):
    outcome = stubbed.run(topic="wineventlogs")
    assert outcome.code == 0
    assert [call[0] for call in stubbed.calls] == ["infer"] + ["drift"] * 6
    evidence = f"--evidence={outcome.outputs['evidence-file']}"
    assert all(evidence in call for call in stubbed.drifts)
    formats = [call[call.index("--format") + 1] for call in stubbed.drifts]
    assert sorted(formats) == ["github", "json", "junit", "markdown", "sarif", "text"]


def test_every_input_is_handed_on(stubbed):
    assert stubbed.run(**EVERYTHING).code == 0
    sample, first, *_ = stubbed.calls
    assert sample[1:-5] == [
        "--config=schemagen.toml", "--bootstrap-servers=one:9092,two:9092",
        "--property=security.protocol=SASL_SSL", "--property=sasl.mechanism=SCRAM-SHA-512",
        "--kafka-config=client.properties", "--since=1d", "--until=2025-03-11T12:00:00Z",
        "--max-messages=500", "--strategy=tail", "--partition=3",
    ]  # fmt: skip
    assert sample[-2:] == ["--", "wineventlogs"]
    assert first[2:10] == [
        "--config=schemagen.toml", "--against=.git#origin/main:stream.sql",
        "--against=schemas/a b.schema.json", "--rules=rules/windows", "--rules=rules/linux",
        "--stream=WINLOGEVENTS", "--fail-on=drops,alters", "--confidence=99%",
    ]  # fmt: skip
    assert first[-2:] == ["--", "wineventlogs"]


def test_the_sample_is_taken_by_options_that_there_are(stubbed):
    stubbed.run(**EVERYTHING)
    stubbed.run(topic="wineventlogs", **{"from": "one.ndjson\ntwo.ndjson.gz"})
    samples = [call for call in stubbed.calls if call[0] == "infer"]
    assert len(samples) == 2
    for call in samples:
        check(call)


def test_drift_is_called_by_options_that_there_are(stubbed):
    stubbed.run(**EVERYTHING)
    for call in stubbed.drifts:
        check(call)


def test_the_page_is_of_the_same_sample_and_by_options_that_there_are(stubbed):
    outcome = stubbed.run(**EVERYTHING)
    (call,) = [call for call in stubbed.calls if call[0] == "report"]
    check(call)
    assert call[5:-2] == [
        f"--evidence={outcome.outputs['evidence-file']}", "--config=schemagen.toml",
        "--against=.git#origin/main:stream.sql", "--against=schemas/a b.schema.json",
        "--rules=rules/windows", "--rules=rules/linux",
        "--history=evidence/*.json", "--history=old/*.json",
    ]  # fmt: skip
    assert call[-2:] == ["--", "wineventlogs"]
    steps = {each["name"]: each for each in action()["runs"]["steps"]}
    attached = steps["Attach the page"]
    assert attached["if"] == "inputs.html == 'true'"
    assert attached["uses"].startswith("actions/upload-artifact@")
    assert "steps.drift.outputs.html-file" in attached["with"]["path"]


def test_a_page_that_cannot_be_written_fails_the_step(stubbed):
    outcome = stubbed.run({"REPORT_ENDS": "2"}, html="true", fail="false")
    assert (outcome.code, "html-file" in outcome.outputs) == (2, False)


def test_without_inputs_everything_is_left_to_the_project_file(stubbed):
    assert stubbed.run().code == 0
    sample, first, *_ = stubbed.calls
    assert sample[:2] == ["infer", "--schema"]
    assert "--" not in sample
    assert [each for each in first if each.startswith("--") and "=" in each] == [first[1]]


def test_with_evidence_nothing_is_sampled(stubbed):
    outcome = stubbed.run(evidence="monday.evidence.json\ntuesday.evidence.json\n")
    assert [call[0] for call in stubbed.calls] == ["drift"] * 6
    assert stubbed.drifts[0][1:3] == [
        "--evidence=monday.evidence.json", "--evidence=tuesday.evidence.json",
    ]  # fmt: skip
    assert "evidence-file" not in outcome.outputs


@pytest.mark.parametrize("name", ["topic", "config", "since", "against", "rules", "fail_on"])
def test_no_input_is_run_by_the_shell(stubbed, name):
    hostile = "\"; touch stolen; $(touch stolen) `touch stolen` ' * $HOME #"
    stubbed.run(**{name: hostile})
    assert any(hostile in argument for call in stubbed.calls for argument in call)
    assert not list(stubbed.runner.workspace.iterdir())


def test_it_works_where_it_is_told_to(stubbed):
    (stubbed.runner.workspace / "detections").mkdir()
    outcome = stubbed.run(working_directory="detections", report_directory="out")
    folder = stubbed.runner.workspace / "detections" / "out"
    assert outcome.outputs["sarif-file"] == str(folder / "drift.sarif")
    assert (folder / "drift.sarif").exists()


# --- what it gives back --------------------------------------------------------------------------


def test_without_findings_it_ends_well(stubbed):
    outcome = stubbed.run()
    assert outcome.ran == [COMPARE]
    assert outcome.outputs["exit-code"] == "0"
    assert outcome.outputs["findings"] == "0"


def test_findings_that_matter_fail_it_after_all_is_written(stubbed):
    outcome = stubbed.run({"DRIFT_ENDS": "1"}, plan="true", html="true")
    assert outcome.code == 1
    assert outcome.ran == [COMPARE, FAIL]
    assert outcome.outputs.keys() == action()["outputs"].keys()
    assert (outcome.outputs["findings"], outcome.outputs["failing"]) == ("3", "1")
    for name in ("json", "markdown", "sarif", "junit", "plan", "html", "navigator"):
        assert Path(outcome.outputs[f"{name}-file"]).stat().st_size


def test_findings_fail_nothing_where_that_is_wished(stubbed):
    outcome = stubbed.run({"DRIFT_ENDS": "1"}, fail="false")
    assert outcome.code == 0
    assert outcome.outputs["exit-code"] == "1"


@pytest.mark.parametrize("code", ["2", "3"])
@pytest.mark.parametrize("command", ["INFER_ENDS", "DRIFT_ENDS"])
def test_an_error_always_fails_it_at_once(stubbed, command, code):
    outcome = stubbed.run({command: code}, fail="false")
    assert outcome.code == int(code)
    assert outcome.outputs["exit-code"] == code
    assert "sarif-file" not in outcome.outputs
    assert len(stubbed.calls) == (1 if command == "INFER_ENDS" else 2)
    assert not outcome.summary


def test_the_summary_is_the_report_for_people(stubbed):
    assert stubbed.run().summary.endswith("## A report\n")


def test_the_summary_can_be_left_out(stubbed):
    assert not stubbed.run(summary="false").summary


def test_annotations_reach_the_runner_and_nothing_else_does(stubbed):
    heard, stopped = [], ""
    for line in stubbed.run().log.splitlines():
        if stopped:
            stopped = "" if line == f"::{stopped}::" else stopped
        elif line.startswith("::stop-commands::"):
            stopped = line.removeprefix("::stop-commands::")
            assert len(stopped) == 32
        elif line.startswith("::"):
            heard.append(line)
    assert heard == ["::group::Sample", "::endgroup::", "::warning file=stream.sql::A warning"]


def test_annotations_can_be_left_out(stubbed):
    assert "::warning" not in stubbed.run(annotations="false").log


def test_reports_of_an_earlier_run_are_not_taken_for_its_own(stubbed):
    first = stubbed.run(plan="true").outputs
    second = stubbed.run({"DRIFT_ENDS": "2"})
    assert "plan-file" in first
    assert not any(name.endswith("-file") for name in second.outputs if name != "evidence-file")
    reports = stubbed.runner.temporary / "schemagen-drift"
    assert not list(reports.glob("drift.*"))


# --- the comment ---------------------------------------------------------------------------------


def comments(stubbed):
    return [call for call in stubbed.calls if isinstance(call, dict)]


MARK = "<!-- schemagen drift wineventlogs -->"
FOUND = {"DRIFT_ENDS": "1"}


def test_findings_are_told_in_a_new_comment(on_pull_request):
    outcome = on_pull_request.run(FOUND, topic="wineventlogs", comment="true")
    assert outcome.code == 1
    assert outcome.ran == [COMPARE, COMMENT, FAIL]
    look, post = comments(on_pull_request)
    assert "repos/example/detections/issues/17/comments?per_page=100" in look["arguments"]
    assert MARK in look["arguments"][-1].replace("\\", "")
    assert post["arguments"][:4] == [
        "api", "--method", "POST", "repos/example/detections/issues/17/comments",
    ]  # fmt: skip
    assert post["body"] == f"{MARK}\n## A report\n"
    assert post["token"] == "a-token"


def test_the_comment_of_an_earlier_run_is_brought_up_to_date(on_pull_request):
    on_pull_request.run({"COMMENTS": "101\n102\n"}, topic="wineventlogs", comment="true")
    _, patch = comments(on_pull_request)
    assert patch["arguments"][:4] == [
        "api", "--method", "PATCH", "repos/example/detections/issues/comments/101",
    ]  # fmt: skip


def test_no_finding_and_no_comment_is_nothing_to_say(on_pull_request):
    outcome = on_pull_request.run(topic="wineventlogs", comment="true")
    assert outcome.code == 0
    assert len(comments(on_pull_request)) == 1


@pytest.mark.parametrize("wished", ["true", "false"])
def test_there_is_no_comment_without_a_pull_request_or_a_wish(tmp_path, wished):
    stubbed = Stubbed(tmp_path, pull_request="" if wished == "true" else "17")
    stubbed.run(FOUND, topic="wineventlogs", comment=wished)
    assert not comments(stubbed)


# --- the real thing ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Run the install step on a copy of this repository, offline: dependencies are borrowed."""
    folder = tmp_path_factory.mktemp("action")
    copy = folder / "repository"
    copy.mkdir()
    files = ("action.yml", "pyproject.toml", "setup.py", "build_backend.py", "README.md", "LICENSE")
    for name in files:
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "schemagen", copy / "schemagen")
    # Its environment sees the packages of this one behind its own.
    program(folder / "python", f"""
import shutil, subprocess, sys
from pathlib import Path

code = subprocess.run([{sys.executable!r}, *sys.argv[1:]], check=False).returncode
if sys.argv[1:3] == ["-m", "venv"]:
    (packages,) = Path(sys.argv[3]).glob("lib/python3*/site-packages")
    for old in packages.glob("setuptools*"):  # that of Python 3.11 can't build this
        shutil.rmtree(old)
    (packages / "borrowed.pth").write_text({sysconfig.get_path("purelib")!r})
sys.exit(code)
""")  # fmt: skip
    runner = Runner(folder, action_path=copy)
    runner.python = str(folder / "python")
    outcome = runner.run(
        [INSTALL],
        {"PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"},
    )
    assert outcome.code == 0, outcome.log
    return runner


@pytest.fixture
def real(installed, tmp_path):
    runner = Runner(tmp_path, action_path=ROOT)
    (runner.temporary / "schemagen-venv").symlink_to(installed.temporary / "schemagen-venv")
    shutil.copytree(SAMPLES / "rules", runner.workspace / "rules")
    shutil.copy(SAMPLES / "schemagen.toml", runner.workspace)
    binary = runner.temporary / "schemagen-venv" / "bin" / "schemagen"
    for command in (["infer", "--from", str(SAMPLES / "wineventlogs.ndjson")],
                    ["ddl", "--out", "stream.sql"]):  # fmt: skip
        subprocess.run([binary, *command], cwd=runner.workspace, check=True, capture_output=True)
    return runner


def test_a_sample_is_not_worth_compiling(installed):
    packages = installed.temporary / "schemagen-venv" / "lib"
    assert list(packages.rglob("schemagen/profile/columns.py"))
    assert not list(packages.rglob("schemagen/profile/columns.*.so"))


def test_what_is_installed_is_this_repository(installed):
    python = installed.temporary / "schemagen-venv" / "bin" / "python"
    where = subprocess.run(
        [python, "-c", "import schemagen; print(schemagen.__file__)"],
        cwd=installed.workspace, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert where.startswith(str(installed.temporary))


def test_the_same_day_again_is_no_drift(real):
    outcome = real.run([COMPARE, FAIL], **{"from": str(SAMPLES / "wineventlogs.ndjson")})
    assert outcome.code == 0, outcome.log
    assert outcome.outputs["findings"] == "0"


def test_the_later_day_drops_records(real):
    outcome = real.run(
        [COMPARE, FAIL], plan="true", **{"from": str(SAMPLES / "wineventlogs-later.ndjson")}
    )
    assert outcome.code == 1, outcome.log
    report = json.loads((real.temporary / "schemagen-drift" / "drift.json").read_text("utf-8"))
    assert ("drops", "host") in {(each["class"], each["path"]) for each in report["findings"]}
    sarif = json.loads((real.temporary / "schemagen-drift" / "drift.sarif").read_text("utf-8"))
    assert sarif["version"] == "2.1.0"
    assert "::error" in outcome.log
    assert "host" in outcome.summary


def test_a_source_that_cannot_be_read_is_code_3(real):
    outcome = real.run([COMPARE, FAIL], **{"from": "nowhere.ndjson"})
    assert outcome.code == 3
    assert outcome.outputs == {"exit-code": "3"}
