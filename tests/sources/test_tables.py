from __future__ import annotations

import gzip

import duckdb
import pytest
from opening_files import opened

from schemagen.choices import FileFormat
from schemagen.errors import SourceError

CSV = """\
id,name,n,f,ok,at,mixed
007,"a, b",1,1.50,true,2024-01-02T03:04:05Z,1
008,,-2,2e3,False,2024-01-02 03:04,x
"""
ROWS = [
    {
        "id": "007",
        "name": "a, b",
        "n": 1,
        "f": 1.5,
        "ok": True,
        "at": "2024-01-02T03:04:05Z",
        "mixed": "1",
    },
    {"id": "008", "n": -2, "f": 2e3, "ok": False, "at": "2024-01-02 03:04", "mixed": "x"},
]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_table_as_text_gives_objects(tmp_path, pack):
    found = opened(tmp_path / "a", pack(CSV.encode()))
    assert found.rows == ROWS
    assert found.positions == [1, 2]
    assert found.said == ["CSV, 2 records"]
    assert found.faults == {}


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    data = f"a{delimiter}b\n1{delimiter}x\n2{delimiter}y\n"
    assert opened(tmp_path / "a", data).rows == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


def test_a_number_of_many_digits_keeps_them(tmp_path):
    found = opened(tmp_path / "a", "a,b\n12345678901234567890123,x\n5,y\n")
    assert found.rows[0]["a"] == 12345678901234567890123


def test_quotes_line_breaks_and_empty_cells(tmp_path):
    found = opened(tmp_path / "a", 'a,b,c\n"say ""hi""","two\nlines",""\nx,y,\n')
    assert found.rows == [{"a": 'say "hi"', "b": "two\nlines"}, {"a": "x", "b": "y"}]


def test_names_of_columns_are_keys_whatever_they_are(tmp_path):
    found = opened(tmp_path / "a.csv", 'winlog.event_id,"it\'s ""x""",@timestamp\n1,y,z\n')
    assert found.rows == [{"winlog.event_id": 1, 'it\'s "x"': "y", "@timestamp": "z"}]


def test_a_broken_row_costs_only_itself(tmp_path):
    found = opened(tmp_path / "a", "a,b\n1,x\n2\n3,y,z\n4,w\n")
    assert found.rows == [{"a": 1, "b": "x"}, {"a": 4, "b": "w"}]
    assert found.faults == {"not_enveloped": (2, 3)}


def test_rows_of_another_encoding_are_counted_as_such(tmp_path):
    found = opened(tmp_path / "a.csv", b"a,b\n1,x\n2,\xe9\n3,y\n")
    assert found.rows == [{"a": 1, "b": "x"}, {"a": 3, "b": "y"}]
    assert found.faults == {"not_utf8": (1, 3)}


def test_a_header_of_another_encoding_is_refused_with_what_to_run(tmp_path):
    with pytest.raises(SourceError) as caught:
        opened(tmp_path / "a.csv", b"a,\xe9\n1,x\n")
    assert "can't be read as CSV" in caught.value.what
    assert "iconv" in caught.value.hint


@pytest.mark.parametrize(
    "data",
    [
        "2024-05-06 07:08:09,123 INFO started\n2024-05-06 07:08:09,124 INFO stopped\n",
        "Hello, world\n",
        "1,2\n3,4\n",
        "a,b\n1\n2,3,4\n",
        "a,a\n1,2\n",
        "May  6 07:08:09 host app[17]: a, b\nMay  6 07:08:09 host app[17]: c, d\n",
    ],
)
def test_text_with_commas_is_not_a_table(tmp_path, data):
    assert opened(tmp_path / "a", data).said == []


def test_a_table_of_one_column_is_one_by_its_name(tmp_path):
    assert opened(tmp_path / "a.csv", "cmd\nwhoami\n").rows == [{"cmd": "whoami"}]
    assert opened(tmp_path / "a", "cmd\nwhoami\n").rows == []
    assert opened(tmp_path / "a", "cmd\nwhoami\n", format=FileFormat.CSV).rows == [
        {"cmd": "whoami"}
    ]


def test_a_header_alone_has_no_rows(tmp_path):
    assert opened(tmp_path / "a.csv", "a,b\n").rows == []


PARQUET = """\
COPY (
    SELECT 1::BIGINT n, 12.340::DECIMAL(10, 3) d, TIMESTAMPTZ '2024-01-02 03:04:05.5Z' "at",
        TIMESTAMP '2024-01-02 03:04:05' naive, {'x': 1, 'y': NULL} s, ['a', NULL] l, MAP {'k': 1} m,
        'ab'::BLOB raw, '\\xFF'::BLOB bytes, NULL::VARCHAR nothing, 'nan'::DOUBLE nan
) TO '%s' (FORMAT parquet)
"""


def parquet(path, query):
    duckdb.connect().execute(query % path)
    return path.read_bytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_parquet_file_gives_objects(tmp_path, pack):
    data = pack(parquet(tmp_path / "made", PARQUET))
    found = opened(tmp_path / "a", data)
    assert found.rows == [
        {
            "n": 1,
            "d": 12.34,
            "at": "2024-01-02T03:04:05.500000Z",
            "naive": "2024-01-02T03:04:05",
            "s": {"x": 1},
            "l": ["a", None],
            "m": {"k": 1},
            "raw": "ab",
            "bytes": "/w==",
            "nan": None,
        }
    ]
    assert found.said == ["Parquet, 1 record"]


def test_all_rows_of_a_long_table_come_in_order(tmp_path):
    data = parquet(
        tmp_path / "made", "COPY (SELECT range n FROM range(25000)) TO '%s' (FORMAT parquet)"
    )
    found = opened(tmp_path / "a", data)
    assert [row["n"] for row in found.rows] == list(range(25_000))
    assert found.positions == list(range(1, 25_001))


def test_a_parquet_file_that_is_cut_off_is_refused(tmp_path):
    with pytest.raises(SourceError, match="can't be read as Parquet"):
        opened(tmp_path / "a", parquet(tmp_path / "made", PARQUET)[:-50])
