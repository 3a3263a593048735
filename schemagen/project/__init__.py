"""The project file, schemagen.toml, and the configuration of the Kafka and ksqlDB clients."""

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
    "server_config",
]
