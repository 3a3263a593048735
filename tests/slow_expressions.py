"""Expressions with a text that is made for each: Java gets through some, and not through others."""

from __future__ import annotations

_MANY_A = "a" * 60 + "!"

SLOW = [
    ("(a+)+?$", _MANY_A),
    ("(?:a|aa)*?y", _MANY_A),
    ("(?:a|aa){0,60}y", _MANY_A),
    ("(?:a|aa){20}y", _MANY_A),
    ("(?:(?:a|aa)*b?)*c", _MANY_A),
    (r"((a|aa)+)\1b", _MANY_A),
    ("(?:(a+)+)?b", _MANY_A),
    (r"(?:\s*,\s*)*?$", ",  " * 30 + "!"),
    ("(?:a{1,2})+?b", _MANY_A),
    ("(?:.|a)*?b", _MANY_A),
    ("(?i)(?:aA|a)*?b", _MANY_A),
    (r"(?:[\w.]|\w-?)*?;", _MANY_A),
    (r"(?:[^b]|[^c]d?)*?b", _MANY_A),
    ("(?:(?:a|b|aa)*)?c", _MANY_A),
    ("(?=(?:a|aa)*?b)", _MANY_A),
    ("(?>(?:a|aa)*?b)", _MANY_A),
    ("(?:a|aa){25,}y", _MANY_A),
]
"""Some text makes these take exponentially long."""

QUICK = [
    # Java remembers where a loop failed that no other one is around.
    ("(a+)+$", _MANY_A),
    ("(?:a|aa)*y", _MANY_A),
    ("(?:a|aa){9,}y", _MANY_A),
    ("(x+x+)+y", "x" * 60),
    (r"(?:a+,?)+$", _MANY_A),
    # No text is taken in two ways.
    ("a*b*c", _MANY_A),
    ("(?:ab|cd)*?x", "abcd" * 15),
    ("(?:[a-f]x|[g-k])*?z", "axgg" * 15),
    (r"(?:\d+,)*?z", "12," * 20),
    (r"(?:\d+\.){3}\d+", "1.2.3.4." * 9),
    ("(?:[0-9a-f]{2}){16,}?z", "0f" * 30),
    ("(?:[0-9a-f]{32},)*?z", "0f" * 30),
    ("(?:(?:a+b)*c)*?d", "aabc" * 15),
    (r"(?:\w+\s)*?x", "abc def " * 8),
    ("(?:(?:a|b)?c)*?d", "acbcc" * 12),
    ("(?:a|aa){1,3}b", _MANY_A),
    # Nothing fails behind it, or comes back into it.
    ("(?:a|aa)*?", _MANY_A),
    (".*(?:a|aa){0,99}", _MANY_A),
    ("(?>(?:a|aa){0,99})b", _MANY_A),
    ("(?:a++)+?b", _MANY_A),
    ("(?:a|aa){0,99}+b", _MANY_A),
]
"""No text does."""
