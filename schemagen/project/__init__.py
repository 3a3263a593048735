"""The project file, schemagen.toml, and the configuration of the clients."""

from schemagen.project.kafka import kafka_config
from schemagen.project.ksqldb import ServerConfig, server_config
from schemagen.project.load import FILE_NAME, load
from schemagen.project.model import (
    AlertsConfig,
    Project,
    RuleSelection,
    RuleWaiver,
    TopicConfig,
    WaiverConfig,
)
from schemagen.project.registry import registry_config, registry_properties

__all__ = [
    "FILE_NAME",
    "AlertsConfig",
    "Project",
    "RuleSelection",
    "RuleWaiver",
    "ServerConfig",
    "TopicConfig",
    "WaiverConfig",
    "kafka_config",
    "load",
    "registry_config",
    "registry_properties",
    "server_config",
]
