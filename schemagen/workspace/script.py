"""The script of a topic: its stream and detections, against the file that it is to replace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.deploy.companion import companion_statements
from schemagen.deploy.former import FormerDetection, dropped_detections
from schemagen.files import write_text
from schemagen.ksqldb.emitting import emitted
from schemagen.memory import without_collections
from schemagen.workspace.event_time import proposed_event_time
from schemagen.workspace.folders import is_folder, write_folder
from schemagen.workspace.stream import declare
from schemagen.workspace.written import former_script, keeping_layout, remember_script

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from sqlglot import exp

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.ksqldb.ddl import StreamDdl, StreamOptions
    from schemagen.ksqldb.types import Struct
    from schemagen.workspace.files import TopicFiles
    from schemagen.workspace.statements import Detections

FEWER = "fewer"
"""The word for detections that the file holds and that will not be in it any more."""
_MANY_RULES = 200
"""More rules than this in one file are hard to review."""


@dataclass(frozen=True, slots=True)
class TopicScript:
    """What `ddl` writes for a topic.

    Attributes:
        stream: the statement that reads the topic.
        detections: the detections over it, None where the topic has no rules.
        more: the streams of what texts hold, and what keeps the records that ksqlDB drops; none
            where nobody asked for it.
        fewer: the detections of the file that will not be in it any more.
        event_time: the field that could be the event time, None where the stream has one or none
            is sure.
        is_kept: whether what is written is noted in the cache folder.

    """

    stream: StreamDdl
    detections: Detections | None
    more: Sequence[exp.Expression]
    fewer: list[FormerDetection]
    event_time: str | None
    is_kept: bool = False

    @property
    def left_out(self) -> list[BoundRule | BoundCorrelation]:
        """The rules that have no detection."""
        return [] if self.detections is None else self.detections.left_out

    def sql(self) -> str:
        """Write the script.

        Raises:
            InputError: the engine would refuse a statement.

        """
        written = self.stream.sql() if self.detections is None else self.detections.sql()
        return "\n".join([written, emitted(self.more)]) if self.more else written

    @without_collections()
    def write(self, out: Path) -> None:
        """Write the script as a file, or as files of a folder.

        Raises:
            InputError: it can't be written, or the engine would refuse a statement.

        """
        detections = [] if self.detections is None else self.detections.statements
        statements = [*detections, *self.more]
        if is_folder(out):
            write_folder(out, self.stream.sql(), statements, self.remarks())
        else:
            write_text(out, self.sql())
        if self.is_kept and self.detections is not None:
            remember_script(out, [self.stream.statement, *statements])

    def remarks(self) -> list[str]:
        """Write what became of the rules."""
        return [] if self.detections is None else self.detections.remarks()

    def folder_lines(self, out: Path | None) -> list[str]:
        """Write that a folder reads better; nothing where few rules go into the file."""
        rules = 0 if self.detections is None else len(self.detections.rules.bound)
        if out is None or is_folder(out) or rules - len(self.left_out) <= _MANY_RULES:
            return []
        where = f"--out {out.stem}/ writes a file for each log source."
        return [f"Beyond {_MANY_RULES} rules a folder is easier to review: {where}"]

    def has_any(self, wanted: Collection[str]) -> bool:
        """Check whether there is something for which nothing shall be written.

        Args:
            wanted: statuses of rules in lower case, `problems`, `waiver` and `fewer`.

        """
        if self.fewer and FEWER in wanted:
            return True
        return self.detections is not None and self.detections.rules.has_any(wanted)


@without_collections()
def make_script(
    files: TopicFiles,
    options: StreamOptions,
    out: Path | None,
    *,
    missing: bool = False,
    only_needed: bool = False,
) -> TopicScript:
    """Declare a topic's stream, and compile the topic's rules to detections over it.

    Args:
        files: the topic.
        options: how the stream is declared.
        out: the file that is to be written, whose layout of alerts is kept; None for none.
        missing: whether to declare fields that rules need and no sampled message has.
        only_needed: whether to declare nothing but what the rules and their alerts read.

    Raises:
        InputError: see `stream_ddl`; or a rule's path or a pipeline doesn't exist.

    """
    found = None
    before = former_script(out, cached=bool(files.digest))
    if files.topic.rules:
        # A stream alone needs nothing of pySigma.
        from schemagen.workspace.statements import detect  # noqa: PLC0415

        files = replace(files, topic=keeping_layout(files.topic, before))
        found = detect(files, options, missing=missing, only_needed=only_needed)
    stream = declare(files, options) if found is None else found.stream
    statements = [] if found is None else found.statements
    fewer = dropped_detections(before, statements)
    event_time = options.event_time or proposed_event_time(stream.columns.fields, files.shape)
    made = [stream.statement, *statements]
    more = [
        *_unwrapped(files, stream.columns, options),
        *(companion_statements(made, options.name, options.topic) if files.topic.rescue else []),
    ]
    proposed = None if options.event_time else event_time
    return TopicScript(stream, found, more, fewer, proposed, is_kept=bool(files.digest))


def _unwrapped(files: TopicFiles, columns: Struct, options: StreamOptions) -> list[exp.Expression]:
    if not files.topic.unwrap:
        return []
    # A stream alone needs nothing of pySigma.
    from schemagen.detections.unwrapping import unwrapped  # noqa: PLC0415

    root = files.evidence or files.shape
    return [unwrapped(field, columns, root, options) for field in files.topic.unwrap]
