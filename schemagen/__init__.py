"""From a Kafka topic of schemaless JSON logs to a ksqlDB stream that loses no record."""

__version__ = "0.2.0"
