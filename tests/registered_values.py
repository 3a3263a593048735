"""Values as Confluent's serializers write them, and a topic of them in a broker of the tests'."""

from __future__ import annotations

import json

from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Proto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

TOPIC = "logs"


def _context(topic):
    return SerializationContext(topic, MessageField.VALUE)


def avro_values(client, schema, rows, topic=TOPIC):
    """Serialise rows by an Avro schema, which is registered on the way."""
    serializer = AvroSerializer(client, json.dumps(schema))
    return [serializer(row, _context(topic)) for row in rows]


def json_values(client, schema, rows, topic=TOPIC):
    """Serialise rows by a JSON Schema."""
    serializer = JSONSerializer(json.dumps(schema), client)
    return [serializer(row, _context(topic)) for row in rows]


def protobuf_values(client, made, messages, topic=TOPIC):
    """Serialise messages of a class of `message_class`."""
    serializer = ProtobufSerializer(made, client)
    return [serializer(message, _context(topic)) for message in messages]


def field(name, number, kind, **more):
    """Describe a field of a message; `kind` is the name of a type, or of a message of the file."""
    repeated = Proto.LABEL_REPEATED if more.pop("repeated", False) else Proto.LABEL_OPTIONAL
    made = Proto(name=name, number=number, label=repeated, **more)
    if kind.startswith("."):
        made.type, made.type_name = Proto.TYPE_MESSAGE, kind
    elif kind.startswith("enum ."):
        made.type, made.type_name = Proto.TYPE_ENUM, kind.removeprefix("enum ")
    else:
        made.type = Proto.Type.Value(f"TYPE_{kind.upper()}")
    return made


def message(name, *fields, **more):
    """Describe a message."""
    return DescriptorProto(name=name, field=fields, **more)


def proto_file(name, *messages, **more):
    """Describe a file of proto3."""
    return FileDescriptorProto(name=name, syntax="proto3", message_type=messages, **more)


def message_class(*files, of):
    """Make the class of a message of files, each after those that it imports."""
    pool = DescriptorPool()
    for file in files:
        for dependency in file.dependency:
            add_built_in(pool, dependency)
        pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(of))


def add_built_in(pool, name):
    from google.protobuf import timestamp_pb2, wrappers_pb2  # noqa: PLC0415
    from google.type import date_pb2, timeofday_pb2  # noqa: PLC0415

    for module in (timestamp_pb2, wrappers_pb2, date_pb2, timeofday_pb2):
        if module.DESCRIPTOR.name == name:
            pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
