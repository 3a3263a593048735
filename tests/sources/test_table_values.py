from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from schemagen.sources.table_values import json_of, row_text


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8")), max_size=5))
def test_a_row_of_texts_is_an_object_without_the_empty_ones(cells):
    keys = [str(number) for number in range(len(cells))]
    text = row_text([json.dumps(key).encode() for key in keys], ["text"] * len(cells), cells)
    assert json.loads(text) == {k: v for k, v in zip(keys, cells, strict=True) if v}


def test_numbers_keep_their_digits_and_truth_values_become_jsons():
    keys = [b'"a"', b'"b"', b'"c"']
    text = row_text(keys, ["number", "truth", "number"], ["1.50", "TRUE", None])
    assert text == b'{"a":1.50,"b":true}'


def test_values_without_a_form_in_json_have_one():
    row = {
        "decimal": Decimal("12345678901234567890.1"),
        "time": datetime(2024, 1, 2, tzinfo=UTC),
        "span": timedelta(seconds=1.5),
        "nothing": None,
        "nested": {"a": None, "b": [{"c": None}]},
    }
    assert json_of(row) == (
        b'{"decimal":12345678901234567890.1,"time":"2024-01-02T00:00:00Z","span":1500,'
        b'"nested":{"b":[{}]}}'
    )


def test_integers_beyond_64_bits_are_written():
    assert json.loads(json_of({"n": 2**100})) == {"n": 2**100}
