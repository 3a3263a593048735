"""Events that are made so that rules match them, and events that nearly do.

They are made of the specification of the accelerator, which says what rules ask in few forms. What
becomes of them is asked of the statements and of the jar, so that a specification that says
something wrong of a rule is found: by the events that it wrongly takes.
"""

from __future__ import annotations

import re
from collections import defaultdict

from sqlglot import exp

from schemagen.accelerator.calls import calls_of_function, table_of
from schemagen.accelerator.conditions import (
    Asked,
    AskedForm,
    GivenText,
    JoinedTexts,
    Joint,
    Negated,
)
from schemagen.ksqldb.watched import steps_of
from schemagen.replay.javaregex import translate

_CASES = [str, str, str.lower, str.upper, str.swapcase]


def made_events(statements, rnd):
    """Make messages for each rule of the statements: three that match it or nearly do."""
    found = []
    for statement in statements:
        for call in calls_of_function(statement):
            for rule in table_of(call.expressions).rules:
                message = _message(rule.condition, call.expressions, rnd, negated=False)
                found += [message, _altered(message, rnd)]
                found.append(_message(rule.condition, call.expressions, rnd, negated=True))
    return found


def _message(condition, arguments, rnd, *, negated):
    """Make a message that meets a condition; with `negated` also what it asks not to be."""
    asked = defaultdict(list)
    _collect(condition, rnd, negated=negated, asked=asked)
    message = {}
    for place, tests in asked.items():
        value = _value(tests, rnd)
        if value is not None:
            *above, last = _steps(place, arguments)
            within = message
            for step in above:
                within = within.setdefault(step, {})
            within[last] = value
    return message


def _collect(condition, rnd, *, negated, asked):
    if isinstance(condition, Joint):
        parts = condition.parts if condition.is_all else [rnd.choice(condition.parts)]
        for each in parts:
            _collect(each, rnd, negated=negated, asked=asked)
    elif isinstance(condition, Negated):
        if negated:
            _collect(condition.part, rnd, negated=False, asked=asked)
    elif isinstance(condition, Asked):
        place = condition.place
        if isinstance(place, JoinedTexts):
            place = rnd.choice(place.places)
        asked[place].append(condition)


def _value(tests, rnd):
    """Make a value that passes as many tests of a place as one value can."""
    texts = defaultdict(list)
    for test in tests:
        if test.form is AskedForm.NUMBERS:
            return rnd.choice(test.numbers)
        if test.form is AskedForm.MISSING:
            return None
        if test.form is AskedForm.TRUTH:
            return test.lowered
        if test.form is AskedForm.EXPRESSION:
            texts[AskedForm.CONTAINS].append(_sample(test.texts[0], rnd))
        else:
            change = rnd.choice(_CASES) if test.lowered else str
            texts[test.form].append(change(rnd.choice(test.texts)))
    if AskedForm.EQUALS in texts:
        return rnd.choice(texts[AskedForm.EQUALS])
    inner = rnd.choice([" ", ""]).join(texts[AskedForm.CONTAINS])
    before, behind = rnd.choice(["", " ", "xy"]), rnd.choice(["", " z"])
    first, last = texts[AskedForm.STARTS][:1], texts[AskedForm.ENDS][:1]
    return "".join([*first, before, inner, behind, *last])


def _altered(message, rnd):
    """Leave out a value, or change one a little."""
    ways = list(_ways(message))
    copied = _copied(message)
    if not ways:
        return copied
    *above, last = rnd.choice(ways)
    within = copied
    for step in above:
        within = within[step]
    value = within[last]
    if isinstance(value, str) and value and rnd.random() < 0.8:
        at = rnd.randrange(len(value))
        changed = [value[:at] + value[at + 1 :], value + "x", "x" + value]
        within[last] = rnd.choice([*changed, value[:at] + "\n" + value[at:]])
    else:
        del within[last]
    return copied


def _copied(value):
    return {k: _copied(v) for k, v in value.items()} if isinstance(value, dict) else value


def _ways(message, above=()):
    for key, value in message.items():
        if isinstance(value, dict):
            yield from _ways(value, (*above, key))
        else:
            yield (*above, key)


def _steps(place, arguments):
    event, texts = arguments[:2]
    if isinstance(place, GivenText):
        return _way(texts.expressions[place.index])
    return [*_way(event), *(name for name, _ in place.steps)]


def _way(node):
    if isinstance(node, exp.Cast):
        node = node.this
    if isinstance(node, exp.Bracket):
        return [*_way(node.this), str(node.expressions[0].this)]
    return list(steps_of(node))


# -- texts in which an expression is found ---------------------------------------------------------


def _sample(java, rnd):
    return _of(re._parser.parse(translate(java).regex.pattern, re.ASCII), rnd)


def _of(nodes, rnd):
    return "".join(_one(str(op), argument, rnd) for op, argument in nodes)


def _one(name, argument, rnd):
    if name == "LITERAL":
        return chr(argument)
    if name == "SUBPATTERN":
        return _of(argument[3], rnd)
    if name == "BRANCH":
        return _of(rnd.choice(argument[1]), rnd)
    if name.endswith("REPEAT"):
        least, most, inner = argument
        return "".join(_of(inner, rnd) for _ in range(rnd.randint(least, min(most, least + 2))))
    if name in {"IN", "ANY", "NOT_LITERAL"}:
        return rnd.choice(_letters_of(name, repr(argument), argument) or [""])
    return ""


def _letters_of(name, key, argument):
    """Return the letters that a node takes: as Python itself says."""
    if (name, key) not in _KNOWN:
        tree = re._parser.parse("")
        tree.append((getattr(re._constants, name), argument))
        takes = re._compiler.compile(tree).match
        _KNOWN[name, key] = [chr(code) for code in range(32, 127) if takes(chr(code))]
    return _KNOWN[name, key]


_KNOWN = {}
