"""One Apache Kafka broker in KRaft mode, started from its jars, with every kind of listener."""

from __future__ import annotations

import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from certificates import Certificates

START_SECONDS = 60
LISTENERS = {
    "CONTROLLER": "PLAINTEXT",
    "PLAIN": "PLAINTEXT",
    "SASL": "SASL_PLAINTEXT",
    "TLS": "SSL",
    "MTLS": "SSL",
    "SASLTLS": "SASL_SSL",
    # Tells its clients to go on at a port where nothing listens.
    "LOST": "PLAINTEXT",
}
# The passwords are odd enough to be found in any output that leaks them.
USERS = {"alice": "alice-secret-7421", "mallory": "mallory-secret-9917"}
SCRAM_USERS = {"carol": "carol-secret-3305"}
JAVA_OPTIONS = ("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LOG4J = """
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1} %m%n
"""


class KafkaBroker:
    """A broker process; every port is free, every file lies in `folder`.

    User ANONYMOUS (no SASL), alice and carol and the client certificate may do everything; mallory
    may nothing until a test grants it.
    """

    def __init__(self, class_path: str, folder: Path, certificates: Certificates) -> None:
        self.class_path = class_path
        self.folder = folder
        self.ports = _free_ports(LISTENERS)
        self.log = folder / "broker.log"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "log4j2.properties").write_text(LOG4J)
        self.properties = folder / "server.properties"
        settings = self._settings(certificates)
        self.properties.write_text("".join(f"{k}={v}\n" for k, v in settings.items()))

    def address(self, listener: str) -> str:
        return f"127.0.0.1:{self.ports[listener]}"

    def start(self) -> None:
        """Format the storage and start; return when the broker answers."""
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        scram = [
            argument
            for name, password in SCRAM_USERS.items()
            for argument in ("--add-scram", f"SCRAM-SHA-256=[name={name},password={password}]")
        ]
        config = ["--config", str(self.properties)]
        formatting = self._java(
            "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", *config, *scram
        )
        done = subprocess.run(formatting, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"formatting the storage failed: {done.stdout}{done.stderr}")
        self.run()

    def run(self) -> None:
        """Start the formatted broker (again); return when it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._java("kafka.Kafka", str(self.properties)),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.ports["PLAIN"])):
                    time.sleep(0.05)
                    continue
            admin = AdminClient({"bootstrap.servers": self.address("PLAIN"), "log_level": 0})
            try:
                if admin.list_topics(timeout=5).brokers:
                    return
            except KafkaException:
                time.sleep(0.05)
        text = self.log.read_text(errors="replace")[-4000:]
        self.kill()
        raise RuntimeError(f"the broker did not start within {START_SECONDS} s: {text}")

    def _java(self, main: str, *arguments: str) -> list[str]:
        log4j = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        return ["java", *JAVA_OPTIONS, log4j, "-cp", self.class_path, main, *arguments]

    def _settings(self, certificates: Certificates) -> dict[str, str]:
        addresses = {name: f"{name}://{self.address(name)}" for name in LISTENERS}
        (nowhere,) = _free_ports(["nowhere"]).values()
        advertised = addresses | {"LOST": f"LOST://127.0.0.1:{nowhere}"}
        del advertised["CONTROLLER"]
        plain_users = " ".join(f'user_{name}="{word}"' for name, word in USERS.items())
        plain_login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        scram_login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{self.address('CONTROLLER')}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listeners": ",".join(addresses.values()),
            "advertised.listeners": ",".join(advertised.values()),
            "listener.security.protocol.map": ",".join(f"{k}:{v}" for k, v in LISTENERS.items()),
            "log.dirs": str(self.folder / "data"),
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(certificates.broker),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(certificates.ca),
            "listener.name.mtls.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:alice;User:carol;User:CN=client",
            # Left on, so that a client that asks for a missing topic carelessly would create it.
            "auto.create.topics.enable": "true",
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "message.max.bytes": str(64 << 20),
            "socket.request.max.bytes": str(128 << 20),
            "log.cleaner.backoff.ms": "100",
            "log.cleaner.dedupe.buffer.size": str(4 << 20),
            "log.retention.check.interval.ms": "500",
            "log.initial.task.delay.ms": "200",
            "file.delete.delay.ms": "100",
        }
        for listener in ("sasl", "sasltls"):
            prefix = f"listener.name.{listener}"
            settings[f"{prefix}.plain.sasl.jaas.config"] = f"{plain_login} {plain_users};"
            settings[f"{prefix}.scram-sha-256.sasl.jaas.config"] = scram_login
        return settings


def _free_ports(names: Iterable[str]) -> dict[str, int]:
    """Reserve one free port a listener, all at once so that none is handed out twice."""
    sockets = {name: socket.socket() for name in names}
    try:
        for one in sockets.values():
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in sockets.items()}
    finally:
        for one in sockets.values():
            one.close()
