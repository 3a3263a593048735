"""Values whose schema a Schema Registry has: JSON with a schema, Avro, Protobuf.

A record's value becomes the JSON text of what ksqlDB reads of it, so that all that follows knows
JSON alone.
"""
