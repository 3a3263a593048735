"""One day at the company: the clock, who is logged on where, and what runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from generator.company import NETWORK_SERVICE, SYSTEM, Account, Fleet, Host
from generator.integrity import FULL, MEDIUM
from generator.programs import command

if TYPE_CHECKING:
    from generator.draw import Draw

# How often something happens in each hour of the day (UTC): what people do, what machines do that
# are switched on in the morning and off in the evening, and what servers do.
OFFICE_HOURS = {7: 4, 8: 10, 9: 12, 10: 11, 11: 10, 12: 5, 13: 9, 14: 11, 15: 10, 16: 8, 17: 4}
MACHINE_HOURS = dict.fromkeys(range(7, 19), 1)
SERVER_HOURS = dict.fromkeys(range(24), 1)


@dataclass(frozen=True, slots=True)
class Process:
    """A running program.

    Attributes:
        image: path of the program.
        pid: process id.
        started: when it began, UTC.
        command: its command line.
        account: who it runs as.
        logon: id of the logon session.
        integrity: `Medium`, `High` or `System`.

    """

    image: str
    pid: int
    started: datetime
    command: str
    account: Account
    logon: int
    integrity: str = MEDIUM


SYSTEM_LOGON = 0x3E7
RESERVED_LOGONS = {SYSTEM.sid: SYSTEM_LOGON, NETWORK_SERVICE.sid: 0x3E4}


@dataclass(slots=True)
class Scene:
    """The state that the events of a day share, so that they agree with each other."""

    day: date
    fleet: Fleet
    draw: Draw
    _sessions: dict[str, int] = field(default_factory=dict)

    def moment(self, hours: dict[int, int]) -> datetime:
        """Return a random moment of the day, the busy hours preferred."""
        hour = self.draw.weighted(hours)
        return self.at(hour, 0) + timedelta(milliseconds=self.draw.randrange(3_600_000))

    def busy(self, host: Host) -> datetime:
        """Return a random moment at which a machine is switched on."""
        return self.moment(MACHINE_HOURS if host in self.fleet.workstations() else SERVER_HOURS)

    def at(self, hour: int, minute: int, second: float = 0.0) -> datetime:
        """Return a given moment of the day."""
        midnight = datetime.combine(self.day, time(), UTC)
        return midnight + timedelta(hours=hour, minutes=minute, seconds=second)

    def boot(self, host: Host) -> datetime:
        """Return when the machine was started: a workstation in the morning, a server days ago."""
        constant = host.constant(f"boot:{self.day}")
        if host in self.fleet.workstations():
            return self.at(6, 0) + timedelta(seconds=constant.randrange(3_000))
        return self.at(1, 0) - timedelta(days=3, seconds=constant.randrange(60_000))

    def logon(self, host: Host, account: Account) -> int:
        """Return the id of the session that an account has at a host this day."""
        if account.sid in RESERVED_LOGONS:
            return RESERVED_LOGONS[account.sid]
        key = f"{host.name}:{account.name}"
        if key not in self._sessions:
            self._sessions[key] = self.draw.logon_id()
        return self._sessions[key]

    def resident(self, host: Host, image: str, account: Account = SYSTEM) -> Process:
        """Return a process that runs all day under a path and an account."""
        integrity = FULL if account.sid == SYSTEM.sid else MEDIUM
        return Process(
            image=image,
            pid=host.process_id(image if account == SYSTEM else f"{account.name}:{image}"),
            started=self.boot(host) + timedelta(seconds=host.constant(image).randint(20, 900)),
            command=command(image),
            account=account,
            logon=self.logon(host, account),
            integrity=integrity,
        )
