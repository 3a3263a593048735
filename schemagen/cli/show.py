"""`schemagen show`: the fields of a topic again, from its files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.options.common import Format, ProjectFlags, ReportFlags, SchemaOption, TopicArgument
from schemagen.options.groups import flag, option, option_group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.options.common import OutputFlags
    from schemagen.report.fields import FieldRow


@option_group("Options")
class ViewFlags:
    """Which part of the tree is shown."""

    depth: int | None = option(
        "--depth N",
        "Show the fields down to this depth. [default: all, or what fits the screen]",
        min=1,
    )
    grep: str | None = option(
        "--grep PATTERN",
        "Show only fields whose path contains this regular expression, in any case.",
    )

    kind: str | None = option(
        "--kind NAME",
        "Show only the fields that events of this kind have, such as 'Security 4688'.",
    )
    kinds: bool = flag("--kinds", "Show all kinds of events, and no fields.")

    def pattern(self) -> re.Pattern[str] | None:
        """Return the pattern that paths must contain.

        Raises:
            InputError: it is not a regular expression.

        """
        try:
            return None if self.grep is None else re.compile(self.grep, re.IGNORECASE)
        except re.error as error:
            raise InputError(
                f"--grep {self.grep!a} is not a regular expression: {error}.",
                "A backslash before a bracket, a dot or a star makes it an ordinary character.",
            ) from error


def show(
    topic: TopicArgument = None,
    schema: SchemaOption = None,
    view: ViewFlags = ViewFlags(),
    output: ReportFlags = ReportFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Show the fields of a topic, from its schema and evidence.

    Fields with conflicting types come first at every level. On a terminal the tree is folded where
    it is longer than the screen.

    \b
    Examples:
      schemagen show wineventlogs --depth 2
      schemagen show --grep commandline
      schemagen show --kind 4688

    """
    from schemagen.profile.kinds import written
    from schemagen.report.fields import field_rows
    from schemagen.report.inference import field_list
    from schemagen.report.kinds import MOST_SHOWN, kind_list, kind_named, kind_table, rows_of_kind
    from schemagen.report.tree import TreeView
    from schemagen.workspace.files import load_files, map_reasons
    from schemagen.workspace.topic import open_workspace

    pattern = view.pattern()
    workspace = open_workspace(project.config, topic, schema)
    files = load_files(workspace)
    rows = field_rows(files.shape, map_reasons(files), files.evidence)
    name = title = workspace.topic.name
    messages = None if files.evidence is None else files.evidence.total
    if view.kind is not None:
        kind = kind_named(files.kinds, view.kind)
        rows = rows_of_kind(rows, files.evidence or files.shape, kind)
        title, messages = f"{name}, {written(kind)}", files.kinds.counts[kind]
    if not view.kinds:
        show_fields(output, title, messages, rows, view.depth, pattern)
    if view.kind is None and pattern is None and files.evidence is not None:
        output.show(kind_table(files.kinds, files.evidence, None if view.kinds else MOST_SHOWN))
    if output.format is Format.JSON:
        shown, _ = TreeView(view.depth, pattern).of(rows)
        machine = {"topic": name, "messages": messages, "fields": field_list(shown)}
        output.machine(machine | {"event_kinds": kind_list(files.kinds, files.evidence)})


def show_fields(
    output: OutputFlags,
    topic: str,
    messages: int | None,
    rows: Sequence[FieldRow],
    depth: int | None = None,
    pattern: re.Pattern[str] | None = None,
) -> None:
    """Print the tree of a topic's fields, folded where it is longer than the screen.

    Args:
        output: where to.
        topic: the topic's name.
        messages: how many messages were seen, None where nobody knows.
        rows: the fields.
        depth: the deepest level to show, None for all or what fits the screen.
        pattern: what a field's path must contain, None for every field.

    """
    if not output.shows:
        return
    from schemagen.report.tree import TreeView, field_tree, folded_line, tree_head

    console = output.console()
    lines = console.height if console.is_terminal else None
    shown, folded = TreeView(depth, pattern, lines).of(rows)
    output.show(field_tree(tree_head(topic, messages, rows), shown))
    if folded is not None and depth is None:
        output.note(folded_line(folded))
