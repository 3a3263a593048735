"""Event logs of Windows, written for tests: one chunk of events made from one template.

The layout is that of the [MS-EVEN6] binary XML, as Windows stores it in files.
"""

from __future__ import annotations

import struct
import zlib

_CHUNK = 65_536
_FILE_HEADER = 4_096
_RECORDS_START = 512
_EPOCH = 116_444_736_000_000_000
_TEXT, _UINT8, _UINT16, _UINT32, _UINT64, _FILETIME, _HEX64 = (
    0x01,
    0x04,
    0x06,
    0x08,
    0x0A,
    0x11,
    0x15,
)

XMLNS = "http://schemas.microsoft.com/win/2004/08/events/event"


class _Binary:
    """Binary XML that stands at an offset of its chunk."""

    def __init__(self, offset):
        self.data = bytearray()
        self.offset = offset

    def put(self, form, *values):
        self.data += struct.pack("<" + form, *values)

    def name(self, text):
        # The name stands right behind the offset that points to it.
        self.put("I", self.offset + len(self.data) + 4)
        self.put("IHH", 0, 0, len(text))
        self.data += text.encode("utf-16-le") + b"\0\0"

    def text(self, text):
        self.put("BBH", 0x05, _TEXT, len(text))
        self.data += text.encode("utf-16-le")

    def value(self, value):
        if isinstance(value, str):
            self.text(value)
        else:
            self.put("BHB", 0x0D, *value)

    def element(self, name, attributes=(), content=()):
        self.put("BH", 0x41 if attributes else 0x01, 0xFFFF)
        size_at = len(self.data)
        self.put("I", 0)
        self.name(name)
        if attributes:
            list_at = len(self.data)
            self.put("I", 0)
            for number, (key, value) in enumerate(attributes, 1):
                self.put("B", 0x46 if number < len(attributes) else 0x06)
                self.name(key)
                self.value(value)
            struct.pack_into("<I", self.data, list_at, len(self.data) - list_at - 4)
        self.put("B", 0x02)
        for each in content:
            if isinstance(each, tuple) and isinstance(each[0], str):
                self.element(*each)
            else:
                self.value(each)
        self.put("B", 0x04)
        struct.pack_into("<I", self.data, size_at, len(self.data) - size_at - 4)


def event_log(provider, channel, computer, events):
    """Return an EVTX file of events: pairs of an event id and its data, all with the same names."""
    records = bytearray()
    names = list(events[0][1])
    template_at = None
    for number, (event_id, data) in enumerate(events, 1):
        start = _RECORDS_START + len(records)
        binary = _Binary(start + 24)
        binary.put("BBBB", 0x0F, 1, 1, 0)
        here = binary.offset + len(binary.data) + 10
        binary.put("BBII", 0x0C, 1, 0x1234, here if template_at is None else template_at)
        if template_at is None:
            template_at = here
            binary.put("I16s", 0, bytes(range(16)))
            size_at = len(binary.data)
            binary.put("I", 0)
            binary.put("BBBB", 0x0F, 1, 1, 0)
            _event(binary, names)
            binary.put("B", 0x00)
            struct.pack_into("<I", binary.data, size_at, len(binary.data) - size_at - 4)
        time = _EPOCH + 17_000_000_000_000_000 + number * 10_000_000
        values = [
            (_TEXT, provider.encode("utf-16-le")),
            (_UINT16, struct.pack("<H", event_id)),
            (_UINT8, b"\x04"),
            (_HEX64, struct.pack("<Q", 1 << 63)),
            (_FILETIME, struct.pack("<Q", time)),
            (_UINT64, struct.pack("<Q", number)),
            (_UINT32, struct.pack("<I", 3168)),
            (_TEXT, channel.encode("utf-16-le")),
            (_TEXT, computer.encode("utf-16-le")),
            *(_typed(data[name]) for name in names),
        ]
        binary.put("I", len(values))
        for kind, packed in values:
            binary.put("HBB", len(packed), kind, 0)
        for _, packed in values:
            binary.data += packed
        binary.put("B", 0x00)
        size = 24 + len(binary.data) + 4
        records += struct.pack("<4sIQQ", b"**\0\0", size, number, time)
        records += binary.data + struct.pack("<I", size)
    return _file(records, len(events))


def _typed(value):
    if isinstance(value, int):
        return _UINT32, struct.pack("<I", value)
    return _TEXT, value.encode("utf-16-le")


def _event(binary, names):
    system = [
        ("Provider", [("Name", (0, _TEXT))]),
        ("EventID", [], [(1, _UINT16)]),
        ("Level", [], [(2, _UINT8)]),
        ("Keywords", [], [(3, _HEX64)]),
        ("TimeCreated", [("SystemTime", (4, _FILETIME))]),
        ("EventRecordID", [], [(5, _UINT64)]),
        ("Execution", [("ProcessID", (6, _UINT32))]),
        ("Channel", [], [(7, _TEXT)]),
        ("Computer", [], [(8, _TEXT)]),
    ]
    data = [("Data", [("Name", name)], [(9 + at, _TEXT)]) for at, name in enumerate(names)]
    parts = [("System", [], system), ("EventData", [], data)]
    binary.element("Event", [("xmlns", XMLNS)], parts)


def _file(records, count):
    header = bytearray(128)
    struct.pack_into("<8sQQQQIIII", header, 0, b"ElfChnk\0", 1, count, 1, count, 128, 0, 0, 0)
    struct.pack_into("<I", header, 48, _RECORDS_START + len(records))
    struct.pack_into("<I", header, 52, zlib.crc32(records))
    tables = bytes(_RECORDS_START - 128)
    struct.pack_into("<I", header, 124, zlib.crc32(bytes(header[:120]) + tables))
    chunk = (bytes(header) + tables + bytes(records)).ljust(_CHUNK, b"\0")
    start = bytearray(_FILE_HEADER)
    form = "<8sQQQIHHHH"
    struct.pack_into(form, start, 0, b"ElfFile\0", 0, 0, count + 1, 128, 1, 3, 4_096, 1)
    struct.pack_into("<I", start, 124, zlib.crc32(bytes(start[:120])))
    return bytes(start) + chunk
