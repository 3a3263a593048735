"""`schemagen demo`: the main job, end to end, on a broker inside this process."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemagen.cli.options import NoColorOption
from schemagen.errors import UsageError

if TYPE_CHECKING:
    from schemagen.cli.common import Output

TOPIC = "wineventlogs"
SAMPLE = "wineventlogs.ndjson"
LATER = "wineventlogs-later.ndjson"


def demo(
    samples: Annotated[
        Path | None,
        typer.Option(
            "--samples",
            metavar="FOLDER",
            help="The folder with the sample events. [default: samples/ of the checkout]",
            show_default=False,
        ),
    ] = None,
    out_dir: Annotated[
        Path, typer.Option("--out-dir", metavar="FOLDER", help="Where the files go.")
    ] = Path("demo-out"),
    no_color: NoColorOption = False,
) -> None:
    """Show the whole way on sample Windows events: topic, schema, stream, rules, alerts, drift.

    Starts a broker inside this process, so that it needs neither Kafka nor ksqlDB.

    \b
    Example:
      schemagen demo

    """
    from schemagen.cli.common import Output
    from schemagen.cli.ddl import ddl
    from schemagen.cli.drift import drift
    from schemagen.cli.infer import infer
    from schemagen.cli.rules import rules
    from schemagen.cli.test import run_tests
    from schemagen.sources.embedded import EmbeddedBroker

    step = partial(_step, Output(no_color=no_color))
    folder = samples or _find_samples()
    config = folder / "schemagen.toml"
    values = _read(folder / SAMPLE)
    schema = out_dir / "schemas" / f"{TOPIC}.schema.json"
    statement = out_dir / "stream.sql"

    broker = EmbeddedBroker()
    step(f"Produce {len(values):,} sample events to the topic {TOPIC} of an embedded broker.")
    broker.produce(TOPIC, values)

    step(f"schemagen infer {TOPIC}")
    infer(
        TOPIC,
        bootstrap_servers=broker.bootstrap_servers,
        config=config,
        schema=schema,
        no_color=no_color,
    )
    step(f"schemagen ddl {TOPIC} --no-rules")
    ddl(TOPIC, schema=schema, config=config, no_rules=True)
    step("schemagen rules")
    rules(schema=schema, config=config, no_color=no_color)
    step(f"schemagen ddl {TOPIC} --out {statement}")
    ddl(TOPIC, schema=schema, config=config, out=statement, quiet=True)
    typer.echo("  the stream above, and the rules that are bound to it as one query")
    step(f"schemagen test --sql {statement} --events {folder / SAMPLE}")
    run_tests(sql=statement, events=[str(folder / SAMPLE)], config=config, no_color=no_color)
    step(f"schemagen test {folder / 'rules'} --sql {statement}")
    run_tests([folder / "rules"], sql=statement, config=config, no_color=no_color)
    later = _read(folder / LATER)
    step(f"A week later: {len(later):,} more events, some of machines with a new configuration.")
    # A second topic's worth: the same name on a broker of its own, as a sample of that day alone.
    second = EmbeddedBroker()
    second.produce(TOPIC, later)
    plan = out_dir / "plan.sql"
    named = f"--against {schema} --against {statement}"
    step(f"schemagen drift {TOPIC} {named} --plan {plan} --replay")
    with contextlib.suppress(typer.Exit):  # the drift is what it is here to show
        drift(
            TOPIC,
            against=[str(schema), str(statement)],
            plan=plan,
            replay=True,
            bootstrap_servers=second.bootstrap_servers,
            config=config,
            no_color=no_color,
        )
    step("The files:")
    for path in (schema, schema.with_name(f"{TOPIC}.evidence.json"), statement, plan):
        typer.echo(f"  {path}")


def _step(voice: Output, text: str) -> None:
    from rich.text import Text

    # Not wrapped: what stands here is there to be copied.
    voice.console().print(Text(f"\n# {text}", style="bold"), soft_wrap=True)


def _find_samples() -> Path:
    for folder in (Path("samples"), Path(__file__).parents[2] / "samples"):
        if (folder / SAMPLE).is_file():
            return folder
    raise UsageError(
        "The sample events are not here.",
        "Run the demo in a checkout of schemagen, or name their folder: --samples FOLDER.",
    )


def _read(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(
            f"Can't read {path}: {error.strerror}.",
            f"Name a folder with {SAMPLE} and {LATER}: --samples FOLDER.",
        ) from error
