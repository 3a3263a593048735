"""The two days that the samples tell of, and how a day becomes lines for Kafka."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from generator import background, background_sysmon, enumeration, envelope, intrusion
from generator.company import DC01, WKS_0117, WKS_0142, WKS_0158, Host, fleet
from generator.draw import Draw
from generator.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from generator.envelope import Event

# How often each thing happens on a full day; several of them log more than one event.
USUAL: tuple[tuple[Callable[[Scene], list[Event]], int], ...] = (
    (background.network_logon, 30),
    (background.server_logon, 14),
    (background.service_logon, 14),
    (background.unlocked, 10),
    (background.elevated, 5),
    (background.program_of_a_person, 26),
    (background.program_of_the_system, 24),
    (background.connection, 16),
    (background.script, 14),
    (background.service_state, 14),
    (background.service_update, 2),
    (background_sysmon.connection, 30),
    (background_sysmon.connection_inside, 26),
    (background_sysmon.image, 22),
    (background_sysmon.access, 56),
    (background_sysmon.file, 20),
    (background_sysmon.registry, 18),
    (background_sysmon.query, 24),
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day at the company.

    Attributes:
        date: which.
        share: how much of a usual day is in the sample.
        stories: what happens besides.
        reimaged: machines that are back from the roll-out of Windows 11.

    """

    date: date
    share: float
    stories: tuple[Callable[[Scene], list[Event]], ...]
    reimaged: tuple[Host, ...] = ()


FIRST = Day(date(2025, 3, 11), 1.0, (enumeration.whole_story, intrusion.whole_story))
# A week on, three workstations are back from the roll-out of Windows 11.
LATER = Day(
    date(2025, 3, 18),
    0.28,
    (enumeration.later_story,),
    (WKS_0117, WKS_0142, WKS_0158),
)


def events(day: Day) -> list[Event]:
    """Return what happens on a day, in the order of time."""
    scene = Scene(day.date, fleet(day.date, *day.reimaged), Draw(f"schemagen:{day.date}"))
    happened = [
        event
        for happening, count in USUAL
        for _ in range(math.ceil(count * day.share))
        for event in happening(scene)
    ]
    happened += [
        event for host in scene.fleet.workstations() for event in background.signed_on(scene, host)
    ]
    happened += [event for story in day.stories for event in story(scene)]
    return sorted(happened, key=lambda event: event.at)


def _first_record(host: Host, channel: str, day: Day) -> int:
    """Return the number that a log has reached; a busy domain controller is in the billions."""
    constant = host.constant(f"records:{channel}")
    busy = host.name == DC01.name and channel == "Security"
    start = (
        constant.randint(3_100_000_000, 3_400_000_000) if busy else constant.randint(9_000, 600_000)
    )
    return start + (day.date - FIRST.date).days * (90_000 if busy else 4_000)


def lines(day: Day) -> Iterable[str]:
    """Yield the messages of a day as Winlogbeat writes them, without line ends."""
    draw = Draw(f"schemagen:keys:{day.date}")
    last: dict[tuple[str, str], int] = defaultdict(int)
    for event in events(day):
        log = event.host.name, event.kind.provider.channel
        last[log] = (last[log] or _first_record(event.host, log[1], day)) + draw.randint(1, 9)
        yield envelope.line(event, last[log], draw)
