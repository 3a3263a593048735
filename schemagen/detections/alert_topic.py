"""The topic of alerts, where it has to be made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertTopic:
    """How a topic of alerts is made; one that is there stays as it is, and must agree.

    Attributes:
        partitions: how many partitions, None for the default: 1, or those of the source.
        replicas: how many replicas, None for what the cluster does.
        retention: how long records are kept, milliseconds; None for what the cluster does.

    """

    partitions: int | None = None
    replicas: int | None = None
    retention: int | None = None

    def asked(self, *, keeps: bool = True) -> dict[str, int]:
        """Return what was asked for as properties of WITH.

        Args:
            keeps: whether the retention is for this topic, too.

        """
        given = {
            "PARTITIONS": self.partitions,
            "REPLICAS": self.replicas,
            "RETENTION_MS": self.retention if keeps else None,
        }
        return {name: value for name, value in given.items() if value is not None}

    def made(self, *, keeps: bool = True) -> dict[str, int]:
        """Return the properties of a topic that nothing else gives partitions."""
        return {"PARTITIONS": 1, **self.asked(keeps=keeps)}


AS_IT_COMES = AlertTopic()
"""A topic of which nothing is asked."""
