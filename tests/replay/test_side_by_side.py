"""Records that several processes read: the same comes of them, in the same order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import active_children
from pathlib import Path

import pytest

from schemagen.errors import InputError, SourceError
from schemagen.replay import side_by_side
from schemagen.replay.engine import Replay
from schemagen.replay.side_by_side import read_side_by_side
from schemagen.sources.records import Batch, RecordOrigin

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Share out after a few records, and few at once; tests have threads of others around."""
    monkeypatch.setattr(side_by_side, "FIRST", 5)
    monkeypatch.setattr(side_by_side, "SHARED", 3_000)
    monkeypatch.setattr(side_by_side, "_can_fork", lambda: True)


def batches(count, size=3):
    numbers = range(count * size)
    return [
        Batch("f", None, range(at, at + size), [b"%d" % n for n in numbers[at : at + size]])
        for at in range(0, count * size, size)
    ]


def read(batch):
    return os.getpid(), list(batch.values)


@linux
@pytest.mark.parametrize("jobs", [1, 2, 3, 50])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 100])
def test_all_is_read_in_its_order(count, jobs):
    given = batches(count)
    made = list(read_side_by_side(read, given, jobs))
    assert [values for _, values in made] == [list(batch.values) for batch in given]
    assert len({pid for pid, _ in made}) > 1 or count <= 3 or jobs == 1
    assert active_children() == []


@linux
def test_shares_are_of_records_and_not_of_batches():
    few = [*batches(2), *batches(1, 30), *batches(20, 1)]
    shares = side_by_side._shares(few, 2)
    assert [sum(len(batch.values) for batch in share) for share in shares] == [36, 20]
    assert [batch for share in shares for batch in share] == few


def test_a_process_that_has_threads_reads_alone(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(side_by_side, "FIRST", 5)
    ends = threading.Event()
    thread = threading.Thread(target=ends.wait)
    thread.start()
    try:
        made = list(read_side_by_side(read, batches(50), 3))
    finally:
        ends.set()
        thread.join()
    assert {pid for pid, _ in made} == {os.getpid()}


@linux
def test_what_another_process_raises_is_raised_here():
    first = os.getpid()

    def fails(_):
        if os.getpid() != first:
            raise InputError("It is wrong.", "Mend it.")

    with pytest.raises(InputError) as error:
        list(read_side_by_side(fails, batches(20), 3))
    assert (error.value.what, error.value.hint) == ("It is wrong.", "Mend it.")
    assert active_children() == []


@linux
def test_a_process_that_is_killed_is_told():
    first = os.getpid()

    def dies(_):
        if os.getpid() != first:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(SourceError, match="was killed by signal 9 before it was done"):
        list(read_side_by_side(dies, batches(20), 2))
    assert active_children() == []


@linux
def test_whoever_stops_early_leaves_no_process_behind():
    first = os.getpid()

    def waits(_):
        if os.getpid() != first:
            signal.pause()

    reading = read_side_by_side(waits, batches(100), 3)
    for _ in range(4):
        next(reading)
    assert len(active_children()) == 2
    reading.close()
    assert active_children() == []


def test_off_linux_one_process_reads(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(side_by_side, "FIRST", 5)
    monkeypatch.setattr(sys, "platform", "darwin")
    made = list(read_side_by_side(read, batches(50), 3))
    assert [values for _, values in made] == [list(batch.values) for batch in batches(50)]
    assert {pid for pid, _ in made} == {os.getpid()}


SQL = """
CREATE STREAM S (A VARCHAR, N INT) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');
CREATE STREAM SLIM AS
SELECT A, N, ROWTIME AS T, ROWPARTITION AS P, ROWOFFSET AS O FROM S WHERE N > 1;
-- id: one
CREATE STREAM FOUND AS SELECT A, T, P, O FROM SLIM WHERE A LIKE 'x%';
"""
LINES = [b'{"A":"x%d","N":%d}' % (n, n % 4) for n in range(60)]
LINES[7] = b"no json"
LINES[41] = b'{"A":"x","N":"no number"}'


@linux
@pytest.mark.parametrize("placed", [False, True])
def test_a_replay_tells_the_same_however_many_read(placed):
    def given():
        for at in range(0, 60, 4):
            origins = [RecordOrigin("t", 3, 1000 + n, 70_000 + n) for n in range(at, at + 4)]
            yield Batch("f", None, range(at + 1, at + 5), LINES[at : at + 4],
                        origins if placed else [])  # fmt: skip

    told = []
    for jobs in (1, 2, 3):
        unreadable = []
        result = Replay(SQL).run_records(given(), "t", unreadable, jobs=jobs)
        places = {n: result.events[n].place for n in result.fired()["one"]}
        told.append((unreadable, result.rows, result.dropped, places, len(result.events)))
    assert told[0] == told[1] == told[2]
    unreadable, rows, dropped, places, count = told[0]
    assert [each.position for each in unreadable] == [8]
    assert [each.event for each in dropped] == [40]
    # The record that is no event counts for no offset.
    last = rows["FOUND"][-1].values
    assert (last["A"], places[58], count) == ("x59", "f:60", 59)
    assert (last["T"], last["P"], last["O"]) == ((70_059, 3, 1059) if placed else (0, 0, 58))


@linux
def test_the_command_reads_side_by_side(tmp_path):
    (tmp_path / "s.sql").write_text(SQL)
    events = tmp_path / "e.ndjson"
    events.write_bytes(b"".join(line + b"\n" for line in LINES) * 100)
    command = [sys.executable, "-m", "schemagen", "test", "--sql", "s.sql", "--events", "e.ndjson"]
    told = [
        subprocess.run([*command, "-j", jobs], cwd=tmp_path, capture_output=True, check=False)
        for jobs in ("1", "2", "5")
    ]
    assert b"5,900 events, 1 rule fired, 200 dropped" in told[0].stdout
    assert {(done.stdout, done.stderr, done.returncode) for done in told} == {
        (told[0].stdout, b"", 0)
    }


@linux
def test_a_process_that_is_killed_as_it_sends_is_told():
    first = os.getpid()

    def sends(_):
        if os.getpid() == first:
            return time.sleep(0.1)
        # More than a pipe takes: it waits to be heard.
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return b"x" * 1_000_000

    with pytest.raises(SourceError, match="was killed by signal 9 before it was done"):
        list(read_side_by_side(sends, batches(20), 2))
    assert active_children() == []


@linux
def test_whoever_kills_the_first_process_leaves_none_behind():
    code = """
import os, signal, sys, time
from schemagen.replay import side_by_side
from schemagen.sources.records import Batch
side_by_side.FIRST = 1
first = os.getpid()
def read(batch):
    if os.getpid() == first:
        time.sleep(0.5)
        os.kill(first, signal.SIGKILL)
    os.write(1, b"%d\\n" % os.getpid())
    return b"x" * 1_000_000
given = [Batch("f", None, range(1), [b"1"]) for _ in range(9)]
list(side_by_side.read_side_by_side(
    lambda batch: None if batch is given[0] else read(batch), given, 3))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    others = set(map(int, done.stdout.split()))
    assert (done.returncode, len(others), done.stderr) == (-signal.SIGKILL, 2, "")
    for _ in range(50):
        left = [each for each in others if Path(f"/proc/{each}").exists()]
        if not left:
            break
        time.sleep(0.1)
    assert left == []


@linux
def test_no_more_records_are_shared_out_than_are_counted(monkeypatch):
    given = [Batch("f", None, range(10), [None] * 10) for _ in range(50)]
    monkeypatch.setattr(side_by_side, "SHARED", 100_000)
    assert [len(chunk) for chunk in side_by_side._chunks(iter(given))] == [50]
    monkeypatch.setattr(side_by_side, "SHARED_RECORDS", 200)
    assert [len(chunk) for chunk in side_by_side._chunks(iter(given))] == [20, 20, 10]
    monkeypatch.setattr(side_by_side, "SHARED", 10_000)
    assert [len(chunk) for chunk in side_by_side._chunks(iter(given))] == [10] * 5
