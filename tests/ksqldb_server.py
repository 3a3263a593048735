"""A ksqlDB server of the tests' own over HTTP: it answers as a real one was recorded to answer."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import ksqldb_refusals as refusals
from ksqldb_state import Fault, Held, KsqlServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: the second would wait for an acknowledgement

    def do_GET(self):
        self.answer("GET", None)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.answer("POST", json.loads(self.rfile.read(length) or b"{}"))

    def answer(self, method, body):
        state = self.server.ksql
        with state.lock:
            path = unquote(self.path)
            state.requests.append((method, path, body))
            try:
                self.check(state, path)
                found = self.route(state, method, path, body)
                self.send(200, found if isinstance(found, str) else json.dumps(found))
            except refusals.RefusalError as error:
                self.send(error.status, json.dumps(error.content))
            except ConnectionAbortedError:
                self.close_connection = True
                self.connection.close()

    def check(self, state, path):
        if path == "/healthcheck":
            return
        if state.user is not None:
            wanted = "Basic " + base64.b64encode(state.user.encode()).decode()
            if self.headers.get("Authorization") != wanted:
                raise refusals.unauthorized()
        if state.forbidden:
            raise refusals.forbidden()
        if state.starting > 0:
            state.starting -= 1
            raise refusals.starting()

    def route(self, state, method, path, body):
        if (method, path) == ("GET", "/info"):
            return {
                "KsqlServerInfo": {
                    "version": state.version,
                    "kafkaClusterId": state.cluster,
                    "ksqlServiceId": "default_",
                    "serverStatus": "RUNNING",
                }
            }
        if (method, path) == ("GET", "/healthcheck"):
            names = ("metastore", "kafka", "commandRunner")
            details = {each: {"isHealthy": each not in state.ill} for each in names}
            return {"isHealthy": not state.ill, "details": details, "serverState": "READY"}
        if (method, path) == ("POST", "/ksql"):
            return state.post(body)
        if (method, path) == ("POST", "/query-stream"):
            for key in state.denied.intersection(body["properties"]):
                raise refusals.denied_property(key)
            names, rows = state.rows
            return "".join(json.dumps(each) + "\n" for each in [{"columnNames": names}, *rows])
        if method == "GET" and path.startswith("/status/"):
            known = state.commands.get(path.removeprefix("/status/"))
            if known is not None:
                return dict(zip(("status", "message", "queryId"), known, strict=True))
            raise refusals.not_found("Command not found")
        raise refusals.not_found()

    def send(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@contextmanager
def serving(state, context=None, handler=Handler):
    """Serve a server's state on a port of this machine; yield its URL."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    http.ksql = state
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http{'s' * (context is not None)}://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


__all__ = ["Fault", "Handler", "Held", "KsqlServer", "serving"]
