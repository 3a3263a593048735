"""Options that say what a report shows, and where it goes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.options.common import OutputFlags
from schemagen.options.groups import flag, option, option_group
from schemagen.options.sampling import FileFlags
from schemagen.options.values import refuse

if TYPE_CHECKING:
    from schemagen.workspace.report import ReportInputs


class ReportFormat(StrEnum):
    """How `report` reports."""

    HTML = "html"
    MARKDOWN = "markdown"


@option_group("Options")
class ContentFlags(FileFlags):
    """What a report shows beside the schema, the sample and the rules."""

    rules: list[Path] | None = option(
        "--rules PATH",
        "Take these Sigma rules, files or folders; repeatable. [default: those of schemagen.toml]",
    )
    events: list[str] | None = option(
        "--events FILE",
        "Replay these events, and show which rules fire; as `infer --from`; repeatable.",
    )
    sql: Path | None = option(
        "--sql FILE",
        "Replay these statements. [default: what `schemagen ddl` would write now]",
    )
    evidence: list[Path] | None = option(
        "--evidence FILE",
        "Show what this fresh evidence changes, as `drift --evidence` finds it; repeatable.",
    )
    against: list[str] | None = option(
        "--against FILE",
        "Compare --evidence with this schema, evidence or file of statements; as `drift` does.",
    )
    history: list[str] | None = option(
        "--history GLOB",
        "Show fields and kinds of events over these evidence files, such as 'evidence/*.json'; "
        "repeatable.",
    )
    rare: str = option(
        "--rare SHARE",
        "Call a rule RARE if it needs a field that fewer events of its kinds than this have.",
        default="0.1%",
    )

    @property
    def one_topic(self) -> dict[str, object]:
        """The options that are for one topic only; falsy where not given."""
        return {
            "--events": self.events,
            "--sql": self.sql,
            "--evidence": self.evidence,
            "--against": self.against,
        }

    def inputs(self, output: OutputFlags, *, values: bool) -> ReportInputs:
        """Return what a report is made of.

        Raises:
            InputError: options that are of no use without another, or a share that is none.

        """
        from schemagen.options.values import share
        from schemagen.workspace.report import ReportInputs

        if not self.events:
            refuse(self.file_options, "is for the files of --events.", "Leave it out.")
        refuse(
            {"--against": not self.evidence and self.against},
            "is for --evidence.",
            "Name fresh evidence, too: `schemagen infer` writes it.",
        )
        return ReportInputs(
            rare=share(self.rare, "--rare"),
            events=tuple(self.events or ()),
            reading=self.reading(output.note),
            sql=self.sql,
            fresh=tuple(self.evidence or ()),
            against=tuple(self.against or ()),
            history=tuple(self.history or ()),
            values=values,
        )


@option_group("Output")
class PageFlags(OutputFlags):
    """Where a report goes."""

    format: ReportFormat = option(
        "--format", "A page, or the short form for a pull request.", default=ReportFormat.HTML
    )
    out: Path | None = option(
        "-o --out FILE",
        "Write the report to this file. [default: TOPIC.report.html; standard output for markdown]",
    )
    navigator: Path | None = option(
        "--navigator FILE", "Write the coverage as a layer of the ATT&CK Navigator, too."
    )
    dettect: Path | None = option(
        "--dettect FILE", "Write the data sources for DeTT&CT, as YAML, too."
    )
    show_values: bool = flag("--show-values", "With --events, show the alerts themselves.")

    @property
    def files(self) -> dict[str, object]:
        """The files that are named; falsy where not given."""
        return {"--out": self.out, "--navigator": self.navigator, "--dettect": self.dettect}
