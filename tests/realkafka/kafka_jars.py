"""Fetch Apache Kafka's jars once, through Maven, into a folder that git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

POM = Path(__file__).with_name("pom.xml")
DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"


class KafkaUnavailableError(Exception):
    """The real broker can't be had on this machine; the text says what is missing."""


def class_path() -> str:
    """Return the Java class path of the broker, fetching the jars if need be.

    The folder is named after the versions in pom.xml, so that a new version is fetched anew. A half
    finished fetch leaves no folder of that name, since the finished one is moved into place.

    Raises:
        KafkaUnavailableError: no Java, no Maven, or Maven could not fetch the jars.

    """
    if shutil.which("java") is None:
        raise KafkaUnavailableError("there is no java on the PATH")
    folder = _cache() / _version()
    if not folder.is_dir():
        _fetch(folder)
    return f"{folder}/*"


def _cache() -> Path:
    default = Path(__file__).parents[2] / ".kafka"
    return Path(os.environ.get("SCHEMAGEN_KAFKA_CACHE", default))


def _version() -> str:
    namespace = {"m": "http://maven.apache.org/POM/4.0.0"}
    pom = ET.parse(POM)
    return "-".join(
        node.text or "" for node in pom.iterfind(".//m:dependency/m:version", namespace)
    )


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailableError("there is no mvn on the PATH to fetch Apache Kafka with")
    partial = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = [
        *(maven, "--quiet", "--batch-mode", "--file", str(POM)),
        f"{DEPENDENCY_PLUGIN}:copy-dependencies",
        *("-DincludeScope=runtime", f"-DoutputDirectory={partial}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise KafkaUnavailableError(f"mvn could not fetch Apache Kafka: {done.stdout[-800:]}")
    try:
        partial.rename(folder)
    except OSError:
        # Another test run was faster: its folder is as good.
        shutil.rmtree(partial, ignore_errors=True)
