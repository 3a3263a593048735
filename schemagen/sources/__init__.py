"""Where messages come from: a Kafka topic or files; and how their bytes become objects."""
