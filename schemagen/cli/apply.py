"""`schemagen apply`: bring a server from what it runs to what a script says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from schemagen.choices import OffsetReset
from schemagen.errors import EXIT_FINDINGS, InputError
from schemagen.options.common import KafkaFlags, OutputFlags, ProjectFlags
from schemagen.options.groups import flag, option, option_group
from schemagen.options.server import ConfirmFlags, ServerFlags

if TYPE_CHECKING:
    from schemagen.deploy.prepare import DeployOptions
    from schemagen.deploy.script import Script
    from schemagen.project import Project


@option_group("Plan")
class PlanFlags:
    """What may be changed, and how."""

    include: list[str] | None = option(
        "--include NAME",
        "Take down a stream, table or query of others that is in the way, and make it again as it "
        "is; repeatable.",
    )
    drop: list[str] | None = option(
        "--drop NAME",
        "Take away a stream, table or query that is not in the script any more, though it does not "
        "say that schemagen made it; repeatable.",
    )
    offset_reset: OffsetReset | None = option(
        "--offset-reset",
        "Where queries begin that have no place in their topics. [default: what the script or the "
        "server says]",
    )
    no_kafka: bool = flag(
        "--no-kafka",
        "Leave the places of queries that are made again to ksqlDB, and read no sample.",
    )
    no_check: bool = flag("--no-check", "Do not hold a sample of the topic against the script.")
    out: Path | None = option(
        "-o --out FILE", "Write the plan to this .json file, for `apply FILE`, and execute nothing."
    )

    def options(
        self,
        project: Project,
        script: Script,
        server: ServerFlags,
        broker: dict[str, str] | None,
    ) -> DeployOptions:
        """Return how a script is deployed.

        Raises:
            InputError: the deployment has no name.

        """
        from schemagen.deploy.prepare import DeployOptions
        from schemagen.workspace.deployment import deployment_of

        return DeployOptions(
            deployment_of(project, script, server.deployment),
            frozenset(self.drop or ()),
            frozenset(self.include or ()),
            None if self.offset_reset is None else str(self.offset_reset),
            exact=broker is not None,
        )


def apply(
    paths: Annotated[
        list[Path] | None,
        Argument(
            metavar="[PATH]...",
            help="Files of statements, a folder with a manifest, or a plan (.json). [default: "
            "stream.sql beside schemagen.toml, or sql/]",
        ),
    ] = None,
    server: ServerFlags = ServerFlags(),
    plan: PlanFlags = PlanFlags(),
    confirm: ConfirmFlags = ConfirmFlags(),
    kafka: KafkaFlags = KafkaFlags(),
    output: OutputFlags = OutputFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Bring a ksqlDB server from what it runs to what the statements say.

    Reads back what the server has, shows what changes, what stops and what that costs, asks, and
    sends one statement after another. What schemagen did not deploy is not touched unless it is
    named. No topic is ever deleted. A second run does what is missing.

    \b
    Examples:
      schemagen apply stream.sql --server http://localhost:8088
      schemagen apply --dry-run
      schemagen apply --out plan.json && schemagen apply plan.json --yes

    """
    from schemagen.cli.deploying import carry_out, review
    from schemagen.deploy.dry_run import dry_run, try_script
    from schemagen.deploy.plan_file import is_plan_file, load_plan, plan_to_json
    from schemagen.files import to_json, write_text
    from schemagen.project import load
    from schemagen.workspace.deployment import check_topics, read_scripts
    from schemagen.workspace.paths import relative

    known = load(project.config)
    broker = None if plan.no_kafka else _broker(kafka, known)
    with server.client(known) as client:
        info = client.info()
        script = None
        if paths and is_plan_file(paths[0]):
            _check_alone(paths)
            tried = dry_run(client, load_plan(paths[0], client, info))
        else:
            script = read_scripts(known, paths or [])
            options = plan.options(known, script, server, broker)
            tried = try_script(client, info, script, options)
        prepared = tried.prepared
        review(client, tried, output, broker)
        if plan.out is not None:
            write_text(plan.out, to_json(plan_to_json(prepared)))
            output.note(f"Plan: {relative(plan.out)}")
            return
        if confirm.dry_run or not prepared.requests:
            return
        if script is not None and broker is not None and not plan.no_check:
            output.notes(check_topics(script, broker))
        if not confirm.confirm("Carry this out?"):
            output.note("Nothing was changed.")
            raise typer.Exit(EXIT_FINDINGS)
        carry_out(client, prepared, known.root, broker, output)


def _check_alone(paths: list[Path]) -> None:
    if len(paths) > 1:
        raise InputError("A plan is carried out alone.", "Name one file.")


def _broker(kafka: KafkaFlags, project: Project) -> dict[str, str] | None:
    """Return the Kafka client's configuration; None where no server is given."""
    config = kafka.client(project)
    return config if config.get("bootstrap.servers") else None
