"""What statements cost a server, as it was measured on the real engine: an estimate of its order.

The engine makes an entry for each call of a function that stands in an expression, at each
evaluation of the expression, before anything is short-circuited; so the calls in the text are what
counts. `=`, `<`, BETWEEN, `m['key']` and `->` call none.
"""

from __future__ import annotations

from sqlglot import exp


def calls_in(node: exp.Expr) -> int:
    """Count the calls of functions in the text of an expression."""
    count, waiting = 0, [node]
    while waiting:
        part = waiting.pop()
        count += isinstance(part, (exp.Anonymous, exp.Cast, exp.Case))
        waiting += part.iter_expressions()
    return count
