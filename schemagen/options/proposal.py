"""Options of `init`: what the project file says of the topic, where the user knows better."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.options.groups import flag, option, option_group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schemagen.workspace.proposal import TopicProposal

_LISTED = 50
"""How many topics an error names."""

NONE = "none"
"""What says that there is no event time, or no pipeline."""


@option_group("Project file")
class ProposalFlags:
    """What the file says; what no option says is asked for on a terminal."""

    stream: str | None = option("--stream NAME", "The stream's name in ksqlDB.")
    event_time: str | None = option(
        "--event-time FIELD", f"The field that holds the event time; {NONE} for the record's time."
    )
    pipelines: list[str] | None = option(
        "--pipeline NAME|FILE",
        f"Where the events have Sigma's fields; repeatable; {NONE} for none.",
    )
    rules: str | None = option("--rules PATH", "The folder with Sigma rules.")
    alerts_topic: str | None = option("--alerts-topic TOPIC", "Where the alerts go.")
    yes: bool = flag("-y --yes", "Ask nothing: take what the options and the data say.")
    out: Path = option("-o --out FILE", "Write this file.", default=Path("schemagen.toml"))

    def topic(
        self,
        named: str | None,
        files: Sequence[str] | None,
        client: Callable[[], Mapping[str, str]],
    ) -> str:
        """Return the topic to look at: the one that is named, or else one of the cluster's.

        Args:
            named: the topic that the user named.
            files: the files to read instead of a topic.
            client: gives the client's configuration; not called where a topic is named.

        Raises:
            InputError: the name is none, or there is not just one topic and nobody to ask.
            SourceError: the cluster can't be reached.

        """
        from schemagen.topics import NAME_HINT, is_topic_name

        if named is None and files:
            raise InputError(
                "No topic is named.", "Name the one that the files are of: schemagen init TOPIC."
            )
        topic = named
        if topic is None:
            from schemagen.sources.connection import topics

            topic = self._chosen(topics(client()))
        if not is_topic_name(topic):
            raise InputError(f"{topic!a} can't be the name of a topic.", NAME_HINT)
        return topic

    def _chosen(self, known: Sequence[str]) -> str:
        """Let the user choose; take the only one there is."""
        import typer

        if not known:
            raise InputError("No topic is named, and the cluster has none.", "Name it when it has.")
        if len(known) == 1:
            typer.echo(f"Topic: {known[0]}, the only one of the cluster.", err=True)
            return known[0]
        if not self._asks():
            more = f" and {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
            raise InputError(
                f"No topic is named, and the cluster has {len(known):,}: "
                f"{', '.join(known[:_LISTED])}{more}.",
                "Name one: schemagen init TOPIC.",
            )
        for number, name in enumerate(known, 1):
            typer.echo(f"{number:>4}  {name}", err=True)
        said = str(typer.prompt("The topic, by its number or name", err=True)).strip()
        by_number = said.isascii() and said.isdigit() and said not in known
        if by_number and 1 <= int(said) <= len(known):
            return known[int(said) - 1]
        if said not in known:
            raise InputError(f"The cluster has no topic {said!a}.", "Name one of those shown.")
        return said

    def _asks(self) -> bool:
        """Tell whether there is somebody to ask."""
        import sys

        return not self.yes and sys.stdin.isatty()

    def over(self, proposal: TopicProposal) -> TopicProposal:
        """Return the proposal with what the options say, and what the user answers.

        Raises:
            InputError: a field that is not an event time.

        """
        made = replace(
            proposal,
            stream=self._said("The stream's name", self.stream, proposal.stream),
            event_time=_maybe(
                self._said("The event time", self.event_time, proposal.event_time or NONE)
            ),
            pipelines=self._pipelines(proposal),
            rules=_maybe(self._said("The folder with rules", self.rules, proposal.rules or NONE)),
        )
        if made.event_time is not None:
            made.check_event_time(made.event_time)
        topic = self._said("The topic of the alerts", self.alerts_topic, proposal.alerts[1])
        return replace(made, alerts=(f"{made.stream}_ALERTS", topic))

    def _pipelines(self, proposal: TopicProposal) -> tuple[str, ...]:
        if self.pipelines:
            return tuple(each for each in self.pipelines if each != NONE)
        proposed = ",".join(proposal.pipelines) or NONE
        said = _maybe(self._said("The pipeline of the rules", None, proposed))
        return tuple(said.split(",")) if said else ()

    def _said(self, question: str, given: str | None, proposed: str) -> str:
        import typer

        if given is not None:
            return given
        if not self._asks():
            return proposed
        return str(typer.prompt(question, default=proposed, err=True)).strip()


def _maybe(text: str) -> str | None:
    return None if text == NONE else text
