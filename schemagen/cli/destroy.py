"""`schemagen destroy`: take away what was deployed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from schemagen.errors import EXIT_FINDINGS
from schemagen.options.common import OutputFlags, ProjectFlags
from schemagen.options.server import ConfirmFlags, ServerFlags

if TYPE_CHECKING:
    from schemagen.deploy.script import Script


def destroy(
    paths: Annotated[
        list[Path] | None,
        Argument(
            metavar="[PATH]...",
            help="Files of statements whose streams, tables and queries go, too. [default: "
            "stream.sql beside schemagen.toml, or sql/]",
        ),
    ] = None,
    server: ServerFlags = ServerFlags(),
    confirm: ConfirmFlags = ConfirmFlags(),
    output: OutputFlags = OutputFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Terminate the queries and drop the streams that were deployed, in order. Topics stay.

    Takes away what the queries of the deployment say that schemagen made, and what the script
    names. What others read stays.

    \b
    Examples:
      schemagen destroy --dry-run
      schemagen destroy stream.sql --server http://localhost:8088 --yes

    """
    from schemagen.cli.deploying import carry_out, review
    from schemagen.deploy.dry_run import dry_run
    from schemagen.deploy.prepare import DeployOptions, prepare
    from schemagen.project import load
    from schemagen.workspace.deployment import deployment_of, own_scripts, read_scripts

    known = load(project.config)
    named = paths or own_scripts(known.root)
    script = read_scripts(known, named) if named else None
    options = DeployOptions(deployment_of(known, script, server.deployment), _made_by(script))
    with server.client(known) as client:
        prepared = prepare(client, client.info(), [], options)
        review(client, dry_run(client, prepared), output)
        if confirm.dry_run or not prepared.requests:
            return
        if not confirm.confirm("Take this away?"):
            output.note("Nothing was changed.")
            raise typer.Exit(EXIT_FINDINGS)
        carry_out(client, prepared, known.root, None, output)


def _made_by(script: Script | None) -> frozenset[str]:
    """Name what a script makes."""
    from schemagen.deploy.catalog import catalog_of

    if script is None:
        return frozenset()
    made = catalog_of(script.trees)
    return frozenset({*made.relations, *(each.id for each in made.inserts if each.id is not None)})
