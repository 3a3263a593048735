"""A Schema Registry of the tests' own over HTTP: it answers as Confluent's does.

The forms are those of its REST interface (`SchemasResource`, `SubjectVersionsResource`, `Errors`):
`schemaType` is left out where it is Avro, and of Protobuf a schema is the text of its file, or with
`format=serialized` the serialised descriptor.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

PROTO_TEXT = 'syntax = "proto3";\n\nmessage Event {\n}\n'
"""What stands for the text of a Protobuf file: nobody here reads it."""


@dataclass
class Registered:
    id: int
    subject: str
    version: int
    schema: str
    type: str
    references: list


@dataclass
class RegistryServer:
    """Attributes: url; user, `name:password` where asked for; denied: answers 403; lines asked."""

    url: str = ""
    user: str | None = None
    denied: bool = False
    known: list[Registered] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def register(self, subject, schema, kind="AVRO", references=()):
        """Register a schema, and return its id."""
        text = schema if isinstance(schema, str) else json.dumps(schema)
        same = [each for each in self.known if each.schema == text and each.type == kind]
        if here := [each for each in same if each.subject == subject]:
            return here[0].id
        version = 1 + sum(each.subject == subject for each in self.known)
        found = same[0].id if same else 1 + max((each.id for each in self.known), default=0)
        made = Registered(found, subject, version, text, kind, list(references))
        self.known.append(made)
        return made.id

    def forget(self, schema_id):
        self.known = [each for each in self.known if each.id != schema_id]


class RefusedError(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        self.reply(answer)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.reply(lambda state, path, _: registered(state, path, body))

    def check(self, state):
        wanted = "Basic " + base64.b64encode((state.user or "").encode()).decode()
        if state.user is not None and self.headers.get("Authorization") != wanted:
            raise RefusedError(401, 401, "Unauthorized")
        if state.denied:
            raise RefusedError(403, 40301, "User is denied operation Read on this server.")

    def reply(self, answering):
        state, parts = self.server.registry, urlsplit(self.path)
        state.asked.append(self.path)
        try:
            self.check(state)
            path = [unquote(step) for step in parts.path.strip("/").split("/")]
            status, found = 200, answering(state, path, parse_qs(parts.query))
        except RefusedError as refusal:
            status = refusal.status
            found = {"error_code": refusal.code, "message": str(refusal)}
        content = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def answer(state, path, query):
    match path:
        case ["subjects"]:
            return sorted({each.subject for each in state.known})
        case ["schemas", "ids", number]:
            for each in state.known:
                if each.id == int(number):
                    return content(each, query)
            raise RefusedError(404, 40403, f"Schema {number} not found")
        case ["subjects", subject, "versions", version]:
            found = [each for each in state.known if each.subject == subject]
            if not found:
                raise RefusedError(404, 40401, f"Subject '{subject}' not found.")
            found = found if version == "latest" else found[int(version) - 1 : int(version)]
            if not found:
                raise RefusedError(404, 40402, f"Version {version} not found.")
            last = found[-1]
            named = {"subject": subject, "version": last.version, "id": last.id}
            return named | content(last, query)
    raise RefusedError(404, 404, "HTTP 404 Not Found")


def content(each, query):
    serialised = query.get("format") == ["serialized"]
    text = PROTO_TEXT if each.type == "PROTOBUF" and not serialised else each.schema
    found = {"schema": text}
    if each.type != "AVRO":
        found["schemaType"] = each.type
    return found | ({"references": each.references} if each.references else {})


def registered(state, path, body):
    match path:
        case ["subjects", subject, *_]:
            kind, references = body.get("schemaType", "AVRO"), body.get("references") or []
            return {"id": state.register(subject, body["schema"], kind, references)}
    raise RefusedError(404, 404, "HTTP 404 Not Found")


@contextmanager
def registry_server(certificates=None):
    """Run a registry; with certificates it speaks TLS, by the broker's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificates is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.broker)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    server.registry = RegistryServer(f"{scheme}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
