"""The connection to a Schema Registry, from options, the environment and the project file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.project.ksqldb import ServerKind, server_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.project.ksqldb import ServerConfig
    from schemagen.project.model import Project

REGISTRY = ServerKind("registry", "Schema Registry", "--registry")

_LONGEST = 30.0
"""Seconds until a question that is not answered is given up, where nothing else is said: a registry
answers at once."""


def registry_config(
    project: Project, *, url: str | None, environ: Mapping[str, str]
) -> ServerConfig | None:
    """Put the connection together; None where no address is given.

    Raises:
        InputError: see `schemagen.project.ksqldb.server_of`.

    """
    return server_of(REGISTRY, project.registry, project, url=url, environ=environ)


def registry_properties(config: ServerConfig) -> dict[str, Any]:
    """Return confluent-kafka's properties for a connection, secrets among them."""
    properties: dict[str, Any] = {
        "url": config.url,
        "timeout": min(config.timeout, _LONGEST),
        "max.retries": 1,
        "retries.wait.ms": 200,
    }
    if config.username:
        properties["basic.auth.user.info"] = f"{config.username}:{config.password}"
    for name, file in (
        ("ssl.ca.location", config.ca),
        ("ssl.certificate.location", config.certificate),
        ("ssl.key.location", config.key),
    ):
        if file is not None:
            properties[name] = str(file)
    if config.key_password:
        properties["ssl.key.password"] = config.key_password
    return properties
