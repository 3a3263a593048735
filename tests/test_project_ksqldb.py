"""`[ksqldb]` of schemagen.toml, the environment and --server: which of them counts."""

from __future__ import annotations

import pytest

from schemagen.errors import InputError
from schemagen.project import load, server_config


@pytest.fixture
def project(tmp_path):
    def written(text):
        path = tmp_path / "schemagen.toml"
        path.write_text(f"[ksqldb]\n{text}", encoding="utf-8")
        return load(path)

    return written


def config(project, url=None, **environ):
    return server_config(project, url=url, environ=environ)


FILE = """
url = "https://ksqldb.example.com:8088/"
username = "soc"
password = "${PASSWORD}"
ca = "certs/ca.pem"
certificate = "certs/soc.pem"
key = "certs/soc.key"
key_password = "${KEY_PASSWORD}"
connect_timeout = 3
timeout = 60
"""
SECRETS = {"PASSWORD": "pw-4711", "KEY_PASSWORD": "kp-4711"}


def test_the_project_file_says_it_all_and_its_files_lie_beside_it(project, tmp_path):
    found = config(project(FILE), **SECRETS)
    assert found.url == "https://ksqldb.example.com:8088"
    assert (found.username, found.password, found.key_password) == ("soc", "pw-4711", "kp-4711")
    assert found.ca == tmp_path / "certs" / "ca.pem"
    assert found.certificate == tmp_path / "certs" / "soc.pem"
    assert found.key == tmp_path / "certs" / "soc.key"
    assert (found.connect_timeout, found.timeout) == (3.0, 60.0)
    assert "4711" not in repr(found)


def test_the_environment_wins_over_the_file(project):
    found = config(
        project(FILE),
        **SECRETS,
        SCHEMAGEN_KSQLDB_USERNAME="other",
        SCHEMAGEN_KSQLDB_PASSWORD="pw-env",
        SCHEMAGEN_KSQLDB_TIMEOUT="7.5",
    )
    assert (found.username, found.password, found.timeout) == ("other", "pw-env", 7.5)
    assert found.url == "https://ksqldb.example.com:8088"


def test_the_option_wins_over_the_environment(project):
    environ = {"SCHEMAGEN_KSQLDB_URL": "http://env:8088"}
    assert config(project(""), **environ).url == "http://env:8088"
    assert config(project(""), "http://option:8088", **environ).url == "http://option:8088"


def test_secrets_of_the_file_are_not_sent_to_another_server(project):
    found = config(project(FILE), "http://elsewhere:8088")
    assert (found.username, found.password, found.certificate) == ("", "", None)
    for same in ("https://ksqldb.example.com:8088/", "https://ksqldb.example.com:8088"):
        assert config(project(FILE), same, **SECRETS).username == "soc"


def test_paths_of_the_environment_start_from_the_current_folder(project):
    found = config(project(""), "https://a:1", SCHEMAGEN_KSQLDB_CA="ca.pem")
    assert str(found.ca) == "ca.pem"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('password = "open-4711"', "the secret password stands in the file"),
        ('key_password = "open-4711"', "the secret key_password stands in the file"),
        ("timeout = 0", "ksqldb.timeout must be 1 or more"),
        ('timeout = "1"', "ksqldb.timeout must be a whole number"),
        ("url = 1", "ksqldb.url must be a text"),
        ('token = "x"', "ksqldb.token is not known"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_with_its_line(project, text, says):
    with pytest.raises(InputError, match=says) as caught:
        project(text)
    assert "schemagen.toml, line 2" in str(caught.value)
    assert "4711" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ksqldb:8088", "is not an http or https URL"),
        ("ftp://ksqldb", "is not an http or https URL"),
        ("http://", "is not an http or https URL"),
        ("http://a:0", "is not an http or https URL"),
        ("http://a:99999", "is not a URL"),
        ("http://soc:pw-4711@ksqldb", "holds a user"),
        ("http://ksqldb/?token=pw-4711", "more than host and path"),
    ],
)
def test_an_address_that_is_none_is_refused_and_never_shown(project, url, says):
    with pytest.raises(InputError, match=says) as caught:
        config(project(""), url)
    assert "4711" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "inf", "nan"])
def test_a_number_of_the_environment_that_is_none(project, seconds):
    with pytest.raises(InputError, match=r"ksqldb\.timeout is not a number of seconds"):
        config(project(""), "http://a:1", SCHEMAGEN_KSQLDB_TIMEOUT=seconds)


def test_what_is_missing_says_where_it_can_be_given(project):
    with pytest.raises(InputError) as caught:
        config(project(""))
    assert "--server URL" in caught.value.hint
    assert "SCHEMAGEN_KSQLDB_URL" in caught.value.hint
    with pytest.raises(InputError, match="A user of the ksqlDB server is given, and no password"):
        config(project(""), "http://a:1", SCHEMAGEN_KSQLDB_USERNAME="soc")
    with pytest.raises(InputError, match="PASSWORD"):
        config(project(FILE))
