"""Events of the System log about services: 7036 and 7045."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.auditing import SERVICES
from generator.envelope import Event, Kind, Provider

if TYPE_CHECKING:
    from datetime import datetime

    from generator.company import Account, Host

CONTROL_MANAGER = Provider(
    "Service Control Manager", "{555908d1-a6d7-4695-8e1e-26931d2012f4}", "System"
)
CLASSIC = ("Classic",)
STATES = {"running": 4, "stopped": 1}
# Display name and short name of services that come and go.
COMMON_SERVICES = (
    ("Background Intelligent Transfer Service", "BITS"),
    ("Windows Update", "wuauserv"),
    ("AppX Deployment Service (AppXSVC)", "AppXSvc"),
    ("WinHTTP Web Proxy Auto-Discovery Service", "WinHttpAutoProxySvc"),
    ("Windows Modules Installer", "TrustedInstaller"),
    ("Software Protection", "sppsvc"),
    ("Microsoft Account Sign-in Assistant", "wlidsvc"),
)


def service_changed(host: Host, at: datetime, service: tuple[str, str], state: str) -> Event:
    """7036: a service entered a state; the record's parameters have no names."""
    display_name, name = service
    return Event(
        at=at,
        host=host,
        kind=Kind(CONTROL_MANAGER, 7036, opcode="", keywords=CLASSIC),
        data={
            "param1": display_name,
            "param2": state,
            # The short name and the state's number as a wide string that ends with a NUL.
            "Binary": f"{name}/{STATES[state]}\0".encode("utf-16-le").hex().upper(),
        },
        message=f"The {display_name} service entered the {state} state.",
        pid=host.process_id(SERVICES),
    )


@dataclass(frozen=True, slots=True)
class Service:
    """A service to install."""

    name: str
    path: str
    start: str = "demand start"
    account: str = "LocalSystem"


def service_installed(host: Host, at: datetime, service: Service, by: Account) -> Event:
    """7045: a service was installed."""
    kind_of_service = "user mode service"
    return Event(
        at=at,
        host=host,
        kind=Kind(CONTROL_MANAGER, 7045, opcode="", keywords=CLASSIC),
        data={
            "ServiceName": service.name,
            "ImagePath": service.path,
            "ServiceType": kind_of_service,
            "StartType": service.start,
            "AccountName": service.account,
        },
        message=(
            "A service was installed in the system.\n\n"
            f"Service Name:  {service.name}\n"
            f"Service File Name:  {service.path}\n"
            f"Service Type:  {kind_of_service}\n"
            f"Service Start Type:  {service.start}\n"
            f"Service Account:  {service.account}"
        ),
        pid=host.process_id(SERVICES),
        user=by,
    )
