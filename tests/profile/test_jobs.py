"""Any number of processes gives the same evidence, and none is left behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.errors import InputError, SourceError
from schemagen.files import to_json
from schemagen.profile import jobs as module
from schemagen.profile.collect import collect
from schemagen.profile.jobs import Workers, packed, size, unpacked
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.files import FileSource
from schemagen.sources.records import Batch

CLI = [sys.executable, "-c", "from schemagen.cli import main; main()"]


class ListSource:
    """Records from memory, in batches of any size; a callable among them is called."""

    def __init__(self, *batches):
        self._batches = batches

    def batches(self):
        offset = 0
        for values in self._batches:
            if callable(values):
                values()
                continue
            yield Batch("topic", 3, range(offset, offset + len(values)), values)
            offset += len(values)

    def provenance(self):
        return {"kind": "list"}


@pytest.fixture
def started(monkeypatch):
    """Keep every process that is started."""
    processes = []
    original = subprocess.Popen

    def start(*arguments, **options):
        processes.append(original(*arguments, **options))
        return processes[-1]

    monkeypatch.setattr(module.subprocess, "Popen", start)
    return processes


def as_bytes(evidence):
    return to_json(evidence.to_json(), sort_keys=True)


def mixed_values(count):
    rng = random.Random(7)
    odd = [
        None,
        b"",
        b"oops",
        b"[1]",
        b'{"a":1,"a":"2"}',
        b'{"a":1e400}',
        b'{"a":123456789012345678901234567890}',
        b"\x00\x00\x00\x00\x07{}",
        b'{"a": "\\ud800"} trailing',
    ]
    values = [
        orjson.dumps(
            {
                "id": number,
                rng.choice("xyz"): rng.choice(["u", "7", None, 1.5, {"n": [number, {"m": "q"}]}]),
                f"key{number % 3_000}": {"time": f"2024-05-06T07:08:{number % 60:02}Z"},
            }
        )
        for number in range(count)
    ]
    return [rng.choice(odd) if rng.random() < 0.05 else value for value in values]


@pytest.mark.parametrize("jobs", [2, 3, 5])
@pytest.mark.parametrize("after", [0, 50_000])
def test_the_evidence_is_the_same_to_the_byte_for_any_number_of_jobs(jobs, after, started):
    values = mixed_values(6_000)
    batches = [values[start : start + 700] for start in range(0, len(values), 700)]
    alone = as_bytes(collect(ListSource(*batches), "t"))
    assert as_bytes(collect(ListSource(*batches), "t", jobs=jobs, jobs_after=after)) == alone
    assert len(started) == jobs - 1
    assert all(process.returncode is not None for process in started)


def test_so_it_is_for_files(tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\r\n".join(value or b"" for value in mixed_values(3_000)))
    alone = as_bytes(collect(FileSource([str(file)]), "t"))
    assert as_bytes(collect(FileSource([str(file)]), "t", jobs=2)) == alone


def test_a_source_without_records_has_empty_evidence(started):
    evidence = collect(ListSource(), "t", jobs=2)
    assert (evidence.decoding.records, evidence.profile.messages) == (0, 0)
    assert started == []


def test_a_small_sample_starts_no_process(started):
    collect(ListSource([b"{}"] * 100), "t", jobs=2, jobs_after=1_000)
    assert started == []


@pytest.mark.parametrize(
    "option",
    [{"until_unseen_below": 0.5}, {"on_first": lambda *_: None}],
    ids=lambda option: next(iter(option)),
)
def test_what_needs_all_in_one_place_starts_no_process(option, started):
    collect(ListSource([b'{"a":1}'] * 100), "t", jobs=2, **option)
    assert started == []


def test_progress_tells_the_records_of_all_jobs():
    seen = []
    source = ListSource([b"{}"] * 10, [b"x"] * 5)
    collect(
        source,
        "t",
        jobs=2,
        on_progress=lambda evidence: seen.append(evidence.decoding.records),
    )
    assert seen == [10, 15]


VALUES = st.one_of(
    st.binary(max_size=9),
    st.none(),
    st.sampled_from([DecodeError.NOT_ENVELOPED, DecodeError.NOT_UTF8]),
)


@given(st.lists(VALUES, max_size=6), st.none() | st.integers(0, 9))
def test_a_batch_comes_through_the_pipe_as_it_was(values, partition):
    batch = Batch("topic", partition, list(range(len(values))), values)
    head, text = packed(batch)
    assert size(head) == len(text)
    assert unpacked(head, memoryview(text)) == batch


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_of_a_worker_is_the_error_without_workers(started):
    wide = orjson.dumps({f"k{n}": {f"i{m}": 1 for m in range(1_990)} for n in range(120)})
    caught = []
    for jobs in (1, 2):
        with pytest.raises(InputError) as error:
            collect(ListSource([wide], [b"{}"] * 9), "t", jobs=jobs)
        caught.append((error.value.what, error.value.hint))
    assert caught[0] == caught[1]
    assert all(process.returncode is not None for process in started)


def test_the_last_words_of_a_worker_are_heard_though_it_has_gone(started):
    wide = orjson.dumps({f"k{n}": {f"i{m}": 1 for m in range(1_990)} for n in range(120)})

    def wait():
        started[0].wait(30)

    with pytest.raises(InputError, match="distinct paths"):
        collect(ListSource([wide], wait, *[[b'{"a": 1}'] * 1_000] * 40), "t", jobs=2)


def test_an_error_that_fills_a_pipe_is_heard_while_a_block_that_fills_one_is_sent():
    wide = {"k" * 300_000: {f"k{n}": {f"i{m}": 1 for m in range(1_990)} for n in range(120)}}
    block = [b'{"a":"' + b"x" * 100_000 + b'"}'] * 40
    with pytest.raises(InputError, match="distinct paths"):
        collect(ListSource([orjson.dumps(wide)], block, block), "t", jobs=2)


def test_a_source_that_breaks_off_leaves_no_process_behind(started):
    def fail():
        raise SourceError("The broker is gone.")

    with pytest.raises(SourceError, match="gone"):
        collect(ListSource([b"{}"] * 9, fail), "t", jobs=2)
    assert len(started) == 1
    assert all(process.returncode is not None for process in started)


@pytest.mark.parametrize("batches_after", [0, 1, 40])
def test_a_worker_that_is_killed_is_an_error_and_no_hang(batches_after, started):
    values = mixed_values(700)

    def kill():
        started[0].kill()
        started[0].wait()

    source = ListSource(values, values, kill, *[values] * batches_after)
    with pytest.raises(SourceError, match="killed by signal 9") as caught:
        collect(source, "t", jobs=2)
    assert "--jobs" in caught.value.hint
    assert all(process.returncode is not None for process in started)


def test_a_worker_that_cannot_start_is_an_error(monkeypatch):
    monkeypatch.setattr(module, "_BOOT", "raise SystemExit(7)")
    with pytest.raises(SourceError, match="ended with code 7"):
        collect(ListSource([b"{}"]), "t", jobs=2)


def test_no_program_to_start_is_an_error(monkeypatch):
    monkeypatch.setattr(module.sys, "executable", "/nowhere/python")
    with pytest.raises(SourceError, match="No worker process can be started"):
        Workers("t", 2)


def test_a_module_in_the_current_folder_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "struct.py").write_text("raise SystemExit(9)")
    (tmp_path / "orjson.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert collect(ListSource([b"{}"]), "t", jobs=2).profile.messages == 1


# --- the end of the command -----------------------------------------------------------------------

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="the children of a process are listed by Linux"
)


def children(pid):
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2][1] != "Z"
    except OSError:
        return False


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def interruptible():
    """Heed Ctrl-C: what a shell runs in the background ignores it, and so does what that starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@needs_proc
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("signal_", "code", "says"), [(signal.SIGINT, 130, b"Interrupted."), (signal.SIGKILL, -9, b"")]
)
def test_no_worker_outlives_the_command(tmp_path, signal_, code, says):
    command = [*CLI, "infer", "--from", "-", "t", "--jobs", "3"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdin.write(b'{"a": 1}\n' * 100_000)
        process.stdin.flush()
        until(lambda: len(children(process.pid)) == 2)
        workers = children(process.pid)
        os.kill(process.pid, signal_)
        process.stdin.close()
        assert process.stderr.read().strip() == says
        assert process.wait(30) == code
    until(lambda: not any(map(is_running, workers)))


@needs_proc
def test_a_killed_worker_ends_the_command_with_a_clear_error(tmp_path):
    command = [*CLI, "infer", "--from", "-", "t", "--jobs", "3"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdin.write(b'{"a": 1}\n' * 100_000)
        process.stdin.flush()
        until(lambda: len(children(process.pid)) == 2)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        process.stdin.close()
        told = process.stderr.read().decode()
        assert process.wait(30) == 3
    assert "killed by signal 9" in told
    assert "Traceback" not in told
    assert not (tmp_path / "schemas").exists()
