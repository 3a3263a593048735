"""Hypothesis strategies that several test modules share: JSON as hostile as logs can be."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

KEYS = st.one_of(
    st.sampled_from(["a", "b", "id", "ID", "Id", "event_data", "@timestamp", "", " x", "a.b", "*"]),
    st.text(max_size=6),
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "text",
            "7",
            "007",
            "-5",
            "9007199254740993",
            "99999999999999999999",
            "1.5",
            "2024-05-06T07:08:09.123Z",
            "2024-05-06 07:08:09",
            "192.0.2.1",
            "fe80::1",
            "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
            "S-1-5-18",
            "0x3e7",
            "TWFuTWFuTWFuTWFuTWFu",
            "\ud800",
            "NaN",
            '{"a":1,"b":{"c":"x"}}',
            '{"a":"2024-05-06 07:08:09","n":1.5}',
            '{"a":"{\\"b\\":true}"}',
            "{}",
            '[{"a":1}]',
            "{not json}",
        ]
    ),
    st.text(max_size=8),
)
INTEGERS = st.one_of(
    st.integers(-3, 3),
    st.integers(),
    st.sampled_from([2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, 2**64 - 1, 10**25]),
)
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.5, 1.0, -0.0, 1e300, 86_400_001.0]),
    st.sampled_from([Decimal("0.12345678901234567890123"), Decimal("1e400")]),
)
SCALARS = st.one_of(st.none(), st.booleans(), INTEGERS, NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
MESSAGES = st.dictionaries(KEYS, VALUES, max_size=5)
BATCHES = st.lists(MESSAGES, max_size=8)
