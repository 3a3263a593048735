"""Groups of options: each is a dataclass, declared once, that any command takes as one parameter.

    def rules(paths: Paths = None, columns: ColumnFlags = ColumnFlags()) -> None: ...

`command` turns this function into a command with the options of `ColumnFlags`, which help shows
under a heading of their own. Called from Python, the function takes the group itself.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Class = TypeVar("_Class")

GENERAL = "General"
"""The heading of what every command has; it stands last."""

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}

_OPTION_WIDTH = 30
"""Help of wider options starts on the line below."""


def option(spec: str, text: str, *, default: Any = None, **more: Any) -> Any:
    """Declare an option of a group.

    Args:
        spec: its names, and what it takes as help shows it: `-o --out FILE`.
        text: its help.
        default: its value where it isn't given.
        **more: what else `typer.Option` knows, such as `min`.

    """
    return dataclasses.field(default=default, metadata={"spec": spec, "help": text, **more})


def flag(spec: str, text: str, **more: Any) -> Any:
    """Declare an option of a group that is given or not."""
    return option(spec, text, default=False, **more)


def option_group(title: str) -> Callable[[type[_Class]], type[_Class]]:
    """Make a class of options a frozen dataclass.

    Args:
        title: the heading under which help shows the options that the class itself declares;
            groups may share one.

    """

    def made(cls: type[_Class]) -> type[_Class]:
        cls.option_title = title  # type: ignore[attr-defined]
        return dataclasses.dataclass(frozen=True, kw_only=True)(cls)

    return made


def given(group: type[_Class], **values: Any) -> _Class:
    """Make a group as a command gets it when these options are given."""
    return group(**values)


def command(function: Callable[..., None]) -> Any:
    """Make a command of a function: each of its groups becomes the options in the group."""
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    one.command(cls=GroupedCommand, context_settings=HELP_OPTIONS)(_expanded(function))
    return typer.main.get_command(one)


def _expanded(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function with the options of its groups as parameters of its own."""
    hints = get_type_hints(function, include_extras=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if hasattr(hints[name], "option_title"):
            groups[name] = hints[name]
            parameters += _options(hints[name])
        else:
            parameters.append(_parameter(name, parameter.default, hints[name]))

    def run(**values: Any) -> None:
        for name, group in groups.items():
            fields = [each.name for each in dataclasses.fields(group)]
            values[name] = group(**{field: values.pop(field) for field in fields})
        function(**values)

    run.__doc__, run.__name__ = function.__doc__, function.__name__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _options(group: Any) -> list[inspect.Parameter]:
    """List the options of a group as parameters: its own first, then those of its bases."""
    hints = get_type_hints(group)
    fields = {each.name: each for each in dataclasses.fields(group)}
    found = []
    for base in group.__mro__:
        for name in inspect.get_annotations(base):
            if name in fields:
                field = fields.pop(name)
                declared = _declared(field.metadata, base.option_title)
                found.append(_parameter(name, field.default, Annotated[hints[name], declared]))
    return found


def _declared(metadata: Mapping[str, Any], title: str) -> Any:
    """Return what typer knows an option by."""
    more = dict(metadata)
    words = more.pop("spec").split()
    names = [word for word in words if word.startswith("-")]
    return typer.Option(
        *names, metavar=" ".join(words[len(names) :]) or None, rich_help_panel=title, **more
    )


def _parameter(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


class GroupedCommand(TyperCommand):
    """A command whose help shows its options by group."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, the options without a group, each group, and what is general."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(_section(parameter), []).append(record)
        sections[GENERAL] = sections.pop(GENERAL)
        widths = (len(name) for records in sections.values() for name, _ in records)
        width = max(each for each in widths if each <= _OPTION_WIDTH)
        for title, records in sections.items():
            if records:
                # One long name in each section lines up the texts of all of them.
                (name, text), *others = records
                with formatter.section(title):
                    formatter.write_dl([(name.ljust(width), text), *others], width)


def _section(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    if parameter.name == "help":
        return GENERAL
    return getattr(parameter, "rich_help_panel", None) or "Options"
