"""`schemagen demo`: the main job, end to end, on a broker inside this process."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

import typer

from schemagen.errors import InputError
from schemagen.options.common import KafkaFlags, OutputFlags, ProjectFlags
from schemagen.options.groups import given, option, option_group

TOPIC = "wineventlogs"
SAMPLE = "wineventlogs.ndjson"
LATER = "wineventlogs-later.ndjson"


@option_group("Options")
class DemoFlags:
    """What is shown, and where the files go."""

    samples: Path | None = option(
        "--samples FOLDER", "The folder with the sample events. [default: samples/ of the checkout]"
    )
    out_dir: Path = option(
        "--out-dir FOLDER", "Write the files to this folder.", default=Path("demo-out")
    )


def demo(flags: DemoFlags = DemoFlags(), output: OutputFlags = OutputFlags()) -> None:
    """Show the whole way on sample Windows events: topic, schema, stream, rules, alerts, drift.

    Starts a broker inside this process, so that it needs neither Kafka nor ksqlDB.

    \b
    Example:
      schemagen demo

    """
    from schemagen.cli.comparison import ComparisonFlags
    from schemagen.cli.ddl import DdlOutputFlags, ddl
    from schemagen.cli.drift import DriftOutputFlags, drift
    from schemagen.cli.infer import InferOutputFlags, SchemaFlags, infer
    from schemagen.cli.rules import RulesOutputFlags, rules
    from schemagen.cli.test import RunFlags, TestOutputFlags, run_tests
    from schemagen.options.statements import DetectionFlags
    from schemagen.sources.embedded import EmbeddedBroker

    step = partial(_step, output)
    plain = output.no_color
    folder = flags.samples or _find_samples()
    project = given(ProjectFlags, config=folder / "schemagen.toml")
    values = _read(folder / SAMPLE)
    schema = flags.out_dir / "schemas" / f"{TOPIC}.schema.json"
    statement = flags.out_dir / "stream.sql"

    broker = EmbeddedBroker()
    step(f"Produce {len(values):,} sample events to the topic {TOPIC} of an embedded broker.")
    broker.produce(TOPIC, values)

    step(f"schemagen infer {TOPIC}")
    infer(
        TOPIC,
        kafka=given(KafkaFlags, bootstrap_servers=broker.bootstrap_servers),
        result=given(SchemaFlags, schema=schema),
        output=given(InferOutputFlags, no_color=plain),
        project=project,
    )
    step(f"schemagen ddl {TOPIC} --no-rules")
    ddl(TOPIC, schema, detections=given(DetectionFlags, no_rules=True), project=project)
    step("schemagen rules")
    rules(schema=schema, output=given(RulesOutputFlags, no_color=plain), project=project)
    step(f"schemagen ddl {TOPIC} --out {statement}")
    ddl(TOPIC, schema, output=given(DdlOutputFlags, out=statement, quiet=True), project=project)
    typer.echo("  the stream above, and the rules that are bound to it as one query")
    shown = given(TestOutputFlags, no_color=plain)
    step(f"schemagen test --sql {statement} --events {folder / SAMPLE}")
    events = given(RunFlags, sql=statement, events=[str(folder / SAMPLE)])
    run_tests(run=events, output=shown, project=project)
    step(f"schemagen test {folder / 'rules'} --sql {statement}")
    run_tests([folder / "rules"], given(RunFlags, sql=statement), shown, project)
    later = _read(folder / LATER)
    step(f"A week later: {len(later):,} more events, some of machines with a new configuration.")
    # A second topic's worth: the same name on a broker of its own, as a sample of that day alone.
    second = EmbeddedBroker()
    second.produce(TOPIC, later)
    plan = flags.out_dir / "plan.sql"
    named = f"--against {schema} --against {statement}"
    step(f"schemagen drift {TOPIC} {named} --plan {plan} --replay")
    with contextlib.suppress(typer.Exit):  # the drift is what it is here to show
        drift(
            TOPIC,
            comparison=given(ComparisonFlags, against=[str(schema), str(statement)], replay=True),
            kafka=given(KafkaFlags, bootstrap_servers=second.bootstrap_servers),
            output=given(DriftOutputFlags, plan=plan, no_color=plain),
            project=project,
        )
    step("The files:")
    for path in (schema, schema.with_name(f"{TOPIC}.evidence.json"), statement, plan):
        typer.echo(f"  {path}")


def _step(output: OutputFlags, text: str) -> None:
    from rich.text import Text

    # Not wrapped: what stands here is there to be copied.
    output.console().print(Text(f"\n# {text}", style="bold"), soft_wrap=True)


def _find_samples() -> Path:
    for folder in (Path("samples"), Path(__file__).parents[2] / "samples"):
        if (folder / SAMPLE).is_file():
            return folder
    raise InputError(
        "The sample events are not here.",
        "Run the demo in a checkout of schemagen, or name their folder: --samples FOLDER.",
    )


def _read(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(
            f"Can't read {path}: {error.strerror}.",
            f"Name a folder with {SAMPLE} and {LATER}: --samples FOLDER.",
        ) from error
