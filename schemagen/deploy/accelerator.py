"""Whether a server has the function of the accelerator that statements call.

ksqlDB reads the folder of jars when it starts and records the name of a function alone. A server
that starts without the jar runs and lists its streams, but has lost the queries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.accelerator.calls import PREFIX
from schemagen.deploy.server.failures import RefusedStatementError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.deploy.server.client import KsqlClient

_UNKNOWN = re.compile(r"find any functions", re.IGNORECASE)


def called_functions(statements: Iterable[exp.Expr]) -> set[str]:
    """Name the functions of the accelerator that statements call, of any version."""
    return {
        name
        for statement in statements
        if isinstance(statement.args.get("expression"), exp.Select)
        for node in statement.args["expression"].find_all(exp.Anonymous)
        if (name := str(node.this).upper()).startswith(PREFIX)
    }


def missing_functions(client: KsqlClient, statements: Iterable[exp.Expr]) -> list[str]:
    """Say which functions of the accelerator statements call and a server hasn't: sentences.

    Raises:
        ServerError: the server can't be reached, or refuses to tell.

    """
    found = []
    for name in sorted(called_functions(statements)):
        try:
            client.read(f"DESCRIBE FUNCTION {name};")
        except RefusedStatementError as error:
            if not _UNKNOWN.search(str(error)):
                raise
            jar = f"schemagen-accelerator-{name.removeprefix(PREFIX)}.jar"
            found.append(
                f"The server has no function {name}, which the statements call. Put {jar} into "
                "ksql.extension.dir of every server and restart them: `schemagen accelerator "
                "export DIR` writes it."
            )
    return found
