"""A ksqlDB server behind TLS: which authority is trusted, and the client's own certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import certificates
import pytest
from certificates import KEY_PASSWORD
from ksqldb_server import KsqlServer, serving

from schemagen.deploy.server.client import KsqlClient
from schemagen.deploy.server.failures import ServerError
from schemagen.errors import InputError
from schemagen.project import ServerConfig


@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    try:
        return certificates.make(tmp_path_factory.mktemp("certificates"))
    except FileNotFoundError as error:
        pytest.skip(str(error))


@dataclass
class Secured:
    """A server whose certificate the tests' authority signed."""

    url: str

    def info(self, **config):
        given = ServerConfig(self.url, connect_timeout=5, timeout=5, **config)
        with KsqlClient(given, sleep=lambda _: None) as client:
            return client.info()

    def refusal(self, **config):
        with pytest.raises(ServerError) as caught:
            self.info(**config)
        return str(caught.value)


@pytest.fixture(scope="module")
def secured(certs):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs.broker)
    with serving(KsqlServer(), context) as url:
        yield Secured(url)


@pytest.fixture(scope="module")
def asking(certs):
    """Serve to those alone who have a certificate of their own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs.broker)
    context.load_verify_locations(certs.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # refused while hands are shaken, not later
    with serving(KsqlServer(), context) as url:
        yield Secured(url)


def test_a_server_of_an_authority_that_is_named_is_trusted(secured, certs):
    assert secured.info(ca=certs.ca).version == "8.5.0-0"


def test_one_that_the_system_does_not_know_is_not(secured):
    assert "certificate verify failed" in secured.refusal()


def test_nor_one_of_another_authority(secured, certs):
    assert "certificate verify failed" in secured.refusal(ca=certs.other_ca)


def test_a_client_shows_its_certificate(asking, certs):
    found = asking.info(
        ca=certs.ca,
        certificate=certs.client_certificate,
        key=certs.client_key,
        key_password=KEY_PASSWORD,
    )
    assert found.version == "8.5.0-0"


def test_without_a_certificate_such_a_server_refuses(asking, certs):
    assert asking.url in asking.refusal(ca=certs.ca)


def test_plain_http_to_such_a_server_is_an_error_of_one_sentence(secured):
    plain = Secured(secured.url.replace("https:", "http:"))
    assert plain.url in plain.refusal()


@pytest.mark.parametrize("password", ["wrong-4711", ""])
def test_a_key_whose_password_is_wrong_or_missing_can_not_be_used(certs, password):
    config = ServerConfig(
        "https://127.0.0.1:1",
        ca=certs.ca,
        certificate=certs.client_certificate,
        key=certs.client_key,
        key_password=password,
    )
    with pytest.raises(InputError, match="can't be used") as caught:
        KsqlClient(config)
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("name", ["ca", "certificate"])
def test_a_file_that_is_none_is_named(tmp_path, name):
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for path in (broken, tmp_path / "missing.pem"):
        with pytest.raises(InputError) as caught:
            KsqlClient(ServerConfig("https://127.0.0.1:1", **{name: path}))
        assert str(path) in str(caught.value)
