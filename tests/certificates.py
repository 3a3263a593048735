"""Certificates for the TLS listeners of the broker under test, made anew by openssl."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEY_PASSWORD = "key-secret-5309"


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files.

    Attributes:
        ca: the authority's certificate, which a client has to trust.
        other_ca: an authority that signed nothing here.
        broker: the broker's private key and certificate in one file, as Kafka's PEM store wants it.
        client_key: the client's private key, encrypted by `KEY_PASSWORD`.
        client_certificate: the client's certificate.

    """

    ca: Path
    other_ca: Path
    broker: Path
    client_key: Path
    client_certificate: Path


def make(folder: Path) -> Certificates:
    """Make an authority, a broker's certificate for 127.0.0.1 and a client's."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, ca = _authority(folder, "ca")
    _, other_ca = _authority(folder, "other-ca")
    broker_key, broker = _signed(folder, "broker", ca_key, ca)
    client_key, client = _signed(folder, "client", ca_key, ca)
    encrypted = folder / "client-encrypted.key"
    _openssl(
        *("pkcs8", "-topk8", "-in", str(client_key), "-out", str(encrypted)),
        *("-passout", f"pass:{KEY_PASSWORD}"),
    )
    store = folder / "broker.pem"
    store.write_text(broker_key.read_text() + broker.read_text() + ca.read_text())
    return Certificates(ca, other_ca, store, encrypted, client)


def _authority(folder: Path, name: str) -> tuple[Path, Path]:
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"),
        *("-keyout", str(key), "-out", str(certificate)),
    )
    return key, certificate


def _signed(folder: Path, name: str, ca_key: Path, ca: Path) -> tuple[Path, Path]:
    key, request, certificate = (folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
    extensions = folder / f"{name}.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1\n")
    _openssl(
        *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
        *("-keyout", str(key), "-out", str(request)),
    )
    _openssl(
        *("x509", "-req", "-days", "2", "-in", str(request), "-out", str(certificate)),
        *("-CA", str(ca), "-CAkey", str(ca_key), "-set_serial", "1"),
        *("-extfile", str(extensions)),
    )
    return key, certificate


def _openssl(*arguments: str) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise FileNotFoundError("there is no openssl on the PATH")
    done = subprocess.run([openssl, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")
