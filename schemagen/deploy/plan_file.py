"""A plan as a file: what was reviewed is what is carried out, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.deploy.losses import places_of, stopping
from schemagen.deploy.plan import Action, Plan, PlannedChange
from schemagen.deploy.prepare import PreparedPlan
from schemagen.deploy.requests import Request
from schemagen.deploy.server.state import read_state
from schemagen.errors import InputError
from schemagen.files import read_json

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.deploy.server.answers import ServerInfo
    from schemagen.deploy.server.client import KsqlClient

KIND = "schemagen-plan"
FORMAT = 1


def plan_to_json(prepared: PreparedPlan) -> dict[str, Any]:
    """Return a plan as JSON."""
    info = prepared.state.info
    return {
        "kind": KIND,
        "format": FORMAT,
        "deployment": prepared.deployment,
        "server": {"cluster": info.cluster, "service": info.service, "version": info.version},
        "state": prepared.fingerprint,
        "names": sorted(prepared.names),
        "running": sorted(prepared.running),
        "changes": [
            {
                "name": each.name,
                "kind": each.kind,
                "action": str(each.action),
                "reason": each.reason,
                "detections": list(each.detections),
                "loss": prepared.losses.get(each.name, ""),
            }
            for each in prepared.plan.changes
        ],
        "steps": [
            {"name": each.name, "statement": each.text, "properties": dict(each.properties)}
            for each in prepared.requests
        ],
    }


def is_plan_file(path: Path) -> bool:
    """Tell by its name whether a file holds a plan; others hold statements."""
    return path.suffix.lower() == ".json"


def load_plan(path: Path, client: KsqlClient, info: ServerInfo) -> PreparedPlan:
    """Read a plan that was made before, for the server that it was made for.

    Raises:
        InputError: the file is not a plan, the plan is for another server, or the server has
            changed since.
        ServerError: the server can't be reached.

    """
    data = read_json(path)
    try:
        prepared = _read(data, client, info)
        made_for = (data["server"]["cluster"], data["server"]["service"])
        state = str(data["state"])
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"{path} is not a plan.", "Make one: schemagen apply --out plan.json."
        ) from None
    if made_for != (info.cluster, info.service):
        raise InputError(
            f"{path} was made for another ksqlDB.", "Make a plan for this one, or name the other."
        )
    if prepared.fingerprint != state:
        raise InputError(
            f"What is deployed has changed since {path} was made.",
            "Make the plan anew, and look at it again.",
        )
    return prepared


def _read(data: Any, client: KsqlClient, info: ServerInfo) -> PreparedPlan:
    if data["kind"] != KIND or data["format"] != FORMAT:
        raise ValueError(KIND)
    changes = [
        PlannedChange(
            each["name"],
            each["kind"],
            Action(each["action"]),
            each["reason"],
            tuple(each["detections"]),
        )
        for each in data["changes"]
    ]
    requests = [
        Request(each["name"], each["statement"], dict(each["properties"])) for each in data["steps"]
    ]
    plan, state = Plan(changes), read_state(client, info)
    return PreparedPlan(
        plan,
        requests,
        str(data["deployment"]),
        state,
        frozenset(data["names"]),
        frozenset(data["running"]),
        {each["name"]: each["loss"] for each in data["changes"] if each["loss"]},
        places_of(client, state, [query for _, query in stopping(plan, state)]),
    )
