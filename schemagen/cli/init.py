"""`schemagen init`: look at a topic, and write the project file."""

from __future__ import annotations

import typer

from schemagen.errors import InputError
from schemagen.options.common import ClusterFlags, OutputFlags, ProgressFlags, TopicArgument
from schemagen.options.proposal import ProposalFlags
from schemagen.options.sampling import SampleFlags


def init(
    topic: TopicArgument = None,
    sample: SampleFlags = SampleFlags(),
    wanted: ProposalFlags = ProposalFlags(),
    kafka: ClusterFlags = ClusterFlags(),
    output: OutputFlags = OutputFlags(),
    progress: ProgressFlags = ProgressFlags(),
) -> None:
    """Look at a topic or at files, and write a commented schemagen.toml.

    Finds the event time, the pipeline of the rules and what tells kinds of events in the data. On a
    terminal it asks for each with what it found, and for the topic; elsewhere options say what they
    say, and the data the rest. It ends with the commands that come next.

    \b
    Examples:
      schemagen init -b localhost:9092
      schemagen init wineventlogs -b localhost:9092
      schemagen init wineventlogs --from events.ndjson --rules rules/ --yes

    """
    from schemagen.files import write_text
    from schemagen.project import Project, TopicConfig
    from schemagen.workspace.paths import relative
    from schemagen.workspace.proposal import look_at, next_commands, project_text, propose

    if wanted.out.exists():
        raise InputError(
            f"There is a {relative(wanted.out)} already.",
            "Add a table [topics.NAME] to it, or name another file: --out FILE.",
        )
    root = wanted.out.resolve().parent
    servers: list[str] = []

    def client() -> dict[str, str]:
        found = kafka.client(Project(root))
        servers.append(found.get("bootstrap.servers", ""))
        return found

    topic = wanted.topic(topic, sample.from_files, client)
    reading = kafka.reading(Project(root), TopicConfig(topic), output.note)
    source = sample.source(topic, client, output.note, reading)
    line = progress.line(source, quiet=output.quiet)
    with line:
        seen = look_at(topic, source, line.update)
    made = wanted.over(propose(seen, root))
    asked = kafka.registry if reading.found() else None
    write_text(wanted.out, project_text(made, servers[0] if servers else None, asked))
    output.note(f"Project file: {relative(wanted.out)}")
    if output.shows:
        typer.echo("\n".join(["Next:", *next_commands(made, sample.from_files or ())]))
