"""Which time the records of a topic bear: that of their event, or that of their arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource  # type: ignore[attr-defined] # not in its __all__

from schemagen.deploy.groups import kafka_admin

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_REQUEST_SECONDS = 10.0


def stamped_on_arrival(config: Mapping[str, str], topics: Collection[str]) -> frozenset[str]:
    """Return those of some topics whose records bear the time of their arrival.

    A topic that is not there, or that can't be asked about, is not among them.

    Args:
        config: librdkafka's properties.
        topics: their names.

    Raises:
        InputError: there is no usable list of servers.
        ServerError: the client refuses its configuration.

    """
    asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in sorted(topics)]
    found = set()
    client = kafka_admin(config)  # kept until the answers are there, which end with it
    for resource, answer in (client.describe_configs(asked) if asked else {}).items():
        try:
            kind = answer.result(_REQUEST_SECONDS)["message.timestamp.type"].value
        except (KafkaException, KeyError):
            continue
        if kind == "LogAppendTime":
            found.add(resource.name)
    return frozenset(found)
