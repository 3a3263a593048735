"""Groups of options: declared once, expanded into the options of a command."""

from __future__ import annotations

import pytest
from typer.core import TyperGroup

from schemagen.cli.app import Commands
from schemagen.options.groups import GENERAL, GroupedCommand, command, option, option_group


@option_group("Weather")
class WeatherFlags:
    wind: str | None = option("-w --wind FORCE|none", "How hard it blows.", default=None)
    rain: bool = option("--rain", "Let it rain.", default=False)


@option_group("Weather of mountains")
class MountainFlags(WeatherFlags):
    snow: int = option("--snow METRES", "How much snow there is.", default=3, min=1)
    paths: list[str] | None = option("--path PATH", "Open this path; repeatable.", default=None)


@option_group(GENERAL)
class QuietFlags:
    quiet: bool = option("--quiet", "Be quiet.", default=False)


@pytest.fixture
def walk():
    """Make a command of three groups, which notes what it was given."""
    given = []

    def walking(
        general: QuietFlags = QuietFlags(),
        weather: MountainFlags = MountainFlags(),
        other: str = "no",
    ) -> None:
        """Go for a walk."""
        given.append((general, weather, other))

    made = command(walking)

    def run(*arguments):
        made(list(arguments), standalone_mode=False)
        return given.pop()

    context = made.make_context("walk", [], resilient_parsing=True)
    run.help = made.get_help(context)
    return run


def test_what_is_not_given_has_its_default(walk):
    assert walk() == (QuietFlags(), MountainFlags(), "no")
    assert MountainFlags().snow == 3


def test_what_is_given_comes_in_its_group(walk):
    _, weather, other = walk("--wind", "8", "--path", "a", "--path", "b", "--other", "yes")
    assert (weather.wind, weather.snow, weather.paths) == ("8", 3, ["a", "b"])
    assert other == "yes"


def test_a_short_name_is_the_same_option(walk):
    assert walk("-w", "8") == walk("--wind", "8")


def test_a_bound_holds(walk):
    with pytest.raises(Exception, match="0 is not in the range x>=1"):
        walk("--snow", "0")


def test_help_shows_own_options_first_then_each_group_and_last_what_is_general(walk):
    lines = walk.help.splitlines()
    heads = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert heads == ["Options:", "Weather of mountains:", "Weather:", "General:"]
    general = lines[lines.index("General:") :]
    assert [line.split()[0] for line in general[1:]] == ["--quiet", "-h,"]


def test_the_texts_of_all_groups_start_in_one_column(walk):
    texts = ("How hard", "Let it", "How much", "Be quiet", "Show this")
    lines = walk.help.splitlines()
    starts = {line.index(text) for line in lines for text in texts if text in line}
    assert len(starts) == 1


def test_a_group_that_is_made_by_hand_is_checked():
    with pytest.raises(TypeError):
        WeatherFlags("8")
    with pytest.raises(AttributeError):
        WeatherFlags().rain = True


# --- the commands --------------------------------------------------------------------------------


def _parameters(made):
    return [each for each in made.params if each.param_type_name == "option"]


@pytest.mark.parametrize("name", list(Commands()))
def test_no_command_is_a_group_and_each_shows_its_options_by_group(name):
    made = Commands()[name]
    assert isinstance(made, GroupedCommand)
    assert not isinstance(made, TyperGroup)
    assert made.name == name


@pytest.mark.parametrize("name", list(Commands()))
def test_no_option_of_a_command_has_the_names_of_another(name):
    names = [option for each in _parameters(Commands()[name]) for option in each.opts]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", list(Commands()))
def test_help_ends_its_sentences(name):
    for each in _parameters(Commands()[name]):
        text = each.help or ""
        assert each.hidden or text.split(" [default:")[0].split(" [env:")[0].endswith("."), text
