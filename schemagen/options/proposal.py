"""Options of `init`: what the project file says of the topic, where the user knows better."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.options.groups import flag, option, option_group

if TYPE_CHECKING:
    from schemagen.workspace.proposal import TopicProposal

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
        import sys

        import typer

        if given is not None:
            return given
        if self.yes or not sys.stdin.isatty():
            return proposed
        return str(typer.prompt(question, default=proposed, err=True)).strip()


def _maybe(text: str) -> str | None:
    return None if text == NONE else text
