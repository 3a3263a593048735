"""What the replay knows of ksqlDB: all expressions and functions, in one table."""

from __future__ import annotations

from schemagen.replay.translation import (
    arithmetic,
    casts,
    columns,
    comparisons,
    constructors,
    logic,
    others,
    patterns,
)
from schemagen.replay.translation.calls import (
    accelerator,
    choices,
    json,
    lambdas,
    lists,
    numbers,
    regexes,
    texts,
    times,
)
from schemagen.replay.translation.context import Language

LANGUAGE = Language(
    {
        **arithmetic.EXPRESSIONS,
        **casts.EXPRESSIONS,
        **columns.EXPRESSIONS,
        **comparisons.EXPRESSIONS,
        **constructors.EXPRESSIONS,
        **logic.EXPRESSIONS,
        **others.EXPRESSIONS,
        **patterns.EXPRESSIONS,
    },
    {
        **accelerator.FUNCTIONS,
        **choices.FUNCTIONS,
        **json.FUNCTIONS,
        **lambdas.FUNCTIONS,
        **lists.FUNCTIONS,
        **numbers.FUNCTIONS,
        **regexes.FUNCTIONS,
        **texts.FUNCTIONS,
        **times.FUNCTIONS,
    },
)
"""ksqlDB's expressions and functions, as far as the replay knows them."""
