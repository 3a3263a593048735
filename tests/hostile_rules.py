"""Random rules and events that hold what is hard: other alphabets, control characters, NULLs."""

from __future__ import annotations

import uuid

from compiling import binder, loaded
from sqlglot import exp

COLUMNS = """
  id BIGINT, log VARCHAR, S VARCHAR, T VARCHAR, B BOOLEAN, D DOUBLE, A ARRAY<VARCHAR>,
  M MAP<VARCHAR, VARCHAR>, J VARCHAR, R STRUCT<X VARCHAR, `Path` VARCHAR, V BIGINT>
"""
TEXTS = ["S", "T", "R.X", "R.Path"]
WORDS = [
    "cmd.exe", "\\cmd.exe", "C:\\Windows\\System32\\cmd.exe", "svchost.exe", "\\Users\\", "x", "",
    "evil", "EVIL", "whoami /all", "\u017fee", "Kilo", "\u0130i", "σς", "ΟΔΟΣ", "a¦b", "¦", "${x}",
    "$", "é", "\\", "a\\", "\u0430", "\t", "é\u0307", "line\nbreak", "1", "4688", "true", "%", "_",
    "'", "it's", ".exe", "10.0.0.7", "привет", "😀x",
]  # fmt: skip


def word(rnd):
    made = "".join(rnd.choice(WORDS) for _ in range(rnd.choice([1, 1, 1, 2, 3])))
    return rnd.choice([str, str.upper, str.lower, str.title])(made)


OTHERS = {"D": [1, 4688, 0], "R.V": [1, 0], "B": [True, False]}
PIECES = ["evil", "s(ee|x)", "[kK]ilo", "cmd\\.exe", "^a", "b$", "e+", "(x|evil).*", "(и|й)"]
MODIFIERS = [
    "", "contains", "startswith", "endswith", "contains|all", "re", "re|i", "cased", "exists",
    "contains|cased", "endswith|cased", "windash|contains", "cidr", "fieldref",
]  # fmt: skip


def item(rnd):
    field = rnd.choice([*TEXTS, *TEXTS, "A", "M.k", "J", *OTHERS])
    if field in OTHERS:
        return field, rnd.choice(OTHERS[field])
    modifier = rnd.choice(MODIFIERS)
    if modifier == "fieldref":
        field = rnd.choice(TEXTS)
    return f"{field}|{modifier}" if modifier else field, value(rnd, modifier)


def value(rnd, modifier):
    if modifier.startswith("re"):
        return "".join(rnd.sample(PIECES, rnd.choice([1, 2])))
    alone = {"exists": rnd.random() < 0.5, "fieldref": rnd.choice(TEXTS), "cidr": "10.0.0.0/8"}
    values = list({word(rnd) for _ in range(rnd.choice([1, 1, 1, 2, 5, 40]))})
    return alone.get(modifier, values if len(values) > 1 else values[0])


def detection(rnd):
    found = {f"s{n}": dict(item(rnd) for _ in range(rnd.choice([1, 1, 2, 3]))) for n in range(3)}
    condition = rnd.choice(
        ["s0", "s0 and s1", "s0 and not s1", "s0 or s1", "not s0", "s0 and not (s1 or s2)",
         "(s0 or s1) and not s2", "1 of s*", "all of s*"]
    )  # fmt: skip
    kind = rnd.choice([None, "one", "one", "one", "list", "log"])
    if kind is not None:
        values = [rnd.randrange(1, 14) for _ in range(1 if kind == "one" else 3)]
        found["kind"] = {"log": rnd.choice(["A", "b"])} if kind == "log" else {"id": values}
        condition = f"kind and ({condition})"
    return {**found, "condition": condition}


def event(rnd):
    def text():
        return rnd.choice([None, word(rnd), word(rnd), word(rnd), word(rnd)])

    made = {
        "id": rnd.choice([None, *range(1, 15)]),
        "log": rnd.choice(["a", "B", None]),
        "S": text(),
        "T": text(),
        "A": rnd.choice([None, [], [text(), text()]]),
        "M": rnd.choice([None, {}, {"k": text(), "K": text(), "z": None}]),
        "J": text(),
        "D": rnd.choice([None, 1.0, 4688.0]),
        "B": rnd.choice([None, True, False]),
        "R": rnd.choice([None, {}, {"X": text(), "Path": text(), "V": rnd.choice([None, 1])}]),
    }
    spelled = rnd.choice([str, str, str.lower])
    return {spelled(key): value for key, value in made.items() if rnd.random() < 0.85}


def rules_of(rnd, count):
    bind = binder(COLUMNS).bind
    found = []
    while len(found) < count:
        rule = bind(loaded(detection(rnd), rule_id=str(uuid.UUID(int=rnd.getrandbits(128)))))
        if rule.deployable and not isinstance(rule.predicate, exp.Boolean):
            found.append(rule)
    return found
