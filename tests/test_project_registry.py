"""The connection to a registry, as the project file, the environment and the option say."""

from __future__ import annotations

import pytest

from schemagen.choices import ValueFormat
from schemagen.errors import InputError
from schemagen.project import load, registry_config, registry_properties


@pytest.fixture
def loaded(tmp_path):
    def read(text):
        path = tmp_path / "schemagen.toml"
        path.write_text(text)
        return load(path)

    return read


def properties(project, url=None, **environ):
    found = registry_config(project, url=url, environ=environ)
    return None if found is None else registry_properties(found)


def test_without_an_address_there_is_none(loaded):
    assert properties(loaded("")) is None


def test_the_option_wins_over_the_environment_and_that_over_the_file(loaded):
    project = loaded('[registry]\nurl = "http://file:8081"\n')
    assert properties(project)["url"] == "http://file:8081"
    given = {"SCHEMAGEN_REGISTRY_URL": "http://env:8081"}
    assert properties(project, **given)["url"] == "http://env:8081"
    assert properties(project, url="http://flag:8081", **given)["url"] == "http://flag:8081"


def test_user_and_certificates_become_the_clients_properties(loaded, tmp_path):
    project = loaded(
        '[registry]\nurl = "https://r:8081"\nusername = "me"\npassword = "${P}"\nca = "ca.pem"\n'
        'certificate = "c.pem"\nkey = "k.pem"\nkey_password = "${K}"\ntimeout = 5\n'
    )
    found = properties(project, P="one", K="two")
    assert found["basic.auth.user.info"] == "me:one"
    assert found["ssl.ca.location"] == str(tmp_path / "ca.pem")
    assert found["ssl.certificate.location"] == str(tmp_path / "c.pem")
    assert found["ssl.key.location"] == str(tmp_path / "k.pem")
    assert found["ssl.key.password"] == "two"
    assert found["timeout"] == 5


def test_the_secrets_of_one_registry_are_not_for_another(loaded):
    project = loaded('[registry]\nurl = "http://r:8081"\nusername = "me"\npassword = "${P}"\n')
    assert "basic.auth.user.info" not in properties(project, url="http://other:8081")


def test_a_secret_in_the_file_is_refused_without_showing_it(loaded):
    with pytest.raises(InputError, match="line 2: the secret password stands in") as raised:
        loaded('[registry]\npassword = "hunter2"\n')
    assert "hunter2" not in str(raised.value)


def test_a_user_in_the_address_is_refused_without_showing_it(loaded):
    with pytest.raises(InputError, match="Schema Registry holds a user") as raised:
        properties(loaded(""), url="http://me:hunter2@r:8081")
    assert "hunter2" not in str(raised.value)
    assert "SCHEMAGEN_REGISTRY_PASSWORD" in raised.value.hint


def test_a_topic_says_its_format_and_its_subject(loaded):
    topic = loaded('[topics.t]\nformat = "protobuf"\nsubject = "s"\n').topics["t"]
    assert (topic.format, topic.subject) == (ValueFormat.PROTOBUF, "s")
    with pytest.raises(InputError, match='must be "json" or "json_sr" or "avro" or "protobuf"'):
        loaded('[topics.t]\nformat = "afro"\n')
