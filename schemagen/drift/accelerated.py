"""What a rule asks where the accelerator's function has decided it: the condition it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.accelerator.calls import MATCHES, calls_of_function, matched_key, rules_of

if TYPE_CHECKING:
    from schemagen.accelerator.calls import RuleMatches
    from schemagen.drift.scopes import NameScope

_RULES = "rules_of_function"


def decided(condition: exp.Expr, scope: NameScope) -> tuple[exp.Expr, NameScope]:
    """Return the condition that a rule really has, and what the names in it mean.

    Args:
        condition: what a query asks of a rule.
        scope: what its names mean.

    """
    key = _key_of(condition)
    if key is None:
        return condition, scope
    again = _again(condition)
    if again is not None:
        return again, scope
    rules = _rules(scope)
    if scope.parent is None or key not in rules:
        return condition, scope
    return rules[key].possible, scope.parent


def take_matches(select: exp.Expr, scope: NameScope) -> None:
    """Note the rules of one more query that writes into the stream whose names a scope tells."""
    rules = _rules(scope)
    for call in calls_of_function(select):
        rules |= {rule.key: rule for rule in rules_of(call.expressions)}


def _key_of(condition: exp.Expr) -> str | None:
    """Return the rule for which a condition asks the function; None where it doesn't."""
    keys = {matched_key(node) for node in condition.find_all(exp.Bracket)} - {None}
    return keys.pop() if len(keys) == 1 else None


def _again(condition: exp.Expr) -> exp.Expr | None:
    """Return the condition that stands beside a "maybe" of the function; None where none does."""
    plain = condition.unnest()
    if not isinstance(plain, exp.Or):
        return None
    maybe = plain.expression.unnest()
    if not isinstance(maybe, exp.And) or not isinstance(maybe.this, exp.EQ):
        return None
    return None if matched_key(maybe.this.this) is None else maybe.expression.unnest()


def _rules(scope: NameScope) -> dict[str, RuleMatches]:
    """Return the rules that the function decides, by what it calls them; kept with its call."""
    made = scope.made(MATCHES)
    call = None if made is None else next(calls_of_function(made), None)
    if call is None:
        return {}
    known: dict[str, RuleMatches] | None = call.meta.get(_RULES)
    if known is None:
        known = {rule.key: rule for rule in rules_of(call.expressions)}
        call.meta[_RULES] = known
    return known
