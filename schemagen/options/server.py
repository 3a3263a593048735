"""Options of the commands that talk to a ksqlDB server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from schemagen.options.groups import flag, option, option_group

if TYPE_CHECKING:
    from schemagen.deploy.server.client import KsqlClient
    from schemagen.project import Project


@option_group("ksqlDB")
class ServerFlags:
    """How to reach the server."""

    server: str | None = option(
        "-s --server URL",
        "The server, such as http://localhost:8088. [default: url of [ksqldb] in schemagen.toml] "
        "[env: SCHEMAGEN_KSQLDB_URL, and ..._USERNAME, ..._PASSWORD]",
    )
    deployment: str | None = option(
        "--deployment NAME",
        "The name by which what is deployed is known. [default: the topic that the script reads]",
    )

    def client(self, project: Project) -> KsqlClient:
        """Make a client of the server.

        Raises:
            InputError: there is no server, or a setting can't be used.

        """
        from schemagen.deploy.server.client import KsqlClient
        from schemagen.project import server_config

        return KsqlClient(server_config(project, url=self.server, environ=os.environ))


@option_group("Execution")
class ConfirmFlags:
    """Whether a plan is carried out."""

    yes: bool = flag("-y --yes", "Carry the plan out without asking.")
    dry_run: bool = flag(
        "--dry-run", "Let the server validate the plan, and execute nothing of it."
    )

    def confirm(self, question: str) -> bool:
        """Ask whether a plan is to be carried out.

        Raises:
            InputError: nobody is there to ask.

        """
        import sys

        import typer

        from schemagen.errors import InputError

        if self.yes:
            return True
        if not sys.stdin.isatty():
            raise InputError("Nobody is there to say yes.", "Say it beforehand: --yes.")
        return typer.confirm(question, err=True)
