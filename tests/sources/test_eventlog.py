from __future__ import annotations

import gzip
import sys

import pytest
from evtx_writing import event_log
from opening_files import opened

from schemagen.errors import SourceError

pytest.importorskip("evtx", reason="SKIPPED: event logs are not tested, install the extra evtx")

DATA = [
    (1, {"Image": "C:\\Windows\\System32\\whoami.exe", "ProcessId": 420, "Empty": ""}),
    (1, {"Image": "C:\\Windows\\System32\\net.exe", "ProcessId": 421, "Empty": "x"}),
]
LOG = event_log(
    "Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", "WKS-0117", DATA
)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_event_log_gives_events_of_winlogbeat(tmp_path, pack):
    found = opened(tmp_path / "a", pack(LOG))
    assert found.rows[0] == {
        "@timestamp": "2023-11-14T22:13:21.000Z",
        "event": {"code": 1, "kind": "event", "provider": "Microsoft-Windows-Sysmon"},
        "host": {"name": "WKS-0117"},
        "log": {"level": "information"},
        "winlog": {
            "api": "wineventlog",
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "computer_name": "WKS-0117",
            "event_id": 1,
            "provider_name": "Microsoft-Windows-Sysmon",
            "record_id": 1,
            "process": {"pid": 3168},
            "event_data": {"Image": "C:\\Windows\\System32\\whoami.exe", "ProcessId": "420"},
        },
    }
    assert found.rows[1]["winlog"]["event_data"]["Empty"] == "x"
    assert found.positions == [1, 2]
    assert found.said == ["EVTX, 2 records"]


def test_a_broken_event_costs_only_itself(tmp_path):
    at = LOG.index(b"**\0\0", LOG.index(b"**\0\0") + 4)
    broken = bytearray(LOG)
    broken[at + 24 : at + 30] = b"\xff" * 6
    found = opened(tmp_path / "a", bytes(broken))
    assert [row["winlog"]["record_id"] for row in found.rows] == [1]
    assert found.faults == {"not_enveloped": (1, 2)}


def test_a_broken_file_is_refused(tmp_path):
    with pytest.raises(SourceError, match="is a broken event log"):
        opened(tmp_path / "a", b"ElfFile\0" + b"\xff" * 10)


def test_without_the_package_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "evtx", None)
    with pytest.raises(SourceError) as caught:
        opened(tmp_path / "a", LOG)
    assert "takes the package evtx" in caught.value.what
    assert "schemagen[evtx]" in caught.value.hint
    assert "evtx_dump" in caught.value.hint
