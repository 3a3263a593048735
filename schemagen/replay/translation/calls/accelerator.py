"""The function of the accelerator, by the conditions that its specification says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.accelerator.calls import FUNCTION, rules_of
from schemagen.ksqldb.types import INT, Array, Map
from schemagen.replay.translation.code import make
from schemagen.replay.translation.sql import NULL, Sql, call, case, function, not_, number, text
from schemagen.replay.translation.sql import is_null as null

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp

    from schemagen.accelerator.calls import RuleMatches
    from schemagen.replay.translation.code import Code
    from schemagen.replay.translation.context import CallHandler, Translator

_SURE, _POSSIBLE = 1, 2


def _match(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    """Translate a call: an ARRAY of one MAP where any rule matches, else of none.

    Each rule that matches becomes a number; those become the entries of the MAP by a list.
    """
    rules = rules_of(nodes)
    parts: list[Code] = []
    places: list[Sql] = []
    for place, rule in enumerate(rules):
        sure = translator.condition(rule.sure)
        branches = [(sure.sql, number(2 * place + _SURE))]
        parts.append(sure)
        if rule.possible is not rule.sure:
            possible = translator.condition(rule.possible)
            branches.append((possible.sql, number(2 * place + _POSSIBLE)))
            parts.append(possible)
        places.append(case(branches, NULL))
    each = translator.fresh()
    found = call("list_filter", call("list_value", *places), function([each], not_(null(each))))
    made = call("list_filter", call("list_value", found), _is_any(translator))
    maps = call("list_transform", made, _as_map(translator, rules))
    return make(maps, Array(Map(INT)), parts, nullable=False)


def _is_any(translator: Translator) -> Sql:
    each = translator.fresh()
    return function([each], Sql(f"(len({each}) > 0)"))


def _as_map(translator: Translator, rules: Sequence[RuleMatches]) -> Sql:
    """Make the MAP of the numbers of rules: an entry for each, and one for each group."""
    entries = call("list_value", *(_pair(entry) for rule in rules for entry in _entries(rule)))
    numbers, one = translator.fresh(), translator.fresh()
    chosen = call("list_transform", numbers, function([one], call("list_extract", entries, one)))
    groups = {group: place for place, group in enumerate(dict.fromkeys(r.group for r in rules), 1)}
    named = call("list_value", *(_pair((group, _SURE)) for group in groups))
    of_rule = call("list_value", *(number(groups[rule.group]) for rule in rules))
    other = translator.fresh()
    place = Sql(f"(({other} + 1) // 2)")
    own = call("list_extract", named, call("list_extract", of_rule, place))
    grouped = call("list_transform", numbers, function([other], own))
    joined = call("list_concat", chosen, call("list_distinct", grouped))
    return function([numbers], call("map_from_entries", joined))


def _entries(rule: RuleMatches) -> list[tuple[str, int]]:
    return [(rule.key, _SURE), (rule.key, _POSSIBLE)]


def _pair(entry: tuple[str, int]) -> Sql:
    key, value = entry
    return Sql(f"{{k: {text(key)}, v: {number(value)}}}")


FUNCTIONS: Mapping[str, CallHandler] = {FUNCTION: _match}
"""The function, by its name."""
