from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemagen.errors import SourceError
from schemagen.sources import documents, framing
from schemagen.sources.framing import MAX_BLOCK_BYTES, MAX_BLOCK_RECORDS, split_records

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.sampled_from('a"\\{}[],\n é'), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.sampled_from('a"\\{}'), max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=2), PLAIN, max_size=3)


def cut(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


def records(data, size=1 << 20):
    pairs = []
    for positions, values in split_records(cut(data, size), "x.json"):
        pairs += zip(positions, values, strict=True)
    return pairs


def values(data, size=1 << 20):
    return [value for _, value in records(data, size)]


def test_a_line_is_a_record():
    data = b'{"a":1}\n{"a":2}\n'
    assert records(data) == [(1, b'{"a":1}'), (2, b'{"a":2}')]
    assert records(data[:-1]) == records(data)


def test_blank_lines_are_no_records_but_lines():
    assert records(b'\n \t\n{"a":1}\n\r\n\n{"a":2}\n\n') == [(3, b'{"a":1}'), (6, b'{"a":2}')]


def test_a_line_may_end_as_on_windows():
    assert records(b'{"a":1}\r\n{"a":2}\r\n', size=8) == [(1, b'{"a":1}'), (2, b'{"a":2}')]


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\t\n", b"[]", b"[ \n]", b"[][ ]\n"])
def test_a_file_can_have_no_records(data):
    assert records(data) == []


@pytest.mark.parametrize(
    "first",
    [
        b'{"a":1,"b"',
        b'{"a":1} xx',
        b'{"a":"x',
        b"oops",
        b"null",
        b'"text"',
        b"}",
        b"{oops}",
        b'b":1}',
        b"[2024-05-06 07:08:09] started",
        b"[oops",
        b"\xff\x00",
    ],
)
def test_a_broken_line_costs_only_itself(first):
    data = first + b'\n{"a":1}\n{"a":2}\n'
    assert records(data) == [(1, first), (2, b'{"a":1}'), (3, b'{"a":2}')]


@pytest.mark.parametrize("broken", [b'{"a":1,"b"', b'{"a":"', b"]", b'"', b"[1,2"])
def test_a_broken_line_in_the_middle_costs_only_itself(broken):
    data = b'{"a":1}\n' + broken + b'\n{"a":2}\n'
    assert values(data) == [b'{"a":1}', broken, b'{"a":2}']


def test_the_elements_of_an_array_are_the_records_as_they_are():
    data = b' [ {"a":1,\n"a" : 1e400} ,\r\n [1,"]"], "x,]" , 5,null\n]\n'
    assert records(data) == [
        (1, b'{"a":1,\n"a" : 1e400}'),
        (2, b'[1,"]"]'),
        (3, b'"x,]"'),
        (4, b"5"),
        (5, b"null"),
    ]


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize("second", [b'[{"a":2}]', b'{"a":2}', b"[]", b"garbage"])
def test_an_array_that_is_one_of_several_lines_is_a_record_as_in_a_topic(second, size):
    data = b'\n [{"a":1},1]\r\n\n' + second + b"\n"
    assert values(data, size=size) == [b' [{"a":1},1]', second]


@pytest.mark.parametrize("data", [b'[{"a":1},1]', b'\n[{"a":1},1]\n \n', b'[{"a":1},\n1]\n'])
def test_an_array_that_is_all_of_a_file_is_its_records(data):
    assert values(data) == [b'{"a":1}', b"1"]


def test_an_array_that_is_too_long_for_a_line_is_read_as_it_comes(monkeypatch):
    monkeypatch.setattr(framing, "MAX_LINE", 10)
    assert values(b'[{"a":1},{"a":2}]\n{"a":3}\n') == [b'{"a":1}', b'{"a":2}', b'{"a":3}']


def test_arrays_in_a_row_give_their_elements_in_a_row():
    assert records(b'[{"a":1}\n][{"a":2},{"a":3}]{"a":4}') == [
        (1, b'{"a":1}'),
        (2, b'{"a":2}'),
        (3, b'{"a":3}'),
        (4, b'{"a":4}'),
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"[1,]", [b"1", b""]),
        (b"[1,,2]", [b"1", b"", b"2"]),
        (b'[0,{"a":1} {"b":2}]', [b"0", b'{"a":1} {"b":2}']),
        (b"[0,[1},2]]", [b"0", b"[1}", b"2", b"]"]),
        (b"[1, 2}, 3]", [b"1", b"2}", b"3"]),
    ],
)
def test_what_is_wrong_in_an_array_is_a_record_to_be_counted(data, expected):
    assert values(data + b"\n") == expected


def test_an_object_that_spans_lines_is_one_record():
    pretty = json.dumps({"a": [{"b": "}\n"}], "c": {}}, indent=2).encode()
    assert records(pretty) == [(1, pretty)]
    assert records(b"\n\n" + pretty + b"\n") == [(3, pretty)]


def test_objects_that_span_lines_follow_one_another():
    one, two = (json.dumps({"a": [number]}, indent=1).encode() for number in (1, 2))
    assert records(one + b"\n" + two + one) == [(1, one), (6, two), (10, one)]


def test_objects_may_follow_without_a_line_s_end():
    assert records(b'{"a":1}{"a":2} {"a":3}\n{"a":4}') == [
        (1, b'{"a":1}'),
        (1, b'{"a":2}'),
        (1, b'{"a":3}'),
        (2, b'{"a":4}'),
    ]


def test_what_lies_between_documents_is_a_record_to_be_counted():
    data = b'{\n"a":1}\noops {\n{\n"a":2},\n[{"a":3}]\n'
    assert values(data) == [b'{\n"a":1}', b"oops {", b'{\n"a":2}', b",", b'{"a":3}']


def test_documents_that_are_no_plain_json_are_documents_all_the_same():
    for oddity in (b"NaN", b'"\xff"', b"1e400", b'"\\ud800"', b"[" * 2_000 + b"]" * 2_000):
        document = b'{\n"a":' + oddity + b"\n}"
        assert values(document + b"\n" + document) == [document, document]
        assert values(b"[" + document + b"," + document + b"]") == [document, document]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'[{"a":1},', 1),
        (b'[{"a":1},2', 1),
        (b'[{"a":1},{"a":', 1),
        (b'\n[{"a":1},\n"x', 2),
        (b'{\n"a":1}\n{\n"a":2\n', 3),
        (b'{\n"a":1}\n{"a":"\n', 3),
        (b'{\n"a":1}\n[1,\n{"a":2}', 3),
    ],
)
def test_a_document_or_array_without_an_end_is_an_error(data, line):
    with pytest.raises(SourceError, match=rf"x\.json is cut off: .* in line {line} ") as caught:
        records(data)
    assert caught.value.hint


@given(st.lists(OBJECTS, max_size=6), st.sampled_from([1, 2, 7, 1000]), st.booleans())
def test_any_objects_are_found_in_lines(objects, size, windows):
    lines = [json.dumps(value, ensure_ascii=False).encode() for value in objects]
    assert values((b"\r\n" if windows else b"\n").join(lines), size) == lines


@given(st.lists(OBJECTS, max_size=6), st.sampled_from([1, 2, 7, 1000]), st.sampled_from([None, 2]))
def test_any_objects_are_found_in_an_array(objects, size, indent):
    data = json.dumps(objects, indent=indent, ensure_ascii=False).encode()
    assert [json.loads(value) for value in values(data, size)] == objects


@given(
    st.lists(OBJECTS.filter(bool), max_size=6),
    st.sampled_from([1, 2, 7, 1000]),
    st.sampled_from(["", "\n", " \n\n"]),
)
def test_any_objects_are_found_one_after_the_other(objects, size, between):
    documents = [json.dumps(value, indent=1, ensure_ascii=False).encode() for value in objects]
    assert values(between.encode().join(documents), size) == documents


@given(st.binary(max_size=60), st.integers(1, 9))
@settings(max_examples=300)
def test_any_bytes_give_records_or_an_error_however_they_are_cut(data, size):
    outcomes = []
    for each in (size, 1 << 20):
        try:
            outcomes.append(records(data, each))
        except SourceError as error:
            outcomes.append(error.what)
    assert outcomes[0] == outcomes[1]


def lines_byte_by_byte(data):
    """Give the lines that are not blank, and their numbers, by a look at each byte."""
    lines, line = [], b""
    for byte in data:
        if byte == ord("\n"):
            lines.append(line.removesuffix(b"\r"))
            line = b""
        else:
            line += bytes([byte])
    lines.append(line)
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip(b" \t\r\n")]


# No text is gathered from small chunks here, so that every byte is the last of a chunk once.
@given(
    st.lists(st.sampled_from([*b'\n\n\r\r \t\v\0\x85{"1\xff', *b"xyz"]), max_size=30),
    st.integers(1, 9),
    st.integers(1, 9),
)
@settings(max_examples=500)
@example(list(b"a\r\nb\n\r\n \nc\r"), 2, 1)
def test_lines_are_those_that_a_look_at_each_byte_finds(tail, size, least):
    data = b"no JSON\n" + bytes(tail)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(framing, "_LEAST_TEXT", least)
        assert records(data, size) == lines_byte_by_byte(data)


@given(st.lists(st.sampled_from(list('{}[]",:1\\ \na')), max_size=30), st.integers(1, 5))
@settings(max_examples=500)
def test_any_brackets_give_records_or_an_error_however_they_are_cut(chars, size):
    test_any_bytes_give_records_or_an_error_however_they_are_cut.hypothesis.inner_test(
        "".join(chars).encode(), size
    )


@given(st.lists(st.sampled_from(list('{}[]",:1\\ \na')), max_size=30))
def test_nothing_of_a_file_is_lost_but_blanks_and_an_array_s_frame(chars):
    data = "".join(chars).encode()
    try:
        found = b"".join(values(data))
    except SourceError:
        return
    kept = bytes(byte for byte in data if byte not in b" \n[],")
    assert bytes(byte for byte in found if byte not in b" \n[],") == kept


@pytest.mark.parametrize("form", ["lines", "array", "documents"])
def test_blocks_are_bounded(form):
    small = [b'{"n":%d}' % number for number in range(2_500)]
    large = [b'{"n":"' + b"x" * (3 << 20) + b'"}'] * 3
    text = {
        "lines": b"\n".join,
        "array": lambda items: b"[" + b",".join(items) + b"]",
        "documents": b"".join,
    }[form]
    for items in (small, large):
        blocks = list(split_records(cut(text(items), 1 << 20), "x"))
        assert [value for _, found in blocks for value in found] == items
        assert all(len(found) <= MAX_BLOCK_RECORDS for _, found in blocks)
        assert all(
            sum(map(len, found)) <= MAX_BLOCK_BYTES or len(found) == 1 for _, found in blocks
        )


@pytest.mark.parametrize(
    "frame", [b"%s\n", b"[%s]", b"{}{\n}%s", b"{}{\n}[1,%s]"], ids=["line", "array", "doc", "both"]
)
def test_a_record_of_twenty_megabytes_is_found(frame):
    large = b'{"a":"' + b"x" * 20_000_000 + b'"}'
    assert values(frame % large)[-1] == large


@pytest.mark.parametrize("frame", [b"%s\n", b"[1,%s]", b"{}{\n}%s", b"{}\n%s"])
def test_a_record_beyond_all_bounds_is_an_error(monkeypatch, frame):
    for module in (framing, documents):
        monkeypatch.setattr(module, "MAX_RECORD", 1 << 20)
    monkeypatch.setattr(framing, "_MAX_HEAD", 1 << 18)
    data = frame % (b'{"a":"' + b"x" * (5 << 20) + b'"}')
    with pytest.raises(SourceError, match="longer than 1 MiB"):
        records(data, 1 << 16)


def test_what_has_no_end_from_the_first_is_read_as_lines():
    assert values(b'[{"a":1}\n') == [b'[{"a":1}']
    assert values(b'{\n"a":1\n') == [b"{", b'"a":1']


def test_a_first_document_that_has_no_end_in_sight_is_read_as_lines(monkeypatch):
    monkeypatch.setattr(framing, "_MAX_HEAD", 1_000)
    lines = [b'{"a":'] + [b'{"a":1}'] * 1_000
    assert values(b"\n".join(lines), size=100) == lines


def test_texts_without_an_end_are_looked_through_but_a_few_times():
    # A search that began anew at each of the bytes behind would take hours.
    data = b'[{"a":"' + b'\\"{' * 2_000_000
    assert values(data) == [data]
